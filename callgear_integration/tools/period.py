# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A period of whole days in a user's time zone, and its pieces to draw in a chart."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import pytz
from dateutil.relativedelta import relativedelta

# The longest period drawn with each granularity, in days; longer ones: by month.
_LONGEST = {"hour": 1, "day": 62, "week": 186}
_WEEK, _MONTH = relativedelta(weeks=1), relativedelta(months=1)
_QUARTER, _YEAR = relativedelta(months=3), relativedelta(years=1)
_UNITS = (_WEEK, _MONTH, _QUARTER, _YEAR)
_STEPS = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": _MONTH,
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
        # Where a midnight comes twice, the day begins with the first one.
        local = pytz.timezone(self.tz).localize(moment, is_dst=True)
        return local.astimezone(pytz.utc).replace(tzinfo=None)

    @property
    def bounds(self):
        """Start (included) and end (excluded), naive UTC."""
        after = self.last + timedelta(days=1)
        return self._utc(_midnight(self.first)), self._utc(_midnight(after))

    def previous(self, today, week_start=0):
        """Return the period to compare this one with.

        From the first day of a week, month, quarter or year on: the same part of the one
        before, such as 1 to 27 October for 1 to 27 November. Otherwise as many days,
        directly before. If this one is not over yet, only as much of it counts as has
        passed: the present month would always look worse than the last one.

        :param date today: in the period's time zone
        :param week_start: first day of a week, 0 is Monday
        """
        gone = min(self.last, today) if today >= self.first else self.last
        for unit in _UNITS:
            after = self._end_of(unit, week_start)
            if after and self.last < after:
                first, last = self.first - unit, gone - unit
                if gone + timedelta(days=1) == after:
                    last = self.first - timedelta(days=1)
                return Period(first, last, self.tz)
        first = self.first - timedelta(days=self.days)
        return Period(first, first + (gone - self.first), self.tz)

    def _end_of(self, unit, week_start):
        """Return the day after the unit that begins with this period, or None."""
        begins = {
            _WEEK: self.first.weekday() == week_start,
            _MONTH: self.first.day == 1,
            _QUARTER: self.first.day == 1 and self.first.month % 3 == 1,
            _YEAR: self.first.day == 1 and self.first.month == 1,
        }
        is_longer = self.first != self.last
        return self.first + unit if is_longer and begins[unit] else None

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
