# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""When a missed bound counts: on a busy machine a case is measured again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.context import Row
from devtools.console import say

# The baseline does the same in each round; if its medians differ by more than this, it
# was the machine that was slow.
NOISY = 1.3
REPEATS = 2


@dataclass(frozen=True)
class Attempt:
    """A case measured once. ``baseline`` are its rounds' medians, in milliseconds."""

    rows: list[Row]
    baseline: Sequence[float]

    @property
    def spread(self) -> float:
        """The slowest of the baseline's rounds, as a multiple of the fastest."""
        return max(self.baseline) / min(self.baseline)

    @property
    def excess(self) -> float:
        """How far the worst row is from its bound: 1 is just on it, more misses it."""
        return max(map(_excess, self.rows), default=0)

    @property
    def reached(self) -> bool:
        return all(row.reached is not False for row in self.rows)

    @property
    def counts(self) -> bool:
        """Whether there is no reason to measure again."""
        return self.reached or self.spread <= NOISY


def _excess(row: Row) -> float:
    if row.target is None:
        return 0
    lower = row.better == "lower"
    return row.value / row.target if lower else row.target / row.value


def settle(case: str, measure: Callable[[], Attempt]) -> list[Row]:
    """Measures a case; its rows, and how much the baseline's rounds differed.

    A miss beside a restless baseline is measured again. The first attempt that counts is
    the result; the best one, if none does.
    """
    attempts = [measure()]
    while not attempts[-1].counts and len(attempts) <= REPEATS:
        say(
            f"   {case}: a bound was missed while the baseline's own rounds differed "
            f"by a factor of {attempts[-1].spread:.2f}; measuring again"
        )
        attempts.append(measure())
    last = attempts[-1]
    result = last if last.counts else min(attempts, key=lambda one: one.excess)
    rows = [*result.rows, Row(case, "baseline, slowest / fastest", result.spread, "x")]
    if len(attempts) > 1:
        kind = "the last counts" if last.counts else "the best counts"
        rows.append(Row(case, f"measured again, {kind}", len(attempts), "times"))
    return rows
