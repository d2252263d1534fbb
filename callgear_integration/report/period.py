# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which period a search asks for."""

from datetime import datetime
from typing import NamedTuple

from odoo.fields import Domain
from odoo.orm.domains import DomainAnd, DomainCondition, DomainOr
from odoo.tools import SQL


class Period(NamedTuple):
    """From the first moment to just before the second; None: without end."""

    start: datetime | None = None
    end: datetime | None = None

    def holds(self, moment: SQL) -> SQL:
        """SQL condition: the moment lies within the period."""
        bounds = []
        if self.start:
            bounds.append(SQL("%s >= %s", moment, self.start))
        if self.end:
            bounds.append(SQL("%s < %s", moment, self.end))
        return SQL(" AND ").join(bounds) if bounds else SQL("TRUE")


def asked_for(domain: Domain, field: str = "date") -> Period:
    """The period that the bounds of an optimized domain on the field span.

    Of several bounds the widest count: whoever opens one day of a month's figures looks
    at a part of the month, and is to see what was counted there.
    """
    if isinstance(domain, DomainCondition) and domain.field_expr == field:
        if domain.operator in (">=", ">"):
            return Period(start=_moment(domain.value))
        if domain.operator in ("<", "<="):
            return Period(end=_moment(domain.value))
    elif isinstance(domain, DomainAnd):
        parts = [asked_for(child, field) for child in domain.children]
        return Period(
            min((part.start for part in parts if part.start), default=None),
            max((part.end for part in parts if part.end), default=None),
        )
    elif isinstance(domain, DomainOr):
        parts = [asked_for(child, field) for child in domain.children]
        starts = [part.start for part in parts]
        ends = [part.end for part in parts]
        return Period(
            min(starts) if all(starts) else None, max(ends) if all(ends) else None
        )
    return Period()


def _moment(value):
    return value if isinstance(value, datetime) else None
