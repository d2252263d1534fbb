# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Read the JSON object of a notification's body, and repair the usual defects.

CallGear replaces each ``{{placeholder}}`` of a notification template, which a person has
typed, by a JSON token. So bodies may have doubled quotes (the placeholder was quoted),
leftover placeholders (unknown for that kind of notification), or be sent as the key of a
form.
"""

import json
import math
import re
from urllib.parse import unquote_plus

# These patterns must not backtrack over long text: a body can have 256 KiB.
_CONTENT = r'(?:[^"\\]|\\.)*'
# A quoted placeholder: ""text"". After a real empty string comes a delimiter, no text.
_DOUBLED_QUOTES = re.compile(
    rf'([:\[,]\s*)""(?!\s*[,}}\]:])({_CONTENT})""(?=\s*[,}}\]])', re.DOTALL
)
_ITEM = rf'(?:"{_CONTENT}"|-?\d+)\s*'
_QUOTED_LIST = re.compile(
    rf'([:,\[]\s*)"(\[\s*(?:{_ITEM}(?:,\s*{_ITEM})*)?\])"(?=\s*[,}}\]])', re.DOTALL
)
_PLACEHOLDER = re.compile(r'("?)\{\{[^{}"]{0,80}\}\}\1')
_MAX_DEPTH = 16


class BodyError(ValueError):
    """The body is not the JSON object of a notification.

    :param message: what is wrong, as a text for the admin
    :param field: dotted name of the wrong field, or None
    """

    def __init__(self, message: str, field: str | None = None):
        super().__init__(f"{field}: {message}" if field else message)
        self.field = field


def load_object(body: bytes) -> dict:
    """Return the JSON object in ``body``, without characters PostgreSQL cannot store.

    :raises BodyError: the body is no JSON object, even after the repairs
    """
    text = body.decode("utf-8-sig", errors="replace").strip()
    if not text:
        raise BodyError("the body is empty")
    for candidate in _candidates(text):
        try:
            value = _strict(candidate)
        except ValueError as error:
            reason = str(error)
            continue
        if not isinstance(value, dict):
            raise BodyError("the body is not a JSON object")
        if _depth(value) > _MAX_DEPTH:
            raise BodyError("the body is nested too deeply")
        return storable(value)
    raise BodyError(f"the body is not JSON ({reason})")


def _candidates(text: str):
    """Yield texts to try to parse: the body as it is, then with more and more repairs."""
    yield text
    yield _repair(text)
    if "%7B" in text[:64].upper():
        unwrapped = unquote_plus(text).strip().rstrip("=")
        unwrapped = unwrapped[unwrapped.index("{") :] if "{" in unwrapped else unwrapped
        yield unwrapped
        yield _repair(unwrapped)
    elif text.endswith("="):
        yield _repair(text.rstrip("="))


def _repair(text: str) -> str:
    text = _PLACEHOLDER.sub("null", text)
    text = _DOUBLED_QUOTES.sub(r'\1"\2"', text)
    return _QUOTED_LIST.sub(r"\1\2", text)


def _strict(text: str):
    try:
        return json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _refuse(token: str):
    raise ValueError(f"{token} is not JSON")


def _finite(token: str) -> float:
    number = float(token)
    return number if math.isfinite(number) else _refuse(token)


def storable(value):
    """Return a JSON value without what PostgreSQL cannot store: NUL, lone surrogates."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [storable(item) for item in value]
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    return value


def _depth(value) -> int:
    level, depth = [value], 0
    while level and depth <= _MAX_DEPTH:
        depth += 1
        level = [
            child
            for item in level
            for child in (
                item.values()
                if isinstance(item, dict)
                else item
                if isinstance(item, list)
                else ()
            )
        ]
    return depth
