# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Convert phone numbers, however they are written, to E.164 with a plus.

``phonenumbers`` has the numbering plans; this module decides which texts may be phone
numbers. Extensions of the PBX, SIP logins and hidden numbers are none.
"""

import re
import unicodedata

import phonenumbers

_MAX_LENGTH = 64
_MAX_FIELD = 512
_SEPARATORS = re.compile(r"[,;|\n]|\bor\b|\bили\b", re.IGNORECASE)
# The extension of a number: "ext. 12", "доб. 12", "x12", "#12", ";ext=12", "...12".
_EXTENSION = re.compile(
    r"(\.{2,}|\b(ext|extn|extension|доб|добавочный|вн|внутр)\b|(?<=[\d\s)])[xх#]|;ext=).*$",
    re.IGNORECASE | re.DOTALL,
)
_LETTERS = re.compile(r"[^\W\d_]|@")
_MIN_DIGITS = 7


def to_e164(raw: str | None, *countries: str | None) -> str | None:
    """Return a number that a person has typed in E.164, e.g. ``+97145550100``.

    :param countries: ISO codes of the countries that a national number may belong to,
        the most probable first
    :return: None if the text is not a phone number
    """
    digits = _digits(raw)
    if not digits:
        return None
    if digits.startswith("+"):
        return _format(digits, None)
    national = (_format(digits, country) for country in countries)
    return next(filter(None, national), None) or _format("+" + digits, None)


def from_pbx(raw: str | None, country: str | None = None) -> str | None:
    """Return a number from CallGear (digits with country code, mostly no plus) in E.164.

    :param country: ISO code of the country that a national number belongs to
    :return: None if the text is not a phone number
    """
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


def all_e164(text: str | None, *countries: str | None) -> list[str]:
    """Return all numbers in a text, in E.164, each once.

    :param countries: as for ``to_e164``
    """
    if not text:
        return []
    parts = _SEPARATORS.split(text[:_MAX_FIELD])
    return list(dict.fromkeys(n for part in parts for n in _numbers(part, countries)))


def _numbers(text: str, countries: tuple) -> list[str]:
    """Return the numbers in a part between separators.

    Mostly it is one, also with a slash ("030/123456"), but "a / b" are two.
    """
    whole = to_e164(text, *countries)
    if whole:
        return [whole]
    for slash in (" / ", "/"):
        if slash in text:
            return [n for part in text.split(slash) for n in _numbers(part, countries)]
    if "@" in text:
        return []
    # Words around a number, or several numbers without a known separator.
    for country in countries or (None,):
        if matches := list(phonenumbers.PhoneNumberMatcher(text, country)):
            return [_e164(match.number) for match in matches]
    return []


def extension(raw: str | None) -> str | None:
    """Return a text if it is a PBX extension (2 to 6 digits), else None."""
    text = (raw or "").strip()
    return text if re.fullmatch(r"\d{2,6}", text) else None


def _digits(raw: str | None) -> str | None:
    """Reduce to digits with an optional plus; None if it cannot be a phone number."""
    if not raw or len(raw) > _MAX_LENGTH:
        return None
    # Full-width digits and "…" become ordinary characters.
    text = unicodedata.normalize("NFKC", raw).strip()
    text = re.sub(r"^(tel|callto):", "", text, flags=re.IGNORECASE)
    text = _EXTENSION.sub("", text)
    if _LETTERS.search(text):
        return None
    plus = "+" if re.match(r"\D*\+", text) else ""
    digits = "".join(str(int(c)) for c in text if c.isdecimal())
    if not plus and digits.startswith("00"):
        plus, digits = "+", digits[2:]
    return plus + digits if len(digits) >= _MIN_DIGITS else None


def _format(digits: str, country: str | None, valid: bool = False) -> str | None:
    """Return a number in E.164 if the numbering plan accepts it, else None.

    National numbers must be valid. International ones may belong to a range that is newer
    than our copy of the plan, so a possible length is enough, unless ``valid`` is set.
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
    return _e164(number)


def _e164(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
