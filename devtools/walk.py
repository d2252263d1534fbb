# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""``bin/walk``: how many of the addon's files a reader passes on the way of one task.

For a notification (from the route to the finished tickets), a dial from Odoo and the
dashboard: the files entered, and the moves from one file to another (see trace.py).
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from . import installed_database
from .environment import prepared
from .paths import ROOT
from .postgres import test_folder

SCRIPT = """\
import sys

sys.path.insert(0, {root!r})
from devtools import walks

walks.run(env, {target!r})
"""
OUTSIDE = "(outside)"


def main(arguments: list[str]) -> int:
    """Prints a line for each walk, and with ``--paths`` its moves."""
    parser = argparse.ArgumentParser(prog="bin/walk", description=__doc__)
    parser.add_argument("walks", nargs="*", help="only these, by name")
    parser.add_argument("--paths", action="store_true", help="print each move, too")
    options = parser.parse_args(arguments)
    found = _walk()
    unknown = sorted(set(options.walks) - set(found))
    if unknown:
        parser.error(
            f"no such walk: {', '.join(unknown)} (there are {', '.join(found)})"
        )
    names = options.walks or list(found)
    print(f"{'walk':12}{'files':>6}{'moves':>7}")
    for name in names:
        walk = found[name]
        print(f"{name:12}{len(walk['files']):6}{len(walk['moves']):7}")
    if options.paths:
        for name in names:
            _print_path(name, found[name]["moves"])
    return 0


def _walk() -> dict[str, dict[str, list]]:
    """Does the walks in a database of their own: {name: {files, moves}}."""
    with (
        prepared(test_folder(), durable=False) as environment,
        installed_database.temporary(environment, "walk") as database,
        tempfile.TemporaryDirectory() as folder,
    ):
        target = Path(folder) / "walks.json"
        script = SCRIPT.format(root=str(ROOT), target=str(target))
        database.shell(script, "The walk failed")
        return json.loads(target.read_text())


def _print_path(name: str, moves: list[dict[str, str]]) -> None:
    print(f"\n{name}")
    for number, move in enumerate(moves, start=1):
        source = move["source"] or OUTSIDE
        print(f"{number:5}  {source} -> {move['target']}  {move['function']}()")
