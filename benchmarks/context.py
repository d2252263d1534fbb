# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""What a benchmark gets, and what it gives back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from devtools import base_database
from devtools.database import Database
from devtools.environment import Environment
from devtools.paths import BARE
from devtools.server import OdooServer


@dataclass(frozen=True)
class Row:
    """One number. ``target`` is what it should reach, ``better`` the direction."""

    case: str
    metric: str
    value: float
    unit: str
    better: str = "lower"
    target: float | None = None

    @property
    def reached(self) -> bool | None:
        """Whether the target is reached; None without one."""
        if self.target is None:
            return None
        if self.better == "lower":
            return self.value <= self.target
        return self.value >= self.target


@dataclass(frozen=True)
class Context:
    """The environment of a run.

    ``database`` has the addon, its demo data, and the bare routes to compare with.
    """

    environment: Environment
    database: Database
    quick: bool = False
    long: bool = False

    def server(self, *, workers: int = 0, **options: Any) -> OdooServer:
        """A real server on the benchmark's database, as a context manager.

        It knows its database without a filter: with one, Odoo lists all databases, by a
        connection of its own, for each request without a session. The addon spares
        notifications that, and the bare routes would pay for it alone.
        """
        options.setdefault("cron_threads", 1 if workers == 0 else 0)
        options.setdefault("dbfilter", "")
        return OdooServer(
            self.environment,
            self.database.name,
            workers=workers,
            addons_path=BARE.parent,
            **options,
        )

    @contextmanager
    def copied(self, name: str) -> Iterator[Context]:
        """The same with a copy of the database, dropped in the end.

        For what would be in the way of other benchmarks. No server may run.
        """
        with self._other(name, self.database) as context:
            yield context

    @contextmanager
    def without_addon(self) -> Iterator[Context]:
        """The same with a database of Odoo, the helpdesk and the bare routes alone."""
        base = base_database.ensure(self.environment)
        with self._other("bare", base) as context:
            context.database.install(BARE.name)
            yield context

    @contextmanager
    def _other(self, name: str, source: Database) -> Iterator[Context]:
        database = Database(self.environment, f"{self.database.name}_{name}")
        try:
            database.copy_from(source)
            yield replace(self, database=database)
        finally:
            database.drop()

    def odoo_value(self, expression: str) -> str:
        """A value out of the database: a Python expression's text in odoo shell."""
        output = self.database.shell(
            f"print('VALUE=' + str({expression}))\n", f"{expression} failed"
        )
        return output.rpartition("VALUE=")[2].strip()

    def odoo_run(self, script: str) -> None:
        """Runs statements in odoo shell and commits."""
        self.database.shell(f"{script}\nenv.cr.commit()\n", "Setting up failed")
