# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R5: operators are synced by themselves, and nothing is concluded from a bad answer."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields

from odoo.addons.callgear_integration.tests.builder import (
    OMAR,
    SARA,
    CallBuilder,
    Employee,
)
from odoo.addons.callgear_integration.tests.case import tagged

from simulator import staff
from simulator.people import OPERATORS, Operator

from ..simulated_case import SimulatedCase

NOT_SYNCED = "callgear_integration.mail_activity_operators_not_synced"
ANEW = Employee(701777, "Sara Haddad")


@tagged("post_install", "-at_install")
class TestOperatorSync(SimulatedCase):
    def setUp(self):
        super().setUp()
        self.connection.search([("id", "!=", self.connection.id)]).active = False
        # The demo's agents have the addresses of the simulator's employees.
        demo = self.env["res.users"].search([("login", "in", ["sara", "omar", "lina"])])
        demo.active = False
        self.patch(staff, "OPERATORS", OPERATORS)

    def employ(self, *operators):
        """The account has these employees."""
        self.patch(staff, "OPERATORS", operators)

    def sync(self, later=timedelta(days=1)):
        """The cron runs, so much later than before."""
        if self.connection.operators_asked_at:
            self.connection.operators_asked_at -= later
        self.env["callgear.operator.sync"]._cron_sync()

    def operator(self, employee_id):
        return (
            self.env["callgear.operator"]
            .with_context(active_test=False)
            .search(
                [
                    ("connection_id", "=", self.connection.id),
                    ("employee_id", "=", str(employee_id)),
                ]
            )
        )

    def snapshot(self):
        names = ["employee_id", "name", "email", "user_id", "active", "left_at"]
        return self.connection.with_context(active_test=False).operator_ids.read(names)

    def activities(self):
        return self.connection.activity_search([NOT_SYNCED])

    def test_r05_nightly(self):
        """New ones come without an agent, names and addresses are taken over."""
        self.operator(OMAR.id).unlink()
        self.operator(SARA.id).write({"name": "S.", "email": "old@example.com"})
        self.sync()
        sara, omar = self.operator(SARA.id), self.operator(OMAR.id)
        self.assertEqual(sara.name, "Haddad Sara")
        self.assertEqual(sara.email, "sara.haddad@example.com")
        self.assertEqual(sara.user_id, self.sara)
        self.assertTrue(omar)
        self.assertFalse(omar.user_id)
        self.assertTrue(self.connection.operators_synced_at)
        before = self.snapshot()
        self.sync()
        self.assertEqual(self.snapshot(), before)

    def test_r05_who_has_left(self):
        """They are shown, and neither archived nor unmapped by themselves."""
        self.employ(*OPERATORS[1:])
        self.sync()
        sara = self.operator(SARA.id)
        self.assertTrue(sara.left_at)
        self.assertTrue(sara.active)
        self.assertEqual(sara.user_id, self.sara)
        self.employ(*OPERATORS)
        self.sync()
        self.assertFalse(sara.left_at)

    def test_r05_archived_ones_stay_archived(self):
        self.operator(SARA.id).active = False
        self.sync()
        self.assertFalse(self.operator(SARA.id).active)

    def test_r05_created_anew(self):
        """The new one is proposed the user of the one who is gone."""
        self.employ(
            Operator(ANEW.id, ANEW.name, "101", "sara.haddad@example.com"),
            *OPERATORS[1:],
        )
        self.sync()
        anew = self.operator(ANEW.id)
        self.assertFalse(anew.user_id)
        self.assertEqual(anew.proposed_user_id, self.sara)
        self.assertTrue(self.operator(SARA.id).left_at)

    def test_r05_somebody_unknown_is_named(self):
        """The cron is started, not more often than it may be; it finds who it is."""
        self.sync()
        Trigger = self.env["ir.cron.trigger"]
        cron = self.env.ref("callgear_integration.ir_cron_sync_operators")
        mine = [("cron_id", "=", cron.id)]
        before = Trigger.search(mine)
        self.deliver(CallBuilder(1).ring(ANEW, 1).leave(ANEW, 9).end(9))
        [trigger] = Trigger.search(mine) - before
        soonest = self.connection.operators_asked_at + timedelta(minutes=15)
        self.assertGreaterEqual(trigger.call_at, soonest)
        self.deliver(CallBuilder(2, start=60).ring(ANEW, 1).leave(ANEW, 9).end(9))
        self.assertEqual(len(Trigger.search(mine) - before), 1)
        due = self.env["callgear.operator.sync"]._is_due
        self.assertFalse(due(self.connection))
        self.connection.operators_asked_at -= timedelta(minutes=16)
        self.connection.operators_synced_at -= timedelta(minutes=16)
        self.assertTrue(due(self.connection))
        self.employ(Operator(ANEW.id, "Sara H.", "111", "s@example.com"), *OPERATORS)
        self.sync(timedelta())
        self.assertEqual(self.operator(ANEW.id).extension, "111")

    def failing(self):
        """Ways in which nothing can be learnt, and how they come about."""
        yield "no key", lambda: self.connection.write({"api_key": False})
        yield "refused", lambda: self.connection.write({"api_key": "wrong"})
        yield "fault", lambda: self.account(api_fault="internal_error")
        yield "empty", lambda: self.employ()
        yield (
            "strangers",
            lambda: self.employ(Operator(1, "A"), Operator(2, "B")),
        )

    def test_r05_a_bad_answer_changes_nothing_and_is_told_once(self):
        key = self.connection._used_api_key()
        for name, fail in self.failing():
            with self.subTest(name), patch("time.sleep"):
                before = self.snapshot()
                fail()
                self.sync()
                self.assertEqual(self.snapshot(), before)
                self.assertEqual(len(self.activities()), 1)
                self.assertTrue(self.connection.operators_sync_error)
                self.activities().unlink()
                self.sync()
                self.assertFalse(self.activities())
                self.account(api_fault="ok")
                self.connection.api_key = key
                self.employ(*OPERATORS)
                self.sync()
                self.assertFalse(self.connection.operators_sync_error)

    def test_r05_the_activity_goes_when_it_works_again(self):
        key = self.connection._used_api_key()
        self.connection.api_key = "wrong"
        self.sync()
        self.assertTrue(self.activities())
        self.connection.api_key = key
        self.sync()
        self.assertFalse(self.activities())

    def test_r05_a_partial_answer_marks_nobody_as_gone(self):
        """What is in it is taken over all the same."""
        client = self.connection._data_api()
        page = client.employees()
        partial = type(page)(page.items[1:], page.total, page.done - 1, True)
        with patch.object(type(client), "employees", return_value=partial):
            self.sync()
        self.assertFalse(self.connection.operator_ids.filtered("left_at"))
        self.assertEqual(self.operator(OMAR.id).email, "omar.nasser@example.com")
        self.assertTrue(self.connection.operators_sync_error)

    def test_r05_whose_row_cannot_be_read_has_not_left(self):
        users = self.connection.operator_ids.mapped("user_id")
        for fault in ("damaged", "unreadable"):
            with self.subTest(fault):
                self.account(api_fault=fault, api_fault_method="get.employees")
                self.sync()
                operators = self.connection.operator_ids
                self.assertFalse(operators.filtered("left_at"))
                self.assertEqual(operators.mapped("user_id"), users)
                self.assertTrue(self.connection.operators_sync_error)

    def test_r05_the_page_of_comparison_notes_it_as_well(self):
        self.employ(*OPERATORS[1:])
        action = self.connection.action_fetch_operators()
        page = self.env[action["res_model"]].browse(action["res_id"])
        while not page.fetch_next()["done"]:
            pass
        self.assertTrue(self.operator(SARA.id).left_at)

    def test_r05_a_night_without_work(self):
        """Asked recently, and nobody new: CallGear is left alone."""
        self.sync()
        asked = self.connection.operators_asked_at
        self.sync(timedelta(hours=1))
        self.assertEqual(self.connection.operators_asked_at, asked - timedelta(hours=1))
        self.assertLess(asked, fields.Datetime.now() + timedelta(seconds=1))
