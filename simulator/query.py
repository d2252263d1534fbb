# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Data API: filter, sort, page and fields of a list."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from .api import Answer
from .api_parameters import Param
from .json_rpc import RpcError

PARAMS: dict[str, Param] = {
    "limit": Param("number"),
    "offset": Param("number"),
    "filter": Param("object"),
    "sort": Param("array"),
    "fields": Param("array"),
}
USUAL_LIMIT = 1000
HIGHEST_LIMIT = 10_000
HIGHEST_OFFSET = 100_000
DEEPEST = 5
Row = Mapping[str, Any]
Test = Callable[[Row], bool]

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_OPERATORS = (*_COMPARE, "like", "regexp", "jsquery", "in")


@dataclass(frozen=True)
class Columns:
    """The fields of a list, and what each is good for."""

    names: Collection[str]
    hidden: Collection[str] = ()
    """Come only when they are named."""
    unsortable: Collection[str] = ()
    unfilterable: Collection[str] = ()


def answer(
    rows: list[dict[str, Any]],
    params: Mapping[str, Any],
    columns: Columns | None = None,
) -> Answer:
    """The rows that were asked for."""
    columns = columns or Columns(list(rows[0]))
    limit = _whole(params, "limit", USUAL_LIMIT, 1, HIGHEST_LIMIT)
    offset = _whole(params, "offset", 0, 0, HIGHEST_OFFSET)
    shown = _fields(params.get("fields"), columns)
    if params.get("filter"):
        test = _test(params["filter"], columns, "filter", DEEPEST)
        rows = [row for row in rows if test(row)]
    for item in reversed(params.get("sort") or []):
        rows = _sorted(rows, item, columns)
    page = [
        {name: row[name] for name in shown} for row in rows[offset : offset + limit]
    ]
    return Answer(page, {"total_items": len(rows)})


def _whole(
    params: Mapping[str, Any], name: str, usual: int, lowest: int, highest: int
) -> int:
    value = params.get(name)
    if value is None:
        return usual
    if not isinstance(value, int) or not lowest <= value <= highest:
        raise RpcError("invalid_parameter_value", name, value)
    return value


def _fields(wanted: Any, columns: Columns) -> list[str]:
    if not wanted:
        return [name for name in columns.names if name not in columns.hidden]
    for name in wanted:
        _known(name, columns.names, "fields")
    return list(dict.fromkeys(wanted))


def _known(name: Any, fields: Collection[str], parameter: str) -> str:
    if not isinstance(name, str):
        raise RpcError("data_type_error", parameter, name, object="string")
    if name not in fields:
        raise RpcError("unexpected_parameters", f"{parameter}.{name}"[:100], name)
    return name


def _sorted(
    rows: list[dict[str, Any]], item: Any, columns: Columns
) -> list[dict[str, Any]]:
    if not isinstance(item, dict):
        raise RpcError("data_type_error", "sort", item, object="object")
    name = _known(item.get("field"), columns.names, "sort")
    order = item.get("order", "asc")
    if order not in ("asc", "desc"):
        raise RpcError("invalid_parameter_value", "sort.order", order)
    if name in columns.unsortable or any(
        isinstance(row[name], (list, dict)) for row in rows
    ):
        raise RpcError("sort_prohibited", "sort", name)
    # Empty values come last, as in PostgreSQL; they cannot be compared.
    full = [row for row in rows if row[name] is not None]
    empty = [row for row in rows if row[name] is None]
    full.sort(key=lambda row: row[name], reverse=order == "desc")
    return full + empty if order == "asc" else empty + full


def _test(data: Any, columns: Columns, path: str, depth: int) -> Test:
    """A filter, or a tree of filters, as a function of a row."""
    if not isinstance(data, dict) or not depth:
        raise RpcError("data_type_error", path, object="object")
    if "filters" not in data:
        return _simple(data, columns, path)
    condition = data.get("condition", "and")
    if condition not in ("and", "or") or not isinstance(data["filters"], list):
        raise RpcError("invalid_parameter_value", f"{path}.condition", condition)
    tests = [_test(item, columns, path, depth - 1) for item in data["filters"]]
    combine = all if condition == "and" else any
    return lambda row: combine(test(row) for test in tests)


def _simple(data: Mapping[str, Any], columns: Columns, path: str) -> Test:
    for name in data:
        if name not in ("field", "operator", "value"):
            raise RpcError("unexpected_parameters", f"{path}.{name}")
    name = _known(data.get("field"), columns.names, path)
    sign, value = data.get("operator"), data.get("value")
    if sign not in _OPERATORS:
        raise RpcError("invalid_parameter_value", f"{path}.operator", sign)
    if sign == "jsquery" or name in columns.unfilterable:
        raise RpcError("filter_prohibited", path, name)
    if sign == "in" and not isinstance(value, list):
        raise RpcError("data_type_error", f"{path}.value", value, object="array")
    if sign in ("like", "regexp"):
        matches = _pattern(sign, value, path)
    else:
        matches = None

    def test(row: Row) -> bool:
        held = row[name]
        if isinstance(held, (list, dict)):
            raise RpcError("filter_prohibited", path, name)
        if sign == "in":
            return held in value
        if matches is not None:
            return held is not None and matches.search(str(held)) is not None
        if sign in ("=", "!=") and value is None:
            return _COMPARE[sign](held, None)
        if held is None:
            return False
        if type(held) is not type(value):
            raise RpcError("data_type_error", f"{path}.value", value)
        return _COMPARE[sign](held, value)

    return test


def _pattern(sign: str, value: Any, path: str) -> re.Pattern[str]:
    if not isinstance(value, str) or len(value) > 200:
        raise RpcError("data_type_error", f"{path}.value", value, object="string")
    if sign == "like":
        parts = (re.escape(part) for part in value.split("%"))
        return re.compile(f"^{'.*'.join(parts)}$", re.DOTALL | re.IGNORECASE)
    try:
        return re.compile(value)
    except re.error:
        raise RpcError("invalid_parameter_value", f"{path}.value", value) from None
