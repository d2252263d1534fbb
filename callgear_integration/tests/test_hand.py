# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R40: a ticket is a person's after what persons do, and after nothing else."""

from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import Form

from odoo.addons.helpdesk_mgmt.models.helpdesk_ticket import (
    HelpdeskTicket as Helpdesk,
)

from ..tools.hand import Hand, changed_by, current_hand
from .builder import OMAR, SARA, WAREHOUSE, CallBuilder
from .case import CallgearCase, tagged
from .scenarios import HOUR, begun, incoming, missed, over

# All that a rule, or anything else that is no person, may write.
WRITTEN = {
    "priority": "3",
    "color": 4,
    "description": "<p>Automatic</p>",
    "kanban_state": "blocked",
}
MAIL = """From: Maryam <maryam@customers.example.com>
To: hotline@example.com
Subject: Re: {subject}
Message-Id: <answer-1@customers.example.com>
In-Reply-To: {reference}
References: {reference}

Please call me after six.
"""


class HandCase(CallgearCase):
    def missed_so_far(self):
        """A call that looks missed until its pick-up is reported, late."""
        rung, *late = incoming().deliveries
        end = CallBuilder(1).end(220, lost=True).deliveries
        self.deliver(rung, *end)
        [ticket] = self.tickets()
        return ticket, late

    def withdrawn_so_far(self):
        """A missed call's ticket, and what tells that the warehouse has answered."""
        call = CallBuilder(1).ring(SARA, 2).leave(SARA, 9, total=7)
        self.deliver(call, CallBuilder(1).end(50, lost=True))
        [ticket] = self.tickets()
        call.ring(WAREHOUSE, 2.1).answer(WAREHOUSE, 9).leave(WAREHOUSE, 50, talk=41)
        return ticket, call.end(50, talk=41, employee=WAREHOUSE)

    def server_action(self, code, **values):
        return self.env["ir.actions.server"].create(
            {
                "name": "Write",
                "model_id": self.env.ref("helpdesk_mgmt.model_helpdesk_ticket").id,
                "state": "code",
                "code": code,
                **values,
            }
        )

    def run_on(self, tickets, code):
        action = self.server_action(code)
        action.with_context(
            active_model=tickets._name, active_ids=tickets.ids, active_id=tickets.ids[0]
        ).run()

    @contextmanager
    def case(self, name):
        """One line of a table, on a clean slate."""
        with self.subTest(name), self.undone():
            yield

    def table(self):
        """The deeds of a class: dict, name → method."""
        return {
            name: getattr(self, name)
            for name in sorted(dir(self))
            if name.startswith("by_")
        }

    def external_id(self, ticket):
        self.env["ir.model.data"].create(
            {
                "name": "hand_ticket",
                "module": "__import__",
                "model": ticket._name,
                "res_id": ticket.id,
            }
        )
        return "__import__.hand_ticket"


