# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""``bin/bench``: a durable PostgreSQL, a database with the addon, the benchmarks."""

from __future__ import annotations

from benchmarks.options import parse

from . import child, installed_database
from .database import Database
from .environment import VARIABLE, prepared
from .paths import BARE, ROOT, cache_dir, checkout_key


def main(arguments: list[str]) -> int:
    """Runs ``python -m benchmarks`` with the arguments; returns its exit code."""
    name = f"callgear_bench_{checkout_key()}"
    words = ["--database", name, *arguments]
    parse(words)  # a wrong word, or --help, needs no database
    with prepared(cache_dir() / "bench-cluster", durable=True) as environment:
        database = Database(environment, name)
        installed_database.copy(environment, database, bundles=False)
        # What the benchmarks compare with; no other database has it.
        environment.write_config(addons_path=BARE.parent)
        database.install(BARE.name)
        description = environment.folder / f"{database.name}.json"
        environment.save(description)
        return child.run(
            [str(environment.venv.python), "-m", "benchmarks", *words],
            {**environment.variables(), VARIABLE: str(description)},
            cwd=ROOT,
        )
