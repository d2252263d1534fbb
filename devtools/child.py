# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""A command in the foreground: it owns the terminal, and we clean up after it."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


def run(command: Sequence[str], env: Mapping[str, str], cwd: Path | None = None) -> int:
    """Runs a command to its end; returns its exit code (128 + signal, as shells do)."""
    process = subprocess.Popen(list(command), env=dict(env), cwd=cwd)
    # Ctrl-C reaches the command by itself, a SIGTERM has to be passed on. We stay until
    # it has ended in its own time: PostgreSQL must outlive it.
    handlers = {
        signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN),
        signal.SIGTERM: signal.signal(
            signal.SIGTERM, lambda *_: process.send_signal(signal.SIGINT)
        ),
    }
    try:
        code = process.wait()
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    return code if code >= 0 else 128 - code
