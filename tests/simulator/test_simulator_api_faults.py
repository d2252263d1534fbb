# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Both APIs: everything that can go wrong by wish, over a real socket."""

import time

import pytest
import requests

from simulator.api_faults import FAULTS
from simulator.json_rpc import ERRORS


def calls(simulator):
    return len(simulator.ask("GET", "/api/calls").json())


START = {
    "jsonrpc": "2.0",
    "id": "test",
    "method": "start.employee_call",
    "params": {
        "access_token": "simulator-key",
        "first_call": "employee",
        "virtual_phone_number": "97145550100",
        "contact": "971505550123",
        "employee": {"id": 701234},
    },
}


def start(simulator):
    """The bare answer of a request to call somebody."""
    return simulator.ask("POST", "/v4.0", START)


@pytest.mark.parametrize("method", ["start.employee_call", "get.account"])
def test_every_error_can_be_had(simulator, method):
    for mnemonic in ERRORS:
        simulator.change(api_fault=mnemonic)
        error = simulator.rpc(method)["error"]
        assert error["data"]["mnemonic"] == mnemonic
        assert error["code"] == ERRORS[mnemonic][0]
        assert error["message"] and "{" not in error["message"]
    assert calls(simulator) == 0


@pytest.mark.parametrize(
    ("fault", "acted"), [("drop_before", 0), ("drop_after", 1), ("truncated", 1)]
)
def test_the_connection_breaks(simulator, receiver, fault, acted):
    simulator.change(api_fault=fault)
    broken = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)
    with pytest.raises(broken):
        start(simulator)
    assert calls(simulator) == acted
    receiver.wait(acted)


@pytest.mark.parametrize(
    ("fault", "status", "text", "acted"),
    [
        ("http_500", 500, "internal error", 0),
        ("html", 200, "<!doctype html>", 0),
        ("empty", 200, "", 1),
        ("wrong_id", 200, '"id": "not-test"', 1),
    ],
)
def test_the_answer_is_of_no_use(simulator, fault, status, text, acted):
    simulator.change(api_fault=fault)
    answer = start(simulator)
    assert answer.status_code == status
    assert text in answer.text if text else answer.text == ""
    assert calls(simulator) == acted


@pytest.mark.parametrize(("fault", "left"), [("damaged", 1), ("unreadable", 0)])
def test_rows_that_are_none(simulator, fault, left):
    whole = simulator.data("get.statuses")[:3]
    simulator.change(api_fault=fault)
    rows = simulator.data("get.statuses")[:3]
    assert len(rows) == 3
    assert [row for row in rows if row in whole] == whole[1:2][:left]


def test_the_tests_above_know_all_faults():
    tested = (
        "ok drop_before drop_after truncated http_500 html empty wrong_id damaged "
        "unreadable"
    )
    assert set(FAULTS) == set(tested.split())


def test_a_slow_answer(simulator):
    simulator.change(api_delay=0.4)
    began = time.monotonic()
    assert start(simulator).json()["result"]
    assert time.monotonic() - began >= 0.4


def test_a_client_that_does_not_wait_has_called_all_the_same(simulator, receiver):
    simulator.change(api_delay=3)
    with pytest.raises(requests.Timeout):
        requests.post(f"{simulator.server.url}/v4.0", json=START, timeout=0.3)
    assert receiver.wait(1) == ["legout"]
    assert calls(simulator) == 1


def test_a_fault_strikes_so_many_times(simulator):
    simulator.change(api_fault="internal_error", api_fault_count=2)
    for _time in range(2):
        assert simulator.refused("get.account")[0] == "internal_error"
    assert simulator.data("get.account")
    assert simulator.ask("GET", "/api/settings").json()["api_fault"] == "ok"


def test_a_fault_can_be_of_one_method(simulator):
    simulator.change(api_fault="internal_error", api_fault_method="list.calls")
    assert simulator.data("get.account")
    assert simulator.refused("list.calls")[0] == "internal_error"


def test_errors_can_have_a_status_of_their_own(simulator):
    simulator.change(api_error_status=403, api_key="another")
    answer = start(simulator)
    assert answer.status_code == 403
    assert answer.json()["error"]["data"]["mnemonic"] == "access_token_invalid"


def test_faults_are_logged(simulator):
    simulator.change(api_fault="drop_before")
    with pytest.raises(requests.ConnectionError):
        start(simulator)
    (entry,) = simulator.ask("GET", "/api/log").json()["entries"]
    assert (entry["error"], entry["status"], entry["done"]) == (
        "drop_before",
        None,
        True,
    )


@pytest.mark.parametrize(
    "data",
    [
        {"api_fault": "x"},
        {"api_components": ["x"]},
        {"api_components": "basic"},
        {"api_key": ""},
        {"api_key_state": "x"},
        {"api_points_day": 1.5},
        {"api_error_status": 100},
        {"api_silent": 1},
    ],
)
def test_a_wrong_setting_is_refused(simulator, data):
    response = simulator.ask("PUT", "/api/settings", data)
    assert response.status_code == 400
    assert response.json()["error"].startswith(next(iter(data)))
