# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R38 with Helpdesk Ticket SLA: the words of the statistics mention SLAs."""

from odoo import api, models


class CallgearStatistics(models.Model):
    _inherit = "callgear.statistics"

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        """Replace the help of SLA measures by one that mentions SLAs.

        The fields are not redefined: then Odoo would store the new help, keep the old
        translation, and keep the new help when this addon is uninstalled.
        """
        found = super().fields_get(allfields, attributes)
        for name, text in self._sla_help().items():
            if "help" in found.get(name, {}):
                found[name]["help"] = text
        return found

    def _sla_help(self):
        return {
            "sla_first_reply_breached": self.env._(
                "Tickets whose first reply, in the period, came after the earliest "
                "deadline of their SLAs that lead to a stage which is not closed, or "
                "whose SLA expired. Without such an SLA, the team's target time counts. "
                "Call tickets are left out."
            ),
            "sla_first_reply_due": self.env._(
                "Tickets with a first reply in the period for which an SLA or the team "
                "sets a time."
            ),
            "sla_closing_breached": self.env._(
                "Tickets closed in the period after the earliest deadline of their SLAs "
                "that lead to a closed stage, or whose SLA expired. Without such an SLA, "
                "the team's target time counts. Call tickets count as in the time to close."
            ),
            "sla_closing_due": self.env._(
                "Tickets closed in the period for which an SLA or the team sets a time."
            ),
        }
