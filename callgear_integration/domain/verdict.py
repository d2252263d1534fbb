# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Decide the outcome of a call, the reason for it, and its ticket entries.

These are the rules for incoming, outgoing, transferred, missed and ignored calls. They
depend on the call's legs, and on which of them belong to agents.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

CONVERSATION, MISSED, ATTEMPT = "conversation", "missed", "attempt"
ANSWERED, UNANSWERED, IGNORED = "answered", "unanswered", "ignored"
# A talk with an operator who has no agent: it has no ticket entry, but whoever has talked
# with somebody does not wait any more.
ELSEWHERE = "elsewhere"
TALKS = (CONVERSATION, ELSEWHERE)


@dataclass(frozen=True)
class Party:
    """A leg, with what the rules need of it.

    ``key``: identifies the leg in ticket entries. ``mapped``: the operator has an agent.
    ``order``: sort key in the order of dialling. ``picked_up``: the handset was lifted,
    whether or not a conversation followed. Times are naive UTC.
    """

    key: object
    is_operator: bool
    mapped: bool
    order: tuple
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    picked_up: bool = False


@dataclass(frozen=True)
class TicketEntry:
    """A ticket entry of one leg.

    ``key``: of the ``Party``. ``kind``: ``CONVERSATION``, ``MISSED`` or ``ATTEMPT``.
    ``handed_over``: another agent continued the conversation.
    """

    key: object
    kind: str
    ended: bool
    handed_over: bool = False


@dataclass(frozen=True)
class Verdict:
    """The result of ``judge``.

    ``outcome``: ``ANSWERED``, ``MISSED``, ``UNANSWERED`` or ``IGNORED``; None while it is
    open. ``reason``: a value of the field ``reason`` of ``callgear.call``.
    ``is_elsewhere``: only an operator without an agent has talked.
    """

    outcome: str | None
    reason: str
    entries: tuple[TicketEntry, ...] = ()
    is_elsewhere: bool = False


def judge(
    parties: Sequence[Party],
    *,
    outgoing: bool,
    ended: bool,
    internal: bool = False,
    lost: bool = False,
    talked: bool = False,
) -> Verdict:
    """Decide outcome, reason and ticket entries of a call.

    :param parties: all legs; at least one if the call has ended
    :param internal: the other party is a colleague or one of the account's own numbers
    :param lost: CallGear reports that nobody answered
    :param talked: talk time or a recording show that somebody did
    """
    if internal:
        return Verdict(IGNORED, "internal")
    operators = sorted((p for p in parties if p.is_operator), key=lambda p: p.order)
    agents = [party for party in operators if party.mapped]
    talks = [party for party in agents if party.answered_at]
    if talks:
        return Verdict(ANSWERED, "answered", tuple(_entry(p, talks) for p in talks))
    if any(party.answered_at for party in operators):
        # An operator without an agent answered: the call is not missed, and gets no ticket.
        return (
            Verdict(ANSWERED, "answered_elsewhere", is_elsewhere=True)
            if agents
            else Verdict(IGNORED, "unmapped", is_elsewhere=True)
        )
    if outgoing:
        return _unanswered_attempt(parties, operators, agents, ended)
    return _missed(parties, operators, agents, ended, lost, talked)


def _entry(talk: Party, talks: Sequence[Party]) -> TicketEntry:
    later = [
        p for p in talks if (p.answered_at, p.order) > (talk.answered_at, talk.order)
    ]
    return TicketEntry(
        talk.key, CONVERSATION, ended=bool(talk.ended_at), handed_over=bool(later)
    )


def _unanswered_attempt(parties, operators, agents, ended: bool) -> Verdict:
    if operators and not agents:
        return Verdict(IGNORED, "unmapped")
    if not ended:
        return Verdict(None, "dialling")
    if not agents:
        return Verdict(IGNORED, "no_operator")
    dialled = agents[0].picked_up or any(not party.is_operator for party in parties)
    reason = "unanswered" if dialled else "agent_absent"
    return Verdict(
        UNANSWERED, reason, (TicketEntry(agents[0].key, ATTEMPT, ended=True),)
    )


def _missed(
    parties, operators, agents, ended: bool, lost: bool, talked: bool
) -> Verdict:
    if not ended:
        return Verdict(None, "ringing" if agents or not operators else "unmapped")
    if agents:
        return Verdict(
            MISSED, "missed", (TicketEntry(agents[-1].key, MISSED, ended=True),)
        )
    if operators:
        return Verdict(IGNORED, "unmapped")
    if talked or not lost:
        # The scenario itself took the call: an announcement, a voicemail box, a fax.
        return Verdict(IGNORED, "no_operator")
    caller = max(parties, key=lambda party: party.order)
    return Verdict(
        MISSED, "missed_before_ringing", (TicketEntry(caller.key, MISSED, ended=True),)
    )
