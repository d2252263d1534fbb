# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What an agent's open pages are told of his conversation: always the whole state."""

import hashlib
import json

from odoo import fields, models

from .callgear_phone import MAX_CANDIDATES

MAX_OPEN_TICKETS = 10


class CallgearLeg(models.Model):
    _inherit = "callgear.leg"

    def _announce(self):
        """Send the state to the agent, if it is not what he was told last."""
        for leg in self.filtered("user_id"):
            payload = leg._payload()
            if leg._is_news("announced", {**payload, "revision": 0}):
                leg.revision += 1
                payload["revision"] = leg.revision
                leg.user_id._bus_send("callgear.call", payload)

    def _is_news(self, field, payload):
        """Whether this differs from what was last sent; from now on it is that."""
        text = json.dumps(payload, sort_keys=True, default=str)
        digest = hashlib.sha256(text.encode()).hexdigest()
        if digest == self[field]:
            return False
        self[field] = digest
        return True

    def _payload(self):
        """Return the conversation as its agent may see it; times in UTC, ISO 8601."""
        self.ensure_one()
        call = self.call_id
        # The agent's own eyes: he is shown no contact and no ticket that he may not read,
        # and all of it in his language, whoever it is that sends the news.
        agent = self.with_user(self.user_id).with_company(call.company_id)
        agent = agent.with_context(lang=self.user_id.lang)
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
            # sudo: callgear.number - its name is there to be shown
            "virtual_name": call.virtual_number_id.sudo().name or None,
            "started_at": iso(self.started_at),
            "picked_up_at": iso(self.picked_up_at),
            "answered_at": iso(self.answered_at),
            "ended_at": iso(self.ended_at),
            "subject": self.subject or "",
            "summary": self.summary or "",
            "ticket_id": self.ticket_id.id or None,
            "ticket_choice": self.ticket_choice or None,
            "partner": agent._partner_payload(call.partner_id),
            "partners": agent._candidates(call),
            "open_tickets": agent._open_tickets(call.partner_id),
            "call_tickets": agent._call_tickets(call),
            **self._calling_out(agent),
        }

    def _partner_payload(self, partner):
        partner = partner.with_env(self.env)
        if not partner or not partner.has_access("read"):
            return None
        # sudo: callgear.connection - which fields to show is no secret
        names = self.sudo().connection_id._popup_field_names()
        return {
            "id": partner.id,
            "name": partner.display_name,
            "fields": [
                {"label": self._field_label(partner, name), "value": value}
                for name in names
                if name != "name"  # it is the popup's title anyway
                and (value := self._field_text(partner, name))
            ],
        }

    @staticmethod
    def _field_label(partner, name):
        return partner._fields[name].get_description(partner.env, ["string"])["string"]

    @staticmethod
    def _field_text(partner, name):
        """A field of the contact as text; nothing if the agent may not read it."""
        field = partner._fields.get(name)
        if not field or not partner._has_field_access(field, "read"):
            return ""
        value = partner[name]
        if field.relational:
            return ", ".join(value.mapped("display_name"))
        if field.type == "selection":
            options = dict(field._description_selection(partner.env))
            return options.get(value, "")
        if field.type == "boolean":
            return partner.env._("yes") if value else ""
        return str(value or "")

    def _candidates(self, call):
        """All contacts with the number, the likeliest first."""
        if not call.phone:
            return []
        # sudo: callgear.phone - the index; what is shown of it is checked below
        Phone = self.env["callgear.phone"].sudo()
        partners = Phone._partners(call.connection_id, call.phone, MAX_CANDIDATES)
        partners = partners.with_env(self.env)._filtered_access("read")
        return [{"id": p.id, "name": p.display_name} for p in partners]

    def _open_tickets(self, partner):
        if not partner:
            return []
        return self._ticket_payloads(
            [("partner_id", "=", partner.id), ("stage_id.closed", "=", False)]
        )

    def _call_tickets(self, call):
        """The caller's tickets of the calls channel, to which the call may belong."""
        partner = call.partner_id
        channels = call.connection_id._channels()
        if not partner:
            return []
        return self._ticket_payloads(
            [("partner_id", "=", partner.id), ("channel_id", "in", channels.ids)]
        )

    def _ticket_payloads(self, domain):
        tickets = self.env["helpdesk.ticket"].search(
            domain, order="id desc", limit=MAX_OPEN_TICKETS
        )
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
