# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What holds for all models, views and menus of the addon, whatever is added to it."""

import ast
import csv
import re
from pathlib import Path

from lxml import etree

from odoo.exceptions import AccessError

import odoo.addons.callgear_integration as addon

from .case import CallgearCase, tagged
from .roles import GROUPS, make_roles

ADDON = Path(addon.__file__).parent
MODULE = ADDON.name
XML = sorted(ADDON.rglob("*.xml"))
PYTHON = sorted(set(ADDON.rglob("*.py")) - set(ADDON.glob("tests/*.py")))
NOBODY = "[(0, '=', 1)]"


@tagged("post_install", "-at_install")
class TestModels(CallgearCase):
    def ours(self):
        return [
            model
            for name, model in self.env.items()
            if name.startswith("callgear.") and not model._abstract
        ]

    def test_each_model_has_rights_and_a_company_rule(self):
        for model in self.ours():
            with self.subTest(model._name):
                where = [("model_id.model", "=", model._name)]
                self.assertTrue(self.env["ir.model.access"].search(where))
                if not model._transient:
                    rules = self.env["ir.rule"].search([*where, ("groups", "=", False)])
                    domains = rules.mapped("domain_force")
                    if NOBODY not in domains:
                        self.assertIn("company", "".join(domains))

    def test_each_dialog_is_its_users_own(self):
        """Odoo lets whoever may use a model read and change what others have typed."""
        for model in self.ours():
            if model._transient:
                with self.subTest(model._name):
                    rules = self.env["ir.rule"].search(
                        [("model_id.model", "=", model._name), ("groups", "=", False)]
                    )
                    self.assertIn("create_uid", "".join(rules.mapped("domain_force")))

    def test_each_right_is_some_groups(self):
        """A line without a group would apply to everybody."""
        with (ADDON / "security/ir.model.access.csv").open() as file:
            lines = list(csv.DictReader(file))
        self.assertTrue(lines)
        for line in lines:
            self.assertTrue(line["group_id:id"], line["id"])

    def test_each_model_says_what_it_is(self):
        for model in self.ours():
            with self.subTest(model._name):
                self.assertTrue(model._description)
                self.assertNotEqual(model._description, model._name)
                self.assertTrue(type(model).__mro__[0]._order)

    def test_each_inverse_of_a_list_has_an_index(self):
        """Otherwise each reading of the list would scan the table."""
        models = [*self.ours(), self.env["helpdesk.ticket"], self.env["res.partner"]]
        for field in (field for model in models for field in model._fields.values()):
            comodel = (
                self.env.get(field.comodel_name) if field.type == "one2many" else None
            )
            if comodel is None or not comodel._name.startswith("callgear."):
                continue
            if not comodel._auto or field.compute:  # a query, or no inverse
                continue
            column = field.inverse_name
            with self.subTest(str(field)):
                self.env.cr.execute(
                    "SELECT indexdef FROM pg_indexes WHERE tablename = %s",
                    [comodel._table],
                )
                firsts = [
                    re.search(r"USING btree \((\w+)", definition)
                    for (definition,) in self.env.cr.fetchall()
                ]
                self.assertIn(column, [first[1] for first in firsts if first])

    def test_no_name_of_a_foreign_key_to_users_or_contacts_lacks_an_index(self):
        """Deleting a contact would scan the table otherwise."""
        for model in self.ours():
            if not model._auto:
                continue  # a query, not a table
            for field in model._fields.values():
                if not field.store or field.comodel_name != "res.partner":
                    continue
                if field.type != "many2one":
                    continue
                with self.subTest(str(field)):
                    self.env.cr.execute(
                        "SELECT 1 FROM pg_indexes"
                        " WHERE tablename = %s AND indexdef ~ %s",
                        [model._table, rf"btree \({field.name}\)"],
                    )
                    self.assertTrue(self.env.cr.fetchone())

    def test_texts_of_fields_end_as_sentences(self):
        for model in self.ours():
            for field in model._fields.values():
                if field.help and field._modules and MODULE in field._modules:
                    with self.subTest(str(field)):
                        self.assertRegex(field.help, r"[.!?]$")

    def test_each_sudo_says_why(self):
        """`# sudo: model - reason` stands above, or in the lines of the statement."""
        for path in PYTHON:
            lines = path.read_text().splitlines()
            for number, line in enumerate(lines):
                if ".sudo(" not in line or line.lstrip().startswith("#"):
                    continue
                with self.subTest(f"{path.relative_to(ADDON)}:{number + 1}"):
                    before = "\n".join(lines[max(0, number - 5) : number + 1])
                    self.assertIn("# sudo: ", before)

    def test_translated_texts_are_literals(self):
        """Others cannot be found by the export of terms."""
        for path in PYTHON:
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
                    "env._"
                ):
                    with self.subTest(path.name, line=node.lineno):
                        self.assertIsInstance(node.args[0], ast.Constant)

    def test_nothing_commits_by_itself(self):
        """But for what must be known before CallGear is asked, in one place."""
        for path in PYTHON:
            if path.name == "transaction.py":
                continue
            with self.subTest(path.name):
                self.assertNotRegex(path.read_text(), r"\bcr\.commit\(")


