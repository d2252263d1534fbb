# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R3: a connection may name the addresses from which its notifications come."""

from unittest.mock import patch

from odoo.exceptions import AccessError, ValidationError
from odoo.tools import config

from ..tools import rate
from .case import tagged
from .http_case import CallgearHttpCase, body_of
from .roles import make_roles

PROXY = {"Content-Type": "application/json", "X-Forwarded-Host": "desk.example.com"}
ELSEWHERE = "192.0.2.0/24, 2001:db8::/32"


@tagged("post_install", "-at_install")
class TestSenders(CallgearHttpCase):
    def refused(self, response):
        stranger = self.send("end", body_of(), token="not-a-token")
        self.assertEqual(
            (response.status_code, response.content), (404, stranger.content)
        )
        self.assertEqual(dict(response.headers).keys(), dict(stranger.headers).keys())

    def test_r3_from_anywhere_unless_the_admin_says_otherwise(self):
        self.assertAnswer(self.send("end", body_of()), 200, "accepted")

    def test_r3_allowed_senders(self):
        for addresses in ("127.0.0.1", "127.0.0.0/8", f"{ELSEWHERE}; 127.0.0.1,"):
            self.connection.sender_addresses = addresses
            with self.subTest(addresses), self.undone():
                self.assertAnswer(self.send("end", body_of()), 200, "accepted")

    def test_r3_others_do_not_learn_that_the_token_is_right(self):
        """Whatever they send: the answer is that to a wrong token. Nothing is stored."""
        self.connection.sender_addresses = ELSEWHERE
        for body in (body_of(), b"\xff", b"", b"{" * 1000):
            self.refused(self.send("end", body))
        bomb = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        self.refused(self.send("end", b"x", headers=bomb))
        self.assertFalse(self.events())

    def test_r3_refused_senders_are_counted_and_named(self):
        self.patch(rate, "notifications", rate.RateLimit())
        self.connection.sender_addresses = ELSEWHERE
        self.send("end", body_of())
        self.assertEqual(self.connection.refused_count, 1)
        self.assertEqual(self.connection.last_refused_sender, "127.0.0.1")
        kind = "callgear_integration.mail_activity_refused_notifications"
        self.assertEqual(len(self.connection.activity_search([kind])), 1)
        self.connection.action_forget_refusals()
        self.assertFalse(self.connection.last_refused_sender)

    def test_r3_behind_a_proxy_it_is_the_address_that_the_proxy_names(self):
        """And without ``proxy_mode`` nothing that the sender writes counts."""
        self.connection.sender_addresses = ELSEWHERE
        for sender in ("192.0.2.7", "2001:db8::7", "::ffff:192.0.2.7"):
            headers = {**PROXY, "X-Forwarded-For": f"10.0.0.1, {sender}"}
            self.refused(self.send("end", body_of(), headers=headers))
            with self.subTest(sender), self.undone(), self.proxied():
                answer = self.send("end", body_of(), headers=headers)
                self.assertAnswer(answer, 200, "accepted")
        with self.proxied():
            for sender in ("192.0.3.7", "192.0.2.7, 10.0.0.1", "", "x", "192.0.2.7:80"):
                headers = {**PROXY, "X-Forwarded-For": sender}
                self.refused(self.send("end", body_of(), headers=headers))

    def proxied(self):
        return patch.dict(config.options, {"proxy_mode": True})

    def test_r3_the_check_costs_no_statement(self):
        self.connection.sender_addresses = ELSEWHERE
        self.connection._takes_from("192.0.2.1")
        self.env.flush_all()
        with self.assertQueryCount(0):
            self.assertTrue(self.connection._takes_from("192.0.2.1"))
            self.assertFalse(self.connection._takes_from("192.0.3.1"))
            self.assertFalse(self.connection._takes_from(None))

    def test_r3_what_is_no_address_is_refused_in_words(self):
        for wrong in ("callgear.com", "1.2.3", "1.2.3.4/33", "::1, x", "\x00"):
            with self.subTest(wrong), self.assertRaises(ValidationError):
                self.connection.sender_addresses = wrong

    def test_r42_only_callgear_administrators_see_them(self):
        mine = self.connection.with_user(make_roles(self.env)["manager"])
        for name in ("sender_addresses", "last_refused_sender", "private_api_hosts"):
            with self.subTest(name), self.assertRaises(AccessError):
                mine.read([name])
