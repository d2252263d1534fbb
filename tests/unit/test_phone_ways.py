# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R18, R41: however a number is written, it is that number or refused, never another."""

import itertools
import re
from functools import cache

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneMetadata, PhoneNumberFormat, PhoneNumberType

from odoo.addons.callgear_integration.tools.phone_number import (
    all_e164,
    from_pbx,
    line_key,
    only_e164,
    read,
)
from odoo.addons.callgear_integration.tools.phone_plan import is_in_plan

COUNTRIES = (
    "AE AR AT AU BE BR BY CH CN CO CZ DE DK EG ES FR GB HU IL IN IT JP KE KZ MX NG NL NO "
    "PL PT RU SA SE SG TR UA US ZA"
).split()
KINDS = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE)
NUMBERS = {
    (country, kind): number
    for country in COUNTRIES
    for kind in KINDS
    if (number := phonenumbers.example_number_for_type(country, kind))
}
BEFORE = (
    "",
    "Tel: ",
    "тел. ",
    "Mob ",
    "моб.: ",
    "office ",
    "tel:",
    "(",
    "\u202a",
    "1) ",
)
AFTER = (
    "",
    " ext. 12",
    " доб. 12",
    " (внутр. 345)",
    " x12",
    " #12",
    " poste 12",
    " Durchwahl 12",
    " int. 12",
    " anexo 12",
    " ramal 12",
    ";ext=12",
    ", 12",
    "...12",
    " (office)",
    " Ivan",
    " * 9",
    " 9",
    "-9",
    "?",
    ".0",
)
# How one dials abroad, where it is not with 00; the longer ones are those of carriers.
PREFIXES = {
    country: PhoneMetadata.metadata_for_region(country).international_prefix
    for country in sorted(phonenumbers.SUPPORTED_REGIONS)
    if PhoneMetadata.metadata_for_region(country).international_prefix != "00"
}
PREFIXES["ID"] += "|00[17]|01017"
PREFIXES["UZ"] = "810"
DIGITS = ("0123456789", "٠١٢٣٤٥٦٧٨٩", "０１２３４５６７８９")


def e164(number):
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def spellings(number, country):
    """Return a number as people and programs write it, without what is around it."""
    international = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    digits = e164(number)[1:]
    return [
        e164(number),
        international,
        international.replace(" ", "-"),
        international.replace(" ", ".").replace("-", "."),
        "00" + digits,
        digits,
        national,
        national.replace(" ", "\u00a0"),
        "+" + national,
        phonenumbers.format_number(number, PhoneNumberFormat.RFC3966),
        f"{digits}.0",
        f"{digits[0]}.{digits[1:]}E+{len(digits) - 1}",
        f"sip:+{digits}@example.com",
        f"{digits}@c.us",
        f"https://wa.me/{digits}",
    ]


def abroad(number, prefix):
    """Return a number as people write it who dial abroad with a prefix."""
    digits = e164(number)[1:]
    international = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    groups = international.removeprefix("+")
    return [
        prefix + digits,
        f"{prefix} {digits}",
        f"{prefix} {groups}",
        f"{prefix}-{groups.replace(' ', '-')}",
        prefix + groups,
    ]


