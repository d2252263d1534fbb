# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The example calls S1 to S13 of callgear.md, each folded and looked at as a whole."""

import pytest

from odoo.addons.callgear_integration.tests.builder import changed

from .reference import call, clock, deliveries, fold, legs, recordings

# ----------------------------------------------------------------------------- incoming


def test_s1_answered_by_the_first_operator():
    timeline = fold("S1")
    assert call(timeline) == (
        *("in", "ended", "16:30:00", "16:30:11", "16:33:40"),
        *(11, 209, 220),
    )
    assert legs(timeline) == [
        *[
            (
                "18250044102",
                "Sara Haddad",
                "ended",
                "16:30:04",
                "16:30:11",
                "16:33:40",
                209,
            )
        ]
    ]
    assert recordings(timeline) == [
        ("/5241907731/3f2b6c0d9a8e47d1b5c4e3f2a1908d7c/", 209, "18250044102")
    ]


def test_s1_what_callgear_says_of_the_caller():
    timeline = fold("S1")
    assert timeline.session_id == "5241907731"
    assert timeline.contact_phone == "971505550123"
    assert timeline.contact_name == "Maryam Khalil"
    assert timeline.virtual_phone == "97145550100"
    assert timeline.scenario_name == "Main line"
    assert timeline.tags == ("Delivery",)
    assert timeline.external_id is None
    assert not timeline.is_lost and timeline.talked


@pytest.mark.parametrize(
    ("told", "state", "leg_state"),
    [
        (1, "ringing", "ringing"),
        (2, "talking", "talking"),
        (3, "talking", "ended"),
        (4, "ended", "ended"),
        (5, "ended", "ended"),
    ],
)
def test_s1_grows_notification_by_notification(told, state, leg_state):
    timeline = fold(deliveries("S1")[:told])
    assert (timeline.state, timeline.legs[0].state) == (state, leg_state)


def test_s2_missed_after_ringing_at_two_operators():
    timeline = fold("S2")
    assert call(timeline) == ("in", "ended", "17:02:02", None, "17:02:40", 38, 0, 38)
    assert timeline.is_lost and not timeline.talked
    assert legs(timeline) == [
        ("18250051202", "Sara Haddad", "ended", "17:02:03", None, "17:02:23", None),
        ("18250051203", "Omar Nasser", "ended", "17:02:23", None, "17:02:40", None),
    ]


def test_s3_given_up_in_the_voice_menu():
    timeline = fold("S3")
    assert call(timeline) == ("in", "ended", "17:20:00", None, "17:20:10", 9, 0, 9)
    assert timeline.is_lost and not timeline.talked
    assert legs(timeline) == [
        ("18250060007", "contact", "ended", "17:20:00", None, "17:20:09", None)
    ]


def test_s3_without_their_leg_the_caller_is_still_a_party():
    timeline = fold(deliveries("S3")[1:])
    assert legs(timeline) == [
        ("contact", "contact", "ended", "17:20:01", None, "17:20:10", None)
    ]


def test_s4_one_of_a_group_answers():
    timeline = fold("S4")
    assert call(timeline) == (
        *("in", "ended", "08:59:58", "09:00:09", "09:04:00"),
        *(9, 231, 242),
    )
    assert legs(timeline) == [
        ("18250071101", "Sara Haddad", "ended", "09:00:02", None, "09:00:09", None),
        (
            "18250071102",
            "Omar Nasser",
            "ended",
            "09:00:02",
            "09:00:09",
            "09:04:00",
            231,
        ),
        ("18250071103", "Lina Petrova", "ended", "09:00:02", None, "09:00:09", None),
    ]


def test_s4_r6_phones_of_the_others_stop_ringing_when_one_answers():
    """Before CallGear says that their legs have ended."""
    timeline = fold(deliveries("S4")[:4])
    assert [leg.state for leg in timeline.legs] == ["ended", "talking", "ended"]


def test_s5_r16_transfer_is_two_conversations_with_a_recording_each():
    timeline = fold("S5")
    assert call(timeline) == (
        *("in", "ended", "10:15:00", "10:15:08", "10:22:30"),
        *(8, 442, 450),
    )
    assert legs(timeline) == [
        (
            "18250082001",
            "Sara Haddad",
            "ended",
            "10:15:03",
            "10:15:08",
            "10:18:01",
            173,
        ),
        (
            "18250082002",
            "Omar Nasser",
            "ended",
            "10:17:40",
            "10:17:47",
            "10:22:30",
            282,
        ),
    ]
    assert recordings(timeline) == [
        ("/5241915877/a1908d7c3f2b6c0d9a8e47d1b5c4e3f2/", 160, "18250082001"),
        ("/5241915877/0d9a8e47d1b5c4e3f2a1908d7c3f2b6c/", 282, "18250082002"),
    ]


