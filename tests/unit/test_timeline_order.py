# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R40: late, twice, in any order, not at all: only the set of facts matters."""

from datetime import datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from odoo.addons.callgear_integration.callgear.notification import EVENTS, Notification
from odoo.addons.callgear_integration.domain.facts import Fact, ordered
from odoo.addons.callgear_integration.domain.timeline import build_timeline
from odoo.addons.callgear_integration.tests.builder import changed
from odoo.addons.callgear_integration.tests.scenarios import SCENARIOS

from .reference import deliveries, fact

RANK = {"ringing": 0, "talking": 1, "ended": 2}


def single_calls():
    """The calls of the notes and those scenarios that are one call each."""
    told = {f"S{number}": deliveries(f"S{number}") for number in range(1, 14)}
    for name, make in SCENARIOS.items():
        if len({fact(one).notification.session_id for one in make()}) == 1:
            told[name] = make()
    return told


CALLS = single_calls()
ALL_FACTS = {name: [fact(one) for one in told] for name, told in CALLS.items()}
OLD_FACTS = {
    name: [fact(changed(one, leg_id=None)) for one in told]
    for name, told in CALLS.items()
}
CHANCE = st.randoms(use_true_random=False)
# Who dialled is guessed until it is told: their leg may turn out to be a colleague's.
GUESSED = ("softphone, passed to the own phone",)
every_call = pytest.mark.parametrize("name", CALLS)
few = settings(max_examples=10)


def shuffled(facts, chance):
    return chance.sample(facts, len(facts))


def check_sense(timeline):
    """What holds for a call of which anything is known."""
    keys = [leg.key for leg in timeline.legs]
    assert len(set(keys)) == len(keys), "a leg comes twice"
    assert timeline.direction in ("in", "out")
    assert (timeline.state == "ended") == (timeline.ended_at is not None)
    for moment in (timeline.answered_at, timeline.ended_at):
        assert moment is None or moment >= timeline.started_at
    durations = (timeline.wait_seconds, timeline.talk_seconds, timeline.total_seconds)
    assert min(durations) >= 0
    for leg in timeline.legs:
        assert timeline.started_at <= leg.started_at
        if timeline.ended_at:
            assert leg.state == "ended"
        if leg.answered_at and leg.is_operator:
            assert timeline.answered_at <= leg.answered_at
        if leg.ended_at:
            assert leg.started_at <= leg.ended_at
            assert leg.answered_at is None or leg.answered_at <= leg.ended_at
        assert leg.talk_seconds is None or leg.talk_seconds >= 0
        assert leg.talk_seconds is None or leg.answered_at
    for recording in timeline.recordings:
        owner = [leg for leg in timeline.operator_legs if leg.key == recording.leg_key]
        assert recording.leg_key is None or owner[0].answered_at


def test_r40_facts_of_one_moment_stand_in_the_order_of_an_orderly_call():
    noon = datetime(2026, 3, 29, 12)
    facts = [Fact(noon, Notification(event, "7")) for event in sorted(EVENTS)]
    assert [one.event for one in ordered(facts)] == [
        *("callout", "legout", "handset", "endleg", "end", "recording")
    ]


def test_r40_facts_of_one_moment_and_kind_stand_in_the_order_of_their_content():
    noon = datetime(2026, 3, 29, 12)
    facts = [Fact(noon, Notification("legout", "7", leg_id=str(n))) for n in range(9)]
    assert ordered(reversed(facts)) == ordered(facts) == facts


def test_r40_a_repeat_is_no_second_fact():
    facts = ALL_FACTS["S1"]
    assert ordered(facts + facts) == facts


