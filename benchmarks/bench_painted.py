# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""From the POST of a ringing phone to the painted popup in a real browser's page.

Compared with one of Odoo's plain notifications in the same page and run: from just before
``_bus_send`` in another process, which then commits. Both end when the frame is painted in
which they first stand. For information only: the same notification sent by a bare route,
from its POST on. A million contacts, calls and tickets are in the database; the server has
nothing else to do, or the calls of other agents, three a second. Rounds alternate. Aims
that are no bounds: 120 ms for half of the popups, 300 ms for 99 %.
"""

from __future__ import annotations

import itertools
import json
import statistics
import time
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial

from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from benchmarks import helpdesk
from benchmarks.calls import SARA, CallBuilder
from benchmarks.context import Context, Row
from benchmarks.http_client import post_accepted
from benchmarks.pace import Pace, schedule
from benchmarks.page import agents_page
from benchmarks.verdict import Attempt, settle
from devtools.console import Problem
from devtools.ports import HOST

LOGIN = "sara"
CONTACTS, CONTACTS_QUICK = 1_000_000, 10_000
OTHERS, STEP = 3, 2.0  # calls a second; seconds between a call's notifications
LONGEST = 1800  # seconds for which other agents' calls would last
MAX_RATIOS = {50: 2, 99: 3}
AIMS = {50: 120, 99: 300}  # milliseconds
WARM_UP = 3
TOKENS = itertools.count()  # tells the plain notifications apart
POPUP, SENT, ROUTE = (
    "POST to popup",
    "_bus_send to notification",
    "the same by a bare route",
)
# Notes when each popup and each plain notification is painted: the frame after the next
# begins when the one is on the screen that holds what has just been added.
OBSERVE = """() => {
    window.seen = {};
    const noted = new Set();
    const note = (key, after) => {
        if (noted.has(key)) { return; }
        noted.add(key);
        requestAnimationFrame(() => requestAnimationFrame(() => {
            window.seen[key] = performance.timeOrigin + performance.now();
            after?.();
        }));
    };
    const look = () => {
        for (const el of document.querySelectorAll('.o-callgear-CallPopup')) {
            note(`popup ${el.dataset.leg}`);
        }
        for (const el of document.querySelectorAll('.o_notification')) {
            const text = el.querySelector('.o_notification_content')?.textContent;
            if (text?.startsWith('bench ')) {
                note(text, () => el.querySelector('.o_notification_close')?.click());
            }
        }
    };
    new MutationObserver(look).observe(document.body, {childList: true, subtree: true});
}"""
# The first ones only warm up. The pauses let the server be idle again.
SEND = """
import json, time
user = env["res.users"].search([("login", "=", {login!r})])
time.sleep(1)
sent = []
for token in {tokens}:
    sent.append(time.time())
    message = {{"message": "bench %s" % token, "sticky": True}}
    user._bus_send("simple_notification", message)
    env.cr.commit()
    time.sleep(0.3)
