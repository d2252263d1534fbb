# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The two APIs as tables (call_api.json, data_api.json), and whether requests and answers
agree with them. The tables are written from the vendor's documentation: neither the
simulator nor the addon has a part in them.

`check_request("call", body)` and `check_answer("call", "list.calls", answer)` raise
`Broken`, which says where.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent
TABLES: dict[str, dict[str, Any]] = {
    api: json.loads((_HERE / f"{api}_api.json").read_text()) for api in ("call", "data")
}
_TOKEN = {"type": "string", "required": True}
_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "number": (int, float),
    "boolean": bool,
    "object": dict,
    "array": list,
}
_DETAILS = {"mnemonic", "field", "value", "params", "extended_helper"}


class Broken(AssertionError):
    """Something is not as the tables have it."""


def check_request(api: str, body: str | bytes | Mapping[str, Any]) -> dict[str, Any]:
    """Whether CallGear would understand a request; gives it back as an object."""
    data = body if isinstance(body, Mapping) else json.loads(body)
    _need(isinstance(data, dict), "one request, no batch")
    _need(set(data) == {"jsonrpc", "id", "method", "params"}, f"members {set(data)}")
    _need(data["jsonrpc"] == "2.0", "jsonrpc is 2.0")
    number = data["id"]
    _need(_is(number, "string") or _is(number, "number"), f"id {number!r}")
    method = _method(api, data["method"])
    _need(_is(data["params"], "object"), "params is an object")
    declared = dict(method["params"])
    if method.get("token", True):
        declared["access_token"] = _TOKEN
    _check_params(data["params"], declared, "", bool(method.get("open")))
    return dict(data)


def check_answer(
    api: str,
    method: str,
    answer: str | bytes | Mapping[str, Any],
    *,
    complete: bool = False,
) -> dict[str, Any]:
    """Whether an answer is one that CallGear may give to the method; `complete`: with all
    fields, as when none were named.
    """
    data = answer if isinstance(answer, Mapping) else json.loads(answer)
    _need(data.get("jsonrpc") == "2.0" and "id" in data, "the envelope of JSON-RPC 2.0")
    _need(("result" in data) is not ("error" in data), "either a result or an error")
    if "error" in data:
        _need(set(data) == {"jsonrpc", "id", "error"}, f"members {set(data)}")
        _check_error(api, method, data["error"])
    else:
        _need(set(data) == {"jsonrpc", "id", "result"}, f"members {set(data)}")
        _check_result(api, method, data["result"], complete)
    return dict(data)


def example(api: str, method: str, *, optional: bool = False) -> dict[str, Any]:
    """Parameters of a request that agrees with the table."""
    return {
        name: param["example"]
        for name, param in _method(api, method)["params"].items()
        if "example" in param and (optional or param.get("required"))
    }


def _method(api: str, name: str) -> dict[str, Any]:
    methods = TABLES[api]["methods"]
    _need(name in methods, f"no method {name!r} in the {api} API")
    found: dict[str, Any] = methods[name]
    return found


def _check_params(
    params: Mapping[str, Any],
    declared: Mapping[str, Any],
    prefix: str,
    open_: bool,
) -> None:
    """`open_`: there are further parameters that the table does not describe."""
    names = {
        name.removeprefix(prefix): param
        for name, param in declared.items()
        if name.startswith(prefix) and "." not in name.removeprefix(prefix)
    }
    for name in params:
        _need(open_ or name in names, f"unknown parameter {prefix}{name}")
    for name, param in names.items():
        value, field = params.get(name), prefix + name
        if value is None:
            _need(not param.get("required"), f"{field} is required")
            continue
        _need(_is(value, param["type"]), f"{field} is a {param['type']}: {value!r}")
        if "values" in param:
            _need(value in param["values"], f"{field} is one of {param['values']}")
        if any(other.startswith(f"{field}.") for other in declared):
            _check_params(value, declared, f"{field}.", False)


def _check_error(api: str, method: str, error: Any) -> None:
    table = TABLES[api]
    _need(_is(error, "object"), "error is an object")
    _need(_is(error.get("message"), "string") and error["message"], "a message")
    details = error.get("data")
    _need(_is(details, "object") and _DETAILS <= set(details), "the error's data")
    mnemonic = details["mnemonic"]
    codes = table["errors"].get(mnemonic)
    if codes is None:
        # A method that does not exist has no errors of its own.
        own = table["methods"].get(method, {}).get("errors", ())
        _need(mnemonic in own, f"{method} does not know {mnemonic!r}")
        codes = table["own_errors"][mnemonic]
    _need(error.get("code") in codes, f"{mnemonic} has code {codes}")
    _need(_is(details["field"], "string?"), "field is a text or null")
    _need(_is(details["params"], "object?"), "params is an object or null")
    metadata = details.get("metadata", error.get("metadata"))
    if mnemonic not in table["without_limits"]:
        _check_limits(table, metadata)


def _check_result(api: str, method: str, result: Any, complete: bool) -> None:
    table, declared = TABLES[api], _method(api, method)
    _need(_is(result, "object"), "result is an object")
    _check_limits(table, result.get("metadata"))
    data = result.get("data")
    if "rows" not in declared:
        _check_row(data, declared["result"], "data", True, False)
        return
    _need(_is(data, "array"), "data is a list")
    if declared.get("paged"):
        total = result["metadata"].get("total_items")
        _need(_is(total, "number") and total >= len(data), "total_items")
    fields = {
        name: kind
        for name, kind in declared["rows"].items()
        if not complete or name not in declared.get("on_request", ())
    }
    for index, row in enumerate(data):
        open_ = declared.get("open_rows", False)
        _check_row(row, fields, f"data[{index}]", complete or api == "call", open_)


def _check_row(
    row: Any, fields: Mapping[str, Any], place: str, complete: bool, open_: bool
) -> None:
    _need(_is(row, "object"), f"{place} is an object")
    for name in row:
        _need(open_ or name in fields, f"{place} has no {name}")
    for name, kind in fields.items():
        if name not in row:
            _need(not complete, f"{place} lacks {name}")
            continue
        value, field = row[name], f"{place}.{name}"
        if isinstance(kind, str):
            _need(_is(value, kind), f"{field} is {kind}: {value!r}")
            continue
        _need(_is(value, "array"), f"{field} is a list")
        for item in value:
            if isinstance(kind[0], str):
                _need(_is(item, kind[0]), f"{field} holds {kind[0]}: {item!r}")
            else:
                _check_row(item, kind[0], field, True, False)


def _check_limits(table: Mapping[str, Any], metadata: Any) -> None:
    limits = metadata.get("limits") if _is(metadata, "object") else None
    _need(_is(limits, "object"), "metadata tells the limits")
    _need(set(limits) == set(table["limits"]), f"limits {set(limits)}")
    for name, value in limits.items():
        _need(_is(value, "number") and value >= 0, f"{name} is a number")


def _is(value: Any, kind: str) -> bool:
    """`?` stands for "or null"; `yes` is a success, which is shown as text and flag."""
    if kind.endswith("?"):
        return value is None or _is(value, kind[:-1])
    if kind == "yes":
        return value is True or value == "true"
    # true is an int for Python, but not a number for JSON.
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _TYPES[kind])


def _need(good: object, what: str) -> None:
    if not good:
        raise Broken(what)
