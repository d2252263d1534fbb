# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How far the benchmarks' clients run ahead of the work."""

from benchmarks.allowance import Allowance


def test_the_first_ones_need_no_look():
    def never():
        raise AssertionError("looked")

    allowance = Allowance(never, most=3)
    for _ in range(3):
        allowance.take()


def test_the_next_one_waits_until_one_is_done():
    looks = [3, 3, 2]
    allowance = Allowance(lambda: looks.pop(0), most=3)
    for _ in range(4):
        allowance.take()
    assert looks == []


def test_what_is_done_is_seen_at_one_look():
    looks = [0, 3]
    allowance = Allowance(lambda: looks.pop(0), most=3)
    for _ in range(6):
        allowance.take()
    assert looks == [3]
