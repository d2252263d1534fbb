# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R47: calling back from the list."""

from odoo import Command

from odoo.addons.callgear_integration.tests.builder import MARYAM
from odoo.addons.callgear_integration.tests.case import tagged
from odoo.addons.callgear_integration.tests.scenarios import missed

from ..simulated_case import SimulatedCase


@tagged("post_install", "-at_install")
class TestCalling(SimulatedCase):
    def setUp(self):
        super().setUp()
        call = missed(1)
        self.deliver(call)
        self.ticket = self.call_of(call).leg_ids.ticket_id

    def test_r47_calling_dials_the_number_of_the_missed_call_and_claims(self):
        self.maryam.phone = "+971505550999"  # the contact has another number as well
        self.ticket.with_user(self.sara).action_callgear_call_back()
        [own] = self.own_calls()
        self.assertEqual(own.phone, f"+{MARYAM}")
        self.assertEqual(own.origin_ticket_id, self.ticket)
        self.assertEqual(self.ticket.call_claim_user_id, self.sara)

    def test_r47_colleagues_see_who_is_calling(self):
        self.ticket.with_user(self.sara).action_callgear_call_back()
        row = self.ticket.with_user(self.omar)
        self.assertEqual(row.call_back_result, "Sara Haddad is calling")

    def test_r47_who_is_not_in_the_team_may_call_without_claiming(self):
        self.team.user_ids = [Command.unlink(self.sara.id)]
        self.ticket.with_user(self.sara).action_callgear_call_back()
        self.assertEqual(len(self.own_calls()), 1)
        self.assertFalse(self.ticket.call_claim_user_id)
