# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from ..tools.quiet import quiet


class MailMessageSchedule(models.Model):
    _inherit = "mail.message.schedule"

    callgear_silent = fields.Boolean(
        string="Not to Customers",
        readonly=True,
        help="Posted because of a call: customers do not get it.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Remember of which messages customers are not to be notified later (R43)."""
        schedules = super().create(vals_list)
        silence = self.env["callgear.silence"]
        for schedule in schedules:
            message = schedule.mail_message_id
            if silence._is_silent(message.model, message.res_id):
                schedule.callgear_silent = True
        return schedules

    def _send_notifications(self, *args, **kwargs):
        silent = self.filtered("callgear_silent")
        if silent:
            with quiet():
                super(MailMessageSchedule, silent)._send_notifications(*args, **kwargs)
        rest = self - silent
        return super(MailMessageSchedule, rest)._send_notifications(*args, **kwargs)
