# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R40: whoever knows the address cannot rewrite calls that are long over."""

from datetime import timedelta

from .builder import OMAR, SARA, CallBuilder
from .case import tagged
from .scenarios import incoming
from .snapshot import snapshot
from .test_event_retry import WorkerCase


@tagged("post_install", "-at_install")
class TestLate(WorkerCase):
    def setUp(self):
        super().setUp()
        self.orderly = incoming(1)
        self.call = self.deliver(self.orderly)
        self.before = snapshot(self.env, self.connection)

    def long_ago(self, **ago):
        """The end of the call became known so long ago."""
        self.call.end_known_at -= timedelta(**ago)
        self.env.flush_all()

    def late(self):
        own = [("connection_id", "=", self.connection.id), ("is_late", "=", True)]
        return self.env["callgear.event"].search(own)

    def forged(self, number=1):
        """What would make it a call of another agent, with another recording."""
        call = CallBuilder(number).ring(OMAR, 1).answer(OMAR, 2).leave(OMAR, 4000)
        return call.end(4001)

    def test_r40_what_comes_for_a_call_long_over_changes_nothing(self):
        self.long_ago(hours=73)
        self.deliver(self.forged())
        self.assertEqual(snapshot(self.env, self.connection), self.before)
        self.assertTrue(self.late())
        self.assertEqual(set(self.late().mapped("state")), {"done"})
        self.assertEqual(self.late().call_id, self.call)
        self.assertEqual(self.connection.late_event_count, len(self.late()))
        found = self.connection.action_late_events()["domain"]
        self.assertEqual(self.env["callgear.event"].search(found), self.late())

    def test_r40_nor_when_it_is_tried_again(self):
        self.long_ago(hours=73)
        self.deliver(self.forged())
        self.late().action_retry()
        self.assertEqual(set(self.late().mapped("state")), {"done"})

    def test_r40_nor_when_the_call_is_worked_on_again(self):
        self.long_ago(hours=73)
        self.deliver(self.forged())
        self.env["callgear.refresh"]._refresh(self.connection, self.call.session_id)
        self.assertEqual(snapshot(self.env, self.connection), self.before)

    def test_r40_what_comes_within_the_time_still_counts(self):
        """Three days: CallGear, or a line, may be out of order for a weekend."""
        self.long_ago(hours=71)
        self.deliver(self.forged())
        self.assertFalse(self.late())
        self.assertIn(self.omar, self.call.leg_ids.user_id)

    def test_r40_the_time_is_a_setting(self):
        self.connection.late_hours = 100
        self.long_ago(hours=99)
        self.deliver(CallBuilder(1).ring(OMAR, 1))
        self.assertFalse(self.late())
        self.connection.late_hours = 0
        self.long_ago(days=1000)
        self.deliver(CallBuilder(1).ring(OMAR, 2))
        self.assertFalse(self.late())

    def test_r40_recordings_may_come_for_longer(self):
        """They are made afterwards; but not for ever."""
        self.long_ago(days=13)
        recorded = self.orderly.deliveries[-1]
        self.assertEqual(recorded.event, "recording")
        body = recorded.body.replace(b"https://", b"https://other.")
        self.connection._receive("recording", body)
        self.work_all()
        self.assertEqual(len(self.call.recording_ids), 2)
        self.long_ago(days=2)
        body = recorded.body.replace(b"https://", b"https://another.")
        self.connection._receive("recording", body)
        self.work_all()
        self.assertEqual(len(self.call.recording_ids), 2)
        self.assertEqual(self.late().event, "recording")

    def work_all(self):
        for _time in range(5):
            self.work(lambda env: env["callgear.event"]._work_on_next())
        self.env.invalidate_all()

    def test_r50_what_callgear_reports_always_counts(self):
        """A comparison completes an old call with what its report tells."""
        self.long_ago(days=365)
        for delivery in self.forged().deliveries:
            receipt = self.connection._receive(delivery.event, delivery.body)
            event = self.env["callgear.event"].browse(receipt.event_id)
            event.from_api = True
            self.process(event)
        self.assertFalse(self.late())
        self.assertIn(self.omar, self.call.leg_ids.user_id)

    def test_r40_a_call_that_goes_on_has_no_end_to_be_late_for(self):
        call = CallBuilder(2).ring(SARA, 1).answer(SARA, 5)
        self.deliver(call)
        going = self.call_of(call)
        self.assertFalse(going.end_known_at)
        self.deliver(call.leave(SARA, 60).end(60))
        self.assertTrue(going.end_known_at)
