# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Each scenario: which notifications, in which order, with which facts."""

import time

import pytest

from simulator.ids import IdSource
from simulator.parameters import Parameters
from simulator.people import CONTACTS, contact_by_number
from simulator.scenarios import SCENARIOS

# Event and the first name of the employee whom it names.
EXPECTED = {
    "answered": "legout Sara, handset Sara, endleg Sara, end Sara, recording Sara",
    "second-answers": "legout Sara, endleg Sara, legout Omar, handset Omar, "
    "endleg Omar, end Omar, recording Omar",
    "missed": "legout Sara, endleg Sara, legout Omar, endleg Omar, end -",
    "missed-group": "legout Sara, legout Omar, endleg Sara, endleg Omar, end -",
    "menu": "endleg -, end -",
    "group": "legout Sara, legout Omar, handset Omar, endleg Sara, endleg Omar, "
    "end Omar, recording Omar",
    "voicemail": "endleg -, end -, recording -",
    "missed-voicemail": "legout Sara, endleg Sara, legout Omar, endleg Omar, "
    "endleg -, end -, recording -",
    "blind-transfer": "legout Sara, handset Sara, legout Omar, endleg Sara, "
    "handset Omar, endleg Omar, end Omar, recording Omar, recording Omar",
    "attended-transfer": "legout Sara, handset Sara, legout Omar, handset Omar, "
    "endleg Sara, endleg Omar, end Omar, recording Omar, recording Omar",
    "failed-transfer": "legout Sara, handset Sara, legout Omar, endleg Sara, "
    "endleg Omar, end Sara, recording Sara",
    "unmapped": "legout Warehouse, handset Warehouse, endleg Warehouse, "
    "end Warehouse, recording Warehouse",
    "bare-number": "legout -, handset -, endleg -, end -",
    "hidden": "legout Sara, handset Sara, endleg Sara, end Sara, recording Sara",
    "softphone": "callout Sara, legout Sara, handset Sara, endleg -, end Sara, "
    "recording Sara",
    "softphone-unanswered": "callout Sara, legout Sara, endleg -, end Sara",
    "internal": "callout Sara, legout Omar, handset Omar, endleg Omar, endleg Sara, "
    "end Sara, recording Sara",
    "click-to-call": "legout Sara, handset Sara, legout -, handset -, endleg -, "
    "endleg Sara, end Sara, recording Sara",
    "click-to-call-agent": "legout Sara, endleg Sara, end -",
    "click-to-call-unanswered": "legout Sara, handset Sara, legout -, endleg -, "
    "endleg Sara, end Sara",
}


def play(name, **changes):
    usual = {
        "talk_seconds": 40,
        "ring_seconds": 10,
        "menu_seconds": 3,
        "contact": CONTACTS[0],
    }
    session = SCENARIOS[name].play(
        Parameters(5_241_907_731, 18_250_044_100, **{**usual, **changes})
    )
    return session.steps


@pytest.mark.parametrize("name", ["voicemail", "missed-voicemail", "answered"])
def test_r28_the_address_of_a_message_on_the_machine_says_so(name):
    session = SCENARIOS[name].play(
        Parameters(5_241_907_731, 18_250_044_100, contact=CONTACTS[0])
    )
    kind = "talk" if name == "answered" else "voice_mail"
    assert session.files
    assert all(f"/media/{kind}/" in session.link(file) for file in session.files)


def the(steps, event):
    (step,) = [step for step in steps if step.event == event]
    return step.values


@pytest.mark.parametrize("name", SCENARIOS)
def test_sequence(name):
    steps = play(name)
    told = [
        f"{step.event} {(step.values['employee_full_name'] or '-').split()[0]}"
        for step in steps
    ]
    assert ", ".join(told) == EXPECTED[name]


@pytest.mark.parametrize("name", SCENARIOS)
def test_what_holds_for_every_call(name):
    steps = play(name)
    assert steps == play(name), "not a pure function of its parameters"
    assert [step.at for step in steps] == sorted(step.at for step in steps)
    assert {step.values["call_session_id"] for step in steps} == {5_241_907_731}
    assert len({step.values["contact_phone_number"] for step in steps}) == 1
    end = the(steps, "end")
    assert end["leg_id"] is None
    assert end["is_lost"] is (end["talk_time_duration"] == 0)
    assert end["talk_time_duration"] <= end["total_time_duration"]
    for step in steps:
        if step.event in ("legout", "handset", "endleg"):
            assert step.values["leg_id"] in step.values["leg_ids"]
            assert step.values.get("is_lost") is None
        if step.event == "recording":
            assert step.values["file_link"] in step.values["record_file_links"]
            assert step.values["file_duration"] > 0


