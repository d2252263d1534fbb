# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R9, R16: each conversation gets its own recording, whatever `/recording` says."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.callgear_integration.callgear.notification import Notification
from odoo.addons.callgear_integration.domain.facts import Fact, ordered
from odoo.addons.callgear_integration.domain.legs import Leg
from odoo.addons.callgear_integration.domain.recordings import match_recordings

NOON = datetime(2026, 3, 29, 12)
BASE = "https://app.callgear.ae/system/media/talk/5241915877"
ONE, TWO, THREE = f"{BASE}/1/", f"{BASE}/2/", f"{BASE}/3/"
VOICEMAIL = "https://app.callgear.ae/system/media/voice_mail/5241915877/4/"
SARA, OMAR, LINA = "701234", "701235", "701236"


def leg(key, employee, answered=0, is_operator=True):
    """``answered``: seconds after noon, or None."""
    moment = None if answered is None else NOON + timedelta(seconds=answered)
    return Leg(key, is_operator, NOON, employee_id=employee, answered_at=moment)


def recording(*urls, at=600, employee=None, leg_id=None, seconds=None):
    """One notification: the first address is its own file, all are its list."""
    said = Notification(
        "recording",
        "5241915877",
        employee_id=employee,
        leg_id=leg_id,
        file_url=urls[0],
        file_seconds=seconds,
        file_urls=tuple(sorted(urls)),
    )
    return Fact(NOON + timedelta(seconds=at), said)


def match(facts, legs):
    return [(r.url, r.leg_key) for r in match_recordings(ordered(facts), legs)]


FROM_SARA_TO_OMAR = (leg("11", SARA, 10), leg("12", OMAR, 160))
FORWARDED_LAST = (leg("11", SARA, 10), leg("12", None, 160))
FORWARDED_FIRST = (leg("10", None, 5), leg("11", SARA, 90))


def test_one_conversation_owns_all_files():
    legs = (leg("10", None, 5, is_operator=False), leg("11", SARA, 10))
    facts = [recording(ONE, employee=OMAR), recording(TWO, leg_id="99")]
    assert match(facts, legs) == [(ONE, "11"), (TWO, "11")]


def test_nobody_of_the_operators_talked():
    legs = (leg("10", None, 5, is_operator=False), leg("11", SARA, None))
    assert match([recording(ONE, employee=SARA)], legs) == [(ONE, None)]


def test_an_operator_who_was_only_rung_owns_nothing():
    legs = (leg("11", SARA, None), leg("12", OMAR, 20))
    assert match([recording(ONE, employee=SARA)], legs) == [(ONE, "12")]


def test_voicemail_belongs_to_no_conversation():
    facts = [recording(ONE, VOICEMAIL), recording(VOICEMAIL)]
    assert dict(match(facts, FROM_SARA_TO_OMAR))[VOICEMAIL] is None


def test_leg_ids_win_over_names_and_order():
    facts = [
        recording(ONE, leg_id="12", employee=SARA),
        recording(TWO, leg_id="11", employee=OMAR),
    ]
    assert match(facts, FROM_SARA_TO_OMAR) == [(ONE, "12"), (TWO, "11")]


def test_leg_ids_count_where_each_notification_also_lists_all_files():
    facts = [recording(ONE, TWO, leg_id="12"), recording(TWO, ONE, leg_id="11")]
    assert match(facts, FROM_SARA_TO_OMAR) == [(ONE, "12"), (TWO, "11")]


def test_leg_id_of_a_leg_that_did_not_talk_is_ignored():
    facts = [recording(ONE, leg_id="77"), recording(TWO, leg_id="77")]
    assert match(facts, FROM_SARA_TO_OMAR) == [(ONE, "11"), (TWO, "12")]


def test_names_count_if_they_tell_the_files_apart():
    facts = [recording(ONE, employee=OMAR), recording(TWO, employee=SARA, at=601)]
    assert match(facts, FROM_SARA_TO_OMAR) == [(ONE, "12"), (TWO, "11")]


def test_name_on_a_voicemail_does_not_disturb_those_on_the_files():
    facts = [
        recording(ONE, employee=OMAR),
        recording(TWO, employee=SARA, at=601),
        recording(VOICEMAIL, employee=SARA, at=602),
    ]
    assert match(facts, FROM_SARA_TO_OMAR)[:2] == [(ONE, "12"), (TWO, "11")]


def test_s5_one_name_for_all_files_says_nothing_so_order_decides():
    facts = [recording(ONE, employee=OMAR), recording(TWO, employee=OMAR, at=601)]
    assert match(facts, FROM_SARA_TO_OMAR) == [(ONE, "11"), (TWO, "12")]


