# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""The command line of bin/bench, read before anything is set up for it."""

from __future__ import annotations

import argparse
import pkgutil
from collections.abc import Sequence

import benchmarks
from devtools.console import Problem


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The options; ``names`` are the benchmarks to run, at least one.

    :raises Problem: there is no such benchmark
    """
    found = [
        module.name.removeprefix("bench_")
        for module in pkgutil.iter_modules(benchmarks.__path__)
        if module.name.startswith("bench_")
    ]
    parser = argparse.ArgumentParser(
        prog="bin/bench",
        description="Runs the benchmarks, prints a table, writes the numbers as JSON. "
        "Ends with 1 when one failed or missed its bound.",
    )
    parser.add_argument(
        "names",
        nargs="*",
        metavar="name",
        help=f"benchmarks to run (default: all): {', '.join(found)}",
    )
    parser.add_argument("--out", metavar="FILE", help="where to write bench.json")
    extent = parser.add_mutually_exclusive_group()
    extent.add_argument("--quick", action="store_true", help="fewer rounds, less exact")
    extent.add_argument("--long", action="store_true", help="an hour of soak")
    parser.add_argument("--database", required=True, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.names) - set(found))
    if unknown:
        raise Problem(
            f"No such benchmark: {', '.join(unknown)}.",
            f"choose of: {', '.join(found)}",
        )
    options.names = options.names or found
    return options
