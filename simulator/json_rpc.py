# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""JSON-RPC 2.0 as CallGear speaks it: what a request must look like, and the errors."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

# Mnemonic → code and text. One code stands for many things: clients go by the mnemonic.
ERRORS: dict[str, tuple[int, str]] = {
    "parse_error": (-32700, "Invalid JSON was received by the server."),
    "invalid_request": (-32600, "The JSON sent is not a valid Request object"),
    "method_not_found": (-32601, "The method does not exist / is not available"),
    "data_type_error": (-32602, "Data supplied is of wrong type"),
    "required_parameter_missed": (-32602, "The required parameter has been missed"),
    "invalid_parameter_value": (-32602, "Invalid parameter value"),
    "unexpected_parameters": (-32602, "Unexpected method parameter(s)"),
    "invalid_parameters_combination": (
        -32602,
        "The combination of parameters is not permitted",
    ),
    "call_session_not_found": (-32602, "Call session not found"),
    "internal_error": (-32603, "Internal error, contact the support service"),
    "access_token_expired": (-32001, "Access token has been expired"),
    "access_token_blocked": (-32001, "Access token has been blocked"),
    "access_token_invalid": (-32001, "Access token is invalid"),
    "auth_error": (-32001, "Login or password is wrong"),
    "contact_in_blacklist": (-32002, "The contact {contact} is in the blacklist"),
    "ip_not_whitelisted": (-32003, "Your IP {ip} is not whitelisted"),
    "forbidden": (-32003, "Permission denied"),
    "invalid_state": (-32004, "This method can not be called in this state"),
    "virtual_phone_number_not_found": (
        -32007,
        "Virtual phone number {virtual_phone_number} not found",
    ),
    "component_disabled": (-32008, "Component {component_name} has been disabled"),
    "method_component_disabled": (-32008, "This method needs one of: {components}"),
    "parameter_component_disabled": (
        -32008,
        "This parameter needs one of: {components}",
    ),
    "account_inactive": (-32009, "Your account has been disabled"),
    "limit_exceeded": (
        -32029,
        "Limit per {limit_type} has been exceeded. Value of current limit per "
        "{limit_type} is {limit_max_value}",
    ),
    "batch_operations_not_supported": (-32099, "Batch operations not supported"),
    "notifications_not_supported": (-32099, "Notifications not supported"),
    # Starting and managing calls
    "tts_text_exceeded": (
        -32602,
        "The maximum length of Text-to-Speech message is {tts_message_max_length}",
    ),
    "media_file_not_found": (-32602, "The media file {media_file_id} not found"),
    "employee_not_found": (-32602, "The employee {employee_id} not found"),
    "no_active_phone_number": (-32602, "The phone number is unknown or inactive"),
    "own_virtual_phone_number_not_allowed": (
        -32602,
        "Own virtual phone numbers can not be called",
    ),
    "character_encoding_not_allowed": (-32602, "The character encoding must be UTF-8"),
    "scenario_not_found": (-32007, "Virtual phone number does not have a scenario"),
    "leg_not_found": (-32602, "The call's leg not found"),
    "tag_not_found": (-32602, "The tag not found"),
    "duplicate_tag": (-32602, "The call has this tag already"),
    "coach_not_found": (-32602, "The coach not found in your settings"),
    "record_already_started": (-32602, "The call record is already started"),
    "record_already_stopped": (-32602, "The call record is not enabled"),
    "duplicate_contact": (-32602, "The contact already exists"),
    "talk_option_not_found": (-32602, "The talk option not found"),
    # Reading and changing data
    "sort_prohibited": (-32602, "Sort by parameter is prohibited"),
    "filter_prohibited": (-32602, "Filter by parameter is prohibited"),
    "date_interval_limit_reached": (
        -32602,
        "Max value of requested date interval is 3 months",
    ),
    "invalid_date_time": (-32602, "Invalid date time"),
    "entity_not_found": (-32602, "Entity not found"),
    "dependency_error": (-32602, "You have interdependent entities"),
    "duplicate_entity": (-32602, "Duplicate entity"),
    "data_limit_exceeded": (-32602, "A new data limit has been exceeded"),
    "tariff_restrictions": (-32602, "Action is not allowed for your tariff plan"),
    "already_in_use": (-32602, "This value is already used by another entity"),
    "error": (-32602, "Something else is wrong"),
}
# These come before the account is known, so they tell nothing of its limits.
WITHOUT_LIMITS = {
    "parse_error",
    "invalid_request",
    "method_not_found",
    "access_token_expired",
    "access_token_blocked",
    "access_token_invalid",
    "auth_error",
    "ip_not_whitelisted",
    "batch_operations_not_supported",
    "notifications_not_supported",
}

Id = str | int | float | None


class RpcError(Exception):
    """An error to answer with; `field` names the parameter that is to blame."""

    def __init__(
        self,
        mnemonic: str,
        field: str | None = None,
        value: Any = None,
        *,
        code: int | None = None,
        **params: Any,
    ) -> None:
        super().__init__(mnemonic)
        self.mnemonic = mnemonic
        self.field = field
        self.value = value
        self.code = ERRORS[mnemonic][0] if code is None else code
        self.params = params
        self.id: Id = None

    @property
    def message(self) -> str:
        known = {name: str(value) for name, value in self.params.items()}
        return ERRORS[self.mnemonic][1].format_map(_Gaps(known))

    def as_json(self, metadata: Mapping[str, Any]) -> dict[str, Any]:
        details = {
            "mnemonic": self.mnemonic,
            "field": self.field,
            "value": self.value,
            "params": self.params,
            "extended_helper": None,
        }
        if metadata:
            details["metadata"] = metadata
        return {"code": self.code, "message": self.message, "data": details}


class _Gaps(dict[str, str]):
    """A text is readable also when a value is not known, as with errors on demand."""

    def __missing__(self, name: str) -> str:
        return "?"


@dataclass(frozen=True)
class Request:
    """A well-formed request."""

    id: Id
    method: str
    params: dict[str, Any]


def parse(body: bytes) -> Request:
    """Read a request; RpcError says what is wrong with its form."""
    try:
        data = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise RpcError("parse_error") from None
    if isinstance(data, list):
        raise RpcError("batch_operations_not_supported")
    if not isinstance(data, dict):
        raise RpcError("invalid_request")
    if "id" not in data:
        raise RpcError("notifications_not_supported", "id")
    number = data["id"]
    if isinstance(number, bool) or number in (math.inf, -math.inf):
        raise RpcError("invalid_request", "id")
    if not isinstance(number, (str, int, float)):
        raise RpcError("invalid_request", "id")
    for field, good in (
        ("jsonrpc", data.get("jsonrpc") == "2.0"),
        ("method", isinstance(data.get("method"), str)),
        ("params", isinstance(data.get("params"), dict)),
    ):
        if not good:
            problem = RpcError("invalid_request", field)
            problem.id = number
            raise problem
    return Request(number, data["method"], data["params"])


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
