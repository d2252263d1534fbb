# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from contextlib import contextmanager

from odoo import api, models
from odoo.tools import email_normalize

from ..tools.phone_number import line_key, read
from ..tools.quiet import SILENT, is_quiet, quiet

# Values of the state of messages that wait to be sent, and of those that never will be.
OUTGOING = "outgoing"
_WAITING = {OUTGOING, "pending", "queue", "queued", "to_send", "scheduled", "ready"}
_CANCELLED = ("cancel", "canceled", "cancelled")
# A field with one of these in its name, and a text in it, is the recipient's number.
_NUMBERS = ("number", "phone", "mobile")
_NOT_A_RECIPIENT = ("author", "create_", "write_")


class CallgearSilence(models.AbstractModel):
    """Knows who is a customer, and which messages are sent because of a call (R43).

    Other addons send by ways that are not known here: as SMS, letters, by messengers. What
    they have in common is a record that waits to be sent; it is cancelled if it is for a
    customer. Colleagues, and addresses and numbers that nobody is known by, get theirs.
    """

    _name = "callgear.silence"
    _description = "No Message to Customers because of Calls"

    # ------------------------------------------------------------ because of a call

    @api.model
    @contextmanager
    def _hush(self, wanted=True):
        """Inside, customers get no messages if that is wanted, here or further outside.

        What automation rules do because of computed fields, they do when these are
        computed, which may be as late as the commit. So those that follow what was changed
        before act first, and those that follow what is changed inside act inside.
        """
        has_rules = wanted and not is_quiet() and "base.automation" in self.env
        if has_rules:
            self.env.flush_all()
        with quiet(wanted):
            yield
            if has_rules:
                self.env.flush_all()

    @api.model
    def _is_possible(self):
        """Return whether calls work in silence, or have in this transaction."""
        return is_quiet() or bool(self.env.cr.precommit.data.get(SILENT))

    @api.model
    def _is_silent(self, model, res_id):
        """Return whether customers get no message now that is about a record."""
        if is_quiet():
            return True
        silent = self.env.cr.precommit.data.get(SILENT, ())
        return model == "helpdesk.ticket" and res_id in silent

    @api.model
    def _silent_tickets(self):
        """Return the tickets that calls have changed in this transaction; in sudo mode."""
        # sudo: helpdesk.ticket - who gets a message does not depend on the user
        ids = self.env.cr.precommit.data.get(SILENT, ())
        return self.env["helpdesk.ticket"].sudo().browse(ids).exists()

    # ------------------------------------------------------------- who is a customer

    @api.model
    def _without_customers(self, ids):
        """Return those of the ids of contacts that are no customer's."""
        # sudo: res.partner - whether it is a customer does not depend on the user
        partners_sudo = self.env["res.partner"].sudo().browse(ids or ())
        return partners_sudo.filtered(lambda p: not p.partner_share).ids

    @api.model
    def _customers_addresses(self, emails, asked_by=None):
        """Return those of the addresses that are a customer's.

        One that nobody is known by may be a mailbox of colleagues, and is none.

        :param asked_by: address of whoever has asked, a contact or not
        """
        normalized = {email: email_normalize(email) or email for email in emails}
        found = self._share_by("email_normalized", list(normalized.values()))
        if asked_by := email_normalize(asked_by or ""):
            found.setdefault(asked_by, True)
        return {email for email in emails if found.get(normalized[email])}

    @api.model
    def _customers_numbers(self, numbers):
        """Return those of the numbers that are a customer's: a contact's, or a caller's."""
        # sudo: res.partner - which countries numbers are read with
        Partner = self.env["res.partner"].sudo()
        connections = Partner._callgear_connections()
        countries = Partner._callgear_countries(connections)
        lines = {
            number: [line_key(found) for found in read(number, *countries).numbers]
            for number in numbers
            if number
        }
        wanted = [line for found in lines.values() for line in found]
        # sudo: callgear.partner.phone, callgear.call - as above
        Phone = self.env["callgear.partner.phone"].sudo()
        Call = self.env["callgear.call"].sudo()
        rows = Phone.search([("line_key", "in", wanted)])
        colleagues = rows.filtered(lambda row: not row.partner_id.partner_share)
        callers = Call._read_group(
            [
                ("connection_id", "in", connections.ids),
                ("line_key", "in", wanted),
                ("is_internal", "=", False),
            ],
            ["line_key"],
        )
        theirs = {*rows.mapped("line_key"), *(line for (line,) in callers)}
        theirs -= {*colleagues.mapped("line_key")}
        return {number for number, found in lines.items() if theirs & {*found}}

    @api.model
    def _share_by(self, name, values):
        """Return dict, value of a field of contacts → whether all are customers."""
        # sudo: res.partner - whether it is a customer does not depend on the user
        Partner = self.env["res.partner"].sudo().with_context(active_test=False)
        found = [(name, "in", values)]
        return dict(Partner._read_group(found, [name], ["partner_share:bool_and"]))

    # ----------------------------------------------------------- what others send

    @api.model
    def _cancel_messages(self, records):
        """Cancel messages to customers that have been made because of a call.

        :param records: new or changed records of any model
        """
        states = self._states_of(records)
        if not states:
            return
        waiting, cancelled = states
        # sudo: of any model - what is sent does not depend on the user
        for record_sudo in records.sudo():
            if record_sudo.state in waiting and self._is_unwanted(record_sudo):
                record_sudo.state = cancelled

    @api.model
    def _states_of(self, records):
        """Return the waiting states and the cancelled one of messages; None of others."""
        field = records._fields.get("state")
        if not field or field.type != "selection" or records._name == "mail.mail":
            return None  # e-mails have several recipients, see mail.mail
        values = field.get_values(self.env)
        waiting = _WAITING.intersection(values)
        cancelled = next((value for value in _CANCELLED if value in values), None)
        is_message = OUTGOING in waiting or bool(_references(records, "mail.message"))
        return (waiting, cancelled) if waiting and cancelled and is_message else None

    @api.model
    def _is_unwanted(self, record):
        """Return whether a message is for a customer, and is made because of a call."""
        # sudo: res.partner - as in _without_customers
        partners = self.env["res.partner"].sudo()
        for name in _references(record, partners._name):
            partners |= record[name]
        if not self._is_about_call(record, partners):
            return False
        if partners:
            return bool(partners.filtered("partner_share"))
        numbers = [
            record[name]
            for name, field in record._fields.items()
            if field.type == "char" and field.store and record[name]
            if any(word in name for word in _NUMBERS)
        ]
        return bool(self._customers_numbers(numbers))

    @api.model
    def _is_about_call(self, record, partners):
        """Return whether a message is made because of a call.

        After the work on the call, it is if it is about its ticket; or about no record, but
        for the ticket's contact.
        """
        if is_quiet():
            return True
        # sudo: helpdesk.ticket - as in _silent_tickets
        tickets, silent = self.env["helpdesk.ticket"].sudo(), self._silent_tickets()
        for name in _references(record, tickets._name):
            tickets |= record[name]
        for name in _references(record, "mail.message"):
            for message in record[name].filtered(lambda m: m.model and m.res_id):
                if message.model != tickets._name:
                    return False
                tickets |= tickets.browse(message.res_id)
        if tickets:
            return bool(tickets & silent)
        return bool(partners & silent.partner_id)


def _references(records, comodel):
    """Return the names of the stored fields that refer to a model."""
    return [
        name
        for name, field in records._fields.items()
        if field.relational
        and field.type != "one2many"
        and field.store
        and field.comodel_name == comodel
        and not name.startswith(_NOT_A_RECIPIENT)
    ]
