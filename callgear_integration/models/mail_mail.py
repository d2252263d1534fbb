# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from itertools import chain

from odoo import Command, api, models
from odoo.tools import email_split

_RECIPIENTS = {"recipient_ids", "email_to", "email_cc"}


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

    def write(self, vals):
        """The same for recipients that an e-mail gets later."""
        result = super().write(vals)
        if _RECIPIENTS & vals.keys():
            for mail in self:
                if mail._callgear_is_because_of_call():
                    mail._callgear_drop_customers()
        return result

    def _callgear_is_because_of_call(self):
        """Return whether it is sent because a call has changed its ticket.

        After the work on the call, one about no record is, if it is for the ticket's contact.
        """
        silence = self.env["callgear.silence"]
        if not silence._is_possible():
            return False
        # sudo: mail.mail - who gets an e-mail does not depend on the user
        mail_sudo = self.sudo()
        if silence._is_silent(mail_sudo.model, mail_sudo.res_id):
            return True
        if mail_sudo.model and mail_sudo.res_id:
            return False
        tickets_sudo = silence._silent_tickets()
        asked = set(tickets_sudo.mapped("partner_email")) - {False}
        listed = email_split(f"{mail_sudo.email_to or ''},{mail_sudo.email_cc or ''}")
        return bool(
            mail_sudo.recipient_ids & tickets_sudo.partner_id
            or asked.intersection(listed)
        )

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
        theirs = self.env["callgear.silence"]._customers_addresses(
            {*chain(*listed.values())}, self._callgear_ticket().partner_email
        )
        vals = {}
        if customers_sudo:
            drop = [Command.unlink(id_) for id_ in customers_sudo.ids]
            vals = {"recipient_ids": drop, "partner_ids": drop}
        for name, emails in listed.items():
            if not theirs.isdisjoint(emails):
                kept = [email for email in emails if email not in theirs]
                vals[name] = ", ".join(kept) or False
        if not vals:
            return
        mail_sudo.write(vals)
        if not mail_sudo.recipient_ids and not any(mail_sudo[name] for name in fields):
            reason = self.env._("Customers get no emails because of calls.")
            mail_sudo.write({"state": "cancel", "failure_reason": reason})
