# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The API, the log, the page and scripted calls, over real sockets."""

import json
from datetime import datetime, timedelta, timezone

import pytest

from simulator.scenarios import SCENARIOS


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_arrives(simulator, receiver, name):
    call = simulator.finish(simulator.place(name, speed=0))
    assert call["sent"] == call["total"] == len(receiver.received) > 1
    assert {path.rsplit("/", 1)[0] for path, _type, _body in receiver.received} == {
        "/callgear/secret"
    }
    assert {kind for _path, kind, _body in receiver.received} == {"application/json"}
    assert receiver.events[-1] in ("end", "recording")


def test_a_call_played_at_once_has_just_ended(simulator, receiver):
    simulator.finish(simulator.place("missed", speed=0))
    simulator.finish(simulator.place("answered", speed=0, talk_seconds=100))
    times = [
        datetime.strptime(body["notification_time"], "%Y-%m-%d %H:%M:%S.%f")
        for body in receiver.bodies
    ]
    assert times == sorted(times), "the second call must not overlap the first"
    local = datetime.now(timezone(timedelta(hours=4))).replace(tzinfo=None)
    assert abs(times[4] - local) < timedelta(seconds=30), (
        "Asia/Dubai is the account's zone"
    )
    assert times[-1] - times[5] > timedelta(seconds=100)


def test_a_time_asked_for_is_kept(simulator, receiver):
    simulator.finish(
        simulator.place(
            "answered", speed=0, start_time="2026-03-28T16:30:00", ring_seconds=8
        )
    )
    simulator.finish(
        simulator.place(
            "answered", speed=0, start_time="2026-03-28T12:30:00Z", ring_seconds=8
        )
    )
    times = [body["notification_time"] for body in receiver.bodies]
    assert times[:2] == ["2026-03-28 16:30:03.000", "2026-03-28 16:30:11.000"]
    assert times[5] == times[0]


def test_a_hurried_call_happens_now(simulator, receiver):
    simulator.finish(simulator.place("answered", speed=200, talk_seconds=60))
    first, last = (
        datetime.strptime(
            receiver.bodies[index]["notification_time"], "%Y-%m-%d %H:%M:%S.%f"
        )
        for index in (0, -1)
    )
    assert timedelta(0) < last - first < timedelta(seconds=2)
    assert receiver.bodies[-2]["call_info"]["talk_time_duration"] == 60


def test_the_same_seed_gives_the_same_call(simulator, receiver):
    call = simulator.place("answered", speed=0)
    assert call == 5_000_000_000 + 1_000_001
    simulator.finish(call)
    assert receiver.bodies[0]["leg_id"] > 2**31


def test_own_people(simulator, receiver):
    simulator.finish(
        simulator.place(
            "answered",
            speed=0,
            caller="+49 151 000",
            caller_name="Eva",
            operators=[{"employee_id": "9", "full_name": "Z"}],
        )
    )
    body = receiver.bodies[0]
    assert body["contact_info"]["contact_phone_number"] == "49151000"
    assert body["contact_info"]["contact_full_name"] == "Eva"
    assert body["employee_info"] == {"employee_full_name": "Z", "employee_id": 9}


def test_disturbed_delivery(simulator, receiver):
    wish = {"shuffle": True, "duplicate": True, "parallel": True, "strings": True}
    simulator.finish(simulator.place("answered", speed=0, disturbance=wish))
    assert sorted(receiver.events) == sorted(
        ["legout", "handset", "endleg", "end", "recording"] * 2
    )
    assert isinstance(receiver.bodies[0]["call_info"]["call_session_id"], str)


def test_broken_delivery_and_refusals_are_logged(simulator, receiver):
    receiver.status = 400
    call = simulator.place("missed", speed=0, disturbance={"body": "quotes"})
    simulator.finish(call)
    entries = simulator.ask("GET", f"/api/log?session_id={call}").json()["entries"]
    assert [entry["event"] for entry in entries] == receiver.events[::-1]
    assert {entry["status"] for entry in entries} == {400}
    assert entries[0]["answer"] == '{"status": "accepted"}' and entries[0]["ms"] >= 0
    assert '""Call finished""' in entries[0]["body"]


def test_log_tells_only_news(simulator):
    simulator.finish(simulator.place("menu", speed=0))
    log = simulator.ask("GET", "/api/log").json()
    assert len(log["entries"]) == 2 and all(entry["done"] for entry in log["entries"])
    assert (
        simulator.ask("GET", f"/api/log?after={log['revision']}").json()["entries"]
        == []
    )
    simulator.ask("DELETE", "/api/log")
    assert simulator.ask("GET", "/api/log").json()["entries"] == []


