# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models


class IrUiView(models.Model):
    _inherit = "ir.ui.view"

    @api.model_create_multi
    def create(self, vals_list):
        views = super().create(vals_list)
        views._callgear_expect_phone_fields()
        return views

    def write(self, vals):
        result = super().write(vals)
        self._callgear_expect_phone_fields()
        return result

    def unlink(self):
        self._callgear_expect_phone_fields()
        return super().unlink()

    def _callgear_expect_phone_fields(self):
        """Have contacts read anew if these views may show other phone numbers of them."""
        if any(
            view.model == "res.partner" and "phone" in (view.arch_db or "")
            for view in self
        ):
            self.env["callgear.partner.phone"]._expect_other_fields()
