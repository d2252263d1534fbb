# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is wrong with an addon's translations, compared with its terms as they are."""

import io
import re
from pathlib import Path

import polib

from odoo.modules import get_module_path
from odoo.tools.translate import trans_export

from devtools.po_files import NAMES, needs_translation

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\{?\w+\}?\}")
TAG = re.compile(r"<[^>]*>")
LATIN = re.compile(r"[a-z]{2,}", re.IGNORECASE)


class TranslationFiles:
    """An addon's template and Russian, and its terms in a database."""

    def __init__(self, env, addon):
        self.env, self.addon = env, addon
        self.folder = Path(get_module_path(addon)) / "i18n"
        self.now = self.export(None)
        self.template = polib.pofile(str(self.folder / f"{addon}.pot"))
        self.russian = polib.pofile(str(self.folder / "ru.po"))

    def export(self, lang):
        buffer = io.BytesIO()
        trans_export(lang, [self.addon], buffer, "po", self.env)
        return polib.pofile(buffer.getvalue().decode())

    def changed(self, file):
        """Terms and their places that the file lacks, and that are gone.

        In another place Odoo would not use a translation.
        """
        now, there = _places(self.now), _places(file)
        return sorted(now - there), sorted(there - now)

    def missing(self):
        """Terms without Russian."""
        known = {e.msgid for e in self.russian if e.msgstr and not e.fuzzy}
        return [
            entry.msgid
            for entry in self.now
            if entry.msgid not in known and needs_translation(entry.msgid)
        ]

    def left_in_english(self):
        """Russian with words of another language; names are the same in both."""
        return [
            entry.msgid
            for entry in self.russian.translated_entries()
            if not re.search("(?i)[а-яё]", entry.msgstr)
            or _latin(entry.msgstr) - _latin(entry.msgid) - _latin(" ".join(NAMES))
        ]

    def damaged(self):
        """Russian that has lost a tag, a place for a value, or the space at its edge."""
        return [
            entry.msgid
            for entry in self.russian.translated_entries()
            if _no_text(entry.msgid) != _no_text(entry.msgstr)
        ]


def _places(file):
    """Where each term stands."""
    return {
        (entry.msgid, place)
        for entry in file
        for place in [
            *entry.comment.splitlines(),
            *(":".join(occurrence) for occurrence in entry.occurrences),
        ]
    }


def _latin(text):
    return {word.lower() for word in LATIN.findall(text)}


def _no_text(term):
    edges = [re.search(edge, term)[0] for edge in (r"^\s*", r"\s*$")]
    return [sorted(what.findall(term)) for what in (PLACEHOLDER, TAG)], edges
