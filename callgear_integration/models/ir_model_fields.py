# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models


class IrModelFields(models.Model):
    _inherit = "ir.model.fields"

    @api.model_create_multi
    def create(self, vals_list):
        created = super().create(vals_list)
        if "res.partner" in created.mapped("model"):
            self.env["callgear.partner.phone"]._expect_other_fields()
        return created
