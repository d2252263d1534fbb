# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import SQL

_TECHNICAL = {"readonly": True, "export_string_translation": False}


class CallgearFactDue(models.Model):
    """That the facts of a ticket, or of a call, have to be counted again.

    Written in the transaction that changes it: a row that can be seen is about what can be
    seen. Rows are only added and taken, and the same may stand there twice, so whoever changes
    a ticket never waits for anybody.
    """

    _name = "callgear.fact.due"
    _inherit = "callgear.hidden.links"
    _description = "Ticket or Call to be Counted for the Statistics"
    _log_access = False

    # Not relations: what is deleted meanwhile has no facts.
    ticket_number = fields.Integer(**_TECHNICAL)
    call_number = fields.Integer(**_TECHNICAL)

    @api.model
    def _add(self, ticket_ids, call_ids):
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO callgear_fact_due (ticket_number, call_number)
                SELECT id, NULL FROM unnest(%s::int[]) id
                UNION ALL SELECT NULL, id FROM unnest(%s::int[]) id
                """,
                list(ticket_ids),
                list(call_ids),
            )
        )

    @api.model
    def _take(self, most):
        """Take so many rows to count them, unless somebody else is about to.

        :return: ids of tickets, ids of calls; None if there are none left, or not for us
        """
        is_ours = """
            SELECT CASE WHEN EXISTS (SELECT FROM callgear_fact_due) THEN
                pg_try_advisory_xact_lock(hashtextextended('callgear:facts', 0)) END
        """
        [[free]] = self.env.execute_query(SQL(is_ours))
        if not free:
            return None
        rows = self.env.execute_query(
            SQL(
                """
                DELETE FROM callgear_fact_due WHERE id IN (
                    SELECT id FROM callgear_fact_due ORDER BY id LIMIT %s
                    FOR UPDATE SKIP LOCKED)
                RETURNING ticket_number, call_number
                """,
                most,
            )
        )
        if not rows:
            return None
        return (
            sorted({id_ for id_, _call in rows if id_}),
            sorted({id_ for _ticket, id_ in rows if id_}),
        )

    @api.model
    def _left(self):
        """Return the ids of tickets, and of calls, that are still to be counted: sets."""
        rows = self.env.execute_query(
            SQL("SELECT ticket_number, call_number FROM callgear_fact_due")
        )
        return {id_ for id_, _call in rows if id_}, {
            id_ for _ticket, id_ in rows if id_
        }
