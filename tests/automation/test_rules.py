# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R40: with automation rules that write to the same tickets, the outcome is the same.

The rules drop the context, as any code may, and write on creation, on each update, and
with each change of stage.
"""

from hypothesis import HealthCheck, given, settings

from odoo import Command

from odoo.addons.callgear_integration.tests.case import tagged
from odoo.addons.callgear_integration.tests.scenarios import KINDS, VARIED, missed

from ..effort import tries
from ..odoo import test_order

WRITE = "record.with_context({}).sudo().write"
ON_CREATION = f"{WRITE}({{'color': 7, 'sequence': 3}})"
ON_UPDATE = f"if record.priority != '3': {WRITE}({{'priority': '3'}})"
ON_STAGE = f"{WRITE}({{'kanban_state': 'done' if record.closed else 'blocked'}})"
ON_MESSAGE = f"{WRITE}({{'color': record.color + 1}})"


class RulesCase(test_order.TestOrder):
    """Delivers as the tests of the order do, beside automation rules."""

    test_r40_any_order_with_repeats_and_crashes = None
    test_r40_each_scenario_reversed = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(cls.env["base.automation"]._unregister_hook)

    @classmethod
    def make_rule(cls, trigger, code, **values):
        model = cls.env.ref("helpdesk_mgmt.model_helpdesk_ticket")
        action = {"name": "Write", "model_id": model.id, "state": "code", "code": code}
        return cls.env["base.automation"].create(
            {
                "name": f"Test: {trigger}",
                "model_id": model.id,
                "trigger": trigger,
                "action_server_ids": [Command.create(action)],
                **values,
            }
        )


@tagged("post_install", "-at_install")
class TestRules(RulesCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        stage = cls.env["ir.model.fields"]._get("helpdesk.ticket", "stage_id")
        on_stage = {"trigger_field_ids": [Command.set(stage.ids)]}
        cls.rules = cls.make_rule("on_create", ON_CREATION)
        cls.rules |= cls.make_rule("on_create_or_write", ON_UPDATE)
        cls.rules |= cls.make_rule("on_create_or_write", ON_STAGE, **on_stage)
        cls.rules |= cls.make_rule("on_message_sent", ON_MESSAGE)

    def in_order(self, name):
        """What a scenario leaves behind without the rules."""
        self.rules.active = False
        try:
            return super().in_order(name)
        finally:
            self.rules.active = True

    @settings(
        max_examples=tries(8, full=60),
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(test_order.mixed_up())
    def test_r40_any_order_as_without_rules(self, case):
        name, deliveries = case
        self.assertEqual(self.outcome(deliveries), self.expected(name))

    def test_r40_each_scenario_as_without_rules(self):
        for name, make in KINDS.items():
            expected = self.expected(name)
            for told in (make(), *([make()[::-1]] if name in VARIED else [])):
                with self.subTest(name):
                    found = self.outcome((delivery, False) for delivery in told)
                    self.assertEqual(found, expected)

    def test_r40_the_rules_have_written(self):
        """Else the other tests would show nothing."""
        self.deliver(missed())
        ticket = self.tickets()
        self.assertEqual(ticket.priority, "3")
        self.assertGreaterEqual(ticket.color, 7)
        self.assertEqual(ticket.kanban_state, "blocked")
        self.assertTrue(ticket.call_auto)


@tagged("post_install", "-at_install")
class TestChoosingRules(RulesCase):
    """A rule that chooses what calls would choose, too: its choice stays."""

    def assertSame(self, code, scenarios):
        """In order, and backwards with each notification told once more; yield it."""
        rule = self.make_rule("on_create", code)
        self.addCleanup(rule.write, {"active": False})
        for name, make in scenarios.items():
            told = make()
            with self.subTest(name):
                first, other = (
                    self.outcome((delivery, False) for delivery in order)
                    for order in (told, told[::-1] + told)
                )
                self.assertEqual(first, other)
                yield first

    def test_r40_a_rule_chooses_agent_contact_channel_and_subject(self):
        values = {
            "user_id": self.lina.id,
            "partner_id": self.env["res.partner"].create({"name": "Husband"}).id,
            "channel_id": self.connection.channel_id.id,
            "name": "[call]",
        }
        for outcome in self.assertSame(f"{WRITE}({values!r})", KINDS):
            for name, partner, login, *_more in outcome["tickets"]:
                self.assertEqual(
                    (name, partner, login), ("[call]", "Husband", "cg_lina")
                )

    def test_r40_a_rule_saves_the_stage_as_it_is(self):
        """Nothing has been chosen by that."""
        code = f"{WRITE}({{'stage_id': record.stage_id.id}})"
        without = {
            name: self.outcome((delivery, False) for delivery in make())
            for name, make in KINDS.items()
        }
        found = self.assertSame(code, KINDS)
        self.assertEqual(list(found), list(without.values()))

    def test_r40_a_rule_chooses_the_stage(self):
        """It stays until the next call."""
        code = f"{WRITE}({{'stage_id': {self.pending.id}}})"
        one_call = {
            name: make for name, make in KINDS.items() if not name.startswith("missed,")
        }
        for outcome in self.assertSame(code, one_call):
            for ticket in outcome["tickets"]:
                self.assertIn(self.pending.name, ticket)
