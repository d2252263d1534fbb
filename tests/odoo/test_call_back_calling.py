# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R47: calling back from the list."""

from odoo import Command
from odoo.exceptions import UserError

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

    # ------------------------------------------- claimed once the call is accepted

    def call_back(self, user=None):
        self.ticket.with_user(user or self.sara).action_callgear_call_back()

    def taken_back(self):
        return self.sent("callgear.missed")

    def test_r47_a_refused_call_back_changes_nothing(self):
        """The caller still waits for anybody, and everybody is still told so."""
        self.taken_back()
        for reason in ("access_token_invalid", "limit_exceeded"):
            with self.subTest(reason):
                self.account(api_fault=reason)
                with self.assertRaises(UserError):
                    self.call_back()
                self.assertFalse(self.ticket.call_claim_user_id)
                self.assertEqual(self.taken_back(), [])
                self.assertFalse(self.own_calls())

    def test_r47_an_accepted_call_back_takes_the_notices_back(self):
        self.taken_back()
        self.call_back()
        self.assertTrue(self.taken_back())

    def test_r47_a_ticket_claimed_before_stays_so_when_refused(self):
        self.ticket.with_user(self.sara).action_callgear_claim()
        self.account(api_fault="access_token_invalid")
        with self.assertRaises(UserError):
            self.call_back()
        self.assertEqual(self.ticket.call_claim_user_id, self.sara)

    def test_r47_two_agents_who_press_at_the_same_time_make_one_call(self):
        """The second one's look was before the first one's call."""
        looked = type(self.ticket)._callgear_check_waiting
        calls = []

        def omar_is_faster(ticket):
            looked(ticket)
            if not calls:
                calls.append(1)
                self.call_back(self.omar)

        self.patch(type(self.ticket), "_callgear_check_waiting", omar_is_faster)
        with self.assertRaisesRegex(UserError, "Omar Nasser is already on the phone"):
            self.call_back()
        self.assertEqual(self.own_calls().origin_user_id, self.omar)
        self.assertEqual(self.ticket.call_claim_user_id, self.omar)
