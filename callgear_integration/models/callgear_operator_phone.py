# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class CallgearOperatorPhone(models.Model):
    """Operator phone: a number (E.164) or an extension of an operator.

    Created from the operator's fields ``phone_numbers`` and ``extension``.
    """

    _name = "callgear.operator.phone"
    _description = "Phone of a CallGear Operator"
    _inherit = ["callgear.cached.configuration", "callgear.hidden.links"]
    _rec_name = "number"

    operator_id = fields.Many2one(
        "callgear.operator", required=True, ondelete="cascade", index=True
    )
    connection_id = fields.Many2one(
        related="operator_id.connection_id", store=True, index=False
    )
    number = fields.Char(required=True)

    _number_idx = models.Index("(connection_id, number)")
