# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models

BOARD, CALL_BACK = "callgear.board", "callgear.call_back"
# What a page asks for, and who is told.
LISTENERS = {
    BOARD: "helpdesk_mgmt.group_helpdesk_user_team",
    CALL_BACK: "helpdesk_mgmt.group_helpdesk_user_own",
}


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        """Swap the names of lists of calls for those of the user's companies."""
        wanted = LISTENERS.keys() & {name for name in channels if isinstance(name, str)}
        channels = [
            name
            for name in channels
            if not isinstance(name, str) or name not in LISTENERS
        ]
        user = self.env.user
        for name in wanted:
            if user and user.has_group(LISTENERS[name]):
                channels += [(company, name) for company in user.company_ids]
        return super()._build_bus_channel_list(channels)
