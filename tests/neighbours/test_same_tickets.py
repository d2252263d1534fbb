# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R55: what calls leave behind among all neighbours is what they leave behind without any."""

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import TransactionCase, tagged

from odoo.addons.callgear_integration.tests.case import (
    CallgearCase,
    set_up_helpdesk,
    undone,
)
from odoo.addons.callgear_integration.tests.scenarios import KINDS, VARIED
from odoo.addons.callgear_integration.tests.snapshot import snapshot


class Helpdesk:
    """The helpdesk of the tests in any database; what is delivered can be taken back."""

    post, process = CallgearCase.post, CallgearCase.process

    def __init__(self, env):
        self.env = env
        env["callgear.partner.phone"].search([]).unlink()
        for name, record in set_up_helpdesk(env).items():
            setattr(self, name, record)
        CallgearCase.add_second_phone.__func__(self)

    def outcome(self, deliveries):
        """What deliveries leave behind, each of them a transaction of its own."""
        with undone(self.env):
            for delivery in deliveries:
                self.post(delivery)
                self.env.cr.precommit.run()
            self.env.invalidate_all()
            return snapshot(self.env, self.connection)


@tagged("post_install", "-at_install")
class TestSameTickets(TransactionCase):
    def test_r55_calls_of_each_kind_in_order_and_some_reversed(self):
        """The number of comments included: no neighbour writes one because of a call."""
        with Registry(self.plain_database).cursor() as cr:
            plain = Helpdesk(api.Environment(cr, SUPERUSER_ID, {}))
            self.assertNotIn("base.automation", plain.env)
            beside = Helpdesk(self.env(su=False, user=SUPERUSER_ID))
            for name, make in KINDS.items():
                with self.subTest(name):
                    expected = plain.outcome(make())
                    self.assertEqual(beside.outcome(make()), expected)
                    if name in VARIED:
                        self.assertEqual(beside.outcome(make()[::-1]), expected)
            cr.rollback()
