# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The period that a search of the statistics asks for."""

from datetime import datetime
from typing import NamedTuple

from odoo.fields import Domain
from odoo.orm.domains import DomainAnd, DomainCondition, DomainOr
from odoo.tools import SQL


class SearchedPeriod(NamedTuple):
    """From ``start`` (included) to ``end`` (excluded), naive UTC; None: no limit."""

    start: datetime | None = None
    end: datetime | None = None

    @classmethod
    def from_domain(cls, domain: Domain, field: str = "date") -> "SearchedPeriod":
        """Return the period between the bounds on a field in a domain.

        If there are several bounds, the widest ones count: a day that a user opens from
        the figures of a month must show what was counted for the month.

        :param domain: after ``optimize_full``
        :param field: name of a datetime field
        """
        if isinstance(domain, DomainCondition) and domain.field_expr == field:
            if domain.operator in (">=", ">"):
                return cls(start=_moment(domain.value))
            if domain.operator in ("<", "<="):
                return cls(end=_moment(domain.value))
        elif isinstance(domain, DomainAnd):
            parts = [cls.from_domain(child, field) for child in domain.children]
            return cls(
                min((part.start for part in parts if part.start), default=None),
                max((part.end for part in parts if part.end), default=None),
            )
        elif isinstance(domain, DomainOr):
            parts = [cls.from_domain(child, field) for child in domain.children]
            starts = [part.start for part in parts]
            ends = [part.end for part in parts]
            return cls(
                min(starts) if all(starts) else None, max(ends) if all(ends) else None
            )
        return cls()

    def is_after(self, moment: SQL) -> SQL:
        """Return the SQL condition that the period begins after a time."""
        return SQL("%s < %s", moment, self.start) if self.start else SQL("TRUE")

    def is_not_before(self, moment: SQL) -> SQL:
        """Return the SQL condition that a time is known, and the period's start or later."""
        if self.start:
            return SQL("(%s >= %s) IS TRUE", moment, self.start)
        return SQL("%s IS NOT NULL", moment)

    def is_not_after(self, moment: SQL) -> SQL:
        """Return the SQL condition that a time is known, and before the period's end."""
        if self.end:
            return SQL("(%s < %s) IS TRUE", moment, self.end)
        return SQL("%s IS NOT NULL", moment)


def _moment(value):
    return value if isinstance(value, datetime) else None