def test_one_notification_for_two_files_goes_by_order():
    facts = [recording(ONE, TWO, employee=OMAR)]
    assert match(facts, FROM_SARA_TO_OMAR) == [(ONE, "11"), (TWO, "12")]


def test_no_names_at_all_go_by_order():
    facts = [recording(ONE), recording(TWO)]
    assert match(facts, FROM_SARA_TO_OMAR) == [(ONE, "11"), (TWO, "12")]


def test_order_is_that_of_the_answers_not_of_the_dialling():
    legs = (leg("11", SARA, 90), leg("12", OMAR, 20))
    assert match([recording(ONE, TWO)], legs) == [(ONE, "12"), (TWO, "11")]


def test_one_file_with_one_name_is_that_operators():
    """Recording may be on for some employees only, so there may be no other file."""
    assert match([recording(ONE, employee=OMAR)], FROM_SARA_TO_OMAR) == [(ONE, "12")]


def test_same_operator_twice_goes_by_order():
    legs = (leg("11", SARA, 10), leg("12", OMAR, 60), leg("13", SARA, 120))
    facts = [
        recording(ONE, employee=SARA),
        recording(TWO, employee=OMAR, at=601),
        recording(THREE, employee=SARA, at=602),
    ]
    assert match(facts, legs) == [(ONE, "11"), (TWO, "12"), (THREE, "13")]


def test_more_files_than_conversations_go_to_the_last():
    facts = [recording(ONE, TWO, THREE)]
    assert match(facts, FROM_SARA_TO_OMAR)[2] == (THREE, "12")


def test_operator_without_employee_takes_the_unnamed_file():
    legs = (leg("11", SARA, 10), leg("12", None, 160))
    facts = [recording(ONE), recording(TWO, employee=SARA, at=601)]
    assert match(facts, legs) == [(ONE, "12"), (TWO, "11")]


@pytest.mark.parametrize("bare", [FORWARDED_LAST, FORWARDED_FIRST])
def test_r16_only_employees_are_recorded(bare):
    """Passed to a number without an employee: the one file is the employee's."""
    assert match([recording(ONE)], bare) == [(ONE, "11")]
    assert match([recording(ONE, employee=SARA)], bare) == [(ONE, "11")]


def test_r16_a_number_between_two_employees_has_no_file():
    legs = (leg("11", SARA, 10), leg("12", None, 60), leg("13", OMAR, 120))
    assert match([recording(ONE, TWO)], legs) == [(ONE, "11"), (TWO, "13")]


@pytest.mark.parametrize("listed", [(), (ONE, TWO)], ids=["single", "with the list"])
def test_s5_each_file_keeps_its_own_duration(listed):
    facts = [
        recording(ONE, *listed[1:], seconds=160),
        recording(TWO, *listed[:1], seconds=282, at=601),
    ]
    found = match_recordings(ordered(facts), FROM_SARA_TO_OMAR)
    assert [(r.url, r.seconds) for r in found] == [(ONE, 160), (TWO, 282)]


def test_duration_of_one_file_is_not_that_of_another():
    """Only the notification of the second file has come: the first has none yet."""
    found = match_recordings([recording(TWO, ONE, seconds=282)], FROM_SARA_TO_OMAR)
    assert [(r.url, r.seconds) for r in found] == [(ONE, None), (TWO, 282)]


EMPLOYEES = st.sampled_from([None, SARA, OMAR, LINA])
LEGS = st.lists(
    st.builds(
        leg,
        st.sampled_from(["11", "12", "13", "e701236"]),
        EMPLOYEES,
        st.integers(0, 9),
    ),
    unique_by=lambda one: one.key,
)
FACTS = st.lists(
    st.builds(
        lambda urls, **rest: recording(*urls, **rest),
        st.lists(
            st.sampled_from([ONE, TWO, THREE, VOICEMAIL]), min_size=1, unique=True
        ),
        at=st.integers(600, 603),
        employee=EMPLOYEES,
        leg_id=st.sampled_from([None, "11", "12", "99"]),
    ),
    max_size=5,
)


@given(FACTS, LEGS)
def test_each_file_comes_once_and_belongs_to_a_conversation_if_there_was_one(
    facts, legs
):
    found = match(facts, tuple(legs))
    urls = {url for fact in facts for url in fact.notification.file_urls}
    assert sorted(url for url, _key in found) == sorted(urls)
    for url, key in found:
        owns_nothing = url == VOICEMAIL or not legs
        assert (key is None) == owns_nothing
        assert owns_nothing or key in {one.key for one in legs}


@given(FACTS, LEGS, st.randoms(use_true_random=False))
def test_r40_the_order_of_arrival_does_not_matter(facts, legs, chance):
    mixed = facts + facts[:2]
    chance.shuffle(mixed)
    assert match(mixed, tuple(legs)) == match(facts, tuple(legs))
