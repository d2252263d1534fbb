# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R5, R7-R11: an incoming call of a known caller."""

from io import BytesIO

from odoo.exceptions import AccessError, UserError

from ..callgear.download import Audio
from .builder import OMAR, SARA, WAREHOUSE, CallBuilder, Employee
from .case import CallgearCase, tagged
from .scenarios import begun, incoming, over

NUMBER = "+971505550123"


def sound():
    return Audio(BytesIO(b"ID3 audio"), "audio/mpeg")


@tagged("post_install", "-at_install")
class TestIgnored(CallgearCase):
    def assertIgnored(self, call):
        self.assertEqual((call.outcome, call.reason), ("ignored", "unmapped"))
        self.assertFalse(self.tickets())
        self.assertFalse(call.leg_ids.filtered("announced"), "no popup")

    def test_r05_unmapped_operator(self):
        """A call that only reaches unmapped operators: no popup, no ticket."""
        self.assertIgnored(self.deliver(incoming(employee=WAREHOUSE)))

    def test_r05_operator_never_heard_of(self):
        """An unknown operator gets a record, unmapped; the call is ignored."""
        new = Employee(709999, "New Colleague")
        self.assertIgnored(self.deliver(incoming(employee=new)))
        operator = self.connection.operator_ids.filtered(lambda o: o.name == new.name)
        self.assertEqual(operator.employee_id, "709999")
        self.assertFalse(operator.user_id)

    def test_r05_archived_operator(self):
        """An operator who has left is mapped to nobody."""
        self.connection.operator_ids.filtered(
            lambda o: o.user_id == self.sara
        ).active = False
        self.assertIgnored(self.deliver(incoming()))

    def test_r05_mapped_later(self):
        """Mapping an operator makes no tickets of earlier calls."""
        call = incoming(employee=WAREHOUSE)
        self.deliver(call)
        operators = self.connection.operator_ids
        operators.filtered(lambda o: o.name == WAREHOUSE.name).user_id = self.lina
        self.deliver(call)
        self.assertFalse(self.tickets())

    def test_r05_email_match_is_proposed(self):
        """The user with the operator's e-mail address is proposed, and accepted."""
        operator = self.connection.operator_ids.filtered(
            lambda o: o.name == WAREHOUSE.name
        )
        operator.email = " Lina@Agents.example.com"
        self.assertEqual(operator.proposed_user_id, self.lina)
        operator.action_accept_proposal()
        self.assertEqual(operator.user_id, self.lina)
        self.assertTrue(self.deliver(incoming(employee=WAREHOUSE)).ticket_ids)


