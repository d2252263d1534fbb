# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The six bodies: keys and spelling of values."""

import json
import random
from datetime import datetime
from urllib.parse import parse_qs

import pytest

from simulator.disturbance import Disturbance
from simulator.templates import EVENTS, render

CALL = [
    "call_source",
    "direction",
    "call_session_id",
    "scenario_name",
    "talk_time_duration",
    "total_time_duration",
    "wait_time_duration",
    "tag_names",
    "is_lost",
]
PLAIN = {
    "notification_name": None,
    "virtual_phone_number": None,
    "notification_time": None,
    "external_id": None,
    "contact_info": [
        "contact_phone_number",
        "communication_number",
        "contact_id",
        "contact_full_name",
    ],
    "employee_info": ["employee_full_name", "employee_id"],
    "call_info": CALL,
    "call_record_file_info": ["file_link", "call_record_duration"],
    "leg_id": None,
    "leg_ids": None,
}
KEYS = {
    "handset": PLAIN,
    "legout": PLAIN,
    "callout": PLAIN,
    "endleg": {**PLAIN, "call_info": [*CALL[:4], "is_operator", *CALL[4:]]},
    "end": {**PLAIN, "last_scenario_operation_name": None, "group_ids": None},
    "recording": {
        **PLAIN,
        "call_record_file_info": [
            "file_link",
            "call_record_duration",
            "record_file_links",
        ],
    },
}
VALUES = {
    "notification_time": "2026-03-28 16:30:04.118",
    "contact_full_name": 'Марьям "Мими" \\ Халиль',
    "call_session_id": 5241907731,
    "is_lost": False,
    "tag_names": ["Delivery"],
}
MOMENT = datetime(2026, 3, 28, 16, 30, 4, 118_000)


@pytest.mark.parametrize("event", EVENTS)
def test_keys_and_their_order_are_those_of_the_specification(event):
    body = json.loads(render(event, VALUES))
    shape = {
        key: list(value) if isinstance(value, dict) else None
        for key, value in body.items()
    }
    assert shape == KEYS[event]
    assert list(body) == list(KEYS[event])


def test_values_are_json_tokens():
    text = render("end", VALUES)
    assert '"call_session_id":5241907731,' in text
    assert '"is_lost" : false' in text
    assert '"tag_names": ["Delivery"]' in text
    assert '"external_id": null' in text
    body = json.loads(text)
    assert body["contact_info"]["contact_full_name"] == VALUES["contact_full_name"]
    assert body["notification_name"] == "Call finished"
    assert "{{" not in text


def test_time_with_and_without_milliseconds():
    def time_of(disturbance):
        return json.loads(disturbance.body_of("end", VALUES, MOMENT)[0])[
            "notification_time"
        ]

    assert time_of(Disturbance()) == "2026-03-28 16:30:04.118"
    assert time_of(Disturbance(whole_seconds=True)) == "2026-03-28 16:30:04"


def test_broken_bodies():
    quotes, kind = Disturbance(body="quotes").body_of("endleg", VALUES, MOMENT)
    assert (
        '"notification_name":""Call leg finished""' in quotes
        and '"call_session_id":"5241907731"' in quotes
    )
    assert '"is_lost" : "false"' in quotes and '"leg_id": "null"' in quotes
    assert kind == "application/json"
    left, _kind = Disturbance(body="placeholder").body_of("callout", VALUES, MOMENT)
    assert (
        '"leg_id": {{leg_id}}' in left and '"notification_name":"Outbound call"' in left
    )
    form, kind = Disturbance(body="form").body_of("end", VALUES, MOMENT)
    assert (
        kind == "application/x-www-form-urlencoded"
        and form.startswith("%7B")
        and form.endswith("%7D=")
    )
    ((key, value),) = parse_qs(form, keep_blank_values=True).items()
    assert (
        value == [""] and json.loads(key)["call_info"]["call_session_id"] == 5241907731
    )
    for text in (quotes, left, form):
        with pytest.raises(ValueError):
            json.loads(text)


def test_everything_as_strings():
    body = json.loads(
        Disturbance(strings=True, empty_texts=True).body_of("end", VALUES, MOMENT)[0]
    )
    assert body["call_info"]["call_session_id"] == "5241907731"
    assert body["call_info"]["is_lost"] == "false"
    assert body["external_id"] == "" and body["leg_id"] is None


def test_text_plain_is_still_json():
    text, kind = Disturbance(text_plain=True).body_of("end", VALUES, MOMENT)
    assert kind == "text/plain" and json.loads(text)


def test_shuffling_moves_the_sending_and_not_the_event(steps):
    plan = Disturbance(shuffle=True).arrange(steps, random.Random(3))
    assert [at for at, _step in plan] == [step.at for step in steps]
    assert [step for _at, step in plan] != steps
    assert sorted(step.at for _at, step in plan) == [step.at for step in steps]
    assert plan == Disturbance(shuffle=True).arrange(steps, random.Random(3))


def test_repeats_and_gaps(steps):
    twice = Disturbance(duplicate=True).arrange(steps, random.Random(0))
    assert len(twice) == 2 * len(steps)
    less = Disturbance(drop=("handset", "endleg")).arrange(steps, random.Random(0))
    assert [step.event for _at, step in less] == ["legout", "end", "recording"]
    late = Disturbance(delay=2).arrange(steps, random.Random(0))
    assert late[0][0] == steps[0].at + 2


@pytest.fixture
def steps():
    from simulator.parameters import Parameters
    from simulator.people import CONTACTS
    from simulator.scenarios import SCENARIOS

    parameters = Parameters(5_000_000_001, 18_000_000_020, CONTACTS[0])
    return SCENARIOS["answered"].play(parameters).steps
