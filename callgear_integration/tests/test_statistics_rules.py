# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R34-R39, one example a rule, through what people and calls really do.

The reference is compared on rows written by SQL; here Odoo writes them.
"""

from ast import literal_eval
from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.addons.mail.tests.common import mail_new_test_user

from .case import CallgearCase, tagged, within
from .scenarios import HOUR, incoming, missed, softphone, softphone_unanswered

MONDAY = datetime(2026, 3, 30, 8)
WEEK = within(datetime(2026, 3, 30), datetime(2026, 4, 6))
CALLS_DAY = within(datetime(2026, 3, 28), datetime(2026, 3, 29))


class ExampleCase(CallgearCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["helpdesk.ticket"].with_context(active_test=False).search([]).unlink()
        cls.email = cls.env.ref("helpdesk_mgmt.helpdesk_ticket_channel_email")

    def at(self, hours):
        """A moment so many hours after Monday at eight, as the clock of what follows."""
        return freeze_time(MONDAY + timedelta(hours=hours))

    def ticket(self, hours=0, user=None, **values):
        """An ordinary ticket that a customer wrote, made at that hour."""
        values = {"channel_id": self.email.id, **values}
        with self.at(hours):
            ticket = self.plain_ticket(**values)
            self.commit()
        # Dates of creation are the transaction's, in which no time passes.
        moment = MONDAY + timedelta(hours=hours)
        self.env.cr.execute(
            "UPDATE helpdesk_ticket SET create_date = %s WHERE id = %s",
            [moment, ticket.id],
        )
        ticket.invalidate_recordset()
        self.env["callgear.ticket.fact"]._note(ticket.ids)
        return ticket.with_user(user or self.sara)

    def move(self, ticket, stage, hours, user=None):
        with self.at(hours):
            ticket.with_user(user or self.sara).write({"stage_id": stage.id})
            self.commit()

    def commit(self):
        """Who has changed what is noted before each commit."""
        self.env.flush_all()
        self.env.cr.precommit.run()

    def say(self, ticket, hours, author=None, note=False, **values):
        subtype = "mail.mt_note" if note else "mail.mt_comment"
        with self.at(hours):
            if author and not author._name == "res.users":
                values["author_id"] = author.id
                return ticket.sudo().message_post(
                    body="?", message_type="email", subtype_xmlid=subtype, **values
                )
            ticket = ticket.with_user(author or self.sara)
            return ticket.message_post(
                body="!", message_type="comment", subtype_xmlid=subtype, **values
            )

    def figure(self, name, domain=WEEK, groupby=None, how=None):
        self.env.flush_all()
        Statistics = self.env["callgear.statistics"]
        how = how or Statistics._fields[name].aggregator
        rows = Statistics._read_group(domain, groupby or [], [f"{name}:{how}"])
        if not groupby:
            return rows[0][0]
        return {row[0]: row[1] for row in rows if row[1]}


@tagged("post_install", "-at_install")
class TestCallTickets(ExampleCase):
    """The calls of the scenarios are of 28 March 2026."""

    def test_r34_new_tickets_of_calls(self):
        """Incoming, missed and outgoing ones; from customers: not the outgoing."""
        self.deliver(incoming(1), missed(2, HOUR, caller="447700900123"))
        self.deliver(softphone(3, 2 * HOUR, caller="447700900456"))
        self.made_on_the_day_of_the_calls()
        self.assertEqual(self.figure("new_tickets", CALLS_DAY), 3)
        self.assertEqual(self.figure("new_from_customers", CALLS_DAY), 2)

    def made_on_the_day_of_the_calls(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE helpdesk_ticket SET create_date = '2026-03-28 20:00'"
        )
        self.env.invalidate_all()

    def test_r34_answered_is_recorded(self):
        """A conversation with a recording; a missed call is none, nor is an attempt."""
        recorded = self.deliver(incoming(1))
        self.deliver(missed(2, HOUR, caller="447700900123"))
        self.deliver(softphone_unanswered(3, 2 * HOUR, caller="447700900456"))
        answered = self.figure("answered", CALLS_DAY, ["ticket_id"])
        self.assertEqual(list(answered), [recorded.ticket_ids])
        by_agent = self.figure("answered", CALLS_DAY, ["user_id"])
        self.assertEqual(by_agent, {self.sara: 1})

    def test_r34_closed_if_recorded_whenever_it_was(self):
        """M1: closed a week later; and not what nobody has talked of."""
        ticket = self.deliver(incoming(1)).ticket_ids
        self.move(ticket, self.closed, 2)
        self.assertEqual(self.figure("closed"), 1)
        ticket = self.deliver(missed(2, HOUR, caller="447700900123")).ticket_ids
        self.move(ticket, self.closed, 3)
        self.assertEqual(self.figure("closed"), 1)

    def test_r37_all_closed_tickets_took_time(self):
        """M2: a missed call's as well, which nobody has talked of."""
        ticket = self.deliver(missed(1)).ticket_ids
        self.move(ticket, self.closed, 2)
        self.assertEqual(self.figure("closed"), 0)
        hours = (MONDAY + timedelta(hours=2) - ticket.call_made_at).total_seconds()
        self.assertAlmostEqual(self.figure("closing_hours"), hours / 3600)

    def test_r37_a_recorded_call_message_is_a_reply(self):
        """Two conversations until it was closed, and a call that nobody answered."""
        ticket = self.deliver(incoming(1)).ticket_ids
        second = incoming(2, HOUR)
        self.deliver(*second.deliveries[:2])
        self.by(self.sara, second).attach_to_ticket(ticket.id, "Again")
        self.deliver(*second.deliveries[2:])
        self.move(ticket, self.closed, 2)
        both = within(datetime(2026, 3, 28), datetime(2026, 4, 6))
        self.assertEqual(self.figure("replies", both), 2)
        self.assertEqual(self.figure("replies_to_close", both), 2)

    def test_r57_by_result(self):
        """A conversation whose agent says what became of it; the other says nothing."""
        order = self.env["callgear.result"].create({"name": "Order placed"})
        call = incoming(1)
        self.deliver(call)
        self.by(self.sara, call).set_result(order.id)
        self.deliver(incoming(2, HOUR, caller="447700900123"))
        by_result = self.figure("answered", CALLS_DAY, ["result_id"])
        self.assertEqual(by_result, {order: 1, order.browse(): 1})

    def test_r37_call_tickets_have_no_reply_times(self):
        """Though an agent writes in one, and late."""
        self.team.callgear_first_reply_hours = 1
        ticket = self.ticket(channel_id=self.connection.channel_id.id)
        self.say(ticket, 5)
        for name in ("first_reply_hours", "any_reply_hours"):
            self.assertFalse(self.figure(name), name)
        self.assertEqual(self.figure("sla_first_reply_due"), 0)


