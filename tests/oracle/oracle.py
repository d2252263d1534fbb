# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What must be true once all of some calls is known: a second, naive implementation.

It is written from the specification, looks at all notifications at once, sorted by their
times, and shares no code with the addon. Nobody has done anything in Odoo: no ticket was
chosen, no text typed, no stage set.

Comments name the rule that decides. "CallGear" stands for what its documents and public
observations tell; "Decision" for a line of docs/decisions.md, where the rules are silent.

Not judged here:

- what agents do (R7, R8, R11-R15, R19-R21, R27, R32b, c, e), what they are shown, texts;
- calls that were made from Odoo: none of these is known here, so a click-to-call is an
  outgoing call like any other;
- working hours, lines with settings of their own, tickets for voicemail (R28, R54);
- calls without an ``end``: nothing but their direction, number, phones and conversations.
  A missed one has to be asked about first (R50);
- of a call that was not told completely, what only the lost notification knew: see
  ``Call.complete``;
- why a call was missed (R46), promises (R47), statistics (R34-R39);
- how long phones rang, and the length of conversations without an ``endleg``;
- whether a colleague who picked up, but talked for no second, while another went on
  talking, was only asked something: there may be a conversation or not;
- legs of calls between colleagues, which leave nothing behind;
- who was "first" or "last" of those whose times are the same: each of them is right;
- recordings, if there are not as many as conversations: only that each is there once.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .account import AHEAD, Account

NOT_TOLD = (None, "", [])
SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Told:
    """One notification."""

    event: str
    at: datetime  # UTC
    session: str
    leg: str | None
    employee: int | None
    number: str
    virtual: str
    direction: str | None
    source: str | None
    external: str | None
    is_operator: bool | None
    talk: int
    total: int | None
    wait: int | None
    lost: bool | None
    files: tuple[str, ...]

    @classmethod
    def read(cls, event: str, body: dict) -> "Told":
        call, files = body["call_info"], body["call_record_file_info"]
        links = files.get("record_file_links") or [files["file_link"]]
        text = body["notification_time"]
        leg = body["leg_id"]
        return cls(
            event=event,
            at=datetime.fromisoformat(text) - AHEAD,
            session=str(call["call_session_id"]),
            leg=None if leg in NOT_TOLD else str(leg),
            employee=body["employee_info"]["employee_id"],
            number=body["contact_info"]["contact_phone_number"] or "",
            virtual=body["virtual_phone_number"] or "",
            direction=call["direction"],
            source=call["call_source"],
            external=body["external_id"],
            is_operator=call.get("is_operator"),
            talk=call["talk_time_duration"] or 0,
            total=call["total_time_duration"],
            wait=call["wait_time_duration"],
            lost=call["is_lost"],
            files=tuple(link for link in links if link),
        )


@dataclass
class Phone:
    """An operator's phone in a call: somebody rang it, or it has placed the call."""

    key: str  # the leg's id, or "own" for that of who placed the call
    employee: int | None
    agent: str | None
    rang_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None  # if its own end is told
    talk: int | None

    @property
    def answered(self) -> bool:
        return self.answered_at is not None


@dataclass
class Conversation:
    """What one agent's phones had, as long as no other agent talked in between."""

    agent: str
    phones: list[Phone]

    @property
    def key(self):
        return self.phones[0].key

    @property
    def answered_at(self):
        return self.phones[0].answered_at


@dataclass
class Call:
    session: str
    outgoing: bool
    number: str
    began_at: datetime
    ended_at: datetime | None
    answered_at: datetime | None
    outcome: str | None  # None: goes on, as far as is known
    internal: bool
    voicemail: bool
    wait: int | None
    talk: int | None
    total: int | None
    phones: list[Phone]
    conversations: list[Conversation] = field(default_factory=list)
    # Of a missed call: whose ticket it may be; nobody: {None}.
    missed_at: set[str | None] = field(default_factory=set)
    # Somebody has talked whose operator nobody has mapped.
    talk_elsewhere: bool = False
    # Of an attempt: who has tried.
    tried_by: str | None = None
    # For each file the conversation's agent and phone; None: it is nobody's. Missing: not
    # judged.
    files: dict[str, tuple | None] = field(default_factory=dict)
    all_files: set[str] = field(default_factory=set)
    complete: bool = True
    # Phones of which nobody can say whether they had a conversation.
    unsure: set[str] = field(default_factory=set)


@dataclass
class Ticket:
    subject: str  # in, out, missed
    number: str
    stage: str
    agents: set[str | None]  # any of them is right
    contact: str | None
    entries: list[tuple]  # (session, kind, agents)
    waits: bool = False


