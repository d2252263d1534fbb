# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What answering before the work saves CallGear, per notification of an answered call.

Odoo closes the connection when the work is done, so one request gives both figures:
the answer is there when its last byte is, the work is done at the end of the stream.
"""

from __future__ import annotations

import http.client
import statistics
import time
from urllib.parse import urlsplit

from benchmarks.context import Context, Row
from devtools.console import Problem
from tests.scenarios import incoming

CONNECTION_URL = "env['callgear.connection'].search([], limit=1).webhook_url"
WARM_UP = 3


def run(context: Context) -> list[Row]:
    context.odoo_run("env['callgear.connection'].search([]).write({'rate_limit': 0})")
    webhook = context.odoo_value(CONNECTION_URL)
    path = "/callgear/" + webhook.partition("/callgear/")[2]
    calls = 10 if context.quick else 40
    with context.server(workers=0) as server:
        address = urlsplit(f"http://127.0.0.1:{server.http_port}").netloc
        times: dict[str, list[tuple[float, float]]] = {}
        for number in range(calls + WARM_UP):
            for delivery in incoming(7000 + number, start=3600 * number).deliveries:
                figures = _post(address, f"{path}/{delivery.event}", delivery.body)
                if number >= WARM_UP:
                    times.setdefault(delivery.event, []).append(figures)
    return [row for event, figures in times.items() for row in _rows(event, figures)]


def _post(address: str, path: str, body: bytes) -> tuple[float, float]:
    """Milliseconds until the answer, and until the work is done."""
    connection = http.client.HTTPConnection(address, timeout=60)
    connection.connect()
    # http.client closes its own socket with the answer; this one lives on.
    stream = connection.sock.dup()
    started = time.perf_counter()
    connection.request("POST", path, body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    response.read()
    answered = time.perf_counter()
    if response.status != 200:
        raise Problem(f"A webhook was answered {response.status}.", "read the log.")
    while stream.recv(4096):
        pass
    done = time.perf_counter()
    stream.close()
    return (answered - started) * 1000, (done - started) * 1000


def _rows(event: str, figures: list[tuple[float, float]]) -> list[Row]:
    answered = statistics.median(answer for answer, _done in figures)
    done = statistics.median(done for _answer, done in figures)
    return [
        Row(event, "answered after, median", answered, "ms"),
        Row(event, "work done after, median", done, "ms"),
        Row(event, "work / answer", done / answered, "x", better="higher"),
    ]
