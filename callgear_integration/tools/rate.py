# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A limit on how often something may happen, kept in the memory of this process.

It is there against abuse only, so it costs a request nothing: no query, no lock that
anybody holds for long. Each process allows as much as the limit; all of it goes by one
clock, the process's own, which nobody sets.
"""

import threading
import time
from collections import Counter
from dataclasses import dataclass

# Seconds between two times that refusals are handed out to be written down.
PAUSE = 10.0


@dataclass
class _Bucket:
    """How much is left, and when that was so (monotonic seconds)."""

    per_minute: int
    left: float
    at: float

    def take(self, now: float) -> bool:
        refilled = self.left + (now - self.at) * self.per_minute / 60
        self.left, self.at = min(self.per_minute, refilled), now
        if self.left < 1:
            return False
        self.left -= 1
        return True


class RateLimit:
    """Token buckets by key; a key is a tuple that begins with the name of a database."""

    def __init__(self, clock=time.monotonic):
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[tuple, _Bucket] = {}
        self._refused: Counter = Counter()
        self._handed_out: dict[str, float] = {}

    def allows(self, key: tuple, per_minute: int) -> bool:
        """Count one; return whether that was still allowed. 0 or less: no limit."""
        if per_minute <= 0:
            return True
        with self._lock:
            now = self._clock()
            bucket = self._buckets.get(key)
            if not bucket or bucket.per_minute != per_minute:
                bucket = _Bucket(per_minute, per_minute, now)
                self._buckets[key] = bucket
            allowed = bucket.take(now)
            if not allowed:
                self._refused[key] += 1
            return allowed

    def refusals(self, dbname: str) -> dict[tuple, int]:
        """Hand out how many were refused of each key since the last time.

        Now and then only, so that writing them down does not become a load of its own.
        """
        with self._lock:
            keys = [key for key in self._refused if key[0] == dbname]
            if not keys or self._seconds_left(dbname) > 0:
                return {}
            self._handed_out[dbname] = self._clock()
            return {key: self._refused.pop(key) for key in keys}

    def give_back(self, refusals: dict[tuple, int]) -> None:
        """Take refusals back that could not be written down."""
        with self._lock:
            self._refused.update(refusals)

    def seconds_until_refusals(self, dbname: str) -> float | None:
        """In how many seconds refusals are handed out; None if there are none."""
        with self._lock:
            if not any(key[0] == dbname for key in self._refused):
                return None
            return max(0.0, self._seconds_left(dbname))

    def _seconds_left(self, dbname: str) -> float:
        last = self._handed_out.get(dbname)
        return 0.0 if last is None else last + PAUSE - self._clock()


notifications = RateLimit()
