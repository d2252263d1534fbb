# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Call API: the methods that start a call. It becomes a live one, answered by hand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .api import Answer, Method
from .api_parameters import Param
from .disturbance import Disturbance
from .json_rpc import RpcError
from .order import Order
from .people import (
    BARE_NUMBER,
    OPERATORS,
    VIRTUAL_NUMBERS,
    Contact,
    Operator,
    contact_by_number,
)
from .staff import (
    BLACK_LIST,
    MEDIA_FILES,
    SCENARIOS,
    employee,
    employee_by_number,
)
from .switchboard import Switchboard
from .templates import EVENTS

LONGEST_TTS = 500
_DTMF = re.compile(r"[0-9*#.]*")
_E164 = re.compile(r"[1-9]\d{6,14}")

MESSAGE = {
    "type": Param("string", True, ("media", "tts")),
    "value": Param("string", True),
}
_COMMON = {
    "virtual_phone_number": Param("string", required=True),
    "contact": Param("string", required=True),
    "external_id": Param("string"),
    "direction": Param("string", choices=("in", "out")),
    "dtmf_string": Param("string"),
    "switch_at_once": Param("boolean"),
    "contact_message": Param("object", fields=MESSAGE),
}
_RULES = (
    "fixed",
    "fixed_for_numa",
    "random",
    "regional_random",
    "regional_fixed_for_numa",
)
_FREE_RULES = ("fixed", None)


def start_employee_call(board: Switchboard, params: Mapping[str, Any]) -> Answer:
    """An employee and a contact; no scenario."""
    _check_common(params)
    if params.get("virtual_phone_usage_rule") not in _FREE_RULES:
        raise RpcError("parameter_component_disabled", "virtual_phone_usage_rule")
    if (
        params.get("early_switching")
        and params.get("switch_at_once")
        and params["first_call"] == "employee"
    ):
        raise RpcError("invalid_parameters_combination", "early_switching")
    media = params.get("media_file_id")
    if media is not None:
        _check_media(str(media), "media_file_id")
    check_message(params, "employee_message")
    return _start(board, params, _wanted_operator(board, params["employee"]))


def start_simple_call(board: Switchboard, params: Mapping[str, Any]) -> Answer:
    """A contact and any number: no employee takes part."""
    _check_common(params)
    check_message(params, "operator_message")
    if not _E164.fullmatch(params["operator"]):
        raise RpcError("invalid_parameter_value", "operator", params["operator"])
    return _start(board, params, BARE_NUMBER)


def start_vnumber_call(board: Switchboard, params: Mapping[str, Any]) -> Answer:
    """As if the contact had called the number: its scenario says who is rung."""
    _check_common(params, blacklist_code=-32602)
    if params["virtual_phone_number"] not in SCENARIOS:
        raise RpcError("scenario_not_found", "virtual_phone_number")
    return _start(board, params, OPERATORS[0])


METHODS: dict[str, Method] = {
    "start.employee_call": Method(
        "basic",
        {
            **_COMMON,
            "first_call": Param("string", True, ("employee", "contact")),
            "employee": Param(
                "object",
                True,
                fields={
                    "id": Param("number", required=True),
                    "phone_number": Param("string"),
                },
            ),
            "show_virtual_phone_number": Param("boolean"),
            "virtual_phone_usage_rule": Param("string", choices=_RULES),
            "early_switching": Param("boolean"),
            "media_file_id": Param("number"),
            "employee_message": Param("object", fields=MESSAGE),
        },
        start_employee_call,
    ),
    "start.simple_call": Method(
        "basic",
        {
            **_COMMON,
            "first_call": Param("string", True, ("operator", "contact")),
            "operator": Param("string", required=True),
            "show_virtual_phone_number": Param("boolean"),
            "early_switching": Param("boolean"),
            "media_file_id": Param("number"),
            "operator_message": Param("object", fields=MESSAGE),
        },
        start_simple_call,
    ),
    "start.vnumber_call": Method(
        "basic",
        {
            **_COMMON,
            "first_call": Param("string", True, ("employee", "contact")),
            "show_virtual_phone_number": Param("boolean"),
        },
        start_vnumber_call,
    ),
}


def _start(board: Switchboard, params: Mapping[str, Any], operator: Operator) -> Answer:
    silent = board.settings.api_silent
    first = "contact" if params["first_call"] == "contact" else "employee"
    order = Order(
        "live-click-to-call",
        contact=_contact(board, params["contact"]),
        operators=(operator,),
        virtual_number=params["virtual_phone_number"],
        external_id=params.get("external_id"),
        # The trap that S9 shows: without a word the call counts as incoming.
        direction=params.get("direction") or "in",
        first_call=first,
        disturbance=Disturbance(drop=EVENTS if silent else ()),
    )
    call = board.place(order, held=True)
    return Answer({"call_session_id": call.session_id}, started=call)


def _contact(board: Switchboard, number: str) -> Contact:
    """The one to be called; an employee's telephone, but no short number."""
    if _E164.fullmatch(number):
        return contact_by_number(number)
    colleague = employee_by_number(number, board.settings.employees_generated)
    if colleague is None or number == colleague.operator.extension:
        raise RpcError("invalid_parameter_value", "contact", number)
    return Contact(number)


def _wanted_operator(board: Switchboard, wanted: Mapping[str, Any]) -> Operator:
    number, phone = wanted["id"], wanted.get("phone_number")
    found = employee(int(number), board.settings.employees_generated)
    if found is None or number != int(number):
        raise RpcError("employee_not_found", "employee.id", number, employee_id=number)
    active = [item.number for item in found.phones if item.active]
    if phone is None:
        if not active:
            raise RpcError("no_active_phone_number", "employee.id", number)
    elif phone not in (*active, found.operator.extension if active else None):
        raise RpcError("no_active_phone_number", "employee.phone_number", phone)
    return found.operator


def _check_common(params: Mapping[str, Any], blacklist_code: int | None = None) -> None:
    contact, number = params["contact"], params["virtual_phone_number"]
    if number not in VIRTUAL_NUMBERS:
        raise RpcError(
            "virtual_phone_number_not_found",
            "virtual_phone_number",
            number,
            virtual_phone_number=number,
        )
    if contact in VIRTUAL_NUMBERS:
        raise RpcError("own_virtual_phone_number_not_allowed", "contact", contact)
    if contact in BLACK_LIST:
        raise RpcError(
            "contact_in_blacklist",
            "contact",
            contact,
            code=blacklist_code,
            contact=contact,
        )
    dtmf = params.get("dtmf_string")
    if dtmf is not None and not _DTMF.fullmatch(dtmf):
        raise RpcError("invalid_parameter_value", "dtmf_string", dtmf)
    check_message(params, "contact_message")


def check_message(params: Mapping[str, Any], name: str) -> None:
    """A text to read out or a file to play."""
    message = params.get(name)
    if message is None:
        return
    value = message["value"]
    if message["type"] == "media":
        _check_media(value, f"{name}.value")
    elif len(value) > LONGEST_TTS:
        raise RpcError(
            "tts_text_exceeded",
            f"{name}.value",
            tts_message_max_length=LONGEST_TTS,
            sent_tts_message_length=len(value),
        )


def _check_media(value: str, field: str) -> None:
    if value not in MEDIA_FILES:
        raise RpcError("media_file_not_found", field, value, media_file_id=value)
