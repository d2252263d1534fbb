# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""Databases with their file stores: made, copied, updated, dropped.

What a database contains is noted in its own comment, so the note cannot outlive it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from .console import Problem, say
from .environment import Environment
from .sql import quoted

EXTENSIONS = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE EXTENSION IF NOT EXISTS unaccent",
    "ALTER FUNCTION unaccent(text) IMMUTABLE",  # only such a function can be indexed
)


@dataclass(frozen=True)
class Database:
    """One Odoo database of an environment."""

    environment: Environment
    name: str

    @property
    def filestore(self) -> Path:
        return self.environment.data / "filestore" / self.name

    @property
    def log(self) -> Path:
        return self.environment.folder / "logs" / f"{self.name}.log"

    def create(self, **note: object) -> None:
        """An empty database, noted as ours as soon as it exists."""
        self.drop()
        self._maintain(
            f"CREATE DATABASE {quoted(self.name)} ENCODING 'UTF8' "
            "LC_COLLATE 'C' TEMPLATE template0"
        )
        self._add_extensions()
        self.set_note(**note)

    def exists(self) -> bool:
        return bool(
            self._maintain("SELECT 1 FROM pg_database WHERE datname = %s", self.name)
        )

    def note(self) -> dict:
        """What was noted about the database; empty without database or file store."""
        return self.comment() if self.filestore.is_dir() else {}

    def comment(self) -> dict:
        """The same, wherever the file store may be."""
        rows = self._maintain(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database "
            "WHERE datname = %s",
            self.name,
        )
        try:
            note = json.loads(rows[0][0]) if rows and rows[0][0] else {}
        except ValueError:
            note = {}
        return note if isinstance(note, dict) else {}

    def set_note(self, **note: object) -> None:
        self.filestore.mkdir(parents=True, exist_ok=True)
        self._maintain(
            f"COMMENT ON DATABASE {quoted(self.name)} IS %s", json.dumps(note)
        )

    def drop(self) -> None:
        self._maintain(f"DROP DATABASE IF EXISTS {quoted(self.name)} WITH (FORCE)")
        shutil.rmtree(self.filestore, ignore_errors=True)

    def copy_from(self, other: Database) -> None:
        """A copy in well under a second. Nobody may be connected to the other one."""
        self.drop()
        self._maintain(
            f"CREATE DATABASE {quoted(self.name)} TEMPLATE {quoted(other.name)}"
        )
        if other.filestore.is_dir():
            # Odoo never changes a stored file, so both can share it.
            shutil.copytree(
                other.filestore, self.filestore, copy_function=_link_or_copy
            )
        self.filestore.mkdir(parents=True, exist_ok=True)

    def install(
        self, *modules: str, languages: tuple[str, ...] = (), demo: bool = True
    ) -> None:
        """Installs modules; makes the database if it is missing."""
        title = f"Installing {', '.join(modules)}"
        self._change("-i", ",".join(modules), title, demo=demo)
        for language in languages:
            self.environment.odoo(
                "i18n", "loadlang", "-d", self.name, "-l", language,
                what=f"Loading the language {language} failed", log=self.log,
            )  # fmt: skip
        self._check_installed(modules)

    def update(self, *modules: str) -> None:
        """Brings modules up to their files."""
        self._change("-u", ",".join(modules), f"Updating {', '.join(modules)}")

    def shell(self, script: str, what: str) -> str:
        """Runs a script in ``odoo shell`` and returns its output."""
        return self.environment.odoo(
            "shell", "-d", self.name, "--no-http", "--log-level=warn",
            what=what, stdin=script, log=self.log,
        )  # fmt: skip

    def _add_extensions(self) -> None:
        """What makes searches fast and blind to accents, where the user may have it.

        Odoo does it itself when it makes a database, and logs errors where it may not.
        """
        for statement in EXTENSIONS:
            try:
                self.environment.sql(self.name, statement)
            except Problem:  # the server lacks it, or needs a superuser for it
                continue

    def _change(
        self, option: str, modules: str, title: str, *, demo: bool = True
    ) -> None:
        output = self.environment.odoo(
            "-d", self.name, option, modules, "--no-http", "--max-cron-threads=0",
            "--stop-after-init", "--with-demo" if demo else "--without-demo",
            what=f"{title} failed", log=self.log,
        )  # fmt: skip
        # Odoo ends well even when a module's demo data could not be loaded.
        errors = re.findall(r"^.* (?:ERROR|CRITICAL) .*$", output, re.MULTILINE)
        if errors:
            text = output[output.index(errors[0]) :][:6000]
            raise Problem(
                f"{title}: Odoo logged errors.", f"the whole log is {self.log}.", text
            )
        warnings = re.findall(r"^\S+ \S+ \d+ WARNING \S+ (.*)$", output, re.MULTILINE)
        for warning in dict.fromkeys(warnings):
            say(f"   warning: {warning}")

    def _check_installed(self, modules: tuple[str, ...]) -> None:
        rows = self.environment.sql(
            self.name, "SELECT name FROM ir_module_module WHERE state = 'installed'"
        )
        missing = sorted(set(modules) - {row[0] for row in rows})
        if missing:
            raise Problem(
                f"Not installed: {', '.join(missing)}.", f"the log is {self.log}."
            )

    def _maintain(self, statement: str, *values: object) -> list[list]:
        place = self.environment.connection.maintenance
        return self.environment.sql(place, statement, *values)


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without links
        shutil.copy2(source, target)


def names(environment: Environment, prefix: str) -> list[str]:
    """The databases whose name begins with a prefix."""
    rows = environment.sql(
        environment.connection.maintenance,
        "SELECT datname FROM pg_database WHERE starts_with(datname, %s)",
        prefix,
    )
    return [row[0] for row in rows]
