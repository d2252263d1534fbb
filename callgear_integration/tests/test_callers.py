# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R41, R45: who is on the other end."""

from .builder import MARYAM, NOBODY, OMAR, SARA, VIRTUAL, YUSUF, CallBuilder
from .case import CallgearCase, tagged
from .scenarios import HOUR, begun, incoming, missed, over


@tagged("post_install", "-at_install")
class TestRecognised(CallgearCase):
    def partner(self, **values):
        values = {"name": "Yusuf", "country_id": self.env.ref("base.ae").id, **values}
        return self.env["res.partner"].create(values)

    def caller(self, number=1, phone=YUSUF):
        return self.deliver(CallBuilder(number, phone).ring(SARA, 4)).partner_id

    def test_r41_however_it_is_written(self):
        """National, international, with signs, with words, one of several."""
        partner = self.partner()
        for number, written in enumerate(
            (
                "050 555 0177",
                "+971 50 555 0177",
                "00971505550177",
                "971505550177",
                "(050) 555-01-77",
                "+971 (0)50 555 0177",
                "tel:+971-50-555-0177",
                "050 555 0177 ext. 12",
                "04 555 0199; 050 555 0177",
                "04 555 0199 / 050 555 0177",
            )
        ):
            with self.subTest(written):
                partner.phone = written
                self.assertEqual(self.caller(number), partner)

    def test_r41_number_changed(self):
        """The old number belongs to no contact any more."""
        partner = self.partner(phone="050 555 0177")
        partner.phone = "050 555 0188"
        self.assertFalse(self.caller(1))
        self.assertEqual(self.caller(2, "971505550188"), partner)

    def test_r41_no_country_on_the_contact(self):
        """A national number without a country is of the connection's country (R1)."""
        self.env.company.country_id = self.env.ref("base.us")
        partner = self.partner(country_id=False, phone="050 555 0177")
        self.assertEqual(self.caller(), partner)

    def test_r41_from_abroad_with_a_number_of_here(self):
        """A contact's country need not be that of the number."""
        partner = self.partner(
            country_id=self.env.ref("base.us").id, phone="050 555 0177"
        )
        self.assertEqual(self.caller(), partner)

    def test_r41_connections_country_changes(self):
        """National numbers are read anew when the callers' country is corrected."""
        self.env.company.country_id = self.env.ref("base.us")
        self.connection.country_id = self.env.ref("base.us")
        partner = self.partner(country_id=False, phone="0151 23456789")
        self.assertFalse(self.caller(1, "4915123456789"))
        self.connection.country_id = self.env.ref("base.de")
        cron = self.env.ref("callgear_integration.ir_cron_sync_partner_phones")
        self.assertTrue(self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]))
        self.env["callgear.partner.phone"]._sync_with_all_partners()
        self.assertEqual(self.caller(2, "4915123456789"), partner)

    def test_r41_country_given_later(self):
        """The contact gets a country: the national number is read anew."""
        partner = self.partner(
            country_id=self.env.ref("base.fr").id, phone="01 99 00 12 34"
        )
        self.assertEqual(self.caller(1, "33199001234"), partner)

    def test_r41_archived(self):
        """An archived contact is not found until it is active again."""
        partner = self.partner(phone="050 555 0177")
        partner.active = False
        self.assertFalse(self.caller(1))
        partner.active = True
        self.assertEqual(self.caller(2), partner)

    def test_r41_other_company(self):
        """Contacts of another company are not shown; shared ones are."""
        other = self.env["res.company"].create({"name": "Other"})
        partner = self.partner(phone="050 555 0177", company_id=other.id)
        self.assertFalse(self.caller(1))
        partner.company_id = False
        self.assertEqual(self.caller(2), partner)

    def test_r41_extension_is_no_number(self):
        """A short number is no contact's, even if it is in a phone field."""
        self.partner(phone="4711")
        self.assertFalse(self.caller(1, "4711"))

    def test_r41_deleted(self):
        """The contact is deleted after the call: the call stays, without contact."""
        partner = self.partner(phone="050 555 0177")
        self.assertEqual(self.caller(1), partner)
        partner.unlink()
        self.assertFalse(self.caller(2))


