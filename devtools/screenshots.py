# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""``bin/screenshots``: the documentation's pictures, from calls that are played."""

from __future__ import annotations

import os

from . import browser, child, installed_database, lint_tools
from .environment import VARIABLE, prepared
from .paths import ROOT
from .postgres import test_folder


def main(arguments: list[str]) -> int:
    """Runs docs/screenshots.py with the arguments; returns its exit code."""
    browser.ensure()
    # Odoo turns the style sheets around for Arabic with rtlcss, and does without if it is
    # not found.
    tools = lint_tools.node_tools() / ".bin"
    os.environ["PATH"] = os.pathsep.join(
        [os.environ.get("PATH", os.defpath), str(tools)]
    )
    with prepared(test_folder(), durable=False) as environment:
        with installed_database.temporary(
            environment, "screenshots", bundles=True
        ) as database:
            description = environment.folder / f"{database.name}.json"
            environment.save(description)
            try:
                return child.run(
                    [str(environment.venv.python), "-m", "docs.screenshots",
                     "--database", database.name, *arguments],
                    {**environment.variables(), VARIABLE: str(description)},
                    cwd=ROOT,
                )  # fmt: skip
            finally:
                description.unlink()
