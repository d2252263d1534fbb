# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


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
