# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R46: why a call was missed, as a table of what is known."""

from datetime import datetime, timedelta

import pytest

from odoo.addons.callgear_integration.domain.conversations import Party
from odoo.addons.callgear_integration.domain.missed import (
    LEFT_EARLY,
    NOBODY_FREE,
    NOT_PICKED_UP,
    OUTSIDE_HOURS,
    missed_reason,
)

NOON = datetime(2026, 3, 29, 12)
OVER = 60  # when the call ends, in seconds after noon


def at(seconds):
    return None if seconds is None else NOON + timedelta(seconds=seconds)


def phone(rung, stopped, agent="sara", picked_up=False):
    return Party(
        *(rung, True, agent, (rung,)),
        started_at=at(rung),
        ended_at=at(stopped),
        picked_up=picked_up,
    )


CALLER = Party("contact", False, None, (0,), started_at=at(0), ended_at=at(OVER))
RANG, BUSY, BUSY_TOO = phone(4, 24), phone(4, 5), phone(30, 30, "omar")
LAST = phone(59, OVER)  # the call ends with it
STRANGER = phone(4, 24, agent=None)

TABLE = {
    "a phone rang": ([RANG], {}, NOT_PICKED_UP),
    "one rang, another was busy": ([BUSY, phone(6, 26)], {}, NOT_PICKED_UP),
    "a phone of an unmapped operator rang": ([STRANGER, BUSY], {}, NOT_PICKED_UP),
    "it rang until the caller hung up": ([phone(50, OVER)], {}, NOT_PICKED_UP),
    "busy, then the call went on": ([BUSY], {}, NOBODY_FREE),
    "both busy": ([BUSY, BUSY_TOO], {}, NOBODY_FREE),
    "busy, or hung up at that moment": ([LAST], {}, NOT_PICKED_UP),
    "one busy, the last one unclear": ([BUSY, LAST], {}, NOT_PICKED_UP),
    "picked up for a moment": ([phone(4, 5, picked_up=True)], {}, NOT_PICKED_UP),
    "no phone": ([CALLER], {}, LEFT_EARLY),
    "nothing at all": ([], {}, LEFT_EARLY),
    "an answering machine": ([CALLER], {"voicemail": True}, None),
    "a machine after a phone": ([RANG], {"voicemail": True}, NOT_PICKED_UP),
    "a machine as all are busy": ([BUSY], {"voicemail": True}, NOBODY_FREE),
    "at night": ([RANG], {"outside_hours": True}, OUTSIDE_HOURS),
    "at night, in the menu": ([CALLER], {"outside_hours": True}, OUTSIDE_HOURS),
    "at night, a machine": (
        [CALLER],
        {"outside_hours": True, "voicemail": True},
        OUTSIDE_HOURS,
    ),
}
# What CallGear says of the end decides only what the legs leave open.
SAID = {
    "busy, it says": ([LAST], "employee_busy", NOBODY_FREE),
    "offline, it says": ([LAST], "sip_offline", NOBODY_FREE),
    "on a break, it says": ([CALLER], "employee_status_break", NOBODY_FREE),
    "in any spelling": ([CALLER], " SIP_Offline ", NOBODY_FREE),
    "busy, but a phone rang": ([RANG], "employee_busy", NOT_PICKED_UP),
    "tried, and no phone rang": ([CALLER], "no_success_operator_call", NOBODY_FREE),
    "tried, and a phone rang": ([RANG], "no_success_operator_call", NOT_PICKED_UP),
    "tried, unclear": ([LAST], "no_success_operator_call", NOT_PICKED_UP),
    "rung, it says": ([CALLER], "operator_not_responsible", NOT_PICKED_UP),
    "left, it says": ([CALLER], "disconnect_before_call_processing", LEFT_EARLY),
    "a word for many things": ([CALLER], "timeout", LEFT_EARLY),
    "a word nobody knows": ([CALLER], "новая причина", LEFT_EARLY),
    "the same with a phone": ([BUSY], "???", NOBODY_FREE),
    "an empty word": ([CALLER], "", LEFT_EARLY),
}


@pytest.mark.parametrize("name", TABLE)
def test_r46_by_legs_and_hours(name):
    parties, options, expected = TABLE[name]
    assert missed_reason(parties, ended_at=at(OVER), **options) == expected


@pytest.mark.parametrize("name", SAID)
def test_r46_by_what_callgear_says(name):
    parties, said, expected = SAID[name]
    found = missed_reason(parties, ended_at=at(OVER), finish_reason=said)
    assert found == expected


def test_r46_the_order_of_the_legs_does_not_matter():
    for parties, options, expected in TABLE.values():
        turned = list(reversed(parties))
        assert missed_reason(turned, ended_at=at(OVER), **options) == expected


def test_r46_a_call_of_which_no_end_is_known_is_not_guessed_at():
    assert missed_reason([BUSY], ended_at=None) == NOT_PICKED_UP
