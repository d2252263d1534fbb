# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R18, R41: numbers are certain or refused; one line is one caller; what is hidden."""

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.callgear_integration.models import callgear_unread_number
from odoo.addons.callgear_integration.tools.phone_number import is_hidden

from .builder import SARA, CallBuilder
from .case import CallgearCase, tagged
from .roles import make_roles
from .scenarios import HOUR, incoming, missed

# The spellings of one line, as CallGear may send it and as it may be written.
LINES = {
    "mx": (
        "525512345678",
        "5215512345678",
        ("+52 1 55 1234 5678", "+52 55 1234 5678", "55 1234 5678"),
    ),
    "ar": (
        "5491123456789",
        "541123456789",
        ("+54 9 11 2345-6789", "+54 11 2345-6789", "011 15-2345-6789"),
    ),
    "br": (
        "5511987654321",
        "551187654321",
        ("+55 11 98765-4321", "+55 11 8765-4321", "(11) 8765-4321"),
    ),
    "it": (
        "390669812345",
        "39669812345",
        ("+39 06 69812345", "+39 6 69812345", "06 69812345"),
    ),
    "sm": ("3780549886377", "390549886377", ("+378 886377", "+39 0549 886377")),
}
HIDDEN = (
    "",
    "anonymous",
    "Restricted",
    "unknown",
    "private",
    "-",
    "0",
    "000",
    "sip1001",
)
VISIBLE = ("900", "5550123")


