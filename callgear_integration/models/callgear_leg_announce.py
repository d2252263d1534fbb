# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What an agent's open pages are told of his conversation: always the whole state."""

import hashlib
import json

from odoo import fields, models
from odoo.fields import Domain

# So many tickets of a kind are offered; so many are looked at, to find them.
MAX_TICKETS, MANY_TICKETS = 10, 40


class CallgearLeg(models.Model):
    _inherit = "callgear.leg"

    def _announce(self, contacts=None):
        """Send the state to the agent, if it is not what they were told last.

        :param contacts: all with the caller's number, if they have just been looked up
        """
        for leg in self.filtered("user_id"):
            payload = leg._payload(contacts)
            if leg._is_news("announced", {**payload, "revision": 0}):
                leg.revision += 1
                payload["revision"] = leg.revision
                leg.user_id._callgear_contact()._bus_send("callgear.call", payload)

    def _is_news(self, field, payload):
        """Whether this differs from what was last sent; from now on it is that."""
        text = json.dumps(payload, sort_keys=True, default=str)
        digest = hashlib.sha256(text.encode()).hexdigest()
        if digest == self[field]:
            return False
        self[field] = digest
        return True

    def _payload(self, contacts=None):
        """Return the conversation as its agent may see it; times in UTC, ISO 8601.

        :param contacts: all with the caller's number, if they have just been looked up
        """
        self.ensure_one()
        call = self.call_id
        # The agent's own eyes: they are shown no contact and no ticket that they may not
        # read, and all of it in their language, whoever it is that sends the news.
        agent = self.with_user(self.user_id).with_company(call.company_id)
        agent = agent.with_context(lang=agent.env["res.users"].context_get()["lang"])
        return {
            "id": self.id,
            "revision": self.revision,
            "call_id": call.id,
            "state": self.state,
            "call_state": call.state,
            "outcome": call.outcome or None,
            "direction": call.direction,
            "phone": call.phone or None,
            "number": agent.env._("hidden number")
            if not call.phone_raw
            else call._number_text(),
            "virtual_phone": call.virtual_phone or None,
            "virtual_name": call.virtual_number_id._shown_name() or None,
            "started_at": iso(self.started_at),
            "picked_up_at": iso(self.picked_up_at),
            "answered_at": iso(self.answered_at),
            "ended_at": iso(self.ended_at),
            "subject": self.subject or "",
            "summary": self.summary or "",
            "ticket_id": self.ticket_id.id or None,
            "ticket_choice": self.ticket_choice or None,
            "partner": agent._partner_payload(call.partner_id),
            "partners": agent._candidates(call, contacts),
            **agent._tickets_to_choose(call),
            **self._calling_out(agent),
        }

    def _partner_payload(self, partner):
        partner = partner.with_env(self.env)
        if not partner or not partner.has_access("read"):
            return None
        # sudo: callgear.connection - which fields to show is no secret
        names = self.sudo().connection_id._settings().popup_field_names
        readable = [
            name
            for name in names
            if (field := partner._fields.get(name))
            and partner._has_field_access(field, "read")
        ]
        return {
            "id": partner.id,
            "name": partner.display_name,
            "fields": [
                {"label": self._field_label(partner, name), "value": value}
                for name in readable
                if name != "name"  # it is the popup's title anyway
                and (value := self._field_text(partner, name))
            ],
        }

    @staticmethod
    def _field_label(partner, name):
        return partner._fields[name].get_description(partner.env, ["string"])["string"]

    @staticmethod
    def _field_text(partner, name):
        """A field of the contact as text, without what the agent may not read."""
        field, value = partner._fields[name], partner[name]
        if field.relational:
            return ", ".join(value._filtered_access("read").mapped("display_name"))
        if field.type == "selection":
            options = dict(field._description_selection(partner.env))
            return options.get(value, "")
        if field.type == "boolean":
            return partner.env._("yes") if value else ""
        return str(value or "")

    def _candidates(self, call, contacts=None):
        """All contacts with the number, the likeliest first."""
        if not call.phone:
            return []
        if contacts is None:
            # sudo: callgear.partner.phone - what is shown is checked below
            Phone = self.env["callgear.partner.phone"].sudo()
            contacts = Phone._partners(call.connection_id, call.phone)
        partners = contacts.with_env(self.env)._filtered_access("read")
        return [{"id": p.id, "name": p.display_name} for p in partners]

    def _tickets_to_choose(self, call):
        """The caller's open tickets, and those of the calls channel, the newest first."""
        partner, channels = call.partner_id, call.connection_id._channels()
        if not partner:
            return {"open_tickets": [], "call_tickets": []}
        mine = Domain("partner_id", "=", partner.id)
        is_open = Domain("stage_id.closed", "=", False)
        of_calls = Domain("channel_id", "in", channels.ids)
        tickets = self._newest_tickets(mine & (is_open | of_calls), MANY_TICKETS)
        if len(tickets) < MANY_TICKETS:
            opened = tickets.filtered_domain(is_open)
            called = tickets.filtered_domain(of_calls)
        else:  # those of the one kind may be older than all these
            opened = self._newest_tickets(mine & is_open, MAX_TICKETS)
            called = self._newest_tickets(mine & of_calls, MAX_TICKETS)
        return {
            "open_tickets": _ticket_payloads(opened[:MAX_TICKETS]),
            "call_tickets": _ticket_payloads(called[:MAX_TICKETS]),
        }

    def _newest_tickets(self, domain, limit):
        return self.env["helpdesk.ticket"].search(domain, order="id desc", limit=limit)


def _ticket_payloads(tickets):
    return [
        {
            "id": ticket.id,
            "number": ticket.number,
            "name": ticket.name,
            "stage": ticket.stage_id.display_name,
            "call_icon": ticket.call_icon or None,
        }
        for ticket in tickets
    ]


def iso(moment):
    return fields.Datetime.to_datetime(moment).isoformat() + "Z" if moment else None
