# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Reads a part of the books, in a few statements: what ``domain/books.py`` compares."""

from collections import defaultdict
from dataclasses import dataclass, fields
from datetime import datetime

from odoo.tools import SQL

from ..domain import books
from ..domain.verdict import CONVERSATION, MISSED, TALKS, VOICEMAIL

# Of a caller who talks so often, not all talks are looked at when a call is worked on.
MAX_TALKS = 40
_CALL_FACT = (
    "kind",
    "date",
    "user_id",
    "team_id",
    "channel_id",
    "is_answered",
    "missed_reason",
    "wait_seconds",
    "talk_seconds",
    "call_back_seconds",
    "promise",
    "ticket_id",
)


@dataclass(frozen=True)
class BookRows:
    """The calls of a connection that began in a part of a period, and what goes with them.

    :param env: with all rights
    :param connection: one ``callgear.connection``
    :param since: naive UTC, like the others; ``till`` is not included
    :param days: whose sums are looked at, as all facts of theirs have been
    :param months: days whose months' sums are
    :param with_strays: what belongs to no call, so to no connection, is read too
    """

    env: object
    connection: object
    since: datetime
    till: datetime
    days: list
    months: list
    with_strays: bool

    def calls(self) -> list[books.Call]:
        """Return the calls that are over, and of which no notification waits."""
        names = SQL(", ").join(
            SQL.identifier("call", field.name) for field in fields(books.Call)
        )
        rows = self._rows(
            """
            SELECT %s FROM callgear_call call
            WHERE call.connection_id = %s AND call.started_at >= %s
                AND call.started_at < %s AND call.state = 'ended' AND %s
            """,
            names,
            self.connection.id,
            self.since,
            self.till,
            self._is_settled(),
        )
        return [books.Call(*row) for row in rows]

    @staticmethod
    def _is_settled():
        """Nothing is concluded while a notification waits, or could not be worked on."""
        return SQL(
            """
            NOT EXISTS (
                SELECT FROM callgear_event event
                WHERE event.connection_id = call.connection_id
                    AND event.session_id = call.session_id
                    AND event.is_absorbed IS NOT TRUE AND event.state != 'done'
            )
            """
        )

    def legs(self, call_ids) -> list[books.Leg]:
        """Return the parties of calls, except those that are absorbed: they have no entry."""
        rows = self._rows(
            """
            SELECT leg.id, leg.call_id, leg.leg_id, leg.dial_number,
                leg.is_operator IS TRUE, leg.user_id, leg.entry, leg.started_at,
                leg.answered_at, leg.ticket_id, leg.ticket_choice, leg.message_id,
                CASE WHEN message.model = 'helpdesk.ticket' THEN place.id END,
                ticket.team_id, ticket.channel_id, EXISTS (
                    SELECT FROM callgear_recording recording
                    WHERE recording.leg_id = leg.id
                )
            FROM callgear_leg leg
            LEFT JOIN mail_message message ON message.id = leg.message_id
            LEFT JOIN helpdesk_ticket place ON place.id = message.res_id
            LEFT JOIN helpdesk_ticket ticket ON ticket.id = leg.ticket_id
            WHERE leg.call_id = ANY(%s) AND leg.is_absorbed IS NOT TRUE
            ORDER BY leg.id
            """,
            call_ids,
        )
        return [books.Leg(*row) for row in rows]

    def recordings(self, call_ids) -> list[books.Recording]:
        """Return the recordings of calls, with the messages that show each."""
        rows = self._rows(
            """
            SELECT id, call_id, leg_id, state, attachment_id, deleted_at, ARRAY(
                SELECT message_id FROM message_attachment_rel shown
                WHERE shown.attachment_id = recording.attachment_id
            )
            FROM callgear_recording recording WHERE call_id = ANY(%s)
            """,
            call_ids,
        )
        return [books.Recording(*row[:-1], tuple(row[-1])) for row in rows]

    # ------------------------------------------------------------------- tickets

    def tickets(self, ticket_ids) -> list[books.Ticket]:
        """Return the tickets in which calls stand, and those made in the time for calls.

        Those with a call that goes on, or waits to be worked on, are left out.
        """
        rows = self._rows(
            """
            WITH ticket AS MATERIALIZED (
                SELECT ticket.*, stage.closed IS TRUE AS is_closed
                FROM helpdesk_ticket ticket
                LEFT JOIN helpdesk_ticket_stage stage ON stage.id = ticket.stage_id
                WHERE ticket.id = ANY(%(ids)s) OR (%(strays)s)
            )
            SELECT ticket.id, ticket.active, ticket.is_closed, ticket.call_kind,
                ticket.call_icon, ticket.call_auto IS TRUE, ticket.call_kept,
                ticket.call_missed_since, ticket.call_waiting_since,
                COALESCE(entry.number, 0), entry.first_kind, entry.first_auto_kind,
                entry.missed_number > 0, entry.is_called_back, entry.is_voicemail,
                entry.last_missed_at, entry.waits_with,
                (%(talked_since)s) AS is_talked_since,
                ticket.call_done_at IS NOT NULL OR entry.ended_at >= entry.last_missed_at
                    OR entry.talked_at >= entry.last_missed_at OR (%(answered)s)
            FROM ticket LEFT JOIN LATERAL (%(entries)s) entry ON TRUE
            WHERE entry.is_open IS NOT TRUE
            """,
            ids=ticket_ids,
            strays=self._stray_tickets(),
            entries=self._entries(),
            talked_since=self._talks_after(
                SQL("leg.started_at = ticket.call_missed_since"), MAX_TALKS
            ),
            answered=self._talks_after(SQL("leg.started_at = entry.last_missed_at")),
        )
        return [_ticket(row) for row in rows]

    def _stray_tickets(self):
        if not self.with_strays:
            return SQL("FALSE")
        made_at = SQL("COALESCE(ticket.call_made_at, ticket.create_date)")
        return SQL(
            """
            ticket.call_icon IS NOT NULL AND ticket.company_id = %s
            AND %s >= %s AND %s < %s AND NOT EXISTS (
                SELECT FROM mail_message message
                JOIN callgear_leg leg ON leg.message_id = message.id
                WHERE message.model = 'helpdesk.ticket' AND message.res_id = ticket.id
            )
            """,
            self.connection.company_id.id,
            made_at,
            self.since,
            made_at,
            self.till,
        )

    def _entries(self):
        """What the entries of a ticket amount to, however many there are."""
        order = SQL("leg.started_at, leg.dial_number, leg.id")
        return SQL(
            """
            SELECT COUNT(*) AS number,
                (ARRAY_AGG(%(kind)s ORDER BY %(order)s))[1] AS first_kind,
                (ARRAY_AGG(%(kind)s ORDER BY %(order)s) FILTER (
                    WHERE leg.ticket_choice = 'auto'))[1] AS first_auto_kind,
                (ARRAY_AGG(leg.entry = %(missed)s AND call.reason IS NOT DISTINCT FROM
                    %(voicemail)s ORDER BY %(order)s))[1] AS is_voicemail,
                COUNT(*) FILTER (WHERE leg.entry = %(missed)s) AS missed_number,
                BOOL_OR(leg.entry = %(talk)s AND call.direction = 'out' AND EXISTS (
                    SELECT FROM callgear_recording recording
                    WHERE recording.leg_id = leg.id)) AS is_called_back,
                MAX(leg.started_at) FILTER (WHERE leg.entry = %(missed)s)
                    AS last_missed_at,
                MAX(leg.started_at) FILTER (WHERE leg.entry = %(talk)s) AS talked_at,
                MAX(GREATEST(call.called_back_at, call.call_back_done_at)) AS ended_at,
                BOOL_OR(leg.entry = %(missed)s
                    AND leg.started_at = ticket.call_missed_since) AS waits_with,
                BOOL_OR(call.state != 'ended' OR NOT %(settled)s) AS is_open
            FROM callgear_leg leg JOIN callgear_call call ON call.id = leg.call_id
            WHERE leg.ticket_id = ticket.id AND leg.entry IS NOT NULL
            """,
            kind=SQL(
                "CASE leg.entry WHEN %s THEN %s ELSE call.direction END", MISSED, MISSED
            ),
            order=order,
            missed=MISSED,
            talk=CONVERSATION,
            voicemail=VOICEMAIL,
            settled=self._is_settled(),
        )

    @staticmethod
    def _talks_after(which, most=None):
        """Return the condition that the caller of a missed call has talked since.

        :param SQL which: condition on ``leg``, an entry of a missed call in the ticket
        :param most: more talks than these do not count; with it, only the same number does
        """
        contact = SQL("FALSE") if most else SQL("talk.partner_id = missed.partner_id")
        count = SQL("COUNT(*) > 0")
        if most:
            count = SQL("COUNT(*) BETWEEN 1 AND %s", most)
        return SQL(
            """
            SELECT %(count)s FROM callgear_leg leg
            JOIN callgear_call missed ON missed.id = leg.call_id
            JOIN callgear_call talk ON talk.connection_id = missed.connection_id
                AND talk.history IN %(talks)s AND talk.started_at >= missed.started_at
                AND (talk.line_key = missed.line_key OR %(contact)s)
            WHERE leg.ticket_id = ticket.id AND leg.entry = %(missed)s AND %(which)s
                AND ticket.call_kind = %(missed)s AND ticket.active
            """,
            count=count,
            talks=TALKS,
            contact=contact,
            missed=MISSED,
            which=which,
        )

    # ------------------------------------------------------------------- figures

    def facts(self, source, ids) -> dict[int, books.Fact]:
        """Return what the figures say of calls, conversations or tickets, by id."""
        columns = SQL(", ").join(SQL.identifier("fact", name) for name in _CALL_FACT)
        rows = self._rows(
            """
            SELECT fact.source_id, %s FROM callgear_ticket_fact fact
            WHERE fact.source = %s AND fact.source_id = ANY(%s)
                AND fact.state != 'cancelled'
            """,
            columns,
            source,
            ids,
        )
        return {
            id_: books.Fact(source, id_, dict(zip(_CALL_FACT, row, strict=True)))
            for id_, *row in rows
        }

    def stray_facts(self) -> list[tuple]:
        """Return what the figures count of calls and conversations that are not there.

        :return: list of (source, id, id of the ticket, kind, time)
        """
        if not self.with_strays:
            return []
        return self._rows(
            """
            SELECT fact.source, fact.source_id, fact.ticket_id, fact.kind, fact.date
            FROM callgear_ticket_fact fact
            LEFT JOIN callgear_call call
                ON fact.source = 'call' AND call.id = fact.source_id
            LEFT JOIN callgear_leg leg ON fact.source = 'leg' AND leg.id = fact.source_id
            WHERE fact.source IN ('call', 'leg') AND fact.state != 'cancelled'
                AND call.id IS NULL AND leg.id IS NULL AND fact.company_id = %s
                AND fact.date >= %s AND fact.date < %s
            ORDER BY fact.id
            """,
            self.connection.company_id.id,
            self.since,
            self.till,
        )

    def new_tickets(self, ticket_ids) -> dict[int, dict]:
        """Return what the figures have to say of new tickets, by id."""
        names = ("date", "user_id", "team_id", "channel_id")
        rows = self._rows(
            """
            SELECT id, date_trunc('second', COALESCE(call_made_at, create_date)),
                user_id, team_id, channel_id
            FROM helpdesk_ticket WHERE id = ANY(%s)
            """,
            ticket_ids,
        )
        return {
            id_: {"kind": "new", **dict(zip(names, row, strict=True))}
            for id_, *row in rows
        }

    def _rows(self, query, *args, **kwargs):
        return self.env.execute_query(SQL(query, *args, **kwargs))


