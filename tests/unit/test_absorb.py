# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R40 for long calls: absorbed facts leave all that is known as it is, and cost nothing."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.callgear_integration.callgear.notification import LEG_EVENTS
from odoo.addons.callgear_integration.domain import absorb as module
from odoo.addons.callgear_integration.domain.absorb import Absorbed, absorb, revived
from odoo.addons.callgear_integration.domain.timeline import build_timeline

from .absorbing import NOON, Chance, Store, fact, queue
from .test_timeline_order import ALL_FACTS, CALLS, FACTS, OLD_FACTS

# A call takes too many choices for Hypothesis to make each of them.
CHANCE = st.integers(0, 2**32).map(random.Random)
many = settings(max_examples=500)

# ---------------------------------------------------------------------- always the same


@pytest.mark.parametrize("patience", [0, 60], ids=["hasty", "patient"])
@many
@given(CHANCE, st.booleans())
def test_r40_what_is_absorbed_leaves_a_call_as_it_is(patience, chance, given_up):
    """However short the time is for which legs wait for facts that name none."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "OUT_OF_TURN", timedelta(seconds=patience))
        made_up = Chance(chance)
        facts = made_up.call() if made_up.maybe(0.5) else made_up.noise()
        store = Store()
        for batch in made_up.batches(facts):
            moment = NOON + timedelta(seconds=chance.randrange(200))
            store.check(batch, given_up_at=moment if given_up else None)


@settings(max_examples=200)
@given(st.lists(FACTS, min_size=2, max_size=4))
def test_r40_no_facts_whatever_are_missed(batches):
    store = Store()
    for batch in batches:
        store.check(batch)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("known", [ALL_FACTS, OLD_FACTS], ids=["", "old"])
@settings(max_examples=10)
@given(CHANCE)
def test_r40_each_known_call_is_the_same_in_any_order(name, known, chance):
    store = Store()
    for one in chance.sample(known[name], len(known[name])):
        store.check([one])


# ----------------------------------------------------------------------- always cheap

# Which templates name no leg.
STYLES = {
    "named": (),
    "loose": LEG_EVENTS,
    "legout loose": ("legout",),
    "handset loose": ("handset",),
    "endleg loose": ("endleg",),
}
MOST = 36  # facts read for three employees
every_style = pytest.mark.parametrize("loose", STYLES.values(), ids=STYLES)


def read(facts, store=None):
    store = store or Store()
    for one in facts:
        store.deliver([one])
    store.check([facts[-1]])
    return store


@every_style
@pytest.mark.parametrize("answered", [True, False], ids=["answered", "missed"])
def test_r40_a_long_queue_in_turn_reads_a_few_facts_each_time(loose, answered):
    store = read(queue(84, loose=loose, answered=answered))
    assert len(store.told) > 500
    # The first fact that names no leg may have all read, once.
    assert len([count for count in store.loaded if count > MOST]) <= 1
    assert store.read_all <= 1


def test_r40_what_is_read_does_not_grow_with_the_call():
    short, long = (max(read(queue(rounds)).loaded) for rounds in (40, 850))
    assert short == long < MOST


def test_r40_what_is_read_grows_with_the_operators():
    few, many = (max(read(queue(40, employees)).loaded) for employees in (3, 9))
    assert many < 4 * few


@every_style
def test_r40_facts_about_in_turn_are_as_cheap(loose):
    delay = random.Random(1)
    facts = queue(40, loose=loose)
    facts.sort(key=lambda one: one.at + timedelta(seconds=delay.choice([0, 0, 30])))
    store = read(facts)
    assert len([count for count in store.loaded if count > MOST]) <= 1


@pytest.mark.parametrize("seed", range(3))
def test_r40_in_no_order_at_all_only_legs_without_an_end_add_up(seed):
    facts = queue(84)
    random.Random(seed).shuffle(facts)
    store = read(facts)
    # Of a leg one of two facts is there, the one that does not end it: at most 1 in 4
    # legs at a time, which is 1 in 8 facts.
    assert max(store.loaded) < len(facts) / 8 + 2 * MOST
    assert store.read_all == 0


@pytest.mark.parametrize("leg_id", [None, "11"])
@pytest.mark.parametrize("event", ["legout", "handset", "endleg", "end", "recording"])
def test_r40_repeats_with_other_times_do_not_add_up(event, leg_id):
    said = {"leg_id": leg_id, "employee_id": "1", "file_urls": ("u1",)}
    facts = [
        fact(at, event, talk_seconds=at % 50, total_seconds=-at % 70, **said)
        for at in range(300)
    ]
    random.Random(1).shuffle(facts)
    store = read([fact(0, "legout", employee_id="1", leg_id=leg_id), *facts])
    assert max(store.loaded) < 20


@pytest.mark.parametrize("event", ["legout", "endleg"])
def test_r40_repeats_that_name_no_leg_do_not_add_up_beside_one_that_does(event):
    facts = [fact(at, event, employee_id="1") for at in range(0, 9000, 30)]
    store = read([fact(0, "legout", employee_id="1", leg_id="11"), *facts])
    assert max(store.loaded) < 20


def test_r40_the_same_fact_again_does_not_add_up():
    store = read([fact(0, "end")] * 50)
    assert max(store.loaded) <= 2


# ------------------------------------------------------------------------ what goes


def absorbed_by(facts):
    timeline = build_timeline(facts)
    return absorb(facts, timeline)


def rung(employee, leg, at, **said):
    said = {"employee_id": employee, "leg_id": leg} | said
    yield fact(at, "legout", **said)
    yield fact(at + 19, "endleg", **said)


TWICE = [
    fact(-1, "legout", leg_id="9", employee_id="2", employee_name="Omar"),
    *rung("1", "10", 0, employee_name="Sara"),  # the first one with the name
    *rung("1", "11", 20),
    *rung("1", "12", 40),
]


def test_r40_a_leg_that_was_rung_before_is_absorbed_as_a_whole():
    absorption = absorbed_by(TWICE)
    assert absorption.legs == {"11": [3, 4]}
    assert absorption.spare == []
    assert absorption.absorbed.until == NOON + timedelta(seconds=39)


def test_r40_the_latest_time_of_all_that_is_absorbed_is_remembered():
    known = Absorbed(until=NOON + timedelta(hours=1))
    absorption = absorb(TWICE, build_timeline(TWICE), known)
    assert absorption.legs and absorption.absorbed.until == known.until


def test_r40_a_leg_that_is_named_by_a_recording_is_kept():
    assert absorbed_by([*TWICE, fact(99, "recording", leg_id="11")]).legs == {}


def test_r40_a_leg_that_was_picked_up_is_kept():
    facts = [*TWICE, fact(25, "handset", leg_id="11"), fact(99, "end", is_lost=True)]
    assert absorbed_by(facts).legs == {}


def test_r40_a_leg_that_only_an_answer_has_ended_is_kept():
    facts = [one for one in TWICE if one != TWICE[4]]
    assert absorbed_by([*facts, fact(45, "handset", leg_id="12")]).legs == {}


@pytest.mark.parametrize(
    "said",
    [
        {"leg_id": "11"},
        {"employee_id": "1"},
        {"file_url": "u1"},
        {"file_urls": ("u1",)},
        {"file_seconds": 5},
        {"talk_seconds": 5},
    ],
    ids=str,
)
def test_r40_a_recording_goes_that_says_the_same_as_one_before_and_one_after(said):
    same = [fact(at, "recording") for at in range(5)]
    assert absorbed_by(same).spare == [1, 2, 3]
    same[2] = fact(2, "recording", **said)
    assert absorbed_by(same).spare == [1, 3]


@pytest.mark.parametrize(
    "said",
    [{"event": "callout"}, {"direction": "out"}, {"call_source": "callapi"}],
    ids=str,
)
def test_r40_nothing_of_an_outgoing_call_is_absorbed(said):
    first = TWICE[1]
    out = replace(first, notification=replace(first.notification, **said))
    absorption = absorbed_by([*TWICE, out])
    assert (absorption.spare, absorption.legs, absorption.absorbed) == ([], {}, None)


def test_r40_a_call_that_turns_out_to_be_outgoing_is_read_as_a_whole():
    store = read(queue(20))
    store.check([fact(0, "callout", employee_id="1")])
    assert store.loaded[-1] == len(store.told)
    assert store.absorbed is None


def test_r40_a_late_fact_revives_its_leg_alone():
    store = read(queue(20))
    assert "1011" in store.absorbed_legs
    before = len(store.kept)
    store.check([fact(65, "handset", leg_id="1011", employee_id="2")])
    assert store.loaded[-1] == before + 3
    assert "1011" not in store.absorbed_legs


# ------------------------------------------------------------- what upsets all of it


def upset(facts, *last):
    """Deliver facts in turn, then the last ones, which must make all be read."""
    store = Store()
    for one in facts:
        store.check([one])
    assert store.absorbed and not store.read_all
    for one in last:
        store.check([one])
    assert store.read_all == 1


NAMELESS = [
    fact(-1, "legout", leg_id="9", employee_id="2"),
    *rung("1", "10", 0),
    *rung("1", "11", 20),
]


def test_r40_a_last_leg_that_proves_to_be_an_earlier_one_upsets_it():
    """It has rung since before the absorbed one, which so was the last to ring."""
    earlier = fact(40, "endleg", leg_id="11", employee_id="1", total_seconds=41)
    upset(NAMELESS, earlier, fact(60, "end", talk_seconds=5))


def test_r40_a_leg_that_was_revived_is_not_taken_for_the_last_absorbed_one():
    store = read([*NAMELESS, *rung("1", "12", 40)])
    store.check([fact(5, "legout", leg_id="10")])  # and is absorbed again
    assert store.absorbed_legs.keys() == {"10", "11"}
    earlier = fact(60, "endleg", leg_id="12", employee_id="1", total_seconds=50)
    store.check([earlier])
    store.check([fact(60, "end", talk_seconds=5)])
    assert store.read_all == 1


def test_r40_a_last_leg_that_proves_to_be_of_another_upsets_it():
    """The absorbed leg is now the last, and the only one, of whom the end names."""
    other = fact(19.5, "legout", leg_id="11", employee_id="3")
    upset(NAMELESS, other, fact(60, "end", talk_seconds=5, employee_id="1"))


def test_r40_a_last_leg_that_proves_to_be_the_callers_upsets_it():
    callers = fact(40, "endleg", leg_id="11", employee_id="1", is_operator=False)
    upset(NAMELESS, callers, fact(60, "end", talk_seconds=5, employee_id="1"))


def test_r40_the_first_fact_that_names_no_leg_upsets_it():
    """It belongs to a leg that had begun before the last."""
    upset(NAMELESS, fact(10, "handset", employee_id="1"))


@pytest.fixture
def hasty(monkeypatch):
    monkeypatch.setattr(module, "OUT_OF_TURN", timedelta())


MIXED = [
    fact(-1, "legout", leg_id="9", employee_id="2"),
    fact(0, "legout", leg_id="10", employee_id="1"),
    fact(5, "legout", leg_id="8"),
    fact(19, "endleg", employee_id="1"),  # of leg 10, and absorbed with it
    fact(20, "legout", leg_id="11", employee_id="1"),
    fact(30, "legout", leg_id="12", employee_id="1"),
]


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(
    "late",
    [
        fact(15, "legout", leg_id="13", employee_id="1"),
        fact(19, "legout", leg_id="13", employee_id="1"),
        fact(31, "handset", leg_id="8", employee_id="1"),
    ],
    ids=["before it", "just then", "proves to be theirs"],
)
def test_r40_a_leg_that_would_take_a_loose_fact_from_an_absorbed_one_upsets_it(late):
    upset(MIXED, late)


@pytest.mark.usefixtures("hasty")
def test_r40_a_loose_fact_that_may_be_of_an_absorbed_leg_upsets_it():
    upset(MIXED[:-1], fact(19.5, "handset", employee_id="1"))


@pytest.mark.usefixtures("hasty")
def test_r40_an_absorbed_leg_may_lie_between_two_that_are_kept():
    facts = [
        fact(0, "legout", leg_id="10", employee_id="1"),  # the call's first fact
        fact(20, "legout", leg_id="11", employee_id="1"),
        fact(39, "endleg", employee_id="1"),
        fact(40, "legout", leg_id="12", employee_id="1"),
    ]
    assert read(facts).absorbed_legs.keys() == {"11"}
    upset(facts, fact(39.5, "handset", employee_id="1"))


@pytest.mark.usefixtures("hasty")
def test_r40_a_leg_that_would_take_away_what_outdoes_a_spare_fact_upsets_it():
    facts = [
        fact(0, "legout", leg_id="10", employee_id="1"),
        *(fact(at, "endleg", employee_id="1") for at in (10, 12, 20)),
        fact(40, "end"),
    ]
    assert facts[2] in read(facts).spare
    upset(facts, fact(15, "legout", leg_id="11", employee_id="1"))


@pytest.mark.usefixtures("hasty")
def test_r40_a_loose_fact_of_a_leg_that_is_kept_upsets_nothing():
    store = read(MIXED)
    store.check([fact(25, "handset", employee_id="1")])
    assert store.absorbed_legs and not store.read_all


@pytest.mark.parametrize("event", ["legout", "handset", "endleg", "recording"])
def test_r40_whatever_is_said_of_a_leg_revives_it(event):
    assert revived([fact(0, event, leg_id="11"), fact(0, event)]) == {"11"}


def test_r40_the_end_of_a_call_revives_no_leg():
    assert revived([fact(0, "end", leg_id="11")]) == set()


def test_what_is_remembered_can_be_stored():
    latest = {(True, "1"): (NOON, 11, "11"), (False, None): (NOON, 9, "9")}
    for absorbed in (Absorbed(), Absorbed(NOON, True, latest)):
        assert Absorbed.loads(absorbed.dumps()) == absorbed
    assert Absorbed.loads(None) is Absorbed.loads("") is None
