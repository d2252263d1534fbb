# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How many notifications a second are fully worked on, until nothing is left to do.

Calls of all kinds to numbers of the account: answered, missed, rung in a group,
transferred; of callers who are known and of others. Clients post as fast as the work is
done: what the machine can carry for long. Compared with a bare route of the same Odoo,
which takes the same bodies and has nothing to do afterwards.

For information only: a burst, which is posted as fast as it is answered. Notifications of
a call that wait together are worked on together then, and the work has nobody to give way
to when all are answered.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial

from benchmarks import helpdesk
from benchmarks.allowance import MOST, Allowance
from benchmarks.backlog import Backlog
from benchmarks.calls import Delivery
from benchmarks.context import Context, Row
from benchmarks.http_client import JSON, Request, is_accepted, load
from benchmarks.verdict import Attempt, settle
from devtools.console import Problem
from devtools.ports import HOST

MODES = {"threaded": 0, "2 workers": 2}
CLIENTS = 8
MIN_RATIO = 0.4
WARM_UP_CALLS = 12


def run(context: Context) -> list[Row]:
    path = helpdesk.set_up(context)
    rows: list[Row] = []
    for mode, workers in MODES.items():
        with (
            context.server(workers=workers, cron_threads=1) as server,
            Backlog(context.database.name) as backlog,
        ):
            # Straight to Odoo: the forwarder in front of workers is not measured.
            base = f"http://{HOST}:{server.http_port}"
            rows += settle(mode, partial(_measure, context, mode, base, path, backlog))
            backlog.check_done_well()
    return rows


def _measure(
    context: Context, mode: str, base: str, path: str, backlog: Backlog
) -> Attempt:
    rounds, calls = (3, 20) if context.quick else (5, 60)
    bare, done, burst = [], [], []
    for number in range(rounds + 1):
        told = helpdesk.busy_day(calls if number else WARM_UP_CALLS)
        plain = plain_rate([base], told)
        worked_on = work_rate([base + path], told, backlog)
        told = helpdesk.busy_day(calls if number else WARM_UP_CALLS)
        at_once = work_rate([base + path], told, backlog, most=len(told))
        if number:  # the first round warms up
            bare.append(plain)
            done.append(worked_on)
            burst.append(at_once)
    requests, worked_on, at_once = map(statistics.median, (bare, done, burst))
    rows = [
        Row(mode, "bare route, requests", requests, "1/s", better="higher"),
        Row(mode, "notifications worked on", worked_on, "1/s", better="higher"),
        Row(mode, "worked on / bare route", worked_on / requests, "x",
            better="higher", target=MIN_RATIO),
        Row(mode, "worked on in a burst", at_once, "1/s", better="higher"),
        Row(mode, "worked on in a burst / bare route", at_once / requests, "x",
            better="higher"),
    ]  # fmt: skip
    return Attempt(rows, bare)


def plain_rate(bases: Sequence[str], told: Sequence[Delivery]) -> float:
    """Requests a second that bare routes answer, which servers take by turns."""
    urls = [f"{base}/callgear_bench/row" for base in bases]
    return len(told) / _post(urls, told, lambda: None)


def work_rate(
    webhooks: Sequence[str],
    told: Sequence[Delivery],
    backlog: Backlog,
    most: int = MOST,
) -> float:
    """Notifications a second, from the first POST until no work is left.

    :param most: how many may wait for their work before no more are posted
    """
    allowance = Allowance(backlog.due, most)
    began = time.perf_counter()
    _post(webhooks, told, allowance.take)
    backlog.wait()
    rate = len(told) / (time.perf_counter() - began)
    time.sleep(helpdesk.QUIET_SECONDS)  # for the crons that it has woken
    return rate


def _post(
    urls: Sequence[str], told: Sequence[Delivery], before: Callable[[], None]
) -> float:
    """Seconds until all is answered. Each client posts its next when ``before`` ends."""

    def make(number: int) -> Request:
        before()
        delivery = told[number]
        url = urls[number % len(urls)]
        return "POST", f"{url}/{delivery.event}", delivery.body, JSON

    posted = load(make, clients=CLIENTS, requests=len(told), fine=is_accepted)
    if posted.failures:
        raise Problem(
            f"{posted.failures} of {len(told)} requests were not accepted.",
            "read the server's log.",
        )
    return posted.seconds
