# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R38 with Helpdesk Ticket SLA: its deadlines replace the target times of the team.

An SLA is a time until a ticket must have reached a stage. Of a ticket's SLA lines, the
earliest with a closed stage gives the deadline of the closing. The earliest with another
stage gives the deadline of the first reply, because such SLAs define when an agent must
have started to work on the ticket. For later replies the team's target time applies.
"""

from dataclasses import replace

from odoo import api, models
from odoo.tools import SQL


class CallgearTicketFact(models.Model):
    _inherit = "callgear.ticket.fact"

    @api.model
    def _sources(self):
        fields = ["deadline", "expected_stage_id", "state", "ticket_id"]
        return {**super()._sources(), "helpdesk.ticket.sla": fields}

    @api.model
    def _deadlines(self):
        own = super()._deadlines()
        return replace(
            own,
            joins=SQL(
                "%s %s %s",
                own.joins,
                _join("sla_reply", SQL("IS NOT TRUE")),
                _join("sla_closing", SQL("IS TRUE")),
            ),
            first_reply=SQL("COALESCE(sla_reply.deadline, %s)", own.first_reply),
            closing=SQL("COALESCE(sla_closing.deadline, %s)", own.closing),
        )


def _join(name, is_closed):
    """Return the SQL that joins the SLA line that a reply or a closing is measured by.

    - A line without a stage is left out.
    - A line on hold is never late, even if its deadline has passed; it is used only if
      there is no other.
    - A line without a deadline is never late: it has no working hours left.
    - An expired line is always late.

    :param str name: of the joined table, whose column ``deadline`` it has
    :param SQL is_closed: condition on whether the line's stage is closed
    """
    return SQL(
        """
        LEFT JOIN LATERAL (
            SELECT CASE line.state
                WHEN 'expired' THEN '-infinity'
                WHEN 'on_hold' THEN 'infinity'
                ELSE COALESCE(line.deadline, 'infinity')
            END AS deadline
            FROM helpdesk_ticket_sla line
            JOIN helpdesk_ticket_stage expected ON expected.id = line.expected_stage_id
            WHERE line.ticket_id = ticket.id AND expected.closed %(is_closed)s
            ORDER BY line.state = 'on_hold', line.deadline, line.id
            LIMIT 1
        ) %(name)s ON TRUE
        """,
        is_closed=is_closed,
        name=SQL.identifier(name),
    )
