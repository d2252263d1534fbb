# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Histories of tickets and calls: what happened to each, as plain data.

They are made up at random, and crowd around the edges of a period, where counting goes
wrong. People, teams and channels go by name; only the database knows their ids.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

START = datetime(2025, 3, 28)
END = datetime(2025, 4, 3)  # the clocks of Europe change in between

AGENTS = ("sara", "omar", "lina")
CLOSED = ("done", "cancelled")
STAGES = ("new", "pending", *CLOSED)
WRITTEN = ("comment", "email", "email_outgoing")


@dataclass
class Message:
    """Something in the ticket's thread; ``changed`` fields make it a tracking message."""

    at: datetime
    author: str | None
    kind: str = "comment"
    note: bool = False
    internal: bool = False
    changed: bool = False
    writing: int = 0


@dataclass
class Move:
    """A tracked change of the stage."""

    at: datetime
    author: str | None
    old: str
    new: str


@dataclass
class Change:
    """Something that a person has changed, and nothing tracks."""

    at: datetime
    author: str


@dataclass
class Talk:
    """An operator's part in a call."""

    started: datetime
    answered: datetime | None
    agent: str | None
    recordings: int = 1
    entry: str = "conversation"

    @property
    def at(self):
        return self.answered or self.started


@dataclass
class Ticket:
    """A ticket as it is now, and all that happened to it."""

    made: datetime
    called: datetime | None = None  # the call that it was created for
    closed_by_call: datetime | None = None  # by the same call
    creator: str | None = "bot"
    customer: str | None = "customer"
    user: str | None = "sara"
    team: str | None = "hotline"
    channel: str | None = "mail"
    call_kind: str | None = None
    active: bool = True
    began: str = "new"
    closed_untracked: datetime | None = None
    messages: list[Message] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    talks: list[Talk] = field(default_factory=list)

    @property
    def stage(self):
        if self.moves:
            return self.moves[-1].new
        return "done" if self.closed_untracked else self.began


@dataclass
class Call:
    """A call as the journal has it; ``promised``: until when, ``promise``: its state."""

    began: datetime
    direction: str = "in"
    outcome: str | None = "answered"
    over: bool = True
    internal: bool = False
    answered: datetime | None = None
    ended: datetime | None = None
    wait: int = 0
    talk: int = 0
    unknown: bool = False
    missed_reason: str | None = None
    agent: str | None = "sara"
    team: str | None = "hotline"
    channel: str | None = "calls"
    called_back: datetime | None = None
    ticked_off: datetime | None = None
    promised: datetime | None = None
    promise: str | None = None


def random_call(rng):
    """Make up a call; ``rng`` has the methods of ``random.Random``."""
    began = _moment(rng)
    call = Call(
        began=began,
        direction=rng.choice(("in", "in", "in", "out")),
        outcome=rng.choice(("answered", "answered", "missed", "ignored", None)),
        over=rng.choice((True, True, True, False)),
        internal=rng.choice((False, False, False, True)),
        wait=rng.choice((0, 5, 20, 21, 30, 31, 400)),
        unknown=rng.choice((False, False, True)),
        agent=rng.choice((*AGENTS, "retired", None)),
        team=rng.choice(("hotline", "backoffice", None)),
        channel=rng.choice(("calls", "calls", "mail", None)),
    )
    if call.outcome == "answered":
        call.talk = rng.choice((0, 1, 65, 3000))
        call.answered = began + timedelta(seconds=call.wait)
    if call.over:
        length = call.wait + call.talk
        call.ended = rng.choice((began + timedelta(seconds=length), None))
    if call.outcome == "missed":
        reasons = ("outside_hours", "not_picked_up", "nobody_free", "left_early", None)
        call.missed_reason = rng.choice(reasons)
        call.promise = rng.choice(("waiting", "kept", "late", "self", "done", None))
        minutes = rng.choice((-1, 0, 10, 10**8))  # the last one: nobody lives so long
        call.promised = began + timedelta(minutes=minutes)
        minutes = rng.choice((0, 5, 10, 11, 5000))
        if call.promise == "done":
            call.ticked_off = began + timedelta(minutes=minutes)
        elif call.promise != "waiting":
            call.called_back = began + timedelta(minutes=minutes)
    return call


