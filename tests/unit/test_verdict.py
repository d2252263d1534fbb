# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a call amounts to: rules R5, R16, R17, R21, R25 and R45 as pure decisions."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.callgear_integration.domain.conversations import (
    Party,
    conversations,
)
from odoo.addons.callgear_integration.domain.verdict import (
    ANSWERED,
    ATTEMPT,
    CONVERSATION,
    IGNORED,
    MISSED,
    UNANSWERED,
    TicketEntry,
    Verdict,
    judge,
)

NOON = datetime(2026, 3, 29, 12)


def moment(at):
    return None if at is None else NOON + timedelta(seconds=at)


def agent(key, order=0, answered=None, ended=60):
    """An operator with an Odoo user. Times are seconds after noon."""
    return phone(key, key, order, answered, ended)


def phone(key, user, order=0, answered=None, ended=60, rung=None):
    """One of several phones of an agent."""
    return Party(
        key,
        True,
        user,
        (order,),
        moment(answered),
        moment(ended),
        started_at=moment(rung),
    )


def unmapped(key, order=0, answered=None, ended=60):
    return Party(key, True, None, (order,), moment(answered), moment(ended))


def contact(key="contact", order=0, answered=None, ended=60):
    return Party(key, False, None, (order,), moment(answered), moment(ended))


def incoming(*parties, ended=True, **options):
    return judge(parties, outgoing=False, ended=ended, **options)


def outgoing(*parties, ended=True, **options):
    return judge(parties, outgoing=True, ended=ended, **options)


# ----------------------------------------------------------------------------- answered


def test_r10_an_answered_call_is_a_conversation():
    assert incoming(agent("sara", answered=5)) == Verdict(
        ANSWERED, "answered", (TicketEntry("sara", CONVERSATION, ended=True),)
    )


def test_r9_a_conversation_in_progress_has_not_ended():
    (entry,) = incoming(agent("sara", answered=5, ended=None), ended=False).entries
    assert entry == TicketEntry("sara", CONVERSATION, ended=False)


def test_r6_colleagues_who_were_only_rung_get_nothing():
    verdict = incoming(agent("sara"), agent("omar", 1, answered=7), agent("lina", 2))
    assert [entry.key for entry in verdict.entries] == ["omar"]


def test_r16_a_transfer_is_two_conversations():
    verdict = incoming(
        agent("sara", answered=5, ended=20), agent("omar", 1, answered=18, ended=40)
    )
    assert verdict.outcome == ANSWERED
    assert [(entry.key, entry.kind) for entry in verdict.entries] == [
        ("sara", CONVERSATION),
        ("omar", CONVERSATION),
    ]


def test_r17_who_passed_the_call_on_is_not_the_one_who_ended_it():
    verdict = incoming(
        agent("omar", 1, answered=18),
        agent("lina", 2, answered=30),
        agent("sara", answered=5),
    )
    assert {entry.key: entry.handed_over for entry in verdict.entries} == {
        "sara": True,
        "omar": True,
        "lina": False,
    }


def test_r17_a_transfer_that_the_colleague_did_not_answer_is_none():
    (entry,) = incoming(agent("sara", answered=5), agent("omar", 1)).entries
    assert entry == TicketEntry("sara", CONVERSATION, ended=True, handed_over=False)


def test_r17_passed_on_to_an_operator_without_user_is_not_handed_over_to_us():
    (entry,) = incoming(
        agent("sara", answered=5), unmapped("bob", 1, answered=20)
    ).entries
    assert entry == TicketEntry("sara", CONVERSATION, ended=True, handed_over=False)


def test_r16_from_an_operator_without_user_to_an_agent():
    (entry,) = incoming(
        unmapped("bob", answered=5), agent("sara", 1, answered=20)
    ).entries
    assert entry == TicketEntry("sara", CONVERSATION, ended=True)


def test_r17_answers_in_the_same_second_are_told_apart_by_the_order_of_dialling():
    verdict = incoming(agent("omar", 1, answered=5), agent("sara", 0, answered=5))
    assert {entry.key: entry.handed_over for entry in verdict.entries} == {
        "sara": True,
        "omar": False,
    }


# --------------------------------------------------------------- two phones of one agent


def groups(*parties):
    """The conversations, as sets of the keys of their legs; in any order."""
    return sorted(sorted(p.key for p in group) for group in conversations(parties))


