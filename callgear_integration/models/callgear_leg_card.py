# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The call message as a card in the chatter: its data, and news of it."""

from odoo import models

from .callgear_leg_announce import iso
from .ir_websocket import SUBCHANNEL


class CallgearLeg(models.Model):
    _inherit = "callgear.leg"

    def _card(self):
        """Return what the card of the call message is drawn from; times UTC, ISO 8601."""
        self.ensure_one()
        call = self.call_id
        return {
            "leg_id": self.id,
            "item": self.item or None,
            "direction": call.direction,
            "absent": self._is_absent(),
            "state": self.state,
            "number": call.phone or call.phone_raw or None,
            "partner": call.partner_id.display_name or "",
            "agent": self.user_id.name or "",
            "agent_user_id": self.user_id.id or None,
            "started_at": iso(call.started_at),
            "answered_at": iso(self.answered_at),
            "ended_at": iso(self.ended_at),
            "talk_seconds": self.talk_seconds,
            "wait_seconds": call.wait_seconds or call.total_seconds,
            "summary": self.summary or "",
            "recordings": [
                {
                    "id": recording.id,
                    "state": recording.state,
                    "duration": recording.duration,
                    "attachment_id": recording.attachment_id.id or None,
                }
                for recording in self._recordings()
            ],
        }

    def _announce_card(self):
        """Tell the pages that show the ticket; the whole state, as always."""
        for leg in self.filtered(lambda leg: leg.ticket_id and leg.message_id):
            payload = {
                "ticket_id": leg.ticket_id.id,
                "message_id": leg.message_id.id,
                "callgear_call": leg._card(),
            }
            # The stage is not in the card, but a page that shows the ticket wants to know.
            if leg._is_news("announced_card", [payload, leg.ticket_id.stage_id.id]):
                channel = (leg.ticket_id, SUBCHANNEL)
                self.env["bus.bus"]._sendone(channel, "callgear.ticket", payload)
