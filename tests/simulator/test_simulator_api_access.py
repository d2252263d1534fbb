# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Both APIs: the envelope, who may ask, how often."""

import json

import pytest

from simulator.json_rpc import WITHOUT_LIMITS

LIMITS = {
    "day_limit",
    "day_remaining",
    "day_reset",
    "minute_limit",
    "minute_remaining",
    "minute_reset",
}
GOOD = {
    "jsonrpc": "2.0",
    "id": 7,
    "method": "list.calls",
    "params": {"access_token": "simulator-key"},
}
BOTH = pytest.mark.parametrize("method", ["list.calls", "get.account"])


def raw(simulator, body, path="/v4.0", kind="application/json; charset=UTF-8"):
    headers = {"Content-Type": kind}
    return simulator.ask("POST", path, raw=body, headers=headers).json()


def mnemonic(answer):
    return answer["error"]["data"]["mnemonic"]


@pytest.mark.parametrize("path", ["/v4.0", "/v2.0"])
@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ("{", "parse_error"),
        ('{"id": NaN}', "parse_error"),
        ('{"id": 1e999}', "invalid_request"),
        ("[]", "batch_operations_not_supported"),
        ("1", "invalid_request"),
        (json.dumps({**GOOD, "id": None}), "invalid_request"),
        (json.dumps({**GOOD, "id": True}), "invalid_request"),
        (json.dumps({**GOOD, "jsonrpc": "1.0"}), "invalid_request"),
        (json.dumps({**GOOD, "params": []}), "invalid_request"),
        (json.dumps({**GOOD, "method": "dance"}), "method_not_found"),
        ('{"jsonrpc": "2.0", "method": "x", "params": {}}', "notifications_not_"),
    ],
)
def test_a_malformed_request(simulator, path, body, refusal):
    answer = raw(simulator, body, path)
    assert mnemonic(answer).startswith(refusal)
    assert "metadata" not in answer["error"]["data"], "nothing of the account is told"


def test_a_foreign_page_cannot_ask(simulator):
    """Other types than JSON a browser sends without asking first."""
    answer = raw(simulator, json.dumps(GOOD), kind="text/plain")
    assert mnemonic(answer) == "parse_error"


def test_the_id_comes_back_as_it_was(simulator):
    for number in (7, "seven", 1.5):
        answer = raw(simulator, json.dumps({**GOOD, "id": number}))
        assert answer["id"] == number and "result" in answer
    wrong = raw(simulator, json.dumps({**GOOD, "jsonrpc": "1.0"}))
    assert wrong["id"] == 7


@BOTH
def test_every_answer_tells_the_limits(simulator, method):
    assert set(simulator.rpc(method)["result"]["metadata"]["limits"]) == LIMITS
    error = simulator.rpc(method, colour="red")["error"]
    assert error["code"] == -32602 and error["message"]
    assert set(error["data"]["metadata"]["limits"]) == LIMITS
    assert set(error["data"]) == {
        "mnemonic",
        "field",
        "value",
        "params",
        "extended_helper",
        "metadata",
    }


@BOTH
@pytest.mark.parametrize(
    ("settings", "refusal", "code"),
    [
        ({"api_key": "another"}, "access_token_invalid", -32001),
        ({"api_key_state": "expired"}, "access_token_expired", -32001),
        ({"api_key_state": "blocked"}, "access_token_blocked", -32001),
        ({"api_ip_allowed": False}, "ip_not_whitelisted", -32003),
        ({"api_account_active": False}, "account_inactive", -32009),
        ({"api_components": []}, "component_disabled", -32008),
        ({"api_points_minute": 0}, "limit_exceeded", -32029),
        ({"api_points_day": 0}, "limit_exceeded", -32029),
    ],
)
def test_refused(simulator, method, settings, refusal, code):
    simulator.change(**settings)
    error = simulator.rpc(method)["error"]
    assert error["code"] == code
    assert error["data"]["mnemonic"].removeprefix("method_") == refusal
    assert ("metadata" in error["data"]) is (refusal not in WITHOUT_LIMITS)


def test_the_address_that_is_refused_is_named(simulator):
    simulator.change(api_ip_allowed=False)
    error = simulator.rpc("get.account")["error"]
    assert error["data"]["params"] == {"ip": "127.0.0.1"}
    assert "127.0.0.1" in error["message"]


def test_each_component_has_its_methods(simulator):
    simulator.change(api_components=["basic"])
    assert simulator.dial()
    error = simulator.rpc("list.calls")["error"]
    assert error["data"]["mnemonic"] == "component_disabled"
    assert "Call management" in error["message"]
    error = simulator.rpc("get.employees")["error"]
    assert error["data"]["mnemonic"] == "method_component_disabled"
    assert error["data"]["params"] == {"components": "Data API Basic set"}


@BOTH
def test_a_token_is_needed(simulator, method):
    missing = simulator.refused(method, access_token=None)
    assert missing == ("required_parameter_missed", "access_token")
    assert simulator.refused(method, access_token=1)[0] == "data_type_error"


def test_points_run_out_and_only_success_costs(simulator):
    simulator.change(api_points_minute=2)
    simulator.rpc("get.account", colour="red")
    left = [
        simulator.rpc(method)["result"]["metadata"]["limits"]["minute_remaining"]
        for method in ("get.account", "list.calls")
    ]
    assert left == [1, 0]
    error = simulator.rpc("get.account")["error"]
    assert error["data"]["params"] == {"limit_type": "minute", "limit_max_value": 2}
    assert error["data"]["metadata"]["limits"]["minute_remaining"] == 0


def test_log_in_and_out(simulator):
    who = {"access_token": None, "login": "simulator", "password": "simulator-key"}
    token = simulator.data("login.user", **who)
    assert set(token) == {"access_token", "expire_at"}
    simulator.data("list.calls", access_token=token["access_token"])
    done = simulator.data("logout.user", access_token=token["access_token"])
    assert done == {"success": True}
    again = simulator.refused("list.calls", access_token=token["access_token"])
    assert again[0] == "access_token_invalid"
    wrong = simulator.refused("login.user", **{**who, "password": "x"})
    assert wrong[0] == "auth_error"


def test_a_token_ends_after_an_hour(simulator):
    who = {"access_token": None, "login": "simulator", "password": "simulator-key"}
    token = simulator.data("login.user", **who)["access_token"]
    simulator.server.switchboard.account.age(3601)
    assert simulator.refused("list.calls", access_token=token)[0] == (
        "access_token_expired"
    )


def test_requests_are_logged_without_the_key(simulator):
    who = {"access_token": None, "login": "simulator", "password": "simulator-key"}
    token = simulator.data("login.user", **who)["access_token"]
    call = simulator.dial()
    simulator.rpc("get.account", access_token="not-the-key")
    log = simulator.ask("GET", "/api/log")
    entries = [entry for entry in log.json()["entries"] if entry["api"]]
    assert [(entry["api"], entry["event"], entry["error"]) for entry in entries] == [
        ("data", "get.account", "access_token_invalid"),
        ("call", "start.employee_call", ""),
        ("call", "login.user", ""),
    ]
    assert entries[1]["session_id"] == call
    assert '"971505550123"' in entries[1]["body"]
    for secret in ("simulator-key", "not-the-key", token):
        assert secret not in log.text


def test_a_number_beyond_all_numbers_is_none(simulator):
    body = json.dumps({**GOOD, "method": "release.call"})
    body = body.replace('"params": {', '"params": {"call_session_id": 1e999, ')
    assert mnemonic(raw(simulator, body)) == "data_type_error"