@tagged("post_install", "-at_install")
class TestNewTicket(CallgearCase):
    def test_r08_form_is_filled_in(self):
        """The form has the contact, the subject, the agent, team, channel and stage."""
        self.deliver(call := begun())
        form = self.open_form(self.sara, call)
        self.assertEqual(form.partner_id, self.maryam)
        self.assertEqual(form.partner_email, self.maryam.email)
        self.assertEqual(form.name, f"Incoming call from {NUMBER}")
        self.assertEqual(form.user_id, self.sara)
        self.assertEqual(form.team_id, self.team)
        self.assertEqual(form.channel_id, self.connection.channel_id)
        self.assertEqual(form.stage_id, self.open)

    def test_r08_create_posts_the_call_message(self):
        """*Create* makes the ticket with what was typed; the author is the agent."""
        self.deliver(call := begun())
        ticket = self.make_ticket(
            self.sara, call, name="Lost parcel", call_summary="Parcel 12\nis lost"
        )
        self.assertEqual(ticket.name, "Lost parcel")
        self.assertEqual(ticket.partner_id, self.maryam)
        self.assertEqual(ticket.user_id, self.sara)
        self.assertEqual(ticket.call_kind, "in")
        self.assertEqual(ticket.call_icon, "call")
        note = self.notes(ticket)
        self.assertEqual(len(note), 1)
        self.assertEqual(note.author_id, self.sara.partner_id)
        self.assertIn("Parcel 12<br>is lost", note.body)
        self.assertIn(note, ticket.message_ids)

    def test_r08_create_during_the_call_is_the_only_ticket(self):
        """No second ticket is made at the end."""
        self.deliver(call := begun())
        ticket = self.make_ticket(self.sara, call, name="Lost parcel")
        self.deliver(over(call))
        self.assertEqual(self.tickets(), ticket)
        self.assertEqual(ticket.name, "Lost parcel")
        self.assertEqual(len(self.notes(ticket)), 1)

    def test_r08_new_ticket_again_opens_the_ticket(self):
        """Once there is a ticket, the button leads to it."""
        self.deliver(call := begun())
        ticket = self.make_ticket(self.sara, call)
        action = self.by(self.sara, call).action_new_ticket()
        self.assertEqual(action["res_id"], ticket.id)

    def test_r08_with_the_least_rights(self):
        """An agent who sees only their own tickets makes one like any other."""
        user = self.env.ref("helpdesk_mgmt.group_helpdesk_user_own")
        keep = self.env.ref("base.group_user")
        self.sara.group_ids = keep | user
        self.deliver(call := begun())
        ticket = self.make_ticket(self.sara, call, name="Mine", call_summary="Said so")
        self.deliver(over(call))
        self.assertEqual(self.ticket_of(call, self.sara), ticket)
        self.assertEqual(ticket.stage_id, self.pending)

    def test_r08_not_with_a_colleagues_call(self):
        """Nobody acts on another agent's conversation."""
        self.deliver(call := begun())
        leg = self.leg(call, self.sara).with_user(self.omar)
        ticket = self.plain_ticket()
        for act in (
            leg.action_new_ticket,
            leg.create_partner,
            lambda: leg.attach_to_ticket(ticket.id, "x"),
            lambda: leg.link_partner(self.maryam.id),
            lambda: leg.save_draft("x", "y"),
            lambda: (
                self.env["helpdesk.ticket"]
                .with_user(self.omar)
                .create({"name": "x", "description": "y", "callgear_leg_id": leg.id})
            ),
        ):
            with self.assertRaises(AccessError):
                act()
        self.assertFalse(self.tickets())

    def test_r08_two_calls_at_once(self):
        """Two calls of one agent that overlap are two tickets with two subjects."""
        first, second = begun(1), begun(2, start=60, caller="971505550177")
        self.deliver(first, second)
        ticket = self.make_ticket(self.sara, second, name="Second")
        other = self.make_ticket(self.sara, first, name="First")
        self.deliver(over(second, at=30, talk=19), over(first))
        self.assertEqual(self.ticket_of(first, self.sara), other)
        self.assertEqual(self.ticket_of(second, self.sara), ticket)
        self.assertEqual((other.name, ticket.name), ("First", "Second"))

    def test_r09_in_progress_then_player(self):
        """*Call in progress* without recording; ended without; then with the player."""
        self.deliver(call := begun())
        ticket = self.make_ticket(self.sara, call)
        note = self.notes(ticket)
        self.assertIn("Call in progress", note.body)
        self.assertFalse(note.attachment_ids)
        self.deliver(over(call))
        self.assertNotIn("Call in progress", note.body)
        self.assertIn("talked 3:29", note.body)
        recording = self.call_of(call).recording_ids
        self.assertFalse(note.attachment_ids)
        recording._keep(sound())
        self.assertEqual(note.attachment_ids, recording.attachment_id)
        self.assertEqual(self.notes(ticket), note)


@tagged("post_install", "-at_install")
class TestNothingDone(CallgearCase):
    def test_r10_ticket_is_made(self):
        """The agent does nothing: a ticket with the standard subject, open, theirs."""
        self.deliver(call := incoming())
        ticket = self.tickets()
        self.assertEqual(len(ticket), 1)
        self.assertEqual(ticket.name, f"Incoming call from {NUMBER}")
        self.assertEqual(ticket.stage_id, self.open)
        self.assertEqual(ticket.user_id, self.sara)
        self.assertEqual(ticket.partner_id, self.maryam)
        self.assertEqual(ticket.team_id, self.team)
        self.assertEqual(ticket.channel_id, self.connection.channel_id)
        note = self.notes(ticket)
        self.assertEqual(note.author_id, self.sara.partner_id)
        self.assertFalse(self.leg(call, self.sara).summary)
        self.call_of(call).recording_ids._keep(sound())
        self.assertEqual(len(note.attachment_ids), 1)

    def test_r10_not_before_the_conversation_ends(self):
        """During the conversation there is no ticket yet; after it there is."""
        self.deliver(call := begun())
        self.assertFalse(self.tickets())
        self.deliver(call.leave(SARA, 220, talk=209))
        self.assertEqual(len(self.tickets()), 1)

    def test_r10_form_closed_unfilled(self):
        """The agent opens the form and leaves it: the same as nothing."""
        self.deliver(call := begun())
        self.open_form(self.sara, call)
        self.deliver(over(call))
        ticket = self.tickets()
        self.assertEqual(ticket.name, f"Incoming call from {NUMBER}")
        self.assertEqual(ticket.stage_id, self.open)

    def test_r10_subject_in_the_connections_language(self):
        """`<number>` in a subject is E.164 with its plus, or *hidden number*."""
        self.deliver(incoming(caller=""))
        self.assertEqual(self.tickets().name, "Incoming call from hidden number")

    def test_r10_agent_outside_the_team(self):
        """A ticket drops who is not in its team; the agent must be kept."""
        self.team.user_ids -= self.sara
        own = self.env["helpdesk.ticket.team"].create(
            {"name": "Second line", "user_ids": self.sara.ids}
        )
        self.deliver(incoming())
        ticket = self.tickets()
        self.assertEqual(ticket.user_id, self.sara)
        self.assertEqual(ticket.team_id, own)
        self.assertEqual(ticket.stage_id, self.open)

    def test_r10_agent_in_no_team(self):
        """An agent in no team at all still gets a ticket."""
        self.team.user_ids -= self.sara
        self.deliver(incoming())
        ticket = self.tickets()
        self.assertEqual(ticket.user_id, self.sara)
        self.assertEqual(ticket.stage_id, self.open)

    def test_r10_stage_of_another_team(self):
        """If the connection's stage has become another team's, the next like it is used."""
        other = self.env["helpdesk.ticket.team"].create({"name": "Other"})
        self.open.team_ids = other
        self.deliver(incoming())
        stage = self.tickets().stage_id
        self.assertNotEqual(stage, self.open)
        self.assertFalse(stage.closed or stage.team_ids)


