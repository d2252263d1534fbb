# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R38 with Helpdesk Ticket SLA: its deadlines replace the target times of the team.

An SLA is a time until a ticket must have reached a stage. Of a ticket's SLA lines, the
earliest with a closed stage gives the deadline of the closing. The earliest with another
stage gives the deadline of the first reply, because such SLAs define when an agent must
have started to work on the ticket. For later replies the team's target time applies.
"""

from odoo import api, models
from odoo.tools import SQL


class CallgearStatistics(models.Model):
    _inherit = "callgear.statistics"

    _depends = {
        "helpdesk.ticket.sla": ["deadline", "expected_stage_id", "state", "ticket_id"],
    }

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

    def _joins(self):
        """Join the SLA line of the ticket that a reply or a closing is measured by.

        - A line without a stage is left out.
        - A line on hold is never late, even if its deadline has passed; it is used only if
          there is no other.
        - A line without a deadline is never late: it has no working hours left.
        - An expired line is always late.
        """
        return SQL(
            """
            %s
            LEFT JOIN LATERAL (
                SELECT CASE line.state
                    WHEN 'expired' THEN '-infinity'
                    WHEN 'on_hold' THEN 'infinity'
                    ELSE COALESCE(line.deadline, 'infinity')
                END AS deadline
                FROM helpdesk_ticket_sla line
                JOIN helpdesk_ticket_stage stage ON stage.id = line.expected_stage_id
                WHERE line.ticket_id = fact.ticket_id
                    AND fact.kind IN ('reply', 'closed')
                    AND (fact.kind = 'closed') = (stage.closed IS TRUE)
                ORDER BY line.state = 'on_hold', line.deadline, line.id
                LIMIT 1
            ) sla ON TRUE
            """,
            super()._joins(),
        )

    def _first_reply_deadline(self):
        return SQL("COALESCE(sla.deadline, %s)", super()._first_reply_deadline())

    def _closing_deadline(self):
        return SQL("COALESCE(sla.deadline, %s)", super()._closing_deadline())
