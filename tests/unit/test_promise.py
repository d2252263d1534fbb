# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R47: who waits, what becomes of promises, and who may call whom, as pure decisions."""

import random
from dataclasses import replace
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.callgear_integration.domain.call_back import (
    CLAIMED,
    JUST_CALLED,
    ON_LINE,
    OVER,
    PAUSE,
    Situation,
    refusal,
)
from odoo.addons.callgear_integration.domain.promise import (
    DONE,
    KEPT,
    LATE,
    SELF,
    WAITING,
    Missed,
    Talk,
    divide_callers,
    group_missed,
    last_answer,
)

NOON = datetime(2026, 3, 30, 12)
DUE = NOON + timedelta(minutes=30)


def at(minutes):
    return NOON + timedelta(minutes=minutes)


def missed(minutes, known=None, key=None):
    """A missed call; it is known a minute later, unless another time is given."""
    known = minutes + 1 if known is None else known
    return Missed(minutes if key is None else key, at(minutes), at(known))


def talk(minutes, outgoing=True, answered=None):
    answered = minutes if answered is None else answered
    return Talk(at(minutes), at(answered), outgoing)


def told(calls, talks=(), ticks=()):
    """(first call, state) of each group; each promise is due half an hour later."""
    groups = group_missed(calls, talks, [at(tick) for tick in ticks])
    return [
        (group.missed[0].key, group.state(group.missed[0].started_at + (DUE - NOON)))
        for group in groups
    ]


@pytest.mark.parametrize(
    ("calls", "talks", "ticks", "expected"),
    [
        pytest.param([0], [], [], [(0, WAITING)], id="nobody-has-acted"),
        pytest.param([0], [talk(20)], [], [(0, KEPT)], id="in-time"),
        pytest.param([0], [talk(30)], [], [(0, KEPT)], id="at-the-last-moment"),
        pytest.param([0], [talk(31)], [], [(0, LATE)], id="too-late"),
        pytest.param(
            [0], [talk(29, answered=31)], [], [(0, LATE)], id="picked-up-late"
        ),
        pytest.param([0], [talk(40, False)], [], [(0, SELF)], id="by-themselves"),
        pytest.param([0], [], [10], [(0, DONE)], id="ticked-off"),
        pytest.param([0, 5, 9], [talk(20)], [], [(0, KEPT)], id="three-tries-are-one"),
        pytest.param(
            [0, 40], [talk(20)], [], [(0, KEPT), (40, WAITING)], id="again-after-a-talk"
        ),
        pytest.param(
            [0, 40], [], [10], [(0, DONE), (40, WAITING)], id="again-after-a-tick"
        ),
        pytest.param([0], [talk(20)], [25], [(0, KEPT)], id="closed-after-the-talk"),
        pytest.param([0], [talk(20)], [10], [(0, DONE)], id="closed-before-the-talk"),
        pytest.param([20], [talk(10)], [], [(20, WAITING)], id="a-talk-before-it"),
        pytest.param(
            [0], [talk(25), talk(9)], [], [(0, KEPT)], id="the-first-talk-counts"
        ),
    ],
)
def test_r47_what_becomes_of_a_promise(calls, talks, ticks, expected):
    assert told([missed(minutes) for minutes in calls], talks, ticks) == expected


def test_r47_a_missed_call_that_is_known_after_the_tick_waits():
    """In doubt the caller still waits: nobody can have known of the call."""
    assert told([missed(0, known=15)], ticks=[10]) == [(0, WAITING)]


def test_r47_who_is_ticked_off_twice_was_promised_twice():
    calls = [missed(0), missed(20)]
    assert told(calls, ticks=[10, 30]) == [(0, DONE), (20, DONE)]


MINUTES = st.integers(0, 60)
CALLS = st.lists(MINUTES, min_size=1, max_size=6, unique=True)
TALKS = st.lists(st.builds(talk, MINUTES, st.booleans()), max_size=4)


@given(CALLS, TALKS, st.lists(MINUTES, max_size=3), st.randoms())
def test_r47_the_order_in_which_it_becomes_known_does_not_matter(
    minutes, talks, ticks, chance
):
    calls = [missed(minute) for minute in minutes]
    expected = told(calls, talks, ticks)
    chance.shuffle(calls)
    chance.shuffle(talks)
    chance.shuffle(ticks)
    # Who talks twice at the same minute has called, and was called, at once.
    if len({one.started_at for one in talks}) == len(talks):
        assert told(calls, talks, ticks) == expected


@given(CALLS, TALKS, st.lists(MINUTES, max_size=3))
def test_r47_every_missed_call_belongs_to_one_promise(minutes, talks, ticks):
    groups = group_missed(map(missed, minutes), talks, [at(tick) for tick in ticks])
    keys = [call.key for group in groups for call in group.missed]
    assert sorted(keys) == sorted(minutes)
    for group in groups:
        last = max(call.started_at for call in group.missed)
        assert not group.talk or group.talk.started_at >= last
        assert not (group.talk and group.done_at)


