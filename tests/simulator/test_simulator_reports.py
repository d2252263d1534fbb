# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Data API: the calls and legs that the simulator knows, R50."""

from datetime import datetime, timedelta, timezone

import pytest

from simulator.scenarios import SCENARIOS

SARA, OMAR = 701234, 701235
DAY = {"date_from": "2026-03-28 00:00:00", "date_till": "2026-03-28 23:59:59"}


def calls(simulator, *fields, **params):
    """The rows of calls, with fields that do not come by themselves."""
    fields = list(fields) or None
    return simulator.data("get.calls_report", **{**DAY, **params}, fields=fields)


def legs_of(simulator, *fields, **params):
    fields = list(fields) or None
    return simulator.data("get.call_legs_report", **{**DAY, **params}, fields=fields)


def past(simulator, scenario, **order):
    """A call of a certain day."""
    order = {"start_time": "2026-03-28T16:30:00", "speed": 0, **order}
    call = simulator.place(scenario, **order)
    simulator.finish(call)
    return call


def today(**further):
    local = datetime.now(timezone(timedelta(hours=4)))
    day = timedelta(days=1)
    return {
        "date_from": f"{local - day:%Y-%m-%d %H:%M:%S}",
        "date_till": f"{local + day:%Y-%m-%d %H:%M:%S}",
        **further,
    }


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_call_is_in_the_report(simulator, receiver, name):
    call = past(simulator, name, disturbance={"drop": ["legout"]})
    (row,) = simulator.data("get.calls_report", **DAY)
    said = receiver.bodies[receiver.events.index("end")]["call_info"]
    assert row["id"] == row["communication_id"] == call
    assert row["source"] == said["call_source"]
    assert row["direction"] == said["direction"]
    assert row["is_lost"] is said["is_lost"]
    assert row["talk_duration"] == said["talk_time_duration"]
    assert row["total_duration"] == said["total_time_duration"]
    legs = simulator.data("get.call_legs_report", **DAY)
    assert [leg["id"] for leg in legs] == receiver.bodies[-1]["leg_ids"]
    assert {leg["call_session_id"] for leg in legs} == {call}


def test_times_are_the_accounts(simulator):
    past(simulator, "answered", menu_seconds=3, ring_seconds=8, talk_seconds=60)
    (row,) = simulator.data("get.calls_report", **DAY)
    assert row["start_time"] == "2026-03-28 16:30:00"
    assert row["finish_time"] == "2026-03-28 16:31:11"
    operator = simulator.data("get.call_legs_report", **DAY)[1]
    assert operator["start_time"] == "2026-03-28 16:30:03"
    assert operator["connect_time"] == "2026-03-28 16:30:11"
    assert (operator["duration"], operator["total_duration"]) == (60, 68)


def test_recordings_are_tied_to_operators(simulator, receiver):
    call = past(simulator, "blind-transfer")
    names = ("first_talked_employee_id", "last_talked_employee_full_name")
    (row,) = calls(simulator, "call_records", "is_transfer", *names)
    links = receiver.bodies[-1]["call_record_file_info"]["record_file_links"]
    assert [f"/system/media/talk/{call}/{name}/" for name in row["call_records"]] == [
        link.removeprefix(simulator.server.url) for link in links
    ]
    assert row["is_transfer"] is True
    assert row["first_talked_employee_id"] == SARA
    assert row["last_talked_employee_full_name"] == "Omar Nasser"
    legs = simulator.data("get.call_legs_report", **DAY)
    assert [(leg["employee_id"], leg["call_records"]) for leg in legs] == [
        (None, []),
        (SARA, row["call_records"][:1]),
        (OMAR, row["call_records"][1:]),
    ]
    assert [leg["is_transfered"] for leg in legs] == [False, False, True]


def test_a_message_on_the_machine(simulator):
    call = past(simulator, "voicemail")
    (row,) = calls(simulator, "call_records", "voice_mail_records")
    assert row["call_records"] == [] and len(row["voice_mail_records"]) == 1
    name = row["voice_mail_records"][0]
    for kind in ("talk", "voice_mail"):
        audio = simulator.ask("GET", f"/system/media/{kind}/{call}/{name}/")
        assert audio.headers["Content-Type"] == "audio/mpeg"


def test_who_was_rung(simulator):
    past(simulator, "missed")
    (row,) = calls(simulator, "employees", "last_talked_employee_id")
    assert row["employees"] == [
        {
            "employee_id": number,
            "employee_full_name": name,
            "is_answered": False,
            "is_talked": False,
        }
        for number, name in ((SARA, "Sara Haddad"), (OMAR, "Omar Nasser"))
    ]
    assert row["last_talked_employee_id"] is None


