# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Sends the notifications of one call, each when it is due, from its own thread."""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from urllib.parse import urlsplit, urlunsplit

import requests

from .disturbance import Disturbance
from .log import Entry, Log
from .session import Step
from .settings import Settings

HELD = 1.0
"""Seconds that notifications of a call may have to wait for the answer to its start."""


@dataclass(order=True)
class _Due:
    when: float
    number: int
    step: Step = field(compare=False)
    moment: datetime = field(compare=False)


class Player:
    """An outbox: put notifications in with the time they are due; `close` when no more
    will come.
    """

    def __init__(
        self,
        settings: Callable[[], Settings],
        log: Log,
        disturbance: Disturbance,
        *,
        held: bool = False,
    ) -> None:
        self._settings = settings
        self._log = log
        self._disturbance = disturbance
        self._heap: list[_Due] = []
        self._condition = threading.Condition()
        self._closed = False
        self._stopped = False
        self._number = 0
        self._released = threading.Event()
        if not held:
            self._released.set()
        self.first_sent = threading.Event()
        self.sent = 0
        self._thread = threading.Thread(target=self._run, daemon=True, name="player")
        self._thread.start()

    def put(self, when: float, step: Step, moment: datetime) -> None:
        """Send `step` at `when` (monotonic clock); `moment` is the time it claims to
        have happened.
        """
        with self._condition:
            self._number += 1
            heapq.heappush(self._heap, _Due(when, self._number, step, moment))
            self._condition.notify()

    def release(self) -> None:
        """`held` notifications may go out; they do by themselves after a while."""
        self._released.set()

    def close(self) -> None:
        """End once everything is sent."""
        with self._condition:
            self._closed = True
            self._condition.notify()

    def stop(self) -> None:
        """Forget whatever is not sent yet."""
        with self._condition:
            self._stopped = True
            self._heap.clear()
            self._condition.notify()
        self.release()

    @property
    def done(self) -> bool:
        return not self._thread.is_alive()

    @property
    def waiting(self) -> int:
        return len(self._heap)

    def join(self, timeout: float | None = None) -> bool:
        """Wait until everything is sent; False when the time was too short."""
        self._thread.join(timeout)
        return self.done

    def _run(self) -> None:
        self._released.wait(HELD)
        side: list[threading.Thread] = []
        while (due := self._next()) is not None:
            if self._disturbance.parallel:
                side.append(
                    threading.Thread(target=self._send, args=(due,), daemon=True)
                )
                side[-1].start()
            else:
                self._send(due)
        for thread in side:
            thread.join()

    def _next(self) -> _Due | None:
        with self._condition:
            while not self._stopped:
                now = time.monotonic()
                if self._heap and self._heap[0].when <= now:
                    return heapq.heappop(self._heap)
                if not self._heap and self._closed:
                    return None
                self._condition.wait(self._heap[0].when - now if self._heap else None)
            return None

    def _send(self, due: _Due) -> None:
        settings = self._settings()
        body, content_type = self._disturbance.body_of(
            due.step.event, due.step.values, due.moment
        )
        entry = self._note(due.step, body, content_type)
        started = time.monotonic()
        status, answer, error = None, "", ""
        if settings.webhook_url:
            try:
                status, answer = post(
                    event_url(settings.webhook_url, due.step.event),
                    body,
                    content_type,
                    settings,
                )
            except requests.RequestException as problem:
                error = describe(problem)
        else:
            error = "no webhook address is set"
        self._log.answered(
            entry,
            status=status,
            answer=answer,
            ms=round((time.monotonic() - started) * 1000),
            error=error,
        )
        self.sent += 1
        self.first_sent.set()

    def _note(self, step: Step, body: str, content_type: str) -> Entry:
        name = step.values.get("employee_full_name")
        return self._log.add(
            session_id=int(str(step.values["call_session_id"])),
            event=step.event,
            sent_at=datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
            body=body,
            content_type=content_type,
            employee=None if name is None else str(name),
        )


def post(url: str, body: str, content_type: str, settings: Settings) -> tuple[int, str]:
    """One POST, as plain as CallGear's: no retry, no redirect."""
    with requests.Session() as http:
        # The receiver is on this machine or in a test network, where a proxy of the
        # environment does not reach.
        http.trust_env = False
        response = http.post(
            url,
            data=body.encode(),
            headers={"Content-Type": content_type, "User-Agent": "CallGear simulator"},
            timeout=settings.timeout,
            allow_redirects=False,
        )
        return response.status_code, response.text[:4000]


def event_url(base: str, event: str) -> str:
    """The address of one event; a query in the base (such as ?db=…) stays where it
    belongs.
    """
    parts = urlsplit(base)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{event}"))


def describe(problem: requests.RequestException) -> str:
    """The error in a few words; the full text of requests would show the secret in the
    address.
    """
    if isinstance(problem, requests.Timeout):
        return "no answer in time"
    if isinstance(problem, requests.exceptions.SSLError):
        return "no trusted certificate"
    if isinstance(problem, requests.ConnectionError):
        return "no connection"
    return type(problem).__name__
