# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R40: what is lost, what fails and is tried again, and who is told."""

from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import LockNotAvailable

from odoo import fields
from odoo.exceptions import UserError
from odoo.tools import mute_logger

from odoo.addons.helpdesk_mgmt.models.helpdesk_ticket import HelpdeskTicket

from .builder import OMAR, SARA, CallBuilder
from .case import CallgearCase, tagged
from .scenarios import begun, incoming, missed, over, softphone
from .snapshot import snapshot

LOGGER = "odoo.addons.callgear_integration.models.callgear_event"
# When the calls of the builder take place, by a clock in UTC.
CALL_TIME = "2026-03-28 12:30:00"


def broken_helpdesk():
    """The helpdesk cannot make tickets: another addon is broken."""
    error = ValueError("the sequence is broken")
    return patch.object(HelpdeskTicket, "_prepare_ticket_number", side_effect=error)


class WorkerCase(CallgearCase):
    def work(self, function):
        """Do what a worker or a cron does: in a cursor of its own, with commits."""
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            function(self.env(cr=cr))

    def receive(self, call):
        """Store what a call tells, without working on it."""
        receipts = [self.connection._receive(d.event, d.body) for d in call.deliveries]
        self.assertEqual({receipt.code for receipt in receipts}, {200})
        return self.env["callgear.event"].browse([r.event_id for r in receipts])

    def let_pass(self, events, **time):
        """Attempts go by the clock of the database, which stands still in a test."""
        for event in events.filtered("next_attempt_at"):
            event.next_attempt_at -= timedelta(**time)
        self.env.flush_all()

    def cron(self, **later):
        self.let_pass(self.env["callgear.event"].search([]), **later)
        self.work(lambda env: env["callgear.event"]._cron_process())

    def sweep(self, **ago):
        """The cron runs so long after the last notification."""
        with freeze_time(fields.Datetime.now() + timedelta(**ago)):
            self.work(lambda env: env["callgear.reconciliation"]._cron_sweep())


@tagged("post_install", "-at_install")
class TestLost(WorkerCase):
    def lose(self, make, *events):
        """Deliver a call without some notifications, and wait until it is given up."""
        call = make()
        kept = [d for d in call.deliveries if d.event not in events]
        self.deliver(*kept)
        self.sweep(hours=7)
        return self.call_of(call)

    def check(self, make, losses, name, stage, user):
        for events in losses:
            with self.subTest(make.__name__, lost=events):
                point = self.env.cr.savepoint()
                call = self.lose(make, *events)
                ticket = self.tickets()
                self.assertEqual(len(ticket), 1)
                self.assertEqual(ticket.name, f"{name} +971505550123")
                self.assertEqual(ticket.stage_id, stage)
                self.assertEqual(ticket.user_id, user)
                self.assertEqual(call.state, "ended")
                self.assertEqual(len(self.notes(ticket)), 1)
                self.assertNotIn("in progress", self.notes(ticket).body)
                point.close(rollback=True)
                self.env.invalidate_all()

    def test_r40_incoming(self):
        """Whatever is lost of an answered call, it has its ticket in the end."""
        losses = [
            ["legout"],
            ["handset"],
            ["endleg"],
            ["end"],
            ["recording"],
            ["legout", "handset"],
            ["handset", "endleg"],
            ["endleg", "end"],
            ["endleg", "end", "recording"],
            ["legout", "handset", "endleg"],
        ]
        self.check(incoming, losses, "Incoming call from", self.open, self.sara)

    def test_r40_missed(self):
        """Whatever is lost of a missed call, it is missed in the end."""
        losses = [["legout"], ["endleg"], ["end"], ["endleg", "end"]]
        self.check(missed, losses, "Missed call from", self.open, self.omar)

    def test_r40_softphone(self):
        """Whatever is lost of an outgoing call, it has its closed ticket."""
        losses = [
            ["callout"],
            ["legout"],
            ["handset"],
            ["endleg"],
            ["end"],
            ["recording"],
            ["callout", "legout"],
            ["legout", "handset", "endleg"],
            ["endleg", "end"],
        ]
        self.check(softphone, losses, "Outgoing call to", self.closed, self.sara)

    def test_r40_end_after_giving_up(self):
        """An end that comes after all makes it the same as in order."""
        call = incoming()
        late = [d for d in call.deliveries if d.event in ("endleg", "end")]
        in_time = [d for d in call.deliveries if d not in late]
        point = self.env.cr.savepoint()
        self.deliver(call)
        in_order = snapshot(self.env, self.connection)
        point.close(rollback=True)
        self.env.invalidate_all()
        self.deliver(*in_time)
        self.sweep(hours=7)
        self.deliver(*late)
        self.assertEqual(snapshot(self.env, self.connection), in_order)

    def test_r40_long_conversation_is_not_given_up(self):
        """While an operator talks, silence does not end the call."""
        self.deliver(call := begun())
        self.sweep(hours=2)
        self.assertEqual(self.call_of(call).state, "talking")

    def test_r40_given_up_soon_when_all_have_left(self):
        """Only the end is missing: a quarter of an hour is enough."""
        call = CallBuilder(1).ring(SARA, 3).leave(SARA, 23, total=20)
        self.deliver(call)
        self.sweep(minutes=10)
        self.assertEqual(self.call_of(call).state, "ringing")
        self.sweep(minutes=16)
        self.assertEqual(self.call_of(call).outcome, "missed")

    def test_r40_alive_after_giving_up(self):
        """Given up while it waited in the queue, then answered: it goes on."""
        # What arrives does so by the clock of the database: the call began an hour ago.
        since = fields.Datetime.now() - timedelta(hours=1)
        start = (since - fields.Datetime.to_datetime(CALL_TIME)).total_seconds()
        call = CallBuilder(1, start=int(start)).ring(SARA, 3)
        self.deliver(call.leave(SARA, 23, total=20))
        self.sweep(minutes=20)
        self.assertEqual(self.call_of(call).state, "ended")
        self.call_of(call).given_up_at = since + timedelta(minutes=20)
        self.deliver(call.ring(OMAR, 1780).answer(OMAR, 1790))
        self.assertEqual(self.call_of(call).state, "talking")
        call.leave(OMAR, 1850, talk=60).end(1850, talk=60, employee=OMAR)
        self.deliver(call)
        self.assertEqual(self.tickets().user_id, self.omar)
        self.assertEqual(self.tickets().call_kind, "in")


