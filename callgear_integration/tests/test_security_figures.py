# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R39: agents count their own, users of team tickets their teams', managers all.

In the dashboard, in the statistics behind it, in exports, in menus and filters.
"""

import csv
import io
import json

from openpyxl import load_workbook

from odoo.http import Request
from odoo.tests import HttpCase

from .case import tagged
from .test_dashboard import DAY, DashboardCase

JSON = {"Content-Type": "application/json"}
NOON = "2026-03-28 12:00:00"
NEW = [("kind", "=", "new"), ("date", ">=", "2026-03-28"), ("date", "<", "2026-03-29")]
OURS = "callgear_integration."
# Whose new tickets each role counts.
COUNTED = {
    "own": {"own"},
    "other_own": {"other_own"},
    "team_member": {"own", "team_member"},
    "all": {"all"},
    "manager": {"own", "other_own", "team_member", "all"},
    "admin": {"own", "other_own", "team_member", "all"},
}


class FiguresCase(DashboardCase):
    """One new ticket for each agent; the own agent and the team user share a team."""

    def setUp(self):
        super().setUp()
        self.team.user_ids = self.roles["own"] | self.roles["team_member"]
        self.elsewhere = self.env["helpdesk.ticket.team"].create(
            {"name": "Elsewhere", "user_ids": self.roles["other_own"].ids}
        )
        teams = {"own": self.team, "team_member": self.team}
        self.tickets = {
            role: self.ticket_at(
                NOON,
                user_id=self.roles[role].id,
                team_id=teams.get(role, self.elsewhere).id,
            )
            for role in sorted(COUNTED["manager"])
        }
        self.env.flush_all()
        self.env["callgear.ticket.fact"]._count_noted_now()

    def seen(self, role):
        """The tickets that a user of the role counts."""
        return self.env["helpdesk.ticket"].browse(
            sorted(self.tickets[other].id for other in COUNTED[role])
        )

    def domain(self):
        ids = [ticket.id for ticket in self.tickets.values()]
        return [*NEW, ("ticket_id", "in", ids)]


@tagged("post_install", "-at_install")
class TestByRpc(FiguresCase):
    def each_role(self, model):
        for role in COUNTED:
            self.env.invalidate_all()
            with self.subTest(model, role=role):
                yield role, self.env[model].with_user(self.roles[role])

    def test_r39_rows(self):
        for model in ("callgear.statistics", "callgear.ticket.fact"):
            for role, Model in self.each_role(model):
                expected = set(self.seen(role).ids)
                rows = Model.search_read(self.domain(), ["ticket_id"])
                self.assertEqual({row["ticket_id"][0] for row in rows}, expected)
                found = Model.web_search_read(self.domain(), {"ticket_id": {}})
                self.assertEqual(
                    {row["ticket_id"] for row in found["records"]}, expected
                )
                self.assertEqual(Model.search_count(self.domain()), len(expected))

    def test_r39_sums_of_days(self):
        """What they add up: of agents, and of whole teams."""
        Sum = self.env["callgear.ticket.sum"]
        Sum._add_up(Sum._open_days())
        users = {role: self.roles[role] for role in COUNTED["manager"]}
        for role, Model in self.each_role("callgear.ticket.sum"):
            sums = Model.search([("user_id", "in", [u.id for u in users.values()])])
            expected = {users[other].id for other in COUNTED[role]}
            self.assertEqual(set(sums.user_id.ids), expected)
            all_of_team = Model.search([("user_id", "=", False)]).team_id
            seen = {
                "own": [],
                "other_own": [],
                "team_member": [self.team.id],
                "all": [],
            }
            if role in seen:
                self.assertEqual(all_of_team.ids, seen[role])

    def test_r39_who_joins_or_leaves_a_team_sees_so_at_once(self):
        """From the facts, and from sums, whose rows are of all or of an agent alone."""
        Sum, colleague = self.env["callgear.ticket.sum"], self.roles["team_member"]
        Sum._add_up(Sum._open_days())
        self.assertEqual(self.counted_by(colleague), {"own", "team_member"})
        self.team.user_ids -= colleague
        self.assertEqual(self.counted_by(colleague), {"team_member"})
        colleague.helpdesk_team_ids += self.team
        self.assertEqual(self.counted_by(colleague), {"own", "team_member"})

    def counted_by(self, user):
        """The roles whose tickets a user counts."""
        rows = self.data(user, team_ids=[], **DAY)["team"]
        names = {self.roles[role].id: role for role in COUNTED["manager"]}
        return {names[row["id"]] for row in rows if row["id"] in names}

    def test_r39_groups(self):
        measures = ["new_tickets:count_distinct"]
        for role, Model in self.each_role("callgear.statistics"):
            users = {self.roles[other].id for other in COUNTED[role]}
            rows = Model.formatted_read_group(self.domain(), ["user_id"], measures)
            self.assertEqual({row["user_id"][0] for row in rows}, users)
            found = Model.web_read_group(self.domain(), ["user_id"], measures)
            self.assertEqual({row["user_id"][0] for row in found["groups"]}, users)
            [whole], rows = Model.formatted_read_grouping_sets(
                self.domain(), [[], ["user_id"]], measures
            )
            self.assertEqual(whole[measures[0]], len(users))
            self.assertEqual({row["user_id"][0] for row in rows}, users)

    def test_r39_a_foreign_row_is_not_read(self):
        rows = self.env["callgear.statistics"].search(self.domain())
        self.assertEqual(len(rows), len(COUNTED["manager"]))
        for role, Model in self.each_role("callgear.statistics"):
            allowed = Model.browse(rows.ids)._filtered_access("read")
            self.assertEqual(
                allowed.ticket_id, self.seen(role).with_user(Model.env.user)
            )

    def test_r39_the_dashboard(self):
        for role, _Model in self.each_role("callgear.statistics"):
            data = self.data(self.roles[role], team_ids=[], **DAY)
            agents = {self.roles[other].id for other in COUNTED["manager"]}
            rows = {row["id"] for row in data["team"]} & agents
            self.assertEqual(rows, {self.roles[other].id for other in COUNTED[role]})
            for name in ("figures", "over_time", "peak"):
                self.assertTrue(data[name])

    def test_r39_a_filter_does_not_widen_it(self):
        foreign = self.roles["other_own"]
        for role in ("own", "team_member"):
            with self.subTest(role):
                for chosen in (
                    {"user_ids": foreign.ids, "team_ids": []},
                    {"team_ids": self.elsewhere.ids},
                ):
                    data = self.data(self.roles[role], **DAY, **chosen)
                    self.assertEqual(data["figures"]["new_tickets"]["value"], 0)
                    self.assertEqual(data["team"], [])

    def test_r39_filters_offer_whom_one_sees(self):
        """By the names that are found with the filters' domains."""
        groups = ("own", "other_own", "team_member", "all", "manager")
        people = self.env["res.users"].union(*(self.roles[name] for name in groups))
        teams = self.team | self.elsewhere
        for role, agents, offered_teams in (
            ("own", self.roles["own"], self.team),
            ("other_own", self.roles["other_own"], self.elsewhere),
            ("team_member", self.team.user_ids, self.team),
            ("all", self.roles["all"], teams.browse()),
            ("manager", people, teams),
        ):
            with self.subTest(role):
                choices = self.data(self.roles[role])["choices"]
                for name, records, offered in (
                    ("user_ids", people, agents),
                    ("team_ids", teams, offered_teams),
                ):
                    domain = [*choices[name], ("id", "in", records.ids)]
                    found = records.with_user(self.roles[role]).search(domain)
                    self.assertEqual(found.ids, offered.sorted().ids)


