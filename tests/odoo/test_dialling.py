# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R18 and R22: calling from Odoo, from the press of the handset to CallGear's answer."""

from odoo.exceptions import AccessError, UserError

from odoo.addons.callgear_integration.tests.builder import MARYAM, SARA, CallBuilder
from odoo.addons.callgear_integration.tests.case import tagged
from odoo.addons.callgear_integration.tools.hand import Hand, changed_by

from ..simulated_case import SimulatedCase

NUMBER = f"+{MARYAM}"
# A mnemonic of CallGear, and a word of what the agent must then be told.
REFUSALS = {
    "access_token_invalid": "key",
    "access_token_expired": "key",
    "access_token_blocked": "key",
    "ip_not_whitelisted": "address",
    "component_disabled": "plan",
    "account_inactive": "account",
    "limit_exceeded": "limit",
    "employee_not_found": "operator",
    "no_active_phone_number": "phone",
    "own_virtual_phone_number_not_allowed": "number",
    "virtual_phone_number_not_found": "number",
    "contact_in_blacklist": "list",
}


@tagged("post_install", "-at_install")
class TestDialling(SimulatedCase):
    def setUp(self):
        super().setUp()
        self.ticket = self.plain_ticket()

    def call(self, record=None, user=None, **options):
        record = record if record is not None else self.ticket
        return record.with_user(user or self.sara).action_callgear_call(**options)

    def dial(self, *args, user=None):
        return self.env["callgear.dialer"].with_user(user or self.sara).dial(*args)

    # ------------------------------------------------------------- the way

    def test_r18_from_a_ticket(self):
        """CallGear is asked to ring the agent first, with a key of ours, as outgoing."""
        self.assertIs(self.call(), False)
        [own] = self.own_calls()
        [asked] = self.asked
        self.assertEqual(str(asked.session_id), own.session_id)
        self.assertEqual(asked.order.external_id, own.external_id)
        self.assertEqual(asked.order.direction, "out")
        self.assertEqual(asked.order.contact.number, MARYAM)
        self.assertEqual(asked.order.virtual_number, "97145550100")
        self.assertEqual([o.employee_id for o in asked.order.operators], [SARA.id])
        self.assertEqual(own.origin_ticket_id, self.ticket)
        self.assertEqual(own.partner_id, self.maryam)

    def test_r19_the_agent_is_shown_it_at_once(self):
        """Before any notification: whose phone rings, and for which ticket."""
        self.call()
        [shown] = self.payloads(self.sara)
        self.assertEqual((shown["direction"], shown["dial"]), ("out", "calling_agent"))
        self.assertEqual(shown["origin_ticket"]["id"], self.ticket.id)
        self.assertEqual(shown["can"], ["hang_up"])
        self.assertEqual(self.bus_told(self.sara), shown)

    def test_r19_calling_the_contact_then_talking(self):
        """When the agent picks up, the contact has not answered yet."""
        self.call()
        [own] = self.own_calls()
        call = self.told_of(own)
        self.deliver(call.ring(SARA, 1).answer(SARA, 5))
        [shown] = self.payloads(self.sara)
        self.assertEqual(shown["dial"], "calling_contact")
        self.deliver(call.ring(None, 6).answer(None, 20))
        [shown] = self.payloads(self.sara)
        self.assertEqual(shown["dial"], "talking")
        self.assertEqual(self.own_calls(), own)
        self.assertEqual(len(own.leg_ids), 2)

    def test_r18_from_a_contact(self):
        """A call from the contact's page belongs to the contact, and to no ticket."""
        self.call(self.maryam)
        [own] = self.own_calls()
        self.assertEqual(own.partner_id, self.maryam)
        self.assertFalse(own.origin_ticket_id)

    def test_r18_from_any_phone_field(self):
        """The number as it is written there; the record may be of any model."""
        self.dial("050 555 0123", "res.company", 1)
        [own] = self.own_calls()
        self.assertEqual((own.phone, own.partner_id), (NUMBER, self.maryam))

    def test_r18_a_foreign_record_gives_nothing_away(self):
        """A ticket that the agent may not read is none for the call."""
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.ticket.write({"team_id": False, "company_id": other.id})
        self.dial(NUMBER, "helpdesk.ticket", self.ticket.id)
        self.assertFalse(self.own_calls().origin_ticket_id)
        with self.assertRaises(AccessError):
            self.call()

    # ------------------------------------------------------------- the number

    def test_r18_one_of_several_numbers(self):
        """The agent chooses among the contact's numbers."""
        self.env["callgear.partner.phone"].create(
            {"partner_id": self.maryam.id, "number": "+971501112233"}
        )
        action = self.call()
        choice = self.env[action["res_model"]].browse(action["res_id"])
        self.assertFalse(self.own_calls())
        self.assertEqual(choice.line_ids.mapped("phone"), [NUMBER, "+971501112233"])
        choice.with_user(self.sara).line_ids[1].action_call()
        self.assertEqual(self.own_calls().phone, "+971501112233")

    def test_r18_the_companys_number_too(self):
        """A contact without a number may have one of their company."""
        company = self.env["res.partner"].create(
            {"name": "Khalil Trading", "is_company": True, "phone": "+97145550200"}
        )
        self.maryam.write({"parent_id": company.id, "phone": False})
        [number] = self.maryam.with_user(self.sara).callgear_numbers()
        self.assertEqual(number["phone"], "+97145550200")
        self.assertEqual(number["name"], "Khalil Trading")

    def test_r47_a_missed_call_is_called_back_where_it_came_from(self):
        """No choice is asked for: the caller waits at the number that they called from."""
        self.maryam.phone = "+971501112233"
        missed = CallBuilder(7, "971509998877").ring(SARA, 3).leave(SARA, 20).end(20)
        self.deliver(missed)
        ticket = self.tickets()
        with changed_by(Hand.CALL):
            ticket.partner_id = self.maryam
        self.call(ticket)
        self.assertEqual(self.own_calls().phone, "+971509998877")

    def test_r54_the_contact_sees_the_number_that_they_have_called(self):
        """Not the default one, if the ticket came in on another of the account's."""
        self.env["callgear.virtual.number"].create(
            {
                "connection_id": self.connection.id,
                "number": "97145550200",
                "name": "Sales",
            }
        )
        missed = CallBuilder(7).ring(SARA, 3).leave(SARA, 20).end(20)
        told = [
            d.__class__(d.event, d.text.replace("97145550100", "97145550200"))
            for d in missed.deliveries
        ]
        self.deliver(*told)
        self.call(self.tickets())
        self.assertEqual(self.asked[-1].order.virtual_number, "97145550200")

    # ------------------------------------------------------------- refused

    def assert_nothing_left(self):
        self.assertFalse(self.own_calls())
        self.assertFalse(self.payloads(self.sara))
        self.assertEqual(self.notes(self.ticket), self.env["mail.message"])

    def test_r22_each_refusal_in_words(self):
        """What CallGear says is told at once, and no call is left hanging."""
        for mnemonic, word in REFUSALS.items():
            with self.subTest(mnemonic=mnemonic):
                self.account(api_fault=mnemonic)
                told = self.refusal(self.call)
                self.assertIn(word.lower(), told.lower())
                self.assertNotIn(mnemonic, told)
                self.assert_nothing_left()
                self.assertEqual(self.bus_told(self.sara)["state"], "ended")

    def test_r22_nobody_there(self):
        """A request that surely was not taken leaves nothing behind, either."""
        self.connection.api_url = "http://127.0.0.1:9/v4.0"
        self.assertIn("CallGear", self.refusal(self.call))
        self.assert_nothing_left()

    def test_r22_agent_who_is_no_operator(self):
        """The agent is told who can change that."""
        self.env["callgear.operator"].search([("user_id", "=", self.sara.id)]).unlink()
        with self.assertRaisesRegex(UserError, "Operators"):
            self.call()

    def test_r22_no_number(self):
        """A contact without a number, a ticket without a contact, a text that is none."""
        self.maryam.phone = False
        with self.assertRaisesRegex(UserError, "no phone number"):
            self.call()
        self.ticket.partner_id = False
        with self.assertRaisesRegex(UserError, "no phone number"):
            self.call()
        with self.assertRaisesRegex(UserError, "ask at the desk"):
            self.dial("ask at the desk")
        with self.assertRaisesRegex(UserError, "no phone number"):
            self.dial("")

    def test_r22_no_key(self):
        """Without a key there is nothing to ask with."""
        self.connection.api_key = False
        with self.assertRaisesRegex(UserError, "no API key"):
            self.call()

    def test_r22_no_virtual_number(self):
        self.connection.virtual_phone = False
        with self.assertRaisesRegex(UserError, "virtual number"):
            self.call()

    def test_r22_the_phone_rings_already(self):
        """A second press does not start a second call."""
        self.call()
        with self.assertRaisesRegex(UserError, "is already ringing"):
            self.call()
        self.assertEqual(len(self.asked), 1)

    def test_r42_only_agents_call(self):
        """A user without the helpdesk's rights has no phone here."""
        stranger = self.env["res.users"].create(
            {"name": "Stranger", "login": "cg_stranger"}
        )
        with self.assertRaises(AccessError):
            self.dial(NUMBER, user=stranger)

    def test_r42_the_key_is_in_no_message(self):
        self.account(api_fault="access_token_invalid")
        self.connection.api_key = "a-very-secret-key"
        self.assertNotIn("a-very-secret-key", self.refusal(self.call))
