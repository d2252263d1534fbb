# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Check parameters of API requests before they are sent.

Each function raises the ``BadRequest`` that CallGear would answer, which saves the
request. ``field`` is the parameter's name in CallGear's documentation.
"""

import re

from .errors import BadRequest

_PHONE = re.compile(r"\+?(\d{3,20})", re.ASCII)
_PARTY = re.compile(r"[\w.@-]{1,64}", re.ASCII)
_NUMBER = re.compile(r"[1-9]\d{0,18}", re.ASCII)
MAX_SPOKEN = 500
MAX_EXTERNAL_ID = 128


def invalid(message: str, field: str) -> BadRequest:
    """Return the error that CallGear would answer to a wrong value of a parameter."""
    return BadRequest(message, mnemonic="invalid_parameter_value", field=field)


def number_id(value: str | int, field: str) -> int:
    """Return an id as a number: CallGear accepts ids in JSON only in this form.

    :raises BadRequest: it is not an id
    """
    if isinstance(value, bool) or not _NUMBER.fullmatch(str(value)):
        raise invalid("is not an id", field)
    return int(value)


def phone(value: str, field: str) -> str:
    """Return a phone number in CallGear's form: digits with country code, no plus.

    :param value: digits, maybe after a plus
    :raises BadRequest: it is not a phone number
    """
    match = _PHONE.fullmatch(value or "")
    if not match:
        raise invalid("is not a phone number", field)
    return match[1]


def party(value: str, field: str) -> str:
    """Return a party that can be dialled: a phone number, an extension or a SIP login.

    :raises BadRequest: it is none of these
    """
    party = (value or "").strip().removeprefix("+")
    if not _PARTY.fullmatch(party):
        raise invalid("is neither number nor login", field)
    return party


def external_id(value: str, field: str = "external_id") -> str:
    """Return our own key of a call: 1 to 128 printable characters.

    :raises BadRequest: it is something else
    """
    if not value or len(value) > MAX_EXTERNAL_ID or not value.isprintable():
        raise invalid("is not a key", field)
    return value


def spoken(value: str, field: str) -> dict:
    """Return a text to be read out, cut to 500 characters, as CallGear's object.

    :raises BadRequest: it is empty
    """
    text = " ".join((value or "").split())[:MAX_SPOKEN].rstrip()
    if not text:
        raise invalid("is empty", field)
    return {"type": "tts", "value": text}
