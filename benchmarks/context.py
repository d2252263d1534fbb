# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""What a benchmark gets, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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

    def server(self, *, workers: int = 0, **options: Any) -> OdooServer:
        """A real server on the benchmark's database, as a context manager."""
        options.setdefault("cron_threads", 1 if workers == 0 else 0)
        return OdooServer(
            self.environment,
            self.database.name,
            workers=workers,
            addons_path=BARE.parent,
            **options,
        )

    def odoo_value(self, expression: str) -> str:
        """A value out of the database: a Python expression's text in odoo shell."""
        output = self.database.shell(
            f"print('VALUE=' + str({expression}))\n", f"{expression} failed"
        )
        return output.rpartition("VALUE=")[2].strip()

    def odoo_run(self, script: str) -> None:
        """Runs statements in odoo shell and commits."""
        self.database.shell(f"{script}\nenv.cr.commit()\n", "Setting up failed")
