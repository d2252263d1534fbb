# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Minutes of five calls a second, of all kinds: nothing may grow that stays.

Five minutes (``--quick``: half a minute; ``--long``: an hour). Memory and connections in
the second half are compared with those in the first. Dead rows may not be more than what
makes autovacuum begin, once it has had the time to come by.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psutil

from benchmarks import helpdesk
from benchmarks.backlog import Backlog
from benchmarks.context import Context, Row
from benchmarks.pace import Pace, schedule
from devtools.console import Problem
from devtools.ports import HOST

MODES = {"threaded": 0, "2 workers": 2}
RATE, STEP = 5, 2.0  # calls a second; seconds between a call's notifications
SECONDS, SECONDS_QUICK, SECONDS_LONG = 300, 30, 3600
LOOK_SECONDS = 1.0
MAX_GROWTH = 5  # % of memory, from one half to the other
MAX_AGE, MAX_LEFT = 10, 10  # seconds that work may wait; until all is done in the end
MAX_CONNECTIONS = 5  # more in the second half than in the first
VACUUM_SECONDS = 100  # autovacuum looks at a database once a minute
CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
DONE = "SELECT count(*) FROM callgear_event WHERE state = 'done'"
# Of our tables the one with most dead rows, as a multiple of what autovacuum leaves alone.
DEAD = """
    SELECT COALESCE(max(n_dead_tup / (50 + 0.2 * n_live_tup)), 0)
    FROM pg_stat_user_tables
    WHERE relname LIKE 'callgear%%' OR relname = 'helpdesk_ticket'
"""
MiB = 1024 * 1024


@dataclass(frozen=True)
class Look:
    """How things are at a moment."""

    memory: float  # MiB
    pending: int
    age: float
    connections: float


def run(context: Context) -> list[Row]:
    seconds = SECONDS_QUICK if context.quick else SECONDS
    if context.long:
        seconds = SECONDS_LONG
    path = helpdesk.set_up(context)
    rows: list[Row] = []
    for mode, workers in MODES.items():
        case = f"{mode}, {seconds} s of {RATE} calls/s"
        with (
            context.server(workers=workers, cron_threads=1) as server,
            Backlog(context.database.name) as backlog,
        ):
            webhook = f"http://{HOST}:{server.http_port}{path}"
            rows += _soak(case, webhook, seconds, server.pid, backlog)
            backlog.check_done_well()
    return rows


def _soak(
    case: str, webhook: str, seconds: int, pid: int, backlog: Backlog
) -> list[Row]:
    calls = helpdesk.all_kinds(RATE * seconds)
    done_before = backlog.value(DONE)
    began = time.monotonic()
    with Pace(webhook, schedule(calls, RATE, STEP)) as pace:
        looks = _look(pid, backlog, began + seconds)
        done = backlog.value(DONE) - done_before
        took = time.monotonic() - began
        pace.finish()
    if pace.refused:
        raise Problem(
            f"{case}: {pace.refused} of {pace.posted} notifications were not accepted.",
            "read the server's log.",
        )
    told = time.monotonic()
    backlog.wait(10 * seconds)
    left = time.monotonic() - told
    rate = done / took / (sum(map(len, calls)) / len(calls))
    return [
        *_rows(case, looks),
        Row(case, "calls worked on", rate, "1/s", better="higher"),
        Row(case, "until all was done in the end", left, "s", target=MAX_LEFT),
        Row(case, "dead rows, of what starts a vacuum", _dead(backlog), "x", target=1),
    ]


def _look(pid: int, backlog: Backlog, until: float) -> list[Look]:
    looks = []
    while time.monotonic() < until:
        looks.append(
            Look(
                _memory(pid) / MiB,
                backlog.pending(),
                backlog.age(),
                backlog.value(CONNECTIONS),
            )
        )
        time.sleep(LOOK_SECONDS)
    return looks


def _memory(pid: int) -> int:
    """Bytes of a server and its workers: what they share counts for each."""
    process = psutil.Process(pid)
    return sum(
        one.memory_info().rss for one in (process, *process.children(recursive=True))
    )


def _rows(case: str, looks: Sequence[Look]) -> list[Row]:
    first, second = halves(looks)
    memory = growth(looks, lambda look: look.memory)
    more = max(look.connections for look in second) - max(
        look.connections for look in first
    )
    return [
        Row(case, "memory at the end", looks[-1].memory, "MiB"),
        Row(case, "memory, growth in the second half", memory, "%", target=MAX_GROWTH),
        Row(case, "longest backlog", max(look.pending for look in looks), ""),
        Row(case, "longest waiting of a notification", max(look.age for look in looks),
            "s", target=MAX_AGE),
        Row(case, "connections in the second half, more than before", more, "",
            target=MAX_CONNECTIONS),
    ]  # fmt: skip


def halves(looks: Sequence[Look]) -> tuple[Sequence[Look], Sequence[Look]]:
    middle = len(looks) // 2
    return looks[:middle], looks[middle:]


def growth(looks: Sequence[Look], value: Callable[[Look], float]) -> float:
    """Percent by which the last tenth of the looks is above the tenth after the middle.

    At first, a server fills its caches; a single look may be a spike.
    """
    _first, second = halves(looks)
    tenth = max(1, len(looks) // 10)
    before = statistics.median(value(look) for look in second[:tenth])
    after = statistics.median(value(look) for look in second[-tenth:])
    return 100 * (after / before - 1)


def _dead(backlog: Backlog) -> float:
    """The fewest dead rows in the time in which autovacuum must come by."""
    deadline = time.monotonic() + VACUUM_SECONDS
    fewest = backlog.value(DEAD)
    while fewest > 1 and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
        fewest = min(fewest, backlog.value(DEAD))
    return fewest
