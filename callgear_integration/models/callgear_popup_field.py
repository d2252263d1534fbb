# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class CallgearPopupField(models.Model):
    """A field of the contact that the popup shows, in the order of ``sequence``."""

    _name = "callgear.popup.field"
    _description = "Caller Detail on the Phone"
    _inherit = ["callgear.cached.configuration", "callgear.hidden.links"]
    _order = "sequence, id"
    _rec_name = "field_id"

    connection_id = fields.Many2one(
        "callgear.connection", required=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer(default=10)
    field_id = fields.Many2one(
        "ir.model.fields",
        required=True,
        ondelete="cascade",
        domain="[('model', '=', 'res.partner'), ('ttype', 'not in', "
        "['binary', 'one2many', 'properties', 'properties_definition', 'json'])]",
    )

    _field_uniq = models.Constraint(
        "UNIQUE (connection_id, field_id)", "The phone shows this field already."
    )
