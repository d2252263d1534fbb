# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import api, fields, models

from .callgear_call import SILENT_HOURS

# A phone rings no longer; without this a lost notification would ring for hours.
RINGING_MINUTES = 5


class ResUsers(models.Model):
    _inherit = "res.users"

    @api.model
    def callgear_current_calls(self):
        """Return the state of each conversation that the user has at the moment.

        What the popups show after a reload: the same payloads as on the bus.
        """
        now = fields.Datetime.now()
        # sudo: callgear.leg - the user's own conversations
        legs_sudo = self.env["callgear.leg"].sudo().search(
            [
                ("user_id", "=", self.env.uid),
                ("state", "!=", "ended"),
                ("call_id.state", "!=", "ended"),
                ("call_id.is_internal", "=", False),
                ("call_id.last_event_at", ">", now - timedelta(hours=SILENT_HOURS)),
                "|",
                ("state", "=", "talking"),
                ("known_at", ">", now - timedelta(minutes=RINGING_MINUTES)),
            ],
            limit=20,
        )
        return [leg._payload() for leg in legs_sudo]
