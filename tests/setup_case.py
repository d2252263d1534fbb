# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Tests of the set-up: a connection whose two APIs are those of the simulator."""

from odoo.addons.callgear_integration.tests.case import CallgearCase
from odoo.addons.mail.tests.common import mail_new_test_user

from simulator.server import Server

KEY = "simulator-key"


class SetupCase(CallgearCase):
    """What an admin does, with an admin's rights."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The demo's agents have the names and addresses of the simulator's employees.
        demo = cls.env["res.users"].search([("login", "in", ["sara", "omar", "lina"])])
        demo.active = False
        cls.simulator = cls.enterClassContext(Server())
        cls.normal = cls.simulator.switchboard.settings
        cls.admin = mail_new_test_user(
            cls.env,
            login="cg_admin",
            name="Ada Min",
            email="ada@agents.example.com",
            groups="base.group_user,callgear_integration.group_callgear_manager",
        )
        cls.connection.write(
            {
                "api_url": f"{cls.simulator.url}/v4.0",
                "data_api_url": f"{cls.simulator.url}/v2.0",
                "api_key": KEY,
            }
        )
        cls.connection = cls.connection.with_user(cls.admin)
        cls.Operator = cls.env["callgear.operator"].with_user(cls.admin)

    def setUp(self):
        super().setUp()
        self.change()

    def change(self, **settings):
        """Have the simulator behave so, and otherwise as usual."""
        self.simulator.switchboard.settings = self.normal.changed(settings)

    def operator(self, employee_id):
        """The operator with this number in CallGear, archived or not."""
        domain = [
            ("connection_id", "=", self.connection.id),
            ("employee_id", "=", str(employee_id)),
        ]
        return self.Operator.with_context(active_test=False).search(domain)
