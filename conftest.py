# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""What pytest needs to run Odoo tests from outside of an addon; see bin/test."""

import os
import threading
from contextlib import contextmanager

import freezegun
import pytest

from devtools import installed_database, sharing
from devtools.database import Database
from devtools.environment import Environment
from devtools.neighbours_database import temporary as neighbours_database_of
from devtools.paths import ROOT
from tests import effort

ALLOWED_SKIP = "allowed: "
TIMELESS = (
    "babel.",
    "cryptography.",
    "docutils.",
    "hypothesis.",
    "lxml.",
    "openpyxl.",
    "PIL.",
    "pygments.",
    "reportlab.",
    "xlsxwriter.",
)
FULL = ROOT / "tests" / "full"
# Seconds for each test with --full.
LONG = 3600


def pytest_addoption(parser):
    parser.addoption(
        "--full",
        action="store_true",
        help="also run what takes long: tests/full, and tests marked so",
    )
    parser.addoption(
        "--seeds",
        help="histories for tests/oracle: one seed, or the first-last of many",
    )


def pytest_ignore_collect(collection_path, config):
    """Leave tests/full out, unless it is asked for."""
    if collection_path == FULL and not config.getoption("full"):
        return True
    return None


def pytest_collection_modifyitems(config, items):
    """Leave out what takes long, unless it is asked for; then it has the time."""
    if config.getoption("full"):
        for item in items:
            if not item.get_closest_marker("timeout"):
                item.add_marker(pytest.mark.timeout(LONG))
        return
    left = [item for item in items if item.get_closest_marker("full")]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in left]


def pytest_configure(config):
    effort.choose(config.getoption("full"))
    config.addinivalue_line("markers", "full: takes long, runs with --full only")
    if not os.environ.get("ODOO_RC"):
        raise pytest.UsageError("no Odoo is set up: start the tests with bin/test")
    from odoo.tests.common import BaseCase

    from odoo.addons.base.models import res_users

    # Users made up for a test need no strong hash of a password, which takes a third of
    # a second each.
    res_users.MIN_ROUNDS = 1
    # Where a test stops the clock, pytest goes on measuring. All modules are searched for
    # the time then, but for those that do not need it.
    freezegun.configure(extend_ignore_list=["_pytest.timing", *TIMELESS])
    # Odoo gives these to the tests below odoo.addons only.
    BaseCase.test_tags = {"standard", "at_install"}
    BaseCase.test_module = "callgear_integration"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return sharing.scheduler(config, log)


@pytest.fixture(scope="session", autouse=True)
def load_registry():
    """Instead of pytest-odoo's, which gives all databases of a process one file store.

    Processes that test side by side have a database each, dropped in the end.
    """
    from odoo.modules.registry import Registry
    from odoo.tools import config

    threading.current_thread().testing = True
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    [name] = config["db_name"]
    if not worker:
        Registry(name)
        yield
        return
    environment = Environment.load()
    own = Database(environment, f"{name}_{worker}")
    try:
        own.copy_from(Database(environment, name))
        config["db_name"], config["dbfilter"] = [own.name], f"^{own.name}$"
        Registry(own.name)
        yield
    finally:
        own.drop()


@contextmanager
def _loaded(name):
    """Have Odoo load a database, without running its own tests, and forget it again."""
    from odoo.modules.registry import Registry
    from odoo.sql_db import close_db
    from odoo.tools import config

    enabled, config["test_enable"] = config["test_enable"], False
    try:
        Registry(name)
    finally:
        config["test_enable"] = enabled
    yield
    Registry.delete(name)
    close_db(name)


@pytest.fixture(scope="session")
def sla_database():
    """A second database, with helpdesk_mgmt_sla and the bridge to it; its name.

    It has base_automation as well: where there are no rules, that does nothing.
    """
    with installed_database.temporary(Environment.load(), "sla") as database:
        database.install("helpdesk_mgmt_sla", "base_automation")
        with _loaded(database.name):
            yield database.name


@pytest.fixture(scope="session")
def neighbours_database():
    """A third one, with all neighbours; its name."""
    with neighbours_database_of(Environment.load()) as database:
        with _loaded(database.name):
            yield database.name


@pytest.fixture(scope="module", autouse=True)
def database_of_tests(request):
    """Tests that need other addons run on the database in which these are installed."""
    fixture = sharing.database(request.path)
    if not fixture:
        yield
        return
    from odoo.tools import config

    before = {key: config[key] for key in ("db_name", "dbfilter")}
    name = request.getfixturevalue(fixture)
    config["db_name"], config["dbfilter"] = [name], f"^{name}$"
    yield
    for key, value in before.items():
        config[key] = value


def _forbid_skip(report):
    """Turns a skip into a failure: a run that left tests out must not look green.

    ``pytest.skip("allowed: why")`` stays a skip.
    """
    if not report.skipped or hasattr(report, "wasxfail"):
        return
    place = report.longrepr
    reason = str(place[2] if isinstance(place, tuple) else place)
    reason = reason.removeprefix("Skipped: ")
    if not reason.startswith(ALLOWED_SKIP):
        report.outcome = "failed"
        report.longrepr = (
            f"Unexpected skip: {reason}\n"
            f'Correct what keeps it from running, or skip with "{ALLOWED_SKIP}<why>".'
        )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    _forbid_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    report = yield
    _forbid_skip(report)
    return report
