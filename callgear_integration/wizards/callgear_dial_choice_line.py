# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models

from ..client_input import for_clients


class CallgearDialChoiceLine(models.TransientModel):
    """One of the numbers to choose from."""

    _name = "callgear.dial.choice.line"
    _description = "Number to Call"

    choice_id = fields.Many2one(
        "callgear.dial.choice", required=True, ondelete="cascade", index=True
    )
    phone = fields.Char(string="Number", required=True, readonly=True)
    label = fields.Char(string="Source", readonly=True)
    name = fields.Char(string="Contact", readonly=True)

    @for_clients(one=True)
    def action_call(self):
        """Call this number, and close the choice.

        :return: action that closes the dialog
        :raises UserError: no call can be made; its text says why
        """
        self.ensure_one()
        record = self.env[self.choice_id.res_model].browse(self.choice_id.res_id)
        close = {"type": "ir.actions.act_window_close"}
        return record.action_callgear_call(self.phone) or close
