# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Data API v2.0: the account, its people and numbers, its calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import login, query, reports
from .api import Answer, Api, Method
from .api_parameters import Param
from .json_rpc import RpcError
from .people import VIRTUAL_NUMBERS
from .staff import GROUPS, SCENARIOS, TAGS, Employee, Phone, employee, employees
from .switchboard import Switchboard

APP_ID = 90210
# The last one is the account's own: no colleague can ring whoever has it.
_STATUSES = (
    (1, "Available", "available", True),
    (2, "Break", "break", False),
    (3, "Do not disturb", "do_not_disturb", False),
    (4, "Not at the workplace", "not_at_workplace", False),
    (5, "Not at work", "not_at_work", False),
    (6, "Unknown", "unknown", False),
    (20411, "Training", None, False),
)
_MNEMONICS = {number: mnemonic for number, _name, mnemonic, _available in _STATUSES}


def get_account(board: Switchboard, params: Mapping[str, Any]) -> Answer:
    """A list of one; it has no pages."""
    row = {"app_id": APP_ID, "name": "Simulator", "timezone": board.settings.tz}
    return Answer([row])


def get_employees(board: Switchboard, params: Mapping[str, Any]) -> Answer:
    rows = [
        _employee(item, board.statuses.get(item.id, 1))
        for item in employees(board.settings.employees_generated)
    ]
    return query.answer(rows, params)


def update_employees(board: Switchboard, params: Mapping[str, Any]) -> Answer:
    """Of an employee, only the status can be changed here."""
    found = employee(params["id"], board.settings.employees_generated)
    if found is None:
        raise RpcError("entity_not_found", "id", params["id"])
    status_id = params.get("status_id")
    if status_id is not None:
        if status_id not in {status[0] for status in _STATUSES}:
            raise RpcError("entity_not_found", "status_id", status_id)
        board.statuses[found.id] = status_id
    return Answer({})


def get_virtual_numbers(board: Switchboard, params: Mapping[str, Any]) -> Answer:
    rows = [_number(index, number) for index, number in enumerate(VIRTUAL_NUMBERS)]
    return query.answer(rows, params)


def get_statuses(board: Switchboard, params: Mapping[str, Any]) -> Answer:
    rows = [
        {
            "id": number,
            "name": name,
            "mnemonic": mnemonic,
            "description": None,
            "color": "#2fb344" if available else "#d63939",
            "is_deleted": False,
            "in_external_allowed_call_directions": ["in", "out"] if available else [],
            "in_internal_allowed_call_directions": ["in", "out"] if available else [],
            "out_external_allowed_call_directions": ["in", "out"],
            "out_internal_allowed_call_directions": ["in", "out"],
            "allowed_phone_protocols": ["PSTN", "SIP"],
            "is_select_allowed": mnemonic != "unknown",
            "is_worktime": available,
            "is_auto_out_calls_ready": False,
        }
        for number, name, mnemonic, available in _STATUSES
    ]
    return query.answer(rows, params)


def get_tags(board: Switchboard, params: Mapping[str, Any]) -> Answer:
    rows = [
        {"id": number, "name": name, "rating": None, "is_system": False}
        for number, name in TAGS.items()
    ]
    return query.answer(rows, params)


class DataApi(Api):
    """POST /v2.0."""

    name = "data"
    path = "/v2.0"
    methods = {
        **login.methods("data"),
        "get.account": Method("data", {}, get_account),
        "get.employees": Method("data", query.PARAMS, get_employees),
        "update.employees": Method(
            "data",
            {"id": Param("number", required=True), "status_id": Param("number")},
            update_employees,
        ),
        "get.virtual_numbers": Method("data", query.PARAMS, get_virtual_numbers),
        "get.statuses": Method("data", query.PARAMS, get_statuses),
        "get.tags": Method("data", query.PARAMS, get_tags),
        **reports.METHODS,
    }


def _employee(item: Employee, status_id: int) -> dict[str, Any]:
    first, _, last = (item.operator.full_name or "").partition(" ")
    return {
        "id": item.id,
        "login": item.operator.email,
        # The last name comes first here, unlike in notifications.
        "full_name": f"{last} {first}".strip(),
        "first_name": first,
        "last_name": last or None,
        "patronymic": None,
        "email": item.operator.email,
        "status": _MNEMONICS.get(status_id) or "unknown",
        "status_id": status_id,
        "call_recording": "all",
        "schedule_id": None,
        "schedule_name": None,
        "groups": [
            {"group_id": number, "group_name": name} for number, name in GROUPS.items()
        ],
        "phone_numbers": [_phone(phone) for phone in item.phones],
        "extension": {"extension_phone_number": item.operator.extension},
        "coach": {},
        "operator": {},
    }


def _phone(phone: Phone) -> dict[str, Any]:
    return {
        "phone_id": phone.phone_id,
        "phone_number": phone.number,
        "channels_count": 1,
        "dial_time": 30,
        "status": "active" if phone.active else "inactive",
    }


def _number(index: int, number: str) -> dict[str, Any]:
    scenario_id, scenario = SCENARIOS[number]
    return {
        "id": 501 + index,
        "virtual_phone_number": number,
        "name": scenario,
        "comment": None,
        "status": "active",
        "type": "va",
        "redirection_phone_number": None,
        "activation_date": "2024-01-15 09:00:00",
        "scenarios": [
            {"scenario_id": scenario_id, "scenario_name": scenario, "is_active": True}
        ],
        "campaigns": [],
    }
