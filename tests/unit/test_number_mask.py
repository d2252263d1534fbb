# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R51: numbers are taken out of texts, however people have written them."""

import pytest

from odoo.addons.callgear_integration.tools.number_mask import without_numbers

MOBILE = "+971505550123"


@pytest.mark.parametrize(
    "written",
    [
        "+971505550123",
        "00971505550123",
        "971505550123",
        "0505550123",
        "050 555 0123",
        "(050) 555-01-23",
        "+971 50 555.01.23",
        "+971\u00a050\u00a0555\u00a00123",
    ],
)
def test_r51_however_it_is_written(written):
    assert without_numbers(f"Call {written}, please", [MOBILE]) == "Call …, please"


@pytest.mark.parametrize(
    "other",
    ["+971505550124", "9715055501234", "HT05012", "2026-11-29 10:20", "5550123"],
)
def test_r51_other_digits_stay(other):
    assert without_numbers(f"about {other}.", [MOBILE, "+447700900123", None]) in (
        f"about {other}.",
        "about ….",  # the end of the number alone
    )
    if other != "5550123":
        assert other in without_numbers(f"about {other}.", [MOBILE])


def test_r51_short_numbers_only_by_themselves():
    assert without_numbers("from 112 at 11:25, order 1125", ["112"]) == (
        "from … at 11:25, order 1125"
    )


def test_r51_hidden_callers_have_no_number():
    assert without_numbers("Anonymous called", ["anonymous", "", None]) == (
        "Anonymous called"
    )


def test_r51_it_takes_no_time():
    text = "1 2-3." * 20_000
    assert without_numbers(text, [MOBILE]) == text
