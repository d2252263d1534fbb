# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""A database with the addon of this checkout installed, to be copied by every run.

It is renewed when the addon's files have changed since; runs never connect to it,
because PostgreSQL copies only databases that nobody uses.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from . import base_database, fingerprint
from .console import Problem, step
from .database import Database
from .environment import Environment
from .locking import exclusive
from .paths import ADDON, NAME, checkout_key

# The bundles that tests need. Inside of a test's transaction they would be built again
# and again, 3 to 8 seconds each time.
BUNDLES = (
    "web.assets_web",
    "web.assets_backend_lazy",
    "callgear_integration.assets_parts",
    "web.assets_tests",
    "web.assets_unit_tests_setup",
    "web.assets_unit_tests",
    "web.assets_frontend",
    "web.assets_frontend_minimal",
    "web.assets_frontend_lazy",
)
BUILD_BUNDLES = f"""
qweb = env["ir.qweb"]
for bundle in {BUNDLES!r}:
    qweb._get_asset_bundle(bundle, css=False).js()
    qweb._get_asset_bundle(bundle, js=False).css()
env.cr.commit()
print("bundles built")
"""


def copy(environment: Environment, target: Database, *, bundles: bool) -> None:
    """Makes ``target`` a fresh copy of the checkout's installed database."""
    base = base_database.ensure(environment)
    source = Database(environment, f"callgear_installed_{checkout_key()}")
    with exclusive(environment.folder / f"{source.name}.lock"):
        _ensure(source, base, bundles)
        target.copy_from(source)


def run_prefix() -> str:
    """How the names of this checkout's short-lived databases begin; a pid follows."""
    return f"callgear_run_{checkout_key()}_"


def of_run(environment: Environment, name: str) -> Database:
    """A database for this process; the next run drops it if this one is killed."""
    return Database(environment, f"{run_prefix()}{os.getpid()}_{name}")


@contextmanager
def temporary(
    environment: Environment, name: str, *, bundles: bool = False
) -> Iterator[Database]:
    """A database of a test's own, for real servers: committed, then dropped."""
    with dropped(environment, name) as database:
        copy(environment, database, bundles=bundles)
        yield database


@contextmanager
def dropped(environment: Environment, name: str) -> Iterator[Database]:
    """A database that is still to be made, and is dropped in the end."""
    database = of_run(environment, name)
    try:
        yield database
    finally:
        database.drop()


def _ensure(database: Database, base: Database, bundles: bool) -> None:
    if not (ADDON / "__manifest__.py").exists():
        raise Problem(f"{ADDON} holds no addon (no __manifest__.py).")
    state = {"base": base.name, "data": fingerprint.of_addon_data()}
    note = database.note()
    if {key: note.get(key) for key in state} != state:
        with step("Installing the addon into a copy of the base database"):
            database.copy_from(base)
            database.install(NAME)
            note = state
            database.set_note(**note)
    assets = fingerprint.of_addon_assets()
    if bundles and note.get("assets") != assets:
        with step("Building the browser's bundles"):
            output = database.shell(BUILD_BUNDLES, "Building the bundles failed")
            if "bundles built" not in output:
                raise Problem("Building the bundles failed.", output=output)
            database.set_note(**{**note, "assets": assets})
