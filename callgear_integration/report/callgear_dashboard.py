# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools.misc import get_lang

from .dashboard_figures import (
    FIGURES,
    OVER_TIME,
    SECTIONS,
    nothing,
    shown_figures,
    values_of,
)
from .dashboard_options import Options
from .dashboard_query import DashboardQuery
from .searched_period import SearchedPeriod

MANAGER = "helpdesk_mgmt.group_helpdesk_manager"
# What a row of ``DashboardQuery.groups`` is of, and the variant of its measures.
PIECE, AGENT, CHANNEL, WHOLE = 6, 5, 3, 7
KINDS = {PIECE: "piece", AGENT: "user", CHANNEL: None, WHOLE: None}


class CallgearDashboard(models.AbstractModel):
    _name = "callgear.dashboard"
    _description = "Helpdesk figures"

    @api.model
    @api.readonly
    def get_data(self, options):
        """Return the data of the dashboard for a period.

        It reads the facts three times: for the groups, for the hours of the week, and for
        the period before.

        :param dict options: ``date_from`` and ``date_to`` (days in the user's time zone,
            both included; today if left out), ``team_ids``, ``user_ids``,
            ``channel_ids`` (all if empty), ``compare`` (with the period before)
        :return: dict that JSON can hold: ``options`` (with defaults), ``previous`` (first
            and last day, or None), ``domain`` (of the period's facts), ``figures`` (by
            measure), ``sections``, ``over_time``, ``peak``, ``channels``, ``team``
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
        query = here._query(options, period, pieces)
        groups = here._groups(query)
        previous, before = None, None
        if options.compare:
            previous = period.previous(today, week_start)
            before = here._totals(here._query(options, previous))
        return {
            "options": options.given,
            "previous": previous and _days(previous),
            "domain": options.domain(period),
            "figures": here._figures(groups[WHOLE].get(None, nothing()), before),
            "sections": here._sections(),
            "over_time": here._over_time(period, pieces, groups[PIECE]),
            "peak": here._peak(here.env.execute_query(query.peak(period.tz))),
            "channels": here._rows(
                "channel_id", groups[CHANNEL], here.env._("No channel")
            ),
            "team": here._rows("user_id", groups[AGENT], here.env._("No agent")),
        }

    def _plan_for_reports(self):
        """Have PostgreSQL sort in memory, and not compile what is run once."""
        self.env.cr.execute("SET LOCAL work_mem = '64MB'; SET LOCAL jit = off")

    def _query(self, options, period, pieces=()):
        """Return the ``DashboardQuery`` of a period."""
        Fact = self.env["callgear.ticket.fact"]
        searched = SearchedPeriod(*period.bounds)
        Statistics = self.env["callgear.statistics"].with_context(
            callgear_period=searched
        )
        starts = [max(begin, searched.start) for _start, (begin, _end) in pieces]
        return DashboardQuery(
            facts=Fact._search(options.domain(period)),
            measures=Statistics._measures(),
            joins=Statistics._joins(),
            counts=Statistics._counts(),
            bounds=period.bounds,
            starts=starts or [searched.start],
            is_partial=bool(options.ids["user_ids"]) or not self._sees_everybody(),
        )

    def _sees_everybody(self):
        """Return whether the user may count the facts of all agents in a ticket."""
        return self.env.su or self.env.user.has_group(MANAGER)

    def _totals(self, query):
        """Return the values of all measures, by name."""
        [row] = self.env.execute_query(query.totals())
        return values_of(dict(zip(query.names(), row, strict=True)))

    def _groups(self, query):
        """Return the values of all measures by group.

        :return: dict, what it is grouped by → {group: {measure: value}}
        """
        found = {kind: {} for kind in KINDS}
        for kind, channel, user, piece, *row in self.env.execute_query(query.groups()):
            group = {CHANNEL: channel, AGENT: user, PIECE: piece}.get(kind)
            values = dict(zip(query.names(), row, strict=True))
            found[kind][group] = values_of(values, KINDS[kind])
        return found

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

    def _peak(self, rows):
        """Return a cell for each weekday (0 is Sunday) and hour with facts."""
        return [
            {
                "day": cell // 24,
                "hour": cell % 24,
                "domain": [
                    ("date.day_of_week", "=", cell // 24),
                    ("date.hour_number", "=", cell % 24),
                ],
                "values": dict(zip(SECTIONS["peak"], counts, strict=True)),
            }
            for cell, *counts in rows
        ]

    def _rows(self, field, found, nobody):
        """Return a row for each record of a grouping, by name; no record comes last."""
        Model = self.env[self.env["callgear.statistics"]._fields[field].comodel_name]
        # sudo: res.users, helpdesk.ticket.channel - only names, of agents and channels of
        # facts that the user may count; an agent may be of another company
        records_sudo = Model.sudo().browse(id_ for id_ in found if id_)
        names = {
            record_sudo.id: record_sudo.display_name for record_sudo in records_sudo
        }
        rows = [
            {
                "id": id_ or False,
                "label": names.get(id_, nobody),
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
