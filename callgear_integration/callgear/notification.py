# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Read one CallGear notification: from the raw body to typed fields.

The fields are those of the six notification templates (``templates.py``). Ids are texts,
because CallGear's ids exceed 32 bits. Durations are whole seconds.

Source: UIS help centre, "Notifications about events" (Uvedomleniya o sobytiyakh), and the
templates of the specification of 5 April 2024 (support.deskie.io, article 1798).
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from . import values
from .body_text import decoded
from .json_repair import BodyError, load_object, storable

EVENTS = ("handset", "endleg", "end", "recording", "legout", "callout")
LEG_EVENTS = frozenset({"handset", "endleg", "legout"})

MAX_BODY = 256 * 1024
MAX_URL = 2048
_NULLS = frozenset({"", "null", "none", "undefined"})


@dataclass(frozen=True)
class Notification:
    """The content of one notification; None stands for a field that has no value.

    ``event``: kind of notification, one of ``EVENTS``. ``time``: naive, in the time zone
    of the CallGear account. Phone numbers are as CallGear writes them.
    """

    event: str
    session_id: str
    time: datetime | None = None
    external_id: str | None = None
    direction: str | None = None
    call_source: str | None = None
    contact_phone: str | None = None
    contact_name: str | None = None
    virtual_phone: str | None = None
    scenario_name: str | None = None
    employee_id: str | None = None
    employee_name: str | None = None
    leg_id: str | None = None
    is_operator: bool | None = None
    is_lost: bool | None = None
    talk_seconds: int | None = None
    total_seconds: int | None = None
    wait_seconds: int | None = None
    finish_reason: str | None = None  # only in what was fetched from the reports
    file_url: str | None = None  # the file whose length is ``file_seconds``
    file_seconds: int | None = None
    file_urls: tuple[str, ...] = field(default=())
    tags: tuple[str, ...] = field(default=())


def parse(event: str, body: bytes) -> Notification:
    """Read the raw body of a notification.

    :param event: kind of notification, one of ``EVENTS``
    :raises BodyError: the body is not JSON, or names no session
    """
    return from_object(event, load_object(body))


def parse_all(rows: Iterable[tuple[str, str]]) -> list[Notification]:
    """Read stored bodies.

    :param rows: event and body of each
    :raises BodyError: as ``parse``
    """
    return [parse(event, body.encode()) for event, body in rows]


def from_object(event: str, data: dict) -> Notification:
    """Read a decoded body. A key may be in its section or at the top level.

    What cannot be read counts as not said: only a notification of no call is refused.

    :param event: kind of notification, one of ``EVENTS``
    :param data: as ``load_object`` returns it
    :raises BodyError: no readable ``call_session_id``
    """
    reader = _Reader(data)
    session_id = reader.id("call_info", "call_session_id")
    if session_id is None:
        written = reader.has("call_info", "call_session_id")
        reason = "is not an id" if written else "is missing"
        raise BodyError(reason, "call_info.call_session_id")
    direction = reader.text("call_info", "direction")
    return Notification(
        event=event,
        session_id=session_id,
        # If it cannot be read, the time of arrival is used.
        time=reader.moment(None, "notification_time"),
        external_id=reader.text(None, "external_id"),
        direction=direction if direction in ("in", "out") else None,
        call_source=reader.text("call_info", "call_source"),
        contact_phone=reader.text("contact_info", "contact_phone_number"),
        contact_name=reader.text("contact_info", "contact_full_name"),
        virtual_phone=reader.text(None, "virtual_phone_number"),
        scenario_name=reader.text("call_info", "scenario_name"),
        employee_id=reader.id("employee_info", "employee_id"),
        employee_name=reader.text("employee_info", "employee_full_name"),
        leg_id=reader.id(None, "leg_id"),
        is_operator=reader.flag("call_info", "is_operator"),
        is_lost=reader.flag("call_info", "is_lost"),
        talk_seconds=reader.seconds("call_info", "talk_time_duration"),
        total_seconds=reader.seconds("call_info", "total_time_duration"),
        wait_seconds=reader.seconds("call_info", "wait_time_duration"),
        finish_reason=reader.text("call_info", "finish_reason"),
        file_url=reader.url("call_record_file_info", "file_link"),
        file_seconds=reader.seconds("call_record_file_info", "call_record_duration"),
        file_urls=_urls(reader),
        tags=reader.texts("call_info", "tag_names"),
    )


