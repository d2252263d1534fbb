# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Move partner phones first: contacts that are merged often share a number."""
        # sudo: callgear.partner.phone - kept by us, for whoever merges contacts
        Phone = self.env["callgear.partner.phone"].sudo()
        Phone._merge_partners(src_partners, dst_partner)
        result = super()._update_foreign_keys(src_partners, dst_partner)
        # Colleagues are recognised by their contacts, which may be others now.
        self.env.registry.clear_cache()
        return result
