# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Hold the journal, the tickets and the figures against each other (R64).

The rules are written down once more, in a naive way, for what is over: they know what must be
true of the records, not how they came to be so. Nothing is said of what still goes on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .verdict import (
    ANSWERED,
    CONVERSATION,
    ELSEWHERE,
    IGNORED,
    MISSED,
    UNANSWERED,
    VOICEMAIL,
)

# Journal and tickets.
OUTCOME, JOURNAL, PROMISE = "outcome", "journal", "promise"
NO_TICKET, NO_MESSAGE, OTHER_PLACE = "no_ticket", "no_message", "other_place"
NO_PLAYER, NO_FILE = "no_player", "no_file"
NO_CALL, KIND, ICON, WAITING = "no_call", "ticket_kind", "ticket_icon", "waiting"
# Dashboard and journal.
NOT_COUNTED, COUNTED_TOO, FIGURE = "not_counted", "counted_too", "figure"
DAY, MONTH = "day", "month"
# From the gravest to the least, of one call or ticket.
KINDS = (
    OUTCOME,
    NO_TICKET,
    OTHER_PLACE,
    NO_MESSAGE,
    NO_PLAYER,
    NO_FILE,
    JOURNAL,
    PROMISE,
    NO_CALL,
    KIND,
    ICON,
    WAITING,
    NOT_COUNTED,
    COUNTED_TOO,
    FIGURE,
    DAY,
    MONTH,
)
# Who has a ticket no more, because a person wanted so.
_TAKEN_OUT = ("deleted", "elsewhere")
# A promise that has just broken is counted some minutes later.
_JUST = timedelta(minutes=20)


@dataclass(frozen=True)
class Finding:
    """What two books do not say alike.

    :param kind: one of ``KINDS``
    :param what: ``call``, ``ticket``, ``day`` or ``month``
    :param key: id of the call or ticket, or the (first) day
    :param name: of the field that differs, by which its values can be told in words
    :param one: what the first book says: journal (of tickets: the ticket), dashboard
    :param other: what the other one says: tickets (or the journal), the journal
    :param at: in the figures, when it is counted, and when it should be
    """

    kind: str
    what: str
    key: object
    name: str = ""
    one: object = None
    other: object = None
    at: tuple[datetime, ...] = ()


@dataclass(frozen=True)
class Leg:
    """A connected party of a call. ``place``: ticket in which its message stands."""

    id: int
    call_id: int
    leg_id: str = ""
    dial_number: int = 0
    is_operator: bool = True
    user_id: int | None = None
    entry: str | None = None
    started_at: datetime | None = None
    answered_at: datetime | None = None
    ticket_id: int | None = None
    ticket_choice: str | None = None
    message_id: int | None = None
    place: int | None = None
    team_id: int | None = None
    channel_id: int | None = None
    is_recorded: bool = False


@dataclass(frozen=True)
class Recording:
    """A recording that CallGear has told of. ``shown_in``: messages with its file."""

    id: int
    call_id: int
    leg_id: int | None = None
    state: str = "stored"
    attachment_id: int | None = None
    deleted_at: datetime | None = None
    shown_in: tuple[int, ...] = ()


@dataclass(frozen=True)
class Call:
    """A call that has ended, and of which no notification waits."""

    id: int
    direction: str
    outcome: str | None
    history: str | None
    reason: str | None
    is_internal: bool | None
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    agent_id: int | None
    team_id: int | None
    channel_id: int | None
    has_ticket: bool | None
    missed_ticket_id: int | None
    main_leg_id: int | None
    wait_seconds: int | None
    talk_seconds: int | None
    length_unknown: bool | None
    missed_reason: str | None
    call_back_state: str | None
    call_back_due_at: datetime | None
    called_back_at: datetime | None
    call_back_done_at: datetime | None


@dataclass(frozen=True)
class Ticket:
    """A ticket that calls concern, and what all of its entries amount to.

    ``maker_kinds``: kinds of ticket that it may have been made as. ``waits_with``: a missed
    call began when it waits since. ``is_talked_since``: its caller has talked since the
    missed call from which on it waits; ``is_answered``: since its last missed call, or a
    person has ticked them off.
    """

    id: int
    active: bool
    is_closed: bool
    call_kind: str | None
    call_icon: str | None
    is_auto: bool
    kept: frozenset[str]
    call_missed_since: datetime | None
    call_waiting_since: datetime | None
    entries: int
    maker_kinds: frozenset[str]
    is_called_back: bool
    is_first_voicemail: bool
    last_missed_at: datetime | None
    waits_with: bool
    is_talked_since: bool
    is_answered: bool