def test_s5_while_the_colleagues_phone_rings_the_first_still_talks():
    timeline = fold(deliveries("S5")[:3])
    assert [leg.state for leg in timeline.legs] == ["talking", "ringing"]


# ----------------------------------------------------------------------------- outgoing


def test_s6_softphone_answered():
    """The leg that is rung is the contact's, though it bears the operator's name."""
    timeline = fold("S6")
    assert call(timeline) == (
        *("out", "ended", "11:00:00", "11:00:14", "11:02:10"),
        *(14, 116, 130),
    )
    assert sorted(legs(timeline)) == [
        ("18250090001", "contact", "ended", "11:00:00", "11:00:14", "11:02:10", 116),
        ("e701234", "Sara Haddad", "ended", "11:00:00", "11:00:14", "11:02:10", 116),
    ]
    assert recordings(timeline) == [
        ("/5241920112/b5c4e3f2a1908d7c3f2b6c0d9a8e47d1/", 116, "e701234")
    ]


@pytest.mark.parametrize(
    ("told", "state", "operator"),
    [
        (1, "ringing", "ringing"),
        (2, "ringing", "ringing"),
        (3, "talking", "talking"),
        (4, "talking", "ended"),
        (5, "ended", "ended"),
    ],
)
def test_s6_grows_notification_by_notification(told, state, operator):
    timeline = fold(deliveries("S6")[:told])
    (leg,) = timeline.operator_legs
    assert (timeline.state, leg.state, leg.employee_id) == (state, operator, "701234")


def test_s7_softphone_nobody_answers():
    timeline = fold("S7")
    assert call(timeline) == ("out", "ended", "11:05:00", None, "11:05:40", 40, 0, 40)
    assert sorted(legs(timeline)) == [
        ("18250090501", "contact", "ended", "11:05:00", None, "11:05:40", None),
        ("e701234", "Sara Haddad", "ended", "11:05:00", None, "11:05:40", None),
    ]
    assert not timeline.talked


@pytest.mark.parametrize("is_lost", [True, False, None])
def test_s7_is_lost_says_nothing_on_outgoing_calls(is_lost):
    told = deliveries("S7")
    told[-1] = changed(told[-1], call_info__is_lost=is_lost)
    timeline = fold(told)
    assert timeline == fold("S7")
    assert not timeline.is_lost


def test_s8_r20_click_to_call_conversation_begins_when_the_contact_answers():
    timeline = fold("S8")
    assert call(timeline) == (
        *("out", "ended", "12:00:00", "12:00:19", "12:03:00"),
        *(19, 160, 179),
    )
    assert legs(timeline) == [
        (
            "18250101000",
            "Sara Haddad",
            "ended",
            "12:00:00",
            "12:00:19",
            "12:03:00",
            160,
        ),
        ("18250101001", "contact", "ended", "12:00:05", "12:00:19", "12:03:00", 160),
    ]
    assert timeline.legs[0].picked_up_at < timeline.legs[0].answered_at
    assert timeline.external_id == "odoo-call-00042"
    assert recordings(timeline) == [
        ("/5241931900/c4e3f2a1908d7c3f2b6c0d9a8e47d1b5/", 160, "18250101000")
    ]


@pytest.mark.parametrize(
    ("told", "state", "operator"),
    [
        (1, "ringing", "ringing"),
        (2, "ringing", "ringing"),
        (3, "ringing", "ringing"),
        (4, "talking", "talking"),
        (5, "talking", "talking"),
        (6, "talking", "ended"),
        (7, "ended", "ended"),
    ],
)
def test_s8_r19_operators_own_pick_up_is_no_answer(told, state, operator):
    timeline = fold(deliveries("S8")[:told])
    (leg,) = timeline.operator_legs
    assert (timeline.state, leg.state) == (state, operator)


def test_s8_filed_as_incoming_for_want_of_a_direction():
    told = [changed(one, call_info__direction="in") for one in deliveries("S8")]
    assert fold(told) == fold("S8")


