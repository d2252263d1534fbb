# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Call API: the methods that act on a running call, and the list of running calls."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from .api import Answer, Method
from .api_parameters import Param
from .call_control import HOLD, OPERATOR_TALK, TALK
from .call_start import MESSAGE, check_message
from .json_rpc import RpcError
from .live import LiveCall
from .people import BARE_NUMBER, Operator
from .session import Leg
from .staff import TAGS, employee_by_number, number_of
from .switchboard import Call, Switchboard

# The vendor shows the text "true" here, not a boolean.
DONE = {"success": "true"}
_CALL = {"call_session_id": Param("number", required=True)}
_E164 = re.compile(r"[1-9]\d{6,14}")


def release_call(board: Switchboard, params: Mapping[str, Any]) -> Answer:
    """Everybody hangs up."""
    _hand(board, params).hang_up()
    return Answer(DONE)


def disconnect_leg(board: Switchboard, params: Mapping[str, Any]) -> Answer:
    """One party is cut off; without the contact the call is over."""
    hand = _hand(board, params)
    leg_id = params["leg_id"]
    if not any(
        leg.leg_id == leg_id and leg.state != "ended" for leg in hand.session.legs
    ):
        raise RpcError("leg_not_found", "leg_id", leg_id)
    hand.hang_up(leg_id)
    return Answer(DONE)


def hold_call(board: Switchboard, params: Mapping[str, Any]) -> Answer:
    hand = _hand(board, params)
    check_message(params, "contact_message")
    hand.control(hand.hold)
    return Answer(DONE)


def make_call(board: Switchboard, params: Mapping[str, Any]) -> Answer:
    """Call a colleague or any number while the contact waits."""
    hand = _hand(board, params)
    check_message(params, "to_message")
    colleague = _colleague(board, params["to"])
    hand.control(hand.consult, colleague)
    if str(colleague.employee_id) in board.settings.busy_employees:
        hand.hang_up(employee_id=colleague.employee_id)
    return Answer(DONE)


def tag_call(board: Switchboard, params: Mapping[str, Any]) -> Answer:
    call, name = _running(board, params), TAGS.get(params["tag_id"])
    if name is None:
        raise RpcError("tag_not_found", "tag_id", params["tag_id"])
    if name in call.session.tags:
        raise RpcError("duplicate_tag", "tag_id", params["tag_id"])
    call.session.tags.append(name)
    return Answer(DONE)


def list_calls(board: Switchboard, params: Mapping[str, Any]) -> Answer:
    """The running calls, also those that no notification tells of."""
    direction = params.get("direction")
    number = params.get("virtual_phone_number")
    if number is not None and not number.startswith("7"):
        raise RpcError("invalid_parameter_value", "virtual_phone_number", number)
    rows = [
        _row(board, call)
        for call in reversed(board.calls())
        if call.running
        and direction in (None, call.session.direction)
        and number in (None, call.order.virtual_number)
    ]
    return Answer(rows)


def _simple(action: Callable[[LiveCall], None]) -> Method:
    """A method that needs nothing but the call."""

    def run(board: Switchboard, params: Mapping[str, Any]) -> Answer:
        hand = _hand(board, params)
        hand.control(action, hand)
        return Answer(DONE)

    return Method("management", _CALL, run)


METHODS: dict[str, Method] = {
    "release.call": Method("basic", _CALL, release_call),
    "disconnect.leg": Method(
        "management", {**_CALL, "leg_id": Param("number", True)}, disconnect_leg
    ),
    "hold.call": Method(
        "management",
        {**_CALL, "contact_message": Param("object", True, fields=MESSAGE)},
        hold_call,
    ),
    "unhold.call": _simple(LiveCall.unhold),
    "make.call": Method(
        "management",
        {
            **_CALL,
            "to": Param("string", required=True),
            "to_message": Param("object", fields=MESSAGE),
        },
        make_call,
    ),
    "transfer.talk": _simple(LiveCall.hand_over),
    "restore.talk": _simple(LiveCall.restore),
    "tag.call": Method(
        "management", {**_CALL, "tag_id": Param("number", True)}, tag_call
    ),
    "list.calls": Method(
        "management",
        {
            "direction": Param("string", choices=("in", "out")),
            "virtual_phone_number": Param("string"),
        },
        list_calls,
    ),
}


def _running(board: Switchboard, params: Mapping[str, Any]) -> Call:
    number = params["call_session_id"]
    try:
        call = board.call(number)
    except KeyError:
        call = None
    if call is None or not call.running:
        raise RpcError("call_session_not_found", "call_session_id", number)
    return call


def _hand(board: Switchboard, params: Mapping[str, Any]) -> LiveCall:
    """The call to act on. Impossible, that is `invalid_state`, if it plays by itself."""
    return _running(board, params).hand()


def _colleague(board: Switchboard, number: str) -> Operator:
    found = employee_by_number(number, board.settings.employees_generated)
    if found is not None:
        return found.operator
    if not _E164.fullmatch(number):
        raise RpcError("no_active_phone_number", "to", number)
    return BARE_NUMBER


def _row(board: Switchboard, call: Call) -> dict[str, Any]:
    session = call.session
    tags = {name: tag_id for tag_id, name in TAGS.items()}
    began = call.start.astimezone(ZoneInfo(board.settings.tz)).replace(tzinfo=None)
    return {
        "call_session_id": call.session_id,
        "direction": session.direction,
        "start_time": began.isoformat(timespec="milliseconds"),
        "virtual_phone_number": call.order.virtual_number,
        "contact_phone_number": call.order.contact.number or None,
        "external_id": session.parameters.external_id,
        "tags": [
            {"tag_id": tags.get(name, 0), "tag_name": name} for name in session.tags
        ],
        "legs": [_leg(call, leg) for leg in session.legs if leg.dialled_at <= call.now],
    }


def _leg(call: Call, leg: Leg) -> dict[str, Any]:
    contact = call.order.contact.number or None
    own = call.order.virtual_number
    operator = None if leg.contact else leg.operator
    calling, called = contact, number_of(operator)
    if leg.contact:
        calling, called = (contact, own) if call.session.incoming else (own, contact)
    return {
        "leg_id": leg.leg_id,
        "calling_phone_number": calling,
        "called_phone_number": called,
        "is_operator": leg.is_operator,
        "employee_id": operator.employee_id if operator else None,
        "employee_full_name": operator.full_name if operator else None,
        "record_call_enabled": True,
        "state": _state(call, leg),
    }


def _state(call: Call, leg: Leg) -> str:
    """The state of a leg, in words that nobody should rely on."""
    now = call.now
    if leg.ended_at is not None and leg.ended_at <= now:
        return "Disconnected"
    if leg.answered_at is None or leg.answered_at > now:
        return "Dial"
    phase = TALK if call.live is None else call.live.phase
    if phase == TALK:
        return "Talking"
    if phase == HOLD or leg.contact:
        return "On hold" if phase != "Session" else "Next in line"
    return "Operators talking" if phase == OPERATOR_TALK else "Next in line"
