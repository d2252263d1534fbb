# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Promises to call back: one for each group of missed calls of a caller (R47).

A group ends with a talk, whoever called whom, or when a person ticks the caller off. The
promise counts from the first missed call of the group. All of it follows from what is known
of calls and ticks, in whatever order that became known.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

WAITING, KEPT, LATE, SELF, DONE = "waiting", "kept", "late", "self", "done"


@dataclass(frozen=True)
class Missed:
    """A missed call; ``known_at``: when we heard of it."""

    key: object
    started_at: datetime
    known_at: datetime


@dataclass(frozen=True)
class Talk:
    """A talk with the caller; ``at``: when it was answered."""

    started_at: datetime
    at: datetime
    outgoing: bool


@dataclass(frozen=True)
class Group:
    """Missed calls that are one waiting, the first one first, and what has ended it.

    At most one of ``talk`` and ``done_at`` is set; neither: the caller still waits.
    """

    missed: tuple[Missed, ...]
    talk: Talk | None = None
    done_at: datetime | None = None

    def state(self, due_at: datetime) -> str:
        """Return what has become of the promise to call back by a time."""
        if self.done_at:
            return DONE
        if not self.talk:
            return WAITING
        if not self.talk.outgoing:
            return SELF
        return KEPT if self.talk.at <= due_at else LATE


def group_missed(
    missed: Iterable[Missed], talks: Iterable[Talk], ticks: Iterable[datetime]
) -> list[Group]:
    """Divide the missed calls of one caller into groups, in the order of time.

    :param talks: with the caller
    :param ticks: when persons have ticked the caller off; who calls again, or of whose call
        we hear only afterwards, waits again
    """
    talks = sorted(talks, key=lambda talk: (talk.started_at, talk.at))
    begins, ticks = [talk.started_at for talk in talks], sorted(set(ticks))
    groups: dict[tuple, list] = {}
    for call in sorted(missed, key=lambda call: (call.started_at, call.key)):
        place = bisect_left(begins, call.started_at), bisect_right(ticks, call.known_at)
        groups.setdefault(place, []).append(call)
    return [
        _ended(tuple(calls), talks[after:][:1], ticks[known:][:1])
        for (after, known), calls in groups.items()
    ]


def _ended(calls, talks, ticks):
    """Return a group with what has ended it first."""
    if talks and not (ticks and ticks[0] < talks[0].at):
        return Group(calls, talk=talks[0])
    return Group(calls, done_at=ticks[0] if ticks else None)
