# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""From the POST of a ringing phone to the popup in a real browser's page.

Compared with Odoo's own bus in the same page and run: from the commit of another process
that sends one of Odoo's plain notifications to its appearance.
"""

from __future__ import annotations

import json
import statistics
import time

import requests
from playwright.sync_api import Page, sync_playwright

from benchmarks.calls import SARA, CallBuilder
from benchmarks.context import Context, Row
from devtools import browser
from devtools.console import Problem

CONNECTION_URL = "env['callgear.connection'].search([], limit=1).webhook_url"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Notes when each popup and each of the plain notifications first appears in the page.
OBSERVE = """() => {
    window.seen = {};
    const look = () => {
        for (const el of document.querySelectorAll('.o-callgear-CallPopup')) {
            window.seen[`popup ${el.dataset.leg}`] ??= Date.now();
        }
        for (const el of document.querySelectorAll('.o_notification_content')) {
            window.seen[el.textContent] ??= Date.now();
        }
    };
    new MutationObserver(look).observe(document.body, {childList: true, subtree: true});
}"""
SEND = """
import time
sara = env["res.users"].search([("login", "=", "sara")])
sent = []
for number in range({count}):
    name = "bench %s" % number
    sara._bus_send("simple_notification", {{"message": name, "sticky": True}})
    sent.append(time.time())
    env.cr.commit()
    time.sleep(0.3)
import json
print("SENT=" + json.dumps(sent))
"""


def run(context: Context) -> list[Row]:
    webhook = context.odoo_value(CONNECTION_URL)
    path = "/callgear/" + webhook.partition("/callgear/")[2]
    count = 10 if context.quick else 40
    with context.server() as server, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=str(browser.ensure()), args=list(FLAGS)
        )
        page = chromium.new_page()
        open_page(page, server.url, context.database.name)
        popups = [_ring(page, server.url + path, number) for number in range(count + 3)]
        plain = _plain(page, context, count)
        chromium.close()
    popup, own = statistics.median(popups[3:]), statistics.median(plain)
    return [
        Row("one agent, threaded", "POST to popup, median", popup, "ms"),
        Row("one agent, threaded", "Odoo's bus to notification, median", own, "ms"),
        Row("one agent, threaded", "popup / Odoo's bus", popup / own, "x"),
    ]


def open_page(page: Page, base: str, database: str) -> None:
    session = requests.Session()
    params = {"db": database, "login": "sara", "password": "sara"}
    session.post(
        f"{base}/web/session/authenticate", json={"params": params}, timeout=60
    )
    cookie = {"name": "session_id", "value": session.cookies["session_id"], "url": base}
    page.context.add_cookies([cookie])
    page.goto(f"{base}/odoo/helpdesk-tickets")
    page.wait_for_selector(".o_list_view", timeout=120_000)
    page.evaluate(OBSERVE)


def _ring(page: Page, url: str, number: int) -> float:
    """Milliseconds until the popup of a new call is there; ends the call again."""
    known = set(page.evaluate("Object.keys(window.seen)"))
    call = CallBuilder(8000 + number).ring(SARA, 1).leave(SARA, 2).end(2)
    ring, *rest = call.deliveries
    began = time.time()
    post(url, ring)
    page.wait_for_selector(".o-callgear-CallPopup", timeout=30_000)
    seen = page.evaluate("window.seen")
    (new,) = [at for key, at in seen.items() if key not in known and "popup" in key]
    for delivery in rest:
        post(url, delivery)
    page.wait_for_selector(".o-callgear-CallPopup", state="detached", timeout=30_000)
    return new - began * 1000


def post(url: str, delivery) -> None:
    answer = requests.post(f"{url}/{delivery.event}", delivery.body, timeout=60)
    if answer.status_code != 200:
        raise Problem(f"A webhook was answered {answer.status_code}.", "read the log.")


def _plain(page: Page, context: Context, count: int) -> list[float]:
    output = context.database.shell(SEND.format(count=count), "Sending failed")
    sent = json.loads(output.rpartition("SENT=")[2].strip())
    page.wait_for_function(f"window.seen['bench {count - 1}']", timeout=30_000)
    seen = page.evaluate("window.seen")
    return [seen[f"bench {n}"] - moment * 1000 for n, moment in enumerate(sent)]
