# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R26, R28, R32, R47: history is what stands in tickets; other calls do not count."""

from itertools import permutations

from .builder import MARYAM, OMAR, UNKNOWN, WAREHOUSE, CallBuilder
from .case import CallgearCase, tagged
from .scenarios import (
    HOUR,
    incoming,
    missed,
    softphone_unanswered,
    unmapped_answers,
    unmapped_missed,
    voicemail,
)
from .snapshot import snapshot
from .test_working_hours import HoursCase


def warehouse_talks(number, start, caller=MARYAM):
    """Only the warehouse is rung, and answers."""
    call = CallBuilder(number, caller, start=start)
    call.ring(WAREHOUSE, 2).answer(WAREHOUSE, 9).leave(WAREHOUSE, 50, talk=41)
    return call.end(50, talk=41, employee=WAREHOUSE, wait=9)


def internal(number, start, _caller=None):
    """A colleague, whose number is not a caller's."""
    return missed(number, start, caller="102")


# Calls without a ticket.
WITHOUT_TICKET = {
    "only unmapped operators are rung": unmapped_missed,
    "an unmapped operator talks": unmapped_answers,
    "an unmapped operator talks, alone": warehouse_talks,
    "internal": internal,
}


@tagged("post_install", "-at_install")
class TestHistory(CallgearCase):
    def each(self, check):
        for name, make in WITHOUT_TICKET.items():
            with self.subTest(name):
                self.rolled_back(check, make)

    def test_r26_calls_without_a_ticket_do_not_cut_a_group(self):
        def check(make):
            self.deliver(missed(1), make(2, HOUR), missed(3, 2 * HOUR))
            self.assertEqual(len(self.tickets()), 1)
            self.assertEqual(self.tickets().call_count, 2)

        self.each(check)

    def test_r32_calls_without_a_ticket_do_not_hide_the_missed_one(self):
        """Answered in a new ticket, the missed call's is closed."""

        def check(make):
            ticket = self.deliver(missed(1)).ticket_ids
            self.deliver(make(2, HOUR))
            self.assertEqual(ticket.stage_id, self.open)
            self.deliver(incoming(3, 2 * HOUR, employee=OMAR))
            self.assertEqual(ticket.stage_id, self.closed)
            self.assertFalse(ticket.call_waiting_since)

        self.each(check)

    def test_r24_calls_without_a_ticket_do_not_hide_it_from_an_attempt(self):
        def check(make):
            ticket = self.deliver(missed(1)).ticket_ids
            self.deliver(make(2, HOUR), softphone_unanswered(3, 2 * HOUR))
            self.assertEqual(self.tickets(), ticket)

        self.each(check)

    maxDiff = None

    def left_by(self, *deliveries):
        with self.undone():
            for delivery in deliveries:
                self.post(delivery)
            return snapshot(self.env, self.connection)

    def test_r28_what_a_machine_has_taken_changes_no_group(self):
        """Until its message arrives, it may count as a missed call, or as a talk."""
        for rung, lost in ((False, True), (True, False)):
            for others in (
                [softphone_unanswered(2, HOUR), missed(3, 2 * HOUR)],
                [softphone_unanswered(2, 20), missed(3, 60)],
                [softphone_unanswered(2, HOUR), incoming(3, 2 * HOUR)],
                [missed(2, -HOUR), softphone_unanswered(3, HOUR)],
                [missed(2, -HOUR), missed(3, HOUR)],
            ):
                told = [one for call in others for one in call.deliveries]
                *first, message = voicemail(1, rung=rung, lost=lost).deliveries
                expected = self.left_by(*first, message, *told)
                names = [call.deliveries[0].event for call in others]
                with self.subTest(rung=rung, lost=lost, others=names):
                    self.assertEqual(self.left_by(*first, *told, message), expected)
                    self.assertEqual(self.left_by(*told, *first, message), expected)

    def test_r47_whoever_has_talked_with_somebody_does_not_wait(self):
        for make in (unmapped_answers, warehouse_talks):
            with self.subTest(make.__name__):
                self.rolled_back(self.check_talked, make)

    def check_talked(self, make):
        ticket = self.deliver(missed(1)).ticket_ids
        call = self.deliver(make(2, HOUR))
        self.assertFalse(call.ticket_ids)
        self.assertFalse(ticket.call_missed_since)
        self.assertFalse(ticket.call_waiting_since)
        self.assertEqual(ticket.stage_id, self.open)

    def test_r47_who_was_rung_in_vain_goes_on_waiting(self):
        """At unmapped operators, or at night: nobody has talked with them."""
        ticket = self.deliver(missed(1)).ticket_ids
        since = ticket.call_waiting_since
        self.deliver(unmapped_missed(2, HOUR))
        self.assertEqual(ticket.call_waiting_since, since)

    def test_r40_talks_of_unmapped_operators_in_any_order(self):
        """Missed, talk, missed, answered: one ticket, closed; whatever comes first."""
        calls = (
            missed(1),
            warehouse_talks(2, HOUR),
            missed(3, 2 * HOUR),
            incoming(4, 3 * HOUR),
        )
        for order in permutations(calls):
            with self.subTest([call.session for call in order]):
                self.rolled_back(self.check_order, calls, order)

    def check_order(self, calls, order):
        self.deliver(*order)
        first, _talk, last, answered = (self.call_of(call) for call in calls)
        self.assertEqual(first.ticket_ids, last.ticket_ids)
        self.assertEqual(first.ticket_ids.stage_id, self.closed)
        self.assertNotEqual(answered.ticket_ids, first.ticket_ids)
        self.assertFalse(first.ticket_ids.call_missed_since)


@tagged("post_install", "-at_install")
class TestOutsideHours(HoursCase):
    def test_r28_a_call_at_night_does_not_cut_the_history(self):
        """Missed, missed after hours, missed: one ticket; answered: it is closed."""
        for number, caller in ((10, MARYAM), (20, UNKNOWN)):
            with self.subTest(caller):
                week = 7 * 24 * HOUR
                first = self.deliver(missed(number + 1, caller=caller)).ticket_ids
                late = self.deliver(missed(number + 2, HOUR, caller))
                self.assertEqual(late.reason, "outside_hours")
                self.assertEqual(first.call_waiting_since, first.call_missed_since)
                self.assertTrue(first.call_waiting_since)
                self.deliver(missed(number + 3, week, caller))
                self.assertEqual(first.call_count, 2)
                self.deliver(incoming(number + 4, week + 600, caller, OMAR))
                self.assertEqual(first.stage_id, self.closed)

    def test_r24_an_attempt_after_a_call_at_night(self):
        """It is noted in the ticket that waits, not in one of its own."""
        ticket = self.deliver(missed(1)).ticket_ids
        self.deliver(missed(2, HOUR), softphone_unanswered(3, 2 * HOUR))
        self.assertEqual(self.tickets(), ticket)
