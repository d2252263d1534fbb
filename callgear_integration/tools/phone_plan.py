# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Read the digits of a phone number by the numbering plans of the world.

``phonenumbers`` has the plans. Here is decided which of several possible readings is
the right one, or that none is certain.
"""

import re
from collections.abc import Iterable
from functools import cache

import phonenumbers
from phonenumbers import CountryCodeSource, PhoneMetadata, PhoneNumber

# Numbers that a country has made longer or shorter, and that are still written as they
# were: country code → patterns of the old national number, and the new one.
_RENUMBERED = {
    52: ((r"(?:1|01|04[45])(\d{10})", r"\1"),),  # Mexico, 2019
    55: ((r"(\d\d)([6-9]\d{7})", r"\g<1>9\2"),),  # Brazil: ninth digit of mobiles
    57: ((r"([1-8]\d{7})", r"60\1"),),  # Colombia, 2021
    225: (  # Côte d'Ivoire, 2021: mobiles, by their operator
        (r"(\d[0-3]\d{6})", r"01\1"),
        (r"(\d[4-6]\d{6})", r"05\1"),
        (r"(\d[7-9]\d{6})", r"07\1"),
    ),
    229: ((r"(\d{8})", r"01\1"),),  # Benin, 2024
}
# Numbers of Italy begin with a zero, which is left out by mistake: it looks like a
# trunk prefix. San Marino's are also written as if they were Italian.
_ITALY = 39
_MARINO = re.compile(r"\+3(?:9|78)0549(\d{6,10})")
_MIN_DIGITS = 7


def line_key(e164: str | None) -> str | None:
    """Return the same text for all spellings of one line.

    :param e164: a number as ``read_digits`` returns it, or nothing
    """
    if not e164:
        return None
    if e164.startswith("+549") and len(e164) == 14:
        return "+54" + e164[4:]  # Argentina: 9 means a call to a mobile
    if match := _MARINO.fullmatch(e164):
        return f"+3780549{match[1]}"
    if e164.startswith(("+52", "+55", "+57", "+225", "+229", "+39")):
        number = _parse(e164)
        if number and not phonenumbers.is_valid_number(number):
            return _renumbered(number) or e164
    return e164


def read_digits(
    digits: str,
    countries: Iterable[str | None] = (),
    *,
    plus: bool = False,
    first_group: int = 0,
    from_pbx: bool = False,
) -> str | None:
    """Return the only certain reading of a number in E.164; None if there is none.

    :param digits: digits only
    :param countries: ISO codes of the countries that a national number may belong to,
        the most probable first
    :param plus: the digits are written with a plus before them
    :param first_group: how many digits are written together at the beginning; 0: all
    :param from_pbx: the number comes from CallGear, which mostly leaves out the plus
    """
    if len(digits) < _MIN_DIGITS:
        return None
    countries = [country for country in countries if _metadata(country)]
    if digits.startswith("00"):
        plus, digits, first_group = True, digits[2:], max(first_group - 2, 0)
    if plus:
        return _read_with_plus(digits, countries, first_group)
    for country in countries:
        readings = _readings(digits, country, from_pbx)
        if readings:
            return readings.pop() if len(readings) == 1 else None
    if digits.startswith("0"):
        return None  # no country code does
    abroad = _if_valid(_parse("+" + digits))
    here = next(filter(None, (_bare(digits, c) for c in countries)), None)
    if from_pbx:
        return abroad or here or _if_plausible(digits, countries)
    return None if abroad and here and abroad != here else abroad or here


def read_here(digits: str, countries: Iterable[str | None]) -> str | None:
    """Return how people of the first country that can would read the digits, or None.

    They must be sure that it is one of their own numbers, or dialled as one goes abroad.
    """
    if len(digits) >= _MIN_DIGITS:
        for country in filter(_metadata, countries):
            if readings := _readings(digits, country):
                return readings.pop() if len(readings) == 1 else None
    return None


def _read_with_plus(digits, countries, first_group):
    number = _parse("+" + digits)
    abroad = _if_valid(number) or (_e164(number) if _is_plausible(number) else None)
    code = len(str(number.country_code)) if number else 0
    # "+8 (495)": no country code ends within the first group, so the 8 is a trunk prefix.
    fits = not first_group or first_group >= code
    if abroad and fits and phonenumbers.is_valid_number(_parse(abroad)):
        # "+131 2345 6789": as well a national number with a plus too much
        return None if _is_national(digits, countries, first_group > code) else abroad
    for country in countries:
        readings = _readings(digits, country, trunk_only=True)
        if len(readings) == 1:
            return readings.pop()
    return None if _is_national(digits, countries, first_group > code) else abroad


def _is_national(digits, countries, is_glued):
    """Whether digits that are written together may be a national number instead."""
    if not is_glued:
        return False
    return any(_readings(digits, c) - {"+" + digits} for c in countries)


def _readings(digits, country, from_pbx=False, trunk_only=False):
    """Return how people of a country would read the digits: a set, mostly of one.

    Either there is a prefix that says it (trunk, international, country code), or all
    numbers of the country have the same length, or numbers like it have no prefix.
    """
    readings = set()
    metadata = _metadata(country)
    if digits.startswith(str(metadata.country_code)) and not trunk_only:
        readings.add(_if_valid(_parse("+" + digits)))
    number = _parse(digits, country)
    if number and number.country_code_source == CountryCodeSource.FROM_NUMBER_WITH_IDD:
        readings.add(_if_valid(number) or (_is_plausible(number) and _e164(number)))
    elif number and number.country_code == metadata.country_code:
        national = phonenumbers.national_significant_number(number)
        if len(digits) > len(national) or digits.startswith("0"):
            is_usual = True
        elif trunk_only:
            is_usual = False
        else:
            is_usual = len(digits) == _only_length(country) or (
                not from_pbx and _is_written_so(number, digits)
            )
        if is_usual and not _is_own_code(number):
            readings.add(_if_valid(number, national=digits))
    return readings - {None, False}


def _is_written_so(number, digits):
    """Whether people of its country write a number with just these digits."""
    usual = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return re.sub(r"\D", "", usual) == digits


def _is_own_code(number):
    source = number.country_code_source
    return source == CountryCodeSource.FROM_NUMBER_WITHOUT_PLUS_SIGN


def _bare(digits, country):
    """Read a national number without the trunk prefix that its country has."""
    number = _parse(digits, country)
    return _if_valid(number, national=digits) if number else None


def _if_plausible(digits, countries):
    """Return a number of a range that is newer than our plan, if it can be no other.

    CallGear's numbers have a country code; digits without one must not get a plus.
    """
    number = _parse("+" + digits)
    if len(digits) < 11 or not _is_plausible(number):
        return None
    for country in countries:
        here = _parse(digits, country)
        if here and len(phonenumbers.national_significant_number(here)) < len(digits):
            if here.country_code != number.country_code and _is_plausible(here):
                return None
    return _e164(number)


# ---------------------------------------------------------------- numbering plans


def _parse(digits, country=None) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(digits, country, keep_raw_input=True)
    except phonenumbers.NumberParseException:
        return None


def _if_valid(number, national=None):
    """Return a number in E.164 if its plan has it, also by what it was before.

    :param national: the digits, if they are written without a country code
    """
    if number is None:
        return None
    if phonenumbers.is_valid_number(number):
        return _e164(number)
    if national and number.country_code == 52 and not national.startswith("0"):
        return None  # a one before a number is more likely that of the United States
    return _renumbered(number)


def _renumbered(number):
    """Return the number that a line has today in E.164, if the written one is old."""
    national = phonenumbers.national_significant_number(number)
    candidates = []
    for pattern, new in _RENUMBERED.get(number.country_code, ()):
        if match := re.fullmatch(pattern, national):
            candidates.append(match.expand(new))
    if number.country_code == _ITALY:
        candidates.append(national[1:] if national.startswith("0") else "0" + national)
    for candidate in candidates:
        renumbered = _parse(f"+{number.country_code}{candidate}")
        if renumbered and phonenumbers.is_valid_number(renumbered):
            return _e164(renumbered)
    return None


def _is_plausible(number):
    """Whether a number is as long as those of people and companies in its country."""
    if number is None:
        return False
    country = phonenumbers.region_code_for_country_code(number.country_code)
    length = len(phonenumbers.national_significant_number(number))
    return length in _lengths(country)


@cache
def _lengths(country):
    metadata = _metadata(country)
    if not metadata:
        return frozenset()
    kinds = (metadata.fixed_line, metadata.mobile)
    return frozenset(n for kind in kinds if kind for n in kind.possible_length or ())


def _only_length(country):
    lengths = _lengths(country)
    return next(iter(lengths)) if len(lengths) == 1 else None


def _metadata(country):
    return PhoneMetadata.metadata_for_region(country, None) if country else None


def _e164(number):
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
