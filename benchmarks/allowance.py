# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How far clients may be ahead of the work that their notifications make."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

# Few enough that the work on a call's notification is done before its next one comes, see
# ``helpdesk.busy_day``; enough that nobody who works has to wait for more.
MOST = 24
LOOK_SECONDS = 0.02


class Allowance:
    """Whoever posts takes one first, and waits for it while too much is left to do.

    :param pending: tells how many notifications wait for their work, and could have it
    """

    def __init__(self, pending: Callable[[], int], most: int = MOST):
        self._pending = pending
        self._most = most
        self._lock = threading.Lock()
        self._begun = self._done = 0

    def take(self) -> None:
        with self._lock:
            while self._begun - self._done >= self._most:
                # What is not stored yet counts as done: one notification of each client.
                self._done = self._begun - self._pending()
                if self._begun - self._done >= self._most:
                    time.sleep(LOOK_SECONDS)
            self._begun += 1
