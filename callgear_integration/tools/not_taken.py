# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Since when this process has answered notifications "not now".

The database could not be asked at that time, so this stays in memory until it can.
"""

import threading
from datetime import datetime

from .times import precise_now


class NotTaken:
    """The time of the first notification that was not taken in (naive UTC)."""

    def __init__(self):
        self._lock = threading.Lock()
        self._since: datetime | None = None

    def __bool__(self):
        return self._since is not None

    def note(self, since: datetime | None = None) -> None:
        """Note that one was not taken in, now or at a time."""
        since = since or precise_now()
        with self._lock:
            self._since = min(self._since or since, since)

    def pop(self) -> datetime | None:
        """Return since when, and forget it; None: all were taken in."""
        with self._lock:
            since, self._since = self._since, None
            return since


notifications = NotTaken()