@tagged("post_install", "-at_install")
class TestOrdinaryTickets(ExampleCase):
    def test_r34_new_from_customers(self):
        """Not one that an agent made."""
        self.ticket()
        with self.at(1):
            self.env["helpdesk.ticket"].with_user(self.sara).create(
                {
                    "name": "Mine",
                    "description": "<p/>",
                    "channel_id": self.email.id,
                    "user_id": self.sara.id,
                    "team_id": self.team.id,
                }
            )
        self.env.flush_all()
        self.env.cr.execute("UPDATE helpdesk_ticket SET create_date = %s", [MONDAY])
        self.assertEqual(self.figure("new_tickets"), 2)
        self.assertEqual(self.figure("new_from_customers"), 1)

    def test_r34_reopened(self):
        """Made before the period, closed, and opened again in it."""
        old = self.ticket(hours=-100)
        self.move(old, self.closed, -90)
        self.move(old, self.open, 3)
        new = self.ticket(hours=1)
        self.move(new, self.closed, 2)
        self.move(new, self.open, 4)
        self.assertEqual(list(self.figure("reopened", groupby=["ticket_id"])), [old])
        self.assertEqual(self.figure("new_and_reopened"), 2)

    def test_r34_worked_on(self):
        """A reply, a note, a change by an agent; not what a customer writes."""
        replied, noted, changed = (self.ticket(user=self.sara) for _ in range(3))
        self.say(replied, 1)
        self.say(noted, 1, note=True)
        self.move(changed, self.pending, 1)
        self.say(self.ticket(), 1, author=self.maryam)
        self.ticket()
        worked = self.figure("worked_on", groupby=["ticket_id"])
        self.assertEqual(set(worked), {replied, noted, changed})

    def test_r34_answered_is_a_public_reply(self):
        self.say(self.ticket(), 1, note=True)
        replied = self.ticket()
        self.say(replied, 1)
        self.assertEqual(
            list(self.figure("answered", groupby=["ticket_id"])), [replied]
        )

    def test_r34_closed_twice_counts_once(self):
        ticket = self.ticket()
        for hours, stage in ((1, self.closed), (2, self.open), (3, self.closed)):
            self.move(ticket, stage, hours)
        self.assertEqual(self.figure("closed"), 1)
        self.assertEqual(self.figure("closing_hours"), 3)

    def test_r35_by_hour_and_weekday(self):
        """In the reader's time zone."""
        self.ticket(hours=1)
        self.ticket(hours=25)
        here = self.env["callgear.statistics"].with_context(tz="Asia/Dubai")
        rows = here._read_group(
            WEEK,
            ["date:day_of_week", "date:hour_number"],
            ["new_and_reopened:count_distinct"],
        )
        self.assertEqual(sorted(rows), [(1, 13, 1), (2, 13, 1)])

    def test_r36_by_channel(self):
        self.ticket()
        self.ticket(channel_id=False)
        found = self.figure("new_and_reopened", groupby=["channel_id"])
        self.assertEqual(found, {self.email: 1, self.env["helpdesk.ticket.channel"]: 1})

    def test_r37_first_reply_and_any_reply(self):
        """Two hours to the first; of the customer's two messages the first counts."""
        ticket = self.ticket()
        self.say(ticket, 2)
        self.say(ticket, 3, author=self.maryam)
        self.say(ticket, 5, author=self.maryam)
        self.say(ticket, 7)
        self.assertEqual(self.figure("first_reply_hours"), 2)
        self.assertEqual(self.figure("any_reply_hours"), 3)  # (2 + 4) / 2

    def test_r37_writing_a_reply(self):
        """As long as the agent's page says, within limits."""
        ticket = self.ticket()
        self.say(ticket, 1, callgear_writing_seconds=90)
        self.say(ticket, 2, callgear_writing_seconds=150)
        self.say(ticket, 3, callgear_writing_seconds=-5)
        self.say(ticket, 4, callgear_writing_seconds=10**9)
        self.assertEqual(self.figure("writing_minutes"), 2)

    def test_r37_replies_to_close(self):
        ticket = self.ticket()
        for hours in (1, 2, 3):
            self.say(ticket, hours)
        self.say(ticket, 3, note=True)
        self.move(ticket, self.closed, 4)
        self.say(ticket, 5)
        self.assertEqual(self.figure("replies_to_close"), 3)

    def test_r38_targets_of_the_team(self):
        """Late by the team's own targets; nothing is late where none is set."""
        self.team.write(
            {
                "callgear_first_reply_hours": 1,
                "callgear_any_reply_hours": 3,
                "callgear_closing_hours": 4,
            }
        )
        late, in_time = self.ticket(), self.ticket()
        free = self.ticket(team_id=False)
        for ticket, hours in ((late, 2), (in_time, 0.5), (free, 50)):
            self.say(ticket, hours)
            self.move(ticket, self.closed, hours + 3)
        self.assertEqual(self.figure("sla_first_reply_due"), 2)
        self.assertEqual(
            list(self.figure("sla_first_reply_breached", groupby=["ticket_id"])), [late]
        )
        self.assertEqual(self.figure("sla_any_reply_breached") or 0, 0)
        self.assertEqual(
            list(self.figure("sla_closing_breached", groupby=["ticket_id"])), [late]
        )

    def test_r39_per_agent(self):
        """What an agent did is theirs; new and closed are the assigned agent's."""
        ticket = self.ticket(user_id=self.omar.id)
        self.say(ticket, 1, author=self.sara)
        self.say(ticket, 2, author=self.omar)
        self.assertEqual(
            self.figure("replies", groupby=["user_id"]), {self.sara: 1, self.omar: 1}
        )
        self.assertEqual(
            self.figure("new_tickets", groupby=["user_id"]), {self.omar: 1}
        )

    def test_archived_tickets_are_left_out(self):
        """As in every list of tickets; the filter *Archived* shows them."""
        self.ticket().sudo().active = False
        self.assertEqual(self.figure("new_tickets"), 0)
        archived = [*WEEK, ("active", "=", False)]
        self.assertEqual(self.figure("new_tickets", archived), 1)

    def test_a_row_leads_to_its_ticket(self):
        ticket = self.ticket()
        row = self.env["callgear.statistics"].search([*WEEK, ("kind", "=", "new")])
        self.assertEqual(row.action_open_ticket()["res_id"], ticket.id)

    def test_favourites_can_be_opened(self):
        """Their domains and groupings are such as the statistics know."""
        self.ticket()
        for name in ("team", "peak", "channels"):
            favourite = self.env.ref(f"callgear_integration.filter_statistics_{name}")
            with self.subTest(name):
                context = literal_eval(favourite.context)
                groupby = [
                    *context["group_by"],
                    *context.get("pivot_column_groupby", []),
                ]
                self.env["callgear.statistics"].formatted_read_group(
                    literal_eval(favourite.domain),
                    groupby,
                    [
                        f"{m}:{self.env['callgear.statistics']._fields[m].aggregator}"
                        for m in context["pivot_measures"]
                    ],
                )


