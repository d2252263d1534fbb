# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A queue may ring for hours: the work of a fold grows with its facts, not faster."""

import sys
from datetime import datetime, timedelta

import pytest

from odoo.addons.callgear_integration.callgear.notification import Notification
from odoo.addons.callgear_integration.domain.facts import Fact
from odoo.addons.callgear_integration.domain.timeline import build_timeline

NOON = datetime(2026, 3, 29, 12)


def fact(at, event, leg, **said):
    said = {"employee_id": str(leg % 3), "leg_id": str(1000 + leg)} | said
    return Fact(NOON + timedelta(seconds=at), Notification(event, "7", **said))


def rung(legs, **said):
    """Three phones at once, again and again."""
    for leg in range(legs):
        at = leg // 3 * 20
        yield fact(at, "legout", leg, **said)
        yield fact(at + 19, "endleg", leg, **{"talk_seconds": 0} | said)


def rung_and_taken(legs):
    """Phones that nobody tells the end of, and as many conversations."""
    for leg in range(legs // 2):
        yield fact(leg * 20, "legout", leg)
        yield fact(leg * 20 + 1, "handset", legs + leg)


def half_loose(legs):
    for leg in range(legs):
        yield fact(leg * 20, "legout", leg)
        yield fact(leg * 20 + 19, "endleg", leg, leg_id=None)


def calls_made(work):
    """How many calls of functions it takes: unlike time, the same on each run."""
    count = 0

    def tally(_frame, event, _argument):
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(tally)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize(
    "told",
    [rung, rung_and_taken, half_loose, lambda legs: rung(legs, leg_id=None)],
    ids=["named", "answered", "mixed", "loose"],
)
def test_four_times_the_facts_take_four_times_the_work(told):
    short, long = list(told(100)), list(told(400))
    work = [
        calls_made(lambda facts=facts: build_timeline(facts)) for facts in (short, long)
    ]
    assert work[1] < 5 * work[0]
