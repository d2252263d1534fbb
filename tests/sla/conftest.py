# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The database with helpdesk_mgmt_sla, see conftest.py at the root."""

import pytest

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry


@pytest.fixture
def env(sla_database):
    """A transaction that leaves nothing behind."""
    with Registry(sla_database).cursor() as cr:
        yield api.Environment(cr, SUPERUSER_ID, {})
        cr.rollback()
