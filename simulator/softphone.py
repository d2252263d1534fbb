# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Calls that an operator starts on their own phone."""

from __future__ import annotations

from dataclasses import replace

from .parameters import Parameters
from .people import Contact, operator_by_extension
from .session import Session


def pick_up(p: Parameters) -> Session:
    """The operator dials; the leg that follows is the other party's."""
    session = Session(p, source="sip", direction="out")
    session.connect(0, p.operator(0))
    session.callout(0, p.operator(0))
    return session


def answered(p: Parameters) -> Session:
    session = pick_up(p)
    leg = session.dial(0.25, p.operator(0), contact=True, is_operator=False)
    session.answer(p.ring_seconds, leg)
    at = p.ring_seconds + p.talk_seconds
    session.end_leg(at, leg, name=False)
    session.end(at + 0.2)
    session.record(at + 0.2 + p.recording_delay)
    return session


def unanswered(p: Parameters) -> Session:
    session = pick_up(p)
    leg = session.dial(0.25, p.operator(0), contact=True, is_operator=False)
    session.end_leg(p.ring_seconds, leg, name=False)
    session.end(p.ring_seconds + 0.2)
    return session


def internal(p: Parameters) -> Session:
    """The other party is a colleague: a short number stands where a contact's number
    would.
    """
    colleague = operator_by_extension(p.contact.number) or p.operator(1)
    number = colleague.extension or p.contact.number
    session = pick_up(replace(p, contact=Contact(number), virtual_number=None))
    leg = session.dial(0.25, colleague, contact=True, is_operator=True)
    session.answer(p.ring_seconds, leg)
    at = p.ring_seconds + p.talk_seconds
    session.end_leg(at, leg)
    session.end_leg(at + 0.1, session.legs[0])
    session.end(at + 0.2)
    session.record(at + 0.2 + p.recording_delay)
    return session
