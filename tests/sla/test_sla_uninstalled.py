# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R53, R55: helpdesk_mgmt_sla goes, and the statistics go on."""

import os
from pathlib import Path

from devtools import installed_database
from devtools.environment import VARIABLE, Environment

UNINSTALL = """
modules = env["ir.module.module"].search([("name", "=", "helpdesk_mgmt_sla")])
modules.button_immediate_uninstall()
"""
COUNT = """
rows = env["callgear.statistics"]._read_group(
    [], [], ["sla_closing_due:count_distinct", "new_tickets:count_distinct"]
)
state = env["ir.module.module"].search([("name", "=", "callgear_integration_sla")]).state
print("COUNTED", rows[0], state)
"""


def test_r55_without_the_sla_module_again():
    environment = Environment.load(Path(os.environ[VARIABLE]))
    with installed_database.temporary(environment, "sla_gone") as database:
        database.install("helpdesk_mgmt_sla")
        database.shell(UNINSTALL, "Uninstalling failed")
        output = database.shell(COUNT, "Counting failed")
    assert "COUNTED" in output
    assert output.rstrip().endswith("uninstalled")
