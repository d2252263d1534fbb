# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R18, R52: calls are started and steered in the words of the Call API."""

from datetime import datetime

import pytest

from odoo.addons.callgear_integration.callgear.call_api import (
    ActiveCall,
    CallApi,
)
from odoo.addons.callgear_integration.callgear.errors import (
    BadAnswer,
    BadRequest,
    Refused,
)

from .api_server import KEY, QUICK, api_server, success

SESSION = "5241931900"
DONE = success({"success": "true"})
TTS = {"type": "tts", "value": "One moment, please."}


def start(server, **changes):
    values = {
        "contact": "+971505550123",
        "virtual_phone": "+97145550100",
        "employee_id": "701234",
        "external_id": "odoo-call-00042",
    }
    return CallApi(server.api(), KEY, **QUICK).start_employee_call(**values | changes)


def asked(action, answer=DONE):
    """What one method asks CallGear for: method and params."""
    with api_server(answer) as server:
        action(CallApi(server.api(), KEY, **QUICK))
        return server.methods, server.params


# ------------------------------------------------------------------------------ started


def test_r18_the_agents_phone_rings_first_and_the_call_is_outgoing():
    with api_server(success({"call_session_id": 5241931900})) as server:
        assert start(server) == SESSION
    assert server.methods == ["start.employee_call"]
    assert server.params == {
        "first_call": "employee",
        "direction": "out",
        "virtual_phone_number": "97145550100",
        "contact": "971505550123",
        "external_id": "odoo-call-00042",
        "employee": {"id": 701234},
    }


def test_r18_a_chosen_phone_of_the_agent_is_rung():
    with api_server(success({"call_session_id": 5241931900})) as server:
        start(server, phone="+971501112233")
    assert server.params["employee"] == {"id": 701234, "phone_number": "971501112233"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"contact": "Maryam"}, "contact"),
        ({"contact": ""}, "contact"),
        ({"contact": "97150555 0123"}, "contact"),
        ({"contact": "1" * 50}, "contact"),
        ({"contact": "٩٧١٥٠٥٥٥٠١٢٣"}, "contact"),
        ({"virtual_phone": None}, "virtual_phone_number"),
        ({"employee_id": "701234.0"}, "employee.id"),
        ({"employee_id": "0"}, "employee.id"),
        ({"employee_id": True}, "employee.id"),
        ({"external_id": ""}, "external_id"),
        ({"external_id": "a\nb"}, "external_id"),
        ({"external_id": "a" * 200}, "external_id"),
        ({"phone": "1 2"}, "employee.phone_number"),
    ],
)
def test_r22_what_cannot_be_dialled_is_refused_before_it_is_sent(changes, field):
    with api_server() as server, pytest.raises(BadRequest) as caught:
        start(server, **changes)
    assert caught.value.mnemonic == "invalid_parameter_value"
    assert (caught.value.field, caught.value.certain) == (field, True)
    assert not server.calls


@pytest.mark.parametrize("data", [None, [], {}, {"call_session_id": 0}, {"x": 1}])
def test_r22_a_start_whose_answer_names_no_call_may_have_worked(data):
    with api_server(success(data)) as server, pytest.raises(BadAnswer) as caught:
        start(server)
    assert not caught.value.certain


@pytest.mark.parametrize("told", [5241931900, "5241931900", 5241931900.0])
def test_ids_are_texts_however_they_are_written(told):
    with api_server(success({"call_session_id": told})) as server:
        assert start(server) == SESSION


# ------------------------------------------------------------------------------ steered


@pytest.mark.parametrize(
    ("action", "method", "params"),
    [
        (lambda api: api.release_call(SESSION), "release.call", {}),
        (
            lambda api: api.hold_call(SESSION, " One  moment,\nplease. "),
            "hold.call",
            {"contact_message": TTS},
        ),
        (lambda api: api.unhold_call(SESSION), "unhold.call", {}),
        (
            lambda api: api.make_call(SESSION, "+971501112233"),
            "make.call",
            {"to": "971501112233"},
        ),
        (lambda api: api.make_call(SESSION, "102"), "make.call", {"to": "102"}),
        (lambda api: api.transfer_talk(SESSION), "transfer.talk", {}),
        (lambda api: api.restore_talk(SESSION), "restore.talk", {}),
    ],
)
def test_r52_calls_are_steered(action, method, params):
    assert asked(action) == ([method], {"call_session_id": 5241931900} | params)