def test_durations_of_an_answered_call():
    steps = play("answered", tags=("Delivery",))
    assert the(steps, "handset")["wait_time_duration"] == 13
    leg = the(steps, "endleg")
    assert (
        leg["is_operator"],
        leg["talk_time_duration"],
        leg["total_time_duration"],
    ) == (True, 40, 50)
    end = the(steps, "end")
    assert (
        end["talk_time_duration"],
        end["wait_time_duration"],
        end["total_time_duration"],
    ) == (40, 13, 53)
    assert end["tag_names"] == ["Delivery"] and end["group_ids"] == [4410]
    assert the(steps, "recording")["file_duration"] == 40


def test_only_the_callers_own_leg_ends_in_the_menu():
    steps = play("menu")
    assert the(steps, "endleg")["is_operator"] is False
    assert the(steps, "end")["last_scenario_operation_name"] == "Interactive menu 1"


@pytest.mark.parametrize("name", ["blind-transfer", "attended-transfer"])
def test_a_transfer_has_two_recordings_in_one_session(name):
    steps = play(name)
    files = [step.values for step in steps if step.event == "recording"]
    assert files[0]["record_file_links"] == files[1]["record_file_links"]
    assert [files[0]["file_link"], files[1]["file_link"]] == files[0][
        "record_file_links"
    ]
    assert files[0]["file_link"] != files[1]["file_link"]
    together = [
        step for step in play(name, recording_style="one") if step.event == "recording"
    ]
    assert len(together) == 1 and len(together[0].values["record_file_links"]) == 2
    legs = [step.values["leg_id"] for step in steps if step.event == "handset"]
    assert len(set(legs)) == 2


def test_whose_leg_ends_in_a_softphone_call():
    steps = play("softphone")
    assert the(steps, "endleg")["is_operator"] is False
    assert the(steps, "callout")["leg_id"] is None
    assert (steps[0].values["call_source"], steps[0].values["direction"]) == (
        "sip",
        "out",
    )
    assert (
        the(steps, "end")["wait_time_duration"],
        the(steps, "end")["talk_time_duration"],
    ) == (10, 40)


def test_click_to_call_carries_the_external_id():
    steps = play("click-to-call", external_id="call-42")
    assert {step.values["external_id"] for step in steps} == {"call-42"}
    assert {step.values["direction"] for step in steps} == {"out"}
    assert the(steps, "end")["talk_time_duration"] == 40
    assert {step.values["direction"] for step in play("click-to-call-agent")} == {"in"}
    assert {
        step.values["direction"]
        for step in play("click-to-call-agent", direction="out")
    } == {"out"}
    assert play("click-to-call")[0].values["external_id"] == "odoo-call-5241907731"


def test_internal_call_shows_the_colleagues_short_number():
    assert play("internal")[0].values["contact_phone_number"] == "102"
    steps = play("internal", contact=contact_by_number("103"))
    assert steps[1].values["employee_full_name"] == "Lina Petrova"


def test_hidden_number():
    assert {step.values["contact_phone_number"] for step in play("hidden")} == {""}


def test_the_end_of_the_callers_leg_can_be_told_too():
    steps = play("answered", caller_endleg=True)
    ends = [step.values["is_operator"] for step in steps if step.event == "endleg"]
    assert ends == [True, False]


def test_ids_outgrow_32_bits_and_never_repeat():
    source = IdSource()
    calls = [source.next_call() for _ in range(500)]
    assert len({session for session, _leg in calls}) == 500
    legs = [leg for _session, leg in calls]
    assert all(
        later - earlier >= 20 for earlier, later in zip(legs, legs[1:], strict=False)
    )
    assert min(min(call) for call in calls) > 2**31


def test_a_later_run_has_other_ids():
    earlier = IdSource().next_call()
    time.sleep(0.002)
    assert IdSource().next_call() > earlier


def test_a_seed_makes_ids_repeatable():
    first, again, other = IdSource(7), IdSource(7), IdSource(8)
    assert [first.next_call() for _ in range(3)] == [
        again.next_call() for _ in range(3)
    ]
    assert other.next_call() != IdSource(7).next_call()


def test_numbers_lose_their_decoration():
    assert contact_by_number("+971 50-555 0123").full_name == "Maryam Khalil"
    assert contact_by_number("+44 7700 900123").number == "447700900123"
    assert contact_by_number("anonymous").number == "anonymous"
    assert contact_by_number("").number == ""
