# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What an admin does on the set-up page, in a browser."""

from odoo.tests import HttpCase

from odoo.addons.callgear_integration.tests.builder import SARA
from odoo.addons.callgear_integration.tests.case import tagged

from ..setup_case import SetupCase


@tagged("post_install", "-at_install")
class TestSetUpTour(SetupCase, HttpCase):
    def test_set_up(self):
        """R4, R5, R54: test the connection, fetch the operators, fetch the numbers"""
        self.operator(SARA.id).unlink()
        self.env.flush_all()
        self.start_tour(
            f"/odoo/callgear.connection/{self.connection.id}",
            "callgear_set_up",
            login=self.admin.login,
            timeout=60,
        )
        self.env.invalidate_all()
        self.assertEqual(self.operator(SARA.id).user_id, self.sara)
        self.assertEqual(len(self.connection.virtual_number_ids), 2)
