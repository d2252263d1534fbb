# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The limit against abuse, by a clock of the test's own."""

import pytest

from odoo.addons.callgear_integration.tools.rate import PAUSE, RateLimit

KEY, OTHER = ("db", 1), ("db", 2)


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def limit(clock):
    return RateLimit(clock)


def allowed(limit, times, per_minute, key=KEY):
    return sum(limit.allows(key, per_minute) for _time in range(times))


@pytest.mark.parametrize("per_minute", [1, 7, 6000])
def test_as_many_as_the_limit_at_once(limit, per_minute):
    assert allowed(limit, per_minute + 5, per_minute) == per_minute


@pytest.mark.parametrize("per_minute", [0, -1])
def test_no_limit(limit, per_minute):
    assert allowed(limit, 10_000, per_minute) == 10_000


@pytest.mark.parametrize(("seconds", "back"), [(0.5, 0), (1, 1), (10, 10), (3600, 60)])
def test_comes_back_with_time(limit, clock, seconds, back):
    allowed(limit, 60, 60)
    clock.now += seconds
    assert allowed(limit, 100, 60) == back


def test_steady_traffic_below_the_limit_is_never_refused(limit, clock):
    for _second in range(600):
        assert allowed(limit, 50, 3000) == 50
        clock.now += 1


def test_each_key_has_its_own(limit):
    allowed(limit, 10, 3)
    assert allowed(limit, 10, 3, OTHER) == 3


def test_a_changed_limit_holds_at_once(limit):
    allowed(limit, 10, 3)
    assert allowed(limit, 10, 5) == 5


def test_refusals_are_counted_and_handed_out_once(limit):
    allowed(limit, 10, 3)
    allowed(limit, 4, 3, OTHER)
    assert limit.seconds_until_refusals("db") == 0
    assert limit.refusals("db") == {KEY: 7, OTHER: 1}
    assert limit.refusals("db") == {}
    assert limit.seconds_until_refusals("db") is None
    assert limit.refusals("another") == {}


def test_refusals_are_handed_out_now_and_then_only(limit, clock):
    allowed(limit, 4, 3)
    limit.refusals("db")
    allowed(limit, 2, 3)
    clock.now += 0.25
    assert limit.refusals("db") == {}
    assert limit.seconds_until_refusals("db") == PAUSE - 0.25
    clock.now += PAUSE
    assert limit.refusals("db") == {KEY: 2}


def test_refusals_given_back_are_not_forgotten(limit, clock):
    allowed(limit, 5, 3)
    limit.give_back(limit.refusals("db"))
    allowed(limit, 1, 3)
    clock.now += PAUSE
    assert limit.refusals("db") == {KEY: 3}
