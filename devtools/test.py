# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""``bin/test``: everything from nothing, then pytest with the arguments given."""

from __future__ import annotations

import os
import re
from pathlib import Path

from . import browser, child, database, installed_database, sharing
from .console import step
from .database import Database
from .environment import VARIABLE, Environment, prepared
from .paths import ROOT
from .postgres import test_folder


def main(arguments: list[str]) -> int:
    """Runs the tests; returns pytest's exit code, and prints nothing after it."""
    with_browser = browser.wanted(arguments)
    if with_browser:
        browser.ensure()
    with prepared(test_folder(), durable=False) as environment:
        prefix = installed_database.run_prefix()
        _drop_leftovers(environment, prefix)
        run = Database(environment, f"{prefix}{os.getpid()}")
        try:
            installed_database.copy(environment, run, bundles=with_browser)
            return _pytest(environment, run, arguments)
        finally:
            run.drop()


def _pytest(environment: Environment, run: Database, arguments: list[str]) -> int:
    folder = environment.folder / "runs" / run.name
    config = environment.write_config(
        folder / "odoo.conf",
        db_name=run.name,
        dbfilter=f"^{run.name}$",
        screenshots=_output_folder() / "screenshots",
        screencasts="",
    )
    description = folder / "environment.json"
    environment.save(description)
    try:
        return child.run(
            [str(environment.venv.python), "-m", "pytest", *arguments],
            {
                **environment.variables(config),
                VARIABLE: str(description),
                "PYTEST_ADDOPTS": sharing.options(
                    arguments, os.environ.get("PYTEST_ADDOPTS", "")
                ),
            },
            cwd=ROOT,
        )
    finally:
        for file in (config, description):
            file.unlink(missing_ok=True)
        folder.rmdir()


def _output_folder() -> Path:
    """Where failing browser tests leave their screenshots."""
    folder = ROOT / ".test"
    return folder if os.access(ROOT, os.W_OK) else test_folder() / "output"


def _drop_leftovers(environment: Environment, prefix: str) -> None:
    """Databases of runs that were killed before they could tidy up."""
    dead = [
        name
        for name in database.names(environment, prefix)
        if not _runs(re.sub(r"\D.*", "", name[len(prefix) :]))
    ]
    if dead:
        with step(f"Dropping {len(dead)} database(s) of interrupted runs"):
            for name in dead:
                Database(environment, name).drop()


def _runs(pid: str) -> bool:
    return Path("/proc", pid).exists()
