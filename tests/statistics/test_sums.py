# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R34-R39: figures from the sums of days and months are those of the reference."""

import logging
import random
from datetime import date, datetime, timedelta

from odoo import fields
from odoo.tools import SQL

from odoo.addons.callgear_integration.report import callgear_ticket_sum

from .case import StatisticsCase, tagged
from .history import random_call, random_ticket
from .reference import Reference

ZONE = "Europe/Berlin"
OF_ZONE = callgear_ticket_sum.ZONE
HISTORIES = 600
FIRST, LAST = date(2025, 3, 20), date(2025, 4, 10)


@tagged("post_install", "-at_install")
class TestSums(StatisticsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Sum = cls.env["callgear.ticket.sum"]
        parameters = cls.env["ir.config_parameter"]
        for name in (OF_ZONE, callgear_ticket_sum.SUMMED_ZONE):
            parameters.set_param(name, ZONE)
        cls.env.registry.clear_cache()
        # They see their own figures, and those of their team as well.
        for user, role in ((cls.sara, "own"), (cls.omar, "team")):
            user.group_ids = cls.env.ref("base.group_user") | cls.env.ref(
                f"helpdesk_mgmt.group_helpdesk_user_{role}"
            )

    def make(self, count, dice):
        """Write so many tickets and calls down; return both."""
        tickets = [random_ticket(dice) for _ in range(count)]
        calls = [random_call(dice) for _ in range(count)]
        self.write_down(tickets, calls)
        return tickets, calls

    def add_up(self, share=1, dice=random):
        """Add up so many of the days that are open, any of them."""
        days = self.Sum._open_days()
        self.Sum._add_up(sorted(dice.sample(days, round(len(days) * share))))

    def dashboard(self, first, last, reader=None, **options):
        return (
            self.env["callgear.dashboard"]
            .with_user(reader or self.env.user)
            .with_context(tz=ZONE)
            .get_data(
                {
                    "date_from": str(first),
                    "date_to": str(last),
                    "compare": True,
                    **options,
                }
            )
        )

    def by_facts(self, *args, **options):
        """The same without sums: as of days of another time zone."""
        parameters = self.env["ir.config_parameter"]
        parameters.set_param(OF_ZONE, "Asia/Tokyo")
        self.env.registry.clear_cache()
        try:
            return self.dashboard(*args, **options)
        finally:
            parameters.set_param(OF_ZONE, ZONE)
            self.env.registry.clear_cache()

    def assertSame(self, dice, what):
        """Sums say what facts say, in all sections, for periods by chance."""
        for number in range(3):
            first = FIRST + timedelta(days=dice.randint(0, 14))
            last = first + timedelta(days=dice.choice([0, 1, 3, 8, 40, 80, 400]))
            asked = {
                "team_ids": dice.choice([[], self.teams["hotline"].ids]),
                "user_ids": dice.choice([[], self.sara.ids, self.omar.ids]),
                "reader": dice.choice([None, self.sara, self.omar]),
            }
            if not number:
                asked = {}  # all that there is, as a manager
            with self.subTest(what, first=first, last=last, **asked):
                found = self.dashboard(first, last, **asked)
                wanted = self.by_facts(first, last, **asked)
                self.assertAlike(found, wanted)

    def assertAlike(self, found, wanted, where=""):
        """The same data; averages but for what is lost by adding up in another order."""
        if isinstance(wanted, dict):
            self.assertEqual(found.keys(), wanted.keys(), where)
            for key, value in wanted.items():
                self.assertAlike(found[key], value, f"{where} {key}")
        elif isinstance(wanted, list):
            self.assertEqual(len(found), len(wanted), where)
            for number, value in enumerate(wanted):
                self.assertAlike(found[number], value, f"{where} {number}")
        elif isinstance(wanted, float):
            self.assertAlmostEqual(found, wanted, 3, where)
        else:
            self.assertEqual(found, wanted, where)

    def test_r34_sums_count_as_the_facts_do(self):
        """Whatever has happened since they were added up."""
        dice = random.Random(11)
        self.make(HISTORIES, dice)
        self.add_up(0.5, dice)
        self.assertSame(dice, "half of the days")
        self.add_up()
        self.assertTrue(self.Sum.search_count([]))
        self.assertSame(dice, "all days")
        for what, change in self.changes(dice).items():
            change()
            self.assertSame(dice, what)
            if dice.random() < 0.5:
                self.add_up(0.7, dice)
                self.assertSame(dice, f"{what}, added up")
        self.assertFalse(self.Sum._check())

    def changes(self, dice):
        """What happens to tickets of long ago, by name."""
        Ticket = self.env["helpdesk.ticket"]

        def some(count):
            tickets = Ticket.search([])
            return tickets.browse(dice.sample(tickets.ids, count))

        def write(values):
            some(60).write(values)
            self.commit()

        def delete():
            some(60).unlink()
            self.commit()

        def late():
            self.make(100, dice)

        def fire():
            self.lina.unlink()
            self.count_again()

        return {
            "others' team": lambda: write({"team_id": self.teams["backoffice"].id}),
            "others' ticket": lambda: write({"user_id": self.omar.id}),
            "closed": lambda: write({"stage_id": self.stages["done"].id}),
            "archived": lambda: write({"active": False}),
            "deleted": delete,
            "came late": late,
            "another channel": lambda: write({"channel_id": self.channels["mail"].id}),
            "deleted again": delete,
            "promises": self.promise_more,
            "an agent is deleted": fire,
        }

    def count_again(self):
        """As the background does it, all at once."""
        self.env["callgear.ticket.fact"]._count_all()

    def commit(self):
        self.env.flush_all()
        self.env.cr.precommit.run()

    def promise_more(self):
        self.teams["backoffice"].callgear_closing_hours = 1
        self.count_again()

    def test_r34_sums_count_as_the_reference_does(self):
        dice = random.Random(12)
        tickets, calls = self.make(HISTORIES, dice)
        self.add_up()
        data = self.dashboard(date(2025, 3, 28), date(2025, 4, 2))
        start, end = (moment for _field, _operator, moment in data["domain"][:2])
        expected = Reference(self.promises, _moment(start), _moment(end)).figures(
            tickets, lambda fact: None, calls
        )[None]
        for key, figure in data["figures"].items():
            wanted = expected.get(key) or 0
            self.assertAlmostEqual(figure["value"] or 0, wanted, 4, key)

    def test_r39_figures_of_an_agent_come_from_the_sums(self):
        """Those that managers ask for, and their own; of several agents, from facts."""
        self.make(50, random.Random(17))
        self.add_up()
        self.env.cr.execute("UPDATE callgear_ticket_fact SET wait_seconds = 1000000")
        sara, both = self.sara.ids, (self.sara | self.omar).ids
        for asked, is_summed in (
            ({"user_ids": sara}, True),
            ({"reader": self.sara}, True),
            ({"reader": self.omar}, True),
            ({"user_ids": both}, False),
        ):
            with self.subTest(asked):
                data = self.dashboard(FIRST, date(2025, 5, 30), **asked)
                wait = data["figures"]["longest_wait_minutes"]["value"]
                self.assertEqual(wait < 10_000, is_summed)

    def test_r34_a_check_finds_wrong_sums(self):
        """Of days, or of months only; from then on facts are read, until all is right."""
        self.make(20, random.Random(13))
        period = FIRST, date(2025, 5, 30)
        for span, change in (
            ("day", "UPDATE callgear_ticket_sum SET new_tickets = new_tickets + 1"),
            ("month", "UPDATE callgear_ticket_sum SET new_tickets = 7"),
            ("day", "DELETE FROM callgear_ticket_sum"),
        ):
            with self.subTest(change, span=span):
                self.add_up()
                right = self.dashboard(*period)
                self.assertFalse(self.Sum._check())
                self.env.cr.execute(SQL(change + " WHERE span = %s", span))
                with self.assertLogs(callgear_ticket_sum.__name__, logging.WARNING):
                    self.assertTrue(self.Sum._check())
                self.assertAlike(self.dashboard(*period), right)
                self.do_in_background()
                self.assertTrue(self.Sum._is_of_zone())
                self.assertFalse(self.Sum._check())
                self.assertAlike(self.dashboard(*period), right)

    def do_in_background(self):
        """What the server does by itself, in an order that should not matter."""
        Fact = self.env["callgear.ticket.fact"]
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            env = self.env(cr=cr)
            for work in ("add", "count", "add"):
                if work == "add":
                    self.Sum.with_env(env)._cron_add_up()
                else:
                    Fact.with_env(env)._cron_count()
        self.env.invalidate_all()

    def test_r34_after_an_upgrade_nothing_is_added_up_before_it_is_counted(self):
        """What facts did not know before, they do not know until then."""
        self.make(60, random.Random(18))
        self.add_up()
        period = FIRST, date(2025, 5, 30)
        right = self.dashboard(*period, user_ids=self.sara.ids)
        self.env.cr.execute(
            "UPDATE callgear_ticket_fact SET previous_in_cell_of_user_at = NULL"
        )
        self.Sum._begin_anew()
        self.assertAlike(self.dashboard(*period, user_ids=self.sara.ids), right)
        self.do_in_background()
        self.assertTrue(self.Sum.search_count([("span", "=", "day")]))
        self.assertAlike(self.dashboard(*period, user_ids=self.sara.ids), right)

    def test_r34_the_zone_of_most_users_is_that_of_the_days(self):
        """It does not change with every user, nor if somebody has set it."""
        parameters = self.env["ir.config_parameter"]
        parameters.set_param(OF_ZONE, False)
        users = self.env["res.users"].search([("share", "=", False)])
        users.tz = ZONE
        self.Sum._choose_time_zone()
        users[:1].tz = "Asia/Tokyo"
        self.Sum._choose_time_zone()
        self.assertEqual(self.Sum._time_zone(), ZONE)
        users.tz = "Asia/Tokyo"
        self.Sum._choose_time_zone()
        self.assertEqual(self.Sum._time_zone(), "Asia/Tokyo")
        parameters.set_param(OF_ZONE, "UTC")
        self.Sum._choose_time_zone()
        self.assertEqual(parameters.get_param(OF_ZONE), "UTC")

    def test_r34_sums_of_another_zone_are_not_read_and_made_anew(self):
        dice = random.Random(14)
        self.make(20, dice)
        self.add_up()
        self.env["ir.config_parameter"].set_param(OF_ZONE, "Asia/Tokyo")
        self.env.registry.clear_cache()
        self.assertFalse(self.Sum._is_of_zone())
        self.do_in_background()
        self.assertTrue(self.Sum._is_of_zone())
        self.assertTrue(self.Sum.search_count([]))
        self.assertFalse(self.Sum._open_days())
        self.assertFalse(self.Sum._check())

    def test_r46_the_longest_wait_gets_shorter_with_its_call(self):
        self.make(40, random.Random(16))
        self.add_up()
        key = "longest_wait_minutes"
        period = (FIRST, date(2025, 5, 30))
        before = self.dashboard(*period)["figures"][key]["value"]
        self.env["callgear.call"].search([("wait_seconds", ">", 0)]).wait_seconds = 1
        self.commit()
        self.add_up()
        after = self.dashboard(*period)["figures"][key]["value"]
        self.assertGreater(before, after)
        self.assertEqual(after, self.by_facts(*period)["figures"][key]["value"])

    def test_r34_facts_of_the_last_hours_are_not_added_up_yet(self):
        """They still change with every call."""
        ticket = self.plain_ticket()
        self.commit()
        self.add_up()
        today = fields.Date.today()
        self.Sum._add_up([today, today + timedelta(days=1)])
        facts = self.env["callgear.ticket.fact"].search([("ticket_id", "=", ticket.id)])
        self.assertEqual(set(facts.mapped("state")), {"new"})

    def test_r34_a_zone_that_does_not_exist_is_none(self):
        self.env["ir.config_parameter"].set_param(OF_ZONE, "Mars/Olympus")
        self.env.registry.clear_cache()
        self.assertEqual(self.Sum._time_zone(), "UTC")

    def test_r34_the_dashboard_of_summed_days_reads_sums(self):
        """Two statements, whatever the period; and no fact that a sum holds."""
        dice = random.Random(15)
        self.make(50, dice)
        self.add_up()
        self.env.cr.execute("UPDATE callgear_ticket_fact SET hours = 1000")
        data = self.dashboard(date(2025, 3, 1), date(2025, 6, 30))
        self.assertLess(data["figures"]["closing_hours"]["value"], 1000)


def _moment(text):
    return datetime.fromisoformat(text)
