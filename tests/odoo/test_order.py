# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R40: late, twice, in any order, not at all; the outcome is that of the same set in order."""

import random

from ..case import CallgearCase, tagged
from ..scenarios import SCENARIOS
from ..snapshot import snapshot


@tagged("post_install", "-at_install")
class TestOrder(CallgearCase):
    def outcome(self, deliveries):
        """Deliver on a clean slate; return what is left behind."""
        savepoint = self.env.cr.savepoint(flush=True)
        try:
            for delivery in deliveries:
                self.post(delivery)
            self.env.invalidate_all()
            return snapshot(self.env, self.connection)
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all()

    def test_r40_shuffled_and_repeated(self):
        """Each scenario, in many orders and with repeats, ends as in order."""
        chance = random.Random(40)
        for name, make in SCENARIOS.items():
            told = make()
            expected = self.outcome(told)
            for _turn in range(6):
                mixed = told + chance.sample(told, k=len(told) // 2)
                chance.shuffle(mixed)
                with self.subTest(name, order=[d.event for d in mixed]):
                    self.assertEqual(self.outcome(mixed), expected)
