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
        """Make a choice of numbers to call a record at.

        :param record: one record of a model with ``callgear.dial.mixin``
        :param numbers: list of dicts, as ``callgear_numbers`` returns them
        :return: the choice, one record
        """
        return self.create(
            {
                "res_model": record._name,
                "res_id": record.id,
                "line_ids": [Command.create(number) for number in numbers],
            }
        )
