# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""The cached database with everything the addon builds upon, demo data and Russian."""

from __future__ import annotations

from . import fingerprint
from .console import step
from .database import Database
from .environment import Environment
from .locking import exclusive
from .paths import short_hash

MODULES = ("helpdesk_mgmt", "phone_validation")
LANGUAGES = ("ru_RU",)


def ensure(environment: Environment) -> Database:
    """The base database, made when it is missing (about 40 s)."""
    modules = sorted({*MODULES, *fingerprint.addon_depends()})
    key = short_hash(environment.venv.key, *modules, *LANGUAGES, length=8)
    database = Database(environment, f"callgear_base_{key}")
    with exclusive(environment.folder / f"{database.name}.lock"):
        if not database.note().get("complete"):
            with step("Making the base database: Odoo, helpdesk, demo data"):
                database.create(owner="devtools")
                database.install(*modules, languages=LANGUAGES)
                database.set_note(complete=True)
    return database
