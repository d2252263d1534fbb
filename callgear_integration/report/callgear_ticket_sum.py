# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
import random
from collections import Counter
from datetime import timedelta

import pytz
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL, ormcache
from odoo.tools.sql import create_column, table_columns

from ..tools.period import Period
from .fact_count import hour_of_week, local
from .figure_parts import (
    any_total,
    columns,
    counts_in,
    names,
    parts_of,
    signed,
    totals,
)

_logger = logging.getLogger(__name__)
# System parameters: time zone of the days and hours of the sums; the one that was chosen
# for the users last; the one of the sums that there are.
ZONE = "callgear_integration.statistics_time_zone"
CHOSEN_ZONE = "callgear_integration.statistics_chosen_time_zone"
SUMMED_ZONE = "callgear_integration.statistics_summed_time_zone"
# Facts that are taken out of the sums by one transaction when the time zone changes.
BATCH = 50_000
DAY, MONTH = "day", "month"
# Facts of the last hours still change with every call: they are counted as they are.
REST_HOURS = 4
# Days that are brought in step by one transaction.
DAYS = 5
# Days by chance that are checked every night.
CHECKED_DAYS = 3
# Figures that are added up plainly, as the facts tell them: for a second opinion.
_PLAIN = {
    "new_tickets": SQL("COUNT(*) FILTER (WHERE kind = 'new')"),
    "calls_incoming": SQL("COUNT(*) FILTER (WHERE kind = 'incoming')"),
    "calls_answered": SQL(
        "COUNT(*) FILTER (WHERE kind = 'incoming' AND is_answered IS TRUE)"
    ),
    "calls_missed": SQL(
        "COUNT(*) FILTER (WHERE kind = 'incoming' AND is_answered IS NOT TRUE)"
    ),
    "handling_minutes": SQL("COALESCE(SUM(talk_seconds), 0) / 60.0"),
}
# What is cancelled is taken off.
SIGN = SQL("CASE state WHEN 'cancelled' THEN -1 WHEN 'new' THEN 1 END")
# What rows of sums have in common that are one.
SAME = SQL(
    "company_id, team_id, channel_id, user_id, active, hour, since, piece_since, until"
)

_TECHNICAL = {"readonly": True, "export_string_translation": False}


