# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.fields import Domain

from ..tools.times import precise_now

# Written by the mail machinery without anybody having decided anything.
_NOT_A_TOUCH = (
    "message_",
    "activity_",
    "access_",
    "my_activity_",
    "call_",
    "callgear_",
)

# A conversation that needs no new ticket, and what a form for one begins with.
_CHOSEN = ("new", "attach", "origin")
_CALL_DEFAULTS = (
    "default_callgear_leg_id",
    "default_name",
    "default_call_summary",
    "default_description",
    "default_channel_id",
)


class HelpdeskTicket(models.Model):
    """The host: a ticket knows the conversations that stand in it."""

    _name = "helpdesk.ticket"
    _inherit = ["helpdesk.ticket", "callgear.dial.mixin"]

    # The tickets of a caller are looked for with each notification of his calls.
    partner_id = fields.Many2one(index="btree_not_null")
    call_leg_ids = fields.One2many(
        "callgear.leg",
        "ticket_id",
        string="Conversations",
        groups="helpdesk_mgmt.group_helpdesk_user_own",
    )
    call_count = fields.Integer(
        string="Calls",
        compute="_compute_call_count",
        groups="helpdesk_mgmt.group_helpdesk_user_own",
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
        [("missed", "Missed, not called back"), ("call", "Call")],
        string="Call Status",
        readonly=True,
        copy=False,
        help="Red handset: a missed call waits. It turns green when the caller was "
        "called back and the conversation was recorded.",
    )
    call_auto = fields.Boolean(
        readonly=True,
        copy=False,
        help="Made by itself and untouched since: later news of the call may change it.",
    )
    call_touched_at = fields.Datetime(
        readonly=True, copy=False, help="When a person last chose the stage."
    )
    call_effect = fields.Char(
        readonly=True, copy=False, help="Conversation that last determined the stage."
    )
    callgear_leg_id = fields.Many2one(
        "callgear.leg",
        string="New Ticket from Call",
        store=False,
        help="Set on creation only: the conversation that the ticket is made for.",
    )
    call_summary = fields.Text(
        string="Summary of the Call", store=False, help="Set on creation only."
    )

    is_calls_channel = fields.Boolean(
        compute="_compute_is_calls_channel", search="_search_is_calls_channel"
    )

    def _compute_is_calls_channel(self):
        channels = self._calls_channels()
        for ticket in self:
            ticket.is_calls_channel = ticket.channel_id in channels

    def _search_is_calls_channel(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("channel_id", "in", self._calls_channels().ids)

    def _calls_channels(self):
        # sudo: callgear.connection - which channels calls go to is no secret
        connections = self.env["callgear.connection"].sudo()
        connections = connections.with_context(active_test=False)
        # A company has a connection or two.  pylint: disable-next=no-search-all
        return connections.search([])._channels()

    def _compute_call_count(self):
        counts = dict(
            self.env["callgear.leg"]._read_group(
                [("ticket_id", "in", self.ids), ("item", "!=", False)],
                ["ticket_id"],
                ["__count"],
            )
        )
        for ticket in self:
            ticket.call_count = counts.get(ticket, 0)

    # ---------------------------------------------------- made from a call

    @api.model
    def default_get(self, fields_list):
        """*New*, pressed in the form of a call's ticket, is not for the call again."""
        leg_id = self.env.context.get("default_callgear_leg_id")
        if leg_id:
            # sudo: callgear.leg - only whether its agent has chosen a ticket
            leg_sudo = self.env["callgear.leg"].sudo().browse(leg_id).exists()
            if leg_sudo.ticket_choice in _CHOSEN:
                names = self.env.context.keys() - set(_CALL_DEFAULTS)
                context = {name: self.env.context[name] for name in names}
                plain = self.with_env(self.env(context=context))
                return super(HelpdeskTicket, plain).default_get(fields_list)
        return super().default_get(fields_list)

    @api.model_create_multi
    def create(self, vals_list):
        """A ticket made for a conversation takes over the one made by itself meanwhile.

        The form in which an agent types may still be open when the call ends: what he
        then saves must not become a second ticket.
        """
        plain, from_call = [], {}
        for position, vals in enumerate(vals_list):
            leg_id = vals.pop("callgear_leg_id", None)
            summary = vals.pop("call_summary", None)
            if leg_id:
                leg_sudo = self.env["callgear.leg"].browse(leg_id)._as_own()
                from_call[position] = self._create_from_call(leg_sudo, vals, summary)
            else:
                plain.append(vals)
        created = iter(super().create(plain) if plain else self)
        tickets = [
            from_call[position] if position in from_call else next(created)
            for position in range(len(vals_list))
        ]
        return self.union(*tickets) if len(tickets) != 1 else tickets[0]

    @api.model
    def _create_from_call(self, leg_sudo, vals, summary):
        call_sudo = leg_sudo.call_id
        call_sudo.connection_id._lock("session", call_sudo.session_id)
        silent = call_sudo._settlement_context()
        chosen = vals.get("stage_id")
        if leg_sudo._has_own_ticket():
            ticket = leg_sudo.ticket_id.with_env(self.env).with_context(**silent)
            vals = {
                name: value
                for name, value in vals.items()
                if name not in ("number", "stage_id", "company_id")
            }
            # sudo: helpdesk.ticket - made for this agent's conversation, so it is his
            ticket.sudo().write(vals)
        else:
            vals = {**vals, "call_kind": call_sudo._kind(leg_sudo.item)}
            ticket = self.with_context(**silent).create([vals])
        if chosen and chosen != call_sudo._stage("open").id:
            # sudo: helpdesk.ticket - as above
            ticket.sudo().write({"stage_id": chosen, "call_touched_at": precise_now()})
        # sudo: helpdesk.ticket - as above
        ticket.sudo()._touch()
        # An empty field of the form takes nothing from what was typed elsewhere.
        leg_sudo._set_ticket(
            leg_sudo.env["helpdesk.ticket"].browse(ticket.id), "new", summary or None
        )
        return ticket.with_env(self.env)

    # --------------------------------------------------------- whose is it

    def write(self, vals):
        if not self.env.context.get("callgear_settlement"):
            if "stage_id" in vals:
                vals = {**vals, "call_touched_at": precise_now()}
            if any(not name.startswith(_NOT_A_TOUCH) for name in vals):
                self._touch()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_conversations(self):
        """What a person deletes after the call stays deleted, whatever comes late."""
        if not self.env.context.get("callgear_settlement"):
            # sudo: callgear.leg - whoever may delete the ticket decides about its calls
            legs_sudo = self.sudo().call_leg_ids
            legs_sudo.filtered("ended_at").ticket_choice = "deleted"

    def message_post(self, **kwargs):
        settling = self.env.context.get("callgear_settlement")
        if not settling and kwargs.get("message_type") == "comment":
            self._touch()
        return super().message_post(**kwargs)

    def _touch(self):
        """A person has had a hand in it: from now on nothing is taken from the ticket."""
        # sudo: helpdesk.ticket - whoever may comment may make it his
        auto_sudo = self.sudo().filtered("call_auto")
        if auto_sudo:
            auto_sudo.with_context(callgear_settlement=True).write({"call_auto": False})

    def _message_update_content(self, message, /, *, attachment_ids=None, **kwargs):
        """Whoever rewrites or deletes a call message leaves its recordings there."""
        # sudo: callgear.leg - whether it is a call message does not depend on who asks
        Leg = self.env["callgear.leg"].sudo()
        if Leg.search_count([("message_id", "=", message.id)], limit=1):
            attachment_ids = None
        return super()._message_update_content(
            message, attachment_ids=attachment_ids, **kwargs
        )

    def _portal_recordings(self):
        """Recordings that the customer may hear on the ticket's portal page."""
        self.ensure_one()
        # sudo: callgear.leg - portal users have no right to it; each file is checked
        recordings_sudo = self.sudo().call_leg_ids.recording_ids
        user = self.env.user
        return recordings_sudo.filtered(lambda r: r._may_hear_in_portal(user))

    def action_callgear_calls(self):
        """Open the calls that stand in the ticket."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "callgear_integration.callgear_call_action"
        )
        action["domain"] = [("leg_ids.ticket_id", "=", self.id)]
        return action
