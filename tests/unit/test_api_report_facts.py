# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R50: what is fetched from the reports folds into what the webhooks would have made."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from odoo.addons.callgear_integration.callgear.notification import from_object
from odoo.addons.callgear_integration.callgear.report_rows import (
    ReportedCall,
    ReportedEmployee,
    ReportedLeg,
)
from odoo.addons.callgear_integration.callgear.reports import notifications
from odoo.addons.callgear_integration.domain.facts import Fact
from odoo.addons.callgear_integration.domain.timeline import build_timeline
from odoo.addons.callgear_integration.domain.verdict import Party, judge

from .reference import facts

BASE = "https://app.callgear.ae"
LATER = datetime(2026, 4, 1)  # when the report is fetched
SARA, OMAR = ("701234", "Sara Haddad"), ("701235", "Omar Nasser")
CONTACT = (None, None)


def at(written):
    return datetime.fromisoformat(f"2026-03-{written}000")


def call(session, start, finish, wait, talk, total, **more):
    values = {
        "direction": "in",
        "source": "va",
        "is_lost": not talk,
        "contact_phone": "971505550123",
        "virtual_phone": "97145550100",
    }
    return ReportedCall(
        session_id=session,
        communication_id=session,
        start_time=at(start),
        finish_time=at(finish),
        wait_seconds=wait,
        talk_seconds=talk,
        total_seconds=total,
        **values | more,
    )


def leg(session, number, who, start, connect, duration, total, *records, **more):
    return ReportedLeg(
        leg_id=number,
        session_id=session,
        start_time=at(start),
        connect_time=connect and at(connect),
        talk_seconds=duration,
        total_seconds=total,
        is_operator=who is not CONTACT,
        is_talked=bool(duration),
        employee_id=who[0],
        employee_name=who[1],
        records=records,
        **more,
    )


S1, S2, S5, S8, S10 = (
    "5241907731",
    "5241910266",
    "5241915877",
    "5241931900",
    "5241933020",
)
API = {"direction": "out", "source": "callapi"}
SARA_MISSED, OMAR_MISSED = (
    ReportedEmployee(*who, False, False) for who in (SARA, OMAR)
)
REPORTS = {
    "S1": (
        call(S1, "28 16:30:00.391", "28 16:33:40.391", 11, 209, 220),
        # The caller's own leg is in the report, too.
        leg(S1, "18250044101", CONTACT, "28 16:30:00.391", "28 16:30:00.391", 220, 220),
        leg(
            *(S1, "18250044102", SARA, "28 16:30:04.118", "28 16:30:11.502", 209, 216),
            "3f2b6c0d9a8e47d1b5c4e3f2a1908d7c",
        ),
    ),
    "S2": (
        call(
            *(S2, "28 17:02:02.190", "28 17:02:40.190", 38, 0, 38),
            employees=(SARA_MISSED, OMAR_MISSED),
        ),
        leg(S2, "18250051201", CONTACT, "28 17:02:02.190", None, None, 38),
        leg(S2, "18250051203", OMAR, "28 17:02:23.540", None, None, 16),
        leg(S2, "18250051202", SARA, "28 17:02:03.210", None, None, 20),
    ),
    "S5": (
        call(
            *(S5, "29 10:15:00.712", "29 10:22:30.712", 8, 442, 450),
            last_talked_id=OMAR[0],
        ),
        leg(S5, "18250082000", CONTACT, "29 10:15:00.712", "29 10:15:00.712", 450, 450),
        leg(
            *(S5, "18250082001", SARA, "29 10:15:03.100", "29 10:15:08.250", 173, 178),
            "a1908d7c3f2b6c0d9a8e47d1b5c4e3f2",
        ),
        leg(
            *(S5, "18250082002", OMAR, "29 10:17:40.600", "29 10:17:47.900", 282, 290),
            "0d9a8e47d1b5c4e3f2a1908d7c3f2b6c",
        ),
    ),
    "S8": (
        call(
            *(S8, "29 12:00:00.390", "29 12:03:00.390", 19, 160, 179),
            external_id="odoo-call-00042",
            **API,
        ),
        # Of the agent's leg the report counts the wait for the contact as well.
        leg(
            *(S8, "18250101000", SARA, "29 12:00:00.700", "29 12:00:05.120", 175, 179),
            "c4e3f2a1908d7c3f2b6c0d9a8e47d1b5",
        ),
        leg(S8, "18250101001", CONTACT, "29 12:00:05.480", "29 12:00:19.950", 160, 174),
    ),
    "S10": (
        call(
            *(S10, "29 12:15:00.300", "29 12:15:45.300", 45, 0, 45),
            external_id="odoo-call-00044",
            **API,
        ),
        leg(S10, "18250102500", SARA, "29 12:15:00.300", "29 12:15:04.010", 41, 45),
        leg(S10, "18250102501", CONTACT, "29 12:15:04.300", None, None, 40),
    ),
}


