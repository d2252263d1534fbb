# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools.misc import get_lang

from .dashboard_figures import (
    FIGURES,
    OVER_TIME,
    SECTIONS,
    aggregates,
    nothing,
    shown_figures,
    values_by_group,
)
from .dashboard_options import Options

_PEAK = ["date:day_of_week", "date:hour_number"]


class CallgearDashboard(models.AbstractModel):
    _name = "callgear.dashboard"
    _description = "Helpdesk figures"

    @api.model
    @api.readonly
    def get_data(self, options):
        """Return the data of the dashboard for a period.

        It needs at most two queries of the statistics.

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
        totals, over_time, peak, channels, team = here._aggregate(
            options.domain(period),
            [],
            [f"date:{period.granularity}"],
            _PEAK,
            ["channel_id"],
            ["user_id"],
        )
        previous, before = None, None
        if options.compare:
            previous = period.previous(today)
            [found] = here._aggregate(options.domain(previous), [])
            before = found.get((), nothing())
        return {
            "options": options.given,
            "previous": previous and _days(previous),
            "domain": options.domain(period),
            "figures": here._figures(totals.get((), nothing()), before),
            "sections": here._sections(),
            "over_time": here._over_time(period, over_time),
            "peak": here._peak(peak),
            "channels": here._rows("channel_id", channels, here.env._("No channel")),
            "team": here._rows("user_id", team, here.env._("No agent")),
        }

    def _aggregate(self, domain, *groupings):
        """Return the values of all measures for each grouping.

        :param groupings: lists of ``groupby`` terms
        :return: list, for each grouping a dict: {group: {measure: value}}
        """
        Statistics = self.env["callgear.statistics"]
        found = Statistics._read_grouping_sets(domain, groupings, aggregates())
        return [
            values_by_group(rows, len(grouping))
            for grouping, rows in zip(groupings, found, strict=True)
        ]

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

    def _over_time(self, period, found):
        """Return a row for each piece of the period, also for those without facts."""
        week_start = int(get_lang(self.env).week_start) - 1
        drawn = [key for keys in OVER_TIME.values() for key in keys]
        empty = nothing()
        rows = []
        for start, (begin, end) in period.pieces(week_start):
            values = found.get((start,), empty)
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
                "day": int(day),
                "hour": int(hour),
                "domain": [
                    ("date.day_of_week", "=", int(day)),
                    ("date.hour_number", "=", int(hour)),
                ],
                "values": {key: values[key] for key in SECTIONS["peak"]},
            }
            for (day, hour), values in found.items()
            if any(values[key] for key in SECTIONS["peak"])
        ]

    def _rows(self, field, found, nobody):
        """Return a row for each record of a grouping, by name; no record comes last."""
        # sudo: res.users, helpdesk.ticket.channel - only names, of agents and channels of
        # facts that the user may read; an agent may be of another company
        rows = [
            {
                "id": record.id,
                "label": record.sudo().display_name if record else nobody,
                "domain": [(field, "=", record.id)],
                "values": values,
            }
            for (record,), values in found.items()
            if any(values.values())
        ]
        return sorted(rows, key=lambda row: (not row["id"], row["label"].casefold()))


def _days(period):
    return {
        "date_from": period.first.isoformat(),
        "date_to": period.last.isoformat(),
    }