@dataclass(frozen=True)
class Fact:
    """What the figures say of a call, a conversation or a new ticket."""

    source: str
    source_id: int
    values: Mapping[str, object] = field(default_factory=dict)


# ------------------------------------------------------------------ journal and tickets


def of_call(
    call: Call, legs: Iterable[Leg], recordings: Iterable[Recording] = ()
) -> Iterable[Finding]:
    """Yield what call and tickets do not say alike."""
    legs = list(legs)

    def found(kind, name="", one=None, other=None):
        return Finding(kind, "call", call.id, name, one, other)

    outcomes = _outcomes(call, legs)
    if call.outcome not in outcomes:
        yield found(OUTCOME, "outcome", call.outcome, outcomes[0])
    entries = {leg.entry for leg in legs if leg.entry}
    expected = {call.history} - {None, ELSEWHERE}
    if entries - expected or expected - entries:
        yield found(OUTCOME, "history", call.history, next(iter(entries), None))
    for leg in legs:
        yield from (found(*one) for one in _of_leg(leg))
    yield from (found(*one) for one in _of_recordings(legs, recordings))
    yield from (found(*one) for one in _of_journal(call, legs))
    if not _is_promise_sound(call):
        yield found(PROMISE, "call_back_state", call.call_back_state, _kept(call))


def _outcomes(call, legs):
    """Return the outcomes that fit the legs, the likeliest first."""
    operators = [leg for leg in legs if leg.is_operator]
    if call.is_internal:
        return (IGNORED,)
    if any(leg.answered_at and leg.user_id for leg in operators):
        return (ANSWERED,)
    if any(leg.answered_at for leg in operators):
        return (ANSWERED if any(leg.user_id for leg in operators) else IGNORED,)
    if call.direction == "out":
        return (UNANSWERED, IGNORED)
    return (MISSED, IGNORED)


def _of_leg(leg):
    if not leg.entry:
        return
    if not leg.ticket_id:
        if leg.ticket_choice not in _TAKEN_OUT:
            yield NO_TICKET, "ticket_id", None, leg.place
    elif not leg.message_id:
        yield NO_MESSAGE, "ticket_id", None, leg.ticket_id
    elif leg.place != leg.ticket_id:
        yield OTHER_PLACE, "ticket_id", leg.ticket_id, leg.place


def _of_recordings(legs, recordings):
    for one in recordings:
        if one.state == "stored" and not one.attachment_id and not one.deleted_at:
            yield NO_FILE, "", None, None
        if not one.attachment_id:
            continue
        for leg in legs:
            own = leg.id == one.leg_id or (not one.leg_id and leg.entry == MISSED)
            if own and leg.entry and leg.ticket_id and leg.message_id:
                if leg.message_id not in one.shown_in:
                    yield NO_PLAYER, "ticket_id", None, leg.ticket_id


def _of_journal(call, legs):
    """Yield what the journal's columns say, and the conversations do not."""
    talks = [leg for leg in legs if leg.entry == CONVERSATION]
    main = min(
        talks or [leg for leg in legs if leg.entry],
        key=lambda leg: (
            leg.answered_at or leg.started_at,
            leg.dial_number,
            leg.leg_id,
        ),
        default=None,
    )
    expected = {
        "main_leg_id": main and main.id,
        "agent_id": main and main.user_id,
        "has_ticket": any(leg.ticket_id for leg in legs),
        "missed_ticket_id": next(
            (leg.ticket_id for leg in legs if leg.entry == MISSED), None
        ),
    }
    if main and main.ticket_id:
        expected |= {"team_id": main.team_id, "channel_id": main.channel_id}
    for name, value in expected.items():
        if (getattr(call, name) or None) != (value or None):
            yield JOURNAL, name, getattr(call, name), value


def _is_promise_sound(call):
    """Return whether the promise says what the times beside it say."""
    state, due = call.call_back_state, call.call_back_due_at
    if bool(state) != bool(due) or (state and call.history != MISSED):
        return False
    return (
        not state or _kept(call) == state or (state == "self" and call.called_back_at)
    )


def _kept(call):
    """Return what became of the promise, by its times."""
    due = call.call_back_due_at
    if not due or call.history != MISSED:
        return None
    if call.call_back_done_at:
        return "done"
    if not call.called_back_at:
        return "waiting"
    return "kept" if call.called_back_at <= due else "late"


