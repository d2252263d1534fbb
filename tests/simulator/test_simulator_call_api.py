# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Call API: starting calls, seeing them, ending them."""

import pytest

SARA, OMAR = 701234, 701235


def test_a_started_call_is_answered_by_hand(simulator, receiver):
    call = simulator.dial()
    view = simulator.ask("GET", f"/api/calls/{call}").json()
    assert (view["scenario"], view["state"]) == ("live-click-to-call", "ringing")
    assert [leg["actions"] for leg in view["legs"]] == [["answer", "decline"]]
    simulator.press(call, "answer")
    assert simulator.press(call, "answer")["state"] == "talking"
    simulator.press(call, "hangup")
    simulator.finish(call)
    assert receiver.events == [
        "legout",
        "handset",
        "legout",
        "handset",
        "endleg",
        "endleg",
        "end",
        "recording",
    ]
    assert {body["external_id"] for body in receiver.bodies} == {"odoo-call-1"}
    assert {
        (body["call_info"]["call_source"], body["call_info"]["direction"])
        for body in receiver.bodies
    } == {("callapi", "out")}


def test_without_a_direction_the_call_counts_as_incoming(simulator, receiver):
    simulator.dial(direction=None, external_id=None)
    receiver.wait(1)
    assert receiver.bodies[0]["call_info"]["direction"] == "in"
    assert receiver.bodies[0]["external_id"] is None


def test_the_contact_can_be_rung_first(simulator, receiver):
    call = simulator.dial(first_call="contact")
    assert simulator.press(call, "answer")["state"] == "ringing"
    assert simulator.press(call, "answer")["state"] == "talking"
    receiver.wait(4)
    assert [body["employee_info"]["employee_id"] for body in receiver.bodies] == [
        None,
        None,
        SARA,
        SARA,
    ]


def test_declined_by_the_agent(simulator, receiver):
    call = simulator.dial()
    assert simulator.press(call, "hangup", employee_id=SARA)["state"] == "ended"
    simulator.finish(call)
    assert receiver.events == ["legout", "endleg", "end"]


def test_notifications_wait_for_the_answer(simulator, receiver):
    simulator.change(api_delay=0.3)
    simulator.dial()
    # All that time the call was there, and nothing was told of it.
    assert receiver.events == []
    assert receiver.wait(1) == ["legout"]


def test_a_notification_can_come_before_the_answer(simulator, receiver):
    simulator.change(api_webhook_first=True)
    simulator.dial()
    assert receiver.events == ["legout"]


def test_notifications_can_stay_away(simulator, receiver):
    simulator.change(api_silent=True)
    call = simulator.talk()
    assert [row["call_session_id"] for row in simulator.data("list.calls")] == [call]
    simulator.press(call, "hangup")
    simulator.finish(call)
    assert receiver.events == []


def test_a_bare_number_can_be_connected(simulator, receiver):
    call = simulator.data(
        "start.simple_call",
        first_call="operator",
        virtual_phone_number="97145550100",
        contact="971505550123",
        operator="971505559999",
    )["call_session_id"]
    assert simulator.press(call, "answer")["state"] == "ringing"
    receiver.wait(2)
    assert receiver.bodies[0]["employee_info"]["employee_id"] is None


def test_a_virtual_number_can_be_called(simulator, receiver):
    call = simulator.data(
        "start.vnumber_call",
        first_call="employee",
        virtual_phone_number="97145550200",
        contact="971505550123",
    )["call_session_id"]
    receiver.wait(1)
    assert receiver.bodies[0]["call_info"]["call_session_id"] == call
    assert receiver.bodies[0]["virtual_phone_number"] == "97145550200"


def test_running_calls_are_listed(simulator):
    call = simulator.talk()
    waiting = simulator.place("live", operators=[OMAR], caller="+447700900123")
    rows = simulator.data("list.calls")
    assert [row["call_session_id"] for row in rows] == [call, waiting]
    own, incoming = rows
    assert own["external_id"] == "odoo-call-1" and own["direction"] == "out"
    assert [(leg["is_operator"], leg["employee_id"]) for leg in own["legs"]] == [
        (True, SARA),
        (False, None),
    ]
    assert {leg["state"] for leg in own["legs"]} == {"Talking"}
    assert own["legs"][1]["called_phone_number"] == "971505550123"
    assert incoming["contact_phone_number"] == "447700900123"
    assert incoming["legs"][1]["state"] == "Dial"
    only = simulator.data("list.calls", direction="in")
    assert [row["call_session_id"] for row in only] == [waiting]
    # As documented, a number can only be asked for if it is a Russian one.
    assert simulator.refused("list.calls", virtual_phone_number="97145550100") == (
        "invalid_parameter_value",
        "virtual_phone_number",
    )


def test_release_ends_the_call_for_all(simulator, receiver):
    call = simulator.talk()
    assert simulator.data("release.call", call_session_id=call) == {"success": "true"}
    simulator.finish(call)
    assert receiver.events[-2:] == ["end", "recording"]
    assert simulator.data("list.calls") == []
    again = simulator.refused("release.call", call_session_id=call)
    assert again == ("call_session_not_found", "call_session_id")


