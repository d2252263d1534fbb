# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""These tests run on a database with automation rules, see conftest.py at the root."""

import pytest

from odoo.tools import config


@pytest.fixture(scope="session")
def automation_database(database_with):
    """The name of a database with base_automation."""
    with database_with("base_automation") as name:
        yield name


@pytest.fixture(scope="module", autouse=True)
def database_of_tests(automation_database):
    name, config["db_name"] = config["db_name"], [automation_database]
    yield
    config["db_name"] = name
