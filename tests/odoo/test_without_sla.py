# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R55: the bridge comes only to where Helpdesk Ticket SLA has been installed."""

from odoo.tests import TransactionCase, tagged

from devtools.paths import BRIDGE


@tagged("post_install", "-at_install")
class TestWithoutSla(TransactionCase):
    def test_r55_no_bridge_without_the_sla_module(self):
        """Both are there to be installed; nothing has done so by itself."""
        names = ["helpdesk_mgmt_sla", BRIDGE.name]
        modules = self.env["ir.module.module"].search([("name", "in", names)])
        self.assertEqual(
            {module.name: module.state for module in modules},
            dict.fromkeys(names, "uninstalled"),
        )
