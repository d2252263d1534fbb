# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Decide the outcome of a call, the reason for it, and its ticket entries.

These are the rules for incoming, outgoing, transferred, missed and ignored calls. They
depend on the call's legs, and on which of them belong to agents.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from .conversations import Party, talks_of_agents

CONVERSATION, MISSED, ATTEMPT = "conversation", "missed", "attempt"
ANSWERED, UNANSWERED, IGNORED = "answered", "unanswered", "ignored"
# A talk with an operator who has no agent: it has no ticket entry, but whoever has talked
# with somebody does not wait any more.
ELSEWHERE = "elsewhere"
TALKS = (CONVERSATION, ELSEWHERE)
# The reason of a call that an answering machine has taken.
VOICEMAIL = "voicemail"


@dataclass(frozen=True)
class TicketEntry:
    """A ticket entry of one leg; a conversation's stands with the leg answered first.

    ``key``: of the ``Party``. ``kind``: ``CONVERSATION``, ``MISSED`` or ``ATTEMPT``.
    ``ended``: all legs of the conversation have. ``handed_over``: another agent continued
    the conversation.
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
    voicemail: bool = False,
    hung_up: bool = False,
) -> Verdict:
    """Decide outcome, reason and ticket entries of a call.

    :param parties: all legs; at least one if the call has ended
    :param internal: the other party is a colleague or one of the account's own numbers
    :param lost: CallGear reports that nobody answered
    :param talked: talk time or a recording show that somebody did
    :param voicemail: a machine has taken a message
    :param hung_up: the agent has ended the outgoing call before it was answered
    """
    if internal:
        return Verdict(IGNORED, "internal")
    operators = sorted((p for p in parties if p.is_operator), key=lambda p: p.order)
    agents = [party for party in operators if party.agent]
    talks = talks_of_agents(parties)
    if talks:
        entries = tuple(_entry(talk, talk is not talks[-1]) for talk in talks)
        return Verdict(ANSWERED, "answered", entries)
    if any(party.answered_at for party in operators):
        # An operator without an agent answered: the call is not missed, and gets no ticket.
        return (
            Verdict(ANSWERED, "answered_elsewhere", is_elsewhere=True)
            if agents
            else Verdict(IGNORED, "unmapped", is_elsewhere=True)
        )
    if outgoing:
        return _unanswered_attempt(parties, operators, agents, ended, hung_up)
    if voicemail and ended:
        return _voicemail(parties, operators, agents)
    return _missed(parties, operators, agents, ended, lost, talked)


def _entry(talk: Sequence[Party], handed_over: bool) -> TicketEntry:
    ended = all(party.ended_at for party in talk)
    return TicketEntry(talk[0].key, CONVERSATION, ended, handed_over)


def _unanswered_attempt(
    parties, operators, agents, ended: bool, hung_up: bool
) -> Verdict:
    if operators and not agents:
        return Verdict(IGNORED, "unmapped")
    if not ended:
        return Verdict(None, "dialling")
    if not agents:
        return Verdict(IGNORED, "no_operator")
    dialled = agents[0].picked_up or any(not party.is_operator for party in parties)
    if hung_up:
        reason = "agent_hung_up" if dialled else "agent_cancelled"
    else:
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
    return Verdict(MISSED, "missed_before_ringing", (_of_caller(parties),))


def _voicemail(parties, operators, agents) -> Verdict:
    """The entry is that of a missed call; whether there is a ticket, others decide."""
    if operators and not agents:
        return Verdict(IGNORED, VOICEMAIL)
    entry = _of_caller(parties)
    if agents:
        entry = TicketEntry(agents[-1].key, MISSED, ended=True)
    return Verdict(MISSED, VOICEMAIL, (entry,))


def _of_caller(parties) -> TicketEntry:
    caller = max(parties, key=lambda party: party.order)
    return TicketEntry(caller.key, MISSED, ended=True)