@tagged("post_install", "-at_install")
class TestNobodysHand(HandCase):
    """What is no person's leaves a ticket to the call."""

    def by_dropping_code(self, ticket):
        self.run_on(ticket, f"records.with_context({{}}).sudo().write({WRITTEN!r})")

    def by_fresh_environment(self, ticket):
        code = "env(user=1, context={}, su=True)['helpdesk.ticket']"
        self.run_on(ticket, f"{code}.browse(record.id).write({WRITTEN!r})")

    def by_field_action(self, ticket):
        field = self.env["ir.model.fields"]._get("helpdesk.ticket", "priority")
        action = self.server_action(
            "", state="object_write", update_path=field.name, value="3"
        )
        action.with_context(
            active_model=ticket._name, active_ids=ticket.ids, active_id=ticket.id
        ).run()

    def by_message(self, ticket):
        code = "record.with_context({}).message_post(body='Hi', message_type='comment')"
        self.run_on(ticket, code)

    def by_cron(self, ticket):
        cron = self.env["ir.cron"].create(
            {
                "name": "Write",
                "model_id": self.env.ref("helpdesk_mgmt.model_helpdesk_ticket").id,
                "state": "code",
                "code": f"model.browse({ticket.id}).write({WRITTEN!r})",
                "interval_number": 1,
                "interval_type": "days",
            }
        )
        cron.ir_actions_server_id.run()

    def by_import(self, ticket):
        rows = [[self.external_id(ticket), "3", "4"]]
        result = ticket.load(["id", "priority", "color"], rows)
        self.assertEqual(result["ids"], ticket.ids)

    def by_module_data(self, ticket):
        data = {"xml_id": self.external_id(ticket), "values": dict(WRITTEN)}
        ticket._load_records([data], update=True)

    def by_installation(self, ticket):
        """What runs while modules are loaded: functions of data files, migrations."""
        with patch.object(self.env.registry, "ready", False):
            ticket.write(dict(WRITTEN))

    def by_follow_up(self, ticket):
        """Another addon changes it when a person has changed another ticket."""
        other, origin = self.plain_ticket(), Helpdesk.write

        def write(tickets, vals):
            result = origin(tickets, vals)
            if tickets == other:
                ticket.browse(ticket.id).sudo().write(dict(WRITTEN))
            return result

        with patch.object(Helpdesk, "write", write):
            other.with_user(self.sara).write({"name": "Renamed"})

    def by_follow_up_of_message(self, ticket):
        Ticket, other = type(ticket), self.plain_ticket()
        origin = Ticket._message_post_after_hook

        def after(tickets, *args, **kwargs):
            ticket.browse(ticket.id).sudo().write(dict(WRITTEN))
            return origin(tickets, *args, **kwargs)

        with patch.object(Ticket, "_message_post_after_hook", after):
            other.with_user(self.sara).message_post(body="Hi", message_type="comment")

    def by_drag_of_another_card(self, ticket):
        cards = self.plain_ticket() | ticket
        cards.with_user(self.sara).web_resequence({})

    def by_following(self, ticket):
        ticket.message_subscribe(self.lina.partner_id.ids)

    def by_planning(self, ticket):
        ticket.with_user(self.sara).activity_schedule(
            "mail.mail_activity_data_call", user_id=self.sara.id
        )

    def test_r40_the_ticket_follows_the_call(self):
        for name, deed in self.table().items():
            with self.case(name):
                ticket, late = self.missed_so_far()
                deed(ticket)
                self.assertTrue(ticket.call_auto)
                self.assertFalse(ticket.call_touched_at)
                self.assertFalse(ticket.call_claimed)
                self.assertFalse(ticket.call_done_at)
                self.assertIs(current_hand(), Hand.PERSON)
                self.deliver(*late)
                self.assertEqual(self.tickets(), ticket)
                self.assertEqual(ticket.call_kind, "in")
                self.assertEqual(ticket.name, "Incoming call from +971505550123")

    def test_r40_it_is_withdrawn(self):
        deeds = self.table()
        deeds.pop("by_planning", None)  # what is planned would be deleted with it
        for name, deed in deeds.items():
            with self.case(name):
                ticket, late = self.withdrawn_so_far()
                deed(ticket)
                self.deliver(late)
                self.assertFalse(ticket.exists())

    def test_r47_nobody_has_claimed_or_done_it(self):
        """An automation's agent and stage are no person's."""
        self.deliver(missed(1))
        ticket = self.tickets()
        values = {"user_id": self.lina.id, "stage_id": self.closed.id}
        self.run_on(ticket, f"records.with_context({{}}).write({values!r})")
        self.assertFalse(ticket.call_claimed)
        self.assertFalse(ticket.call_done_at)
        self.assertTrue(ticket.call_missed_since)
        self.assertTrue(ticket.closed_date)

    def test_r40_what_an_automation_has_set_stays(self):
        """Agent, contact, subject and channel: calls go on with the others."""
        husband = self.env["res.partner"].create({"name": "Husband"})
        web = self.env.ref("helpdesk_mgmt.helpdesk_ticket_channel_web")
        table = {
            "agent": {"user_id": self.lina.id},
            "the same agent": {"user_id": self.sara.id},
            "contact": {"partner_id": husband.id},
            "subject": {"name": "[VIP] call"},
            "channel": {"channel_id": web.id},
            "agent and subject": {"user_id": self.lina.id, "name": "[VIP] call"},
        }
        for name, values in table.items():
            with self.case(name):
                call = missed()
                self.deliver(call.deliveries[0], CallBuilder(1).end(60, lost=True))
                [ticket] = self.tickets()
                self.assertEqual(ticket.user_id, self.sara)
                # Together with another: each remembers for itself.
                other = missed(2, caller="447700900123")
                self.deliver(other)
                both = self.tickets()
                self.run_on(both, f"records.with_context({{}}).write({values!r})")
                self.deliver(call)
                found = ticket.read(list(values), load=None)[0]
                self.assertEqual({field: found[field] for field in values}, values)
                if "user_id" not in values:
                    self.assertEqual(ticket.user_id, self.omar)
                if "partner_id" not in values:
                    self.assertEqual(ticket.partner_id, self.maryam)

    def test_r26_an_automations_stage_stays_until_the_next_call(self):
        call = missed()
        self.deliver(call)
        ticket = self.tickets()
        self.run_on(ticket, f"record.write({{'stage_id': {self.closed.id}}})")
        self.deliver(call)
        self.assertEqual(ticket.stage_id, self.closed)
        self.deliver(missed(2, HOUR))
        self.assertEqual(self.tickets(), ticket)
        self.assertEqual(ticket.stage_id, self.open)

    def test_r40_a_failure_leaves_no_hand_behind(self):
        ticket, _late = self.missed_so_far()
        with self.assertRaises(ZeroDivisionError), changed_by(Hand.AUTOMATION):
            with changed_by(Hand.CALL):
                self.assertIs(current_hand(), Hand.CALL)
            self.assertIs(current_hand(), Hand.AUTOMATION)
            raise ZeroDivisionError
        self.assertIs(current_hand(), Hand.PERSON)
        ticket.priority = "3"
        self.assertFalse(ticket.call_auto)

    def test_r40_commits_and_rollbacks_do_not_matter(self):
        ticket, _late = self.missed_so_far()
        with changed_by(Hand.AUTOMATION):
            point = self.env.cr.savepoint()
            ticket.write({"priority": "3"})
            point.close(rollback=True)
            self.env.invalidate_all()
            self.env.cr.precommit.clear()
            ticket.write({"priority": "2"})
        self.assertTrue(ticket.call_auto)