@given(CALLS, TALKS)
def test_r47_who_waits_has_had_no_talk_since(minutes, talks):
    """The reference: the caller waits if their last missed call is after the last talk."""
    groups = group_missed(map(missed, minutes), talks, [])
    waits = any(group.state(DUE) == WAITING for group in groups)
    last_talk = max((one.started_at for one in talks), default=datetime.min)
    assert waits == (at(max(minutes)) > last_talk)


def by(name, minutes=0, **values):
    """A missed call of a number and contact, as in ``1/ann``; either may be left out."""
    number, _, contact = name.partition("/")
    known = {"number": number or None, "contact": contact or None}
    values = {"known_at": at(minutes + 1), **known, **values}
    return Missed((name, minutes), at(minutes), **values)


def with_(name, minutes=20, **values):
    number, _, contact = name.partition("/")
    known = {"number": number or None, "contact": contact or None}
    return Talk(at(minutes), at(minutes), True, **known, key=(name, minutes), **values)


def grouped(calls, talks, ticks=None):
    """The callers with their groups; ticks by the first name of the caller."""
    return [
        replace(
            caller,
            groups=tuple(
                group_missed(
                    caller.missed,
                    caller.talks,
                    (ticks or {}).get(caller.missed[0].key[0], ()),
                )
            ),
        )
        for caller in divide_callers(calls, talks)
    ]


def divided(calls, talks=()):
    """{the names that a caller has called by: the names that were talked to}."""
    return {
        tuple(sorted(call.key[0] for call in caller.missed)): sorted(
            one.key[0] for one in caller.talks
        )
        for caller in divide_callers(calls, talks)
    }


@pytest.mark.parametrize(
    ("calls", "talks", "expected"),
    [
        pytest.param(["1", "1"], ["1"], {("1", "1"): ["1"]}, id="same-number"),
        pytest.param(["1", "2"], ["2"], {("1",): [], ("2",): ["2"]}, id="two-numbers"),
        pytest.param(
            ["1/ann", "2/ann"], ["2"], {("1/ann", "2/ann"): ["2"]}, id="one-contact"
        ),
        pytest.param(
            ["1/ann", "2/bob"],
            ["2/bob"],
            {("1/ann",): [], ("2/bob",): ["2/bob"]},
            id="two-contacts",
        ),
        pytest.param(
            ["1", "2", "1/ann", "2/ann"],
            [],
            {("1", "1/ann", "2", "2/ann"): []},
            id="joined-by-what-is-known-later",
        ),
        pytest.param(["1/ann"], ["3/ann"], {("1/ann",): ["3/ann"]}, id="by-contact"),
        pytest.param(["1"], ["1/ann"], {("1",): ["1/ann"]}, id="by-number"),
        pytest.param(["/ann"], ["/ann"], {("/ann",): ["/ann"]}, id="hidden-but-known"),
        pytest.param(["", ""], [""], {("", ""): [""]}, id="hidden-numbers-are-one"),
        pytest.param(
            ["1/ann"], ["3"], {("1/ann",): ["3"]}, id="another-number-in-the-ticket"
        ),
        pytest.param(
            ["1"], ["3/bob"], {("1",): ["3/bob"]}, id="whoever-it-was-may-be-bob"
        ),
        pytest.param(["1/ann"], ["3/bob"], {("1/ann",): []}, id="somebody-else"),
    ],
)
def test_r47_whose_missed_calls_and_talks(calls, talks, expected):
    told = [by(name, minutes) for minutes, name in enumerate(calls)]
    assert divided(told, map(with_, talks)) == expected


def test_r27_r47_a_call_back_from_the_ticket_counts_whoever_has_the_number():
    """Contacts may share a number, and the likeliest is taken for the one called."""
    talk = with_("3/bob", from_here=True)
    assert divided([by("1/ann")], [talk]) == {("1/ann",): ["3/bob"]}


@pytest.mark.parametrize(
    ("calls", "talks", "expected"),
    [
        pytest.param([("1", 0)], [], None, id="nobody-answered"),
        pytest.param([("1", 0)], [("1", 5)], ("1", 5), id="answered"),
        pytest.param([("1", 0)], [("1", 9), ("1", 5)], ("1", 5), id="the-first-answer"),
        pytest.param([("1", 0), ("1", 7)], [("1", 5)], None, id="and-missed-again"),
        pytest.param([("1", 0), ("2", 1)], [("1", 5)], None, id="the-other-one-waits"),
        pytest.param(
            [("1", 0), ("2", 1)], [("1", 5), ("2", 3)], ("1", 5), id="the-last-of-both"
        ),
        pytest.param([], [], None, id="nobody-called"),
    ],
)
def test_r32_by_which_talk_the_last_caller_was_answered(calls, talks, expected):
    answer = last_answer(
        grouped([by(*one) for one in calls], [with_(*one) for one in talks])
    )
    assert (answer and answer.key) == expected