@tagged("post_install", "-at_install")
class TestViews(CallgearCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.roles = make_roles(cls.env)

    def records(self, model):
        names = self.env["ir.model.data"].search(
            [("module", "=", MODULE), ("model", "=", model)]
        )
        return self.env[model].browse(names.mapped("res_id"))

    def test_each_view_loads_for_the_admin(self):
        views = self.records("ir.ui.view").filtered(
            lambda v: v.model and v.type != "qweb"
        )
        self.assertGreater(len(views), 10)
        for view in views:
            with self.subTest(view.xml_id):
                Model = self.env[view.model].with_user(self.roles["admin"])
                root = view if view.mode == "primary" else view.inherit_id
                kind = "list" if view.type == "tree" else view.type
                self.assertTrue(
                    Model.get_views([(root.id, kind)])["views"][kind]["arch"]
                )

    def seen_menus(self, user):
        """Ids of the menus that a user can reach from the top."""
        menus = self.env["ir.ui.menu"].with_user(user).load_menus(False)
        reached, ahead = set(), list(menus["root"]["children"])
        while ahead:
            menu_id = ahead.pop()
            reached.add(menu_id)
            ahead += menus[menu_id]["children"]
        return reached

    def internal(self):
        """Roles with a web client."""
        return {
            role: user
            for role, user in self.roles.items()
            if role not in ("portal", "public")
        }

    def test_each_action_loads_for_whom_its_menu_is(self):
        """All views that a click on a menu asks for, with the rights of that person."""
        for menu in self.records("ir.ui.menu").filtered("action"):
            action = menu.action
            if action._name != "ir.actions.act_window":
                continue
            for role, user in self.internal().items():
                if menu.id not in self.seen_menus(user):
                    continue
                with self.subTest(menu.complete_name, role=role):
                    Model = self.env[action.res_model].with_user(user)
                    modes = action.view_mode.split(",")
                    views = [(False, mode) for mode in [*modes, "search"]]
                    Model.get_views(views, {"load_filters": True})
                    Model.web_search_read([], {"display_name": {}}, limit=1)

    def test_the_admins_menus_are_the_admins(self):
        root = self.env.ref(f"{MODULE}.menu_callgear")
        menus = self.env["ir.ui.menu"].search([("id", "child_of", root.id)])
        # What agents call the end of a conversation is the managers' choice.
        managers = root | self.env.ref(f"{MODULE}.menu_results")
        # And who listened to what, and who has deleted it, is theirs to look at.
        for name in ("listening", "deletions"):
            managers |= self.env.ref(f"{MODULE}.menu_{name}")
        expected_of = {"admin": set(menus.ids), "manager": set(managers.ids)}
        for role, user in self.internal().items():
            with self.subTest(role):
                expected = expected_of.get(role, set())
                self.assertEqual(set(menus.ids) & self.seen_menus(user), expected)

    def test_agents_find_the_calls(self):
        menu = self.env.ref(f"{MODULE}.menu_calls")
        for role, user in self.internal().items():
            with self.subTest(role):
                self.assertEqual(menu.id in self.seen_menus(user), role != "internal")

    def test_forms_open_with_a_record(self):
        """R1, R2: with the rights of the CallGear admin, every field that is shown."""
        for model in ("callgear.connection", "callgear.operator"):
            record = self.env[model].with_user(self.roles["admin"]).search([], limit=1)
            arch = etree.fromstring(record.get_view(view_type="form")["arch"])
            names = {
                node.get("name")
                for node in arch.iter("field")
                if not any(parent.tag == "field" for parent in node.iterancestors())
            }
            with self.subTest(model):
                self.assertTrue(record.read(sorted(names)))

    def test_r42_agents_views_hold_no_field_of_the_admin(self):
        for model in ("callgear.call", "callgear.leg", "helpdesk.ticket"):
            Model = self.env[model].with_user(self.roles["own"])
            for kind in ("list", "form", "search"):
                arch = Model.get_view(view_type=kind)["arch"]
                with self.subTest(model, kind=kind):
                    self.assertNotRegex(arch, r'name="(url|api_key|token|webhook_url)"')

    def test_nobody_without_rights_reaches_a_model_by_its_views(self):
        self.assertIn("portal", GROUPS)
        for model in ("callgear.connection", "callgear.call"):
            with self.subTest(model), self.assertRaises(AccessError):
                self.env[model].with_user(self.roles["portal"]).web_search_read(
                    [], {"display_name": {}}
                )


@tagged("post_install", "-at_install")
class TestFiles(CallgearCase):
    def test_numbers_are_read_from_left_to_right_in_each_view(self):
        """In a page from right to left, their plus would stand behind them."""
        wanted = etree.XPath(
            "//field[@name='arch']/*[not(self::search)]//field["
            "contains(concat(' ', @name, ' '), 'phone ') or @name='phone_numbers']"
            "[not(@column_invisible) and not(parent::kanban)]"
        )
        found = [(file.name, field) for file in XML for field in _shown(file, wanted)]
        self.assertGreater(len(found), 10)
        for file, field in found:
            with self.subTest(file, line=field.sourceline):
                self.assertIn("o-callgear-digits", field.get("class", ""))

    def test_no_view_uses_what_odoo_19_has_dropped(self):
        for path in XML:
            text = path.read_text()
            for old in ("attrs=", "states=", "<tree", "t-raw", "kanban-box", "t-esc"):
                with self.subTest(path.name, old=old):
                    self.assertNotIn(old, text)

    def test_each_file_of_the_manifest_is_there_and_each_data_file_named(self):
        manifest = ast.literal_eval((ADDON / "__manifest__.py").read_text())
        named = {*manifest["data"], *manifest.get("demo", [])}
        there = {
            str(path.relative_to(ADDON))
            for path in [*XML, *ADDON.rglob("*.csv")]
            if path.parts[len(ADDON.parts)]
            in ("data", "demo", "security", "views", "wizards")
        }
        self.assertEqual(named, there)


def _shown(file, wanted):
    return wanted(etree.parse(file)) if file.parent.name in ("views", "wizards") else []
