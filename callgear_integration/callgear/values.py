# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Read values of an API answer leniently: what is not valid is None.

null, "", [] and {} are all None; numbers and flags may be written as texts. So a wrong
value does not make the rest of a row unusable.

:param row: an object of the answer, as all functions with ``key`` take it
"""

import math
import re
from collections.abc import Sequence
from datetime import datetime

from .json_repair import storable
from .notification import MAX_LIST, MAX_SECONDS, MAX_TEXT

_ID = re.compile(r"[A-Za-z0-9][\w.:@-]{0,63}", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,18}(\.0*)?", re.ASCII)
_DATE_TIME = "%Y-%m-%d %H:%M:%S"


def text(row: dict, key: str, limit: int = MAX_TEXT) -> str | None:
    """Return a text, cut to ``limit`` characters; numbers count as texts."""
    return _text(row.get(key), limit)


def _text(value, limit: int) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return storable(str(value)[: 4 * limit]).strip()[:limit].rstrip() or None


def number(row: dict, key: str) -> int | None:
    """Return a whole number; a fraction is rounded."""
    value = row.get(key)
    if isinstance(value, float):
        return round(value) if math.isfinite(value) and abs(value) < 1e18 else None
    written = _text(value, 24) or ""
    return int(written.split(".")[0]) if _WHOLE.fullmatch(written) else None


def seconds(row: dict, key: str) -> int | None:
    """Return a duration in whole seconds; None if longer than a call can be."""
    value = number(row, key)
    return value if value is not None and 0 <= value <= MAX_SECONDS else None


def identifier(row: dict, key: str) -> str | None:
    """Return an id as text, because CallGear's ids exceed 32 bits. 0 is no id."""
    value = row.get(key)
    if isinstance(value, float):
        value = number(row, key)
    written = _text(value, 65) or ""
    return written if _ID.fullmatch(written) and written != "0" else None


def flag(row: dict, key: str) -> bool | None:
    """Return a boolean, which may be written as text or number."""
    value = row.get(key)
    if isinstance(value, bool):
        return value
    written = (_text(value, 8) or "").lower()
    return {"true": True, "1": True, "false": False, "0": False}.get(written)


def moment(row: dict, key: str) -> datetime | None:
    """Return a time: naive, in the account's time zone."""
    written = text(row, key, 40)
    try:
        time = datetime.fromisoformat(_python_310(written)) if written else None
    except ValueError:
        return None
    if not time or not 2000 <= time.year <= 2999:
        return None
    return time.replace(tzinfo=None)


def _python_310(written: str) -> str:
    """Write fractions of a second with six digits, which Python 3.10 can read."""
    return re.sub(r"\.(\d+)", lambda match: f".{match[1][:6]:0<6}", written, count=1)


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
    return tuple(dict.fromkeys(filter(None, (_text(item, MAX_TEXT) for item in items))))
