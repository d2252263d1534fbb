# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Notifications with a point in time, in one order whatever order they came in."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..callgear.notification import Notification

# At equal times: the order in which an orderly call would tell them.
_RANK = ("callout", "legout", "handset", "endleg", "end", "recording")


@dataclass(frozen=True)
class Fact:
    """A notification and when it was true: naive UTC, whole seconds or finer.

    ``event`` is the notification's. ``began`` is when that which it tells of had begun at
    the latest. Both are kept, because a fold asks for them again and again.
    """

    at: datetime
    notification: Notification
    event: str = field(init=False, repr=False, compare=False)
    began: datetime = field(init=False, repr=False, compare=False)

    def __post_init__(self):
        notification, began = self.notification, self.at
        if notification.event in ("endleg", "end"):
            total, talk = notification.total_seconds, notification.talk_seconds
            began = before(self.at, max(total or 0, talk or 0))
        object.__setattr__(self, "event", notification.event)
        object.__setattr__(self, "began", began)


def facts_of(
    notifications: Iterable[Notification],
    arrivals: Iterable[datetime],
    to_utc: Callable[[datetime], datetime],
) -> list[Fact]:
    """Return notifications with their times.

    :param arrivals: when each was received (naive UTC), for those that name no time
    :param to_utc: converts the account's local times
    """
    return [
        Fact(to_utc(one.time) if one.time else arrival, one)
        for one, arrival in zip(notifications, arrivals, strict=True)
    ]


def ordered(facts: Iterable[Fact]) -> list[Fact]:
    """Sort facts by time, event and content: arrival and repeats leave no trace."""
    return sorted(
        set(facts),
        key=lambda fact: (fact.at, _RANK.index(fact.event), repr(fact.notification)),
    )


def first(values: Iterable):
    """Return the first value that says something, else None."""
    return next((value for value in values if value is not None and value != ""), None)


def first_of_each(facts: Iterable[Fact], names: Iterable[str]) -> dict:
    """Return ``{name: first value}`` for fields of the facts' notifications."""
    facts = list(facts)
    return {
        name: first(getattr(fact.notification, name) for fact in facts)
        for name in names
    }


def before(moment: datetime, duration: int | None) -> datetime:
    return moment - timedelta(seconds=duration or 0)
