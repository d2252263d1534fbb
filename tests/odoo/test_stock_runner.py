# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The addon's own tests run under Odoo's test runner, without pytest.

A few are enough, some on the database alone and some over HTTP: all of them would take
minutes, and pytest runs them anyway.
"""

import re

import pytest

from devtools import base_database, installed_database
from devtools.environment import Environment
from devtools.ports import free_port

ADDON = "callgear_integration"
SOME = (
    f"/{ADDON}/tests/test_popup.py",
    f"/{ADDON}/tests/test_portal_recordings.py",
)


@pytest.mark.full
def test_odoo_runs_the_addons_tests_when_it_installs_it():
    environment = Environment.load()
    with installed_database.dropped(environment, "stock") as database:
        database.copy_from(base_database.ensure(environment))
        output = environment.odoo(
            "-d", database.name, "-i", ADDON, "--test-enable",
            "--test-tags", ",".join(SOME), "--stop-after-init",
            "--http-port", str(free_port()),
            what="Odoo's test run failed", log=database.log,
        )  # fmt: skip
    started = re.findall(r"tests\.(\w+): Starting Test", output)
    assert set(started) == {"test_popup", "test_portal_recordings"}
    [result] = re.findall(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests", output)
    assert result == ("0", "0", str(len(started)))
