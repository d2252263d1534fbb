# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What every page of the web client costs more with the addon than with the helpdesk alone.

Two databases with the same tickets, and a server each; one has the addon, with an agent
who may be called at any moment. Each page is that of the list of tickets:

* weight: scripts, style sheets and templates that the page names, compressed as a web
  server does. Translations are told apart: a browser asks for them once per version.
* requests: all that the browser sends until it has sent nothing for two seconds.
* time to interactive: from the beginning of the navigation until the first ticket of the
  list, whose box is ticked by a click as soon as it is there, is drawn as ticked. Once with
  nothing kept in the browser (cold), and with all that earlier pages have left (warm).
"""

from __future__ import annotations

import gzip
import re
import statistics
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from benchmarks.context import Context, Row
from benchmarks.page import FLAGS
from benchmarks.verdict import Attempt, settle
from devtools import base_database, browser
from devtools.console import Problem, say
from devtools.database import Database
from devtools.paths import NAME
from devtools.server import OdooServer

PATH = "/odoo/helpdesk-tickets"
MAX_KB, MAX_REQUESTS, MAX_RATIO = 20, 0, 1.03
LANGUAGES = {"English": "en_US", "Russian": "ru_RU"}
LOGIN = "page-{}"
WARM_UPS = 3  # Chromium keeps compiled scripts from the third page on
QUIET_MS = 2000
SIDES = ("alone", "with")
BUNDLE = re.compile(r"""(?:src|href)="(/web/assets/[^"]+)\"""")
AGENTS = """
groups = [env.ref("base.group_user").id, env.ref("helpdesk_mgmt.group_helpdesk_user").id]
agents = env["res.users"].with_context(no_reset_password=True).create([
    {"name": "Agent " + lang, "login": "page-" + lang, "password": "page-" + lang,
     "lang": lang, "group_ids": [(6, 0, groups)]}
    for lang in ("en_US", "ru_RU")
])
"""
OPERATORS = """
connection = env["callgear.connection"].create({"name": "Hotline"})
env["callgear.operator"].create([
    {"connection_id": connection.id, "employee_id": str(701000 + number),
     "name": agent.name, "user_id": agent.id}
    for number, agent in enumerate(agents)
])
"""
COMMIT = """
env.cr.commit()
print("set up")
"""
# Odoo's handlers stand as soon as the row does: what is missing is the time to run them.
OBSERVE = """
window.interactiveAt = 0;
new MutationObserver(() => {
    const row = document.querySelector(".o_list_view .o_data_row");
    if (row && !window.clicked) {
        window.clicked = true;
        row.querySelector(".o_list_record_selector input").click();
    }
    if (!window.drawing && document.querySelector(".o_data_row_selected")) {
        window.drawing = true;
        requestAnimationFrame(() => setTimeout(() => {
            window.interactiveAt = performance.now();
        }));
    }
}).observe(document, {childList: true, subtree: true, attributes: true});
"""


@dataclass(frozen=True)
class Side:
    """A server on one of the two databases."""

    base: str
    database: str

    def log_in(self, visitor: BrowserContext, lang: str) -> None:
        name = LOGIN.format(lang)
        params = {"db": self.database, "login": name, "password": name}
        address = f"{self.base}/web/session/authenticate"
        answer = visitor.request.post(address, data={"params": params}).json()
        if "error" in answer:
            raise Problem("Nobody can log in.", output=str(answer["error"]))


@dataclass(frozen=True)
class Page:
    """A page that was opened. ``requests`` are paths, without what names a version."""

    milliseconds: float
    requests: Counter = field(default_factory=Counter)


def run(context: Context) -> list[Row]:
    with ExitStack() as stack:
        sides = {
            "alone": stack.enter_context(_server(context, with_addon=False)),
            "with": stack.enter_context(_server(context, with_addon=True)),
        }
        playwright = stack.enter_context(sync_playwright())
        chromium = playwright.chromium.launch(
            executable_path=str(browser.ensure()), args=list(FLAGS)
        )
        stack.callback(chromium.close)
        rows = []
        for language in LANGUAGES:
            rows += _weigh(chromium, sides, language)
        rows += _count_requests(chromium, sides)
        for kind, visit in (("cold", _visit_cold), ("warm", _visit_warm)):
            rows += settle(
                kind, lambda k=kind, v=visit: _time(context, k, v(chromium, sides))
            )
        return rows


@contextmanager
def _server(context: Context, *, with_addon: bool) -> Iterator[Side]:
    """A server of its own on a copy of the base database, which is dropped in the end."""
    side = SIDES[with_addon]
    database = Database(context.environment, f"{context.database.name}_page_{side}")
    try:
        database.copy_from(base_database.ensure(context.environment))
        if with_addon:
            database.install(NAME, demo=False)
        script = AGENTS + (OPERATORS if with_addon else "") + COMMIT
        output = database.shell(script, "Setting up failed")
        if "set up" not in output:
            raise Problem("Setting up failed.", output=output)
        server = OdooServer(context.environment, database.name, cron_threads=0)
        with server:
            yield Side(server.url, database.name)
    finally:
        database.drop()


# ------------------------------------------------------------------------------- weight


def _weigh(chromium: Browser, sides: dict[str, Side], language: str) -> list[Row]:
    weights = {
        name: _weights(chromium, side, LANGUAGES[language])
        for name, side in sides.items()
    }
    rows = []
    for kind in weights["alone"]:
        alone, with_addon = (weights[name][kind] for name in SIDES)
        rows += [
            Row(language, f"{kind}, helpdesk alone", alone, "kB"),
            Row(language, f"{kind}, with the addon", with_addon, "kB"),
            Row(
                language, f"{kind}, more", with_addon - alone, "kB",
                target=MAX_KB if kind == "bundles" else None,
            ),
        ]  # fmt: skip
    return rows


def _weights(chromium: Browser, side: Side, lang: str) -> dict[str, float]:
    """Compressed kilobytes of what a page loads, by kind."""
    with chromium.new_context() as visitor:
        side.log_in(visitor, lang)

        def get(path: str) -> bytes:
            answer = visitor.request.get(side.base + path, timeout=300_000)
            if not answer.ok:
                raise Problem(f"{path} was answered {answer.status}.")
            return answer.body()

        page = get(PATH)
        bundles = BUNDLE.findall(page.decode())
        if len(bundles) < 2:
            raise Problem("The page names no bundles.", output=page.decode()[:2000])
        return {
            "bundles": sum(_kilobytes(get(path)) for path in bundles),
            "translations": _kilobytes(get(f"/web/webclient/translations?lang={lang}")),
            "the page itself": _kilobytes(page),
        }


def _kilobytes(content: bytes) -> float:
    return len(gzip.compress(content, 6)) / 1000


# ----------------------------------------------------------------------------- requests


def _count_requests(chromium: Browser, sides: dict[str, Side]) -> list[Row]:
    """As many as the page with fewest: what goes on in the background may add some."""
    least = {}
    for name, side in sides.items():
        with chromium.new_context() as visitor:
            side.log_in(visitor, "en_US")
            pages = [_open(visitor, side, until_idle=True) for _ in range(WARM_UPS)]
        least[name] = min(pages, key=lambda page: page.requests.total()).requests
    more = least["with"] - least["alone"]
    if more:
        say(f"   only with the addon: {', '.join(sorted(more.elements()))}")
    alone, with_addon = (least[name].total() for name in SIDES)
    return [
        Row("English", "requests, helpdesk alone", alone, ""),
        Row("English", "requests, more", with_addon - alone, "", target=MAX_REQUESTS),
    ]


# --------------------------------------------------------------------------------- time


def _visit_cold(chromium: Browser, sides: dict[str, Side]) -> dict:
    def visit(side: Side) -> float:
        with chromium.new_context() as visitor:
            side.log_in(visitor, "en_US")
            return _open(visitor, side).milliseconds

    return {name: lambda s=side: visit(s) for name, side in sides.items()}


def _visit_warm(chromium: Browser, sides: dict[str, Side]) -> dict:
    visits = {}
    for name, side in sides.items():
        visitor = chromium.new_context()  # closed with the browser
        side.log_in(visitor, "en_US")
        for _ in range(WARM_UPS):
            _open(visitor, side)
        visits[name] = lambda v=visitor, s=side: _open(v, s).milliseconds
    return visits


def _time(context: Context, kind: str, visits: dict) -> Attempt:
    """Both in turn, page by page; the ratio is the middle one of the rounds'."""
    rounds, pages = (3, 3) if context.quick else (9, 5)
    medians: dict[str, list[float]] = {name: [] for name in SIDES}
    for _ in range(rounds):
        times: dict[str, list[float]] = {name: [] for name in SIDES}
        for number in range(pages):
            for name in SIDES if number % 2 else reversed(SIDES):
                times[name].append(visits[name]())
        for name in SIDES:
            medians[name].append(statistics.median(times[name]))
    alone, with_addon = (medians[name] for name in SIDES)
    ratio = statistics.median(w / a for a, w in zip(alone, with_addon, strict=True))
    metric = "time to interactive"
    rows = [
        Row(kind, f"{metric}, helpdesk alone", statistics.median(alone), "ms"),
        Row(kind, f"{metric}, with the addon", statistics.median(with_addon), "ms"),
        Row(kind, f"{metric}, with / alone", ratio, "x", target=MAX_RATIO),
    ]
    return Attempt(rows, alone)


def _open(visitor: BrowserContext, side: Side, *, until_idle: bool = False) -> Page:
    """Opens the list of tickets; waits until it can be worked in, and longer if wanted."""
    requests: Counter = Counter()
    page = visitor.new_page()
    page.add_init_script(OBSERVE)
    page.on("request", lambda request: requests.update([_kind(request.url)]))
    page.goto(side.base + PATH, timeout=300_000)
    page.wait_for_function("window.interactiveAt", timeout=120_000)
    known = -1
    while until_idle and requests.total() != known:
        known = requests.total()
        page.wait_for_timeout(QUIET_MS)
    milliseconds = page.evaluate("window.interactiveAt")
    page.close()
    return Page(milliseconds, requests)


def _kind(address: str) -> str:
    """Which request it is: bundles have their version in the path."""
    return re.sub(r"/assets/[^/]+/", "/assets/", urlsplit(address).path)
