# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R55: calls and helpdesk_mgmt_sla go well together."""

from odoo.tests import tagged

from .case import SlaCase


@tagged("post_install", "-at_install")
class TestBeside(SlaCase):
    def test_r55_the_bridge_installs_itself(self):
        module = self.env["ir.module.module"].search(
            [("name", "=", "callgear_integration_sla")]
        )
        self.assertEqual(module.state, "installed")

    def test_r55_calls_go_on_as_before(self):
        """A call makes its ticket, with the lines of the SLAs that fit it."""
        sla = self.desk.sla("pending", 2)
        ticket = self.desk.incoming_call().ticket_ids
        self.assertEqual(ticket.user_id, self.desk.sara)
        self.assertEqual(ticket.ticket_sla_ids.sla_id, sla)
        self.assertEqual(ticket.ticket_sla_ids.state, "in_progress")
        self.assertEqual(ticket.stage_id, self.desk.stages["open"])

    def test_r55_a_stage_that_a_call_sets_fulfils_the_sla(self):
        self.desk.sla("pending", 2)
        call = self.desk.incoming_call()
        leg = call.leg_ids.filtered("user_id")
        leg.with_user(self.desk.sara).attach_to_ticket(call.ticket_ids.id, "Told them")
        self.assertEqual(call.ticket_ids.stage_id, self.desk.stages["pending"])
        self.assertEqual(call.ticket_ids.ticket_sla_ids.state, "accomplished")

    def test_r55_a_month_is_counted_without_reading_all_slas(self):
        """The lines of a ticket are found by an index."""
        self.env.cr.execute(
            "SELECT 1 FROM pg_indexes WHERE tablename = 'helpdesk_ticket_sla'"
            " AND indexdef LIKE '%(ticket_id)%'"
        )
        self.assertTrue(self.env.cr.fetchone())

    def test_r38_a_team_s_promises_stand_beside_its_slas(self):
        """In one group of the team's form, so that both are seen at once."""
        arch = self.env["helpdesk.ticket.team"].get_view(view_type="form")["arch"]
        group = arch[arch.index('<group name="right"') :]
        group = group[: group.index("</group>")]
        for name in ("use_sla", "callgear_first_reply_hours", "callgear_closing_hours"):
            self.assertIn(f'name="{name}"', group)
