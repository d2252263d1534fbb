# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The checker itself: what it must refuse."""

import pytest

from .tables import Broken, check_answer, check_request

PARAMS = {
    "access_token": "key",
    "first_call": "employee",
    "virtual_phone_number": "97145550100",
    "contact": "971505550123",
    "employee": {"id": 701234},
}
LIMITS = dict.fromkeys(
    (
        "day_limit",
        "day_remaining",
        "day_reset",
        "minute_limit",
        "minute_remaining",
        "minute_reset",
    ),
    1,
)
STARTED = {"data": {"call_session_id": 5001000001}, "metadata": {"limits": LIMITS}}


def request(**changes):
    usual = {
        "jsonrpc": "2.0",
        "id": "odoo-1",
        "method": "start.employee_call",
        "params": PARAMS,
    }
    return {**usual, **changes}


def answer(**members):
    return {"jsonrpc": "2.0", "id": "odoo-1", **members}


def error(mnemonic, code, **details):
    usual = {
        "mnemonic": mnemonic,
        "field": None,
        "value": None,
        "params": {},
        "extended_helper": None,
        "metadata": {"limits": LIMITS},
    }
    return {"code": code, "message": "No", "data": {**usual, **details}}


def test_a_good_request():
    check_request("call", request())


@pytest.mark.parametrize(
    "changes",
    [
        {"jsonrpc": "1.0"},
        {"id": None},
        {"id": True},
        {"method": "get.account"},
        {"params": []},
        {"colour": "red"},
        {"params": {**PARAMS, "employee": {"id": "701234"}}},
        {"params": {**PARAMS, "employee": {}}},
        {"params": {**PARAMS, "employee": {"id": 1, "name": "Sara"}}},
        {"params": {**PARAMS, "direction": "OUT"}},
        {"params": {**PARAMS, "colour": "red"}},
        {"params": {**PARAMS, "contact": None}},
        {"params": {**PARAMS, "access_token": None}},
    ],
)
def test_a_bad_request(changes):
    with pytest.raises(Broken):
        check_request("call", request(**changes))


def test_good_answers():
    check_answer("call", "start.employee_call", answer(result=STARTED))
    invalid = error("access_token_invalid", -32001, metadata=None)
    check_answer("call", "start.employee_call", answer(error=invalid))
    unknown = error("employee_not_found", -32602)
    check_answer("call", "start.employee_call", answer(error=unknown))


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"result": STARTED, "error": error("forbidden", -32003)},
        {"result": {**STARTED, "metadata": {}}},
        {"result": {**STARTED, "data": {"call_session_id": "5001000001"}}},
        {"result": {**STARTED, "data": {}}},
        {"error": error("forbidden", -32602)},
        {"error": error("forbidden", -32003, metadata={})},
        {"error": error("tag_not_found", -32602)},
        {"error": error("no_such_mnemonic", -32602)},
        {"error": {"code": -32003, "message": "No", "data": {}}},
    ],
)
def test_bad_answers(members):
    with pytest.raises(Broken):
        check_answer("call", "start.employee_call", answer(**members))


def test_rows_lack_nothing_when_they_must_be_complete():
    metadata = {"limits": LIMITS, "total_items": 1}
    some = answer(result={"data": [{"id": 1}], "metadata": metadata})
    check_answer("data", "get.employees", some)
    with pytest.raises(Broken, match="lacks login"):
        check_answer("data", "get.employees", some, complete=True)
