# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What an agent can do with his part of a call through CallGear, and how far it is."""

from odoo import models

from ..tools.write_changes import write_changes
from .callgear_leg_announce import iso

# By what has become of the other party.
TALKING_CAN = {
    "none": ["hang_up", "hold", "consult"],
    "held": ["hang_up", "resume", "consult"],
    "consulting": ["hang_up", "connect", "restore"],
}


class CallgearLeg(models.Model):
    _inherit = "callgear.leg"

    def _can(self):
        """Return what makes sense at this moment: names of the actions of the call."""
        self.ensure_one()
        call = self.call_id
        actions = []
        if self.state == "talking":
            actions = TALKING_CAN[self.control or "none"]
        elif self.state == "ringing" and call.direction == "out":
            # Whoever is rung by a caller cannot hang up for the caller.
            actions = ["hang_up"]
        if not actions or not call._is_steerable():
            return []
        # sudo: callgear.connection - only whether there is a key
        return actions if call.connection_id.sudo().api_key else []

    def _steered(self, control, colleague=None):
        """CallGear has done what the agent asked for."""
        self.ensure_one()
        call = self.call_id
        call.connection_id._lock("session", call.session_id)
        colleague_id = colleague.id if colleague and control == "consulting" else False
        write_changes(self, {"control": control, "consulted_id": colleague_id})
        call._announce()

    def _calling_out(self, agent):
        """The part of the payload about calls from Odoo, and about steering calls."""
        call = self.call_id
        own = call.origin_user_id and call.origin_user_id == self.user_id
        ticket = agent.env["helpdesk.ticket"].browse(call.origin_ticket_id.id)
        shown = own and ticket and ticket.has_access("read")
        ended = self.state == "ended"
        return {
            "dial": self._dial_state() if own else None,
            "dial_since": iso(self.answered_at or self.picked_up_at or self.started_at),
            "origin_ticket": {
                "id": ticket.id,
                "number": ticket.number,
                "name": ticket.name,
            }
            if shown
            else None,
            "control": (not ended and self.control) or "none",
            "consulted": None if ended else self.consulted_id.name or None,
            "can": self._can(),
        }

    def _dial_state(self):
        if self.answered_at:
            return "talking"
        return "calling_contact" if self.picked_up_at else "calling_agent"
