# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Values of an API answer, read leniently: what cannot be made sense of is ``None``.

null, "", [] and {} are the same; numbers and flags may be written as texts. A row that
is half wrong is still worth reading.
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
    """A text, cut to ``limit`` characters; numbers count as texts."""
    return _text(row.get(key), limit)


def _text(value, limit: int) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return storable(str(value)[: 4 * limit]).strip()[:limit].rstrip() or None


def number(row: dict, key: str) -> int | None:
    """A whole number; a fraction is rounded."""
    value = row.get(key)
    if isinstance(value, float):
        return round(value) if math.isfinite(value) and abs(value) < 1e18 else None
    written = _text(value, 24) or ""
    return int(written.split(".")[0]) if _WHOLE.fullmatch(written) else None


def seconds(row: dict, key: str) -> int | None:
    """A duration in whole seconds, of a length that a call can have."""
    value = number(row, key)
    return value if value is not None and 0 <= value <= MAX_SECONDS else None


def identifier(row: dict, key: str) -> str | None:
    """An id as text: CallGear's outgrow 32 bits. 0 is none."""
    value = row.get(key)
    if isinstance(value, float):
        value = number(row, key)
    written = _text(value, 65) or ""
    return written if _ID.fullmatch(written) and written != "0" else None


def flag(row: dict, key: str) -> bool | None:
    """A yes or no, which may be written as text or number."""
    value = row.get(key)
    if isinstance(value, bool):
        return value
    written = (_text(value, 8) or "").lower()
    return {"true": True, "1": True, "false": False, "0": False}.get(written)


def moment(row: dict, key: str) -> datetime | None:
    """A time as it was written: naive, in the account's zone."""
    written = text(row, key, 40)
    try:
        time = datetime.fromisoformat(_python_310(written)) if written else None
    except ValueError:
        return None
    if not time or not 2000 <= time.year <= 2999:
        return None
    return time.replace(tzinfo=None)


def _python_310(written: str) -> str:
    """Fractions of a second with the three or six digits that Python 3.10 reads."""
    return re.sub(r"\.(\d+)", lambda match: f".{match[1][:6]:0<6}", written, count=1)


def written_moment(time: datetime) -> str:
    """A time as the API wants it."""
    return time.strftime(_DATE_TIME)


def rows(value, limit: int = MAX_LIST) -> list[dict]:
    """The objects of a list."""
    if not isinstance(value, list):
        return []
    return [row for row in value[:limit] if isinstance(row, dict)]


def texts(value, limit: int = MAX_LIST) -> tuple[str, ...]:
    """The texts of a list, each once."""
    if isinstance(value, str):
        value = [value]
    items: Sequence = value[:limit] if isinstance(value, list) else ()
    return tuple(dict.fromkeys(filter(None, (_text(item, MAX_TEXT) for item in items))))
