# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R44: English and Russian, all of it. ``bin/translations`` renews the files."""

from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import TranslationImporter, code_translations

from ..translation_files import TranslationFiles

ADDON = "callgear_integration"
LANG = "ru_RU"


@tagged("post_install", "-at_install")
class TestTranslations(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.files = TranslationFiles(cls.env, ADDON)

    def test_r44_the_files_are_current(self):
        for file in (self.files.template, self.files.russian):
            with self.subTest(file.fpath):
                missing, gone = self.files.changed(file)
                self.assertEqual(missing, [], "missing: bin/translations")
                self.assertEqual(gone, [], "gone: bin/translations")

    def test_r44_russian_is_complete(self):
        self.assertEqual(self.files.missing(), [])

    def test_r44_russian_is_russian(self):
        self.assertEqual(self.files.left_in_english(), [])

    def test_r44_what_is_no_text_survives_translation(self):
        self.assertEqual(self.files.damaged(), [])

    def test_r44_odoo_takes_the_russian(self):
        """In views, fields and data; in Python code; in the browser's code."""
        self.env["res.lang"]._activate_lang(LANG)
        importer = TranslationImporter(self.env.cr)
        importer.load_file(str(self.files.folder / "ru.po"), LANG)
        importer.save(overwrite=True)
        self.env.invalidate_all()
        taken = {entry.msgid: entry.msgstr for entry in self.files.export(LANG)}
        web = code_translations.get_web_translations(ADDON, LANG)["messages"]
        in_code = {
            "odoo-python": code_translations.get_python_translations(ADDON, LANG),
            "odoo-javascript": {term["id"]: term["string"] for term in web},
        }
        for entry in self.files.russian.translated_entries():
            with self.subTest(entry.msgid):
                self.assertEqual(taken[entry.msgid], entry.msgstr)
                for comment, terms in in_code.items():
                    if comment in entry.comment:
                        self.assertEqual(terms[entry.msgid], entry.msgstr)
