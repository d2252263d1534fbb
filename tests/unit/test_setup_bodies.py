# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R2: the six bodies to paste are those of the specification, key for key."""

import json
import re

import pytest

from odoo.addons.callgear_integration.callgear.notification import EVENTS, parse
from odoo.addons.callgear_integration.callgear.templates import body_text, template

COMMON = {
    "notification_name": "notification_name",
    "virtual_phone_number": "virtual_phone_number",
    "notification_time": "notification_time",
    "external_id": "external_id",
    "contact_info": {
        "contact_phone_number": "contact_phone_number",
        "communication_number": "communication_number",
        "contact_id": "contact_id",
        "contact_full_name": "contact_full_name",
    },
    "employee_info": {
        "employee_full_name": "employee_full_name",
        "employee_id": "employee_id",
    },
    "call_info": {
        "call_source": "call_source",
        "direction": "direction",
        "call_session_id": "call_session_id",
        "scenario_name": "scenario_name",
        "talk_time_duration": "talk_time_duration",
        "total_time_duration": "total_time_duration",
        "wait_time_duration": "wait_time_duration",
        "tag_names": "tag_names",
        "is_lost": "is_lost",
    },
    "call_record_file_info": {
        "file_link": "file_link",
        "call_record_duration": "file_duration",
    },
    "leg_id": "leg_id",
    "leg_ids": "leg_ids",
}
ENDLEG = {
    **COMMON,
    "call_info": {**COMMON["call_info"], "is_operator": "is_operator"},
}
END = {
    **COMMON,
    "last_scenario_operation_name": "last_scenario_operation_name",
    "group_ids": "group_ids",
}
RECORDING = {
    **COMMON,
    "call_record_file_info": {
        "file_link": "file_link",
        "call_record_duration": "file_duration",
        "record_file_links": "record_file_links",
    },
}
BODIES = {
    "handset": COMMON,
    "endleg": ENDLEG,
    "end": END,
    "recording": RECORDING,
    "legout": COMMON,
    "callout": COMMON,
}


def test_r3_there_are_six_events():
    assert set(EVENTS) == set(BODIES)


@pytest.mark.parametrize("event", BODIES)
def test_r2_body_is_that_of_the_specification(event):
    assert template(event) == BODIES[event]


@pytest.mark.parametrize("event", BODIES)
def test_r2_text_to_paste_holds_each_placeholder_bare(event):
    """CallGear brings the quotes along, so quotes around a placeholder would double."""
    text = body_text(event)
    assert '"{{' not in text and '}}"' not in text
    quoted = re.sub(r"\{\{(\w+)\}\}", r'"\1"', text)
    assert json.loads(quoted) == BODIES[event]


@pytest.mark.parametrize("event", BODIES)
def test_r2_each_placeholder_stands_once(event):
    names = re.findall(r"\{\{(\w+)\}\}", body_text(event))
    assert len(names) == len(set(names))


@pytest.mark.parametrize("event", BODIES)
def test_r2_text_to_paste_stands_one_key_a_line(event):
    lines = body_text(event).splitlines()
    assert (lines[0], lines[-1]) == ("{", "}")
    assert all(line.startswith("  ") for line in lines[1:-1])


VALUES = {
    "notification_time": '"2026-03-28 16:30:04.118"',
    "call_session_id": "5241907731",
    "leg_id": "18250044102",
    "employee_id": "701234",
    "direction": '"in"',
    "contact_full_name": r'"Maryam \"M\" Khalil"',
    "talk_time_duration": "209",
    "file_duration": "208",
    "file_link": '"https://app.callgear.ae/1/"',
    "record_file_links": '["https://app.callgear.ae/1/"]',
    "is_operator": "true",
    "is_lost": "false",
}


@pytest.mark.parametrize("event", BODIES)
def test_r2_what_callgear_makes_of_the_text_can_be_read(event):
    body = re.sub(
        r"\{\{(\w+)\}\}", lambda name: VALUES.get(name[1], "null"), body_text(event)
    )
    said = parse(event, body.encode())
    assert said.session_id == "5241907731"
    assert said.leg_id == "18250044102"
    assert said.employee_id == "701234"
    assert said.contact_name == 'Maryam "M" Khalil'
    assert (said.talk_seconds, said.file_seconds) == (209, 208)
    assert said.file_urls == ("https://app.callgear.ae/1/",)
    assert said.is_operator is (True if event == "endleg" else None)
    assert said.is_lost is False