@tagged("post_install", "-at_install")
class TestPersonsHand(HandCase):
    """What a person does makes the ticket theirs."""

    def by_form(self, ticket):
        ticket.web_save({"priority": "3"}, {})

    def by_form_on_screen(self, ticket):
        with Form(ticket) as form:
            form.priority = "3"

    def by_list(self, ticket):
        (ticket | self.plain_ticket()).web_save({"priority": "3"}, {})

    def by_drag(self, ticket):
        ticket.web_save({"stage_id": self.pending.id}, {})

    def by_assigning(self, ticket):
        ticket.assign_to_me()

    def by_message(self, ticket):
        ticket.message_post(
            body="Hi", message_type="comment", subtype_xmlid="mail.mt_comment"
        )

    def by_note(self, ticket):
        ticket.message_post(
            body="Hi", message_type="comment", subtype_xmlid="mail.mt_note"
        )

    def by_activity(self, ticket):
        activity = ticket.activity_schedule(
            "mail.mail_activity_data_call", user_id=self.sara.id
        )
        activity.action_feedback(feedback="They want their parcel")

    def by_archiving(self, ticket):
        ticket.action_archive()

    def by_mail(self, ticket):
        """Fetched by a scheduled action, and yet a person's."""
        body = ticket.message_post(body="Hi", message_type="notification")
        mail = MAIL.format(subject=ticket.name, reference=body.message_id)
        Thread = self.env["mail.thread"].sudo()
        with changed_by(Hand.AUTOMATION):
            thread = Thread.message_process("helpdesk.ticket", mail)
        self.assertEqual(thread, ticket.id)

    def by_portal(self, ticket):
        ticket.sudo().stage_id = self.closed

    def test_r40_the_ticket_is_theirs(self):
        for name, deed in self.table().items():
            with self.case(name):
                ticket, late = self.missed_so_far()
                deed(ticket.with_user(self.sara))
                self.assertFalse(ticket.call_auto)
                subject = ticket.name
                self.deliver(*late)
                self.assertEqual(ticket.name, subject)

    def test_r40_it_is_not_withdrawn(self):
        for name, deed in self.table().items():
            with self.case(name):
                ticket, late = self.withdrawn_so_far()
                deed(ticket.with_user(self.sara))
                self.deliver(late)
                self.assertTrue(ticket.exists())

    def test_r40_a_rule_that_a_persons_change_starts_takes_nothing_away(self):
        """The stage that the person chose is theirs, whatever the rule does besides."""
        ticket, late = self.missed_so_far()
        ticket.with_user(self.sara).stage_id = self.closed
        self.run_on(ticket, f"record.with_context({{}}).write({WRITTEN!r})")
        self.deliver(*late)
        self.assertEqual(ticket.stage_id, self.closed)
        self.assertTrue(ticket.call_done_at)


