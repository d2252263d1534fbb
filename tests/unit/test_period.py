# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Periods of the managers' dashboard (R34): days, what came before, and pieces."""

from datetime import date, datetime

import pytest

from odoo.addons.callgear_integration.tools.period import Period

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))


def period(first, last, tz="UTC"):
    return Period(date.fromisoformat(first), date.fromisoformat(last), tz)


@pytest.mark.parametrize(
    ("tz", "start", "end"),
    [
        ("UTC", "2026-03-01 00:00", "2026-04-01 00:00"),
        ("Asia/Dubai", "2026-02-28 20:00", "2026-03-31 20:00"),
        # Summer time begins on the 29th.
        ("Europe/Berlin", "2026-02-28 23:00", "2026-03-31 22:00"),
    ],
)
def test_bounds_are_the_persons_days(tz, start, end):
    bounds = Period(MARCH.first, MARCH.last, tz).bounds
    assert bounds == (datetime.fromisoformat(start), datetime.fromisoformat(end))


def test_period_before_is_as_long():
    before = MARCH.previous(today=date(2026, 5, 1))
    assert before == period("2026-01-29", "2026-02-28")


def test_period_that_goes_on_is_compared_with_as_much():
    before = MARCH.previous(today=date(2026, 3, 10))
    assert before == period("2026-01-29", "2026-02-07")


def test_period_to_come_is_compared_with_the_whole():
    before = MARCH.previous(today=date(2026, 2, 1))
    assert before == period("2026-01-29", "2026-02-28")


def test_period_before_a_day_is_the_day_before():
    day = period("2026-03-01", "2026-03-01")
    assert day.previous(date(2026, 3, 1)) == period("2026-02-28", "2026-02-28")


@pytest.mark.parametrize(
    ("last", "granularity", "pieces"),
    [
        ("2026-01-01", "hour", 24),
        ("2026-01-07", "day", 7),
        ("2026-03-03", "day", 62),
        ("2026-03-31", "week", 14),
        ("2026-12-31", "month", 12),
        ("2030-12-31", "month", 60),
    ],
)
def test_pieces(last, granularity, pieces):
    cut = period("2026-01-01", last)
    assert cut.granularity == granularity
    assert len(cut.pieces()) == pieces


@pytest.mark.parametrize(("week_start", "first"), [(0, 29), (6, 28), (5, 27)])
def test_weeks_begin_on_the_persons_day(week_start, first):
    """1 January 2026 is a Thursday."""
    pieces = period("2026-01-01", "2026-03-31").pieces(week_start)
    (start, _bounds), (second, _others), *_rest = pieces
    assert start == datetime(2025, 12, first)
    assert (second - start).days == 7


def test_pieces_know_where_they_begin_in_utc():
    _start, bounds = period("2026-03-28", "2026-03-29", "Asia/Dubai").pieces()[0]
    assert bounds == (datetime(2026, 3, 27, 20), datetime(2026, 3, 28, 20))
