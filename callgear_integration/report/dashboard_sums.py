# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The SQL of the dashboard where facts are kept as sums: of whole days, of all agents or one.

Of whole months, the sums of the months are read. Facts that no sum holds yet are counted as
they are, and those are taken off which the sums hold wrongly.
"""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo.tools import SQL

from ..tools.period import Period
from .callgear_ticket_sum import DAY, MONTH, SIGN
from .fact_count import hour_of_week, local
from .figure_parts import (
    GROUP,
    GROUPS,
    columns,
    counted,
    counts_in,
    group_of,
    grouped,
    parts,
    shown,
    totals,
)


@dataclass(frozen=True)
class DashboardSums:
    """The figures of a period.

    :param sums: ``odoo.tools.Query`` of the sums that the user may count
    :param facts: the same of the facts of the period, with cancelled ones
    :param measures: see ``figure_parts.parts``
    :param period: its days are those of the sums
    :param zone: time zone of the sums
    :param alone: SQL condition on a row that only facts of its agent count, not those of
        others in the same ticket; None: all do
    :param starts: days on which the pieces of the period begin; the first one with it
    """

    sums: object
    facts: object
    measures: dict
    period: Period
    zone: str
    alone: SQL | None = None
    starts: list = field(default_factory=list)

    def totals(self) -> SQL:
        """Return the query of one row: the values of ``figure_parts.names``."""
        return SQL("SELECT %s FROM (%s) part", totals(), self._parts())

    def groups(self) -> SQL:
        """Return the query of all groups, see ``figure_parts.grouped``.

        The piece of the period is its number, from 1 on.
        """
        return SQL(
            """
            WITH once AS MATERIALIZED (
                SELECT %(group)s, %(totals)s FROM (%(parts)s) part GROUP BY %(group)s
            )
            %(grouped)s
            """,
            group=GROUP,
            totals=totals(),
            parts=self._parts(),
            grouped=grouped(),
        )

    def _parts(self):
        """Return the query of all that counts: columns ``GROUP`` and of all names."""
        return SQL(
            """
            SELECT %(groups)s, hour, %(names)s
            FROM (%(summed)s UNION ALL (%(live)s)) part
            """,
            # Hours are shown of the whole only.
            groups=SQL(", ").join(
                SQL("CASE WHEN hour IS NULL THEN %s END AS %s", column, column)
                for column in (
                    SQL.identifier(name) for name in GROUPS if name != "hour"
                )
            ),
            names=shown(self.alone or SQL("FALSE")),
            summed=self._summed(),
            live=self._live(),
        )

    def _summed(self):
        after = self.period.last + timedelta(days=1)
        # Rows of hours are of all that happened to tickets, or of what an agent did.
        which = SQL("hour IS NULL OR user_id IS NULL")
        if self.alone:
            which = SQL("hour IS NULL OR (user_id IS NOT NULL) = (%s)", self.alone)
        return SQL(
            """
            SELECT %(group)s, %(names)s FROM (
                SELECT team_id, channel_id, user_id, hour, %(names)s,
                    since, piece_since, until,
                    width_bucket(day, %(starts)s::date[]) AS piece
                FROM %(table)s WHERE %(where)s AND (%(spans)s) AND (%(which)s)
            ) summed WHERE %(counts)s
            """,
            group=GROUP,
            names=columns(),
            starts=self._starts(),
            table=self.sums.from_clause,
            where=self.sums.where_clause or SQL("TRUE"),
            spans=self._spans(),
            which=which,
            counts=counts_in(
                self.period.first, after, SQL("(%s::date[])[piece]", self._starts())
            ),
        )

    def _starts(self):
        return self.starts or [self.period.first]

    def _spans(self):
        """Return the SQL condition on sums: whole months of the period, and other days.

        Shorter pieces than months need days.
        """
        first, after = self.period.first, self.period.last + timedelta(days=1)
        begin = first
        if first.day > 1:
            begin = first.replace(day=1) + relativedelta(months=1)
        end = after.replace(day=1)
        if begin >= end or (self.starts and self.period.granularity != "month"):
            return SQL("span = %s AND day >= %s AND day < %s", DAY, first, after)
        return SQL(
            """
            span = %(month)s AND day >= %(begin)s AND day < %(end)s
            OR span = %(day)s AND day >= %(first)s AND day < %(begin)s
            OR span = %(day)s AND day >= %(end)s AND day < %(after)s
            """,
            month=MONTH,
            day=DAY,
            first=first,
            begin=begin,
            end=end,
            after=after,
        )

    def _live(self):
        """Return the query of the facts that no sum holds, and of wrong ones in sums."""
        starts = [Period(day, day, self.period.tz).bounds[0] for day in self._starts()]
        found = parts(self.measures)
        return SQL(
            """
            WITH live AS MATERIALIZED (
                SELECT *, (%(starts)s::timestamp[])[piece] AS piece_start FROM (
                    SELECT *, width_bucket(date, %(starts)s::timestamp[]) AS piece
                    FROM %(table)s WHERE %(where)s
                ) fact
            )
            SELECT %(group)s, %(counted)s
            FROM (SELECT *, NULL::int AS hour FROM live) fact GROUP BY %(group)s
            UNION ALL
            SELECT %(of_hour)s, %(hourly)s
            FROM (SELECT *, %(hour)s AS cell FROM live fact) fact GROUP BY cell
            """,
            starts=starts,
            table=self.facts.from_clause,
            where=self.facts.where_clause,
            group=GROUP,
            counted=self._counted([part for part in found if not part.by_hour]),
            of_hour=group_of(hour=SQL("cell")),
            hour=hour_of_week(local(SQL("fact.date"), self.zone)),
            hourly=self._counted(self._of_hours(found)),
        )

    def _counted(self, some):
        """Return the aggregates of live facts, see ``figure_parts.counted``."""
        start, end = (SQL("%s", bound) for bound in self.period.bounds)
        return counted(some, start, end, SQL("piece_start"), SIGN)

    def _of_hours(self, found):
        """Return the parts by hour, of all facts of a ticket or of the agent's own."""
        hourly = [part for part in found if part.by_hour]
        if not self.alone:
            return [part for part in hourly if not part.of_user]
        which = "CASE WHEN (%s) = %s THEN %s END"
        return [
            replace(part, value=SQL(which, self.alone, part.of_user, part.value))
            for part in hourly
        ]
