# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import re

from odoo import models

# What a page that shows a ticket asks for, and where its call messages are announced.
TICKET_CHANNEL = re.compile(r"callgear\.ticket_(\d{1,9})\Z")
SUBCHANNEL = "callgear"
MAX_TICKETS = 20


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        """Swap the names of tickets for the tickets, if the user may read them."""
        wanted = {
            channel: int(match[1])
            for channel in channels
            if isinstance(channel, str) and (match := TICKET_CHANNEL.match(channel))
        }
        channels = [channel for channel in channels if channel not in wanted]
        if wanted and self.env.user and self.env.user._is_internal():
            ids = list(wanted.values())[:MAX_TICKETS]
            tickets = self.env["helpdesk.ticket"].browse(ids).exists()
            channels += [(t, SUBCHANNEL) for t in tickets._filtered_access("read")]
        return super()._build_bus_channel_list(channels)
