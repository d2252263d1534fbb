# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Incoming calls that one operator passes to another, half-way through the talk."""

from __future__ import annotations

from .incoming import close_line, open_line
from .parameters import Parameters
from .session import Leg, Session


def _first_talk(p: Parameters) -> tuple[Session, Leg, Leg, float]:
    """The part that all transfers share, up to the moment when the first operator
    presses the key.
    """
    session, caller = open_line(p)
    first = session.dial(p.menu_seconds, p.operator(0))
    answered = p.menu_seconds + p.ring_seconds
    session.answer(answered, first)
    return session, caller, first, answered + p.talk_seconds / 2


def blind(p: Parameters) -> Session:
    """The first operator is gone before the second picks up."""
    session, caller, first, at = _first_talk(p)
    second = session.dial(at, p.operator(1))
    session.end_leg(at + 0.2, first)
    session.answer(at + p.ring_seconds, second)
    at += p.ring_seconds + p.talk_seconds / 2
    session.end_leg(at, second)
    close_line(session, at, caller)
    return session


def attended(p: Parameters) -> Session:
    """The first operator announces the caller, and leaves afterwards."""
    session, caller, first, at = _first_talk(p)
    second = session.dial(at, p.operator(1))
    session.answer(at + p.ring_seconds, second)
    session.end_leg(at + p.ring_seconds + min(5, p.talk_seconds / 4), first)
    at += p.ring_seconds + p.talk_seconds / 2
    session.end_leg(at, second)
    close_line(session, at, caller)
    return session


def failed(p: Parameters) -> Session:
    """Passed on without asking; nobody picks up there, and the call ends."""
    session, caller, first, at = _first_talk(p)
    second = session.dial(at, p.operator(1))
    session.end_leg(at + 0.2, first)
    session.end_leg(at + p.ring_seconds, second)
    close_line(session, at + p.ring_seconds, caller)
    return session