@every_call
@few
@given(CHANCE)
def test_r40_order_and_repeats_leave_no_trace(name, chance):
    facts = ALL_FACTS[name]
    mixed = shuffled(facts + chance.sample(facts, len(facts) // 2), chance)
    assert build_timeline(mixed) == build_timeline(facts)


@every_call
@few
@given(CHANCE, st.integers(1, 9))
def test_r40_what_is_known_so_far_does_not_depend_on_order(name, chance, count):
    part = shuffled(ALL_FACTS[name], chance)[:count]
    assert build_timeline(shuffled(part, chance)) == build_timeline(part)


@every_call
@pytest.mark.parametrize("known", [ALL_FACTS, OLD_FACTS], ids=["", "old"])
@few
@given(CHANCE, st.integers(1, 9), st.booleans(), st.booleans())
def test_r40_any_part_of_a_call_makes_sense(name, known, chance, count, own, given_up):
    part = shuffled(known[name], chance)[:count]
    later = max(one.at for one in known[name]) + timedelta(hours=1)
    timeline = build_timeline(part, own=own, given_up_at=later if given_up else None)
    check_sense(timeline)
    assert timeline.state == "ended" or not given_up


def prefixes(facts):
    """Pairs of a fact and what is known once it has come."""
    return [
        (facts[count - 1], build_timeline(facts[:count]))
        for count in range(1, len(facts) + 1)
    ]


@every_call
@few
@given(CHANCE)
def test_r40_a_call_never_goes_back(name, chance):
    """ringing < talking < ended, in whatever order the facts come in."""
    mixed = shuffled(ALL_FACTS[name], chance)
    ranks = [RANK[timeline.state] for _new, timeline in prefixes(mixed)]
    assert ranks == sorted(ranks)


@pytest.mark.parametrize("name", [name for name in CALLS if name not in GUESSED])
@few
@given(CHANCE)
def test_r40_a_leg_never_goes_back(name, chance):
    """Legs are told of in any order, then the call as a whole.

    The one end that is only guessed may be taken back: a colleague has answered, so
    this phone has stopped ringing. It had not, if its own pick-up turns up late.
    """
    mixed = shuffled(ALL_FACTS[name], chance)
    mixed.sort(key=lambda one: one.event in ("end", "recording"))
    known = {}
    for new, timeline in prefixes(mixed):
        for leg in timeline.legs:
            before = known.get(leg.key, leg)
            guessed = before.state == "ended" and not before.answered_at
            if not (
                guessed
                and new.event == "handset"
                and new.notification.leg_id == leg.key
            ):
                assert RANK[before.state] <= RANK[leg.state]
            known[leg.key] = leg


@every_call
@few
@given(CHANCE)
def test_r40_a_leg_is_at_least_as_far_as_was_told_of_it(name, chance):
    mixed = shuffled(ALL_FACTS[name], chance)
    told = {}
    for new, timeline in prefixes(mixed):
        told.setdefault(new.notification.leg_id, set()).add(new.event)
        for leg in timeline.legs:
            events = told.get(leg.key, set())
            assert leg.state == "ended" or "endleg" not in events
            if timeline.direction == "in" and "handset" in events:
                assert leg.answered_at


@every_call
def test_r40_the_whole_call_makes_sense(name):
    timeline = build_timeline(ALL_FACTS[name])
    check_sense(timeline)
    assert timeline.legs


# ---------------------------------------------------------------------- facts at random

MOMENTS = st.integers(0, 90).map(
    lambda at: datetime(2026, 3, 29, 12) + timedelta(seconds=at)
)
SECONDS = st.none() | st.integers(0, 100) | st.just(7 * 24 * 3600)
NOTIFICATIONS = st.builds(
    Notification,
    event=st.sampled_from(EVENTS),
    session_id=st.just("7"),
    direction=st.sampled_from([None, "in", "out"]),
    call_source=st.sampled_from([None, "va", "sip", "callapi"]),
    employee_id=st.sampled_from([None, "1", "2"]),
    leg_id=st.sampled_from([None, "11", "12", "a1"]),
    is_operator=st.sampled_from([None, True, False]),
    is_lost=st.sampled_from([None, True, False]),
    talk_seconds=SECONDS,
    total_seconds=SECONDS,
    wait_seconds=SECONDS,
    file_url=st.sampled_from([None, "u1", "u2", "/voice_mail/u3"]),
    file_urls=st.lists(
        st.sampled_from(["u1", "u2", "/voice_mail/u3"]), unique=True
    ).map(tuple),
)
FACTS = st.lists(st.builds(Fact, MOMENTS, NOTIFICATIONS), min_size=1, max_size=8)


@settings(max_examples=300)
@given(FACTS, st.booleans(), st.none() | MOMENTS)
@example(
    [Fact(datetime(2026, 1, 1), Notification("end", "7", total_seconds=604800))],
    0,
    None,
)
def test_r40_no_facts_whatever_break_the_fold(facts, own, given_up_at):
    check_sense(build_timeline(facts, own=own, given_up_at=given_up_at))


@settings(max_examples=200)
@given(FACTS, CHANCE)
def test_r40_no_facts_whatever_depend_on_their_order(facts, chance):
    mixed = facts + facts[:2]
    chance.shuffle(mixed)
    assert build_timeline(mixed) == build_timeline(facts)
