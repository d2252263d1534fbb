# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""When a missed bound of a benchmark counts, and when it is measured again."""

from benchmarks.context import Row
from benchmarks.verdict import Attempt, settle

CALM, RESTLESS = [10, 11, 12], [10, 11, 20]


def attempt(ratio, baseline):
    rows = [Row("case", "time", 99, "ms"), Row("case", "ratio", ratio, "x", target=2)]
    return Attempt(rows, baseline)


def settled(*attempts):
    """The ratio that was settled on, whether it is within bounds, attempts left."""
    left = list(attempts)
    rows = settle("case", lambda: left.pop(0))
    (ratio,) = [row for row in rows if row.metric == "ratio"]
    return ratio.value, ratio.reached, len(left)


def test_a_bound_that_is_reached_is_measured_once():
    assert settled(attempt(2, RESTLESS), attempt(1, CALM)) == (2, True, 1)


def test_a_miss_beside_a_calm_baseline_counts():
    assert settled(attempt(3, CALM), attempt(1, CALM)) == (3, False, 1)


def test_a_miss_beside_a_restless_baseline_is_measured_again():
    assert settled(attempt(3, RESTLESS), attempt(1, CALM)) == (1, True, 0)


def test_the_first_calm_attempt_counts_though_another_was_better():
    assert settled(attempt(3, RESTLESS), attempt(4, CALM)) == (4, False, 0)


def test_the_best_of_three_counts_when_none_was_calm():
    tries = [attempt(ratio, RESTLESS) for ratio in (4, 3, 5, 1)]
    assert settled(*tries) == (3, False, 1)


def test_how_often_it_was_measured_is_told():
    left = [attempt(3, RESTLESS), attempt(1, CALM)]
    *_rows, spread, again = settle("case", lambda: left.pop(0))
    assert (round(spread.value, 3), again.value) == (1.2, 2)


def test_the_best_is_named_so_even_if_it_was_the_last():
    left = [attempt(ratio, RESTLESS) for ratio in (5, 4, 3)]
    assert settle("case", lambda: left.pop(0))[-1].metric.endswith("the best counts")


def test_a_bound_may_be_a_least():
    rows = [Row("case", "rate", 50, "1/s", better="higher", target=100)]
    assert Attempt(rows, CALM).excess == 2
    assert not Attempt(rows, CALM).reached