def test_r32_a_talk_that_has_no_place_in_a_ticket_closes_none():
    talks = [with_("1", 5, is_entry=False), with_("1", 9)]
    assert last_answer(grouped([by("1")], talks)).key == ("1", 9)


def test_r32_one_ticked_off_and_the_other_answered_elsewhere():
    """Nobody waits: the answer closes the ticket."""
    calls, ticks = [by("1"), by("2", 7, known_at=at(8))], {"1": [at(5)]}
    assert last_answer(grouped(calls, [with_("2", 9)], ticks)).key == ("2", 9)
    assert last_answer(grouped(calls, [], ticks)) is None
    assert last_answer(grouped(calls, [], {"1": [at(5)], "2": [at(9)]})) is None


def test_r32_a_talk_within_the_same_second_is_an_answer_as_it_ends_the_waiting():
    [caller] = grouped([by("1", 5)], [with_("1", 5)])
    assert not caller.waits
    assert last_answer([caller]).key == ("1", 5)


@pytest.mark.parametrize(
    ("calls", "talks", "expected"),
    [
        pytest.param(
            [("1/ann", 0), ("2/bob", 1)], [("3/cid", 9)], ["1/ann", "2/bob"], id="both"
        ),
        pytest.param([("1", 0), ("2", 1)], [("3", 9)], ["1", "2"], id="nobody-known"),
        pytest.param(
            [("1/ann", 0), ("2/bob", 1)],
            [("1/ann", 5), ("3/cid", 9)],
            [],
            id="the-other-one-is-left",
        ),
        pytest.param(
            [("1/ann", 0), ("2/bob", 9)],
            [("3/cid", 5)],
            ["2/bob"],
            id="who-waited-then",
        ),
    ],
)
def test_r47_a_talk_from_the_ticket_by_another_number_is_with_one_caller(
    calls, talks, expected
):
    """Two may not be forgotten because of one talk."""
    told = [with_(*one, from_here=True) for one in talks]
    callers = grouped([by(*one) for one in calls], told)
    waiting = [caller.missed[0].key[0] for caller in callers if caller.waits]
    assert sorted(waiting) == expected


NAMES = st.builds(
    "/".join, st.tuples(st.sampled_from("123"), st.sampled_from(["", "a", "b"]))
)
CALLED = st.lists(st.tuples(NAMES, MINUTES), min_size=1, max_size=8, unique=True)


def waitings(calls, talks, ticks=()):
    """{first missed call: when they were talked to, or ticked off}, of all callers."""
    return {
        group.missed[0].key: (group.talk and group.talk.key, group.done_at)
        for caller in divide_callers(calls, talks)
        for group in group_missed(caller.missed, caller.talks, map(at, ticks))
    }


@given(CALLED, CALLED, st.lists(MINUTES, max_size=2), st.randoms())
def test_r40_r47_who_was_called_back_whatever_becomes_known_first(
    called, talked, ticks, chance
):
    # Two calls of one minute have no order of their own.
    calls = [*{one[1]: by(*one) for one in called}.values()]
    talks = [*{one[1]: with_(*one) for one in talked}.values()]
    expected = waitings(calls, talks, ticks)
    chance.shuffle(calls)
    chance.shuffle(talks)
    assert waitings(calls, talks, ticks) == expected


@given(CALLED, CALLED)
def test_r47_nobody_is_called_back_by_a_talk_with_somebody_else(called, talked):
    """Every missed call has one caller; callers and talks have a name in common."""
    calls, talks = [by(*one) for one in called], [with_(*one) for one in talked]
    callers = divide_callers(calls, talks)
    assert sorted(c.key for one in callers for c in one.missed) == sorted(called)
    names = [names_of(caller.missed) for caller in callers]
    for caller, own in zip(callers, names, strict=True):
        others = set().union(*(other for other in names if other is not own))
        assert not own & others
        talked_to = [names_of([talk]) for talk in caller.talks]
        assert all(names & own or not names & others for names in talked_to)


def names_of(calls):
    named = {(key, getattr(c, key)) for c in calls for key in ("number", "contact")}
    return {name for name in named if name[1] is not None}


