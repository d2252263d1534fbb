# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Session and leg ids: like CallGear's they do not fit into 32 bits."""

from __future__ import annotations

import threading
import time

_EPOCH = 1_704_067_200  # 2024-01-01: keeps the ids at a dozen digits
_FIRST_SESSION = 5_000_000_000
_FIRST_LEG = 18_000_000_000
LEGS_PER_SESSION = 20


class IdSource:
    """Hands out ids: from the clock (unique across runs), or from a seed (the same in
    every run).
    """

    def __init__(self, seed: int | None = None) -> None:
        self._lock = threading.Lock()
        self._by_clock = seed is None
        self._last = 0 if seed is None else seed * 1_000_000

    def next_call(self) -> tuple[int, int]:
        """A session id and the first of its `LEGS_PER_SESSION` leg ids."""
        with self._lock:
            self._last += 1
            if self._by_clock:
                self._last = max(self._last, int((time.time() - _EPOCH) * 1000))
            return (
                _FIRST_SESSION + self._last,
                _FIRST_LEG + self._last * LEGS_PER_SESSION,
            )
