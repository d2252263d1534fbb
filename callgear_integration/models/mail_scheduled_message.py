# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models

from ..tools.quiet import is_quiet


class MailScheduledMessage(models.Model):
    _inherit = "mail.scheduled.message"

    @api.model_create_multi
    def create(self, vals_list):
        """Tell customers nothing later that they would not be told now (R43)."""
        messages = super().create(vals_list)
        # sudo: mail.scheduled.message - who gets it does not depend on the user
        for message_sudo in messages.sudo():
            if message_sudo._callgear_is_because_of_call():
                customers = message_sudo.partner_ids.filtered("partner_share")
                message_sudo.partner_ids -= customers
                message_sudo.is_note = True  # only colleagues follow notes
        return messages

    def _callgear_is_because_of_call(self):
        """Return whether it is planned because a call has changed its ticket."""
        Ticket = self.env["helpdesk.ticket"]
        if self.model != Ticket._name:
            return is_quiet()
        return Ticket.browse(self.res_id)._callgear_is_silent()
