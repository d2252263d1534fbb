# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A period of whole days in a user's time zone, and its pieces to draw in a chart."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import pytz
from dateutil.relativedelta import relativedelta

# The longest period drawn with each granularity, in days; longer ones: by month.
_LONGEST = {"hour": 1, "day": 62, "week": 186}
_STEPS = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": relativedelta(months=1),
}


@dataclass(frozen=True)
class Period:
    """The days from ``first`` to ``last``, both included, in the time zone ``tz``."""

    first: date
    last: date
    tz: str = "UTC"

    @property
    def days(self):
        """Number of days."""
        return (self.last - self.first).days + 1

    @property
    def granularity(self):
        """Size of the pieces to draw: ``hour``, ``day``, ``week`` or ``month``."""
        for name, longest in _LONGEST.items():
            if self.days <= longest:
                return name
        return "month"

    def _utc(self, moment):
        local = pytz.timezone(self.tz).localize(moment)
        return local.astimezone(pytz.utc).replace(tzinfo=None)

    @property
    def bounds(self):
        """Start (included) and end (excluded), naive UTC."""
        after = self.last + timedelta(days=1)
        return self._utc(_midnight(self.first)), self._utc(_midnight(after))

    def previous(self, today):
        """Return the period of the same length before this one.

        If this one is not over yet, the result has only as many days as have passed.
        Otherwise the present month would always look worse than the last one.

        :param date today: in the period's time zone
        """
        first = self.first - timedelta(days=self.days)
        gone = min(self.last, today)
        days = self.days if gone < self.first else (gone - self.first).days + 1
        return Period(first, first + timedelta(days=days - 1), self.tz)

    def pieces(self, week_start=0):
        """Return the hours, days, weeks or months of the period, as SQL groups them.

        :param week_start: first day of a week, 0 is Monday
        :return: list of (start in local time, (start, end) in UTC), all naive
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
