# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The options of the dashboard: checked, limited, and with defaults."""

from dataclasses import dataclass
from datetime import date, timedelta

from odoo.exceptions import ValidationError

from ..tools.period import Period

LONGEST_DAYS = 366 * 5
MOST_RECORDS = 200
# Far from the limits of dates in Python and PostgreSQL.
EARLIEST, LATEST = date(2000, 1, 1), date(2200, 1, 1)
# Name of each list of ids, and the field of the statistics that it filters by.
FILTERS = {"team_ids": "team_id", "user_ids": "user_id", "channel_ids": "channel_id"}
_KNOWN = {"date_from", "date_to", "compare", *FILTERS}


@dataclass(frozen=True)
class Options:
    """Checked options of the dashboard.

    :param ids: dict, name of a filter → list of ids; empty: all
    :param compare: whether to compare with the period before
    """

    period: Period
    ids: dict
    compare: bool

    @classmethod
    def parse(cls, env, given, today):
        """Check options from the browser.

        :param given: what the browser sent, see ``callgear.dashboard.get_data``
        :param date today: default of both days
        :raise ValidationError: an option is not valid
        """
        if not isinstance(given, dict) or set(given) - _KNOWN:
            raise ValidationError(
                env._("These are not options of the helpdesk figures.")
            )
        first = _day(env, given.get("date_from"), today)
        last = _day(env, given.get("date_to"), max(first, today))
        if last < first:
            raise ValidationError(env._("The period ends before it begins."))
        if last - first >= timedelta(days=LONGEST_DAYS):
            raise ValidationError(
                env._("A period of more than %s days is too long.", LONGEST_DAYS)
            )
        compare = given.get("compare", True)
        if not isinstance(compare, bool):
            raise ValidationError(env._("Compare: yes or no is expected."))
        ids = {name: _ids(env, given.get(name)) for name in FILTERS}
        return cls(Period(first, last, env.tz.zone), ids, compare)

    @property
    def given(self):
        """The options as a dict, to be sent to the browser."""
        return {
            "date_from": self.period.first.isoformat(),
            "date_to": self.period.last.isoformat(),
            "compare": self.compare,
            **self.ids,
        }

    def domain(self, period):
        """Return the domain of the facts of a period, as a list that fits into JSON."""
        start, end = (moment.isoformat(sep=" ") for moment in period.bounds)
        return [("date", ">=", start), ("date", "<", end), *self.narrowed]

    @property
    def narrowed(self):
        """The domain of the chosen teams, agents and channels."""
        return [
            (field, "in", self.ids[name])
            for name, field in FILTERS.items()
            if self.ids[name]
        ]


def _day(env, value, default):
    if value in (None, False):
        return default
    try:
        day = date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValidationError(env._("A day is expected, such as 2026-03-28.")) from None
    if not EARLIEST <= day <= LATEST:
        raise ValidationError(env._("This day is too far away: %s", day))
    return day


def _ids(env, value):
    if value in (None, False):
        return []
    if (
        not isinstance(value, list)
        or len(value) > MOST_RECORDS
        # A bool is an int, too.
        or not all(type(id_) is int and 0 < id_ < 2**31 for id_ in value)
    ):
        raise ValidationError(
            env._("At most %s records can be chosen at once.", MOST_RECORDS)
        )
    return sorted(set(value))
