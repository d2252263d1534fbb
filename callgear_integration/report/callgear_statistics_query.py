# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The query behind the statistics: it reads what Odoo writes down anyway.

Tickets tell what was made, tracking values of the stage what was opened and closed,
messages who replied, noted or changed something, legs and recordings who talked.
"""

from odoo import models
from odoo.tools import SQL

from ..domain.verdict import CONVERSATION
from .period import Period

# Messages that somebody has written; the others the system makes.
WRITTEN = ("comment", "email", "email_outgoing")
# Rows of several tables become rows of one: their ids must differ.
NEW, MADE_CLOSED, CLOSED_UNTRACKED, STAGE, MESSAGE, CALL = range(6)


class CallgearStatistics(models.Model):
    _inherit = "callgear.statistics"

    _depends = {
        "helpdesk.ticket": [
            "active",
            "call_kind",
            "callgear_made_closed",
            "channel_id",
            "closed_date",
            "company_id",
            "partner_id",
            "stage_id",
            "team_id",
            "user_id",
        ],
        "helpdesk.ticket.stage": ["closed"],
        "helpdesk.ticket.team": [
            "callgear_any_reply_hours",
            "callgear_closing_hours",
            "callgear_first_reply_hours",
        ],
        "mail.message": [
            "author_id",
            "callgear_writing_seconds",
            "date",
            "is_internal",
            "message_type",
            "model",
            "res_id",
            "subtype_id",
        ],
        "mail.tracking.value": [
            "field_id",
            "mail_message_id",
            "new_value_integer",
            "old_value_integer",
        ],
        "res.users": ["active", "partner_id", "share"],
        "callgear.leg": ["answered_at", "item", "started_at", "ticket_id", "user_id"],
        "callgear.recording": ["leg_id"],
    }

    @property
    def _table_query(self):
        agents = self._agents()
        return SQL(
            """
            WITH agent AS MATERIALIZED (
                    SELECT * FROM unnest(%(partners)s::int[], %(users)s::int[])
                        AS agent (partner_id, user_id)
                ),
                conversation AS MATERIALIZED (%(conversations)s),
                moved AS MATERIALIZED (%(moves)s),
                untracked AS MATERIALIZED (%(untracked)s),
                closing AS MATERIALIZED (%(closings)s),
                written AS MATERIALIZED (%(written)s),
                talk AS MATERIALIZED (%(talk)s),
                wait AS (%(waits)s),
                fact AS (%(facts)s)
            SELECT %(columns)s
            FROM fact
            JOIN helpdesk_ticket ticket ON ticket.id = fact.ticket_id
            LEFT JOIN helpdesk_ticket_team team ON team.id = ticket.team_id
            %(joins)s
            WHERE %(counts)s
            """,
            partners=list(agents),
            users=list(agents.values()),
            conversations=self._conversations(),
            moves=self._moves(),
            untracked=self._untracked(),
            closings=self._closings(),
            written=self._written(tuple(agents) or (0,)),
            talk=self._talk(),
            waits=self._waits(),
            facts=self._facts(),
            columns=self._columns(),
            joins=self._deadline_joins(),
            counts=self._counts(),
        )

    # ---------------------------------------------------- what the query needs

    def _period(self):
        return self.env.context.get("callgear_period") or Period()

    def _closed_stages(self):
        # sudo: helpdesk.ticket.stage - which stages are closed ones is no secret
        stages_sudo = self.env["helpdesk.ticket.stage"].sudo()
        stages_sudo = stages_sudo.with_context(active_test=False)
        return _ids(stages_sudo.search([("closed", "=", True)]))

    def _stage_field(self):
        return self.env["ir.model.fields"]._get_ids("helpdesk.ticket")["stage_id"]

    def _is_call(self):
        channels = self.env["helpdesk.ticket"]._calls_channels()
        return SQL("COALESCE(ticket.channel_id IN %s, FALSE)", _ids(channels))

    def _is_public(self):
        """A message that the customer sees too."""
        subtype_id = self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_comment")
        return SQL(
            "(message.subtype_id = %s AND message.is_internal IS NOT TRUE)", subtype_id
        )

    # ------------------------------------------------------ who, and what else

    def _agents(self):
        """The internal users by partner; OdooBot is nobody."""
        # sudo: res.users - who is an agent is no secret, and archived ones were, too
        users_sudo = self.env["res.users"].sudo().with_context(active_test=False)
        root = self.env.ref("base.user_root")
        # Of several users of a partner the last in the list stays: the oldest active.
        users_sudo = users_sudo.search_fetch(
            [("share", "=", False), ("id", "!=", root.id)],
            ["partner_id"],
            order="active, id DESC",
        )
        return {user_sudo.partner_id.id: user_sudo.id for user_sudo in users_sudo}

    def _conversations(self):
        """Recorded conversations of the period."""
        return SQL(
            """
            SELECT leg.id, leg.ticket_id, leg.user_id,
                COALESCE(leg.answered_at, leg.started_at) AS date
            FROM callgear_leg leg
            WHERE leg.item = %s AND leg.ticket_id IS NOT NULL AND %s
                AND EXISTS (
                    SELECT FROM callgear_recording recording
                    WHERE recording.leg_id = leg.id
                )
            """,
            CONVERSATION,
            self._period().holds(SQL("COALESCE(leg.answered_at, leg.started_at)")),
        )

    def _moves(self):
        """Changes between open and closed stages in the period."""
        return SQL(
            """
            SELECT value.id, message.res_id AS ticket_id, message.date,
                COALESCE(value.new_value_integer IN %(closed)s, FALSE) AS closes
            FROM mail_message message
            JOIN mail_tracking_value value ON value.mail_message_id = message.id
            WHERE message.model = 'helpdesk.ticket' AND %(period)s
                AND value.field_id = %(field)s
                AND COALESCE(value.new_value_integer IN %(closed)s, FALSE)
                    != COALESCE(value.old_value_integer IN %(closed)s, FALSE)
            """,
            closed=self._closed_stages(),
            field=self._stage_field(),
            period=self._period().holds(SQL("message.date")),
        )

    def _untracked(self):
        """Closed tickets of which nothing but the date of the closing is known."""
        return SQL(
            """
            SELECT ticket.id AS ticket_id, ticket.closed_date AS date
            FROM helpdesk_ticket ticket
            WHERE ticket.stage_id IN %s AND ticket.callgear_made_closed IS NOT TRUE
                AND %s AND ticket.closed_date IS NOT NULL
                AND NOT EXISTS (
                    SELECT FROM moved
                    WHERE moved.ticket_id = ticket.id AND moved.closes
                )
            """,
            self._closed_stages(),
            self._period().holds(SQL("ticket.closed_date")),
        )

    def _closings(self):
        """Closings of the period, and what each ticket's last one depends on.

        OFFSET 0 has the few untracked closings looked up one by one: else all tracking
        values there are would be joined with all messages.
        """
        return SQL(
            """
            SELECT closed.id, closed.ticket_id, closed.date,
                LEAD(closed.id) OVER per_ticket IS NULL AS is_last
            FROM (
                SELECT id * 8 + %(stage)s AS id, ticket_id, date
                FROM moved WHERE closes
                UNION ALL
                SELECT id::bigint * 8 + %(made)s, id, date_trunc('second', create_date)
                FROM helpdesk_ticket ticket
                WHERE callgear_made_closed AND %(period)s
                UNION ALL
                SELECT ticket_id::bigint * 8 + %(untracked)s, ticket_id,
                    date_trunc('second', date)
                FROM untracked
                WHERE NOT EXISTS (
                    SELECT FROM mail_message message
                    JOIN mail_tracking_value value
                        ON value.mail_message_id = message.id
                    WHERE message.model = 'helpdesk.ticket'
                        AND message.res_id = untracked.ticket_id
                        AND value.field_id = %(field)s
                    OFFSET 0
                )
            ) closed
            WINDOW per_ticket AS (
                PARTITION BY closed.ticket_id ORDER BY closed.date, closed.id
            )
            """,
            stage=STAGE,
            made=MADE_CLOSED,
            untracked=CLOSED_UNTRACKED,
            period=self._period().holds(SQL("create_date")),
            field=self._stage_field(),
        )

    # ------------------------------------------------------------- messages

    def _written(self, partner_ids):
        """What agents have written or changed in the period.

        An agent whose own request the ticket is writes as a customer. The list of their
        partners, and a join that drops nothing, let PostgreSQL see how much it will be:
        else it reads the messages of the period anew for each agent.
        """
        where = SQL(
            "message.model = 'helpdesk.ticket' AND message.author_id IN %s AND %s",
            partner_ids,
            self._period().holds(SQL("message.date")),
        )
        return SQL(
            """
            SELECT message.id, message.res_id AS ticket_id, message.date,
                agent.user_id, message.callgear_writing_seconds, message.is_reply,
                %(is_call)s AS is_call
            FROM (
                SELECT id, res_id, date, author_id, callgear_writing_seconds,
                    %(is_public)s AS is_reply
                FROM mail_message message
                WHERE %(where)s AND message.message_type IN %(written)s
                UNION ALL
                SELECT id, res_id, date, author_id, NULL, FALSE
                FROM mail_message message
                WHERE %(where)s AND message.message_type = 'notification'
                    AND EXISTS (
                        SELECT FROM mail_tracking_value value
                        WHERE value.mail_message_id = message.id
                    )
            ) message
            LEFT JOIN agent ON agent.partner_id = message.author_id
            JOIN helpdesk_ticket ticket ON ticket.id = message.res_id
            WHERE ticket.partner_id IS DISTINCT FROM message.author_id
            """,
            where=where,
            written=WRITTEN,
            is_public=self._is_public(),
            is_call=self._is_call(),
        )

    def _talk(self):
        """All that agents and customers have written to each other so far.

        Of the tickets that an agent replied to in the period, or that were closed in it.
        """
        return SQL(
            """
            SELECT message.res_id AS ticket_id, message.id, message.date,
                agent.user_id IS NOT NULL
                    AND ticket.partner_id IS DISTINCT FROM message.author_id
                    AS is_agent
            FROM mail_message message
            JOIN helpdesk_ticket ticket ON ticket.id = message.res_id
            LEFT JOIN agent ON agent.partner_id = message.author_id
            WHERE message.model = 'helpdesk.ticket'
                AND message.message_type IN %s AND %s AND %s
                AND message.author_id IS DISTINCT FROM %s
                AND message.res_id IN (
                    SELECT ticket_id FROM written WHERE is_reply AND NOT is_call
                    UNION
                    SELECT ticket_id FROM closing
                )
            """,
            WRITTEN,
            self._is_public(),
            Period(end=self._period().end).holds(SQL("message.date")),
            self.env.ref("base.partner_root").id,
        )

    def _waits(self):
        """Replies that a customer waited for, and since when.

        Only turns matter: what a customer wrote right after an agent, and what an agent
        wrote right after a customer. Before an agent's first reply the customer waits
        since he made the ticket: there ``since`` is NULL.
        """
        return SQL(
            """
            SELECT * FROM (
                SELECT id, is_agent, LAG(date) OVER per_ticket AS since
                FROM (
                    SELECT *, LAG(is_agent) OVER per_ticket AS after_agent
                    FROM talk
                    WINDOW per_ticket AS (PARTITION BY ticket_id ORDER BY date, id)
                ) message
                WHERE is_agent != COALESCE(after_agent, FALSE)
                WINDOW per_ticket AS (PARTITION BY ticket_id ORDER BY date, id)
            ) turn
            WHERE is_agent
            """
        )

    # ---------------------------------------------------------------- facts

    def _facts(self):
        """One row per fact; what it counts for depends on the ticket, too."""
        return SQL(
            """
            SELECT id::bigint * 8 + %(new)s AS id, 'new' AS kind, id AS ticket_id,
                date_trunc('second', create_date) AS date, NULL::int AS user_id,
                FALSE AS is_wait, NULL::timestamp AS since, FALSE AS is_last,
                NULL::bigint AS talks, NULL::bigint AS replies,
                NULL::int AS writing_seconds
            FROM helpdesk_ticket ticket WHERE %(created)s
            UNION ALL
            SELECT id::bigint * 8 + %(stage)s, 'reopened', ticket_id, date, NULL,
                FALSE, NULL, FALSE, NULL, NULL, NULL
            FROM moved WHERE NOT closes
            UNION ALL
            SELECT closing.id, 'closed', closing.ticket_id, closing.date, NULL,
                FALSE, NULL, closing.is_last, talked.total,
                COALESCE(talked.before, 0) + COALESCE(replied.before, 0), NULL
            FROM closing
            LEFT JOIN (
                SELECT closing.id, COUNT(*) AS total,
                    COUNT(*) FILTER (WHERE talk.date <= closing.date) AS before
                FROM closing JOIN conversation talk USING (ticket_id)
                GROUP BY closing.id
            ) talked ON talked.id = closing.id
            LEFT JOIN (
                SELECT closing.id, COUNT(*) AS before
                FROM closing JOIN talk USING (ticket_id)
                WHERE closing.is_last AND talk.is_agent AND talk.date <= closing.date
                GROUP BY closing.id
            ) replied ON replied.id = closing.id
            UNION ALL
            SELECT written.id::bigint * 8 + %(message)s,
                CASE WHEN written.is_reply THEN 'reply' ELSE 'worked' END,
                written.ticket_id, written.date, written.user_id,
                wait.id IS NOT NULL, wait.since, FALSE, NULL, NULL,
                NULLIF(written.callgear_writing_seconds, 0)
            FROM written
            LEFT JOIN wait ON wait.id = written.id
            UNION ALL
            SELECT id::bigint * 8 + %(call)s, 'answered', ticket_id, date, user_id,
                FALSE, NULL, FALSE, NULL, NULL, NULL
            FROM conversation
            """,
            new=NEW,
            stage=STAGE,
            message=MESSAGE,
            call=CALL,
            created=self._period().holds(SQL("create_date")),
        )

    def _counts(self):
        """Facts that count: older tickets reopened, call tickets closed and recorded."""
        start = self._period().start
        is_older = SQL("ticket.create_date < %s", start) if start else SQL("TRUE")
        return SQL(
            """
            (fact.kind != 'reopened' OR %s)
            AND (fact.kind != 'closed' OR NOT %s OR fact.talks > 0)
            """,
            is_older,
            self._is_call(),
        )


def _ids(records):
    """For SQL's IN, which wants at least one."""
    return tuple(records.ids) or (0,)
