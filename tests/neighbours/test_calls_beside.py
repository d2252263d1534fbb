# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R43, R55: among all neighbours calls make the same tickets, and customers hear nothing."""

from contextlib import contextmanager

from odoo.tests import tagged

from odoo.addons.callgear_integration.tests.builder import MARYAM, UNKNOWN
from odoo.addons.callgear_integration.tests.scenarios import (
    HOUR,
    VARIED,
    begun,
    incoming,
    missed,
    over,
    softphone,
    softphone_unanswered,
)
from odoo.addons.callgear_integration.tests.snapshot import snapshot
from odoo.addons.callgear_integration.tools.steps import SingleSteps

from devtools.neighbours_database import NEIGHBOURS

from ..effort import tries
from .case import WAYS, NeighboursCase

# Conversations in both directions, a transfer, a missed call; with all ways to customers
# each takes many seconds.
TRIED = ("missed, called back", "attended transfer")[: tries(1, full=2)]


@tagged("post_install", "-at_install")
class TestCallsBeside(NeighboursCase):
    def outcome(self, name):
        """What a scenario leaves behind, and what customers have got because of it."""
        with self.undone():
            with self.mock_mail_gateway():
                before = self.sent()
                self.deliver(*VARIED[name]())
                self.later()
                got = self.sent() - before
            self.env.invalidate_all()
            return snapshot(self.env, self.connection), got

    def test_r55_all_neighbours_are_there(self):
        installed = self.env["ir.module.module"].search([("state", "=", "installed")])
        self.assertLessEqual(set(NEIGHBOURS), set(installed.mapped("name")))

    def test_r43_r55_same_tickets_and_no_word_to_customers(self):
        """Each scenario ends as without automation rules, and nothing is sent."""
        plain = {name: self.outcome(name) for name in TRIED}
        self.add_rules()
        for name, (tickets, sent) in plain.items():
            with self.subTest(name):
                self.assertEqual(sent, set())
                beside, sent = self.outcome(name)
                self.assertEqual(sent, set())
                self.assertEqual(_without_comments(beside), _without_comments(tickets))

    def test_r43_r55_agents_deeds(self):
        """Attaching, typing, linking, closing a waiting ticket: nothing is sent either."""
        self.add_rules()
        ticket = self.plain_ticket()
        ticket.message_subscribe(self.maryam.ids)
        self.env.cr.flush()
        with self.mock_mail_gateway():
            self.deliver(call := begun(1))
            before = self.sent()
            self.by(self.sara, call).attach_to_ticket(ticket.id, "Parcel")
            self.env.cr.flush()
            self.deliver(over(call))
            self.deliver(missed(2, HOUR))
            (self.tickets() - ticket).action_callgear_done()
            self.env.cr.flush()
            self.deliver(third := incoming(3, 2 * HOUR, caller="447700900123"))
            self.by(self.sara, third).link_partner(self.maryam.id)
            self.by(self.sara, third).save_draft("Subject", "Summary")
            self.env.cr.flush()
            self.assertEqual(self.sent() - before, set())
        self.assertEqual(ticket.stage_id, self.pending)

    def test_r43_r55_moved_calls(self):
        """R11: into a new ticket, and into another one afterwards: nothing is sent."""
        other = self.plain_ticket()
        self.add_rules()
        with self.mock_mail_gateway():
            self.deliver(call := incoming(1))
            before, ticket = self.sent(), self.tickets() - other
            leg = self.by(self.sara, call)
            leg.move_to_new_ticket()
            self.env.cr.flush()
            leg.move_to_ticket(other.id)
            self.env.cr.flush()
            self.assertEqual(self.sent() - before, set())
            self.assertFalse(ticket.exists())

    def test_r43_r55_a_caller_who_becomes_known(self):
        """R13: the ticket of their missed call gets the contact, and nothing is sent."""
        self.deliver(missed(1, caller="971504441122"))
        self.add_rules()
        with self.mock_mail_gateway():
            before = self.sent()
            self.maryam.phone = "+971504441122"
            self.env.cr.flush()
            self.assertEqual(self.tickets().partner_id, self.maryam)
            self.assertEqual(self.sent() - before, set())

    def test_r43_r55_what_was_changed_before_goes_out(self):
        """What follows by computed fields from somebody's change is not the call's doing."""
        self.deliver(missed(1, caller=MARYAM))
        rule = self.code_rule("on_create_or_write", WAYS["comment on the contact"])
        is_computed = self.env["ir.model.fields"]._get("helpdesk.ticket", "unattended")
        rule.trigger_field_ids = is_computed
        self.env.cr.flush()
        with self.mock_mail_gateway():
            before = self.sent()
            self.open.unattended = not self.open.unattended
            self.deliver(softphone_unanswered(2, HOUR))
            models = {record._name for record in self.sent() - before}
        self.assertIn("mail.notification", models)

    def assertRulesOnCallsAreSilent(self, act):
        """Whatever is done to calls and legs is told to rules, and customers hear nothing."""
        for model in ("callgear.call", "callgear.leg"):
            self.code_rule(
                "on_create_or_write", WAYS["comment on the contact"], model=model
            )
        posted = self.maryam.message_ids
        with self.mock_mail_gateway():
            before = self.sent()
            act()
            self.env.flush_all()
            self.assertEqual(self.sent() - before, set())
        self.assertTrue(self.maryam.message_ids - posted)

    def test_r43_r55_rules_on_calls_contact_edited(self):
        self.deliver(missed(1, caller="971504441122"))
        self.assertRulesOnCallsAreSilent(
            lambda: self.maryam.write({"phone": "+971504441122"})
        )

    def test_r43_r55_rules_on_calls_typed(self):
        self.deliver(call := begun(1))
        leg = self.by(self.sara, call)
        self.assertRulesOnCallsAreSilent(lambda: leg.save_draft("Parcel", "Lost"))

    def test_r43_r55_rules_on_calls_result(self):
        self.deliver(call := incoming(1))
        leg = self.by(self.sara, call)
        result = self.env["callgear.result"].create({"name": "Sold"})
        self.assertRulesOnCallsAreSilent(lambda: leg.set_result(result.id))
        self.assertRulesOnCallsAreSilent(leg.finish_note)

    def test_r43_r55_rules_on_calls_message_moved(self):
        other = self.plain_ticket()
        self.deliver(missed(1))
        messages = self.notes(self.tickets() - other)
        self.assertRulesOnCallsAreSilent(lambda: messages.write({"res_id": other.id}))

    def test_r43_r55_rules_on_calls_ticket_merged(self):
        """Also of calls that are being made from the ticket."""
        old, new = self.plain_ticket(), self.plain_ticket()
        self.deliver(call := begun(1))
        self.call_of(call).origin_ticket_id = old
        message = old.message_post(body="Lost")
        message.write({"res_id": new.id})
        self.env.flush_all()
        self.assertRulesOnCallsAreSilent(lambda: old.write({"active": False}))
        self.assertEqual(self.call_of(call).origin_ticket_id, new)

    def test_r43_r55_rules_on_calls_settled(self):
        call = self.deliver(incoming(1))
        call.outcome = False
        self.env.flush_all()
        settlement = self.env["callgear.settlement"]
        self.assertRulesOnCallsAreSilent(lambda: settlement._settle(call))

    def test_r40_locks_before_what_is_pending(self):
        """As with notifications, or an agent's button and one wait for each other."""
        other = self.plain_ticket()
        self.deliver(known := incoming(1), unknown := missed(2, HOUR, caller=UNKNOWN))
        contact = self.env["res.partner"].create({"name": "Her husband"})
        leg, call = (
            self.by(self.sara, known),
            self.call_of(unknown).with_user(self.sara),
        )
        for act in (
            leg.move_to_new_ticket,
            lambda: leg.attach_to_ticket(other.id),
            lambda: leg.save_draft("Parcel"),
            lambda: leg.link_partner(contact.id),
            call.create_partner,
        ):
            self.env.flush_all()
            other.priority = "3" if other.priority != "3" else "1"
            done = []
            with contextmanager(self._patchExecute)(done, flush=False):
                act()
            locked = _first(done, "pg_advisory_xact_lock")
            self.assertLess(locked, _first(done, 'UPDATE "helpdesk_ticket"'))

    def test_r40_a_rule_on_a_computed_field_refuses_one_ticket(self):
        """The caller's new ticket is made, though the one of before cannot be closed."""
        self.deliver(missed(1))
        waiting = self.tickets()
        self.closed.unattended = not self.open.unattended
        rule = self.code_rule(
            "on_create_or_write",
            f"if record.id == {waiting.id}: raise UserError('no')",
        )
        rule.trigger_field_ids = self.env["ir.model.fields"]._get(
            "helpdesk.ticket", "unattended"
        )
        call = softphone(2, HOUR)
        for delivery in call.deliveries:
            self.connection._receive(delivery.event, delivery.body)
        self.env.flush_all()
        steps = SingleSteps(self.env.cr.savepoint)
        refresh = self.env["callgear.refresh"]
        refresh._refresh(self.connection, str(call.session), steps=steps)
        self.assertTrue(steps.errors)
        self.assertEqual(waiting.stage_id, self.open)
        self.assertTrue(self.tickets() - waiting)

    def test_r43_r55_turned_on(self):
        """Surveys and stage e-mails are sent as if the stage had been set by hand."""
        self.connection.notify_customers = True
        with self.mock_mail_gateway():
            before = self.sent()
            self.deliver(missed(1), incoming(2, HOUR))
            models = {record._name for record in self.sent() - before}
        self.assertIn("rating.rating", models)
        self.assertIn("mail.mail", models)

    def test_r43_r55_a_person_sends_as_ever(self):
        """Who closes a missed call's ticket by hand asks the customer how it was."""
        self.deliver(missed(1, caller=MARYAM))
        with self.mock_mail_gateway():
            before = self.sent()
            self.tickets().with_user(self.sara).write({"stage_id": self.closed.id})
            self.env.cr.precommit.run()
            models = {record._name for record in self.sent() - before}
        self.assertIn("rating.rating", models)

    def test_r43_colleagues_get_their_emails(self):
        """An automation rule that tells a colleague of a missed call goes on doing so."""
        to_agent = self.template.copy(
            {"partner_to": str(self.lina.partner_id.id), "email_to": "desk@our.example"}
        )
        self.rule(
            "on_create",
            state="mail_post",
            template_id=to_agent.id,
            mail_post_method="email",
        )
        with self.mock_mail_gateway():
            self.deliver(missed())
            mails = self._new_mails.filtered(
                lambda mail: self.lina.partner_id in mail.recipient_ids
            )
        self.assertEqual(mails.mapped("email_to"), ["desk@our.example"])
        self.assertNotEqual(mails.state, "cancel")


def _first(statements, text):
    """The place of the first statement that contains a text."""
    return next(n for n, statement in enumerate(statements) if text in statement)


def _without_comments(outcome):
    """A snapshot without the number of comments: rules post some."""
    tickets = [ticket[:-1] for ticket in outcome["tickets"]]
    return {**outcome, "tickets": tickets}
