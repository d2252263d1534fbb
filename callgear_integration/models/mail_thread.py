# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.tools import email_split


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def message_post(self, **kwargs):
        """Post without customers among the recipients, because of a call (R43)."""
        if self._callgear_is_silent():
            kwargs = self._callgear_without_customers(kwargs)
            if kwargs.get("message_type") == "sms" and not (
                kwargs["partner_ids"] or kwargs["sms_numbers"]
            ):
                return self.env["mail.message"]
        return super().message_post(**kwargs)

    def message_notify(self, *, partner_ids=False, **kwargs):
        """Notify only colleagues, because of a call."""
        if self._callgear_is_silent():
            silence = self.env["callgear.silence"]
            partner_ids = silence._without_customers(partner_ids)
            if not partner_ids:
                return self.env["mail.message"]
        return super().message_notify(partner_ids=partner_ids, **kwargs)

    def _callgear_is_silent(self):
        """Return whether customers get no message about the record now."""
        return self.env["callgear.silence"]._is_silent(self._name, self.id)

    def _callgear_without_customers(self, kwargs):
        """Return the parameters of ``message_post`` without customers as recipients."""
        silence = self.env["callgear.silence"]
        kept = {**kwargs}
        kept["partner_ids"] = silence._without_customers(kwargs.get("partner_ids"))
        if listed := kwargs.get("outgoing_email_to"):
            emails = email_split(listed)
            theirs = silence._customers_addresses(emails)
            kept["outgoing_email_to"] = ", ".join(
                email for email in emails if email not in theirs
            )
        if "sms_numbers" in kwargs or kwargs.get("message_type") == "sms":
            numbers = [number for number in kwargs.get("sms_numbers") or [] if number]
            theirs = silence._customers_numbers(numbers)
            kept["sms_numbers"] = [n for n in numbers if n not in theirs]
        return kept

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Notify only colleagues of what is posted because of a call."""
        recipients = super()._notify_get_recipients(message, msg_vals, **kwargs)
        if not self._callgear_is_silent():
            return recipients
        # Addresses have no contact; each counts as shared, a mailbox of colleagues as well.
        addresses = {r["email_normalized"] for r in recipients if not r["id"]}
        theirs = addresses and self.env["callgear.silence"]._customers_addresses(
            addresses, self._callgear_asked_by()
        )
        return [
            recipient
            for recipient in recipients
            if not recipient["share"]
            or (not recipient["id"] and recipient["email_normalized"] not in theirs)
        ]

    def _callgear_asked_by(self):
        """Return the e-mail address of whoever has asked in a ticket, or a false value."""
        return self._name == "helpdesk.ticket" and self.partner_email
