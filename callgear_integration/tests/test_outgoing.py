# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R20, R21, R23, R24: calls that an agent makes, from Odoo or on a softphone."""

from .builder import MARYAM, NOBODY, SARA, UNKNOWN, WAREHOUSE, CallBuilder
from .case import CallgearCase, tagged
from .scenarios import HOUR, missed, softphone, softphone_unanswered

NUMBER = f"+{MARYAM}"


class OutgoingCase(CallgearCase):
    def own_call(self, number=1, ticket=None, start=0, user=None, direction="out"):
        """What Odoo records before it asks for a call; what CallGear tells of it."""
        own = self.env["callgear.dialer"]._prepare(
            self.connection, user or self.sara, NUMBER, self.maryam, ticket
        )
        call = CallBuilder(
            number,
            direction=direction,
            source="callapi",
            start=start,
            external_id=own.external_id,
        )
        return own, call

    def answered(self, call):
        """Sara has picked up, then Maryam."""
        self.deliver(
            call.ring(SARA, 1).answer(SARA, 5).ring(NOBODY, 6).answer(NOBODY, 20)
        )

    def hung_up(self, call):
        call.leave(NOBODY, 180, talk=160, is_operator=False, total=174)
        call.leave(SARA, 180.1, talk=160, total=179).end(180.4, talk=160, employee=SARA)
        self.deliver(call.record(192, employee=SARA, seconds=160))

    def unanswered(self, call):
        call.ring(SARA, 1).answer(SARA, 5).ring(NOBODY, 6)
        call.leave(NOBODY, 46, is_operator=False, total=40).leave(SARA, 46, total=45)
        self.deliver(call.end(46, employee=SARA, lost=True))