@pytest.mark.parametrize(
    ("parties", "expected"),
    [
        # Two phones ring at once; one of them is picked up; the call is passed on.
        ([("a", "sara", None, 30, 0), ("b", "sara", None, 30, 1)], [["a", "b"]]),
        ([("a", "sara", None, 8, 0), ("b", "sara", 8, 60, 1)], [["a", "b"]]),
        ([("a", "sara", 5, 40, 0), ("b", "sara", 38, 60, 30)], [["a", "b"]]),
        ([("a", "sara", 5, 40, 0), ("b", "sara", 50, 60, 45)], [["a", "b"]]),
        # While the second phone rings after the first was put down.
        ([("a", "sara", 5, 40, 0), ("b", "sara", None, None, 45)], [["a", "b"]]),
        # Rung again when the first ringing was over.
        ([("a", "sara", None, 20, 0), ("b", "sara", None, 50, 40)], [["a"], ["b"]]),
        # A colleague had it in between; or was rung only; or has no user in Odoo.
        (
            [
                ("a", "sara", 5, 20, 0),
                ("b", "omar", 25, 40, 21),
                ("c", "sara", 45, 60, 41),
            ],
            [["a"], ["b"], ["c"]],
        ),
        (
            [
                ("a", "sara", 5, 20, 0),
                ("b", "omar", 25, 40, 21),
                ("c", "sara", None, None, 41),
            ],
            [["a"], ["b"], ["c"]],
        ),
        (
            [
                ("a", "sara", 5, 20, 0),
                ("b", "omar", None, 40, 21),
                ("c", "sara", 45, 60, 41),
            ],
            [["a", "c"], ["b"]],
        ),
        (
            [
                ("a", "sara", 5, 20, 0),
                ("b", None, 25, 40, 21),
                ("c", "sara", 45, 60, 41),
            ],
            [["a", "c"]],
        ),
    ],
)
def test_r16_which_legs_are_one_conversation(parties, expected):
    made = [
        phone(key, user, order, answered, ended, rung)
        for order, (key, user, answered, ended, rung) in enumerate(parties)
    ]
    assert groups(*made) == expected
    assert groups(*reversed(made)) == expected


def test_r16_two_phones_are_one_entry_of_the_first():
    verdict = incoming(
        phone("a", "sara", 0, answered=5, ended=40),
        phone("b", "sara", 1, answered=38, ended=None),
        ended=False,
    )
    assert verdict.entries == (TicketEntry("a", CONVERSATION, ended=False),)


def test_r17_not_handed_over_to_oneself():
    verdict = incoming(
        phone("a", "sara", 0, answered=5),
        phone("b", "sara", 1, answered=20),
        agent("omar", 2, answered=30),
    )
    assert [(entry.key, entry.handed_over) for entry in verdict.entries] == [
        ("a", True),
        ("omar", False),
    ]


def test_r25_missed_at_two_phones_is_one_entry():
    verdict = incoming(phone("a", "sara"), phone("b", "sara", 1), lost=True)
    assert verdict.entries == (TicketEntry("b", MISSED, ended=True),)


# ---------------------------------------------------------------------------- voicemail


@pytest.mark.parametrize("lost", [True, False])
@pytest.mark.parametrize("talked", [True, False])
@pytest.mark.parametrize(
    ("parties", "key"),
    [
        ([contact()], "contact"),
        ([agent("sara")], "sara"),
        ([agent("sara"), agent("omar", 1), contact()], "omar"),
        ([agent("sara"), unmapped("bob", 1)], "sara"),
    ],
)
def test_r28_voicemail_is_its_own_reason(parties, key, lost, talked):
    verdict = incoming(*parties, lost=lost, talked=talked, voicemail=True)
    entry = TicketEntry(key, MISSED, ended=True)
    assert verdict == Verdict(MISSED, "voicemail", (entry,))


def test_r28_voicemail_changes_nothing_else():
    """Of calls that were answered, that go on, or that are outgoing."""
    for parties in ([agent("sara", answered=5)], [unmapped("bob", answered=5)]):
        assert incoming(*parties, voicemail=True) == incoming(*parties)
    ringing = agent("sara", ended=None)
    assert incoming(ringing, ended=False, voicemail=True).reason == "ringing"
    assert outgoing(agent("sara"), contact(), voicemail=True).reason == "unanswered"


