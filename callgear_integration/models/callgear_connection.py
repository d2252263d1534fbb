# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import hashlib
import logging
import secrets
from contextlib import suppress
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

import pytz
from markupsafe import Markup

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.http import request
from odoo.tools import SQL, config, consteq, ormcache
from odoo.tools.intervals import Intervals
from odoo.tools.sql import column_exists, create_column

from odoo.addons.base.models.res_partner import _tz_get

from .. import api_guard, clock
from ..api_messages import explain
from ..callgear.brands import BRANDS, brand_of, is_of_a_brand
from ..callgear.call_api import CallApi
from ..callgear.data_api import DataApi
from ..callgear.errors import ApiError, BadAddress, NotPublic
from ..callgear.http_post import Target
from ..callgear.notification import EVENTS, NotificationBody
from ..client_input import for_clients
from ..tools import local_time, log_mask, phone_number, rate, server_secrets
from ..tools.networks import is_private_literal, is_within, networks_in
from ..transaction import begin_work, end_transaction, roll_back

_logger = logging.getLogger(__name__)

ADMIN = "callgear_integration.group_callgear_manager"
# Fields of the connection that are cached, in its Settings or by themselves.
SETTINGS = {
    "active",
    "token_hash",
    "api_key",
    "api_key_name",
    "rate_limit",
    "sender_addresses",
    "late_hours",
    "notify_customers",
    "company_id",
    "tz",
    "country_id",
    "virtual_phone",
    "team_id",
    "channel_id",
    "open_stage_id",
    "pending_stage_id",
    "closed_stage_id",
}
_PORTS = {"http": 80, "https": 443}
# Columns of the connection that are no stored fields.
SECRETS = ("token", "api_key")
STAGE_FIELDS = ("open_stage_id", "pending_stage_id", "closed_stage_id")
PLACE_FIELDS = ("team_id", "channel_id", *STAGE_FIELDS)
# How long notifications to earlier addresses are still accepted.
GRACE_HOURS = 72
# A promise is looked for in working hours of so many periods of so many days.
PLANNED_DAYS, PLANNED_WINDOWS = 14, 27
REFUSED_ACTIVITY = "callgear_integration.mail_activity_refused_notifications"
UNMAPPED_ACTIVITY = "callgear_integration.mail_activity_unmapped_operators"
SHOWN = "callgear_integration.mail_message_subtype_shown"
SYNC_ACTIVITY = "callgear_integration.mail_activity_operators_not_synced"


class Settings(NamedTuple):
    """The settings of a connection that are needed for each notification."""

    company_id: int
    tz: str
    country_code: str | None
    virtual_phone: str | None
    popup_field_names: tuple[str, ...]
    notify_customers: bool
    rate_limit: int
    sender_networks: tuple
    late_hours: int
    channel_ids: tuple[int, ...]
    has_stored_key: bool
    api_key_name: str | None


class Receipt(NamedTuple):
    """The result of receiving a notification."""

    # HTTP status
    code: int
    # body of the answer, to be sent as JSON
    answer: dict
    # id of the callgear.event that was stored and is to be processed, if any
    event_id: int | None = None
    # whether there is work to do after the answer
    is_work: bool = False


# For how many days things are kept, and for how many at least: until then notifications are
# repeated, and calls completed from CallGear's reports.
KEPT_DAYS = {
    "recording_days": 1,
    "summary_days": 1,
    "payload_days": 7,
    "number_days": 7,
    "listening_days": 1,
}


