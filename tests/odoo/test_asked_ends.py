# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R50: calls that were not started in Odoo, and whose end was lost, are asked about."""

from datetime import datetime, timedelta
from unittest.mock import patch
from zoneinfo import ZoneInfo

from odoo import fields

from odoo.addons.callgear_integration.tests.builder import (
    MARYAM,
    NOBODY,
    OMAR,
    SARA,
    UNKNOWN,
    CallBuilder,
)
from odoo.addons.callgear_integration.tests.case import tagged

from simulator.order import Order
from simulator.people import contact_by_number, operator_by_id

from ..simulated_case import SimulatedCase

KINDS = {"in": "live", "out": "live-softphone"}


@tagged("post_install", "-at_install")
class TestAskedEnds(SimulatedCase):
    def begin(self, caller=MARYAM, direction="in", employee=SARA, answered=True):
        """A call at the PBX, and what CallGear has told of it until now.

        :return: the call as it is told, and the hand that plays it
        """
        order = Order(
            KINDS[direction],
            contact_by_number(caller),
            (operator_by_id(employee.id),),
        )
        placed = self.simulator.place(order)
        hand = placed.hand()
        told = CallBuilder(1, caller, direction)
        told.session = placed.session_id
        now = datetime.now(ZoneInfo("Asia/Dubai")).replace(tzinfo=None)
        told.began = now - timedelta(seconds=30)  # what is told has happened already
        for leg in hand.session.legs:
            told.legs[NOBODY if leg.contact else employee] = leg.leg_id
        if direction == "in":
            told.ring(employee, 1)
        else:
            told.call_out(employee).ring(NOBODY, 1)
        if answered:
            hand.answer()
            told.answer(employee if direction == "in" else NOBODY, 2)
        self.deliver(told)
        return told, hand

    def minutes_later(self, minutes, *calls):
        """Nothing more is heard of the calls for so long; the cron works meanwhile."""
        since = fields.Datetime.now() - timedelta(minutes=minutes)
        for call in calls:
            self.call_of(call).last_event_at = since
        self.env.flush_all()
        self.env.cr.precommit.run()  # what pages were told until now
        with (
            patch("time.sleep"),  # between the client's own tries
            self.enter_registry_test_mode(),
            self.registry.cursor() as cr,
        ):
            self.env(cr=cr)["callgear.reconciliation"]._cron_sweep()
        self.env.invalidate_all()

    def rest(self, told):
        """The notifications of the end, as they should have come at once."""
        before = len(told.deliveries)
        told.leave(SARA, 65, talk=63, total=64).end(65, talk=63, employee=SARA, wait=2)
        return told.deliveries[before:]

    # -------------------------------------------------------------- it is over

    def test_r50_it_is_over(self):
        """The popup goes, the ticket is made: nobody waits for six hours."""
        told, hand = self.begin()
        self.assertTrue(self.payloads(self.sara))
        hand.hang_up()
        self.minutes_later(6, told)
        call = self.call_of(told)
        self.assertEqual((call.state, call.outcome), ("ended", "answered"))
        self.assertFalse(call.length_unknown or call.given_up_at)
        self.assertFalse(self.payloads(self.sara))
        self.assertEqual(self.bus_told(self.sara)["state"], "ended")
        self.assertEqual(len(call.ticket_ids), 1)
        self.assertEqual(call.ticket_ids.user_id, self.sara)
        self.assertTrue(any(call.event_ids.mapped("from_api")))

    def test_r50_whatever_kind_of_call(self):
        """As the report says: missed, not answered, talked from the softphone."""
        for answered, direction, outcome in (
            (False, "in", "missed"),
            (False, "out", "unanswered"),
            (True, "out", "answered"),
        ):
            with self.subTest(outcome):
                told, hand = self.begin(UNKNOWN, direction, OMAR, answered)
                hand.hang_up()
                self.minutes_later(6, told)
                call = self.call_of(told)
                self.assertEqual((call.state, call.outcome), ("ended", outcome))
                self.assertFalse(call.length_unknown)
                self.assertEqual(call.ticket_ids.user_id, self.omar)
                self.assertFalse(self.payloads(self.omar))

    def test_r50_news_are_waited_for(self):
        """A call of which something has been heard just now is not asked about."""
        told, hand = self.begin()
        hand.hang_up()
        self.minutes_later(4, told)
        self.assertEqual(self.call_of(told).state, "talking")

    def test_r50_at_once_when_the_agent_answers_the_next_call(self):
        first, hand = self.begin()
        hand.hang_up()
        second, _hand = self.begin(UNKNOWN)
        self.minutes_later(1, first)
        self.assertEqual(self.call_of(first).state, "ended")
        self.assertEqual(self.call_of(second).state, "talking")
        [popup] = self.payloads(self.sara)
        self.assertEqual(popup["id"], self.leg(second, self.sara).id)

    def test_r40_its_notifications_come_after_all(self):
        """One call, one ticket, one message; what was told is believed."""
        told, hand = self.begin()
        hand.hang_up()
        self.minutes_later(6, told)
        ticket = self.call_of(told).ticket_ids
        self.deliver(*self.rest(told))
        call = self.call_of(told)
        self.assertEqual((call.ticket_ids, call.talk_seconds), (ticket, 63))
        self.assertEqual(len(self.notes(ticket)), 1)
        self.assertIn("talked 1:03", self.notes(ticket).body)

    # ------------------------------------------------------------ it goes on

    def test_r50_it_goes_on(self):
        """Long talks are left alone, however often it is asked."""
        told, _hand = self.begin()
        for _time in range(2):
            self.minutes_later(100, told)
            self.assertEqual(self.call_of(told).state, "talking")
            self.assertTrue(self.payloads(self.sara))
        self.assertFalse(self.call_of(told).ticket_ids)

    def test_r50_two_go_on(self):
        """Who was taken to have left the first is shown both again."""
        first, _hand = self.begin()
        second, _hand = self.begin(UNKNOWN)
        self.assertEqual(len(self.payloads(self.sara)), 1)
        self.minutes_later(1, first, second)
        self.assertEqual(len(self.payloads(self.sara)), 2)

    # ----------------------------------------- nobody knows, or nobody answers

    def nobody_tells(self):
        """Ways in which nothing is learnt of a call."""
        yield "forgotten", self.simulator._calls.clear
        yield "refused", lambda: self.account(api_key_state="expired")
        yield "out of order", lambda: self.account(api_fault="internal_error")
        yield "no key", lambda: self.connection.write({"api_key": False})

    def test_r50_given_up_with_what_is_known(self):
        for name, happens in self.nobody_tells():
            with self.subTest(name):
                told, hand = self.begin()
                hand.hang_up()
                happens()
                self.minutes_later(20, told)
                self.assertEqual(self.call_of(told).state, "talking")
                self.minutes_later(121, told)
                self.assertFalse(self.payloads(self.sara))
                self.minutes_later(361, told)
                call = self.call_of(told)
                self.assertEqual((call.state, call.outcome), ("ended", "answered"))
                self.assertTrue(call.length_unknown)
                [note] = self.notes(call.ticket_ids)
                self.assertIn("length unknown", note.body)
                self.deliver(*self.rest(told))
                self.assertFalse(self.call_of(told).length_unknown)
                self.assertEqual(self.notes(call.ticket_ids), note)
                self.assertIn("talked 1:03", note.body)
                self.account(api_key_state="valid", api_fault="ok")

    def test_r50_running_calls_are_not_told(self):
        """Without the service that lists them, the report alone says what is over."""
        over, hand = self.begin()
        goes_on, _hand = self.begin(UNKNOWN, employee=OMAR)
        hand.hang_up()
        self.account(api_components=("data",))
        self.minutes_later(20, over, goes_on)
        self.assertEqual(self.call_of(over).state, "ended")
        self.assertEqual(self.call_of(goes_on).state, "talking")

    def test_r50_a_report_that_cannot_be_used_stops_nothing(self):
        """Neither the other calls nor the sweep."""
        good, hand = self.begin(UNKNOWN, employee=OMAR)
        bad, other_hand = self.begin()
        hand.hang_up()
        other_hand.hang_up()
        reconciliation = type(self.env["callgear.reconciliation"])
        report = reconciliation._report

        def odd(service, data_api, window, key, session_id):
            if session_id == str(bad.session):
                raise KeyError("odd")
            return report(service, data_api, window, key, session_id)

        self.patch(reconciliation, "_report", odd)
        self.minutes_later(20, good, bad)
        self.assertEqual(self.call_of(good).state, "ended")
        self.assertEqual(self.call_of(bad).state, "talking")
        self.minutes_later(361, bad)
        self.assertEqual(self.call_of(bad).state, "ended")
