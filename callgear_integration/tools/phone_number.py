# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Phone numbers, however they are written, as E.164 with a plus.

``phonenumbers`` knows the numbering plans; this file knows which texts are worth asking
it about. Extensions of the PBX, SIP logins and hidden numbers are not phone numbers.
"""

import re

import phonenumbers

_MAX_LENGTH = 64
_SEPARATORS = re.compile(r"[,;/|\n]|\bor\b|\bили\b", re.IGNORECASE)
# The extension of a number: "ext. 12", "доб. 12", "x12", "#12", ";ext=12", "...12" (DTMF).
_EXTENSION = re.compile(
    r"(\.{2,}|\b(ext|extn|extension|доб|добавочный|вн)\b\.?|(?<=[\d\s)])[xх#]|;ext=).*$",
    re.IGNORECASE | re.DOTALL,
)
_LETTERS = re.compile(r"[^\W\d_]|@")
_MIN_DIGITS = 7


def to_e164(raw: str | None, country: str | None = None) -> str | None:
    """Return the number a person wrote, e.g. ``+97145550100``; None if it is none.

    :param country: ISO code of the country that a national number belongs to
    """
    digits = _digits(raw)
    if not digits:
        return None
    if digits.startswith("+"):
        return _format(digits, None)
    return _format(digits, country) or _format("+" + digits, None)


def from_pbx(raw: str | None, country: str | None = None) -> str | None:
    """The same for numbers from CallGear: digits with country code, mostly no plus."""
    digits = _digits(raw)
    if not digits:
        return None
    if digits.startswith("+"):
        return _format(digits, None)
    return (
        _format("+" + digits, None, valid=True)
        or _format(digits, country, valid=True)
        or _format("+" + digits, None)
    )


def all_e164(text: str | None, country: str | None = None) -> list[str]:
    """All numbers of a field into which somebody typed several, each once."""
    if not text:
        return []
    found = (to_e164(part, country) for part in _SEPARATORS.split(text[:512]))
    return list(dict.fromkeys(number for number in found if number))


def extension(raw: str | None) -> str | None:
    """Return the PBX's short number in ``raw`` (2 to 6 digits), else None."""
    text = (raw or "").strip()
    return text if re.fullmatch(r"\d{2,6}", text) else None


def _digits(raw: str | None) -> str | None:
    """Reduce to digits with an optional plus; None if it cannot be a phone number."""
    text = (raw or "").strip()
    if not text or len(text) > _MAX_LENGTH:
        return None
    text = re.sub(r"^(tel|callto):", "", text, flags=re.IGNORECASE)
    text = _EXTENSION.sub("", text)
    if _LETTERS.search(text):
        return None
    plus = "+" if text.lstrip("( ").startswith("+") else ""
    # "+44 (0)20 …": the trunk zero is not dialled together with the country code.
    text = text.replace("(0)", "") if plus else text
    digits = "".join(str(int(c)) for c in text if c.isdecimal())
    if not plus and digits.startswith("00"):
        plus, digits = "+", digits[2:]
    return plus + digits if len(digits) >= _MIN_DIGITS else None


def _format(digits: str, country: str | None, valid: bool = False) -> str | None:
    """Format what the numbering plan accepts.

    National numbers must be valid; international ones may belong to a range newer than
    our copy of the plan, so a possible length is enough, unless ``valid`` is asked for.
    """
    if not digits.startswith("+") and not country:
        return None
    try:
        number = phonenumbers.parse(digits, country)
    except phonenumbers.NumberParseException:
        return None
    strict = valid or not digits.startswith("+")
    accept = phonenumbers.is_valid_number if strict else phonenumbers.is_possible_number
    if not accept(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