@tagged("post_install", "-at_install")
class TestNumbers(CallgearCase):
    def partner(self, **values):
        return self.env["res.partner"].create({"name": "Yusuf", **values})

    def operator(self):
        own = [("connection_id", "=", self.connection.id)]
        return self.env["callgear.operator"].search(own, limit=1)

    def country(self, code):
        return self.env.ref(f"base.{code}")

    # ----------------------------------------------------------------- dialling

    def test_r18_what_is_not_certainly_one_number_is_not_called(self):
        contact = self.partner(country_id=self.country("us").id)
        for text in (
            "(415) 522-2671 * 9",
            "(415) 522-2671 - 9",
            "415-522-2671-9",
            "(415) 522-2671 (212) 555-0123",
            "(415) 522-2671, (212) 555-0123",
            "(415) 522-2671?",
            "1-800-FLOWERS",
            "4.15522E+09",
            "522-2671",
            "+1 415 522-2671 9",
            "user4155222671",
            "",
            None,
            False,
        ):
            with self.subTest(text), self.assertRaises(UserError):
                self.connection._number_to_dial(text, contact)

    def test_r18_digits_that_are_no_part_of_the_number_are_not_called(self):
        contact = self.partner(country_id=self.country("us").id)
        for text in (
            "(415) 522-2671 x9",
            "(415) 522-2671 ext. 912",
            "(415) 522-2671 доб. 912",
            "(415) 522-2671 #912",
            "(415) 522-2671, 9",
            "4155222671.0",
            "14155222671.0",
            "4.155222671E+9",
            "Tel: (415) 522-2671 (office 2)",
            "tel:+1-415-522-2671;ext=912",
            "sip:+14155222671@example.com",
            "14155222671@c.us",
        ):
            with self.subTest(text):
                number = self.connection._number_to_dial(text, contact)
                self.assertEqual(number, "+14155222671")

    def test_r18_the_words_say_what_is_wrong(self):
        def refusal(text):
            with self.assertRaises(UserError) as caught:
                self.connection._number_to_dial(text, self.env["res.partner"])
            return str(caught.exception)

        self.assertIn("several", refusal("050 555 0123, 04 555 0100"))
        self.assertIn("certainty", refusal("050 555 0123, 04 555 01009999"))
        self.assertIn("no phone number", refusal(" "))

    def test_r52_colleagues_are_rung_at_a_certain_number(self):
        operator = self.operator()
        for extension, numbers, address in (
            ("101", False, "101"),
            ("101, 102", "050 555 0177", "101"),
            (False, "050 555 0177 ext. 2", "971505550177"),
            (False, "050 555 0177 * 2, 050 555 0178", "971505550178"),
            (False, "0288101", "0288101"),
            (False, "050 555 * 2", ""),
        ):
            with self.subTest(extension=extension, numbers=numbers):
                operator.write({"extension": extension, "phone_numbers": numbers})
                self.assertEqual(operator._address_to_ring(), address)

    # ------------------------------------------------------------------ countries

    def test_r41_connections_country_before_any_other(self):
        """With a Russian connection Moscow is neither Vietnam nor Germany."""
        self.connection.country_id = self.country("ru")
        line = self.env["callgear.virtual.number"].create(
            {
                "connection_id": self.connection.id,
                "number": "8 (499) 123-45-67",
                "name": "Moscow",
            }
        )
        self.assertEqual(line.number, "+74991234567")
        contact = self.partner(phone="8 (495) 123-45-67", country_id=False)
        for number, raw in enumerate(("84951234567", "4951234567", "74951234567"), 1):
            with self.subTest(raw):
                call = self.deliver(incoming(number, number * HOUR, caller=raw))
                self.assertEqual(call.phone, "+74951234567")
                self.assertEqual(call.partner_id, contact)

    def test_r41_international_numbers_stay_what_they_are(self):
        self.connection.country_id = self.country("ru")
        call = self.deliver(incoming(1, caller="493012345678"))
        self.assertEqual(call.phone, "+493012345678")

    def test_r41_contacts_country_before_the_connections(self):
        partner = self.partner(phone="020 7946 0123", country_id=self.country("uk").id)
        rows = self.env["callgear.partner.phone"].search(
            [("partner_id", "=", partner.id)]
        )
        self.assertEqual(rows.number, "+442079460123")

    # ------------------------------------------------------------------ one line

    def test_r41_equivalent_spellings_are_one_line(self):
        number = 0
        for code, (*told, written) in LINES.items():
            for text in written:
                partner = self.partner(phone=text, country_id=self.country(code).id)
                for raw in told:
                    number += 1
                    with self.subTest(text, raw=raw):
                        call = self.deliver(CallBuilder(number, raw).ring(SARA, 4))
                        self.assertEqual(call.partner_id, partner)
                partner.unlink()

    def test_r26_missed_calls_of_one_line_are_grouped(self):
        for number, (one, other, _written) in enumerate(LINES.values(), 1):
            with self.subTest(one):
                first = self.deliver(missed(2 * number, number * HOUR, caller=one))
                again = missed(2 * number + 1, number * HOUR + 600, caller=other)
                second = self.deliver(again)
                self.assertEqual(first.ticket_ids, second.ticket_ids)
                self.assertEqual(len(first.ticket_ids), 1)

    def test_r13_a_line_is_not_added_twice(self):
        Phone = self.env["callgear.partner.phone"]
        partner = self.partner(phone="+54 9 11 2345-6789")
        row = Phone._find_or_create(partner, "+541123456789")
        self.assertEqual(row.number, "+5491123456789")

    def test_r45_own_numbers_and_colleagues_in_any_spelling(self):
        operator = self.operator()
        operator.phone_numbers = "+54 9 11 2345-6789"
        call = self.deliver(incoming(1, caller="541123456789"))
        self.assertTrue(call.is_internal)
        self.env["callgear.virtual.number"].create(
            {
                "connection_id": self.connection.id,
                "number": "+54 9 11 2345-6780",
                "name": "Own",
            }
        )
        call = self.deliver(incoming(2, HOUR, caller="541123456780"))
        self.assertTrue(call.is_internal)

    # ------------------------------------------------------------------- hidden

    def test_t10_hidden_callers_share_nothing(self):
        tickets = self.env["helpdesk.ticket"]
        for number, raw in enumerate([*HIDDEN, *HIDDEN], 1):
            with self.subTest(raw):
                self.assertTrue(is_hidden(raw))
                call = self.deliver(missed(number, number * HOUR, caller=raw))
                self.assertEqual(call.ticket_ids.name, "Missed call from hidden number")
                self.assertFalse(call.phone)
                self.assertFalse(call.ticket_ids & tickets)
                tickets |= call.ticket_ids

    def test_t10_no_contact_is_made_of_a_hidden_number(self):
        leg = self.deliver(incoming(1, caller="anonymous")).leg_ids.filtered("user_id")
        with self.assertRaisesRegex(ValidationError, "hidden"):
            leg.with_user(self.sara).create_partner()

    def test_t10_visible_numbers_are_not_called_hidden(self):
        for number, raw in enumerate(VISIBLE, 1):
            with self.subTest(raw):
                call = self.deliver(missed(number, number * HOUR, caller=raw))
                self.assertEqual(call.ticket_ids.name, f"Missed call from {raw}")
                self.assertFalse(call.phone)
                leg = self.deliver(
                    incoming(100 + number, (10 + number) * HOUR, caller=raw)
                ).leg_ids.filtered("user_id")
                with self.assertRaises(ValidationError) as caught:
                    leg.with_user(self.sara).create_partner()
                self.assertNotIn("hidden", str(caught.exception))
                self.assertIn(raw, str(caught.exception))

    def test_t10_local_digits_are_nobodys(self):
        """Strangers who are told by local digits only do not share a ticket."""
        first = self.deliver(missed(1, caller="5550123"))
        second = self.deliver(missed(2, HOUR, caller="5550123"))
        self.assertFalse(first.ticket_ids & second.ticket_ids)


