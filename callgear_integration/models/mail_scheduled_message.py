# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from ..tools.hand import Hand, current_hand
from ..tools.quiet import is_quiet, quiet


class MailScheduledMessage(models.Model):
    _inherit = "mail.scheduled.message"

    callgear_silent = fields.Boolean(
        string="Not to Customers",
        readonly=True,
        help="Scheduled because of a call: customers do not get it.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Remember which messages are planned because of a call (R43)."""
        messages = super().create(vals_list)
        silence = self.env["callgear.silence"]
        silent = messages.filtered(lambda m: silence._is_silent(m.model, m.res_id))
        if silent:
            silent.callgear_silent = True
        return messages

    def write(self, vals):
        """Whoever edits a message means to send it."""
        if current_hand() == Hand.PERSON and not is_quiet():
            vals = {"callgear_silent": False, **vals}
        return super().write(vals)

    def post_message(self):
        """Whoever sends a message at once means to send it."""
        if self.callgear_silent and not is_quiet():
            self.callgear_silent = False
        return super().post_message()

    def _post_message(self, *args, **kwargs):
        silent = self.filtered("callgear_silent")
        if silent:
            with quiet():
                super(MailScheduledMessage, silent)._post_message(*args, **kwargs)
        rest = self - silent
        return super(MailScheduledMessage, rest)._post_message(*args, **kwargs)
