# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""Running commands: quiet when they succeed, their output shown when they fail."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from .console import Problem

TAIL = 60  # lines of a failed command's output that are shown
# Whoever reads a log must not get the address that notifications are sent to.
TOKEN = re.compile(r"(?<=/callgear/)[\w-]{40,}")


def run(
    command: Sequence[str | Path],
    *,
    what: str,
    advice: str = "",
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    log: Path | None = None,
    stdin: str = "",
) -> str:
    """Runs a command, returns its stdout and stderr; raises Problem if it fails.

    What is logged or shown has no token in it; what is returned is whole.
    """
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words,
            cwd=cwd,
            env=env,
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise Problem(f"{what}: {error}", advice) from error
    shown = TOKEN.sub("***", done.stdout)
    if log:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a") as stream:
            stream.write(f"$ {shlex.join(words)}\n{shown}\n")
    if done.returncode:
        tail = "\n".join(shown.splitlines()[-TAIL:])
        where = f" The whole output is in {log}." if log else ""
        raise Problem(
            f"{what} (exit code {done.returncode} of {shlex.join(words[:4])}).",
            (advice or "the output above names the cause.") + where,
            tail,
        )
    return done.stdout
