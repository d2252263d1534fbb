# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R55: the helpdesk's own Python tests end beside the addon as they do without it."""

import re

import pytest

from devtools import base_database, installed_database

MODULE = "helpdesk_mgmt"
# As the log of Odoo's test runner says it.
STARTED = re.compile(rf"odoo\.addons\.{MODULE}\.tests\.\S+: Starting (\S+) \.\.\.")
FAILED = re.compile(rf"odoo\.addons\.{MODULE}\.tests\.\S+: (?:FAIL|ERROR): (\S+)")


def outcome(environment, database):
    """The names of the tests that ran, and of those that failed."""
    output = environment.odoo(
        "-d", database.name, "-u", MODULE, "--test-tags", f"/{MODULE}", "--no-http",
        "--max-cron-threads=0", "--stop-after-init", "--log-level=info",
        what="Running the tests of the helpdesk failed", log=database.log,
    )  # fmt: skip
    return set(STARTED.findall(output)), set(FAILED.findall(output))


@pytest.mark.timeout(3600)
def test_r55_as_without_us(environment):
    with installed_database.dropped(environment, "plain") as plain:
        plain.copy_from(base_database.ensure(environment))
        run, failed = outcome(environment, plain)
    with installed_database.temporary(environment, "beside") as database:
        run_beside, failed_beside = outcome(environment, database)
    print(f"\n{len(run)} tests of {MODULE}, {len(failed)} fail without us")
    assert len(run) > 30, "they must have run"
    assert run_beside == run
    assert failed_beside == failed
