# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What stands before each request to an API, so that a silent one stops nobody else.

A request may wait for its answer for seconds, and meanwhile nobody else has its worker.
``Circuit``: whoever has not answered several times is not asked for a while. ``Guard``:
besides, only so many ask at a time. A failure that comes at once keeps nobody waiting, and
counts for nothing.
"""

import math
import threading
import time
from collections.abc import Callable

from .errors import NoAnswer, Resting, TooManyAsk, Unreachable

FAILURES = 3
FIRST_PAUSE = 5.0
LONGEST_PAUSE = 60.0
# Seconds: whatever fails sooner stops nobody.
SLOW = 1.0


class Circuit:
    """Counts the failures of one API since its last answer. May be shared by threads.

    After some it is left alone for a pause; then one request may try, and each further
    failure doubles the pause, up to the longest one. Any answer, a refusal too, ends it.
    """

    def __init__(
        self,
        failures: int = FAILURES,
        pause: float = FIRST_PAUSE,
        longest: float = LONGEST_PAUSE,
        clock: Callable[[], float] = time.monotonic,
    ):
        """
        :param pause: the first one in seconds, as is ``longest``
        """
        self._most, self._first, self._longest = failures, pause, longest
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._closed_until = -math.inf

    def wait(self) -> float:
        """Return for how many seconds nothing may be asked; 0: ask now.

        Whoever may ask after a pause is the only one until their answer, or for as long
        as the pause was.
        """
        with self._lock:
            now = self._clock()
            left = self._closed_until - now
            if left > 0:
                return left
            if self._failures >= self._most:
                self._closed_until = now + self._pause
            return 0.0

    def failed(self):
        """Note that there was no answer."""
        with self._lock:
            self._failures += 1
            if self._failures >= self._most:
                self._closed_until = self._clock() + self._pause

    def succeeded(self):
        """Note an answer, whatever it says."""
        with self._lock:
            self._failures = 0
            self._closed_until = -math.inf

    @property
    def _pause(self) -> float:
        doubled = min(self._failures - self._most, 10)  # no number without bounds
        return min(self._first * 2**doubled, self._longest)


class Guard:
    """Lets requests pass, as a context manager around each with all of its attempts."""

    def __init__(
        self,
        circuit: Circuit,
        enter: Callable[[], Callable | None],
        clock: Callable[[], float] = time.monotonic,
    ):
        """
        :param circuit: of the API that is asked
        :param enter: returns how to leave again, or None if there is no room for another
        """
        self._circuit = circuit
        self._enter = enter
        self._clock = clock
        self._leave: Callable | None = None
        self._since = 0.0

    def __enter__(self):
        """
        :raises Resting: the API has not answered lately
        :raises TooManyAsk: too many wait for an answer already
        """
        self._leave = self._enter()
        if not self._leave:
            raise TooManyAsk("too many requests wait for an answer")
        if wait := self._circuit.wait():
            self._leave()
            seconds = math.ceil(wait)
            raise Resting("no answer lately", params={"seconds": seconds}, wait=wait)
        self._since = self._clock()

    def __exit__(self, _kind, error, _traceback):
        self._leave()
        if isinstance(error, NoAnswer | Unreachable):
            if self._clock() - self._since >= SLOW:
                self._circuit.failed()
        else:
            self._circuit.succeeded()
