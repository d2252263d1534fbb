# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Tickets whose caller waits to be called back after a missed call."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..domain.verdict import CONVERSATION, MISSED
from ..tools.times import precise_now
from ..tools.write_changes import write_changes
from .helpdesk_ticket_call import SILENT
from .ir_websocket_lists import CALL_BACK

# A change of these may bring a ticket into the list, out of it, or to somebody else.
_LISTED_BY = {"call_missed_since", "stage_id", "user_id", "team_id", "active"}


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    call_missed_since = fields.Datetime(
        readonly=True,
        copy=False,
        help="First missed call after which nobody has talked with the caller.",
    )
    call_waiting_since = fields.Datetime(
        string="Waiting since",
        compute="_compute_call_waiting_since",
        store=True,
        index="btree_not_null",
        help="The caller's first missed call, if he still waits to be called back.",
    )
    call_done_at = fields.Datetime(
        readonly=True, copy=False, help="When a person has closed the ticket."
    )
    call_claimed = fields.Boolean(
        string="Claimed",
        readonly=True,
        copy=False,
        help="The ticket was assigned by a person, not because a phone has rung.",
    )
    call_claim_user_id = fields.Many2one(
        "res.users", string="Claimed by", compute="_compute_call_claim_user_id"
    )

    @api.depends("call_missed_since", "stage_id.closed")
    def _compute_call_waiting_since(self):
        for ticket in self:
            waits = ticket.call_missed_since and not ticket.stage_id.closed
            ticket.call_waiting_since = waits and ticket.call_missed_since

    @api.depends("call_claimed", "user_id")
    def _compute_call_claim_user_id(self):
        for ticket in self:
            ticket.call_claim_user_id = ticket.call_claimed and ticket.user_id

    # ------------------------------------------------------------- who waits

    def _project(self):
        result = super()._project()
        self.exists()._project_waiting()
        return result

    def _project_waiting(self):
        """Bring in step with the calls whether somebody waits, and since when."""
        for ticket in self:
            if ticket.call_kind == "missed" or ticket.call_missed_since:
                silent = ticket.with_context(callgear_settlement=True)
                write_changes(silent, {"call_missed_since": ticket._missed_since()})

    def _missed_since(self):
        """When the waiting began, or None: one look-up for each thing that may end it."""
        self.ensure_one()
        order = "started_at desc, dial_number desc, id desc"
        last = self._call_leg(order, (CONVERSATION, MISSED))
        if self.call_kind != "missed" or last.item != MISSED:
            return None
        if last.call_id._neighbour("answered", later=True):
            return None
        domain = [("ticket_id", "=", self.id), ("item", "=", MISSED)]
        talk = self._call_leg(order, (CONVERSATION,))
        if talk:
            domain.append(("started_at", ">", talk.started_at))
        if self.call_done_at:
            # Searches compare whole seconds; one too many is better than one forgotten.
            domain.append(("known_at", ">=", self.call_done_at))
        order = "started_at, dial_number, id"
        first = self.env["callgear.leg"].search(domain, order=order, limit=1)
        return first.started_at or None

    def write(self, vals):
        by_person = not self.env.context.get("callgear_settlement")
        if by_person and "user_id" in vals:
            vals = {**vals, "call_claimed": bool(vals["user_id"])}
        if by_person and "stage_id" in vals:
            stage = self.env["helpdesk.ticket.stage"].browse(vals["stage_id"])
            vals = {**vals, "call_done_at": stage.closed and precise_now()}
        listed = _LISTED_BY & vals.keys()
        before = self.filtered("call_missed_since").company_id if listed else None
        result = super().write(vals)
        if by_person and "stage_id" in vals:
            # sudo: callgear.leg - whether a caller waits does not depend on who asks
            self.sudo()._project_waiting()
        if listed:
            companies = before | self.filtered("call_missed_since").company_id
            companies._callgear_tell(CALL_BACK)
        return result

    # --------------------------------------------------------------- buttons

    def action_callgear_claim(self):
        """Take it upon oneself to call back; the first one does."""
        self._check_unclaimed()
        for ticket in self.filtered(lambda t: t.call_claim_user_id != self.env.user):
            ticket.assign_to_me()
        return False

    def action_callgear_call_back(self):
        """Call the number that the missed call came from; claims it, if it is free."""
        self.ensure_one()
        self._check_unclaimed()
        if self.call_claim_user_id != self.env.user and self._may_claim():
            self.assign_to_me()
        return self.action_callgear_call(phone=self.call_back_phone or None)

    def action_callgear_done(self):
        """Close tickets without a call back; customers get no e-mail because of it."""
        self.check_access("write")
        for (notify, stage), tickets in self._by_closing().items():
            if not notify:
                # As in `_settle_values`: the e-mail is made when the transaction ends.
                data = self.env.cr.precommit.data
                data.setdefault(SILENT, set()).update(tickets.ids)
            tickets.write({"stage_id": stage.id})
        return False

    def _by_closing(self):
        """Tickets by whether customers are told, and by the stage they are closed to."""
        found = {}
        for ticket in self:
            # sudo: callgear.leg - whoever may change the ticket may close it
            call_sudo = ticket.sudo().call_leg_ids[:1].call_id
            if call_sudo:
                notify = call_sudo.connection_id.notify_customers
                key = notify, call_sudo._stage("closed")
                found[key] = found.get(key, self.browse()) | ticket
        return found

    def _may_claim(self):
        """Whether a ticket of this team may be the user's, as `assign_to_me` sees it."""
        return not self.team_id or self.env.user in self.team_id.user_ids

    def _check_unclaimed(self):
        """Say who was faster, also when his ticket is out of the user's sight since."""
        teams = self.env.user.helpdesk_team_ids
        # sudo: helpdesk.ticket - its claimer, for those who would have seen it unclaimed
        for ticket_sudo in self.sudo().exists():
            claimer = ticket_sudo.call_claim_user_id
            if not claimer or claimer == self.env.user:
                continue
            visible = ticket_sudo.with_env(self.env).has_access("read")
            if visible or ticket_sudo.team_id in teams:
                raise UserError(
                    self.env._(
                        "%(agent)s was faster and calls %(caller)s back.",
                        agent=claimer.name,
                        caller=ticket_sudo.partner_id.name or ticket_sudo.partner_name,
                    )
                )
        self.check_access("write")
