# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Odoo with the demo's agents, the simulated PBX that calls them, their browsers."""

import resource
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests
from playwright.sync_api import expect, sync_playwright

from devtools import browser, demo_database
from devtools.server import OdooServer
from simulator.server import Server
from simulator.settings import Settings

from ..waiting import wait_until

SARA, OMAR, LINA = 701234, 701235, 701236
POPUP = ".o-callgear-CallPopup"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)
# Before the web client stands there is no root to ask: that is not an error.
CONNECTED = (
    "odoo.__WOWL_DEBUG__?.root?.env.services.bus_service?.workerState === 'CONNECTED'"
)
# What a browser says of a server that is not there at the moment.
NETWORK = ("net::ERR_", "WebSocket connection to", "Connection to", "ConnectionLost")
# The first page of a fresh server takes as long as its bundles do.
PATIENCE_MS = 20_000


class Stage:
    """All that two agents need to be called; a context manager.

    :param Database database: with the addon and its demo data
    """

    def __init__(self, database, workers=0, **settings):
        self.database = database
        self.server = OdooServer(database.environment, database.name, workers=workers)
        self.settings = {"recording_delay": 0.5, **settings}
        self._cleanup = ExitStack()

    def __enter__(self):
        with self._cleanup:
            self.simulator = self._cleanup.enter_context(
                Server(Settings(**self.settings))
            )
            address = urlsplit(self.simulator.url).netloc
            webhook_url = demo_database.configure(
                self.database, self.server.url, address
            )
            self._cleanup.callback(self.server.stop)
            self.server.start()
            self.deliver_to(webhook_url)
            with unlimited_memory():
                playwright = self._cleanup.enter_context(sync_playwright())
                self.browser = playwright.chromium.launch(
                    executable_path=str(browser.ensure()), args=list(FLAGS)
                )
            self._cleanup.callback(self.browser.close)
            expect.set_options(timeout=PATIENCE_MS)
            self._cleanup = self._cleanup.pop_all()
        return self

    def __exit__(self, *error):
        self._cleanup.close()

    def deliver_to(self, webhook_url):
        """Have the PBX send its notifications to this address."""
        self.webhook_url = webhook_url
        self.ask("PUT", "settings", webhook_url=webhook_url)

    def ring(self, *operators, caller, scenario="live-group", **order):
        """Somebody calls; return the call, to be played by hand."""
        order = {
            "scenario": scenario,
            "caller": caller,
            "operators": operators,
            **order,
        }
        return Call(self, self.ask("POST", "calls", **order)["session_id"])

    def is_left_to_do(self, session):
        """Whether Odoo has not yet worked on what it was told of a call."""
        return self.database.environment.sql(
            self.database.name,
            "SELECT id FROM callgear_event WHERE state = 'pending' "
            f"AND next_attempt_at IS NULL AND session_id = '{int(session)}'",
        )

    def agent(self, login, **options):
        """A browser of a user's own, logged in."""
        return Agent(self, login, **options)

    def ask(self, method, path, **body):
        with requests.Session() as http:
            http.trust_env = False
            url = f"{self.simulator.url}/api/{path}"
            answer = http.request(
                method, url, json=None if method == "GET" else body, timeout=30
            )
        assert answer.ok, answer.text
        return answer.json()


@contextmanager
def unlimited_memory():
    """Odoo limits the addresses of its process; a browser started by it needs more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@dataclass
class Call:
    """A call at the PBX: what people do on their phones."""

    stage: Stage
    session: int

    def _press(self, action, **data):
        self.stage.ask("POST", f"calls/{self.session}/{action}", **data)

    def answer(self, operator):
        self._press("answer", employee_id=operator)

    def transfer(self, to):
        """Attended: who passes the call on stays until they hang up."""
        self._press("transfer", to=to, mode="attended")

    def hang_up(self, operator=None):
        """One operator hangs up; without one, the caller does."""
        self._press("hangup", **({"employee_id": operator} if operator else {}))

    def over(self):
        """End it, if nobody has, and wait until Odoo knows all there is to say."""
        path = f"calls/{self.session}"
        call = self.stage.ask("GET", path)
        if call["live"] and call["state"] != "ended":
            self.hang_up()
        wait_until(lambda: self.stage.ask("GET", path)["done"])
        wait_until(lambda: not self.stage.is_left_to_do(self.session))


class Agent:
    """A user and their browser; errors in its pages are kept."""

    def __init__(self, stage, login, width=1366, height=768, **options):
        self.stage, self.login = stage, login
        self.errors = []
        self._expects_no_server = False
        self.context = stage.browser.new_context(
            base_url=stage.server.url,
            viewport={"width": width, "height": height},
            **{"locale": "en-US", "timezone_id": "Asia/Dubai", **options},
        )
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.on("page", self._watch)
        session = self._post(
            "/web/session/authenticate",
            db=stage.database.name,
            login=login,
            password=login,
        )
        self.id = session["uid"]

    def open(self, path="/odoo/helpdesk-tickets"):
        """A new tab, ready to be told of calls."""
        page = self.context.new_page()
        page.goto(path)
        self.settled(page)
        return page

    @staticmethod
    def settled(page):
        """Wait until a page is drawn and hears of calls."""
        page.wait_for_selector(".o_action_manager > .o_action")
        page.wait_for_function(CONNECTED)

    def call(self, model, method, *args, **kwargs):
        """Call a method of a model as this user."""
        path = f"/web/dataset/call_kw/{model}/{method}"
        return self._post(path, model=model, method=method, args=args, kwargs=kwargs)

    @contextmanager
    def without_server(self):
        """In this block the server may be away: errors in the browser are expected."""
        self._expects_no_server = True
        try:
            yield
        finally:
            self._expects_no_server = False

    def leave(self):
        """Close the tabs; the browser stays."""
        for page in self.context.pages:
            page.close()

    def be_done(self):
        """Finish the notes of calls that are over: else each page opens with them."""
        legs = self.call("res.users", "callgear_current_calls")
        for leg in legs:
            if leg["note"]:
                self.call("callgear.leg", "finish_note", [leg["id"]])

    def close(self):
        self.context.close()

    def _post(self, path, **params):
        answer = self.context.request.post(path, data={"params": params})
        result = answer.json()
        assert "error" not in result, result["error"]
        return result.get("result")

    def _watch(self, page):
        page.on(
            "pageerror", lambda error: self._note(f"{error.message}\n{error.stack}")
        )
        page.on("console", lambda said: said.type == "error" and self._note(said.text))

    def _note(self, text):
        if not (self._expects_no_server and any(words in text for words in NETWORK)):
            self.errors.append(f"{self.login}: {text}")
