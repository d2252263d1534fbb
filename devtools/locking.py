# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""File locks: the cache is shared by checkouts and runs that may go on in parallel.

The kernel drops the locks of a dead process, so a crash leaves nothing to clean up.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .console import say


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Waits until no other process holds the lock, then holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"   waiting for another run (lock: {path})")
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def try_exclusive(path: Path) -> int | None:
    """The descriptor of the lock, held until it is closed; None when another has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


class UsageCount:
    """Counts the processes that use something, without a counter that could go wrong.

    Every process holds a shared lock; the one that can make it exclusive is the last.
    """

    def __init__(self, path: Path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)

    def enter(self) -> None:
        """Counts this process as a user."""
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def leave_is_last(self) -> bool:
        """Whether no other process is a user; call it under another, exclusive lock."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        """Stops counting this process."""
        os.close(self._descriptor)
