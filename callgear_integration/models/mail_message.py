# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class MailMessage(models.Model):
    _inherit = "mail.message"

    def _extras_to_store(self, store, format_reply):
        """Give call messages what their card is drawn from."""
        super()._extras_to_store(store, format_reply=format_reply)
        messages = self.filtered(lambda message: message.model == "helpdesk.ticket")
        if not messages or not store.target.is_internal(self.env):
            return
        # sudo: callgear.leg - the card is the content of a message that may be read
        legs_sudo = self.env["callgear.leg"].sudo()
        announcer_sudo = self.env["callgear.announcer"].sudo()
        for leg_sudo in legs_sudo.search([("message_id", "in", messages.ids)]):
            message = self.browse(leg_sudo.message_id.id)
            store.add(message, {"callgear_call": announcer_sudo._card(leg_sudo)})
