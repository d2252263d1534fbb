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


@pytest.mark.parametrize(
    ("first", "last", "today", "before"),
    [
        # M6: as much of the month before as has passed of this one.
        ("2026-11-01", "2026-11-30", "2026-11-27", ("2026-10-01", "2026-10-27")),
        ("2026-11-01", "2026-11-27", "2026-11-27", ("2026-10-01", "2026-10-27")),
        ("2026-11-01", "2026-11-10", "2026-11-27", ("2026-10-01", "2026-10-10")),
        ("2026-03-01", "2026-03-30", "2026-03-30", ("2026-02-01", "2026-02-28")),
        # What is over, or only to come, with the whole one before, however long.
        ("2026-03-01", "2026-03-31", "2026-05-01", ("2026-02-01", "2026-02-28")),
        ("2026-02-01", "2026-02-28", "2026-05-01", ("2026-01-01", "2026-01-31")),
        ("2026-03-01", "2026-03-31", "2026-02-01", ("2026-02-01", "2026-02-28")),
        # Weeks, quarters, years.
        ("2026-03-23", "2026-03-29", "2026-05-01", ("2026-03-16", "2026-03-22")),
        ("2026-03-23", "2026-03-29", "2026-03-25", ("2026-03-16", "2026-03-18")),
        ("2026-04-01", "2026-06-30", "2026-08-01", ("2026-01-01", "2026-03-31")),
        ("2026-04-01", "2026-06-30", "2026-05-27", ("2026-01-01", "2026-02-27")),
        ("2026-01-01", "2026-12-31", "2026-11-26", ("2025-01-01", "2025-11-26")),
        ("2024-01-01", "2024-12-31", "2026-11-26", ("2023-01-01", "2023-12-31")),
        # Other periods with as many days before them.
        ("2026-10-28", "2026-11-26", "2026-11-26", ("2026-09-28", "2026-10-27")),
        ("2026-10-28", "2026-11-30", "2026-10-29", ("2026-09-24", "2026-09-25")),
        ("2026-03-01", "2026-03-01", "2026-03-01", ("2026-02-28", "2026-02-28")),
        ("2025-12-01", "2026-02-28", "2026-05-01", ("2025-09-02", "2025-11-30")),
    ],
)
def test_m6_period_to_compare_with(first, last, today, before):
    found = period(first, last).previous(date.fromisoformat(today))
    assert found == period(*before)


def test_m6_weeks_begin_on_the_persons_day():
    week = period("2026-03-22", "2026-03-28")
    today = date(2026, 3, 24)
    assert week.previous(today, week_start=6) == period("2026-03-15", "2026-03-17")
    assert week.previous(today, week_start=0) == period("2026-03-15", "2026-03-17")
    over = date(2026, 5, 1)
    assert week.previous(over, week_start=6) == period("2026-03-15", "2026-03-21")


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
