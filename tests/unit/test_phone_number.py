# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R41: a number is recognised however it is written."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from odoo.addons.callgear_integration.tools.phone_number import (
    all_e164,
    from_pbx,
    only_e164,
)

DUBAI = "+97145550100"
MOBILE = "+971505550123"
MOSCOW = "+74951234567"
LONDON = "+442079460123"
BERLIN = "+493012345678"
NEW_YORK = "+12125550123"


@pytest.mark.parametrize(
    ("written", "country", "number"),
    [
        # United Arab Emirates
        ("050 555 0123", "AE", MOBILE),
        ("0505550123", "AE", MOBILE),
        ("04 555 0100", "AE", DUBAI),
        ("(04) 555-0100", "AE", DUBAI),
        ("+971 4 555 0100", None, DUBAI),
        ("+971 (0)4 555 0100", None, DUBAI),
        ("+971(4)5550100", "RU", DUBAI),
        ("00971 4 555 0100", None, DUBAI),
        ("00971-4-555-0100", "GB", DUBAI),
        ("971 4 555 0100", "AE", DUBAI),
        ("97145550100", None, DUBAI),
        ("971.4.555.0100", "AE", DUBAI),
        # Russia
        ("8 (495) 123-45-67", "RU", MOSCOW),
        ("8-495-123-45-67", "RU", MOSCOW),
        ("+7 495 123-45-67", None, MOSCOW),
        ("+7(495)1234567", "AE", MOSCOW),
        ("7 495 123 45 67", "RU", MOSCOW),
        ("(495) 123-45-67", "RU", MOSCOW),
        ("495.123.45.67", "RU", MOSCOW),
        ("8 10 971 4 555 0100", "RU", DUBAI),
        # United Kingdom
        ("020 7946 0123", "GB", LONDON),
        ("(020) 7946 0123", "GB", LONDON),
        ("+44 20 7946 0123", None, LONDON),
        ("+44 (0)20 7946 0123", None, LONDON),
        ("+44 (0) 20 7946 0123", None, LONDON),
        ("(+44) 20 7946 0123", None, LONDON),
        ("0044 (0)20 7946 0123", None, LONDON),
        # Germany
        ("030 12345678", "DE", BERLIN),
        ("030/12345678", "DE", BERLIN),
        ("030 / 123 456 78", "DE", BERLIN),
        ("+49 30 12345678", None, BERLIN),
        ("+49 (0) 30 / 12345678", None, BERLIN),
        ("+49-30-12345678", "US", BERLIN),
        ("030–12345678", "DE", BERLIN),
        # Italy, where the zero is part of the number
        ("+39 (0)6 698 12345", None, "+390669812345"),
        ("06 698 12345", "IT", "+390669812345"),
        # United States
        ("(212) 555-0123", "US", NEW_YORK),
        ("212-555-0123", "US", NEW_YORK),
        ("212.555.0123", "US", NEW_YORK),
        ("1 212 555 0123", "US", NEW_YORK),
        ("+1 212 555 0123", None, NEW_YORK),
        ("12125550123", "AE", NEW_YORK),
        ("011 44 20 7946 0123", "US", LONDON),
        # What copying and other keyboards leave behind
        ("\u00a0+44\u00a020\u00a07946\u00a00123 ", None, LONDON),
        ("\u202a+44 20 7946 0123\u202c", "DE", LONDON),
        ("\uff0b\uff14\uff14 20 7946 0123", None, LONDON),
        ("٠٥٠ ٥٥٥ ٠١٢٣", "AE", MOBILE),
        ("tel:+442079460123", None, LONDON),
        ("callto:+442079460123", None, LONDON),
        ("TEL:+44-20-7946-0123;ext=12", None, LONDON),
    ],
)
def test_r41_written_by_people(written, country, number):
    assert only_e164(written, country) == number
    assert all_e164(written, country) == [number]


@pytest.mark.parametrize(
    "tail",
    [
        " доб. 2345",
        " доб 2345",
        ", доб. 2345",
        " (доб. 2345)",
        " добавочный 2345",
        " вн. 2345",
        " внутр. 2345",
        " ext. 2345",
        " ext 2345",
        " Ext.2345",
        " EXT 2345",
        " extension 2345",
        " extn 2345",
        " x2345",
        " x 2345",
        "x2345",
        " х2345",  # the Cyrillic letter
        " #2345",
        "#2345",
        "...2345",
        "..2345",
        "…2345",
        ";ext=2345",
    ],
)
@pytest.mark.parametrize(
    ("written", "country", "number"),
    [
        ("8 (495) 123-45-67", "RU", MOSCOW),
        ("+74951234567", None, MOSCOW),
        ("04 555 0100", "AE", DUBAI),
    ],
)
def test_r41_an_extension_is_no_part_of_the_number(written, country, number, tail):
    assert only_e164(written + tail, country) == number
    assert all_e164(written + tail, country) == [number]


@pytest.mark.parametrize(
    "raw",
    [
        None,
        "",
        " ",
        "-",
        "+",
        "++",
        "hidden",
        "anonymous",
        "Anonymous <sip:anonymous@anonymous.invalid>",
        "номер скрыт",
        "101",
        "2345",
        "112",
        "+7",
        "000000",
        "sara",
        "sara.haddad",
        "sip:701234@sip.callgear.ae",
        "sip:0288101@sip.callgear.ae",
        "user97145550100",
        "97145550100_sara",
        "http://97145550100/",
        "0" * 20,
        "9" * 40,
        "+" + "9" * 30,
        "1" * 5000,
        "n/a",
        "нет",
    ],
)
def test_what_is_no_phone_number(raw):
    """Hidden numbers, extensions and SIP logins belong to nobody."""
    assert only_e164(raw, "AE") is None
    assert from_pbx(raw, "AE") is None


