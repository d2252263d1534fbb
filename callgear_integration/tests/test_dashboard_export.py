# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The managers' dashboard as a workbook (R34-R39)."""

import io
import json

from openpyxl import load_workbook

from odoo.http import Request
from odoo.tests import HttpCase

from odoo.addons.callgear_integration.report.dashboard_xlsx import workbook

from .builder import YUSUF
from .case import tagged
from .scenarios import incoming, missed
from .test_dashboard import DashboardCase

MARCH = {"date_from": "2026-03-01", "date_to": "2026-03-31"}
SHEETS = ["Helpdesk Figures", "Over time", "Peak load", "Channels", "Team"]
SHEETS += ["Calls by hour", "Calls by team"]


@tagged("post_install", "-at_install")
class TestDashboardExport(DashboardCase):
    def book(self, lang="en_US", **options):
        data = self.data(**{**MARCH, **options})
        env = self.env(user=self.manager, context={"lang": lang})
        return data, load_workbook(io.BytesIO(workbook(env, data)))

    def rows(self, book, name):
        return [[cell.value for cell in row] for row in book[name].rows]

    def test_r34_figures(self):
        self.ticket_at("2026-03-10 12:00:00")
        data, book = self.book()
        self.assertEqual(book.sheetnames, SHEETS)
        figure = data["figures"]["new_tickets"]
        rows = {row[0]: row[1:] for row in self.rows(book, "Helpdesk Figures")}
        self.assertEqual(rows["New"], [1, None, 0, figure["help"]])
        for name in ("General load", "Speed", "SLA", "Closing (h)", "Closed Late"):
            self.assertIn(name, rows)

    def test_without_the_period_before(self):
        _data, book = self.book(compare=False)
        self.assertEqual(
            self.rows(book, "Helpdesk Figures")[0],
            ["03/01/2026 – 03/31/2026", "Value", "Of", "Meaning"],
        )

    def test_r35_r36_r39_tables(self):
        self.ticket_at("2026-03-10 12:00:00")
        data, book = self.book()
        self.assertEqual(self.rows(book, "Peak load")[1], ["Tuesday", 16, 1, 0])
        self.assertEqual(self.rows(book, "Channels")[1], ["No channel", 1, 0, 0])
        head, row = self.rows(book, "Team")
        self.assertEqual(row[0], "Sara Haddad")
        self.assertEqual(row[head.index("New")], 1)
        self.assertEqual(len(head), 1 + len(data["figures"]))
        days = self.rows(book, "Over time")
        self.assertEqual(len(days), 1 + 31)
        self.assertEqual(days[10][1], 1)

    def test_r46_calls_by_hour(self):
        """Shares are per cent: one of two calls was abandoned."""
        self.deliver(incoming(1), missed(2, 60, YUSUF))
        _data, book = self.book()
        head, row = self.rows(book, "Calls by hour")
        found = dict(zip(head, row, strict=True))
        self.assertEqual((found["Hour"], found["Incoming Calls"]), (16, 2))
        self.assertEqual((found["Abandoned"], found["Service Level"]), (0.5, 0.5))

    def test_r46_calls_by_team(self):
        self.deliver(incoming(1), missed(2, 60, YUSUF))
        _data, book = self.book()
        head, row = self.rows(book, "Calls by team")
        found = dict(zip(head, row, strict=True))
        self.assertEqual((found["Team"], found["Incoming Calls"]), (self.team.name, 2))
        self.assertEqual((found["Abandoned"], found["Service Level"]), (0.5, 0.5))

    def test_names_are_never_formulas(self):
        """Nor links: both could come from an agent's name."""
        for name in ("=1+1", "+1", "@SUM(A1)", "-2", "=HYPERLINK(0)", "http://e.test/"):
            with self.subTest(name):
                self.sara.name = name
                self.ticket_at("2026-03-10 12:00:00")
                _data, book = self.book()
                cell = book["Team"]["A2"]
                self.assertEqual((cell.value, cell.data_type), (name, "s"))
                self.assertIsNone(cell.hyperlink)

    def test_long_titles_do_no_harm(self):
        """A sheet's name has at most 31 characters, in any language."""
        self.env["res.lang"]._activate_lang("ru_RU")
        _data, book = self.book(lang="ru_RU")
        self.assertEqual(len(book.sheetnames), len(SHEETS))


@tagged("post_install", "-at_install")
class TestDashboardDownload(DashboardCase, HttpCase):
    def download(self, user, options, csrf=True):
        self.authenticate(user.login, user.login)
        data = options if isinstance(options, str) else json.dumps(options)
        token = {"csrf_token": Request.csrf_token(self)} if csrf else {}
        return self.url_open(
            "/callgear/dashboard/export_xlsx", data={"data": data, **token}
        )

    def test_download(self):
        self.deliver(incoming())
        answer = self.download(self.manager, MARCH)
        self.assertEqual(answer.status_code, 200)
        self.assertIn(
            "from%202026-03-01%20to%202026-03-31.xlsx",
            answer.headers["Content-Disposition"],
        )
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        book = load_workbook(io.BytesIO(answer.content))
        self.assertEqual(book.sheetnames, SHEETS)

    def test_who_may_not_see_it_gets_no_file(self):
        for name in ("internal", "portal"):
            with self.subTest(name):
                answer = self.download(self.roles[name], MARCH)
                self.assertEqual(answer.status_code, 403)
                self.assertNotIn("spreadsheet", answer.headers["Content-Type"])

    def test_nobody_without_login(self):
        self.authenticate(None, None)
        answer = self.url_open(
            "/callgear/dashboard/export_xlsx",
            data={"data": "{}", "csrf_token": Request.csrf_token(self)},
            allow_redirects=False,
        )
        self.assertNotIn("spreadsheet", answer.headers.get("Content-Type", ""))

    def test_nonsense_is_refused(self):
        deep = "[" * 30_000
        for options in ("", "{", "x" * 40_000, '{"date_from": "never"}', "[]", deep):
            with self.subTest(options[:20]):
                answer = self.download(self.manager, options)
                self.assertIn(answer.status_code, (400, 422))

    def test_s14_names_of_arguments_in_the_form_do_no_harm(self):
        self.authenticate(self.manager.login, self.manager.login)
        form = {"data": json.dumps(MARCH), "csrf_token": Request.csrf_token(self)}
        for name in ("self", "args", "other", "__class__"):
            with self.subTest(name):
                path = f"/callgear/dashboard/export_xlsx?{name}=1"
                answer = self.url_open(path, data={**form, name: "1"})
                self.assertEqual(answer.status_code, 200)

    def test_not_from_another_page(self):
        answer = self.download(self.manager, MARCH, csrf=False)
        self.assertEqual(answer.status_code, 400)
