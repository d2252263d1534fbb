# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""``bin/translations``: the addons' terms as they are now, for the translators."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from . import installed_database, shell
from .console import step
from .environment import Environment, prepared
from .paths import ADDON, BRIDGE, ROOT
from .postgres import test_folder

# The addons, and what must be installed besides for them to be there.
ADDONS = {ADDON: (), BRIDGE: ("helpdesk_mgmt_sla",)}
TEMPLATE = ADDON / "i18n" / f"{ADDON.name}.pot"


def main(arguments: list[str]) -> int:
    """Renews the template, brings the translations up to it, says what is missing."""
    argparse.ArgumentParser(prog="bin/translations", description=__doc__).parse_args(
        arguments
    )
    with prepared(test_folder(), durable=False) as environment:
        for addon, modules in ADDONS.items():
            with tempfile.TemporaryDirectory() as folder:
                exported = Path(folder) / f"{addon.name}.pot"
                _export(environment, addon, modules, exported)
                print(_renew(environment, addon, exported), end="")
    return 0


def _export(
    environment: Environment, addon: Path, modules: tuple[str, ...], target: Path
) -> None:
    with installed_database.temporary(environment, "translations") as database:
        if modules:
            database.install(*modules)
        with step(f"Exporting the terms of {addon.name}"):
            environment.odoo(
                "i18n", "export", "-d", database.name, "-l", "pot", "-o", str(target),
                addon.name, what="Exporting the terms failed", log=database.log,
            )  # fmt: skip


def _renew(environment: Environment, addon: Path, exported: Path) -> str:
    folder = addon / "i18n"
    folder.mkdir(exist_ok=True)
    return shell.run(
        [environment.venv.python, "-m", "devtools.po_files",
         exported, folder / f"{addon.name}.pot", folder / "ru.po"],
        what="Writing the translations failed",
        cwd=ROOT,
    )  # fmt: skip