def test_r5_voicemail_at_unmapped_operators_makes_no_ticket():
    assert incoming(unmapped("bob"), voicemail=True) == Verdict(IGNORED, "voicemail")


# ----------------------------------------------------------------------------- unmapped


def test_r5_a_call_that_only_reaches_unmapped_operators_is_ignored():
    """Whoever has talked with one of them has talked with somebody, though (R47)."""
    talked = Verdict(IGNORED, "unmapped", is_elsewhere=True)
    assert incoming(unmapped("bob", answered=5)) == talked
    assert incoming(unmapped("bob"), unmapped("eve", 1)) == Verdict(IGNORED, "unmapped")


def test_r5_while_it_rings_at_unmapped_operators_it_is_still_open():
    """It may yet come to one of ours."""
    verdict = incoming(unmapped("bob", ended=None), ended=False)
    assert verdict == Verdict(None, "unmapped")


def test_r25_a_call_that_an_unmapped_operator_answered_is_not_missed():
    verdict = incoming(agent("sara"), unmapped("bob", 1, answered=9))
    assert verdict == Verdict(ANSWERED, "answered_elsewhere", is_elsewhere=True)


def test_r5_outgoing_call_of_an_unmapped_operator_is_ignored():
    assert outgoing(unmapped("bob", answered=9), contact(answered=9)) == Verdict(
        IGNORED, "unmapped", is_elsewhere=True
    )
    assert outgoing(unmapped("bob"), contact()) == Verdict(IGNORED, "unmapped")


# ------------------------------------------------------------------------------- missed


def test_r25_assigned_to_who_was_rung_last():
    verdict = incoming(agent("omar", 2), agent("sara", 1), lost=True)
    assert verdict == Verdict(
        MISSED, "missed", (TicketEntry("omar", MISSED, ended=True),)
    )


def test_r25_last_of_ours_even_if_an_unmapped_operator_was_rung_later():
    verdict = incoming(agent("sara", 1), unmapped("bob", 2), lost=True)
    assert verdict.entries == (TicketEntry("sara", MISSED, ended=True),)


def test_r25_missed_even_if_callgear_does_not_say_lost():
    assert incoming(agent("sara"), lost=False).outcome == MISSED


def test_r25_given_up_before_any_operator_was_rung():
    assert incoming(contact(), lost=True) == Verdict(
        MISSED, "missed_before_ringing", (TicketEntry("contact", MISSED, ended=True),)
    )


def test_r28_served_by_the_scenario_itself_is_not_missed():
    assert incoming(contact(), lost=False) == Verdict(IGNORED, "no_operator")
    assert incoming(contact(), lost=True, talked=True) == Verdict(
        IGNORED, "no_operator"
    )


@pytest.mark.parametrize("party", [agent("sara", ended=None), contact(ended=None)])
def test_r25_while_it_rings_nothing_is_missed(party):
    assert incoming(party, ended=False) == Verdict(None, "ringing")


def test_r25_one_phone_has_stopped_ringing_and_the_call_goes_on():
    assert incoming(agent("sara", ended=20), ended=False) == Verdict(None, "ringing")


# ----------------------------------------------------------------------------- outgoing


def test_r20_outgoing_conversation():
    verdict = outgoing(agent("sara", answered=9), contact(answered=9))
    assert verdict == Verdict(
        ANSWERED, "answered", (TicketEntry("sara", CONVERSATION, ended=True),)
    )


def test_r21_unanswered_attempt_is_noted():
    verdict = outgoing(agent("sara"), contact())
    assert verdict == Verdict(
        UNANSWERED, "unanswered", (TicketEntry("sara", ATTEMPT, ended=True),)
    )


def test_r21_the_agent_did_not_pick_up():
    verdict = outgoing(agent("sara"))
    assert verdict == Verdict(
        UNANSWERED, "agent_absent", (TicketEntry("sara", ATTEMPT, ended=True),)
    )


def test_r21_the_agent_has_hung_up():
    """Before they picked up themselves, or before the contact answered."""
    assert outgoing(agent("sara"), hung_up=True).reason == "agent_cancelled"
    assert outgoing(agent("sara"), contact(), hung_up=True).reason == "agent_hung_up"
    talked = outgoing(agent("sara", answered=9), contact(answered=9), hung_up=True)
    assert talked.reason == "answered", "the contact was quicker"


