# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The SQL that counts the facts of tickets and calls in what Odoo stores of them anyway.

Tickets show what was created; tracking values of the stage, what was closed and reopened;
messages and changes, who worked; legs and recordings, who talked. One statement brings the
rows of ``callgear.ticket.fact`` in step with that, whatever has changed, and leaves alone
what is right already.
"""

from dataclasses import dataclass

from odoo.tools import SQL

from ..domain.verdict import CONVERSATION
from . import call_facts

# Types of messages that a person has written.
WRITTEN = ("comment", "email", "email_outgoing")
TABLE = SQL.identifier("callgear_ticket_fact")
KEY = ("source", "source_id")
# When the fact before happened that counts for the same figure: by what else it is the same,
# and of which kinds it is needed.
_DONE = ("worked", "reply", "answered")
PREVIOUS = {
    "previous_at": ((), None),
    "previous_of_user_at": (("user_id",), _DONE),
    "previous_reply_at": (("kind",), ("reply",)),
    "previous_reply_of_user_at": (("kind", "user_id"), ("reply",)),
    "previous_in_cell_at": (("cell",), ("reopened", "worked", "reply")),
    "previous_in_cell_of_user_at": (("cell", "user_id"), ("worked", "reply")),
}
# Those that others' facts change, if facts of some agents are all that counts.
OF_ALL = ("previous_at", "previous_reply_at")
_OF_TICKET = (
    "kind",
    "ticket_id",
    "date",
    "user_id",
    "team_id",
    "channel_id",
    "company_id",
    "active",
    "is_call",
    "is_from_customer",
    "made_at",
    "hours",
    "is_first",
    "writing_seconds",
    "reply_count",
    "result_id",
    *PREVIOUS,
    "next_at",
    "talk_before",
    "talk_after",
    "is_due",
    "is_late",
    "is_first_due",
    "is_first_late",
)
COUNTED = (*_OF_TICKET, *call_facts.COLUMNS)
# Whether there was a deadline for a fact, and it came later.
_LATENESS = SQL(
    """
    hours IS NOT NULL AND COALESCE(CASE kind
        WHEN 'reply' THEN any_reply_hours IS NOT NULL
        WHEN 'closed' THEN closing_due_at IS NOT NULL
    END, FALSE) AS is_due,
    hours IS NOT NULL AND COALESCE(CASE kind
        WHEN 'reply' THEN hours > any_reply_hours
        WHEN 'closed' THEN date > closing_due_at
    END, FALSE) AS is_late,
    is_first AND first_reply_due_at IS NOT NULL AS is_first_due,
    is_first AND COALESCE(date > first_reply_due_at, FALSE) AS is_first_late
    """
)


@dataclass(frozen=True)
class Deadlines:
    """By when things must be done, in terms of ``ticket``, ``team`` and ``made_at``.

    :param joins: SQL of what is joined with ``helpdesk_ticket ticket``
    :param first_reply: SQL of the time of the first reply; NULL: none
    :param closing: SQL of the time of the closing; NULL: none
    """

    joins: SQL
    first_reply: SQL
    closing: SQL


@dataclass(frozen=True)
class FactCount:
    """Counts the facts of some tickets, and of some calls.

    :param which: SQL condition on ``ticket``, a row of ``helpdesk_ticket``
    :param calls: ``CallFacts``
    :param stage_field: id of the stage's field, as tracking values have it
    :param comment_subtype: id of the subtype of messages that customers see
    :param root_user: id of OdooBot
    :param root_partner: id of OdooBot's partner
    :param deadlines: see ``Deadlines``
    :param tz: time zone of the statistics
    """

    which: SQL
    calls: call_facts.CallFacts
    stage_field: int
    comment_subtype: int
    root_user: int
    root_partner: int
    deadlines: Deadlines
    tz: str

    def differing(self) -> SQL:
        """Return the query of the tickets and calls whose stored facts are not these.

        Columns: id of the ticket, and id of the call; one of them is NULL.
        """
        stored = SQL("SELECT %s FROM stored", _columns())
        counted = SQL("SELECT %s FROM counted", _columns())
        return SQL(
            """
            WITH %(tables)s
            SELECT DISTINCT ticket_id, CASE source WHEN 'call' THEN source_id END AS call_id
            FROM (
                ((%(stored)s) EXCEPT %(counted)s) UNION ALL
                (%(counted)s EXCEPT (%(stored)s))
            ) different ORDER BY ticket_id, call_id
            """,
            tables=self._tables(),
            stored=stored,
            counted=counted,
        )

    def recount(self) -> SQL:
        """Return the statement that brings the stored facts in step."""
        return SQL(
            """
            WITH %(tables)s,
            wrong AS (
                SELECT stored.*, counted.source IS NULL AS is_gone
                FROM stored LEFT JOIN counted USING (source, source_id)
                WHERE (%(stored)s) IS DISTINCT FROM (%(counted)s)
            ),
            cancelled AS (
                INSERT INTO %(fact)s (%(kept)s, state)
                SELECT %(kept)s, 'cancelled' FROM wrong WHERE state = 'summed'
            ),
            gone AS (
                DELETE FROM %(fact)s WHERE id IN (SELECT id FROM wrong WHERE is_gone)
            )
            INSERT INTO %(fact)s AS fact (%(columns)s, state)
            SELECT %(columns)s, 'new' FROM counted
            ON CONFLICT (source, source_id) WHERE state != 'cancelled'
            DO UPDATE SET (%(values)s, state) = (%(new)s, 'new')
            WHERE (%(old)s) IS DISTINCT FROM (%(new)s)
            """,
            tables=self._tables(),
            fact=TABLE,
            columns=_columns(),
            # Not the ticket: it may be deleted, but not what the sums still hold.
            kept=_columns([name for name in KEY + COUNTED if name != "ticket_id"]),
            values=_columns(COUNTED),
            stored=_columns(COUNTED, "stored"),
            counted=_columns(COUNTED, "counted"),
            new=_columns(COUNTED, "excluded"),
            old=_columns(COUNTED, "fact"),
        )

    def _tables(self):
        """Return the tables to put after WITH: among them ``ticket``, and ``counted``."""
        return SQL(
            """
            ticket AS MATERIALIZED (%(tickets)s),
            message AS MATERIALIZED (%(messages)s),
            closed_stage AS (
                SELECT id FROM helpdesk_ticket_stage WHERE closed
                UNION SELECT former_id FROM callgear_deleted_stage
            ),
            move AS MATERIALIZED (%(moves)s),
            turn AS (%(turns)s),
            happened AS MATERIALIZED (%(happened)s),
            counted AS MATERIALIZED (
                SELECT %(of_ticket)s, %(nothing)s FROM (%(counted)s) of_ticket
                UNION ALL %(calls)s
            ),
            stored AS (
                SELECT * FROM %(fact)s WHERE state != 'cancelled'
                    AND ticket_id IN (SELECT id FROM ticket)
                UNION ALL
                SELECT * FROM %(fact)s fact
                WHERE state != 'cancelled' AND source = 'call' AND (%(of_calls)s)
            )
            """,
            tickets=self._tickets(),
            messages=self._messages(),
            moves=self._moves(),
            turns=self._turns(),
            happened=self._happened(),
            of_ticket=_columns(KEY + _OF_TICKET),
            nothing=SQL(", ").join(
                SQL("NULL::%s AS %s", type_, SQL.identifier(name))
                for name, type_ in call_facts.COLUMNS.items()
            ),
            counted=self._counted(),
            calls=self.calls.rows(KEY + COUNTED),
            of_calls=self.calls.stored,
            fact=TABLE,
        )

    # ------------------------------------------------------------- the sources

    def _tickets(self):
        """A call's ticket counts at the time of the call, however late it came."""
        return SQL(
            """
            SELECT ticket.id, ticket.partner_id, ticket.user_id, ticket.team_id,
                ticket.channel_id, ticket.company_id, ticket.active, ticket.create_uid,
                ticket.call_kind, ticket.is_calls_channel IS TRUE AS is_call,
                ticket.closed_date, ticket.call_closed_at, stage.closed AS is_closed,
                ticket.callgear_made_closed IS TRUE AS is_made_closed, made_at,
                %(first_reply)s AS first_reply_due_at, %(closing)s AS closing_due_at,
                NULLIF(team.callgear_any_reply_hours, 0) AS any_reply_hours
            FROM helpdesk_ticket ticket
            LEFT JOIN helpdesk_ticket_stage stage ON stage.id = ticket.stage_id
            LEFT JOIN helpdesk_ticket_team team ON team.id = ticket.team_id
            CROSS JOIN LATERAL (
                SELECT date_trunc(
                    'second', COALESCE(ticket.call_made_at, ticket.create_date)
                ) AS made_at
            ) made
            %(joins)s
            WHERE %(which)s
            """,
            first_reply=self.deadlines.first_reply,
            closing=self.deadlines.closing,
            joins=self.deadlines.joins,
            which=self.which,
        )

    def _messages(self):
        """All messages of the tickets; ``user_id``: the agent who has written them.

        An agent who is the contact of the ticket counts as a customer. If a contact has
        several users, the oldest active one counts.
        """
        return SQL(
            """
            SELECT message.id, ticket.id AS ticket_id, ticket.made_at, ticket.is_call,
                message.date, agent.id AS user_id, message.message_type,
                message.message_type IN %(written)s
                    AND message.subtype_id = %(comment)s
                    AND message.is_internal IS NOT TRUE
                    AND message.author_id IS DISTINCT FROM %(root_partner)s AS is_public,
                NULLIF(message.callgear_writing_seconds, 0) AS writing_seconds
            FROM ticket
            JOIN mail_message message
                ON message.model = 'helpdesk.ticket' AND message.res_id = ticket.id
            LEFT JOIN LATERAL (
                SELECT id FROM res_users
                WHERE partner_id = message.author_id AND share IS NOT TRUE
                    AND id != %(root_user)s
                    AND message.author_id IS DISTINCT FROM ticket.partner_id
                ORDER BY active DESC, id LIMIT 1
            ) agent ON TRUE
            """,
            written=WRITTEN,
            comment=self.comment_subtype,
            root_partner=self.root_partner,
            root_user=self.root_user,
        )

    def _moves(self):
        """Tracked changes of the stage; ``closes``: NULL if it stays open or closed.

        What was moved out of a stage that is gone, or into it, was so nevertheless.
        """
        return SQL(
            """
            SELECT value.id, message.ticket_id, message.date,
                CASE WHEN (was.id IS NULL) != (becomes.id IS NULL)
                    THEN becomes.id IS NOT NULL END AS closes
            FROM message
            JOIN mail_tracking_value value
                ON value.mail_message_id = message.id AND value.field_id = %s
            LEFT JOIN closed_stage was ON was.id = value.old_value_integer
            LEFT JOIN closed_stage becomes ON becomes.id = value.new_value_integer
            """,
            self.stage_field,
        )

    def _turns(self):
        """Who has begun to speak after the other side, and when that began before.

        Of several messages in a row only the first one counts. The first reply has no
        ``since``: the customer has waited since the ticket was created.
        """
        return SQL(
            """
            SELECT id, is_agent,
                LAG(date) OVER (PARTITION BY ticket_id ORDER BY date, id) AS since
            FROM (
                SELECT id, ticket_id, date, user_id IS NOT NULL AS is_agent,
                    LAG(user_id IS NOT NULL) OVER (
                        PARTITION BY ticket_id ORDER BY date, id
                    ) AS after_agent
                FROM message WHERE is_public
            ) said
            WHERE is_agent != COALESCE(after_agent, FALSE)
            """
        )

    # --------------------------------------------------------------- the facts

    def _happened(self):
        """One row for each fact, without what depends on others of the ticket."""
        return SQL(
            """
            SELECT 'ticket' AS source, id AS source_id, 'new' AS kind, id AS ticket_id,
                made_at AS date, user_id, NULL::float8 AS hours, FALSE AS is_first,
                NULL::int AS writing_seconds, NULL::int AS result_id
            FROM ticket
            UNION ALL %(closings)s
            UNION ALL %(work)s
            UNION ALL
            SELECT 'leg', leg.id, 'answered', ticket.id,
                COALESCE(leg.answered_at, leg.started_at), leg.user_id,
                NULL, FALSE, NULL, leg.result_id
            FROM ticket JOIN callgear_leg leg ON leg.ticket_id = ticket.id
            WHERE leg.entry = %(conversation)s AND EXISTS (
                SELECT FROM callgear_recording recording WHERE recording.leg_id = leg.id
            )
            """,
            closings=self._closings(),
            work=self._work(),
            conversation=CONVERSATION,
        )

    def _closings(self):
        """Closed and reopened; ``hours`` from the creation, if that took any time.

        Tracking knows changes only: neither a ticket that was created in a closed stage,
        nor one that was closed before the stage was tracked. What a call has created and
        closed by itself took no time (R37).
        """
        return SQL(
            """
            SELECT 'stage', move.id, CASE WHEN closes THEN 'closed' ELSE 'reopened' END,
                ticket.id, move.date, ticket.user_id,
                CASE WHEN closes AND move.date IS DISTINCT FROM ticket.call_closed_at
                    THEN %(hours)s END,
                FALSE, NULL, NULL
            FROM move JOIN ticket ON ticket.id = move.ticket_id
            WHERE closes IS NOT NULL
            UNION ALL
            SELECT 'made_closed', id, 'closed', id, COALESCE(call_closed_at, made_at),
                user_id, NULL, FALSE, NULL, NULL
            FROM ticket WHERE is_made_closed
            UNION ALL
            SELECT 'untracked', id, 'closed', id, date_trunc('second', closed_date),
                user_id, %(untracked_hours)s, FALSE, NULL, NULL
            FROM ticket
            WHERE is_closed AND NOT is_made_closed AND closed_date IS NOT NULL
                AND NOT EXISTS (SELECT FROM move WHERE move.ticket_id = ticket.id)
            """,
            hours=_hours(SQL("ticket.made_at"), SQL("move.date")),
            untracked_hours=_hours(
                SQL("made_at"), SQL("date_trunc('second', closed_date)")
            ),
        )

    def _work(self):
        """Replies, with the ``hours`` that the customer waited; notes and changes."""
        return SQL(
            """
            SELECT 'message', message.id,
                CASE WHEN is_public THEN 'reply' ELSE 'worked' END,
                message.ticket_id, message.date, message.user_id,
                CASE WHEN turn.id IS NOT NULL AND NOT is_call THEN
                    EXTRACT(
                        EPOCH FROM message.date - COALESCE(turn.since, made_at)
                    )::float8 / 3600
                END,
                turn.id IS NOT NULL AND turn.since IS NULL AND NOT is_call,
                CASE WHEN is_public THEN writing_seconds END, NULL
            FROM message LEFT JOIN turn ON turn.id = message.id
            WHERE message.user_id IS NOT NULL AND (
                message_type IN %s
                OR message_type = 'notification' AND EXISTS (
                    SELECT FROM mail_tracking_value value
                    WHERE value.mail_message_id = message.id
                )
            )
            UNION ALL
            SELECT 'change', change.id, 'worked', ticket.id, change.date,
                change.user_id, NULL, FALSE, NULL, NULL
            FROM ticket
            JOIN callgear_ticket_change change ON change.ticket_id = ticket.id
            JOIN res_users changer ON changer.id = change.user_id
            WHERE changer.share IS NOT TRUE
                AND changer.partner_id IS DISTINCT FROM ticket.partner_id
            """,
            WRITTEN,
        )

    def _counted(self):
        """All columns that facts of tickets have.

        A fact knows the one before it that counts for the same figure, of the ticket and of
        the agent in it: so the tickets of a period are its facts whose predecessor lies
        before it. Facts of call tickets know the recorded conversations beside them.
        """
        return SQL(
            """
            SELECT source, source_id, kind, ticket_id, date, happened.user_id, team_id,
                channel_id, company_id, active, is_call,
                kind = 'new' AND %(is_from_customer)s AS is_from_customer,
                made_at, hours, is_first, writing_seconds,
                CASE WHEN kind = 'closed' THEN COUNT(*) FILTER (
                    WHERE kind IN ('reply', 'answered')
                ) OVER until END AS reply_count,
                result_id,
                %(previous)s,
                CASE WHEN kind = 'closed'
                    THEN LEAD(date) OVER previous_at END AS next_at,
                CASE WHEN is_call AND kind IN ('closed', 'reply') THEN MAX(date) FILTER (
                    WHERE kind = 'answered'
                ) OVER until END AS talk_before,
                CASE WHEN is_call AND kind IN ('closed', 'reply') THEN MIN(date) FILTER (
                    WHERE kind = 'answered'
                ) OVER (PARTITION BY ticket_id ORDER BY date DESC) END AS talk_after,
                %(deadlines)s
            FROM (SELECT *, %(cell)s AS cell FROM happened) happened
            JOIN ticket ON ticket.id = ticket_id
            WINDOW until AS (PARTITION BY ticket_id ORDER BY date), %(windows)s
            """,
            cell=hour_of_week(local(SQL("date"), self.tz)),
            is_from_customer=self._is_from_customer(),
            previous=previous("happened"),
            deadlines=_LATENESS,
            windows=windows("happened"),
        )

    def _is_from_customer(self):
        """Made for a call of the customer, or not created by an agent."""
        return SQL(
            """
            CASE WHEN is_call THEN call_kind IN ('in', 'missed') ELSE NOT EXISTS (
                SELECT FROM res_users maker
                WHERE maker.id = ticket.create_uid AND maker.share IS NOT TRUE
                    AND maker.id != %s
            ) END
            """,
            self.root_user,
        )


