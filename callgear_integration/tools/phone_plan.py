# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Read the digits of a phone number by the numbering plans of the world.

``phonenumbers`` has the plans. Here is decided which of several possible readings is
the right one, or that none is certain.
"""

import re
from collections.abc import Iterable
from functools import cache, lru_cache

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
# International prefixes that are in use and that the plans lack: those of carriers, and
# Uzbekistan's until 2019. Country → pattern.
_MORE_PREFIXES = {"ID": "00[17]|01017", "JP": r"00\d{2,4}010", "UZ": "810"}
_MAX_PREFIX = 9
# Nobody dials the trunk prefix of North America behind its country code: this begins as
# Australia's 0011 does.
_DOUBLE_ONE = "11"


# The same digits are looked at from several sides before the next ones come.
_asked_again = lru_cache(maxsize=256)


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
        if number and not is_in_plan(number):
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
        return _read_behind_zeros(digits, countries, first_group, from_pbx)
    if plus:
        return _read_with_plus(digits, countries, first_group, from_pbx)
    for index, country in enumerate(countries, start=1):
        if readings := _readings(digits, country, from_pbx):
            # "011 500 51234" is São Paulo's, and dialled in the United States another.
            for other in countries[index:]:
                readings |= set(filter(_is_valid, _dialled(digits, other, from_pbx)))
            return _only(readings)
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
            if readings := _readings(digits, country, False):
                return _only(readings)
    return None


def may_be_number(digits: str, countries: Iterable[str | None]) -> bool:
    """Return whether people of one of the countries may read digits as a number."""
    known = filter(_metadata, countries)
    return any(_readings(digits, country, False) for country in known)


def is_in_plan(number: PhoneNumber) -> bool:
    """Return whether the plan of its country has a number."""
    return _has_plan(number.country_code, _national(number))


def _read_behind_zeros(digits, countries, first_group, from_pbx):
    """Read a number that begins as one dials abroad: 00, or longer in some countries.

    "001 353 22 12345" is Ireland's in Singapore, and Wisconsin's in most of the world:
    one reading must be possible only, or be the only one that begins where a group does.
    """
    lengths = {2}
    if first_group != 2:
        lengths.update(n for c in countries for n in _prefix_lengths(digits, c))
    usual, valid, found = set(), set(), set()
    for length in lengths:
        rest = digits[length:]
        if rest.startswith(("0", _DOUBLE_ONE)):
            continue
        if length == 2:
            group = max(first_group - 2, 0)
            reading = _read_with_plus(rest, countries, group, from_pbx)
        else:
            reading = _abroad(rest, from_pbx)
        if not reading:
            continue
        end_of_code = length + len(str(_parse(reading).country_code))
        if length == 2 and first_group == 3 < end_of_code:
            continue  # "005 44": a prefix of three digits, of some other country
        found.add(reading)
        if _is_valid(reading):
            valid.add(reading)
            if first_group in (0, length, end_of_code):
                usual.add(reading)
    return _only(usual or valid or found)


def _read_with_plus(digits, countries, first_group, from_pbx):
    number = _parse("+" + digits)
    abroad = _abroad(digits, from_pbx)
    code = len(str(number.country_code)) if number else 0
    # "+8 (495)": no country code ends within the first group, so the 8 is a trunk prefix.
    fits = not first_group or first_group >= code
    if abroad and fits and _is_valid(abroad):
        # "+131 2345 6789": as well a national number with a plus too much
        return None if _is_national(digits, countries, first_group > code) else abroad
    for country in countries:
        if reading := _only(_readings(digits, country, False, trunk_only=True)):
            return reading
    return None if _is_national(digits, countries, first_group > code) else abroad


def _is_national(digits, countries, is_glued):
    """Whether digits that are written together may be a national number instead."""
    if not is_glued:
        return False
    return any(_readings(digits, c, False) - {"+" + digits} for c in countries)


@_asked_again
def _readings(digits, country, from_pbx, trunk_only=False):
    """Return how people of a country would read the digits: a set, mostly of one.

    Either there is a prefix that says it (trunk, international, country code), or all
    numbers of the country have the same length, or numbers like it have no prefix.
    """
    readings = set()
    metadata = _metadata(country)
    if digits.startswith(str(metadata.country_code)) and not trunk_only:
        readings.add(_if_valid(_parse("+" + digits)))
    readings |= _dialled(digits, country, from_pbx)
    number = _parse(digits, country)
    if number and _is_own_number(number, metadata):
        national = _national(number)
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
    return frozenset(readings - {None})


def _only(readings):
    return next(iter(readings)) if len(readings) == 1 else None


def _dialled(digits, country, from_pbx):
    """Return what numbers abroad people of a country dial with these digits."""
    rests = (digits[length:] for length in _prefix_lengths(digits, country))
    return {
        reading
        for rest in rests
        if not rest.startswith(_DOUBLE_ONE) and (reading := _abroad(rest, from_pbx))
    }


def _prefix_lengths(digits, country):
    """Return after how many digits a number abroad may begin, as dialled in a country."""
    prefix = _international_prefix(country)
    if not prefix.match(digits):
        return []
    return [
        length
        for length in range(1, min(_MAX_PREFIX, len(digits) - 1) + 1)
        if digits[length] != "0" and prefix.fullmatch(digits, 0, length)
    ]


def _is_own_number(number, metadata):
    source = number.country_code_source
    is_dialled_abroad = source == CountryCodeSource.FROM_NUMBER_WITH_IDD
    return number.country_code == metadata.country_code and not is_dialled_abroad


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
        if here and len(_national(here)) < len(digits):
            if here.country_code != number.country_code and _is_plausible(here):
                return None
    return _e164(number)


# ---------------------------------------------------------------- numbering plans


@_asked_again
def _parse(digits, country=None) -> PhoneNumber | None:
    """Return what digits may be. It is shared, so it must not be changed."""
    try:
        return phonenumbers.parse(digits, country, keep_raw_input=True)
    except phonenumbers.NumberParseException:
        return None


def _is_valid(e164):
    return is_in_plan(_parse(e164))


@_asked_again
def _has_plan(country_code, national):
    # This alone of a number decides whether it is valid.
    value = int(national)
    zeros = len(national) - len(str(value))
    number = PhoneNumber(country_code, value, None, zeros > 0, zeros)
    return phonenumbers.is_valid_number(number)


def _if_valid(number, national=None):
    """Return a number in E.164 if its plan has it, also by what it was before.

    :param national: the digits, if they are written without a country code
    """
    if number is None:
        return None
    if is_in_plan(number):
        return _e164(number)
    if national and number.country_code == 52 and not national.startswith("0"):
        return None  # a one before a number is more likely that of the United States
    return _renumbered(number)


def _renumbered(number):
    """Return the number that a line has today in E.164, if the written one is old."""
    national = _national(number)
    candidates = []
    for pattern, new in _RENUMBERED.get(number.country_code, ()):
        if match := re.fullmatch(pattern, national):
            candidates.append(match.expand(new))
    if number.country_code == _ITALY:
        candidates.append(national[1:] if national.startswith("0") else "0" + national)
    for candidate in candidates:
        renumbered = _parse(f"+{number.country_code}{candidate}")
        if renumbered and is_in_plan(renumbered):
            return _e164(renumbered)
    return None


def _abroad(digits, from_pbx):
    """Return the reading of digits that begin with a country code, or None.

    It may be of a range that is newer than our plans. CallGear does not lose digits;
    people do, so what may be a known number with a digit too few or too many is refused.
    """
    number = _parse("+" + digits)
    if reading := _if_valid(number):
        return reading
    is_usable = _is_plausible(number) and (from_pbx or _is_newer(number))
    return _e164(number) if is_usable else None


def _is_plausible(number):
    """Whether a number is as long as those of people and companies in its country."""
    if number is None:
        return False
    country = phonenumbers.region_code_for_country_code(number.country_code)
    length = len(_national(number))
    return length in _lengths(country)


def _is_newer(number):
    """Whether a number is as long as others that begin like it, and no other misspelt."""
    national = _national(number)
    country = phonenumbers.region_code_for_country_code(number.country_code)
    formats = _metadata(country).number_format
    if formats and not any(_is_format_of(kind, national) for kind in formats):
        return False
    near = (national[:-1], *(national + digit for digit in "0123456789"))
    others = (_parse(f"+{number.country_code}{other}") for other in near)
    return not any(other and is_in_plan(other) for other in others)


def _is_format_of(kind, national):
    """Whether numbers of a length that begin with these digits are written in a way."""
    # The last pattern is the most exact one.
    begins = kind.leading_digits_pattern[-1:]
    return all(re.match(pattern, national) for pattern in begins) and re.fullmatch(
        kind.pattern, national
    )


@cache
def _lengths(country):
    metadata = _metadata(country)
    if not metadata:
        return frozenset()
    kinds = (metadata.fixed_line, metadata.mobile)
    return frozenset(n for kind in kinds if kind for n in kind.possible_length or ())


@cache
def _international_prefix(country):
    prefixes = (_metadata(country).international_prefix, _MORE_PREFIXES.get(country))
    return re.compile("|".join(f"(?:{prefix})" for prefix in prefixes if prefix))


def _only_length(country):
    lengths = _lengths(country)
    return next(iter(lengths)) if len(lengths) == 1 else None


@cache
def _metadata(country):
    return PhoneMetadata.metadata_for_region(country, None) if country else None


def _national(number):
    return phonenumbers.national_significant_number(number)


def _e164(number):
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
