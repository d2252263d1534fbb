# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The ticket: what agents do with it, and what its calls change in it.

``_callgear_update_from_calls`` is where calls reach a ticket: it computes kind, icon,
stage and waiting from the ticket's legs and writes what differs. Only the first and the
last legs are looked at, however many there are.
"""

from contextlib import contextmanager
from itertools import compress

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .. import clock
from ..client_input import for_clients
from ..domain.call_back import CLAIMED, JUST_CALLED, ON_LINE, PAUSE, Situation, refusal
from ..domain.promise import last_answer
from ..domain.verdict import ATTEMPT, CONVERSATION, MISSED, TALKS
from ..new_columns import add_new_columns
from ..ticket_entries import FIRST, LAST, MAX_LATEST, TicketEntries
from ..tools.chosen_id import chosen_id
from ..tools.hand import Hand, changed_by, current_hand, have_changed_by
from ..tools.phone_number import line_key
from ..tools.quiet import SILENT, is_quiet
from ..tools.times import iso
from ..tools.write_changes import find_changes
from ..transaction import in_own_transaction
from .helpdesk_ticket_team import INACTIVE
from .ir_websocket import CALL_BACK

AGENTS = "helpdesk_mgmt.group_helpdesk_user_own"
# Key in the data of the pre-commit hook: ticket whose messages were moved in this
# transaction → ticket they were moved to.
MOVED = "callgear_integration.moved"
# When calls have moved tickets in this transaction: dict, id → naive UTC.
MOVED_AT = "callgear_integration.moved_at"
DAY_SECONDS = 24 * 60 * 60

# A change of fields with these prefixes is not a decision of a person.
_NOT_A_TOUCH = (
    "message_",
    "activity_",
    "access_",
    "my_activity_",
    "call_",
    "callgear_",
    # Whoever drags a card numbers all cards of the column anew.
    "sequence",
)
# What calls change in a ticket that no person has touched. Of these, fields in one group
# belong together: a team has members, a contact has a name.
_FOLLOWING = (
    {"user_id", "team_id"},
    {"partner_id", "partner_name", "partner_email"},
    {"name"},
    {"channel_id"},
    {"company_id"},
)
# Among the names of fields that are kept: the ticket itself, which has more than calls.
_ITSELF = "active"
# What is deleted with a ticket though it is no part of it, and its field with the model.
_GOES_WITH_IT = {
    "mail.activity": "res_model",
    "ir.attachment": "res_model",
    "mail.scheduled.message": "model",
}
# Kinds of messages that nobody has written.
_NOT_WRITTEN = (None, "notification", "auto_comment", "user_notification")
# Methods of other addons that change tickets, but are no decision about one of them.
_NOBODYS = {"helpdesk.ticket.merge": "merge_tickets"}
# A change of these may add a ticket to the call-back list, remove it, or change its agent.
_LISTED_BY = {
    "call_missed_since",
    "stage_id",
    "user_id",
    "team_id",
    "company_id",
    "active",
}
# Whose promise it is, if any, and whether and whom the caller is offered to.
_PROMISED_BY = {"active", "stage_id", "team_id", "user_id"}
# Who may read a ticket, and in whose list it is.
_READ_BY = {"user_id", "team_id", "company_id"}
# What else the list shows of a ticket.
_SHOWN_IN_LIST = {
    "call_back_due_at",
    "call_claimed",
    "call_icon",
    "call_offer_step",
    "partner_id",
    "partner_name",
}
# A change of these may add a ticket to what is shown of a caller whose call goes on, remove
# it, or show something else of it.
_SHOWN_OF_CALLER = _READ_BY | {
    "active",
    "call_icon",
    "channel_id",
    "name",
    "partner_id",
    "stage_id",
}
# What the facts of the statistics depend on.
COUNTED = _READ_BY | {
    "active",
    "call_closed_at",
    "call_kind",
    "call_made_at",
    "callgear_made_closed",
    "channel_id",
    "closed_date",
    "is_calls_channel",
    "partner_id",
    "stage_id",
}
# With these choices a conversation needs no new ticket.
_CHOSEN = ("new", "attach", "origin")
# Keys in the context of a form for the new ticket of a conversation.
_CALL_DEFAULTS = (
    "default_callgear_leg_id",
    "default_name",
    "default_description",
    "default_channel_id",
)


class HelpdeskTicket(models.Model):
    _name = "helpdesk.ticket"
    _inherit = ["helpdesk.ticket", "callgear.dial.mixin"]

    # The tickets of a caller are searched for each notification of their calls.
    partner_id = fields.Many2one(index="btree_not_null")
    call_leg_ids = fields.One2many(
        "callgear.leg", "ticket_id", string="Conversations", groups=AGENTS
    )
    call_count = fields.Integer(
        string="Calls", compute="_compute_call_count", groups=AGENTS
    )
    call_kind = fields.Selection(
        [("in", "Incoming call"), ("out", "Outgoing call"), ("missed", "Missed call")],
        string="Made for",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The kind of call that the ticket was made for.",
    )
    call_icon = fields.Selection(
        [
            ("missed", "Missed, not called back"),
            ("voicemail", "Voicemail, not called back"),
            ("call", "Call"),
        ],
        string="Call Status",
        readonly=True,
        copy=False,
        help="Red handset: a missed call has not been called back. Two reels: a caller has "
        "left a message on the answering machine. It turns into a green handset when an "
        "agent has called back and the conversation was recorded.",
    )
    call_auto = fields.Boolean(
        readonly=True,
        copy=False,
        help="Created automatically and not changed by a person since: later "
        "notifications of the call may still change it.",
    )
    call_touch_leaves = fields.Boolean(
        string="Changed by Attaching Only",
        readonly=True,
        copy=False,
        help="People have changed this ticket only by attaching calls or describing them. "
        "Once those calls are gone, it follows its calls again.",
    )
    call_touched_at = fields.Datetime(
        readonly=True, copy=False, help="When a person last chose the stage."
    )
    call_partner_chosen = fields.Boolean(
        readonly=True, copy=False, help="A person has chosen the contact, or none."
    )
    call_moved_at = fields.Datetime(
        readonly=True, copy=False, help="When an automation last chose the stage."
    )
    call_kept = fields.Char(
        readonly=True,
        copy=False,
        help="Fields that an automation has set: calls do not change them any more.",
    )
    call_effect = fields.Char(
        readonly=True, copy=False, help="Conversation that last determined the stage."
    )
    call_base_stage_id = fields.Many2one(
        "helpdesk.ticket.stage",
        string="Stage Apart from Calls",
        ondelete="set null",
        readonly=True,
        copy=False,
        help="The stage that the ticket has apart from its calls: before the first one "
        "changed it, or what a person or an automation has chosen since.",
    )
    call_placed_by = fields.Char(
        readonly=True,
        copy=False,
        help="Conversation, virtual number and agent that determined team and channel.",
    )
    call_made_at = fields.Datetime(
        string="Time of the Call",
        readonly=True,
        copy=False,
        help="When the call began that the ticket was created for automatically. It "
        "counts as the time of the creation, however late the call became known.",
    )
    call_closed_at = fields.Datetime(
        string="Closed by its Call",
        readonly=True,
        copy=False,
        help="When the ticket was closed by the call that it was created for: it took no "
        "time that anybody has worked.",
    )
    # Computed when the channel is chosen, not when the settings change: what was a call
    # ticket stays one.
    is_calls_channel = fields.Boolean(
        string="Call Ticket",
        compute="_compute_is_calls_channel",
        store=True,
        precompute=True,
        readonly=True,
        help="The ticket was put into a channel to which calls went at that time.",
    )

    # ------------------------------------------- fields of the form, not stored

    callgear_leg_id = fields.Many2one(
        "callgear.leg",
        string="New Ticket from Call",
        store=False,
        help="Set on creation only: the conversation that the ticket is made for.",
    )
    call_summary = fields.Text(
        string="Summary of the Call", store=False, help="Set on creation only."
    )

    # --------------------------------------- fields of the call-back list (R47)

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
        help="The caller's first missed call, while they wait to be called back.",
    )
    # Of the calls, only which promise it is: what it says is for everybody who may see it.
    call_promise_id = fields.Many2one(
        "callgear.call",
        ondelete="set null",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups=AGENTS,
        help="The missed call from which on the caller is to be called back.",
    )
    call_back_due_at = fields.Datetime(
        string="Call Back by",
        readonly=True,
        copy=False,
        help="By when the caller was promised to be called back, while they wait.",
    )
    call_back_hours = fields.Json(
        compute="_compute_call_back_hours",
        groups=AGENTS,
        export_string_translation=False,
        help="Working hours until then: pairs of times.",
    )
    call_offer_at = fields.Datetime(
        string="Offered Next",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="When the caller is offered to somebody else, if nobody claims the ticket.",
    )
    call_offer_step = fields.Selection(
        [
            ("last", "Who talked to them last"),
            ("contact", "The contact's agent"),
            ("team", "Everybody"),
        ],
        string="Offered",
        readonly=True,
        copy=False,
        help="To whom a caller was offered whom nobody has claimed.",
    )
    call_offered_at = fields.Datetime(
        string="Offered Since", readonly=True, copy=False, help="Since when."
    )
    call_offer_user_ids = fields.Many2many(
        "res.users",
        "helpdesk_ticket_callgear_offer_rel",
        "ticket_id",
        "user_id",
        string="Offered to",
        readonly=True,
        copy=False,
    )
    call_done_at = fields.Datetime(
        readonly=True, copy=False, help="When a person has closed the ticket."
    )
    call_claimed = fields.Boolean(
        string="Claimed",
        readonly=True,
        copy=False,
        help="The ticket was assigned by a person, not automatically by a call.",
    )
    call_claimed_at = fields.Datetime(
        readonly=True,
        copy=False,
        help="When a person last assigned the ticket. Later missed calls still need "
        "attention.",
    )
    call_claim_user_id = fields.Many2one(
        "res.users", string="Claimed by", compute="_compute_call_claim_user_id"
    )
    call_back_phone = fields.Char(
        string="Number", compute="_compute_call_back", groups=AGENTS
    )
    call_back_tries = fields.Integer(
        string="Times Called",
        compute="_compute_call_back",
        groups=AGENTS,
        help="How many times the caller has called.",
    )
    call_back_last_try = fields.Datetime(
        string="Last Called", compute="_compute_call_back", groups=AGENTS
    )
    call_back_attempts = fields.Integer(
        string="Times Called Back",
        compute="_compute_call_back",
        groups=AGENTS,
        help="Number of unanswered calls that agents have made to the caller.",
    )
    call_back_last_attempt = fields.Datetime(
        string="Last Called Back", compute="_compute_call_back", groups=AGENTS
    )
    call_back_result = fields.Char(
        string="Last Attempt", compute="_compute_call_back_result", groups=AGENTS
    )

    # ------------------------------------------------ fields of the statistics

    # Only to search for tickets by what happened to them in a period. Reading it would
    # compute the whole history.
    callgear_statistics_ids = fields.One2many(
        "callgear.statistics",
        "ticket_id",
        string="Facts of the statistics",
        groups=AGENTS,
        export_string_translation=False,
    )
    # Tracking records changes only, not the stage in which a ticket was created.
    callgear_made_closed = fields.Boolean(
        compute="_compute_callgear_made_closed",
        store=True,
        precompute=True,
        readonly=True,
        copy=False,
        help="The ticket was created in a closed stage.",
    )

    # ------------------------------------------------------ indexes and columns

    # For the caller's call tickets in popups; in the words of the search, to be found.
    _callgear_call_tickets_idx = models.Index(
        "(partner_id, id) WHERE is_calls_channel IS TRUE"
    )
    # For the open tickets of the caller's company, however many are closed.
    _callgear_company_idx = models.Index(
        "(commercial_partner_id, stage_id) WHERE commercial_partner_id IS NOT NULL"
    )
    _callgear_created_idx = models.Index("(create_date)")
    # Of what calls have made, what is held against the journal at night.
    _callgear_made_idx = models.Index(
        "(COALESCE(call_made_at, create_date)) WHERE call_icon IS NOT NULL"
    )
    _callgear_closed_idx = models.Index("(closed_date) WHERE closed_date IS NOT NULL")

    def _auto_init(self):
        """Fill new columns of existing tickets without reading them all.

        Whether a ticket is one of calls is not filled in: before this column there have been
        calls only in development versions.
        """
        made_closed, waiting = "callgear_made_closed", "call_waiting_since"
        new = add_new_columns(self, (made_closed, waiting, "is_calls_channel"))
        result = super()._auto_init()
        if made_closed in new:
            self._callgear_fill_made_closed()
        if waiting in new:
            self._callgear_fill_waiting_since()
        return result

    def _callgear_fill_waiting_since(self):
        """Set it as ``_compute_call_waiting_since`` does."""
        self.env.cr.execute(
            """
            UPDATE helpdesk_ticket ticket SET call_waiting_since = call_missed_since
            WHERE call_missed_since IS NOT NULL AND NOT EXISTS (
                SELECT FROM helpdesk_ticket_stage stage
                WHERE stage.id = ticket.stage_id AND stage.closed
            )
            """
        )

    def _callgear_fill_made_closed(self):
        """Set it by the stage before a ticket's first change of stage."""
        self.env.cr.execute(
            """
            WITH first AS (
                SELECT DISTINCT ON (message.res_id)
                    message.res_id, value.old_value_integer AS stage_id
                FROM mail_message message
                JOIN mail_tracking_value value ON value.mail_message_id = message.id
                JOIN ir_model_fields field ON field.id = value.field_id
                WHERE message.model = 'helpdesk.ticket'
                    AND field.model = 'helpdesk.ticket' AND field.name = 'stage_id'
                ORDER BY message.res_id, message.date, message.id
            )
            UPDATE helpdesk_ticket ticket SET callgear_made_closed = TRUE
            FROM helpdesk_ticket same
            LEFT JOIN first ON first.res_id = same.id
            JOIN helpdesk_ticket_stage stage
                ON stage.id = COALESCE(first.stage_id, same.stage_id)
            WHERE same.id = ticket.id AND stage.closed
                AND (first.res_id IS NOT NULL OR same.closed_date IS NULL)
            """
        )

    # ------------------------------------------------------------------ rights

    @api.model
    def _callgear_all_are_readable(self):
        """Return whether the user may read all tickets of the active companies."""
        rule = self._callgear_read_rule()
        fields_used = {part.field_expr for part in rule.iter_conditions()}
        return not rule.is_false() and fields_used <= {"company_id"}

    def _callgear_read_rule(self):
        """Return the domain of the tickets that the user may read."""
        rule = self.env["ir.rule"]._compute_domain(self._name, "read")
        # sudo: helpdesk.ticket - the rule may use fields that the user may not read
        return Domain(rule).optimize_full(self.sudo())

    def _callgear_readable_sql(self, model, alias, query):
        """Return the SQL condition that the user may read the ticket of a record.

        The ticket is joined: as one set of a million tickets, PostgreSQL would make it
        anew in each of its parallel workers.

        :param model: with a field ``ticket_id``
        :param str alias: of the model's table in the query
        :param query: ``odoo.tools.Query``
        """
        self.browse().check_access("read")
        ticket = query.left_join(alias, "ticket_id", self._table, "id", "ticket_id")
        # sudo: helpdesk.ticket - as above
        return self._callgear_read_rule()._to_sql(self.sudo(), ticket, query)

    # ------------------------------------------------------ compute and search

    def _compute_call_count(self):
        counts = dict(
            self.env["callgear.leg"]._read_group(
                [("ticket_id", "in", self.ids), ("entry", "!=", False)],
                ["ticket_id"],
                ["__count"],
            )
        )
        for ticket in self:
            ticket.call_count = counts.get(ticket, 0)

    @api.depends("channel_id")
    def _compute_is_calls_channel(self):
        channel_ids = self.env["callgear.connection"]._calls_channel_ids()
        for ticket in self:
            ticket.is_calls_channel = ticket.channel_id.id in channel_ids

    @api.depends("call_missed_since", "stage_id.closed")
    def _compute_call_waiting_since(self):
        for ticket in self:
            waits = ticket.call_missed_since and not ticket.stage_id.closed
            ticket.call_waiting_since = waits and ticket.call_missed_since

    @api.depends("call_back_due_at")
    def _compute_call_back_hours(self):
        """Tell pages when the time until then passes: only in working hours."""
        now = clock.now(self.env)
        # sudo: callgear.call - whose working hours they are; no more is told of it
        promised_sudo = self.sudo().filtered(
            lambda t: t.call_back_due_at and t.call_back_due_at > now
        )
        for ticket in self:
            ticket.call_back_hours = []
        by_connection = promised_sudo.grouped(lambda t: t.call_promise_id.connection_id)
        for connection, tickets in by_connection.items():
            until = max(tickets.mapped("call_back_due_at"))
            hours = connection._working_intervals(now, until) if connection else []
            for ticket in tickets:
                due_at = ticket.call_back_due_at
                ticket.with_env(self.env).call_back_hours = [
                    [iso(begin), iso(min(end, due_at))]
                    for begin, end in hours
                    if begin < due_at
                ]

    @api.depends("call_claimed", "user_id.active")
    def _compute_call_claim_user_id(self):
        for ticket in self:
            # sudo: res.users - who has left calls nobody back, of whichever company
            is_claimed = ticket.call_claimed and ticket.user_id.sudo().active
            ticket.call_claim_user_id = is_claimed and ticket.user_id

    def _compute_call_back(self):
        """Count missed calls and attempts of all tickets with one query."""
        # sudo: callgear.leg - these numbers are part of a ticket that the user may read
        Leg = self.env["callgear.leg"].sudo()
        rows = Leg._read_group(
            [("ticket_id", "in", self.ids), ("entry", "in", (MISSED, ATTEMPT))],
            ["ticket_id", "entry"],
            ["__count", "started_at:max", "id:recordset"],
        )
        found = {(ticket.id, entry): values for ticket, entry, *values in rows}
        none = (0, False, Leg)
        for ticket in self:
            tries, last_try, legs = found.get((ticket.id, MISSED), none)
            ticket.call_back_tries = tries
            ticket.call_back_last_try = last_try
            last = ticket._callgear_leg_to_return(legs).call_id
            ticket.call_back_phone = last.phone
            attempts, last_attempt, _legs = found.get((ticket.id, ATTEMPT), none)
            ticket.call_back_attempts = attempts
            ticket.call_back_last_attempt = last_attempt

    def _callgear_leg_to_return(self, legs):
        """Return the last missed call of the caller who waits longest, or else of anybody.

        :param legs: the ticket's missed calls
        """
        since = legs.filtered(lambda leg: leg.started_at == self.call_missed_since)
        callers = legs.call_id._by_caller() if since else []
        waiting = next((calls for calls in callers if calls & since.call_id), None)
        own = legs.filtered(lambda leg: waiting is None or leg.call_id in waiting)
        return own.sorted(lambda leg: (leg.started_at, leg.dial_number, leg.id))[-1:]

    @api.depends("call_back_phone", "call_back_attempts", "partner_id")
    def _compute_call_back_result(self):
        running, text = self._callgear_running_legs(), self.env["callgear.call.text"]
        for ticket in self:
            leg, attempts = running.get(ticket.id), ticket.call_back_attempts
            if leg:
                ticket.call_back_result = text._running(leg)
            elif attempts > 1:
                ticket.call_back_result = self.env._("No answer, %s times", attempts)
            else:
                ticket.call_back_result = attempts == 1 and self.env._("No answer")

    def _callgear_running_legs(self, wanted=None):
        """Return the current calls with the callers: dict, ticket id → leg.

        :param wanted: a missed call, in sudo mode: not those with others who wait
        """
        # sudo: callgear.leg - all agents see that an agent is calling the caller, so that
        # no other agent does
        Leg = self.env["callgear.leg"].sudo()
        legs_sudo = Leg.search(
            Leg._going_on()
            & Domain("user_id", "!=", False)
            & Domain("company_id", "in", self.company_id.ids)
        )
        keys = legs_sudo.call_id._caller_keys(limit=None)
        missed_sudo = Leg
        if keys:  # whichever of a caller's numbers is talking
            missed_sudo = Leg.search(
                [
                    ("ticket_id", "in", self.ids),
                    ("entry", "=", MISSED),
                    ("call_id", "any", Domain.OR([Domain(*key) for key in keys])),
                ]
            )
        missed_by_ticket = missed_sudo.grouped("ticket_id")
        running = {}
        for ticket in self:
            missed_calls = missed_by_ticket.get(ticket, Leg).call_id
            for leg in legs_sudo:
                call = leg.call_id
                if (
                    call.origin_ticket_id == ticket
                    or (call.partner_id and call.partner_id == ticket.partner_id)
                    or any(call._is_same_caller(missed) for missed in missed_calls)
                ) and not (wanted and ticket._callgear_is_with_another(call, wanted)):
                    running[ticket.id] = leg
        return running

    def _callgear_is_with_another(self, call, wanted):
        """Return whether a call is with another caller of the ticket than a missed one."""
        missed_sudo = self._callgear_latest_missed().call_id | wanted
        callers = (missed_sudo | call)._by_caller()
        own = next(calls for calls in callers if call in calls)
        return wanted not in own and bool(own & missed_sudo)

    @api.depends()
    def _compute_callgear_made_closed(self):
        for ticket in self:
            ticket.callgear_made_closed = ticket.stage_id.closed

    @api.model
    def _search(self, domain, *args, **kwargs):
        """Leave out tickets with calls where inactive tickets are searched for."""
        if self.env.context.get(INACTIVE):
            domain = self._callgear_inactive_domain(Domain(domain))
        return super()._search(domain, *args, **kwargs)

    def _callgear_inactive_domain(self, domain):
        """Return the domain of inactive tickets, with calls as activity.

        Whose stage has not changed since, has had no call since either, and no caller
        waits there, however long.
        """

        def without_calls(condition):
            is_limit = condition.operator in ("<", "<=")
            if condition.field_expr != "last_stage_update" or not is_limit:
                return condition
            since = [("entry", "!=", False), ("started_at", ">", condition.value)]
            return condition & ~Domain("call_leg_ids", "any", since)

        waits = Domain("call_waiting_since", "!=", False)
        return domain.map_conditions(without_calls) & ~waits

    # -------------------------------------------------------------------- CRUD

    @api.model
    def default_get(self, fields_list):
        """Ignore a call's defaults if the agent has chosen a ticket for it already.

        When an agent presses *New* in the form of that ticket, the context still has them.
        """
        leg_id = chosen_id(self.env.context.get("default_callgear_leg_id"))
        if leg_id:
            # sudo: callgear.leg - only whether its agent has chosen a ticket
            leg_sudo = self.env["callgear.leg"].sudo().browse(leg_id).exists()
            if leg_sudo and leg_sudo._main_leg().ticket_choice in _CHOSEN:
                names = self.env.context.keys() - set(_CALL_DEFAULTS)
                context = {name: self.env.context[name] for name in names}
                plain = self.with_env(self.env(context=context))
                return super(HelpdeskTicket, plain).default_get(fields_list)
        return super().default_get(fields_list)

    @api.model_create_multi
    def create(self, vals_list):
        """Create tickets; for a conversation, use its automatic ticket if there is one.

        While an agent types in the form of a new ticket, the call may end, which creates a
        ticket automatically. What the agent then saves is written to that ticket.
        """
        plain, from_call = [], {}
        # The helpdesk adds values to the dicts, too: they may be the caller's own.
        vals_list = [dict(vals) for vals in vals_list]
        for position, vals in enumerate(vals_list):
            leg_id = vals.pop("callgear_leg_id", None)
            summary = vals.pop("call_summary", None)
            if leg_id:
                leg_sudo = self.env["callgear.leg"].browse(leg_id)._as_own()
                with leg_sudo.call_id._locked_quietly(caller=True):
                    from_call[position] = self._callgear_create_from_form(
                        leg_sudo, vals, summary
                    )
            else:
                self._callgear_add_closing(vals)
                plain.append(vals)
        with changed_by(Hand.AUTOMATION):  # as in write()
            created = iter(super().create(plain) if plain else ())
        tickets = [
            from_call[position] if position in from_call else next(created)
            for position in range(len(vals_list))
        ]
        made = self.browse().union(*tickets)
        made._callgear_note_quiet()
        self.env["callgear.ticket.fact"]._note(made.ids)
        self.env["callgear.announcer"]._note_news_of_callers(tickets=made)
        return made

    @api.model
    def name_search(self, name="", domain=None, operator="ilike", limit=100):
        """Offer the caller's tickets first where a conversation is moved (R11)."""
        leg_id = chosen_id(self.env.context.get("callgear_move_leg_id"))
        if not leg_id or not limit:
            return super().name_search(name, domain, operator, limit)
        leg_sudo = self.env["callgear.leg"].browse(leg_id)._as_movable()
        own, domain = leg_sudo._tickets_of_caller(), Domain(domain or [])
        first = super().name_search(name, domain & own, operator, limit)
        if len(first) == limit:
            return first
        others = domain & ~own
        return first + super().name_search(name, others, operator, limit - len(first))

    def _register_hook(self):
        """Have tickets that are merged go on following their calls.

        The wizard is loaded after this addon, which does not depend on it: it cannot be
        inherited from.
        """
        super()._register_hook()
        for model, method in _NOBODYS.items():
            if model in self.env:
                have_changed_by(Hand.AUTOMATION, self.env.registry[model], method)

    def _callgear_add_closing(self, vals):
        """Add the date of closing to the values of a call's ticket that is made closed.

        The helpdesk sets it when the stage changes only.
        """
        if vals.get("call_kind") and vals.get("stage_id"):
            stage = self.env["helpdesk.ticket.stage"].browse(vals["stage_id"])
            if stage.closed:
                at = vals.get("call_closed_at") or self.env.cr.now()
                vals.setdefault("closed_date", at)

    def write(self, vals):
        hand = self._callgear_hand()
        moved_by_person = hand in (Hand.PERSON, Hand.BUTTON) and "stage_id" in vals
        self._callgear_note_quiet(moved_by_person)
        kept = hand == Hand.AUTOMATION and self._callgear_kept_groups(vals)
        if kept and len(self) > 1:
            # Each ticket remembers for itself what is kept.
            return all([ticket.write(vals) for ticket in self])
        before = self._callgear_before_change(vals, hand)
        offer = self.env["callgear.offer"]
        vals = {**vals, **self._callgear_decision_values(vals, hand)}
        listed = _LISTED_BY & vals.keys()
        listed_in = self.filtered("call_missed_since").company_id if listed else None
        # sudo: helpdesk.ticket - whether somebody has acted does not depend on the user
        waiting_sudo = self.sudo()._callgear_waiting() if listed else None
        claims = {t: t.call_claimed_at for t in waiting_sudo or () if t.call_claimed}
        offered = offer._offered(waiting_sudo) if listed else None
        decides = hand != Hand.CALL and _PROMISED_BY & vals.keys()
        whose = self._callgear_whose() if decides else {}
        announcer = self.env["callgear.announcer"]
        if _SHOWN_OF_CALLER & vals.keys():
            announcer._note_news_of_callers(tickets=self)
        if hand == Hand.PERSON and any(
            not name.startswith(_NOT_A_TOUCH) for name in vals
        ):
            self._callgear_touch()
        # What other addons change because of it is nobody's choice.
        with self._callgear_keeping_channel(vals), changed_by(Hand.AUTOMATION):
            result = super().write(vals)
            for ticket, times in self._callgear_times_of_move(vals).items():
                super(HelpdeskTicket, ticket).write(times)
        self._callgear_note_change(before)
        reopened = not vals.keys().isdisjoint(("active", "stage_id"))
        self._callgear_follow_decision(whose, reopened)
        if not vals.get("active", True):
            self._callgear_replace_merged()
        if "partner_id" in vals:
            announcer._note_news_of_callers(tickets=self)
        if listed:
            still_sudo = self._callgear_waiting()
            counts = still_sudo != waiting_sudo or bool(_READ_BY & vals.keys())
            companies = listed_in | self.filtered("call_missed_since").company_id
            announcer._tell_lists(companies, CALL_BACK, waiting=counts)
            waiting_sudo._callgear_take_back_notices(still_sudo, claims, offered)
        elif _SHOWN_IN_LIST & vals.keys():
            shown = self.filtered("call_waiting_since")
            announcer._tell_lists(shown.company_id, CALL_BACK)
        return result

    def _callgear_whose(self):
        """Return whose the tickets are, and whether they are closed.

        :return: dict, ticket → values, in sudo mode
        """
        # sudo: helpdesk.ticket - whether a caller waits does not depend on the user
        return {t: (t.team_id, t.user_id, t.stage_id.closed) for t in self.sudo()}

    def _callgear_follow_decision(self, before, reopened):
        """Bring what follows from the waiting in step with what somebody has decided.

        :param before: see ``_callgear_whose``: callers are offered anew if it has changed
        :param reopened: the tickets may have been opened again
        """
        if before:
            # sudo: helpdesk.ticket - as there
            now, every_sudo = self._callgear_whose(), self.sudo()
            again_sudo = every_sudo.filtered(lambda t: now[t] != before[t])
            with self._callgear_audible_as_before():
                again_sudo._callgear_update_waiting(again=True, reopened=reopened)
                rest_sudo = every_sudo - again_sudo
                rest_sudo._callgear_update_waiting(reopened=reopened)

    def _callgear_take_back_notices(self, still, claims, offered):
        """Take back the notices of tickets that waited, if somebody has acted on them.

        :param still: those that wait now
        :param claims: dict, ticket → when it was claimed, of those that were
        :param offered: see ``callgear.offer._offered``
        """
        claimed = self.filtered(
            lambda t: t.call_claimed and t.call_claimed_at != claims.get(t)
        )
        acted_on = claimed | (self - still)
        self.env["callgear.announcer"]._take_back_missed(acted_on, claims=claims)
        # With another team or agent it is offered anew.
        anew = self.filtered(lambda t: not t.call_offer_step)
        self.env["callgear.offer"]._take_back(acted_on | anew, offered)

    def unlink(self):
        if self.ids:
            self.env["callgear.ticket.fact"]._cancel(self.ids)
            # If it is refused, and somebody goes on all the same, they count again.
            self.env["callgear.ticket.fact"]._note(self.ids)
        return super().unlink()

    def _write_multi(self, vals_list):
        """Have the facts of tickets counted again, also by what is computed."""
        result = super()._write_multi(vals_list)
        changed = zip(self.ids, vals_list, strict=True)
        self.env["callgear.ticket.fact"]._note(
            ticket_id for ticket_id, vals in changed if COUNTED & vals.keys()
        )
        return result

    def _callgear_before_change(self, vals, hand):
        """Return what a person is about to change: dict, ticket → {field: value}."""
        user = self.env.user
        if hand not in (Hand.PERSON, Hand.BUTTON) or not user._is_internal():
            return {}
        names = [
            name
            for name in vals
            if name in self._fields and not name.startswith(_NOT_A_TOUCH)
        ]
        # sudo: helpdesk.ticket - only whether it is another value afterwards
        return {
            ticket: {name: ticket.sudo()[name] for name in names}
            for ticket in self
            if names and user.id != SUPERUSER_ID
        }

    def _callgear_note_change(self, before):
        """Note which tickets a person has changed.

        :param before: see ``_callgear_before_change``
        """
        # sudo: helpdesk.ticket - as there
        changed = [
            ticket.id
            for ticket, values in before.items()
            if any(ticket.sudo()[name] != value for name, value in values.items())
        ]
        if changed:
            self.env["callgear.ticket.change"]._note(self.browse(changed))

    def _callgear_times_of_move(self, vals):
        """Return when calls have moved tickets: dict, ticket → values to write.

        The helpdesk has dated that now. It was at the time of the call, however late that
        became known.

        :param vals: what was written to the tickets
        """
        moments, times = self.env.cr.precommit.data.get(MOVED_AT, {}), {}
        for ticket in self if "stage_id" in vals else ():
            if moment := moments.get(ticket.id):
                times[ticket] = {"last_stage_update": moment}
                if ticket.stage_id.closed:
                    times[ticket]["closed_date"] = moment
        return times

    def _callgear_keeping_channel(self, vals):
        """Protect what is known of the channel of tickets that stay in it."""
        stay = self.browse()
        if "channel_id" in vals:
            stay = self.filtered(lambda t: t.channel_id.id == vals["channel_id"])
        return self.env.protecting([self._fields["is_calls_channel"]], stay)

    def _callgear_hand(self):
        """Return whose hand it is; modules that are installed change tickets as well."""
        return current_hand() if self.pool.ready else Hand.AUTOMATION

    def _callgear_auto(self):
        """Return the tickets that still follow their calls, in sudo mode."""
        # sudo: helpdesk.ticket - whether they do does not depend on the user
        return self.sudo().filtered("call_auto")

    def _callgear_decision_values(self, vals, hand):
        """Return further values to write when somebody writes ``vals``.

        :param hand: ``Hand``: who writes them
        """
        if hand == Hand.CALL:
            return {}
        if hand == Hand.AUTOMATION:
            return self._callgear_kept_values(vals)
        values = {}
        if "partner_id" in vals:
            values["call_partner_chosen"] = True
        if "user_id" in vals:
            values["call_claimed"] = bool(vals["user_id"])
            values["call_claimed_at"] = bool(vals["user_id"]) and clock.precise_now(
                self.env
            )
        if "stage_id" in vals:
            now = clock.precise_now(self.env)
            stage = self.env["helpdesk.ticket.stage"].browse(vals["stage_id"])
            values["call_done_at"] = stage.closed and now
            values["call_touched_at"] = now
            values["call_base_stage_id"] = stage.id
        return values

    def _callgear_kept_values(self, vals):
        """Return the values that remember what an automation has set in one ticket.

        It stays: later notifications would otherwise undo it, or not, in the order in which
        they arrive. Other fields go on following the calls.
        """
        values = {}
        # An automation that saves a ticket as it is has not moved it.
        if any(
            ticket.stage_id.id != vals.get("stage_id", ticket.stage_id.id)
            for ticket in self
        ):
            values["call_moved_at"] = clock.precise_now(self.env)
            values["call_base_stage_id"] = vals["stage_id"]
        groups = self._callgear_kept_groups(vals)
        if groups:
            kept = self._callgear_kept_names().union(*groups)
            values["call_kept"] = ",".join(sorted(kept))
        return values

    def _callgear_kept_groups(self, vals):
        """Return the groups of fields that are kept when an automation writes ``vals``."""
        groups = [group for group in _FOLLOWING if group & vals.keys()]
        # sudo: helpdesk.ticket - whether they follow calls does not depend on the user
        follows = self.sudo().filtered(lambda t: t.call_auto or t.call_touch_leaves)
        return groups if groups and follows else []

    def _callgear_kept_names(self):
        """Return the names of the fields of one ticket that calls do not change."""
        self.ensure_one()
        return set(self.call_kept.split(",")) if self.call_kept else set()

    def _callgear_is_disposable(self):
        """Return whether a ticket may go when its calls turn out not to need one.

        Not if a person has done anything with it, also by a button of ours, or if it has
        taken over another ticket.
        """
        if not self.call_auto or self.call_claimed or self.call_touched_at:
            return False
        is_kept = _ITSELF in self._callgear_kept_names()
        return not is_kept and not self._callgear_has_things_of_people()

    def _callgear_has_things_of_people(self):
        """Return whether people have put into the ticket what would go with it.

        It changes nothing in the ticket itself: activities, files, replies for later.
        """
        of_people = Domain("res_id", "=", self.id)
        of_people &= Domain("create_uid", "!=", SUPERUSER_ID)
        return any(
            # sudo: what keeps the ticket does not depend on the user
            self.env[model]
            .sudo()
            .search_count(of_people & Domain(name, "=", self._name), limit=1)
            for model, name in _GOES_WITH_IT.items()
        )

    def _callgear_keep_itself(self):
        """Keep the ticket for what it has taken over, though it follows its calls."""
        # sudo: helpdesk.ticket - who moves messages need not have rights to the ticket
        for ticket_sudo in self.sudo().filtered("call_auto"):
            kept = ticket_sudo._callgear_kept_names() | {_ITSELF}
            ticket_sudo._callgear_write_from_call({"call_kept": ",".join(sorted(kept))})

    def _compute_field_value(self, field):
        """Computations that change tickets are nobody's choice."""
        with changed_by(Hand.AUTOMATION):
            return super()._compute_field_value(field)

    def _load_records_create(self, vals_list):
        """Import tickets, or data of modules: nobody looks at each of them."""
        with changed_by(Hand.AUTOMATION):
            return super()._load_records_create(vals_list)

    def _load_records_write(self, values):
        """Import changes of a ticket; see ``_load_records_create``."""
        with changed_by(Hand.AUTOMATION):
            return super()._load_records_write(values)

    @api.ondelete(at_uninstall=False)
    def _unlink_conversations(self):
        """Mark the calls of a ticket that is deleted, not by what became known of a call.

        So late notifications of the call do not create a new ticket.
        """
        self._callgear_replace_merged()
        announcer = self.env["callgear.announcer"]
        waiting_sudo = self._callgear_waiting()
        announcer._tell_lists(waiting_sudo.company_id, CALL_BACK, waiting=True)
        announcer._take_back_missed(waiting_sudo)
        offer = self.env["callgear.offer"]
        offer._take_back(waiting_sudo, offer._offered(waiting_sudo))
        # sudo: callgear.leg - users who may delete a ticket may not read or write calls
        legs_sudo = self.sudo().call_leg_ids
        lines = legs_sudo.call_id.mapped("line_key")
        announcer._note_news_of_callers(tickets=self, line_keys=lines)
        if self._callgear_hand() != Hand.CALL:
            self.env["callgear.promise"]._end_by_person(legs_sudo.call_id)
            over_sudo = legs_sudo.filtered(lambda leg: leg._is_over())
            over_sudo.ticket_choice = "deleted"

    # ------------------------------------------------- merged with another ticket

    def _callgear_note_moved(self, target):
        """Note that messages of the tickets now stand in another one.

        A ticket that is archived or deleted then has been merged into that one.

        :param target: one ``helpdesk.ticket``
        """
        moved = self.env.cr.precommit.data.setdefault(MOVED, {})
        moved.update(dict.fromkeys(self.ids, target.id))
        self.exists().filtered(lambda t: not t.active)._callgear_replace_merged()

    def _callgear_replace_merged(self):
        """Have calls that were made from a merged ticket belong to the one that is left.

        Their messages are still to be posted. Those that there are have been followed.
        """
        moved = self.env.cr.precommit.data.get(MOVED, {})
        # sudo: callgear.call, callgear.leg - users who merge tickets may not write calls
        Call, Leg = self.env["callgear.call"].sudo(), self.env["callgear.leg"].sudo()
        for ticket in self.filtered(lambda t: t.id in moved):
            target_id = moved[ticket.id]
            calls_sudo = Call.search([("origin_ticket_id", "=", ticket.id)])
            legs_sudo = Leg.search(
                [("ticket_id", "=", ticket.id), ("message_id", "=", False)]
            )
            with (calls_sudo | legs_sudo.call_id)._quietly():
                calls_sudo.origin_ticket_id = target_id
                legs_sudo.ticket_id = target_id
                legs_sudo.ticket_id._callgear_update_from_calls()
            # sudo: callgear.ticket.change - as above
            Change = self.env["callgear.ticket.change"].sudo()
            Change.search([("ticket_id", "=", ticket.id)]).ticket_id = target_id
            self.env["callgear.ticket.fact"]._note([ticket.id, target_id])

    def _callgear_take_over(self, old, leg):
        """Take over what follows a leg that has come from another ticket, or from none.

        :param old: the ticket in which the leg stood, or none
        :param leg: the ``callgear.leg``, which stands in this ticket now
        """
        self.ensure_one()
        values = {}
        if leg.entry == MISSED:
            values["call_kind"] = MISSED
            if old.call_done_at and not self.call_missed_since:
                values["call_done_at"] = old.call_done_at  # nobody waits any more
        elif not self.call_kind:
            values["call_kind"] = leg.call_id._kind(leg.entry)
        self._callgear_write_from_call(values)
        self._callgear_allow_stage_change(leg)

    # ---------------------------------------------------------------- messages

    def _get_allowed_message_params(self):
        params = super()._get_allowed_message_params()
        if self.env.user._is_internal():
            params = params | {"callgear_writing_seconds"}
        return params

    def _get_message_create_valid_field_names(self):
        names = super()._get_message_create_valid_field_names()
        return names | {"callgear_writing_seconds"}

    def message_post(self, **kwargs):
        """Post a message; see ``mail.thread``.

        :param callgear_writing_seconds: seconds that the author has written, as counted by
            the page; 0 is stored if it is not such a number, or for portal users
        """
        if "callgear_writing_seconds" in kwargs:
            seconds = _bounded_seconds(kwargs["callgear_writing_seconds"])
            if not self.env.user._is_internal():
                seconds = 0
            kwargs["callgear_writing_seconds"] = seconds
        if self._callgear_is_of_person(kwargs):
            self._callgear_touch()
        with changed_by(Hand.AUTOMATION):  # as in write()
            return super().message_post(**kwargs)

    def _callgear_is_of_person(self, message):
        """Return whether a person has written a message, or done an activity.

        :param dict message: as for ``message_post``
        """
        kind = message.get("message_type")
        if kind == "email":
            return True  # received, though a scheduled action may have fetched it
        if self._callgear_hand() != Hand.PERSON:
            return False
        return kind not in _NOT_WRITTEN or bool(message.get("mail_activity_type_id"))

    def _message_update_content(
        self,
        message,
        /,
        *,
        attachment_ids=None,
        callgear_writing_seconds=None,
        **kwargs,
    ):
        """Keep the recordings of a call message that is edited or deleted.

        The time to edit a message is not counted, so its parameter is dropped.
        """
        # sudo: callgear.leg - whether it is a call message does not depend on the user
        Leg = self.env["callgear.leg"].sudo()
        if Leg.search_count([("message_id", "=", message.id)], limit=1):
            attachment_ids = None
        return super()._message_update_content(
            message, attachment_ids=attachment_ids, **kwargs
        )

    # ------------------------------- nothing to customers because of a call (R43)

    def _callgear_note_quiet(self, by_person=False):
        """Note that calls change the tickets, if customers are to get nothing because of it.

        Some messages are made at the end of the transaction only, or by what has no part
        in the work on the call any more.

        :param by_person: if no call changes them: from now on messages are sent as ever
        """
        data = self.env.cr.precommit.data
        if is_quiet():
            data.setdefault(SILENT, set()).update(self.ids)
        elif by_person and SILENT in data:
            data[SILENT].difference_update(self.ids)

    @contextmanager
    def _callgear_audible_as_before(self):
        """What calls change inside follows from somebody's decision about the tickets.

        So what others send because of that decision is sent as ever.
        """
        data = self.env.cr.precommit.data
        audible = set(self.ids).difference(data.get(SILENT, ()))
        yield
        if not is_quiet() and SILENT in data:
            data[SILENT] -= audible

    def _callgear_audible(self):
        """Return the tickets of which customers may get messages now."""
        return self.filtered(lambda ticket: not ticket._callgear_is_silent())

    def _track_template(self, tracking):
        """Send no e-mail to the customer for a change of stage made by a call."""
        templates = super()._track_template(tracking)
        if self._callgear_is_silent():
            templates.pop("stage_id", None)
        return templates

    def rating_send_request(self, *args, **kwargs):
        """Ask no customer how satisfied they are because of a call.

        Only called, and only defined further on, where the module ``rating`` is installed.
        """
        audible = self._callgear_audible()
        if not audible:
            return None
        return super(HelpdeskTicket, audible).rating_send_request(*args, **kwargs)

    # ----------------------------------------------------------------- actions

    @for_clients(one=True)
    def action_callgear_calls(self):
        """Return the action that opens the calls of the ticket."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "callgear_integration.callgear_call_action"
        )
        action["domain"] = [("leg_ids.ticket_id", "=", self.id)]
        return action

    @for_clients(one=True)
    def action_callgear_find_partner(self):
        """Return the action that opens the list to choose the caller's contact (R13).

        :raises AccessError: the user may not change the ticket
        """
        self.ensure_one()
        self.check_access("write")
        return self.env["res.partner"]._callgear_action_find(callgear_ticket_id=self.id)

    @for_clients(one=True)
    def callgear_link_partner(self, partner_id):
        """Make a contact the caller of the ticket's calls, as ``callgear.leg`` does.

        :param int partner_id: a contact that the user may read
        :return: action that opens the ticket
        :raises AccessError: the user may not change the ticket, or there is no such contact
        """
        self.ensure_one()
        self.check_access("write")
        partner = self.env["res.partner"]._callgear_browse_chosen(partner_id)
        for call_sudo in self._callgear_calls_to_link():
            # sudo: res.partner - all that is added is the number of the ticket's call
            call_sudo._set_caller(partner.sudo())
        return self.get_formview_action()

    @for_clients(one=True)
    def action_callgear_create_partner(self):
        """Create a contact with name and number of the ticket's call, and link it.

        :return: action that opens the contact
        :raises AccessError: the user may not change the ticket
        :raises ValidationError: the number is hidden
        """
        self.ensure_one()
        self.check_access("write")
        calls_sudo = self._callgear_calls_to_link()
        if not calls_sudo:
            raise UserError(self.env._("There is no call in this ticket."))
        partner_sudo = calls_sudo[:1]._create_caller()
        return partner_sudo.with_env(self.env).get_formview_action()

    def _callgear_calls_to_link(self):
        """Return the calls whose caller the ticket's contact is, in sudo mode.

        Those of whom nobody knows the contact, with a number before hidden ones; of each
        number one, since the others follow. What a person has put into the ticket is taken
        only if there is nothing else.
        """
        # sudo: callgear.leg - part of a ticket that the user may change
        legs_sudo = self.sudo().call_leg_ids.filtered("entry")
        nameless_sudo = legs_sudo.filtered(lambda leg: not leg.partner_id)
        own_sudo = nameless_sudo.filtered(lambda leg: leg.ticket_choice != "attach")
        calls_sudo = (own_sudo or nameless_sudo or legs_sudo[-1:]).call_id
        by_phone = calls_sudo.sorted(lambda call: not call.phone).grouped("phone")
        return calls_sudo.browse().union(*[calls[-1] for calls in by_phone.values()])

    @for_clients()
    def action_callgear_claim(self):
        """Assign tickets to the user, who is going to call back.

        :raises UserError: another agent has claimed one of them
        :raises AccessError: the user may not change one of them
        """
        self._callgear_check_unclaimed()
        for ticket in self.filtered(lambda t: t.call_claim_user_id != self.env.user):
            ticket._callgear_claim()
        return False

    @for_clients(one=True)
    def action_callgear_call_back(self, call_id=None):
        """Call the number that the missed call came from; claim the ticket if possible.

        It is claimed, and colleagues' notices are taken back, once CallGear has accepted the
        call. Until then they see who is calling.

        :param int call_id: the missed call, else the last one of who waits longest
        :return: False, or the action to choose a number, or to tell of a doubt
        :raises UserError: another agent has claimed it or is calling, nobody waits any
            more, or no call can be made
        :raises AccessError: the user may not change the ticket
        """
        self.ensure_one()
        self._callgear_check_unclaimed()
        call_sudo = self._callgear_call_to_return(call_id)
        self._callgear_check_waiting(call_sudo)
        if not call_sudo.phone:
            self._callgear_claim_if_possible()
            return self.action_callgear_call()
        partner, ticket = self._callgear_parties()
        action = self.env["callgear.dialer"]._dial(
            call_sudo.phone, partner, ticket, calls_back=call_sudo
        )
        # In a transaction of its own: if it is repeated, the call is not.
        in_own_transaction(self.env, self._callgear_claim_if_possible)
        return action

    @for_clients()
    def action_callgear_done(self):
        """Close tickets without calling back.

        Customers get an e-mail only if the connection is set to notify them.

        :raises AccessError: the user may not change one of them
        """
        self.check_access("write")
        for (notify, stage), tickets in self._callgear_group_by_closing().items():
            silence = self.env["callgear.silence"]._hush(not notify)
            with changed_by(Hand.BUTTON), silence:
                tickets.write({"stage_id": stage.id})
        return False

    def _callgear_group_by_closing(self):
        """Group tickets by whether customers get an e-mail, and by their closed stage.

        :return: dict, (bool, ``helpdesk.ticket.stage``) → tickets; those without a call
            are left out
        """
        found = {}
        for ticket in self:
            # sudo: callgear.leg - only to find the stage; the ticket is written as the user
            call_sudo = ticket.sudo().call_leg_ids[:1].call_id
            if call_sudo:
                notify = call_sudo.connection_id.notify_customers
                key = notify, call_sudo._stage("closed", ticket.team_id)
                found[key] = found.get(key, self.browse()) | ticket
        return found

    @changed_by(Hand.BUTTON)
    def _callgear_claim(self):
        """Assign the ticket to the user: it stays theirs, and goes on following calls."""
        self.assign_to_me()

    def _callgear_claim_if_possible(self):
        """Claim the ticket, unless it is the user's, or cannot be, or needs nobody now."""
        if self.call_claim_user_id == self.env.user or not self._callgear_may_claim():
            return
        if self._callgear_waiting():
            self._callgear_claim()

    def _callgear_may_claim(self):
        """Return whether the user may be the agent of a ticket of this team."""
        return not self.team_id or self.env.user in self.team_id.user_ids

    def _callgear_check_unclaimed(self):
        """Check that no other agent has claimed the tickets.

        :raises UserError: one has; its text has the name, also if the user may not read
            the ticket any more
        :raises AccessError: the user may not change the ticket
        """
        teams = self.env.user.helpdesk_team_ids
        # sudo: helpdesk.ticket - to name the agent to users who saw it before the claim
        for ticket_sudo in self.sudo().exists():
            claimer = ticket_sudo.call_claim_user_id
            if not claimer or claimer == self.env.user:
                continue
            visible = ticket_sudo.with_env(self.env).has_access("read")
            if visible or ticket_sudo.team_id in teams:
                raise UserError(ticket_sudo._callgear_refusal(CLAIMED, claimer))
        self.check_access("write")

    def _callgear_call_to_return(self, call_id=None):
        """Return the missed call that is called back, in sudo mode.

        :param call_id: of one in the ticket, else the last one of who waits longest
        """
        # sudo: callgear.leg - who is called back from a ticket that the user may read
        Leg = self.env["callgear.leg"].sudo()
        if call_id:
            in_ticket = [("ticket_id", "=", self.id), ("entry", "=", MISSED)]
            chosen = [*in_ticket, ("call_id", "=", chosen_id(call_id))]
            if call_sudo := Leg.search(chosen, limit=1).call_id:
                return call_sudo
        return self._callgear_leg_to_return(self._callgear_latest_missed()).call_id

    def _callgear_latest_missed(self):
        """Return the latest missed calls, and that of who waits longest, in sudo mode."""
        # sudo: callgear.leg - who waits does not depend on the user
        Leg = self.env["callgear.leg"].sudo()
        missed = [("ticket_id", "=", self.id), ("entry", "=", MISSED)]
        legs_sudo = Leg.search(missed, order=LAST, limit=MAX_LATEST)
        since = self.sudo().call_missed_since
        if since and len(legs_sudo) == MAX_LATEST:
            legs_sudo |= Leg.search([*missed, ("started_at", "=", since)], limit=1)
        return legs_sudo

    def _callgear_waits_for(self, call):
        """Return whether the caller of a missed call in the ticket still waits.

        :param call: in sudo mode
        """
        # sudo: helpdesk.ticket - whether they do does not depend on the user
        ticket_sudo = self.sudo()
        if not ticket_sudo.call_waiting_since:
            return False
        legs_sudo = ticket_sudo._callgear_latest_legs()
        missed_sudo = legs_sudo.filtered(lambda leg: leg.entry == MISSED).call_id
        if len(legs_sudo) < MAX_LATEST and len(missed_sudo._by_caller()) == 1:
            return True
        promise = self.env[
            "callgear.promise"
        ].sudo()  # sudo: callgear.promise - as above
        return promise._history(ticket_sudo, legs_sudo).waits_for(call)

    def _callgear_check_waiting(self, call):
        """Check that the caller still waits, and that no colleague is about to reach them.

        :param call: the missed call that is called back, in sudo mode
        :raises UserError: otherwise; its text says what has happened
        """
        self.ensure_one()
        leg = self._callgear_running_legs(call).get(self.id)
        calls_again = leg and leg.direction == "in" and leg.call_id.state == "ringing"
        situation = Situation(
            waits=self._callgear_waits_for(call),
            claimer=self.call_claim_user_id or None,
            on_line=leg.user_id if leg and not calls_again else None,
            just_called=self._callgear_just_called_by(call) or None,
        )
        reason, agent = refusal(situation, self.env.user)
        if reason:
            raise UserError(self._callgear_refusal(reason, agent))

    def _callgear_refusal(self, reason, agent):
        """Return the text of why the user may not call the caller back.

        :param reason: see ``domain.call_back``
        :param agent: because of whom, or None
        """
        caller = self.partner_id.name or self.partner_name or self.number
        named = {"agent": agent.name if agent else "", "caller": caller}
        if reason == CLAIMED:
            return self.env._(
                "%(agent)s has already claimed this and will call %(caller)s back.",
                **named,
            )
        if reason == ON_LINE:
            return self.env._(
                "%(agent)s is already on the phone with %(caller)s, or calling them.",
                **named,
            )
        if reason == JUST_CALLED:
            return self.env._(
                "%(agent)s called %(caller)s less than a minute ago. Please wait a moment.",
                **named,
            )
        return self.env._(
            "%s is no longer waiting: somebody has talked to them or closed "
            "the ticket.",
            caller,
        )

    def _callgear_just_called_by(self, call_sudo):
        """Return the colleague who has called the caller a moment ago, or none.

        Not if the caller's phone has not rung: the agent did not pick up.

        :param call_sudo: a missed call of theirs: all agents are told of the calls to
            them, so that nobody calls twice
        """
        keys = call_sudo._caller_keys()
        if not keys:
            return self.env["res.users"]
        domain = Domain("direction", "=", "out")
        domain &= Domain("company_id", "=", call_sudo.company_id.id)
        domain &= Domain("started_at", ">", clock.now(self.env) - PAUSE)
        domain &= Domain("reason", "not in", ("agent_absent", "agent_cancelled"))
        domain &= Domain.OR([Domain(*key) for key in keys])
        calls_sudo = call_sudo.search(domain, order="started_at desc", limit=10)
        agents = calls_sudo.origin_user_id | calls_sudo.live_leg_ids.user_id
        return (agents - self.env.user)[:1]

    def _callgear_contact_name(self):
        """Return the name of the ticket's contact as far as the user may know it."""
        return self.partner_id._filtered_access("read").name or self.partner_name or ""

    # ------------------------------------------------- notices of missed calls

    def _callgear_waiting(self):
        """Return the tickets whose callers wait, in sudo mode."""
        # sudo: helpdesk.ticket - whether they do does not depend on the user
        return self.sudo().filtered(lambda t: t.active and t.call_waiting_since)

    def _callgear_is_attended(self, call):
        """Return whether somebody has acted on a missed call in the ticket.

        Who claimed it before has not: the caller has tried again since.
        """
        if not self._callgear_waiting():
            return True
        is_old = self.call_claimed_at and self.call_claimed_at < call.started_at
        if self.call_claimed and not is_old:
            return True
        running = self._callgear_running_legs(call).get(self.id)
        if running and running.direction == "out":
            return True
        # In a ticket of several callers, others may still wait.
        return bool(call._find_nearest(ATTEMPT, *TALKS, later=True))

    # --------------------------------------------------------- calling from it

    @for_clients(one=True)
    @api.readonly
    def callgear_numbers(self):
        """Return the number of the ticket's last call, then the contact's.

        :return: list of dicts, see ``callgear.dial.mixin``
        """
        self.ensure_one()
        partner = self.partner_id._filtered_access("read")
        numbers = partner.callgear_numbers() if partner else []
        used = self._callgear_last_phones().get(self)
        if not used:
            return numbers
        same = [line_key(number["phone"]) == line_key(used) for number in numbers]
        label, name = self.env._("Last call"), self.partner_name or ""
        known = list(compress(numbers, same))
        first = known[:1] or [{"phone": used, "label": label, "name": name}]
        return first + [
            n for n, is_used in zip(numbers, same, strict=True) if not is_used
        ]

    def _callgear_parties(self):
        return self.partner_id, self

    def _callgear_usual_numbers(self):
        """Return the numbers of the tickets' last calls, or else the contacts' only ones."""
        last = self._callgear_last_phones()
        others = self.filtered(lambda ticket: ticket not in last)
        partners = others.partner_id._filtered_access("read")
        of_partners = partners._callgear_usual_numbers()
        return last | {
            ticket: of_partners[ticket.partner_id]
            for ticket in others
            if ticket.partner_id in of_partners
        }

    def _callgear_last_phones(self):
        """Return the numbers of the tickets' last calls: dict, ticket → E.164."""
        # sudo: callgear.leg - the number is part of a ticket that the user may read
        Leg = self.env["callgear.leg"].sudo()
        query = Leg._search(
            [("ticket_id", "in", self.ids), ("call_id.phone", "!=", False)],
            order=f"ticket_id.id, {LAST}",
        )
        # One for each ticket, however many calls it has.
        first = SQL("DISTINCT ON (callgear_leg.ticket_id) callgear_leg.id")
        rows = self.env.execute_query(query.select(first))
        legs_sudo = Leg.browse(leg_id for (leg_id,) in rows)
        return {
            leg_sudo.ticket_id.with_env(self.env): leg_sudo.call_id.phone
            for leg_sudo in legs_sudo
        }

    def _callgear_portal_recordings(self):
        """Return the recordings that the customer may hear on the portal page."""
        self.ensure_one()
        # sudo: callgear.leg - portal users have no right to it; each file is checked
        recordings_sudo = self.sudo().call_leg_ids.recording_ids
        user = self.env.user
        return recordings_sudo.filtered(lambda r: r._may_hear_in_portal(user))

    # ------------------------------------------------------ created for a call

    @changed_by(Hand.CALL)
    def _callgear_create_for_leg(self, leg, chosen=False):
        """Create the ticket of a leg.

        :param leg: one ``callgear.leg`` with ``entry`` and ``ticket_choice`` set
        :param chosen: if a person wants it, and it is not made automatically
        :return: the new ticket
        """
        call = leg.call_id._in_language()
        vals = call._ticket_vals(leg.with_env(call.env), leg._assignee())
        team = self.env["helpdesk.ticket.team"].browse(vals["team_id"])
        if chosen:
            role = "open"  # as in the form of a new ticket; the leg changes it then
            # A person makes it now, whenever the call was.
            vals |= {
                "call_auto": False,
                "call_touch_leaves": True,
                "call_made_at": False,
            }
        else:
            role = "closed" if leg.entry == ATTEMPT else leg._stage_role() or "open"
            if role == "closed":
                vals["call_closed_at"] = leg._takes_effect_at()
            vals["call_effect"] = f"{leg.id}:{role}"
            vals["call_placed_by"] = self._callgear_placed_by(leg, vals["user_id"])
        vals["stage_id"] = call._stage(role, team).id
        vals["call_base_stage_id"] = vals["stage_id"]
        context = {
            "mail_create_nosubscribe": True,
            "mail_auto_subscribe_no_notify": True,
        }
        with call._quietly():
            return self.with_env(call.env).with_context(**context).create(vals)

    @api.model
    @changed_by(Hand.CALL)
    def _callgear_create_from_form(self, leg_sudo, vals, summary):
        """Save a form for a conversation to its automatic ticket, or to a new one.

        :param leg_sudo: the agent's own conversation
        :param vals: values of the ticket, as for ``create``
        :param summary: what the call was about, or a false value to leave it
        :return: the ticket, with the rights of the user
        """
        call_sudo = leg_sudo.call_id
        if vals.get("partner_id", call_sudo.partner_id.id) != call_sudo.partner_id.id:
            vals = {**vals, "call_partner_chosen": True}
        chosen = vals.get("stage_id")
        if leg_sudo._has_own_ticket():
            ticket = leg_sudo.ticket_id.with_env(self.env)
            vals = {
                name: value
                for name, value in vals.items()
                if name not in ("number", "stage_id", "company_id")
            }
            ticket._callgear_write_own(vals)
        else:
            vals = {**vals, "call_kind": call_sudo._kind(leg_sudo.entry)}
            ticket = self.create([vals])
        if chosen and chosen != call_sudo._stage("open", ticket.team_id).id:
            # sudo: helpdesk.ticket - as above
            ticket.sudo().write(
                {
                    "stage_id": chosen,
                    "call_base_stage_id": chosen,
                    "call_touched_at": clock.precise_now(self.env),
                }
            )
        # sudo: helpdesk.ticket - as above
        ticket.sudo()._callgear_touch()
        # An empty summary does not replace one that was typed elsewhere.
        leg_sudo._set_ticket(
            leg_sudo.env["helpdesk.ticket"].browse(ticket.id), "new", summary or None
        )
        return ticket.with_env(self.env)

    def _callgear_write_own(self, vals):
        """Write what an agent has typed to the automatic ticket of their conversation.

        They may, though the ticket may not be theirs to change any more. But what they
        write to it then must not reach other records: no lists of them are taken.
        """
        if self.has_access("write"):
            self.write(vals)
            return
        lists = ("one2many", "many2many")
        plain = {
            n: value for n, value in vals.items() if self._fields[n].type not in lists
        }
        # sudo: helpdesk.ticket - made for the conversation of this very agent
        self.sudo().write(plain)

    @changed_by(Hand.CALL)
    def _callgear_touch(self, leaves=False):
        """Mark automatic tickets as changed by a person: calls only add to them then.

        Users who may only comment do so as well.

        :param leaves: if what they have done goes away with a conversation that is moved
        """
        auto_sudo = self._callgear_auto()
        if auto_sudo:
            auto_sudo.write({"call_auto": False, "call_touch_leaves": leaves})
        if not leaves:
            # sudo: helpdesk.ticket - as for those that are automatic
            lasting_sudo = (self.sudo() - auto_sudo).filtered("call_touch_leaves")
            if lasting_sudo:
                lasting_sudo.write({"call_touch_leaves": False})

    @changed_by(Hand.CALL)
    def _callgear_release(self, leg):
        """Make the ticket what it would be if a leg had never been in it (R11).

        An automatic one in which nothing else is left is deleted.

        :param leg: one ``callgear.leg``, which stands in another ticket now
        """
        self.ensure_one()
        if self.call_touch_leaves and not self._callgear_has_words():
            self._callgear_write_from_call(
                {"call_auto": True, "call_touch_leaves": False}
            )
        # sudo: callgear.leg - whether any is left does not depend on the user
        Leg = self.env["callgear.leg"].sudo()
        left = Leg.search_count([("ticket_id", "=", self.id)], limit=1)
        if not left and self._callgear_is_disposable():
            self.unlink()
            return
        self._callgear_restore_stage(leg)
        self._callgear_update_from_calls()

    def _callgear_has_words(self):
        """Return whether agents have attached conversations in it, or described them."""
        # sudo: callgear.leg - what keeps the ticket does not depend on the user
        legs_sudo = self.env["callgear.leg"].sudo()
        chosen = Domain("ticket_choice", "in", ("attach", "new"))
        described = Domain("subject", "!=", False) | Domain("summary", "!=", False)
        domain = Domain("ticket_id", "=", self.id) & (chosen | described)
        return bool(legs_sudo.search_count(domain, limit=1))

    def _callgear_restore_stage(self, leg):
        """Take back the stage that the ticket has because of a leg, if it has.

        It gets the one that it would have by the legs that are left. What a person or an
        automation has chosen since stays.
        """
        if not self._callgear_was_moved_by(leg):
            return
        values = {"call_effect": False}
        if self.call_base_stage_id:
            values["stage_id"] = self.call_base_stage_id.id
        entries, promises = TicketEntries(self), self.env["callgear.promise"]
        legs = entries.latest()
        history = promises._history(self, legs)
        decider, role = self._callgear_deciding_leg(history, entries)
        while not role and decider in legs:
            legs = legs.filtered(lambda one, last=decider: _is_before(one, last))
            history = promises._history(self, legs)
            decider, role = self._callgear_deciding_leg(history, entries)
        if role and not self._callgear_is_stage_chosen_since(decider):
            stage = decider.call_id._stage(role, self.team_id) or self.stage_id
            values = {"stage_id": stage.id, "call_effect": f"{decider.id}:{role}"}
        self._callgear_write_from_call(values)

    # ------------------------------------------------------ updated by calls

    @changed_by(Hand.CALL)
    def _callgear_update_from_calls(self):
        """Update icon, stage and waiting of tickets from their ticket entries.

        Of tickets that no person has touched, also kind, subject, contact, agent and team.
        Only what differs is written.
        """
        seen = {}
        for ticket in self._callgear_existing():
            entries = TicketEntries(ticket)
            first = entries.pick(FIRST)
            if not first:
                if ticket.call_icon:
                    ticket._callgear_write_from_call({"call_icon": False}, entries)
                continue
            if ticket.call_auto:
                values = ticket._callgear_untouched_values(first, entries)
                ticket._callgear_write_from_call(values, entries)
            elif not ticket.partner_id:
                ticket._callgear_change_contact(
                    ticket.partner_id, _known_caller(entries)
                )
            history = ticket._callgear_history(entries)
            seen[ticket] = entries, history
            leg, role = ticket._callgear_deciding_leg(history, entries)
            stage = ticket._callgear_stage_values(first.call_id, leg, role)
            if stage:
                stage |= ticket._callgear_note_moved_at(leg, role)
            icon = ticket._callgear_icon(first, entries)
            ticket._callgear_write_from_call({"call_icon": icon, **stage}, entries)
        self._callgear_existing()._callgear_update_waiting(seen)

    def _callgear_existing(self):
        """Return those that exist; what was read in this transaction, and not deleted, does.

        The others are read by the same statement.
        """
        unread = self.filtered(lambda ticket: "call_auto" not in ticket._cache)
        if not unread:
            return self
        # sudo: helpdesk.ticket - whether it exists does not depend on the user
        every = self.sudo().with_context(active_test=False)
        found = every.search_fetch([("id", "in", unread.ids)])
        return self.filtered(lambda ticket: ticket not in unread or ticket in found)

    def _callgear_first_leg(self):
        """Return the first leg that has an entry in the ticket, or none."""
        return TicketEntries(self).pick(FIRST)

    def _callgear_latest_legs(self):
        """Return the latest conversations and missed calls of the ticket, the last first."""
        return TicketEntries(self).latest()

    def _callgear_history(self, entries, reopened=False):
        """Return what is known of the callers, see ``callgear.promise``."""
        promises = self.env["callgear.promise"]
        return promises._history(self, entries.latest(), reopened)

    def _callgear_change_contact(self, before, partner):
        """Give tickets that a person has touched the contact of their call.

        Only those that have none or the contact that the call had before, if no person has
        chosen it. Those that nobody has touched follow their calls anyway.
        """
        for ticket in self.filtered(
            lambda ticket: (
                not ticket.call_auto
                and not ticket.call_partner_chosen
                and (not ticket.partner_id or ticket.partner_id in before)
                and partner
                and partner.company_id
                in (ticket.company_id, partner.company_id.browse())
            )
        ):
            call = ticket._callgear_first_leg().call_id
            ticket._callgear_write_from_call(call._contact_vals(partner))

    def _callgear_maker(self, first, entries):
        """Return the leg that the ticket was made for: the first that was not moved here.

        A call back may have been dialled while the caller still waited in the queue: the
        missed call's ticket is not made for it.

        :param first: the ticket's first leg
        """
        if first.entry == ATTEMPT and self.call_kind == MISSED:
            missed = entries.pick(FIRST, (MISSED,), ticket_choice="auto")
            if missed:
                return missed
        if first.ticket_choice == "auto":
            return first
        return entries.pick(FIRST, ticket_choice="auto") or first

    def _callgear_untouched_values(self, first, entries):
        """Return the values of a ticket that is created now for its calls.

        Without those that an agent has chosen by a button of ours, or an automation.

        :param first: the ticket's first leg
        """
        maker = self._callgear_maker(first, entries)
        call = maker.call_id._in_language()
        agent = _agent_of_missed(maker, entries)
        placed_by = self._callgear_placed_by(maker, agent.id)
        kept = self._callgear_kept_names() | {"description"}
        if self.call_claimed:
            kept |= {"user_id", "team_id"}
        # Settings that were changed since are for tickets to come.
        active_ids = self.team_id._callgear_active_ids()
        if placed_by == self.call_placed_by and (
            not self.team_id or self.team_id.id in active_ids
        ):
            kept.add("team_id")
        vals = call._ticket_vals(maker.with_env(call.env), agent, kept)
        if not call.partner_id:
            vals |= call._contact_vals(_known_caller(entries))
        if "user_id" not in kept:
            vals["call_placed_by"] = placed_by
        same_call = (
            placed_by.split(":")[:2] == (self.call_placed_by or "").split(":")[:2]
        )
        other_channel = vals.get("channel_id") != self.channel_id.id
        if same_call and other_channel and self.channel_id.active:
            kept.add("channel_id")
        moved_here = self.call_kind == MISSED != vals.get("call_kind")
        if moved_here and entries.pick(FIRST, (MISSED,)):
            kept.add("call_kind")
        return {name: value for name, value in vals.items() if name not in kept}

    @api.model
    def _callgear_placed_by(self, leg, user_id):
        """Return the value of ``call_placed_by``: what team and channel follow from."""
        return f"{leg.id}:{leg.call_id.virtual_number_id.id or 0}:{user_id or 0}"

    def _callgear_icon(self, first, entries):
        """Return the value of ``call_icon``: that of the first call, like the subject.

        :param first: the first leg of the ticket
        """
        if self.call_kind != "missed":
            return "call"
        called_back = entries.has(CONVERSATION) and self.env[
            "callgear.leg"
        ].search_count(
            [
                ("ticket_id", "=", self.id),
                ("entry", "=", CONVERSATION),
                ("call_id.direction", "=", "out"),
                ("recording_ids", "!=", False),
            ],
            limit=1,
        )
        if called_back:
            return "call"
        return "voicemail" if first._is_voicemail() else "missed"

    def _callgear_note_moved_at(self, leg, role):
        """Note when a leg moves the ticket: at the time of its call.

        What a person does with a call takes effect when they do it.

        :param role: stage role to which the leg moves the ticket
        :return: dict of further values to write
        """
        if self.env.uid != SUPERUSER_ID:
            return {}
        moment = leg._takes_effect_at()
        self.env.cr.precommit.data.setdefault(MOVED_AT, {})[self.id] = moment
        closes = role == "closed" and self._callgear_was_made_for(leg)
        return {"call_closed_at": moment} if closes else {}

    def _callgear_stage_values(self, call, leg, role):
        """Return the values for the stage that the ticket's last call requires.

        :param call: ``callgear.call`` whose settings define the stages of the stage roles
        :param leg: the leg that decides about the stage
        :param role: the stage role that it asks for, or a false value
        :return: dict for ``write``; empty: no change
        """
        if not role:
            return {}
        stage = call._stage(role, self.team_id) or self.stage_id
        effect = f"{leg.id}:{role}"
        if effect == self.call_effect:
            return {}
        if not self.call_auto and self._callgear_was_moved_by(leg):
            return {}  # each conversation moves a touched ticket only once
        if self._callgear_is_stage_chosen_since(leg):
            return {}
        values = {"stage_id": stage.id, "call_effect": effect}
        if not self.call_base_stage_id:
            values["call_base_stage_id"] = self.stage_id.id
        return values

    def _callgear_is_stage_chosen_since(self, leg):
        """Return whether a person or an automation has chosen it since the leg began."""
        return any(
            chosen_at and leg.known_at and chosen_at >= leg.known_at
            for chosen_at in (self.call_touched_at, self.call_moved_at)
        )

    def _callgear_deciding_leg(self, history, entries):
        """Return the leg that decides about the stage, and the stage role it asks for.

        :param history: see ``callgear.promise``
        :param entries: ``TicketEntries``
        :return: a ``callgear.leg`` or none; *open*, *pending*, *closed* or a false value
        """
        last = history.legs.filtered(
            lambda leg: leg.state == "ended" and not leg.is_passed_on
        )[:1]
        if not last:
            last = entries.pick(LAST, (ATTEMPT,))
        if last.entry == MISSED:
            # Later conversations with the callers have their entry in another ticket: so
            # this one is closed, once none of them waits.
            talk = last_answer(history.callers)
            answer = last.call_id.browse(talk and talk.key)
            elsewhere = answer.live_leg_ids.filtered(
                lambda leg: leg.entry == CONVERSATION and leg.ticket_id
            )
            if elsewhere and self not in elsewhere.ticket_id:
                return elsewhere[-1], "closed"
        return last, last and last._stage_role()

    def _callgear_rename_effect(self, old, new):
        """Have a leg stand for the conversation by which the ticket has its stage."""
        if self and self._callgear_was_moved_by(old):
            role = self.call_effect.partition(":")[2]
            self._callgear_write_from_call({"call_effect": f"{new.id}:{role}"})

    def _callgear_was_made_for(self, leg):
        """Return whether the ticket was created automatically for this leg."""
        return (self.call_placed_by or "").startswith(f"{leg.id}:")

    def _callgear_was_moved_by(self, leg):
        """Return whether the ticket has its stage because of this leg."""
        return (self.call_effect or "").startswith(f"{leg.id}:")

    def _callgear_allow_stage_change(self, leg):
        """Allow a leg to move the ticket once more, after an action of its agent."""
        if self._callgear_was_moved_by(leg):
            self._callgear_write_from_call({"call_effect": False})

    @changed_by(Hand.CALL)
    def _callgear_write_from_call(self, values, entries=None):
        """Write what differs, as a change by a call; e-mails only if that is set.

        :param entries: ``TicketEntries``, if they have been read
        """
        changed = find_changes(self, values)
        if changed:
            call = (entries or TicketEntries(self)).pick(LAST).call_id
            with call._quietly():
                self.write(changed)

    @changed_by(Hand.CALL)
    def _callgear_update_waiting(self, seen=None, again=False, reopened=False):
        """Update ``call_missed_since``, and what follows from it.

        :param seen: dict, ticket → its entries and history, of those that were looked at
        :param again: whoever waits unclaimed is offered anew
        :param reopened: a person has just opened them again, or closed them
        """
        for ticket in self:
            if ticket.call_kind == "missed" or ticket.call_missed_since:
                entries, history = (seen or {}).get(ticket) or (None, None)
                if not history:
                    entries = TicketEntries(ticket)
                    history = ticket._callgear_history(entries, reopened)
                values = self.env["callgear.promise"]._follow(ticket, history)
                legs, since = history.legs, values["call_missed_since"]
                values |= self.env["callgear.offer"]._plan(ticket, legs, since, again)
                ticket._callgear_write_from_call(values, entries)


def _known_caller(entries):
    """Return the contact of the first call in a ticket whose contact is known."""
    leg = entries.pick(FIRST, known=[("call_id.partner_id", "!=", False)])
    return leg.call_id.partner_id


def _agent_of_missed(maker, entries):
    """Return the agent of the leg that a ticket was made for; of missed calls, the last."""
    if maker.entry != MISSED:
        return maker._assignee()
    return entries.pick(LAST, (MISSED,), [("user_id.active", "=", True)]).user_id


def _is_before(leg, other):
    """Return whether a leg comes before another one in the order of time."""

    def place(one):
        return one.started_at, one.dial_number, one.id

    return place(leg) < place(other)


def _bounded_seconds(value):
    """Return seconds from a page as an int, 0 to a day; 0 if the value is not valid."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return 0
    if not 0 <= value <= DAY_SECONDS:  # also false for NaN
        return 0
    return int(value)
