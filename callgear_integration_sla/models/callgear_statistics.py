# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R38 with Helpdesk Ticket SLA: its deadlines come before the team's own promises.

An SLA is a time until a ticket must have reached a stage. Of a ticket's lines, the
earliest that leads to a closed stage is the deadline of the closing, the earliest that
leads to any other is the deadline of the first reply: such SLAs say when somebody must
have turned to the ticket. Nothing there says how long any later reply may take.
"""

from odoo import fields, models
from odoo.tools import SQL


class CallgearStatistics(models.Model):
    _inherit = "callgear.statistics"

    _depends = {
        "helpdesk.ticket.sla": ["deadline", "expected_stage_id", "ticket_id"],
    }

    sla_first_reply_breached = fields.Integer(
        help="Tickets whose first reply, in the period, came after the earliest deadline "
        "of their SLAs that lead to a stage which is not closed. Without such an SLA, "
        "what the team promises counts. Call tickets are left out.",
    )
    sla_first_reply_due = fields.Integer(
        help="Tickets with a first reply in the period for which an SLA or the team sets "
        "a time.",
    )
    sla_closing_breached = fields.Integer(
        help="Tickets closed in the period after the earliest deadline of their SLAs "
        "that lead to a closed stage. Without such an SLA, what the team promises "
        "counts. Call tickets count as in the time to close.",
    )
    sla_closing_due = fields.Integer(
        help="Tickets closed in the period for which an SLA or the team sets a time.",
    )

    def _deadline_joins(self):
        # Only of the facts that a deadline may be for.
        return SQL(
            """
            %s
            LEFT JOIN LATERAL (
                SELECT
                    MIN(line.deadline) FILTER (WHERE stage.closed) AS closing,
                    MIN(line.deadline) FILTER (
                        WHERE stage.closed IS NOT TRUE
                    ) AS first_reply
                FROM helpdesk_ticket_sla line
                LEFT JOIN helpdesk_ticket_stage stage
                    ON stage.id = line.expected_stage_id
                WHERE line.ticket_id = fact.ticket_id
                    AND fact.kind IN ('reply', 'closed')
            ) sla ON TRUE
            """,
            super()._deadline_joins(),
        )

    def _first_reply_deadline(self):
        return SQL("COALESCE(sla.first_reply, %s)", super()._first_reply_deadline())

    def _closing_deadline(self):
        return SQL("COALESCE(sla.closing, %s)", super()._closing_deadline())