def test_nobody_there(simulator):
    simulator.ask(
        "PUT",
        "/api/settings",
        {"webhook_url": "http://127.0.0.1:9/callgear/secret", "timeout": 1},
    )
    simulator.finish(simulator.place("menu", speed=0))
    simulator.ask("PUT", "/api/settings", {"webhook_url": ""})
    simulator.finish(simulator.place("menu", speed=0))
    errors = [
        entry["error"] for entry in simulator.ask("GET", "/api/log").json()["entries"]
    ]
    assert errors == ["no webhook address is set"] * 2 + ["no connection"] * 2
    assert "secret" not in simulator.ask("GET", "/api/log").text


def test_a_query_in_the_address_stays_a_query(simulator, receiver):
    simulator.ask("PUT", "/api/settings", {"webhook_url": receiver.url + "/?db=demo"})
    simulator.finish(simulator.place("menu", speed=0))
    assert receiver.received[0][0] == "/callgear/secret/endleg?db=demo"


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({}, "scenario"),
        ({"scenario": "dance"}, "scenario"),
        ({"scenario": "answered", "operators": []}, "operators"),
        ({"scenario": "answered", "operators": ["Sara"]}, "operators"),
        ({"scenario": "answered", "speed": -1}, "speed"),
        ({"scenario": "answered", "start_time": "noon"}, "start_time"),
        ({"scenario": "answered", "colour": "red"}, "colour"),
        ({"scenario": "answered", "disturbance": {"drop": ["x"]}}, "disturbance.drop"),
        (
            {"scenario": "answered", "disturbance": {"shuffle": 1}},
            "disturbance.shuffle",
        ),
    ],
)
def test_a_wrong_order_is_explained(simulator, data, field):
    response = simulator.ask("POST", "/api/calls", data)
    assert response.status_code == 400
    assert response.json()["error"].startswith(field + ":")


@pytest.mark.parametrize(
    "data",
    [
        {"tz": "Mars/Base"},
        {"webhook_url": "file:///x"},
        {"timeout": "long"},
        {"recording_mode": "x"},
        {"y": 1},
    ],
)
def test_a_wrong_setting_is_refused_and_changes_nothing(simulator, data):
    before = simulator.ask("GET", "/api/settings").json()
    response = simulator.ask("PUT", "/api/settings", data)
    assert response.status_code == 400 and next(iter(data)) in response.json()["error"]
    assert simulator.ask("GET", "/api/settings").json() == before


def test_errors_are_json(simulator):
    assert simulator.ask("GET", "/api/calls/1").json() == {"error": "no such call"}
    headers = {"Content-Type": "application/json"}
    assert (
        simulator.ask("POST", "/api/calls", raw="{", headers=headers).status_code == 400
    )
    assert (
        simulator.ask("POST", "/api/calls", raw="[]", headers=headers).status_code
        == 400
    )
    assert simulator.ask("DELETE", "/api/calls").status_code == 405
    call = simulator.place("answered")
    assert (
        simulator.press(call, "answer", expect=409)["error"]
        == "this call plays by itself"
    )
    live = simulator.place("live")
    assert "to" in simulator.press(live, "transfer", expect=400)["error"]


def test_foreign_pages_cannot_place_calls(simulator):
    order = json.dumps({"scenario": "menu"})
    form = simulator.ask(
        "POST", "/api/calls", raw=order, headers={"Content-Type": "text/plain"}
    )
    assert form.status_code == 415
    assert (
        simulator.ask("GET", "/api/calls", headers={"Host": "evil.example"}).status_code
        == 400
    )


def test_the_page_and_what_it_offers(simulator):
    page = simulator.ask("GET", "/")
    assert (
        page.status_code == 200
        and "script-src 'self'" in page.headers["Content-Security-Policy"]
    )
    for name in ("app.js", "style.css", "calls.js", "i18n.js"):
        assert (
            f"{simulator.ask('GET', f'/web/{name}').status_code} {name}"
            == f"200 {name}"
        )
    assert simulator.ask("GET", "/web/..%2fcli.py").status_code == 404
    setup = simulator.ask("GET", "/api/setup").json()
    assert [item["name"] for item in setup["scenarios"]] == list(SCENARIOS)
    assert setup["virtual_numbers"] == ["97145550100", "97145550200"]
    assert setup["events"] == [
        "legout",
        "callout",
        "handset",
        "endleg",
        "end",
        "recording",
    ]