@tagged("post_install", "-at_install")
class TestByExport(FiguresCase, HttpCase):
    def post(self, role, url, data):
        user = self.roles[role]
        self.authenticate(user.login, user.login)
        token = Request.csrf_token(self)
        answer = self.url_open(url, {"data": json.dumps(data), "csrf_token": token})
        self.assertEqual(answer.status_code, 200)
        return answer.content

    def names(self, role):
        return {self.roles[other].name for other in COUNTED[role]}

    def everybody(self, texts):
        """Those of the agents of the tests who are among the texts."""
        return self.names("manager") & set(texts)

    def exported(self, **options):
        return {
            "model": "callgear.statistics",
            "fields": [
                {"name": "user_id", "label": "Agent", "type": "many2one"},
                {"name": "kind", "label": "What", "type": "selection"},
            ],
            "ids": False,
            "domain": self.domain(),
            "groupby": [],
            "import_compat": False,
            "context": {},
            **options,
        }

    def test_r39_the_dashboards_workbook(self):
        for role in COUNTED:
            with self.subTest(role):
                content = self.post(role, "/callgear/dashboard/export_xlsx", DAY)
                team = load_workbook(io.BytesIO(content))["Team"]
                names = [row[0].value for row in team.rows]
                self.assertEqual(self.everybody(names), self.names(role))

    def test_r39_odoos_own_export(self):
        for role in COUNTED:
            with self.subTest(role):
                content = self.post(role, "/web/export/csv", self.exported())
                rows = list(csv.reader(io.StringIO(content.decode())))
                self.assertEqual(
                    self.everybody(row[0] for row in rows), self.names(role)
                )

    def test_r39_odoos_export_of_groups(self):
        for role in COUNTED:
            with self.subTest(role):
                data = self.exported(groupby=["user_id"])
                content = self.post(role, "/web/export/xlsx", data)
                [sheet] = load_workbook(io.BytesIO(content)).worksheets
                cells = [cell.value for row in sheet.rows for cell in row]
                words = {str(value).split(" (")[0].strip() for value in cells if value}
                self.assertEqual(self.everybody(words), self.names(role))


