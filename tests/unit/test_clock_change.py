# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R40: the nights on which the clocks change, in every zone and both directions.

Notifications have the time of the account's clock, which does not say its zone. The
outcome is that of real time all the same.
"""

from datetime import datetime, timedelta
from functools import partial

import pytest
import pytz
from hypothesis import example, given
from hypothesis import strategies as st

from odoo.addons.callgear_integration.callgear.notification import Notification
from odoo.addons.callgear_integration.domain.facts import TOLERANCE, facts_of
from odoo.addons.callgear_integration.domain.timeline import build_timeline
from odoo.addons.callgear_integration.tools.local_time import instants

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def shown(zone, utc):
    """What the clocks of a zone show."""
    return pytz.utc.localize(utc).astimezone(zone).replace(tzinfo=None)


def changes(zone):
    """The changes of a zone's clocks in our time: (when, by how much), apart from others."""
    times = [t for t in getattr(zone, "_utc_transition_times", ()) if t.year > 1999]
    for time in times:
        by = shown(zone, time) - shown(zone, time - MINUTE) - MINUTE
        alone = all(abs(time - other) > 3 * DAY for other in times if other != time)
        if by and alone:
            yield time, by


ZONES = [name for name in pytz.common_timezones if any(changes(pytz.timezone(name)))]
BERLIN = pytz.timezone("Europe/Berlin")
BACK = datetime(2026, 10, 25, 1)  # 03:00 becomes 02:00
NIGHTS = st.sampled_from(ZONES).flatmap(
    lambda name: st.tuples(
        st.just(pytz.timezone(name)),
        st.sampled_from(list(changes(pytz.timezone(name)))),
    )
)


def call_of(times):
    """A call that is passed on: SARA is rung, talks and leaves, then OMAR."""
    for event, employee, leg, at in zip(
        ("legout", "handset", "legout", "handset", "endleg", "endleg", "end"),
        ("1", "1", "2", "2", "1", "2", None),
        ("11", "11", "12", "12", "11", "12", None),
        times,
        strict=True,
    ):
        total = None
        if event == "end":
            total = round((at - times[0]).total_seconds())
        yield (
            at,
            Notification(
                event=event,
                session_id="1",
                employee_id=employee,
                leg_id=leg,
                is_operator=True if event == "endleg" else None,
                is_lost=False if event == "end" else None,
                total_seconds=total,
            ),
        )


def written(zone, told):
    """The notifications as they are written: with the time of the zone's clocks."""
    return [Notification(**{**vars(one), "time": shown(zone, at)}) for at, one in told]


def read(zone, told, arrivals, order=None):
    """The times that are read from notifications, in the order in which they came."""
    order = order or range(len(told))
    notifications = written(zone, told)
    facts = facts_of(
        [notifications[i] for i in order],
        [arrivals[i] for i in order],
        partial(instants, zone),
    )
    return [
        fact.at
        for fact in sorted(facts, key=lambda f: notifications.index(f.notification))
    ]


def outcome(timeline):
    """What tickets are made of: who was rung and talked in which order, how long."""
    legs = [
        (leg.key, leg.state, leg.ended_at - leg.started_at) for leg in timeline.legs
    ]
    return legs, timeline.state, timeline.ended_at - timeline.started_at


SPANS = st.lists(st.integers(0, 120), min_size=7, max_size=7)


@given(NIGHTS, st.integers(-90, 90), SPANS, st.data())
@example((BERLIN, (BACK, -60 * MINUTE)), -1, [0, 10, 20, 50, 5, 3, 1], None)
def test_r40_times_are_told_apart_by_when_they_arrived(night, minutes, spans, data):
    """Notifications that are late by less than the clocks change are read exactly."""
    zone, (change, by) = night
    times = [
        change + minutes * MINUTE + timedelta(seconds=sum(spans[:n])) for n in range(7)
    ]
    most = max(0, round(abs(by).total_seconds()) - 180)
    delays, order = [0] * 7, list(range(7))
    if data:
        delays = data.draw(st.lists(st.integers(0, most), min_size=7, max_size=7))
        order = data.draw(st.permutations(order))
    arrivals = [
        at + timedelta(seconds=delay) for at, delay in zip(times, delays, strict=True)
    ]
    told = list(call_of(times))
    assert read(zone, told, arrivals, order) == times
    repeated = order + order[:3]
    facts = facts_of(
        [written(zone, told)[i] for i in repeated],
        [arrivals[i] for i in repeated],
        partial(instants, zone),
    )
    real = facts_of([one for _at, one in told], times, lambda _local: ())
    assert outcome(build_timeline(facts)) == outcome(build_timeline(real))


