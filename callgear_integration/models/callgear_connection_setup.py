# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class CallgearConnection(models.Model):
    """The buttons of the set-up page."""

    _inherit = "callgear.connection"

    def action_test_connection(self):
        """Ask CallGear, and show what is in order and what is not."""
        self.ensure_one()
        self.check_access("write")
        return self.env["callgear.connection.check"]._test(self)

    def action_fetch_operators(self):
        """Fetch the account's employees, to compare them with the operators here."""
        self.ensure_one()
        self.check_access("write")
        return self.env["callgear.operator.import"]._start(self)
