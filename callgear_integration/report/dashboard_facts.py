# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The SQL of the dashboard where facts are read: of some agents, of other time zones.

To count different tickets, PostgreSQL would have to sort all facts. But each fact knows in
which periods it counts, see ``figure_parts``: so all figures come of one pass. Only weekdays
and hours, which come again, need different tickets counted. Where not all facts of a ticket
count, as of some agents only, the one before has to be found first.
"""

from dataclasses import dataclass
from datetime import timedelta

import pytz

from odoo.tools import SQL

from .dashboard_figures import BY_HOUR
from .fact_count import COUNTED, OF_ALL, previous, windows
from .figure_parts import (
    GROUP,
    HOURLY,
    OF_HOUR,
    PEAK_NEW,
    PEAK_WORKED,
    counted,
    group_of,
    grouped,
    names,
    parts,
)

WEEK_HOURS = 7 * 24
# PostgreSQL's week begins on Sunday; its count of time began on a Thursday.
SUNDAY_TO_THURSDAY = 4 * 24


@dataclass(frozen=True)
class DashboardFacts:
    """The figures of a period.

    :param facts: ``odoo.tools.Query`` of the facts of the period that the user may count
    :param measures: dict, name of a measure → SQL in terms of ``fact``; NULL: does not
        count
    :param counts: SQL condition that a fact counts at all
    :param bounds: start (included) and end (excluded) of the period, naive UTC
    :param tz: name of the time zone of the hours of the week
    :param starts: when each piece of the period begins; the first one with the period
    :param is_partial: whether facts of a ticket may be missing among those of the period
    """

    facts: object
    measures: dict
    counts: SQL
    bounds: tuple
    tz: str
    starts: list
    is_partial: bool = False

    def totals(self) -> SQL:
        """Return the query of one row: the values of ``figure_parts.names``."""
        return SQL("SELECT %s FROM %s", self._counted(), self._tables())

    def groups(self) -> SQL:
        """Return the same as ``DashboardSums.groups``."""
        return SQL(
            """
            WITH once AS MATERIALIZED (
                SELECT %(group)s, %(counted)s FROM %(tables)s
                GROUP BY %(group)s
            )
            %(grouped)s UNION ALL %(peak)s
            """,
            group=GROUP,
            counted=self._counted(),
            tables=self._tables(),
            grouped=grouped(),
            peak=self._peak(),
        )

    def _peak(self):
        """Return the query of a row for each hour of the week.

        Calls have no ticket, so all of an hour come together.
        """
        found = {
            PEAK_NEW: SQL("COUNT(*) FILTER (WHERE is_new)"),
            PEAK_WORKED: SQL("COUNT(*) FILTER (WHERE is_worked)"),
            **{name + HOURLY: SQL("SUM(%s)", SQL.identifier(name)) for name in BY_HOUR},
        }
        return SQL(
            """
            SELECT %(of_hour)s, %(group)s, %(values)s FROM (
                SELECT fact.ticket_id, %(cell)s AS cell, BOOL_OR(%(is_new)s) AS is_new,
                    BOOL_OR(%(is_worked)s) AS is_worked, %(calls)s
                FROM %(tables)s
                WHERE fact.kind IN ('new', 'reopened', 'worked', 'reply', 'incoming')
                    AND %(counts)s
                GROUP BY fact.ticket_id, cell
            ) once GROUP BY cell
            """,
            of_hour=OF_HOUR,
            group=group_of(hour=SQL("cell")),
            values=SQL(", ").join(found.get(name, SQL("NULL")) for name in names()),
            cell=self._cell(),
            counts=self.counts,
            tables=self._tables(in_order=False),
            is_new=SQL("%s IS NOT NULL", self.measures["new_and_reopened"]),
            is_worked=SQL("%s IS NOT NULL", self.measures["worked_on"]),
            calls=SQL(", ").join(
                SQL("COUNT(%s) AS %s", self.measures[name], SQL.identifier(name))
                for name in BY_HOUR
            ),
        )

    # -------------------------------------------------------------------- parts

    def _tables(self, in_order=True):
        """Return the facts of the period, named ``fact``.

        :param bool in_order: whether each must know the one before it
        """
        table = self.facts.table
        found = OF_ALL if self.is_partial and in_order else ()
        kept = [SQL.identifier(table, name) for name in COUNTED if name not in found]
        return SQL(
            """
            (
                SELECT *, (%(starts)s::timestamp[])[piece] AS piece_start FROM (
                    SELECT %(columns)s, NULL::int AS hour,
                        width_bucket(date, %(starts)s::timestamp[]) AS piece
                    FROM %(table)s WHERE %(where)s %(windows)s
                ) fact
            ) fact
            """,
            columns=SQL(", ").join(
                [*kept, *([previous(table, found)] if found else [])]
            ),
            starts=self.starts,
            table=self.facts.from_clause,
            where=self.facts.where_clause,
            windows=SQL("WINDOW %s", windows(table, found)) if found else SQL(),
        )

    def _counted(self):
        start, end = (SQL("%s", bound) for bound in self.bounds)
        found = [part for part in parts(self.measures) if not part.by_hour]
        return counted(found, start, end, SQL("piece_start"))

    def _cell(self):
        """Return the SQL of the hour of the week; the clocks may change in the period."""
        minutes = SQL("0")
        for since, offset in offsets(self.tz, *self.bounds):
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


def offsets(tz, start, end):
    """Return since when clocks show which offset from UTC, between two times."""
    zone = pytz.timezone(tz)
    changes = getattr(zone, "_utc_transition_times", ())
    return [
        (at, zone.fromutc(at).utcoffset())
        for at in (start, *(at for at in changes if start < at < end))
    ]
