# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a call costs beside a thousand calls, tickets and contacts, and beside a million.

Two databases with a server each; rounds of both alternate. Each notification is posted when
the work on the one before is done. CPU is that of Odoo's process and of all processes of
PostgreSQL, those that have ended included; not that of the look whether the work is done.
Time is that of what agents look at: other notifications are left for half a second first.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial

from benchmarks import bench_lists, contacts, cpu, helpdesk
from benchmarks.backlog import Backlog
from benchmarks.calls import Maker, incoming, missed
from benchmarks.context import Context, Row
from benchmarks.http_client import post_accepted
from benchmarks.verdict import Attempt, settle
from devtools.console import Problem
from devtools.ports import HOST
from devtools.server import OdooServer

FEW, MANY, MANY_QUICK = 1_000, 1_000_000, 20_000
MAX_CPU, MAX_WALL = 1.1, 1.15
LOOKED_AT = {"legout", "callout", "handset"}
CALLS: dict[str, Maker] = {"answered call": incoming, "missed call": missed}
# Numbers read, tickets counted and days added up, as they are some time after the
# installation: what crons still have to do for the filled rows is not a call's cost.
COUNT = """
from odoo.addons.callgear_integration.hooks import post_init_hook
post_init_hook(env)
env.cr.execute("UPDATE callgear_partner_phone SET is_news = NULL WHERE is_news")
Sum = env["callgear.ticket.sum"]
while days := Sum._open_days()[:50]:
    Sum._add_up(days)
    env.cr.commit()
env["ir.cron.trigger"].search([]).unlink()
"""
TABLES = (
    "callgear_call",
    "callgear_leg",
    "callgear_partner_phone",
    "callgear_ticket_fact",
    "callgear_ticket_sum",
    "helpdesk_ticket",
    "res_partner",
)


@dataclass(frozen=True)
class Side:
    """A database of some size, and the server that works on its calls."""

    server: OdooServer
    backlog: Backlog
    path: str


@dataclass(frozen=True)
class Cost:
    """Of one call, in milliseconds."""

    odoo: float
    postgresql: float
    wall: float

    @property
    def cpu(self) -> float:
        return self.odoo + self.postgresql


def run(context: Context) -> list[Row]:
    sizes = (FEW, MANY_QUICK if context.quick else MANY)
    rows: list[Row] = []
    with ExitStack() as stack:
        # No server may run while a database is copied.
        copies = {
            size: stack.enter_context(context.copied(f"growth_{size}"))
            for size in sizes
        }
        sides = {
            f"{size:,}": stack.enter_context(_side(copy, size))
            for size, copy in copies.items()
        }
        for name, make in CALLS.items():
            case = f"{name}, {' and '.join(sides)}"
            rows += settle(case, partial(_measure, context, case, sides, make))
        for side in sides.values():
            side.backlog.check_done_well()
    return rows


@contextmanager
def _side(context: Context, size: int) -> Iterator[Side]:
    path = helpdesk.set_up(context)
    output = context.database.shell(
        bench_lists.FILL.format(count=size), "Filling the database failed"
    )
    if "filled" not in output:
        raise Problem("The database was not filled.", output=output)
    contacts.fill(context, 0, size)
    context.odoo_run(COUNT)
    for table in TABLES:
        context.environment.sql(context.database.name, f"VACUUM ANALYZE {table}")
    with (
        context.server(cron_threads=1) as server,
        Backlog(context.database.name) as backlog,
    ):
        yield Side(server, backlog, path)


def _measure(
    context: Context, case: str, sides: dict[str, Side], make: Maker
) -> Attempt:
    rounds, calls = (3, 4) if context.quick else (7, 20)
    looking = [side.backlog.pid for side in sides.values()]
    costs: dict[str, list[Cost]] = {name: [] for name in sides}
    for number in range(rounds + 1):
        for name, side in sides.items():
            cost = _cost(side, make, calls, looking)
            if number:  # the first round warms up
                costs[name].append(cost)
    return Attempt(
        _rows(case, costs), [cost.wall for cost in next(iter(costs.values()))]
    )


def _cost(side: Side, make: Maker, calls: int, looking: list[int]) -> Cost:
    postgresql = cpu.postmaster(side.backlog.pid)

    def read() -> tuple[float, float]:
        theirs = cpu.used(postgresql, without=looking)
        return cpu.used(side.server.pid), theirs

    before, wall = read(), 0.0
    for _number in range(calls):
        for delivery in helpdesk.new_call(make):
            url = f"http://{HOST}:{side.server.http_port}{side.path}/{delivery.event}"
            began = time.perf_counter()
            post_accepted(url, delivery.body)
            side.backlog.wait()
            if delivery.event in LOOKED_AT:
                wall += time.perf_counter() - began
    used = [after - one for after, one in zip(read(), before, strict=True)]
    return Cost(*(1000 * seconds / calls for seconds in (*used, wall)))


def _rows(case: str, costs: dict[str, list[Cost]]) -> list[Row]:
    rows = []
    few, many = (
        {
            name: statistics.median(getattr(cost, name) for cost in of_side)
            for name in ("odoo", "postgresql", "cpu", "wall")
        }
        for of_side in costs.values()
    )
    for size, medians in zip(costs, (few, many), strict=True):
        rows += [
            Row(case, f"{size}, Odoo", medians["odoo"], "ms CPU"),
            Row(case, f"{size}, PostgreSQL", medians["postgresql"], "ms CPU"),
            Row(case, f"{size}, both", medians["cpu"], "ms CPU"),
            Row(case, f"{size}, phones, POST to done", medians["wall"], "ms"),
        ]
    return [
        *rows,
        Row(case, "CPU, growth", many["cpu"] / few["cpu"], "x", target=MAX_CPU),
        Row(case, "time, growth", many["wall"] / few["wall"], "x", target=MAX_WALL),
    ]
