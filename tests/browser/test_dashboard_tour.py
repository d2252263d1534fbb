# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The managers' dashboard in a browser (R34-R39): figures, links, what is kept."""

from odoo.tests import HttpCase

from odoo.addons.callgear_integration.tests.case import CallgearCase, tagged
from odoo.addons.callgear_integration.tests.roles import make_roles


@tagged("post_install", "-at_install")
class TestDashboardTour(CallgearCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Only what these tests make is counted: the demo's tickets go.
        cls.env["helpdesk.ticket"].with_context(active_test=False).search([]).unlink()
        cls.manager = make_roles(cls.env)["manager"]

    def test_dashboard(self):
        self.plain_ticket().with_user(self.sara).message_post(
            body="We look into it",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self.plain_ticket()
        self.plain_ticket(name="Omar has it", user_id=self.omar.id)
        self.env.flush_all()
        self.start_tour(
            "/odoo/callgear-dashboard",
            "callgear_dashboard",
            login=self.manager.login,
            timeout=120,
        )
