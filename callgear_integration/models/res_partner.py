# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from ..tools.phone_number import all_e164


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "callgear.dial.mixin"]

    callgear_phone_ids = fields.One2many(
        "callgear.partner.phone",
        "partner_id",
        string="Further Numbers",
        domain=[("origin", "=", "added")],
        help="Numbers of this contact learned from calls.",
    )
    call_count = fields.Integer(
        compute="_compute_call_count", groups="helpdesk_mgmt.group_helpdesk_user_own"
    )

    def _compute_call_count(self):
        counts = dict(
            self.env["callgear.call"]._read_group(
                [("partner_id", "in", self.ids)], ["partner_id"], ["__count"]
            )
        )
        for partner in self:
            partner.call_count = counts.get(partner, 0)

    @api.model
    def _callgear_phone_fields(self):
        """Return the names of the phone fields, also those that other addons add."""
        return [name for name in ("phone", "mobile", "phone2") if name in self._fields]

    def _callgear_numbers(self, names, here):
        """Return all numbers in phone fields of the contact.

        :param names: names of the fields
        :param here: ``res.country`` records that a national number may belong to, after
            those of the contact and its company
        :return: list of str, E.164, each once
        """
        self.ensure_one()
        countries = self.country_id | self.company_id.country_id | here
        codes = countries.mapped("code")
        numbers = [n for name in names for n in all_e164(self[name], *codes)]
        return list(dict.fromkeys(numbers))

    @api.readonly
    def callgear_numbers(self):
        """Return the contact's numbers, then those of the contact's company.

        :return: list of dicts, see ``callgear.dial.mixin``
        """
        self.ensure_one()
        # sudo: callgear.connection - their countries are not secret
        # A company has a connection or two.  pylint: disable-next=no-search-all
        connections_sudo = self.env["callgear.connection"].sudo().search([])
        here = connections_sudo.country_id | self.env.company.country_id
        found = {}
        whose = self | self.commercial_partner_id._filtered_access("read")
        for partner in whose:
            for label, number in partner._callgear_labelled_numbers(here):
                number = {"phone": number, "label": label, "name": partner.name}
                found.setdefault(number["phone"], number)
        return list(found.values())

    def _callgear_labelled_numbers(self, here):
        for name in self._callgear_phone_fields():
            field = self._fields[name].get_description(self.env, ["string"])
            for number in self._callgear_numbers([name], here):
                yield field["string"], number
        for row in self.callgear_phone_ids:
            yield self.env._("From a call"), row.number

    def _callgear_parties(self):
        return self, self.env["helpdesk.ticket"]

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        names = self._callgear_phone_fields()
        with_number = partners.filtered(lambda p: any(p[name] for name in names))
        if with_number:
            # sudo: callgear.partner.phone - kept up to date whoever creates a contact
            Phone = self.env["callgear.partner.phone"].sudo()
            Phone._sync_with_partners(with_number.sudo())
        return partners

    def write(self, vals):
        result = super().write(vals)
        # sudo: callgear.partner.phone - kept up to date whoever changes a contact
        Phone = self.env["callgear.partner.phone"].sudo()
        if {*self._callgear_phone_fields(), "country_id", "company_id"} & vals.keys():
            Phone._sync_with_partners(self.sudo())
        if {"active", "company_id"} & vals.keys():
            Phone._announce_numbers(self._callgear_known_numbers())
        return result

    def unlink(self):
        numbers = self._callgear_known_numbers()
        result = super().unlink()
        # sudo: callgear.partner.phone - kept up to date whoever deletes a contact
        self.env["callgear.partner.phone"].sudo()._announce_numbers(numbers)
        return result

    def _callgear_known_numbers(self):
        """Return the numbers by which callers are recognised as these contacts."""
        # sudo: callgear.partner.phone - the index, whoever changes a contact
        Phone = self.env["callgear.partner.phone"].sudo()
        return Phone.search([("partner_id", "in", self.ids)]).mapped("number")

    @api.model
    def _callgear_browse_chosen(self, partner_id):
        """Return a contact that an agent has chosen, if they may read it.

        :raises AccessError: they may not, or there is no such contact (the same text)
        """
        return self.env["callgear.leg"]._browse_chosen(self._name, partner_id, "read")

    @api.model
    def _callgear_action_find(self, **context):
        """Return the action that opens the list to choose a caller's contact (R13).

        :param context: what is linked to it, see ``action_callgear_link``
        """
        view = self.env.ref("callgear_integration.res_partner_view_list_callgear")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Find the Contact"),
            "res_model": "res.partner",
            "views": [(view.id, "list"), (False, "form")],
            "context": context,
            "target": "current",
        }

    def action_callgear_link(self):
        """Link this contact to what the context names: a conversation, call or ticket.

        ``callgear_leg_id``, ``callgear_call_id`` or ``callgear_ticket_id``.

        :return: action that opens the contact, or the ticket
        :raises AccessError: the conversation is not the user's, nor the ticket
        """
        self.ensure_one()
        context = self.env.context
        if ticket_id := context.get("callgear_ticket_id"):
            ticket = self.env["helpdesk.ticket"].browse(ticket_id)
            return ticket.callgear_link_partner(self.id)
        if call_id := context.get("callgear_call_id"):
            return self.env["callgear.call"].browse(call_id).link_partner(self.id)
        leg = self.env["callgear.leg"].browse(context.get("callgear_leg_id"))
        return leg.link_partner(self.id)

    def action_callgear_calls(self):
        """Return the action that opens the calls with this contact."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "callgear_integration.callgear_call_action"
        )
        action["domain"] = [("partner_id", "=", self.id)]
        return action
