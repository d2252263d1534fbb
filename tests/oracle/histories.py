# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Histories of calls, each made from its seed: the simulator's scenarios and free ones.

What CallGear says of what happens is the simulator's matter (``Session``); here is decided
what happens.
"""

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from math import inf
from random import Random

from simulator import incoming, softphone
from simulator.click_to_call import request
from simulator.disturbance import Disturbance
from simulator.parameters import Parameters
from simulator.people import Contact
from simulator.scenarios import SCENARIOS
from simulator.session import Leg, Session

from .account import (
    CALLERS,
    LINA,
    MAPPED,
    OMAR,
    PHONES,
    SARA,
    SARA_MOBILE,
    WAREHOUSE,
)

START = datetime(2026, 3, 28, 16, 30)  # by the account's clock
FREE = "free "
# What people do on the telephone that no scenario has.
KINDS = (FREE + "incoming", FREE + "softphone", FREE + "click-to-call")
LOST = 0.25  # of all notifications, in a history with losses


@dataclass(frozen=True)
class Notification:
    number: int  # in order of time
    event: str
    text: str

    @cached_property
    def body(self) -> dict:
        return json.loads(self.text)


@dataclass
class History:
    seed: int
    kinds: list[str] = field(default_factory=list)
    told: list[Notification] = field(default_factory=list)  # as they happened
    heard: list[Notification] = field(default_factory=list)  # as they arrived

    def known(self):
        """What arrived at all: (event, body), as they happened."""
        numbers = {one.number for one in self.heard}
        return [(one.event, one.body) for one in self.told if one.number in numbers]

    def without(self, number: int) -> "History":
        """The same without one notification."""
        heard = [one for one in self.heard if one.number != number]
        return History(self.seed, self.kinds, self.told, heard)

    def once(self) -> "History":
        """The same without repeats."""
        return History(
            self.seed, self.kinds, self.told, list(dict.fromkeys(self.heard))
        )

    def __str__(self):
        lines = [f"seed {self.seed}: {', '.join(self.kinds)}; in order of arrival:"]
        return "\n".join([*lines, *map(_line, self.heard)])


def _line(told: Notification) -> str:
    body = told.body
    call = body["call_info"]
    words = [
        body["notification_time"][5:],
        f"{told.event:9}",
        f"session {call['call_session_id']}",
        f"leg {body['leg_id']}" if body["leg_id"] else "",
        f"{body['employee_info']['employee_full_name'] or 'nobody'}",
        f"caller {body['contact_info']['contact_phone_number'] or 'hidden'}",
        f"{call['call_source']}/{call['direction']}",
    ]
    for name in (
        "is_operator",
        "talk_time_duration",
        "total_time_duration",
        "wait_time_duration",
        "is_lost",
    ):
        if call.get(name) is not None:
            words.append(f"{name.removesuffix('_time_duration')}={call[name]}")
    links = body["call_record_file_info"].get("record_file_links")
    if links:
        words.append(" ".join(link.split("/media/")[1] for link in links))
    return f"  {told.number:3} " + " ".join(word for word in words if word)


def make(seed: int, calls: int | None = None, losses: bool | None = None) -> History:
    """The history of a seed.

    :param calls: how many; else one to four
    :param losses: whether notifications are lost; else of one history in four
    """
    rng = Random(seed)
    history = History(seed)
    callers = rng.sample(CALLERS, rng.choice((1, 1, 2)))
    count = calls or rng.choice((1, 2, 3, 4))
    # Two calls do not begin at the same moment, but may be at the same time.
    begin = 0.0
    steps = []
    for number in range(count):
        kind, session_of = play(rng)
        session = session_of(parameters(rng, number, rng.choice(callers)))
        history.kinds.append(kind)
        began = START + timedelta(seconds=round(begin, 3))
        whole = rng.random() < 0.15
        for step in _varied(rng, session):
            steps.append((began + timedelta(seconds=step.at), step, whole))
        begin += rng.choice((rng.uniform(10, 120), rng.uniform(600, 90_000)))
    steps.sort(key=lambda item: item[0])
    for number, (moment, step, whole) in enumerate(steps):
        text, _type = Disturbance(whole_seconds=whole).body_of(
            step.event, step.values, moment
        )
        history.told.append(Notification(number, step.event, text))
    heard = list(history.told)
    if losses or (losses is None and rng.random() < 0.25):
        heard = [one for one in heard if rng.random() > LOST] or heard[:1]
    heard += rng.choices(heard, k=rng.choice((0, 0, 1, 3)))
    rng.shuffle(heard)
    history.heard = heard
    return history


def parameters(rng: Random, number: int, caller: str) -> Parameters:
    session = 5_000_000_000 + number
    return varied_parameters(
        rng,
        Parameters(
            session_id=session,
            first_leg_id=session * 4,
            contact=Contact(caller),
            recording_url="https://app.callgear.ae",
            recording_style=rng.choice(("each", "one")),
            caller_endleg=rng.random() < 0.5,
        ),
    )


def varied_parameters(rng: Random, p: Parameters) -> Parameters:
    """Other operators and durations."""
    return replace(
        p,
        operators=tuple(rng.sample(PHONES[:4], rng.randint(1, 3))),
        talk_seconds=rng.choice((rng.uniform(0.6, 5), rng.uniform(5, 900))),
        ring_seconds=rng.uniform(1, 30),
        menu_seconds=rng.uniform(0.5, 20),
        recording_delay=rng.uniform(0.1, 30),
    )


def play(rng: Random):
    """Choose what happens; returns its name, and a function: parameters → session."""
    kind = rng.choice((*SCENARIOS, *KINDS * 5))
    if kind in SCENARIOS:
        return kind, SCENARIOS[kind].play
    plays = {
        KINDS[0]: free_incoming,
        KINDS[1]: free_softphone,
        KINDS[2]: free_click_to_call,
    }
    return kind, lambda p: plays[kind](rng, p)


def _varied(rng: Random, session: Session):
    """The steps of a call, with what CallGear is known to leave out or say otherwise."""
    nameless_ends = rng.random() < 0.3
    no_lists = rng.random() < 0.2
    outgoing = session.source != "va"
    lost = rng.choice((True, False, None))
    for step in session.steps:
        values = dict(step.values)
        if nameless_ends and step.event in ("endleg", "end", "recording"):
            values["employee_id"] = values["employee_full_name"] = None
        if no_lists:
            values["leg_ids"] = None
        if outgoing and step.event == "end":
            values["is_lost"] = lost  # of any value
        yield type(step)(step.at, step.event, values)


# ------------------------------------------------------------------------ free calls


class HungUp(Exception):
    """The caller has hung up."""


class Line:
    """A session that may end at any moment."""

    def __init__(self, rng: Random, session: Session, hang_up: float):
        self.rng = rng
        self.session = session
        self.hang_up = hang_up
        self.open: list[Leg] = []

    def check(self, at: float):
        if at >= self.hang_up:
            raise HungUp

    def dial(self, at, phone, **options) -> Leg:
        self.check(at)
        leg = self.session.dial(at, phone, **options)
        self.open.append(leg)
        return leg

    def answer(self, at, leg):
        self.check(at)
        self.session.answer(at, leg)

    def leave(self, at, leg):
        self.check(at)
        self.open.remove(leg)
        self.session.end_leg(at, leg)

    def drop_all(self, at):
        """All that are left leave, one directly after the other."""
        self.rng.shuffle(self.open)
        for index, leg in enumerate(self.open):
            self.session.end_leg(at + 0.01 * index, leg)


def _patience(rng: Random, usual: float) -> float:
    """When the caller hangs up; most do not."""
    return rng.choice((inf, inf, rng.uniform(0.3, usual)))


def free_incoming(rng: Random, p: Parameters) -> Session:
    """A queue that rings in rounds, and passes the call on; hang-up at any moment."""
    session, caller = incoming.open_line(p, at_once=rng.random() < 0.5)
    line = Line(rng, session, _patience(rng, 120))
    at = p.menu_seconds
    try:
        for _round in range(rng.randint(0, 5)):
            phones = rng.sample(PHONES, rng.randint(1, 3))
            at, winner = _ring(line, at, phones, rng.random() < 0.35)
            if winner:
                at = _talk_and_pass_on(line, at, winner)
                break
    except HungUp:
        at = line.hang_up
    line.drop_all(at)
    incoming.close_line(session, at + 0.05, caller)
    return session


def _ring(line: Line, at: float, phones, answered: bool):
    """Ring phones at once; returns when that is over, and who has picked up."""
    rng = line.rng
    gap = rng.choice((0.0, 0.01))
    legs = [line.dial(at + gap * i, phone) for i, phone in enumerate(phones)]
    at += rng.uniform(0.5, 25)
    winner = rng.choice(legs) if answered else None
    if winner:
        line.answer(at, winner)
    for index, leg in enumerate(leg for leg in legs if leg is not winner):
        line.leave(at + 0.05 + 0.01 * index, leg)
    return at + 0.2, winner


def _talk_and_pass_on(line: Line, at: float, talker: Leg) -> float:
    rng = line.rng
    talks = rng.choice((rng.uniform(0.6, 6), rng.uniform(6, 600)))
    for _transfer in range(rng.choice((0, 0, 1, 1, 2, 3))):
        at += talks
        phone = rng.choice((*PHONES, SARA, OMAR, LINA, SARA_MOBILE))
        leg = line.dial(at, phone)
        blind = rng.random() < 0.5
        if blind:
            line.leave(at + 0.2, talker)
        picked_up = at + rng.uniform(0.5, 20)
        if blind and rng.random() < 0.15:
            line.leave(picked_up, leg)  # nobody is there: the call ends
            return picked_up
        line.answer(picked_up, leg)
        if not blind:
            line.leave(picked_up + rng.uniform(0.5, 30), talker)
            picked_up += 30
        at, talker = picked_up, leg
        talks = rng.uniform(1, 300)
    line.leave(at + talks, talker)
    return at + talks


def free_softphone(rng: Random, p: Parameters) -> Session:
    """An operator dials, and may pass the call on."""
    p = _placed_by(p, rng.choice((*MAPPED, WAREHOUSE)))
    session = softphone.pick_up(p)
    own = session.legs[0]
    line = Line(rng, session, _patience(rng, 60))
    at = 0.25
    try:
        names = rng.choice((p.operator(0), None))
        contact = line.dial(at, names, contact=True, is_operator=False)
        at += rng.uniform(1, 40)
        if rng.random() < 0.7:
            line.answer(at, contact)
            at += rng.uniform(0.6, 300)
            if rng.random() < 0.3:
                phone = rng.choice([one for one in MAPPED if one != p.operator(0)])
                leg = line.dial(at, phone)
                line.answer(at + 4, leg)
                own.ended_at = at + 8
                at += rng.uniform(10, 100)
    except HungUp:
        at = line.hang_up
    line.drop_all(at)
    session.end(at + 0.2)
    session.record(at + 0.2 + p.recording_delay)
    return session


def free_click_to_call(rng: Random, p: Parameters) -> Session:
    """Through the Call API, asked for with any direction or none."""
    p = _placed_by(p, rng.choice((*MAPPED, WAREHOUSE)))
    session = request(p, rng.choice(("in", "out")))
    line = Line(rng, session, _patience(rng, 60))
    at = 0.3
    try:
        if rng.random() < 0.3:
            session.callout(at, p.operator(0))
        own = line.dial(at, p.operator(0))
        at += rng.uniform(0.5, 25)
        if rng.random() < 0.85:
            line.answer(at, own)
            contact = line.dial(at + 0.3, None, contact=True, is_operator=False)
            at += rng.uniform(1, 40)
            if rng.random() < 0.7:
                line.answer(at, contact)
                at += rng.uniform(0.6, 300)
                line.check(at)
    except HungUp:
        at = max(line.hang_up, at) if at < line.hang_up else line.hang_up
    line.drop_all(at)
    session.end(at + 0.3)
    session.record(at + 0.3 + p.recording_delay)
    return session


def _placed_by(p: Parameters, operator) -> Parameters:
    return Parameters(**{**vars(p), "operators": (operator, *p.operators)})
