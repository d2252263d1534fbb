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
    groups = [list(talk) for talk in talks]
    rung = [p for p in parties if p.is_operator and p.agent and not p.answered_at]
    for party in sorted(rung, key=lambda party: party.order):
        own = [group for group in groups if group[0].agent == party.agent]
        group = next((g for g in reversed(own) if _belongs(party, g, talks)), None)
        if group:
            group.append(party)
        else:
            groups.append([party])
    return [tuple(group) for group in groups]


def _belongs(party: Party, group: Sequence[Party], talks) -> bool:
    """Return whether a phone rang while, or after, its agent had the call."""
    if any(_overlap(party, other) for other in group):
        return True
    first = group[0]
    if not first.answered_at or not _begins_before(first.answered_at, party):
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
