# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging

from odoo import api, fields, models
from odoo.tools import ormcache

from ..client_input import for_clients
from ..tools.chosen_id import chosen_id
from ..tools.phone_fields import is_phone_name, phone_field_paths
from ..tools.phone_number import line_key, read

_logger = logging.getLogger(__name__)

# Fields with these prefixes are shown to nobody who talks to the contact.
_NOT_SHOWN = ("message_", "activity_", "access_", "signup_")


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "callgear.dial.mixin"]

    callgear_is_kept = fields.Boolean(
        string="Calls Exempt from Deletion",
        copy=False,
        groups="helpdesk_mgmt.group_helpdesk_manager",
        help="Nothing of the contact's calls is deleted, however long such things are kept.",
    )
    _callgear_kept_idx = models.Index("(id) WHERE callgear_is_kept")
    callgear_phone_ids = fields.One2many(
        "callgear.partner.phone",
        "partner_id",
        string="Further Numbers",
        domain=[("origin", "=", "added")],
        groups="base.group_user",
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

    # ---------------------------------------------------------------- phone fields

    @api.model
    @ormcache(cache="templates")  # cleared when a view or a field changes
    def _callgear_phone_fields(self):
        """Return the names of the fields with phone numbers, whoever has added them.

        They are those that views show as phone numbers, those of a type of their own,
        those that Odoo's own addons name, and manual ones that are called so.
        """
        names = ["phone", "mobile", "phone2"]
        if hasattr(self, "_phone_get_number_fields"):
            names += self._phone_get_number_fields()
        names += [
            name
            for name, field in self._fields.items()
            if "phone" in field.type or (field.manual and is_phone_name(name))
        ]
        names += sorted(self._callgear_fields_shown_as_phone())
        return tuple(n for n in dict.fromkeys(names) if self._callgear_is_text(n))

    @api.model
    def _callgear_is_text(self, name):
        field = self._fields.get(name)
        return bool(field) and (field.type in ("char", "text") or "phone" in field.type)

    @api.model
    def _callgear_fields_shown_as_phone(self):
        """Return the names of the fields with a phone widget in any view of contacts."""
        # sudo: ir.ui.view - a number is a number, whoever may see it
        View = self.env["ir.ui.view"].sudo()
        views = View.search(
            [
                ("model", "=", "res.partner"),
                ("mode", "=", "primary"),
                ("type", "in", ("form", "list", "kanban")),
            ]
        )
        names = set()
        for view in views:
            try:
                arch = view._get_combined_arch()
            except ValueError:  # a faulty view of somebody else
                _logger.info("CallGear: view %s cannot be read", view.id)
                continue
            for path in phone_field_paths(arch):
                if self._callgear_model_of(path[:-1]) == self._name:
                    names.add(path[-1])
        return names

    @api.model
    def _callgear_model_of(self, path):
        """Return the name of the model to which a path of relations leads."""
        model = self
        for name in path:
            field = model._fields.get(name)
            if not field or field.comodel_name not in self.env:
                return None
            model = self.env[field.comodel_name]
        return model._name

    @api.model
    @ormcache(cache="templates")
    def _callgear_computed_phone_fields(self):
        """Return the phone fields that change without being written by name."""
        names = self._callgear_phone_fields()
        return tuple(n for n in names if self._fields[n].compute)

    def _callgear_with_other_numbers(self, names):
        """Return the contacts whose numbers depend on fields of these.

        :param names: names of the fields that have been changed
        """
        if {*self._callgear_phone_fields(), "country_id", "company_id"} & names:
            partners = self
        else:
            partners = self.browse()
        computed = [self._fields[n] for n in self._callgear_computed_phone_fields()]
        if computed:
            changed = [self._fields[name] for name in names if name in self._fields]
            tree = self.pool.get_trigger_tree(changed, select=computed.__contains__)
            for field, records, _created in self._modified_triggers(tree):
                if field in computed:
                    partners |= records
        return partners

    # --------------------------------------------------------------------- numbers

    def _callgear_countries(self, connections):
        """Return the ISO codes of the countries that a national number may belong to.

        :param connections: ``callgear.connection`` records; the contact may be empty
        :return: list, the most probable first
        """
        own = connections.filtered(lambda c: c.company_id == self.company_id)
        company = self.company_id or connections.company_id or self.env.company
        countries = self.country_id | own.country_id | connections.country_id
        return (countries | company.country_id).mapped("code")

    def _callgear_read_numbers(self, connections):
        """Read what stands in the phone fields of the contacts.

        :param connections: all ``callgear.connection`` records
        :return: iterator of tuples, for each field that is filled: the contact, the name
            of the field, its text, the ``Reading``
        """
        names = self._callgear_phone_fields()
        # Thousands of contacts are of a few countries and companies.
        countries = {}
        for partner in self:
            for name in names:
                if not (text := partner[name]):
                    continue
                whose = partner.country_id, partner.company_id
                if whose not in countries:
                    countries[whose] = partner._callgear_countries(connections)
                yield partner, name, text, read(text, *countries[whose])

    @api.model
    def _callgear_connections(self):
        """Return all connections, in sudo mode."""
        # sudo: callgear.connection - their countries are not secret
        # A company has a connection or two.  pylint: disable-next=no-search-all
        return self.env["callgear.connection"].sudo().search([])

    @for_clients(one=True)
    @api.readonly
    def callgear_numbers(self):
        """Return the contact's numbers, then those of the contact's company.

        :return: list of dicts, see ``callgear.dial.mixin``
        """
        self.ensure_one()
        return self._callgear_all_numbers()[self]

    def _callgear_all_numbers(self):
        """Return the same for each contact: dict, contact → list."""
        companies = self.commercial_partner_id._filtered_access("read")
        own = (self | companies)._callgear_own_numbers()
        numbers = {}
        for partner in self:
            whose = partner | (partner.commercial_partner_id & companies)
            by_line = {}
            for number in (number for one in whose for number in own[one]):
                by_line.setdefault(line_key(number["phone"]), number)
            numbers[partner] = list(by_line.values())
        return numbers

    def _callgear_own_numbers(self):
        """Return the numbers of each contact that the user may see, without its company's.

        :return: dict, contact → list of dicts, see ``callgear.dial.mixin``
        """
        connections = self._callgear_connections()
        return {
            partner: [
                {"phone": number, "label": label, "name": partner.name}
                for label, number in partner._callgear_labelled_numbers(connections)
            ]
            for partner in self
        }

    def _callgear_usual_numbers(self):
        return {
            partner: numbers[0]["phone"]
            for partner, numbers in self._callgear_all_numbers().items()
            if len(numbers) == 1
        }

    def _callgear_labelled_numbers(self, connections):
        # sudo: res.partner - only the countries
        countries = self.sudo()._callgear_countries(connections)
        for name in self._callgear_phone_fields():
            field = self._fields[name]
            if not self._has_field_access(field, "read"):
                continue
            label = field.get_description(self.env, ["string"])["string"]
            for number in read(self[name], *countries).numbers:
                yield label, number
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
        if any(not name.startswith(_NOT_SHOWN) for name in vals):
            self.env["callgear.announcer"]._note_news_of_callers(partners=self)
        # sudo: callgear.partner.phone - kept up to date whoever changes a contact
        Phone = self.env["callgear.partner.phone"].sudo()
        changed = self.sudo()._callgear_with_other_numbers(vals.keys())
        if changed:
            Phone._sync_with_partners(changed)
        if {"active", "company_id"} & vals.keys():
            Phone._announce_numbers(self._callgear_known_numbers())
        return result

    def unlink(self):
        numbers = self._callgear_known_numbers()
        result = super().unlink()
        # sudo: callgear.partner.phone - kept up to date whoever deletes a contact
        self.env["callgear.partner.phone"].sudo()._announce_numbers(numbers)
        return result

    @for_clients(one=True)
    def action_callgear_personal_data(self):
        """Open what is held about the contact by calls, to be exported or erased.

        :raises AccessError: the user is no CallGear administrator
        """
        self.ensure_one()
        return self.env["callgear.personal.data"]._action(self)

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
        views = [
            (
                self.env.ref(
                    f"callgear_integration.res_partner_view_{kind}_callgear"
                ).id,
                kind,
            )
            for kind in ("list", "kanban")
        ]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Find the Contact"),
            "res_model": "res.partner",
            "views": [*views, (False, "form")],
            "mobile_view_mode": "kanban",
            "context": context,
            "target": "current",
        }

    @for_clients(one=True)
    def action_callgear_link(self):
        """Link this contact to what the context names: a conversation, call or ticket.

        ``callgear_leg_id``, ``callgear_call_id`` or ``callgear_ticket_id``.

        :return: action that opens the contact, or the ticket
        :raises AccessError: the conversation is not the user's, nor the ticket
        """
        self.ensure_one()
        context = self.env.context
        if ticket_id := chosen_id(context.get("callgear_ticket_id")):
            ticket = self.env["helpdesk.ticket"].browse(ticket_id)
            return ticket.callgear_link_partner(self.id)
        if call_id := chosen_id(context.get("callgear_call_id")):
            return self.env["callgear.call"].browse(call_id).link_partner(self.id)
        leg_id = chosen_id(context.get("callgear_leg_id"))
        return self.env["callgear.leg"].browse(leg_id or ()).link_partner(self.id)

    @for_clients(one=True)
    def action_callgear_calls(self):
        """Return the action that opens the calls with this contact."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "callgear_integration.callgear_call_action"
        )
        action["domain"] = [("partner_id", "=", self.id)]
        return action
