# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Calls that go on beside what is measured: so many a second, however slow the server is."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Sequence

from benchmarks.calls import Delivery
from benchmarks.http_client import JSON, is_accepted, send

CLIENTS = 16  # more than are ever busy, unless answers take very long


def schedule(
    calls: Sequence[list[Delivery]], rate: float, step: float
) -> list[tuple[float, Delivery]]:
    """When each notification is due: ``rate`` calls begin a second.

    :param step: seconds between two notifications of a call
    """
    told = [
        (number / rate + turn * step, delivery)
        for number, call in enumerate(calls)
        for turn, delivery in enumerate(call)
    ]
    return sorted(told, key=lambda one: one[0])


class Pace:
    """Posts notifications when they are due, as a context manager.

    ``refused`` counts those that were not accepted. Leaving the block stops it, ``finish``
    waits for the last one.
    """

    def __init__(self, webhook: str, due: Sequence[tuple[float, Delivery]]):
        self._webhook = webhook
        self._due = due
        self._stop = threading.Event()
        self._queue: queue.Queue[Delivery | None] = queue.Queue()
        self._threads = [threading.Thread(target=self._tell)] + [
            threading.Thread(target=self._post) for _ in range(CLIENTS)
        ]
        self.refused = self.posted = 0
        self._lock = threading.Lock()

    def finish(self) -> None:
        for thread in self._threads:
            thread.join()

    def _tell(self) -> None:
        began = time.monotonic()
        for moment, delivery in self._due:
            if self._stop.wait(max(0.0, began + moment - time.monotonic())):
                break
            self._queue.put(delivery)
        for _ in range(CLIENTS):
            self._queue.put(None)

    def _post(self) -> None:
        for delivery in iter(self._queue.get, None):
            url = f"{self._webhook}/{delivery.event}"
            fine = is_accepted(send(("POST", url, delivery.body, JSON)))
            with self._lock:
                self.posted += 1
                self.refused += not fine

    def __enter__(self) -> Pace:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self.finish()