def test_a_scripted_call_cannot_be_steered(simulator):
    call = simulator.place("answered")
    assert simulator.refused("release.call", call_session_id=call)[0] == "invalid_state"


def test_disconnecting_the_contact_ends_the_call(simulator):
    call = simulator.talk()
    contact = simulator.data("list.calls")[0]["legs"][1]["leg_id"]
    wrong = simulator.refused("disconnect.leg", call_session_id=call, leg_id=1)
    assert wrong == ("leg_not_found", "leg_id")
    simulator.data("disconnect.leg", call_session_id=call, leg_id=contact)
    assert simulator.ask("GET", f"/api/calls/{call}").json()["state"] == "ended"


def test_a_tag_is_told_at_the_end(simulator, receiver):
    call = simulator.talk()
    simulator.data("tag.call", call_session_id=call, tag_id=1002)
    again = simulator.refused("tag.call", call_session_id=call, tag_id=1002)
    assert again[0] == "duplicate_tag"
    unknown = simulator.refused("tag.call", call_session_id=call, tag_id=5)
    assert unknown[0] == "tag_not_found"
    simulator.press(call, "hangup")
    simulator.finish(call)
    end = receiver.bodies[receiver.events.index("end")]
    assert end["call_info"]["tag_names"] == ["Complaint"]


@pytest.mark.parametrize(
    ("params", "refusal"),
    [
        ({"employee": {"id": "701234"}}, ("data_type_error", "employee.id")),
        ({"employee": {"id": True}}, ("data_type_error", "employee.id")),
        ({"employee": {"id": 1}}, ("employee_not_found", "employee.id")),
        ({"employee": {"id": 701299}}, ("no_active_phone_number", "employee.id")),
        (
            {"employee": {"id": SARA, "phone_number": "0288102"}},
            ("no_active_phone_number", "employee.phone_number"),
        ),
        ({"employee": {}}, ("required_parameter_missed", "employee.id")),
        ({"employee": SARA}, ("data_type_error", "employee")),
        ({"contact": None}, ("required_parameter_missed", "contact")),
        ({"contact": "+971505550123"}, ("invalid_parameter_value", "contact")),
        ({"contact": "102"}, ("invalid_parameter_value", "contact")),
        ({"contact": 971505550123}, ("data_type_error", "contact")),
        ({"contact": "\ud800"}, ("character_encoding_not_allowed", "contact")),
        (
            {"contact": "97145550200"},
            ("own_virtual_phone_number_not_allowed", "contact"),
        ),
        ({"contact": "971505550666"}, ("contact_in_blacklist", "contact")),
        (
            {"virtual_phone_number": "97140000000"},
            ("virtual_phone_number_not_found", "virtual_phone_number"),
        ),
        ({"direction": "OUT"}, ("invalid_parameter_value", "direction")),
        ({"first_call": "operator"}, ("invalid_parameter_value", "first_call")),
        ({"colour": "red"}, ("unexpected_parameters", "colour")),
        ({"dtmf_string": "1a"}, ("invalid_parameter_value", "dtmf_string")),
        ({"media_file_id": 1}, ("media_file_not_found", "media_file_id")),
        (
            {"contact_message": {"type": "tts", "value": "x" * 501}},
            ("tts_text_exceeded", "contact_message.value"),
        ),
        (
            {"early_switching": True, "switch_at_once": True},
            ("invalid_parameters_combination", "early_switching"),
        ),
        (
            {"virtual_phone_usage_rule": "random"},
            ("parameter_component_disabled", "virtual_phone_usage_rule"),
        ),
    ],
)
def test_a_wrong_start_is_refused(simulator, params, refusal):
    start = {
        "first_call": "employee",
        "virtual_phone_number": "97145550100",
        "contact": "971505550123",
        "employee": {"id": SARA},
        **params,
    }
    assert simulator.refused("start.employee_call", **start) == refusal
    assert simulator.ask("GET", "/api/calls").json() == []


def test_an_employees_telephone_can_be_called(simulator):
    assert simulator.dial(contact="0288102")
    assert simulator.dial(employee={"id": SARA, "phone_number": "0288101"})


def test_a_generated_employee_can_be_rung(simulator, receiver):
    simulator.change(employees_generated=3)
    simulator.dial(employee={"id": 800003})
    receiver.wait(1)
    assert receiver.bodies[0]["employee_info"]["employee_full_name"] == "Agent 00003"


def test_the_blacklist_has_another_code_for_virtual_numbers(simulator):
    wish = {
        "first_call": "contact",
        "virtual_phone_number": "97145550100",
        "contact": "971505550666",
    }
    employee = simulator.rpc("start.employee_call", employee={"id": SARA}, **wish)
    assert employee["error"]["code"] == -32002
    assert simulator.rpc("start.vnumber_call", **wish)["error"]["code"] == -32602