def test_a_call_that_was_never_told(simulator, receiver):
    """R50: no notification, and yet the report knows it by its external id."""
    simulator.change(api_silent=True)
    call = simulator.talk(external_id="odoo-7")
    wanted = {"field": "call_api_external_id", "operator": "=", "value": "odoo-7"}
    assert simulator.data("get.calls_report", **today(filter=wanted)) == []
    (row,) = simulator.data(
        "get.calls_report", **today(filter=wanted, include_ongoing_calls=True)
    )
    assert (row["id"], row["finish_time"], row["is_lost"]) == (call, None, None)
    simulator.press(call, "hangup")
    (row,) = simulator.data("get.calls_report", **today(filter=wanted))
    assert row["finish_time"] and row["is_lost"] is False
    by_id = {"field": "id", "operator": "=", "value": call}
    assert simulator.data("get.calls_report", **today(filter=by_id)) == [row]
    assert receiver.events == []


def test_a_call_whose_telling_was_cut_off(simulator):
    """R50: the exchange goes down in the middle; later the report knows the rest."""
    call = simulator.place("live")
    simulator.press(call, "answer")
    simulator.press(call, "stop")
    (row,) = simulator.data("get.calls_report", **today())
    assert row["id"] == call and row["finish_time"] and row["is_lost"] is False


def test_a_running_call_has_neither_end_nor_records_of_legs(simulator):
    simulator.place("answered", menu_seconds=0, ring_seconds=600)
    assert calls(simulator, **today()) == []
    (row,) = calls(simulator, **today(include_ongoing_calls=True))
    assert (row["finish_time"], row["finish_reason"], row["is_lost"]) == (None,) * 3
    assert legs_of(simulator, **today()) == []
    refused = simulator.refused(
        "get.call_legs_report", **today(include_ongoing_calls=True)
    )
    assert refused == ("unexpected_parameters", "include_ongoing_calls")


def test_much_comes_only_by_name(simulator):
    past(simulator, "answered")
    (row,) = calls(simulator)
    assert not {"employees", "call_api_external_id", "scenario_operations"} & set(row)
    (row,) = calls(simulator, "scenario_operations", "tags")
    assert set(row) == {"scenario_operations", "tags"}
    assert row["scenario_operations"][0]["name"] == "Forwarding 1 (by priority)"
    assert "is_talked" not in legs_of(simulator)[0]
    talked = [leg["is_talked"] for leg in legs_of(simulator, "is_talked")]
    assert talked == [True, True]


@pytest.mark.parametrize(
    ("window", "found"),
    [
        (("2026-03-28 16:30:00", "2026-03-28 16:30:00"), 1),
        (("2026-03-28 16:30:01", "2026-03-28 23:59:59"), 0),
        # Twelve o'clock in UTC: whoever sends that asks for other calls.
        (("2026-03-28 12:00:00", "2026-03-28 13:00:00"), 0),
        (("2026-01-28 00:00:00", "2026-04-28 00:00:00"), 1),
    ],
)
def test_the_window_is_in_the_accounts_zone(simulator, window, found):
    past(simulator, "answered")
    rows = simulator.data("get.calls_report", date_from=window[0], date_till=window[1])
    assert len(rows) == found


@pytest.mark.parametrize(
    ("params", "refusal"),
    [
        ({}, "required_parameter_missed"),
        ({"date_from": "2026-03-28 00:00:00"}, "required_parameter_missed"),
        ({**DAY, "date_from": "2026-03-28T00:00:00"}, "invalid_parameter_value"),
        ({**DAY, "date_from": 20260328}, "data_type_error"),
        ({**DAY, "date_from": "2026-03-29 00:00:00"}, "invalid_parameter_value"),
        ({**DAY, "date_from": "2025-12-28 23:59:58"}, "date_interval_limit_reached"),
    ],
)
@pytest.mark.parametrize("method", ["get.calls_report", "get.call_legs_report"])
def test_a_wrong_window_is_refused(simulator, method, params, refusal):
    assert simulator.refused(method, **params)[0] == refusal


def test_reports_are_sorted_and_paged(simulator):
    calls = [
        past(simulator, "menu", start_time=f"2026-03-28T16:{minute}:00")
        for minute in (30, 10, 20)
    ]
    rows = simulator.data("get.calls_report", **DAY)
    assert [row["id"] for row in rows] == [calls[1], calls[2], calls[0]]
    latest = [{"field": "start_time", "order": "desc"}]
    answer = simulator.rpc("get.calls_report", **DAY, sort=latest, limit=1)
    assert [row["id"] for row in answer["result"]["data"]] == [calls[0]]
    assert answer["result"]["metadata"]["total_items"] == 3
