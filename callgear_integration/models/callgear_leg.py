# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.sql import column_exists

from .. import clock
from ..callgear.json_repair import storable
from ..client_input import for_clients
from ..domain.legs import dial_number
from ..domain.verdict import ATTEMPT, CONVERSATION, MISSED, VOICEMAIL
from ..new_columns import add_new_columns
from ..tools.chosen_id import chosen_id
from ..tools.hand import Hand, changed_by
from ..tools.write_changes import write_changes
from .callgear_call import SILENT_HOURS
from .ir_websocket import CALL_BACK

MAX_SUBJECT, MAX_SUMMARY = 256, 20000
# Hours after a conversation in which its agent is asked to finish the note of it.
NOTE_HOURS = 12
# No phone rings longer. Without a limit, a call whose end was lost is shown for hours.
RINGING_MINUTES = 5
# Nobody talks longer without any news of the call.
TALKING_HOURS = 2
# Other calls of an agent that are looked at when they answer one.
MAX_OTHERS = 20
# Tickets of a number without a contact that are offered first where it is moved.
MAX_OFFERED = 10
# Seconds until a leg that somebody has locked is looked at again, each time.
LOCK_PAUSES = (0.02, 0.08, 0.2)
# What the call-back list shows of a leg: who is on the phone, and how often somebody called.
_LISTED = {"user_id", "state", "entry", "ticket_id", "started_at"}
# What the facts of the statistics depend on.
COUNTED = {
    "answered_at",
    "entry",
    "result_id",
    "started_at",
    "ticket_id",
    "user_id",
}
# What an agent can do while talking, by the value of ``control``.
TALKING_ACTIONS = {
    "none": ["hang_up", "hold", "consult", "transfer"],
    "held": ["hang_up", "resume", "consult", "transfer"],
    "consulting": ["hang_up", "connect", "restore"],
    "passed": [],
}


