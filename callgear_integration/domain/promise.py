# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Callers who wait to be called back, and the promises made to them (R47).

A caller's missed calls are one waiting until a talk, whoever called whom, or until a person
ticks the caller off. The waiting counts from the first missed call of the group. All of it
follows from what is known of calls and ticks, in whatever order that became known.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

Key = TypeVar("Key")
WAITING, KEPT, LATE, SELF, DONE = "waiting", "kept", "late", "self", "done"


@dataclass(frozen=True)
class Missed:
    """A missed call; ``known_at``: when we heard of it.

    ``number`` and ``contact`` say who called, None: not known.
    """

    key: object
    started_at: datetime
    known_at: datetime
    number: object = None
    contact: object = None


@dataclass(frozen=True)
class Talk:
    """A talk; ``at``: when it was answered.

    ``number`` and ``contact`` say with whom. ``is_entry``: it has its place in a ticket.
    ``from_here``: it was dialled from the ticket of the missed calls.
    """

    started_at: datetime
    at: datetime
    outgoing: bool
    number: object = None
    contact: object = None
    key: object = None
    is_entry: bool = True
    from_here: bool = False


@dataclass(frozen=True)
class Group:
    """Missed calls that are one waiting, the first one first, and what has ended it.

    At most one of ``talk`` and ``done_at`` is set; neither: the caller still waits.
    ``is_sure``: all that may have ended it is known.
    """

    missed: tuple[Missed, ...]
    talk: Talk | None = None
    done_at: datetime | None = None
    is_sure: bool = True

    @property
    def waits(self) -> bool:
        return not (self.talk or self.done_at)

    def state(self, due_at: datetime) -> str:
        """Return what has become of the promise to call back by a time."""
        if self.done_at:
            return DONE
        if not self.talk:
            return WAITING
        if not self.talk.outgoing:
            return SELF
        return KEPT if self.talk.at <= due_at else LATE


@dataclass(frozen=True)
class Caller:
    """The missed calls of one caller in a ticket, and the talks with them.

    ``groups``: their waitings, once it is known how they ended.
    """

    missed: tuple[Missed, ...]
    talks: tuple[Talk, ...]
    groups: tuple[Group, ...] = ()

    @property
    def waits(self) -> bool:
        return any(group.waits for group in self.groups)


def divide_callers(missed: Iterable[Missed], talks: Iterable[Talk]) -> list[Caller]:
    """Divide missed calls and talks by caller: calls with a number or contact in common.

    :param talks: with them, and all that stand in the ticket. Those with none of their
        names are with a caller who has used another number. They count if there is just
        one who waited then and whom they may be with: not if another contact is known to
        have been talked to, unless it was dialled from the ticket, as a call back is
    """
    callers = _join({call: (call.number, call.contact) for call in missed})
    divided: list[list[Talk]] = [[] for _caller in callers]
    strange = []
    for talk in talks:
        names = _names(talk.number, talk.contact)
        own = [
            told for (one, _), told in zip(callers, divided, strict=True) if one & names
        ]
        for told in own:
            told.append(talk)
        if not own:
            strange.append(talk)
    for talk in sorted(strange, key=_order):
        meant = [
            told
            for (_, calls), told in zip(callers, divided, strict=True)
            if _may_be_with(talk, calls) and _waits_at(talk.started_at, calls, told)
        ]
        if len(meant) == 1:
            meant[0].append(talk)
    return [
        Caller(tuple(calls), tuple(told))
        for (_, calls), told in zip(callers, divided, strict=True)
    ]


def join_callers(known: dict[Key, tuple]) -> list[list[Key]]:
    """Return the calls of each caller: who have a number or contact in common.

    :param known: call → number and contact, None: not known. Hidden numbers are one caller
    """
    return [calls for _names, calls in _join(known)]


def last_answer(callers: Iterable[Caller]) -> Talk | None:
    """Return the talk by which the last caller got an answer that has a place in a ticket.

    None: one of them waits or has got none since their last missed call, or all were
    ticked off.

    :param callers: with their groups
    """
    answers = []
    for caller in callers:
        last = max(call.started_at for call in caller.missed)
        later = [t for t in caller.talks if t.is_entry and t.started_at >= last]
        is_done = not caller.waits and any(
            group.done_at for group in caller.groups[-1:]
        )
        if later and not caller.waits:
            answers.append(min(later, key=_order))
        elif not is_done:
            return None
    return max(answers, key=_order, default=None)


def _order(talk):
    return talk.started_at, talk.key


def _join(known):
    """Return what each caller is known by, and their calls."""
    callers: list[tuple[set, list]] = []
    for call, name in known.items():
        names, calls = _names(*name), []
        for other in [one for one in callers if one[0] & names]:
            callers.remove(other)
            names, calls = names | other[0], calls + other[1]
        callers.append((names, [*calls, call]))
    return callers


def _names(number, contact):
    names = {("number", number), ("contact", contact)}
    return {name for name in names if name[1] is not None} or {None}


def _may_be_with(talk, calls):
    """Return whether a talk with none of their numbers may be with a caller."""
    is_known = any(call.contact is not None for call in calls)
    return talk.from_here or talk.contact is None or not is_known


def _waits_at(moment, calls, talks):
    """Return whether a caller waited at a time, whatever persons have ticked off."""
    missed = [call.started_at for call in calls if call.started_at <= moment]
    return bool(missed) and not any(
        max(missed) <= talk.started_at <= moment for talk in talks
    )


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