@tagged("post_install", "-at_install")
class TestRetry(WorkerCase):
    def fail(self, events, times=1):
        """Work on pending notifications, so many times, while the helpdesk is broken."""
        for _time in range(times):
            self.let_pass(events, days=2)
            with broken_helpdesk(), mute_logger(LOGGER):
                self.work(lambda env: env["callgear.event"]._work_on_next())

    def failing_event(self):
        """The one notification that makes a ticket, waiting to be worked on."""
        call = CallBuilder(1).ring(SARA, 4)
        self.deliver(call)
        return self.receive(CallBuilder(1).end(20, lost=True))

    def test_r40_failure_is_written_down(self):
        """Accepted stays accepted: the event waits, with its reason."""
        event = self.failing_event()
        self.fail(event)
        self.assertEqual((event.state, event.attempts), ("pending", 1))
        self.assertIn("the sequence is broken", event.error)
        self.assertFalse(self.tickets())
        self.assertGreater(event.next_attempt_at, self.env.cr.now())

    def test_r40_cron_tries_again(self):
        """Not before its time; then it is done, and the ticket is there."""
        event = self.failing_event()
        self.fail(event)
        self.cron()
        self.assertEqual(event.state, "pending")
        self.cron(minutes=2)
        self.assertEqual((event.state, event.error), ("done", False))
        self.assertEqual(self.tickets().name, "Missed call from +971505550123")

    def test_r40_waits_longer_each_time(self):
        """The waits grow."""
        event = self.failing_event()
        waits = []
        for _time in range(6):
            self.fail(event)
            waits.append(event.next_attempt_at - self.env.cr.now())
        self.assertEqual(waits, sorted(set(waits)))
        self.assertEqual(event.state, "pending")

    def test_r40_given_up_and_shown_to_the_admin(self):
        """After the last try it has failed; the admin gets one to-do, not many."""
        event = self.failing_event()
        self.fail(event, times=7)
        self.assertEqual(event.state, "failed")
        self.assertEqual(self.connection.failed_event_count, 1)
        other = self.receive(CallBuilder(2).end(20, lost=True))
        self.fail(other, times=7)
        self.assertEqual(self.connection.failed_event_count, 2)
        kind = "callgear_integration.mail_activity_failed_notification"
        self.assertEqual(len(self.connection.activity_search([kind])), 1)

    def test_r40_unreadable_body_is_retried(self):
        """*Retry* does not queue what can still not be read; it says why."""
        receipt = self.connection._receive("end", b"{broken")
        self.assertEqual(receipt.code, 400)
        event = self.env["callgear.event"].search(
            [("connection_id", "=", self.connection.id)], limit=1
        )
        event.error = False
        event.action_retry()
        self.assertEqual(event.state, "failed")
        self.assertIn("JSON", event.error)

    def test_r40_an_attempt_counts_before_the_work(self):
        """An event that kills its worker each time is given up in the end."""
        event = self.failing_event()
        for _time in range(7):
            self.let_pass(event, days=2)
            self.env["callgear.event"]._claim(self.connection.id, event.session_id)
        self.assertEqual((event.state, event.attempts), ("pending", 7))
        self.let_pass(event, days=2)
        self.work(lambda env: env["callgear.event"]._work_on_next())
        self.assertEqual(event.state, "failed")
        self.assertEqual(event.error, "The processing has never come to an end.")
        kind = "callgear_integration.mail_activity_failed_notification"
        self.assertTrue(self.connection.activity_search([kind]))

    def test_r40_urgent_first(self):
        """What rings, what talks, what has ended, recordings: whatever came first."""
        events = self.env["callgear.event"]
        for number, name in enumerate(
            ("recording", "end", "handset", "legout", "endleg", "callout"), start=1
        ):
            [told] = [
                d
                for d in [*incoming(number).deliveries, *softphone(number).deliveries]
                if d.event == name
            ][:1]
            receipt = self.connection._receive(told.event, told.body)
            events |= events.browse(receipt.event_id)
        order = []
        while waiting := events.filtered(lambda e: e.state == "pending"):
            self.work(lambda env: env["callgear.event"]._work_on_next())
            order += (
                waiting - waiting.filtered(lambda e: e.state == "pending")
            ).mapped("event")
        self.assertEqual(
            order, ["legout", "callout", "handset", "end", "endleg", "recording"]
        )

    def test_r40_one_fold_for_all_that_waits(self):
        """All pending notifications of a call are processed at once."""
        events = self.receive(over(begun()))
        other = self.receive(begun(2))
        self.work(lambda env: env["callgear.event"]._work_on_next())
        self.assertEqual(set(events.mapped("state")), {"done"})
        self.assertEqual(set(other.mapped("state")), {"pending"})

    def test_r40_somebody_elses_lock_is_no_failed_attempt(self):
        """A failed notification is reset: it is tried again soon, like a new one."""
        event = self.failing_event()
        self.env["callgear.event"]._claim(self.connection.id, event.session_id)
        event._put_off(LockNotAvailable("somebody else's"))
        self.assertEqual((event.state, event.attempts), ("pending", 0))
        self.assertLess(
            event.next_attempt_at - self.env.cr.now(), timedelta(seconds=30)
        )

    def test_r40_retry_button(self):
        """The admin corrects the cause and presses *Retry*: nothing is lost."""
        event = self.failing_event()
        self.fail(event, times=7)
        admin = self.env.ref("base.user_admin")
        event.with_user(admin).action_retry()
        self.assertEqual((event.state, event.attempts), ("pending", 0))
        self.cron(seconds=1)
        self.assertEqual(event.state, "done")
        self.assertEqual(len(self.tickets()), 1)

    def test_r40_failed_is_mended_by_the_next_notification(self):
        """What failed in between is processed together with the next notification."""
        call = incoming()
        *before, last = call.deliveries
        call.deliveries = before
        events = self.receive(call)
        self.fail(events)
        self.assertEqual(set(events.mapped("state")), {"pending"})
        call.deliveries = [last]
        events |= self.receive(call)
        self.work(lambda env: env["callgear.event"]._work_on_next())
        self.assertEqual(set(events.mapped("state")), {"done"})
        self.assertEqual(len(self.tickets()), 1)

    def test_r40_one_bad_call_holds_up_no_other(self):
        """The cron goes on with other calls if one fails again and again."""
        bad = self.failing_event()
        good = self.receive(begun(2))
        with broken_helpdesk(), mute_logger(LOGGER):
            self.cron()
        self.assertEqual(bad.state, "pending")
        self.assertEqual(set(good.mapped("state")), {"done"})

    def test_r40_worker_died(self):
        """Stored but never processed: the cron processes it."""
        events = self.receive(over(begun()))
        self.cron()
        self.assertEqual(set(events.mapped("state")), {"done"})
        self.assertEqual(len(self.tickets()), 1)

    def test_r40_repeat_of_a_failed_one(self):
        """CallGear sends it again while it waits: known already, stored once."""
        event = self.failing_event()
        self.fail(event)
        again = self.connection._receive(event.event, event.payload.encode())
        self.assertEqual(again.answer, {"status": "duplicate"})

    def test_r40_unreadable_body_is_kept(self):
        """What cannot be read is kept as failed: the admin sees what to correct."""
        receipt = self.connection._receive("end", b"{broken")
        self.assertEqual(receipt.code, 400)
        event = self.env["callgear.event"].search(
            [("connection_id", "=", self.connection.id)], limit=1
        )
        self.assertEqual((event.state, event.payload), ("failed", "{broken"))
        self.assertTrue(event.error)
        self.assertEqual(self.connection.failed_event_count, 1)

    def test_r40_stage_deleted(self):
        """A stage that a connection uses cannot be deleted."""
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.closed.unlink()
        self.deliver(softphone())
        self.assertEqual(self.tickets().stage_id, self.closed)