def talk_values(leg: books.Leg) -> dict | None:
    """Return what the figures have to say of a conversation, or None."""
    if leg.entry != CONVERSATION or not leg.ticket_id or not leg.is_recorded:
        return None
    return {
        "kind": "answered",
        "date": leg.answered_at or leg.started_at,
        "user_id": leg.user_id,
        "ticket_id": leg.ticket_id,
        "team_id": leg.team_id,
        "channel_id": leg.channel_id,
    }


def by_call(rows) -> dict[int, list]:
    """Return legs, or recordings, by the id of their call."""
    found = defaultdict(list)
    for row in rows:
        found[row.call_id].append(row)
    return found


def _ticket(row):
    head, (number, first, auto, has_missed), rest = row[:9], row[9:13], row[13:]
    kinds = {auto or first, MISSED if has_missed else None} - {None}
    id_, active, is_closed, kind, icon, is_auto, kept, missed, waiting = head
    called_back, voicemail, last_missed, waits_with, talked, answered = rest
    return books.Ticket(
        id=id_,
        active=bool(active),
        is_closed=is_closed,
        call_kind=kind,
        call_icon=icon,
        is_auto=is_auto,
        kept=frozenset((kept or "").split(",")),
        call_missed_since=missed,
        call_waiting_since=waiting,
        entries=number,
        maker_kinds=frozenset(kinds),
        is_called_back=bool(called_back),
        is_first_voicemail=bool(voicemail),
        last_missed_at=last_missed,
        waits_with=bool(waits_with),
        is_talked_since=bool(talked),
        is_answered=bool(answered),
    )
