# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import datetime, timezone

from odoo import api, fields, models

from ..domain.verdict import ATTEMPT, CONVERSATION, MISSED
from ..tools.write_changes import write_changes


def precise_now():
    """Our clock with microseconds: who was first within a second matters here."""
    return datetime.now(timezone.utc).replace(tzinfo=None)


class CallgearLeg(models.Model):
    """One connected party of a call; an operator's leg is his conversation."""

    _name = "callgear.leg"
    _description = "Conversation"
    _order = "started_at, dial_number, id"
    _rec_name = "leg_id"

    call_id = fields.Many2one(
        "callgear.call", required=True, ondelete="cascade", readonly=True
    )
    connection_id = fields.Many2one(related="call_id.connection_id")
    company_id = fields.Many2one(
        related="call_id.company_id", store=True, precompute=True
    )
    leg_id = fields.Char(required=True, readonly=True)
    dial_number = fields.Integer(
        compute="_compute_dial_number", store=True, precompute=True, readonly=True
    )
    operator_id = fields.Many2one(
        "callgear.operator", ondelete="restrict", readonly=True, index="btree_not_null"
    )
    user_id = fields.Many2one("res.users", string="Agent", readonly=True)
    is_operator = fields.Boolean(readonly=True)
    state = fields.Selection(
        [("ringing", "Ringing"), ("talking", "Talking"), ("ended", "Ended")],
        required=True,
        readonly=True,
        default="ringing",
    )
    known_at = fields.Datetime(readonly=True, default=lambda self: precise_now())
    started_at = fields.Datetime(required=True, readonly=True)
    picked_up_at = fields.Datetime(readonly=True)
    answered_at = fields.Datetime(readonly=True)
    ended_at = fields.Datetime(readonly=True)
    talk_seconds = fields.Integer(string="Talking (s)", readonly=True)
    control = fields.Selection(
        [("held", "On hold"), ("consulting", "Waits while a colleague is asked")],
        string="Other Party",
        readonly=True,
        help="What the agent has done with the other party from Odoo.",
    )
    consulted_id = fields.Many2one(
        "callgear.operator", ondelete="set null", readonly=True
    )
    item = fields.Selection(
        [
            (CONVERSATION, "Conversation"),
            (MISSED, "Missed call"),
            (ATTEMPT, "Attempt to call"),
        ],
        string="Kind of Entry",
        readonly=True,
    )
    handed_over = fields.Boolean(
        readonly=True, help="Another agent went on with the conversation."
    )
    ticket_id = fields.Many2one("helpdesk.ticket", ondelete="set null", readonly=True)
    ticket_choice = fields.Selection(
        [
            ("auto", "Made automatically"),
            ("new", "New ticket by the agent"),
            ("attach", "Attached by the agent"),
            ("origin", "Called from the ticket"),
            ("deleted", "Ticket deleted by a person"),
        ],
        readonly=True,
    )
    message_id = fields.Many2one("mail.message", ondelete="set null", readonly=True)
    subject = fields.Char(
        readonly=True, help="Typed by the agent for a ticket to be made."
    )
    summary = fields.Text(readonly=True, help="What the call was about.")
    is_absorbed = fields.Boolean(
        readonly=True,
        help="It rang and is over: nothing of the call depends on it any more.",
    )
    announced = fields.Char(readonly=True, help="What the agent's popup was told last.")
    announced_card = fields.Char(readonly=True, help="What pages were told last.")
    revision = fields.Integer(readonly=True, help="Increases with each state sent.")
    recording_ids = fields.One2many("callgear.recording", "leg_id", readonly=True)
    phone = fields.Char(related="call_id.phone")
    partner_id = fields.Many2one(related="call_id.partner_id")
    direction = fields.Selection(related="call_id.direction")

    _call_leg_uniq = models.Constraint(
        "UNIQUE (call_id, leg_id)", "This record already exists."
    )
    _live_idx = models.Index("(call_id) WHERE is_absorbed IS NOT TRUE")
    _ticket_idx = models.Index("(ticket_id, started_at) WHERE ticket_id IS NOT NULL")
    _message_idx = models.Index("(message_id) WHERE message_id IS NOT NULL")
    _active_idx = models.Index("(user_id) WHERE state != 'ended'")
    _user_idx = models.Index("(user_id, started_at) WHERE user_id IS NOT NULL")
    _conversation_idx = models.Index(
        "((COALESCE(answered_at, started_at))) "
        "WHERE item = 'conversation' AND ticket_id IS NOT NULL"
    )

    @api.depends("leg_id")
    def _compute_dial_number(self):
        """Legs dialled within one second are told apart by CallGear's running number."""
        for leg in self:
            digits = (leg.leg_id or "")[-9:]
            leg.dial_number = int(digits) if digits.isdecimal() else 0

    @api.depends("call_id.display_name", "user_id.name", "operator_id.name")
    def _compute_display_name(self):
        for leg in self:
            who = leg.user_id.name or leg.operator_id.name
            call = leg.call_id.display_name
            leg.display_name = f"{call}, {who}" if who else call

    def _take_facts(self, values, operator):
        """Write what has changed; a leg whose operator became known gets his agent."""
        self.ensure_one()
        if (operator.id if operator else False) != self.operator_id.id:
            values = {**values, "user_id": operator._agent().id if operator else False}
        return write_changes(self, values)

    # ------------------------------------------------------------ the ticket

    def _carry(self, item):
        """Have what the leg amounts to stand in a ticket.

        :return: tickets to look at again
        """
        self.ensure_one()
        tickets = self.ticket_id
        if self.item and self.item != item.kind and self.ticket_id:
            if not self._is_alone():
                tickets |= self._withdraw()
        changes = {"item": item.kind, "handed_over": item.handed_over}
        write_changes(self, changes)
        if not self.ticket_id and item.ended and self.ticket_choice != "deleted":
            tickets |= self._find_ticket()
        if self.ticket_id:
            self._sync_message()
        return tickets | self.ticket_id

    def _find_ticket(self):
        """Put the leg into the ticket where it belongs if nobody chooses another.

        :return: tickets to look at again
        """
        self.ensure_one()
        call = self.call_id
        ticket, choice = self.env["helpdesk.ticket"], "auto"
        if self.direction == "out" and call.origin_ticket_id:
            ticket, choice = call.origin_ticket_id, "origin"
        elif self.item == MISSED:
            ticket = call._missed_ticket()
        elif self.item == ATTEMPT:
            ticket = call._waiting_ticket()
        self.ticket_choice = choice
        self.ticket_id = ticket or ticket._create_for_leg(self)
        self._sync_message()
        tickets = self.ticket_id
        if self.item == MISSED:
            for attempt in call._attempts_since().live_leg_ids:
                tickets |= attempt._rejoin()
        return tickets

    def _rejoin(self):
        """Note an attempt in the missed call's ticket that was not known of before."""
        self.ensure_one()
        if self.item != ATTEMPT or self.ticket_choice != "auto" or not self._is_alone():
            return self.env["helpdesk.ticket"]
        old = self.ticket_id
        self.ticket_id = False
        tickets = self._find_ticket()
        old.with_context(callgear_settlement=True).unlink()
        return tickets

    def _is_alone(self):
        """Whether the ticket was made for this leg alone and nobody has touched it."""
        ticket = self.ticket_id
        return ticket.call_auto and not self.search_count(
            [("ticket_id", "=", ticket.id), ("id", "!=", self.id)], limit=1
        )

    def _has_own_ticket(self):
        """Whether its ticket was made by itself for it, whoever has touched it since."""
        own = self.item == CONVERSATION and self.ticket_choice == "auto"
        return bool(self.ticket_id) and (own or self._is_alone())

    def _may_pass_on(self, kind):
        """Whether a leg of the same call may take over the ticket as this kind."""
        same = self.item == kind and kind != CONVERSATION
        return bool(self.ticket_id) and (same or self._is_alone())

    def _pass_to(self, heir):
        """Give ticket and message to another leg of the call."""
        heir.write(
            {
                "item": self.item,
                "ticket_id": self.ticket_id.id,
                "ticket_choice": self.ticket_choice,
                "message_id": self.message_id.id,
            }
        )
        self._forget()

    def _withdraw(self):
        """Take back what should not be in a ticket after all.

        From a ticket that a person has touched nothing is taken.

        :return: the ticket, if it goes on without this leg
        """
        self.ensure_one()
        ticket = self.ticket_id
        if ticket and not ticket.call_auto:
            self.item = False
            return ticket
        message, alone = self.message_id, ticket and self._is_alone()
        self._forget()
        message.unlink()
        if alone:
            ticket.with_context(callgear_settlement=True).unlink()
            return ticket.browse()
        return ticket

    def _is_in_use(self):
        """Whether it stands in a ticket, or its agent has said something of it."""
        self.ensure_one()
        return bool(
            self.item or self.ticket_id or self.message_id or self.ticket_choice
        ) or bool(self.subject or self.summary)

    def _forget(self):
        self.write(
            {
                "item": False,
                "ticket_id": False,
                "ticket_choice": False,
                "message_id": False,
            }
        )

    def _withdraw_for_good(self):
        """Remove legs that never were: stand-ins for one that has its name now."""
        tickets = self.env["helpdesk.ticket"]
        for leg in self:
            tickets |= leg._withdraw()
        self.unlink()
        tickets.exists()._update_from_calls()

    def _effect(self):
        """Which stage the leg asks for in its ticket: open, pending, closed or None."""
        self.ensure_one()
        if self.item == MISSED:
            return "open"
        if self.item == ATTEMPT:
            own = self.ticket_choice == "auto" and self.ticket_id.call_kind == "out"
            return "closed" if own else None
        if not self.ended_at:
            return None
        if self.ticket_choice == "origin":
            return "pending" if self.ticket_id.call_kind == "missed" else None
        if self.ticket_choice != "auto" or self.subject or self.summary:
            return "pending"
        return "closed" if self.direction == "out" or self.handed_over else "open"