@tagged("post_install", "-at_install")
class TestRights(ExampleCase):
    """R39, M7: agents count their own, team users their teams', managers all."""

    def setUp(self):
        super().setUp()
        groups = "base.group_user,helpdesk_mgmt.group_helpdesk_"
        self.own, self.member, self.plain, self.all = (
            mail_new_test_user(self.env, login=f"cg_stat_{name}", groups=groups + name)
            for name in ("user_own", "user_team", "user", "manager")
        )
        self.team.user_ids |= self.own | self.member | self.plain
        other = self.env["helpdesk.ticket.team"].create({"name": "Others"})
        self.mine = self.ticket(user_id=self.own.id)
        self.teams = self.ticket(user_id=self.sara.id)
        self.foreign = self.ticket(user_id=False, team_id=other.id)

    def counted(self, user):
        self.env.flush_all()
        Statistics = self.env["callgear.statistics"].with_user(user)
        rows = Statistics._read_group([*WEEK, ("kind", "=", "new")], ["ticket_id"])
        return {ticket.id for (ticket,) in rows}

    def test_r39_own_team_all(self):
        teams = {self.mine.id, self.teams.id}
        self.assertEqual(self.counted(self.own), {self.mine.id})
        self.assertEqual(self.counted(self.member), teams)
        self.assertEqual(self.counted(self.plain), teams)
        self.assertEqual(len(self.counted(self.all)), 3)

    def test_r42_rows_of_foreign_tickets_cannot_be_read(self):
        rows = self.env["callgear.statistics"].search([*WEEK, ("kind", "=", "new")])
        foreign = rows.filtered(lambda row: row.ticket_id.id == self.foreign.id)
        self.assertFalse(foreign.with_user(self.own).has_access("read"))
        own = rows.filtered(lambda row: row.ticket_id.id == self.mine.id)
        self.assertTrue(own.with_user(self.own).has_access("read"))

    def test_r42_other_companies_are_not_counted(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.ticket(company_id=company.id, team_id=False)
        self.assertEqual(len(self.counted(self.all)), 3)

    def test_r42_nothing_for_others(self):
        stranger = mail_new_test_user(self.env, login="cg_stat_none")
        Statistics = self.env["callgear.statistics"].with_user(stranger)
        self.assertFalse(Statistics.has_access("read"))
