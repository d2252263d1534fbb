# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a method takes: names, types, what is required. Anything else is an error."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .json_rpc import RpcError

_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "number": (int, float),
    "boolean": bool,
    "object": dict,
    "array": list,
}


@dataclass(frozen=True)
class Param:
    """One parameter; an object may say what it is made of."""

    type: str
    required: bool = False
    choices: tuple[str, ...] = ()
    fields: Mapping[str, Param] | None = None


def check(
    params: Mapping[str, Any], declared: Mapping[str, Param], prefix: str = ""
) -> None:
    """RpcError for the first parameter that is wrong; null counts as left out."""
    for name in params:
        if name not in declared:
            raise RpcError("unexpected_parameters", prefix + name)
    for name, param in declared.items():
        value, field = params.get(name), prefix + name
        if value is None:
            if param.required:
                raise RpcError("required_parameter_missed", field)
            continue
        # true is an int for Python, but not a number for JSON.
        if not isinstance(value, _TYPES[param.type]) or (
            isinstance(value, bool) and param.type != "boolean"
        ):
            raise RpcError("data_type_error", field, value, object=param.type)
        # 1e999 is a number for JSON, and none that anybody could mean.
        if isinstance(value, float) and not math.isfinite(value):
            raise RpcError("data_type_error", field, object=param.type)
        if isinstance(value, str) and not _is_text(value):
            raise RpcError("character_encoding_not_allowed", field)
        if param.choices and value not in param.choices:
            raise RpcError("invalid_parameter_value", field, value)
        if param.fields is not None:
            check(value, param.fields, f"{field}.")


def _is_text(value: str) -> bool:
    """Half of a surrogate pair can be written in JSON, but not in UTF-8."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
