# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import get_lang

from ..client_input import for_clients
from .callgear_ticket_fact import WITH_CANCELLED
from .dashboard_facts import DashboardFacts, offsets
from .dashboard_figures import (
    BY_HOUR,
    FIGURES,
    OVER_TIME,
    SECTIONS,
    nothing,
    shown_figures,
    values_of,
)
from .dashboard_options import Options
from .dashboard_sums import DashboardSums
from .figure_parts import PEAK, names, read_groups
from .searched_period import SearchedPeriod

MANAGER = "helpdesk_mgmt.group_helpdesk_manager"
TEAM_USER = "helpdesk_mgmt.group_helpdesk_user_team"
# What figures are grouped by (None: the whole), and which variant of the measures counts
# (None: the plain one).
VARIANTS = {
    None: None,
    "piece": "piece",
    "user_id": "user",
    "channel_id": None,
    "team_id": None,
}


class CallgearDashboard(models.AbstractModel):
    _name = "callgear.dashboard"
    _description = "Helpdesk figures"

    @for_clients()
    @api.model
    @api.readonly
    def get_data(self, options):
        """Return the data of the dashboard for a period.

        :param dict options: ``date_from`` and ``date_to`` (days in the user's time zone,
            both included; today if left out), ``team_ids``, ``user_ids``,
            ``channel_ids`` (all if empty), ``compare`` (with the period before)
        :return: dict that JSON can hold: ``options`` (with defaults), ``choices`` (a domain
            by filter), ``previous`` (first and last day, or None), ``domain`` (of the
            period's facts), ``figures`` (by measure), ``sections``, ``over_time``, ``peak``,
            ``calls_by_hour``, ``channels``, ``teams`` (of calls), ``team``
            (by agent)
        :raise ValidationError: an option is wrong
        :raise AccessError: the user may not read the statistics
        """
        self.env["callgear.statistics"].check_access("read")
        # Grouping by day and hour uses the time zone of the context only.
        here = self.with_context(tz=self.env.tz.zone)
        today = fields.Date.context_today(here)
        options = Options.parse(here.env, options, today)
        period = options.period
        week_start = int(get_lang(self.env).week_start) - 1
        pieces = period.pieces(week_start)
        here._plan_for_reports()
        groups = here._groups(options, period, pieces)
        previous, before = None, None
        if options.compare:
            previous = period.previous(today, week_start)
            before = here._totals(options, previous)
        return {
            "options": options.given,
            "choices": here._choices(),
            "previous": previous and _days(previous),
            "domain": options.domain(period),
            "figures": here._figures(groups[None].get(None, nothing()), before),
            "sections": here._sections(),
            "over_time": here._over_time(period, pieces, groups["piece"]),
            "peak": here._peak(groups["hour"]),
            "calls_by_hour": here._calls_by_hour(groups["hour"]),
            "channels": here._rows(
                "channel_id", groups["channel_id"], here.env._("No channel")
            ),
            "teams": here._teams(groups["team_id"]),
            "team": here._rows("user_id", groups["user_id"], here.env._("No agent")),
        }

    def _choices(self):
        """Return the domain of what each filter offers: whom the user may see (R39).

        Record rules decide what is counted; this only spares names of which nothing would
        be found.
        """
        user = self.env.user
        if user.has_group(MANAGER):
            return {"team_ids": [], "user_ids": [("share", "=", False)]}
        teams = user.helpdesk_team_ids
        users = user
        if user.has_group(TEAM_USER):
            users |= teams.user_ids
        return {
            "team_ids": [("id", "in", teams.ids)],
            "user_ids": [("id", "in", users.ids)],
        }

    def _plan_for_reports(self):
        """Have PostgreSQL sort in memory, and not compile what is run once."""
        self.env.cr.execute("SET LOCAL work_mem = '64MB'; SET LOCAL jit = off")

    # ------------------------------------------------------------------- the query

    def _groups(self, options, period, pieces):
        """Return the values of all measures by group.

        :return: dict, what it is grouped by → {group: {measure: value}}; by hour of the
            week, the values are those of ``PEAK``
        """
        query = self._query(options, period, pieces)
        groups = read_groups(self.env.execute_query(query.groups()))
        found = {
            of_what: {
                group: values_of(values, variant)
                for group, values in groups[of_what].items()
            }
            for of_what, variant in VARIANTS.items()
        }
        hours = {
            cell: [round(values[name] or 0) for name in PEAK]
            for cell, values in groups["hour"].items()
            # What was cancelled may leave nothing.
            if cell is not None and any(values[name] for name in PEAK)
        }
        return {**found, "hour": hours}

    def _totals(self, options, period):
        """Return the values of all measures, by name."""
        [row] = self.env.execute_query(self._query(options, period).totals())
        return values_of(dict(zip(names(), row, strict=True)))

    def _query(self, options, period, pieces=()):
        """Return the query of a period: of the sums, if these know its figures."""
        if self._is_summed(options, period) and not (
            pieces and period.granularity == "hour"
        ):
            return self._sums(options, period, pieces)
        return self._facts(options, period, pieces)

    def _facts(self, options, period, pieces):
        """Return the ``DashboardFacts`` of a period."""
        Fact = self.env["callgear.ticket.fact"]
        searched = SearchedPeriod(*period.bounds)
        Statistics = self.env["callgear.statistics"].with_context(
            callgear_period=searched
        )
        starts = [max(begin, searched.start) for _start, (begin, _end) in pieces]
        return DashboardFacts(
            facts=Fact._search(options.domain(period)),
            measures=Statistics._measures(),
            counts=Statistics._counts(),
            bounds=period.bounds,
            tz=period.tz,
            starts=starts or [searched.start],
            is_partial=self._alone(options) is not None,
        )

    def _sums(self, options, period, pieces):
        """Return the ``DashboardSums`` of a period."""
        Fact = self.env["callgear.ticket.fact"].with_context(**{WITH_CANCELLED: True})
        # Facts first: they are counted before they are read.
        facts = Fact._search([*options.domain(period), ("state", "!=", "summed")])
        return DashboardSums(
            sums=self.env["callgear.ticket.sum"]._search(options.narrowed),
            facts=facts,
            measures=self.env["callgear.statistics"]._measures(),
            period=period,
            zone=self.env["callgear.ticket.sum"]._time_zone(),
            alone=self._alone(options),
            starts=[max(start.date(), period.first) for start, _bounds in pieces],
        )

    def _is_summed(self, options, period):
        """Return whether the sums of days know the figures of a period.

        The days must be the same. A ticket that several of the chosen agents worked on
        counts once; whether it is one, only facts tell.
        """
        Sum = self.env["callgear.ticket.sum"]
        zone, bounds = Sum._time_zone(), period.bounds
        is_same = offsets(period.tz, *bounds) == offsets(zone, *bounds)
        return is_same and Sum._is_of_zone() and len(options.ids["user_ids"]) < 2

    def _alone(self, options):
        """Return the SQL condition on facts and sums that colleagues' do not count, or None.

        It follows the record rules: agents see their own work, and that of all agents in
        tickets of their teams, if they see these.
        """
        user = self.env.user
        if options.ids["user_ids"]:
            return SQL("TRUE")
        if self._sees_everybody():
            return None
        if user.has_group(TEAM_USER):
            return SQL("(team_id = ANY(%s)) IS NOT TRUE", user.helpdesk_team_ids.ids)
        return SQL("TRUE")

    def _sees_everybody(self):
        """Return whether the user may count the facts of all agents in a ticket."""
        return self.env.su or self.env.user.has_group(MANAGER)

    def _figures(self, values, before):
        """Return label, help, values and link of each measure."""
        described = self.env["callgear.statistics"].fields_get(
            list(FIGURES), ["string", "help"]
        )
        return {
            key: {
                "label": described[key]["string"],
                "help": described[key].get("help") or "",
                **shown,
            }
            for key, shown in shown_figures(values, before).items()
        }

    def _sections(self):
        labels = {
            "load": self.env._("General load"),
            "peak": self.env._("Peak load"),
            "channels": self.env._("Channels"),
            "speed": self.env._("Speed"),
            "sla": self.env._("SLA"),
            "calls": self.env._("Calls"),
            "team": self.env._("Team"),
        }
        return [
            {
                "key": key,
                "label": labels[key],
                "figures": list(figures),
                "over_time": list(OVER_TIME.get(key, ())),
            }
            for key, figures in SECTIONS.items()
        ]

    def _over_time(self, period, pieces, found):
        """Return a row for each piece of the period, also for those without facts."""
        drawn = [key for keys in OVER_TIME.values() for key in keys]
        empty = nothing()
        rows = []
        for number, (start, (begin, end)) in enumerate(pieces, start=1):
            values = found.get(number, empty)
            rows.append(
                {
                    "start": start.isoformat(timespec="minutes"),
                    "domain": [
                        ("date", ">=", begin.isoformat(sep=" ")),
                        ("date", "<", end.isoformat(sep=" ")),
                    ],
                    "values": {key: values[key] for key in drawn},
                }
            )
        return {"granularity": period.granularity, "rows": rows}

    def _peak(self, found):
        """Return a cell for each weekday (0 is Sunday) and hour with facts."""
        return [
            {
                "day": cell // 24,
                "hour": cell % 24,
                "domain": [
                    ("date.day_of_week", "=", cell // 24),
                    ("date.hour_number", "=", cell % 24),
                ],
                "values": {"new_and_reopened": new, "worked_on": worked},
            }
            for cell, (new, worked, *_calls) in sorted(found.items())
            if new or worked
        ]

    def _calls_by_hour(self, found):
        """Return a row for each hour of the day with incoming calls, on any weekday."""
        hours = {}
        for cell, (_new, _worked, *counts) in found.items():
            if any(counts):
                sums = hours.setdefault(cell % 24, dict.fromkeys(BY_HOUR, 0))
                for key, count in zip(BY_HOUR, counts, strict=True):
                    sums[key] += int(count)
        return [
            {
                "hour": hour,
                "domain": [("date.hour_number", "=", hour)],
                "values": values,
            }
            for hour, values in sorted(hours.items())
        ]

    def _teams(self, found):
        """Return a row for each team with calls, if there is any team to tell apart."""
        figures = SECTIONS["calls"]
        rows = [
            row
            for row in self._rows("team_id", found, self.env._("No team"))
            if any(row["values"][key] for key in figures)
        ]
        return rows if any(row["id"] for row in rows) else []

    def _rows(self, field, found, nobody):
        """Return a row for each record of a grouping, by name; no record comes last."""
        Model = self.env[self.env["callgear.statistics"]._fields[field].comodel_name]
        # sudo: res.users, helpdesk.ticket.channel, helpdesk.ticket.team - only names, of
        # facts that the user may count; an agent may be of another company
        records_sudo = Model.sudo().browse(id_ for id_ in found if id_)
        labels = {
            record_sudo.id: record_sudo.display_name for record_sudo in records_sudo
        }
        rows = [
            {
                "id": id_ or False,
                "label": labels.get(id_, nobody),
                "domain": [(field, "=", id_ or False)],
                "values": values,
            }
            for id_, values in found.items()
            if any(values.values())
        ]
        return sorted(rows, key=lambda row: (not row["id"], row["label"].casefold()))


def _days(period):
    return {
        "date_from": period.first.isoformat(),
        "date_to": period.last.isoformat(),
    }
