# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the addon's client asks, held against the documented tables."""

from datetime import datetime

import pytest

from odoo.addons.callgear_integration.callgear.call_api import CallApi
from odoo.addons.callgear_integration.callgear.data_api import DataApi

from ..unit.api_server import KEY, QUICK, api_server, success
from .tables import TABLES, check_request

START, END = datetime(2026, 3, 28), datetime(2026, 3, 29)
SESSION = "5241931900"
CALL_API = {
    "start.employee_call": lambda api: api.start_employee_call(
        "+971505550123", "+97145550100", "701234", "odoo-1", phone="0288101"
    ),
    "release.call": lambda api: api.release_call(SESSION),
    "hold.call": lambda api: api.hold_call(SESSION, "One moment, please."),
    "unhold.call": lambda api: api.unhold_call(SESSION),
    "make.call": lambda api: api.make_call(SESSION, "102"),
    "transfer.talk": lambda api: api.transfer_talk(SESSION),
    "restore.talk": lambda api: api.restore_talk(SESSION),
    "list.calls": lambda api: api.list_calls(),
}
DATA_API = {
    "get.account": lambda api: api.account(),
    "get.employees": lambda api: api.employees(),
    "get.virtual_numbers": lambda api: api.virtual_numbers(),
    "get.statuses": lambda api: api.statuses(),
    "update.employees": lambda api: api.set_status("701234", "20411"),
    "get.calls_report": lambda api: list(
        api.calls_report(START, END, session_id="5", external_id="odoo-1")
    ),
    "get.call_legs_report": lambda api: list(
        api.call_legs_report(START, END, session_id="5")
    ),
}
ANSWERS = {
    "start.employee_call": {"call_session_id": 5241931900},
    "get.account": [{"app_id": 1, "name": "Account", "timezone": "Asia/Dubai"}],
}
MANAGEMENT = {"success": "true"}


def asked(kind, path, method, ask):
    """The request that the client sends for a method."""
    steers = method in CALL_API and method != "list.calls"
    data = ANSWERS.get(method, MANAGEMENT if steers else [])
    with api_server(success(data)) as server:
        ask(kind(server.api(path), KEY, **QUICK))
        [request] = server.calls
    assert request["method"] == method
    return request


@pytest.mark.parametrize("method", CALL_API)
def test_requests_to_the_call_api(method):
    check_request("call", asked(CallApi, "/v4.0", method, CALL_API[method]))


@pytest.mark.parametrize("method", DATA_API)
def test_requests_to_the_data_api(method):
    check_request("data", asked(DataApi, "/v2.0", method, DATA_API[method]))


@pytest.mark.parametrize("method", ["get.calls_report", "get.call_legs_report"])
def test_fields_of_reports(method):
    """Only fields that there are, sorted by one that can be sorted by."""
    request = asked(DataApi, "/v2.0", method, DATA_API[method])
    table = TABLES["data"]["methods"][method]
    assert set(request["params"]["fields"]) <= set(table["rows"])
    assert {item["field"] for item in request["params"]["sort"]} <= set(
        table["sortable"]
    )


def test_a_call_is_asked_for_as_an_outgoing_one():
    """By default it would be filed as an incoming, and so as a missed one."""
    request = asked(CallApi, "/v4.0", *list(CALL_API.items())[0])
    assert request["params"]["direction"] == "out"
    assert request["params"]["first_call"] == "employee"
