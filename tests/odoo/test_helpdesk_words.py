# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R44: the helpdesk's own words are Russian too; its addon brings none of them."""

import re

from lxml import etree

from odoo.tests import TransactionCase, tagged

from odoo.addons.callgear_integration.tests.case import set_up_helpdesk

LANG = "ru_RU"
# Names, and what other addons than the helpdesk have written.
_LATIN = re.compile(r"[A-Za-z]{3,}")
_NAMES = {"CallGear", "Email"}


@tagged("post_install", "-at_install")
class TestHelpdeskWords(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["base.language.install"].create(
            {"lang_ids": [(4, cls.env["res.lang"]._activate_lang(LANG).id)]}
        ).lang_install()
        made = set_up_helpdesk(cls.env)
        made["sara"].lang = LANG
        cls.env = cls.env(user=made["sara"], context={"lang": LANG})

    def english(self, texts):
        return [
            text
            for text in texts
            if set(_LATIN.findall(text)) - _NAMES and not re.search("[а-яё]", text)
        ]

    def shown(self, view_type):
        """The words of a view of tickets: its own, and the names of its fields."""
        view = self.env["helpdesk.ticket"].get_view(view_type=view_type)
        arch = etree.fromstring(view["arch"])
        fields = self.env["helpdesk.ticket"].fields_get()
        for node in arch.iter(etree.Element):
            yield from (node.get(name, "") for name in ("string", "confirm", "title"))
            if node.tag == "field" and not node.get("string"):
                field = fields.get(node.get("name"))
                if field and not node.get("invisible") == "1":
                    yield field["string"]

    def test_r44_the_views_of_tickets(self):
        for view_type in ("list", "form", "kanban", "search"):
            with self.subTest(view_type):
                self.assertEqual(self.english(self.shown(view_type)), [])

    def test_r44_the_menus(self):
        menu = self.env.ref("helpdesk_mgmt.helpdesk_ticket_main_menu")
        menus = self.env["ir.ui.menu"].sudo().search([("id", "child_of", menu.id)])
        self.assertEqual(self.english(menus.mapped("name")), [])
        self.assertEqual(menu.with_env(self.env).name, "Служба поддержки")

    def test_r44_stages_channels_and_choices(self):
        records = [
            name
            for model in ("stage", "channel")
            for name in self.env[f"helpdesk.ticket.{model}"]
            .sudo()
            .search([("id", "in", self.known_ids(f"helpdesk.ticket.{model}"))])
            .mapped("name")
        ]
        self.assertIn("Выполнено", records)
        self.assertEqual(self.english(records), [])
        choices = self.env["helpdesk.ticket"].fields_get(["priority", "kanban_state"])
        words = [word for f in choices.values() for _key, word in f["selection"]]
        self.assertEqual(self.english(words), [])

    def known_ids(self, model):
        """The records of a model that the helpdesk itself brings."""
        known = [("model", "=", model), ("module", "=", "helpdesk_mgmt")]
        return self.env["ir.model.data"].sudo().search(known).mapped("res_id")
