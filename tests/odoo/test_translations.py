# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R44: English and Russian, all of it."""

import io
import re
from pathlib import Path

import polib

from odoo.modules import get_module_path
from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import trans_export

ADDON = "callgear_integration"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\{?\w+\}?\}")
# Words that are the same in both languages, or names.
SAME = {"CallGear", "ID", "URL", "API", "HTTP", "POST"}


@tagged("post_install", "-at_install")
class TestTranslations(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = Path(get_module_path(ADDON)) / "i18n"
        buffer = io.BytesIO()
        trans_export(None, [ADDON], buffer, "po", cls.env)
        cls.now = polib.pofile(buffer.getvalue().decode())
        cls.template = polib.pofile(str(folder / f"{ADDON}.pot"))
        cls.russian = polib.pofile(str(folder / "ru.po"))

    def test_r44_the_template_is_current(self):
        self.assertEqual(
            sorted({entry.msgid for entry in self.now} - {e.msgid for e in self.template}), []
        )
        self.assertEqual(
            sorted({entry.msgid for entry in self.template} - {e.msgid for e in self.now}), []
        )

    def test_r44_russian_is_complete(self):
        known = {e.msgid: e.msgstr for e in self.russian if "fuzzy" not in e.flags}
        missing = [entry.msgid for entry in self.now if not known.get(entry.msgid)]
        self.assertEqual(missing, [])

    def test_r44_russian_is_russian(self):
        latin = [
            entry.msgid
            for entry in self.russian
            if entry.msgid not in SAME
            and re.search("[a-z]{3}", re.sub(r"<[^>]*>", "", entry.msgid))
            and not re.search("[а-яё]", entry.msgstr)
        ]
        self.assertEqual(latin, [])

    def test_r44_placeholders_survive_translation(self):
        for entry in self.russian:
            with self.subTest(entry.msgid):
                self.assertEqual(
                    sorted(PLACEHOLDER.findall(entry.msgid)),
                    sorted(PLACEHOLDER.findall(entry.msgstr)),
                )