def previous(table, names=tuple(PREVIOUS)) -> SQL:
    """Return columns of ``PREVIOUS``, for a query with their ``windows``.

    :param str table: alias of the facts; with a column ``cell``, if names want it
    """
    columns = []
    for name in names:
        _same, kinds = PREVIOUS[name]
        date, kind = SQL.identifier(table, "date"), SQL.identifier(table, "kind")
        lag = SQL("LAG(%s) OVER %s", date, SQL.identifier(name))
        if kinds:
            lag = SQL("CASE WHEN %s IN %s THEN %s END", kind, kinds, lag)
        columns.append(SQL("%s AS %s", lag, SQL.identifier(name)))
    return SQL(", ").join(columns)


def windows(table, names=tuple(PREVIOUS)) -> SQL:
    """Return the windows of facts that count for the same figure, in order.

    A reply counts as work.

    :param str table: as for ``previous``
    """
    fact = SQL.identifier(table)
    figure = SQL("CASE %s.kind WHEN 'reply' THEN 'worked' ELSE %s.kind END", fact, fact)
    return SQL(", ").join(
        SQL(
            "%(name)s AS (PARTITION BY %(fact)s.ticket_id, %(same)s "
            "ORDER BY %(fact)s.date, %(fact)s.source, %(fact)s.source_id)",
            name=SQL.identifier(name),
            same=SQL(", ").join(
                [
                    figure,
                    *(SQL.identifier(table, column) for column in PREVIOUS[name][0]),
                ]
            ),
            fact=fact,
        )
        for name in names
    )


def local(moment, tz) -> SQL:
    """Return the SQL of a UTC time as clocks in a time zone show it."""
    return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)", moment, tz)


def hour_of_week(moment) -> SQL:
    """Return the SQL of the hours since Sunday's midnight."""
    return SQL(
        "(EXTRACT(dow FROM %(moment)s) * 24 + EXTRACT(hour FROM %(moment)s))::int",
        moment=moment,
    )


def _columns(names=KEY + COUNTED, table=None):
    return SQL(", ").join(
        SQL.identifier(table, name) if table else SQL.identifier(name) for name in names
    )


def _hours(start, end):
    """Hours between two times; NULL if they are the same."""
    return SQL("NULLIF(EXTRACT(EPOCH FROM %s - %s)::float8 / 3600, 0)", end, start)