@tagged("post_install", "-at_install")
class TestPhoneFields(CallgearCase):
    """R41: any phone field of the contact, also one that is added later."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self.env.registry.clear_all_caches)

    def manual_field(self, name="x_second", **values):
        return self.env["ir.model.fields"].create(
            {
                "name": name,
                "field_description": "Second",
                "model_id": self.env["ir.model"]._get("res.partner").id,
                "ttype": "char",
                **values,
            }
        )

    def show(self, name, widget="phone", inherit="base.view_partner_form"):
        return self.env["ir.ui.view"].create(
            {
                "name": f"test {name}",
                "model": "res.partner",
                "inherit_id": self.env.ref(inherit).id,
                "arch": f"""<xpath expr="//field[@name='phone']" position="after">
                    <field name="{name}" widget="{widget}"/></xpath>""",
            }
        )

    def recognised(self, number):
        Phone = self.env["callgear.partner.phone"]
        return Phone._find_partners(self.connection, number)

    def test_r41_field_shown_with_a_phone_widget(self):
        self.manual_field()
        self.maryam["x_second"] = "050 765 0177"
        self.assertFalse(self.recognised("+971507650177"))
        cron = self.env.ref("callgear_integration.ir_cron_check_phone_fields")
        self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]).unlink()
        view = self.show("x_second")
        self.assertTrue(self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]))
        self.env["callgear.partner.phone"]._cron_check_fields()
        self.assertEqual(self.recognised("+971507650177"), self.maryam)
        self.maryam["x_second"] = "050 765 0178"
        self.assertFalse(self.recognised("+971507650177"))
        self.assertEqual(self.recognised("+971507650178"), self.maryam)
        numbers = [n["phone"] for n in self.maryam.callgear_numbers()]
        self.assertIn("+971507650178", numbers)
        view.unlink()
        self.env["callgear.partner.phone"]._cron_check_fields()
        self.assertFalse(self.recognised("+971507650178"))

    def test_r41_any_view_and_any_phone_widget(self):
        self.manual_field("x_one")
        self.manual_field("x_two")
        self.show("x_one", inherit="base.view_partner_tree")
        self.show("x_two", widget="phone_with_flag")
        self.assertLessEqual(
            {"x_one", "x_two"}, {*self.env["res.partner"]._callgear_phone_fields()}
        )

    def test_r41_attribute_set_by_an_extension(self):
        self.manual_field()
        self.show("x_second", widget="char")
        names = self.env["res.partner"]._callgear_phone_fields
        self.assertNotIn("x_second", names())
        self.env["ir.ui.view"].create(
            {
                "name": "test attribute",
                "model": "res.partner",
                "priority": 99,
                "inherit_id": self.env.ref("base.view_partner_form").id,
                "arch": """<xpath expr="//field[@name='x_second']" position="attributes">
                    <attribute name="widget">phone</attribute></xpath>""",
            }
        )
        self.assertIn("x_second", names())

    def test_r41_manual_field_called_a_phone(self):
        self.manual_field("x_whatsapp_phone")
        partner = self.env["res.partner"].create(
            {"name": "New", "x_whatsapp_phone": "+971507650177"}
        )
        self.assertEqual(self.recognised("+971507650177"), partner)

    def test_r41_fields_of_other_models_are_not_read(self):
        self.manual_field("x_model_phone", ttype="integer")
        self.assertNotIn(
            "x_model_phone", self.env["res.partner"]._callgear_phone_fields()
        )

    def test_r41_related_field(self):
        """It changes although nobody writes it."""
        for store in (False, True):
            name = f"x_boss_{'stored' if store else 'computed'}_phone"
            with self.subTest(name):
                self.manual_field(name, related="parent_id.phone", store=store)
                boss = self.env["res.partner"].create({"name": "Boss"})
                child = self.env["res.partner"].create(
                    {"name": "Child", "parent_id": boss.id}
                )
                boss.phone = "+971507650177"
                self.assertEqual(self.recognised("+971507650177"), boss | child)
                boss.phone = False
                self.assertFalse(self.recognised("+971507650177"))

    def test_r13_r41_computed_field_of_a_merged_contact(self):
        """A number that nobody writes stays known as well, also if it is not told of."""
        self.manual_field(
            "x_computed_phone",
            compute="for record in self: record['x_computed_phone'] = record.ref",
            store=False,
        )
        numbers = ("+971507650177", "+971507650178")
        target, source = self.env["res.partner"].create(
            [{"name": "Twin", "ref": number} for number in numbers]
        )
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((target | source).ids, target)
        self.env.invalidate_all()
        for number in numbers:
            self.assertEqual(self.recognised(number), target)

    def test_r41_all_contacts_are_read_once_for_a_new_field(self):
        Phone = self.env["callgear.partner.phone"]
        Phone._cron_check_fields()
        self.patch(
            type(Phone),
            "_sync_with_all_partners",
            lambda self: self.fail("nothing is new"),
        )
        Phone._cron_check_fields()


@tagged("post_install", "-at_install")
class TestUnread(CallgearCase):
    """R41: what cannot be read is listed for the administrator."""

    def setUp(self):
        super().setUp()
        self.roles = make_roles(self.env)
        self.admin = self.env["res.users"].create(
            {
                "name": "Adam",
                "login": "adam",
                "group_ids": [
                    Command.link(
                        self.env.ref("callgear_integration.group_callgear_manager").id
                    )
                ],
            }
        )

    def rows(self, partner, user=None):
        Unread = self.env["callgear.unread.number"].with_user(user or self.admin)
        return Unread.search([("partner_id", "=", partner.id)])

    def test_r41_listed_until_mended(self):
        self.maryam.phone = "050 555 * 12"
        row = self.rows(self.maryam)
        self.assertEqual(row.text, "050 555 * 12")
        self.assertEqual(row.field_id.name, "phone")
        self.maryam.phone = "050 555 * 123"
        self.assertEqual(self.rows(self.maryam).text, "050 555 * 123")
        self.maryam.phone = "050 555 0177"
        self.assertFalse(self.rows(self.maryam))

    def test_r41_the_good_one_of_two_is_read_the_other_listed(self):
        self.maryam.phone = "050 555 0177, 050 555 017777"
        numbers = self.env["callgear.partner.phone"].search(
            [("partner_id", "=", self.maryam.id)]
        )
        self.assertEqual(numbers.mapped("number"), ["+971505550177"])
        self.assertTrue(self.rows(self.maryam))

    def test_r41_emptied(self):
        self.maryam.phone = "ask Sara"
        self.assertTrue(self.rows(self.maryam))
        self.maryam.phone = False
        self.assertFalse(self.rows(self.maryam))

    def test_r41_all_contacts_are_read_anew(self):
        self.maryam.phone = "ask Sara"
        self.env["callgear.unread.number"].search([]).unlink()
        self.env["callgear.partner.phone"]._sync_with_all_partners()
        self.assertTrue(self.rows(self.maryam))

    def test_r42_only_for_administrators(self):
        for name, user in self.roles.items() - {("admin", self.roles["admin"])}:
            with self.subTest(name), self.assertRaises(AccessError):
                self.rows(self.maryam, user)

    def test_r42_only_of_contacts_that_they_may_read(self):
        self.maryam.phone = "ask Sara"
        other = self.env["res.company"].create({"name": "Other"})
        self.maryam.company_id = other
        self.assertFalse(self.rows(self.maryam))
        self.maryam.company_id = False
        rule = self.env["ir.rule"].create(
            {
                "name": "not Maryam",
                "model_id": self.env["ir.model"]._get("res.partner").id,
                "domain_force": f"[('id', '!=', {self.maryam.id})]",
            }
        )
        self.assertFalse(self.rows(self.maryam))
        rule.active = False
        self.assertTrue(self.rows(self.maryam))

    def test_r41_the_list_is_bounded(self):
        self.patch(callgear_unread_number, "MAX_ROWS", 3)
        self.env["callgear.unread.number"].search([]).unlink()
        self.env["res.partner"].create(
            [{"name": "Many", "phone": f"ask {number}"} for number in range(9)]
        )
        self.assertEqual(self.env["callgear.unread.number"].search_count([]), 3)
