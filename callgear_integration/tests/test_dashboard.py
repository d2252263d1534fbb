# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the managers' dashboard is told (R34-R39), and to whom."""

from freezegun import freeze_time

from odoo.exceptions import AccessError, ValidationError
from odoo.tools.profiler import Profiler

from odoo.addons.callgear_integration.report.dashboard_figures import (
    FIGURES,
    SECTIONS,
)

from .builder import OMAR
from .case import CallgearCase, tagged
from .roles import make_roles
from .scenarios import incoming, missed, softphone

# The calls of the builder are of this day.
DAY = {"date_from": "2026-03-28", "date_to": "2026-03-28"}
HOUR = 3600


class DashboardCase(CallgearCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.roles = make_roles(cls.env)
        cls.manager = cls.roles["manager"]
        cls.manager.tz = "Asia/Dubai"
        cls.Dashboard = cls.env["callgear.dashboard"].with_user(cls.manager)

    def data(self, user=None, **options):
        """What the dashboard tells of the tests' own team, unless another is named."""
        self.env.flush_all()
        self.env.invalidate_all()
        options = {"team_ids": self.team.ids, **options}
        return self.Dashboard.with_user(user or self.manager).get_data(options)

    def history(self):
        """A few calls, and a ticket that has nothing to do with a call."""
        self.deliver(incoming(1), missed(2, HOUR), softphone(3, 2 * HOUR))
        self.plain_ticket().with_user(self.sara).message_post(
            body="We look into it",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )

    def ticket_at(self, moment, **values):
        """A ticket that was made then; the database takes the transaction's time."""
        ticket = self.plain_ticket(**values)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE helpdesk_ticket SET create_date = %s WHERE id = %s",
            (moment, ticket.id),
        )
        ticket.invalidate_recordset()
        self.env["callgear.ticket.fact"]._note(ticket.ids)
        return ticket

    def behind(self, data, figure, row=None):
        """The records that a click on a figure shows."""
        domain = data["domain"] + figure["domain"] + (row["domain"] if row else [])
        if figure["model"] != "callgear.statistics":
            domain = [("callgear_statistics_ids", "any", domain)]
        Model = self.env[figure["model"]].with_user(self.manager)
        return Model.with_context(tz="Asia/Dubai").search(domain)


