# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The SQL that finds the facts of the statistics in data that Odoo stores anyway.

Tickets show what was created; tracking values of the stage, what was reopened and closed;
messages, who replied, noted or changed something; legs and recordings, who talked.
"""

from dataclasses import dataclass

from odoo.tools import SQL

from ..domain.verdict import CONVERSATION
from .searched_period import SearchedPeriod

# Types of messages that a person has written.
WRITTEN = ("comment", "email", "email_outgoing")
# Rows of several tables become facts: this number, added to 8 × id, makes ids unique.
NEW, MADE_CLOSED, CLOSED_UNTRACKED, STAGE, MESSAGE, CALL = range(6)


@dataclass(frozen=True)
class FactsQuery:
    """The table ``fact`` for a period, and the tables that it is made from.

    :param period: only what happened in it is a fact
    :param agents: dict, id of a partner → id of the internal user
    :param closed_stages: ids of the closed stages; for SQL's IN, at least one
    :param stage_field: id of the stage's field, as tracking values have it
    :param comment_subtype: id of the subtype of messages that customers see
    :param root_partner: id of OdooBot's partner
    :param is_call: SQL condition that ``ticket`` is in a channel of calls
    """

    period: SearchedPeriod
    agents: dict
    closed_stages: tuple
    stage_field: int
    comment_subtype: int
    root_partner: int
    is_call: SQL

    def tables(self):
        """Return the tables to put after WITH: ``agent``, others, and ``fact`` as the last.

        ``fact`` has one row for each fact: ``id kind ticket_id date user_id`` (who did
        it) ``is_wait`` (a customer waited for this reply) ``since`` (since when; NULL:
        since the creation of the ticket) ``is_last`` (last closing of the ticket)
        ``talks`` (conversations of the period in a closed ticket) ``replies`` (before the
        closing) ``writing_seconds`` ``result_id`` (of a conversation).
        """
        return SQL(
            """
            agent AS MATERIALIZED (
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
            """,
            partners=list(self.agents),
            users=list(self.agents.values()),
            conversations=self._conversations(),
            moves=self._moves(),
            untracked=self._untracked(),
            closings=self._closings(),
            written=self._written(),
            talk=self._talk(),
            waits=self._waits(),
            facts=self._facts(),
        )

    def counts(self):
        """Return the SQL condition on ``fact`` and ``ticket`` that the fact counts.

        A ticket counts as reopened if it is older than the period, a call ticket as
        closed if it has a recorded conversation in the period.
        """
        start = self.period.start
        is_older = SQL("ticket.create_date < %s", start) if start else SQL("TRUE")
        return SQL(
            """
            (fact.kind != 'reopened' OR %s)
            AND (fact.kind != 'closed' OR NOT %s OR fact.talks > 0)
            """,
            is_older,
            self.is_call,
        )

    # ------------------------------------------------------- calls and stages

    def _conversations(self):
        """Recorded conversations of the period."""
        return SQL(
            """
            SELECT leg.id, leg.ticket_id, leg.user_id, leg.result_id,
                COALESCE(leg.answered_at, leg.started_at) AS date
            FROM callgear_leg leg
            WHERE leg.entry = %s AND leg.ticket_id IS NOT NULL AND %s
                AND EXISTS (
                    SELECT FROM callgear_recording recording
                    WHERE recording.leg_id = leg.id
                )
            """,
            CONVERSATION,
            self.period.contains(SQL("COALESCE(leg.answered_at, leg.started_at)")),
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
            closed=self.closed_stages,
            field=self.stage_field,
            period=self.period.contains(SQL("message.date")),
        )

    def _untracked(self):
        """Closed tickets without tracking values: only the date of closing is known."""
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
            self.closed_stages,
            self.period.contains(SQL("ticket.closed_date")),
        )

    def _closings(self):
        """Closings of the period, and whether each is the last one of its ticket.

        OFFSET 0 makes PostgreSQL look up the few untracked closings one by one. Otherwise
        it joins all tracking values with all messages.
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
            period=self.period.contains(SQL("create_date")),
            field=self.stage_field,
        )

    # --------------------------------------------------------------- messages

    def _is_public(self):
        """Return the SQL condition that customers see the message, too."""
        return SQL(
            "(message.subtype_id = %s AND message.is_internal IS NOT TRUE)",
            self.comment_subtype,
        )

    def _written(self):
        """What agents have written or changed in the period.

        An agent who is the contact of the ticket counts as a customer. The condition on
        the agents' partners and the LEFT JOIN help PostgreSQL to estimate the number of
        rows. Otherwise it reads the messages of the period once for each agent.
        """
        where = SQL(
            "message.model = 'helpdesk.ticket' AND message.author_id IN %s AND %s",
            tuple(self.agents) or (0,),
            self.period.contains(SQL("message.date")),
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
            is_call=self.is_call,
        )

    def _talk(self):
        """All messages between agents and customers until the end of the period.

        Only in tickets that an agent replied to in the period, or that were closed in it.
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
            SearchedPeriod(end=self.period.end).contains(SQL("message.date")),
            self.root_partner,
        )

    def _waits(self):
        """Replies that a customer waited for, and since when.

        Only changes of the writer count: a customer's message right after an agent's, and
        an agent's right after a customer's. For the first reply the customer has waited
        since the ticket was created: there ``since`` is NULL.
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
        """One row for each fact; the columns are described in ``tables``."""
        return SQL(
            """
            SELECT id::bigint * 8 + %(new)s AS id, 'new' AS kind, id AS ticket_id,
                date_trunc('second', create_date) AS date, NULL::int AS user_id,
                FALSE AS is_wait, NULL::timestamp AS since, FALSE AS is_last,
                NULL::bigint AS talks, NULL::bigint AS replies,
                NULL::int AS writing_seconds, NULL::int AS result_id
            FROM helpdesk_ticket ticket WHERE %(created)s
            UNION ALL
            SELECT id::bigint * 8 + %(stage)s, 'reopened', ticket_id, date, NULL,
                FALSE, NULL, FALSE, NULL, NULL, NULL, NULL
            FROM moved WHERE NOT closes
            UNION ALL
            %(closed)s
            UNION ALL
            SELECT written.id::bigint * 8 + %(message)s,
                CASE WHEN written.is_reply THEN 'reply' ELSE 'worked' END,
                written.ticket_id, written.date, written.user_id,
                wait.id IS NOT NULL, wait.since, FALSE, NULL, NULL,
                NULLIF(written.callgear_writing_seconds, 0), NULL
            FROM written
            LEFT JOIN wait ON wait.id = written.id
            UNION ALL
            SELECT id::bigint * 8 + %(call)s, 'answered', ticket_id, date, user_id,
                FALSE, NULL, FALSE, NULL, NULL, NULL, result_id
            FROM conversation
            """,
            new=NEW,
            stage=STAGE,
            message=MESSAGE,
            call=CALL,
            created=self.period.contains(SQL("create_date")),
            closed=self._closed(),
        )

    def _closed(self):
        """The facts of closings, with the conversations and replies of the ticket."""
        return SQL(
            """
            SELECT closing.id, 'closed', closing.ticket_id, closing.date, NULL,
                FALSE, NULL, closing.is_last, talked.total,
                COALESCE(talked.before, 0) + COALESCE(replied.before, 0), NULL, NULL
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
            """
        )
