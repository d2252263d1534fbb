# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""``bin/odoo``: Odoo's own command line against the test cluster, for developers."""

from __future__ import annotations

from . import base_database, child
from .console import say
from .database import Database
from .environment import prepared
from .postgres import test_folder


def main(arguments: list[str]) -> int:
    """Passes the arguments on to Odoo; returns its exit code."""
    with prepared(test_folder(), durable=False) as environment:
        name = _database_to_make(arguments)
        if name and not Database(environment, name).exists():
            say(f"-> {name} is new: copying the base database")
            Database(environment, name).copy_from(base_database.ensure(environment))
        return child.run([*environment.venv.odoo, *arguments], environment.variables())


def _database_to_make(arguments: list[str]) -> str:
    """The database that ``-d NAME -i ...`` is about to make."""
    if not any(word in ("-i", "--init") for word in arguments):
        return ""
    for index, word in enumerate(arguments[:-1]):
        if word in ("-d", "--database"):
            return arguments[index + 1]
    return ""
