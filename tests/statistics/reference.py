# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R34-R38, R46 and R47 in plain Python, ticket by ticket and call by call: what the query
is compared with.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from .history import AGENTS, CLOSED, WRITTEN, Call, Ticket

COUNTED = (
    "new_tickets",
    "new_from_customers",
    "reopened",
    "new_and_reopened",
    "worked_on",
    "answered",
    "closed",
    "sla_first_reply_breached",
    "sla_first_reply_due",
    "sla_closing_breached",
    "sla_closing_due",
)
SUMMED = (
    "replies",
    "sla_any_reply_breached",
    "sla_any_reply_due",
    "calls_incoming",
    "calls_answered",
    "calls_missed",
    "calls_abandoned",
    "calls_offered",
    "calls_in_time",
    "calls_in_time_due",
    "promises_kept",
    "promises_broken",
    "promises_due",
)
AVERAGED = (
    "first_reply_hours",
    "any_reply_hours",
    "closing_hours",
    "writing_minutes",
    "replies_to_close",
    "handling_minutes",
    "call_back_minutes",
)
GREATEST = ("longest_wait_minutes",)
INTERNAL = (*AGENTS, "retired")  # who is archived was an agent all the same


@dataclass(frozen=True)
class Promise:
    """What a team promises, in hours, and seconds until the answer; 0: nothing."""

    first_reply: float = 0
    any_reply: float = 0
    closing: float = 0
    answer: int = 20

    @property
    def settings(self):
        """The same as values of a team."""
        return {
            "callgear_first_reply_hours": self.first_reply,
            "callgear_any_reply_hours": self.any_reply,
            "callgear_closing_hours": self.closing,
            "callgear_answer_seconds": self.answer,
        }


@dataclass
class Fact:
    """That a ticket counts for a measure, when, for whom, and with which value."""

    measure: str
    at: datetime
    agent: str | None
    ticket: Ticket | Call
    value: float = 1