class CallgearTicketSum(models.Model):
    """What the facts of a day, or of a month, add to the figures of the dashboard.

    A sum holds the facts whose state is ``summed``. The others are counted as they are, and
    what is ``cancelled`` is taken off: so the figures are right at any time, however far
    the sums are behind. Days are those of one time zone, see ``_time_zone``.
    """

    _name = "callgear.ticket.sum"
    _inherit = "callgear.hidden.links"
    _description = "Sum of the Helpdesk Statistics"
    _log_access = False
    _order = "day desc, id desc"
    _rec_name = "day"

    span = fields.Selection(
        [(DAY, "Day"), (MONTH, "Month")], required=True, **_TECHNICAL
    )
    # Of a month, its first one.
    day = fields.Date(required=True, **_TECHNICAL)
    company_id = fields.Many2one("res.company", ondelete="cascade", **_TECHNICAL)
    team_id = fields.Many2one("helpdesk.ticket.team", ondelete="set null", **_TECHNICAL)
    channel_id = fields.Many2one(
        "helpdesk.ticket.channel", ondelete="set null", **_TECHNICAL
    )
    user_id = fields.Many2one("res.users", ondelete="set null", **_TECHNICAL)
    active = fields.Boolean(**_TECHNICAL)
    # See ``figure_parts.Part``: the days of its conditions. There is a column for each of
    # ``figure_parts.names`` as well, of which nobody but SQL knows.
    since = fields.Date(**_TECHNICAL)
    piece_since = fields.Date(**_TECHNICAL)
    until = fields.Date(**_TECHNICAL)
    # Since Sunday's midnight; only of tickets and calls by hour of the week. What all facts of
    # a ticket say has no agent, beside it stands what those of each agent do.
    hour = fields.Integer(**_TECHNICAL)

    _day_idx = models.Index("(span, day)")
    _all_idx = models.Index("(span, day) WHERE hour IS NULL OR user_id IS NULL")
    _user_idx = models.Index("(user_id, span, day) WHERE user_id IS NOT NULL")

    def _auto_init(self):
        """Add the columns of the figures; with a new one, all is added up anew."""
        result = super()._auto_init()
        known = table_columns(self.env.cr, self._table)
        missing = [name for name in names() if name not in known]
        for name in missing:
            create_column(self.env.cr, self._table, name, "float8")
        if missing:
            self.env["ir.config_parameter"].set_param(SUMMED_ZONE, False)
        return result

    # ------------------------------------------------------------------ time zone

    @api.model
    @ormcache()
    def _time_zone(self):
        """Return the name of the time zone whose days and hours are summed up."""
        # sudo: ir.config_parameter - no secret, and the cache is shared by all users
        zone = self.env["ir.config_parameter"].sudo().get_param(ZONE)
        return zone if zone and self._is_known_zone(zone) else "UTC"

    @api.model
    def _is_known_zone(self, zone):
        """Return whether PostgreSQL knows a time zone as well: it has a list of its own."""
        query = SQL("SELECT 1 FROM pg_timezone_names WHERE name = %s", zone)
        return zone in pytz.all_timezones_set and bool(self.env.execute_query(query))

    @api.model
    def _is_of_zone(self):
        """Return whether the sums that there are, are of the present time zone."""
        return self._summed_zone() == self._time_zone()

    @api.model
    def _summed_zone(self):
        """Return the time zone of the sums that there are; False: they do not count.

        It is read from the database: another process may have taken facts out of the sums
        since the parameter was cached here.
        """
        # sudo: ir.config_parameter - no secret
        parameters_sudo = self.env["ir.config_parameter"].sudo()
        return parameters_sudo.search_fetch(
            [("key", "=", SUMMED_ZONE)], ["value"]
        ).value

    @api.model
    def _choose_time_zone(self):
        """Choose the time zone of most users, unless somebody has set another one.

        One that was chosen so is kept as long as half as many users have it.
        """
        parameters, Users = self.env["ir.config_parameter"], self.env["res.users"]
        given = parameters.get_param(ZONE)
        if given and given != parameters.get_param(CHOSEN_ZONE):
            return
        zones = Counter(
            user.tz
            for user in Users.search_fetch([("share", "=", False)], ["tz"])
            if user.tz
        )
        default = self.env.company.resource_calendar_id.tz or "UTC"
        [(zone, count)] = zones.most_common(1) or [(default, 1)]
        is_kept = given and zones[given] * 2 >= count
        if zone != given and not is_kept and self._is_known_zone(zone):
            parameters.set_param(ZONE, zone)
            parameters.set_param(CHOSEN_ZONE, zone)
            self.env.registry.clear_cache()

    @api.model
    def _begin(self):
        """Choose the time zone of the sums before there are any."""
        self._choose_time_zone()
        self.env["ir.config_parameter"].set_param(SUMMED_ZONE, self._time_zone())

    @api.model
    def _begin_anew(self):
        """Have all counted again, and then added up anew, in the background.

        Until then, the facts are counted as they are.
        """
        # sudo: ir.config_parameter - whoever may have the figures checked may start it
        self.env["ir.config_parameter"].sudo().set_param(SUMMED_ZONE, False)
        self.env["callgear.ticket.fact"]._recount_soon()

    @api.model
    def _take_out(self):
        """Take a part of the facts out of sums that do not count any more.

        :return: whether all are out; the sums are those of the present zone from then on
        """
        self.env.cr.execute("DELETE FROM callgear_ticket_sum")
        query = """
            UPDATE callgear_ticket_fact SET state = 'new' WHERE id IN (
                SELECT id FROM callgear_ticket_fact WHERE state = 'summed' LIMIT %s
            )
        """
        self.env.cr.execute(SQL(query, BATCH))
        if self.env.cr.rowcount:
            return False
        self.env.cr.execute(
            "DELETE FROM callgear_ticket_fact WHERE state = 'cancelled'"
        )
        self.env["ir.config_parameter"].set_param(SUMMED_ZONE, self._time_zone())
        return True

    # -------------------------------------------------------------- adding up

    @api.model
    def _cron_add_up(self):
        """Bring the sums in step with the facts, a few days at a time."""
        self._choose_time_zone()
        if self._summed_zone() and not self._is_of_zone():
            # The hours of the week are others.
            self._begin_anew()
        if self.env["callgear.ticket.fact"]._is_being_counted():
            return
        while not self._is_of_zone():
            is_out = self._take_out()
            if not self.env["ir.cron"]._commit_progress(1, remaining=1 - is_out):
                return
        left = self._open_days()
        while left:
            days, left = left[:DAYS], left[DAYS:]
            self._add_up(days)
            if not self.env["ir.cron"]._commit_progress(len(days), remaining=len(left)):
                break

    @api.model
    def _open_days(self):
        """Return the days with facts that the sums do not hold yet: a list."""
        self.env["callgear.ticket.fact"]._count_noted_now()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT %(day)s AS day FROM callgear_ticket_fact fact
                WHERE state != 'summed' AND date < %(until)s ORDER BY day
                """,
                day=self._day(SQL("fact.date")),
                until=fields.Datetime.now() - timedelta(hours=REST_HOURS),
            )
        )
        return [day for (day,) in rows]

    @api.model
    def _add_up(self, days):
        """Bring the sums of some days, and of their months, in step with the facts."""
        self.env["callgear.ticket.fact"]._count_noted_now()
        rest = fields.Datetime.now() - timedelta(hours=REST_HOURS)
        for day in days:
            start, end = self._bounds(day)
            end = min(end, rest)
            within = SQL("fact.date >= %s AND fact.date < %s", start, end)
            self.env.cr.execute(self._added_query(day, within))
            for query in (
                "UPDATE callgear_ticket_fact fact SET state = 'summed' "
                "WHERE state = 'new' AND %s",
                "DELETE FROM callgear_ticket_fact fact WHERE state = 'cancelled' AND %s",
            ):
                self.env.cr.execute(SQL(query, within))
        for month in {day.replace(day=1) for day in days}:
            self._add_up_month(month)
        self.invalidate_model(flush=False)

    @api.model
    def _add_up_month(self, month):
        self.env.cr.execute(
            SQL(
                "DELETE FROM callgear_ticket_sum WHERE span = %s AND day = %s",
                MONTH,
                month,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO callgear_ticket_sum (span, day, %(same)s, %(names)s)
                SELECT %(span)s, %(month)s, %(same)s, %(names)s
                FROM (%(month_query)s) days
                """,
                same=SAME,
                span=MONTH,
                month=month,
                names=columns(),
                month_query=self._month_query(month),
            )
        )

    @api.model
    def _month_query(self, month):
        """Return the query of the sums of a month: columns ``SAME`` and ``names``."""
        after = month + relativedelta(months=1)
        return SQL(
            """
            SELECT %(same)s, %(totals)s FROM callgear_ticket_sum
            WHERE span = %(day)s AND day >= %(month)s AND day < %(after)s
                AND %(counts)s
            GROUP BY %(same)s
            """,
            same=SAME,
            totals=totals(),
            day=DAY,
            month=month,
            after=after,
            counts=counts_in(month, after, month),
        )

    @api.model
    def _added_query(self, day, within):
        """Return the statement that brings the sums of a day in step."""
        return SQL(
            """
            WITH before AS (
                DELETE FROM callgear_ticket_sum WHERE span = %(span)s AND day = %(day)s
                RETURNING %(same)s, %(before)s
            )
            INSERT INTO callgear_ticket_sum (span, day, %(same)s, %(names)s)
            SELECT %(span)s, %(day)s, %(same)s, %(totals)s FROM (
                SELECT %(same)s, %(names)s FROM before
                UNION ALL
                SELECT %(same)s, %(names)s FROM (%(added)s) added WHERE %(counts)s
            ) both_parts GROUP BY %(same)s
            HAVING %(any_total)s
            """,
            span=DAY,
            day=day,
            same=SAME,
            names=columns(),
            totals=totals(),
            any_total=any_total("%s != 0"),
            # What is greatest cannot be taken off: it is looked for anew.
            before=signed(SQL("1"), SQL("FALSE")),
            added=self._parts_query(
                SQL(
                    "(fact.state != 'summed' OR fact.kind IN ('incoming', 'outgoing')) "
                    "AND %s",
                    within,
                ),
                SIGN,
            ),
            counts=counts_in(day, day + timedelta(days=1), day),
        )

    @api.model
    def _parts_query(self, which, sign):
        """Return the query of what facts add: columns ``SAME`` and ``names``.

        :param SQL which: condition on ``fact``
        :param SQL sign: see ``figure_parts.signed``, in terms of the fact's columns
        """
        measures = self.env["callgear.statistics"]._measures()
        return SQL(
            """
            SELECT company_id, team_id, channel_id,
                CASE WHEN NOT by_hour OR of_user THEN user_id END AS user_id, active,
                CASE WHEN by_hour THEN %(hour)s END AS hour, %(since)s AS since,
                %(piece_since)s AS piece_since, %(until)s AS until, %(values)s
            FROM (
                WITH chosen AS MATERIALIZED (
                    SELECT * FROM callgear_ticket_fact fact WHERE %(which)s
                )
                %(parts)s
            ) part WHERE NOT of_user OR user_id IS NOT NULL
            """,
            hour=hour_of_week(local(SQL("part.date"), self._time_zone())),
            since=self._day(SQL("part.since")),
            piece_since=self._day(SQL("part.piece_since")),
            until=self._day(SQL("part.until")),
            values=signed(sign, SQL("state != 'cancelled'")),
            which=which,
            parts=parts_of(SQL("chosen"), measures),
        )

    # -------------------------------------------------------------------- checking

    @api.model
    def _check(self):
        """Compare some days with their facts, and their months with all of their days.

        If any differs, all is counted again and added up anew, in the background.

        :return: list of the days, and first days of months, that differed
        """
        days = self._known_days()
        chance = random.SystemRandom()
        chosen = {
            *days[-CHECKED_DAYS:],
            *chance.sample(days, min(len(days), CHECKED_DAYS)),
        }
        months = {day.replace(day=1) for day in chosen}
        wrong = [day for day in sorted(chosen) if self._differs(day)]
        wrong += [month for month in sorted(months) if self._month_differs(month)]
        if wrong:
            _logger.warning("Helpdesk statistics: wrong sums of %s", wrong)
            self._begin_anew()
        return wrong

    @api.model
    def _known_days(self):
        """Return the days from the first fact to the last one: a list."""
        [bounds] = self.env.execute_query(
            SQL(
                "SELECT %s, %s FROM callgear_ticket_fact",
                self._day(SQL("MIN(date)")),
                self._day(SQL("MAX(date)")),
            )
        )
        if not self._is_of_zone() or not all(bounds):
            return []
        first, last = bounds
        return [first + timedelta(days=n) for n in range((last - first).days + 1)]

    @api.model
    def _differs(self, day):
        start, end = self._bounds(day)
        # What was cancelled is still in the sums.
        held = SQL(
            "fact.state != 'new' AND fact.date >= %s AND fact.date < %s", start, end
        )
        facts = SQL(
            "SELECT %s, %s FROM (%s) part WHERE %s",
            SAME,
            columns(),
            self._parts_query(held, SQL("-1")),
            counts_in(day, day + timedelta(days=1), day),
        )
        return self._is_different(DAY, day, facts)

    @api.model
    def _month_differs(self, month):
        days = SQL(
            "SELECT %s, %s FROM (%s) days",
            SAME,
            signed(SQL("-1"), SQL("TRUE")),
            self._month_query(month),
        )
        return self._is_different(MONTH, month, days)

    @api.model
    def _is_different(self, span, day, taken_off):
        """Return whether anything is left of the sums of a day, or of a month.

        :param SQL taken_off: query of what they should be, with the other sign: columns
            ``SAME`` and ``names``
        """
        query = SQL(
            """
            SELECT FROM (
                SELECT %(same)s, %(names)s FROM callgear_ticket_sum
                WHERE span = %(span)s AND day = %(day)s
                UNION ALL %(taken_off)s
            ) both_parts
            GROUP BY %(same)s HAVING %(differs)s LIMIT 1
            """,
            same=SAME,
            names=columns(),
            span=span,
            day=day,
            taken_off=taken_off,
            differs=any_total("ABS(%s) > 0.000001", greatest=False),
        )
        self.env.cr.execute(query)
        return bool(self.env.cr.rowcount)

    @api.model
    def _unequal_days(self, company, days):
        """Yield what the sums of days say otherwise than their facts.

        Plain figures are added up in another way; the others as the sums are made.

        :param days: a list
        :return: the day, name of a figure or an empty one, what the sums say of it, and
            what the facts do
        """
        for day in days:
            start, end = self._bounds(day)
            held = SQL(
                "state != 'new' AND company_id = %s AND date >= %s AND date < %s",
                company.id,
                start,
                end,
            )
            wrong = self._plain_difference(
                self._plain_sums(company, DAY, day, day), self._plain_facts(held)
            )
            has_any = self._is_first(company) and self._has_any(day, day, held)
            if wrong or (has_any and self._differs(day)):
                yield day, *(wrong or ("", None, None))

    @api.model
    def _unequal_months(self, company, days):
        """Yield what the sums of the days' months say otherwise than those of all days.

        The parameters are those of ``_unequal_days``, and so is what is returned.
        """
        for month in sorted({day.replace(day=1) for day in days}):
            last = month + relativedelta(months=1, days=-1)
            wrong = self._plain_difference(
                self._plain_sums(company, MONTH, month, month),
                self._plain_sums(company, DAY, month, last),
            )
            has_any = self._is_first(company) and self._has_any(month, last)
            if wrong or (has_any and self._month_differs(month)):
                yield month, *(wrong or ("", None, None))

    @api.model
    def _is_first(self, company):
        """Return whether a company answers for the sums of all."""
        first = self.env["callgear.connection"].search([], order="id", limit=1)
        return first.company_id == company

    @api.model
    def _has_any(self, first, last, facts=None):
        """Return whether there are sums of some days, or facts that they should hold.

        :param SQL facts: condition on the facts
        """
        query = SQL(
            """
            SELECT EXISTS (
                SELECT FROM callgear_ticket_sum WHERE day BETWEEN %s AND %s
            ) OR EXISTS (SELECT FROM callgear_ticket_fact WHERE %s)
            """,
            first,
            last,
            facts or SQL("FALSE"),
        )
        [[has_any]] = self.env.execute_query(query)
        return has_any

    @api.model
    def _days_ending(self, since, till, is_last):
        """Return the days that end after a time, and by another one: a list.

        Naive UTC.

        :param is_last: the one that goes on then, too
        """
        if not self._is_of_zone():
            return []
        zone = pytz.timezone(self._time_zone())
        day, days = pytz.utc.localize(since).astimezone(zone).date(), []
        while (bounds := self._bounds(day))[0] < till:
            if bounds[1] <= till or is_last:
                days.append(day)
            day += timedelta(days=1)
        return days

    @api.model
    def _summed_days(self, moments):
        """Return the days of some moments for which there are sums: a list."""
        if not moments or not self._is_of_zone():
            return []
        query = SQL(
            """
            SELECT DISTINCT day FROM callgear_ticket_sum
            WHERE span = %s AND day IN (SELECT %s FROM unnest(%s::timestamp[]) moment)
            ORDER BY day
            """,
            DAY,
            self._day(SQL("moment")),
            list(moments),
        )
        return [day for (day,) in self.env.execute_query(query)]

    @api.model
    def _plain_sums(self, company, span, first, last):
        """Return the plain figures of the sums of some days: dict, group → numbers."""
        query = SQL(
            """
            SELECT team_id, channel_id, user_id, active, %s FROM callgear_ticket_sum
            WHERE company_id = %s AND span = %s AND day BETWEEN %s AND %s
                AND hour IS NULL
            GROUP BY team_id, channel_id, user_id, active
            """,
            SQL(", ").join(
                SQL("COALESCE(SUM(%s), 0)", SQL.identifier(name)) for name in _PLAIN
            ),
            company.id,
            span,
            first,
            last,
        )
        return {row[:4]: row[4:] for row in self.env.execute_query(query)}

    @api.model
    def _plain_facts(self, which):
        """Return the same of facts.

        :param SQL which: condition on the facts
        """
        query = SQL(
            """
            SELECT team_id, channel_id, user_id, active, %s FROM callgear_ticket_fact
            WHERE %s GROUP BY team_id, channel_id, user_id, active
            """,
            SQL(", ").join(_PLAIN.values()),
            which,
        )
        return {row[:4]: row[4:] for row in self.env.execute_query(query)}

    @staticmethod
    def _plain_difference(sums, facts):
        """Return the first figure that differs in any group, and both its numbers."""
        nothing = (0,) * len(_PLAIN)
        for group in sums.keys() | facts.keys():
            pairs = zip(
                _PLAIN, sums.get(group, nothing), facts.get(group, nothing), strict=True
            )
            for name, one, other in pairs:
                if abs(float(one) - float(other)) > 0.001:
                    return name, f"{one:g}", f"{other:g}"
        return None

    @api.model
    def _add_up_again(self, day):
        """Make the sums of a day, and of its month, anew from the facts."""
        # Whoever adds up at this moment has to end first, and begin anew.
        self.env.cr.execute(
            "LOCK TABLE callgear_ticket_sum IN SHARE ROW EXCLUSIVE MODE"
        )
        within = SQL("date >= %s AND date < %s", *self._bounds(day))
        for query in (
            "UPDATE callgear_ticket_fact SET state = 'new' "
            "WHERE state = 'summed' AND %s",
            "DELETE FROM callgear_ticket_fact WHERE state = 'cancelled' AND %s",
        ):
            self.env.cr.execute(SQL(query, within))
        self.env.cr.execute(
            SQL(
                "DELETE FROM callgear_ticket_sum WHERE span = %s AND day = %s", DAY, day
            )
        )
        self._add_up([day])

    @api.model
    def _forget_hours(self, users):
        """Forget what users who are about to be deleted did by hour of the week.

        Without its agent, such a row would be one of all that happened to the tickets.
        """
        self.env.cr.execute(
            SQL(
                "DELETE FROM callgear_ticket_sum "
                "WHERE user_id = ANY(%s) AND hour IS NOT NULL",
                users.ids,
            )
        )

    # ------------------------------------------------------------------------ days

    @api.model
    def _day(self, moment):
        return SQL("%s::date", local(moment, self._time_zone()))

    @api.model
    def _bounds(self, day):
        """Return start (included) and end (excluded) of a day, naive UTC."""
        return Period(day, day, self._time_zone()).bounds
