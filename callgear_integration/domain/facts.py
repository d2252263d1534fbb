# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Facts: notifications with their time, sorted independently of their arrival."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..callgear.notification import Notification

# Order of facts with equal times: that of a call in which nothing goes wrong.
_RANK = ("callout", "legout", "handset", "endleg", "end", "recording")


@dataclass(frozen=True)
class Fact:
    """A notification and its time ``at``: naive UTC, whole seconds or finer.

    ``event`` is the notification's kind. ``began`` is the latest time at which the leg or
    call of the notification can have begun. Both are stored, because a fold needs them
    very often.
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

    :param notifications: as read from their bodies
    :param arrivals: when each was received (naive UTC), used if it has no time itself
    :param to_utc: converts naive local time of the account to naive UTC
    """
    return [
        Fact(to_utc(one.time) if one.time else arrival, one)
        for one, arrival in zip(notifications, arrivals, strict=True)
    ]


def ordered(facts: Iterable[Fact]) -> list[Fact]:
    """Sort facts by time, kind and content, each once.

    So the result depends neither on the order of arrival nor on repeats.
    """
    return sorted(
        set(facts),
        key=lambda fact: (fact.at, _RANK.index(fact.event), repr(fact.notification)),
    )


def first(values: Iterable):
    """Return the first value that is neither None nor empty, else None."""
    return next((value for value in values if value is not None and value != ""), None)


def first_of_each(facts: Iterable[Fact], names: Iterable[str]) -> dict:
    """Return ``{name: first value}`` for fields of the facts' notifications.

    :param facts: ordered
    :param names: names of fields of ``Notification``
    """
    facts = list(facts)
    return {
        name: first(getattr(fact.notification, name) for fact in facts)
        for name in names
    }


def before(moment: datetime, duration: int | None) -> datetime:
    """Return the time ``duration`` seconds before a moment."""
    return moment - timedelta(seconds=duration or 0)
