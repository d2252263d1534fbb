# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R40: what never came, old templates, and calls beside the examples."""

import pytest

from odoo.addons.callgear_integration.domain.timeline import (
    build_timeline,
    without_microseconds,
)
from odoo.addons.callgear_integration.tests.builder import (
    NOBODY,
    OMAR,
    SARA,
    WAREHOUSE,
    CallBuilder,
    changed,
)

from .reference import call, clock, deliveries, fact, facts, fold, legs

# --------------------------------------------------------------- what did not come, R40


def without(call_name, *events):
    return fold(one for one in deliveries(call_name) if one.event not in events)


@pytest.mark.parametrize("event", ["legout", "handset", "endleg", "end", "recording"])
@pytest.mark.parametrize(
    ("name", "talkers"),
    [
        ("S1", ["Sara Haddad"]),
        ("S2", []),
        ("S4", ["Omar Nasser"]),
        ("S5", ["Sara Haddad", "Omar Nasser"]),
        ("S6", ["Sara Haddad"]),
        ("S7", []),
        ("S8", ["Sara Haddad"]),
        ("S9", []),
        ("S10", []),
        ("S12", ["Omar Nasser"]),
    ],
)
def test_r40_an_event_type_that_never_comes_does_not_change_who_talked(
    name, talkers, event
):
    timeline = without(name, event)
    assert [
        leg.employee_name for leg in timeline.operator_legs if leg.answered_at
    ] == talkers
    assert timeline.direction == fold(name).direction


@pytest.mark.parametrize("name", ["S6", "S7"])
def test_r40_without_callout_a_softphone_call_is_still_the_agents(name):
    timeline = without(name, "callout")
    assert timeline.direction == "out"
    assert legs(timeline) == legs(fold(name))


@pytest.mark.parametrize(
    ("is_lost", "lost"), [(None, True), (True, True), (False, False)]
)
def test_r25_without_a_word_from_callgear_the_talk_says_who_was_lost(is_lost, lost):
    *told, end = deliveries("S3")
    assert fold([*told, changed(end, call_info__is_lost=is_lost)]).is_lost == lost


def test_r25_a_talk_without_a_word_from_callgear_is_not_lost():
    told = [changed(one, call_info__is_lost=None) for one in deliveries("S1")]
    assert not fold(told).is_lost


def test_r40_missed_call_is_seen_from_the_end_alone():
    timeline = without("S2", "legout", "handset", "endleg")
    assert timeline.is_lost
    assert legs(timeline) == [
        ("contact", "contact", "ended", "17:02:02", None, "17:02:40", None)
    ]


def test_r40_conversation_is_seen_from_the_end_alone():
    timeline = without("S1", "legout", "handset", "endleg", "recording")
    assert call(timeline) == (
        *("in", "ended", "16:30:00", "16:30:11", "16:33:40"),
        *(11, 209, 220),
    )
    assert legs(timeline) == [
        ("e701234", "Sara Haddad", "ended", "16:30:00", "16:30:11", "16:33:40", 209)
    ]


def test_r40_conversation_is_seen_from_the_recording_alone():
    timeline = without("S1", "legout", "handset", "endleg", "end")
    (leg,) = timeline.operator_legs
    assert (timeline.state, leg.employee_id, leg.state) == (
        "talking",
        "701234",
        "talking",
    )
    assert timeline.recordings[0].leg_key == leg.key


def test_r40_call_without_end_stays_open_until_we_give_up():
    told = facts(one for one in deliveries("S1") if one.event not in ("end", "endleg"))
    assert build_timeline(told).state == "talking"
    given_up = build_timeline(told, given_up_at=told[-1].at.replace(hour=23))
    assert (given_up.state, clock(given_up.ended_at)) == ("ended", "16:33:52")
    assert all(leg.state == "ended" for leg in given_up.legs)


def test_r40_an_end_that_comes_after_we_gave_up_counts():
    told = facts("S1")
    later = told[-1].at.replace(hour=23)
    assert build_timeline(told, given_up_at=later) == build_timeline(told)


