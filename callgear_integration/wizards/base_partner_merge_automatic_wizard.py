# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Merge partner phones first: merged contacts often have the same number."""
        # sudo: callgear.partner.phone - kept up to date whoever merges contacts
        Phone = self.env["callgear.partner.phone"].sudo()
        numbers = Phone._merge_partners(src_partners, dst_partner)
        result = super()._update_foreign_keys(src_partners, dst_partner)
        # Calls and tickets have got their new contact by plain SQL.
        self.env.invalidate_all()
        Phone._announce_numbers(numbers, regroup=True)
        # The contacts of agents are cached, and may have changed. Who is an agent, and whose
        # own request a ticket is, counts in the statistics.
        self.env.registry.clear_cache()
        # sudo: res.users - whoever merges contacts
        users_sudo = self.env["res.users"].sudo().with_context(active_test=False)
        users_sudo.search([("partner_id", "=", dst_partner.id)])._callgear_recount()
        return result

    @api.model
    def _update_values(self, src_partners, dst_partner):
        """Have partner phones follow the fields that the contact gets, and keep the others."""
        # sudo: callgear.partner.phone, res.partner - as above; the numbers are no news
        Phone = self.env["callgear.partner.phone"].sudo()
        target = Phone._keep_merged(src_partners.sudo(), dst_partner)
        result = super()._update_values(src_partners, target)
        Phone.with_context(**target.env.context)._sync_with_partners(target.sudo())
        return result
