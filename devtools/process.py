# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""A background process with a log: started, waited for, stopped with its children."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from .console import Problem
from .ports import wait_until_answers

LOG_TAIL = 40


class Process:
    """A server process in a process group of its own.

    Ctrl-C in the terminal does not reach it: who started it stops it, in order.
    """

    def __init__(self, name: str, log: Path):
        self.name = name
        self.log = log
        self._process: subprocess.Popen | None = None

    @property
    def pid(self) -> int:
        if not self._process:
            raise Problem(f"{self.name} is not running.")
        return self._process.pid

    def start(
        self, command: Sequence[str], env: Mapping[str, str], cwd: Path | None = None
    ) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                list(command), env=dict(env), cwd=cwd, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip

    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def wait_until_answers(self, url: str, seconds: float = 120) -> None:
        """Waits for an answer; shows the log's end when there is none."""
        if wait_until_answers(url, alive=self.alive, seconds=seconds):
            return
        what = "does not answer" if self.alive() else "ended"
        raise Problem(
            f"{self.name} {what} ({url}).", f"read {self.log}.", self.log_tail()
        )

    def log_tail(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n".join(lines[-LOG_TAIL:])

    def stop(self, seconds: float = 30) -> None:
        """Asks politely, then makes sure that nothing of the group is left."""
        if self.alive():
            assert self._process
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                pass
        self.kill9()

    def kill9(self) -> None:
        """SIGKILL for the whole group, as when the machine dies."""
        if not self._process:
            return
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        self._process.wait()
        self._process = None


def parent_of(pid: int) -> int:
    """The parent's id; 0 for a process that is gone or dead."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    state, parent = stat.rpartition(")")[2].split()[:2]
    return 0 if state == "Z" else int(parent)


def wait_until_gone(pid: int, seconds: float = 10) -> bool:
    """Whether a process ends in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not parent_of(pid):
            return True
        time.sleep(0.02)
    return False
