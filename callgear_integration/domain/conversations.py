# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which legs of a call are one conversation: an agent may have several phones.

The legs of one agent belong together while no other agent has talked in between: phones
that ring at the same time, and a call that the agent passes from one phone to the other.
The result depends on the facts only, not on the order in which they became known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Party:
    """A leg, with what the rules need of it.

    ``key``: identifies the leg in ticket entries. ``agent``: whose leg it is; a false
    value: an operator whom nobody has mapped, or the other party. ``order``: sort key in
    the order of dialling. ``picked_up``: the handset was lifted, whether or not a
    conversation followed. Times are naive UTC.
    """

    key: object
    is_operator: bool
    agent: object
    order: tuple
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    picked_up: bool = False
    started_at: datetime | None = None

    @property
    def answer_order(self) -> tuple:
        """Sort key of answered legs, in the order of their answers."""
        return (self.answered_at, self.order)


def talks_of_agents(parties: Sequence[Party]) -> list[tuple[Party, ...]]:
    """Return the agents' conversations: their answered legs, the first one first."""
    talks = [p for p in parties if p.is_operator and p.agent and p.answered_at]
    runs: list[list[Party]] = []
    for talk in sorted(talks, key=lambda party: party.answer_order):
        if runs and runs[-1][0].agent == talk.agent:
            runs[-1].append(talk)
        else:
            runs.append([talk])
    return [tuple(run) for run in runs]


def conversations(parties: Sequence[Party]) -> list[tuple[Party, ...]]:
    """Return the agents' legs by conversation, also those that (still) ring.

    In each, the answered legs come first, in the order of their answers.
    """
    talks = talks_of_agents(parties)
    groups = [_Group(list(talk)) for talk in talks]
    current: dict[object, list[_Group]] = {}  # of an agent, those that may still grow
    for group in groups:
        current.setdefault(group.agent, []).append(group)
    rung = [p for p in parties if p.is_operator and p.agent and not p.answered_at]
    for party in sorted(rung, key=lambda party: party.order):
        own = current.setdefault(party.agent, [])
        own[:] = [group for group in own if group.is_talk or group.rings_at(party)]
        group = next((g for g in reversed(own) if _belongs(party, g, talks)), None)
        if not group:
            group = _Group([])
            own.append(group)
            groups.append(group)
        group.add(party)
    return [tuple(group.parties) for group in groups]


class _Group:
    """Legs of one conversation, to which phones are added in the order of their rings.

    A caller may wait for hours, while the same phones ring again and again. So of the
    phones that only rang, no more is looked at than when the last of them stopped.
    """

    def __init__(self, talk: list[Party]):
        self.parties = talk
        self.answered = tuple(talk)
        self.rang_from: datetime | None = None
        self.rang_until: datetime | None = datetime.min

    @property
    def is_talk(self) -> bool:
        return bool(self.answered)

    @property
    def agent(self):
        return self.parties[0].agent

    def add(self, party: Party):
        self.parties.append(party)
        if party.started_at is None:
            return
        self.rang_from = self.rang_from or party.started_at
        if party.ended_at is None or self.rang_until is None:
            self.rang_until = None  # one still rings
        else:
            self.rang_until = max(self.rang_until, party.ended_at)

    def rings_at(self, party: Party) -> bool:
        """Return whether a phone of these, rung before a party, still rang then."""
        if party.started_at is None or self.rang_from is None:
            return False
        return (self.rang_until is None or self.rang_until > party.started_at) and (
            party.ended_at is None or self.rang_from < party.ended_at
        )


def _belongs(party: Party, group: _Group, talks) -> bool:
    """Return whether a phone rang while, or after, its agent had the call."""
    if group.rings_at(party) or any(_overlap(party, one) for one in group.answered):
        return True
    first = group.answered[0] if group.answered else None
    if not first or not _begins_before(first.answered_at, party):
        return False
    return not any(
        other[0].agent != party.agent
        and first.answer_order < other[0].answer_order
        and _begins_before(other[0].answered_at, party)
        for other in talks
    )


def _begins_before(moment: datetime, party: Party) -> bool:
    return party.started_at is not None and moment <= party.started_at


def _overlap(one: Party, other: Party) -> bool:
    if one.started_at is None or other.started_at is None:
        return False
    return (one.ended_at is None or other.started_at < one.ended_at) and (
        other.ended_at is None or one.started_at < other.ended_at
    )
