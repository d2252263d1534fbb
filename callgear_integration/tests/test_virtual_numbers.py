# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R54: a virtual number with its own team, channel, stages and name."""

from odoo.exceptions import UserError

from .builder import UNKNOWN, VIRTUAL, changed
from .case import CallgearCase, tagged
from .scenarios import incoming, missed

SALES = "97145550200"


@tagged("post_install", "-at_install")
class TestVirtualNumbers(CallgearCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company = cls.connection.company_id
        cls.sales_team = cls.env["helpdesk.ticket.team"].create(
            {
                "name": "Sales",
                "company_id": company.id,
                "user_ids": (cls.sara | cls.omar).ids,
            }
        )
        cls.sales_channel = cls.env["helpdesk.ticket.channel"].create(
            {"name": "Sales calls", "company_id": company.id}
        )
        cls.to_call = cls.env["helpdesk.ticket.stage"].create({"name": "To call"})
        cls.number = cls.env["callgear.virtual.number"].create(
            {
                "connection_id": cls.connection.id,
                "number": SALES,
                "name": "Sales",
                "team_id": cls.sales_team.id,
                "channel_id": cls.sales_channel.id,
                "open_stage_id": cls.to_call.id,
            }
        )

    def to_number(self, call, number=SALES):
        told = [changed(d, virtual_phone_number=number) for d in call.deliveries]
        return self.deliver(*told)

    def test_r54_team_channel_and_stage_of_the_number(self):
        """An automatic ticket goes where its number's calls go."""
        call = self.to_number(missed())
        ticket = call.ticket_ids
        self.assertEqual(call.virtual_number_id, self.number)
        self.assertEqual(ticket.team_id, self.sales_team)
        self.assertEqual(ticket.channel_id, self.sales_channel)
        self.assertEqual(ticket.stage_id, self.to_call)

    def test_r54_what_is_empty_is_as_in_the_connection(self):
        """The number names no stage for tickets after a conversation."""
        call = self.to_number(incoming())
        leg = call.leg_ids.filtered("user_id")
        leg.with_user(self.sara).attach_to_ticket(call.ticket_ids.id, "Told them")
        self.assertEqual(call.ticket_ids.stage_id, self.pending)

    def test_r54_other_numbers_are_as_before(self):
        """A number that is not listed, and one without settings of its own."""
        self.env["callgear.virtual.number"].create(
            {"connection_id": self.connection.id, "number": VIRTUAL, "name": "Main"}
        )
        ticket = self.to_number(missed(), VIRTUAL).ticket_ids
        self.assertEqual(ticket.team_id, self.team)
        self.assertEqual(ticket.channel_id, self.connection.channel_id)
        self.assertEqual(ticket.stage_id, self.open)

    def test_r54_agent_outside_the_numbers_team(self):
        """The ticket goes to one of the agent's teams: else helpdesk would unassign it."""
        self.sales_team.user_ids -= self.sara
        call = self.to_number(incoming())
        self.assertEqual(call.ticket_ids.user_id, self.sara)
        self.assertEqual(call.ticket_ids.team_id, self.team)

    def test_r54_form_of_a_new_ticket(self):
        """The form begins with the number's team, channel and stage."""
        self.to_number(incoming())
        leg = self.env["callgear.leg"].search([("user_id", "=", self.sara.id)], limit=1)
        context = leg.with_user(self.sara).action_new_ticket()["context"]
        self.assertEqual(context["default_team_id"], self.sales_team.id)
        self.assertEqual(context["default_channel_id"], self.sales_channel.id)
        self.assertEqual(context["default_stage_id"], self.to_call.id)

    def test_r54_name_in_the_popup(self):
        """The agent sees what the number is called."""
        call = self.to_number(incoming())
        payload = self.told(call.leg_ids.filtered("user_id"))
        self.assertEqual(payload["virtual_name"], "Sales")

    def test_r34_its_channel_is_a_calls_channel(self):
        """Its tickets are call tickets, and offered to attach further calls to."""
        ticket = self.to_number(missed()).ticket_ids
        self.assertTrue(ticket.is_calls_channel)
        call = self.deliver(incoming(2, 3600))
        payload = self.told(call.leg_ids.filtered("user_id"))
        self.assertIn(ticket.id, [shown["id"] for shown in payload["call_tickets"]])

    def test_r45_calls_between_own_numbers_are_internal(self):
        """The account's own numbers never become callers."""
        call = self.deliver(incoming(caller=SALES))
        self.assertTrue(call.is_internal)
        self.assertFalse(call.ticket_ids)

    def test_r54_team_of_another_company(self):
        """What belongs to another company is refused."""
        company = self.env["res.company"].create({"name": "Elsewhere"})
        team = self.env["helpdesk.ticket.team"].create(
            {"name": "Theirs", "company_id": company.id}
        )
        with self.assertRaises(UserError):
            self.number.team_id = team

    def test_r54_number_removed_later(self):
        """Its calls and tickets stay; further calls go where the account's go."""
        call = self.to_number(missed())
        ticket = call.ticket_ids
        self.number.unlink()
        self.assertEqual(call.ticket_ids, ticket)
        later = self.to_number(missed(2, 3600, caller=UNKNOWN))
        self.assertEqual(later.ticket_ids.team_id, self.team)
