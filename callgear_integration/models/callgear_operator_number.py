# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models


class CallgearOperatorNumber(models.Model):
    """A number of a colleague, in the form in which calls name it."""

    _name = "callgear.operator.number"
    _description = "Number of a CallGear Operator"
    _rec_name = "number"

    operator_id = fields.Many2one(
        "callgear.operator", required=True, ondelete="cascade", index=True
    )
    connection_id = fields.Many2one(
        related="operator_id.connection_id", store=True, index=False
    )
    number = fields.Char(required=True)

    _number_idx = models.Index("(connection_id, number)")

    @api.model_create_multi
    def create(self, vals_list):
        numbers = super().create(vals_list)
        self.env.registry.clear_cache()
        return numbers

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result
