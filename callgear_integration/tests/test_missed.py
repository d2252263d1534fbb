# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R25-R28: calls that nobody answered."""

from .builder import NOBODY, OMAR, SARA, UNKNOWN, WAREHOUSE, YUSUF, CallBuilder
from .case import CallgearCase, tagged
from .scenarios import (
    HOUR,
    begun,
    hidden,
    incoming,
    missed,
    missed_in_menu,
    over,
    softphone,
    softphone_unanswered,
    unmapped_answers,
    unmapped_missed,
)

NUMBER = "+971505550123"


@tagged("post_install", "-at_install")
class TestMissed(CallgearCase):
    def test_r25_ticket_of_a_missed_call(self):
        """Subject, open, red icon, assigned to the mapped operator rung last."""
        self.deliver(missed())
        ticket = self.tickets()
        self.assertEqual(ticket.name, f"Missed call from {NUMBER}")
        self.assertEqual(ticket.stage_id, self.open)
        self.assertEqual((ticket.call_kind, ticket.call_icon), ("missed", "missed"))
        self.assertEqual(ticket.user_id, self.omar)
        self.assertEqual(ticket.partner_id, self.maryam)
        self.assertEqual(ticket.team_id, self.team)
        self.assertIn("waited 0:38", self.notes(ticket).body)

    def test_r25_not_while_it_rings(self):
        """The ticket is made when the call is over, not before."""
        call = CallBuilder(1).ring(SARA, 3).leave(SARA, 23, total=20)
        self.deliver(call)
        self.assertFalse(self.tickets())
        self.deliver(call.end(24, wait=21))
        self.assertEqual(self.tickets().user_id, self.sara)

    def test_r25_last_mapped_operator(self):
        """An unmapped operator rung after the agent does not count."""
        call = CallBuilder(1).ring(SARA, 3).leave(SARA, 20).ring(WAREHOUSE, 21)
        self.deliver(call.leave(WAREHOUSE, 40).end(40))
        self.assertEqual(self.tickets().user_id, self.sara)

    def test_r25_voice_menu(self):
        """Hung up before any operator was rung: unassigned."""
        for number, with_leg in enumerate((True, False)):
            with self.subTest(with_leg=with_leg):
                call = missed_in_menu(
                    number, caller=(YUSUF, UNKNOWN)[number], with_leg=with_leg
                )
                ticket = self.deliver(call).ticket_ids
                self.assertEqual(ticket.call_icon, "missed")
                self.assertFalse(ticket.user_id)
                self.assertEqual(ticket.team_id, self.team)
                self.assertEqual(ticket.stage_id, self.open)

    def test_r25_only_unmapped_rung(self):
        """Ignored if only unmapped operators were rung."""
        self.assertEqual(self.deliver(unmapped_missed()).outcome, "ignored")
        self.assertFalse(self.tickets())

    def test_r25_unmapped_operator_answered(self):
        """A call that an unmapped operator answered is not missed."""
        self.assertEqual(self.deliver(unmapped_answers()).outcome, "answered")
        self.assertFalse(self.tickets())

    def test_r25_answered_after_all(self):
        """A missed call that turns out answered becomes an incoming call's ticket."""
        call = begun()
        told = over(call, recorded=False).deliveries
        rung, answered, left, end = told
        self.deliver(rung, CallBuilder(1).end(220, lost=True).deliveries[0])
        self.assertEqual(self.tickets().call_icon, "missed")
        self.deliver(answered, left, end)
        ticket = self.tickets()
        self.assertEqual(ticket.name, f"Incoming call from {NUMBER}")
        self.assertEqual((ticket.call_kind, ticket.call_icon), ("in", "call"))
        self.assertEqual(ticket.user_id, self.sara)
        self.assertEqual(len(self.notes(ticket)), 1)

    def test_r25_recording_of_a_lost_call(self):
        """It does not make an answered call of a missed one, and is no voicemail."""
        self.deliver(call := missed())
        self.deliver(call.record(60, seconds=15, kind="talk"))
        self.assertEqual(self.call_of(call).outcome, "missed")
        self.assertEqual(len(self.tickets()), 1)
        self.assertEqual(self.tickets().call_icon, "missed")

    def test_r25_agent_outside_the_team(self):
        """Omar is in no team: the ticket is Omar's all the same."""
        self.team.user_ids -= self.omar
        self.deliver(missed())
        self.assertEqual(self.tickets().user_id, self.omar)

    def test_r25_called_back_while_the_caller_is_in_the_queue(self):
        """The attempt is in the ticket; the ticket is that of the missed call all the same."""
        queued = (
            CallBuilder(1).ring(OMAR, 50).leave(OMAR, 60, total=10).end(60, wait=60)
        )
        attempt = softphone_unanswered(2, 30)
        for order in ((queued, attempt), (attempt, queued)):
            with self.subTest(order), self.env.cr.savepoint() as savepoint:
                self.deliver(*order)
                ticket = self.tickets()
                self.assertEqual(ticket.name, f"Missed call from {NUMBER}")
                self.assertEqual(
                    (ticket.call_kind, ticket.user_id), ("missed", self.omar)
                )
                self.assertEqual(ticket.call_count, 2)
                savepoint.close(rollback=True)


