# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Work that is done in a moment, by threads of this process."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress


class Soon:
    """Calls functions in threads; safe to be used by several threads.

    No thread is taken while something is not due yet. What is urgent has threads of its
    own, so it does not wait for the rest.
    """

    def __init__(self, name, threads):
        """
        :param threads: number of threads for what is urgent, and as many for the rest
        """
        self._urgent = ThreadPoolExecutor(threads, f"{name}.urgent")
        self._others = ThreadPoolExecutor(threads, name)
        self._lock = threading.Lock()
        self._planned = set()

    def call(self, key, function, seconds=0, urgent=False):
        """Have a function called, unless one with the same key is about to be, or runs.

        :param seconds: to wait before
        """
        with self._lock:
            if key in self._planned:
                return
            self._planned.add(key)
        pool = self._urgent if urgent else self._others
        if seconds <= 0:
            self._submit(pool, key, function)
            return
        timer = threading.Timer(seconds, self._submit, (pool, key, function))
        timer.daemon = True  # the process may end meanwhile
        timer.start()

    def _submit(self, pool, key, function):
        with suppress(RuntimeError):  # the process ends
            pool.submit(self._run, key, function)

    def _run(self, key, function):
        try:
            function()
        finally:
            with self._lock:
                self._planned.discard(key)