# ------------------------------------------------------------------------------- a call


def judge_call(told: list[Told], account: Account) -> Call:
    """All that one session's notifications tell, whenever each of them came."""
    told = sorted(set(told), key=lambda one: one.at)  # R40: repeats say nothing
    end = next((one for one in told if one.event == "end"), None)
    outgoing = is_outgoing(told)
    number = next((one.number for one in told if one.number), "")
    contact_legs, operator_legs = sides(told, outgoing)
    phones = [phone_of(leg, told, account) for leg in operator_legs]
    contact_at = outgoing and contact_answered_at(told, contact_legs)
    if outgoing:
        phones = [*placing_phone(told, phones, contact_at, account), *phones]
    answered = answered_phones(phones, outgoing, contact_at)
    call = Call(
        session=told[0].session,
        outgoing=outgoing,
        number=number,
        began_at=began_at(told),
        ended_at=end and end.at,
        answered_at=contact_at
        or min((one.answered_at for one in answered), default=None)
        or None,
        outcome=None,
        internal=number in account.own_numbers,
        voicemail=False,
        wait=end and end.wait,
        talk=end and end.talk,
        total=end and end.total,
        phones=phones,
        all_files={name for one in told for name in one.files},
    )
    call.complete = is_complete(told, end, outgoing)
    call.voicemail = is_voicemail(call, told, end, answered)
    call.outcome = outcome_of(call, end, answered, account)
    call.unsure = {phone.key for phone in answered if only_consulted(phone, answered)}
    if call.unsure or (call.outcome == "answered" and not answered):
        call.complete = False
    if call.outcome == "answered":
        call.conversations = conversations(answered)
    elif call.outcome == "missed":
        call.missed_at = rung_last(phones)
    elif call.outcome == "unanswered":
        call.tried_by = next(phone.agent for phone in phones if phone.agent)
    call.talk_elsewhere = (
        bool(answered) and not call.conversations and not call.internal
    )
    call.files = whose_files(call, told, answered)
    return call


def answered_phones(phones: list[Phone], outgoing: bool, contact_at) -> list[Phone]:
    """Those that had a conversation with the caller, or contact."""
    if outgoing and not contact_at:
        return []  # CallGear: the agent's own pick-up is no conversation yet
    if outgoing and phones and not phones[0].answered:
        # CallGear: the contact is dialled once the agent has picked up.
        phones[0].answered_at = contact_at
    return [phone for phone in phones if phone.answered]


def is_outgoing(told: list[Told]) -> bool:
    """CallGear: what the Call API has started may be called incoming; it never is."""
    return any(
        one.event == "callout"
        or one.direction == "out"
        or one.source == "callapi"
        or one.external
        for one in told
    )


def is_from_softphone(told: list[Told]) -> bool:
    """R23. CallGear: the Call API may tell a callout, too."""
    sources = {one.source for one in told}
    return "callapi" not in sources and (
        "sip" in sources or any(one.event == "callout" for one in told)
    )


def sides(told: list[Told], outgoing: bool) -> tuple[list[str], list[str]]:
    """Legs of the contact, and of operators; each by when it was first told of."""
    contact, operators = [], []
    softphone = is_from_softphone(told)
    legs = list(dict.fromkeys(one.leg for one in told if one.leg))
    said_contact = any(one.is_operator is False for one in told if one.leg)
    for leg in legs:
        about = [one for one in told if one.leg == leg]
        said = next(
            (one.is_operator for one in about if one.is_operator is not None), None
        )
        named = any(one.employee for one in about)
        if said is not None:
            is_contact = not said  # CallGear: endleg says on which side
        elif outgoing and softphone:
            # CallGear: the first leg rung is the customer's, whoever it names.
            is_contact = leg == legs[0] and not said_contact
        elif outgoing:
            is_contact = not named
        else:
            is_contact = False  # an incoming caller's leg is not rung
        (contact if is_contact else operators).append(leg)
    return contact, operators


def phone_of(leg, told, account) -> Phone:
    about = [one for one in told if one.leg == leg]

    def first(event):
        return next((one.at for one in about if one.event == event), None)

    employee = next((one.employee for one in about if one.employee), None)
    left = next((one for one in about if one.event == "endleg"), None)
    answered_at = first("handset")
    if answered_at is None and left and left.talk:
        answered_at = left.at - timedelta(seconds=left.talk)
    return Phone(
        leg,
        employee,
        account.agents.get(employee),
        first("legout"),
        answered_at,
        first("endleg"),
        left.talk if left else None,
    )


