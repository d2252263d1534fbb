# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""S15: API addresses are https and public, unless the system administrator says otherwise."""

from odoo.exceptions import AccessError, UserError, ValidationError

from ..callgear.brands import BRANDS
from .case import tagged
from .roles import SecurityCase

INSIDE = (
    "http://127.0.0.1:8090/v4.0",
    "https://127.0.0.1/v4.0",
    "https://10.0.0.5/v4.0",
    "https://169.254.169.254/latest",
    "https://localhost/v4.0",
    "https://0x7f.1/v4.0",
    "https://2130706433/v4.0",
    "https://[::1]/v4.0",
    "https://[::ffff:10.0.0.1]/v4.0",
    "https://[fec0::1]/v4.0",
    "https://[2002:a00:1::]/v4.0",
)
STRANGERS = (
    "https://attacker.example/v4.0",
    "https://93.184.216.34/v4.0",
    "https://callapi.callgear.com.attacker.example/v4.0",
    "https://callapi.callgear.com@attacker.example/v4.0",
    "https://notcallgear.com/v4.0",
    "https://attacker.example:443#.callgear.com",
    "https://attacker.example\\.callgear.com/v4.0",
)


@tagged("post_install", "-at_install")
class TestApiPlaces(SecurityCase):
    def setUp(self):
        super().setUp()
        self.mine = self.connection.with_user(self.roles["admin"])
        self.connection.api_key = "key"

    def test_s15_a_callgear_admin_cannot_choose_an_address_inside(self):
        for url in INSIDE:
            for name in ("api_url", "data_api_url"):
                with self.subTest(url), self.assertRaises(ValidationError):
                    self.mine.write({name: url})
                with self.subTest(url), self.assertRaises(ValidationError):
                    self.mine.create({"name": "New", "tz": "UTC", name: url})
        with self.assertRaises(AccessError):
            self.mine.private_api_hosts = "127.0.0.1:8090"

    def test_s15_nobody_sends_the_key_without_tls_to_the_world(self):
        for connection in (self.mine, self.connection):
            for url in ("http://callapi.callgear.com/v4.0", "http://93.184.216.34/"):
                with self.assertRaises(ValidationError):
                    connection.api_url = url

    def test_s15_the_system_administrator_may_choose_one(self):
        """Of a simulator, or a gateway. Others may keep it, but choose no other."""
        self.connection.api_url = INSIDE[0]
        self.assertEqual(self.connection.private_api_hosts, "127.0.0.1:8090")
        self.mine.write({"api_url": "http://127.0.0.1:8090/v4.1"})
        with self.assertRaises(ValidationError):
            self.mine.api_url = "http://127.0.0.1:8091/v4.0"
        self.connection.private_api_hosts = "gateway.internal:8443"
        self.mine.api_url = "http://gateway.internal:8443/v4.0"

    def test_s14_nobody_has_the_key_sent_to_strangers(self):
        """Not the stored one, and not that of the server: whoever may not read it."""
        for url in STRANGERS:
            for name in ("api_url", "data_api_url"):
                with self.subTest(url), self.assertRaises(ValidationError):
                    self.mine.write({name: url})
                with self.subTest(url), self.assertRaises(ValidationError):
                    self.mine.create({"name": "New", "tz": "UTC", name: url})
                with self.subTest(url), self.assertRaises(ValidationError):
                    self.mine.copy({name: url})

    def test_s14_the_hosts_of_brands_are_for_all_to_choose(self):
        for brand in BRANDS:
            with self.subTest(brand):
                self.mine.brand = brand
                self.assertEqual(self.mine.api_url, BRANDS[brand].call_api)
        self.mine.api_url = "https://callapi-2.callgear.com/v4.0"

    def test_s14_what_a_system_administrator_has_entered_may_be_kept_and_used_again(
        self,
    ):
        self.connection.data_api_url = "https://reports.example/v2.0"
        self.connection.api_url = False
        self.mine.data_api_url = "https://reports.example/v2.1"
        self.connection.api_url = "https://gateway.example/v4.0"
        self.mine.api_url = "https://gateway.example/v4.1"
        self.assertTrue(self.mine.copy())
        self.mine.create(
            {"name": "New", "tz": "UTC", "data_api_url": "https://gateway.example/v2"}
        )

    def test_s15_what_was_allowed_can_be_taken_back(self):
        """It is asked again at each request, whatever stands in the field."""
        self.connection.api_url = INSIDE[0]
        self.connection._call_api()
        self.connection.private_api_hosts = False
        with self.assertRaises(UserError):
            self.connection._call_api()

    def test_s15_a_copy_has_no_private_hosts(self):
        self.connection.private_api_hosts = "127.0.0.1:8090"
        self.assertFalse(self.connection.copy().private_api_hosts)