def told(name_or_call, *legs):
    if isinstance(name_or_call, str):
        name_or_call, *legs = REPORTS[name_or_call]
    return notifications(name_or_call, legs, BASE)


def fetched_facts(*report):
    said = [from_object(event, body) for event, body in told(*report)]
    return [Fact(one.time or LATER, one) for one in said]


def verdict(timeline):
    parties = [
        Party(leg.key, leg.is_operator, True, leg.order, leg.answered_at, leg.ended_at)
        for leg in timeline.legs
    ]
    return judge(
        parties,
        outgoing=timeline.direction == "out",
        ended=timeline.state == "ended",
        lost=timeline.is_lost,
        talked=timeline.talked,
    )


def leg_facts(timeline):
    return [
        (leg.key, leg.is_operator, leg.employee_id, leg.state, leg.talk_seconds)
        for leg in timeline.legs
    ]


def call_facts(timeline):
    return (
        *(timeline.direction, timeline.state, timeline.is_lost, timeline.talked),
        *(timeline.wait_seconds, timeline.talk_seconds, timeline.total_seconds),
        *(timeline.external_id, timeline.contact_phone, timeline.virtual_phone),
        [(one.url, one.leg_key) for one in timeline.recordings],
    )


@pytest.mark.parametrize("name", REPORTS)
def test_r50_fetched_is_as_good_as_delivered(name):
    fetched, delivered = (
        build_timeline(fetched_facts(name)),
        build_timeline(facts(name)),
    )
    assert verdict(fetched) == verdict(delivered)
    assert leg_facts(fetched) == leg_facts(delivered)
    assert call_facts(fetched) == call_facts(delivered)


@pytest.mark.parametrize("name", REPORTS)
def test_r50_the_times_of_legs_are_those_of_the_webhooks_to_the_second(name):
    fetched, delivered = (
        build_timeline(fetched_facts(name)),
        build_timeline(facts(name)),
    )
    for mine, theirs in zip(fetched.legs, delivered.legs, strict=True):
        for when in ("started_at", "answered_at", "ended_at"):
            one, other = getattr(mine, when), getattr(theirs, when)
            assert bool(one) == bool(other), when
            assert not one or abs(one - other) <= timedelta(seconds=1), when


@pytest.mark.parametrize("name", REPORTS)
def test_r50_fetched_on_top_of_delivered_changes_nothing(name):
    delivered = build_timeline(facts(name))
    both = build_timeline([*facts(name), *fetched_facts(name)])
    assert verdict(both) == verdict(delivered)
    assert leg_facts(both) == leg_facts(delivered)
    assert both.recordings == delivered.recordings


@pytest.mark.parametrize("name", REPORTS)
def test_r50_what_was_delivered_in_part_is_completed(name):
    delivered = facts(name)
    whole = build_timeline(delivered)
    for missing in delivered:
        rest = [fact for fact in delivered if fact is not missing]
        completed = build_timeline([*rest, *fetched_facts(name)])
        assert verdict(completed) == verdict(whole), missing.event
        assert leg_facts(completed) == leg_facts(whole), missing.event


def test_r50_bodies_have_the_form_of_the_webhooks():
    event, body = told("S1")[0]
    assert event == "legout"
    assert body == {
        "notification_name": "get.call_legs_report",
        "virtual_phone_number": "97145550100",
        "notification_time": "2026-03-28 16:30:04.118",
        "external_id": None,
        "contact_info": {
            "contact_phone_number": "971505550123",
            "communication_number": None,
            "contact_id": None,
            "contact_full_name": None,
        },
        "employee_info": {
            "employee_full_name": "Sara Haddad",
            "employee_id": 701234,
        },
        "call_info": {
            "call_source": "va",
            "direction": "in",
            "call_session_id": 5241907731,
            "scenario_name": None,
            "talk_time_duration": None,
            "total_time_duration": None,
            "wait_time_duration": None,
            "tag_names": None,
            "is_lost": None,
        },
        "call_record_file_info": {"file_link": None, "call_record_duration": None},
        "leg_id": 18250044102,
        "leg_ids": [18250044101, 18250044102],
    }