@tagged("post_install", "-at_install")
class TestByAddress(FiguresCase, HttpCase):
    """Whoever knows an address may type it: then the answer is what keeps others' figures."""

    def ask(self, role, url, **params):
        user = self.roles[role]
        self.authenticate(user.login, user.login)
        body = {"jsonrpc": "2.0", "method": "call", "params": params}
        return self.url_open(url, json.dumps(body), headers=JSON).json()

    def call(self, role, model, method, *args):
        url = f"/web/dataset/call_kw/{model}/{method}"
        return self.ask(role, url, model=model, method=method, args=args, kwargs={})

    def test_r39_the_dashboard_by_its_address(self):
        for role in (*COUNTED, "internal"):
            with self.subTest(role):
                page = self.ask(
                    role, "/web/action/load", action_id="callgear-dashboard"
                )
                self.assertEqual(page["result"]["tag"], "callgear_dashboard")
                options = {**DAY, "team_ids": (self.team | self.elsewhere).ids}
                answer = self.call(role, "callgear.dashboard", "get_data", options)
                if role == "internal":
                    self.assertIn("AccessError", answer["error"]["data"]["name"])
                    continue
                found = {row["id"] for row in answer["result"]["team"]}
                expected = {self.roles[other].id for other in COUNTED[role]}
                self.assertEqual(found, expected)

    def test_r48_the_board_by_its_address(self):
        for role in (*COUNTED, "internal"):
            with self.subTest(role):
                answer = self.call(role, "callgear.board", "get_data")
                may = role in ("manager", "admin")
                self.assertEqual("result" in answer, may)


@tagged("post_install", "-at_install")
class TestByMenu(FiguresCase):
    def menus(self, role, lang="en_US"):
        """The menus that a user of the role is shown, by XML id."""
        Menu = self.env["ir.ui.menu"].with_user(self.roles[role])
        menus = Menu.with_context(lang=lang).load_menus(False)
        return {menu.get("xmlid"): menu["name"] for menu in menus.values()}

    def test_r39_each_role_has_one_menu_of_the_figures(self):
        managers = {f"{OURS}menu_callgear_dashboard", f"{OURS}menu_statistics"}
        agents = {f"{OURS}menu_own_figures", f"{OURS}menu_own_statistics"}
        for role in (*COUNTED, "internal"):
            expected = agents if role in COUNTED else set()
            if role in ("manager", "admin"):
                expected = managers
            with self.subTest(role):
                found = set(self.menus(role)) & (managers | agents)
                self.assertEqual(found, expected)

    def test_r39_without_the_menu_the_web_client_opens_all_the_same(self):
        self.env.ref(f"{OURS}menu_own_reporting").unlink()
        self.assertIn(f"{OURS}menu_callgear_dashboard", self.menus("manager"))

    def test_r39_no_two_menus_have_the_same_name(self):
        """In English and Russian; under the helpdesk's own headings, as one reads them."""
        self.env["res.lang"]._activate_lang("ru_RU")
        self.env["ir.module.module"].search(
            [("name", "in", ("helpdesk_mgmt", "callgear_integration"))]
        )._update_translations("ru_RU")
        names = {
            f"{OURS}menu_callgear_dashboard",
            f"{OURS}menu_statistics",
            f"{OURS}menu_board",
            "helpdesk_mgmt.helpdesk_ticket_dashboard_menu",
        }
        shown = set()
        for lang in ("en_US", "ru_RU"):
            menus = self.menus("manager", lang)
            shown |= {menus[name] for name in names}
        self.assertEqual(len(shown), 2 * len(names), shown)
