# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What an agent does with his conversation: the methods behind the buttons."""

from odoo import models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..domain.verdict import CONVERSATION
from ..tools.write_changes import write_changes

MAX_SUBJECT, MAX_SUMMARY = 256, 20000


class CallgearLeg(models.Model):
    _inherit = "callgear.leg"

    def action_new_ticket(self):
        """Open a ticket form for this conversation; creates the contact if need be.

        :return: action of the form, or of the ticket if there is one already
        """
        leg_sudo = self._as_own()
        if leg_sudo.ticket_id and leg_sudo.ticket_choice != "auto":
            return leg_sudo._action_form(leg_sudo.ticket_id)
        call_sudo = leg_sudo.call_id
        if not call_sudo.partner_id and call_sudo.phone:
            leg_sudo._create_caller()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New Ticket"),
            "res_model": "helpdesk.ticket",
            "views": [(False, "form")],
            "target": "current",
            "context": leg_sudo._ticket_defaults(),
        }

    def _ticket_defaults(self):
        """Context of the form of a new ticket for this conversation."""
        call = self.call_id._in_language()
        subject = self.subject or call._subject(self.item)
        return {
            "default_callgear_leg_id": self.id,
            "default_name": subject,
            "default_call_summary": self.summary or False,
            "default_description": self._ticket_description(subject),
            "default_partner_id": call.partner_id.id,
            "default_partner_name": call.partner_id.name,
            "default_partner_email": call.partner_id.email,
            "default_company_id": call.company_id.id,
            "default_channel_id": call._channel().id,
            "default_team_id": call._team(self.user_id).id,
            "default_user_id": self.user_id.id,
            "default_stage_id": call._stage("open").id,
        }

    def attach_to_ticket(self, ticket_id, summary=None):
        """Record the conversation in an existing ticket.

        :param int ticket_id: a ticket that the agent may change
        :param str summary: what the call was about; None leaves it as it is
        :return: action of the ticket
        """
        leg_sudo = self._as_own()
        ticket = self._named("helpdesk.ticket", ticket_id, "write")
        if leg_sudo.company_id != ticket.company_id:
            raise UserError(self.env._("This ticket belongs to another company."))
        # sudo: helpdesk.ticket - that he may change it was checked above
        leg_sudo._bind(ticket.sudo(), "attach", summary)
        return leg_sudo._action_form(ticket)

    def link_partner(self, partner_id):
        """Say who the other party is; his number is remembered.

        :return: action of the contact
        """
        leg_sudo = self._as_own()
        partner = self._named("res.partner", partner_id, "read")
        # sudo: res.partner - all that is added is the number of his own call
        leg_sudo._link(partner.sudo())
        return leg_sudo._action_form(partner)

    def action_find_partner(self):
        """Open the search for the contact who is on the other end."""
        self._as_own()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Find the Contact"),
            "res_model": "res.partner",
            "views": [
                (
                    self.env.ref(
                        "callgear_integration.res_partner_view_list_callgear"
                    ).id,
                    "list",
                ),
                (False, "form"),
            ],
            "context": {"callgear_leg_id": self.id},
            "target": "current",
        }

    def create_partner(self):
        """Create a contact from the number of an unknown caller.

        :return: action of the contact
        """
        leg_sudo = self._as_own()
        return leg_sudo._action_form(leg_sudo._create_caller())

    def save_draft(self, subject=None, summary=None):
        """Keep what the agent has typed so far; None leaves it as it is.

        :return: the ticket's id if there is one already, else False
        """
        leg_sudo = self._as_own()
        leg_sudo.connection_id._lock("session", leg_sudo.call_id.session_id)
        values = {}
        if subject is not None:
            values["subject"] = self._bounded(subject, MAX_SUBJECT)
        if summary is not None:
            values["summary"] = self._bounded(summary, MAX_SUMMARY)
        changed = write_changes(leg_sudo, values)
        if changed and leg_sudo.ticket_id:
            leg_sudo._sync_message()
            if "subject" in changed and leg_sudo.subject and leg_sudo._is_alone():
                leg_sudo.ticket_id.with_context(callgear_settlement=True).write(
                    {"name": leg_sudo.subject}
                )
            leg_sudo.ticket_id._touch()
            leg_sudo.ticket_id._allow_stage_change(leg_sudo)
            leg_sudo.ticket_id._update_from_calls()
            leg_sudo.call_id._announce()
        return leg_sudo.ticket_id.id

    # ------------------------------------------------------------------ inside

    def _as_own(self):
        """Return the leg with full rights, if it is the user's to handle.

        :raises AccessError: for a foreign leg as for one that is not there
        """
        self.ensure_one()
        # sudo: callgear.leg - calls are written by the server only; whether this agent
        # may act on this conversation is what is checked here
        leg_sudo = self.sudo().exists()
        allowed = leg_sudo and (
            leg_sudo.user_id == self.env.user
            or self.env.user.has_group("helpdesk_mgmt.group_helpdesk_manager")
        )
        if not allowed or leg_sudo.company_id not in self.env.companies:
            raise AccessError(self.env._("This is not your call."))
        return leg_sudo

    def _named(self, model, record_id, operation):
        """Return a record that the agent has named, if he may do this to it.

        :raises AccessError: for a foreign one as for one that is not there
        """
        record = self.env[model].browse(int(record_id)).exists()
        if not record or not record.has_access(operation):
            raise AccessError(
                self.env._("It does not exist any more, or you may not use it.")
            )
        return record

    def _bind(self, ticket, choice, summary=None):
        """Have the conversation stand in the ticket that the agent has chosen."""
        self.ensure_one()
        call = self.call_id
        call.connection_id._lock("session", call.session_id)
        call.connection_id._lock("caller", call.phone or call.session_id)
        if summary is not None:
            self.summary = self._bounded(summary, MAX_SUMMARY)
        if ticket == call.origin_ticket_id:
            choice = "origin"  # saving a summary there does not make it another's
        old = self.ticket_id
        if old != ticket:
            alone = old and self._is_alone()
            self.write({"ticket_id": ticket.id, "ticket_choice": choice})
            if not self.item:
                self.item = CONVERSATION
            self._sync_message()
            if alone:
                old.with_context(callgear_settlement=True).unlink()
            else:
                old._update_from_calls()
        else:
            self.ticket_choice = choice
        self._sync_message()
        if ticket.call_auto and choice == "attach":
            ticket._touch()
        ticket._allow_stage_change(self)
        call._settle()
        ticket._update_from_calls()
        call._announce()

    def _link(self, partner):
        call = self.call_id
        call.connection_id._lock("session", call.session_id)
        call.connection_id._lock("caller", call.phone or call.session_id)
        if call.phone:
            self.env["callgear.partner.phone"]._find_or_create(partner, call.phone)
        before = call.partner_id - partner
        call.write({"partner_id": partner.id, "partner_chosen": True})
        if before and call.phone:
            self.env["callgear.partner.phone"]._refresh_last_conversation(before, call)
        for ticket in call.live_leg_ids.ticket_id:
            if ticket.call_auto or not ticket.partner_id:
                ticket.with_context(callgear_settlement=True).write(
                    {
                        "partner_id": partner.id,
                        "partner_name": partner.name,
                        "partner_email": partner.email,
                    }
                )
        call._settle()
        call._announce()

    def _create_caller(self):
        call = self.call_id
        if call.partner_id:
            return call.partner_id
        if not call.phone:
            raise ValidationError(
                self.env._(
                    "The number is hidden, so there is nothing to make a contact of."
                )
            )
        name = call.contact_name or call.phone
        partner = self.env["res.partner"].create(
            {"name": name, "phone": call.phone, "company_id": call.company_id.id}
        )
        self._link(partner)
        return partner

    def _action_form(self, record):
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
            "target": "current",
        }

    def _bounded(self, text, limit):
        """Text typed by an agent, cut to what is kept of it; empty is nothing."""
        if not isinstance(text, str):
            raise ValidationError(self.env._("A text is expected."))
        return text.replace("\x00", "").strip()[:limit] or False