def test_r21_the_agent_picked_up_and_the_contact_was_not_told_of():
    assert outgoing(replace(agent("sara"), picked_up=True)).reason == "unanswered"


def test_r21_attempt_belongs_to_who_dialled_first():
    verdict = outgoing(agent("omar", 2), agent("sara", 1))
    assert [entry.key for entry in verdict.entries] == ["sara"]


@pytest.mark.parametrize("lost", [True, False])
@pytest.mark.parametrize("parties", [(), (agent("sara"),), (agent("sara"), contact())])
def test_outgoing_calls_are_never_missed(parties, lost):
    assert outgoing(*parties, lost=lost).outcome != MISSED


def test_r19_while_it_is_dialled_it_is_open():
    assert outgoing(agent("sara", ended=None), ended=False) == Verdict(None, "dialling")
    assert outgoing(ended=False) == Verdict(None, "dialling")


def test_outgoing_call_of_nobody_is_ignored():
    assert outgoing(contact()) == Verdict(IGNORED, "no_operator")


# ----------------------------------------------------------------------------- internal


@pytest.mark.parametrize("call", [incoming, outgoing])
@pytest.mark.parametrize("ended", [True, False])
def test_r45_internal_calls_make_no_tickets(call, ended):
    for party in (agent("sara", answered=5), agent("sara"), contact()):
        verdict = call(party, ended=ended, internal=True, lost=True)
        assert verdict == Verdict(IGNORED, "internal")


# ------------------------------------------------------------------------------- always

TIMES = st.none() | st.integers(0, 9)
PARTIES = st.lists(
    st.one_of(
        st.builds(
            phone,
            st.integers(),
            st.sampled_from(["sara", "omar"]),
            st.integers(0, 5),
            TIMES,
            st.none() | st.integers(9, 19),
            st.integers(0, 9),
        ),
        st.builds(agent, st.integers(), st.integers(0, 5), TIMES),
        st.builds(unmapped, st.integers(), st.integers(0, 5), TIMES),
        st.builds(contact, st.integers(), st.integers(0, 5), TIMES),
    ),
    min_size=1,
    unique_by=lambda party: party.key,
)
OPTIONS = st.fixed_dictionaries(
    {
        name: st.booleans()
        for name in (
            "outgoing",
            "ended",
            "internal",
            "lost",
            "talked",
            "voicemail",
            "hung_up",
        )
    }
)


@given(PARTIES, OPTIONS)
def test_tickets_are_made_for_agents_or_for_callers_whom_nobody_was_rung_for(
    parties, options
):
    verdict = judge(parties, **options)
    by_key = {party.key: party for party in parties}
    for entry in verdict.entries:
        party = by_key[entry.key]
        assert party.agent or verdict.reason in ("missed_before_ringing", "voicemail")
        assert (entry.kind == CONVERSATION) == bool(
            party.answered_at and bool(party.agent)
        )
        assert options["ended"] or entry.kind == CONVERSATION
    assert bool(verdict.entries) == (
        verdict.reason in TICKETS and verdict.outcome != IGNORED
    )
    assert verdict.outcome is not None or not options["ended"]


TICKETS = {
    "answered",
    "missed",
    "missed_before_ringing",
    "unanswered",
    "agent_absent",
    "agent_cancelled",
    "agent_hung_up",
    "voicemail",
}


@given(PARTIES, OPTIONS, st.randoms(use_true_random=False))
def test_r40_the_order_of_the_legs_does_not_matter(parties, options, chance):
    # CallGear's legs are never dialled at the very same place in the order.
    parties = [replace(p, order=(*p.order, n)) for n, p in enumerate(parties)]
    mixed = chance.sample(parties, len(parties))
    one, other = judge(parties, **options), judge(mixed, **options)
    assert (one.outcome, one.reason) == (other.outcome, other.reason)
    assert set(one.entries) == set(other.entries)
    mine, theirs = conversations(parties), conversations(mixed)
    assert {frozenset(p.key for p in group) for group in mine} == {
        frozenset(p.key for p in group) for group in theirs
    }


@given(PARTIES)
def test_r16_each_leg_of_an_agent_is_in_one_conversation(parties):
    found = conversations(parties)
    legs = [party for group in found for party in group]
    wanted = [party for party in parties if party.is_operator and party.agent]
    assert sorted(p.key for p in legs) == sorted(p.key for p in wanted)
    for group in found:
        assert len({party.agent for party in group}) == 1
