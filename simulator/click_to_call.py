# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Calls started through the Call API: the operator's phone rings first, then the
contact's.
"""

from __future__ import annotations

from dataclasses import replace

from .parameters import Parameters
from .session import Session


def request(p: Parameters, default_direction: str = "out") -> Session:
    """The session of a click-to-call. One that nobody asked the Call API for carries an
    external id all the same.
    """
    external_id = p.external_id
    if p.first_call is None and not external_id:
        external_id = f"odoo-call-{p.session_id}"
    return Session(
        replace(p, external_id=external_id),
        source="callapi",
        direction=p.direction or default_direction,
    )


def answered(p: Parameters) -> Session:
    session = request(p)
    own = session.dial(0.3, p.operator(0))
    picked_up = 0.3 + p.ring_seconds / 2
    session.answer(picked_up, own)
    other = session.dial(picked_up + 0.3, None, contact=True, is_operator=False)
    connected = picked_up + 0.3 + p.ring_seconds
    session.answer(connected, other)
    at = connected + p.talk_seconds
    session.end_leg(at, other)
    session.end_leg(at + 0.04, own)
    session.end(at + 0.3)
    session.record(at + 0.3 + p.recording_delay)
    return session


def agent_absent(p: Parameters) -> Session:
    """The request named no direction, so CallGear calls it incoming: the trap to be
    aware of.
    """
    session = request(p, "in")
    own = session.dial(0.3, p.operator(0))
    session.end_leg(0.3 + p.ring_seconds, own)
    session.end(0.5 + p.ring_seconds)
    return session


def unanswered(p: Parameters) -> Session:
    session = request(p)
    own = session.dial(0.3, p.operator(0))
    picked_up = 0.3 + p.ring_seconds / 2
    session.answer(picked_up, own)
    other = session.dial(picked_up + 0.3, None, contact=True, is_operator=False)
    given_up = picked_up + 0.3 + p.ring_seconds
    session.end_leg(given_up, other)
    session.end_leg(given_up + 0.1, own)
    session.end(given_up + 0.4)
    return session
