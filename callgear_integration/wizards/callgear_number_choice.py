# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command, api, fields, models


class CallgearNumberChoice(models.TransientModel):
    """Which of several numbers to call."""

    _name = "callgear.number.choice"
    _description = "Choice of a Number to Call"

    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True)
    line_ids = fields.One2many("callgear.number.choice.line", "choice_id")

    @api.model
    def _offer(self, record, numbers):
        return self.create(
            {
                "res_model": record._name,
                "res_id": record.id,
                "line_ids": [Command.create(number) for number in numbers],
            }
        )


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
        """Call this number; closes the choice."""
        self.ensure_one()
        record = self.env[self.choice_id.res_model].browse(self.choice_id.res_id)
        close = {"type": "ir.actions.act_window_close"}
        return record.action_callgear_call(self.phone) or close
