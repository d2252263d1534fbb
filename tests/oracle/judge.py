# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Compare what was found with the oracle's answer, and show a history that differs."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from .oracle import Call, Conversation, Ticket

SUBJECTS = {
    "in": "Incoming call from",
    "out": "Outgoing call to",
    "missed": "Missed call from",
}


@dataclass
class FoundPhone:
    agent: str | None
    employee: int | None
    answered_at: datetime | None
    ended_at: datetime | None
    talk: int | None


@dataclass
class Found:
    """What somebody else says of a call, in the oracle's words."""

    outgoing: bool
    number: str
    began_at: datetime
    ended_at: datetime | None
    answered_at: datetime | None
    outcome: str | None
    wait: int | None
    talk: int | None
    total: int | None
    phones: dict[str, FoundPhone]  # by leg id
    # What stands in tickets: (kind, agent, leg id), and whether it was passed on.
    entries: list[tuple[tuple, bool]]
    files: dict[str, tuple | None] = field(default_factory=dict)


@dataclass
class FoundTicket:
    subject: str
    kind: str
    icon: str
    stage: str
    agent: str | None
    contact: str | None
    waits: bool
    entries: list[tuple]  # (session, kind, agent)
    messages: int


def differences(
    call: Call, found: Found, exact: bool = True, timed: bool = True
) -> list[str]:
    """Return what differs, one line each.

    :param exact: times have fractions of seconds
    :param timed: look at times, lengths and ids of legs; not if something was completed
        from the report, which has whole seconds, an id for the leg of who has dialled, and
        is only asked what is missing
    """
    if not timed:
        call, found = _without_ids(call, found)

    def cut(moment):
        return moment and (moment if exact else moment.replace(microsecond=0))

    differ: list[str] = []

    def same(name, expected, value):
        if expected != value:
            differ.append(f"{name}: the oracle says {expected}, found {value}")

    def same_time(name, expected, value):
        if timed:
            same(name, expected, value)

    same("outgoing (R3)", call.outgoing, found.outgoing)
    same("number (R41)", call.number, found.number)
    same_time("ended_at", cut(call.ended_at), found.ended_at)
    is_kept = call.voicemail or "ignored" not in (call.outcome, found.outcome)
    if is_kept:  # Decision: recordings of ignored calls are not fetched
        same("files (R9)", sorted(call.all_files), sorted(found.files))
    if not call.internal:
        _compare_phones(call, found, cut, same, same_time, timed)
    if call.ended_at:
        same("outcome (R25, R5)", call.outcome, found.outcome)
        _compare_entries(call, found, same)
    for name, owner in call.files.items() if is_kept else ():
        same(f"whose file (R16) {name[-40:]}", owner, found.files.get(name))
    if call.complete and not call.internal:
        same_time("began_at", cut(call.began_at), found.began_at)
        same_time("answered_at", cut(call.answered_at), found.answered_at)
        for name in ("wait", "total"):
            if getattr(call, name) is not None:
                same_time(name, getattr(call, name), getattr(found, name))
        if call.talk and not call.voicemail:
            same_time("talk", call.talk, found.talk)
    return differ


def _without_ids(call: Call, found: Found) -> tuple[Call, Found]:
    """Both, with the names of operators in place of the ids of their phones."""
    names = {phone.key: str(phone.employee) for phone in call.phones}
    others = {key: str(phone.employee) for key, phone in found.phones.items()}
    others["own"] = next(
        (name for key, name in others.items() if not key.isdigit()), "own"
    )
    phones = [replace(phone, key=names[phone.key]) for phone in call.phones]
    talks = [
        Conversation(talk.agent, [replace(talk.phones[0], key=None)])
        for talk in call.conversations
    ]
    call = replace(
        call,
        phones=[phone for phone in phones if phone.employee],
        conversations=talks,
        files={url: owner and owner[0] for url, owner in call.files.items()},
    )
    found = replace(
        found,
        phones={others[key]: phone for key, phone in found.phones.items()},
        entries=[
            ((kind, agent, None), passed_on)
            for (kind, agent, _key), passed_on in found.entries
        ],
        files={url: owner and owner[0] for url, owner in found.files.items()},
    )
    return call, found


