# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Since when this process has answered notifications "not now".

The database could not be asked at that time, so this stays in memory until it can.
"""

import threading
import time
from collections.abc import Callable


class NotTaken:
    """By database, the time of the first notification that was not taken in (monotonic).

    ``listeners`` are called with the name of the database.
    """

    def __init__(self):
        self._lock = threading.Lock()
        self._since: dict[str, float] = {}
        self.listeners: list[Callable[[str], None]] = []

    def note(self, dbname: str, since: float | None = None) -> None:
        """Note that one was not taken in, now or at a time."""
        since = time.monotonic() if since is None else since
        with self._lock:
            self._since[dbname] = min(self._since.get(dbname, since), since)
        for listener in self.listeners:
            listener(dbname)

    def pop(self, dbname: str) -> float | None:
        """Return since when, and forget it; None: all were taken in."""
        with self._lock:
            return self._since.pop(dbname, None)


notifications = NotTaken()
