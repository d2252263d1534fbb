# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""Clients that send requests as fast as they are answered, and what that took."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from devtools.console import Problem

JSON = {"Content-Type": "application/json"}
Request = tuple[str, str, bytes | None, dict[str, str]]  # method, URL, body, headers


@dataclass(frozen=True)
class Answer:
    """``status`` is 0 when there was none."""

    status: int
    body: bytes = b""

    @property
    def ok(self) -> bool:
        return self.status == 200


@dataclass(frozen=True)
class Measured:
    """How many milliseconds each request took, by its number; how many failed."""

    times: dict[int, float]
    failures: int
    seconds: float

    def percentile(self, share: float) -> float:
        """The duration below which ``share`` percent of the requests lie."""
        durations = sorted(self.times.values())
        return durations[round(share / 100 * (len(durations) - 1))]

    @property
    def per_second(self) -> float:
        return len(self.times) / self.seconds


def load(
    make: Callable[[int], Request],
    *,
    clients: int,
    requests: int,
    fine: Callable[[Answer], bool] = lambda answer: answer.ok,
) -> Measured:
    """Sends ``requests`` in total from several threads, each built by ``make``.

    Each thread sends its next request when it has read the answer to its last one.
    """
    times: dict[int, float] = {}
    failures: list[int] = []
    numbers = iter(range(requests))
    lock = threading.Lock()

    def client() -> None:
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            request = make(number)
            started = time.perf_counter()
            answer = send(request)
            times[number] = (time.perf_counter() - started) * 1000
            if not fine(answer):
                failures.append(number)

    threads = [threading.Thread(target=client) for _ in range(clients)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Measured(times, len(failures), time.perf_counter() - started)


def send(request: Request) -> Answer:
    """One request on a connection of its own (Odoo keeps none open).

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
        return Answer(answer.status, answer.read(length))
    except (OSError, http.client.HTTPException):
        return Answer(0)
    finally:
        connection.close()


def is_accepted(answer: Answer) -> bool:
    """Whether the webhook, or a bare route, has taken what was posted."""
    return answer.ok and json.loads(answer.body) == {"status": "accepted"}


def post_accepted(url: str, body: bytes) -> None:
    """:raises Problem: what was posted was not taken"""
    answer = send(("POST", url, body, JSON))
    if not is_accepted(answer):
        raise Problem(f"A POST was answered {answer}.", "read the server's log.")
