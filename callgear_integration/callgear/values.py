# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Read values of CallGear's JSON leniently: what is not valid is None.

null, "", [] and {} are all None; numbers and flags may be written as texts. So a wrong
value does not make the rest of a row, or of a notification, unusable.

The functions named ``as_…`` read a value; the others read a key of a row.

:param row: an object of the answer, as all functions with ``key`` take it
"""

import math
import re
from collections.abc import Sequence
from datetime import datetime

from .json_repair import storable

MAX_TEXT = 256
MAX_LIST = 100
MAX_SECONDS = 7 * 24 * 3600
_ID = re.compile(r"[A-Za-z0-9][\w.:@-]{0,63}", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,18}(\.\d{0,18})?", re.ASCII)
_WHOLE = re.compile(r"(-?\d{1,64})\.0{1,18}", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_MAX_NUMBER = 10**64
_DATE_TIME = "%Y-%m-%d %H:%M:%S"


def as_text(value, limit: int = MAX_TEXT) -> str | None:
    """Return a text, cut to ``limit`` characters; whole numbers count as texts."""
    if isinstance(value, float):
        value = _whole(value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    if isinstance(value, int) and abs(value) >= _MAX_NUMBER:
        return None
    text = storable(str(value)[: 4 * limit])
    return _CONTROL.sub(" ", text).strip()[:limit].rstrip() or None


def as_number(value) -> int | None:
    """Return a whole number; a fraction is rounded."""
    if isinstance(value, float):
        return round(value) if math.isfinite(value) and abs(value) < 1e18 else None
    match = _NUMBER.fullmatch(as_text(value, 40) or "")
    if not match:
        return None
    return round(float(match[0])) if match[1] else int(match[0])


def as_seconds(value) -> int | None:
    """Return a duration in whole seconds; None if longer than a call can be."""
    number = as_number(value)
    return number if number is not None and 0 <= number <= MAX_SECONDS else None


def as_identifier(value) -> str | None:
    """Return an id as text, because CallGear's ids exceed 32 bits. 0 is no id.

    It may be written as ``123.0``, or in quotes.
    """
    written = (as_text(value, 80) or "").strip("\"' ")
    if whole := _WHOLE.fullmatch(written):
        written = whole[1]
    return written if _ID.fullmatch(written) and written.strip("0") else None


def as_flag(value) -> bool | None:
    """Return a boolean, which may be written as text or number."""
    if isinstance(value, bool):
        return value
    written = (as_text(value, 8) or "").lower()
    return {"true": True, "1": True, "false": False, "0": False}.get(written)


def _whole(value: float) -> int | None:
    """Return the whole number that a float stands for; None if it is none for certain."""
    return int(value) if abs(value) < 2**53 and value.is_integer() else None


def text(row: dict, key: str, limit: int = MAX_TEXT) -> str | None:
    """Return a text, cut to ``limit`` characters; whole numbers count as texts."""
    return as_text(row.get(key), limit)


def number(row: dict, key: str) -> int | None:
    """Return a whole number; a fraction is rounded."""
    return as_number(row.get(key))


def seconds(row: dict, key: str) -> int | None:
    """Return a duration in whole seconds; None if longer than a call can be."""
    return as_seconds(row.get(key))


def identifier(row: dict, key: str) -> str | None:
    """Return an id as text. 0 is no id."""
    return as_identifier(row.get(key))


def flag(row: dict, key: str) -> bool | None:
    """Return a boolean, which may be written as text or number."""
    return as_flag(row.get(key))


def as_moment(value) -> datetime | None:
    """Return a date with a time: naive, unless a difference from UTC is written with it."""
    written = as_text(value, 40)
    try:
        if not written or not _MOMENT.match(written):
            return None
        time = datetime.fromisoformat(_python_310(written))
    except ValueError:
        return None
    return time if 2000 <= time.year <= 2999 else None


def moment(row: dict, key: str) -> datetime | None:
    """Return a time: naive, in the account's time zone."""
    time = as_moment(row.get(key))
    return time and time.replace(tzinfo=None)


def _python_310(written: str) -> str:
    """Write a time as Python 3.10 can read it: fractions with six digits, UTC without Z."""
    written = re.sub(r"\.(\d+)", lambda match: f".{match[1][:6]:0<6}", written, count=1)
    return re.sub(r"[Zz]$", "+00:00", written)


def written_moment(time: datetime) -> str:
    """Return a time in the API's format, ``2026-03-28 14:05:09``."""
    return time.strftime(_DATE_TIME)


def rows(value, limit: int = MAX_LIST) -> list[dict]:
    """Return the objects among the first ``limit`` items of a list."""
    if not isinstance(value, list):
        return []
    return [row for row in value[:limit] if isinstance(row, dict)]


def texts(value, limit: int = MAX_LIST) -> tuple[str, ...]:
    """Return the texts among the first ``limit`` items of a list, each once.

    A single text counts as a list of one.
    """
    if isinstance(value, str):
        value = [value]
    items: Sequence = value[:limit] if isinstance(value, list) else ()
    return tuple(dict.fromkeys(filter(None, map(as_text, items))))