@tagged("post_install", "-at_install")
class TestDashboard(DashboardCase):
    def whole(self):
        """All that happened in the tests: today, and the day of the calls."""
        return self.data(date_from="2026-03-01", date_to="2026-12-31")

    def test_r34_figures_are_those_of_the_statistics(self):
        self.history()
        data = self.whole()
        Statistics = self.env["callgear.statistics"].with_user(self.manager)
        specs = [f"{figure.key}:{figure.aggregator}" for figure in FIGURES.values()]
        [row] = Statistics._read_group(data["domain"], aggregates=specs)
        for key, expected in zip(FIGURES, row, strict=True):
            value = data["figures"][key]["value"]
            self.assertAlmostEqual(value or 0, expected or 0, 4, key)
        self.assertGreater(data["figures"]["new_tickets"]["value"], 1)

    def test_r34_a_count_leads_to_as_many_tickets(self):
        self.history()
        data = self.whole()
        found = {}
        for figure in data["figures"].values():
            if figure["model"] == "helpdesk.ticket":
                with self.subTest(figure["key"]):
                    found[figure["key"]] = len(self.behind(data, figure))
                    self.assertEqual(found[figure["key"]], figure["value"])
        self.assertGreater(found["new_tickets"], 1)

    def test_r35_a_cell_leads_to_as_many_tickets(self):
        self.history()
        data = self.whole()
        self.assertTrue(data["peak"])
        for cell in data["peak"]:
            for key, value in cell["values"].items():
                with self.subTest(key, day=cell["day"], hour=cell["hour"]):
                    tickets = self.behind(data, data["figures"][key], cell)
                    self.assertEqual(len(tickets), value)

    def test_r34_a_day_leads_to_as_many_tickets(self):
        """What counts in a day of a month is what counts in the month."""
        self.history()
        data = self.whole()
        found = []
        for row in data["over_time"]["rows"]:
            for key in ("new_and_reopened", "worked_on", "closed"):
                tickets = self.behind(data, data["figures"][key], row)
                self.assertEqual(len(tickets), row["values"][key], (key, row["start"]))
                found += tickets
        self.assertTrue(found)

    def test_r36_r39_a_row_leads_to_as_many_tickets(self):
        self.history()
        data = self.whole()
        for name in ("channels", "team"):
            self.assertTrue(data[name])
            for row in data[name]:
                for key, value in row["values"].items():
                    figure = data["figures"].get(key)
                    if figure and figure["model"] == "helpdesk.ticket":
                        with self.subTest(key, row=row["label"]):
                            tickets = self.behind(data, figure, row)
                            self.assertEqual(len(tickets), value)

    def test_r37_an_average_leads_to_its_facts(self):
        self.history()
        data = self.whole()
        figure = data["figures"]["replies"]
        self.assertGreater(figure["value"], 0)
        facts = self.behind(data, figure)
        self.assertEqual(facts._name, "callgear.statistics")
        self.assertEqual(sum(facts.mapped("replies")), figure["value"])

    def test_r39_each_agent_has_all_measures(self):
        self.deliver(incoming(1), incoming(2, HOUR, employee=OMAR))
        rows = {row["id"]: row for row in self.whole()["team"]}
        self.assertLessEqual({self.sara.id, self.omar.id}, set(rows))
        self.assertLessEqual(set(SECTIONS["team"]), set(rows[self.sara.id]["values"]))
        self.assertIn("replies", SECTIONS["team"])
        self.assertEqual(rows[self.omar.id]["label"], "Omar Nasser")

    def test_r35_hours_are_the_managers(self):
        """16:30 in Dubai, where manager and account are"""
        self.ticket_at("2026-03-28 12:30:00")
        data = self.data(**DAY)
        places = {(cell["day"], cell["hour"]) for cell in data["peak"]}
        self.assertEqual(places, {(6, 16)})
        data = self.Dashboard.with_context(tz="UTC").get_data(
            {**DAY, "team_ids": self.team.ids}
        )
        places = {(cell["day"], cell["hour"]) for cell in data["peak"]}
        self.assertEqual(places, {(6, 12)})

    def test_days_are_the_managers(self):
        """A ticket of 23 o'clock in London is one of the next day in Dubai."""
        self.ticket_at("2026-03-28 23:00:00")
        new = {
            day: self.data(date_from=day, date_to=day)["figures"]["new_tickets"]
            for day in ("2026-03-28", "2026-03-29")
        }
        self.assertEqual(
            {day: figure["value"] for day, figure in new.items()},
            {"2026-03-28": 0, "2026-03-29": 1},
        )

    def test_each_day_is_drawn(self):
        self.ticket_at("2026-03-28 12:30:00")
        data = self.data(date_from="2026-03-26", date_to="2026-03-29")
        rows = data["over_time"]["rows"]
        self.assertEqual(
            {row["start"]: row["values"]["new_and_reopened"] for row in rows},
            {
                "2026-03-26T00:00": 0,
                "2026-03-27T00:00": 0,
                "2026-03-28T00:00": 1,
                "2026-03-29T00:00": 0,
            },
        )
        self.assertIsNone(rows[0]["values"]["closing_hours"])

    def test_compared_with_the_period_before(self):
        self.ticket_at("2026-03-26 12:00:00")
        self.ticket_at("2026-03-26 12:00:00")
        self.ticket_at("2026-03-28 12:00:00")
        days = {"date_from": "2026-03-27", "date_to": "2026-03-28"}
        data = self.data(**days)
        self.assertEqual(
            data["previous"], {"date_from": "2026-03-25", "date_to": "2026-03-26"}
        )
        figure = data["figures"]["new_tickets"]
        self.assertEqual((figure["value"], figure["previous"]), (1, 2))
        data = self.data(**days, compare=False)
        self.assertIsNone(data["previous"])
        self.assertIsNone(data["figures"]["new_tickets"]["previous"])

    def test_filters(self):
        self.ticket_at("2026-03-28 12:00:00")
        other = self.ticket_at(
            "2026-03-28 12:00:00",
            user_id=self.omar.id,
            channel_id=self.env.ref("helpdesk_mgmt.helpdesk_ticket_channel_email").id,
        )
        for filters, count in (
            ({"user_ids": self.omar.ids}, 1),
            ({"user_ids": (self.omar | self.sara).ids}, 2),
            ({"channel_ids": other.channel_id.ids}, 1),
            ({"user_ids": self.lina.ids}, 0),
            ({"team_ids": []}, 2),
        ):
            with self.subTest(**filters):
                figure = self.data(**DAY, **filters)["figures"]["new_tickets"]
                if filters != {"team_ids": []}:
                    self.assertEqual(figure["value"], count)
                else:
                    self.assertGreaterEqual(figure["value"], count)

    def test_every_figure_is_explained(self):
        for key, figure in self.data()["figures"].items():
            with self.subTest(key):
                self.assertTrue(figure["label"])
                self.assertTrue(figure["help"])

    def test_empty_period(self):
        data = self.data(date_from="2001-01-01", date_to="2001-01-31")
        self.assertEqual(data["channels"] + data["team"] + data["peak"], [])
        self.assertEqual(data["figures"]["closed"]["value"], 0)
        self.assertIsNone(data["figures"]["closing_hours"]["value"])

    def statements(self):
        """The statements that one look at the dashboard takes."""
        self.env.flush_all()
        self.env["callgear.ticket.fact"]._count_noted_now()
        self.env.invalidate_all()
        with Profiler(collectors=["sql"], db=None) as profiler:
            self.Dashboard.get_data({**DAY})
        return [entry["query"] for entry in profiler.collectors[0].entries]

    def test_two_queries_of_the_facts(self):
        """However many tickets and agents there are; thirteen statements at most."""
        self.ticket_at("2026-03-28 12:00:00")
        self.statements()  # Odoo's own caches are warm from then on
        few = self.statements()
        for agent in (self.sara, self.omar, self.lina) * 10:
            self.ticket_at("2026-03-28 12:00:00", user_id=agent.id)
        many = self.statements()
        self.assertEqual(len([q for q in many if "callgear_ticket_fact" in q]), 2)
        self.assertEqual(len(many), len(few))
        self.assertLessEqual(len(many), 13)


