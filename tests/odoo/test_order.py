# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R40: late, twice, in any order, not at all; the outcome is that of the same set in order."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.addons.callgear_integration.tests.case import CallgearCase, tagged
from odoo.addons.callgear_integration.tests.scenarios import SCENARIOS
from odoo.addons.callgear_integration.tests.snapshot import snapshot

from ..effort import tries


@st.composite
def mixed_up(draw):
    """A scenario, its notifications in any order with repeats, and crashes among them.

    :return: (name, list of (delivery, whether its worker dies before it works on it))
    """
    name = draw(st.sampled_from(sorted(SCENARIOS)))
    told = SCENARIOS[name]()
    repeats = draw(st.lists(st.sampled_from(told), max_size=4))
    order = draw(st.permutations(told + repeats))
    crashes = draw(st.lists(st.booleans(), min_size=len(order), max_size=len(order)))
    return name, list(zip(order, crashes, strict=True))


@tagged("post_install", "-at_install")
class TestOrder(CallgearCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.add_second_phone()
        cls.known = {}

    def expected(self, name):
        """What an orderly delivery leaves behind; found out once for all tests."""
        if name not in self.known:
            self.known[name] = self.in_order(name)
        return self.known[name]

    def in_order(self, name):
        """What an orderly delivery of a scenario leaves behind."""
        return self.outcome((delivery, False) for delivery in SCENARIOS[name]())

    def outcome(self, deliveries):
        """Deliver on a clean slate; return what is left behind."""
        with self.undone():
            for delivery, crashes in deliveries:
                if crashes:
                    self.connection._receive(delivery.event, delivery.body)
                else:
                    self.post(delivery)
            # What the cron does with notifications whose worker died.
            for event in self.env["callgear.event"].search([("state", "=", "pending")]):
                self.process(event)
            self.env.invalidate_all()
            return snapshot(self.env, self.connection)

    @settings(
        max_examples=tries(20, full=300),
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(mixed_up())
    def test_r40_any_order_with_repeats_and_crashes(self, case):
        """Each scenario, in any order, with repeats and crashes, ends as in order."""
        name, deliveries = case
        self.assertEqual(self.outcome(deliveries), self.expected(name))

    def test_r40_each_scenario_reversed(self):
        """Backwards is the worst order: the recording first, the first ring last."""
        for name, make in SCENARIOS.items():
            backwards = [(delivery, False) for delivery in reversed(make())]
            with self.subTest(name):
                self.assertEqual(self.outcome(backwards), self.expected(name))