@cache
def short_prefixes(pattern):
    """Return a dozen of a country's international prefixes of up to four digits."""
    digits = (
        "".join(d) for n in range(1, 5) for d in itertools.product(DIGITS[0], repeat=n)
    )
    prefixes = [prefix for prefix in digits if re.fullmatch(pattern, prefix)]
    return prefixes[:: len(prefixes) // 12 + 1]


@st.composite
def dialled_abroad(draw):
    """Return a country, a number of another one, and how it is written in the first."""
    country = draw(st.sampled_from(sorted(PREFIXES)))
    pattern = st.from_regex(PREFIXES[country], fullmatch=True, alphabet=DIGITS[0])
    (other, _kind), number = draw(st.sampled_from(sorted(NUMBERS.items(), key=str)))
    prefix = draw(pattern)
    return country, number, draw(st.sampled_from(abroad(number, prefix)))


@st.composite
def written(draw):
    (country, _kind), number = draw(st.sampled_from(sorted(NUMBERS.items(), key=str)))
    text = draw(st.sampled_from(spellings(number, country)))
    table = str.maketrans(DIGITS[0], draw(st.sampled_from(DIGITS)))
    text = draw(st.sampled_from(BEFORE)) + text.translate(table)
    text += draw(st.sampled_from(AFTER))
    return country, number, text


@pytest.mark.parametrize(("country", "kind"), sorted(NUMBERS, key=str))
def test_r41_usual_ways_are_recognised(country, kind):
    number = NUMBERS[country, kind]
    key = line_key(e164(number))
    for text in spellings(number, country):
        if text.startswith("+") and not text.startswith(f"+{number.country_code}"):
            continue  # a plus before a national number may be ambiguous
        found = [line_key(n) for n in all_e164(text, country)]
        if text == e164(number)[1:] or text.endswith(".0"):
            assert found in ([key], []), text  # without plus: certain or refused
        else:
            assert found == [key], text


@settings(max_examples=300, deadline=None)
@given(written(), st.sampled_from(COUNTRIES))
def test_r18_that_number_or_none(way, other):
    country, number, text = way
    if country in ("DE", "AT") and text.endswith("-9"):
        return  # there the digits behind a hyphen are part of the number
    key = line_key(e164(number))
    for countries in ((country,), (country, other)):
        dialled = only_e164(text, *countries)
        assert dialled is None or line_key(dialled) == key, (text, dialled)
        assert {line_key(n) for n in all_e164(text, *countries)} <= {key}, text


@pytest.mark.parametrize("country", sorted(PREFIXES))
def test_r18_dialled_abroad_in_each_country(country):
    """Read as the country's people mean it, mostly, and never as if they wrote 00."""
    numbers = itertools.cycle(sorted(NUMBERS.items(), key=str))
    found = []
    for prefix in short_prefixes(PREFIXES[country]):
        for (of, _kind), number in itertools.islice(numbers, 9):
            if phonenumbers.country_code_for_region(country) == number.country_code:
                continue
            for text in abroad(number, prefix):
                for countries in ((country,), ("AE", country), (country, "US")):
                    dialled = only_e164(text, *countries)
                    found.append(dialled is not None)
                    assert dialled in (None, e164(number)), (text, countries, of)
    assert sum(found) >= 0.85 * len(found)


@settings(max_examples=300, deadline=None)
@given(dialled_abroad(), st.sampled_from(COUNTRIES), st.sampled_from(BEFORE + AFTER))
def test_r18_dialled_abroad_with_any_prefix_is_that_number_or_none(way, other, around):
    country, number, text = way
    if number.country_code in (43, 49) and around == "-9":
        return  # there the digits behind a hyphen are part of the number
    text = around + text if around in BEFORE else text + around
    for countries in ((country,), (country, other), (other, country)):
        dialled = only_e164(text, *countries)
        assert dialled in (None, e164(number)), (text, countries)


@pytest.mark.parametrize(
    ("written", "countries", "number"),
    [
        ("0011 66 2 123 4567", ("AU",), "+6621234567"),
        ("0011 66 2 123 4567", ("AE", "AU"), "+6621234567"),
        ("+0011 66 2 123 4567", ("AU",), "+6621234567"),
        ("008 1 415 555 2671", ("TH",), "+14155552671"),
        ("005 44 20 7946 0958", ("CO",), "+442079460958"),
        ("009 44 20 7946 0958", ("AE", "TW"), "+442079460958"),
        ("000 44 20 7946 0958", ("KE",), "+442079460958"),
        ("00700 44 20 7946 0958", ("KR",), "+442079460958"),
        ("001 44 20 7946 0958", ("ID",), "+442079460958"),
        ("0033010442079460958", ("JP",), "+442079460958"),
        ("8 10 44 20 7946 0958", ("UZ",), "+442079460958"),
        ("0015 44 20 7946 0958", ("BR", "PT"), "+442079460958"),
        # 00 is understood everywhere
        ("00 44 20 7946 0958", ("SG",), "+442079460958"),
        ("00 1 415 555 2671", ("TH",), "+14155552671"),
        ("001 415 555 2671", ("AE", "TH"), "+14155552671"),
        # Both are possible
        ("001 353 22 12345", ("US", "SG"), None),
        ("001 353 22 12345", ("AE", "SG"), None),
        ("004312015550123", ("BR",), None),
        ("004312015550123 9", ("BR",), None),
        ("011 500 51234", ("BR", "US"), None),
        # The prefix of a country that nobody has told us
        ("005 44 20 7946 0958", ("AE",), None),
        ("009 44 20 7946 0958", (), None),
        ("0011 66 2 123 4567", ("AE",), None),
        ("000 44 20 7946 0958", ("AE",), None),
    ],
)
def test_r18_international_prefixes(written, countries, number):
    assert only_e164(written, *countries) == number


def test_r18_a_prefix_of_another_country_is_no_reason_to_guess():
    dialled = only_e164("001 45 32 12 34 56", "AE", "TH")
    assert dialled in (None, "+4532123456")


REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("country", REGIONS)
def test_r18_a_digit_too_few_or_too_many_is_not_dialled(country, kind):
    number = phonenumbers.example_number_for_type(country, kind)
    if not number:
        return
    code = str(number.country_code)
    for digits in (e164(number)[:-1], *(e164(number) + digit for digit in DIGITS[0])):
        for text in (digits, "00" + digits[1:], f"+{code} {digits[1 + len(code) :]}"):
            dialled = only_e164(text, country)
            assert not dialled or phonenumbers.is_valid_number(
                phonenumbers.parse(dialled)
            ), text


@pytest.mark.parametrize(
    "text", ["+97150555012", "+971 50 555 012", "00971 50 555 012"]
)
def test_r18_a_mobile_number_is_not_as_short_as_those_of_houses(text):
    assert only_e164(text, "AE") is None
    assert only_e164(text + "3", "AE") == "+971505550123"


def test_r41_callgear_loses_no_digits():
    assert from_pbx("+97150555012", "AE") == "+97150555012"
    assert from_pbx("97150555012", "AE") == "+97150555012"


@pytest.mark.parametrize("country", COUNTRIES)
def test_r41_callgear_writes_the_country_code_and_no_plus(country):
    for kind in KINDS:
        if number := NUMBERS.get((country, kind)):
            told = from_pbx(e164(number)[1:], country)
            assert line_key(told) == line_key(e164(number))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(NUMBERS, key=str)), st.sampled_from(COUNTRIES))
