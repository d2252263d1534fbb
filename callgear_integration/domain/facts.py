# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Notifications with a point in time, in one order whatever order they came in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..callgear.notification import Notification

# At equal times: the order in which an orderly call would tell them.
_RANK = ("callout", "legout", "handset", "endleg", "end", "recording")


@dataclass(frozen=True)
class Fact:
    """A notification and when it was true: naive UTC, whole seconds or finer."""

    at: datetime
    said: Notification

    @property
    def event(self) -> str:
        return self.said.event

    @property
    def began(self) -> datetime:
        """When that which it tells of had begun at the latest."""
        if self.event not in ("endleg", "end"):
            return self.at
        said = self.said
        return before(self.at, max(said.total_seconds or 0, said.talk_seconds or 0))


def ordered(facts: Iterable[Fact]) -> list[Fact]:
    """Sort facts by time, event and content: arrival and repeats leave no trace."""
    return sorted(
        set(facts), key=lambda fact: (fact.at, _RANK.index(fact.event), repr(fact.said))
    )


def first(values: Iterable):
    """Return the first value that says something, else None."""
    return next((value for value in values if value is not None and value != ""), None)


def before(moment: datetime, duration: int | None) -> datetime:
    return moment - timedelta(seconds=duration or 0)