def _compare_phones(call: Call, found: Found, cut, same, same_time, timed):
    said = {phone.key: phone for phone in call.phones if phone.key != "own"}
    if call.complete:
        missing = sorted(said.keys() - found.phones.keys())
        same("phones that were rung, of which nothing is known", [], missing)
        more = {key for key in found.phones.keys() - said.keys() if key.isdigit()}
        same("phones that were not rung", set(), more)
    for key in said.keys() & found.phones.keys():
        phone, other = said[key], found.phones[key]
        same(f"agent of {key} (R5)", phone.agent, other.agent)
        if phone.employee:
            same(f"operator of {key}", phone.employee, other.employee)
        if phone.ended_at and (call.complete or phone.answered):
            same_time(f"end of {key}", cut(phone.ended_at), other.ended_at)
        if call.outcome == "answered" and call.complete and timed:
            same(f"whether {key} talked", phone.answered, bool(other.answered_at))
        if phone.answered and other.answered_at and not call.outgoing:
            same_time(f"answer of {key}", cut(phone.answered_at), other.answered_at)
        alone = all(len(one.phones) == 1 for one in call.conversations)
        if phone.talk and other.answered_at and alone:
            same_time(f"talk of {key}", phone.talk, other.talk)


def _compare_entries(call: Call, found: Found, same):
    """What stands in tickets, by kind; R16, R17, R24, R25."""
    if call.outcome == "missed":
        kinds = [entry[0][0] for entry in found.entries]
        same("entries", ["missed"], kinds)
        agents = {entry[0][1] for entry in found.entries}
        if not call.complete:
            return
        if not agents <= call.missed_at:
            same("who was rung last (R25)", call.missed_at, agents)
    elif call.outcome == "unanswered":
        entries = [entry[0][:2] for entry in found.entries]
        same("entries (R24)", [("attempt", call.tried_by)], entries)
    else:
        talks = call.conversations
        expected = [
            (("conversation", talk.agent, talk.key), talk is not talks[-1])
            for talk in talks
        ]
        if not call.complete:
            # Of the others somebody may have talked whom only lost notifications named.
            agents = {
                talk.agent
                for talk in talks
                if any(phone.key not in call.unsure for phone in talk.phones)
            }
            left = agents - {entry[0][1] for entry in found.entries}
            same("agents who talked, without a conversation", set(), left)
            return
        moments = [phone.answered_at for talk in talks for phone in talk.phones]
        if len(set(moments)) < len(moments):
            # Who was first nobody can know.
            agents = sorted(entry[0][1] for entry in expected)
            same(
                "agents who talked", agents, sorted(one[0][1] for one in found.entries)
            )
        else:
            same("conversations (R16, R17)", expected, found.entries)


def ticket_differences(tickets: list[Ticket], found: list[FoundTicket]) -> list[str]:
    """Return what differs between the tickets, one line each.

    Tickets are the same if the same calls stand in them.
    """
    differ = []
    left = list(found)
    for ticket in tickets:
        own = [one for one in left if _same_entries(ticket, one)]
        problems = [_ticket_problems(ticket, one) for one in own]
        if not own:
            differ.append(f"there is no ticket like {ticket}")
            continue
        best = min(range(len(own)), key=lambda index: len(problems[index]))
        left.remove(own[best])
        differ += [f"{line} of {ticket}" for line in problems[best]]
    return differ + [f"a ticket too many: {one}" for one in left]


def _same_entries(ticket: Ticket, found: FoundTicket) -> bool:
    expected = sorted(ticket.entries, key=lambda one: one[:2])
    others = sorted(found.entries, key=lambda one: one[:2])
    return len(expected) == len(others) and all(
        one[:2] == other[:2] and other[2] in one[2]
        for one, other in zip(expected, others, strict=True)
    )


def _ticket_problems(ticket: Ticket, found: FoundTicket) -> list[str]:
    number = f"+{ticket.number}" if ticket.number else "hidden number"
    icon = "missed" if ticket.subject == "missed" else "call"
    expected = {
        "subject": f"{SUBJECTS[ticket.subject]} {number}",
        "kind": ticket.subject,
        "icon": icon,
        "stage": ticket.stage,
        "contact": ticket.contact,
        "waits": ticket.waits,
        "messages": len(ticket.entries),
    }
    problems = [
        f"{name}: the oracle says {value}, found {getattr(found, name)}"
        for name, value in expected.items()
        if value != getattr(found, name)
    ]
    if found.agent not in ticket.agents:
        problems.append(f"agent: the oracle says {ticket.agents}, found {found.agent}")
    return problems


def shrink(history, differs):
    """Leave out notifications, as long as something still differs.

    :param differs: returns whether a history differs
    """
    once = history.once()
    if differs(once):
        history = once
    again = True
    while again:
        again = False
        for number in sorted({one.number for one in history.heard}):
            smaller = history.without(number)
            if smaller.heard and differs(smaller):
                history, again = smaller, True
    return history
