# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command, api, fields, models


class CallgearDialChoice(models.TransientModel):
    """The choice of one of several numbers to call."""

    _name = "callgear.dial.choice"
    _description = "Choice of a Number to Call"

    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True)
    line_ids = fields.One2many("callgear.dial.choice.line", "choice_id")

    @api.model
    def _create_for(self, record, numbers):
        """Create a choice among the numbers of a contact or ticket.

        :param record: one ``res.partner`` or ``helpdesk.ticket``
        :param numbers: list of dicts, as ``callgear_numbers`` returns them
        """
        return self.create(
            {
                "res_model": record._name,
                "res_id": record.id,
                "line_ids": [Command.create(number) for number in numbers],
            }
        )
