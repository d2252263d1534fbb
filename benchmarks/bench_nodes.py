# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Two nodes on one database behind a balancer: notifications worked on, beside one node.

As ``done``; the clients post to the two by turns. Each node has a core of its own, one node
alone too, so that a second one is more of a machine and not more of a process. PostgreSQL
uses whatever is left: with only two cores, as here, it has to share them, and twice the
work cannot be expected. The bound holds where there are cores for PostgreSQL and for us.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial

import psutil

from benchmarks import helpdesk
from benchmarks.backlog import Backlog
from benchmarks.bench_done import plain_rate, work_rate
from benchmarks.context import Context, Row
from benchmarks.verdict import Attempt, settle
from devtools.console import say
from devtools.ports import HOST
from devtools.server import OdooServer

CASE = "a core for each node"
NODES = 2
CORES = 4  # two for nodes, one for PostgreSQL, one for the clients
MIN_RATIO = 1.7
WARM_UP_CALLS = 12


def run(context: Context) -> list[Row]:
    path = helpdesk.set_up(context)
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < CORES:
        say(f"   {len(cores)} cores: no bound. PostgreSQL shares the nodes' cores.")
    with ExitStack() as stack:
        nodes = [
            stack.enter_context(context.server(cron_threads=1)) for _ in range(NODES)
        ]
        for number, node in enumerate(nodes):
            _pin(node, cores[number % len(cores)])
        backlog = stack.enter_context(Backlog(context.database.name))
        bases = [f"http://{HOST}:{node.http_port}" for node in nodes]
        enough = len(cores) >= CORES
        measure = partial(_measure, context, bases, path, backlog, enough)
        rows = settle(CASE, measure)
        backlog.check_done_well()
    return rows


def _pin(node: OdooServer, core: int) -> None:
    """A server that has begun already: all of its threads."""
    for thread in psutil.Process(node.pid).threads():
        os.sched_setaffinity(thread.id, [core])


def _measure(
    context: Context, bases: Sequence[str], path: str, backlog: Backlog, enough: bool
) -> Attempt:
    rounds, calls = (3, 20) if context.quick else (5, 60)
    webhooks = [base + path for base in bases]
    plain, one, two = [], [], []
    for number in range(rounds + 1):
        size = calls if number else WARM_UP_CALLS
        bare = plain_rate(bases[:1], helpdesk.busy_day(size))
        # By turns, so that neither node is the one that is warm.
        alone = webhooks[number % NODES : number % NODES + 1]
        single = work_rate(alone, helpdesk.busy_day(size), backlog)
        both = work_rate(webhooks, helpdesk.busy_day(size), backlog)
        if number:  # the first round warms up
            plain.append(bare)
            one.append(single)
            two.append(both)
    ratio = statistics.median(two) / statistics.median(one)
    rows = [
        Row(CASE, "one node", statistics.median(one), "1/s", better="higher"),
        Row(CASE, "two nodes", statistics.median(two), "1/s", better="higher"),
        Row(CASE, "two nodes / one node", ratio, "x", better="higher",
            target=MIN_RATIO if enough else None),
    ]  # fmt: skip
    return Attempt(rows, plain)
