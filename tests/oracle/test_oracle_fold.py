# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R5, R16, R24, R25, R40: the fold of notifications is what the oracle says.

Without a database: each history is one call, delivered in any order with repeats, one in
four of them with losses.
"""

from . import fold, seeds
from .account import ACCOUNT
from .histories import make
from .judge import differences, shrink
from .oracle import judge

HISTORIES, WITH_FULL = 10_000, 100_000


def differing(history):
    """What differs from the oracle's answer, one line each."""
    calls, _tickets = judge(history.known(), ACCOUNT)
    found = fold.found(history)
    return [
        f"{session}: {line}"
        for session, call in calls.items()
        for line in differences(call, found[session])
    ]


def test_r40_the_fold_is_what_the_oracle_says(request):
    number = WITH_FULL if request.config.getoption("full") else HISTORIES
    failed = [
        seed
        for seed in seeds.chosen(request.config, number)
        if differing(make(seed, calls=1))
    ]
    shown = []
    for seed in failed[:5]:
        history = shrink(make(seed, calls=1), differing)
        shown.append("\n".join([str(history), *differing(history)]))
    assert not failed, f"{len(failed)} seeds: {failed[:50]}\n\n" + "\n\n".join(shown)


def test_a_difference_is_noticed_and_shrunk():
    """The comparison is not blind: a rule that is wrong shows in a few histories."""

    def without_r25(history):
        calls, _tickets = judge(history.known(), ACCOUNT)
        return [call for call in calls.values() if call.outcome == "missed"]

    history = next(h for h in map(make, range(50)) if without_r25(h))
    smaller = shrink(history, without_r25)
    assert without_r25(smaller) and len(smaller.heard) <= 2
    assert f"seed {history.seed}" in str(smaller)
