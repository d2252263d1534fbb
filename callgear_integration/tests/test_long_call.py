# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R40: a call of thousands of notifications costs as much for each as a short one."""

import random
from unittest.mock import patch

from .builder import OMAR, SARA, changed
from .case import CallgearCase, tagged
from .scenarios import queue
from .snapshot import snapshot

RINGS = 40


@tagged("post_install", "-at_install")
class TestLongCall(CallgearCase):
    def left_by(self, deliveries, each=1):
        """What a call leaves behind, told so many notifications at a time."""
        point = self.env.cr.savepoint()
        told = list(deliveries)
        while told:
            for delivery in told[:each]:
                self.connection._receive(delivery.event, delivery.body)
            self.process(self.env["callgear.event"].search([], limit=1))
            told = told[each:]
        left = snapshot(self.env, self.connection)
        point.close(rollback=True)
        self.env.invalidate_all()
        return left

    def live(self):
        """How many notifications, and legs, the next fold looks at."""
        of_connection = ("connection_id", "=", self.connection.id)
        events = [of_connection, ("is_absorbed", "=", False)]
        legs = [("call_id.connection_id", "=", self.connection.id)]
        return (
            self.env["callgear.event"].search_count(events),
            self.env["callgear.leg"].search_count([*legs, ("is_absorbed", "=", False)]),
        )

    def statements(self, delivery):
        self.env.cr.flush()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        with patch("random.random", lambda: 1):  # the bus tidies up by chance
            self.post(delivery)
        return self.env.cr.sql_log_count - before

    def test_r40_one_by_one_is_as_all_at_once(self):
        for answered in (True, False):
            call = queue(RINGS, answered=answered)
            with self.subTest(answered=answered):
                at_once = self.left_by(call.deliveries, each=1000)
                self.assertEqual(self.left_by(call.deliveries), at_once)
                [ticket] = at_once["tickets"]
                kind = "Incoming" if answered else "Missed"
                self.assertEqual(ticket[0], f"{kind} call from +447700900123")

    def test_r40_any_order_is_as_in_order(self):
        told = queue(RINGS).deliveries
        in_order = self.left_by(told)
        for seed in range(2):
            chance = random.Random(seed)
            mixed = chance.sample(told, k=len(told)) + chance.sample(told, k=10)
            with self.subTest(seed):
                self.assertEqual(
                    self.left_by(mixed, each=chance.choice([1, 7])), in_order
                )

    def test_r40_what_a_fold_looks_at_does_not_grow(self):
        told = queue(RINGS).deliveries
        sizes = []
        for delivery in told[:-4]:
            self.post(delivery)
            sizes.append(self.live())
        events, legs = map(max, zip(*sizes, strict=True))
        self.assertLessEqual(events, 12)
        self.assertLessEqual(legs, 4)
        self.assertEqual(len(self.call_of(queue(0)).leg_ids), RINGS + 1)

    def test_r40_statements_do_not_grow(self):
        told = queue(RINGS).deliveries
        counts = [self.statements(delivery) for delivery in told[:-4]]
        # From the first legs on that nothing depends on any more.
        self.assertLessEqual(max(counts[-20:]), max(counts[12:32]) + 1)
        self.assertLessEqual(max(counts), 40)

    def test_r40_late_news_of_a_leg_that_was_absorbed(self):
        """It was answered after all, or rung by somebody else: as if told in time."""
        told = queue(RINGS // 2).deliveries[:RINGS]
        news = {
            "answered": changed(told[11], call_info__talk_time_duration=5),
            "longer": changed(told[11], call_info__total_time_duration=12),
            "another's": changed(
                told[10], employee_info__employee_id=OMAR.id, leg_id=99
            ),
            "again": changed(told[10], notification_time="2026-03-28 16:00:00"),
        }
        for name, late in news.items():
            with self.subTest(name):
                self.assertEqual(
                    self.left_by([*told, late]), self.left_by([late, *told])
                )

    def test_r40_a_leg_that_was_read_again_is_absorbed_as_a_whole(self):
        """Not only its news: without its other facts the next fold would forget them."""
        for delivery in queue(RINGS // 2).deliveries[:RINGS]:
            self.post(delivery)
        Event = self.env["callgear.event"]
        one = Event.search([("leg_key", "!=", False)], limit=1)
        events, _facts = Event._load_facts(
            self.connection, one.session_id, legs={one.leg_key}
        )
        self.assertGreater(len(events), 1)
        self.assertFalse(any(events.mapped("is_absorbed")))
        Event._set_absorbed(dict.fromkeys(events.ids, "7"))
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(set(events.mapped("leg_key")), {"7"})
        self.assertTrue(all(events.mapped("is_absorbed")))

    def test_r40_an_outgoing_call_after_all(self):
        """A late notification changes all of it: everything is read again."""
        told = queue(RINGS).deliveries
        late = changed(
            queue(0).call_out(SARA).deliveries[-1], call_info__direction="out"
        )
        self.assertEqual(
            self.left_by([*told, late]), self.left_by([*told, late], each=1000)
        )

    def test_r40_an_agents_summary_keeps_its_leg(self):
        """What somebody has said something of is not put aside."""
        told = queue(RINGS).deliveries
        self.deliver(told[0])
        self.by(self.sara, queue(0)).save_draft(summary="Rang twice")
        self.deliver(*told[1:])
        [leg] = self.call_of(queue(0)).leg_ids.filtered("summary")
        self.assertFalse(leg.is_absorbed)
