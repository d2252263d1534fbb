# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R2, R4: whether CallGear's notifications can arrive, as far as we can tell."""

from odoo.addons.callgear_integration.wizards.callgear_connection_check import RIGHT
from odoo.addons.callgear_integration.wizards.connection_probe import (
    Facts,
    ask_webhook,
)

from .audio_host import AudioHost
from .case import CallgearCase, tagged
from .http_case import CallgearHttpCase

PUBLIC = "https://desk.example.com"


@tagged("post_install", "-at_install")
class TestWebhookAddress(CallgearCase):
    def told(self, base, answer):
        """The lines of the test for a public address that has answered so."""
        self.env["ir.config_parameter"].set_param("web.base.url", base)
        check = self.env["callgear.connection.check"]
        return check._check_webhook(self.connection, Facts(webhook=answer))

    def assertWarning(self, result, *words):
        self.assertEqual(result.state, "warning", result)
        for word in words:
            self.assertIn(word, f"{result.found} {result.advice}")

    def test_r2_answers_as_it_should(self):
        self.assertEqual(self.told(PUBLIC, 405).state, "ok")

    def test_r2_only_this_network_knows_it(self):
        for base in (
            "http://127.0.0.1:8069",
            "http://localhost:8069",
            "https://10.1.2.3",
            "https://[fd00::1]",
            "https://odoo",
            "https://odoo.local",
        ):
            with self.subTest(base):
                self.assertWarning(self.told(base, None), base, "web.base.url")

    def test_r2_what_only_this_network_knows_is_not_asked(self):
        host = AudioHost()
        self.addCleanup(host.close)
        self.env["ir.config_parameter"].set_param("web.base.url", host.url(""))
        self.connection.api_key = False
        self.connection.action_test_connection()
        self.assertEqual(host.asked, [])

    def test_r2_not_encrypted(self):
        self.assertWarning(self.told("http://desk.example.com", 405), "HTTPS")

    def test_r2_which_database_is_not_known(self):
        self.assertWarning(self.told(PUBLIC, 404), "dbfilter")

    def test_r2_a_proxy_answers(self):
        self.assertWarning(self.told(PUBLIC, 403), "403", "/callgear/")

    def test_r2_no_answer_may_be_in_order(self):
        self.assertWarning(self.told(PUBLIC, "timeout"), "five seconds")
        self.assertWarning(self.told(PUBLIC, "unreachable"), "cannot reach")

    def test_r2_certificate(self):
        self.assertWarning(self.told(PUBLIC, "certificate"), "certificate")

    def test_r42_the_token_is_not_shown(self):
        for answer in (404, 405, "timeout"):
            self.assertNotIn(self.connection.token, str(self.told(PUBLIC, answer)))

    def test_r2_archived_connection_of_a_neutralised_copy(self):
        self.connection.token = False
        self.assertEqual(self.told(PUBLIC, None).state, "error")


@tagged("post_install", "-at_install")
class TestAsking(CallgearHttpCase):
    def setUp(self):
        super().setUp()
        self.host = AudioHost()
        self.addCleanup(self.host.close)

    def test_r2_get_is_answered_with_405(self):
        """What the test of the address relies on"""
        self.assertEqual(self.send("end", b"", method="GET").status_code, RIGHT)

    def test_r2_status_is_what_counts(self):
        url = self.host.put("/a", (405, {}, b"Method Not Allowed"))
        self.assertEqual(ask_webhook(url), RIGHT)

    def test_r2_redirects_are_not_followed(self):
        target = self.host.put("/b", (405, {}, b""))
        url = self.host.put("/a", (302, {"Location": target}, b""))
        self.assertEqual(ask_webhook(url), 302)
        self.assertEqual(self.host.asked, ["/a"])

    def test_r2_nobody_there(self):
        self.assertEqual(ask_webhook("http://127.0.0.1:1/"), "unreachable")

    def test_r2_no_address_at_all(self):
        self.assertEqual(ask_webhook("http://[broken"), "unreachable")

    def test_r2_no_encryption_where_there_should_be(self):
        url = self.host.url("/a").replace("http://", "https://")
        self.assertEqual(ask_webhook(url), "certificate")