def test_r40_a_call_that_goes_on_after_we_gave_up_is_not_over():
    told = facts(deliveries("S1")[:2])
    timeline = build_timeline(told, given_up_at=told[0].at)
    assert (timeline.state, timeline.ended_at) == ("talking", None)


def test_a_call_is_made_of_at_least_one_notification():
    with pytest.raises(ValueError, match="at least one"):
        build_timeline([])


def test_incoming_leg_without_endleg_ends_with_the_call():
    timeline = without("S1", "endleg")
    assert legs(timeline) == [
        ("18250044102", "Sara Haddad", "ended", "16:30:04", "16:30:11", "16:33:40", 208)
    ]


def test_talk_time_on_the_end_wins_over_what_the_legs_add_up_to():
    timeline = fold(
        CallBuilder(1).ring(SARA, 1).answer(SARA, 3).end(20, talk=9).deliveries
    )
    assert timeline.talk_seconds == 9


def test_without_talk_time_on_the_end_the_legs_are_added_up():
    call_of_two = CallBuilder(1).ring(SARA, 1).answer(SARA, 3).leave(SARA, 13, talk=10)
    call_of_two.ring(OMAR, 14).answer(OMAR, 15).leave(OMAR, 20, talk=5).end(
        20, lost=False
    )
    assert fold(call_of_two.deliveries).talk_seconds == 15


# --------------------------------------------------- old templates that know no leg ids


def old(call_name):
    return [changed(one, leg_id=None, leg_ids=None) for one in deliveries(call_name)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("S1", [("Sara Haddad", "16:30:11", 209)]),
        ("S2", [("Sara Haddad", None, None), ("Omar Nasser", None, None)]),
        ("S3", [("contact", None, None)]),
        (
            "S4",
            [
                ("Sara Haddad", None, None),
                ("Omar Nasser", "09:00:09", 231),
                ("Lina Petrova", None, None),
            ],
        ),
        ("S5", [("Sara Haddad", "10:15:08", 173), ("Omar Nasser", "10:17:47", 282)]),
        ("S6", [("contact", "11:00:14", 116), ("Sara Haddad", "11:00:14", 116)]),
        ("S7", [("contact", None, None), ("Sara Haddad", None, None)]),
        ("S8", [("Sara Haddad", "12:00:19", 160), ("contact", "12:00:19", 160)]),
        ("S9", [("Sara Haddad", None, None)]),
        ("S10", [("Sara Haddad", None, None), ("contact", None, None)]),
        ("S11", [("operator", "08:40:12", 47)]),
        ("S12", [("Omar Nasser", "09:11:05", 55)]),
    ],
)
def test_r40_without_leg_ids_the_employee_tells_the_legs_apart(name, expected):
    timeline = fold(old(name))
    found = [
        (whose, answered, talk)
        for _k, whose, _s, _d, answered, _e, talk in legs(timeline)
    ]
    assert sorted(found, key=str) == sorted(expected, key=str)
    assert call(timeline) == call(fold(name))
    assert [one.seconds for one in timeline.recordings] == [
        one.seconds for one in fold(name).recordings
    ]


@pytest.mark.parametrize("name", ["S1", "S2", "S4", "S5", "S8", "S10", "S12"])
def test_r40_a_leg_without_id_is_that_of_its_employee(name):
    """One of the six templates is old: its facts join the leg that the others name."""
    for event in ("legout", "handset", "endleg"):
        mixed = [
            changed(one, leg_id=None) if one.event == event else one
            for one in deliveries(name)
        ]
        assert fold(mixed).operator_legs == fold(name).operator_legs


# ---------------------------------------------------------- voicemail, unmapped, others


def test_r28_voicemail_of_a_lost_call_is_no_conversation():
    told = CallBuilder(1).ring(SARA, 2).leave(SARA, 20).end(40, lost=True, wait=20)
    told.record(50, kind="voice_mail", seconds=15)
    timeline = fold(told.deliveries)
    assert timeline.is_lost and not timeline.talked
    assert timeline.answered_at is None
    assert [one.leg_key for one in timeline.recordings] == [None]


def test_r25_file_of_a_lost_call_is_no_conversation_wherever_it_lies():
    told = CallBuilder(1).ring(SARA, 2).leave(SARA, 20).end(40, lost=True).record(50)
    timeline = fold(told.deliveries)
    assert timeline.answered_at is None
    assert not timeline.voicemail


