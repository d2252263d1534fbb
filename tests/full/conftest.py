# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A server whose pages run Odoo's own JavaScript tests."""

import pytest
from playwright.sync_api import sync_playwright

from devtools import browser, installed_database
from devtools.environment import Environment
from devtools.server import OdooServer

from ..browser.stage import FLAGS, unlimited_memory

# As Odoo's own runs of these tests have it.
SCREENS = {
    "desktop": {"viewport": {"width": 1366, "height": 768}},
    "mobile": {"viewport": {"width": 375, "height": 667}, "has_touch": True},
}


@pytest.fixture(scope="session")
def environment():
    return Environment.load()


@pytest.fixture(scope="session")
def server(environment):
    with installed_database.temporary(environment, "full", bundles=True) as database:
        with OdooServer(environment, database.name, cron_threads=0) as server:
            yield server


@pytest.fixture(scope="session")
def chromium():
    with unlimited_memory(), sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=str(browser.ensure()), args=list(FLAGS)
        )
        yield chromium
        chromium.close()


@pytest.fixture
def context(server, chromium, preset):
    """An admin at a desktop or with a phone."""
    context = chromium.new_context(
        base_url=server.url, locale="en-US", **SCREENS[preset]
    )
    params = {"db": server.database, "login": "admin", "password": "admin"}
    context.request.post("/web/session/authenticate", data={"params": params})
    yield context
    context.close()