def random_ticket(rng):
    """Make up a ticket; ``rng`` has the methods of ``random.Random``."""
    made = _moment(rng)
    ticket = Ticket(
        made=made + timedelta(microseconds=rng.choice((0, 0, 300_000))),
        creator=rng.choice((*AGENTS, "bot", "portal", "retired", None)),
        customer=rng.choice(("customer", "customer", "sara", None)),
        user=rng.choice((*AGENTS, "retired", None)),
        team=rng.choice(("hotline", "backoffice", None)),
        channel=rng.choice(("calls", "calls", "mail", None)),
        active=rng.choice((True, True, True, False)),
        began=rng.choice(("new", "new", *STAGES)),
    )
    if ticket.channel == "calls" or rng.choice((False, False, True)):
        ticket.call_kind = rng.choice(("in", "out", "missed", None))
    ticket.messages = sorted(
        (_message(rng, made) for _ in range(rng.randint(0, 6))), key=_at
    )
    ticket.moves = _moves(rng, ticket)
    if not ticket.moves and ticket.began not in CLOSED:
        ticket.closed_untracked = rng.choice((None, None, _later(rng, made)))
    ticket.changes = [
        Change(_later(rng, made), rng.choice((*AGENTS, "retired", "portal")))
        for _ in range(rng.choice((0, 0, 1, 2)))
    ]
    if ticket.call_kind and rng.choice((False, True)):
        # What comes late was made long after the call.
        ticket.called = made - timedelta(minutes=rng.choice((0, 1, 45, 2000)))
        closings = [move.at for move in ticket.moves if move.new in CLOSED]
        if ticket.began in CLOSED:
            closings = [ticket.called + timedelta(seconds=rng.choice((0, 40)))]
        ticket.closed_by_call = rng.choice([None, *closings[:1]])
    ticket.talks = [_talk(rng, made) for _ in range(rng.choice((0, 0, 1, 1, 2, 3)))]
    return ticket


def _moment(rng):
    """Inside, outside, and very near to the edges of the period."""
    edge = rng.choice((START, END, START + timedelta(days=3)))
    return edge + timedelta(
        hours=rng.choice((-30, -2, 0, 0, 2, 30)), seconds=rng.choice((-1, 0, 1))
    )


def _later(rng, moment):
    return max(moment, _moment(rng)) + timedelta(minutes=rng.choice((0, 0, 20, 300)))


def _at(thing):
    return thing.at


def _message(rng, made):
    return Message(
        at=_later(rng, made),
        author=rng.choice(
            (*AGENTS, "customer", "customer", "retired", "gone", "bot", None)
        ),
        kind=rng.choice((*WRITTEN, "comment", "notification", "auto_comment")),
        note=rng.choice((False, False, True)),
        internal=rng.choice((False, False, False, True)),
        changed=rng.choice((False, True)),
        writing=rng.choice((0, 0, 45, 600)),
    )


def _moves(rng, ticket):
    moves, stage, at = [], ticket.began, ticket.made.replace(microsecond=0)
    for _ in range(rng.choice((0, 0, 1, 2, 3, 4))):
        at = _later(rng, at)
        new = rng.choice([name for name in STAGES if name != stage])
        moves.append(Move(at, rng.choice((*AGENTS, "bot", "customer")), stage, new))
        stage = new
    return moves


def _talk(rng, made):
    started = _later(rng, made - timedelta(hours=1))
    return Talk(
        started=started,
        answered=rng.choice((None, started, started + timedelta(seconds=9))),
        agent=rng.choice((*AGENTS, None)),
        recordings=rng.choice((0, 1, 1, 2)),
        entry=rng.choice(("conversation", "conversation", "missed", "attempt")),
    )
