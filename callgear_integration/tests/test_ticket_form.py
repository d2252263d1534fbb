# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R8, R11: the form of a ticket, filled and saved as the web client does."""

from odoo import Command

from .builder import OMAR, SARA, CallBuilder
from .case import CallgearCase, tagged
from .scenarios import begun, missed, over, softphone_unanswered


@tagged("post_install", "-at_install")
class TestTicketForm(CallgearCase):
    def test_r08_agent_outside_the_team(self):
        """The form does not drop an agent who is not in the connection's team."""
        self.team.user_ids -= self.sara
        own = self.env["helpdesk.ticket.team"].create(
            {"name": "Second line", "user_ids": self.sara.ids}
        )
        self.deliver(call := begun())
        ticket = self.make_ticket(self.sara, call, name="Lost")
        self.deliver(over(call))
        self.assertEqual((ticket.user_id, ticket.team_id), (self.sara, own))
        self.assertEqual(ticket.stage_id, self.pending)

    def test_r08_agent_in_no_team(self):
        """Nor one who is in no team at all."""
        self.team.user_ids -= self.sara
        self.deliver(call := begun())
        ticket = self.make_ticket(self.sara, call, name="Lost")
        self.deliver(over(call))
        self.assertEqual((ticket.user_id, ticket.stage_id), (self.sara, self.pending))

    def test_r08_given_to_a_colleague(self):
        """The agent assigns the new ticket to a colleague: it stays so."""
        self.deliver(call := begun())
        ticket = self.make_ticket(self.sara, call, user_id=self.lina)
        self.deliver(over(call))
        self.assertEqual(ticket.user_id, self.lina)
        self.assertEqual(self.notes(ticket).author_id, self.sara.partner_id)

    def test_r08_another_company(self):
        """The call of another company's connection makes a ticket of that company."""
        other = self.env["res.company"].create({"name": "Other"})
        self.connection.channel_id.company_id = False
        self.connection.write({"company_id": other.id, "team_id": False})
        self.sara.company_ids = [Command.link(other.id)]
        self.deliver(call := begun())
        leg = self.by(self.sara, call).with_context(
            allowed_company_ids=(self.sara.company_id | other).ids
        )
        action = leg.action_new_ticket()
        Ticket = leg.env["helpdesk.ticket"].with_context(**action["context"])
        fields = ["name", "description", "stage_id", "team_id", "user_id", "company_id"]
        values = Ticket.default_get([*fields, "callgear_leg_id"])
        ticket = Ticket.create(values)
        self.assertEqual(ticket.company_id, other)
        self.deliver(over(call))
        self.assertEqual(self.ticket_of(call, self.sara), ticket)

    def test_r08_several_at_once(self):
        """Created together with plain tickets, each comes back in its place."""
        self.deliver(call := begun())
        values = {"description": "<p>x</p>", "team_id": self.team.id}
        tickets = (
            self.env["helpdesk.ticket"]
            .with_user(self.sara)
            .create(
                [
                    {**values, "name": "First"},
                    {
                        **values,
                        "name": "Call",
                        "callgear_leg_id": self.leg(call, self.sara).id,
                    },
                    {**values, "name": "Last"},
                ]
            )
        )
        self.assertEqual(tickets.mapped("name"), ["First", "Call", "Last"])
        self.assertEqual(self.ticket_of(call, self.sara), tickets[1])

    def test_r08_saved_again(self):
        """The ticket is edited later like any other; the call message stays."""
        self.deliver(call := begun())
        form = self.open_form(self.sara, call)
        form.call_summary = "Parcel 12"
        ticket = form.save()
        form.name = "Lost parcel"
        form.save()
        self.assertEqual(ticket.name, "Lost parcel")
        self.assertEqual(self.tickets(), ticket)
        self.assertIn("Parcel 12", self.notes(ticket).body)

    def test_r11_back_to_the_contact(self):
        """*Create*, then attached after all: the new ticket stays, empty."""
        other = self.plain_ticket()
        self.deliver(call := begun())
        made = self.make_ticket(self.sara, call, name="Lost parcel")
        self.by(self.sara, call).attach_to_ticket(other.id, "It was about this")
        self.deliver(over(call))
        self.assertEqual(self.ticket_of(call, self.sara), other)
        self.assertTrue(made.exists())
        self.assertFalse(self.notes(made))
        self.assertFalse(made.call_icon)
        self.assertEqual(other.stage_id, self.pending)

    def test_r23_new_ticket_for_an_attempt(self):
        """An attempt that was not answered may get a ticket in the agent's words."""
        self.deliver(call := softphone_unanswered())
        made = self.tickets()
        ticket = self.make_ticket(self.sara, call, name="Try again tomorrow")
        self.assertEqual(ticket, made)
        self.assertEqual(self.tickets().name, "Try again tomorrow")

    def test_r24_attempt_taken_out_of_the_missed_calls_ticket(self):
        """A new ticket for an attempt leaves the missed call's ticket as it is."""
        self.deliver(missed(1))
        waiting = self.tickets()
        self.deliver(call := softphone_unanswered(2, 3600))
        ticket = self.make_ticket(self.sara, call, name="Try again tomorrow")
        self.assertNotEqual(ticket, waiting)
        self.assertEqual(self.notes(waiting), self.leg_of_missed(waiting).message_id)
        self.assertEqual(waiting.stage_id, self.open)

    def leg_of_missed(self, ticket):
        return ticket.call_leg_ids.filtered(lambda leg: leg.entry == "missed")

    def test_r16_colleague_opens_the_form_before_the_first_agent_leaves(self):
        """Both have a form open during the transfer: each gets a ticket."""
        call = CallBuilder(1).ring(SARA, 3).answer(SARA, 8).ring(OMAR, 60)
        self.deliver(call.answer(OMAR, 65))
        first, second = self.open_form(self.sara, call), self.open_form(self.omar, call)
        call.leave(SARA, 70, talk=62).leave(OMAR, 90, talk=25).end(90, talk=82)
        self.deliver(call)
        first.name, second.name = "Sara's", "Omar's"
        first, second = first.save(), second.save()
        self.assertEqual(self.ticket_of(call, self.sara), first)
        self.assertEqual(self.ticket_of(call, self.omar), second)
        self.assertEqual(self.tickets(), (first | second).sorted("id"))
        self.assertEqual(
            (first.stage_id, second.stage_id), (self.pending, self.pending)
        )
