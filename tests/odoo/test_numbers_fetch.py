# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R54: the account's virtual numbers are listed by themselves."""

from odoo.exceptions import AccessError, UserError

from odoo.addons.callgear_integration.callgear.data_api import VirtualNumber
from odoo.addons.callgear_integration.tests.case import tagged
from odoo.addons.callgear_integration.tests.roles import make_roles

from ..setup_case import SetupCase

HOTLINE, SUPPORT = "+97145550100", "+97145550200"


@tagged("post_install", "-at_install")
class TestNumbersFetch(SetupCase):
    def fetch(self):
        """Press *Fetch Numbers*; return what is said."""
        return self.connection.action_fetch_virtual_numbers()["params"]["message"]

    def names(self):
        return {line.number: line.name for line in self.connection.virtual_number_ids}

    def list_number(self, number, name):
        values = {"connection_id": self.connection.id, "number": number, "name": name}
        return self.env["callgear.virtual.number"].create(values)

    def test_r54_missing_numbers_are_added(self):
        message = self.fetch()
        self.assertEqual(self.names().keys(), {HOTLINE, SUPPORT})
        self.assertIn("Added", message)
        self.assertIn(SUPPORT, message)

    def test_r54_a_name_given_here_stays(self):
        self.list_number(HOTLINE, "Our hotline")
        self.fetch()
        self.assertEqual(self.names()[HOTLINE], "Our hotline")

    def test_r54_second_time_nothing_is_added(self):
        self.fetch()
        self.assertIn("listed already", self.fetch())
        self.assertEqual(len(self.connection.virtual_number_ids), 2)

    def test_r54_what_the_account_no_longer_has_is_told_and_stays(self):
        self.list_number("+97145559999", "Old office")
        message = self.fetch()
        self.assertIn("Old office (+97145559999)", message)
        self.assertIn("+97145559999", self.names())

    def test_r54_nothing_is_called_gone_if_not_all_can_be_read(self):
        self.list_number(HOTLINE, "Our hotline")
        self.change(api_fault="damaged", api_fault_method="get.virtual_numbers")
        message = self.fetch()
        self.assertIn("1 numbers that CallGear returned cannot be read", message)
        self.assertNotIn("no longer", message)

    def test_r54_a_number_without_a_name_is_called_by_itself(self):
        told = [self.told("97145550100"), self.told("97145550200", "Sales")]
        added, _gone = self.connection._add_virtual_numbers(told)
        self.assertEqual(added.mapped("name"), [HOTLINE, "Sales"])

    def test_r54_what_is_no_phone_number_is_left_out(self):
        told = [self.told(phone) for phone in (None, "", "0288122", "sip:x", "9" * 60)]
        added, _gone = self.connection._add_virtual_numbers(told)
        self.assertFalse(added)

    def told(self, phone, name=None):
        """A number as CallGear tells of it."""
        return VirtualNumber(id="1", phone=phone, name=name)

    def test_r4_refusal_is_said_in_words(self):
        self.change(api_ip_allowed=False)
        with self.assertRaisesRegex(UserError, "Security → API"):
            self.fetch()

    def test_r4_missing_key_is_said_in_words(self):
        self.connection.api_key = False
        with self.assertRaisesRegex(UserError, "no API key"):
            self.fetch()

    def test_r54_only_the_admin_fetches(self):
        roles = make_roles(self.env)
        for role in ("own", "team_member", "all", "manager", "internal", "portal"):
            with self.assertRaises(AccessError):
                self.connection.with_user(roles[role]).action_fetch_virtual_numbers()
