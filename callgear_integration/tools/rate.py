# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A rate limit, kept in the memory of this process.

It only serves against abuse, so it must cost little: it needs no query and holds its
lock for a moment only. Each process has a limit of its own. Time is taken from the
monotonic clock, so changes of the system clock have no effect.
"""

import threading
import time
from collections import Counter
from dataclasses import dataclass

# Seconds between two times that refusals are returned to be stored.
PAUSE = 10.0


@dataclass
class _Bucket:
    """``left``: tokens at the time ``at`` (monotonic seconds)."""

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
    """Token buckets by key: a tuple that begins with the name of a database."""

    def __init__(self, clock=time.monotonic):
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[tuple, _Bucket] = {}
        self._refused: Counter = Counter()
        self._handed_out: dict[str, float] = {}
        self._senders: dict[tuple, str] = {}

    def allows(self, key: tuple, per_minute: int) -> bool:
        """Count one more for a key; return whether it is within the limit.

        :param per_minute: the limit; 0 or less: no limit
        """
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

    def refuse(self, key: tuple, sender: str) -> None:
        """Count a refusal for another reason than the limit.

        :param sender: address, kept until the next one
        """
        with self._lock:
            self._refused[key] += 1
            self._senders[key] = sender

    def last_sender(self, *key) -> str | None:
        """Return the last sender that was refused since this was asked; and forget it."""
        with self._lock:
            return self._senders.pop(key, None)

    def refusals(self, dbname: str) -> dict[tuple, int]:
        """Return the refusals since the last time: key → number; and forget them.

        At most every ``PAUSE`` seconds: in between the result is empty, so that storing
        refusals causes little load.
        """
        with self._lock:
            keys = [key for key in self._refused if key[0] == dbname]
            if not keys or self._seconds_left(dbname) > 0:
                return {}
            self._handed_out[dbname] = self._clock()
            return {key: self._refused.pop(key) for key in keys}

    def give_back(self, refusals: dict[tuple, int]) -> None:
        """Add refusals again that could not be stored, as ``refusals`` returned them."""
        with self._lock:
            self._refused.update(refusals)

    def seconds_until_refusals(self, dbname: str) -> float | None:
        """Return in how many seconds ``refusals`` will return some; None if none exist."""
        with self._lock:
            if not any(key[0] == dbname for key in self._refused):
                return None
            return max(0.0, self._seconds_left(dbname))

    def _seconds_left(self, dbname: str) -> float:
        last = self._handed_out.get(dbname)
        return 0.0 if last is None else last + PAUSE - self._clock()


notifications = RateLimit()
