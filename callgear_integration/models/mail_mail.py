# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from itertools import chain

from odoo import api, models
from odoo.tools import email_normalize, email_split

from ..tools.quiet import is_quiet


class MailMail(models.Model):
    _inherit = "mail.mail"

    @api.model_create_multi
    def create(self, vals_list):
        """Send customers nothing because of a call; colleagues get their e-mails (R43).

        This is the last door: e-mails that templates, automation rules and other addons
        make without posting a message.
        """
        mails = super().create(vals_list)
        for mail in mails:
            if mail._callgear_is_because_of_call():
                mail._callgear_drop_customers()
        return mails

    def _callgear_is_because_of_call(self):
        """Return whether it is sent because a call has changed its ticket."""
        return is_quiet() or self._callgear_ticket()._callgear_is_silent()

    def _callgear_ticket(self):
        """Return the ticket that it is about, or none; in sudo mode."""
        # sudo: helpdesk.ticket - who gets an e-mail does not depend on the user
        ticket_sudo = self.env["helpdesk.ticket"].sudo()
        about = self.model == ticket_sudo._name and self.res_id
        return ticket_sudo.browse(about or ())

    def _callgear_drop_customers(self):
        """Remove recipients who are customers; cancel it if nobody is left."""
        # sudo: mail.mail - as for the ticket
        mail_sudo = self.sudo()
        customers_sudo = mail_sudo.recipient_ids.filtered("partner_share")
        fields = ("email_to", "email_cc")
        listed = {name: email_split(mail_sudo[name] or "") for name in fields}
        theirs = self._callgear_customers_addresses({*chain(*listed.values())})
        if not customers_sudo and not theirs:
            return
        mail_sudo.recipient_ids -= customers_sudo
        mail_sudo.partner_ids -= customers_sudo
        for name, emails in listed.items():
            if theirs.isdisjoint(emails):
                continue
            kept = [email for email in emails if email not in theirs]
            mail_sudo[name] = ", ".join(kept) or False
        if not mail_sudo.recipient_ids and not any(mail_sudo[name] for name in fields):
            reason = self.env._("Customers get no e-mails because of calls.")
            mail_sudo.write({"state": "cancel", "failure_reason": reason})

    def _callgear_customers_addresses(self, emails):
        """Return those of the addresses that are a customer's.

        One that nobody is known by may be a mailbox of colleagues, and is none.
        """
        normalized = {email: email_normalize(email) or email for email in emails}
        # sudo: res.partner - as for the ticket
        found = dict(
            self.env["res.partner"]
            .sudo()
            .with_context(active_test=False)
            ._read_group(
                [("email_normalized", "in", list(normalized.values()))],
                ["email_normalized"],
                ["partner_share:bool_and"],
            )
        )
        asked_by = email_normalize(self._callgear_ticket().partner_email or "")
        if asked_by:
            found.setdefault(asked_by, True)
        return {email for email in emails if found.get(normalized[email])}
