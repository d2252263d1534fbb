# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R47: calling back from the list."""

from datetime import timedelta

from odoo import Command, fields
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

        def omar_is_faster(ticket, call):
            looked(ticket, call)
            if not calls:
                calls.append(1)
                self.call_back(self.omar)

        self.patch(type(self.ticket), "_callgear_check_waiting", omar_is_faster)
        with self.assertRaisesRegex(UserError, "Omar Nasser is already on the phone"):
            self.call_back()
        self.assertEqual(self.own_calls().origin_user_id, self.omar)
        self.assertEqual(self.ticket.call_claim_user_id, self.omar)

    # ------------------------------------------- nobody is called twice in a minute

    def attempt(self, seconds_ago, reason="unanswered", agent=None):
        """Omar has called them back a moment ago, and it is over."""
        began = fields.Datetime.now() - timedelta(seconds=seconds_ago)
        call = self.env["callgear.call"].create(
            {
                "connection_id": self.connection.id,
                "direction": "out",
                "phone": f"+{MARYAM}",
                "origin_user_id": (agent or self.omar).id,
                "started_at": began,
                "state": "ended",
                "reason": reason,
            }
        )
        self.env.flush_all()
        return call

    def test_r47_whom_a_colleague_has_just_called(self):
        self.attempt(20)
        with self.assertRaisesRegex(UserError, "Omar Nasser called Maryam Khalil less"):
            self.call_back()
        self.assertFalse(self.own_calls().filtered(lambda c: c.state != "ended"))

    def test_r47_a_minute_later_they_may_be_called_again(self):
        self.attempt(61)
        self.call_back()
        self.assertEqual(
            len(self.own_calls().filtered(lambda c: c.state != "ended")), 1
        )

    def test_r47_the_same_agent_may_try_again(self):
        self.attempt(20, agent=self.sara)
        self.call_back()
        self.assertEqual(
            len(self.own_calls().filtered(lambda c: c.state != "ended")), 1
        )

    def test_r47_a_phone_that_never_rang_was_not_called(self):
        self.attempt(20, "agent_absent")
        self.call_back()
        self.assertEqual(
            len(self.own_calls().filtered(lambda c: c.state != "ended")), 1
        )

    def test_r47_a_call_of_another_company_is_no_ones_business(self):
        """It may have a customer with the same number."""
        other = self.env["res.company"].create({"name": "Elsewhere"})
        channel = self.connection.channel_id.copy({"company_id": other.id})
        elsewhere = self.connection.copy(
            {"company_id": other.id, "team_id": False, "channel_id": channel.id}
        )
        self.attempt(20).write({"connection_id": elsewhere.id, "company_id": other.id})
        self.env.flush_all()
        self.call_back()
        self.assertEqual(
            len(self.own_calls().filtered(lambda c: c.state != "ended")), 1
        )

    def test_r47_a_caller_with_two_numbers_is_dialled_by_one_agent_at_once(self):
        """Whichever number is dialled, the second agent waits for the first one."""
        dialer, numbers = self.env["callgear.dialer"], (f"+{MARYAM}", "+971505550999")
        first, second = (
            set(dialer._keys_of_caller(number, self.plain_ticket(partner_id=contact)))
            for number, contact in zip(numbers, [self.maryam.id] * 2, strict=True)
        )
        self.assertEqual(first & second, {str(("partner_id", "=", self.maryam.id))})

    def test_r47_the_caller_of_a_missed_call_is_locked_by_all_that_is_known_of_them(
        self,
    ):
        keys = self.env["callgear.dialer"]._keys_of_caller("+971505550999", self.ticket)
        self.assertEqual(keys[0], self.ticket.id)
        for key in self.call_of(missed(1))._caller_keys():
            self.assertIn(str(key), keys)
        self.assertEqual(keys[1:], sorted(keys[1:]))
