# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""Runs the benchmarks, prints a table, writes the numbers as JSON."""

from __future__ import annotations

import importlib
import json
import os
import platform
import sys
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path

from benchmarks.context import Context, Row
from benchmarks.options import parse
from devtools.console import Problem, report, step
from devtools.database import Database
from devtools.environment import Environment

Results = dict[str, list[Row]]


def main() -> int:
    options = parse(sys.argv[1:])
    environment = Environment.load()
    context = Context(
        environment,
        Database(environment, options.database),
        quick=options.quick,
        long=options.long,
    )
    results: Results = {}
    failed = []
    for name in options.names:
        try:
            with step(f"Benchmark {name}"):
                module = importlib.import_module(f"benchmarks.bench_{name}")
                results[name] = module.run(context)
        except Problem as problem:  # the others may still tell something
            report(problem)
            failed.append(name)
    machine = _machine(environment)
    _print(results, machine)
    if options.out:
        _write(Path(options.out), results, machine, failed)
    missed = any(row.reached is False for rows in results.values() for row in rows)
    return 1 if failed or missed else 0


def _machine(environment: Environment) -> dict[str, object]:
    """What the numbers depend on, so that nobody compares what cannot be compared."""
    place = environment.connection.maintenance
    settings = dict(
        environment.sql(
            place,
            "SELECT name, setting FROM pg_settings WHERE name IN "
            "('server_version', 'fsync', 'synchronous_commit')",
        )
    )
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "odoo": environment.source.version,
        "postgresql": settings["server_version"],
        "fsync": settings["fsync"],
        "synchronous_commit": settings["synchronous_commit"],
    }


def _print(results: Results, machine: dict[str, object]) -> None:
    print("  ".join(f"{key}={value}" for key, value in machine.items()))
    lines = [("benchmark", "case", "metric", "value", "unit", "target")]
    for name, rows in results.items():
        for row in rows:
            sign = "<=" if row.better == "lower" else ">="
            verdict = {None: "", True: "reached", False: "MISSED"}[row.reached]
            target = "" if row.target is None else f"{sign} {row.target:g} {verdict}"
            value = f"{row.value:.2f}"
            lines.append((name, row.case, row.metric, value, row.unit, target))
    widths = [max(len(line[column]) for line in lines) for column in range(6)]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        print("  ".join(cells).rstrip())


def _write(
    path: Path, results: Results, machine: dict[str, object], failed: list[str]
) -> None:
    content = {
        "at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "machine": machine,
        "failed": failed,
        "results": [
            {"benchmark": name, **asdict(row), "reached": row.reached}
            for name, rows in results.items()
            for row in rows
        ],
    }
    if path.is_dir():
        path = path / "bench.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n")
    print(f"written: {path}")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Problem as problem:
        report(problem)
        sys.exit(2)
