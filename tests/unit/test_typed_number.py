# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R56: which numbers begin with the digits that somebody has typed so far."""

import pytest

from odoo.addons.callgear_integration.tools.typed_number import ranges


@pytest.mark.parametrize(
    ("typed", "country", "number"),
    [
        ("+97150", "AE", "+971505550123"),
        ("0097150", "AE", "+971505550123"),
        ("(050) 5", "AE", "+971505550123"),
        ("505", "AE", "+971505550123"),
        ("8 495", "RU", "+74951234567"),
        ("06 12", "IT", "+390612345678"),
        ("1999", None, "+19995550100"),
        ("999", None, "+9991234567"),
        ("\u0660\u0665\u0660 \u0665", "AE", "+971505550123"),  # Arabic digits
        ("\u06f0\u06f5\u06f0", "AE", "+971505550123"),  # Persian ones
        ("\u200e+97150", "AE", "+971505550123"),  # as it is copied from a message
        ("\u202a+971\u00a050 555\u202c", "AE", "+971505550123"),
        ("050\u2013555", "AE", "+971505550123"),
        ("\uff0b97150", "AE", "+971505550123"),
    ],
)
def test_r56_a_number_begins_as_typed(typed, country, number):
    assert any(first <= number < after for first, after in ranges(typed, country))


@pytest.mark.parametrize("typed", ["", "05", "Maryam", "050 ext", "*050123", "000"])
def test_r56_no_beginning_of_a_number(typed):
    assert ranges(typed, "AE") == []


def test_r56_another_number_does_not_begin_so():
    assert not any(
        first <= "+971515550123" < after for first, after in ranges("050", "AE")
    )
