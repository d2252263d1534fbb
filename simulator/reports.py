# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Data API: the calls and their legs, past and running, as the simulator has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from . import query
from .api import Answer, Method
from .api_parameters import Param
from .call_rows import call_row, leg_rows
from .json_rpc import RpcError
from .report_columns import CALL_COLUMNS, LEG_COLUMNS
from .switchboard import Call, Switchboard

MONTHS = 3
_FORMAT = "%Y-%m-%d %H:%M:%S"


def get_calls_report(board: Switchboard, params: Mapping[str, Any]) -> Answer:
    """One row per call."""
    zone = ZoneInfo(board.settings.tz)
    rows = [call_row(call, zone) for call in _calls(board, params)]
    return query.answer(rows, params, CALL_COLUMNS)


def get_call_legs_report(board: Switchboard, params: Mapping[str, Any]) -> Answer:
    """One row per leg: the only way to tie a recording to an operator."""
    zone = ZoneInfo(board.settings.tz)
    rows = [row for call in _calls(board, params) for row in leg_rows(call, zone)]
    return query.answer(rows, params, LEG_COLUMNS)


_WINDOW = {
    "date_from": Param("string", required=True),
    "date_till": Param("string", required=True),
    **query.PARAMS,
}
METHODS: dict[str, Method] = {
    "get.calls_report": Method(
        "data",
        {**_WINDOW, "include_ongoing_calls": Param("boolean")},
        get_calls_report,
    ),
    "get.call_legs_report": Method("data", _WINDOW, get_call_legs_report),
}


def _calls(board: Switchboard, params: Mapping[str, Any]) -> Iterable[Call]:
    """Calls that began in the window, oldest first."""
    zone = ZoneInfo(board.settings.tz)
    since, until = _moment(params, "date_from"), _moment(params, "date_till")
    if since > until:
        raise RpcError("invalid_parameter_value", "date_till", params["date_till"])
    if until > _later(since):
        raise RpcError("date_interval_limit_reached", "date_till", params["date_till"])
    ongoing = params.get("include_ongoing_calls")
    calls = [
        call
        for call in board.calls()
        if since <= _local(call, zone) <= until and (ongoing or not call.running)
    ]
    return sorted(calls, key=lambda call: call.start)


def _local(call: Call, zone: ZoneInfo) -> datetime:
    """When the call began, to the second, as the account's clock showed it."""
    return call.start.astimezone(zone).replace(tzinfo=None, microsecond=0)


def _moment(params: Mapping[str, Any], name: str) -> datetime:
    try:
        return datetime.strptime(params[name], _FORMAT)
    except ValueError:
        raise RpcError("invalid_parameter_value", name, params[name]) from None


def _later(since: datetime) -> datetime:
    """Three months on; the end of the month where there is no such day."""
    year, month = divmod(since.year * 12 + since.month - 1 + MONTHS, 12)
    for day in (since.day, 30, 29, 28):
        try:
            return since.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    return since