def test_r50_the_same_rows_give_the_same_bodies():
    """Only so does the check for repeats see them."""
    report, *legs = REPORTS["S5"]
    assert told(report, *legs) == told(report, *reversed(legs))


def test_r50_recordings_are_where_the_documents_say():
    report, *legs = REPORTS["S1"]
    links = [
        body["call_record_file_info"]["file_link"]
        for event, body in notifications(
            replace(
                report, communication_id="77", records=("aa",), voice_mails=("bb",)
            ),
            legs,
            "https://app.callgear.com/",
        )
        if event == "recording"
    ]
    media = "https://app.callgear.com/system/media"
    assert links == [
        f"{media}/talk/77/3f2b6c0d9a8e47d1b5c4e3f2a1908d7c/",
        f"{media}/talk/77/aa/",
        f"{media}/voice_mail/77/bb/",
    ]


def test_r50_a_file_of_call_and_leg_is_told_once():
    report, *legs = REPORTS["S1"]
    report = replace(report, records=legs[1].records)
    assert [event for event, _body in told(report, *legs)].count("recording") == 1


def test_r16_s5_each_recording_goes_to_the_conversation_of_its_leg():
    timeline = build_timeline(fetched_facts("S5"))
    assert [(one.leg_key, one.seconds) for one in timeline.recordings] == [
        ("18250082001", 173),
        ("18250082002", 282),
    ]


def test_r50_without_legs_the_call_alone_tells_who_talked():
    report, *_legs = REPORTS["S5"]
    timeline = build_timeline(fetched_facts(report))
    assert [leg.employee_id for leg in timeline.operator_legs] == [OMAR[0]]
    assert verdict(timeline).outcome == "answered"


def test_r25_without_legs_a_missed_call_is_that_of_who_was_rung_last():
    report, *_legs = REPORTS["S2"]
    timeline = build_timeline(fetched_facts(report))
    assert [leg.employee_id for leg in timeline.operator_legs] == [OMAR[0]]
    assert verdict(timeline).outcome == "missed"


def test_r25_a_caller_who_reached_nobody_has_a_leg():
    report = call("5", "28 17:20:01.000", "28 17:20:10.000", 9, 0, 9)
    own = leg("5", "51", CONTACT, "28 17:20:01.000", "28 17:20:01.000", 9, 9)
    assert [event for event, _body in told(report, own)] == ["endleg", "end"]
    timeline = build_timeline(fetched_facts(report, replace(own, is_talked=False)))
    assert verdict(timeline).reason == "missed_before_ringing"


@pytest.mark.parametrize("answered", [True, False])
def test_r23_a_softphone_call_begins_with_its_callout(answered):
    talk = 116 if answered else 0
    report = call(
        *("6", "29 11:00:00.410", "29 11:02:10.410", 14, talk, 130),
        direction="out",
        source="sip",
    )
    own = leg("6", "60", SARA, "29 11:00:00.410", "29 11:00:00.410", 130, 130)
    rung = leg(
        *("6", "61", CONTACT, "29 11:00:00.655"),
        *(("29 11:00:14.020", 116) if answered else (None, None)),
        130,
    )
    assert told(report, own, rung)[0][0] == "callout"
    timeline = build_timeline(fetched_facts(report, own, rung))
    assert verdict(timeline).outcome == ("answered" if answered else "unanswered")
    assert timeline.operator_legs[0].talk_seconds == (talk or None)
    assert len(timeline.legs) == 2


def test_r50_who_only_listened_in_had_no_conversation():
    report, *legs = REPORTS["S1"]
    coach = replace(legs[1], leg_id="9", employee_id=OMAR[0], is_coach=True)
    assert told(report, *legs, coach) == told(report, *legs)


def test_r50_legs_of_other_calls_are_left_out():
    report, *legs = REPORTS["S1"]
    assert told(report, *legs, *REPORTS["S5"][1:]) == told(report, *legs)


def test_r50_a_call_that_goes_on_has_no_end():
    report, *legs = REPORTS["S1"]
    running = replace(report, finish_time=None, total_seconds=None)
    legs = [replace(leg, total_seconds=None, talk_seconds=None) for leg in legs]
    assert [event for event, _body in told(running, *legs)][:2] == ["legout", "handset"]
    assert "end" not in [event for event, _body in told(running, *legs)]
