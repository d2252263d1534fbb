# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""The folder of a demo: whose it is, emptying it, what a killed demo left running."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path

from .console import Problem, say
from .locking import try_exclusive
from .postgres import Cluster
from .process import wait_until_gone
from .venv import Venv

MARKER = "callgear-demo"
LOCK = "demo.lock"
RUNNING = "running.json"


class DemoFolder:
    """``--data DIR``: one demo at a time, and only folders that we made are emptied."""

    def __init__(self, path: Path):
        self.path = path.absolute()
        self._lock: int | None = None

    def claim(self) -> None:
        """Makes the folder ours, or says why it cannot be."""
        marker = self.path / MARKER
        if self.path.exists() and not self.path.is_dir():
            raise Problem(f"{self.path} is not a folder.", "choose another --data DIR.")
        if self.path.exists() and any(self.path.iterdir()) and not marker.exists():
            raise Problem(
                f"{self.path} holds files that bin/demo did not make.",
                "choose an empty or new folder: --data DIR",
            )
        self.path.mkdir(parents=True, exist_ok=True)
        marker.touch()
        self._lock = try_exclusive(self.path / LOCK)
        if self._lock is None:
            raise Problem(
                f"A demo with the data of {self.path} is running already.",
                "use it, stop it with Ctrl-C, or choose another folder: --data DIR",
            )
        self._end_leftovers()

    def empty(self, venv: Venv) -> None:
        """Deletes everything in the folder, the database cluster included."""
        Cluster(self.path, venv, durable=True).remove()
        for entry in self.path.iterdir():
            if entry.name in (MARKER, LOCK):
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()

    def note_running(self, *pids: int) -> None:
        """Remembers the processes, for the case that nobody is left to stop them."""
        births = {str(pid): _birth(pid) for pid in pids}
        (self.path / RUNNING).write_text(json.dumps(births))

    def note_stopped(self) -> None:
        (self.path / RUNNING).unlink(missing_ok=True)

    def _end_leftovers(self) -> None:
        file = self.path / RUNNING
        if not file.exists():
            return
        for pid, birth in json.loads(file.read_text() or "{}").items():
            # The number may belong to another process by now: compare when it was started.
            if birth and _birth(int(pid)) == birth:
                say(f"-> ending process {pid}, left over by a demo that was killed")
                os.killpg(int(pid), signal.SIGKILL)
                wait_until_gone(int(pid))
        file.unlink()


def _birth(pid: int) -> str:
    """When a process was started, in clock ticks since boot; empty when it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
    return f"{boot} {stat.rpartition(')')[2].split()[19]}"
