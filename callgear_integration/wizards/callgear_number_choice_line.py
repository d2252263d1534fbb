# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class CallgearNumberChoiceLine(models.TransientModel):
    _name = "callgear.number.choice.line"
    _description = "Number to Call"

    choice_id = fields.Many2one(
        "callgear.number.choice", required=True, ondelete="cascade", index=True
    )
    phone = fields.Char(string="Number", required=True, readonly=True)
    label = fields.Char(string="Where It Stands", readonly=True)
    name = fields.Char(string="Contact", readonly=True)

    def action_call(self):
        """Call this number.

        :return: the action that closes the choice
        :raises UserError: the number cannot be called, and why
        """
        self.ensure_one()
        record = self.env[self.choice_id.res_model].browse(self.choice_id.res_id)
        close = {"type": "ir.actions.act_window_close"}
        return record.action_callgear_call(self.phone) or close
