# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R46: a missed call has a reason to filter and count by."""

import random
from datetime import datetime, timedelta

from ..callgear.report_rows import ReportedCall
from ..models.callgear_call import _FILL_MISSED_REASON
from .builder import LINA, OMAR, SARA, CallBuilder
from .case import CallgearCase, tagged
from .scenarios import HOUR, incoming, missed, missed_in_menu, queue, voicemail
from .test_working_hours import HoursCase


def all_busy(number=1, start=0):
    """Sara's and Omar's phones refuse the call; an announcement goes on."""
    call = CallBuilder(number, start=start)
    call.ring(SARA, 4).leave(SARA, 5, total=1).ring(OMAR, 6).leave(OMAR, 6.4, total=0)
    return call.end(20, wait=20)


def one_busy(number=1, start=0):
    call = CallBuilder(number, start=start)
    call.ring(SARA, 4).leave(SARA, 5, total=1).ring(LINA, 6).leave(LINA, 26, total=20)
    return call.end(26, wait=26)


@tagged("post_install", "-at_install")
class TestMissedReason(CallgearCase):
    def test_r46_each_reason_by_the_legs(self):
        for make, expected in (
            (missed, "not_picked_up"),
            (one_busy, "not_picked_up"),
            (all_busy, "nobody_free"),
            (missed_in_menu, "left_early"),
            (incoming, False),
        ):
            with self.subTest(make.__name__), self.undone():
                self.assertEqual(self.deliver(make()).missed_reason, expected)

    def reason_of(self, call):
        return self.deliver(call).missed_reason

    def test_r46_the_reason_does_not_depend_on_the_order(self):
        for make in (missed, one_busy, all_busy, missed_in_menu):
            expected = self.rolled_back(self.reason_of, make())
            for seed in range(4):
                told = make().deliveries
                random.Random(seed).shuffle(told)
                with self.subTest(make.__name__, seed=seed), self.undone():
                    self.deliver(*told)
                    call = self.call_of(make())
                    self.assertEqual(call.missed_reason, expected)

    def test_r46_the_reason_follows_what_becomes_known(self):
        """That a phone was busy, before the one that rang is known of."""
        call = one_busy()
        late = [d for d in call.deliveries if str(LINA.id) in d.text]
        soon = [d for d in call.deliveries if d not in late]
        self.deliver(*soon)
        self.assertEqual(self.call_of(call).missed_reason, "nobody_free")
        self.deliver(*late)
        self.assertEqual(self.call_of(call).missed_reason, "not_picked_up")

    def test_r46_of_a_call_that_was_answered_after_all_there_is_none(self):
        call = incoming()
        end = next(d for d in call.deliveries if d.event == "end")
        lost = CallBuilder(1).end(220, lost=True).deliveries
        self.deliver(*lost)
        self.assertEqual(self.call_of(call).missed_reason, "left_early")
        self.deliver(*[d for d in call.deliveries if d is not end])
        self.assertFalse(self.call_of(call).missed_reason)

    def test_r46_phones_that_rang_long_before_count(self):
        """Their notifications are not read again."""
        call = queue(30, answered=False)
        call.deliveries = call.deliveries[:-1]
        call.ring(LINA, 310).leave(LINA, 311, total=1).end(330, wait=330)
        found = self.deliver(call)
        self.assertTrue(found.absorbed)
        self.assertEqual(found.missed_reason, "not_picked_up")

    def test_r46_calls_of_the_time_before_get_a_reason(self):
        made = [missed(1), one_busy(2, HOUR), all_busy(3, 2 * HOUR)]
        made += [missed_in_menu(4, 3 * HOUR), voicemail(5, 4 * HOUR)]
        self.connection.voicemail_tickets = True
        for call in made:
            self.deliver(call)
        calls = self.env["callgear.call"].search(
            [("connection_id", "=", self.connection.id)]
        )
        expected = {call.session_id: call.missed_reason for call in calls}
        self.assertEqual(len(set(expected.values())), 4)
        calls.missed_reason = False
        self.env.flush_all()
        self.env.cr.execute(_FILL_MISSED_REASON)
        calls.invalidate_recordset(["missed_reason"])
        found = {call.session_id: call.missed_reason for call in calls}
        self.assertEqual(found, expected)


@tagged("post_install", "-at_install")
class TestFetchedReason(CallgearCase):
    """What only CallGear's report says of the end of a call."""

    def fetch(self, call, said):
        """Store the report's row of a call as reconciliation does."""
        start = datetime(2026, 3, 28, 16, 30)
        row = ReportedCall(
            session_id=str(call.session),
            communication_id=str(call.session),
            start_time=start,
            finish_time=start + timedelta(seconds=9),
            finish_reason=said,
            direction="in",
            is_lost=True,
            contact_phone=call.caller,
        )
        reconciliation = self.env["callgear.reconciliation"]
        reconciliation._store_report(self.connection, row, [], self.call_of(call))
        self.env.flush_all()
        return self.call_of(call)

    def test_r46_r50_callgears_word_decides_what_legs_leave_open(self):
        for said, expected in (
            ("sip_offline", "nobody_free"),
            ("disconnect_before_call_processing", "left_early"),
            ("something_new", "left_early"),
            (None, "left_early"),
        ):
            call = missed_in_menu()
            with self.subTest(said), self.undone():
                self.deliver(call)
                found = self.fetch(call, said)
                self.assertEqual(found.missed_reason, expected)
                self.assertEqual(found.finish_reason or None, said)

    def test_r46_r50_fetched_first_and_told_later_is_the_same(self):
        call = missed_in_menu()
        self.deliver(call.deliveries[0])
        self.fetch(call, "employee_busy")
        self.deliver(*call.deliveries[1:])
        self.assertEqual(self.call_of(call).missed_reason, "nobody_free")

    def test_r46_a_word_of_any_length_is_kept_short(self):
        call = missed_in_menu()
        self.deliver(call)
        self.assertEqual(len(self.fetch(call, "x" * 5000).finish_reason), 256)


@tagged("post_install", "-at_install")
class TestOutsideHoursReason(HoursCase):
    def test_r46_r28_outside_hours_is_a_reason_though_there_is_no_ticket(self):
        call = self.deliver(missed(1, HOUR))
        found = call.search([("missed_reason", "=", "outside_hours")])
        self.assertIn(call, found)
        self.assertFalse(call.ticket_ids)
        groups = call._read_group(
            [("id", "in", call.ids)], ["missed_reason"], ["__count"]
        )
        self.assertEqual(groups, [("outside_hours", 1)])
