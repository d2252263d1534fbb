# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R44: English and Russian, all of it. ``bin/translations`` renews the files."""

import io
import re
from pathlib import Path

import polib

from odoo.modules import get_module_path
from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import TranslationImporter, code_translations, trans_export

from devtools.po_files import NAMES, needs_translation

ADDON = "callgear_integration"
LANG = "ru_RU"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\{?\w+\}?\}")
TAG = re.compile(r"<[^>]*>")
LATIN = re.compile(r"[a-z]{2,}", re.IGNORECASE)


@tagged("post_install", "-at_install")
class TestTranslations(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = Path(get_module_path(ADDON)) / "i18n"
        cls.now = cls._export(None)
        cls.template = polib.pofile(str(cls.folder / f"{ADDON}.pot"))
        cls.russian = polib.pofile(str(cls.folder / "ru.po"))

    @classmethod
    def _export(cls, lang):
        buffer = io.BytesIO()
        trans_export(lang, [ADDON], buffer, "po", cls.env)
        return polib.pofile(buffer.getvalue().decode())

    @staticmethod
    def _places(file):
        """Where each term stands: elsewhere Odoo would not use its translation."""
        return {
            (entry.msgid, place)
            for entry in file
            for place in [
                *entry.comment.splitlines(),
                *(":".join(occurrence) for occurrence in entry.occurrences),
            ]
        }

    def test_r44_the_files_are_current(self):
        now = self._places(self.now)
        for name, file in (("template", self.template), ("ru.po", self.russian)):
            with self.subTest(name):
                there = self._places(file)
                self.assertEqual(sorted(now - there), [], "missing: bin/translations")
                self.assertEqual(sorted(there - now), [], "gone: bin/translations")

    def test_r44_russian_is_complete(self):
        known = {e.msgid for e in self.russian if e.msgstr and not e.fuzzy}
        missing = [
            entry.msgid
            for entry in self.now
            if entry.msgid not in known and needs_translation(entry.msgid)
        ]
        self.assertEqual(missing, [])

    def test_r44_russian_is_russian(self):
        """No word is left in English; names are the same in both."""
        for entry in self.russian.translated_entries():
            with self.subTest(entry.msgid):
                self.assertRegex(entry.msgstr, "(?i)[а-яё]")
                known = {word.lower() for word in [*LATIN.findall(entry.msgid), *NAMES]}
                words = {word.lower() for word in LATIN.findall(entry.msgstr)}
                self.assertEqual(words - known, set())

    def test_r44_what_is_no_text_survives_translation(self):
        for entry in self.russian.translated_entries():
            with self.subTest(entry.msgid):
                for what in (PLACEHOLDER, TAG):
                    self.assertEqual(
                        sorted(what.findall(entry.msgid)),
                        sorted(what.findall(entry.msgstr)),
                    )
                for edge in (r"^\s*", r"\s*$"):
                    self.assertEqual(
                        re.search(edge, entry.msgid)[0],
                        re.search(edge, entry.msgstr)[0],
                    )

    def test_r44_odoo_takes_the_russian(self):
        """In views, fields and data; in Python code; in the browser's code."""
        self.env["res.lang"]._activate_lang(LANG)
        importer = TranslationImporter(self.env.cr)
        importer.load_file(str(self.folder / "ru.po"), LANG)
        importer.save(overwrite=True)
        self.env.invalidate_all()
        taken = {entry.msgid: entry.msgstr for entry in self._export(LANG)}
        web = code_translations.get_web_translations(ADDON, LANG)["messages"]
        in_code = {
            "odoo-python": code_translations.get_python_translations(ADDON, LANG),
            "odoo-javascript": {term["id"]: term["string"] for term in web},
        }
        for entry in self.russian.translated_entries():
            with self.subTest(entry.msgid):
                self.assertEqual(taken[entry.msgid], entry.msgstr)
                for comment, terms in in_code.items():
                    if comment in entry.comment:
                        self.assertEqual(terms[entry.msgid], entry.msgstr)
