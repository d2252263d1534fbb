# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""Odoo's tree, its Python environment and a PostgreSQL server, put together."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from . import odoo_config, odoo_source, postgres, shell, sql, venv
from .console import Problem
from .odoo_source import OdooSource
from .paths import checkout_key
from .pg_connection import Connection
from .pg_programs import program_folder
from .venv import Venv

VARIABLE = (
    "CALLGEAR_ENVIRONMENT"  # names the file that describes an environment to tests
)


@dataclass(frozen=True)
class Environment:
    """All that is needed to run Odoo. ``folder`` holds file stores, logs, settings."""

    source: OdooSource
    venv: Venv
    connection: Connection
    folder: Path

    @property
    def data(self) -> Path:
        """Odoo's data folder: file stores and sessions of one PostgreSQL server."""
        return self.folder / f"odoo-data-{self.connection.key}"

    @property
    def config(self) -> Path:
        # It names the addons of this checkout, and others may share the folder.
        return self.folder / f"odoo-{checkout_key()}-{self.connection.key}.conf"

    def write_config(self, path: Path | None = None, **extra: object) -> Path:
        """Writes a configuration file (the common one unless another path is given)."""
        return odoo_config.write(path or self.config, self.connection, self.data, extra)

    def variables(self, config: Path | None = None) -> dict[str, str]:
        """The variables of its processes: nobody else's Odoo, nobody else's server."""
        kept = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("PG", "ODOO_"))
            and key not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "DATABASE_URL")
        }
        programs = str(program_folder(self.venv))
        path = [str(self.venv.path / "bin"), kept.get("PATH", os.defpath)]
        # createdb and dropdb of the server's own kind first, where there are some.
        path.insert(2 if shutil.which("createdb") else 1, programs)
        return {
            **kept,
            **self.connection.environment(),
            "PATH": os.pathsep.join(path),
            "ODOO_RC": str(config or self.config),
            "PYTHONUNBUFFERED": "1",
        }

    def odoo(
        self, *words: str, what: str, log: Path | None = None, stdin: str = ""
    ) -> str:
        """Runs an Odoo command to its end and returns its output."""
        return shell.run(
            [*self.venv.odoo, *words],
            what=what,
            env=self.variables(),
            log=log,
            stdin=stdin,
            cwd=self.folder,
        )

    def sql(self, database: str, statement: str, *values: object) -> list[list]:
        """Runs one SQL statement."""
        return sql.execute(self.venv, self.connection, database, statement, *values)

    def save(self, path: Path) -> None:
        """Describes the environment to another process (the tests)."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)  # it may hold a password
        path.write_text(json.dumps(asdict(self), default=str, indent=1))

    @classmethod
    def load(cls, path: Path | None = None) -> Environment:
        """The environment that bin/test or bin/bench has set up for this process."""
        file = path or Path(os.environ.get(VARIABLE, "missing"))
        if not file.is_file():
            raise Problem("No test environment is set up.", "start through bin/test.")
        stored: Mapping = json.loads(file.read_text())
        source, environment = stored["source"], stored["venv"]
        return cls(
            OdooSource(Path(source["path"]), source["version"]),
            Venv(Path(environment["path"]), environment["key"]),
            Connection(**stored["connection"]),
            Path(stored["folder"]),
        )


@contextmanager
def prepared(
    folder: Path, *, durable: bool, fresh: Callable[[Venv], None] = lambda _venv: None
) -> Iterator[Environment]:
    """Makes whatever is missing; PostgreSQL runs inside of the block.

    ``fresh`` may clear the folder, once the programs to do it with are there.
    """
    source = odoo_source.find_or_fetch()
    environment = venv.for_odoo(source)
    fresh(environment)
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    with postgres.server(folder, environment, durable=durable) as connection:
        ready = Environment(source, environment, connection, folder)
        ready.write_config()
        yield ready
