# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL
from odoo.tools.sql import column_exists, table_exists

from .. import clock
from ..client_input import for_clients
from ..domain.conversations import Party, conversations
from ..domain.missed import (
    LEFT_EARLY,
    NOBODY_FREE,
    NOT_PICKED_UP,
    OUTSIDE_HOURS,
    missed_reason,
)
from ..domain.promise import join_callers
from ..domain.verdict import (
    ANSWERED,
    ATTEMPT,
    CONVERSATION,
    ELSEWHERE,
    MISSED,
    VOICEMAIL,
    judge,
)
from ..new_columns import add_new_columns
from ..tools.hand import Hand, changed_by
from ..tools.phone_number import is_hidden
from .callgear_connection import ADMIN
from .ir_websocket import CALL_BACK

# How long after the last notification a call is given up: one whose conversations have
# all ended, and any other.
QUIET_MINUTES, SILENT_HOURS = 15, 6
# For a call from Odoo, an agent's phone does not ring longer than this.
DIALLING_MINUTES = 2
# Attempts to call back that are looked for after one missed call.
MAX_ATTEMPTS = 20
# Numbers and contacts of the calls of one ticket by which other calls are looked for.
MAX_KEYS = 6
# Missed calls before a talk that are looked at for tickets in which the caller waits.
MAX_WAITING = 10
MANAGER = "helpdesk_mgmt.group_helpdesk_manager"
# How a ticket comes to a conversation that was made for it.
_MADE_FOR_IT = ("auto", "new")
# What the facts of the statistics depend on. Agent, team and channel are computed: their
# methods have them counted.
COUNTED = {
    "agent_id",
    "answered_at",
    "call_back_done_at",
    "call_back_due_at",
    "call_back_state",
    "called_back_at",
    "channel_id",
    "company_id",
    "direction",
    "ended_at",
    "is_internal",
    "length_unknown",
    "missed_reason",
    "outcome",
    "started_at",
    "state",
    "talk_seconds",
    "team_id",
    "wait_seconds",
}
# What the call-back list shows of a call, with the callers it is compared with.
_LISTED = {"state", "phone", "partner_id", "origin_ticket_id"}
# For databases with calls of the time before there were reasons.
_FILL_MISSED_REASON = """
    UPDATE callgear_call call SET missed_reason = CASE
        WHEN reason = 'outside_hours' THEN 'outside_hours'
        WHEN NOT EXISTS (
            SELECT FROM callgear_leg leg WHERE leg.call_id = call.id AND leg.is_operator
        ) THEN CASE WHEN reason != 'voicemail' THEN 'left_early' END
        WHEN EXISTS (
            SELECT FROM callgear_leg leg WHERE leg.call_id = call.id AND leg.is_operator
                AND (
                    leg.picked_up_at IS NULL
                    AND leg.ended_at - leg.started_at <= interval '2 seconds'
                    AND call.ended_at - leg.ended_at >= interval '2 seconds'
                ) IS NOT TRUE
        ) THEN 'not_picked_up'
        ELSE 'nobody_free'
    END
    WHERE outcome = 'missed'
"""
# The columns of the journal, in terms of what ``_fill_journal`` joins.
_JOURNAL = {
    "agent_id": SQL("main.user_id"),
    "team_id": SQL(
        "CASE WHEN main.ticket_id IS NULL THEN line.team_id ELSE ticket.team_id END"
    ),
    "channel_id": SQL(
        "CASE WHEN main.ticket_id IS NULL THEN line.channel_id "
        "ELSE ticket.channel_id END"
    ),
    "has_ticket": SQL(
        """
        EXISTS (
            SELECT FROM callgear_leg leg WHERE leg.call_id = same.id
                AND leg.ticket_id IS NOT NULL AND leg.is_absorbed IS NOT TRUE
        )
        """
    ),
    "missed_ticket_id": SQL("CASE WHEN main.entry = 'missed' THEN main.ticket_id END"),
}