@tagged("post_install", "-at_install")
class TestCallFromTicket(OutgoingCase):
    def setUp(self):
        super().setUp()
        self.ticket = self.plain_ticket()

    def test_r20_nothing_saved(self):
        """The call message appears in the ticket at the end by itself."""
        own, call = self.own_call(ticket=self.ticket)
        self.answered(call)
        self.assertFalse(self.notes(self.ticket))
        self.hung_up(call)
        self.assertEqual(self.call_of(call), own)
        self.assertEqual(self.tickets(), self.ticket)
        note = self.notes(self.ticket)
        self.assertEqual(len(note), 1)
        self.assertEqual(note.author_id, self.sara.partner_id)
        self.assertEqual(self.leg(call, self.sara).recording_ids, own.recording_ids)
        self.assertEqual(self.ticket.stage_id, self.open)

    def test_r20_summary_saved_during_the_call(self):
        """Saving the summary posts the message; the status stays as without it."""
        _own, call = self.own_call(ticket=self.ticket)
        self.answered(call)
        self.by(self.sara, call).attach_to_ticket(self.ticket.id, "Told them the date")
        note = self.notes(self.ticket)
        self.assertIn("Told them the date", note.body)
        self.assertIn("Call in progress", note.body)
        self.hung_up(call)
        self.assertEqual(self.notes(self.ticket), note)
        self.assertNotIn("Call in progress", note.body)
        self.assertEqual(self.ticket.stage_id, self.open)

    def test_r20_the_message_appears_with_the_first_words(self):
        """What is typed is saved by itself, and saving posts the call message."""
        _own, call = self.own_call(ticket=self.ticket)
        self.answered(call)
        leg = self.by(self.sara, call)
        leg.save_draft(summary="")
        self.assertFalse(self.notes(self.ticket))
        leg.save_draft(summary="Told them")
        note = self.notes(self.ticket)
        self.assertIn("Told them", note.body)
        self.assertEqual(note.author_id, self.sara.partner_id)
        leg.save_draft(summary="Told them the date")
        self.assertEqual(self.notes(self.ticket), note)
        self.hung_up(call)
        self.assertIn("Told them the date", note.body)

    def test_r20_filed_as_incoming(self):
        """Without a direction in the request CallGear calls it incoming: it is ours."""
        own, call = self.own_call(ticket=self.ticket, direction="in")
        self.answered(call)
        self.hung_up(call)
        self.assertEqual(own.direction, "out")
        self.assertEqual(self.tickets(), self.ticket)

    def test_r20_agents_own_pick_up_is_no_answer(self):
        """While only the agent has picked up, the contact is still being called."""
        own, call = self.own_call(ticket=self.ticket)
        self.deliver(call.ring(SARA, 1).answer(SARA, 5).ring(NOBODY, 6))
        self.assertEqual(own.state, "ringing")
        leg = self.leg(call, self.sara)
        self.assertTrue(leg.picked_up_at)
        self.assertFalse(leg.answered_at)
        self.deliver(call.answer(NOBODY, 20))
        self.assertEqual(own.state, "talking")

    def test_r20_other_ticket_after_all(self):
        """The agent may attach the call to another ticket; then it is there only."""
        other = self.plain_ticket()
        _own, call = self.own_call(ticket=self.ticket)
        self.answered(call)
        self.by(self.sara, call).attach_to_ticket(other.id, "It was about this")
        self.hung_up(call)
        self.assertEqual(self.tickets(), other)
        self.assertFalse(self.notes(self.ticket))

    def test_r20_ticket_deleted_meanwhile(self):
        """The conversation is not lost if the ticket is deleted while they talk."""
        _own, call = self.own_call(ticket=self.ticket)
        self.answered(call)
        self.ticket.unlink()
        self.hung_up(call)
        ticket = self.tickets()
        self.assertEqual(ticket.name, f"Outgoing call to {NUMBER}")
        self.assertEqual(ticket.user_id, self.sara)

    def test_r21_no_answer_is_noted(self):
        """Who, when, and how long it rang at the contact's; the status stays."""
        own, call = self.own_call(ticket=self.ticket)
        self.unanswered(call)
        self.assertEqual(own.outcome, "unanswered")
        self.assertEqual(self.tickets(), self.ticket)
        note = self.notes(self.ticket)
        self.assertEqual(note.author_id, self.sara.partner_id)
        self.assertIn(f"Call to {NUMBER}: no answer", note.body)
        self.assertIn("rang 0:40", note.body)
        self.assertEqual(self.ticket.stage_id, self.open)

    def test_r21_closed_ticket_stays_closed(self):
        """An attempt does not move the ticket."""
        self.ticket.stage_id = self.closed
        _own, call = self.own_call(ticket=self.ticket)
        self.unanswered(call)
        self.assertEqual(self.ticket.stage_id, self.closed)

    def test_r21_agent_did_not_pick_up(self):
        """Never filed as a missed call of the contact, whatever CallGear says."""
        own, call = self.own_call(ticket=self.ticket, direction="in")
        self.deliver(call.ring(SARA, 0.5).leave(SARA, 45, total=45).end(45, lost=True))
        self.assertEqual((own.outcome, own.reason), ("unanswered", "agent_absent"))
        self.assertEqual(self.tickets(), self.ticket)
        self.assertFalse(self.ticket.call_kind)
        self.assertIn(f"{self.sara.name} did not pick up", self.notes(self.ticket).body)


