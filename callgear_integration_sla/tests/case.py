# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Tests of a helpdesk whose clock stands still unless they move it."""

from freezegun import freeze_time

from odoo.tests import TransactionCase

from .desk import MONDAY, Desk


class SlaCase(TransactionCase):
    def setUp(self):
        super().setUp()
        clock = self.enterContext(freeze_time(MONDAY))
        self.desk = Desk(self.env, clock)
