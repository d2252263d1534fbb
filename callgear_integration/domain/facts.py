# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Facts: notifications with their time, sorted independently of their arrival."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..callgear.notification import Notification

# Order of facts with equal times: that of a call in which nothing goes wrong.
_RANK = ("callout", "legout", "handset", "endleg", "end", "recording")

# How much later than its arrival a notification's own time may be: clocks differ a little.
TOLERANCE = timedelta(minutes=2)
# How far times may be from what others of the call tell, before they contradict them.
SLACK = timedelta(minutes=10)
# With more times than these that clocks show twice, only the arrival is looked at.
MOST_UNCERTAIN = 100


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
    instants: Callable[[datetime], Sequence[datetime]],
) -> list[Fact]:
    """Return notifications with their times.

    A time later than the arrival is not believed: the clock that wrote it is wrong.

    :param notifications: as read from their bodies, all of one call
    :param arrivals: when each was received (naive UTC), used if it has no time itself
    :param instants: returns for a naive local time of the account the naive UTC times
        that it may stand for: one, or two, sorted
    """
    notifications = list(notifications)
    choices = [
        _believable(instants(one.time) if one.time else (), arrival)
        for one, arrival in zip(notifications, arrivals, strict=True)
    ]
    return _most_likely(notifications, choices)


def _believable(times: Sequence[datetime], arrival: datetime) -> Sequence[datetime]:
    """Return the times that are not later than the arrival, or else the arrival."""
    return [time for time in times if time <= arrival + TOLERANCE] or [arrival]


def _most_likely(
    notifications: Sequence[Notification], choices: Sequence[Sequence[datetime]]
) -> list[Fact]:
    """Choose one of the times of each notification.

    Of a time that clocks show twice, the later one is chosen if it is not after the
    arrival: notifications come at once. If they have come hours later, that may
    contradict the others of the call, as when it has ended before it began. Then it is
    the earlier one, of those whose clock was further on.
    """
    twice = sorted({times[-1] for times in choices if len(times) > 1}, reverse=True)
    if len(twice) > MOST_UNCERTAIN:
        twice = []
    likely: list[Fact] = []
    fewest = None
    for limit in (datetime.max, *twice):
        facts = [
            Fact(times[0] if times[-1] >= limit else times[-1], one)
            for one, times in zip(notifications, choices, strict=True)
        ]
        count = _contradictions(facts) if twice else 0
        if fewest is None or count < fewest:
            likely, fewest = facts, count
        if not fewest:
            break
    return likely


def _contradictions(facts: Sequence[Fact]) -> int:
    """Count what cannot be as it is, if these are the times of a call's facts."""
    ends = [fact for fact in facts if fact.event == "end"]
    of_call = [fact for fact in facts if fact.event not in ("end", "recording")]
    groups = [(of_call, ends)]
    legs = defaultdict(list)
    for fact in of_call:
        legs[_leg_of(fact)].append(fact)
    for own in legs.values():
        for event in ("handset", "endleg"):
            later = [fact for fact in own if fact.event == event]
            sooner = [f for f in own if _RANK.index(f.event) < _RANK.index(event)]
            groups.append((sooner, later))
    return sum(
        sum(fact.at > last.at + SLACK for fact in sooner)
        + (abs(last.began - min(fact.at for fact in sooner)) > SLACK)
        * bool(last.notification.total_seconds)
        for sooner, later in groups
        if sooner
        for last in later
    )


def _leg_of(fact: Fact) -> tuple[str | None, str | None]:
    notification = fact.notification
    if notification.leg_id:
        return notification.leg_id, None
    return None, notification.employee_id


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
