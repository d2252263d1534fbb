# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""The calls that the addon's tests are built of, without Odoo.

The builder and the scenarios are plain Python, but importing them as part of the addon
would load Odoo into the process that measures.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

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
incoming = _scenarios.incoming
softphone = _scenarios.softphone
