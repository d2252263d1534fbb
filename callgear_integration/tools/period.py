# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Whole days in a person's time zone, and how they are cut up to draw them."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import pytz
from dateutil.relativedelta import relativedelta

# The longest period of each granularity, in days; longer ones are drawn by months.
_LONGEST = {"hour": 1, "day": 62, "week": 186}
_STEPS = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": relativedelta(months=1),
}


@dataclass(frozen=True)
class Period:
    first: date
    last: date
    tz: str = "UTC"

    @property
    def days(self):
        return (self.last - self.first).days + 1

    @property
    def granularity(self):
        for name, longest in _LONGEST.items():
            if self.days <= longest:
                return name
        return "month"

    def _utc(self, moment):
        local = pytz.timezone(self.tz).localize(moment)
        return local.astimezone(pytz.utc).replace(tzinfo=None)

    @property
    def bounds(self):
        """From and until, in UTC; the end is no part of it."""
        after = self.last + timedelta(days=1)
        return self._utc(_midnight(self.first)), self._utc(_midnight(after))

    def previous(self, today):
        """The period of the same length before it.

        Of a period that still goes on, only as much as has gone by: else this month
        would always look worse than the last one.
        """
        first = self.first - timedelta(days=self.days)
        gone = min(self.last, today)
        days = self.days if gone < self.first else (gone - self.first).days + 1
        return Period(first, first + timedelta(days=days - 1), self.tz)

    def pieces(self, week_start=0):
        """The start of each hour, day, week or month, in local time, as grouped by SQL.

        :param week_start: first day of a week, 0 is Monday
        :return: start of each piece, and where it begins and ends in UTC
        """
        day, step = self.first, _STEPS[self.granularity]
        if self.granularity == "week":
            day -= timedelta(days=(day.weekday() - week_start) % 7)
        elif self.granularity == "month":
            day = day.replace(day=1)
        moment, end = _midnight(day), _midnight(self.last + timedelta(days=1))
        found = []
        while moment < end:
            start, moment = moment, moment + step
            found.append((start, (self._utc(start), self._utc(moment))))
        return found


def _midnight(day):
    return datetime.combine(day, time.min)
