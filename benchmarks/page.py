# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""An agent's page in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import requests
from playwright.sync_api import Page, sync_playwright

from devtools import browser
from devtools.server import OdooServer

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def agents_page(server: OdooServer, login: str) -> Iterator[Page]:
    """The list of tickets of a user whose password is the login."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=str(browser.ensure()), args=list(FLAGS)
        )
        page = chromium.new_page()
        _log_in(page, server, login)
        page.goto(f"{server.url}/odoo/helpdesk-tickets")
        page.wait_for_selector(".o_list_view", timeout=120_000)
        yield page
        chromium.close()


def _log_in(page: Page, server: OdooServer, login: str) -> None:
    params = {"db": server.database, "login": login, "password": login}
    session = requests.Session()
    session.post(
        f"{server.url}/web/session/authenticate", json={"params": params}, timeout=60
    ).raise_for_status()
    value = session.cookies["session_id"]
    cookie = {"name": "session_id", "value": value, "url": server.url}
    page.context.add_cookies([cookie])
