# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Parameters of API requests, checked before they leave.

What is refused here would be refused there, with the same error, but a request later.
"""

import re

from .errors import BadRequest

_PHONE = re.compile(r"\+?(\d{3,20})", re.ASCII)
_PARTY = re.compile(r"[\w.@-]{1,64}", re.ASCII)
_NUMBER = re.compile(r"[1-9]\d{0,18}", re.ASCII)
MAX_SPOKEN = 500
MAX_EXTERNAL_ID = 128


def invalid(message: str, field: str) -> BadRequest:
    """The error that CallGear would answer to a wrong value of a parameter."""
    return BadRequest(message, mnemonic="invalid_parameter_value", field=field)


def number_id(value: str | int, field: str) -> int:
    """An id as a JSON number, which is the only form that CallGear takes.

    :raises BadRequest: it is none; so do all functions here
    """
    if isinstance(value, bool) or not _NUMBER.fullmatch(str(value)):
        raise invalid("is not an id", field)
    return int(value)


def phone(value: str, field: str) -> str:
    """A number as CallGear has it: digits with country code, no plus."""
    match = _PHONE.fullmatch(value or "")
    if not match:
        raise invalid("is not a phone number", field)
    return match[1]


def party(value: str, field: str) -> str:
    """A party that can be dialled: a phone number, an extension or a SIP login."""
    party = (value or "").strip().removeprefix("+")
    if not _PARTY.fullmatch(party):
        raise invalid("is neither number nor login", field)
    return party


def external_id(value: str, field: str = "external_id") -> str:
    """Our own key of a call: printable, not empty, of bounded length."""
    if not value or len(value) > MAX_EXTERNAL_ID or not value.isprintable():
        raise invalid("is not a key", field)
    return value


def spoken(value: str, field: str) -> dict:
    """A text that is read out, cut to what CallGear takes."""
    text = " ".join((value or "").split())[:MAX_SPOKEN].rstrip()
    if not text:
        raise invalid("is empty", field)
    return {"type": "tts", "value": text}
