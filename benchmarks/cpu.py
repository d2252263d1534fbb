# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Seconds of CPU that processes have used, with all that they have started."""

from __future__ import annotations

from collections.abc import Collection

import psutil

from devtools.console import Problem


def used(root: int, without: Collection[int] = ()) -> float:
    """CPU seconds of a process and its descendants, also of those that have ended.

    :param without: descendants that do not count (as long as they run)
    """
    process = psutil.Process(root)
    tree = [*process.children(recursive=True), process]
    return sum(_own(one) for one in tree if one.pid not in without)


def postmaster(backend: int) -> int:
    """The process that has started a connection's, and all others of PostgreSQL.

    :raises Problem: PostgreSQL does not run here
    """
    try:
        return psutil.Process(backend).ppid()
    except psutil.NoSuchProcess:
        raise Problem(
            "PostgreSQL's CPU can only be measured where it runs.",
            "unset DATABASE_URL and the PG* variables.",
        ) from None


def _own(process: psutil.Process) -> float:
    """Of a process itself, and of its children that have ended."""
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0
    return times.user + times.system + times.children_user + times.children_system