@pytest.mark.parametrize(
    ("situation", "expected"),
    [
        pytest.param(Situation(True), (None, None), id="nobody"),
        pytest.param(Situation(True, claimer="me"), (None, None), id="mine"),
        pytest.param(Situation(True, just_called="me"), (None, None), id="again"),
        pytest.param(Situation(True, claimer="omar"), (CLAIMED, "omar"), id="claimed"),
        pytest.param(Situation(True, on_line="omar"), (ON_LINE, "omar"), id="on-line"),
        pytest.param(
            Situation(True, just_called="omar"), (JUST_CALLED, "omar"), id="just-called"
        ),
        pytest.param(Situation(False), (OVER, None), id="over"),
        pytest.param(
            Situation(False, just_called="omar"), (OVER, None), id="has-talked"
        ),
    ],
)
def test_r47_who_may_call_back(situation, expected):
    assert refusal(situation, "me") == expected


class Hotline:
    """Made-up callers and agents who do what comes to their minds, by the rules."""

    AGENTS = range(10)

    def __init__(self, callers, seed):
        self.chance = random.Random(seed)
        self.calls = {caller: [] for caller in range(callers)}
        self.talks = {caller: [] for caller in range(callers)}
        self.ticks = {caller: [] for caller in range(callers)}
        self.claims, self.lines, self.dialled = {}, {}, {}
        self.refused = []
        self.events, self.number = [], count()
        for caller in self.calls:
            for _try in range(self.chance.choice((1, 1, 1, 2, 3))):
                self.at(self.chance.uniform(0, 8 * 3600), self.miss, caller)
        for agent in self.AGENTS:
            self.at(1, self.look, agent)

    def at(self, second, what, *who):
        heappush(self.events, (second, next(self.number), what, who))

    def run(self):
        while self.events:
            second, _number, what, who = heappop(self.events)
            what(NOON + timedelta(seconds=second), second, *who)

    def waits(self, caller):
        calls = self.calls[caller]
        groups = group_missed(calls, self.talks[caller], self.ticks[caller])
        return any(group.state(DUE) == WAITING for group in groups)

    def miss(self, now, _second, caller):
        # They ring while somebody calls them: nobody is told of it here.
        if caller not in self.lines:
            self.calls[caller].append(Missed(now, now, now))
            self.waiting[caller] = None

    waiting: dict = {}

    def look(self, now, second, agent):
        """The agent takes the first one, or just anybody, and mostly calls them back."""
        rows = [*self.waiting]
        if rows:
            caller = rows[0] if self.chance.random() < 0.5 else self.chance.choice(rows)
            self.act(now, second, agent, caller)
        if rows or second < 9 * 3600:
            self.at(second + self.chance.uniform(1, 15), self.look, agent)

    def act(self, now, second, agent, caller):
        line, last = self.lines.get(caller), self.dialled.get(caller, (None, NOON))
        is_recent = last[0] is not None and now - last[1] < PAUSE
        situation = Situation(
            waits=self.waits(caller),
            claimer=self.claims.get(caller),
            on_line=line,
            just_called=last[0] if is_recent else None,
        )
        reason, _other = refusal(situation, agent)
        if reason:
            self.refused.append(reason)
        elif self.chance.random() < 0.1:
            self.ticks[caller].append(now)
            self.end(caller)
        elif self.chance.random() < 0.2:
            self.claims[caller] = agent
            # Claims are given back: whoever goes home has not called everybody.
            self.at(second + 600, self.give_back, caller)
        elif line is None and not (is_recent and last[0] == agent):
            self.dial(now, second, agent, caller)

    def give_back(self, _now, _second, caller):
        self.claims.pop(caller, None)

    def dial(self, now, second, agent, caller):
        before = self.dialled.get(caller)
        assert before is None or now - before[1] >= PAUSE, "dialled twice in a minute"
        self.dialled[caller] = agent, now
        self.lines[caller] = agent
        is_answered = self.chance.random() < 0.7
        self.at(second + self.chance.uniform(2, 25), self.hang_up, caller, is_answered)

    def hang_up(self, now, _second, caller, is_answered):
        del self.lines[caller]
        if is_answered:
            began = self.dialled[caller][1]
            self.talks[caller].append(Talk(began, now, True))
            self.end(caller)

    def end(self, caller):
        self.waiting.pop(caller, None)
        self.claims.pop(caller, None)


@pytest.mark.parametrize("seed", range(2))
def test_r47_nobody_is_forgotten_and_nobody_dialled_twice(seed):
    """10,000 callers, ten agents who see the same list and choose as they like."""
    hotline = Hotline(5_000 * (seed + 1), seed)
    hotline.waiting = {}
    hotline.run()
    assert not [caller for caller in hotline.calls if hotline.waits(caller)]
    assert not hotline.waiting
    for caller, calls in hotline.calls.items():
        groups = group_missed(calls, hotline.talks[caller], hotline.ticks[caller])
        assert sum(len(group.missed) for group in groups) == len(calls)
    assert {CLAIMED, ON_LINE, JUST_CALLED} <= set(hotline.refused)