@pytest.mark.parametrize(
    "data", [{"success": "true"}, {"success": True}, {"success": 1}, {}, None, []]
)
def test_r52_success_is_told_in_many_ways(data):
    asked(lambda api: api.release_call(SESSION), success(data))


@pytest.mark.parametrize("told", ["false", False, 0])
def test_r52_what_was_not_done_is_an_error(told):
    with pytest.raises(Refused):
        asked(lambda api: api.release_call(SESSION), success({"success": told}))


@pytest.mark.parametrize(
    "action",
    [
        lambda api: api.release_call("x"),
        lambda api: api.release_call(None),
        lambda api: api.make_call(SESSION, "a b"),
        lambda api: api.make_call(SESSION, ""),
        lambda api: api.hold_call(SESSION, " "),
    ],
)
def test_r52_what_makes_no_sense_is_not_sent(action):
    with api_server() as server, pytest.raises(BadRequest) as caught:
        action(CallApi(server.api(), KEY, **QUICK))
    assert caught.value.mnemonic == "invalid_parameter_value"
    assert not server.calls


def test_r52_a_long_text_to_be_read_out_is_cut():
    _methods, params = asked(lambda api: api.hold_call(SESSION, "a" * 5000))
    assert len(params["contact_message"]["value"]) == 500


# ------------------------------------------------------------------------------ running

ROW = {
    "call_session_id": 5241931900,
    "direction": "out",
    "start_time": "2026-03-29T12:00:00.418",
    "virtual_phone_number": "97145550100",
    "contact_phone_number": "971505550123",
    "external_id": "odoo-call-00042",
    "tags": [{"tag_id": 1, "tag_name": "x"}],
    "unforeseen": {"a": [1]},
    "legs": [
        {
            "leg_id": 18250101000,
            "calling_phone_number": "97145550100",
            "called_phone_number": "0288122",
            "is_operator": True,
            "employee_id": 701234,
            "employee_full_name": "Sara Haddad (amoCRM)",
            "record_call_enabled": True,
            "state": "Разговор",
        },
        {
            "leg_id": 18250101001,
            "called_phone_number": "971505550123...9.2",
            "is_operator": False,
            "employee_id": None,
        },
    ],
}


def running(*rows):
    with api_server(success(list(rows))) as server:
        return CallApi(server.api(), KEY, **QUICK).list_calls()


def test_r4_running_calls_are_asked_for_without_conditions():
    assert asked(lambda api: api.list_calls(), success([])) == (["list.calls"], {})


def test_r48_a_running_call():
    assert running(ROW) == (
        ActiveCall(
            session_id="5241931900",
            external_id="odoo-call-00042",
            direction="out",
            start_time=datetime(2026, 3, 29, 12, 0, 0, 418000),
            virtual_phone="97145550100",
            contact_phone="971505550123",
        ),
    )


@pytest.mark.parametrize("nothing", [None, "", [], {}])
def test_r48_what_is_empty_is_empty(nothing):
    empty = dict.fromkeys(ROW, nothing) | {"call_session_id": "5241931900"}
    assert running(empty) == (ActiveCall("5241931900"),)


def test_r48_rows_that_tell_no_call_are_left_out():
    assert running(None, 5, "x", [], {}, {"call_session_id": {}}, ROW) == running(ROW)


def test_r50_what_is_not_in_the_list_is_over_only_if_all_of_it_can_be_read():
    with api_server(success([ROW, None])) as server, pytest.raises(BadAnswer):
        CallApi(server.api(), KEY, **QUICK).list_calls(whole=True)


@pytest.mark.parametrize("data", [None, {}, "", []])
def test_r48_no_calls(data):
    with api_server(success(data)) as server:
        assert CallApi(server.api(), KEY, **QUICK).list_calls() == ()
