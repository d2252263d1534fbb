# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R1: the region or brand fills in both addresses, which stay free to edit."""

from odoo.tests import Form

from .case import CallgearCase, tagged


@tagged("post_install", "-at_install")
class TestBrand(CallgearCase):
    def test_r1_a_new_connection_is_callgears(self):
        self.assertEqual(self.connection.brand, "callgear")

    def test_r1_brand_fills_in_both_addresses(self):
        with Form(self.connection) as form:
            form.brand = "uis"
            self.assertEqual(form.api_url, "https://callapi.uiscom.ru/v4.0")
        self.assertEqual(self.connection.data_api_url, "https://dataapi.uiscom.ru/v2.0")

    def test_r1_an_address_of_ones_own_belongs_to_no_brand(self):
        with Form(self.connection) as form:
            form.brand = "novofon"
            form.data_api_url = "https://proxy.example.com/v2.0"
            self.assertFalse(form.brand)
        self.assertFalse(self.connection.brand)
        self.assertEqual(
            self.connection.api_url, "https://callapi-jsonrpc.novofon.ru/v4.0"
        )

    def test_r1_brand_is_told_by_the_addresses(self):
        self.connection.write(
            {
                "api_url": "https://callapi.callgear.ae/v4.0/",
                "data_api_url": "https://dataapi.callgear.ae/v2.0",
            }
        )
        self.assertEqual(self.connection.brand, "callgear_ae")

    def test_r1_brand_is_written_by_clients_too(self):
        self.connection.brand = "comagic"
        self.assertEqual(self.connection.api_url, "https://callapi.comagic.ru/v4.0")