@pytest.mark.parametrize(
    ("raw", "country", "number"),
    [
        ("971505550123", "AE", MOBILE),
        ("971505550123", "RU", MOBILE),
        ("971505550123", None, MOBILE),
        ("+971505550123", None, MOBILE),
        ("00971505550123", None, MOBILE),
        ("0505550123", "AE", MOBILE),
        ("97145550100", "AE", DUBAI),
        ("74951234567", "RU", MOSCOW),
        ("74951234567", "AE", MOSCOW),
        ("442079460123", "DE", LONDON),
        ("447700900123", "AE", "+447700900123"),
        ("493012345678", "AE", BERLIN),
        ("12125550123", "RU", NEW_YORK),
        ("88005553535", "RU", "+78005553535"),
    ],
)
def test_written_by_callgear(raw, country, number):
    """Digits with country code and no plus, whatever the country of the account."""
    assert from_pbx(raw, country) == number


def test_number_of_a_range_newer_than_our_numbering_plan_is_still_a_number():
    assert only_e164("+971 59 999 9999") == "+971599999999"
    assert from_pbx("971599999999") == "+971599999999"


@pytest.mark.parametrize(
    ("written", "countries", "number"),
    [
        ("04 555 0100", ("US", "AE"), DUBAI),
        ("04 555 0100", (None, "AE"), DUBAI),
        ("8 (495) 123-45-67", ("AE", "RU"), MOSCOW),
        ("020 7946 0123", ("GB", "DE"), LONDON),
        ("+44 20 7946 0123", ("DE", "AE"), LONDON),
        ("Tel. 04 555 0100 (office)", ("US", "AE"), DUBAI),
    ],
)
def test_r41_likeliest_country_in_which_it_is_a_number_wins(written, countries, number):
    assert all_e164(written, *countries) == [number]


def test_national_number_needs_a_country():
    assert only_e164("050 555 0123") is None


@pytest.mark.parametrize(
    ("text", "country", "numbers"),
    [
        (None, "AE", []),
        ("", "AE", []),
        ("04 555 0100, 050 555 0123", "AE", [DUBAI, MOBILE]),
        ("04 555 0100; 050 555 0123", "AE", [DUBAI, MOBILE]),
        ("04 555 0100 / 050 555 0123", "AE", [DUBAI, MOBILE]),
        ("04 555 0100/050 555 0123", "AE", [DUBAI, MOBILE]),
        ("04 555 0100 | 050 555 0123", "AE", [DUBAI, MOBILE]),
        ("04 555 0100\n050 555 0123", "AE", [DUBAI, MOBILE]),
        ("04 555 0100 or 050 555 0123", "AE", [DUBAI, MOBILE]),
        ("04 555 0100 или 050 555 0123", "AE", [DUBAI, MOBILE]),
        ("04 555 0100 & 050 555 0123", "AE", [DUBAI, MOBILE]),
        ("+971 4 555 0100 +971 50 555 0123", None, [DUBAI, MOBILE]),
        ("+49 30/12345678, +44 20 7946 0123", None, [BERLIN, LONDON]),
        ("030/12345678 / 020 7946", "DE", [BERLIN]),
        ("8 (495) 123-45-67 доб. 12, 8 800 555-35-35", "RU", [MOSCOW, "+78005553535"]),
        ("04 555 0100, +971 4 555 0100", "AE", [DUBAI]),
        ("04 555 0100, 12", "AE", [DUBAI]),
        ("04 555 0100, ask for Sara", "AE", [DUBAI]),
        # With words around them
        ("Tel. +49 30 12345678", None, [BERLIN]),
        ("Tel: 030 12345678 (Büro)", "DE", [BERLIN]),
        ("office 04 555 0100, mobile 050 555 0123", "AE", [DUBAI, MOBILE]),
        (
            "тел. 8 (495) 123-45-67, моб. 8 800 555-35-35",
            "RU",
            [MOSCOW, "+78005553535"],
        ),
        ("+44 20 7946 0123 (John)", None, [LONDON]),
        # No numbers
        ("ask Sara", "AE", []),
        ("user97145550100", "AE", []),
    ],
)
def test_r41_several_numbers_in_one_field(text, country, numbers):
    assert all_e164(text, country) == numbers


@given(st.text())
@example("+" * 64)
@example("(" * 64)
@example("1" * 64)
@example("²³ 1234567")
@example("+1234567...")
def test_any_text_is_a_number_or_none(text):
    for country in ("AE", "RU", None, "", "??"):
        for number in (only_e164(text, country), from_pbx(text, country)):
            assert number is None or (number[0] == "+" and number[1:].isdecimal())
        assert all(number[0] == "+" for number in all_e164(text, country))


@given(st.text("0123456789+-() ./x,", max_size=40))
def test_a_number_in_e164_stays_as_it_is(text):
    for number in all_e164(text, "AE"):
        assert only_e164(number) == number == from_pbx(number)
        assert from_pbx(number[1:], "AE") == number or from_pbx(number[1:], "AE")


@pytest.mark.parametrize("unit", ["(", "1 ", "+1", "x1", "доб", "1/", "a1", "+4930 "])
def test_r41_a_field_full_of_anything_takes_no_time(unit):
    begun = time.process_time()
    all_e164(unit * 20000, "DE")
    assert time.process_time() - begun < 1