print("SENT=" + json.dumps(sent))
"""

Side = Callable[[int], list[float]]


def run(context: Context) -> list[Row]:
    webhook = helpdesk.set_up(context)
    count = CONTACTS_QUICK if context.quick else CONTACTS
    rows: list[Row] = []
    with context.copied("filled") as filled:
        helpdesk.fill(filled, count)
        with (
            filled.server(cron_threads=1) as server,
            agents_page(server, LOGIN) as page,
        ):
            page.evaluate(OBSERVE)
            base = f"http://{HOST}:{server.http_port}"
            sides: dict[str, Side] = {
                POPUP: partial(_ring, page, base + webhook),
                SENT: partial(_send, page, filled),
                ROUTE: partial(_send_by_route, page, base),
            }
            for others in (0, OTHERS):
                case = f"{count} contacts, {others or 'no'} other calls a second"
                with _others(base + webhook, others):
                    rows += settle(case, partial(_measure, filled, case, sides))
    return rows


def _others(webhook: str, rate: int):
    if not rate:
        return nullcontext()
    calls = helpdesk.all_kinds(rate * LONGEST)
    return Pace(webhook, schedule(calls, rate, STEP))


def _measure(context: Context, case: str, sides: dict[str, Side]) -> Attempt:
    """Medians of the rounds; the slowest hundredth is that of all rounds together."""
    rounds, count = (3, 8) if context.quick else (5, 20)
    times: dict[str, list[list[float]]] = {side: [] for side in sides}
    for _ in range(rounds):
        for side, measure in sides.items():
            times[side].append(measure(count + WARM_UP)[WARM_UP:])
    rows = []
    for share, most in MAX_RATIOS.items():
        found = {side: _share(told, share) for side, told in times.items()}
        name = f"{POPUP}, {share} % (aim: {AIMS[share]})"
        rows += [
            Row(case, name, found[POPUP], "ms"),
            Row(case, f"{SENT}, {share} %", found[SENT], "ms"),
            Row(case, f"popup / notification, {share} %", found[POPUP] / found[SENT],
                "x", target=most),
            Row(case, f"{ROUTE}, {share} %", found[ROUTE], "ms"),
        ]  # fmt: skip
    return Attempt(rows, [statistics.median(one) for one in times[SENT]])


def _share(rounds: list[list[float]], share: int) -> float:
    if share == 50:
        return statistics.median(statistics.median(one) for one in rounds)
    times = sorted(itertools.chain(*rounds))
    return times[round(share / 100 * (len(times) - 1))]


def _ring(page: Page, webhook: str, count: int) -> list[float]:
    """Milliseconds until the popup, of calls that are over before the next one."""
    times = []
    for _ in range(count):
        number = next(helpdesk.SESSIONS)
        caller = helpdesk.CUSTOMERS[number % len(helpdesk.CUSTOMERS)]
        call = CallBuilder(number, caller, start=15 * number)
        ring, *rest = call.ring(SARA, 1).leave(SARA, 2).end(2).deliveries
        known = set(page.evaluate("Object.keys(window.seen)"))
        began = time.time()
        post_accepted(f"{webhook}/{ring.event}", ring.body)
        times.append(_painted(page, known) - began * 1000)
        for delivery in rest:
            post_accepted(f"{webhook}/{delivery.event}", delivery.body)
        _wait_until_gone(page)
    return times


def _wait_until_gone(page: Page) -> None:
    try:
        page.wait_for_selector(
            ".o-callgear-CallPopup", state="detached", timeout=60_000
        )
    except PlaywrightTimeout:
        raise Problem(
            "A popup has not gone with its call.",
            f"{OTHERS} calls a second may be more than this machine carries, while "
            "others use it: see bin/bench soak.",
        ) from None
    time.sleep(0.3)


def _painted(page: Page, known: set[str]) -> float:
    """When a popup that was not known before was painted."""
    found = page.wait_for_function(
        """(known) => Object.entries(window.seen).find(
            ([key]) => key.startsWith('popup') && !known.includes(key))""",
        arg=list(known),
        timeout=30_000,
    )
    return found.json_value()[1]


def _send(page: Page, context: Context, count: int) -> list[float]:
    """Milliseconds from another process's sending to the notification."""
    tokens = [next(TOKENS) for _ in range(count)]
    script = SEND.format(login=LOGIN, tokens=tokens)
    output = context.database.shell(script, "Sending failed")
    sent = json.loads(output.rpartition("SENT=")[2].strip())
    return [
        _notified(page, token) - began * 1000
        for token, began in zip(tokens, sent, strict=True)
    ]


def _send_by_route(page: Page, base: str, count: int) -> list[float]:
    """Milliseconds from the POST to a route that does nothing but send."""
    times = []
    url = f"{base}/callgear_bench/send/{LOGIN}/simple_notification"
    for _ in range(count):
        token = next(TOKENS)
        body = {"message": f"bench {token}", "sticky": True}
        began = time.time()
        post_accepted(url, json.dumps(body).encode())
        times.append(_notified(page, token) - began * 1000)
        time.sleep(0.3)
    return times


def _notified(page: Page, token: int) -> float:
    key = f"bench {token}"
    found = page.wait_for_function("(key) => window.seen[key]", arg=key, timeout=30_000)
    return found.json_value()
