# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Tests that compare need the name of the database without neighbours, too."""

import pytest

from odoo.tools import config


@pytest.fixture(scope="session")
def plain_database():
    """The database of most tests; asked for before that of the neighbours takes its place."""
    [name] = config["db_name"]
    return name


@pytest.fixture(scope="class", autouse=True)
def plain_database_of_class(plain_database, request):
    request.cls.plain_database = plain_database
