# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R40: an automatic ticket follows the facts until a person has touched it."""

from .builder import OMAR, SARA, WAREHOUSE, CallBuilder
from .case import CallgearCase, tagged
from .scenarios import HOUR, begun, incoming, missed, over


@tagged("post_install", "-at_install")
class TestTouched(CallgearCase):
    def missed_so_far(self):
        """A call that looks missed until its pick-up is reported, late."""
        call = incoming()
        rung, answered, left, end, recording = call.deliveries
        lost = CallBuilder(1).end(220, lost=True).deliveries
        self.deliver(rung, *lost)
        return self.tickets(), [answered, left, end, recording]

    def test_r40_untouched_follows(self):
        """No person has touched it: it is changed to fit the call."""
        ticket, late = self.missed_so_far()
        self.assertEqual(ticket.call_kind, "missed")
        self.deliver(*late)
        self.assertEqual(self.tickets(), ticket)
        self.assertEqual(ticket.call_kind, "in")

    def test_r40_withdrawn(self):
        """An untouched ticket that should not be there is removed."""
        call = CallBuilder(1).ring(SARA, 2).leave(SARA, 9, total=7)
        self.deliver(call, CallBuilder(1).end(50, lost=True))
        self.assertEqual(len(self.tickets()), 1)
        made = self.tickets()
        call.ring(WAREHOUSE, 2.1).answer(WAREHOUSE, 9).leave(WAREHOUSE, 50, talk=41)
        self.deliver(call.end(50, talk=41, employee=WAREHOUSE))
        self.assertFalse(made.exists())
        self.assertFalse(self.tickets())

    def test_r40_not_withdrawn_once_touched(self):
        """A ticket that a person has commented on stays, with its message."""
        call = CallBuilder(1).ring(SARA, 2).leave(SARA, 9, total=7)
        self.deliver(call, CallBuilder(1).end(50, lost=True))
        ticket = self.tickets()
        ticket.with_user(self.sara).message_post(
            body="I call back", message_type="comment"
        )
        call.ring(WAREHOUSE, 2.1).answer(WAREHOUSE, 9).leave(WAREHOUSE, 50, talk=41)
        self.deliver(call.end(50, talk=41, employee=WAREHOUSE))
        self.assertTrue(ticket.exists())
        self.assertEqual(self.call_of(call).reason, "answered_elsewhere")
        self.assertIn("I call back", " ".join(ticket.message_ids.mapped("body")))

    def test_r40_renamed(self):
        """A name that a person gave stays, and so do agent, contact and team."""
        for values in (
            {"name": "Mrs Khalil"},
            {"user_id": self.lina.id},
            {"partner_id": self.env["res.partner"].create({"name": "Husband"}).id},
            {"priority": "3"},
        ):
            with self.subTest(values=values):
                point = self.env.cr.savepoint()
                ticket, late = self.missed_so_far()
                ticket.with_user(self.sara).write(values)
                before = ticket.read(["name", "user_id", "partner_id", "team_id"])
                self.deliver(*late)
                after = ticket.read(["name", "user_id", "partner_id", "team_id"])
                self.assertEqual(before, after)
                self.assertEqual(self.tickets(), ticket)
                self.assertEqual(len(self.notes(ticket)), 1)
                point.close(rollback=True)
                self.env.invalidate_all()

    def test_r40_stage_chosen_by_a_person(self):
        """A stage that a person chose is not changed by late facts of that call."""
        ticket, late = self.missed_so_far()
        ticket.with_user(self.sara).stage_id = self.closed
        self.deliver(*late)
        self.assertEqual(ticket.stage_id, self.closed)

    def test_r26_assigned_by_a_person(self):
        """A later missed call does not change whom a person assigned the ticket to."""
        self.deliver(missed(1))
        ticket = self.tickets()
        ticket.with_user(self.omar).user_id = self.lina
        self.deliver(missed(2, HOUR))
        self.assertEqual(ticket.user_id, self.lina)
        self.assertEqual(len(self.notes(ticket)), 2)

    def test_r09_edited_call_message(self):
        """What the agent has written into the call message stays there."""
        self.deliver(call := begun())
        ticket = self.make_ticket(self.sara, call, call_summary="Parcel")
        self.deliver(over(call, recorded=False))
        note = self.notes(ticket)
        ticket.with_user(self.sara)._message_update_content(
            note.with_user(self.sara), body="The carrier has found it"
        )
        self.deliver(call.record(240, employee=SARA))
        self.assertIn("The carrier has found it", note.body)
        self.env["callgear.settlement"]._settle(self.call_of(call))
        self.assertIn("The carrier has found it", note.body)

    def test_r10_ticket_deleted_during_the_call(self):
        """Deleted while they talk: at the end the conversation has a ticket again."""
        self.deliver(call := begun())
        self.make_ticket(self.sara, call, name="By mistake").sudo().unlink()
        self.deliver(over(call))
        self.assertEqual(len(self.tickets()), 1)
        self.assertEqual(len(self.notes(self.tickets())), 1)

    def test_r10_ticket_deleted_after_the_call(self):
        """Deleted when it was over: a late recording does not bring it back."""
        self.deliver(call := begun())
        self.deliver(over(call, recorded=False))
        self.tickets().unlink()
        self.deliver(call.record(240, employee=SARA))
        self.assertFalse(self.tickets())
        self.assertEqual(self.call_of(call).outcome, "answered")

    def test_r25_missed_ticket_deleted(self):
        """The same with a missed call's."""
        call = CallBuilder(1).ring(SARA, 3).end(24, wait=21)
        self.deliver(call)
        self.tickets().unlink()
        self.deliver(call.leave(SARA, 23, total=20))
        self.assertFalse(self.tickets())

    def test_r11_archived_during_the_call(self):
        """Archived while they talk: it is still the ticket of the conversation."""
        self.deliver(call := begun())
        ticket = self.make_ticket(self.sara, call, name="Lost")
        ticket.active = False
        self.deliver(over(call))
        self.assertEqual(self.ticket_of(call, self.sara), ticket)
        self.assertFalse(ticket.active)
        self.assertIn("talked", self.notes(ticket).body)

    def test_r16_late_transfer_leaves_a_touched_ticket(self):
        """A late notification about a colleague adds a ticket and removes none."""
        call = begun()
        self.deliver(call, CallBuilder(1).end(300, talk=289, employee=SARA))
        ticket = self.tickets()
        ticket.with_user(self.sara).name = "Lost parcel"
        call.leave(SARA, 100, talk=89).ring(OMAR, 101).answer(OMAR, 110)
        self.deliver(call.leave(OMAR, 300, talk=190))
        self.assertEqual(ticket.name, "Lost parcel")
        self.assertEqual(ticket.user_id, self.sara)
        self.assertEqual(ticket.stage_id, self.open)
        self.assertEqual(self.ticket_of(call, self.omar).user_id, self.omar)
