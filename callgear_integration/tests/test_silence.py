# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R43: customers get no e-mail because of a call, unless the admin turns that on."""

from functools import partial
from types import SimpleNamespace

from odoo import fields
from odoo.tools import email_normalize

from odoo.addons.mail.tests.common import MailCommon

from ..tools.quiet import quiet
from .builder import MARYAM, NOBODY, SARA, UNKNOWN, YUSUF, CallBuilder
from .case import CallgearCase, tagged
from .scenarios import (
    HOUR,
    attended_transfer,
    begun,
    incoming,
    missed,
    over,
    softphone,
    softphone_unanswered,
)


@tagged("post_install", "-at_install")
class TestSilence(MailCommon, CallgearCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The worst case: each stage has a template for the customer.
        template = cls.closed.mail_template_id
        (cls.open | cls.pending | cls.closed).mail_template_id = template
        cls.env.flush_all()

    def mails(self, act):
        """Do something as one transaction; return what was sent to the customer."""
        self.flush_tracking()
        Mail, Notification = self.env["mail.mail"], self.env["mail.notification"]
        mails, notifications = Mail.search([]), Notification.search([])
        with self.mock_mail_gateway():
            act()
            self.flush_tracking()
            sent = self._new_mails | Mail.search([]) - mails
        notified = Notification.search([]) - notifications
        return (
            sent.filtered(
                lambda mail: (
                    self.maryam in mail.recipient_ids
                    or self.maryam.email
                    in (mail.email_to or "") + (mail.email_cc or "")
                )
            ),
            notified.filtered(lambda n: n.res_partner_id == self.maryam),
        )

    def assertSilent(self, act):
        sent, notified = self.mails(act)
        self.assertFalse(sent)
        self.assertFalse(notified)

    def test_r43_automatic_tickets(self):
        """Automatic tickets and their stage changes send the customer nothing."""
        for number, make in enumerate(
            (incoming, missed, softphone, softphone_unanswered, attended_transfer)
        ):
            with self.subTest(make.__name__):
                self.assertSilent(partial(self.deliver, make(number, number * HOUR)))
        self.assertGreaterEqual(len(self.tickets()), 4)

    def test_r43_each_notification_on_its_own(self):
        """The same when each notification is a transaction of its own."""
        calls = missed(1), incoming(2, HOUR), softphone(3, 2 * HOUR)
        for call in calls:
            for delivery in call.deliveries:
                self.assertSilent(partial(self.deliver, delivery))
        stages = self.tickets().stage_id
        self.assertEqual(stages, self.closed | self.open)

    def test_r43_agents_ticket(self):
        """A ticket made in the form, and its stage change at the end."""
        self.deliver(call := begun())
        form = self.open_form(self.sara, call)
        self.assertSilent(form.save)
        self.assertSilent(lambda: self.deliver(over(call)))
        self.assertEqual(self.ticket_of(call, self.sara).stage_id, self.pending)

    def test_r43_form_saved_after_the_end(self):
        """*Create* on the ticket made meanwhile moves it without an e-mail."""
        self.deliver(call := begun())
        form = self.open_form(self.sara, call)
        self.deliver(over(call))
        self.assertSilent(form.save)
        self.assertEqual(self.tickets().stage_id, self.pending)

    def test_r43_draft_after_the_end(self):
        """Typing goes on after the end: it moves the ticket without an e-mail."""
        self.deliver(call := incoming())
        leg = self.by(self.sara, call)
        self.assertSilent(lambda: leg.save_draft("Lost parcel", "Parcel 12"))
        self.assertEqual(self.tickets().stage_id, self.pending)

    def test_r43_attach_to_a_followed_ticket(self):
        """The customer follows the ticket: the call message is not for them."""
        ticket = self.plain_ticket()
        ticket.message_subscribe(self.maryam.ids)
        self.deliver(call := begun())
        leg = self.by(self.sara, call)
        self.assertSilent(lambda: leg.attach_to_ticket(ticket.id, "Secret"))
        self.assertSilent(lambda: self.deliver(over(call)))
        self.assertEqual(ticket.stage_id, self.pending)
        self.assertTrue(self.notes(ticket).subtype_id.internal)

    def test_r43_attach_after_the_end(self):
        """Attaching moves the chosen ticket at once, without an e-mail."""
        ticket = self.plain_ticket()
        self.deliver(call := incoming())
        leg = self.by(self.sara, call)
        self.assertSilent(lambda: leg.attach_to_ticket(ticket.id, "Secret"))
        self.assertEqual(ticket.stage_id, self.pending)

    def test_r43_contact_linked(self):
        """Linking a contact sends them no message."""
        self.deliver(call := incoming(caller="447700900123"))
        leg = self.by(self.sara, call)
        self.assertSilent(lambda: leg.link_partner(self.maryam.id))
        self.assertEqual(self.tickets().partner_id, self.maryam)

    def test_r43_call_from_the_ticket(self):
        """Calling from a missed call's ticket moves it without an e-mail."""
        self.deliver(missed(1))
        ticket = self.tickets()
        ticket.message_subscribe(self.maryam.ids)
        own = self.env["callgear.dialer"]._prepare(
            self.connection, self.sara, f"+{MARYAM}", self.maryam, ticket
        )
        call = CallBuilder(
            2,
            direction="out",
            source="callapi",
            start=HOUR,
            external_id=own.external_id,
        )
        call.ring(SARA, 1).answer(SARA, 5).ring(NOBODY, 6).answer(NOBODY, 20)
        call.leave(SARA, 80, talk=60).end(80, talk=60, employee=SARA)
        self.assertSilent(lambda: self.deliver(call))
        self.assertEqual(ticket.stage_id, self.pending)

    def test_r43_person_changes_the_stage(self):
        """A person who closes the ticket writes to the customer, as without the addon."""
        self.deliver(missed(1))
        ticket = self.tickets()
        self.flush_tracking()
        sent, _notified = self.mails(
            lambda: ticket.with_user(self.sara).write({"stage_id": self.closed.id})
        )
        self.assertTrue(sent)

    def test_r43_person_decides_whose_a_waiting_ticket_is(self):
        """What is sent because of that goes out, though the caller is offered anew."""
        self.team.callgear_unclaimed_minutes = 10
        self.deliver(missed(1))
        ticket = self.tickets()
        self.flush_tracking()
        for values in (
            {"user_id": self.lina.id},
            {"user_id": False, "team_id": False},
            {"team_id": self.team.id},
        ):

            def decide(values=values):
                ticket.with_user(self.sara).write(values)
                ticket.message_post(
                    body="Your agent is now another",
                    subtype_xmlid="mail.mt_comment",
                    partner_ids=self.maryam.ids,
                )

            with self.subTest(values):
                _sent, notified = self.mails(decide)
                self.assertTrue(notified)

    def test_r43_decided_in_the_course_of_a_call(self):
        """What a call has silenced stays so when a person decides whose the ticket is."""
        self.team.callgear_unclaimed_minutes = 10
        self.deliver(missed(1))
        ticket = self.tickets()

        def decide():
            ticket._callgear_write_from_call({"stage_id": self.closed.id})
            ticket.with_user(self.sara).write({"user_id": self.lina.id})

        self.assertSilent(decide)

    def test_r43_turned_on(self):
        """With the option, a call that closes a ticket sends the stage's e-mail."""
        self.connection.notify_customers = True
        self.deliver(missed(1))
        waiting = self.tickets()
        self.deliver(call := begun(2, HOUR))
        other = self.plain_ticket()
        self.by(self.sara, call).attach_to_ticket(other.id)
        sent, _notified = self.mails(lambda: self.deliver(over(call)))
        self.assertEqual(waiting.stage_id, self.closed)
        self.assertTrue(sent)

    def test_r43_a_mailbox_of_colleagues_gets_what_is_posted(self):
        """The customer's address beside it does not."""
        ticket = self.deliver(missed()).ticket_ids
        with self.mock_mail_gateway(), quiet():
            ticket.message_post(
                body="They wait",
                subtype_xmlid="mail.mt_comment",
                outgoing_email_to=f"duty@our.example, {self.maryam.email}",
            )
            self.flush_tracking()
        sent = {email_normalize(to) for mail in self._mails for to in mail["email_to"]}
        self.assertIn("duty@our.example", sent)
        self.assertNotIn(self.maryam.email_normalized, sent)

    def test_r43_messages_of_other_addons_are_known_by_their_states(self):
        """What waits to be sent can be cancelled; a payment is no message."""

        def states(*values, message=False):
            known = {"state": fields.Selection([(value, value) for value in values])}
            if message:
                known["message_id"] = fields.Many2one("mail.message", store=True)
                known["message_id"].comodel_name = "mail.message"
            for name, field in known.items():
                field._setup_attrs__(type(self.env["res.partner"]), name)
            model = SimpleNamespace(_name="other.message", _fields=known)
            return self.env["callgear.silence"]._states_of(model)

        self.assertEqual(states("outgoing", "sent", "cancel"), ({"outgoing"}, "cancel"))
        self.assertEqual(
            states("pending", "sent", "canceled", message=True),
            ({"pending"}, "canceled"),
        )
        self.assertIsNone(states("draft", "pending", "done", "cancel"))
        self.assertIsNone(states("outgoing", "incoming"))
        self.assertIsNone(states("open", "closed"))

    def test_r43_whose_number_it_is(self):
        """A contact's or a caller's is a customer's; a colleague's or nobody's is not."""
        self.deliver(missed(1, caller=UNKNOWN))
        self.lina.partner_id.phone = "+97145550188"
        numbers = ("050 555 0123", f"+{UNKNOWN}", "+97145550188", f"+{YUSUF}", "x", "")
        self.assertEqual(
            self.env["callgear.silence"]._customers_numbers(numbers), {*numbers[:2]}
        )