@given(
    NIGHTS, st.integers(-90, 90), SPANS, st.integers(4, 999), st.permutations(range(7))
)
@example(
    (BERLIN, (BACK, -60 * MINUTE)), -1, [0, 10, 20, 50, 5, 3, 1], 24, list(range(7))
)
def test_r40_what_comes_hours_late_is_in_order_all_the_same(
    night, minutes, spans, hours, order
):
    """Then the arrival tells nothing: the call is as it was, maybe an hour later."""
    zone, (change, by) = night
    times = [
        change + minutes * MINUTE + timedelta(seconds=sum(spans[:n])) for n in range(7)
    ]
    arrivals = [at + abs(by) + hours * 60 * MINUTE for at in times]
    got = read(zone, list(call_of(times)), arrivals, order)
    moved = {at - real for at, real in zip(got, times, strict=True)}
    assert len(moved) == 1
    assert moved <= {timedelta(0), abs(by)}


def test_r40_a_call_across_the_end_of_summer_time():
    """T9: passed on at 02:59:30, answered at 02:00:30, a minute later."""
    local = [
        (2, 58, 0),
        (2, 59, 30),
        (2, 59, 50),
        (2, 0, 30),
        (2, 0, 31),
        (2, 9, 0),
        (2, 9, 0),
    ]
    utc = [
        (0, 58, 0),
        (0, 59, 30),
        (0, 59, 50),
        (1, 0, 30),
        (1, 0, 31),
        (1, 9, 0),
        (1, 9, 0),
    ]
    times = [datetime(2026, 10, 25, *time) for time in utc]
    assert [shown(BERLIN, at) for at in times] == [
        datetime(2026, 10, 25, *t) for t in local
    ]
    for delay in (timedelta(0), 20 * MINUTE, DAY, 30 * DAY):
        assert read(BERLIN, list(call_of(times)), [at + delay for at in times]) == times


@pytest.mark.parametrize(
    ("zone", "local", "expected"),
    [
        ("Europe/Berlin", "2026-10-25 02:30", ["2026-10-25 00:30", "2026-10-25 01:30"]),
        ("Europe/Berlin", "2026-03-29 02:30", ["2026-03-29 00:30", "2026-03-29 01:30"]),
        ("Europe/Berlin", "2026-10-25 03:00", ["2026-10-25 02:00"]),
        (
            "Australia/Lord_Howe",
            "2026-04-05 01:45",
            ["2026-04-04 14:45", "2026-04-04 15:15"],
        ),
        # Clocks were set back without summer time.
        ("Europe/Moscow", "2014-10-26 01:30", ["2014-10-25 21:30", "2014-10-25 22:30"]),
        ("Asia/Dubai", "2026-10-25 02:30", ["2026-10-24 22:30"]),
        ("UTC", "2026-10-25 02:30", ["2026-10-25 02:30"]),
        # The difference from UTC is written with it.
        ("Europe/Berlin", "2026-10-25T02:30+01:00", ["2026-10-25 01:30"]),
        ("Asia/Dubai", "2026-10-25T02:30+00:00", ["2026-10-25 02:30"]),
    ],
)
def test_instants(zone, local, expected):
    found = instants(pytz.timezone(zone), datetime.fromisoformat(local))
    assert [f"{time:%Y-%m-%d %H:%M}" for time in found] == expected


@given(NIGHTS, st.integers(-300, 300))
def test_every_time_is_among_those_that_its_writing_stands_for(night, minutes):
    zone, (change, _by) = night
    utc = change + minutes * MINUTE
    found = instants(zone, shown(zone, utc))
    assert utc in found and len(found) <= 2
    assert list(found) == sorted(found)


@pytest.mark.parametrize(
    ("ahead", "believed"),
    [
        (timedelta(0), True),
        (TOLERANCE, True),
        (TOLERANCE + timedelta(seconds=1), False),
        (60 * MINUTE, False),
        (300 * DAY, False),
        (-300 * DAY, True),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York"])
def test_r40_a_time_later_than_the_arrival_is_not_believed(zone, ahead, believed):
    zone, arrival = pytz.timezone(zone), datetime(2026, 7, 1, 12)
    told = list(call_of([arrival + ahead] * 7))
    expected = arrival + ahead if believed else arrival
    assert read(zone, told, [arrival] * 7) == [expected] * 7


def test_r40_without_a_time_the_arrival_counts():
    arrival = datetime(2026, 7, 1, 12)
    [fact] = facts_of([Notification("end", "1")], [arrival], partial(instants, BERLIN))
    assert fact.at == arrival
