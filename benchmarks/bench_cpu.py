# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""CPU that an answered call costs, of Odoo and PostgreSQL, from its first POST to the last.

Compared with a bare ticket: a route that creates a customer's ticket as an agent, who posts
a note in it. Its server runs on a database in which our addon is not installed, so that
nothing of ours makes the ticket slower; the same route beside the addon is told as well.

Each notification is posted when the work on the one before is done, as in an hour that
is not busy; the end of a call ``END_SECONDS`` after that of its last leg, which is as long as
it takes CallGear in its examples. What servers and PostgreSQL use while nothing is asked of
them is taken off.
"""

from __future__ import annotations

import itertools
import json
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

from benchmarks import cpu, helpdesk
from benchmarks.backlog import Backlog
from benchmarks.calls import Maker, incoming, missed, softphone
from benchmarks.context import Context, Row
from benchmarks.http_client import post_accepted
from benchmarks.verdict import Attempt, settle
from devtools.ports import HOST
from devtools.server import OdooServer

END_SECONDS = 0.3
MODES = {"threaded": 0, "2 workers": 2}
MAX_RATIO = 3
BARE, BESIDE = "bare ticket and note", "the same beside the addon"
ROW = "bare row"  # what storing one notification costs at least
CALLS = {
    "answered call": incoming,
    "answered call, outgoing": softphone,
    "missed call": missed,
}
BOUNDED = {name for name in CALLS if name.startswith("answered")}
# Tickets and rows in the time of one call: all are measured over about as much CPU.
TICKETS_PER_CALL, ROWS_PER_CALL = 6, 20


@dataclass(frozen=True)
class Cost:
    """CPU of one call or ticket, in milliseconds."""

    odoo: float
    postgresql: float

    @property
    def total(self) -> float:
        return self.odoo + self.postgresql


@dataclass(frozen=True)
class Side:
    """What is measured: ``make`` has a server do it once, and waits until it is done."""

    server: OdooServer
    make: Callable[[], None]
    times: int  # for each call


def run(context: Context) -> list[Row]:
    rows: list[Row] = []
    path = helpdesk.set_up(context)
    with context.without_addon() as bare:
        here, there = helpdesk.people(context), helpdesk.people(bare)
        for mode, workers in MODES.items():
            with ExitStack() as stack:
                ours, plain = (
                    stack.enter_context(one.server(workers=workers, cron_threads=1))
                    for one in (context, bare)
                )
                backlog = stack.enter_context(Backlog(context.database.name))
                sides = {
                    BARE: _tickets(plain, there),
                    BESIDE: _tickets(ours, here),
                    ROW: Side(plain, partial(_row, plain), ROWS_PER_CALL),
                    **{
                        name: Side(ours, partial(_call, ours, path, backlog, make), 1)
                        for name, make in CALLS.items()
                    },
                }
                measure = partial(_measure, context, mode, sides, backlog)
                rows += settle(mode, measure)
                backlog.check_done_well()
    return rows


def _tickets(server: OdooServer, people: helpdesk.People) -> Side:
    agents, customers = (
        itertools.cycle(people.agents),
        itertools.cycle(people.customers),
    )

    def make() -> None:
        ids = {
            "user_id": next(agents),
            "partner_id": next(customers),
            "team_id": people.team,
        }
        url = f"http://{HOST}:{server.http_port}/callgear_bench/ticket"
        post_accepted(url, json.dumps(ids).encode())

    return Side(server, make, TICKETS_PER_CALL)


def _row(server: OdooServer) -> None:
    (delivery, *_rest) = incoming(1).deliveries
    url = f"http://{HOST}:{server.http_port}/callgear_bench/row/{delivery.event}"
    post_accepted(url, delivery.body)


def _call(server: OdooServer, path: str, backlog: Backlog, make: Maker) -> None:
    told = helpdesk.new_call(make)
    events = [delivery.event for delivery in told]
    for delivery, follows in zip(told, [*events[1:], None], strict=True):
        url = f"http://{HOST}:{server.http_port}{path}/{delivery.event}"
        post_accepted(url, delivery.body)
        if follows == "end":
            time.sleep(END_SECONDS)
        else:
            backlog.wait()


@dataclass(frozen=True)
class Used:
    """CPU in milliseconds, of each server by its process and of PostgreSQL, and seconds."""

    servers: dict[int, float]
    postgresql: float
    seconds: float

    def cost(self, side: Side, times: int, idle: Used) -> Cost:
        """Of one of so many, without what is used while nothing is asked of anybody."""
        own, resting = self.servers[side.server.pid], idle.servers[side.server.pid]
        share = self.seconds / idle.seconds
        return Cost(
            (own - resting * share) / times,
            (self.postgresql - idle.postgresql * share) / times,
        )


def _measure(
    context: Context, mode: str, sides: dict[str, Side], backlog: Backlog
) -> Attempt:
    rounds, calls, rest = (3, 4, 3) if context.quick else (5, 8, 4)
    used: dict[str, list[Used]] = {name: [] for name in sides}
    resting = []
    for number in range(rounds + 1):
        for name, side in sides.items():
            one = _used(sides, backlog, partial(_make, side, side.times * calls))
            if number:  # the first round warms up
                used[name].append(one)
        if number:
            resting.append(_used(sides, backlog, partial(time.sleep, rest)))
    idle = _median_used(resting)
    costs = {
        name: [one.cost(side, side.times * calls, idle) for one in used[name]]
        for name, side in sides.items()
    }
    return Attempt(_rows(mode, costs), [one.total for one in costs[BARE]])


def _make(side: Side, times: int) -> None:
    for _ in range(times):
        side.make()
    time.sleep(helpdesk.QUIET_SECONDS)  # for what was left for after the answer


def _used(sides: dict[str, Side], backlog: Backlog, work: Callable[[], None]) -> Used:
    postgresql = cpu.postmaster(backlog.pid)
    pids = {side.server.pid for side in sides.values()}

    def read() -> Used:
        return Used(
            {pid: 1000 * cpu.used(pid) for pid in pids},
            # Not counted: our own looking whether the work is done.
            1000 * cpu.used(postgresql, without=[backlog.pid]),
            time.monotonic(),
        )

    before = read()
    work()
    after = read()
    return Used(
        {pid: after.servers[pid] - before.servers[pid] for pid in pids},
        after.postgresql - before.postgresql,
        after.seconds - before.seconds,
    )


def _median_used(resting: list[Used]) -> Used:
    """Of each by itself: something else may have been at work during one of them."""
    return Used(
        {
            pid: statistics.median(one.servers[pid] for one in resting)
            for pid in resting[0].servers
        },
        statistics.median(one.postgresql for one in resting),
        statistics.median(one.seconds for one in resting),
    )


def _rows(mode: str, costs: dict[str, list[Cost]]) -> list[Row]:
    rows = []
    bare = _median(costs[BARE])
    for name, measured in costs.items():
        cost = _median(measured)
        rows += [
            Row(mode, f"{name}, Odoo", cost.odoo, "ms CPU"),
            Row(mode, f"{name}, PostgreSQL", cost.postgresql, "ms CPU"),
            Row(mode, f"{name}, both", cost.total, "ms CPU"),
        ]
        if name != BARE:
            target = MAX_RATIO if name in BOUNDED else None
            ratio = cost.total / bare.total
            rows.append(Row(mode, f"{name} / {BARE}", ratio, "x", target=target))
    return rows


def _median(costs: list[Cost]) -> Cost:
    """Of each of the two by itself; their sum is near the median of the sums."""
    return Cost(
        statistics.median(cost.odoo for cost in costs),
        statistics.median(cost.postgresql for cost in costs),
    )
