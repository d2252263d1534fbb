# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R43, R55: whatever way others take, customers hear nothing of a call; colleagues do."""

import textwrap

from odoo.tests import tagged

from odoo.addons.callgear_integration.tests.scenarios import missed
from odoo.addons.callgear_integration.tools.quiet import quiet
from odoo.addons.sms.tests.common import MockSMS

from .case import WAYS, NeighboursCase


@tagged("post_install", "-at_install")
class TestWaysToCustomers(NeighboursCase, MockSMS):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        stages = cls.open | cls.pending | cls.closed
        stages.mail_template_id = False
        stages.rating_mail_template_id = False
        cls.lina.partner_id.write(
            {"phone": "+97145550199", "email": "lina@our.example"}
        )
        cls.lina.notification_type = "email"

    def got(self, code, whom):
        """What somebody has got of a missed call, at once and later."""
        with self.undone(), self.mock_mail_gateway(), self.mockSMSGateway():
            self.code_rule("on_create_or_write", code)
            before = self.sent(whom)
            self.deliver(missed())
            self.later()
            numbers = {sms["number"] for sms in self._sms}
            phone = whom.phone.replace(" ", "")
            return (
                {record._name for record in self.sent(whom) - before},
                phone in numbers,
            )

    def test_r43_customers_get_nothing(self):
        """By none of the ways, though each reaches them where that is wanted."""
        for way, code in WAYS.items():
            with self.subTest(way):
                self.assertEqual(self.got(code, self.maryam), (set(), False))
                self.connection.notify_customers = True
                self.assertNotEqual(self.got(code, self.maryam), (set(), False))
                self.connection.notify_customers = False

    def test_r43_colleagues_get_theirs(self):
        """The same ways lead to colleagues, as if it were no call that has caused it."""
        colleague = self.lina.partner_id
        for way, code in WAYS.items():
            if "partner." not in code:
                continue
            first = f"partner = env['res.partner'].browse({colleague.id})"
            code = f"{first}\n{textwrap.dedent(code)}"
            with self.subTest(way):
                silent = self.got(code, colleague)
                self.connection.notify_customers = True
                self.assertEqual(silent, self.got(code, colleague))
                self.assertNotEqual(silent, (set(), False))
                self.connection.notify_customers = False

    def test_r43_messages_about_other_records_are_sent(self):
        """Also in the transaction in which a call has changed a ticket of theirs."""
        ticket = self.deliver(missed()).ticket_ids
        with quiet():
            ticket.color = 3
        states = []
        for record in (ticket, self.maryam):
            message = record.message_post(body="x")
            sms = self.env["sms.sms"].create(
                {
                    "partner_id": self.maryam.id,
                    "number": self.maryam.phone,
                    "body": "x",
                    "mail_message_id": message.id,
                }
            )
            states.append(sms.state)
        self.assertEqual(states, ["canceled", "outgoing"])
