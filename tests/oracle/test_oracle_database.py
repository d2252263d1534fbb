# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R40, R50: what histories leave in the database is what the oracle says.

In any order, with repeats; with work that is killed at any statement or commit, and taken
up again; with losses that a comparison with CallGear's report completes.
"""

import time
from datetime import datetime, timedelta
from random import Random
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest

from odoo import fields

from odoo.addons.callgear_integration.tests.case import tagged

from simulator.order import Order
from simulator.people import Contact
from simulator.scenarios import SCENARIOS, Scenario

from ..simulated_case import SimulatedCase
from . import seeds
from .account import ACCOUNT, CALLERS, EXTENSIONS
from .histories import History, Notification, make, play, varied_parameters
from .judge import differences, ticket_differences
from .oracle import judge
from .records import found_calls, found_tickets

# Histories in each run, and with --full.
DELIVERED, LOST = (26, 700), (14, 300)
# Statements of the work on a notification, of which any may be the last.
STATEMENTS = 120


class Killed(BaseException):
    """Nothing in the addon may catch this: the process is gone."""


@tagged("post_install", "-at_install")
class TestOracle(SimulatedCase):
    @pytest.fixture(autouse=True)
    def _options(self, request):
        type(self).config = request.config

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.add_second_phone()
        for operator in cls.connection.operator_ids:
            operator.extension = EXTENSIONS[int(operator.employee_id)]
        Phone = cls.env["callgear.partner.phone"]
        Phone._find_or_create(cls.maryam, "+971505550199")
        cls.stages = {cls.open: "open", cls.pending: "pending", cls.closed: "closed"}

    def setUp(self):
        super().setUp()
        self.killed = 0
        self.simulator._calls.clear()
        self.account(
            recording_url=self.connection._media_address(),
            api_points_minute=1_000_000,
            api_points_day=1_000_000,
        )

    # ------------------------------------------------------------------- the work

    def work(self, function, statements=None):
        """Do what a worker does, in a cursor of its own; returns whether it has survived.

        :param statements: how many of them are executed before it is killed
        """
        with self.enter_registry_test_mode():
            try:
                with self.registry.cursor() as cr:
                    if statements is not None:
                        _die_after(cr, statements)
                    function(self.env(cr=cr))
            except Killed:
                return False
        return True

    def next_session(self, statements=None):
        work = type(self.env["callgear.event"])._work_on_next
        return self.work(lambda env: work(env["callgear.event"]), statements)

    def take_up_what_is_left(self):
        """What the cron does with notifications whose worker was killed."""
        for _attempt in range(20):
            waiting = self.env["callgear.event"].search([("state", "=", "pending")])
            if not waiting:
                return
            waiting.next_attempt_at = fields.Datetime.now() - timedelta(hours=1)
            self.env.flush_all()
            self.work(lambda env: env["callgear.event"]._cron_process())
            self.env.invalidate_all()
        raise AssertionError(f"they are left: {waiting.mapped('error')}")

    def receive(self, told):
        receipt = self.connection._receive(told.event, told.text.encode())
        self.assertEqual(receipt.code, 200)

    def deliver_badly(self, history):
        rng = Random(history.seed)
        for told in history.heard:
            self.receive(told)
            # Several that wait are worked on together.
            if rng.random() < 0.5:
                killed = rng.random() < 0.4
                self.env.flush_all()
                survived = self.next_session(
                    rng.randrange(STATEMENTS) if killed else None
                )
                self.killed += not survived
                self.env.invalidate_all()
        self.take_up_what_is_left()

    # ------------------------------------------------------------------ judgement

    def differing(self, expected, **options):
        """What differs from the oracle's answer."""
        calls, tickets = expected
        self.env.invalidate_all()
        records = self.env["callgear.call"].search(
            [("connection_id", "=", self.connection.id)]
        )
        found = found_calls(records)
        lines = [f"no call {session}" for session in calls.keys() - found.keys()]
        for session, call in calls.items():
            if session in found:
                for line in differences(call, found[session], exact=False, **options):
                    lines.append(f"{session}: {line}")
        if all(call.complete for call in calls.values()):
            lines += ticket_differences(tickets, found_tickets(records, self.stages))
        return lines

    def number_of(self, pair):
        return pair[bool(self.config.getoption("full"))]

    def check(self, run, number):
        """Try seeds; of each that differs, show the history and both answers.

        :param run: returns the history of a seed, and lines on what differs
        """
        failed = []
        for seed in seeds.chosen(self.config, number):
            with self.undone():
                history, lines = run(seed)
            if lines:
                failed.append("\n".join([str(history), *lines]))
        if failed:
            self.fail(f"{len(failed)} histories differ:\n\n" + "\n\n".join(failed[:5]))

    # ----------------------------------------------------------------- delivered

    def run_delivered(self, seed):
        history = make(seed, losses=False)
        self.deliver_badly(history)
        return history, self.differing(judge(history.known(), ACCOUNT))

    def test_r40_any_order_with_repeats_and_kills(self):
        number = self.number_of(DELIVERED)
        self.check(self.run_delivered, number)
        if not self.config.getoption("seeds"):
            self.assertGreater(self.killed, number, "hardly any work was killed")

    # ---------------------------------------------------------------------- lost

    def run_lost(self, seed):
        rng = Random(seed)
        history = History(seed)
        now = datetime.now(ZoneInfo("Asia/Dubai")).replace(microsecond=0)
        start = now - timedelta(hours=rng.uniform(20, 40))
        self.simulator._calls.clear()
        self.account(
            caller_endleg=rng.random() < 0.5,
            recording_style=rng.choice(("each", "one")),
        )
        for _call in range(rng.choice((1, 2, 3))):
            self.place(rng, history, rng.choice(CALLERS[:3]), start)
            start += timedelta(seconds=rng.choice((rng.uniform(30, 90), 7000)))
        history.heard = [told for told in history.told if rng.random() < 0.5]
        rng.shuffle(history.heard)
        for told in history.heard:
            self.receive(told)
        self.take_up_what_is_left()
        self.compare_with_report(now)
        told = [(one.event, one.body) for one in history.told]
        return history, self.differing(judge(told, ACCOUNT), timed=False)

    def place(self, rng, history, caller, start):
        """A call at the PBX that is over; its notifications are in the history."""
        kind, session_of = play(rng)
        scenario = Scenario(
            kind, "", "", lambda p: session_of(varied_parameters(rng, p))
        )
        order = Order(kind, contact=Contact(caller), speed=0, start_time=start)
        with patch.dict(SCENARIOS, {kind: scenario}):
            placed = self.simulator.place(order)
        self.assertTrue(placed.player.join(20))
        _revision, entries = self.simulator.log.since(session_id=placed.session_id)
        history.kinds.append(kind)
        for entry in reversed(entries):
            if not entry["api"]:
                number = len(history.told)
                history.told.append(Notification(number, entry["event"], entry["body"]))

    def compare_with_report(self, now):
        comparison = self.env["callgear.comparison"].create(
            {
                "connection_id": self.connection.id,
                "date_from": fields.Datetime.now() - timedelta(hours=48),
                "date_to": fields.Datetime.now(),
                "reason": "manual",
            }
        )
        self.assertTrue(comparison._claim())
        comparison._go_on(time.monotonic() + 60)
        self.assertEqual(comparison.state, "done", comparison.error)

    def test_r50_losses_and_the_comparison(self):
        self.check(self.run_lost, self.number_of(LOST))


def _die_after(cr, statements):
    """Have a cursor end its process by a statement or commit, once."""
    left = [statements]

    def counted(function):
        def run(*args, **options):
            left[0] -= 1
            if left[0] == -1:
                raise Killed
            return function(*args, **options)

        return run

    cr.execute = counted(cr.execute)
    cr.commit = counted(cr.commit)