def of_ticket(ticket: Ticket) -> Iterable[Finding]:
    """Yield what a ticket says of its calls, and they do not."""

    def found(kind, name, other):
        return Finding(kind, "ticket", ticket.id, name, getattr(ticket, name), other)

    if not ticket.entries:
        if ticket.call_icon:
            yield found(NO_CALL, "call_icon", None)
        return
    follows = ticket.is_auto and "call_kind" not in ticket.kept
    if follows and ticket.call_kind not in ticket.maker_kinds:
        yield found(KIND, "call_kind", min(ticket.maker_kinds))
    icon = _icon(ticket)
    if ticket.call_icon != icon and "call_icon" not in ticket.kept:
        yield found(ICON, "call_icon", icon)
    if ticket.active:
        yield from (found(WAITING, *one) for one in _of_waiting(ticket))


def _icon(ticket):
    if ticket.call_kind != MISSED or ticket.is_called_back:
        return "call"
    return VOICEMAIL if ticket.is_first_voicemail else MISSED


def _of_waiting(ticket):
    since = ticket.call_missed_since
    shown = None if ticket.is_closed else since
    if ticket.call_waiting_since != shown:
        yield "call_waiting_since", shown
    elif since and not ticket.waits_with:
        yield "call_missed_since", None
    elif shown and ticket.is_talked_since:
        yield "call_waiting_since", None
    elif not since and ticket.call_kind == MISSED and not ticket.is_closed:
        if ticket.last_missed_at and not ticket.is_answered:
            yield "call_waiting_since", ticket.last_missed_at


# ------------------------------------------------------------------ dashboard and journal


def call_values(call: Call, now: datetime) -> dict | None:
    """Return what the figures have to say of a call, or None: it does not count."""
    is_in, is_answered = call.direction == "in", call.outcome == ANSWERED
    if call.is_internal or not (is_answered or (is_in and call.outcome == MISSED)):
        return None
    waited = is_in and (call.answered_at or not call.length_unknown)
    return {
        "kind": "incoming" if is_in else "outgoing",
        "date": call.started_at,
        "user_id": call.agent_id,
        "team_id": call.team_id,
        "channel_id": call.channel_id,
        "is_answered": is_answered,
        "missed_reason": call.missed_reason,
        "wait_seconds": call.wait_seconds if waited else None,
        "talk_seconds": call.talk_seconds
        if is_answered and not call.length_unknown
        else None,
        "call_back_seconds": _call_back_seconds(call),
        "promise": _promise(call, now),
    }


def _call_back_seconds(call):
    if call.outcome != MISSED or not call.called_back_at:
        return None
    over = call.ended_at or call.started_at
    return max(0, round((call.called_back_at - over).total_seconds()))


def _promise(call, now):
    """Return whether the promise was kept or broken; ``...``: it has just been broken."""
    state, due = call.call_back_state, call.call_back_due_at
    if state == "kept":
        return "kept"
    ended = {
        "late": datetime.max,
        "waiting": now,
        "self": call.called_back_at,
        "done": call.call_back_done_at,
    }.get(state)
    if not ended or not due or ended <= due:
        return None
    return ... if state == "waiting" and now - due < _JUST else "broken"


def of_figures(
    what: str, key: int, expected: Mapping | None, fact: Fact | None
) -> Iterable[Finding]:
    """Yield what the figures say of a call or ticket, and the journal does not.

    :param expected: None: it does not count
    :param fact: None: it is not counted
    """
    said = fact.values if fact else {}
    at = tuple(values["date"] for values in (said, expected) if values)

    def found(kind, name="kind"):
        values = said.get(name), (expected or {}).get(name)
        return Finding(kind, what, key, name, *values, at)

    if expected is None:
        if fact:
            yield found(COUNTED_TOO)
    elif not fact:
        yield found(NOT_COUNTED)
    else:
        for name, value in expected.items():
            if value is not ... and (said[name] or None) != (value or None):
                yield found(FIGURE, name)


def gravest(findings: Iterable[Finding]) -> list[Finding]:
    """Return the gravest finding of each call, ticket or day, in the order of time."""
    first: dict[tuple, Finding] = {}
    for one in findings:
        known = first.get((one.what, one.key))
        if not known or KINDS.index(one.kind) < KINDS.index(known.kind):
            first[one.what, one.key] = one
    return list(first.values())
