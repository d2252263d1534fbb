# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The SQL of the dashboard where facts are kept as sums: of whole days, of all agents.

Of whole months, the sums of the months are read. Facts that no sum holds yet are counted as
they are, and those are taken off which the sums hold wrongly.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo.tools import SQL

from ..tools.period import Period
from .callgear_ticket_sum import DAY, MONTH, SIGN
from .fact_count import hour_of_week, local
from .figure_parts import columns, counts_in, parts_of, totals, values

GROUP = SQL("channel_id, user_id, hour, piece")


@dataclass(frozen=True)
class DashboardSums:
    """The figures of a period.

    :param sums: ``odoo.tools.Query`` of the sums that the user may count
    :param facts: the same of the facts of the period, with cancelled ones
    :param measures: see ``figure_parts.parts``
    :param period: its days are those of the sums
    :param zone: time zone of the sums
    :param starts: days on which the pieces of the period begin; the first one with it
    """

    sums: object
    facts: object
    measures: dict
    period: Period
    zone: str
    starts: list = field(default_factory=list)

    def totals(self) -> SQL:
        """Return the query of one row: the values of ``figure_parts.names``."""
        return SQL("SELECT %s FROM (%s) part", totals(), self._parts())

    def groups(self) -> SQL:
        """Return the query of a row for the whole, each channel, agent, hour and piece.

        Columns: what it is a row of (7: channel, 11: agent, 13: hour of the week, 14:
        piece, 15: the whole), channel, agent, hour of the week, number of the piece from 1
        on, and the values of ``figure_parts.names``.
        """
        return SQL(
            """
            WITH once AS MATERIALIZED (
                SELECT %(group)s, %(totals)s FROM (%(parts)s) part GROUP BY %(group)s
            )
            SELECT GROUPING(%(group)s), %(group)s, %(totals)s FROM once
            GROUP BY GROUPING SETS ((), (channel_id), (user_id), (hour), (piece))
            """,
            group=GROUP,
            totals=totals(),
            parts=self._parts(),
        )

    def _parts(self):
        """Return the query of all that counts: columns ``GROUP`` and of all names."""
        return SQL("%s UNION ALL %s", self._summed(), self._live())

    def _summed(self):
        after = self.period.last + timedelta(days=1)
        return SQL(
            """
            SELECT %(group)s, %(names)s FROM (
                SELECT channel_id, user_id, hour, %(names)s, since, piece_since, until,
                    width_bucket(day, %(starts)s::date[]) AS piece
                FROM %(table)s WHERE %(where)s AND (%(spans)s)
            ) summed WHERE %(counts)s
            """,
            group=GROUP,
            names=columns(),
            starts=self._starts(),
            table=self.sums.from_clause,
            where=self.sums.where_clause or SQL("TRUE"),
            spans=self._spans(),
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
        begin, end = first, after
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
        start, end = self.period.bounds
        starts = [Period(day, day, self.period.tz).bounds[0] for day in self._starts()]
        return SQL(
            """
            SELECT channel_id, user_id, CASE WHEN by_hour THEN %(hour)s END AS hour,
                piece, %(values)s
            FROM (
                WITH live AS MATERIALIZED (
                    SELECT *, width_bucket(date, %(starts)s::timestamp[]) AS piece
                    FROM %(table)s WHERE %(where)s
                )
                %(parts)s
            ) part WHERE %(counts)s
            """,
            hour=hour_of_week(local(SQL("part.date"), self.zone)),
            values=values(SIGN, SQL("state != 'cancelled'")),
            starts=starts,
            table=self.facts.from_clause,
            where=self.facts.where_clause,
            parts=parts_of(SQL("live"), self.measures),
            counts=counts_in(start, end, SQL("(%s::timestamp[])[piece]", starts)),
        )