@tagged("post_install", "-at_install")
class TestSeveral(CallgearCase):
    def setUp(self):
        super().setUp()
        self.second = self.env["res.partner"].create(
            {"name": "Zayed Khalil", "phone": f"+{MARYAM}"}
        )

    def payload(self, user=None):
        current = self.env["res.users"].with_user(user or self.sara)
        [state] = current.callgear_current_calls()
        return state

    def test_r45_all_are_shown(self):
        """Both contacts of the number are offered; one is taken for the caller."""
        self.deliver(begun())
        state = self.payload()
        self.assertEqual(
            {partner["id"] for partner in state["partners"]},
            {self.maryam.id, self.second.id},
        )
        self.assertEqual(state["partner"]["id"], state["partners"][0]["id"])

    def test_r45_switch(self):
        """One click switches: the call and the ticket are the other contact's."""
        self.deliver(call := incoming())
        ticket = self.tickets()
        self.assertEqual(ticket.partner_id, self.maryam)
        self.by(self.sara, call).link_partner(self.second.id)
        self.assertEqual(self.call_of(call).partner_id, self.second)
        self.assertEqual(ticket.partner_id, self.second)
        self.assertEqual(self.second.phone, f"+{MARYAM}")

    def test_r45_switched_stays(self):
        """Later notifications of the call do not switch back."""
        self.deliver(call := begun())
        self.by(self.sara, call).link_partner(self.second.id)
        self.deliver(over(call))
        self.assertEqual(self.call_of(call).partner_id, self.second)
        self.assertEqual(self.tickets().partner_id, self.second)

    def test_r45_last_spoken_to_is_likeliest(self):
        """The next call is attributed to the contact that the agent chose last time."""
        self.deliver(first := incoming(1))
        self.by(self.sara, first).link_partner(self.second.id)
        self.deliver(begun(2, HOUR))
        state = self.payload()
        self.assertEqual(state["partner"]["id"], self.second.id)
        self.assertEqual(state["partners"][0]["id"], self.second.id)

    def test_r45_spoken_to_later(self):
        """Who was spoken to later comes first, whichever was reported first."""
        self.deliver(late := incoming(2, HOUR))
        self.by(self.sara, late).link_partner(self.second.id)
        self.deliver(early := incoming(1))
        self.by(self.sara, early).link_partner(self.maryam.id)
        self.deliver(begun(3, 2 * HOUR))
        self.assertEqual(self.payload()["partner"]["id"], self.second.id)

    def test_r45_only_contacts_the_agent_may_see(self):
        """A private contact among them is not shown to an agent who may not read it."""
        other = self.env["res.company"].create({"name": "Other"})
        self.second.company_id = other
        self.deliver(begun())
        self.assertEqual(
            [p["id"] for p in self.payload()["partners"]], [self.maryam.id]
        )


@tagged("post_install", "-at_install")
class TestInternal(CallgearCase):
    def assertInternal(self, call):
        self.assertEqual((call.outcome, call.reason), ("ignored", "internal"))
        self.assertFalse(call.partner_id)
        self.assertFalse(self.tickets())
        self.assertFalse(call.leg_ids.filtered("announced"))

    def colleague(self, user):
        return self.connection.operator_ids.filtered(lambda o: o.user_id == user)

    def test_r45_by_extension(self):
        """Omar calls Sara's short number: no popup, no ticket."""
        self.assertInternal(
            self.deliver(incoming(caller=self.colleague(self.omar).extension))
        )

    def test_r45_to_an_extension(self):
        """The same the other way round, answered or not."""
        extension = self.colleague(self.omar).extension
        call = CallBuilder(1, extension, direction="out").call_out(SARA)
        call.ring(OMAR, 1).answer(OMAR, 5).leave(OMAR, 60, talk=55)
        self.assertInternal(self.deliver(call.end(60, talk=55, employee=SARA)))
        call = CallBuilder(2, extension, direction="out").call_out(SARA).ring(OMAR, 1)
        self.assertInternal(self.deliver(call.leave(OMAR, 30).end(30, employee=SARA)))

    def test_r45_own_mobile_of_a_colleague(self):
        """Numbers that are entered with an operator are not a caller's."""
        self.colleague(self.omar).phone_numbers = "050 555 0177, +971 50 555 0178"
        self.assertInternal(self.deliver(incoming(1, caller=YUSUF)))
        self.assertInternal(self.deliver(missed(2, caller="971505550178")))

    def test_r45_number_on_the_colleagues_contact(self):
        """Nor is the number that stands on the contact of a colleague's user."""
        self.omar.partner_id.phone = f"+{YUSUF}"
        self.assertInternal(self.deliver(missed(1, caller=YUSUF)))

    def test_r45_accounts_own_number(self):
        """The virtual number itself never becomes a caller."""
        self.assertInternal(self.deliver(missed(1, caller=VIRTUAL)))

    def test_r45_customer_with_the_same_short_number_elsewhere(self):
        """Another connection's extensions are not this one's."""
        other = self.connection.copy({"name": "Second account"})
        self.env["callgear.operator"].create(
            {
                "connection_id": other.id,
                "employee_id": "1",
                "name": "Far away",
                "phone_numbers": f"+{YUSUF}",
            }
        )
        call = (
            CallBuilder(1, YUSUF)
            .ring(SARA, 1)
            .leave(SARA, 9)
            .leave(NOBODY, 9, is_operator=False)
        )
        self.assertEqual(self.deliver(call.end(9)).outcome, "missed")
