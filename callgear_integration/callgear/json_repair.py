# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Read the JSON object of a notification's body, and repair the usual defects.

CallGear replaces each ``{{placeholder}}`` of a notification template, which a person has
typed, by a JSON token. So bodies may have doubled quotes (the placeholder was quoted),
leftover placeholders (unknown for that kind of notification), values that are missing
(the placeholder had none) with a comma too many, line breaks inside of texts, or be sent
as the key of a form. What is no JSON, out of range or nested too deeply inside of a value
counts as null: it must not cost the rest.
"""

import json
import math
import re
from contextlib import suppress
from urllib.parse import unquote_plus

from .body_text import decoded

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
# Whole texts first, so that what is inside of them is left alone. The closing quote is
# optional: else each quote in a text without end would be looked at up to the end.
_TEXT = rf'"{_CONTENT}"?'
_MISPLACED = re.compile(rf"({_TEXT})|(,(?=\s*[,}}\]]))|(:(?=\s*[,}}\]]))", re.DOTALL)
_BRACKETS = re.compile(rf"{_TEXT}|([\[{{])|([\]}}])", re.DOTALL)
_WHOLE = re.compile(r"(-?\d+)\.0+")
_MAX_DEPTH = 16
_MAX_DIGITS = 400


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
    text = decoded(body).strip("\ufeff\x00 \t\r\n\f\v")
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
        return storable(value)
    raise BodyError(f"the body is not JSON ({reason})")


def _candidates(text: str):
    """Yield texts to try to parse: the body as it is, then with more and more repairs."""
    yield text
    yield from _repairs(text)
    if "%7B" in text[:64].upper():
        unwrapped = unquote_plus(text).strip().rstrip("=")
        unwrapped = unwrapped[unwrapped.index("{") :] if "{" in unwrapped else unwrapped
        yield unwrapped
        yield from _repairs(unwrapped)
    elif text.endswith("="):
        yield from _repairs(text.rstrip("="))


def _repairs(text: str):
    text = _PLACEHOLDER.sub("null", text)
    text = _DOUBLED_QUOTES.sub(r'\1"\2"', text)
    text = _QUOTED_LIST.sub(r"\1\2", text)
    yield text
    yield _MISPLACED.sub(_put_right, text)


def _put_right(match: re.Match) -> str:
    """Keep texts, drop a comma before nothing, and say null where a value is missing."""
    if match[1]:
        return match[1]
    return "" if match[2] else ":null"


def _strict(text: str):
    """Parse a text as JSON; raw control characters in texts are allowed."""
    with suppress(RecursionError):
        value = _parse(text)
        if _depth(value) <= _MAX_DEPTH:
            return value
    try:
        return _parse(_without_depths(text))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _parse(text: str):
    return json.loads(
        text,
        strict=False,
        parse_constant=_nothing,
        parse_float=_number,
        parse_int=_integer,
    )


def _nothing(_token: str) -> None:
    """NaN and infinity, which are not JSON, count as null."""


def _integer(token: str) -> int | None:
    return int(token) if len(token) <= _MAX_DIGITS else None


def _number(token: str) -> int | float | None:
    """Return a number; a whole one with all its digits, as it may be an id."""
    if whole := _WHOLE.fullmatch(token):
        return _integer(whole[1])
    number = float(token)
    return number if math.isfinite(number) else None


def _without_depths(text: str) -> str:
    """Return JSON text in which null stands for what is nested too deeply."""
    parts, depth, since = [], 0, 0
    for match in _BRACKETS.finditer(text):
        if match[1]:
            depth += 1
            if depth == _MAX_DEPTH + 1:
                parts += [text[since : match.start()], "null"]
        elif match[2]:
            depth -= 1
            if depth == _MAX_DEPTH:
                since = match.end()
    if depth <= _MAX_DEPTH:
        parts.append(text[since:])
    return "".join(parts)


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
