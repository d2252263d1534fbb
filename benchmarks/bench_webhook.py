# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""What one webhook costs, as a multiple of a request that does nothing (/web/health).

The ratio says more than milliseconds: both suffer alike from a slow or noisy machine.
Rounds of both alternate, and the medians of the rounds are compared.
"""

from __future__ import annotations

import json
import statistics

from benchmarks.context import Context, Row
from benchmarks.http_client import Measured, Request, load
from devtools.console import Problem

CONNECTION_URL = "env['callgear.connection'].search([], limit=1).webhook_url"
WARM_UP = 40


def run(context: Context) -> list[Row]:
    # The limit guards against floods; this is one.
    context.odoo_run("env['callgear.connection'].search([]).write({'rate_limit': 0})")
    webhook = context.odoo_value(CONNECTION_URL)
    path = "/callgear/" + webhook.partition("/callgear/")[2]
    rounds, requests = (3, 100) if context.quick else (5, 400)
    rows: list[Row] = []
    for workers, clients in ((0, 1), (2, 1), (2, 8)):
        with context.server(workers=workers) as server:
            # Straight to Odoo: the forwarder in front of workers is not measured.
            base = f"http://127.0.0.1:{server.http_port}"
            pairs = _measure(base, path, clients, rounds, requests)
        mode = f"{workers} workers" if workers else "threaded"
        case = f"{mode}, {clients} client{'s' * (clients > 1)}"
        rows += _rows(case, *pairs)
    return rows


def _measure(
    base: str, path: str, clients: int, rounds: int, requests: int
) -> tuple[list[Measured], list[Measured]]:
    session = iter(range(10**9))

    def nothing(_number: int) -> Request:
        return "GET", f"{base}/web/health", None, {}

    def webhook(_number: int) -> Request:
        body = json.dumps(_notification(next(session))).encode()
        headers = {"Content-Type": "application/json"}
        return "POST", f"{base}{path}/callout", body, headers

    for make in (nothing, webhook):
        load(make, clients=clients, requests=WARM_UP)
    floors, webhooks = [], []
    for _ in range(rounds):
        floors.append(load(nothing, clients=clients, requests=requests))
        webhooks.append(load(webhook, clients=clients, requests=requests))
    return floors, webhooks


def _notification(number: int) -> dict[str, object]:
    """An outgoing call of an employee nobody knows: stored, and then left alone."""
    return {
        "notification_name": "callout",
        "call_session_id": 9_000_000_000 + number,
        "contact_phone_number": f"7495{number % 10_000_000:07d}",
        "virtual_phone_number": "74950000000",
        "direction": "out",
        "employee_id": 999_999_999,
    }


def _rows(case: str, floors: list[Measured], webhooks: list[Measured]) -> list[Row]:
    failures = sum(measured.failures for measured in (*floors, *webhooks))
    if failures:
        raise Problem(f"{case}: {failures} requests failed.", "read the server's log.")

    def median(measured: list[Measured], share: float) -> float:
        return statistics.median(m.percentile(share) for m in measured)

    ratio = median(webhooks, 50) / median(floors, 50)
    rate = statistics.median(m.per_second for m in webhooks)
    return [
        Row(case, "webhook / nothing, median", ratio, "x"),
        Row(case, "webhook, median", median(webhooks, 50), "ms"),
        Row(case, "webhook, 99 %", median(webhooks, 99), "ms"),
        Row(case, "webhooks", rate, "1/s", better="higher"),
    ]
