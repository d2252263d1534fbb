# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..callgear.errors import ApiError
from ..domain.verdict import ANSWERED, CONVERSATION, MISSED, UNANSWERED, Party, judge
from ..transaction import end_transaction, in_own_transaction
from .callgear_connection import ADMIN

# After the last notification: how long a call whose conversations are over may lack its
# end, and how long any call may.
QUIET_MINUTES, SILENT_HOURS = 15, 6
# An agent's phone rings no longer for a call from Odoo.
DIALLING_MINUTES = 2
MAX_COLLEAGUES = 500
# A person may have several attempts to call back on one missed call.
MAX_ATTEMPTS = 20
CHANNEL_HELP = "The channel of its ticket."


class CallgearCall(models.Model):
    """One call session of CallGear, folded from its notifications."""

    _name = "callgear.call"
    _inherit = "callgear.day.time"
    _description = "Call"
    _order = "started_at desc, id desc"
    _rec_name = "phone"

    connection_id = fields.Many2one(
        "callgear.connection", required=True, ondelete="restrict", readonly=True
    )
    company_id = fields.Many2one(
        "res.company",
        compute="_compute_company_id",
        store=True,
        precompute=True,
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
        help="The other party's number, with country code.",
    )
    phone_raw = fields.Char(
        string="Number as Received",
        readonly=True,
        help="The number as CallGear has it.",
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
        help="The account's own number, if it is listed.",
    )
    partner_id = fields.Many2one("res.partner", string="Caller", readonly=True)
    partner_chosen = fields.Boolean(
        readonly=True, help="An agent said who it was, so it is not guessed any more."
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
            ("answered", "Spoken with an agent"),
            (
                "answered_elsewhere",
                "Spoken with an operator who is not mapped to a user",
            ),
            ("missed", "Agents' phones rang, nobody answered"),
            ("missed_before_ringing", "The caller hung up before an agent was rung"),
            ("outside_hours", "Missed outside working hours: no ticket"),
            ("unanswered", "The contact did not answer"),
            (
                "agent_absent",
                "The agent did not pick up, so the contact was not called",
            ),
            ("unheard", "Nothing was heard of the call"),
            (
                "unmapped",
                "Only operators who are not mapped to a user were reached: no ticket",
            ),
            ("internal", "Between colleagues: no ticket"),
            ("no_operator", "Served by the PBX without an operator: no ticket"),
        ],
        string="Why",
        readonly=True,
    )
    is_internal = fields.Boolean(readonly=True)
    is_lost = fields.Boolean(readonly=True)
    has_talk = fields.Boolean(readonly=True)
    started_at = fields.Datetime(required=True, readonly=True)
    answered_at = fields.Datetime(readonly=True)
    ended_at = fields.Datetime(readonly=True)
    given_up_at = fields.Datetime(
        readonly=True, help="When we stopped waiting for the end of the call."
    )
    last_event_at = fields.Datetime(readonly=True)
    absorbed = fields.Char(
        readonly=True,
        help="What is remembered of notifications that are not read again.",
    )
    wait_seconds = fields.Integer(string="Waiting (s)", readonly=True, aggregator="avg")
    talk_seconds = fields.Integer(string="Talking (s)", readonly=True)
    total_seconds = fields.Integer(string="Total (s)", readonly=True)
    scenario_name = fields.Char(string="Scenario", readonly=True)
    tags = fields.Char(readonly=True)
    origin_ticket_id = fields.Many2one(
        "helpdesk.ticket",
        string="Called from",
        ondelete="set null",
        readonly=True,
        index="btree_not_null",
    )
    origin_user_id = fields.Many2one("res.users", string="Called by", readonly=True)
    origin_operator_id = fields.Many2one(
        "callgear.operator", ondelete="set null", readonly=True
    )
    leg_ids = fields.One2many("callgear.leg", "call_id", readonly=True)
    # All that the work on a call looks at: however many phones were rung, few are left.
    live_leg_ids = fields.One2many("callgear.leg", compute="_compute_live_leg_ids")
    recording_ids = fields.One2many("callgear.recording", "call_id", readonly=True)
    event_ids = fields.One2many("callgear.event", "call_id", readonly=True)
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
    agent_id = fields.Many2one(
        related="main_leg_id.user_id",
        string="Agent",
        help="Who talked with the caller first; of a call that nobody answered, who was "
        "rung last. The others are under Conversations.",
    )
    team_id = fields.Many2one(related="main_leg_id.ticket_id.team_id", string="Team")
    channel_id = fields.Many2one(
        related="main_leg_id.ticket_id.channel_id", string="Channel", help=CHANNEL_HELP
    )

    _session_uniq = models.UniqueIndex(
        "(connection_id, session_id) WHERE session_id IS NOT NULL",
        "This record already exists.",
    )
    _external_idx = models.Index(
        "(connection_id, external_id) WHERE external_id IS NOT NULL"
    )
    _phone_idx = models.Index(
        "(connection_id, phone, outcome, started_at) WHERE phone IS NOT NULL"
    )
    _partner_idx = models.Index(
        "(connection_id, partner_id, outcome, started_at) WHERE partner_id IS NOT NULL"
    )
    _caller_idx = models.Index("(partner_id) WHERE partner_id IS NOT NULL")
    _open_idx = models.Index("(last_event_at) WHERE state != 'ended'")
    _started_idx = models.Index("(started_at)")

    @api.depends("connection_id.company_id")
    def _compute_company_id(self):
        for call in self:
            call.company_id = call.connection_id._settings().company_id

    @api.depends("absorbed", "leg_ids.is_absorbed")
    def _compute_live_leg_ids(self):
        # Most calls have few legs, which are known. The others are not read to the end.
        long = self.filtered("absorbed")
        domain = [("call_id", "in", long.ids), ("is_absorbed", "=", False)]
        live = (
            self.env["callgear.leg"].search(domain) if long else self.leg_ids.browse()
        )
        of_long = live.grouped("call_id")
        for call in self:
            if call.absorbed:
                call.live_leg_ids = of_long.get(call, live.browse())
            else:
                legs = call.leg_ids.filtered(lambda leg: not leg.is_absorbed)
                call.live_leg_ids = legs.sorted()

    @api.depends("leg_ids.ticket_id")
    def _compute_ticket_ids(self):
        for call in self:
            call.ticket_ids = call.leg_ids.ticket_id

    def _search_ticket_ids(self, operator, value):
        return [("leg_ids.ticket_id", operator, value)]

    @api.depends("leg_ids.user_id")
    def _compute_user_ids(self):
        for call in self:
            call.user_ids = call.leg_ids.user_id

    def _search_user_ids(self, operator, value):
        return [("leg_ids.user_id", operator, value)]

    @api.depends("leg_ids.entry", "leg_ids.answered_at", "leg_ids.started_at")
    def _compute_main_leg_id(self):
        """One conversation stands for the call, so that each call counts once."""
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

    @api.depends("phone", "phone_raw", "partner_id", "direction")
    def _compute_display_name(self):
        for call in self:
            number = call._number_text()
            name = call.partner_id.display_name
            call.display_name = f"{name} ({number})" if name else number

    def _number_text(self):
        """Return the other party's number as people read it."""
        self.ensure_one()
        return self.phone or self.phone_raw or self.env._("hidden number")

    # ---------------------------------------------------------------- actions

    def action_tickets(self):
        """Open the tickets in which the call stands."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "helpdesk_mgmt.helpdesk_ticket_action"
        )
        tickets = self.ticket_ids
        action["domain"] = [("id", "in", tickets.ids)]
        if len(tickets) == 1:
            action |= {"res_id": tickets.id, "views": [(False, "form")]}
        return action

    def action_hang_up(self):
        """End the call for all who are in it.

        :raises UserError: why it cannot be ended
        """
        self._steer("hang_up", lambda client, id_: client.release_call(id_))
        return False

    def action_hold(self):
        """Let the other party wait, with a few words."""
        leg_sudo = self._leg_to_steer("hold")
        text = leg_sudo.connection_id._hold_text(leg_sudo.call_id)
        self._steer("hold", lambda client, id_: client.hold_call(id_, text), "held")
        return False

    def action_resume(self):
        """Go on with the party that waits."""
        self._steer(
            "resume", lambda client, id_: client.unhold_call(id_), control=False
        )
        return False

    def action_consult(self, operator_id):
        """Ring a colleague while the other party waits.

        :param int operator_id: an operator of the same account
        """
        leg_sudo = self._leg_to_steer("consult")
        colleague_sudo = self._colleagues(leg_sudo).filtered(
            lambda operator: operator.id == int(operator_id)
        )
        address = colleague_sudo._address_to_ring()
        if not address:
            raise UserError(self.env._("This colleague has no number to be rung at."))
        if not leg_sudo.control:
            self.action_hold()
        self._steer(
            "consult",
            lambda client, id_: client.make_call(id_, address),
            "consulting",
            colleague_sudo,
        )
        return False

    def action_connect(self):
        """Pass the other party on to the colleague; one's own part ends."""
        self._steer(
            "connect", lambda client, id_: client.transfer_talk(id_), control=False
        )
        return False

    def action_restore(self):
        """Leave the colleague, and go back to the other party."""
        self._steer(
            "restore", lambda client, id_: client.restore_talk(id_), control=False
        )
        return False

    @api.readonly
    def transfer_targets(self):
        """Return the colleagues to whom the call can be passed, by name.

        :return: list of dicts: ``id``, ``name``, ``extension``, ``busy``
        """
        leg_sudo = self._leg_to_steer("consult")
        colleagues_sudo = self._colleagues(leg_sudo)
        busy = colleagues_sudo._busy()
        return [
            {
                "id": operator.id,
                "name": operator.name,
                "extension": operator.extension or "",
                "busy": operator in busy,
            }
            for operator in colleagues_sudo
            if operator._address_to_ring()
        ]

    # --------------------------------------------------------------- its outcome

    def _judge(self):
        parties = [
            Party(
                key=leg.id,
                is_operator=leg.is_operator,
                mapped=bool(leg.user_id),
                order=(leg.started_at, leg.dial_number, leg.leg_id),
                picked_up=bool(leg.picked_up_at),
                answered_at=leg.answered_at or None,
                ended_at=leg.ended_at or None,
            )
            for leg in self.live_leg_ids
        ]
        return judge(
            parties,
            outgoing=self.direction == "out",
            ended=self.state == "ended",
            internal=self.is_internal,
            lost=self.is_lost,
            talked=self.has_talk,
        )

    def _lock_caller(self):
        """Have one caller's calls go one at a time: missed calls are grouped over them."""
        connection = self.connection_id
        connection._lock("caller", self.phone or self.session_id)
        if self.partner_id:
            connection._lock("partner", self.partner_id.id)

    # ---------------------------------------------------------- steering a call

    def _is_steerable(self):
        """Whether CallGear knows the call by a session that has not ended."""
        named = self.session_id and self.session_id != self.external_id
        return bool(named) and self.state != "ended"

    def _colleagues(self, leg_sudo):
        return leg_sudo.env["callgear.operator"].search(
            [
                ("connection_id", "=", leg_sudo.connection_id.id),
                ("id", "!=", leg_sudo.operator_id.id),
            ],
            order="name, id",
            limit=MAX_COLLEAGUES,
        )

    def _leg_to_steer(self, wish):
        """Return the user's own conversation in this call, if this can be done now.

        :raises UserError: it cannot; a foreign call's is refused as one not there
        """
        self.ensure_one()
        # sudo: callgear.leg - the user's own, or any for who sets CallGear up
        legs_sudo = self.sudo().exists().live_leg_ids.filtered("is_operator")
        legs_sudo = legs_sudo.filtered(lambda leg: leg.company_id in self.env.companies)
        own_sudo = legs_sudo.filtered(lambda leg: leg.user_id == self.env.user)
        if not own_sudo and self.env.user.has_group(ADMIN):
            own_sudo = legs_sudo
        for leg_sudo in own_sudo.sorted("id", reverse=True):
            if wish in leg_sudo._possible_actions():
                return leg_sudo
        if own_sudo.filtered(lambda leg: leg.state != "ended"):
            raise UserError(self.env._("This is not possible at this moment."))
        raise UserError(self.env._("The call is over, or it is not yours."))

    def _steer(self, wish, ask, control=None, colleague=None):
        """Ask CallGear for something, and note what has become of the conversation."""
        leg_sudo = self._leg_to_steer(wish)
        connection_sudo = leg_sudo.connection_id
        client = connection_sudo._call_api()
        session_id = leg_sudo.call_id.session_id
        end_transaction(self.env)
        try:
            ask(client, session_id)
        except ApiError as error:
            raise UserError(connection_sudo._explain(error)) from None
        if control is not None:
            note = partial(leg_sudo._note_control, control, colleague)
            in_own_transaction(self.env, note)

    # ------------------------------------------- settings for the call's tickets

    def _ticket_vals(self, leg):
        """Values of a ticket that is made by itself for what a leg carries."""
        connection = self.connection_id
        partner = self.partner_id
        number = self._number_text()
        text = self.env["callgear.call.text"]
        title = leg.subject or text._subject(self, leg.entry)
        return {
            "name": title,
            "description": text._ticket_description(leg, title),
            "partner_id": partner.id,
            "partner_name": partner.name or number,
            "partner_email": partner.email,
            "user_id": leg.user_id.id,
            "team_id": self._team(leg.user_id).id,
            "channel_id": self._channel().id,
            "company_id": connection.company_id.id,
            "call_kind": self._kind(leg.entry),
            "call_auto": True,
        }

    def _kind(self, entry):
        return "missed" if entry == MISSED else self.direction

    def _channel(self):
        """The channel of the tickets made from the call: its number's own comes first."""
        return self.virtual_number_id.channel_id or self.connection_id.channel_id

    def _stage(self, role):
        """The stage of a role (open, pending or closed), by the number or as usual."""
        own = self.virtual_number_id[f"{role}_stage_id"]
        return own or self.connection_id._stage(role)

    def _team(self, user):
        """The team of an automatic ticket: one that its agent belongs to.

        A ticket drops an agent who is not in its team, so the call's own team serves
        only its members; others get a team of theirs, or none.
        """
        team = self.virtual_number_id.team_id or self.connection_id.team_id
        if not user or not team or user in team.user_ids:
            return team
        company = self.connection_id.company_id
        teams = user.helpdesk_team_ids.filtered(
            lambda own: own.active and own.company_id in (company, company.browse())
        )
        return teams[:1]

    def _in_language(self):
        """The call with the language of its connection in the context."""
        lang = self.connection_id.lang or self.company_id.partner_id.lang
        return self.with_context(lang=lang or self.env.lang)

    def _settlement_context(self):
        """Context for writing to tickets: ours, not a person's, and silent to customers."""
        notify = self.connection_id.notify_customers
        return {"callgear_settlement": True, "callgear_silent": not notify}

    # ---------------------------------------------- other calls of the same caller

    def _neighbour(self, outcome, later=False, until=None):
        """Return the caller's nearest call with an outcome, or none.

        :param later: look after this call instead of before it
        :param until: a call beyond which not to look
        """
        self.ensure_one()
        found = self.browse()
        for key in self._caller_keys():
            domain = [
                ("connection_id", "=", self.connection_id.id),
                key,
                ("outcome", "=", outcome),
                ("started_at", ">" if later else "<=", self.started_at),
                ("id", "!=", self.id),
            ]
            if until:
                edge = "<" if later else ">"
                domain.append(("started_at", edge, until.started_at))
            direction = "asc" if later else "desc"
            order = f"started_at {direction}, id {direction}"
            call = self.search(domain, order=order, limit=1)
            if call and (not found or (call.started_at < found.started_at) == later):
                found = call
        return found

    def _caller_keys(self):
        """Domain terms by which a call is the same caller's; none for a hidden number."""
        keys = []
        if self.phone:
            keys.append(("phone", "=", self.phone))
        if self.partner_id:
            keys.append(("partner_id", "=", self.partner_id.id))
        return keys

    def _group_mates(self):
        """Missed calls of the caller with no conversation in between: before, after."""
        mates = []
        for later in (False, True):
            mate = self._neighbour(MISSED, later=later)
            if mate and self._neighbour(ANSWERED, later=later, until=mate):
                mate = self.browse()
            mates.append(mate)
        return mates

    def _entry_ticket(self, kind):
        """Return the ticket in which the call has an entry of a kind, or none."""
        return self.live_leg_ids.filtered(lambda leg: leg.entry == kind).ticket_id[:1]

    def _missed_ticket(self):
        """The ticket of the missed calls that this one belongs to, if there is one."""
        for mate in self._group_mates():
            ticket = mate._entry_ticket(MISSED)
            if ticket.active:  # in an archived one nobody would see the call
                return ticket
        return self.env["helpdesk.ticket"]

    def _waiting_ticket(self):
        """The ticket in which the caller's missed call waited when this one was made.

        It waits until a conversation, or until a person closes it: that an automatic
        stage change has closed it since is no reason, or the order of arrival would be.
        """
        missed = self._neighbour(MISSED)
        if not missed or self._neighbour(ANSWERED, until=missed):
            return self.env["helpdesk.ticket"]
        ticket = missed._entry_ticket(MISSED)
        if not ticket.active or (ticket.stage_id.closed and ticket.call_touched_at):
            return ticket.browse()
        return ticket

    def _attempts_since(self):
        """Unanswered calls to the caller after this missed one, up to a conversation."""
        attempts = self.browse()
        call = self
        until = self._neighbour(ANSWERED, later=True)
        for _number in range(MAX_ATTEMPTS):
            call = call._neighbour(UNANSWERED, later=True, until=until)
            if not call:
                break
            attempts |= call
        return attempts
