# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A database of their own, as the ordinary one is without helpdesk_mgmt_sla."""

import os
from pathlib import Path

import freezegun
import pytest
from freezegun import freeze_time

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.sql_db import close_db
from odoo.tools import config

from devtools import installed_database
from devtools.environment import VARIABLE, Environment

from .desk import MONDAY, Desk

# The clock stands still for the whole of a test; pytest goes on measuring.
freezegun.configure(extend_ignore_list=["_pytest.timing"])


@pytest.fixture(scope="package")
def database():
    environment = Environment.load(Path(os.environ[VARIABLE]))
    with installed_database.temporary(environment, "sla") as database:
        database.install("helpdesk_mgmt_sla")
        yield database
        Registry.delete(database.name)
        close_db(database.name)


@pytest.fixture
def env(database):
    """A transaction that leaves nothing behind."""
    # This is a database like any other: Odoo must not run its own tests on it.
    enabled, config["test_enable"] = config["test_enable"], False
    try:
        registry = Registry(database.name)
    finally:
        config["test_enable"] = enabled
    with registry.cursor() as cr:
        yield api.Environment(cr, SUPERUSER_ID, {})
        cr.rollback()


@pytest.fixture
def desk(env):
    with freeze_time(MONDAY) as clock:
        yield Desk(env, clock)
