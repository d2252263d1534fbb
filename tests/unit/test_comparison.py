# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R50, R64: what CallGear's report of a call says that is not known of it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from odoo.addons.callgear_integration.callgear.report_rows import (
    ReportedCall,
    ReportedLeg,
)
from odoo.addons.callgear_integration.domain.comparison import (
    ANSWER,
    LEG,
    LENGTH,
    MISSING,
    NOT_ENDED,
    RECORDING,
    KnownCall,
    KnownLeg,
    compare,
    file_id,
)

START = datetime(2026, 3, 28, 16, 30)
CALL = ReportedCall(
    session_id="7",
    communication_id="7",
    start_time=START,
    finish_time=START + timedelta(seconds=80),
    talk_seconds=60,
    records=("abc",),
)
SARA = ReportedLeg(
    leg_id="71",
    session_id="7",
    start_time=START,
    connect_time=START + timedelta(seconds=20),
    talk_seconds=60,
    is_operator=True,
    employee_id="1",
)
OMAR = replace(SARA, leg_id="72", employee_id="2", connect_time=None, talk_seconds=None)
CALLER = replace(SARA, leg_id="70", employee_id=None, is_operator=False)
TALKED, RANG = KnownLeg(True, 60), KnownLeg()
KNOWN = KnownCall(
    is_over=True,
    legs={"70": TALKED, "71": TALKED, "72": RANG},
    files=frozenset({"abc"}),
    talk_seconds=61,
)


@pytest.mark.parametrize(
    ("known", "kinds"),
    [
        (None, (MISSING,)),
        (KNOWN, ()),
        (replace(KNOWN, is_over=False, talk_seconds=None), (NOT_ENDED,)),
        (replace(KNOWN, legs={"71": TALKED}), (LEG,)),
        (replace(KNOWN, legs={"71": RANG, "72": RANG}), (ANSWER,)),
        (replace(KNOWN, files=frozenset()), (RECORDING,)),
        (replace(KNOWN, talk_seconds=0), (LENGTH,)),
        # A party was taken to have stayed until the end of the call.
        (replace(KNOWN, legs={"71": KnownLeg(True, 67), "72": RANG}), (LENGTH,)),
        (replace(KNOWN, legs={"71": KnownLeg(True, 58), "72": RANG}), ()),
        (replace(KNOWN, legs={"71": KnownLeg(True), "72": RANG}), ()),
        (replace(KNOWN, files=frozenset({"abc", "other"})), ()),
        # None are kept of it, or nobody has told its length.
        (replace(KNOWN, files=None), ()),
        (replace(KNOWN, talk_seconds=None), ()),
        # Legs whose notifications had no ids.
        (replace(KNOWN, legs={"e1": TALKED, "e2": RANG}), ()),
        (
            KnownCall(is_over=False, legs={"71": RANG}, files=frozenset()),
            (NOT_ENDED, LEG, ANSWER, RECORDING),
        ),
    ],
)
def test_r64_differences(known, kinds):
    assert compare(CALL, [CALLER, SARA, OMAR], known) == kinds


def test_r64_who_only_listens_and_other_calls_are_no_difference():
    listener = replace(SARA, leg_id="79", employee_id="9", is_coach=True)
    foreign = replace(SARA, leg_id="81", session_id="8", employee_id="9")
    assert compare(CALL, [SARA, OMAR, listener, foreign], KNOWN) == ()


def test_r51_of_a_call_without_notifications_nothing_can_be_completed():
    known = KnownCall(is_over=True, is_sealed=True, talk_seconds=0)
    assert compare(CALL, [SARA, OMAR], known) == ()


def test_r64_an_operator_may_be_a_bare_number():
    bare = replace(SARA, leg_id="73", employee_id=None)
    assert compare(CALL, [SARA, OMAR, bare], KNOWN) == (LEG,)


def test_r64_of_a_call_between_colleagues_only_that_it_is_over():
    known = KnownCall(is_over=True, is_internal=True, talk_seconds=45)
    assert compare(CALL, [SARA, OMAR], known) == ()


def test_r64_a_message_on_the_answering_machine_is_a_file():
    call = replace(CALL, voice_mails=("def",))
    assert compare(call, [SARA, OMAR], KNOWN) == (RECORDING,)


@pytest.mark.parametrize(
    "url",
    [
        "https://app.callgear.ae/system/media/talk/7/abc/",
        "https://app.callgear.ae/system/media/talk/7/abc",
        "https://app.callgear.ae/system/media/talk/7/abc/?x=/y",
        "abc",
    ],
)
def test_r64_files_are_known_by_their_ids(url):
    assert file_id(url) == "abc"
