# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""Clients that send requests as fast as they are answered, and what that took."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

Request = tuple[str, str, bytes | None, dict[str, str]]  # method, URL, body, headers


@dataclass(frozen=True)
class Measured:
    """The durations of all requests in milliseconds, sorted; and how many failed."""

    durations: list[float]
    failures: int
    seconds: float

    def percentile(self, share: float) -> float:
        """The duration below which ``share`` percent of the requests lie."""
        index = round(share / 100 * (len(self.durations) - 1))
        return self.durations[max(0, index)]

    @property
    def per_second(self) -> float:
        return len(self.durations) / self.seconds


def load(
    make: Callable[[int], Request], *, clients: int, requests: int, wanted: int = 200
) -> Measured:
    """Sends ``requests`` in total from several threads, each built by ``make``."""
    durations: list[float] = []
    failures: list[int] = []
    numbers = iter(range(requests))
    lock = threading.Lock()

    def client() -> None:
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            started = time.perf_counter()
            status = send(make(number))
            durations.append((time.perf_counter() - started) * 1000)
            if status != wanted:
                failures.append(status)

    threads = [threading.Thread(target=client) for _ in range(clients)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    return Measured(sorted(durations), len(failures), seconds)


def send(request: Request) -> int:
    """One request on a connection of its own (Odoo keeps none open); 0 when it fails.

    Reads Content-Length bytes only: Odoo closes the connection somewhat later.
    """
    method, url, body, headers = request
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(
        parts.hostname or "", parts.port, timeout=60
    )
    try:
        connection.request(method, parts.path or "/", body, headers)
        answer = connection.getresponse()
        length = int(answer.headers.get("Content-Length") or 0)
        answer.read(length)
        return answer.status
    except OSError:
        return 0
    finally:
        connection.close()