def _urls(reader: "_Reader") -> tuple[str, ...]:
    """Return the URLs of all files in the notification, each once, in CallGear's order."""
    section = "call_record_file_info"
    urls = reader.texts(section, "record_file_links", MAX_URL)
    single = reader.url(section, "file_link")
    if single and single not in urls:
        urls = (single, *urls)
    return tuple(dict.fromkeys(urls))


class _Reader:
    """Lenient access to the fields of a body, in their sections or at the top level."""

    def __init__(self, data: dict):
        self.data = data

    def _first(self, read: Callable, section: str | None, key: str):
        """Return the first value that can be read, or None.

        :param read: function of a value that returns None if it cannot be read
        """
        for place in (self.data.get(section) if section else None, self.data):
            if isinstance(place, dict):
                value = read(_said(place.get(key)))
                if value is not None:
                    return value
        return None

    def has(self, section: str | None, key: str) -> bool:
        """Return whether anything is written where the field should be."""
        return bool(self._first(lambda value: value or None, section, key))

    def text(self, section: str | None, key: str) -> str | None:
        # A zero that is no text is an empty value, as [] and {} are.
        return self._first(
            lambda value: values.as_text(value) if value else None, section, key
        )

    def url(self, section: str | None, key: str) -> str | None:
        return self._first(_url, section, key)

    def id(self, section: str | None, key: str) -> str | None:
        return self._first(values.as_identifier, section, key)

    def flag(self, section: str | None, key: str) -> bool | None:
        return self._first(values.as_flag, section, key)

    def seconds(self, section: str | None, key: str) -> int | None:
        return self._first(values.as_seconds, section, key)

    def moment(self, section: str | None, key: str) -> datetime | None:
        return self._first(values.as_moment, section, key)

    def texts(
        self, section: str | None, key: str, limit: int = values.MAX_TEXT
    ) -> tuple[str, ...]:
        """Return the texts of a list, which may be written as a text itself."""

        def read(value):
            if isinstance(value, str):
                value = _unquoted_list(value, limit)
            items = value[: values.MAX_LIST] if isinstance(value, list) else []
            found = (values.as_text(_said(x), limit) for x in items if _is_text(x))
            return tuple(filter(None, found)) or None

        return self._first(read, section, key) or ()


def _said(value):
    """Return a value; None for the texts that stand for no value."""
    if isinstance(value, str):
        bare = value[: values.MAX_TEXT].strip()
        if bare.lower() in _NULLS or bare.startswith("{{"):
            return None
    return value


def _is_text(value) -> bool:
    return isinstance(value, str)


def _url(value) -> str | None:
    return values.as_text(value, MAX_URL) if _is_text(value) else None


def _unquoted_list(value: str, limit: int) -> list:
    """Return the list in a text: its placeholder was quoted in the template."""
    text = value.strip()[: limit * values.MAX_LIST]
    if text.startswith("["):
        with suppress(ValueError, RecursionError):
            return storable(json.loads(text, strict=False))
    return [text]


@dataclass(frozen=True)
class NotificationBody:
    """A checked raw body.

    ``text``: what to store: JSON with sorted keys, or the body as it came if ``error``.
    ``digest``: SHA-256 in hex of kind and content, the same for a repeated notification.
    ``error``: what is wrong with the body, or None.
    """

    text: str
    digest: str
    session_id: str | None = None
    error: str | None = None

    @classmethod
    def check(cls, event: str, body: bytes) -> "NotificationBody":
        """Check a raw body; never raises.

        :param event: kind of notification, one of ``EVENTS``
        """
        raw = storable(decoded(body))
        try:
            data = load_object(body)
            notification = from_object(event, data)
        except BodyError as error:
            return cls(raw, _digest(event, raw), error=str(error)[:500])
        text = json.dumps(data, ensure_ascii=False, sort_keys=True)
        return cls(text, _digest(event, text), notification.session_id)


def _digest(event: str, text: str) -> str:
    return hashlib.sha256(f"{event}\n{text}".encode()).hexdigest()
