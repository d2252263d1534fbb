# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Calls from Odoo whose answer or whose notifications go astray."""

from datetime import timedelta
from unittest.mock import patch
from zoneinfo import ZoneInfo

from odoo import fields

from odoo.addons.callgear_integration.tests.builder import (
    MARYAM,
    NOBODY,
    SARA,
    CallBuilder,
)
from odoo.addons.callgear_integration.tests.case import tagged

from simulator.call_rows import call_row

from ..simulated_case import SimulatedCase
from ..waiting import wait_until

NUMBER = f"+{MARYAM}"


@tagged("post_install", "-at_install")
class TestUnheard(SimulatedCase):
    def setUp(self):
        super().setUp()
        self.ticket = self.plain_ticket()

    def call(self):
        """Sara presses the handset in the ticket."""
        return self.ticket.with_user(self.sara).action_callgear_call()

    def minutes_later(self, minutes):
        """Let this time pass since the call was started, without notifications."""
        own = self.own_calls()
        own.last_event_at = fields.Datetime.now() - timedelta(minutes=minutes)
        self.env["callgear.reconciliation"]._cron_find_unheard()
        return own.exists()

    # ------------------------------------------------ the webhook is faster

    def test_r18_a_notification_outruns_the_answer(self):
        """It finds the call by our key, before the session is known to us."""
        own = self.env["callgear.dialer"]._prepare(
            self.connection, self.sara, NUMBER, self.maryam, self.ticket
        )
        told = CallBuilder(
            1, direction="in", source="callapi", external_id=own.external_id
        )
        self.deliver(told.ring(SARA, 1))
        self.assertEqual(own.session_id, str(told.session))
        self.env["callgear.dialer"]._note_session(own, str(told.session))
        self.deliver(told.answer(SARA, 5))
        self.assertEqual(self.own_calls(), own)
        self.assertEqual(own.direction, "out")

    def test_r18_notifications_without_our_key(self):
        """An old template leaves the key out: the call made of them becomes ours."""
        own = self.env["callgear.dialer"]._prepare(
            self.connection, self.sara, NUMBER, self.maryam, self.ticket
        )
        key = own.external_id
        told = CallBuilder(1, direction="in", source=None)
        other = self.deliver(told.ring(SARA, 1))
        self.assertEqual((other.direction, other == own), ("in", False))
        self.env["callgear.dialer"]._note_session(own, str(told.session))
        self.assertFalse(own.exists())
        self.assertEqual((other.external_id, other.direction), (key, "out"))
        self.assertEqual(other.origin_ticket_id, self.ticket)
        told.answer(SARA, 5).ring(NOBODY, 6).answer(NOBODY, 20)
        told.leave(NOBODY, 80, talk=60, is_operator=False).leave(SARA, 81, talk=60)
        self.deliver(told.end(81, talk=60, employee=SARA))
        self.assertEqual(self.tickets(), self.ticket)

    # --------------------------------------------------- the answer is lost

    def test_r22_answer_lost_the_call_is_made(self):
        """The agent is told of the doubt, and the call goes on as any other."""
        self.account(api_fault="drop_after", api_fault_count=1)
        action = self.call()
        self.assertEqual(action["tag"], "display_notification")
        own = self.own_calls()
        self.assertFalse(own.session_id)
        [asked] = self.asked
        told = CallBuilder(
            1, direction="out", source="callapi", external_id=own.external_id
        )
        told.session = asked.session_id
        self.deliver(told.ring(SARA, 1))
        self.assertEqual(self.own_calls(), own)
        self.assertEqual(own.session_id, str(asked.session_id))

    def test_r22_answer_lost_and_no_notification(self):
        """Among the running calls it is found by our key."""
        self.account(api_fault="drop_after", api_fault_count=1)
        self.call()
        own = self.minutes_later(3)
        self.assertEqual(own.session_id, str(self.asked[0].session_id))
        self.assertEqual(own.state, "ringing")
        self.assertEqual(self.payloads(self.sara)[0]["can"], ["hang_up"])

    # ------------------------------------------------ no webhook ever comes

    def hung_up(self, answered):
        [asked] = self.asked
        hand = asked.hand()
        hand.answer()
        if answered:
            hand.answer()
        hand.hang_up()
        if answered:  # the file is ready a moment after the call
            dubai = ZoneInfo("Asia/Dubai")
            wait_until(lambda: call_row(asked, dubai)["call_records"])

    def test_r20_unheard_conversation_is_in_the_report(self):
        """The message, its talk time and its recording are there as if delivered."""
        self.call()
        self.hung_up(answered=True)
        own = self.minutes_later(3)
        self.assertEqual((own.state, own.outcome), ("ended", "answered"))
        self.assertEqual(self.tickets(), self.ticket)
        self.assertEqual(len(self.notes(self.ticket)), 1)
        self.assertEqual(self.notes(self.ticket).author_id, self.sara.partner_id)
        self.assertEqual(len(own.recording_ids), 1)
        self.assertTrue(all(own.event_ids.mapped("from_api")))

    def test_r21_unheard_attempt_is_in_the_report(self):
        self.call()
        self.hung_up(answered=False)
        own = self.minutes_later(3)
        self.assertEqual((own.outcome, own.reason), ("unanswered", "unanswered"))
        self.assertIn("no answer", self.notes(self.ticket).body)

    def test_r2_a_report_is_no_notification(self):
        """The set-up page still says which notification never came."""
        self.call()
        self.hung_up(answered=True)
        self.minutes_later(3)
        received = self.connection.notification_template_ids.mapped("last_received_at")
        self.assertFalse(any(received))

    def test_r40_notifications_that_come_after_the_report(self):
        """What was asked for is no more than that: one call, one message."""
        self.call()
        self.hung_up(answered=True)
        own = self.minutes_later(3)
        told = self.told_of(own)
        legs = self.asked[0].hand().session.legs
        told.legs = {SARA: legs[0].leg_id, NOBODY: legs[1].leg_id}
        told.ring(SARA, 0).answer(SARA, 0).ring(NOBODY, 0)
        self.deliver(told.end(1, talk=1, employee=SARA))
        self.assertEqual(self.own_calls(), own)
        self.assertEqual(own.outcome, "answered")
        self.assertEqual(len(self.notes(self.ticket)), 1)

    def test_r50_a_row_that_cannot_be_read_is_not_unknown(self):
        """The call is not given up, and is completed once the row can be read."""
        self.call()
        self.hung_up(answered=True)
        self.account(api_fault="unreadable", api_fault_method="get.calls_report")
        own = self.minutes_later(31)
        self.assertEqual((own.state, own.given_up_at), ("ringing", False))
        self.account(api_fault="ok", api_fault_method="")
        own = self.minutes_later(31)
        self.assertEqual((own.state, own.outcome), ("ended", "answered"))

    # -------------------------------------------------- nobody knows of it

    def forgotten(self):
        """CallGear was asked, and knows nothing of the call."""
        self.call()
        self.simulator._calls.clear()

    def test_r22_unknown_to_callgear(self):
        """It is not given up at once, as reports may be late; then it is."""
        self.forgotten()
        self.assertEqual(self.minutes_later(3).state, "ringing")
        own = self.minutes_later(31)
        self.assertEqual((own.state, own.outcome), ("ended", "unanswered"))
        self.assertEqual(own.reason, "unheard")
        self.assertIn("CallGear never reported it", self.notes(self.ticket).body)
        self.assertFalse(self.payloads(self.sara))

    def test_r22_without_a_session(self):
        """Not even CallGear's answer has come."""
        self.account(api_fault="drop_after", api_fault_count=1)
        self.call()
        self.simulator._calls.clear()
        own = self.minutes_later(31)
        self.assertEqual((own.state, own.reason), ("ended", "unheard"))

    def test_r40_heard_of_after_it_was_given_up(self):
        """Late notifications make it what it was: one message, a conversation."""
        self.account(api_fault="drop_after", api_fault_count=1)
        self.call()
        session = self.asked[0].session_id
        self.simulator._calls.clear()
        own = self.minutes_later(31)
        told = CallBuilder(
            1, direction="out", source="callapi", external_id=own.external_id
        )
        told.session = session
        told.ring(SARA, 1).answer(SARA, 5).ring(NOBODY, 6).answer(NOBODY, 20)
        told.leave(NOBODY, 80, talk=60, is_operator=False).leave(SARA, 81, talk=60)
        self.deliver(told.end(81, talk=60, employee=SARA))
        self.assertEqual(self.own_calls(), own)
        self.assertEqual((own.outcome, own.reason), ("answered", "answered"))
        self.assertEqual(own.session_id, str(session))
        self.assertEqual(len(self.notes(self.ticket)), 1)
        self.assertIn("talked", self.notes(self.ticket).body)

    def test_r22_apis_out_of_order(self):
        """While CallGear cannot be asked, nothing is concluded, up to a limit."""
        self.call()
        self.account(api_fault="internal_error")
        with patch("time.sleep"):  # between the client's own tries
            self.assertEqual(self.minutes_later(3).state, "ringing")
            self.assertEqual(self.minutes_later(31).reason, "unheard")

    def test_r22_the_key_is_gone(self):
        """Without a key nobody can be asked."""
        self.call()
        self.connection.api_key = False
        self.assertEqual(self.minutes_later(3).reason, "unheard")

    def test_r18_calls_that_are_heard_of_are_left_alone(self):
        """CallGear is not asked about those that its notifications tell of."""
        self.call()
        own = self.own_calls()
        self.talking(own)
        self.simulator._calls.clear()
        self.assertEqual(self.minutes_later(3).state, "talking")
