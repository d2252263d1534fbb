# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Compare what was found with the oracle's answer, and show a history that differs."""

from dataclasses import dataclass, field
from datetime import datetime

from .oracle import Call


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


def differences(call: Call, found: Found, exact: bool = True) -> list[str]:
    """Return what differs, one line each.

    :param exact: times have fractions of seconds
    """

    def cut(moment):
        return moment and (moment if exact else moment.replace(microsecond=0))

    differ: list[str] = []

    def same(name, expected, value):
        if expected != value:
            differ.append(f"{name}: the oracle says {expected}, found {value}")

    same("outgoing (R3)", call.outgoing, found.outgoing)
    same("number (R41)", call.number, found.number)
    same("ended_at", cut(call.ended_at), found.ended_at)
    same("files (R9)", sorted(call.all_files), sorted(found.files))
    if not call.internal:
        _compare_phones(call, found, cut, same)
    if call.ended_at:
        same("outcome (R25, R5)", call.outcome, found.outcome)
        _compare_entries(call, found, same)
    for name, owner in call.files.items():
        same(f"whose file (R16) {name[-40:]}", owner, found.files.get(name))
    if call.complete and not call.internal:
        same("began_at", cut(call.began_at), found.began_at)
        same("answered_at", cut(call.answered_at), found.answered_at)
        for name in ("wait", "total"):
            if getattr(call, name) is not None:
                same(name, getattr(call, name), getattr(found, name))
        if call.talk and not call.voicemail:
            same("talk", call.talk, found.talk)
    return differ


def _compare_phones(call: Call, found: Found, cut, same):
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
            same(f"end of {key}", cut(phone.ended_at), other.ended_at)
        if call.outcome == "answered" and call.complete:
            same(f"whether {key} talked", phone.answered, bool(other.answered_at))
        if phone.answered and other.answered_at and not call.outgoing:
            same(f"answer of {key}", cut(phone.answered_at), other.answered_at)
        alone = all(len(one.phones) == 1 for one in call.conversations)
        if phone.talk and other.answered_at and alone:
            same(f"talk of {key}", phone.talk, other.talk)


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
