# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Read one CallGear notification: from the raw body to typed fields.

The fields are those of the six notification templates (``templates.py``). Ids are texts,
because CallGear's ids exceed 32 bits. Durations are whole seconds.

Source: UIS help centre, "Notifications about events" (Uvedomleniya o sobytiyakh), and the
templates of the specification of 5 April 2024 (support.deskie.io, article 1798).
"""

import hashlib
import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from .json_repair import BodyError, load_object, storable

EVENTS = ("handset", "endleg", "end", "recording", "legout", "callout")
LEG_EVENTS = frozenset({"handset", "endleg", "legout"})

MAX_BODY = 256 * 1024
MAX_TEXT = 256
MAX_URL = 2048
MAX_LIST = 100
MAX_SECONDS = 7 * 24 * 3600
_NULLS = frozenset({"", "null", "none", "undefined"})
_ID = re.compile(r"[A-Za-z0-9][\w.:@-]{0,63}\Z", re.ASCII)
_TIME_FORMATS = (
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S.%f",
    "%Y-%m-%dT%H:%M:%S",
)


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
    file_url: str | None = None  # the file whose length is ``file_seconds``
    file_seconds: int | None = None
    file_urls: tuple[str, ...] = field(default=())
    tags: tuple[str, ...] = field(default=())


def parse(event: str, body: bytes) -> Notification:
    """Read the raw body of a notification.

    :param event: kind of notification, one of ``EVENTS``
    :raises BodyError: the body is not JSON, or a field is not valid
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

    :param event: kind of notification, one of ``EVENTS``
    :param data: as ``load_object`` returns it
    :raises BodyError: no ``call_session_id``, or a value of the wrong type
    """
    reader = _Reader(data)
    session_id = reader.id("call_info", "call_session_id")
    if session_id is None:
        raise BodyError("is missing", "call_info.call_session_id")
    direction = reader.text("call_info", "direction")
    return Notification(
        event=event,
        session_id=session_id,
        time=_time(reader.text(None, "notification_time")),
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
        file_url=reader.text("call_record_file_info", "file_link", MAX_URL),
        file_seconds=reader.seconds("call_record_file_info", "call_record_duration"),
        file_urls=_urls(reader),
        tags=reader.texts("call_info", "tag_names"),
    )


def _urls(reader: "_Reader") -> tuple[str, ...]:
    """Return the URLs of all files in the notification, each once, in CallGear's order."""
    section = "call_record_file_info"
    urls = reader.texts(section, "record_file_links", MAX_URL)
    single = reader.text(section, "file_link", MAX_URL)
    if single and single not in urls:
        urls = (single, *urls)
    return tuple(dict.fromkeys(urls))


def _time(text: str | None) -> datetime | None:
    """Return the time, or None if it cannot be read; then the time of arrival is used."""
    for pattern in _TIME_FORMATS if text else ():
        try:
            time = datetime.strptime(text, pattern)
        except ValueError:
            continue
        return time if 2000 <= time.year <= 2999 else None
    return None


def _clean(text: str, limit: int) -> str:
    return text.strip()[:limit].rstrip()


class _Reader:
    """Typed access to the fields of a body; errors name the field."""

    def __init__(self, data: dict):
        self.data = data

    def _value(self, section: str | None, key: str):
        if section:
            inside = self.data.get(section)
            if inside is not None and not isinstance(inside, dict):
                raise BodyError("must be an object", section)
            if inside and key in inside:
                return inside[key]
        return self.data.get(key)

    @staticmethod
    def _name(section: str | None, key: str) -> str:
        return f"{section}.{key}" if section else key

    def text(self, section: str | None, key: str, limit=MAX_TEXT) -> str | None:
        value = self._value(section, key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise BodyError("must be a text", self._name(section, key))
        text = _clean(str(value), limit)
        if text.lower() in _NULLS or text.startswith("{{"):
            return None
        return text

    def id(self, section: str | None, key: str) -> str | None:
        text = self.text(section, key)
        if text is None or text == "0":
            return None
        if not _ID.match(text):
            raise BodyError("is not an id", self._name(section, key))
        return text

    def flag(self, section: str | None, key: str) -> bool | None:
        value = self._value(section, key)
        if value is None or isinstance(value, bool):
            return value
        text = self.text(section, key)
        if text is None:
            return None
        if text.lower() in ("true", "1"):
            return True
        if text.lower() in ("false", "0"):
            return False
        raise BodyError("must be true or false", self._name(section, key))

    def seconds(self, section: str | None, key: str) -> int | None:
        value = self._value(section, key)
        name = self._name(section, key)
        if isinstance(value, float) and math.isfinite(value):
            value = round(value)
        if isinstance(value, int) and not isinstance(value, bool):
            number = value
        else:
            text = self.text(section, key)
            if text is None:
                return None
            if not re.fullmatch(r"-?\d{1,9}(\.\d{1,9})?", text):
                raise BodyError("must be a number of seconds", name)
            number = round(float(text))
        if not 0 <= number <= MAX_SECONDS:
            raise BodyError(f"must be between 0 and {MAX_SECONDS} seconds", name)
        return number

    def texts(self, section: str | None, key: str, limit=MAX_TEXT) -> tuple[str, ...]:
        value = self._value(section, key)
        name = self._name(section, key)
        if isinstance(value, str):
            value = self._unquoted_list(value, limit)
        if value is None:
            return ()
        if not isinstance(value, list):
            raise BodyError("must be a list", name)
        if len(value) > MAX_LIST:
            raise BodyError(f"has more than {MAX_LIST} entries", name)
        if not all(isinstance(item, str) for item in value):
            raise BodyError("must hold texts", name)
        return tuple(text for item in value if (text := _clean(item, limit)))

    @staticmethod
    def _unquoted_list(value: str, limit: int) -> list | None:
        """Return the list in a text: its placeholder was quoted in the template."""
        text = _clean(value, limit * MAX_LIST)
        if text.lower() in _NULLS or text.startswith("{{"):
            return None
        if text.startswith("["):
            try:
                return storable(json.loads(text))
            except (ValueError, RecursionError):
                return [text]
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
        raw = body.decode("utf-8", errors="replace").replace("\x00", "")
        try:
            data = load_object(body)
            notification = from_object(event, data)
        except BodyError as error:
            return cls(raw, _digest(event, raw), error=str(error)[:500])
        text = json.dumps(data, ensure_ascii=False, sort_keys=True)
        return cls(text, _digest(event, text), notification.session_id)


def _digest(event: str, text: str) -> str:
    return hashlib.sha256(f"{event}\n{text}".encode()).hexdigest()
