# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models

from ..tools.hand import Hand, changed_by


class IrActionsServer(models.Model):
    _inherit = "ir.actions.server"

    @changed_by(Hand.AUTOMATION)
    def run(self):
        """Run it; what it changes in tickets is no person's choice.

        Automation rules, scheduled actions and the entries of the *Action* menu are server
        actions as well.
        """
        return super().run()