class CallgearLeg(models.Model):
    """A connected party of a call. An operator's leg is shown as their conversation."""

    _name = "callgear.leg"
    _inherit = [
        "callgear.day.time",
        "callgear.hidden.links",
        "callgear.length",
        "callgear.quick.groups",
        "callgear.visibility",
    ]
    _description = "Conversation"
    _order = "started_at, dial_number, id"
    _rec_name = "leg_id"
    _lengths = frozenset({"talk_seconds"})
    _found_by = ("id", "call_id")
    _ranked = frozenset({"user_id", "team_id", "channel_id"})

    call_id = fields.Many2one(
        "callgear.call", required=True, ondelete="cascade", readonly=True
    )
    connection_id = fields.Many2one(related="call_id.connection_id")
    # Nobody has the right to write these two; not read-only, see ``callgear.call``.
    company_id = fields.Many2one(
        "res.company",
        compute="_compute_company_id",
        store=True,
        precompute=True,
        readonly=False,
    )
    leg_id = fields.Char(required=True, readonly=True)
    dial_number = fields.Integer(
        compute="_compute_dial_number", store=True, precompute=True, readonly=False
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
    known_at = fields.Datetime(
        readonly=True, default=lambda self: clock.precise_now(self.env)
    )
    started_at = fields.Datetime(required=True, readonly=True)
    picked_up_at = fields.Datetime(readonly=True)
    answered_at = fields.Datetime(readonly=True)
    ended_at = fields.Datetime(readonly=True)
    talk_seconds = fields.Integer(
        string="Talking (s)",
        readonly=True,
        help="If the agent moved the call from one of their phones to another: from the "
        "first answer to the last hang-up.",
    )
    is_passed_on = fields.Boolean(
        readonly=True,
        help="The agent moved the call to another of their phones and goes on talking "
        "there.",
    )
    length_unknown = fields.Boolean(
        readonly=True, help="CallGear did not say when this party left the call."
    )
    overtaken_at = fields.Datetime(
        readonly=True,
        help="When the agent answered their next call: this one was over by then, unless "
        "CallGear says that it goes on.",
    )
    control = fields.Selection(
        [
            ("held", "On hold"),
            ("consulting", "On hold while a colleague is consulted"),
            ("passed", "Transferred to a colleague"),
        ],
        string="Other Party",
        readonly=True,
        help="What the agent has done with the other party from Odoo.",
    )
    consulted_id = fields.Many2one(
        "callgear.operator", ondelete="set null", readonly=True
    )
    consulted_at = fields.Datetime(
        string="Colleague Called At",
        readonly=True,
        help="When the agent called the colleague.",
    )
    consulted_after_id = fields.Integer(
        string="Last Leg Before",
        readonly=True,
        aggregator=None,
        help="ID of the last leg of the call before the agent called the colleague; earlier "
        "legs do not count.",
    )
    connect_uncertain = fields.Boolean(
        string="Transfer Unconfirmed",
        readonly=True,
        help="CallGear was asked to connect the colleague, and has not answered.",
    )
    passes_at_once = fields.Boolean(
        string="Transfers Immediately",
        readonly=True,
        help="The call is transferred once the colleague has picked up.",
    )
    control_result = fields.Selection(
        [
            ("no_answer", "Did not pick up"),
            ("busy", "On a call"),
            ("left", "Has hung up"),
            ("refused", "Could not be reached"),
            ("not_connected", "Not connected"),
            ("unheard", "Nothing heard"),
        ],
        string="Transfer Result",
        readonly=True,
        help="Why the colleague has not taken the call.",
    )
    control_wish = fields.Selection(
        [
            ("connect", "Connect with the colleague"),
            ("restore", "Back to the agent"),
            ("resume", "Off hold, if no colleague talks"),
        ],
        string="Pending Action",
        readonly=True,
        help="What Odoo will ask CallGear to do next, by itself.",
    )
    control_due_at = fields.Datetime(string="Action Due At", readonly=True)
    control_attempts = fields.Integer(
        string="Action Attempts", readonly=True, aggregator=None
    )
    entry = fields.Selection(
        [
            (CONVERSATION, "Conversation"),
            (MISSED, "Missed call"),
            (ATTEMPT, "Attempt to call"),
        ],
        string="Kind of Entry",
        readonly=True,
    )
    entry_name = fields.Char(
        string="Kind",
        compute="_compute_entry_name",
        help="The kind of entry in words; of a missed call, whether a message was left.",
    )
    handed_over = fields.Boolean(
        string="Transferred",
        readonly=True,
        help="Another agent continued the conversation.",
    )
    ticket_id = fields.Many2one("helpdesk.ticket", ondelete="set null", readonly=True)
    ticket_choice = fields.Selection(
        [
            ("auto", "Made automatically"),
            ("new", "New ticket by the agent"),
            ("attach", "Attached by the agent"),
            ("origin", "Called from the ticket"),
            ("deleted", "Ticket deleted by a person"),
            ("elsewhere", "Moved out of the helpdesk"),
        ],
        readonly=True,
    )
    message_id = fields.Many2one("mail.message", ondelete="set null", readonly=True)
    subject = fields.Char(
        readonly=True, help="Subject that the agent typed for a new ticket."
    )
    summary = fields.Text(readonly=True, help="What the call was about.")
    result_id = fields.Many2one(
        "callgear.result",
        ondelete="restrict",
        readonly=True,
        index="btree_not_null",
        help="How the conversation ended, according to the agent.",
    )
    noted_at = fields.Datetime(
        string="Note Finished At",
        readonly=True,
        help="When the agent has finished the note of the conversation.",
    )
    follow_up_ids = fields.Many2many(
        "mail.activity",
        string="Follow-ups",
        readonly=True,
        help="Calls to the other party that the agent has planned because of it.",
    )
    is_absorbed = fields.Boolean(
        readonly=True,
        help="It rang and has ended: the state of the call does not depend on it.",
    )
    announced = fields.Char(readonly=True, help="State last sent to the agent's phone.")
    announced_card = fields.Char(readonly=True, help="State last sent to pages.")
    revision = fields.Integer(readonly=True, help="Increases with each state sent.")
    recording_ids = fields.One2many("callgear.recording", "leg_id", readonly=True)
    phone = fields.Char(related="call_id.phone")
    partner_id = fields.Many2one(related="call_id.partner_id")
    direction = fields.Selection(related="call_id.direction")
    outcome = fields.Selection(related="call_id.outcome")
    virtual_phone = fields.Char(related="call_id.virtual_phone")
    # Stored, to group conversations without looking up a ticket for each.
    team_id = fields.Many2one(related="ticket_id.team_id", store=True, string="Team")
    channel_id = fields.Many2one(
        related="ticket_id.channel_id",
        store=True,
        string="Channel",
        help="Channel of the ticket.",
    )

    _call_leg_uniq = models.Constraint(
        "UNIQUE (call_id, leg_id)", "This record already exists."
    )
    _live_idx = models.Index("(call_id) WHERE is_absorbed IS NOT TRUE")
    _ticket_idx = models.Index("(ticket_id, started_at) WHERE ticket_id IS NOT NULL")
    # With the calls of visible conversations in them, so that no table is read for these.
    _ticket_call_idx = models.Index("(ticket_id, call_id) WHERE ticket_id IS NOT NULL")
    _own_call_idx = models.Index("(user_id, call_id) WHERE ticket_id IS NULL")
    # The list of conversations, the latest first.
    _started_idx = models.Index("(started_at) WHERE user_id IS NOT NULL")
    _message_idx = models.Index("(message_id) WHERE message_id IS NOT NULL")
    _active_idx = models.Index("(user_id) WHERE state != 'ended'")
    _summary_idx = models.Index("(call_id) WHERE summary IS NOT NULL")
    _wish_idx = models.Index("(control_due_at) WHERE control_wish IS NOT NULL")
    _user_idx = models.Index("(user_id, started_at) WHERE user_id IS NOT NULL")
    # An agent's talks among the thousands of times that a queue has rung them.
    _answered_idx = models.Index("(user_id, started_at) WHERE answered_at IS NOT NULL")
    _conversation_idx = models.Index(
        "((COALESCE(answered_at, started_at))) "
        "WHERE entry = 'conversation' AND ticket_id IS NOT NULL"
    )

    def _auto_init(self):
        """Fill new columns of the legs that there are.

        Nobody is asked to finish notes of what was before there were notes to finish.
        """
        is_new = not column_exists(self.env.cr, self._table, "noted_at")
        of_tickets = add_new_columns(self, ("team_id", "channel_id"))
        result = super()._auto_init()
        if of_tickets:
            self._fill_from_tickets()
        if is_new:
            self.env.cr.execute(
                """
                UPDATE callgear_leg SET noted_at = COALESCE(ended_at, overtaken_at)
                WHERE entry = 'conversation' AND answered_at IS NOT NULL
                    AND started_at > now() AT TIME ZONE 'UTC' - interval '2 days'
                """
            )
        return result

    def _fill_from_tickets(self):
        """Set the columns that are those of the ticket, of all legs that there are."""
        self.env.cr.execute(
            """
            UPDATE callgear_leg leg
            SET team_id = ticket.team_id, channel_id = ticket.channel_id
            FROM helpdesk_ticket ticket WHERE ticket.id = leg.ticket_id
            """
        )

    @api.depends("call_id.company_id")
    def _compute_company_id(self):
        for leg in self:
            leg.company_id = leg.call_id.company_id

    @api.depends("leg_id")
    def _compute_dial_number(self):
        for leg in self:
            leg.dial_number = dial_number(leg.leg_id)

    @api.depends("call_id.display_name", "user_id.name", "operator_id.name")
    @api.depends_context("uid")
    def _compute_display_name(self):
        for leg in self:
            who = leg._name_to_reader(leg.user_id) or leg.operator_id.name
            call = leg.call_id.display_name
            leg.display_name = f"{call}, {who}" if who else call

    @api.depends("entry", "call_id.reason")
    @api.depends_context("lang")
    def _compute_entry_name(self):
        names = dict(self._fields["entry"]._description_selection(self.env))
        for leg in self:
            is_voicemail = leg._is_voicemail()
            leg.entry_name = (
                self.env._("Voicemail") if is_voicemail else names.get(leg.entry)
            )

    # -------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        legs = super().create(vals_list)
        legs._note_facts()
        legs._tell_call_back_list()
        return legs

    def unlink(self):
        self._note_facts()
        return super().unlink()

    def write(self, vals):
        counts = COUNTED & vals.keys()
        if counts:
            self._note_facts()
        result = super().write(vals)
        if counts:
            self._note_facts()
        if _LISTED & vals.keys():
            self._tell_call_back_list()
        return result

    def _note_facts(self):
        """Have the facts of the tickets in which the conversations stand counted again."""
        self.env["callgear.ticket.fact"]._note(
            leg.ticket_id.id for leg in self if leg.entry == CONVERSATION
        )

    def _tell_call_back_list(self):
        """Tell the pages with the call-back list what they show of these legs."""
        listed = self.filtered("is_operator")
        self.env["callgear.announcer"]._tell_lists(listed.company_id, CALL_BACK)

    # ------------------------------------------------------------------ rights

    @api.model
    def _visible_domain(self, among=None, is_page=False):
        """Return the domain of the conversations that the user may see.

        One in a ticket is as visible as the ticket, any other as its agent's.
        """
        return Domain.OR(self._visible_parts())

    @api.model
    def _visible_calls(self, among=None, is_page=False):
        """Return the domain of the calls to which the visible conversations belong.

        :param among: name of a field of conversations, and the values that matter
        :param bool is_page: the first calls are enough
        """
        visible = Domain.OR(self._visible_parts())
        if visible.is_true():
            return visible
        if among:
            visible &= Domain(among[0], "in", among[1])
        # sudo: callgear.leg - the parts hold all rights to conversations
        query = self.sudo()._search(visible)
        column = SQL.identifier(self._table, "call_id")
        if query.is_empty():
            return Domain.FALSE
        if is_page:
            # Call by call, in the order of the list, until the page is full.
            return _leads_to(query, column)
        return Domain("id", "any!", SQL("(%s)", query.subselect(column)))

    @api.model
    def _visible_parts(self):
        """Return the domains of the visible conversations in tickets, and of the others."""
        everybodys = self.env.user.has_group("helpdesk_mgmt.group_helpdesk_user")
        Ticket = self.env["helpdesk.ticket"]
        if everybodys and Ticket._callgear_all_are_readable():
            return Domain.TRUE, Domain.TRUE
        in_tickets = Domain("ticket_id", "!=", False) & Domain.custom(
            to_sql=Ticket._callgear_readable_sql
        )
        without = Domain("ticket_id", "=", False)
        if not everybodys:
            without &= self._own_domain()
        return in_tickets, without

    @api.model
    def _own_domain(self):
        """Return the domain of the user's own conversations, or of their teams' too."""
        user = self.env.user
        own = Domain("user_id", "=", user.id)
        if user.has_group("helpdesk_mgmt.group_helpdesk_user_team"):
            # sudo: helpdesk.ticket.team - who is in the user's teams
            own |= Domain("user_id", "in", user.sudo().helpdesk_team_ids.user_ids.ids)
        return own

    # ---------------------------------------------------- actions of the agent

    @for_clients(one=True)
    def action_new_ticket(self):
        """Open a new ticket's form for this conversation; create the contact if unknown.

        :return: action of the form, or of the ticket if the agent has chosen one already
        :raises AccessError: the conversation is not the user's; so do all methods here
        """
        leg_sudo = self._as_own()
        if leg_sudo.ticket_id and leg_sudo.ticket_choice != "auto":
            return leg_sudo._action_form(leg_sudo.ticket_id)
        call_sudo = leg_sudo.call_id
        if not call_sudo.partner_id and call_sudo.phone:
            call_sudo._create_caller()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New Ticket"),
            "res_model": "helpdesk.ticket",
            "views": [(False, "form")],
            "target": "current",
            "context": leg_sudo._ticket_defaults(),
        }

    def _ticket_defaults(self):
        """Return the context for the form of a new ticket for this conversation."""
        call = self.call_id._in_language()
        text = call.env["callgear.call.text"]
        team = call._team(self.user_id)
        subject = self.subject or text._subject(call, self.entry)
        return {
            "default_callgear_leg_id": self._popup_leg().id,
            "default_name": subject,
            "default_description": text._ticket_description(self, subject),
            "default_partner_id": call.partner_id.id,
            "default_partner_name": call.partner_id.name,
            "default_partner_email": call.partner_id.email,
            "default_company_id": call.company_id.id,
            "default_channel_id": call._channel().id,
            "default_team_id": team.id,
            "default_user_id": self.user_id.id,
            "default_stage_id": call._stage("open", team).id,
        }

    @for_clients(one=True)
    def attach_to_ticket(self, ticket_id, summary=None):
        """Record the conversation in an existing ticket.

        :param int ticket_id: a ticket that the agent may change
        :param str summary: what the call was about, cut to 20 000 characters; None: no
            change
        :return: action that opens the ticket
        :raises AccessError: not the user's conversation, or no such ticket
        :raises UserError: the ticket belongs to another company
        """
        leg_sudo = self._as_own()
        ticket = self._browse_chosen("helpdesk.ticket", ticket_id, "write")
        if leg_sudo.company_id != ticket.company_id:
            raise UserError(self.env._("This ticket belongs to another company."))
        # sudo: helpdesk.ticket - that the agent may change it was checked above
        with leg_sudo.call_id._locked_quietly(caller=True):
            leg_sudo._set_ticket(ticket.sudo(), "attach", summary)
        return leg_sudo._action_form(ticket)

    @for_clients(one=True)
    def link_partner(self, partner_id):
        """Link the other party of the call to a contact, and add the number to it.

        :param int partner_id: a contact that the agent may read
        :return: action that opens the contact
        :raises AccessError: not the user's conversation, or no such contact
        """
        call_sudo = self._as_own().call_id
        partner = self.env["res.partner"]._callgear_browse_chosen(partner_id)
        # sudo: res.partner - all that is added is the number of the agent's own call
        call_sudo._set_caller(partner.sudo())
        return self._action_form(partner)

    @for_clients(one=True)
    def action_find_partner(self):
        """Return the action that opens the list to choose the other party's contact."""
        self._as_own()
        return self.env["res.partner"]._callgear_action_find(callgear_leg_id=self.id)

    @for_clients(one=True)
    def create_partner(self):
        """Create a contact for an unknown caller, with name and number of the call.

        :return: action that opens the contact; of a known caller, the existing one
        :raises AccessError: the conversation is not the user's
        :raises ValidationError: the number is hidden
        """
        leg_sudo = self._as_own()
        return leg_sudo._action_form(leg_sudo.call_id._create_caller())

    @for_clients(one=True)
    @changed_by(Hand.CALL)
    def save_draft(self, subject=None, summary=None):
        """Store what the agent has typed so far.

        :param str subject: cut to 256 characters; None: no change
        :param str summary: cut to 20 000 characters; None: no change
        :return: id of the conversation's ticket, or False if there is none yet
        :raises AccessError: the conversation is not the user's
        :raises ValidationError: a value is not a text
        :raises UserError: the call was erased at the caller's request
        """
        leg_sudo = self._of_own_companies()._as_own()
        if leg_sudo.call_id.erasure_id.reason == "person":
            # Browsers keep for some days what they could not save: from before, perhaps.
            raise UserError(
                self.env._(
                    "The data of this call was erased at the caller's request. What you "
                    "had typed about it was not saved."
                )
            )
        values = {}
        if subject is not None:
            values["subject"] = self._bounded(subject, MAX_SUBJECT)
        if summary is not None:
            values["summary"] = self._bounded(summary, MAX_SUMMARY)
        with leg_sudo.call_id._locked_quietly():
            if changed := write_changes(leg_sudo, values):
                leg_sudo._show_draft("subject" in changed)
        return leg_sudo.ticket_id.id

    def _show_draft(self, renamed):
        """Bring ticket and pages in step with what the agent has typed.

        :param bool renamed: they have typed another subject
        """
        origin = self.call_id.origin_ticket_id
        is_taken_out = self.ticket_choice in ("deleted", "elsewhere")
        if (
            origin
            and self.summary
            and self.answered_at
            and not self.ticket_id
            and not is_taken_out
        ):
            # R20: the call message appears with the first words.
            self.call_id._lock_caller()
            self._set_ticket(origin, "origin")
            return
        if not self.ticket_id:
            self.env["callgear.announcer"]._announce_popups(self.call_id)
            return
        self.env["callgear.settlement"]._sync_message(self)
        if renamed and self.subject and self._is_alone():
            self.ticket_id.name = self.subject
        self.ticket_id._callgear_touch(leaves=True)
        self.ticket_id._callgear_allow_stage_change(self)
        self.ticket_id._callgear_update_from_calls()
        self.env["callgear.announcer"]._announce(self.call_id)

    # ------------------------------------------------ the note after the call (R57)

    @for_clients(one=True)
    @changed_by(Hand.CALL)
    def finish_note(self):
        """Note that the agent has said all that there is to say of the conversation.

        What they have said is stored already: an agent who never does this loses nothing.

        :raises AccessError: the conversation is not the user's
        """
        leg_sudo = self._of_own_companies()._as_own()
        with leg_sudo.call_id._locked_quietly():
            leg_sudo.noted_at = clock.precise_now(self.env)
            leg_sudo.env["callgear.announcer"]._announce_popups(leg_sudo.call_id)

    @for_clients(one=True)
    @changed_by(Hand.CALL)
    def set_result(self, result_id):
        """Store what became of the conversation; also while it goes on.

        :param int result_id: one of ``results`` on the bus; a false value: none
        :raises AccessError: the conversation is not the user's
        :raises ValidationError: the result is not for calls of this team
        """
        leg_sudo = self._of_own_companies()._as_own()
        with leg_sudo.call_id._locked_quietly():
            choices = self.env["callgear.result"]._choices(leg_sudo)
            known = [choice["id"] for choice in choices]
            if result_id and chosen_id(result_id) not in known:
                raise ValidationError(
                    self.env._("This result cannot be chosen for the call.")
                )
            if write_changes(leg_sudo, {"result_id": chosen_id(result_id)}):
                if leg_sudo.ticket_id:
                    leg_sudo.env["callgear.settlement"]._sync_message(leg_sudo)
                leg_sudo.env["callgear.announcer"]._announce(leg_sudo.call_id)

    @for_clients(one=True)
    def plan_follow_up(self, when):
        """Plan a call of the agent to the other party, on the ticket or the contact.

        :param str when: ``today``, ``tomorrow``, or a date as ``YYYY-MM-DD``
        :return: id of the activity; of one that is planned already, the day changes
        :raises AccessError: the conversation is not the user's
        :raises UserError: there is no ticket and no contact yet, or the day is over
        :raises ValidationError: it is no such date
        """
        leg_sudo = self._as_own()
        leg_sudo.connection_id._lock("session", leg_sudo.call_id.session_id)
        day = self._follow_up_day(when)
        planned = leg_sudo.follow_up_ids.filtered("active")[:1]
        if planned:
            write_changes(planned, {"date_deadline": day})
            return planned.id
        # Where the agent may not read it, they would not find the activity either.
        places = [leg_sudo.ticket_id, leg_sudo.call_id.partner_id]
        readable = [p for p in places if p and p.with_env(self.env).has_access("read")]
        if not readable:
            raise UserError(
                self.env._("There is no ticket or contact yet to plan a follow-up for.")
            )
        # sudo: the agent's own call is in this ticket, or with this contact
        activity = readable[0].activity_schedule(
            "mail.mail_activity_data_call",
            date_deadline=day,
            summary=self.env._("Call back %s", leg_sudo.call_id._number_text()),
            user_id=leg_sudo.user_id.id,
        )
        leg_sudo.follow_up_ids += activity
        return activity.id

    def _follow_up_day(self, when):
        today = fields.Date.context_today(self)
        days = {"today": 0, "tomorrow": 1}
        if isinstance(when, str) and when in days:
            return today + timedelta(days=days[when])
        try:
            day = fields.Date.to_date(when)
        except (TypeError, ValueError):
            day = None
        if not day:
            raise ValidationError(self.env._("A date is expected."))
        if day < today:
            raise UserError(self.env._("This day is in the past."))
        return day

    def _is_note_open(self, live):
        """Return whether the agent is asked to finish the note of the conversation.

        :param live: the leg of the phone that they have used last
        """
        self.ensure_one()
        if (
            self.noted_at
            or self.entry != CONVERSATION
            or not self.answered_at
            or live._shown_state() != "ended"
            or self.call_id.is_internal
        ):
            return False
        # What becomes known a day later is old news.
        ended_at = live.ended_at or live.overtaken_at
        return ended_at > clock.now(self.env) - timedelta(hours=NOTE_HOURS)

    @api.model
    def _open_notes(self, user, limit, known_ids=()):
        """Return the latest conversations of a user that may have open notes.

        :param known_ids: ids of legs whose conversations are looked at, too, however many
            are later
        """
        since = clock.now(self.env) - timedelta(hours=NOTE_HOURS)
        may_be_open = Domain(
            [
                ("user_id", "=", user.id),
                # No call takes longer, and there is an index of it.
                ("started_at", ">", since - timedelta(hours=NOTE_HOURS)),
                ("entry", "=", CONVERSATION),
                ("answered_at", "!=", False),
                ("noted_at", "=", False),
                ("call_id.is_internal", "=", False),
                "|",
                ("ended_at", ">", since),
                ("overtaken_at", ">", since),
            ]
        )
        notes = self.search(may_be_open, order="started_at desc, id desc", limit=limit)
        if known_ids:
            # The note may belong to another leg of the conversation.
            calls = self.search([("id", "in", known_ids)]).call_id
            notes |= self.search(may_be_open & Domain("call_id", "in", calls.ids))
        return notes

    # ------------------------------------------- a wrong choice is mended (R11)

    @for_clients(one=True)
    def action_move(self):
        """Open the dialog to move the conversation, or to change its contact.

        :raises AccessError: it is not the user's, nor in a ticket that they may change; so
            do all methods here
        """
        leg_sudo = self._as_movable()
        # Without a ticket yet, all that can be wrong is the contact.
        has_ticket = leg_sudo.ticket_id and leg_sudo._may_change_ticket()
        target = "ticket" if has_ticket else "partner"
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Move This Call"),
            "res_model": "callgear.move",
            "views": [(False, "form")],
            "target": "new",
            # A record that is new gets the focus.
            "context": {"default_leg_id": leg_sudo.id, "default_target": target},
        }

    @for_clients(one=True)
    def move_to_ticket(self, ticket_id):
        """Move the conversation to another ticket, at any time.

        Message and recordings go along. Both tickets become what they would be if it had
        been there from the beginning.

        :param int ticket_id: a ticket that the user may change
        :return: action that opens the ticket
        :raises AccessError: there is no such ticket
        :raises UserError: the ticket belongs to another company, or it is no conversation
        """
        leg_sudo = self._as_movable()
        leg_sudo._check_has_ticket_of_its_own()
        ticket = self._browse_chosen("helpdesk.ticket", ticket_id, "write")
        if leg_sudo.company_id != ticket.company_id:
            raise UserError(self.env._("This ticket belongs to another company."))
        if ticket != leg_sudo.ticket_id:
            # sudo: helpdesk.ticket - that the user may change it was checked above
            own = ticket.sudo()._callgear_was_made_for(leg_sudo)
            with leg_sudo.call_id._locked_quietly(caller=True):
                leg_sudo._set_ticket(ticket.sudo(), "auto" if own else "attach")
        return leg_sudo._action_form(ticket)

    @for_clients(one=True)
    def move_to_new_ticket(self):
        """Move the conversation to a new ticket, which is made from it.

        :return: action that opens the ticket
        :raises UserError: it is no conversation
        """
        leg_sudo = self._as_movable()
        leg_sudo._check_has_ticket_of_its_own()
        with leg_sudo.call_id._locked_quietly(caller=True):
            # sudo: helpdesk.ticket - made for a conversation that the user may move
            Ticket = self.env["helpdesk.ticket"].sudo()
            ticket_sudo = Ticket._callgear_create_for_leg(leg_sudo, chosen=True)
            leg_sudo._set_ticket(ticket_sudo, "new")
        return leg_sudo._action_form(ticket_sudo)

    @for_clients(one=True)
    def move_to_partner(self, partner_id):
        """Make another contact the other party of the whole call.

        Its tickets follow. The number that the former contact has from it is taken back.

        :param int partner_id: a contact that the user may read
        :return: action that opens the conversation's ticket, or else the contact
        :raises AccessError: there is no such contact
        """
        leg_sudo = self._as_movable()
        partner = self.env["res.partner"]._callgear_browse_chosen(partner_id)
        # sudo: res.partner - all that is added is the number of the call
        leg_sudo.call_id._set_caller(partner.sudo())
        return leg_sudo._action_form(leg_sudo.ticket_id or partner)

    def _as_movable(self):
        """Return the leg in sudo mode, if the user may move it.

        They may if it is theirs, or if they may change the ticket that it stands in.

        :raises AccessError: they may not, or there is no such leg (the same text)
        """
        return self._as_own(or_of_ticket=True)

    def _may_change_ticket(self):
        """Return whether a person may choose the leg's ticket: missed calls are grouped."""
        if self.call_id.is_internal or self.entry == MISSED:
            return False
        return bool(self.entry or (self.user_id and self.answered_at))

    def _check_has_ticket_of_its_own(self):
        """Check that a person may choose its ticket.

        :raises UserError: they may not
        """
        if not self._may_change_ticket():
            raise UserError(
                self.env._(
                    "Only a conversation or a call to the contact can be moved to another "
                    "ticket."
                )
            )

    def _tickets_of_caller(self):
        """Return the domain of the other party's tickets."""
        call = self.call_id
        if call.partner_id:
            return Domain("partner_id", "=", call.partner_id.id)
        return Domain("id", "in", call._tickets_of_number(MAX_OFFERED).ids)

    # -------------------------------------------------- checks and choices of the agent

    def _as_own(self, or_of_ticket=False):
        """Return the leg in sudo mode, if the user may act on it: its agent or a manager.

        If the conversation has several legs, it is the one that stands for it.

        :param or_of_ticket: whoever may change its ticket may as well
        :raises AccessError: they may not, or there is no such leg (the same text)
        """
        self.ensure_one()
        # sudo: callgear.leg - agents have no right to write calls; the checks below
        # decide whether they may act on this conversation
        leg_sudo = self.sudo().exists()
        leg_sudo = leg_sudo and leg_sudo._main_leg()
        allowed = leg_sudo and (
            leg_sudo.user_id == self.env.user
            or self.env.user.has_group("helpdesk_mgmt.group_helpdesk_manager")
            or (or_of_ticket and leg_sudo._is_in_ticket_of(self.env))
        )
        if not allowed or leg_sudo.company_id not in self.env.companies:
            raise AccessError(self.env._("This is not your call."))
        return leg_sudo

    def _of_own_companies(self):
        """Return the leg for words about it: agents are shown calls of all their companies.

        Whichever company is selected, they can say what the call was about.
        """
        company_ids = self.env.user.company_ids.ids
        return self.with_context(allowed_company_ids=company_ids)

    def _is_in_ticket_of(self, env):
        """Return whether it stands in a ticket that the user of an env may change."""
        ticket = self.ticket_id.with_env(env)
        return bool(ticket) and ticket.has_access("write")

    def _browse_chosen(self, model, record_id, operation):
        """Return a record that the agent has chosen, if they have the right to it.

        :param str operation: ``read`` or ``write``
        :raises AccessError: they have not, or there is no such record (the same text)
        """
        record = self.env[model].browse(chosen_id(record_id)).exists()
        if not record or not record.has_access(operation):
            raise AccessError(
                self.env._("It no longer exists, or you do not have access to it.")
            )
        return record

    @changed_by(Hand.CALL)
    def _set_ticket(self, ticket, choice, summary=None):
        """Record the conversation in the ticket that the agent has chosen.

        Session and caller are locked, and it is quiet.

        :param ticket: one ``helpdesk.ticket``, in sudo mode
        :param str choice: value of ``ticket_choice``
        :param str summary: None: no change
        """
        self.ensure_one()
        call = self.call_id
        if summary is not None:
            self.summary = self._bounded(summary, MAX_SUMMARY)
        if ticket == call.origin_ticket_id:
            choice = "origin"  # it stays so when a summary is saved there
        old = self.ticket_id
        if old != ticket:
            self._put_into(ticket, choice)
            if not self.entry:
                self.entry = CONVERSATION
        else:
            self.ticket_choice = choice
        if ticket.call_auto and choice == "attach":
            ticket._callgear_touch(leaves=True)
        ticket._callgear_allow_stage_change(self)
        if old and old != ticket:
            old._callgear_release(self)
        self.env["callgear.settlement"]._settle(call)
        self.env["callgear.announcer"]._announce(call)

    def _action_form(self, record):
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
            "target": "current",
        }

    def _bounded(self, text, limit):
        """Return a text typed by an agent, cut to ``limit`` characters; False if empty."""
        if not isinstance(text, str):
            raise ValidationError(self.env._("A text is expected."))
        return storable(text).strip()[:limit] or False

    # --------------------------------------- one conversation, several phones (R16)

    def _conversation(self):
        """Return the legs of the same conversation: an agent may have several phones."""
        self.ensure_one()
        found = (legs for legs in self.call_id._conversations() if self in legs)
        return next(found, self)

    def _main_leg(self, legs=None):
        """Return the leg of the conversation that has its ticket entry, and the texts.

        It is the one that was answered first. While none is, the one of the popup.

        :param legs: all legs of the conversation, if they are known already; so below
        """
        legs = legs or self._conversation()
        carrying = legs.filtered("entry") or legs.filtered("answered_at")
        return carrying[:1] or self._popup_leg(legs)

    def _popup_leg(self, legs=None):
        """Return the leg by whose id pages know the conversation: one popup for all.

        It is the one that we heard of first, so what is heard later does not change it.
        """
        return (legs or self._conversation()).sorted("id")[:1]

    def _live_leg(self, legs=None):
        """Return the leg at which the agent is now: that of the phone in their hand."""
        ranks = {"talking": 2, "ringing": 1, "ended": 0}
        return max(
            legs or self._conversation(),
            key=lambda leg: (
                ranks[leg.state],
                bool(leg.control),
                leg.answered_at or leg.started_at,
                leg.id,
            ),
        )

    def _take_over_from(self, other):
        """Take over what the agent has typed and chosen at another phone of theirs.

        :return: tickets that have lost an entry
        """
        self.ensure_one()
        tickets = self.env["helpdesk.ticket"]
        for name in ("subject", "summary", "result_id", "noted_at"):
            if other[name]:
                self[name] = self[name] or other[name]
                other[name] = False
        if other.follow_up_ids:
            self.follow_up_ids |= other.follow_up_ids
        wanted = other.ticket_id or other.ticket_choice
        if wanted and (not self.ticket_id or other._is_chosen() > self._is_chosen()):
            if self.ticket_id:
                tickets = self.env["callgear.settlement"]._remove_from_ticket(self)
            self._take_entry_of(other)
        return tickets

    def _take_entry_of(self, other):
        """Take over the ticket entry of another leg of the call, with all that it has."""
        other.ticket_id._callgear_rename_effect(other, self)
        self.write(
            {
                "entry": other.entry,
                "ticket_id": other.ticket_id.id,
                "ticket_choice": other.ticket_choice,
                "message_id": other.message_id.id,
                # Who has chosen a stage since it became known, has not less so now.
                "known_at": min(self.known_at, other.known_at),
            }
        )
        other._forget_ticket()

    def _is_chosen(self):
        """Return whether a person has decided about the ticket."""
        ticket = self.ticket_id
        chosen = bool(ticket) and not ticket._callgear_is_disposable()
        return chosen or self.ticket_choice not in (False, "auto")

    @api.model
    def _going_on(self):
        """Return the domain of legs that ring or talk now.

        Those whose end was lost are left out, as far as that can be told.
        """
        now = clock.now(self.env)
        not_ended = Domain("state", "!=", "ended") & Domain("overtaken_at", "=", False)
        talking_since = now - timedelta(hours=TALKING_HOURS)
        ringing_since = now - timedelta(minutes=RINGING_MINUTES)
        return (
            not_ended
            & Domain("call_id.state", "!=", "ended")
            & Domain("call_id.last_event_at", ">", talking_since)
            & (Domain("state", "=", "talking") | Domain("known_at", ">", ringing_since))
        )

    def _is_over(self):
        """Return whether the conversation has ended, at whichever phone it went on."""
        return bool(self.ended_at) and not self.is_passed_on

    def _over_at(self, legs=None):
        """Return when the conversation has ended, or False."""
        if not self._is_over():
            return False
        legs = legs or self._conversation()
        return max(leg.ended_at or self.ended_at for leg in legs)

    # ----------------------------------------------- control of the running call

    def _possible_actions(self):
        """Return the names of the actions that are possible now: ``hang_up``, ``hold`` …"""
        self.ensure_one()
        call = self.call_id
        actions = []
        if self._shown_state() == "talking":
            actions = self._talking_actions()
        elif self.state == "ringing" and call.direction == "out":
            # Not for incoming calls: it would end the call for the caller.
            actions = ["hang_up"]
        if not actions or not call._is_steerable():
            return []
        # sudo: callgear.connection - only whether a key is set
        return actions if call.connection_id._has_api_key() else []

    def _talking_actions(self):
        """Return the names of what makes sense while the agent talks."""
        actions = TALKING_ACTIONS[self.control or "none"]
        left_out = set()
        if self.control == "consulting" and not self._is_colleague_there():
            # CallGear would end the call if it were passed on and nobody picked up.
            left_out = {"connect"}
        if self.control_wish:
            # What follows by itself must not meet what the agent does next.
            left_out |= {"consult", "transfer", "connect"}
        if self.passes_at_once:
            # The agent is done with the call: they do not want to end it for the caller.
            left_out |= {"hang_up", "connect"}
        return [action for action in actions if action not in left_out]

    def _consulted_name(self):
        """Return the name of the colleague who is asked, or has been given the call."""
        asked = self.control in ("consulting", "passed")
        return asked and self.consulted_id.name

    def _is_colleague_there(self):
        """Return whether the colleague who was rung for this leg has picked up."""
        other = self.env["callgear.steering"]._consulted_leg(self)
        return bool(other.picked_up_at) and not other.ended_at

    def _shown_state(self):
        """Return the state for the agent: a call that was overtaken is over for them."""
        overtaken = self.overtaken_at and self.state == "talking"
        return "ended" if overtaken else self.state

    def _overtake(self):
        """Have an agent's calls before this one, which they have answered, be over.

        One agent has one telephone: if the end of a call was lost, its popup goes when the
        next call is answered. A call that the agent has put on hold from Odoo stays. The
        later one may have become known first.
        """
        self.ensure_one()
        since = self.started_at - timedelta(hours=SILENT_HOURS)
        others = self.search(
            [
                ("user_id", "=", self.user_id.id),
                ("call_id", "!=", self.call_id.id),
                ("started_at", ">", since),
                ("answered_at", "!=", False),
                "|",
                ("state", "=", "talking"),
                ("answered_at", ">", self.answered_at),
            ],
            limit=MAX_OTHERS,
        )
        later = others.filtered(lambda leg: leg.answered_at > self.answered_at)
        if later and self.state == "talking":
            self.overtaken_at = min(later.mapped("answered_at"))
        before = (others - later).filtered(_may_be_overtaken)
        if before:
            before = before._lock_in_a_moment().filtered(_may_be_overtaken)
            before.overtaken_at = self.answered_at
            for call in before.call_id:
                self.env["callgear.announcer"]._announce_popups(call)
        if before or self.overtaken_at:
            self.env["callgear.reconciliation"]._ask_soon()

    def _lock_in_a_moment(self):
        """Lock the legs for this transaction, but wait for a moment only.

        An agent's words are saved in less. What somebody works on for longer has news of
        its own.

        :return: those that are locked
        """
        locked = self.try_lock_for_update()
        for pause in LOCK_PAUSES:
            if locked == self:
                break
            time.sleep(pause)
            locked |= (self - locked).try_lock_for_update()
        # What was read before may have been changed by whoever had them locked.
        self.invalidate_recordset()
        return locked

    # -------------------------------------------------------------- ticket

    def _assignee(self):
        """Return the agent to whom an automatic ticket is assigned, or none.

        Who has been archived since takes no tickets: somebody else has to see them.
        """
        return self.user_id.filtered(lambda user: user._callgear_is_active())

    def _is_alone(self):
        """Return whether the ticket is automatic, untouched, and has no other leg."""
        ticket = self.ticket_id
        return ticket.call_auto and not self.search_count(
            [("ticket_id", "=", ticket.id), ("id", "!=", self.id)], limit=1
        )

    def _is_ticket_disposable(self):
        """Return whether its ticket may go with it: alone, and nothing was done with it."""
        return self._is_alone() and self.ticket_id._callgear_is_disposable()

    def _has_own_ticket(self):
        """Return whether its ticket was made for it automatically, touched or not."""
        own = self.entry == CONVERSATION and self.ticket_choice == "auto"
        return bool(self.ticket_id) and (own or self._is_alone())

    def _is_in_use(self):
        """Return whether a conversation goes on or stands in a ticket, or texts do.

        For all legs of one conversation.
        """
        return any(
            leg.entry
            or leg.ticket_id
            or leg.message_id
            or leg.ticket_choice
            or leg.subject
            or leg.summary
            or leg.result_id
            or leg.state != "ended"
            for leg in self
        )

    def _put_into(self, ticket, choice):
        """Put the conversation into a ticket, with its message if there is one.

        :param str choice: value of ``ticket_choice``
        """
        self.ensure_one()
        old = self.ticket_id
        self.write({"ticket_id": ticket.id, "ticket_choice": choice})
        if old and old != ticket:
            self._take_follow_ups_along(old, ticket)
        if self.message_id:
            place = {"model": ticket._name, "res_id": ticket.id}
            write_changes(self.message_id, place)
            if old and old != ticket:
                self.env["callgear.announcer"]._announce_gone(self, old)

    def _take_follow_ups_along(self, old, ticket):
        """Have what was planned because of the conversation planned in another ticket."""
        planned = self.follow_up_ids.filtered(
            lambda activity: (
                activity.res_model == old._name and activity.res_id == old.id
            )
        )
        if planned:
            planned.write({"res_id": ticket.id})
            (old | ticket).invalidate_recordset(["activity_ids"])

    def _follow_messages(self):
        """Have the legs stand in the tickets to which others have moved their messages.

        Merging tickets does that, and other addons may. What was put into a ticket
        automatically stands in the new one as if an agent had attached it: somebody has
        chosen that ticket.

        :return: tickets that legs have left, and those that they have come to
        """
        tickets = self.env["helpdesk.ticket"]
        for leg in self.filtered("message_id"):
            old, new = leg.ticket_id, leg._ticket_of_message()
            if new == old:
                continue
            chosen = leg.ticket_choice in ("new", "attach", "origin")
            choice = leg.ticket_choice if chosen else "attach"
            values = {"ticket_id": new.id, "ticket_choice": new and choice}
            if not new:
                values["ticket_choice"] = "elsewhere"
                if leg.entry == MISSED:
                    self.env["callgear.promise"]._end_by_person(leg.call_id)
            leg.write(values)
            if new:
                new._callgear_take_over(old, leg)
            tickets |= old | new
        return tickets

    def _ticket_of_message(self):
        """Return the ticket in which the leg's message stands, or none."""
        message = self.message_id
        ticket = self.env["helpdesk.ticket"]
        if message.model == ticket._name and message.res_id:
            ticket = ticket.browse(message.res_id)
        # Nearly always it is the one that is known.
        return ticket if ticket == self.ticket_id else ticket.exists()

    def _settle_moved(self):
        """Bring tickets in step whose legs' messages have been moved, in sudo mode."""
        running = self.call_id.filtered(lambda call: call.state != "ended")
        for call in running.sorted("session_id"):
            # Notifications of the call that are worked on now go on afterwards.
            call.connection_id._lock("session", call.session_id)
        with self.call_id._quietly():
            self._follow_messages()._callgear_update_from_calls()
            for call in running:
                self.env["callgear.announcer"]._announce(call)

    def _forget_ticket(self):
        """Remove the ticket entry."""
        self.write(
            {
                "entry": False,
                "ticket_id": False,
                "ticket_choice": False,
                "message_id": False,
            }
        )

    def _stage_role(self):
        """Return the stage role that the leg's entry requires in its ticket.

        :return: ``open``, ``pending``, ``closed``, or None: no change
        """
        self.ensure_one()
        if self.entry == MISSED:
            return "open"
        if self.entry == ATTEMPT:
            own = self.ticket_choice == "auto" and self.ticket_id.call_kind == "out"
            return "closed" if own else None
        if not self._is_over():
            return None
        if self.ticket_choice == "origin":
            return "pending" if self.ticket_id.call_kind == "missed" else None
        if self.ticket_choice != "auto" or self.subject or self.summary:
            return "pending"
        return "closed" if self.direction == "out" or self.handed_over else "open"

    def _takes_effect_at(self):
        """Return when the leg's entry moves its ticket: naive UTC, never in the future."""
        at = self.ended_at or self.call_id.ended_at or self.started_at
        return min(at, clock.now(self.env))

    def _happened_at(self):
        """Return the time of the leg's call message: naive UTC."""
        return self.answered_at or self.started_at

    def _is_voicemail(self):
        """Return whether it is the entry of a message on an answering machine."""
        return self.entry == MISSED and self.call_id.reason == VOICEMAIL

    def _is_agent_absent(self):
        """Return whether it is an attempt in which the agent did not pick up."""
        absent = ("agent_absent", "agent_cancelled")
        return self.entry == ATTEMPT and self.call_id.reason in absent

    def _recordings(self):
        """Return the recordings that belong to the leg's ticket entry."""
        # Of a missed call with the caller's voicemail, which has no leg.
        own = (self, self.browse()) if self.entry == MISSED else (self,)
        return self.call_id.recording_ids.filtered(lambda r: r.leg_id in own)


def _leads_to(query, column):
    """Return the domain of records to whose id a column of a query's rows leads."""

    def to_sql(_model, alias, _query):
        is_it = SQL("%s = %s", column, SQL.identifier(alias, "id"))
        return SQL(
            "EXISTS (SELECT FROM %s WHERE %s AND %s)",
            query.from_clause,
            query.where_clause,
            is_it,
        )

    return Domain.custom(to_sql=to_sql)


def _may_be_overtaken(leg):
    waits = leg.control in ("held", "consulting")
    return leg.state == "talking" and not waits and not leg.overtaken_at
