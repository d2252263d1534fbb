# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from datetime import timedelta

from odoo import api, fields, models

_logger = logging.getLogger(__name__)

# After the last notification: how long a call whose conversations are over may lack its
# end, and how long any call may.
QUIET_MINUTES, SILENT_HOURS = 15, 6
# An agent's phone rings no longer for a call from Odoo.
DIALLING_MINUTES = 2


class CallgearCall(models.Model):
    """One call session of CallGear, folded from its notifications."""

    _name = "callgear.call"
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
            ("unheard", "CallGear told nothing of the call"),
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

    @api.depends("phone", "phone_raw", "partner_id", "direction")
    def _compute_display_name(self):
        for call in self:
            number = call._number_text()
            name = call.partner_id.display_name
            call.display_name = f"{name} ({number})" if name else number

    def _number_text(self):
        """The other party's number as people read it."""
        self.ensure_one()
        return self.phone or self.phone_raw or self.env._("hidden number")

    @api.model
    def _cron_sweep(self):
        """End calls whose end was never reported."""
        now = fields.Datetime.now()
        quiet = now - timedelta(minutes=QUIET_MINUTES)
        silent = now - timedelta(hours=SILENT_HOURS)
        calls = self.search(
            [
                ("state", "!=", "ended"),
                ("session_id", "!=", False),
                "|",
                ("last_event_at", "<", silent),
                "&",
                ("last_event_at", "<", quiet),
                (
                    "leg_ids",
                    "not any",
                    [("is_operator", "=", True), ("ended_at", "=", False)],
                ),
            ],
            order="last_event_at",
            limit=200,
        )
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(calls))
        for call in calls:
            try:
                with self.env.cr.savepoint():
                    call.given_up_at = now
                    call._refresh(call.connection_id, call.session_id)
            except Exception:
                # One that cannot be worked on must not keep the others waiting.
                _logger.warning("CallGear call %s not ended", call.id, exc_info=True)
            if not cron._commit_progress(1):
                break

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
