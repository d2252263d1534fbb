# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the call-back list shows of a ticket, read for all its rows at once."""

from datetime import timedelta

from odoo import api, fields, models

from ..domain.verdict import ATTEMPT, MISSED
from .callgear_call import SILENT_HOURS

AGENTS = "helpdesk_mgmt.group_helpdesk_user_own"


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    call_back_phone = fields.Char(
        string="Number", compute="_compute_call_back", groups=AGENTS
    )
    call_back_tries = fields.Integer(
        string="Tried",
        compute="_compute_call_back",
        groups=AGENTS,
        help="How often the caller has tried.",
    )
    call_back_last_try = fields.Datetime(
        string="Last Try", compute="_compute_call_back", groups=AGENTS
    )
    call_back_attempts = fields.Integer(
        string="Called Back",
        compute="_compute_call_back",
        groups=AGENTS,
        help="How often agents have called and were not answered.",
    )
    call_back_last_attempt = fields.Datetime(
        string="Last Called Back", compute="_compute_call_back", groups=AGENTS
    )
    call_back_result = fields.Char(
        string="Result", compute="_compute_call_back_result", groups=AGENTS
    )

    def _compute_call_back(self):
        # sudo: callgear.leg - how often he has called is part of a ticket that one sees
        Leg = self.env["callgear.leg"].sudo()
        rows = Leg._read_group(
            [("ticket_id", "in", self.ids), ("item", "in", (MISSED, ATTEMPT))],
            ["ticket_id", "item"],
            ["__count", "started_at:max", "id:max"],
        )
        found = {(ticket.id, item): values for ticket, item, *values in rows}
        legs = Leg.browse(leg_id for _count, _last, leg_id in found.values())
        phones = {leg.id: leg.call_id.phone for leg in legs}
        for ticket in self:
            tries, last_try, leg_id = found.get((ticket.id, MISSED), (0, False, False))
            ticket.call_back_tries = tries
            ticket.call_back_last_try = last_try
            ticket.call_back_phone = phones.get(leg_id)
            attempts, last, _leg = found.get((ticket.id, ATTEMPT), (0, False, False))
            ticket.call_back_attempts = attempts
            ticket.call_back_last_attempt = last

    @api.depends("call_back_phone", "call_back_attempts", "partner_id")
    def _compute_call_back_result(self):
        running = self._running_legs()
        for ticket in self:
            leg, attempts = running.get(ticket.id), ticket.call_back_attempts
            if leg:
                ticket.call_back_result = self.env["callgear.call.text"]._board_course(
                    leg
                )
            elif attempts > 1:
                ticket.call_back_result = self.env._("No answer, %s times", attempts)
            else:
                ticket.call_back_result = attempts == 1 and self.env._("No answer")

    def _running_legs(self):
        """Calls with the callers that go on at the moment, by ticket."""
        phones = [phone for phone in self.mapped("call_back_phone") if phone]
        now = fields.Datetime.now()
        # sudo: callgear.leg - that somebody calls him keeps others from doing so, too
        legs_sudo = (
            self.env["callgear.leg"]
            .sudo()
            .search(
                [
                    ("state", "!=", "ended"),
                    ("user_id", "!=", False),
                    ("company_id", "in", self.company_id.ids),
                    ("call_id.state", "!=", "ended"),
                    ("call_id.last_event_at", ">", now - timedelta(hours=SILENT_HOURS)),
                    "|",
                    ("call_id.origin_ticket_id", "in", self.ids),
                    "|",
                    ("call_id.partner_id", "in", self.partner_id.ids),
                    ("call_id.phone", "in", phones),
                ]
            )
        )
        running = {}
        for ticket in self:
            for leg in legs_sudo:
                call = leg.call_id
                if (
                    call.origin_ticket_id == ticket
                    or (call.partner_id and call.partner_id == ticket.partner_id)
                    or (call.phone and call.phone == ticket.call_back_phone)
                ):
                    running[ticket.id] = leg
        return running
