# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models


class MergePartnerAutomatic(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Most contacts are merged for their number, which must not be there twice."""
        # sudo: callgear.phone - whoever may merge contacts need not know our index
        self.env["callgear.phone"].sudo()._hand_over(src_partners, dst_partner)
        result = super()._update_foreign_keys(src_partners, dst_partner)
        # Colleagues are recognised by their contacts, which may be others now.
        self.env.registry.clear_cache()
        return result
