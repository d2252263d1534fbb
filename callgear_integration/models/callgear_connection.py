# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from typing import NamedTuple

import pytz

from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, ormcache

from odoo.addons.base.models.res_partner import _tz_get

from ..callgear.notification import EVENTS
from ..tools import phone_number

ADMIN = "callgear_integration.group_callgear_manager"
# Fields on which Settings depend; lines of the connection see to the others.
SETTINGS = {"company_id", "tz", "country_id", "virtual_phone", "channel_id"}


class Settings(NamedTuple):
    """Settings of a connection that the work on each notification asks for."""

    company_id: int
    tz: str
    country_code: str | None
    virtual_phone: str | None
    popup_field_names: tuple[str, ...]
    channel_ids: tuple[int, ...]


class CallgearConnection(models.Model):
    """A CallGear account joined to a company: where its calls go, and its secrets."""

    _name = "callgear.connection"
    _description = "CallGear Connection"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "company_id, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, default="CallGear")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    token = fields.Char(
        default=lambda self: self._new_token(),
        groups=ADMIN,
        exportable=False,
        copy=False,
        readonly=True,
        help="The secret part of the webhook address. Whoever knows it can report calls.",
    )
    token_hash = fields.Char(
        compute="_compute_token_hash",
        store=True,
        groups=ADMIN,
        exportable=False,
        copy=False,
        index="btree_not_null",
    )
    previous_token_hash = fields.Char(
        groups=ADMIN, exportable=False, copy=False, index="btree_not_null"
    )
    previous_token_until = fields.Datetime(groups=ADMIN, copy=False, readonly=True)
    webhook_url = fields.Char(
        compute="_compute_webhook_url",
        groups=ADMIN,
        exportable=False,
        help="Base of the six addresses to enter in CallGear.",
    )
    rate_limit = fields.Integer(
        string="Notifications per Minute",
        default=6000,
        help="Against abuse only: each process of the server refuses (429) what comes "
        "faster, and CallGear does not repeat it. 0: no limit.",
    )
    refused_count = fields.Integer(
        string="Refused Notifications", copy=False, readonly=True
    )
    last_refused_at = fields.Datetime(string="Last Refused", copy=False, readonly=True)
    api_url = fields.Char(
        string="Call API Address", default="https://callapi.callgear.com/v4.0"
    )
    data_api_url = fields.Char(
        string="Data API Address", default="https://dataapi.callgear.com/v2.0"
    )
    api_key = fields.Char(string="API Key", groups=ADMIN, exportable=False, copy=False)
    tz = fields.Selection(
        _tz_get,
        string="Time Zone",
        required=True,
        default=lambda self: self.env.user.tz or "UTC",
        help="The zone of the CallGear account: its notifications carry local times.",
    )
    virtual_phone = fields.Char(
        string="Default Virtual Number",
        help="Number shown to contacts who are called from Odoo.",
    )
    lang = fields.Selection(
        lambda self: self.env["res.lang"].get_installed(),
        string="Language",
        default=lambda self: self.env.company.partner_id.lang or self.env.lang,
        help="Language of the subjects and call messages that are made automatically.",
    )
    country_id = fields.Many2one(
        "res.country",
        string="Callers' Country",
        default=lambda self: self.env.company.country_id,
        help="Numbers written without a country code are taken to be of this country.",
    )
    team_id = fields.Many2one(
        "helpdesk.ticket.team",
        check_company=True,
        help="Team of the tickets made from calls. An agent who is not a member gets "
        "the ticket in a team of his own instead.",
    )
    channel_id = fields.Many2one(
        "helpdesk.ticket.channel",
        required=True,
        check_company=True,
        default=lambda self: self._default_channel(),
    )
    open_stage_id = fields.Many2one(
        "helpdesk.ticket.stage",
        required=True,
        check_company=True,
        default=lambda self: self.env.ref(
            "helpdesk_mgmt.helpdesk_ticket_stage_new", raise_if_not_found=False
        ),
        help="Stage of tickets that wait for an agent, such as missed calls.",
    )
    pending_stage_id = fields.Many2one(
        "helpdesk.ticket.stage",
        required=True,
        check_company=True,
        default=lambda self: self.env.ref(
            "helpdesk_mgmt.helpdesk_ticket_stage_awaiting", raise_if_not_found=False
        ),
        help="Stage of tickets after a conversation.",
    )
    closed_stage_id = fields.Many2one(
        "helpdesk.ticket.stage",
        required=True,
        check_company=True,
        default=lambda self: self.env.ref(
            "helpdesk_mgmt.helpdesk_ticket_stage_done", raise_if_not_found=False
        ),
        help="Stage of tickets about which nothing is left to do.",
    )
    popup_line_ids = fields.One2many("callgear.popup.field", "connection_id")
    popup_field_ids = fields.Many2many(
        "ir.model.fields",
        string="Popup Fields",
        compute="_compute_popup_field_ids",
        inverse="_inverse_popup_field_ids",
        default=lambda self: self._default_popup_fields(),
        help="Contact details shown in the call popup.",
    )
    number_ids = fields.One2many("callgear.number", "connection_id")
    notify_customers = fields.Boolean(
        string="E-mail Customers on Stage Changes",
        help="Send a stage's e-mail also when a call has moved the ticket there.",
    )
    portal_recordings = fields.Boolean(
        string="Recordings in the Portal",
        help="Portal users may hear the recordings of the tickets they can see.",
    )
    recording_hosts = fields.Char(
        default="callgear.com, callgear.ae, uiscom.ru, comagic.ru, novofon.ru",
        help="Hosts from which recordings may be fetched, with all their subdomains.",
    )
    recording_max_mb = fields.Integer(string="Largest Recording (MB)", default=100)
    working_hours_ids = fields.One2many(
        "callgear.working.hours",
        "connection_id",
        help="Outside these hours a missed call makes no ticket. None: it always does.",
    )
    operator_ids = fields.One2many("callgear.operator", "connection_id")
    webhook_ids = fields.One2many("callgear.webhook", "connection_id", readonly=True)
    failed_event_count = fields.Integer(compute="_compute_failed_event_count")

    _token_uniq = models.UniqueIndex(
        "(token_hash) WHERE token_hash IS NOT NULL", "This token is already in use."
    )

    @api.constrains("api_url", "data_api_url")
    def _check_urls(self):
        for connection in self:
            for url in (connection.api_url, connection.data_api_url):
                if url and not url.startswith(("https://", "http://")):
                    raise ValidationError(
                        self.env._(
                            "An API address starts with https://, not with %s", url
                        )
                    )

    @api.constrains("virtual_phone", "country_id")
    def _check_virtual_phone(self):
        for connection in self.filtered("virtual_phone"):
            if not connection._to_e164(connection.virtual_phone):
                raise ValidationError(
                    self.env._("%s is not a phone number.", connection.virtual_phone)
                )

    @api.depends("token")
    def _compute_token_hash(self):
        for connection in self:
            connection.token_hash = connection.token and self._hash(connection.token)

    @api.depends("token")
    def _compute_webhook_url(self):
        for connection in self:
            base = connection.get_base_url()
            connection.webhook_url = (
                connection.token and f"{base}/callgear/{connection.token}"
            )

    def _compute_failed_event_count(self):
        counts = dict(
            self.env["callgear.event"]
            # sudo: callgear.event - managers see how many failed, not what is in them
            .sudo()
            ._read_group(
                [("connection_id", "in", self.ids), ("state", "=", "failed")],
                ["connection_id"],
                ["__count"],
            )
        )
        for connection in self:
            connection.failed_event_count = counts.get(connection, 0)

    @api.model_create_multi
    def create(self, vals_list):
        connections = super().create(vals_list)
        # sudo: callgear.webhook - the six are there for each connection, for nobody to edit
        self.env["callgear.webhook"].sudo().create(
            [
                {"connection_id": connection.id, "event": event}
                for connection in connections
                for event in EVENTS
            ]
        )
        if connections.country_id:
            connections._trigger_learning()
        return connections

    def write(self, vals):
        clear_cache = self.env.registry.clear_cache if vals.keys() & SETTINGS else bool
        clear_cache()  # calls read them while the connection is written
        result = super().write(vals)
        clear_cache()
        if "country_id" in vals:
            self._trigger_learning()
        return result

    @api.model
    def _trigger_learning(self):
        """Have national numbers of contacts read anew: their country may be another."""
        # sudo: ir.cron - whoever sets up a connection may have contacts read
        self.env.ref("callgear_integration.ir_cron_learn_numbers").sudo()._trigger()

    def _default_channel(self):
        """The helpdesk's own channel for calls, which is the first company's only."""
        name = "helpdesk_mgmt.helpdesk_ticket_channel_phone"
        channel = self.env.ref(name, raise_if_not_found=False)
        if channel and channel.company_id - self.env.company:
            return False
        return channel

    @api.depends("popup_line_ids.field_id", "popup_line_ids.sequence")
    def _compute_popup_field_ids(self):
        for connection in self:
            lines = connection.popup_line_ids.sorted("sequence")
            connection.popup_field_ids = lines.field_id

    def _inverse_popup_field_ids(self):
        for connection in self:
            chosen = connection.popup_field_ids
            lines = {line.field_id: line for line in connection.popup_line_ids}
            connection.popup_line_ids.filtered(
                lambda line, chosen=chosen: line.field_id not in chosen
            ).unlink()
            for place, field in enumerate(chosen, start=1):
                if field in lines:
                    lines[field].sequence = place
                else:
                    values = {"field_id": field.id, "sequence": place}
                    connection.popup_line_ids = [Command.create(values)]

    def _default_popup_fields(self):
        names = ("name", "email", "parent_id")
        get = self.env["ir.model.fields"]._get
        return self.env["ir.model.fields"].union(
            *(get("res.partner", n) for n in names)
        )

    # ------------------------------------------------------------------ facts

    def _lock(self, kind, key):
        """Serialise work on one thing of this connection until the transaction ends."""
        name = f"callgear:{self.id}:{kind}:{key}"
        # Advisory locks are beyond the ORM.
        self.env.cr.execute(
            SQL("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", name)
        )

    def _try_lock(self, kind, key):
        """As ``_lock``, but without waiting; return whether the lock is ours."""
        name = f"callgear:{self.id}:{kind}:{key}"
        [[locked]] = self.env.execute_query(
            SQL("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", name)
        )
        return locked

    def _to_utc(self, local_time):
        """Convert a naive time of the CallGear account to naive UTC."""
        zone = pytz.timezone(self._settings().tz)
        return zone.localize(local_time).astimezone(pytz.utc).replace(tzinfo=None)

    def _to_local(self, moment):
        """Convert naive UTC to the time of the CallGear account, with its zone."""
        zone = pytz.timezone(self._settings().tz)
        return pytz.utc.localize(moment).astimezone(zone)

    def _to_e164(self, raw):
        return phone_number.from_pbx(raw, self._settings().country_code)

    @ormcache("self.id")
    def _settings(self):
        """Return what the work on each notification asks for, without a statement."""
        # sudo: callgear.connection - kept for everybody, whoever asks first
        own = self.sudo()
        return Settings(
            company_id=own.company_id.id,
            tz=own.tz or "UTC",
            country_code=own.country_id.code,
            virtual_phone=own.virtual_phone,
            popup_field_names=tuple(own.popup_field_ids.mapped("name")),
            channel_ids=tuple((own.channel_id | own.number_ids.channel_id).ids),
        )

    def _is_internal(self, raw, number, contacts):
        """Whether the other party is a colleague or the account's default number.

        :param contacts: those with the number
        """
        self.ensure_one()
        if number and number == self._to_e164(self._settings().virtual_phone):
            return True
        Operator = self.env["callgear.operator"]
        numbers = Operator._numbers_of_colleagues(self)
        return (
            number in numbers
            or (raw or "").strip() in numbers
            or not Operator._contacts_of_colleagues(self).isdisjoint(contacts._ids)
        )

    def _is_working_time(self, moment):
        """Whether missed calls of this moment (naive UTC) make tickets."""
        if not self.working_hours_ids:
            return True
        local = self._to_local(moment)
        return any(hours._covers(local) for hours in self.working_hours_ids)

    def _stage(self, role):
        """Return the stage of a role: open, pending or closed."""
        return self[f"{role}_stage_id"]

    def _channels(self):
        """All channels that tickets of calls are made in."""
        ids = [id_ for connection in self for id_ in connection._settings().channel_ids]
        return self.env["helpdesk.ticket.channel"].browse(dict.fromkeys(ids))

    def _recording_hosts(self):
        hosts = (self.recording_hosts or "").lower().replace(";", ",").split(",")
        return frozenset(host.strip(" .*") for host in hosts if host.strip(" .*"))

    def action_failed_events(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "callgear_integration.callgear_event_action"
        )
        action["domain"] = [("connection_id", "=", self.id), ("state", "=", "failed")]
        return action
