# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Incoming calls. Each function is pure: parameters in, the whole session out."""

from __future__ import annotations

from dataclasses import replace

from .parameters import Parameters
from .people import BARE_NUMBER, Contact, operator_by_id
from .session import Leg, Session

IN_TURN = "Forwarding 1 (by priority)"
AT_ONCE = "Forwarding 2 (simultaneous)"
MENU = "Interactive menu 1"
GROUP_IN_TURN = 4410
GROUP_AT_ONCE = 4412


def open_line(parameters: Parameters, *, at_once: bool = False) -> tuple[Session, Leg]:
    """A caller is on the line; returns the caller's leg, too."""
    session = Session(
        parameters,
        source="va",
        direction="in",
        scenario_name="Support" if at_once else "Main line",
        operation=AT_ONCE if at_once else IN_TURN,
        group_ids=[GROUP_AT_ONCE if at_once else GROUP_IN_TURN],
    )
    return session, session.connect(0, None, contact=True)


def close_line(session: Session, at: float, caller: Leg) -> None:
    """The call ends and, if somebody talked, is recorded."""
    if session.parameters.caller_endleg:
        session.end_leg(at, caller)
    session.end(at + 0.3)
    session.record(at + 0.3 + session.parameters.recording_delay)


def answered(p: Parameters) -> Session:
    session, caller = open_line(p)
    leg = session.dial(p.menu_seconds, p.operator(0))
    _talk_and_end(session, p.menu_seconds + p.ring_seconds, leg, caller)
    return session


def second_answers(p: Parameters) -> Session:
    session, caller = open_line(p)
    first = session.dial(p.menu_seconds, p.operator(0))
    given_up = p.menu_seconds + p.ring_seconds
    session.end_leg(given_up, first)
    second = session.dial(given_up + 0.2, p.operator(1))
    _talk_and_end(session, given_up + 0.2 + p.ring_seconds, second, caller)
    return session


def missed(p: Parameters) -> Session:
    session, caller = open_line(p)
    close_line(session, _ring_in_turn(session), caller)
    return session


def _ring_in_turn(session: Session) -> float:
    """All operators let it ring; returns when the last one is given up."""
    p = session.parameters
    at = p.menu_seconds
    for operator in p.operators:
        leg = session.dial(at, operator)
        session.end_leg(at + p.ring_seconds, leg)
        at += p.ring_seconds + 0.2
    return at


def missed_group(p: Parameters) -> Session:
    session, caller = open_line(p, at_once=True)
    legs = [
        session.dial(p.menu_seconds + 0.01 * i, operator)
        for i, operator in enumerate(p.operators)
    ]
    at = p.menu_seconds + p.ring_seconds
    for index, leg in enumerate(legs):
        session.end_leg(at + 0.01 * index, leg)
    close_line(session, at + 0.2, caller)
    return session


def lost_in_menu(p: Parameters) -> Session:
    session, caller = open_line(p)
    session.operation, session.group_ids = MENU, None
    at = p.menu_seconds + 6
    session.end_leg(at, caller)
    session.end(at + 0.1)
    return session


def group(p: Parameters) -> Session:
    session, caller = open_line(p, at_once=True)
    legs = [
        session.dial(p.menu_seconds + 0.01 * i, operator)
        for i, operator in enumerate(p.operators)
    ]
    winner = legs[1 % len(legs)]
    at = p.menu_seconds + p.ring_seconds
    session.answer(at, winner)
    for index, leg in enumerate(leg for leg in legs if leg is not winner):
        session.end_leg(at + 0.07 + 0.01 * index, leg)
    session.end_leg(at + p.talk_seconds, winner)
    close_line(session, at + p.talk_seconds, caller)
    return session


def voicemail(p: Parameters) -> Session:
    session, caller = open_line(p)
    _leave_message(session, p.menu_seconds, caller)
    return session


def missed_voicemail(p: Parameters) -> Session:
    session, caller = open_line(p)
    _leave_message(session, _ring_in_turn(session), caller)
    return session


def _leave_message(session: Session, at: float, caller: Leg) -> None:
    """The machine takes the call at this time."""
    p = session.parameters
    session.operation, session.group_ids = "Voicemail 1", None
    at += p.talk_seconds
    session.end_leg(at, caller)
    session.end(at + 0.1)
    session.record_voicemail(at + 0.1 + p.recording_delay, caller, p.talk_seconds)


def unmapped(p: Parameters) -> Session:
    return answered(replace(p, operators=(operator_by_id(701299),)))


def bare_number(p: Parameters) -> Session:
    return answered(replace(p, operators=(BARE_NUMBER,)))


def hidden(p: Parameters) -> Session:
    return answered(replace(p, contact=Contact("")))


def _talk_and_end(session: Session, at: float, leg: Leg, caller: Leg) -> None:
    session.answer(at, leg)
    at += session.parameters.talk_seconds
    session.end_leg(at, leg)
    close_line(session, at, caller)