@tagged("post_install", "-at_install")
class TestButtons(HandCase):
    """R47: our own buttons set what they say; the rest follows the call."""

    def test_r47_claimed(self):
        ticket, late = self.missed_so_far()
        ticket.with_user(self.lina).action_callgear_claim()
        self.assertTrue(ticket.call_auto)
        self.deliver(*late)
        self.assertEqual(ticket.user_id, self.lina)
        self.assertEqual(ticket.call_claim_user_id, self.lina)
        self.assertEqual(ticket.call_kind, "in")
        self.assertEqual(ticket.name, "Incoming call from +971505550123")

    def test_r47_done(self):
        ticket, late = self.missed_so_far()
        ticket.with_user(self.sara).action_callgear_done()
        self.assertTrue(ticket.call_auto)
        self.assertTrue(ticket.call_done_at)
        self.assertFalse(ticket.call_waiting_since)
        self.deliver(*late)
        self.assertEqual(ticket.stage_id, self.closed)
        self.assertEqual(ticket.call_kind, "in")

    def test_r47_what_somebody_has_claimed_or_done_does_not_go(self):
        for button in ("action_callgear_claim", "action_callgear_done"):
            with self.case(button):
                ticket, late = self.withdrawn_so_far()
                getattr(ticket.with_user(self.lina), button)()
                self.deliver(late)
                self.assertTrue(ticket.exists())

    def test_r47_the_contact_follows_a_claimed_ticket(self):
        """The caller is linked in a later call: the claim stays, the name is known."""
        self.deliver(missed(1, caller="447700900123"))
        ticket = self.tickets()
        ticket.with_user(self.lina).action_callgear_claim()
        self.assertFalse(ticket.partner_id)
        call = self.env["callgear.call"].search([("leg_ids.ticket_id", "=", ticket.id)])
        call._set_caller(self.maryam)
        self.assertEqual(ticket.partner_id, self.maryam)
        self.assertEqual(ticket.user_id, self.lina)


@tagged("post_install", "-at_install")
class TestClosingDate(HandCase):
    """A ticket in a closed stage has the date on which it was closed."""

    def test_r24_made_closed(self):
        call = CallBuilder(1, direction="out").call_out(SARA)
        call.ring(SARA, 0.3, leg="contact").end(40, employee=SARA, lost=True)
        self.deliver(call)
        ticket = self.tickets()
        self.assertEqual(ticket.stage_id, self.closed)
        self.assertEqual(ticket.closed_date, ticket.call_closed_at)
        self.assertEqual(ticket.call_made_at, self.call_of(call).started_at)
        self.assertTrue(ticket.callgear_made_closed)

    def test_r17_closed_by_what_becomes_known(self):
        """The helpdesk sets the date itself, and that of the change of stage."""
        call = begun()
        self.deliver(call, CallBuilder(1).end(300, talk=289, employee=SARA))
        ticket = self.tickets()
        self.assertFalse(ticket.closed_date)
        ticket._write({"last_stage_update": fields.Datetime.now() - timedelta(days=9)})
        call.leave(SARA, 100, talk=89).ring(OMAR, 101).answer(OMAR, 110)
        self.deliver(call.leave(OMAR, 300, talk=190))
        self.assertEqual(ticket.stage_id, self.closed)
        self.assertTrue(ticket.closed_date)
        self.assertEqual(ticket.closed_date, ticket.last_stage_update)

    def test_r10_an_open_one_has_none(self):
        self.deliver(over(begun()))
        self.assertFalse(self.tickets().closed_date)

    def test_r08_made_by_the_agent_in_a_closed_stage(self):
        self.deliver(call := begun())
        ticket = self.make_ticket(self.sara, call, stage_id=self.closed)
        self.assertEqual(ticket.stage_id, self.closed)
        self.assertTrue(ticket.closed_date)

    def test_r08_the_values_of_the_caller_are_left_alone(self):
        """Whoever creates tickets may use the same values again."""
        self.deliver(call := begun())
        leg = self.leg(call, self.sara)
        vals = {
            "name": "Parcel",
            "description": "<p/>",
            "callgear_leg_id": leg.id,
            "call_summary": "Lost",
            "team_id": self.team.id,
        }
        before = dict(vals)
        Ticket = self.env["helpdesk.ticket"].with_user(self.sara)
        Ticket.create([vals])
        self.assertEqual(vals, before)
        Ticket.create([vals, dict(before, callgear_leg_id=False)])
        self.assertEqual(vals, before)