def test_r41_calls_from_abroad_are_never_changed(whose, country):
    """Only where a number is one of the connection's own country it is read as that."""
    number = e164(NUMBERS[whose])
    told = from_pbx(number[1:], country)
    here = phonenumbers.country_code_for_region(country)
    assert line_key(told) == line_key(number) or told.startswith(f"+{here}"), told


KINDS_OF_PLANS = (*KINDS, PhoneNumberType.TOLL_FREE, PhoneNumberType.PREMIUM_RATE)


def changed(text, place, digit):
    """Return a text with one of its digits replaced."""
    places = [match.start() for match in re.finditer(r"\d", text)]
    at = places[place % len(places)]
    return text[:at] + digit + text[at + 1 :]


@st.composite
def alone(draw):
    """Return a country, and nothing but a number: as usual, or mistyped, or at random."""
    country = draw(st.sampled_from(REGIONS))
    number = phonenumbers.example_number_for_type(country, draw(st.sampled_from(KINDS)))
    if not number or draw(st.booleans()):
        return country, draw(st.text("0123456789 ()+-", min_size=1, max_size=24))
    text = draw(st.sampled_from(spellings(number, country)[:9]))
    place, digit = draw(st.integers(0, 20)), draw(st.sampled_from(DIGITS[0]))
    return country, draw(st.sampled_from((text, changed(text, place, digit))))


@settings(max_examples=1500, deadline=None)
@given(alone(), st.sampled_from(REGIONS))
def test_r41_a_number_alone_is_read_as_on_a_line_of_its_own(way, other):
    """The short way for what is nothing but a number leads where the long one does."""
    country, text = way
    for countries in ((), (country,), (other, country), (country, other)):
        assert read(text, *countries) == read("\n" + text, *countries), countries


@pytest.mark.parametrize("country", REGIONS)
def test_r41_numbers_are_valid_by_their_plan(country):
    """Also those that are a digit off, and whoever has asked for others before."""
    for kind in KINDS_OF_PLANS:
        number = phonenumbers.example_number_for_type(country, kind)
        if not number:
            continue
        texts = [e164(number), e164(number)[:-1], e164(number) + "0"]
        texts += [changed(texts[0], n + 2, d) for n in range(6) for d in DIGITS[0]]
        for text in texts:
            for region in (None, country):
                try:
                    parsed = phonenumbers.parse(text[region is not None :], region)
                except phonenumbers.NumberParseException:
                    continue
                valid = phonenumbers.is_valid_number(parsed)
                assert is_in_plan(parsed) == valid, (text, region)
