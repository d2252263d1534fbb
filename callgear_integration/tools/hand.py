# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Whose hand changes tickets in the running code.

A person's is the default. What works for nobody says so for as long as it works. Odoo's
context cannot tell: code that a change triggers may drop it (``with_context({})``), or
start from a new environment. So it is kept beside the database cursor, for the thread:
commits, rollbacks and savepoints do not matter.
"""

from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum
from functools import wraps


class Hand(Enum):
    """Who changes a ticket."""

    # A user at a screen: the ticket is theirs from then on.
    PERSON = "person"
    # A person who pressed a button of ours: what it sets is their choice, and no more.
    BUTTON = "button"
    # What has become known of a call.
    CALL = "call"
    # Everything else: automation rules, scheduled actions, imports, and what other addons
    # change because a ticket was changed.
    AUTOMATION = "automation"


_hand: ContextVar[Hand] = ContextVar("callgear_hand", default=Hand.PERSON)


def current_hand() -> Hand:
    """Return who changes tickets now."""
    return _hand.get()


@contextmanager
def changed_by(hand: Hand):
    """Changes inside are made by this hand; the innermost decides. Also a decorator."""
    token = _hand.set(hand)
    try:
        yield
    finally:
        _hand.reset(token)


def have_changed_by(hand: Hand, owner: type, name: str) -> None:
    """Have a method of another addon, which need not be installed, change by this hand.

    :param owner: the class that has the method, if it is there
    """
    method = getattr(owner, name, None)
    if method and not hasattr(method, "callgear_hand"):
        wrapped = wraps(method)(changed_by(hand)(method))
        wrapped.callgear_hand = hand
        setattr(owner, name, wrapped)
