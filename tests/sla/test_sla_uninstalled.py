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
# A ticket that a team without SLAs has promised to close.
COUNT = """
team = env["helpdesk.ticket.team"].create({"name": "T", "callgear_closing_hours": 1})
done = env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
values = {"name": "T", "description": "T", "team_id": team.id}
ticket = env["helpdesk.ticket"].create(values)
env.flush_all()
env.cr.precommit.run()
# What is closed in the second in which it was made took no time.
env.cr.execute("UPDATE helpdesk_ticket SET create_date = create_date - interval '1 h' "
               "WHERE id = %s", [ticket.id])
ticket.invalidate_recordset()
ticket.stage_id = done
env.flush_all()
env.cr.precommit.run()
Statistics = env["callgear.statistics"].with_context(lang="ru_RU")
[(due,)] = Statistics._read_group(
    [("team_id", "=", team.id)], [], ["sla_closing_due:count_distinct"]
)
modules = env["ir.module.module"].search([("name", "=", "callgear_integration_sla")])
help = Statistics.fields_get(["sla_closing_due"], ["help"])["sla_closing_due"]["help"]
print("LEFT", due, modules.state, "SLA" in help)
"""


def test_r55_without_the_sla_module_again():
    environment = Environment.load(Path(os.environ[VARIABLE]))
    with installed_database.temporary(environment, "sla_gone") as database:
        database.install("helpdesk_mgmt_sla")
        database.shell(UNINSTALL, "Uninstalling failed")
        output = database.shell(COUNT, "Counting failed")
    assert "LEFT 1 uninstalled False" in output
