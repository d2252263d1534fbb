# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""``bin/translations``: the addon's terms as they are now, for the translators."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from . import installed_database, shell
from .console import step
from .environment import Environment, prepared
from .paths import ADDON, NAME, ROOT
from .postgres import test_folder

FOLDER = ADDON / "i18n"
TEMPLATE = FOLDER / f"{NAME}.pot"
RUSSIAN = FOLDER / "ru.po"


def main(arguments: list[str]) -> int:
    """Renews the template, brings the translations up to it, says what is missing."""
    argparse.ArgumentParser(prog="bin/translations", description=__doc__).parse_args(
        arguments
    )
    FOLDER.mkdir(exist_ok=True)
    with prepared(test_folder(), durable=False) as environment:
        with tempfile.TemporaryDirectory() as folder:
            exported = Path(folder) / TEMPLATE.name
            _export(environment, exported)
            print(_renew(environment, exported), end="")
    return 0


def _export(environment: Environment, target: Path) -> None:
    with installed_database.temporary(environment, "translations") as database:
        with step("Exporting the addon's terms"):
            environment.odoo(
                "i18n", "export", "-d", database.name, "-l", "pot", "-o", str(target),
                NAME, what="Exporting the terms failed", log=database.log,
            )  # fmt: skip


def _renew(environment: Environment, exported: Path) -> str:
    return shell.run(
        [environment.venv.python, "-m", "devtools.po_files",
         exported, TEMPLATE, RUSSIAN],
        what="Writing the translations failed",
        cwd=ROOT,
    )  # fmt: skip
