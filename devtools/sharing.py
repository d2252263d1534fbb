# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""How all tests are shared between three processes (pytest-xdist).

Each process has a database of its own. Tests of one class stay together, for what is set
up for it; so do those that need the same further database, which takes long to make, and
those that start servers or browsers of their own. These wait much: with two cores, a
third process uses what they leave.
"""

from __future__ import annotations

import shlex
from pathlib import Path

from .paths import BRIDGE, ROOT

TESTS = ROOT / "tests"
# The fixtures with the databases of tests of the bridge, beside automation rules, among
# the neighbours.
DATABASES = {
    BRIDGE: "sla_database",
    TESTS / "sla": "sla_database",
    TESTS / "automation": "sla_database",
    TESTS / "neighbours": "neighbours_database",
}
# The units of those that start servers, by folder.
SERVERS = {
    TESTS / "browser": "browsers",
    TESTS / "faults": "servers",
    TESTS / "full": "servers",
    TESTS / "server": "servers",
}
# In the order of the folders: the long units begin, and short ones are left for the end.
OPTIONS = ("--numprocesses=3", "--dist=loadscope", "--no-loadscope-reorder")


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


def database(file: Path) -> str | None:
    """The fixture with the further database that a file's tests need, if they need one."""
    found = (DATABASES[folder] for folder in file.parents if folder in DATABASES)
    return next(found, None)


def unit(nodeid: str) -> str:
    """What a test belongs to."""
    name, *names = nodeid.partition("[")[0].split("::")
    file = ROOT / name
    with_servers = next((SERVERS[one] for one in file.parents if one in SERVERS), None)
    return with_servers or database(file) or "::".join([name, *names[:-1]])


def scheduler(config, log):
    """What hands out the tests, unit by unit."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduler(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return unit(nodeid)

    return Scheduler(config, log)