def test_s8_ours_by_its_key_whatever_source_it_names():
    told = [
        changed(one, call_info__direction="in", call_info__call_source=None)
        for one in deliveries("S8")
    ]
    assert fold(told, own=True) == fold("S8")


def test_s8_ours_and_only_the_end_has_come():
    """We know for whom we started the call; nothing says that they picked up."""
    end = [changed(deliveries("S10")[-1], employee_info__employee_id=None)]
    timeline = fold(end, own=True, initiator="701234")
    [leg] = timeline.legs
    assert (leg.key, leg.is_operator, leg.picked_up_at) == ("e701234", True, None)


def test_s8_ours_and_the_contacts_leg_came_first():
    """The contact is dialled once the operator has picked up."""
    legs_only = [one for one in deliveries("S10") if "18250102501" in one.text]
    timeline = fold(legs_only[:1], own=True, initiator="701234")
    assert [(leg.key, bool(leg.picked_up_at)) for leg in timeline.operator_legs] == [
        ("e701234", True)
    ]


def test_s8_with_a_callout_at_the_front():
    first = deliveries("S8")[0]
    callout = changed(
        type(first)("callout", first.text),
        leg_id=None,
        notification_time="2026-03-29 12:00:00.600",
    )
    timeline = fold([callout, *deliveries("S8")])
    assert legs(timeline) == legs(fold("S8"))
    assert call(timeline) == call(fold("S8"))


def test_s9_click_to_call_operator_does_not_pick_up_is_never_missed():
    timeline = fold("S9")
    assert call(timeline) == ("out", "ended", "12:10:00", None, "12:10:45", 45, 0, 45)
    assert not timeline.is_lost
    assert legs(timeline) == [
        ("18250102000", "Sara Haddad", "ended", "12:10:00", None, "12:10:45", None)
    ]


def test_s10_r21_click_to_call_contact_does_not_answer():
    timeline = fold("S10")
    assert call(timeline) == ("out", "ended", "12:15:00", None, "12:15:45", 45, 0, 45)
    assert legs(timeline) == [
        ("18250102500", "Sara Haddad", "ended", "12:15:00", None, "12:15:45", None),
        ("18250102501", "contact", "ended", "12:15:04", None, "12:15:44", None),
    ]
    assert clock(timeline.legs[0].picked_up_at) == "12:15:04"


# ------------------------------------------------------------------------ special cases


def test_r52_a_colleague_who_was_only_asked_has_no_conversation():
    """The colleague picked up while the caller waited; the operator went back."""
    told = [
        changed(one, call_info__talk_time_duration=0)
        if one.event == "endleg" and "18250082002" in one.text
        else one
        for one in deliveries("S5")
        if not (one.event == "endleg" and "18250082001" in one.text)
    ]
    back = [
        changed(one, notification_time="2026-03-29 10:22:30.600")
        for one in deliveries("S5")
        if one.event == "endleg" and "18250082001" in one.text
    ]
    sara, omar = fold([*told, *back]).operator_legs
    assert sara.answered_at and not omar.answered_at
    assert omar.picked_up_at


def test_s11_r5_answered_by_a_number_without_employee():
    timeline = fold("S11")
    assert call(timeline) == (
        *("in", "ended", "08:40:00", "08:40:12", "08:41:00"),
        *(12, 47, 60),
    )
    assert legs(timeline) == [
        ("18250110001", "operator", "ended", "08:40:02", "08:40:12", "08:41:00", 47)
    ]
    assert timeline.legs[0].employee_id is None


def test_s12_out_of_order_with_a_repeat():
    timeline = fold("S12")
    assert call(timeline) == (
        *("in", "ended", "09:10:54", "09:11:05", "09:12:00"),
        *(10, 55, 66),
    )
    assert legs(timeline) == [
        ("18250120001", "Omar Nasser", "ended", "09:10:58", "09:11:05", "09:12:00", 55)
    ]
    assert recordings(timeline) == [
        ("/5241950500/d1b5c4e3f2a1908d7c3f2b6c0d9a8e47/", 55, "18250120001")
    ]


def test_s13_hidden_number_and_values_in_quotes():
    timeline = fold("S13")
    assert call(timeline)[:3] == ("in", "ringing", "10:00:03")
    assert timeline.contact_phone is None
    assert [(leg.key, leg.employee_id) for leg in timeline.legs] == [
        ("18250130001", "701234")
    ]
