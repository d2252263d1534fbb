# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""From the POST of a ringing phone to the message at the agent's websocket.

Compared with Odoo's own bus: from just before ``_bus_send`` in another process, which then
commits, to the same client. The server has nothing else to do. Rounds alternate. For
information only: the same message sent by a bare route, from its POST on.
"""

from __future__ import annotations

import itertools
import json
import statistics
import time
from functools import partial

from benchmarks import helpdesk
from benchmarks.calls import SARA, CallBuilder
from benchmarks.context import Context, Row
from benchmarks.http_client import post_accepted
from benchmarks.listener import Listener
from benchmarks.verdict import Attempt, settle
from devtools.ports import HOST

MODES = {"threaded": 0, "2 workers": 2}
LOGIN = "sara"
MAX_DIFFERENCE = 15  # milliseconds
WARM_UP = 3
TOKENS = itertools.count()  # tells the bare messages apart
# The first ones only warm up. The pauses let the server be idle again.
SEND = """
import json, time
user = env["res.users"].search([("login", "=", {login!r})])
time.sleep(1)
sent = []
for token in {tokens}:
    sent.append(time.time())
    user._bus_send("callgear_bench", {{"token": token}})
    env.cr.commit()
    time.sleep(0.2)
print("SENT=" + json.dumps(sent))
"""


def run(context: Context) -> list[Row]:
    webhook = helpdesk.set_up(context)
    rows: list[Row] = []
    for mode, workers in MODES.items():
        with (
            context.server(workers=workers, cron_threads=1) as server,
            Listener(server, LOGIN) as listener,
        ):
            # Straight to Odoo: the forwarder in front of workers is not measured.
            base = f"http://{HOST}:{server.http_port}"
            sides = {
                "webhook": partial(_ring, context, listener, base + webhook),
                "_bus_send": partial(_send, context, listener),
                "bare route": partial(_send_by_route, listener, base),
            }
            rows += settle(mode, partial(_measure, context, mode, sides))
    return rows


def _measure(context: Context, mode: str, sides: dict) -> Attempt:
    rounds, count = (3, 10) if context.quick else (5, 20)
    medians: dict[str, list[float]] = {side: [] for side in sides}
    for _ in range(rounds):
        for side, measure in sides.items():
            times = measure(count + WARM_UP)[WARM_UP:]
            medians[side].append(statistics.median(times))
    webhook, sent, route = (statistics.median(medians[side]) for side in sides)
    rows = [
        Row(mode, "POST to message, 50 %", webhook, "ms"),
        Row(mode, "_bus_send + commit to message, 50 %", sent, "ms"),
        Row(mode, "difference", webhook - sent, "ms", target=MAX_DIFFERENCE),
        Row(mode, "POST to a bare route to message, 50 %", route, "ms"),
    ]
    return Attempt(rows, medians["_bus_send"])


def _ring(context: Context, listener: Listener, url: str, count: int) -> list[float]:
    """Milliseconds until the message, of calls that are over before the next one."""
    times = []
    for _ in range(count):
        number = next(helpdesk.SESSIONS)
        caller = helpdesk.CUSTOMERS[number % len(helpdesk.CUSTOMERS)]
        call = CallBuilder(number, caller, start=15 * number)
        ring, *rest = call.ring(SARA, 1).leave(SARA, 2).end(2).deliveries
        began = time.time()
        post_accepted(f"{url}/{ring.event}", ring.body)
        at = listener.wait(partial(_is_of_caller, caller))
        times.append((at - began) * 1000)
        for delivery in rest:
            post_accepted(f"{url}/{delivery.event}", delivery.body)
        helpdesk.wait_until_done(context)
    return times


def _send(context: Context, listener: Listener, count: int) -> list[float]:
    """Milliseconds from another process's sending to the message."""
    tokens = [next(TOKENS) for _ in range(count)]
    output = context.database.shell(
        SEND.format(login=LOGIN, tokens=tokens), "Sending failed"
    )
    sent = json.loads(output.rpartition("SENT=")[2].strip())
    seen = [listener.wait(partial(_has_token, token)) for token in tokens]
    return [(at - began) * 1000 for began, at in zip(sent, seen, strict=True)]


def _send_by_route(listener: Listener, base: str, count: int) -> list[float]:
    """Milliseconds from the POST to a route that does nothing but send."""
    times = []
    for _ in range(count):
        token = next(TOKENS)
        body = json.dumps({"token": token}).encode()
        began = time.time()
        post_accepted(f"{base}/callgear_bench/send/{LOGIN}/callgear_bench", body)
        at = listener.wait(partial(_has_token, token))
        times.append((at - began) * 1000)
        time.sleep(0.2)
    return times


def _is_of_caller(caller: str, kind: str, payload: dict) -> bool:
    return kind == "callgear.call" and payload["phone"] == f"+{caller}"


def _has_token(token: int, kind: str, payload: dict) -> bool:
    return kind == "callgear_bench" and payload["token"] == token
