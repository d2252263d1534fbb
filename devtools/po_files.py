# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""A template of translations and the files that follow it.

``python -m devtools.po_files EXPORTED TEMPLATE TRANSLATION...``, run by Odoo's Python,
which has polib. The files hold nothing that changes from run to run, so that a commit
shows changed terms only.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import polib

HEADER = """\
Translation of Odoo Server.
This file contains the translation of the following modules:
* {module}
"""
METADATA = {
    "Project-Id-Version": "Odoo Server 19.0",
    "Report-Msgid-Bugs-To": "",
    "Last-Translator": "",
    "Language-Team": "",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "",
}
# Words that no language translates.
NAMES = {
    *("API", "CallGear", "HTTP", "ID", "IP", "Odoo", "SLA", "URL"),
    *("CoMagic", "Novofon", "UIS"),
    "Enter",  # the key
}
# Tags, and the places that values are put in.
NO_WORDS = re.compile(r"<[^>]*>|%\(\w+\)s|%s")
LANGUAGES = {
    "ru": {
        "Language": "ru",
        "Plural-Forms": (
            "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && "
            "(n%100<12 || n%100>14) ? 1 : 2);"
        ),
    },
}


def main(exported: Path, template: Path, *translations: Path) -> None:
    """Writes the template, then each translation; says what they lack."""
    terms = polib.pofile(str(exported))
    _write(template, terms, template.stem)
    for file in translations:
        known = _known(file)
        translated = [_translated(entry, known) for entry in terms]
        _write(file, translated, template.stem, LANGUAGES[file.stem])
        missing = [
            entry.msgid
            for entry in translated
            if not entry.msgstr and needs_translation(entry.msgid)
        ]
        gone = len(known.keys() - {_key(entry.msgid) for entry in terms})
        print(
            f"{file.name}: {len(missing)} of {len(terms)} terms missing, {gone} dropped"
        )
        for msgid in missing:
            print(f"  {msgid!r}")


def needs_translation(msgid: str) -> bool:
    """Whether a term is more than names, numbers and markup.

    What does not is left empty, as OCA wants it: Odoo then shows the source.
    """
    words = re.findall(r"[^\W\d_]+", NO_WORDS.sub(" ", msgid))
    return not NAMES.issuperset(words)


def _known(file: Path) -> dict[str, str]:
    """The translations that a person has approved."""
    if not file.exists():
        return {}
    return {_key(e.msgid): e.msgstr for e in polib.pofile(str(file)) if not e.fuzzy}


def _key(msgid: str) -> str:
    """A term without its line breaks: how a view is wrapped makes no new term."""
    return re.sub(r"\s+", " ", msgid)


def _translated(entry: polib.POEntry, known: dict[str, str]) -> polib.POEntry:
    text = known.get(_key(entry.msgid), "")
    return polib.POEntry(
        msgid=entry.msgid,
        msgstr=text if needs_translation(entry.msgid) else "",
        comment=entry.comment,
        occurrences=entry.occurrences,
        flags=entry.flags,
    )


def _write(
    file: Path, entries: list, module: str, metadata: dict[str, str] | None = None
) -> None:
    result = polib.POFile()
    result.header = HEADER.format(module=module)
    result.metadata = {**METADATA, **(metadata or {})}
    result.extend(entries)
    result.save(str(file))


if __name__ == "__main__":
    main(*(Path(word) for word in sys.argv[1:]))