class CallgearCall(models.Model):
    """A call session of CallGear; its fields are computed from its notifications."""

    _name = "callgear.call"
    _inherit = [
        "callgear.day.time",
        "callgear.hidden.links",
        "callgear.length",
        "callgear.line",
        "callgear.quick.groups",
        "callgear.visibility",
    ]
    _description = "Call"
    _order = "started_at desc, id desc"
    _rec_name = "phone"
    _number_field = "phone"
    _lengths = frozenset({"wait_seconds", "talk_seconds", "total_seconds"})
    _ranked = frozenset({"agent_id", "team_id", "channel_id"})

    connection_id = fields.Many2one(
        "callgear.connection", required=True, ondelete="restrict", readonly=True
    )
    company_id = fields.Many2one(
        "res.company",
        compute="_compute_company_id",
        store=True,
        precompute=True,
        # Nobody has the right to write it. What is given for a precomputed field that is
        # read-only would be thrown away, and computed with a record in memory instead.
        readonly=False,
        index=True,
    )
    session_id = fields.Char(string="Call Session", readonly=True)
    external_id = fields.Char(
        readonly=True, help="Our own key, if the call was started from Odoo."
    )
    direction = fields.Selection(
        [("in", "Incoming"), ("out", "Outgoing")], required=True, readonly=True
    )
    phone = fields.Char(
        string="Number",
        readonly=True,
        index="trigram",  # to be found by any part of it; so below
        help="The other party's number, with country code.",
    )
    phone_raw = fields.Char(
        string="Number as Received",
        readonly=True,
        index="trigram",
        help="The number as CallGear writes it.",
    )
    contact_name = fields.Char(
        string="Name in CallGear", readonly=True, help="From CallGear's address book."
    )
    virtual_phone = fields.Char(string="Virtual Number", readonly=True)
    virtual_number_id = fields.Many2one(
        "callgear.virtual.number",
        string="Line",
        ondelete="set null",
        readonly=True,
        index="btree_not_null",
        help="The virtual number of the account, if it is listed in the connection.",
    )
    partner_id = fields.Many2one("res.partner", string="Caller", readonly=True)
    partner_chosen = fields.Boolean(
        readonly=True,
        help="An agent has chosen the contact, so it is not looked up by the number.",
    )
    state = fields.Selection(
        [("ringing", "Ringing"), ("talking", "Talking"), ("ended", "Ended")],
        required=True,
        readonly=True,
        default="ringing",
    )
    outcome = fields.Selection(
        [
            ("answered", "Answered"),
            ("missed", "Missed"),
            ("unanswered", "No answer"),
            ("ignored", "Ignored"),
        ],
        readonly=True,
    )
    reason = fields.Selection(
        [
            ("ringing", "Ringing"),
            ("dialling", "Dialling"),
            ("answered", "Answered by an agent"),
            (
                "answered_elsewhere",
                "Answered by an operator who is not mapped to a user",
            ),
            ("missed", "Agents' phones rang, nobody answered"),
            (
                "missed_before_ringing",
                "The caller hung up before an agent's phone rang",
            ),
            ("outside_hours", "Missed outside working hours: no ticket"),
            (VOICEMAIL, "Voicemail: an answering machine took the call"),
            ("unanswered", "The contact did not answer"),
            (
                "agent_absent",
                "The agent did not pick up, so the contact was not called",
            ),
            (
                "agent_cancelled",
                "The agent cancelled the call before picking up",
            ),
            ("agent_hung_up", "The agent hung up before the contact answered"),
            ("unheard", "CallGear sent no notification of the call"),
            (
                "unmapped",
                "Only operators who are not mapped to a user were reached: no ticket",
            ),
            ("internal", "Between colleagues: no ticket"),
            ("no_operator", "Handled by the PBX without an operator: no ticket"),
        ],
        string="Why",
        readonly=True,
    )
    # What tickets are grouped, closed and found by: a call without a ticket entry has none.
    history = fields.Selection(
        [
            (CONVERSATION, "Conversation"),
            (MISSED, "Missed call"),
            (ATTEMPT, "Attempt to call"),
            (ELSEWHERE, "Conversation with an operator who is not mapped"),
        ],
        string="Counts As",
        readonly=True,
        help="What the call counts as among the calls of the same caller.",
    )
    answered_told = fields.Boolean(
        string="Answer Notice Sent",
        readonly=True,
        help="Whoever looks after the caller was told who has answered, if anybody does.",
    )
    missed_reason = fields.Selection(
        [
            (OUTSIDE_HOURS, "Outside hours"),
            (NOT_PICKED_UP, "Nobody picked up"),
            (NOBODY_FREE, "Nobody free"),
            (LEFT_EARLY, "Left in the menu or queue"),
        ],
        string="Why Missed",
        readonly=True,
        help="Outside hours: the call came outside the working hours. Nobody picked up: a "
        "phone rang. Nobody free: all phones were busy or not connected. Left in the menu "
        "or queue: the caller hung up before a phone was rung.",
    )
    finish_reason = fields.Char(
        string="End in CallGear",
        readonly=True,
        help="How the call ended, in CallGear's own word. It is known of calls that were "
        "fetched from its report.",
    )
    is_internal = fields.Boolean(readonly=True)
    # What was decided by the settings of its day, and stays when they change.
    voicemail_place = fields.Selection(
        [("ticket", "Ticket"), ("call", "Call")],
        readonly=True,
        help="Where the message on the answering machine stands.",
    )
    is_outside_hours = fields.Boolean(readonly=True)
    hours_decided_for = fields.Datetime(
        readonly=True,
        help="Start of the call for which its working hours were looked up.",
    )
    is_call_back_told = fields.Boolean(
        string="Missed Notices Withdrawn",
        readonly=True,
        help="Outgoing calls: the notices of the caller's missed calls were taken back.",
    )
    # The promise of a missed call (R47): as it was made, whatever the team promises later.
    call_back_due_at = fields.Datetime(
        string="Call Back by",
        readonly=True,
        help="By when the caller of this missed call was promised to be called back.",
    )
    called_back_at = fields.Datetime(
        readonly=True,
        help="When somebody talked to the caller again after this missed call, or the "
        "caller got through by themselves.",
    )
    call_back_state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("kept", "Called back in time"),
            ("late", "Called back late"),
            ("self", "Got through by themselves"),
            ("done", "Ticked off"),
        ],
        string="Promise to Call Back",
        readonly=True,
        help="What became of the promise to call back. Ticked off: a person has closed the "
        "ticket. Empty: nothing was promised.",
    )
    is_promise_broken = fields.Boolean(
        string="Promise Broken", compute="_compute_is_promise_broken"
    )
    call_back_team_id = fields.Many2one(
        "helpdesk.ticket.team",
        string="Promised by",
        ondelete="set null",
        readonly=True,
        help="The team by whose settings it was promised to call back.",
    )
    call_back_done_at = fields.Datetime(
        string="Ticked Off",
        readonly=True,
        help="When a person has closed the ticket without calling back.",
    )
    is_lost = fields.Boolean(readonly=True)
    has_talk = fields.Boolean(readonly=True)
    has_voicemail = fields.Boolean(
        string="Voicemail",
        readonly=True,
        help="The caller has left a message on an answering machine.",
    )
    started_at = fields.Datetime(required=True, readonly=True)
    answered_at = fields.Datetime(readonly=True)
    ended_at = fields.Datetime(readonly=True)
    given_up_at = fields.Datetime(
        readonly=True, help="When we stopped waiting for the end of the call."
    )
    last_event_at = fields.Datetime(readonly=True)
    end_known_at = fields.Datetime(
        readonly=True,
        help="When it became known that the call was over: what is told long after that "
        "does not change it.",
    )
    absorbed = fields.Char(
        readonly=True,
        help="Summary of the notifications that are not read again.",
    )
    wait_seconds = fields.Integer(string="Waiting (s)", readonly=True, aggregator="avg")
    talk_seconds = fields.Integer(string="Talking (s)", readonly=True)
    total_seconds = fields.Integer(string="Total (s)", readonly=True)
    length_unknown = fields.Boolean(
        readonly=True,
        help="CallGear did not say when the call ended, even when asked.",
    )
    wait_unknown = fields.Boolean(compute="_compute_wait_unknown")
    is_kept = fields.Boolean(
        string="Exempt from Deletion",
        readonly=True,
        help="Nothing of the call is deleted, however long such things are kept.",
    )
    is_sealed = fields.Boolean(
        string="Notifications Deleted",
        readonly=True,
        help="The notifications of the call have been deleted, so it stays as it is: what "
        "comes late changes nothing any more.",
    )
    is_erased = fields.Boolean(
        string="Number Deleted",
        readonly=True,
        help="Number and name of the other party have been deleted.",
    )
    erasure_id = fields.Many2one(
        "callgear.deletion",
        string="Deletion",
        ondelete="set null",
        readonly=True,
        index="btree_not_null",
        groups=MANAGER,
        help="By whom, when and why number and name were deleted.",
    )
    scenario_name = fields.Char(string="Scenario", readonly=True)
    tags = fields.Char(readonly=True)
    origin_ticket_id = fields.Many2one(
        "helpdesk.ticket",
        string="Called from",
        ondelete="set null",
        readonly=True,
        index="btree_not_null",
        # Others see the call, but not always this ticket.
        groups="helpdesk_mgmt.group_helpdesk_manager",
    )
    origin_user_id = fields.Many2one("res.users", string="Called by", readonly=True)
    dialled_abroad = fields.Boolean(
        readonly=True,
        help="Called from Odoo, neither in the connection's country nor in the contact's.",
    )
    hung_up_by_id = fields.Many2one(
        "res.users",
        string="Hung up by",
        readonly=True,
        help="Who has ended the call from Odoo before it was answered.",
    )
    origin_operator_id = fields.Many2one(
        "callgear.operator", ondelete="set null", readonly=True
    )
    leg_ids = fields.One2many("callgear.leg", "call_id", readonly=True)
    # The legs that are not absorbed: few, however many phones were rung.
    live_leg_ids = fields.One2many("callgear.leg", compute="_compute_live_leg_ids")
    recording_ids = fields.One2many("callgear.recording", "call_id", readonly=True)
    event_ids = fields.One2many(
        "callgear.event", "call_id", readonly=True, groups=ADMIN
    )
    ticket_ids = fields.Many2many(
        "helpdesk.ticket",
        compute="_compute_ticket_ids",
        search="_search_ticket_ids",
    )
    user_ids = fields.Many2many(
        "res.users",
        string="Agents",
        compute="_compute_user_ids",
        search="_search_user_ids",
    )
    main_leg_id = fields.Many2one(
        "callgear.leg",
        string="Main Conversation",
        compute="_compute_main_leg_id",
        store=True,
        ondelete="set null",
        index="btree_not_null",
    )
    # Stored, like the next three, so that a journal of a million calls is grouped at once.
    agent_id = fields.Many2one(
        "res.users",
        compute="_compute_agent_id",
        store=True,
        help="The agent who talked to the caller first; if nobody answered, the one whose "
        "phone rang last. The others are listed under Conversations.",
    )
    team_id = fields.Many2one(
        "helpdesk.ticket.team",
        compute="_compute_team_and_channel",
        store=True,
        help="Team of the main conversation's ticket. Without a ticket, the team to which "
        "the line's calls go.",
    )
    channel_id = fields.Many2one(
        "helpdesk.ticket.channel",
        compute="_compute_team_and_channel",
        store=True,
        help="Channel of the main conversation's ticket. Without a ticket, the channel of "
        "the line's calls.",
    )
    has_ticket = fields.Boolean(
        compute="_compute_has_ticket",
        store=True,
        help="Part of the call stands in a ticket.",
    )
    # Who waits in a ticket is found by it, however many calls there are.
    missed_ticket_id = fields.Many2one(
        "helpdesk.ticket",
        string="Missed in",
        compute="_compute_missed_ticket_id",
        store=True,
        groups="helpdesk_mgmt.group_helpdesk_manager",
        help="The ticket of a missed call.",
    )

    # Only to search for calls by what counts in a period, as with tickets.
    callgear_statistics_ids = fields.One2many(
        "callgear.statistics",
        "call_id",
        string="Facts of the statistics",
        export_string_translation=False,
    )

    _session_uniq = models.UniqueIndex(
        "(connection_id, session_id) WHERE session_id IS NOT NULL",
        "This record already exists.",
    )
    _external_idx = models.Index(
        "(connection_id, external_id) WHERE external_id IS NOT NULL"
    )
    _line_idx = models.Index(
        "(connection_id, line_key, history, started_at) WHERE line_key IS NOT NULL"
    )
    _partner_idx = models.Index(
        "(connection_id, partner_id, history, started_at) WHERE partner_id IS NOT NULL"
    )
    # The nearest talk of either kind: an index with the kind in it has two orders.
    _line_talk_idx = models.Index(
        "(connection_id, line_key, started_at) "
        "WHERE history IN ('conversation', 'elsewhere') AND line_key IS NOT NULL"
    )
    _partner_talk_idx = models.Index(
        "(connection_id, partner_id, started_at) "
        "WHERE history IN ('conversation', 'elsewhere') AND partner_id IS NOT NULL"
    )
    _caller_idx = models.Index("(partner_id) WHERE partner_id IS NOT NULL")
    _dialled_idx = models.Index(
        "(origin_user_id, create_date) WHERE origin_user_id IS NOT NULL"
    )
    _open_idx = models.Index("(last_event_at) WHERE state != 'ended'")
    _started_idx = models.Index("(started_at)")
    # What there is to delete of old calls, and what remains to be erased at request.
    _unsealed_idx = models.Index(
        "(connection_id, started_at) WHERE is_sealed IS NOT TRUE"
    )
    _unerased_idx = models.Index(
        "(connection_id, started_at) WHERE is_erased IS NOT TRUE"
    )
    _marked_idx = models.Index(
        "(id) WHERE erasure_id IS NOT NULL AND is_erased IS NOT TRUE"
    )
    # The last missed call of each caller in a ticket, and those that began a waiting.
    _missed_last_idx = models.Index(
        "(missed_ticket_id, (COALESCE(line_key, '')), (COALESCE(partner_id, 0)), "
        "started_at DESC, id DESC) WHERE missed_ticket_id IS NOT NULL"
    )
    _missed_first_idx = models.Index(
        "(missed_ticket_id, started_at, id) WHERE missed_ticket_id IS NOT NULL AND "
        "(call_back_state IS NOT NULL OR called_back_at IS NOT NULL "
        "OR call_back_done_at IS NOT NULL)"
    )
    # For the promises that are waited for, and those of a period.
    _promise_idx = models.Index(
        "(call_back_state, call_back_due_at) WHERE call_back_state IS NOT NULL"
    )

    def _auto_init(self):
        """Fill new columns of the calls that there are.

        They get what they would be computed, see ``_missed_reason`` and ``_fill_journal``.
        """
        cr = self.env.cr
        was_there = table_exists(cr, self._table)
        is_new = was_there and not column_exists(cr, self._table, "missed_reason")
        of_journal = add_new_columns(self, _JOURNAL)
        result = super()._auto_init()
        if is_new:
            cr.execute(_FILL_MISSED_REASON)
        if of_journal:
            # The tables of what it reads may lack columns until then.
            self.pool.post_init(self._fill_journal, of_journal)
        return result

    def _fill_journal(self, names):
        """Set columns of the journal, of all calls that there are, as if computed.

        :param names: among ``_JOURNAL``
        """
        # Those that calls have, as a number may belong to another connection by now.
        pairs = self._read_group([], ["connection_id", "virtual_number_id"])
        lines = [
            SQL(
                "(%s, %s, %s::int, %s::int)",
                connection.id,
                number.id or 0,
                connection._team_for(number).id or None,
                connection._channel_for(number).id or None,
            )
            for connection, number in pairs
        ]
        if not lines:
            return
        query = """
            UPDATE callgear_call call SET %(values)s
            FROM callgear_call same
            LEFT JOIN (VALUES %(lines)s)
                line (connection_id, number_id, team_id, channel_id)
                ON line.connection_id = same.connection_id
                AND line.number_id = COALESCE(same.virtual_number_id, 0)
            LEFT JOIN callgear_leg main ON main.id = same.main_leg_id
            LEFT JOIN helpdesk_ticket ticket ON ticket.id = main.ticket_id
            WHERE same.id = call.id
        """
        values = [SQL("%s = %s", SQL.identifier(n), _JOURNAL[n]) for n in names]
        comma = SQL(", ")
        self.env.cr.execute(
            SQL(query, values=comma.join(values), lines=comma.join(lines))
        )
        self.invalidate_model(names)

    @api.depends("connection_id.company_id")
    def _compute_company_id(self):
        for call in self:
            call.company_id = call.connection_id._settings().company_id

    @api.depends("absorbed", "leg_ids.is_absorbed")
    def _compute_live_leg_ids(self):
        # One statement finds and reads them, however many legs are absorbed; but those of
        # a call that was made just now are known.
        unread = self.filtered(
            lambda call: call.id and (call.absorbed or "leg_ids" not in call._cache)
        )
        domain = [("call_id", "in", unread.ids), ("is_absorbed", "=", False)]
        Leg = self.env["callgear.leg"]
        of_unread = (Leg.search_fetch(domain) if unread else Leg).grouped("call_id")
        for call in self:
            if call in unread:
                call.live_leg_ids = of_unread.get(call, Leg)
            else:
                legs = call.leg_ids.filtered(lambda leg: not leg.is_absorbed)
                call.live_leg_ids = legs.sorted()

    @api.depends("length_unknown", "answered_at")
    def _compute_wait_unknown(self):
        """Who was answered has waited until then, whenever the call ended."""
        for call in self:
            call.wait_unknown = call.length_unknown and not call.answered_at

    @api.depends("call_back_state", "call_back_due_at")
    def _compute_is_promise_broken(self):
        """It breaks by itself: nothing happens when it does."""
        now = clock.now(self.env)
        for call in self:
            waits = call.call_back_state == "waiting" and call.call_back_due_at < now
            call.is_promise_broken = waits or call.call_back_state == "late"

    @api.depends("leg_ids.ticket_id")
    @api.depends_context("uid")
    def _compute_ticket_ids(self):
        for call in self:
            call.ticket_ids = call.leg_ids.ticket_id._filtered_access("read")

    def _search_ticket_ids(self, operator, value):
        return [("leg_ids.ticket_id", operator, value)]

    @api.depends("leg_ids.user_id")
    @api.depends_context("uid")
    def _compute_user_ids(self):
        for call in self:
            call.user_ids = call.leg_ids.user_id._filtered_access("read")

    def _search_user_ids(self, operator, value):
        return [("leg_ids.user_id", operator, value)]

    @api.depends("leg_ids.entry", "leg_ids.answered_at", "leg_ids.started_at")
    def _compute_main_leg_id(self):
        """Choose the conversation that represents the call: each call counts once."""
        for call in self:
            talks = call.live_leg_ids.filtered(lambda leg: leg.entry == CONVERSATION)
            legs = talks or call.live_leg_ids.filtered("entry")
            call.main_leg_id = legs.sorted(
                lambda leg: (
                    leg.answered_at or leg.started_at,
                    leg.dial_number,
                    leg.leg_id,
                )
            )[:1]

    # Not "main_leg_id.user_id": a call is found by its legs, but not by its main one.
    @api.depends("main_leg_id", "leg_ids.user_id")
    def _compute_agent_id(self):
        for call in self:
            call.agent_id = call.main_leg_id.user_id
        self._note_facts()

    @api.depends(
        "connection_id",
        "virtual_number_id",
        "main_leg_id",
        "leg_ids.team_id",
        "leg_ids.channel_id",
    )
    def _compute_team_and_channel(self):
        """Choose for whom the call counts, also if it has no ticket (R46).

        Settings are for calls to come: if the line's team is changed, calls keep theirs.
        """
        for call in self:
            leg = call.main_leg_id
            if leg.ticket_id:
                call.team_id, call.channel_id = leg.team_id, leg.channel_id
            else:
                number = call.virtual_number_id
                call.team_id = call.connection_id._team_for(number)
                call.channel_id = call.connection_id._channel_for(number)
        self._note_facts()

    # The ticket's team, because what is deleted is told by its own fields only.
    @api.depends("leg_ids.ticket_id", "leg_ids.team_id")
    def _compute_has_ticket(self):
        for call in self:
            call.has_ticket = bool(call.live_leg_ids.ticket_id)

    @api.depends("leg_ids.ticket_id", "leg_ids.entry")
    def _compute_missed_ticket_id(self):
        for call in self:
            call.missed_ticket_id = call._entry_ticket(MISSED)

    @api.depends("phone", "phone_raw", "partner_id", "direction")
    @api.depends_context("uid")
    def _compute_display_name(self):
        for call in self:
            number = call._number_text()
            name = call._name_to_reader(call.partner_id)
            call.display_name = f"{name} ({number})" if name else number

    def _number_text(self):
        """Return the other party's number, or words for a hidden one."""
        if self.is_erased:
            return self.env._("deleted number")
        return self._visible_number() or self.env._("hidden number")

    def _visible_number(self):
        """Return the other party's number; a short or local one as it came; "" if hidden."""
        self.ensure_one()
        raw = self.phone_raw or ""
        return self.phone or ("" if is_hidden(raw) else raw.strip())

    def _known_sql(self, name, query):
        """Who was answered has waited until then, whenever the call ended."""
        known = super()._known_sql(name, query)
        if name != "wait_seconds":
            return known
        answered = self._field_to_sql(self._table, "answered_at", query)
        return SQL("(%s OR %s IS NOT NULL)", known, answered)

    # -------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        """Insert what is computed for calls that begin: it takes no second statement."""
        Connection = self.env["callgear.connection"]
        Number = self.env["callgear.virtual.number"]
        for vals in vals_list:
            connection = Connection.browse(vals["connection_id"])
            number = Number.browse(vals.get("virtual_number_id") or ())
            vals.setdefault("team_id", connection._team_for(number).id)
            vals.setdefault("channel_id", connection._channel_for(number).id)
            vals.setdefault("has_ticket", False)
        calls = super().create(vals_list)
        calls._note_facts()
        return calls

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
            announcer = self.env["callgear.announcer"]
            announcer._tell_lists(self.company_id, CALL_BACK)
        return result

    def _note_facts(self):
        """Have the facts of these calls counted again; what goes on is none yet."""
        self.env["callgear.ticket.fact"]._note_calls(
            call.id
            for call in self._origin
            if call.state == "ended" and call.outcome in (ANSWERED, MISSED)
        )

    # ------------------------------------------------------------------ rights

    @api.model
    def _visible_domain(self, among=None, is_page=False):
        """Return the domain of the calls with a conversation that the user may see."""
        of_legs = ("call_id", among[1]) if among else None
        return self.env["callgear.leg"]._visible_calls(of_legs, is_page)

    # ---------------------------------------------------------------- actions

    @for_clients(one=True)
    def action_tickets(self):
        """Return the action that opens the tickets with an entry of the call."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "helpdesk_mgmt.helpdesk_ticket_action"
        )
        tickets = self.ticket_ids
        action["domain"] = [("id", "in", tickets.ids)]
        if len(tickets) == 1:
            action |= {"res_id": tickets.id, "views": [(False, "form")]}
        return action

    @for_clients(one=True)
    def action_hang_up(self):
        """End the call for all parties.

        :raises UserError: it is not the user's call, has ended, or CallGear refuses; this
            holds for all actions below, too
        """
        self.env["callgear.steering"]._hang_up(self)
        return False

    @for_clients(one=True)
    def action_hold(self):
        """Put the other party on hold; CallGear reads out a sentence to them."""
        self.env["callgear.steering"]._hold(self)
        return False

    @for_clients(one=True)
    def action_resume(self):
        """Take the other party off hold."""
        self.env["callgear.steering"]._back(self, "resume")
        return False

    @for_clients(one=True)
    def action_consult(self, operator_id):
        """Put the other party on hold, and ring a colleague, to be asked first.

        If the colleague does not pick up, the other party is taken off hold.

        :param int operator_id: id of a ``callgear.operator`` of the same connection
        :raises UserError: the colleague has no number, or as ``action_hang_up``
        """
        self.env["callgear.steering"]._consult(self, operator_id)
        return False

    @for_clients(one=True)
    def action_transfer(self, operator_id):
        """Put the other party on hold, ring a colleague, and connect the two at once.

        They are connected when the colleague picks up; the user then leaves the call. The
        rest is as in ``action_consult``.
        """
        self.env["callgear.steering"]._consult(self, operator_id, at_once=True)
        return False

    @for_clients(one=True)
    def action_connect(self):
        """Transfer the other party to the colleague; the user leaves the call."""
        self.env["callgear.steering"]._connect(self)
        return False

    @for_clients(one=True)
    def action_restore(self):
        """End the talk with the colleague, and go back to the other party."""
        self.env["callgear.steering"]._back(self, "restore")
        return False

    @for_clients(one=True)
    def transfer_targets(self):
        """Return the colleagues to whom the call can be transferred: free ones first.

        :return: list of at most 500 dicts: ``id`` (of the operator),
            ``name``, ``extension`` ("" if none), ``state``: ``free``, ``ringing``,
            ``talking``, ``away`` or None (not known), ``status``: CallGear's name of their
            status, or ""
        :raises UserError: the user cannot transfer the call now
        """
        return self.env["callgear.steering"]._targets(self)

    @for_clients(one=True)
    def action_move(self):
        """Open the dialog to move the user's conversation, or else the main one (R11).

        :raises AccessError: the user may not move it
        """
        self.ensure_one()
        # sudo: callgear.call - which conversation; the leg checks the rights to it
        legs_sudo = self.sudo().live_leg_ids.filtered("entry")
        own_sudo = legs_sudo.filtered(lambda leg: leg.user_id == self.env.user)
        leg_sudo = (own_sudo or self.sudo().main_leg_id or legs_sudo)[:1]
        if not leg_sudo:
            raise UserError(self.env._("No part of this call is in a ticket."))
        return leg_sudo.with_env(self.env).action_move()

    @for_clients()
    def action_keep(self):
        """Exempt the calls from deletion after some days; or no more, if all are.

        :raises AccessError: the user may not
        """
        self.check_access("read")
        if not self.env.user.has_group(MANAGER):
            self.check_access("write")
        # sudo: callgear.call - managers may exempt calls, but not edit them
        self.sudo().is_kept = not all(self.mapped("is_kept"))

    @for_clients(one=True)
    def action_personal_data(self):
        """Open what is held about the other party, to be exported or erased.

        :raises AccessError: the user is no CallGear administrator
        """
        self.ensure_one()
        return self.env["callgear.personal.data"]._action(self.partner_id, self)

    # ------------------------------------------------------------ who is calling

    @for_clients(one=True)
    def action_find_partner(self):
        """Return the action that opens the list to choose the other party's contact.

        :raises AccessError: the call is not the user's, nor a ticket that it stands in
        """
        self._as_agent()
        return self.env["res.partner"]._callgear_action_find(callgear_call_id=self.id)

    @for_clients(one=True)
    def link_partner(self, partner_id):
        """Link the other party to a contact, and add the number to it; also afterwards.

        :param int partner_id: a contact that the user may read
        :return: action that opens the contact
        :raises AccessError: as ``action_find_partner``, or there is no such contact
        """
        call_sudo = self._as_agent()
        partner = self.env["res.partner"]._callgear_browse_chosen(partner_id)
        # sudo: res.partner - all that is added is the number of the agent's own call
        call_sudo._set_caller(partner.sudo())
        return partner.get_formview_action()

    @for_clients(one=True)
    def create_partner(self):
        """Create a contact with name and number of the call; see ``callgear.leg``.

        :return: action that opens the contact; of a known caller, the existing one
        :raises AccessError: as ``action_find_partner``
        """
        partner_sudo = self._as_agent()._create_caller()
        return partner_sudo.with_env(self.env).get_formview_action()

    def _as_agent(self):
        """Return the call in sudo mode, if the user may say who is calling.

        They may if they had a conversation in it, or may change a ticket that it stands in.

        :raises AccessError: they may not, or there is no such call (the same text)
        """
        self.ensure_one()
        # sudo: callgear.call - agents have no right to write calls; what follows decides
        # whether they may say who is calling
        call_sudo = self.sudo().exists()
        legs_sudo = call_sudo.live_leg_ids
        tickets = legs_sudo.ticket_id.with_env(self.env)
        allowed = (
            self.env.user in legs_sudo.user_id
            or tickets._filtered_access("write")
            or self.env.user.has_group(MANAGER)
        )
        if not allowed or call_sudo.company_id not in self.env.companies:
            raise AccessError(self.env._("This is not your call."))
        return call_sudo

    @changed_by(Hand.CALL)
    def _set_caller(self, partner):
        """Make a contact that an agent has chosen the caller of one call (R13).

        The number becomes the contact's, so the other calls of the number follow.
        """
        self.ensure_one()
        with self._locked_quietly(caller=True, partner=partner):
            before = self.partner_id - partner
            self.partner_chosen = True
            self.env["callgear.caller"]._change({self: partner})
            made = self.live_leg_ids.filtered(
                lambda leg: leg.ticket_choice in _MADE_FOR_IT
            )
            made.ticket_id._callgear_change_contact(before, partner)
            # Where the call was attached, the contact may be another person's choice.
            others = self.live_leg_ids.ticket_id - made.ticket_id
            others._callgear_change_contact(before.browse(), partner)
            if before:
                self.live_leg_ids._take_follow_ups_along(before, partner)
            if self.phone:
                Phone = self.env["callgear.partner.phone"]
                Phone = Phone.with_context(callgear_numbers_later=True)
                Phone._find_or_create(partner, self.phone, self)
                if before:
                    Phone._forget_learned(before, self)
                self.env["callgear.caller"]._follow_numbers([self.phone])
            self.env["callgear.settlement"]._settle(self)
            self.env["callgear.announcer"]._announce(self)

    def _create_caller(self):
        """Create the contact of an unknown caller, and return it.

        :return: ``res.partner``; of a known caller, the existing one
        :raises ValidationError: the number is hidden
        """
        if self.partner_id:
            return self.partner_id
        if number := not self.phone and self._visible_number():
            raise ValidationError(
                self.env._(
                    "%s is not a complete phone number: no contact could be recognised"
                    " by it. Find the contact, or create one in Contacts.",
                    number,
                )
            )
        if not self.phone:
            raise ValidationError(
                self.env._(
                    "The number is hidden, so no contact can be created from it."
                )
            )
        with self._locked_quietly(caller=True):
            Partner = self.env["res.partner"].with_context(callgear_numbers_later=True)
            partner = Partner.create(
                {
                    "name": self.contact_name or self.phone,
                    "phone": self.phone,
                    "company_id": self.company_id.id,
                }
            )
            self._set_caller(partner := partner.with_env(self.env))
            # If it turns out to be somebody else, they do not keep the number.
            Phone = self.env["callgear.partner.phone"]
            Phone._find_of_partner(partner, self.phone).learned_call_id = self
            return partner

    # --------------------------------------------------------------- outcome

    def _judge(self):
        """Return the ``Verdict`` of the call; its entries have leg ids as keys."""
        return judge(
            self._parties(),
            outgoing=self.direction == "out",
            ended=self.state == "ended",
            internal=self.is_internal,
            lost=self.is_lost,
            talked=self.has_talk,
            voicemail=self.has_voicemail,
            hung_up=bool(self.hung_up_by_id),
        )

    def _missed_reason(self):
        """Return why nobody has answered the call, a value of the field or None (R46)."""
        legs = self.live_leg_ids
        if self.absorbed:
            # Phones may have rung long before: those legs are not read otherwise.
            legs = self.leg_ids
        return missed_reason(
            self._parties(legs),
            ended_at=self.ended_at,
            outside_hours=self._is_missed_outside_hours(),
            voicemail=self.has_voicemail,
            finish_reason=self.finish_reason,
        )

    def _parties(self, legs=None):
        """Return the legs as the rules see them, with the ids of the legs as keys.

        :param legs: if not only those that are not absorbed
        """
        return [
            Party(
                key=leg.id,
                is_operator=leg.is_operator,
                agent=leg.user_id.id,
                order=(leg.started_at, leg.dial_number, leg.leg_id),
                started_at=leg.started_at,
                picked_up=bool(leg.picked_up_at),
                answered_at=leg.answered_at or None,
                ended_at=leg.ended_at or None,
            )
            for leg in (self.live_leg_ids if legs is None else legs)
        ]

    def _conversations(self):
        """Return the agents' legs by conversation: a list of ``callgear.leg`` recordsets.

        In each, the answered legs come first, in the order of their answers.
        """
        Leg = self.live_leg_ids.browse
        return [
            Leg([party.key for party in parties])
            for parties in conversations(self._parties())
        ]

    def _lock_caller(self):
        """Lock the caller: calls of one caller are processed one after the other.

        Missed calls of a caller are grouped, which depends on their other calls.
        """
        locks = [("caller", self.line_key or self.session_id)]
        if self.partner_id:
            locks.append(("partner", self.partner_id.id))
        self.connection_id._lock_all(locks)

    # --------------------------------------------------- control of a running call

    def _is_steerable(self):
        """Return whether the call goes on and CallGear's session id is known."""
        named = self.session_id and self.session_id != self.external_id
        return bool(named) and self.state != "ended"

    # ------------------------------------------------- values of the call's tickets

    def _ticket_vals(self, leg, agent, without=()):
        """Return the values of an automatic ticket for the ticket entry of a leg.

        :param agent: the user to whom it is assigned, or none
        :param without: names of fields that are not wanted
        """
        text = self.env["callgear.call.text"]
        title = leg.subject or text._subject(self, leg.entry)
        vals = {
            "name": title,
            **self._contact_vals(self.partner_id),
            "user_id": agent.id,
            "channel_id": self._channel().id,
            "company_id": self.connection_id._settings().company_id,
            "call_kind": self._kind(leg.entry),
            "call_auto": True,
            "call_made_at": self.started_at,
        }
        if "team_id" not in without:
            vals["team_id"] = self._team(agent).id
        if "description" not in without:
            vals["description"] = text._ticket_description(leg, title)
        return {name: value for name, value in vals.items() if name not in without}

    def _contact_vals(self, partner):
        """Return the values of a ticket that name the call's contact, or its number."""
        return {
            "partner_id": partner.id,
            "partner_name": partner.name or self._number_text(),
            "partner_email": partner.email,
        }

    def _is_voicemail_kept(self):
        """Return whether a message on an answering machine stands in a ticket.

        It does if the connection wants that; and where a person has taken the ticket up
        while it was a missed call's. It is decided once, when both are known.
        """
        if not self.voicemail_place:
            tickets = self.live_leg_ids.filtered("entry").ticket_id
            kept = self.connection_id.voicemail_tickets or any(
                not ticket._callgear_is_disposable() for ticket in tickets
            )
            self.voicemail_place = "ticket" if kept else "call"
        return self.voicemail_place == "ticket"

    def _is_missed_outside_hours(self):
        """Return whether the call, which was missed, began outside the working hours.

        It is decided once for a start: a calendar or a holiday that is entered later makes
        no ticket, and takes none away.
        """
        if self.hours_decided_for != self.started_at:
            self.hours_decided_for = self.started_at
            self.is_outside_hours = not self.connection_id._is_working_time(
                self.started_at
            )
        return self.is_outside_hours

    def _kind(self, entry):
        """Return ``call_kind`` of a ticket that is made for an entry of this call."""
        return "missed" if entry == MISSED else self.direction

    def _channel(self):
        """Return the channel of the call's tickets.

        It is the virtual number's, or else the connection's; if it is archived, another.
        """
        return self.connection_id._channel_for(self.virtual_number_id)

    def _stage(self, role, team):
        """Return the stage of a stage role: the virtual number's, or the connection's.

        If it is archived or another team's, it is one that fits; none if there is none.

        :param str role: ``open``, ``pending`` or ``closed``
        :param team: of the ticket; may be empty
        """
        return self.connection_id._stage_for(role, self.virtual_number_id, team)

    def _team(self, user):
        """Return the team of an automatic ticket, one that the agent belongs to.

        A ticket loses an agent who is not a member of its team. So the team of the virtual
        number or connection is used for its members only; for other agents it is a team
        of their own, or none.
        """
        team = self.connection_id._team_for(self.virtual_number_id)
        if not user or not team or user.id in team._callgear_member_ids():
            return team
        company = self.connection_id.company_id
        teams = user.helpdesk_team_ids.filtered(lambda own: own._callgear_fits(company))
        return teams[:1]

    def _in_language(self):
        """Return the call with the language of its connection in the context."""
        lang = self.connection_id.lang or self.company_id.partner_id.lang
        return self.with_context(lang=lang or self.env.lang)

    def _quietly(self):
        """Return a context manager for changes because of the call.

        Inside, customers get no messages, unless the connection is set to notify them.
        """
        return self.connection_id._quietly()

    @contextmanager
    def _locked_quietly(self, caller=False, partner=None):
        """Lock the call, and then work on it inside as by ``_quietly``.

        The locks come first, as with notifications: what the agent's transaction has pending
        may be written on entering, and whoever has the locks may wait for those rows.

        :param caller: also lock the caller
        :param partner: another contact to lock with the caller
        """
        self.ensure_one()
        self.connection_id._lock("session", self.session_id)
        if caller:
            self._lock_caller()
        if partner:
            self.connection_id._lock("partner", partner.id)
        with self._quietly():
            yield

    # ---------------------------------------------- other calls of the same caller

    def _find_nearest(self, *kinds, later=False, until=None, same=None):
        """Return the caller's nearest call that counts as one of the kinds, or none.

        :param kinds: values of the field ``history``
        :param later: search after this call, not before it
        :param until: a call at which the search ends
        :param same: further calls of the same caller, who may have several numbers
        """
        self.ensure_one()
        direction = "asc" if later else "desc"
        order = f"started_at {direction}, id {direction}"
        found = self._search_beside(order, 1, kinds, later, until, same)
        return found.sorted(order)[:1] if found[1:] else found

    def _search_beside(self, order, limit, kinds, later=False, until=None, same=None):
        """Return the first of the caller's other calls, for each number and contact.

        The other parameters are those of ``_find_nearest``.
        """
        beside = [
            ("connection_id", "=", self.connection_id.id),
            ("history", "in", kinds) if kinds[1:] else ("history", "=", kinds[0]),
            ("started_at", ">" if later else "<=", self.started_at),
            ("id", "!=", self.id),
        ]
        if kinds == (MISSED,):
            # One that has lost its ticket stands in the way of none that has one.
            in_ticket = [("entry", "=", MISSED), ("ticket_id", "!=", False)]
            beside.append(("leg_ids", "any", in_ticket))
        if until:
            beside.append(("started_at", "<" if later else ">", until.started_at))
        keys = (self | (same or self))._caller_keys()
        return self._search_each(beside, keys, order, limit)

    @api.model
    def _search_each(self, domain, keys, order, limit):
        """Return the first calls of each key of callers, with one statement.

        For each an index is used, which would not be if the keys were one condition.

        :param keys: terms of a domain, see ``_caller_keys``
        """
        parts = [self._search([*domain, key], order=order, limit=limit) for key in keys]
        parts = [part.select() for part in parts if not part.is_empty()]
        if not parts:
            return self.browse()
        union = SQL(" UNION ").join(SQL("(%s)", part) for part in parts)
        return self.browse(id_ for (id_,) in self.env.execute_query(union))

    def _is_same_caller(self, call):
        """Return whether another call has the same number or contact."""
        return any(call.filtered_domain([key]) for key in self._caller_keys())

    def _caller_keys(self, limit=MAX_KEYS):
        """Return the domain terms for calls of the same caller; [] for a hidden number.

        A caller is a number, or a contact. Calls that are one caller's may have several of
        both; the first ones count, and contacts before numbers: they may have more of these.
        """
        lines = dict.fromkeys(call.line_key for call in self if call.line_key)
        keys = [("partner_id", "=", partner.id) for partner in self.partner_id]
        keys += [("line_key", "=", line) for line in lines]
        return keys[:limit]

    def _by_caller(self):
        """Return the calls by caller: a list of ``callgear.call``."""
        callers = join_callers({call: call._caller_names() for call in self})
        return [self.browse().union(*calls) for calls in callers]

    def _caller_names(self):
        """Return number and contact of the caller, None each if it is not known."""
        return self.line_key or None, self.partner_id.id or None

    def _partner_among(self, contacts):
        """Return the contact whose call it is.

        A contact that an agent has chosen stays, and so does one that was found before and
        still has the number, or if nobody has it.

        :param contacts: the active contacts with the call's number, the likeliest first
        """
        partner = self.partner_id
        if partner and (self.partner_chosen or not contacts or partner in contacts):
            return partner
        return contacts[:1]

    def _group_mates(self):
        """Return the nearest missed calls before and after this one, as a list.

        Each may be an empty recordset: there is none, or a conversation is in between.
        """
        mates = []
        for later in (False, True):
            mate = self._find_nearest(MISSED, later=later)
            if mate and self._find_nearest(CONVERSATION, later=later, until=mate):
                mate = self.browse()
            mates.append(mate)
        return mates

    def _entry_ticket(self, kind):
        """Return the ticket in which the call has an entry of a kind, or none."""
        return self.live_leg_ids.filtered(lambda leg: leg.entry == kind).ticket_id[:1]

    def _group_tickets(self):
        """Return the tickets of the missed calls before and after, as a list of two.

        Each may be empty; an archived one does not count, as nobody would see the call.
        """
        tickets = [mate._entry_ticket(MISSED) for mate in self._group_mates()]
        return [ticket.filtered("active") for ticket in tickets]

    def _missed_ticket(self):
        """Return the ticket of the missed calls that are grouped with this one, or none."""
        before, after = self._group_tickets()
        return before or after

    def _waiting_ticket(self):
        """Return the ticket in which a missed call of the caller waited before this call.

        The missed call waits until a conversation, or until a person closes the ticket.
        A ticket that was closed automatically still counts: otherwise the result would
        depend on the order in which notifications arrive.
        """
        missed = self._find_nearest(MISSED)
        if not missed or self._find_nearest(CONVERSATION, until=missed):
            return self.env["helpdesk.ticket"]
        ticket = missed._entry_ticket(MISSED)
        if not ticket.active or (ticket.stage_id.closed and ticket.call_touched_at):
            return ticket.browse()
        return ticket

    def _missed_tickets_before(self):
        """Return the tickets of missed calls that this talk ends the waiting in.

        Mostly it is one; but a ticket that a person has changed, restored or moved the
        messages of is not joined with another. The nearest missed call's comes first, and
        belongs to them also if it is closed; of the others, those that are open.
        """
        order = "started_at desc, id desc"
        missed = self._search_beside(order, MAX_WAITING, (MISSED,))
        missed = missed.sorted(lambda call: (call.started_at, call.id), reverse=True)
        missed = missed[:MAX_WAITING].with_prefetch()
        nearest = missed[:1]._entry_ticket(MISSED)
        legs = missed.live_leg_ids.filtered(lambda leg: leg.entry == MISSED)
        return nearest | legs.ticket_id.filtered(lambda one: not one.stage_id.closed)

    def _attempts_since(self):
        """Return the unanswered calls to the caller after this missed one.

        Only those before the next conversation, and at most ``MAX_ATTEMPTS``.
        """
        attempts = self.browse()
        call = self
        until = self._find_nearest(CONVERSATION, later=True)
        for _number in range(MAX_ATTEMPTS):
            call = call._find_nearest(ATTEMPT, later=True, until=until)
            if not call:
                break
            attempts |= call
        return attempts

    def _tickets_of_number(self, limit):
        """Return the latest tickets of calls with this call's number.

        :param limit: calls of each kind that are looked at
        """
        self.ensure_one()
        calls = self.browse()
        if self.line_key:
            for kind in (MISSED, CONVERSATION, ATTEMPT):
                domain = [
                    ("connection_id", "=", self.connection_id.id),
                    ("line_key", "=", self.line_key),
                    ("history", "=", kind),
                ]
                calls |= self.search(
                    domain, order="started_at desc, id desc", limit=limit
                )
        return calls.live_leg_ids.ticket_id

    def _tickets_around(self):
        """Return the tickets of calls, and of the missed calls next to each of them."""
        tickets = self.live_leg_ids.ticket_id
        for call in self.filtered("history"):
            for later in (False, True):
                mate = call._find_nearest(MISSED, later=later)
                tickets |= mate._entry_ticket(MISSED)
        return tickets
