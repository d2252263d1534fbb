# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""How all tests are shared between two processes (pytest-xdist).

Each process has a database of its own. Tests of one class stay together, for what is set
up for it; so do those that need the same further database, which takes long to make, and
those that start servers or browsers of their own, which keep both cores busy.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

from .paths import ROOT

# In the order of the folders: the long units begin, and short ones are left for the end.
OPTIONS = ("--numprocesses=2", "--dist=loadscope", "--no-loadscope-reorder")


def options(arguments: list[str], given: str) -> str:
    """PYTEST_ADDOPTS for a run; what the user has ``given`` there comes last, and counts.

    Whoever names files wants few tests, and to see what happens: one process.
    """
    if any(paths_in([*shlex.split(given), *arguments])):
        return given
    return " ".join([*OPTIONS, given])


def paths_in(arguments: list[str]) -> list[Path]:
    """The files and folders that arguments for pytest name."""
    named = [ROOT / word.partition("::")[0] for word in arguments]
    return [
        path
        for word, path in zip(arguments, named, strict=True)
        if not word.startswith("-") and path.exists()
    ]


def unit(nodeid: str, together: Mapping[Path, str]) -> str:
    """What a test belongs to; ``together`` names the units of whole folders."""
    file, *names = nodeid.partition("[")[0].split("::")
    for folder in (ROOT / file).parents:
        if folder in together:
            return together[folder]
    return "::".join([file, *names[:-1]])


def scheduler(config, log, together: Mapping[Path, str]):
    """What hands out the tests, unit by unit."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduler(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return unit(nodeid, together)

    return Scheduler(config, log)