def contact_answered_at(told, contact_legs) -> datetime | None:
    """CallGear: by the customer's own pick-up, else by what was talked or recorded."""
    picked_up = [
        one.at for one in told if one.event == "handset" and one.leg in contact_legs
    ]
    if picked_up:
        return min(picked_up)
    talked = [
        one.at - timedelta(seconds=one.talk)
        for one in told
        if one.talk and one.event in ("endleg", "end")
    ]
    if not talked and any(one.files for one in told):
        return told[0].at  # nobody knows when
    return min(talked, default=None)


def placing_phone(told, phones, contact_at, account) -> list[Phone]:
    """R23: the phone that an operator dials on is no leg that is told of.

    Of a click-to-call it is the first one; it may be known by somebody's name only.
    """
    callout = next((one for one in told if one.event == "callout"), None)
    who = callout or next((one for one in told if one.employee), None)
    if not who:
        return []
    agent = account.agents.get(who.employee)
    if any(phone.employee for phone in phones) and not is_from_softphone(told):
        return []
    # It leaves when it passes the call on, which nobody tells.
    return [Phone("own", who.employee, agent, None, contact_at, None, None)]


def began_at(told: list[Told]) -> datetime:
    """Ends tell how long the call, or a leg of it, was; nothing happens before it began."""
    return min(
        one.at - timedelta(seconds=one.total or 0)
        if one.event in ("endleg", "end")
        else one.at
        for one in told
    )


def is_complete(told, end, outgoing) -> bool:
    """Whether each phone's ringing, end and pick-up (if any) is told, and the end."""
    if not end or (
        is_from_softphone(told) and not any(one.event == "callout" for one in told)
    ):
        return False
    if outgoing and any(one.talk or one.files for one in told):
        legs = sides(told, outgoing)[0]
        if not any(one.event == "handset" and one.leg in legs for one in told):
            return False  # the pick-up of the contact who talked is not told
    if outgoing and not sides(told, outgoing)[1]:
        if not any(one.employee or one.event == "callout" for one in told):
            return False  # nothing is told of who has dialled
    # Somebody talked, of whom nothing is told.
    talked = any(one.talk for one in told)
    if not outgoing and talked and not any(one.event == "handset" for one in told):
        return False
    for leg in {one.leg for one in told if one.leg}:
        about = [one for one in told if one.leg == leg]
        events = {one.event for one in about}
        if not outgoing and any(one.is_operator is False for one in about):
            continue  # the caller's own leg: neither its ring nor its pick-up is told
        if not {"legout", "endleg"} <= events:
            return False
        if "handset" not in events and any(one.talk for one in about):
            return False
    return True


def is_voicemail(call, told, end, answered) -> bool:
    """R28, and Decision: which recordings show that an answering machine took a call."""
    if call.outgoing or answered:
        return False
    if any("/voice_mail/" in name for name in call.all_files):
        return True
    nobody_rung = not call.phones
    if nobody_rung and end and end.lost is False:
        return True  # an answering machine, a fax
    return nobody_rung and bool(call.all_files)


def outcome_of(call: Call, end, answered, account) -> str | None:
    reached = any(phone.agent for phone in call.phones)
    if call.internal:
        return "ignored"  # R45
    if call.outgoing:
        if not reached:
            return "ignored"  # R5
        if answered:
            return "answered"
        return "unanswered" if end else None
    if end:
        # CallGear: the end names who has talked last.
        reached = reached or end.employee in account.agents
    if answered:
        # R5: only phones of operators whom nobody has mapped. R25: answered by one of
        # these after an agent was rung, it is not missed.
        return "answered" if reached else "ignored"
    if end is None:
        return None
    somebody = call.phones or end.employee
    if somebody and (end.lost is False or (end.talk and not end.lost)):
        return "answered" if reached else "ignored"  # whoever it was
    if call.voicemail:
        return "ignored"  # R28
    if call.phones and not reached:
        return "ignored"  # R5, R25
    return "missed"  # R25


def only_consulted(phone: Phone, answered: list[Phone]) -> bool:
    """Picked up, but CallGear says it has not talked, while another went on talking.

    The colleague may have been asked while the caller was on hold; or everybody hung up
    just then. CallGear's report tells no more than whole seconds.
    """
    return phone.talk == 0 and any(
        other is not phone
        and other.talk != 0
        and other.answered_at <= phone.answered_at
        and (not other.ended_at or other.ended_at > phone.ended_at - SECOND)
        for other in answered
    )


