# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R16, R17: a call that is passed from one operator to another."""

from .builder import OMAR, SARA, WAREHOUSE, CallBuilder
from .case import CallgearCase, tagged
from .scenarios import attended_transfer, blind_transfer


@tagged("post_install", "-at_install")
class TestTransfer(CallgearCase):
    def with_omar(self):
        """Sara has passed the call to Omar, who is talking."""
        call = CallBuilder(1).ring(SARA, 3).answer(SARA, 8)
        self.deliver(call)
        return call

    def pass_on(self, call):
        call.ring(OMAR, 160).answer(OMAR, 167).leave(SARA, 181, talk=173, total=178)
        self.deliver(call)

    def finish(self, call):
        call.leave(OMAR, 450, talk=282, total=290).end(450, talk=442, employee=OMAR)
        self.deliver(call.record(462, "1" * 32, "2" * 32, employee=OMAR))

    def test_r16_two_conversations(self):
        """Each has its own ticket, agent, message and recording."""
        for make in (attended_transfer, blind_transfer):
            with self.subTest(make.__name__):
                self.deliver(call := make(1 if make is blind_transfer else 2))
                first, second = self.leg(call, self.sara), self.leg(call, self.omar)
                self.assertNotEqual(first.ticket_id, second.ticket_id)
                self.assertEqual(first.ticket_id.user_id, self.sara)
                self.assertEqual(second.ticket_id.user_id, self.omar)
                self.assertEqual(first.message_id.author_id, self.sara.partner_id)
                self.assertEqual(second.message_id.author_id, self.omar.partner_id)
                self.assertEqual(len(first.recording_ids), 1)
                self.assertEqual(len(second.recording_ids), 1)
                self.assertIn("1" * 32, first.recording_ids.url)

    def test_r16_colleague_attaches_to_the_first_ticket(self):
        """Both conversations in one ticket are two messages there."""
        call = self.with_omar()
        ticket = self.make_ticket(
            self.sara, call, name="Lost", call_summary="It is lost"
        )
        self.pass_on(call)
        self.by(self.omar, call).attach_to_ticket(ticket.id, "It is found")
        self.finish(call)
        self.assertEqual(self.tickets(), ticket)
        lost, found = self.notes(ticket)
        self.assertIn("It is lost", lost.body)
        self.assertEqual(found.author_id, self.omar.partner_id)
        self.assertIn("It is found", found.body)
        self.assertEqual(ticket.user_id, self.sara)
        self.assertEqual(ticket.stage_id, self.pending)

    def test_r17_first_agent_did_nothing(self):
        """The first agent's ticket is closed, with the standard subject;
        the colleague's is open."""
        for number, make in enumerate((attended_transfer, blind_transfer)):
            with self.subTest(make.__name__):
                self.deliver(call := make(number))
                first = self.ticket_of(call, self.sara)
                self.assertEqual(first.name, "Incoming call from +971505550123")
                self.assertEqual(first.stage_id, self.closed)
                self.assertEqual(self.ticket_of(call, self.omar).stage_id, self.open)

    def test_r17_first_agent_made_a_ticket(self):
        """It is kept: its subject stays, and it is pending like any answered call."""
        call = self.with_omar()
        ticket = self.make_ticket(self.sara, call, name="Lost parcel")
        self.pass_on(call)
        self.assertEqual(ticket.stage_id, self.pending)
        self.finish(call)
        self.assertEqual(self.ticket_of(call, self.sara), ticket)
        self.assertEqual(ticket.name, "Lost parcel")
        self.assertEqual(ticket.stage_id, self.pending)
        self.assertEqual(self.ticket_of(call, self.omar).stage_id, self.open)

    def test_r17_first_agent_attached(self):
        """The same with a ticket that the agent chose."""
        ticket = self.plain_ticket()
        call = self.with_omar()
        self.by(self.sara, call).attach_to_ticket(ticket.id)
        self.pass_on(call)
        self.finish(call)
        self.assertEqual(ticket.stage_id, self.pending)

    def test_r17_first_agent_had_typed(self):
        """What the agent typed counts as something done: pending, not closed."""
        call = self.with_omar()
        self.by(self.sara, call).save_draft("Lost parcel", None)
        self.pass_on(call)
        self.finish(call)
        self.assertEqual(self.ticket_of(call, self.sara).name, "Lost parcel")
        self.assertEqual(self.ticket_of(call, self.sara).stage_id, self.pending)

    def test_r17_transfer_known_late(self):
        """The ticket is open while nothing is known of the colleague, then closed."""
        call = blind_transfer()
        told = call.deliveries
        self.deliver(*told[:3])
        ticket = self.ticket_of(call, self.sara)
        self.assertEqual(ticket.stage_id, self.open)
        self.deliver(*told[3:])
        self.assertEqual(ticket.stage_id, self.closed)

    def test_r17_touched_before_the_transfer_was_known(self):
        """A stage that a person chose in between stays."""
        call = blind_transfer()
        told = call.deliveries
        self.deliver(*told[:3])
        ticket = self.ticket_of(call, self.sara)
        progress = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_in_progress")
        ticket.with_user(self.sara).stage_id = progress
        self.deliver(*told[3:])
        self.assertEqual(ticket.stage_id, progress)

    def test_r17_colleague_does_not_answer(self):
        """A transfer that nobody answers is none: the first agent's ticket is open."""
        call = (
            CallBuilder(1)
            .ring(SARA, 3)
            .answer(SARA, 8)
            .leave(SARA, 60, talk=52, total=57)
        )
        call.ring(OMAR, 61).leave(OMAR, 90, total=29).end(90, talk=52, employee=SARA)
        self.deliver(call)
        self.assertEqual(self.tickets().user_id, self.sara)
        self.assertEqual(self.tickets().stage_id, self.open)

    def test_r17_to_an_unmapped_operator(self):
        """Passed to a person unknown to Odoo: one ticket, of the first agent."""
        call = CallBuilder(1).ring(SARA, 3).answer(SARA, 8).ring(WAREHOUSE, 61)
        call.answer(WAREHOUSE, 70).leave(SARA, 71, talk=63)
        call.leave(WAREHOUSE, 200, talk=130).end(200, talk=192, employee=WAREHOUSE)
        self.deliver(call)
        self.assertEqual(self.tickets().user_id, self.sara)
        self.assertEqual(self.tickets().stage_id, self.open)

    def test_r16_and_back_again(self):
        """Passed on and back: the last conversation is the first agent's, and open."""
        call = CallBuilder(1).ring(SARA, 3).answer(SARA, 8).leave(SARA, 60, talk=52)
        call.ring(OMAR, 61).answer(OMAR, 65).leave(OMAR, 100, talk=35)
        call.ring(SARA, 101, leg="again").answer(SARA, 105, leg="again")
        call.leave(SARA, 150, talk=45, leg="again").end(150, talk=132, employee=SARA)
        self.deliver(call)
        legs = self.leg(call, self.sara).sorted("started_at")
        stages = [leg.ticket_id.stage_id for leg in legs]
        self.assertEqual(stages, [self.closed, self.open])
        self.assertEqual(self.ticket_of(call, self.omar).stage_id, self.closed)
