# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R55: who closes inactive tickets heeds their calls."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields

from ..tools.hand import Hand, changed_by
from .case import CallgearCase, tagged
from .scenarios import HOUR, incoming, missed


def close_team_inactive_tickets(team):
    """As helpdesk_ticket_close_inactive does it."""
    limit = fields.Datetime.now() - timedelta(days=14)
    domain = [
        ("team_id", "=", team.id),
        ("stage_id.closed", "=", False),
        ("last_stage_update", "<=", limit),
    ]
    stage = team.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
    for ticket in team.env["helpdesk.ticket"].search(domain):
        ticket.write({"stage_id": stage.id})


@tagged("post_install", "-at_install")
class TestInactive(CallgearCase):
    def setUp(self):
        super().setUp()
        Team = type(self.team)
        close = patch.object(
            Team,
            "close_team_inactive_tickets",
            close_team_inactive_tickets,
            create=True,
        )
        self.startPatcher(close)
        self.team._register_hook()

    def close_inactive(self, ticket, days=20):
        """Close what is inactive, with the last change of stage so long ago."""
        then = fields.Datetime.now() - timedelta(days=days)
        with changed_by(Hand.AUTOMATION):
            ticket.last_stage_update = then
        self.team.close_team_inactive_tickets()

    def test_r55_a_ticket_without_calls_is_closed(self):
        ticket = self.plain_ticket()
        self.close_inactive(ticket)
        self.assertEqual(ticket.stage_id, self.closed)

    def test_r55_only_where_nothing_has_happened_for_long(self):
        """The last change of stage was long ago; the conversation was or was not."""
        self.deliver(incoming())
        [ticket] = self.tickets()
        for days, closed in ((13, False), (0, False), (20, True)):
            with self.subTest(days):
                then = fields.Datetime.now() - timedelta(days=days)
                ticket.call_leg_ids.write({"started_at": then})
                self.close_inactive(ticket)
                self.assertEqual(ticket.stage_id.closed, closed)
        self.assertTrue(ticket.call_auto)  # nobody has done it
        self.assertFalse(ticket.call_done_at)

    def test_r55_a_caller_who_waits_is_not_closed(self):
        """However long: the promise to call back has not been kept."""
        self.deliver(missed(), missed(2, HOUR))
        [ticket] = self.tickets()
        then = fields.Datetime.now() - timedelta(days=40)
        ticket.call_leg_ids.write({"started_at": then})
        self.close_inactive(ticket, 40)
        self.assertFalse(ticket.stage_id.closed)
        self.assertTrue(ticket.call_waiting_since)

    def test_r55_other_searches_are_as_they_were(self):
        self.deliver(missed())
        [ticket] = self.tickets()
        ticket.last_stage_update = fields.Datetime.now() - timedelta(days=20)
        limit = fields.Datetime.now() - timedelta(days=14)
        domain = [("id", "=", ticket.id), ("last_stage_update", "<=", limit)]
        self.assertEqual(ticket.search(domain), ticket)

    def test_r55_the_hook_is_registered_once(self):
        method = type(self.team).close_team_inactive_tickets
        self.team._register_hook()
        self.assertIs(type(self.team).close_team_inactive_tickets, method)