def conversations(answered: list[Phone]) -> list[Conversation]:
    """R16: one for each agent; two phones of one agent are one.

    Decision: only another agent's talk in between separates them.
    """
    found: list[Conversation] = []
    for phone in sorted(answered, key=lambda one: one.answered_at):
        if phone.agent is None:
            continue
        if found and found[-1].agent == phone.agent:
            found[-1].phones.append(phone)
        else:
            found.append(Conversation(phone.agent, [phone]))
    return found


def rung_last(phones: list[Phone]) -> set[str | None]:
    """R25: the mapped operator rung last; nobody, if the caller gave up before."""
    agents = [phone for phone in phones if phone.agent]
    if not all(phone.rang_at for phone in agents):
        return {phone.agent for phone in agents}  # nobody knows which was the last
    if not agents:
        return {None}
    last = max(phone.rang_at for phone in agents)
    return {phone.agent for phone in agents if phone.rang_at == last}


def whose_files(call, told, answered) -> dict:
    """R16: each conversation its own player. CallGear: their order tells."""
    lists = [one.files for one in told if one.files]
    if not lists:
        return {}
    names = max(lists, key=len)
    if set(names) != call.all_files:
        return {}
    if not call.complete:
        return {}
    if call.voicemail or not call.conversations:
        return dict.fromkeys(names)  # in no conversation
    talked = [
        phone
        for phone in sorted(answered, key=lambda one: one.answered_at)
        if phone.employee and phone.talk != 0
    ]
    if len(talked) != len(names):
        return {}
    if len({phone.answered_at for phone in talked}) < len(talked):
        return {}  # which of them was first nobody knows
    owner = {
        phone.key: (conversation.agent, conversation.key)
        for conversation in call.conversations
        for phone in conversation.phones
    }
    return {
        name: owner.get(phone.key) for name, phone in zip(names, talked, strict=True)
    }


# -------------------------------------------------------------------------- the tickets


def judge_tickets(calls: list[Call], account: Account) -> list[Ticket]:
    """R10, R16, R17, R24-R26, R30-R32: what is left of all calls, with nobody's help."""
    tickets: list[Ticket] = []
    waiting: dict[str, Ticket] = {}  # by caller: the ticket of their missed calls
    # Decision: which of two calls is later is told by when they began.
    for call in sorted(calls, key=lambda one: one.began_at):
        contact = account.contacts.get(call.number)
        # A hidden number is nobody's: each of its calls is a caller of its own.
        caller = contact or call.number or call.session
        if call.conversations:
            tickets += conversation_tickets(call, contact)
            if caller in waiting:  # R32a, R32d
                ended = waiting.pop(caller)
                ended.stage, ended.waits = "closed", False
        elif call.outcome == "missed":
            entry = (call.session, "missed", frozenset(call.missed_at))
            ticket = waiting.get(caller)
            if not ticket:
                ticket = Ticket(
                    "missed", call.number, "open", {None}, contact, [], True
                )
                waiting[caller] = ticket
                tickets.append(ticket)
            ticket.entries.append(entry)  # R26
            ticket.waits = True
            if call.missed_at != {None}:
                ticket.agents = call.missed_at  # R25, Decision: of the last that rang
        elif call.outcome == "unanswered":
            entry = (call.session, "attempt", frozenset({call.tried_by}))
            if caller in waiting:
                waiting[caller].entries.append(entry)  # R24, R31
            else:  # R24
                tickets.append(
                    Ticket(
                        "out", call.number, "closed", {call.tried_by}, contact, [entry]
                    )
                )
        elif call.talk_elsewhere and caller in waiting:
            # Decision (R47, R26): they do not wait any more, but it makes no ticket.
            waiting[caller].waits = False
        # R26: calls that make no ticket neither group nor cut a group.
    return tickets


def conversation_tickets(call: Call, contact) -> list[Ticket]:
    made = []
    for conversation in call.conversations:
        last = conversation is call.conversations[-1]
        if call.outgoing:
            stage = "closed"  # R24
        else:
            stage = "open" if last else "closed"  # R10, R17
        made.append(
            Ticket(
                "out" if call.outgoing else "in",
                call.number,
                stage,
                {conversation.agent},
                contact,
                [(call.session, "conversation", frozenset({conversation.agent}))],
            )
        )
    return made


def judge(notifications, account: Account) -> tuple[dict[str, Call], list[Ticket]]:
    """All that must be true of these notifications: (event, body)."""
    sessions: dict[str, list[Told]] = {}
    for event, body in notifications:
        told = Told.read(event, body)
        sessions.setdefault(told.session, []).append(told)
    calls = {session: judge_call(told, account) for session, told in sessions.items()}
    return calls, judge_tickets(list(calls.values()), account)