@tagged("post_install", "-at_install")
class TestAttach(CallgearCase):
    def test_r11_message_in_the_chosen_ticket(self):
        """The call message appears in the ticket, with the summary, by the agent."""
        ticket = self.plain_ticket()
        self.deliver(call := begun())
        self.by(self.sara, call).attach_to_ticket(ticket.id, "Asked again")
        self.deliver(over(call))
        self.assertEqual(self.tickets(), ticket)
        note = self.notes(ticket)
        self.assertIn("Asked again", note.body)
        self.assertEqual(note.author_id, self.sara.partner_id)
        self.assertEqual(ticket.name, "Delivery is late")
        self.assertEqual(ticket.stage_id, self.pending)

    def test_r11_after_the_call(self):
        """Attached after the end: the automatic ticket is removed."""
        ticket = self.plain_ticket()
        self.deliver(call := incoming())
        made = self.tickets()
        self.by(self.sara, call).attach_to_ticket(ticket.id, "Asked again")
        self.assertFalse(made.exists())
        self.assertEqual(self.tickets(), ticket)
        self.assertEqual(len(self.notes(ticket)), 1)
        self.assertEqual(ticket.stage_id, self.pending)

    def test_r11_another_ticket_after_all(self):
        """The agent goes back and chooses another: the message moves there."""
        first, second = self.plain_ticket(), self.plain_ticket()
        self.deliver(call := begun())
        self.by(self.sara, call).attach_to_ticket(first.id, "Asked again")
        self.by(self.sara, call).attach_to_ticket(second.id)
        self.deliver(over(call))
        self.assertFalse(self.notes(first))
        self.assertFalse(first.message_ids.filtered(lambda m: "Asked again" in m.body))
        self.assertIn("Asked again", self.notes(second).body)
        self.assertEqual(first.stage_id, self.open)

    def test_r11_colleague_of_the_group_rung(self):
        """Of two who were rung, only the one who answered has a conversation."""
        call = CallBuilder(1).ring(SARA, 2).ring(OMAR, 2).answer(OMAR, 9)
        self.deliver(
            call.leave(SARA, 9, total=7).leave(OMAR, 60, talk=51).end(60, talk=51)
        )
        self.assertEqual(self.tickets().user_id, self.omar)
        self.assertFalse(self.leg(call, self.sara).ticket_id)

    def test_r11_only_tickets_they_may_change(self):
        """Neither a ticket without access nor one that is deleted."""
        group = self.env.ref("helpdesk_mgmt.group_helpdesk_user_own")
        self.sara.group_ids = self.env.ref("base.group_user") | group
        foreign = self.plain_ticket(user_id=self.omar.id)
        gone = self.plain_ticket()
        gone.unlink()
        self.deliver(call := begun())
        with self.assertRaises(AccessError):
            self.by(self.sara, call).attach_to_ticket(foreign.id)
        with self.assertRaises(UserError):
            self.by(self.sara, call).attach_to_ticket(gone.id)
        self.assertFalse(self.tickets())
