# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How fast CallGear is answered, while the work that answers leave behind is done.

Compared with a bare route of the same Odoo that writes the same body into one row and has
nothing to do afterwards. Rounds of both alternate; the work of a round of webhooks goes on
beside its answers, as in reality, but is over before the bare route's next round.

Each of the six notifications has the bound of the median by itself, over all rounds: there
are at least 27 of each in a round (quick: 14). That is too few for the slowest hundredth,
whose bound is that of all kinds together.
"""

from __future__ import annotations

import statistics
from functools import partial

from benchmarks import helpdesk
from benchmarks.calls import Delivery
from benchmarks.context import Context, Row
from benchmarks.http_client import JSON, Measured, Request, is_accepted, load
from benchmarks.verdict import Attempt, settle
from devtools.console import Problem
from devtools.ports import HOST

MODES = {"threaded": 0, "2 workers": 2}
CLIENTS = (1, 8)
WARM_UP_CALLS = 12
# As multiples of the bare route.
MAX_RATIOS = {50: 1.3, 99: 2}
# The two sides; both are sent the same bodies.
WEBHOOK, BARE = "webhook", "bare route"

Round = tuple[list[Delivery], Measured]


def run(context: Context) -> list[Row]:
    paths = {WEBHOOK: helpdesk.set_up(context), BARE: "/callgear_bench/row"}
    rows: list[Row] = []
    for mode, workers in MODES.items():
        with context.server(workers=workers, cron_threads=1) as server:
            # Straight to Odoo: the forwarder in front of workers is not measured.
            base = f"http://{HOST}:{server.http_port}"
            urls = {side: base + path for side, path in paths.items()}
            for clients in CLIENTS:
                case = f"{mode}, {clients} client{'s' * (clients > 1)}"
                rows += settle(case, partial(_measure, context, case, urls, clients))
    return rows


def _measure(
    context: Context, case: str, urls: dict[str, str], clients: int
) -> Attempt:
    """Alternating rounds of both sides: about 300 requests each (quick: 150)."""
    rounds, calls = (3, 28) if context.quick else (5, 54)
    measured: dict[str, list[Round]] = {BARE: [], WEBHOOK: []}
    for number in range(rounds + 1):
        for side, done in measured.items():
            told = helpdesk.busy_hour(calls if number else WARM_UP_CALLS)
            one = _round(urls[side], told, clients)
            if one.failures:
                raise Problem(
                    f"{case}: {one.failures} of {len(told)} requests of a round "
                    f"({side}) were not accepted.",
                    "read the server's log.",
                )
            helpdesk.wait_until_done(context)
            if number:  # the first round warms up
                done.append((told, one))
    return Attempt(
        _rows(case, measured),
        [one.percentile(50) for _told, one in measured[BARE]],
    )


def _round(url: str, told: list[Delivery], clients: int) -> Measured:
    def make(number: int) -> Request:
        delivery = told[number]
        return "POST", f"{url}/{delivery.event}", delivery.body, JSON

    return load(make, clients=clients, requests=len(told), fine=is_accepted)


def _rows(case: str, measured: dict[str, list[Round]]) -> list[Row]:
    rows = []
    for share, most in MAX_RATIOS.items():
        bare, webhook = (
            statistics.median(one.percentile(share) for _told, one in measured[side])
            for side in (BARE, WEBHOOK)
        )
        rows += [
            Row(case, f"{BARE}, {share} %", bare, "ms"),
            Row(case, f"{WEBHOOK}, {share} %", webhook, "ms"),
            Row(case, f"{WEBHOOK} / {BARE}, {share} %", webhook / bare, "x",
                target=most),
        ]  # fmt: skip
    bare, webhook = (_by_event(measured[side]) for side in (BARE, WEBHOOK))
    for event, times in sorted(webhook.items()):
        median = statistics.median(times)
        ratio = median / statistics.median(bare[event])
        rows += [
            Row(case, f"{event}, 50 %", median, "ms"),
            Row(case, f"{event} / {BARE}, 50 %", ratio, "x", target=MAX_RATIOS[50]),
        ]
    return rows


def _by_event(rounds: list[Round]) -> dict[str, list[float]]:
    """Milliseconds of each kind of notification, of all rounds."""
    found: dict[str, list[float]] = {}
    for told, one in rounds:
        for number, milliseconds in one.times.items():
            found.setdefault(told[number].event, []).append(milliseconds)
    return found
