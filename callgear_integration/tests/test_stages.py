# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R29-R33: the statuses that calls give to tickets."""

from .builder import MARYAM, NOBODY, SARA, YUSUF, CallBuilder
from .case import CallgearCase, tagged
from .scenarios import (
    HOUR,
    begun,
    incoming,
    missed,
    over,
    softphone,
    softphone_unanswered,
)


@tagged("post_install", "-at_install")
class TestStages(CallgearCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.progress = cls.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_in_progress")

    def test_r29_pending_when_it_ends(self):
        """Open while they talk, pending when the conversation ends."""
        self.deliver(call := begun())
        ticket = self.make_ticket(self.sara, call)
        self.assertEqual(ticket.stage_id, self.open)
        self.deliver(over(call))
        self.assertEqual(ticket.stage_id, self.pending)

    def test_r29_created_after_the_end(self):
        """The same if *Create* is pressed when the call is over."""
        self.deliver(call := begun())
        form = self.open_form(self.sara, call)
        self.deliver(over(call))
        self.assertEqual(self.tickets().stage_id, self.open)
        self.assertEqual(form.save().stage_id, self.pending)

    def test_r29_attached(self):
        """Also a closed ticket to which the call is attached is pending at the end."""
        ticket = self.plain_ticket(stage_id=self.closed.id)
        self.deliver(call := begun())
        self.by(self.sara, call).attach_to_ticket(ticket.id)
        self.assertEqual(ticket.stage_id, self.closed)
        self.deliver(over(call))
        self.assertEqual(ticket.stage_id, self.pending)

    def test_r29_stage_set_during_the_conversation(self):
        """A stage that the agent set during the conversation stays."""
        for number, stage in enumerate(
            (self.progress, self.closed, self.open), start=1
        ):
            with self.subTest(stage.name):
                call = begun(number, number * HOUR)
                self.deliver(call)
                ticket = self.make_ticket(self.sara, call)
                ticket.with_user(self.sara).stage_id = self.progress
                ticket.with_user(self.sara).stage_id = stage
                self.deliver(over(call))
                self.assertEqual(ticket.stage_id, stage)

    def test_r29_stage_set_before_the_attachment(self):
        """Set during the call, then attached: the agent's choice stays."""
        ticket = self.plain_ticket()
        self.deliver(call := begun())
        ticket.with_user(self.sara).stage_id = self.progress
        self.by(self.sara, call).attach_to_ticket(ticket.id)
        self.deliver(over(call))
        self.assertEqual(ticket.stage_id, self.progress)

    def test_r29_stage_set_in_the_form(self):
        """A stage chosen in the form of the new ticket stays as well."""
        self.deliver(call := begun())
        ticket = self.make_ticket(self.sara, call, stage_id=self.progress)
        self.deliver(over(call))
        self.assertEqual(ticket.stage_id, self.progress)

    def test_r29_stage_set_before_the_call_does_not_count(self):
        """What was set before the conversation is changed by it."""
        ticket = self.plain_ticket()
        ticket.with_user(self.sara).stage_id = self.progress
        self.deliver(call := begun())
        self.by(self.sara, call).attach_to_ticket(ticket.id)
        self.deliver(over(call))
        self.assertEqual(ticket.stage_id, self.pending)

    def test_r29_late_recording_moves_nothing(self):
        """Once moved, a person's stage is not moved again by late notifications."""
        self.deliver(call := begun())
        ticket = self.make_ticket(self.sara, call)
        self.deliver(over(call, recorded=False))
        ticket.with_user(self.sara).stage_id = self.closed
        self.deliver(call.record(240, employee=SARA))
        self.assertEqual(ticket.stage_id, self.closed)

    def test_r30_missed(self):
        """A missed call: open, also where the ticket was closed in between."""
        self.deliver(missed(1))
        self.assertEqual(self.tickets().stage_id, self.open)

    def test_r31_call_back_not_answered(self):
        """The status stays, whatever it is."""
        self.deliver(missed(1))
        ticket = self.tickets()
        self.deliver(softphone_unanswered(2, HOUR))
        self.assertEqual(ticket.stage_id, self.open)
        ticket.with_user(self.omar).stage_id = self.progress
        self.deliver(softphone_unanswered(3, 2 * HOUR))
        self.assertEqual(ticket.stage_id, self.progress)

    def test_r33_softphone_nothing_done(self):
        """Closed (R24)."""
        self.deliver(softphone())
        self.assertEqual(self.tickets().stage_id, self.closed)


@tagged("post_install", "-at_install")
class TestMissedWaiting(CallgearCase):
    """R32: the caller has a missed-call ticket that waits."""

    def setUp(self):
        super().setUp()
        self.deliver(missed(1))
        self.waiting = self.tickets()

    def dialled(self):
        call = CallBuilder(2, direction="out", start=HOUR).call_out(SARA)
        call.ring(SARA, 0.3, leg="contact").answer(SARA, 14, leg="contact")
        self.deliver(call)
        return call

    def dialled_over(self, call):
        call.leave(NOBODY, 130, talk=116, is_operator=False, leg="contact", total=130)
        self.deliver(call.end(130, talk=116, employee=SARA).record(141, employee=SARA))

    def test_r32a_new_ticket(self):
        """They call again, it goes to a new ticket: the missed one is closed."""
        self.deliver(call := begun(2, HOUR))
        self.assertEqual(self.waiting.stage_id, self.open)
        ticket = self.make_ticket(self.sara, call)
        self.deliver(over(call))
        self.assertEqual(self.waiting.stage_id, self.closed)
        self.assertEqual(ticket.stage_id, self.pending)

    def test_r32a_nothing_done(self):
        """The same with the automatic ticket."""
        self.deliver(call := incoming(2, HOUR))
        self.assertEqual(self.waiting.stage_id, self.closed)
        self.assertEqual(self.ticket_of(call, self.sara).stage_id, self.open)

    def test_r32a_attached_elsewhere(self):
        """Attached to a third ticket, the missed one is dealt with there: closed."""
        other = self.plain_ticket()
        self.deliver(call := begun(2, HOUR))
        self.by(self.sara, call).attach_to_ticket(other.id)
        self.deliver(over(call))
        self.assertEqual(self.waiting.stage_id, self.closed)
        self.assertEqual(other.stage_id, self.pending)

    def test_r32a_touched(self):
        """Also if a person has worked on the missed-call ticket before."""
        progress = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_in_progress")
        self.waiting.with_user(self.omar).write(
            {"name": "Mrs Khalil", "stage_id": progress.id}
        )
        self.deliver(incoming(2, HOUR))
        self.assertEqual(self.waiting.stage_id, self.closed)
        self.assertEqual(self.waiting.name, "Mrs Khalil")

    def test_r32a_not_of_another_caller(self):
        """A conversation with another caller closes nothing."""
        self.deliver(incoming(2, HOUR, caller=YUSUF))
        self.assertEqual(self.waiting.stage_id, self.open)

    def test_r32a_not_by_an_earlier_conversation(self):
        """A conversation before the missed call, reported late, closes nothing."""
        self.deliver(incoming(2, -HOUR))
        self.assertEqual(self.waiting.stage_id, self.open)

    def test_r32b_attached_to_it(self):
        """They call again and the agent attaches it there: pending at the end."""
        self.deliver(call := begun(2, HOUR))
        self.by(self.sara, call).attach_to_ticket(self.waiting.id, "Done")
        self.assertEqual(self.waiting.stage_id, self.open)
        self.deliver(over(call))
        self.assertEqual(self.waiting.stage_id, self.pending)
        self.assertEqual(self.tickets(), self.waiting)

    def test_r32b_attached_after_the_end(self):
        """The automatic ticket is removed, and the closed one is pending again."""
        self.deliver(call := incoming(2, HOUR))
        self.assertEqual(self.waiting.stage_id, self.closed)
        self.by(self.sara, call).attach_to_ticket(self.waiting.id, "Done")
        self.assertEqual(self.waiting.stage_id, self.pending)
        self.assertEqual(self.tickets(), self.waiting)

    def test_r32b_incoming_does_not_turn_it_green(self):
        """Only a call back from the agent does (R27)."""
        self.deliver(call := begun(2, HOUR))
        self.by(self.sara, call).attach_to_ticket(self.waiting.id)
        self.deliver(over(call))
        self.assertEqual(self.waiting.call_icon, "missed")

    def test_r32c_called_from_it(self):
        """The agent calls from the ticket and is answered: pending at the end."""
        for summary in (None, "All is well"):
            with self.subTest(summary=summary):
                point = self.env.cr.savepoint()
                own = self.env["callgear.dialer"]._prepare(
                    self.connection, self.sara, f"+{MARYAM}", self.maryam, self.waiting
                )
                call = CallBuilder(
                    3,
                    direction="out",
                    source="callapi",
                    start=HOUR,
                    external_id=own.external_id,
                )
                call.ring(SARA, 1).answer(SARA, 5).ring(NOBODY, 6).answer(NOBODY, 20)
                self.deliver(call)
                if summary:
                    self.by(self.sara, call).attach_to_ticket(self.waiting.id, summary)
                self.assertEqual(self.waiting.stage_id, self.open)
                call.leave(NOBODY, 80, talk=60, is_operator=False).leave(
                    SARA, 80, talk=60
                )
                self.deliver(call.end(80, talk=60, employee=SARA))
                self.assertEqual(self.waiting.stage_id, self.pending)
                point.close(rollback=True)
                self.env.invalidate_all()

    def test_r32d_softphone_new_ticket(self):
        """Called from the softphone, in a new ticket: the missed one is closed."""
        call = self.dialled()
        ticket = self.make_ticket(self.sara, call)
        self.dialled_over(call)
        self.assertEqual(self.waiting.stage_id, self.closed)
        self.assertEqual(ticket.stage_id, self.pending)

    def test_r32d_softphone_nothing_done(self):
        """The same with the automatic ticket."""
        call = self.dialled()
        self.dialled_over(call)
        self.assertEqual(self.waiting.stage_id, self.closed)
        self.assertEqual(self.ticket_of(call, self.sara).stage_id, self.closed)

    def test_r32e_softphone_attached(self):
        """Attached to it: pending at the end, and green once it is recorded."""
        call = self.dialled()
        self.by(self.sara, call).attach_to_ticket(self.waiting.id, "Done")
        self.dialled_over(call)
        self.assertEqual(self.waiting.stage_id, self.pending)
        self.assertEqual(self.waiting.call_icon, "call")
        self.assertEqual(self.tickets(), self.waiting)
