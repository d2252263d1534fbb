# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class IrUiMenu(models.Model):
    _inherit = "ir.ui.menu"

    def _load_menus_blacklist(self):
        """Managers find the figures under the helpdesk's own *Reporting*, once."""
        hidden = super()._load_menus_blacklist()
        if self.env.user.has_group("helpdesk_mgmt.group_helpdesk_manager"):
            # An admin may have deleted it.
            menu = self.env["ir.model.data"]._xmlid_to_res_id(
                "callgear_integration.menu_own_reporting", raise_if_not_found=False
            )
            hidden = [*hidden, *([menu] if menu else [])]
        return hidden