@pytest.mark.parametrize("lost", [True, False])
def test_r28_only_a_machine_can_have_recorded_a_lost_call_that_rang_nobody(lost):
    timeline = fold(CallBuilder(1).end(40, lost=lost).record(50).deliveries)
    assert timeline.voicemail == timeline.is_lost == lost


def test_r25_pick_up_of_a_lost_call_without_talk_is_no_answer():
    told = CallBuilder(1).ring(SARA, 2).answer(SARA, 20).leave(SARA, 20, talk=0)
    timeline = fold(told.end(20, lost=True).deliveries)
    assert timeline.answered_at is None
    assert timeline.is_lost


def test_r16_transfer_of_an_outgoing_call():
    """The colleague's conversation begins when the colleague picks up."""
    told = CallBuilder(1, direction="out").call_out(SARA).ring(SARA, 1, leg="contact")
    told.answer(SARA, 10, leg="contact").ring(OMAR, 60).answer(OMAR, 70)
    told.leave(OMAR, 90, talk=20).leave(
        NOBODY, 90, talk=80, is_operator=False, leg="contact"
    )
    timeline = fold(told.end(90, talk=80, employee=OMAR).deliveries)
    assert [
        (leg.employee_name, clock(leg.answered_at)) for leg in timeline.operator_legs
    ] == [("Sara Haddad", "16:30:10"), ("Omar Nasser", "16:31:10")]


def test_r25_operator_without_user_is_an_operator_all_the_same():
    told = CallBuilder(1).ring(WAREHOUSE, 2).answer(WAREHOUSE, 5).end(20, talk=15)
    assert [leg.employee_name for leg in fold(told.deliveries).operator_legs] == [
        "Warehouse"
    ]


def test_r25_who_the_end_of_a_missed_call_names_did_not_answer():
    told = (
        CallBuilder(1).ring(SARA, 2).leave(SARA, 20).end(20, employee=SARA, lost=True)
    )
    assert fold(told.deliveries).answered_at is None


def test_database_times_are_whole_seconds():
    timeline = without_microseconds(fold("S1"))
    times = [timeline.started_at, timeline.answered_at, timeline.ended_at]
    for leg in timeline.legs:
        times += [leg.started_at, leg.picked_up_at, leg.answered_at, leg.ended_at]
    assert {time.microsecond for time in times} == {0}
    assert times[0] == fold("S1").started_at.replace(microsecond=0)


def test_longest_list_of_tags_counts():
    told = CallBuilder(1).ring(SARA, 1).end(9).deliveries
    told.append(changed(told[-1], call_info__tag_names=["Delivery", "VIP"]))
    told.append(changed(told[-1], call_info__tag_names=["Delivery"]))
    assert fold(told).tags == ("Delivery", "VIP")


def test_fact_order_is_by_time_then_by_the_course_of_a_call():
    same = [
        changed(one, notification_time="2026-03-28 16:30:00")
        for one in deliveries("S1")
    ]
    timeline = build_timeline(fact(one) for one in reversed(same))
    assert timeline.legs[0].key == "18250044102"
    assert timeline.state == "ended"


def test_r25_rounded_lengths_do_not_tell_who_was_rung_last():
    """Sara's phone is busy, Omar's rings next; its 20.3 s are told as 21."""
    told = CallBuilder(1).ring(SARA, 10).leave(SARA, 10.3, total=0)
    told.ring(OMAR, 10.4).leave(OMAR, 30.7, total=21).end(31, wait=31)
    timeline = fold(told.deliveries)
    assert [leg.employee_name for leg in timeline.operator_legs] == [
        "Sara Haddad",
        "Omar Nasser",
    ]
    assert clock(timeline.operator_legs[1].started_at) == "16:30:10"


def test_r40_a_length_counts_where_the_ring_is_told_much_too_late():
    told = CallBuilder(1).ring(SARA, 50).leave(SARA, 60, total=40).end(61, wait=61)
    assert clock(fold(told.deliveries).operator_legs[0].started_at) == "16:30:20"
