# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What was sent, and what the receiver answered."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import asdict, dataclass
from typing import Any


@dataclass
class Entry:
    """One notification on its way, or one request to an API."""

    id: int
    session_id: int
    event: str
    sent_at: str
    body: str
    content_type: str
    employee: str | None = None
    api: str = ""
    """Which API was asked; empty for a notification."""
    status: int | None = None
    answer: str = ""
    ms: int | None = None
    error: str = ""
    done: bool = False
    revision: int = 0

    @property
    def delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class Log:
    """The latest entries. Every change counts up `revision`, so a reader can ask for
    what is new to it.
    """

    def __init__(self, size: int = 2000) -> None:
        self._lock = threading.Lock()
        self._size = size
        self._entries: OrderedDict[int, Entry] = OrderedDict()
        self._last_id = 0
        self._revision = 0

    def add(
        self,
        *,
        session_id: int,
        event: str,
        sent_at: str,
        body: str,
        content_type: str,
        employee: str | None = None,
        api: str = "",
    ) -> Entry:
        """Note that a notification is being sent, or that a request has come."""
        with self._lock:
            self._last_id += 1
            entry = Entry(
                self._last_id,
                session_id,
                event,
                sent_at,
                body,
                content_type,
                employee,
                api,
            )
            self._entries[entry.id] = entry
            if len(self._entries) > self._size:
                self._entries.popitem(last=False)
            self._touch(entry)
            return entry

    def answered(
        self,
        entry: Entry,
        *,
        status: int | None,
        answer: str,
        ms: int,
        error: str = "",
        session_id: int = 0,
    ) -> None:
        """Note the answer, or the error that came instead."""
        with self._lock:
            entry.session_id = entry.session_id or session_id
            entry.status, entry.answer, entry.ms, entry.error, entry.done = (
                status,
                answer,
                ms,
                error,
                True,
            )
            self._touch(entry)

    def since(
        self, revision: int = 0, session_id: int | None = None
    ) -> tuple[int, list[dict[str, Any]]]:
        """The present revision, and the entries that changed after the given one,
        newest first.
        """
        with self._lock:
            found = [
                asdict(entry)
                for entry in reversed(self._entries.values())
                if entry.revision > revision and session_id in (None, entry.session_id)
            ]
            return self._revision, found

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()

    def _touch(self, entry: Entry) -> None:
        self._revision += 1
        entry.revision = self._revision