@tagged("post_install", "-at_install")
class TestGrouping(CallgearCase):
    def test_r26_one_ticket(self):
        """Missed calls with no conversation in between: one ticket, a message each."""
        self.deliver(missed(1), missed(2, HOUR), missed_in_menu(3, 2 * HOUR))
        ticket = self.tickets()
        self.assertEqual(len(ticket), 1)
        self.assertEqual(len(self.notes(ticket)), 3)
        self.assertEqual(ticket.call_count, 3)
        self.assertEqual(ticket.user_id, self.omar)

    def test_r26_not_of_different_callers(self):
        """Each caller has a ticket of their own."""
        self.deliver(
            missed(1), missed(2, 60, caller=YUSUF), missed(3, 120, caller=UNKNOWN)
        )
        self.assertEqual(len(self.tickets()), 3)

    def test_r26_two_numbers_of_one_caller(self):
        """A contact is one caller, whichever of their numbers they call from."""
        self.env["callgear.partner.phone"]._find_or_create(self.maryam, f"+{YUSUF}")
        self.deliver(missed(1), missed(2, HOUR, caller=YUSUF))
        self.assertEqual(len(self.tickets()), 1)

    def test_r26_hidden_numbers_are_nobody(self):
        """Two hidden callers need not be one: each call has its ticket."""
        self.deliver(hidden(1), hidden(2, HOUR))
        self.assertEqual(len(self.tickets()), 2)
        self.assertEqual(
            set(self.tickets().mapped("name")), {"Missed call from hidden number"}
        )

    def test_r26_after_a_conversation_a_new_one(self):
        """After a conversation, incoming or outgoing, the next missed call is new."""
        for number, talk in ((0, incoming), (10, softphone)):
            with self.subTest(talk.__name__):
                start = number * 10 * HOUR
                self.deliver(
                    old := missed(number, start), talk(number + 1, start + HOUR)
                )
                self.deliver(new := missed(number + 2, start + 2 * HOUR))
                old, new = self.call_of(old).ticket_ids, self.call_of(new).ticket_ids
                self.assertNotEqual(old, new)
                self.assertEqual(new.stage_id, self.open)
                self.assertEqual(old.stage_id, self.closed)

    def test_r26_attempt_is_no_conversation(self):
        """A call back that was not answered does not separate missed calls."""
        self.deliver(missed(1), softphone_unanswered(2, HOUR), missed(3, 2 * HOUR))
        self.assertEqual(len(self.tickets()), 1)
        self.assertEqual(len(self.notes(self.tickets())), 3)

    def test_r26_conversation_known_late(self):
        """The conversation in between is reported last: the group is split."""
        self.deliver(first := missed(1), second := missed(3, 2 * HOUR))
        self.assertEqual(len(self.tickets()), 1)
        self.deliver(incoming(2, HOUR))
        old, new = self.call_of(first).ticket_ids, self.call_of(second).ticket_ids
        self.assertNotEqual(old, new)
        self.assertEqual((old.stage_id, new.stage_id), (self.closed, self.open))
        self.assertEqual((len(self.notes(old)), len(self.notes(new))), (1, 1))

    def test_r26_closed_by_a_person_in_between(self):
        """No conversation took place: they call again, and the ticket opens again."""
        self.deliver(missed(1))
        ticket = self.tickets()
        ticket.with_user(self.sara).stage_id = self.closed
        self.deliver(missed(2, HOUR))
        self.assertEqual(self.tickets(), ticket)
        self.assertEqual(ticket.stage_id, self.open)

    def test_r26_ticket_deleted(self):
        """The ticket is gone: the next missed call makes another."""
        self.deliver(missed(1))
        self.tickets().unlink()
        self.deliver(missed(2, HOUR))
        self.assertEqual(len(self.tickets()), 1)
        self.assertEqual(self.tickets().stage_id, self.open)

    def test_r26_ticket_archived(self):
        """An archived ticket would hide the call: it goes to a new one."""
        self.deliver(missed(1))
        old = self.tickets()
        old.active = False
        ticket = self.deliver(missed(2, HOUR)).ticket_ids
        self.assertTrue(ticket.active)
        self.assertNotEqual(ticket, old)


@tagged("post_install", "-at_install")
class TestIcon(CallgearCase):
    def call_back(self, ticket, answered=True, recorded=True):
        """Sara calls from the ticket."""
        own = self.env["callgear.dialer"]._prepare(
            self.connection, self.sara, NUMBER, self.maryam, ticket
        )
        call = CallBuilder(
            7,
            direction="out",
            source="callapi",
            start=HOUR,
            external_id=own.external_id,
        )
        call.ring(SARA, 1).answer(SARA, 5).ring(NOBODY, 6)
        if answered:
            call.answer(NOBODY, 20).leave(NOBODY, 80, talk=60, is_operator=False)
        call.leave(SARA, 80, talk=60 * answered).end(
            80, talk=60 * answered, employee=SARA
        )
        self.deliver(call.record(90, employee=SARA, seconds=60) if recorded else call)

    def test_r27_called_back_and_recorded(self):
        """An answered, recorded call back from the ticket turns the icon green."""
        self.deliver(missed())
        ticket = self.tickets()
        self.call_back(ticket)
        self.assertEqual(self.tickets(), ticket)
        self.assertEqual(ticket.call_icon, "call")

    def test_r27_not_recorded_or_not_answered(self):
        """Without a recording, or without an answer, it stays red."""
        for answered in (True, False):
            with self.subTest(answered=answered):
                point = self.env.cr.savepoint()
                self.deliver(missed())
                self.call_back(self.tickets(), answered=answered, recorded=False)
                self.assertEqual(self.tickets().call_icon, "missed")
                point.close(rollback=True)
                self.env.invalidate_all()