class Reference:
    """Counts the tickets and calls of a period, from ``start`` to just before ``end``.

    :param agents: names of those whose facts count; None: all
    """

    def __init__(self, promises, start=None, end=None, agents=None):
        self.promises = promises
        self.agents = agents
        self.start = start or datetime.min
        self.end = end or datetime.max

    def figures(self, tickets, key, calls=()):
        """The measures of each group; ``key`` tells the group of a fact."""
        groups = defaultdict(list)
        facts = [fact for one in tickets if one.active for fact in self.facts(one)]
        facts += [fact for call in calls for fact in self.call_facts(call)]
        for fact in facts:
            is_of = self.agents is None or fact.agent in self.agents
            if is_of and self.start <= fact.at < self.end:
                groups[key(fact)].append(fact)
        return {group: _measures(facts) for group, facts in groups.items()}

    def facts(self, ticket):
        made = _made(ticket)
        is_call = ticket.channel == "calls"
        talks = [
            talk
            for talk in ticket.talks
            if talk.entry == "conversation" and talk.recordings
        ]
        replies = [m for m in _public(ticket) if _is_agent(ticket, m.author)]
        yield from self._new(ticket, made, is_call)
        yield from self._reopened(ticket)
        yield from self._worked_on(ticket)
        yield from self._answered(ticket, is_call, replies, talks)
        if not is_call:
            promise = self.promises.get(ticket.team, Promise())
            yield from self._waits(ticket, made, promise)
        yield from self._closed(ticket, made, is_call, talks)
        yield from self._time_to_close(ticket, made)
        if not is_call or self._talked(talks):
            yield from self._replies(ticket, made, replies, talks)

    def call_facts(self, call):
        """What counts of a call, all of it when the call began."""
        incoming, answered = call.direction == "in", call.outcome == "answered"
        missed = call.outcome == "missed" and incoming
        if not call.over or call.internal or not (answered or missed):
            return
        where = (call.began, call.agent, call)
        yield Fact("a call", *where)
        if answered and not call.unknown:
            yield Fact("handling_minutes", *where, call.talk / 60)
        if incoming:
            yield from self._incoming(call, where, answered)
        if call.outcome == "missed":
            yield from self._called_back(call, where)

    def _incoming(self, call, where, answered):
        yield Fact("calls_incoming", *where)
        yield Fact("calls_answered" if answered else "calls_missed", *where)
        if call.answered or not call.unknown:
            yield Fact("longest_wait_minutes", *where, call.wait / 60)
        if call.missed_reason == "outside_hours":
            return
        yield Fact("calls_offered", *where)
        if not answered:
            yield Fact("calls_abandoned", *where)
        seconds = self.promises.get(call.team, Promise()).answer
        if seconds:
            yield Fact("calls_in_time_due", *where)
            if answered and call.wait <= seconds:
                yield Fact("calls_in_time", *where)

    def _called_back(self, call, where):
        if call.called_back:
            took = call.called_back - (call.ended or call.began)
            minutes = max(0, took.total_seconds() / 60)
            yield Fact("call_back_minutes", *where, minutes)
        until = call.called_back or call.ticked_off or datetime.now()
        is_over = call.promised and until > call.promised
        kept = call.promise == "kept"
        broken = call.promise == "late"
        broken |= call.promise in ("waiting", "self", "done") and is_over
        if kept or broken:
            yield Fact("promises_kept" if kept else "promises_broken", *where)
            yield Fact("promises_due", *where)

    def _talked(self, talks):
        """Whether one of the conversations was in the period."""
        return any(self.start <= talk.at < self.end for talk in talks)

    def _last_closing(self, ticket, made):
        """The last closing in the period, or None."""
        closings = [at for at in _closings(ticket, made) if self.start <= at < self.end]
        return max(closings, default=None)

    def _new(self, ticket, made, is_call):
        yield Fact("new_tickets", made, ticket.user, ticket)
        yield Fact("new_and_reopened", made, ticket.user, ticket)
        if is_call:
            from_customer = ticket.call_kind in ("in", "missed")
        else:
            from_customer = ticket.creator not in INTERNAL
        if from_customer:
            yield Fact("new_from_customers", made, ticket.user, ticket)

    def _reopened(self, ticket):
        if self.start != datetime.min and _made(ticket) >= self.start:
            return
        for move in ticket.moves:
            if move.old in CLOSED and move.new not in CLOSED:
                yield Fact("reopened", move.at, ticket.user, ticket)
                yield Fact("new_and_reopened", move.at, ticket.user, ticket)

    def _worked_on(self, ticket):
        for message in ticket.messages:
            changed = message.kind == "notification" and message.changed
            if _is_agent(ticket, message.author):
                if message.kind in WRITTEN or changed:
                    yield Fact("worked_on", message.at, message.author, ticket)
        for thing in (*ticket.moves, *ticket.changes):
            if _is_agent(ticket, thing.author):
                yield Fact("worked_on", thing.at, thing.author, ticket)

    def _answered(self, ticket, is_call, replies, talks):
        for reply in replies:
            where = (reply.at, reply.author, ticket)
            if not is_call:
                yield Fact("answered", *where)
                if reply.writing:
                    yield Fact("writing_minutes", *where, reply.writing / 60)
        for talk in talks:
            if is_call:
                yield Fact("answered", talk.at, talk.agent, ticket)

    def _replies(self, ticket, made, replies, talks):
        """R37, R39: of all tickets but calls that nobody has talked of in the period."""
        for reply in replies:
            yield Fact("replies", reply.at, reply.author, ticket)
        for talk in talks:
            yield Fact("replies", talk.at, talk.agent, ticket)
        last = self._last_closing(ticket, made)
        if last is not None:
            count = sum(thing.at <= last for thing in (*replies, *talks))
            yield Fact("replies_to_close", last, ticket.user, ticket, count)

    def _closed(self, ticket, made, is_call, talks):
        """R34: of calls those that were talked of, whenever it was."""
        if not is_call or talks:
            for at in _closings(ticket, made):
                yield Fact("closed", at, ticket.user, ticket)

    def _time_to_close(self, ticket, made):
        """R37: unless both times are the same, or a call has done it all by itself."""
        last = self._last_closing(ticket, made)
        by_itself = ticket.began in CLOSED and last == (ticket.closed_by_call or made)
        if last in (None, made, ticket.closed_by_call) or by_itself:
            return
        where, took = (last, ticket.user, ticket), last - made
        yield Fact("closing_hours", *where, _hours(took))
        promise = self.promises.get(ticket.team, Promise())
        if promise.closing:
            yield Fact("sla_closing_due", *where)
            if took > timedelta(hours=promise.closing):
                yield Fact("sla_closing_breached", *where)

    def _waits(self, ticket, made, promise):
        waiting_since, is_first = made, True
        for message in _public(ticket):
            if not _is_agent(ticket, message.author):
                waiting_since = waiting_since or message.at
            elif waiting_since:
                took = message.at - waiting_since
                where = (message.at, message.author, ticket)
                yield Fact("any_reply_hours", *where, _hours(took))
                if promise.any_reply:
                    yield Fact("sla_any_reply_due", *where)
                    if took > timedelta(hours=promise.any_reply):
                        yield Fact("sla_any_reply_breached", *where)
                if is_first:
                    yield Fact("first_reply_hours", *where, _hours(took))
                    if promise.first_reply:
                        yield Fact("sla_first_reply_due", *where)
                        if took > timedelta(hours=promise.first_reply):
                            yield Fact("sla_first_reply_breached", *where)
                waiting_since, is_first = None, False


def _made(ticket):
    """What was created for a call counts at the time of the call."""
    return (ticket.called or ticket.made).replace(microsecond=0)


def _is_agent(ticket, author):
    return author in INTERNAL and author != ticket.customer


def _public(ticket):
    """What agents and customers write to each other, oldest first."""
    return [
        message
        for message in sorted(ticket.messages, key=lambda message: message.at)
        if message.kind in WRITTEN
        and not message.note
        and not message.internal
        and message.author != "bot"
    ]


def _closings(ticket, made):
    if ticket.began in CLOSED:
        yield ticket.closed_by_call or made
    for move in ticket.moves:
        if move.new in CLOSED and move.old not in CLOSED:
            yield move.at
    if ticket.closed_untracked:
        yield ticket.closed_untracked


def _hours(duration):
    return duration.total_seconds() / 3600


def _measures(facts):
    found = defaultdict(list)
    for fact in facts:
        found[fact.measure].append(fact)
    figures = {name: len({id(f.ticket) for f in found[name]}) for name in COUNTED}
    figures |= {name: len(found[name]) for name in SUMMED}
    figures |= {
        name: sum(f.value for f in found[name]) / len(found[name])
        for name in AVERAGED
        if found[name]
    }
    figures |= {
        name: max(f.value for f in found[name]) for name in GREATEST if found[name]
    }
    return figures
