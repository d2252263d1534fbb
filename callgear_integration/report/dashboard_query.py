# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The SQL of the dashboard: all figures of a period in one pass over its facts.

To count different tickets, PostgreSQL would have to sort all facts. But each fact knows the
one before it that counts for the same figure: it is the first one of a period, and so counts
its ticket, if that one lies before the period. The same goes for each piece of the period,
and for each agent in a ticket. Only weekdays and hours, which come again, need different
tickets counted. Where not all facts of a ticket count, as of some agents only, the one
before has to be found first.
"""

from dataclasses import dataclass
from datetime import timedelta

import pytz

from odoo.tools import SQL

from .dashboard_figures import BY_HOUR, FIGURES, OVER_TIME
from .fact_count import COUNTED, PREVIOUS, previous, windows

WEEK_HOURS = 7 * 24
# PostgreSQL's week begins on Sunday; its count of time began on a Thursday.
SUNDAY_TO_THURSDAY = 4 * 24
DRAWN = {key for keys in OVER_TIME.values() for key in keys}
_GREATEST = {figure.key for figure in FIGURES.values() if figure.aggregator == "max"}
# Figures that may count one ticket several times in a period: the time of the fact before
# that counts for the same one, of the ticket, and of the agent in it.
_REPLY = "CASE fact.kind WHEN 'reply' THEN fact.previous_reply{0}_at ELSE {1} END"
_PREVIOUS = {
    "reopened": (SQL("fact.previous_at"), None),
    "new_and_reopened": (SQL("fact.previous_at"), None),
    "closed": (SQL("fact.previous_at"), None),
    "worked_on": (SQL("fact.previous_at"), SQL("fact.previous_of_user_at")),
    "answered": (
        SQL(_REPLY.format("", "fact.previous_at")),
        SQL(_REPLY.format("_of_user", "fact.previous_of_user_at")),
    ),
}


@dataclass(frozen=True)
class DashboardQuery:
    """The figures of a period.

    :param facts: ``odoo.tools.Query`` of the facts of the period that the user may count
    :param measures: dict, name of a measure → SQL in terms of ``fact``; NULL: does not
        count
    :param counts: SQL condition that a fact counts at all
    :param bounds: start (included) and end (excluded) of the period, naive UTC
    :param starts: when each piece of the period begins; the first one with the period
    :param is_partial: whether facts of a ticket may be missing among those of the period
    """

    facts: object
    measures: dict
    counts: SQL
    bounds: tuple
    starts: list
    is_partial: bool = False

    def totals(self) -> SQL:
        """Return the query of one row: the values of ``names``."""
        return SQL("SELECT %s FROM %s", self._aggregates(), self._tables())

    def groups(self) -> SQL:
        """Return the query of a row for the whole, each piece, channel and agent.

        Columns: what it is a row of (3: piece, 5: agent, 6: channel, 7: the whole), channel,
        agent, number of the piece from 1 on, and the values of ``names``.
        """
        sums = SQL(", ").join(
            SQL("MAX(%s)" if name in _GREATEST else "SUM(%s)", SQL.identifier(name))
            for name in self.names()
        )
        return SQL(
            """
            WITH part AS MATERIALIZED (
                SELECT fact.channel_id, fact.user_id, fact.piece, %(aggregates)s
                FROM %(tables)s GROUP BY fact.channel_id, fact.user_id, fact.piece
            )
            SELECT GROUPING(channel_id, user_id, piece), channel_id, user_id, piece,
                %(sums)s
            FROM part GROUP BY GROUPING SETS ((), (channel_id), (user_id), (piece))
            """,
            aggregates=self._aggregates(),
            tables=self._tables(),
            sums=sums,
        )

    def peak(self, tz) -> SQL:
        """Return the query of a row for each weekday and hour.

        Columns: hour of the week from Sunday's midnight on, tickets that were new or
        reopened in it, tickets that were worked on, and what ``BY_HOUR`` counts of calls.
        These have no ticket, so all of an hour come together.

        :param str tz: time zone of the hours
        """
        return SQL(
            """
            SELECT cell, COUNT(*) FILTER (WHERE is_new),
                COUNT(*) FILTER (WHERE is_worked), %(sums)s
            FROM (
                SELECT fact.ticket_id, %(cell)s AS cell, BOOL_OR(%(is_new)s) AS is_new,
                    BOOL_OR(%(is_worked)s) AS is_worked, %(calls)s
                FROM %(tables)s
                WHERE fact.kind IN ('new', 'reopened', 'worked', 'reply', 'incoming')
                    AND %(counts)s
                GROUP BY fact.ticket_id, cell
            ) once GROUP BY cell
            """,
            cell=self._cell(tz),
            counts=self.counts,
            tables=self._tables(),
            is_new=SQL("%s IS NOT NULL", self.measures["new_and_reopened"]),
            is_worked=SQL("%s IS NOT NULL", self.measures["worked_on"]),
            sums=SQL(", ").join(SQL("SUM(%s)", SQL.identifier(n)) for n in BY_HOUR),
            calls=SQL(", ").join(
                SQL("COUNT(%s) AS %s", self.measures[name], SQL.identifier(name))
                for name in BY_HOUR
            ),
        )

    def names(self):
        """Return the names of the values of ``totals`` and ``groups``, in order.

        A measure that may count a ticket several times has a value for the pieces and one
        for the agents of its own, an average its sum and number.
        """
        return [name for name, _aggregate in self._columns()]

    # -------------------------------------------------------------------- parts

    def _tables(self):
        """Return the facts of the period, named ``fact``, and what is joined with them."""
        table = self.facts.table
        kept = [name for name in COUNTED if not self.is_partial or name not in PREVIOUS]
        return SQL(
            """
            (
                SELECT %(columns)s, width_bucket(date, %(starts)s::timestamp[]) AS piece
                FROM %(table)s WHERE %(where)s %(windows)s
            ) fact
            """,
            columns=SQL(", ").join(
                [
                    *(SQL.identifier(table, name) for name in kept),
                    *([previous(table)] if self.is_partial else []),
                ]
            ),
            starts=self.starts,
            table=self.facts.from_clause,
            where=self.facts.where_clause,
            windows=SQL("WINDOW %s", windows(table)) if self.is_partial else SQL(),
        )

    def _aggregates(self):
        return SQL(", ").join(
            SQL("%s AS %s", aggregate, SQL.identifier(name))
            for name, aggregate in self._columns()
        )

    def _columns(self):
        """Return names and SQL of the aggregates."""
        starts, found = SQL("(%s::timestamp[])[fact.piece]", self.starts), []
        for figure in FIGURES.values():
            for name in filter(None, (figure.key, figure.due)):
                measure = SQL(
                    "CASE WHEN %s THEN %s END", self.counts, self.measures[name]
                )
                if figure.aggregator == "avg":
                    found.append((name, SQL("SUM(%s)", measure)))
                    found.append((f"{name}__count", SQL("COUNT(%s)", measure)))
                    continue
                if figure.aggregator == "max":
                    found.append((name, SQL("MAX(%s)", measure)))
                    continue
                of_ticket, of_user = _PREVIOUS.get(name, (None, None))
                found.append((name, _first(measure, of_ticket, self.bounds[0])))
                if of_user:
                    first = _first(measure, of_user, self.bounds[0])
                    found.append((f"{name}__user", first))
                if of_ticket and name in DRAWN:
                    found.append((f"{name}__piece", _first(measure, of_ticket, starts)))
        return found

    def _cell(self, tz):
        """Return the SQL of the hour of the week; the clocks may change in the period."""
        minutes = SQL("0")
        for since, offset in offsets(tz, *self.bounds):
            ahead = offset // timedelta(minutes=1)
            minutes = SQL(
                "CASE WHEN fact.date >= %s THEN %s ELSE %s END", since, ahead, minutes
            )
        return SQL(
            "((date_part('epoch', fact.date)::bigint / 60 + %s) / 60 + %s) %% %s",
            minutes,
            SUNDAY_TO_THURSDAY,
            WEEK_HOURS,
        )


def _first(measure, previous, start):
    """Return the SQL that counts facts, of each ticket only the first one from a time on."""
    if previous is None:
        return SQL("COUNT(%s)", measure)
    return SQL(
        "COUNT(%s) FILTER (WHERE (%s >= %s) IS NOT TRUE)", measure, previous, start
    )


def offsets(tz, start, end):
    """Return since when clocks show which offset from UTC, between two times."""
    zone = pytz.timezone(tz)
    changes = getattr(zone, "_utc_transition_times", ())
    return [
        (at, zone.fromutc(at).utcoffset())
        for at in (start, *(at for at in changes if start < at < end))
    ]
