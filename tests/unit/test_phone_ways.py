# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R18, R41: however a number is written, it is that number or refused, never another."""

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from odoo.addons.callgear_integration.tools.phone_number import (
    all_e164,
    from_pbx,
    line_key,
    only_e164,
)

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
