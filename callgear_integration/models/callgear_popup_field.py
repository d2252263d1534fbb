# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models


class CallgearPopupField(models.Model):
    """A field of the caller that the popup shows, at the place the admin gave it."""

    _name = "callgear.popup.field"
    _description = "Field in the Call Popup"
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

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    _field_uniq = models.Constraint(
        "UNIQUE (connection_id, field_id)", "The popup shows this field already."
    )
