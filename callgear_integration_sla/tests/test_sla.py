# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R38 with helpdesk_mgmt_sla: its deadlines, an example for each rule.

All that happens goes through the module, at the time it happened.
"""

from odoo.tests import tagged

from .case import SlaCase

FIRST_DUE, FIRST_LATE = "sla_first_reply_due", "sla_first_reply_breached"
CLOSING_DUE, CLOSING_LATE = "sla_closing_due", "sla_closing_breached"
REPLY_LATE = "sla_any_reply_breached"


@tagged("post_install", "-at_install")
class TestSla(SlaCase):
    def test_r38_first_reply_by_the_sla(self):
        """Within two hours by the SLA, though the team itself promises one."""
        self.desk.sla("pending", 2)
        late = self.desk.ticket((2.5, "reply"))
        in_time = self.desk.ticket((1.5, "reply"))
        self.assertEqual(self.desk.count(FIRST_DUE), late | in_time)
        self.assertEqual(self.desk.count(FIRST_LATE), late)

    def test_r38_exactly_at_the_deadline_is_in_time(self):
        self.desk.sla("pending", 2)
        self.desk.sla("closed", 8)
        ticket = self.desk.ticket((2, "reply"), (2, "pending"), (8, "closed"))
        self.assertEqual(self.desk.count(FIRST_DUE), ticket)
        self.assertEqual(self.desk.count(CLOSING_DUE), ticket)
        self.assertFalse(self.desk.count(FIRST_LATE) | self.desk.count(CLOSING_LATE))

    def test_r38_of_several_deadlines_the_earliest(self):
        self.desk.sla("pending", 4)
        self.desk.sla("pending", 2)
        late = self.desk.ticket((3, "reply"))
        self.assertEqual(self.desk.count(FIRST_LATE), late)

    def test_r38_a_stage_that_was_not_reached_in_time(self):
        """The reply came in time; the module calls the SLA expired all the same."""
        self.desk.sla("pending", 2)
        expired = self.desk.ticket((1, "reply"), (5, "pending"))
        self.desk.ticket((1, "reply"), (1.5, "pending"))
        self.assertEqual(self.desk.count(FIRST_LATE), expired)

    def test_r38_closing_by_the_sla(self):
        """An SLA that leads to a closed stage; the one for the reply is another matter."""
        self.desk.sla("pending", 2)
        self.desk.sla("closed", 8)
        late = self.desk.ticket((9, "closed"))
        in_time = self.desk.ticket((7, "closed"))
        self.assertEqual(self.desk.count(CLOSING_DUE), late | in_time)
        self.assertEqual(self.desk.count(CLOSING_LATE), late)

    def test_r38_time_on_hold_is_not_counted(self):
        """Eighteen hours on hold, and seven or nine others."""
        self.desk.sla("closed", 8)
        on_hold = ((2, "hold"), (20, "open"))
        in_time = self.desk.ticket(*on_hold, (25, "closed"))
        late = self.desk.ticket(*on_hold, (27, "closed"))
        self.assertEqual(self.desk.count(CLOSING_DUE), in_time | late)
        self.assertEqual(self.desk.count(CLOSING_LATE), late)

    def test_r38_a_reply_on_hold_is_in_time(self):
        """The deadline that the module keeps is not one while the ticket is on hold."""
        self.desk.sla("pending", 2)
        ticket = self.desk.ticket((1, "hold"), (5, "reply"))
        self.assertEqual(self.desk.count(FIRST_DUE), ticket)
        self.assertFalse(self.desk.count(FIRST_LATE))

    def test_r38_an_sla_on_hold_leaves_it_to_the_others(self):
        self.desk.sla("pending", 2)
        self.desk.sla("pending", 4, stops=False)
        late = self.desk.ticket((1, "hold"), (5, "reply"))
        self.desk.ticket((1, "hold"), (3, "reply"))
        self.assertEqual(self.desk.count(FIRST_LATE), late)

    def test_r38_too_late_before_it_was_put_on_hold(self):
        self.desk.sla("pending", 2)
        late = self.desk.ticket((3, "hold"), (5, "reply"))
        self.assertEqual(self.desk.count(FIRST_LATE), late)

    def test_r38_the_last_closing_counts(self):
        """Closed in time, opened again, and closed after the rest of its hours."""
        self.desk.sla("closed", 8)
        opened_again = ((5, "closed"), (50, "open"))
        in_time = self.desk.ticket(*opened_again, (52, "closed"))
        late = self.desk.ticket(*opened_again, (54, "closed"))
        self.assertEqual(self.desk.count(CLOSING_DUE), in_time | late)
        self.assertEqual(self.desk.count(CLOSING_LATE), late)

    def test_r38_a_team_without_slas_promises(self):
        self.desk.sla("pending", 50)
        self.desk.sla("closed", 50)
        self.desk.promise(2, 0, 4, team=self.desk.plain_team)
        late = self.desk.ticket(
            (3, "reply"), (5, "closed"), team_id=self.desk.plain_team.id
        )
        in_time = self.desk.ticket(
            (1, "reply"), (3, "closed"), team_id=self.desk.plain_team.id
        )
        self.assertEqual(self.desk.count(FIRST_DUE), late | in_time)
        self.assertEqual(self.desk.count(CLOSING_DUE), late | in_time)
        self.assertEqual(self.desk.count(FIRST_LATE), late)
        self.assertEqual(self.desk.count(CLOSING_LATE), late)

    def test_r38_what_no_sla_is_for_the_team_promises(self):
        """Only for closing is there an SLA: the first reply stays with the team."""
        self.desk.sla("closed", 2)
        ticket = self.desk.ticket((1.5, "reply"), (3, "closed"))
        self.assertEqual(self.desk.count(FIRST_LATE), ticket)
        self.assertEqual(self.desk.count(CLOSING_LATE), ticket)

    def test_r38_an_sla_without_a_stage_is_no_deadline(self):
        """The module marks it accomplished from the start."""
        self.desk.sla(False, 1)
        self.desk.promise(0, 0, 0)
        self.desk.ticket((5, "reply"), (9, "closed"))
        self.assertFalse(self.desk.count(FIRST_DUE) | self.desk.count(CLOSING_DUE))

    def test_r38_an_sla_says_nothing_of_later_replies(self):
        self.desk.sla("pending", 50)
        late = self.desk.ticket((4, "reply"))
        self.assertEqual(self.desk.count(REPLY_LATE), late)
        self.assertFalse(self.desk.count(FIRST_LATE))

    def test_r38_what_did_not_happen_is_not_late(self):
        """Neither replied to nor closed: that is for the helpdesk's own lists."""
        self.desk.sla("pending", 2)
        self.desk.sla("closed", 8)
        self.desk.ticket((90, "open"))
        for measure in (FIRST_DUE, FIRST_LATE, CLOSING_DUE, CLOSING_LATE):
            self.assertFalse(self.desk.count(measure))

    def test_r38_call_tickets_have_no_reply_times(self):
        self.desk.sla("pending", 2)
        self.desk.call_ticket((9, "reply"))
        self.assertFalse(self.desk.count(FIRST_DUE) | self.desk.count(FIRST_LATE))

    def test_r38_call_tickets_are_closed_by_the_sla(self):
        """Recorded or not, as in the time to close."""
        self.desk.sla("closed", 8)
        late = self.desk.call_ticket((1, "talk"), (9, "closed"))
        in_time = self.desk.call_ticket((1, "talk"), (7, "closed"))
        silent = self.desk.call_ticket((9, "closed"))
        self.assertEqual(self.desk.count(CLOSING_DUE), late | in_time | silent)
        self.assertEqual(self.desk.count(CLOSING_LATE), late | silent)

    def test_r38_an_agent_counts_their_own(self):
        """No rights on SLAs are needed: access to the ticket decides."""
        self.desk.sla("pending", 2)
        late = self.desk.ticket((3, "reply"))
        own = self.env.ref("helpdesk_mgmt.group_helpdesk_user_own")
        groups = self.env.ref("base.group_user") | own
        agent = self.desk.sara.copy({"login": "cg_own", "group_ids": groups.ids})
        self.assertEqual(self.desk.count(FIRST_LATE, self.desk.sara), late)
        self.assertFalse(self.desk.count(FIRST_LATE, agent))

    def test_r38_the_examples_of_the_document_are_true(self):
        """Those of docs/statistics.md, row by row."""
        self.desk.sla("pending", 2)
        self.desk.sla("closed", 8)
        in_time = self.desk.ticket((1.5, "reply"), (1.5, "pending"), (7, "closed"))
        late = self.desk.ticket((2.5, "reply"), (9, "closed"))
        expired = self.desk.ticket((1, "reply"), (5, "pending"))
        on_hold = self.desk.ticket((1, "hold"), (5, "reply"))
        went_on = self.desk.ticket((2, "hold"), (20, "open"), (25, "closed"))
        self.assertEqual(self.desk.count(FIRST_DUE), in_time | late | expired | on_hold)
        self.assertEqual(self.desk.count(FIRST_LATE), late | expired)
        self.assertEqual(self.desk.count(CLOSING_DUE), in_time | late | went_on)
        self.assertEqual(self.desk.count(CLOSING_LATE), late)