class CallgearConnection(models.Model):
    """The connection of a company to a CallGear account: access, and rules for tickets."""

    _name = "callgear.connection"
    _description = "CallGear Connection"
    _inherit = ["callgear.hidden.links", "mail.thread", "mail.activity.mixin"]
    _order = "company_id, name, id"
    _check_company_auto = True

    # --------------------------------------------------------------- defaults

    @api.model
    def _new_token(self):
        return secrets.token_urlsafe(32)

    def _default_channel(self):
        return self._helpdesks_own("channel_phone")

    def _default_stage(self, name):
        return self._helpdesks_own(f"stage_{name}")

    def _helpdesks_own(self, name):
        """Return a record that came with the helpdesk; False if it is gone or not ours.

        It may have been given to another company, whose records the user may not read.
        """
        record = self.env.ref(
            f"helpdesk_mgmt.helpdesk_ticket_{name}", raise_if_not_found=False
        )
        # sudo: helpdesk.ticket.channel - only whose it is, and so of stages
        if record and record.sudo().company_id - self.env.company:
            return False
        return record

    def _default_popup_fields(self):
        names = ("name", "email", "parent_id")
        get = self.env["ir.model.fields"]._get
        return self.env["ir.model.fields"].union(
            *(get("res.partner", name) for name in names)
        )

    # ----------------------------------------------------------------- fields

    name = fields.Char(string="Connection Name", required=True, default="CallGear")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    # Neither the token nor the API key is a stored field: what reads all fields, such as
    # an audit log, does not get them. They are columns that only this class reads.
    token = fields.Char(
        compute="_compute_token",
        inverse="_inverse_token",
        search="_search_secret",
        groups=ADMIN,
        exportable=False,
        copy=False,
        readonly=True,
        help="The secret part of the addresses for notifications. Anyone who knows it can "
        "send notifications of calls.",
    )
    token_hash = fields.Char(
        groups=ADMIN,
        exportable=False,
        copy=False,
        readonly=True,
        index="btree_not_null",
    )
    earlier_token_ids = fields.One2many(
        "callgear.earlier.token",
        "connection_id",
        domain=lambda self: [("until", ">", clock.now(self.env))],
        string="Earlier Addresses",
        groups=ADMIN,
        readonly=True,
    )
    webhook_url = fields.Char(
        compute="_compute_webhook_url",
        search="_search_secret",
        groups=ADMIN,
        exportable=False,
        help="Base of the six addresses to enter in CallGear.",
    )
    notification_template_ids = fields.One2many(
        "callgear.notification.template", "connection_id", readonly=True, groups=ADMIN
    )
    rate_limit = fields.Integer(
        string="Notifications per Minute",
        default=6000,
        help="A limit against abuse: each server process refuses notifications above it "
        "(429), and CallGear does not send them again. 0: no limit.",
    )
    sender_addresses = fields.Char(
        string="Allowed Senders",
        groups=ADMIN,
        help="Addresses or networks from which notifications are taken, such as "
        "195.211.120.0/24, separated by commas. Others are refused as if they did not know "
        "the address. Behind a proxy, Odoo has to run with proxy_mode. Empty: whoever knows "
        "the address may send.",
    )
    late_hours = fields.Integer(
        string="Late After (hours)",
        default=72,
        help="What is told of a call that has been over for so long is kept and shown as "
        "late, but changes the call only if a comparison with CallGear confirms it. "
        "Recordings have 14 days at least. 0: no limit.",
    )
    dial_limit = fields.Integer(
        string="Calls per Agent and Hour",
        help="So many calls may an agent make from Odoo within an hour. 0: no limit.",
    )
    dial_limit_abroad = fields.Integer(
        string="Of These, Abroad",
        default=30,
        help="So many calls may an agent make within an hour to other countries than the "
        "connection's and the contact's own. 0: no limit.",
    )
    dial_country_ids = fields.Many2many(
        "res.country",
        "callgear_connection_dial_country_rel",
        string="Allowed Countries",
        help="Countries that may be called from Odoo, besides the connection's own. Empty: "
        "all.",
    )
    dial_contact_country = fields.Boolean(
        string="Also the Contact's Own",
        default=True,
        help="A contact may be called in the country of their address as well.",
    )
    late_event_count = fields.Integer(compute="_compute_late_event_count")
    last_refused_sender = fields.Char(
        groups=ADMIN,
        copy=False,
        readonly=True,
        help="Address that is not among the allowed senders.",
    )
    refused_count = fields.Integer(
        string="Refused Notifications", copy=False, readonly=True
    )
    last_refused_at = fields.Datetime(string="Last Refused", copy=False, readonly=True)
    failed_event_count = fields.Integer(compute="_compute_failed_event_count")
    alarmed_user_ids = fields.Many2many(
        "res.users",
        "callgear_connection_alarmed_users_rel",
        "connection_id",
        "user_id",
        string="Told of Trouble",
        domain=lambda self: [("all_group_ids", "in", self.env.ref(ADMIN).ids)],
        groups=ADMIN,
        help="They get an activity when something does not work, and lose it when that is "
        "over. Empty: whoever created the connection.",
    )
    trouble_ids = fields.One2many(
        "callgear.trouble", "connection_id", readonly=True, groups=ADMIN
    )
    open_trouble_count = fields.Integer(
        compute="_compute_open_trouble_count", groups=ADMIN
    )
    brand = fields.Selection(
        [(name, brand.label) for name, brand in BRANDS.items()],
        string="Brand or Region",
        compute="_compute_brand",
        inverse="_inverse_brand",
        help="Brand with which the account was opened: its API key works with this brand "
        "only. Empty if the API addresses are not those of a brand.",
    )
    api_url = fields.Char(
        string="Call API Address",
        default="https://callapi.callgear.com/v4.0",
        tracking=True,
    )
    data_api_url = fields.Char(
        string="Data API Address",
        default="https://dataapi.callgear.com/v2.0",
        tracking=True,
    )
    api_key = fields.Char(
        string="API Key",
        compute="_compute_api_key",
        inverse="_inverse_api_key",
        search="_search_secret",
        groups=ADMIN,
        exportable=False,
        copy=False,
        help="It can be entered, but nobody can read it again.",
    )
    has_stored_key = fields.Boolean(copy=False, readonly=True, groups=ADMIN)
    api_key_name = fields.Char(
        string="Name of the Key",
        groups=ADMIN,
        tracking=True,
        copy=False,
        help="To keep the key out of the database: with the name MAIN it is read from the "
        "environment variable CALLGEAR_API_KEY_MAIN, from the file that "
        "CALLGEAR_API_KEY_MAIN_FILE names, or from the same options, in lower case, of "
        "Odoo's configuration file.",
    )
    api_key_source = fields.Char(
        string="Key in Use", compute="_compute_api_key_source", groups=ADMIN
    )
    private_api_hosts = fields.Char(
        string="Private API Hosts",
        groups="base.group_system",
        copy=False,
        help="host:port of API addresses that may be inside a private network, or without "
        "TLS. Only system administrators can change this. Empty: API addresses begin with "
        "https:// and are public.",
    )
    tz = fields.Selection(
        _tz_get,
        string="Time Zone",
        required=True,
        default=lambda self: self.env.user.tz or "UTC",
        help="Time zone of the CallGear account: its notifications have local times.",
    )
    virtual_phone = fields.Char(
        string="Default Virtual Number",
        help="Number that contacts see when they are called from Odoo.",
    )
    virtual_number_ids = fields.One2many("callgear.virtual.number", "connection_id")
    lang = fields.Selection(
        lambda self: self.env["res.lang"].get_installed(),
        string="Language",
        default=lambda self: self.env.company.partner_id.lang or self.env.lang,
        help="Language of automatic subjects and call messages.",
    )
    country_id = fields.Many2one(
        "res.country",
        string="Callers' Country",
        default=lambda self: self.env.company.country_id,
        help="Numbers without a country code are read as numbers of this country.",
    )
    team_id = fields.Many2one(
        "helpdesk.ticket.team",
        check_company=True,
        help="Team of the tickets made from calls. An agent who is not a member gets "
        "the ticket in one of their own teams instead.",
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
        default=lambda self: self._default_stage("new"),
        help="Stage of tickets that wait for an agent, such as missed calls.",
    )
    pending_stage_id = fields.Many2one(
        "helpdesk.ticket.stage",
        required=True,
        check_company=True,
        default=lambda self: self._default_stage("awaiting"),
        help="Stage of tickets after a conversation.",
    )
    closed_stage_id = fields.Many2one(
        "helpdesk.ticket.stage",
        required=True,
        check_company=True,
        default=lambda self: self._default_stage("done"),
        help="Stage of tickets that need no further work.",
    )
    voicemail_tickets = fields.Boolean(
        string="Tickets for Voicemail",
        help="A message that a caller leaves on a CallGear answering machine creates a "
        "ticket, like a missed call. Otherwise it appears only in the call journal.",
    )
    notify_customers = fields.Boolean(
        string="Email Customers on Stage Changes",
        help="Send a stage's email even when it was a call that moved the ticket there.",
    )
    working_calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working Hours",
        check_company=True,
        ondelete="restrict",
        help="A call missed outside these hours, or on a day off, creates no ticket. "
        "Without working hours, every missed call creates one.",
    )
    popup_line_ids = fields.One2many("callgear.popup.field", "connection_id")
    popup_field_ids = fields.Many2many(
        "ir.model.fields",
        string="Caller Details",
        compute="_compute_popup_field_ids",
        inverse="_inverse_popup_field_ids",
        default=lambda self: self._default_popup_fields(),
        help="Contact details that the phone shows when a known caller calls.",
    )
    portal_recordings = fields.Boolean(
        string="Recordings in the Portal",
        tracking=True,
        help="Portal users may hear the recordings of the tickets they can see.",
    )
    recording_hosts = fields.Char(
        default="callgear.com, callgear.ae, uiscom.ru, comagic.ru, novofon.ru",
        tracking=True,
        help="Hosts from which recordings may be fetched, with all their subdomains.",
    )
    recording_max_mb = fields.Integer(string="Largest Recording (MB)", default=100)
    recording_days = fields.Integer(
        string="Keep Recordings (days)",
        help="After so many days the files of recordings are deleted, except for those that "
        "are marked to be kept. Calls, tickets and figures stay. 0: they are kept for ever.",
    )
    summary_days = fields.Integer(
        string="Keep Summaries (days)",
        help="After so many days what agents have written about calls is deleted, also from "
        "the call messages in tickets. 0: it is kept for ever.",
    )
    payload_days = fields.Integer(
        string="Keep Notifications (days)",
        default=365,
        help="After so many days CallGear's notifications are deleted, which name callers "
        "and agents. The call stays as it is then, whatever is told of it late. 0: they "
        "are kept for ever.",
    )
    number_days = fields.Integer(
        string="Keep Numbers (days)",
        help="After so many days the numbers and names of callers are deleted from calls, "
        "their messages and the tickets in which these stand, and the calls' notifications. "
        "Contacts keep theirs. 0: they are kept for ever.",
    )
    listening_days = fields.Integer(
        string="Keep Log of Listening (days)",
        default=365,
        help="After so many days it is deleted who listened to recordings. 0: it is kept "
        "for ever.",
    )
    operator_ids = fields.One2many("callgear.operator", "connection_id")
    operators_asked_at = fields.Datetime(copy=False, readonly=True)
    operators_synced_at = fields.Datetime(
        string="Operators Compared",
        copy=False,
        readonly=True,
        help="When the operators were last compared with CallGear's employees, which "
        "happens each night.",
    )
    operators_sync_error = fields.Char(
        string="Operators Not Compared", copy=False, readonly=True
    )

    _token_uniq = models.UniqueIndex(
        "(token_hash) WHERE token_hash IS NOT NULL", "This token is already in use."
    )

    # --------------------------------------------------- computes and inverses

    def _auto_init(self):
        """Create the columns of the secrets, which are no fields."""
        result = super()._auto_init()
        for name in SECRETS:
            if not column_exists(self.env.cr, self._table, name):
                create_column(self.env.cr, self._table, name, "varchar")
        return result

    def _compute_token(self):
        secrets_of = self._read_secrets("token")
        for connection in self:
            connection.token = secrets_of.get(connection._origin.id, False)

    def _inverse_token(self):
        for connection in self:
            connection._set_token(connection.token)

    def _set_token(self, token):
        """Store a token. What goes through ``write`` may be logged by other addons."""
        self._write_secret("token", token)
        self.token_hash = self._hash(token) if token else False
        self.invalidate_recordset(["token", "webhook_url"], flush=False)

    def _compute_api_key(self):
        """Whoever asks: the key can be replaced, but not read."""
        self.api_key = False

    def _inverse_api_key(self):
        for connection in self:
            key = connection.api_key
            connection._write_secret("api_key", key)
            connection.has_stored_key = bool(key)
        # It is in the cache, where the answer to this request would be read from.
        self.invalidate_recordset(["api_key"])

    def _search_secret(self, operator, value):
        """Refuse: a search would find a secret letter by letter."""
        raise AccessError(self.env._("Secrets are not searched for."))

    def _field_to_sql(self, alias, field_expr, query=None):
        """Refuse to put in order or to group by what is secret."""
        if field_expr in (*SECRETS, "webhook_url"):
            self._search_secret(None, None)
        return super()._field_to_sql(alias, field_expr, query)

    def _read_secrets(self, name):
        """Return a secret of each of the connections, by their ids."""
        rows = self.env.execute_query(
            SQL(
                "SELECT id, %s FROM callgear_connection WHERE id = ANY(%s)",
                SQL.identifier(name),
                self._origin.ids,
            )
        )
        return {id_: value or False for id_, value in rows}

    def _write_secret(self, name, value):
        self.ensure_one()
        # Odoo logs a statement that fails, with the values in it.
        log_mask.learn(value)
        self.env.execute_query(
            SQL(
                "UPDATE callgear_connection SET %s = %s WHERE id = %s RETURNING id",
                SQL.identifier(name),
                value or None,
                self.id,
            )
        )

    def _used_api_key(self):
        """Return the key to use, or False: that of the server, or else the stored one."""
        self.ensure_one()
        found = _server_key(self._settings().api_key_name)
        key = found.value if found else self._read_secrets("api_key").get(self.id)
        log_mask.learn(key)
        return key or False

    def _has_api_key(self):
        """Return whether there is a key to use; costs no query."""
        settings = self._settings()
        return settings.has_stored_key or bool(_server_key(settings.api_key_name))

    @api.depends("api_key_name", "has_stored_key")
    def _compute_api_key_source(self):
        for connection in self:
            name = connection.api_key_name
            found = _server_key(name)
            if found:
                text = self.env._("The one of this server: %s", found.source)
            elif connection.has_stored_key:
                text = self.env._("The one that is stored in the database")
            else:
                text = self.env._("None")
            if name and not found:
                missing = self.env._(
                    "%s is not set on this server", server_secrets.variable(name)
                )
                text = f"{text}. {missing}."
            connection.api_key_source = text

    @api.depends("token")
    def _compute_webhook_url(self):
        """Return no address before it is saved: the token may be another one then."""
        for connection in self:
            saved = connection._origin
            base = connection.get_base_url()
            connection.webhook_url = saved.token and f"{base}/callgear/{saved.token}"

    def _compute_open_trouble_count(self):
        groups = self.env["callgear.trouble"]._read_group(
            [("connection_id", "in", self.ids), ("over_at", "=", False)],
            ["connection_id"],
            ["__count"],
        )
        counts = dict(groups)
        for connection in self:
            connection.open_trouble_count = counts.get(connection, 0)

    def _compute_failed_event_count(self):
        counts = dict(
            self.env["callgear.event"]
            # sudo: callgear.event - managers see the number, not the notifications
            .sudo()
            ._read_group(
                [("connection_id", "in", self.ids), ("state", "=", "failed")],
                ["connection_id"],
                ["__count"],
            )
        )
        for connection in self:
            connection.failed_event_count = counts.get(connection, 0)

    def _compute_late_event_count(self):
        # sudo: callgear.event - managers see the number, not the notifications
        Event = self.env["callgear.event"].sudo()
        late = [("connection_id", "in", self.ids), ("is_late", "=", True)]
        counts = dict(Event._read_group(late, ["connection_id"], ["__count"]))
        for connection in self:
            connection.late_event_count = counts.get(connection, 0)

    @api.depends("api_url", "data_api_url")
    def _compute_brand(self):
        for connection in self:
            connection.brand = brand_of(connection.api_url, connection.data_api_url)

    @api.onchange("brand")
    def _inverse_brand(self):
        """Set both API addresses, which can still be edited."""
        for connection in self.filtered("brand"):
            brand = BRANDS[connection.brand]
            connection.api_url = brand.call_api
            connection.data_api_url = brand.data_api

    @api.depends("popup_line_ids.field_id", "popup_line_ids.sequence")
    @api.depends_context("uid")
    def _compute_popup_field_ids(self):
        for connection in self:
            lines = connection.popup_line_ids.sorted("sequence")
            connection.popup_field_ids = lines.field_id._filtered_access("read")

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

    # ------------------------------------------------------------- constraints

    @api.constrains("api_key_name")
    def _check_api_key_name(self):
        for name in self.filtered("api_key_name").mapped("api_key_name"):
            if not server_secrets.is_name(name):
                raise ValidationError(
                    self.env._(
                        "%s: the name of a key has only letters A-Z, digits and _.",
                        name,
                    )
                )

    @api.constrains("api_url", "data_api_url")
    def _check_urls(self):
        for connection in self:
            for url in (connection.api_url, connection.data_api_url):
                if url:
                    connection._check_url(url)

    @api.constrains("sender_addresses")
    def _check_sender_addresses(self):
        for connection in self:
            try:
                networks_in(connection.sender_addresses or "")
            except ValueError as error:
                raise ValidationError(
                    self.env._("%s is neither an address nor a network.", error)
                ) from None

    def _check_url(self, url):
        """Check an API address as far as that is possible without asking for it.

        :raises ValidationError: its text says what is wrong
        """
        if not url.startswith(("https://", "http://")):
            raise ValidationError(
                self.env._("An API address starts with https://, not with %s", url)
            )
        allowed = self._private_api_hosts()
        if self._is_by_system_admin():
            allowed |= _private_places(url)
        try:
            target = Target.of(url, allowed)
            if not target.is_private and _private_places(url):
                raise NotPublic(params={"host": target.host})
        except BadAddress as error:
            raise ValidationError(self._explain(error)) from None

    def _check_key_stays(self, vals):
        """Check that the API key would not be sent to strangers.

        Who may set up a connection may use its key, but not read it: they could, if they
        might have it sent anywhere. So a host that is no brand's has to be entered by a
        system administrator first.

        :raises ValidationError: a host is unknown
        """
        urls = [vals.get(name) for name in ("api_url", "data_api_url")]
        hosts = {_host(url) for url in urls} - {None}
        if all(map(is_of_a_brand, hosts)) or self._is_by_system_admin():
            return
        # sudo: callgear.connection - hosts that were entered before, of any company
        all_sudo = self.sudo().with_context(active_test=False)
        all_sudo = all_sudo.search(
            ["|", ("api_url", "!=", False), ("data_api_url", "!=", False)]
        )
        known = {
            _host(url) for one in all_sudo for url in (one.api_url, one.data_api_url)
        }
        known |= {_host(f"//{place}") for place in self._private_api_hosts()}
        for host in hosts - known:
            if not is_of_a_brand(host):
                raise ValidationError(
                    self.env._(
                        "%s is none of CallGear's hosts. The API key would be sent there, "
                        "so only a system administrator can enter it.",
                        host,
                    )
                )

    def _note_private_hosts(self):
        """Note which API addresses inside a network a system administrator has entered.

        Simulators and gateways have such addresses. Others cannot enter them, or they could
        look through the network by them.
        """
        if not self._is_by_system_admin():
            return
        for connection in self:
            known = connection._private_api_hosts()
            urls = connection.api_url or "", connection.data_api_url or ""
            entered = frozenset().union(*map(_private_places, urls))
            if not entered <= known:
                connection.private_api_hosts = ", ".join(sorted(entered | known))

    def _is_by_system_admin(self):
        # Not ``env.is_system()``: constraints are checked in sudo mode.
        return self.env.user.has_group("base.group_system")

    def _private_api_hosts(self):
        """Return "host:port" of the API addresses that may be inside a network.

        What a system administrator has allowed to one connection is allowed to its copies.
        """
        # sudo: callgear.connection - only system administrators may read and change it
        all_sudo = self.sudo().with_context(active_test=False)
        allowed_sudo = all_sudo.search([("private_api_hosts", "!=", False)])
        hosts = ",".join(allowed_sudo.mapped("private_api_hosts"))
        hosts = hosts.lower().replace(";", ",")
        return frozenset(filter(None, map(str.strip, hosts.split(","))))

    @api.constrains(*KEPT_DAYS)
    def _check_days(self):
        for connection in self:
            for name, least in KEPT_DAYS.items():
                days = connection[name]
                if days < 0 or 0 < days < least:
                    raise ValidationError(
                        self.env._(
                            "%(field)s: at least %(least)s, or 0 to keep them for ever.",
                            field=_label(connection, name),
                            least=least,
                        )
                    )

    @api.constrains("virtual_phone", "country_id")
    def _check_virtual_phone(self):
        for connection in self.filtered("virtual_phone"):
            if not connection._to_e164(connection.virtual_phone):
                raise ValidationError(
                    self.env._("%s is not a phone number.", connection.virtual_phone)
                )

    def _check_places(self, changed):
        """Check the teams, channels and stages that have just been chosen.

        What was archived since does not stand in the way of other changes.

        :param changed: names of the fields that were written
        :raises ValidationError: one is archived, or another team's
        """
        for connection in self:
            connection._check_active(connection, changed)
            connection._check_stages(connection, connection.team_id, changed)
            for number in connection.virtual_number_ids:
                if number.team_id:
                    inherited = {name for name in changed if not number[name]}
                    connection._check_stages(connection, number.team_id, inherited)
                else:
                    connection._check_number_stages(number, changed & {"team_id"})

    def _check_number_stages(self, number, changed):
        """Check the stages of calls with a virtual number, its own and the connection's."""
        team = number.team_id or self.team_id
        self._check_stages(number, team, changed)
        if number.team_id and "team_id" in changed:
            inherited = {name for name in STAGE_FIELDS if not number[name]}
            self._check_stages(self, team, inherited)

    def _unfit_places(self):
        """Return in words what was chosen for tickets and does not fit any more."""
        self.ensure_one()
        found = []
        for record in (self, *self.virtual_number_ids):
            team = record.team_id or self.team_id
            for name in PLACE_FIELDS:
                place = record[name]
                of_team = (team,) if name in STAGE_FIELDS else ()
                if place and not place._callgear_fits(self.company_id, *of_team):
                    label = _label(record, name)
                    if record != self:
                        label = f"{record.name}, {label}"
                    found.append(f"{label}: {place.display_name}")
        return found

    def _check_active(self, record, changed):
        for name in PLACE_FIELDS:
            chosen = record[name]
            if name in changed and chosen and not chosen.active:
                raise ValidationError(
                    self.env._(
                        "%(field)s: %(name)s is archived. Choose another one, or restore "
                        "it first.",
                        field=_label(record, name),
                        name=chosen.display_name,
                    )
                )

    def _check_stages(self, record, team, changed):
        """Check that the stages of the connection or a number are those of a team.

        :param changed: names of fields; with ``team_id``, all stages are checked
        """
        for name in STAGE_FIELDS:
            stage = record[name]
            if name not in changed and "team_id" not in changed:
                continue
            if stage.team_ids and team not in stage.team_ids:
                raise ValidationError(
                    self.env._(
                        "%(field)s: the stage %(stage)s belongs to %(teams)s only, but "
                        "the tickets are those of %(team)s. Choose another stage, or add "
                        "the team to it.",
                        field=_label(record, name),
                        stage=stage.display_name,
                        teams=", ".join(stage.team_ids.mapped("display_name")),
                        team=team.display_name or self.env._("no team"),
                    )
                )

    # -------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_key_stays(vals)
        connections = super().create(vals_list)
        for connection, vals in zip(connections, vals_list, strict=True):
            if "token" not in vals:
                connection._set_token(self._new_token())
        self.env.registry.clear_cache()
        # sudo: callgear.notification.template - created with the connection only; users
        # may neither add nor change one
        self.env["callgear.notification.template"].sudo().create(
            [
                {"connection_id": connection.id, "event": event}
                for connection in connections
                for event in EVENTS
            ]
        )
        if connections.country_id:
            connections._trigger_number_sync()
        connections._check_places(set(PLACE_FIELDS))
        connections._note_private_hosts()
        return connections

    def write(self, vals):
        self._check_key_stays(vals)
        is_kept = self and vals.keys() & SETTINGS
        if is_kept:  # constraints read the settings while they are written
            self.env.registry.clear_cache()
        result = super().write(vals)
        if is_kept:
            self.env.registry.clear_cache()
        if "api_key" in vals:
            self._note_new_key(vals["api_key"])
        if "country_id" in vals:
            self._trigger_number_sync()
        if vals.keys() & {"api_url", "data_api_url"}:
            self._note_private_hosts()
        if changed := vals.keys() & set(PLACE_FIELDS):
            self._check_places(changed)
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used_by_callgear(self):
        self.env["callgear.usage"]._check_unused(self)

    # ----------------------------------------------------- who has used a secret

    def _note_new_key(self, key):
        """Note who has replaced or removed the API key, without the key."""
        text = self.env._("The API key was replaced.")
        if not key:
            text = self.env._("The API key was removed.")
        for connection in self:
            connection._message_log(body=text)

    def _read_format(self, fnames, load="_classic_read"):
        rows = super()._read_format(fnames, load)
        if {"token", "webhook_url"} & set(fnames):
            self._note_shown()
        return rows

    def _note_shown(self):
        """Note that the user has been shown the addresses, once a day.

        Whoever enters them in CallGear looks at them often.
        """
        saved = self._origin
        if self.env.su or not saved:
            return
        author = self.env.user.partner_id
        # sudo: mail.message - also one that the user may not see is enough
        noted = self.env["mail.message"].sudo()
        known = noted.search(
            [
                ("model", "=", self._name),
                ("res_id", "in", saved.ids),
                ("author_id", "=", author.id),
                ("subtype_id", "=", self.env.ref(SHOWN).id),
                ("create_date", ">=", fields.Date.today()),
            ]
        )
        for connection in saved - self.browse(known.mapped("res_id")):
            connection.message_post(
                body=self.env._("The addresses for notifications were shown."),
                subtype_xmlid=SHOWN,
            )

    # ----------------------------------------------------------------- actions

    @for_clients(one=True)
    def action_test_connection(self):
        """Test the connection: ask CallGear, and check the settings.

        :return: action that opens the result, one line per check
        :raises AccessError: the user may not change the connection; so do all actions
        """
        self.ensure_one()
        self.check_access("write")
        return self.env["callgear.connection.check"]._test(self)

    @for_clients(one=True)
    def action_fetch_operators(self):
        """Fetch the account's employees, to compare them with the operators in Odoo.

        :return: action that opens the comparison
        """
        self.ensure_one()
        self.check_access("write")
        return self.env["callgear.operator.import"]._start(self)

    @for_clients(one=True)
    def action_fetch_virtual_numbers(self):
        """Fetch the account's virtual numbers, and add those that are not listed yet.

        :return: action that shows the added numbers, and those CallGear no longer has
        :raises UserError: CallGear refused the request or could not be reached
        """
        self.ensure_one()
        self.check_access("write")
        try:
            fetched = self._data_api().virtual_numbers()
        except ApiError as error:
            raise UserError(self._explain(error)) from error
        added, gone = self._add_virtual_numbers(fetched.items)
        return self._report_virtual_numbers(added, gone, fetched.unread)

    @for_clients()
    def action_rotate_token(self):
        """Replace the token; earlier ones still work for ``GRACE_HOURS`` hours each."""
        self.check_access("write")
        until = clock.now(self.env) + timedelta(hours=GRACE_HOURS)
        # sudo: callgear.earlier.token - made here only; access is checked above
        Earlier = self.env["callgear.earlier.token"].sudo()
        Earlier.create(
            [
                {
                    "connection_id": connection.id,
                    "token_hash": connection.token_hash,
                    "until": until,
                }
                for connection in self
                if connection.token_hash
            ]
        )
        for connection in self:
            connection._set_token(self._new_token())
            text = self.env._(
                "The addresses for notifications were replaced. Earlier ones work for %s "
                "hours.",
                GRACE_HOURS,
            )
            connection._message_log(body=text)

    @for_clients()
    def action_revoke_earlier_tokens(self):
        """Have only the present addresses work, from now on."""
        self.check_access("write")
        self.earlier_token_ids.action_revoke()

    @for_clients(one=True)
    def action_failed_events(self):
        """Return the action that opens the notifications that failed."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "callgear_integration.callgear_event_action"
        )
        action["domain"] = [("connection_id", "=", self.id), ("state", "=", "failed")]
        return action

    @for_clients(one=True)
    def action_late_events(self):
        """Return the action that opens the notifications that came too late."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "callgear_integration.callgear_event_action"
        )
        action["domain"] = [("connection_id", "=", self.id), ("is_late", "=", True)]
        return action

    @for_clients()
    def action_forget_refusals(self):
        """Reset the count of refused notifications, and remove its activity."""
        self.check_access("write")
        self.write(
            {
                "refused_count": 0,
                "last_refused_at": False,
                "last_refused_sender": False,
            }
        )
        for connection in self:
            connection._all_well(REFUSED_ACTIVITY)

    # ---------------------------------------------------------------- settings

    @ormcache("self.id")
    def _settings(self):
        """Return the ``Settings``, which are cached."""
        # sudo: callgear.connection - the cache is shared by all users
        own = self.sudo()
        return Settings(
            company_id=own.company_id.id,
            tz=own.tz or "UTC",
            country_code=own.country_id.code,
            virtual_phone=own.virtual_phone,
            popup_field_names=tuple(own.popup_field_ids.mapped("name")),
            notify_customers=own.notify_customers,
            rate_limit=own.rate_limit,
            sender_networks=networks_in(own.sender_addresses or ""),
            late_hours=own.late_hours,
            channel_ids=tuple(own._own_channels().ids),
            has_stored_key=own.has_stored_key,
            api_key_name=own.api_key_name or None,
        )

    def _quietly(self):
        """Return a context manager for changes because of calls.

        Inside, customers get no messages, unless all connections are set to notify them.
        """
        notify = self and all(one._settings().notify_customers for one in self)
        return self.env["callgear.silence"]._hush(not notify)

    def _own_channels(self):
        """Return the channels in which tickets of the connection's calls are made."""
        channels = self.channel_id | self.virtual_number_ids.channel_id
        return (
            channels if self.channel_id.active else channels | self._stand_in_channel()
        )

    def _stage_for(self, role, number, team):
        """Return the stage of a stage role for tickets of calls with a virtual number.

        :param str role: ``open``, ``pending`` or ``closed``
        :param number: ``callgear.virtual.number``; may be empty
        :param team: of the tickets; may be empty
        """
        stage_id = self._stage_id_for(role, number, team)
        return self.env["helpdesk.ticket.stage"].browse(stage_id or ())

    @ormcache("self.id", "role", "number.id", "team.id")
    def _stage_id_for(self, role, number, team):
        # sudo: helpdesk.ticket.stage - the cache is shared by all users
        own = self.sudo()
        number, team, company = number.sudo(), team.sudo(), own.company_id
        chosen = number[f"{role}_stage_id"] | own[f"{role}_stage_id"]
        fitting = chosen.filtered(lambda stage: stage._callgear_fits(company, team))
        if fitting:
            return fitting[0].id
        stand_in = chosen._callgear_stand_in(role, company, team)
        return (stand_in or chosen.filtered("active"))[:1].id

    def _team_for(self, number):
        """Return the team of tickets of calls with a virtual number, or none.

        It is the number's, or else the connection's; archived ones are passed over.
        """
        team_id = self._team_id_for(number)
        return self.env["helpdesk.ticket.team"].browse(team_id or ())

    @ormcache("self.id", "number.id")
    def _team_id_for(self, number):
        # sudo: helpdesk.ticket.team - the cache is shared by all users
        own = self.sudo()
        chosen = number.sudo().team_id | own.team_id
        return chosen.filtered(lambda team: team._callgear_fits(own.company_id))[:1].id

    def _channel_for(self, number):
        """Return the channel of tickets of calls with a virtual number."""
        channel_id = self._channel_id_for(number)
        return self.env["helpdesk.ticket.channel"].browse(channel_id or ())

    @ormcache("self.id", "number.id")
    def _channel_id_for(self, number):
        # sudo: helpdesk.ticket.channel - the cache is shared by all users
        own = self.sudo()
        chosen = number.sudo().channel_id | own.channel_id
        fitting = chosen.filtered(lambda one: one._callgear_fits(own.company_id))
        return fitting[:1].id or own._stand_in_channel().id

    def _stand_in_channel(self):
        """Return the channel of calls while the connection's own is archived.

        The helpdesk's own for calls, or else the first; the archived one if none is left.
        """
        company = self.company_id
        usual = self.with_company(company)._default_channel()
        if usual and usual._callgear_fits(company):
            return usual
        others = [("company_id", "in", (False, company.id))]
        found = self.env["helpdesk.ticket.channel"].search(others, limit=1)
        return found or self.channel_id

    def _channels(self):
        """Return the ticket channels of all calls of these connections."""
        ids = [id_ for connection in self for id_ in connection._settings().channel_ids]
        return self.env["helpdesk.ticket.channel"].browse(dict.fromkeys(ids))

    @api.model
    @ormcache()
    def _calls_channel_ids(self):
        """Return the ids of the ticket channels that calls of any connection go to."""
        # sudo: callgear.connection - their channels are not secret
        connections = self.sudo().with_context(active_test=False)
        # A company has a connection or two.  pylint: disable-next=no-search-all
        return frozenset(connections.search([])._channels()._ids)

    def _recording_hosts(self):
        """Return the host names from which recordings may be fetched, in lower case."""
        hosts = (self.recording_hosts or "").lower().replace(";", ",").split(",")
        return frozenset(host.strip(" .*") for host in hosts if host.strip(" .*"))

    def _media_address(self):
        """Return the start of recordings' URLs, for reports, which have their ids only."""
        parts = urlsplit(self.data_api_url or "")
        host = parts.netloc
        if host.startswith("dataapi"):
            host = "app." + host.partition(".")[2]
        return f"{parts.scheme}://{host}"

    def _hold_text(self, call):
        """Return the sentence that the other party of a call hears before being on hold."""
        return call._in_language().env._("One moment, please.")

    @api.model
    def _trigger_number_sync(self):
        """Start the cron that reads all contacts' numbers: their country may have changed.

        National numbers belong to the country of a connection.
        """
        # sudo: ir.cron - a user who sets up a connection may start it
        self.env.ref(
            "callgear_integration.ir_cron_sync_partner_phones"
        ).sudo()._trigger()

    # ------------------------------------------------------------------- locks

    def _lock(self, kind, key):
        """Wait for a lock, and hold it until the transaction ends.

        :param str kind: ``session``, ``caller``, ``partner`` or ``operators``
        :param key: what is locked among those of this connection
        """
        self._lock_all([(kind, key)])

    def _lock_all(self, locks):
        """Wait for several locks, one after the other, see ``_lock``.

        :param locks: list of (kind, key)
        """
        # The ORM has no advisory locks.
        parts = SQL(", ").join(
            SQL(
                "pg_advisory_xact_lock(hashtextextended(%s, 0))",
                f"callgear:{self.id}:{kind}:{key}",
            )
            for kind, key in locks
        )
        self.env.cr.execute(SQL("SELECT %s", parts))

    def _try_lock(self, kind, key):
        """Take a lock as ``_lock`` does, but do not wait; return whether it was free."""
        name = f"callgear:{self.id}:{kind}:{key}"
        [[locked]] = self.env.execute_query(
            SQL("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", name)
        )
        return locked

    # ------------------------------------------------------- times and numbers

    def _instants(self, written):
        """Return the times (naive UTC) that a time of the account may stand for, sorted.

        :param datetime written: naive, by the clock of the CallGear account
        """
        return local_time.instants(pytz.timezone(self._settings().tz), written)

    def _to_local(self, moment):
        """Convert naive UTC to the time of the CallGear account, with its zone."""
        zone = pytz.timezone(self._settings().tz)
        return pytz.utc.localize(moment).astimezone(zone)

    def _is_working_time(self, moment):
        """Return whether a time is within the working hours; always without a calendar.

        A flexible calendar has no hours: only its time off counts.

        :param datetime moment: naive UTC
        """
        # sudo: resource.calendar - the result must not depend on the user
        calendar = self.sudo().working_calendar_id
        if not calendar:
            return True
        # Time off ends at 23:59:59, and that second must not be working time: so the
        # start of the minute is looked up.
        start = pytz.utc.localize(moment).replace(second=0, microsecond=0)
        end = start + timedelta(seconds=1)
        time_off = [
            ("time_type", "=", "leave"),
            ("company_id", "in", (False, self.company_id.id)),
        ]
        if calendar._leave_intervals_batch(start, end, domain=time_off)[False]:
            return False
        # Agents have breaks; the line is open meanwhile.
        return calendar.flexible_hours or any(
            calendar._attendance_intervals_batch(start, end, lunch=lunch)[False]
            for lunch in (False, True)
        )

    def _working_intervals(self, start, end):
        """Return the working hours in a period: list of (begin, end), sorted.

        What counts is the same as in ``_is_working_time``. All times are naive UTC.
        """
        # sudo: resource.calendar - as there
        calendar = self.sudo().working_calendar_id
        if not calendar:
            return [(start, end)]
        period = pytz.utc.localize(start), pytz.utc.localize(end)
        if calendar.flexible_hours:
            hours = Intervals([(*period, calendar)])
        else:
            hours = Intervals()
            for lunch in (False, True):
                batch = calendar._attendance_intervals_batch(*period, lunch=lunch)
                hours |= Intervals((b, e, calendar) for b, e, _which in batch[False])
        time_off = [
            ("time_type", "=", "leave"),
            ("company_id", "in", (False, self.company_id.id)),
        ]
        batch = calendar._leave_intervals_batch(*period, domain=time_off)
        # Time off ends at 23:59:59, and that second must not be working time.
        off = Intervals(
            (b, e + timedelta(seconds=1) if e.second == 59 else e, calendar)
            for b, e, _leave in batch[False]
        )
        return [
            (_naive_utc(begin), _naive_utc(end)) for begin, end, _which in hours - off
        ]

    def _after_working_minutes(self, moment, minutes):
        """Return when so many minutes of working time will have passed, or None: never.

        :param datetime moment: naive UTC
        """
        left, window = timedelta(minutes=minutes), timedelta(days=PLANNED_DAYS)
        for number in range(PLANNED_WINDOWS):
            start = moment + window * number
            for begin, end in self._working_intervals(start, start + window):
                if left <= end - begin:
                    return begin + left
                left -= end - begin
        return None

    def _to_e164(self, raw):
        """Return a number that CallGear or a person has written in E.164, or None."""
        return phone_number.from_pbx(raw, self._settings().country_code)

    def _is_internal(self, raw, number, contacts):
        """Return whether the other party is a colleague or the default virtual number.

        :param raw: the number as CallGear writes it
        :param number: the same in E.164, or None
        :param contacts: ``res.partner`` records with this number
        """
        self.ensure_one()
        key = phone_number.line_key(number)
        own = self._to_e164(self._settings().virtual_phone)
        if key and key == phone_number.line_key(own):
            return True
        Operator = self.env["callgear.operator"]
        phones = Operator._phones_of_colleagues(self)
        return (
            key in phones
            or (raw or "").strip() in phones
            or not Operator._contacts_of_colleagues(self).isdisjoint(contacts._ids)
        )

    def _number_to_dial(self, text, contact):
        """Return a number that a person has written, in E.164.

        :param contact: the contact to call, whose country is used for a national number;
            may be empty
        :raises UserError: it is not certainly one phone number
        """
        text = text if isinstance(text, str) else ""
        shown = text[:64].strip()
        if not shown:
            raise UserError(self.env._("There is no phone number to call."))
        # sudo: res.partner - only the countries, which are needed to read the number
        countries = contact.sudo()._callgear_countries(self)
        numbers, is_complete = phone_number.read(text, *countries)
        if len({phone_number.line_key(number) for number in numbers}) > 1:
            raise UserError(
                self.env._("There are several numbers in “%s”: choose one.", shown)
            )
        if not numbers:
            raise UserError(self.env._("%s is not a number that can be called.", shown))
        if not is_complete:
            raise UserError(
                self.env._(
                    "“%s” cannot be read with certainty as one number, so it is not "
                    "called.",
                    shown,
                )
            )
        return numbers[0]

    def _number_to_show(self, ticket):
        """Return the virtual number (E.164) that a called contact sees.

        It is the one of the ticket's last call, or else the connection's default one.

        :param ticket: may be empty
        :raises UserError: there is no such call, and no default virtual number
        """
        # sudo: callgear.leg - the ticket's own calls
        legs_sudo = self.env["callgear.leg"].sudo()
        used = [
            ("ticket_id", "=", ticket.id),
            ("call_id.virtual_number_id.connection_id", "=", self.id),
        ]
        last_sudo = ticket and legs_sudo.search(
            used, order="started_at desc, id desc", limit=1
        )
        own = last_sudo and last_sudo.call_id.virtual_number_id.number
        number = own or self._to_e164(self.virtual_phone)
        if not number:
            raise UserError(
                self.env._(
                    "The CallGear connection %s has no default virtual number to call "
                    "from.",
                    self.name,
                )
            )
        return number

    # --------------------------------------------------------- virtual numbers

    def _virtual_number_names(self, fetched):
        """Return the fetched virtual numbers as a dict: E.164 → name, or None.

        What is not a phone number is left out, as calls could not refer to it.

        :param fetched: ``VirtualNumber`` objects of the Data API
        """
        names = {}
        for virtual_number in fetched:
            if e164 := self._to_e164(virtual_number.phone):
                names[e164] = names.get(e164) or virtual_number.name
        return names

    def _add_virtual_numbers(self, fetched):
        """Create records for new virtual numbers; existing ones keep their name.

        :param fetched: ``VirtualNumber`` objects of the Data API
        :return: records that were added, records that CallGear no longer has
        """
        names = self._virtual_number_names(fetched)
        key = phone_number.line_key
        known = {key(number) for number in self.virtual_number_ids.mapped("number")}
        added = self.virtual_number_ids.create(
            [
                {"connection_id": self.id, "number": number, "name": name or number}
                for number, name in names.items()
                if key(number) not in known
            ]
        )
        told = {key(number) for number in names}
        gone = self.virtual_number_ids.filtered(
            lambda line: key(line.number) not in told
        )
        return added, gone

    def _report_virtual_numbers(self, added, gone, unread=0):
        """Return the action that shows which numbers were added, and which are gone.

        :param int unread: of how many numbers it cannot be read which they are
        """
        words = []
        if added:
            words.append(self.env._("Added: %s.", self._enumerated(added)))
        else:
            words.append(self.env._("All numbers of the account are listed already."))
        if unread:
            words = words if added else []
            words.append(
                self.env._(
                    "%s numbers that CallGear returned cannot be read: some may be missing "
                    "here.",
                    unread,
                )
            )
        elif gone:
            words.append(
                self.env._(
                    "CallGear no longer has: %s. Remove them here if they are not "
                    "coming back.",
                    self._enumerated(gone),
                )
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Virtual Numbers"),
                "message": " ".join(words),
                "type": "warning" if gone or unread else "success",
                "sticky": bool(gone or unread),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _enumerated(self, virtual_numbers, limit=10):
        """Return virtual numbers as text: the first ones, and the number of others."""
        names = [
            line.name if line.name == line.number else f"{line.name} ({line.number})"
            for line in virtual_numbers[:limit]
        ]
        if len(virtual_numbers) > limit:
            names.append(self.env._("%s more", len(virtual_numbers) - limit))
        return ", ".join(names)

    # -------------------------------------------------------- CallGear's APIs

    def _call_api(self, *options):
        """Return a ``CallApi`` client, which starts and controls calls.

        What is asked for an agent is answered sooner than what nobody waits for, or not.

        :param options: ``Timeouts`` and ``Retries``, if not the usual ones
        :raises UserError: the address or the key is missing, or the address is invalid
        """
        return self._api_client(CallApi, "api_url", *options)

    def _data_api(self, *options):
        """Return a ``DataApi`` client, which reads employees, numbers and past calls.

        :param options: ``Timeouts`` and ``Retries``, if not the usual ones
        :raises UserError: the address or the key is missing, or the address is invalid
        """
        return self._api_client(DataApi, "data_api_url", *options)

    def _api_client(self, kind, address_field, *options):
        self.ensure_one()
        # sudo: callgear.connection - agents make calls with the key, but may not read it
        connection = self.sudo()
        if not connection[address_field]:
            label = connection._fields[address_field].get_description(self.env)
            raise UserError(
                self.env._(
                    "%(field)s is missing in the CallGear connection %(connection)s.",
                    field=label["string"],
                    connection=connection.name,
                )
            )
        key = connection._used_api_key()
        if not key:
            raise UserError(
                self.env._(
                    "The CallGear connection %s has no API key yet.", connection.name
                )
            )
        address = connection[address_field]
        if request and not options:
            options = (api_guard.PROMPT,)
        hosts = connection._private_api_hosts()
        try:
            client = kind(address, key, *options, private_hosts=hosts)
        except BadAddress as error:
            raise UserError(self._explain(error)) from error
        client.guard = api_guard.guard(self.env.cr.dbname, connection.id, address)
        return client

    def _explain(self, error):
        """Return in the user's language why a request failed, and what to do.

        :param error: an ``ApiError``
        """
        return explain(error, self.env)

    # ----------------------------------------------------------- notifications

    @api.model
    def _hash(self, token):
        return hashlib.sha256(token.encode()).hexdigest()

    @api.model
    def _find_by_token(self, token):
        """Return the connection with a token, or an empty recordset.

        The token is looked up by its hash: so the time of the look-up does not show how
        much of a guessed token is right.
        """
        digest = self._hash(token)
        for id_, token_hash in self._present_tokens():
            if consteq(token_hash, digest):
                return self.browse(id_)
        # Nothing is refused because of a cache: another thread may have filled it while
        # this token was being stored, and CallGear does not repeat a notification.
        found = self.search_fetch(
            [("token_hash", "=", digest)], ["token_hash"], limit=1
        )
        if found and consteq(found.token_hash, digest):
            return found
        return self.env["callgear.earlier.token"]._find_connection(digest)

    @api.model
    @ormcache()
    def _present_tokens(self):
        """Return (id, hash of the token) of each active connection, which are cached."""
        # sudo: callgear.connection - the cache is shared by all users; no token is in it
        found_sudo = self.sudo().search_fetch([], ["token_hash"])
        log_mask.learn_digests(found_sudo.mapped("token_hash"))
        return tuple((one.id, one.token_hash) for one in found_sudo)

    @api.model
    def _is_event(self, event):
        """Return whether a name is one of the six kinds of notification."""
        return event in EVENTS

    def _takes_from(self, sender):
        """Return whether notifications are taken from a sender; count it if not.

        Costs no statement.

        :param sender: the address that the request came from, as Odoo knows it; or None
        """
        networks = self._settings().sender_networks
        if not networks or is_within(sender or "", networks):
            return True
        rate.notifications.refuse((self.env.cr.dbname, self.id), sender or "?")
        return False

    def _receive(self, event, body):
        """Store a notification, if the rate limit allows it.

        :param str event: one of the six kinds
        :param bytes body: the raw body, at most 256 KiB
        :return: ``Receipt``
        """
        self.ensure_one()
        key = (self.env.cr.dbname, self.id)
        if not rate.notifications.allows(key, self._settings().rate_limit):
            return Receipt(429, {"status": "too many"}, is_work=self._is_telling_due())
        checked = NotificationBody.check(event, body)
        event_id = self.env["callgear.event"]._store(self, event, checked)
        if checked.error:
            return Receipt(400, {"status": "invalid", "error": checked.error})
        if not event_id:
            return Receipt(200, {"status": "duplicate"})
        return Receipt(200, {"status": "accepted"}, event_id, is_work=True)

    @api.model
    def _is_telling_due(self):
        """Return whether it is time to store how many notifications were refused."""
        return rate.notifications.seconds_until_refusals(self.env.cr.dbname) == 0

    @api.model
    def _note_refusals(self):
        """Store how many notifications this process has refused; notify the admin."""
        refusals = rate.notifications.refusals(self.env.cr.dbname)
        try:
            # The row may be locked: the time to wait for it is limited.
            begin_work(self.env)
            for (dbname, connection_id), count in refusals.items():
                connection = self.browse(connection_id).exists()
                if not connection:
                    continue
                self.env.execute_query(
                    SQL(
                        """UPDATE callgear_connection
                              SET refused_count = COALESCE(refused_count, 0) + %s,
                                  last_refused_at = now() AT TIME ZONE 'UTC'
                            WHERE id = %s RETURNING id""",
                        count,
                        connection_id,
                    )
                )
                connection.invalidate_recordset(["refused_count", "last_refused_at"])
                if sender := rate.notifications.last_sender(dbname, connection_id):
                    connection.last_refused_sender = sender
                own = connection._in_admins_language()
                text = own.env._("Some notifications were refused.")
                own._alert(REFUSED_ACTIVITY, text, count=connection.refused_count)
            if refusals:
                since = clock.now(self.env) - timedelta(seconds=rate.PAUSE)
                self.env["callgear.comparison"]._compare_since(since)
            end_transaction(self.env)
        except Exception:
            _logger.warning("CallGear: refusals not stored", exc_info=True)
            roll_back(self.env)
            rate.notifications.give_back(refusals)

    def _alert(self, kind, note, **options):
        """Note trouble, and tell people; see ``callgear.trouble``.

        :param str kind: XML id of the mail.activity.type
        :param note: what has happened: text or ``Markup``
        :param options: ``count``, ``again``
        """
        self.ensure_one()
        # sudo: callgear.trouble - whoever causes trouble need not look after it
        self.sudo().env["callgear.trouble"]._raise_alarm(
            self.sudo(), kind, note, **options
        )

    def _all_well(self, *kinds):
        """Note that there is no trouble of some kinds, or no more."""
        self.ensure_one()
        # sudo: callgear.trouble - as in _alert
        self.sudo().env["callgear.trouble"]._end(self.sudo(), kinds)

    def _alarmed_users(self):
        """Return the users who are told of trouble."""
        told = self.alarmed_user_ids.filtered(
            lambda user: user.active and self.with_user(user).has_access("read")
        )
        return told or self._admin()

    def _admin(self):
        """Return the user who is told what is wrong with the connection."""
        # Whoever has left, and the user of data files, look at no activities.
        creator = self.create_uid.filtered("active")
        return creator or self.env.ref("base.user_admin")

    def _in_admins_language(self):
        """Return the connection with the language of its admin in the context."""
        return self.with_context(lang=self._admin().lang or self.env.lang)

    # --------------------------------------------------------------- operators

    def _alert_of_unmapped(self):
        """Keep the activity about operators whom nobody has mapped up to date.

        There is one, however many calls and operators; it goes when all are mapped.
        """
        self.ensure_one()
        own = self._in_admins_language()
        told = own.env["callgear.operator"].search(
            [("connection_id", "=", self.id), ("unmapped_told", "=", True)]
        )
        told = told.filtered(lambda operator: not operator._agent())
        if not told:
            self._all_well(UNMAPPED_ACTIVITY)
            return
        text = own.env._(
            "Calls are ignored because of operators whom nobody has mapped to a user. "
            "Choose their users under Operators; archive those whose calls are to be "
            "ignored."
        )
        lines = Markup().join(
            Markup("<li>%s</li>") % operator._describe_unmapped() for operator in told
        )
        note = Markup("<p>%s</p><ul>%s</ul>") % (text, lines)
        own._alert(UNMAPPED_ACTIVITY, note, count=len(told))

    def _note_operator_sync(self, error):
        """Note that the operators were compared with CallGear's employees, or why not.

        :param str error: None if they were; else the admin is told, once until it works
        """
        self.ensure_one()
        now, known = clock.now(self.env), self.operators_sync_error
        self.write({"operators_asked_at": now, "operators_sync_error": error or False})
        if not error:
            self.operators_synced_at = now
            self._all_well(SYNC_ACTIVITY)
        elif error != known:
            own = self._in_admins_language()
            text = own.env._("The operators could not be compared with CallGear:")
            own._alert(SYNC_ACTIVITY, Markup("<p>%s %s</p>") % (text, error))


def _private_places(url):
    """Return "host:port" of a URL whose host is written as a private address, as a set."""
    with suppress(ValueError):
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
        if is_private_literal(host):
            return frozenset({f"{host}:{parts.port or _PORTS.get(parts.scheme)}"})
    return frozenset()


def _host(url):
    """Return the host of a URL, or None if there is none."""
    with suppress(ValueError):
        return (urlsplit(str(url or "")).hostname or "").rstrip(".") or None
    return None


def _server_key(name):
    return server_secrets.api_key(name, config)


def _naive_utc(moment):
    return moment.astimezone(pytz.utc).replace(tzinfo=None)


def _label(record, name):
    return record._fields[name].get_description(record.env, ["string"])["string"]