@tagged("post_install", "-at_install")
class TestDashboardOptions(DashboardCase):
    def test_today_without_options(self):
        """Today is the manager's: in Dubai it begins four hours earlier."""
        with freeze_time("2026-03-28 21:00:00"):
            options = self.Dashboard.get_data({})["options"]
        self.assertEqual(
            options,
            {
                "date_from": "2026-03-29",
                "date_to": "2026-03-29",
                "compare": True,
                "team_ids": [],
                "user_ids": [],
                "channel_ids": [],
            },
        )

    def test_wrong_options_are_refused(self):
        for options in (
            None,
            [],
            "today",
            {"domain": [("id", "=", 1)]},
            {"date_from": "yesterday"},
            {"date_from": 20260328},
            {"date_from": "2026-03-28' OR 1=1"},
            {"date_from": "0001-01-01"},
            {"date_to": "9999-12-31"},
            {"date_from": "2026-03-28", "date_to": "2026-03-27"},
            {"date_from": "2016-01-01", "date_to": "2026-01-01"},
            {"compare": "no"},
            {"team_ids": 5},
            {"team_ids": ["5"]},
            {"team_ids": [True]},
            {"user_ids": [-1]},
            {"user_ids": [2**40]},
            {"user_ids": [[1]]},
            {"channel_ids": list(range(1, 1000))},
        ):
            with self.subTest(options=options), self.assertRaises(ValidationError):
                self.Dashboard.get_data(options)


@tagged("post_install", "-at_install")
class TestDashboardAccess(DashboardCase):
    def test_who_may_see_it(self):
        for name, user in self.roles.items():
            with self.subTest(name):
                Dashboard = self.env["callgear.dashboard"].with_user(user)
                if name in ("internal", "portal", "public"):
                    with self.assertRaises(AccessError):
                        Dashboard.get_data({})
                else:
                    self.assertIn("figures", Dashboard.get_data({}))

    def test_nobody_counts_what_they_may_not_read(self):
        """An agent who sees only their own tickets counts only these."""
        own = self.roles["own"]
        self.ticket_at("2026-03-28 12:00:00", user_id=own.id)
        self.ticket_at("2026-03-28 12:00:00", user_id=self.omar.id)
        figure = self.data(own, **DAY)["figures"]["new_tickets"]
        self.assertEqual(figure["value"], 1)
        figure = self.data(self.manager, **DAY)["figures"]["new_tickets"]
        self.assertEqual(figure["value"], 2)

    def test_nothing_of_other_companies(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.ticket_at("2026-03-28 12:00:00", company_id=company.id, team_id=False)
        data = self.data(team_ids=[], **DAY)
        mine = self.env["callgear.statistics"].search_count(
            data["domain"] + [("company_id", "=", company.id)]
        )
        self.assertEqual(mine, 1)
        found = self.Dashboard.get_data({**DAY})["figures"]["new_tickets"]
        tickets = self.behind(data, found)
        self.assertNotIn(company, tickets.company_id)
