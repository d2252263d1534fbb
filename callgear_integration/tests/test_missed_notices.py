# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R47: a missed call's notice goes from all pages as soon as somebody acts on it."""

from datetime import datetime

from freezegun import freeze_time

from odoo.exceptions import UserError

from .builder import NOBODY, OMAR, SARA, UNKNOWN, CallBuilder
from .case import CallgearCase, tagged
from .scenarios import (
    HOUR,
    begun,
    incoming,
    missed,
    softphone,
    softphone_unanswered,
    unmapped_answers,
)


@tagged("post_install", "-at_install")
class TestMissedNotices(CallgearCase):
    def setUp(self):
        super().setUp()
        self.call = self.deliver(missed(1))
        self.leg = self.call.leg_ids.filtered("entry")
        self.ticket = self.leg.ticket_id
        self.assertEqual(self.leg.user_id, self.omar)
        self.assertTrue(self.notice())
        self.taken_back()

    def notice(self, leg=None):
        """What the agent of a missed call is told of it."""
        return self.told(leg or self.leg)["missed_notice"]

    def taken_back(self):
        """The notices taken back since this was last asked: list of (contact, calls)."""
        told = self.sent("callgear.missed")
        return [(contact, payload["call_ids"]) for contact, payload in told]

    def assertTakenBack(self, *calls):
        calls = calls or [self.call]
        told = [(self.omar.partner_id.id, [call.id for call in calls])]
        self.assertEqual(self.taken_back(), told)
        self.assertIsNone(self.notice())

    # --------------------------------------------------------------- what takes it back

    def test_r47_a_claim(self):
        self.ticket.with_user(self.sara).action_callgear_claim()
        self.assertTakenBack()

    def test_r47_a_ticket_that_is_given_to_somebody(self):
        self.ticket.with_user(self.sara).user_id = self.lina
        self.assertTakenBack()

    def test_r47_done_without_a_call_back(self):
        self.ticket.with_user(self.sara).action_callgear_done()
        self.assertTakenBack()

    def test_r47_a_closed_ticket(self):
        self.ticket.with_user(self.sara).stage_id = self.closed
        self.assertTakenBack()

    def test_r47_an_archived_ticket(self):
        self.ticket.active = False
        self.assertTakenBack()

    def test_r47_a_deleted_ticket(self):
        self.ticket.unlink()
        told = [(self.omar.partner_id.id, [self.call.id])]
        self.assertEqual(self.taken_back(), told)

    def test_r47_a_colleague_who_begins_to_call_back(self):
        """At the first sign of it, before anybody has picked up."""
        told = softphone(2, HOUR).deliveries
        self.deliver(told[0])
        self.assertTakenBack()
        self.deliver(*told[1:])
        self.assertIsNone(self.notice())

    def test_r47_a_call_back_in_vain_does_not_bring_it_again(self):
        self.deliver(softphone_unanswered(2, HOUR))
        self.assertTakenBack()
        self.assertTrue(self.ticket.call_waiting_since, "they still wait in the list")

    def test_r47_whoever_talks_with_the_caller(self):
        for name, talk in (
            ("they call again", begun),
            ("it is known late", incoming),
            ("not mapped", unmapped_answers),
        ):
            with self.subTest(name), self.undone():
                self.deliver(talk(2, HOUR))
                self.assertTakenBack()

    # ------------------------------------------------------------ what does not

    def test_r47_another_callers_call_takes_nothing_back(self):
        self.deliver(softphone(2, HOUR, caller=UNKNOWN))
        self.assertEqual(self.taken_back(), [])
        self.assertTrue(self.notice())

    def test_r47_a_call_before_it_takes_nothing_back(self):
        self.deliver(softphone_unanswered(2, -HOUR))
        self.assertEqual(self.taken_back(), [])
        self.assertTrue(self.notice())

    def test_r47_a_caller_who_rings_again_still_waits(self):
        self.deliver(CallBuilder(2, start=HOUR).ring(SARA, 1))
        self.assertEqual(self.taken_back(), [])
        self.assertTrue(self.notice())

    def test_r47_changes_of_no_concern_are_not_told(self):
        self.ticket.with_user(self.sara).write({"name": "Asks for a price"})
        self.ticket.with_user(self.sara).action_callgear_claim()
        self.taken_back()
        self.ticket.with_user(self.sara).stage_id = self.closed
        self.assertEqual(self.taken_back(), [], "it was taken back by the claim")

    # ------------------------------------------------------------ several, and the order

    def test_r47_the_next_missed_call_is_told_of_again(self):
        self.deliver(softphone_unanswered(2, HOUR))
        self.assertTakenBack()
        again = self.deliver(missed(3, 2 * HOUR))
        leg = again.leg_ids.filtered("entry")
        self.assertEqual(leg.ticket_id, self.ticket)
        self.assertTrue(self.notice(leg))
        self.assertIsNone(self.notice())
        self.assertEqual(self.taken_back(), [])

    def test_r47_who_claimed_it_before_has_not_attended_to_the_next_call(self):
        """It is told of, and taken back when somebody acts again."""
        with freeze_time(datetime(2026, 3, 28, 12, 45)):
            self.ticket.with_user(self.sara).action_callgear_claim()
        self.assertTakenBack()
        again = self.deliver(missed(2, HOUR))
        leg = again.leg_ids.filtered("entry")
        self.assertEqual(leg.ticket_id, self.ticket)
        self.assertTrue(self.notice(leg))
        self.assertIsNone(self.notice())
        self.ticket.with_user(self.sara).stage_id = self.closed
        self.assertTakenBack(again)

    def test_r47_claimed_anew(self):
        with freeze_time(datetime(2026, 3, 28, 12, 45)):
            self.ticket.with_user(self.sara).action_callgear_claim()
        self.taken_back()
        again = self.deliver(missed(2, HOUR))
        self.ticket.with_user(self.sara).user_id = self.lina
        self.assertTakenBack(again)
        self.assertIsNone(self.notice(again.leg_ids.filtered("entry")))

    def test_r40_the_number_of_the_call_back_is_told_later(self):
        """Whom it goes to does not stand in the first notification."""
        call = CallBuilder(2, direction="out", start=HOUR)
        number, call.caller = call.caller, None
        call.call_out(SARA)
        call.caller = number
        self.deliver(call)
        self.assertEqual(self.taken_back(), [])
        seen = len(call.deliveries)
        self.deliver(*call.ring(NOBODY, 1).deliveries[seen:])
        self.assertTakenBack()

    def test_r47_all_missed_calls_of_the_ticket(self):
        again = self.deliver(missed(2, HOUR))
        self.ticket.with_user(self.sara).action_callgear_claim()
        self.assertTakenBack(again, self.call)

    def test_r40_a_missed_call_known_after_the_call_back_is_told_to_nobody(self):
        for name, back in (
            ("in vain", softphone_unanswered(5, 3 * HOUR)),
            ("going on", softphone(5, 3 * HOUR).deliveries[0]),
        ):
            with self.subTest(name), self.undone():
                self.deliver(back)
                late = self.deliver(missed(4, 2 * HOUR)).leg_ids.filtered("entry")
                self.assertEqual(late.ticket_id, self.ticket)
                self.assertIsNone(self.notice(late))

    # ----------------------------------------------------------- nobody is dialled twice

    def call_back(self):
        self.ticket.with_user(self.sara).action_callgear_call_back()

    def test_r47_nobody_calls_back_whom_a_colleague_calls_at_this_moment(self):
        told = softphone(2, HOUR, employee=OMAR).deliveries
        self.deliver(told[0])
        with self.assertRaisesRegex(
            UserError, "Omar Nasser is already on the phone with"
        ):
            self.call_back()

    def test_r47_a_call_whose_end_was_lost_keeps_nobody_from_it(self):
        """Nor does it take back the notice of a later missed call."""
        long_ago = {
            "rang": (softphone(2, HOUR, employee=OMAR).deliveries[:1], "known_at"),
            "talked": (begun(2, HOUR, employee=OMAR).deliveries, "last_event_at"),
            "overtaken": (begun(2, HOUR, employee=OMAR).deliveries, "overtaken_at"),
        }
        for name, (told, field) in long_ago.items():
            with self.subTest(name), self.undone():
                call = self.deliver(*told)
                record = call if field in call._fields else call.leg_ids
                record[field] = datetime(2026, 3, 28, 9)
                self.env.flush_all()
                self.env.invalidate_all()
                running = self.ticket._callgear_running_legs()
                self.assertNotIn(self.ticket.id, running)

    def test_r47_nobody_calls_back_who_does_not_wait_any_more(self):
        self.deliver(unmapped_answers(2, HOUR))
        with self.assertRaisesRegex(UserError, "is no longer waiting"):
            self.call_back()
