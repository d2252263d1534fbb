# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Room for so many at a time, in all processes of a machine."""

import os
from collections.abc import Callable
from pathlib import Path

try:
    import fcntl
except ImportError:  # on Windows there is one process, with threads enough
    fcntl = None


class Room:
    """Places, each of which one thread of one process may take.

    Each is a locked file: the system unlocks it when its process ends, however it does.
    """

    def __init__(self, folder: str, places: int):
        """
        :param folder: of the files, one for each room; made if it is missing
        """
        self._folder = Path(folder)
        self._places = places

    def enter(self) -> Callable[[], None] | None:
        """Take a place; return how to give it back, or None if all are taken.

        Where nothing can be locked, there is room for everybody.
        """
        if not fcntl:
            return lambda: None
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for place in range(self._places):
                if leave := self._take(self._folder / str(place)):
                    return leave
        except OSError:
            return lambda: None
        return None

    @staticmethod
    def _take(path: Path) -> Callable[[], None] | None:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return None
        except OSError:
            os.close(handle)
            raise
        return lambda: os.close(handle)
