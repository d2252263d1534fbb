# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""The calls that the addon's tests are built of, without Odoo.

The builder and the scenarios are plain Python, but importing them as part of the addon
would load Odoo into the process that measures.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

from devtools.paths import ADDON

_package = ModuleType("callgear_calls")
_package.__path__ = [str(ADDON / "tests")]
sys.modules[_package.__name__] = _package
_builder = import_module("callgear_calls.builder")
_scenarios = import_module("callgear_calls.scenarios")

SARA = _builder.SARA
CallBuilder = _builder.CallBuilder
Delivery = _builder.Delivery
Employee = _builder.Employee
changed = _builder.changed
incoming = _scenarios.incoming
missed = _scenarios.missed
softphone = _scenarios.softphone

Maker = Callable[..., CallBuilder]  # of the session's number, and ``start``
# Of ten calls; the tests' own Sara, Omar and Lina are in them.
MIX = (
    incoming,
    softphone,
    missed,
    incoming,
    _scenarios.group,
    incoming,
    missed,
    softphone,
    incoming,
    _scenarios.attended_transfer,
)
_EMPLOYEES = (SARA, _builder.OMAR, _builder.LINA)


def recast(
    call: CallBuilder, caller: str, employees: list[Employee], number: str
) -> list[Delivery]:
    """What a call tells, between others: instead of Sara, Omar and Lina as many others.

    :param number: the account's own that was called, or called from
    """
    roles = dict(zip((one.id for one in _EMPLOYEES), employees, strict=True))
    return [
        changed(
            delivery,
            virtual_phone_number=number,
            contact_info__contact_phone_number=caller,
            **_recast_employee(delivery, roles),
        )
        for delivery in call.deliveries
    ]


def _recast_employee(
    delivery: Delivery, roles: Mapping[int, Employee]
) -> dict[str, Any]:
    played = json.loads(delivery.text)["employee_info"]["employee_id"]
    if played not in roles:
        return {}
    return {
        "employee_info__employee_id": roles[played].id,
        "employee_info__employee_full_name": roles[played].name,
    }
