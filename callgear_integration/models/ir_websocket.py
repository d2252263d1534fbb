# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import re

from odoo import models

# A page that shows a ticket subscribes to `callgear.ticket_<id>`; changes of its call
# messages are sent to the subchannel of the ticket.
TICKET_CHANNEL = re.compile(r"callgear\.ticket_(\d{1,9})\Z")
SUBCHANNEL = "callgear"
MAX_TICKETS = 20
# A page that lists calls subscribes to one of these; only for users of the group.
BOARD, CALL_BACK = "callgear.board", "callgear.call_back"
LISTENERS = {
    BOARD: "helpdesk_mgmt.group_helpdesk_manager",
    CALL_BACK: "helpdesk_mgmt.group_helpdesk_user_own",
}


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        """Replace the names that our pages subscribe to by channels, if allowed."""
        channels = self._callgear_replace_lists(channels)
        channels = self._callgear_replace_tickets(channels)
        return super()._build_bus_channel_list(channels)

    def _callgear_replace_lists(self, channels):
        """Replace names of lists of calls by channels of the user's companies."""
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
        return channels

    def _callgear_replace_tickets(self, channels):
        """Replace names of tickets by their channels, if the user may read them."""
        wanted = {
            channel: int(match[1])
            for channel in channels
            if isinstance(channel, str) and (match := TICKET_CHANNEL.match(channel))
        }
        channels = [
            channel
            for channel in channels
            if not isinstance(channel, str) or channel not in wanted
        ]
        if wanted and self.env.user and self.env.user._is_internal():
            ids = list(wanted.values())[:MAX_TICKETS]
            tickets = self.env["helpdesk.ticket"].browse(ids).exists()
            channels += [(t, SUBCHANNEL) for t in tickets._filtered_access("read")]
        return channels