@tagged("post_install", "-at_install")
class TestSoftphone(OutgoingCase):
    def begun(self, number=1, caller=MARYAM):
        call = CallBuilder(number, caller, direction="out").call_out(SARA)
        self.deliver(
            call.ring(SARA, 0.3, leg="contact").answer(SARA, 14, leg="contact")
        )
        return call

    def over(self, call):
        call.leave(NOBODY, 130, talk=116, is_operator=False, leg="contact", total=130)
        self.deliver(call.end(130, talk=116, employee=SARA).record(141, employee=SARA))

    def test_r23_shown_to_the_agent(self):
        """It is among the agent's current calls, with the contact."""
        self.begun()
        [state] = self.env["res.users"].with_user(self.sara).callgear_current_calls()
        self.assertEqual((state["direction"], state["state"]), ("out", "talking"))
        self.assertEqual(state["partner"]["id"], self.maryam.id)

    def test_r23_contact_created(self):
        """An unknown number: a contact is made of it, or one is found and linked."""
        call = self.begun(caller=UNKNOWN)
        self.by(self.sara, call).create_partner()
        partner = self.call_of(call).partner_id
        self.assertEqual(partner.phone, f"+{UNKNOWN}")
        self.by(self.sara, call).link_partner(self.maryam.id)
        self.assertEqual(self.call_of(call).partner_id, self.maryam)

    def test_r23_new_ticket(self):
        """The same form; its ticket is the only one, and pending at the end."""
        call = self.begun()
        form = self.open_form(self.sara, call)
        self.assertEqual(form.name, f"Outgoing call to {NUMBER}")
        form.name = "Date of delivery"
        ticket = form.save()
        self.over(call)
        self.assertEqual(self.tickets(), ticket)
        self.assertEqual(ticket.name, "Date of delivery")
        self.assertEqual(ticket.call_kind, "out")
        self.assertEqual(ticket.stage_id, self.pending)

    def test_r23_attach(self):
        """Attached to a ticket, the message is there and nowhere else."""
        ticket = self.plain_ticket()
        call = self.begun()
        self.by(self.sara, call).attach_to_ticket(ticket.id, "Told them the date")
        self.over(call)
        self.assertEqual(self.tickets(), ticket)
        self.assertIn("Told them the date", self.notes(ticket).body)

    def test_r24_nothing_done(self):
        """`Outgoing call to <number>`, closed, assigned to the agent."""
        self.deliver(softphone())
        ticket = self.tickets()
        self.assertEqual(ticket.name, f"Outgoing call to {NUMBER}")
        self.assertEqual(ticket.stage_id, self.closed)
        self.assertEqual(ticket.user_id, self.sara)
        self.assertEqual((ticket.call_kind, ticket.call_icon), ("out", "call"))
        self.assertEqual(self.notes(ticket).author_id, self.sara.partner_id)

    def test_r24_not_answered(self):
        """An attempt without a missed call waiting: a closed ticket of its own."""
        self.deliver(softphone_unanswered())
        ticket = self.tickets()
        self.assertEqual(ticket.name, f"Outgoing call to {NUMBER}")
        self.assertEqual(ticket.stage_id, self.closed)
        self.assertEqual(ticket.user_id, self.sara)

    def test_r24_attempt_in_the_missed_calls_ticket(self):
        """With an open missed-call ticket of the caller it is noted there instead."""
        self.deliver(missed(1))
        ticket = self.tickets()
        self.deliver(softphone_unanswered(2, HOUR), softphone_unanswered(3, 2 * HOUR))
        self.assertEqual(self.tickets(), ticket)
        self.assertEqual(len(self.notes(ticket)), 3)
        self.assertEqual(ticket.stage_id, self.open)
        self.assertEqual(ticket.call_icon, "missed")
        self.assertEqual(ticket.user_id, self.omar)

    def test_r24_missed_calls_ticket_closed_by_a_person(self):
        """A closed missed-call ticket does not wait any more."""
        self.deliver(missed(1))
        old = self.tickets()
        old.with_user(self.omar).stage_id = self.closed
        ticket = self.deliver(softphone_unanswered(2, HOUR)).ticket_ids
        self.assertNotEqual(ticket, old)
        self.assertEqual((ticket.stage_id, old.stage_id), (self.closed, self.closed))

    def test_r24_missed_call_known_late(self):
        """The missed call is reported after the attempt to call back: one ticket."""
        self.deliver(softphone_unanswered(2, HOUR))
        self.deliver(missed(1))
        ticket = self.tickets()
        self.assertEqual(ticket.name, f"Missed call from {NUMBER}")
        self.assertEqual(len(self.notes(ticket)), 2)
        self.assertEqual(ticket.stage_id, self.open)

    def test_r24_unmapped_operator_calls_out(self):
        """Outgoing calls of operators without a user are ignored as well (R5)."""
        call = CallBuilder(1, direction="out").call_out(WAREHOUSE)
        call.ring(WAREHOUSE, 1, leg="contact").answer(WAREHOUSE, 14, leg="contact")
        call.leave(NOBODY, 60, talk=46, is_operator=False, leg="contact").end(
            60, talk=46
        )
        self.assertEqual(self.deliver(call).outcome, "ignored")
        self.assertFalse(self.tickets())
