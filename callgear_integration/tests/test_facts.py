# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R34-R39: the facts that are kept are those of a count from scratch, whatever happens."""

import json
import random
from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.fields import Command
from odoo.tools import SQL

from odoo.addons.callgear_integration.report.callgear_ticket_fact import RECOUNT_FROM

from .builder import START
from .case import CallgearCase, tagged
from .scenarios import (
    HOUR,
    group,
    incoming,
    missed,
    missed_in_menu,
    softphone,
    softphone_unanswered,
)

EVERY = SQL("TRUE")


class FactCase(CallgearCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["helpdesk.ticket"].with_context(active_test=False).search([]).unlink()
        cls.Fact = cls.env["callgear.ticket.fact"]
        cls.email = cls.env.ref("helpdesk_mgmt.helpdesk_ticket_channel_email")

    def commit(self):
        """Commit, and count what was noted, as before facts are read."""
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.Fact._count_noted_now()

    def assertRight(self, what=""):
        """Of no ticket or call are other facts stored than a count from scratch finds."""
        self.commit()
        tickets, calls = self.Fact._differing(EVERY, EVERY, EVERY)
        self.assertFalse(tickets, f"{what}: {tickets.mapped('name')}")
        self.assertFalse(calls, f"{what}: {calls.mapped('session_id')}")

    def facts(self):
        """What counts, without what depends on the order of work."""
        self.commit()
        return sorted(
            (
                fact.kind,
                str(fact.date),
                fact.user_id.login or "",
                fact.ticket_id.call_kind or "",
                fact.is_from_customer,
                round(fact.hours, 4),
                str(fact.previous_at),
                str(fact.previous_of_user_at),
                str(fact.previous_in_cell_at),
                str(fact.previous_in_cell_of_user_at),
                str(fact.next_at),
                str(fact.talk_before),
                str(fact.talk_after),
                fact.reply_count,
                fact.team_id.name or "",
                fact.missed_reason or "",
                (fact.wait_seconds, fact.talk_seconds, fact.is_answered),
            )
            for fact in self.Fact.search([])
        )


@tagged("post_install", "-at_install")
class TestTimeOfTheCall(FactCase):
    """M5: calls that come late, in any order, change the figures of their own day."""

    def told(self, *calls):
        """Notifications with the times (UTC) at which CallGear sent them, in order."""
        told = []
        for call in calls:
            for delivery in call.deliveries:
                written = json.loads(delivery.text)["notification_time"]
                local = datetime.fromisoformat(written)
                told.append((local - timedelta(hours=4), delivery))  # Dubai
        return sorted(told, key=lambda pair: pair[0])

    def in_time(self, *calls):
        with self.undone():
            for at, delivery in self.told(*calls):
                with freeze_time(at):
                    self.post(delivery)
                    self.commit()
            return self.facts()

    def late(self, *calls, seed=0):
        """All of them the day after, in any order."""
        told = self.told(*calls)
        random.Random(seed).shuffle(told)
        with self.undone():
            for _at, delivery in told:
                with freeze_time(START + timedelta(days=1, hours=3)):
                    self.post(delivery)
                    self.commit()
            return self.facts()

    def stories(self):
        return {
            "answered": [incoming(1)],
            "missed, then answered": [missed(1), incoming(2, HOUR)],
            "missed, then called back": [missed(1), softphone(2, HOUR)],
            "missed twice": [missed(1), missed(2, HOUR)],
            "in vain": [missed(1), softphone_unanswered(2, HOUR)],
            "outgoing": [softphone(1)],
            "a group": [group(1), missed_in_menu(2, HOUR)],
        }

    def test_m5_figures_of_late_calls_are_those_of_calls_in_time(self):
        for name, calls in self.stories().items():
            in_time = self.in_time(*calls)
            self.assertTrue(in_time)
            for seed in range(2):
                with self.subTest(name, seed=seed):
                    self.assertEqual(self.late(*calls, seed=seed), in_time)

    def test_m5_a_call_message_bears_the_time_of_the_call(self):
        with freeze_time(START + timedelta(days=3)):
            leg = self.deliver(incoming(1)).main_leg_id
        self.assertEqual(leg.message_id.date, leg.answered_at)

    def test_m3_what_a_call_has_made_and_closed_took_no_time(self):
        """R24: the ticket of an outgoing call with which nobody did anything."""
        self.deliver(softphone(1))
        self.commit()
        closed = self.Fact.search([("kind", "=", "closed")])
        self.assertEqual(len(closed), 1)
        self.assertFalse(closed.hours)
        self.assertEqual(closed.date, closed.ticket_id.closed_date)


@tagged("post_install", "-at_install")
class TestKept(FactCase):
    """Whatever happens to a ticket, its facts follow."""

    def write_ticket(self, **values):
        return self.plain_ticket(**{"channel_id": self.email.id, **values})

    def test_r34_any_field_that_a_person_changes_is_work(self):
        """M4: tracked or not, tags too; not a value that is as before."""
        tag = self.env["helpdesk.ticket.tag"].create({"name": "Urgent"})
        category = self.env["helpdesk.ticket.category"].create({"name": "Billing"})
        changes = {
            "priority": "3",
            "name": "Another title",
            "description": "<p>More</p>",
            "tag_ids": [Command.link(tag.id)],
            "category_id": category.id,
            "partner_id": self.omar.partner_id.id,
            "partner_email": "x@example.com",
        }
        for name, value in changes.items():
            with self.subTest(name):
                ticket = self.write_ticket()
                own = ticket.with_user(self.sara)
                own.write({name: value})
                self.commit()
                self.assertEqual(self.work_of(ticket), self.sara)
                self.env["callgear.ticket.change"].search([]).unlink()
                self.commit()
                own.write({name: value})
                self.assertFalse(self.env["callgear.ticket.change"].search([]))

    def work_of(self, ticket):
        domain = [("ticket_id", "=", ticket.id), ("kind", "=", "worked")]
        return self.Fact.search(domain).user_id

    def test_r34_what_nobody_has_changed_is_no_work(self):
        """Calls, automation, the customer, and a card that is only moved up."""
        ticket = self.write_ticket()
        ticket.write({"priority": "2"})
        ticket.with_user(self.sara).write({"sequence": 5})
        self.commit()
        self.assertFalse(self.work_of(ticket))

    def deeds(self):
        """What people and other addons do to tickets, by name."""
        return {
            "reply": self.reply,
            "customer": self.customer_writes,
            "stage": self.change_stage,
            "priority": lambda t, dice: t.write({"priority": dice.choice("0123")}),
            "agent": lambda t, dice: t.sudo().write(
                {"user_id": dice.choice([self.omar.id, self.lina.id, False])}
            ),
            "channel": lambda t, dice: t.write({"channel_id": self.email.id}),
            "contact": lambda t, dice: t.write({"partner_id": self.maryam.id}),
            "archive": lambda t, dice: t.sudo().write({"active": dice.choice([0, 1])}),
            "delete": lambda t, dice: t.sudo().unlink(),
            "message gone": self.delete_message,
            "message moved": self.move_message,
            "recording gone": lambda t, dice: (
                self.env["callgear.recording"].search([])[:1].unlink()
            ),
            "result": lambda t, dice: t.sudo().call_leg_ids.write(
                {"result_id": self.result.id}
            ),
            "team": lambda t, dice: t.sudo().write(
                {"team_id": dice.choice([self.team.id, self.workshop.id, False])}
            ),
            "promise": self.promise,
            "call gone": lambda t, dice: t.sudo().call_leg_ids.call_id[:1].unlink(),
        }

    def reply(self, ticket, dice):
        subtype = dice.choice(["mail.mt_comment", "mail.mt_note"])
        ticket.message_post(body="!", message_type="comment", subtype_xmlid=subtype)

    def promise(self, ticket, dice):
        now = fields.Datetime.now()
        ticket.sudo().call_leg_ids.call_id[:1].write(
            {
                "call_back_state": dice.choice(["waiting", "kept", "late", "self"]),
                "call_back_due_at": now + timedelta(days=dice.choice([-1, 1])),
                "called_back_at": dice.choice([False, now]),
            }
        )

    def customer_writes(self, ticket, _dice):
        ticket.sudo().message_post(
            body="?",
            message_type="email",
            author_id=self.maryam.id,
            subtype_xmlid="mail.mt_comment",
        )

    def change_stage(self, ticket, dice):
        stage = dice.choice([self.open, self.pending, self.closed])
        ticket.write({"stage_id": stage.id})

    def delete_message(self, ticket, dice):
        messages = ticket.sudo().message_ids
        if messages:
            dice.choice(list(messages)).unlink()

    def move_message(self, ticket, dice):
        target = dice.choice(list(self.env["helpdesk.ticket"].search([])))
        messages = ticket.sudo().message_ids
        if messages:
            dice.choice(list(messages)).write({"res_id": target.id})

    def test_r34_facts_kept_are_those_of_a_count_from_scratch(self):
        """After any sequence of calls, edits, merges, deletions, late deliveries."""
        self.result = self.env["callgear.result"].create({"name": "Done"})
        self.workshop = self.team.create({"name": "Workshop"})
        for seed in range(6):
            with self.subTest(seed=seed), self.undone():
                self.live_through(random.Random(seed))

    def live_through(self, dice):
        makers = [
            incoming,
            missed,
            softphone,
            softphone_unanswered,
            group,
            missed_in_menu,
        ]
        told = []
        for number in range(4):
            told += dice.choice(makers)(number + 1, number * HOUR).deliveries
        dice.shuffle(told)
        deeds = self.deeds()
        for number in range(60):
            if told and dice.random() < 0.5:
                self.post(told.pop())
                what = "call"
            else:
                what = self.do_something(dice, deeds)
            if number % 5 == 0:
                self.assertRight(what)
        self.assertRight("at the end")

    def do_something(self, dice, deeds):
        tickets = self.env["helpdesk.ticket"].search([])
        if not tickets or dice.random() < 0.1:
            self.write_ticket(partner_id=self.maryam.id)
            return "new"
        name = dice.choice(sorted(deeds))
        agent = dice.choice([self.sara, self.omar])
        deeds[name](dice.choice(list(tickets)).with_user(agent), dice)
        return name

    def test_r34_a_check_finds_and_corrects_what_was_changed_past_odoo(self):
        self.deliver(incoming(1))
        self.commit()
        self.assertEqual(self.Fact._check()[1], self.env["helpdesk.ticket"])
        self.env.cr.execute("DELETE FROM callgear_ticket_fact WHERE kind = 'new'")
        ticket = self.tickets()
        self.assertEqual(self.Fact._check()[1], ticket)
        self.assertEqual(self.Fact._check()[1], ticket.browse())

    def test_r34_another_stage_counts_as_closed(self):
        """All tickets are counted again, a part at a time."""
        ticket = self.write_ticket()
        self.commit()
        ticket.with_user(self.sara).stage_id = self.pending
        self.commit()
        self.pending.closed = True
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            self.Fact.with_env(self.env(cr=cr))._cron_count()
        self.assertRight()
        closed = self.Fact.search(
            [("ticket_id", "=", ticket.id), ("kind", "=", "closed")]
        )
        self.assertEqual(len(closed), 1)


@tagged("post_install", "-at_install")
class TestSettingsGone(FactCase):
    """M8: what has happened stays as it was when its setting is changed or deleted."""

    def assertKept(self, delete):
        """Deleting leaves the facts right, the same, and asks for no count of all."""
        before = self.facts()
        self.assertTrue(before)
        delete()
        self.assertRight()
        self.env["callgear.ticket.fact"]._count(EVERY, EVERY, EVERY)
        self.assertEqual(self.facts(), before)
        parameters = self.env["ir.config_parameter"].sudo()
        self.assertFalse(parameters.get_param(RECOUNT_FROM))

    def moved(self, *stages):
        """A ticket that was moved through some stages, one after the other."""
        ticket = self.plain_ticket(channel_id=self.email.id)
        self.commit()
        for number, stage in enumerate(stages):
            with freeze_time(datetime.now() + timedelta(hours=number + 1)):
                ticket.with_user(self.sara).stage_id = stage
                self.commit()
        return ticket

    def kinds(self, ticket):
        facts = self.Fact.search([("ticket_id", "=", ticket.id)], order="date, id")
        moves = facts.filtered(lambda fact: fact.kind in ("closed", "reopened"))
        return moves.mapped("kind")

    def test_m8_what_was_closed_in_a_deleted_stage_stays_closed(self):
        """R34: closed in it, and opened again from it; between closed stages is neither."""
        stage = self.closed.copy({"name": "Cancelled"})
        ticket = self.moved(stage, self.open, stage, self.closed)
        self.assertEqual(self.kinds(ticket), ["closed", "reopened", "closed"])
        self.assertKept(stage.unlink)
        self.assertEqual(self.kinds(ticket), ["closed", "reopened", "closed"])

    def test_m8_what_was_in_a_deleted_open_stage_stays_open(self):
        stage = self.pending.copy({"name": "Waiting"})
        ticket = self.moved(stage, self.closed)
        self.assertKept(stage.unlink)
        self.assertEqual(self.kinds(ticket), ["closed"])

    def test_m8_what_was_made_in_a_deleted_stage_stays_closed(self):
        """R34: it knows by itself that it was made in a closed stage."""
        stage = self.closed.copy({"name": "Cancelled"})
        ticket = self.plain_ticket(channel_id=self.email.id, stage_id=stage.id)
        self.commit()
        ticket.with_user(self.sara).stage_id = self.open
        self.assertKept(stage.unlink)
        self.assertEqual(self.kinds(ticket), ["closed", "reopened"])

    def test_m8_tickets_of_a_deleted_channel_stay_call_tickets(self):
        """R34, R36: their channel is gone, but not what they were made for."""
        channel = self.connection.channel_id = self.email.copy({"name": "Hotline"})
        self.deliver(incoming(1), missed(2, HOUR))
        tickets = self.tickets()
        self.connection.channel_id = self.email
        self.assertKept(channel.unlink)
        self.assertFalse(tickets.channel_id)
        facts = self.Fact.search([("ticket_id", "in", tickets.ids)])
        self.assertEqual(set(facts.mapped("is_call")), {True})


@tagged("post_install", "-at_install")
class TestAgents(FactCase):
    """Who is an agent decides what counts, of earlier days as well."""

    def setUp(self):
        super().setUp()
        self.person = self.env["res.partner"].create({"name": "Nadia"})
        self.ticket = self.plain_ticket(channel_id=self.email.id)
        self.ticket.message_post(
            body="!",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            author_id=self.person.id,
        )
        self.commit()

    def replies(self):
        """Who has replied, after all that was asked for has been counted."""
        self.commit()
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            self.Fact.with_env(self.env(cr=cr))._cron_count()
        self.assertRight()
        domain = [("ticket_id", "=", self.ticket.id), ("kind", "=", "reply")]
        return self.Fact.search(domain).user_id

    def new_user(self, **values):
        return self.env["res.users"].create(
            {"login": "nadia", "name": "Nadia", "partner_id": self.person.id, **values}
        )

    def test_r34_a_contact_becomes_an_agent_and_ceases_to_be_one(self):
        self.assertFalse(self.replies())
        user = self.new_user()
        self.assertEqual(self.replies(), user)
        user.group_ids = self.env.ref("base.group_portal")
        self.assertFalse(self.replies())
        user.group_ids = self.env.ref("base.group_user")
        self.assertEqual(self.replies(), user)
        user.unlink()
        self.assertFalse(self.replies())

    def test_r34_an_agents_contact_is_merged_with_another(self):
        other = self.env["res.partner"].create({"name": "Nadia again"})
        user = self.new_user(partner_id=other.id)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.person | other).ids, other)
        self.assertEqual(self.replies(), user)

    def test_r34_nothing_is_counted_again_for_a_user_who_has_done_nothing(self):
        self.new_user(partner_id=False)
        parameters = self.env["ir.config_parameter"].sudo()
        key = "callgear_integration.count_tickets_from"
        self.assertFalse(parameters.get_param(key))
