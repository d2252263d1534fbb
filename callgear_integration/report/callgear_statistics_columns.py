# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a fact counts for: the columns of the statistics."""

from odoo import models
from odoo.tools import SQL


class CallgearStatistics(models.Model):
    _inherit = "callgear.statistics"

    def _columns(self):
        columns = {**self._plain_columns(), **self._load_columns()}
        columns |= {**self._speed_columns(), **self._sla_columns()}
        return SQL(", ").join(
            SQL("%s AS %s", expression, SQL.identifier(name))
            for name, expression in columns.items()
        )

    def _plain_columns(self):
        return {
            "id": SQL("fact.id"),
            "date": SQL("fact.date"),
            "kind": SQL("fact.kind"),
            "ticket_id": SQL("fact.ticket_id"),
            "user_id": SQL(
                "CASE WHEN fact.kind IN ('new', 'reopened', 'closed') "
                "THEN ticket.user_id ELSE fact.user_id END"
            ),
            "team_id": SQL("ticket.team_id"),
            "channel_id": SQL("ticket.channel_id"),
            "company_id": SQL("ticket.company_id"),
            "partner_id": SQL("ticket.partner_id"),
            "is_call": self._is_call(),
            "active": SQL("ticket.active"),
        }

    def _load_columns(self):
        return {
            "new_tickets": _ticket_if(SQL("fact.kind = 'new'")),
            "new_from_customers": _ticket_if(
                SQL("fact.kind = 'new' AND %s", self._is_from_customer())
            ),
            "reopened": _ticket_if(SQL("fact.kind = 'reopened'")),
            "new_and_reopened": _ticket_if(SQL("fact.kind IN ('new', 'reopened')")),
            "worked_on": _ticket_if(SQL("fact.kind IN ('worked', 'reply')")),
            "answered": _ticket_if(
                SQL(
                    "fact.kind = CASE WHEN %s THEN 'answered' ELSE 'reply' END",
                    self._is_call(),
                )
            ),
            "closed": _ticket_if(SQL("fact.kind = 'closed'")),
            "replies": SQL(
                "CASE WHEN fact.kind IN ('reply', 'answered') THEN 1 END",
            ),
        }

    def _is_from_customer(self):
        """Incoming calls; of other tickets, those that no agent has made."""
        return SQL(
            """
            CASE WHEN %s THEN ticket.call_kind IN ('in', 'missed')
            ELSE NOT EXISTS (
                SELECT FROM agent WHERE agent.user_id = ticket.create_uid
            ) END
            """,
            self._is_call(),
        )

    def _speed_columns(self):
        return {
            "first_reply_hours": _hours_if(
                self._is_first_reply(), self._made_at(), SQL("fact.date")
            ),
            "any_reply_hours": _hours_if(
                self._is_any_reply(), self._since(), SQL("fact.date")
            ),
            "writing_minutes": SQL(
                "CASE WHEN fact.kind = 'reply' AND NOT %s "
                "THEN fact.writing_seconds / 60.0 END",
                self._is_call(),
            ),
            "replies_to_close": SQL("CASE WHEN fact.is_last THEN fact.replies END"),
            "closing_hours": _hours_if(
                self._is_timed_closing(), self._made_at(), SQL("fact.date")
            ),
        }

    def _made_at(self):
        return SQL("date_trunc('second', ticket.create_date)")

    def _since(self):
        """When the customer began to wait for the reply."""
        return SQL("COALESCE(fact.since, %s)", self._made_at())

    def _is_any_reply(self):
        return SQL("fact.is_wait AND NOT %s", self._is_call())

    def _is_first_reply(self):
        return SQL("%s AND fact.since IS NULL", self._is_any_reply())

    def _is_timed_closing(self):
        return SQL(
            "fact.is_last AND (NOT %s OR fact.date != %s)",
            self._is_call(),
            self._made_at(),
        )

    # --------------------------------------------------------------------- SLA

    def _sla_columns(self):
        first, reply = self._is_first_reply(), self._is_any_reply()
        closing = self._is_timed_closing()
        first_late = _is_late(first, self._first_reply_deadline())
        reply_late = _is_late(reply, self._any_reply_deadline())
        closing_late = _is_late(closing, self._closing_deadline())
        return {
            "sla_first_reply_breached": _ticket_if(first_late),
            "sla_first_reply_due": _ticket_if(
                _is_due(first, self._first_reply_deadline())
            ),
            "sla_any_reply_breached": SQL("CASE WHEN %s THEN 1 END", reply_late),
            "sla_any_reply_due": SQL(
                "CASE WHEN %s THEN 1 END", _is_due(reply, self._any_reply_deadline())
            ),
            "sla_closing_breached": _ticket_if(closing_late),
            "sla_closing_due": _ticket_if(_is_due(closing, self._closing_deadline())),
        }

    def _deadline_joins(self):
        """Joins that the deadlines need besides ``fact``, ``ticket`` and ``team``."""
        return SQL()

    def _first_reply_deadline(self):
        """When the first reply is due at the latest; NULL: nothing was promised."""
        return SQL(
            "(%s + NULLIF(team.callgear_first_reply_hours, 0) * INTERVAL '1 hour')",
            self._made_at(),
        )

    def _any_reply_deadline(self):
        return SQL(
            "(%s + NULLIF(team.callgear_any_reply_hours, 0) * INTERVAL '1 hour')",
            self._since(),
        )

    def _closing_deadline(self):
        return SQL(
            "(%s + NULLIF(team.callgear_closing_hours, 0) * INTERVAL '1 hour')",
            self._made_at(),
        )


def _ticket_if(condition):
    return SQL("CASE WHEN %s THEN fact.ticket_id END", condition)


def _hours_if(condition, start, end):
    return SQL(
        "CASE WHEN %s THEN EXTRACT(EPOCH FROM %s - %s)::float8 / 3600 END",
        condition,
        end,
        start,
    )


def _is_due(condition, deadline):
    return SQL("%s AND %s IS NOT NULL", condition, deadline)


def _is_late(condition, deadline):
    return SQL("%s AND fact.date > %s", condition, deadline)
