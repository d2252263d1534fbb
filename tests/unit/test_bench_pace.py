# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""When calls of a load are told, and whether something has grown meanwhile."""

from benchmarks.bench_soak import Look, growth
from benchmarks.pace import schedule


def looks(*memory):
    return [Look(one, 0, 0, 0) for one in memory]


def grown(*memory):
    return round(growth(looks(*memory), lambda look: look.memory), 1)


def test_calls_begin_at_the_rate_and_go_on_in_steps():
    told = schedule([["a1", "a2"], ["b1", "b2"], ["c1"]], rate=2, step=0.75)
    assert told == [(0, "a1"), (0.5, "b1"), (0.75, "a2"), (1, "c1"), (1.25, "b2")]


def test_what_a_server_fills_at_first_is_no_growth():
    assert grown(*range(50, 100, 5), *[100] * 10) == 0


def test_what_grows_in_the_second_half_is():
    assert grown(*[100] * 10, *range(100, 120, 2)) > 10


def test_one_spike_is_no_growth():
    assert grown(*[100] * 39, 500, *[100] * 10) == grown(*[100] * 50) == 0
    assert grown(*[100] * 48, 500, 100, *[100] * 10) == 0
