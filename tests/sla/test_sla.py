# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R38 with helpdesk_mgmt_sla: its deadlines, an example for each rule.

All that happens goes through the module, at the time it happened.
"""

FIRST_DUE, FIRST_LATE = "sla_first_reply_due", "sla_first_reply_breached"
CLOSING_DUE, CLOSING_LATE = "sla_closing_due", "sla_closing_breached"
REPLY_LATE = "sla_any_reply_breached"


def test_r38_first_reply_by_the_sla(desk):
    """Within two hours by the SLA, though the team itself promises one."""
    desk.sla("pending", 2)
    late = desk.ticket((2.5, "reply"))
    in_time = desk.ticket((1.5, "reply"))
    assert desk.count(FIRST_DUE) == late | in_time
    assert desk.count(FIRST_LATE) == late


def test_r38_exactly_at_the_deadline_is_in_time(desk):
    desk.sla("pending", 2)
    desk.sla("closed", 8)
    ticket = desk.ticket((2, "reply"), (2, "pending"), (8, "closed"))
    assert desk.count(FIRST_DUE) == desk.count(CLOSING_DUE) == ticket
    assert not desk.count(FIRST_LATE) | desk.count(CLOSING_LATE)


def test_r38_of_several_deadlines_the_earliest(desk):
    desk.sla("pending", 4)
    desk.sla("pending", 2)
    late = desk.ticket((3, "reply"))
    assert desk.count(FIRST_LATE) == late


def test_r38_a_stage_that_was_not_reached_in_time(desk):
    """The reply came in time; the module calls the SLA expired all the same."""
    desk.sla("pending", 2)
    expired = desk.ticket((1, "reply"), (5, "pending"))
    desk.ticket((1, "reply"), (1.5, "pending"))
    assert desk.count(FIRST_LATE) == expired


def test_r38_closing_by_the_sla(desk):
    """An SLA that leads to a closed stage; the one for the reply is another matter."""
    desk.sla("pending", 2)
    desk.sla("closed", 8)
    late = desk.ticket((9, "closed"))
    in_time = desk.ticket((7, "closed"))
    assert desk.count(CLOSING_DUE) == late | in_time
    assert desk.count(CLOSING_LATE) == late


def test_r38_time_on_hold_is_not_counted(desk):
    """Eighteen hours on hold, and seven or nine others."""
    desk.sla("closed", 8)
    on_hold = ((2, "hold"), (20, "open"))
    in_time = desk.ticket(*on_hold, (25, "closed"))
    late = desk.ticket(*on_hold, (27, "closed"))
    assert desk.count(CLOSING_DUE) == in_time | late
    assert desk.count(CLOSING_LATE) == late


def test_r38_a_reply_on_hold_is_in_time(desk):
    """The deadline that the module keeps is not one while the ticket is on hold."""
    desk.sla("pending", 2)
    ticket = desk.ticket((1, "hold"), (5, "reply"))
    assert desk.count(FIRST_DUE) == ticket
    assert not desk.count(FIRST_LATE)


def test_r38_an_sla_on_hold_leaves_it_to_the_others(desk):
    desk.sla("pending", 2)
    desk.sla("pending", 4, stops=False)
    late = desk.ticket((1, "hold"), (5, "reply"))
    desk.ticket((1, "hold"), (3, "reply"))
    assert desk.count(FIRST_LATE) == late


def test_r38_too_late_before_it_was_put_on_hold(desk):
    desk.sla("pending", 2)
    late = desk.ticket((3, "hold"), (5, "reply"))
    assert desk.count(FIRST_LATE) == late


def test_r38_the_last_closing_counts(desk):
    """Closed in time, opened again, and closed after the rest of its hours."""
    desk.sla("closed", 8)
    opened_again = ((5, "closed"), (50, "open"))
    in_time = desk.ticket(*opened_again, (52, "closed"))
    late = desk.ticket(*opened_again, (54, "closed"))
    assert desk.count(CLOSING_DUE) == in_time | late
    assert desk.count(CLOSING_LATE) == late


def test_r38_a_team_without_slas_promises(desk):
    desk.sla("pending", 50)
    desk.sla("closed", 50)
    desk.promise(2, 0, 4, team=desk.plain_team)
    late = desk.ticket((3, "reply"), (5, "closed"), team_id=desk.plain_team.id)
    in_time = desk.ticket((1, "reply"), (3, "closed"), team_id=desk.plain_team.id)
    assert desk.count(FIRST_DUE) == desk.count(CLOSING_DUE) == late | in_time
    assert desk.count(FIRST_LATE) == desk.count(CLOSING_LATE) == late


def test_r38_what_no_sla_is_for_the_team_promises(desk):
    """Only for closing is there an SLA: the first reply stays with the team."""
    desk.sla("closed", 2)
    ticket = desk.ticket((1.5, "reply"), (3, "closed"))
    assert desk.count(FIRST_LATE) == ticket
    assert desk.count(CLOSING_LATE) == ticket


def test_r38_an_sla_without_a_stage_is_no_deadline(desk):
    """The module calls it accomplished from the start."""
    desk.sla(False, 1)
    desk.promise(0, 0, 0)
    desk.ticket((5, "reply"), (9, "closed"))
    assert not desk.count(FIRST_DUE) | desk.count(CLOSING_DUE)


def test_r38_an_sla_says_nothing_of_later_replies(desk):
    desk.sla("pending", 50)
    late = desk.ticket((4, "reply"))
    assert desk.count(REPLY_LATE) == late
    assert not desk.count(FIRST_LATE)


def test_r38_what_did_not_happen_is_not_late(desk):
    """Neither replied to nor closed: that is for the helpdesk's own lists."""
    desk.sla("pending", 2)
    desk.sla("closed", 8)
    desk.ticket((90, "open"))
    for measure in (FIRST_DUE, FIRST_LATE, CLOSING_DUE, CLOSING_LATE):
        assert not desk.count(measure)


def test_r38_call_tickets_have_no_reply_times(desk):
    desk.sla("pending", 2)
    desk.call_ticket((9, "reply"))
    assert not desk.count(FIRST_DUE) | desk.count(FIRST_LATE)


def test_r38_call_tickets_are_closed_by_the_sla(desk):
    """If a conversation was recorded, as in the time to close."""
    desk.sla("closed", 8)
    late = desk.call_ticket((1, "talk"), (9, "closed"))
    in_time = desk.call_ticket((1, "talk"), (7, "closed"))
    desk.call_ticket((9, "closed"))
    assert desk.count(CLOSING_DUE) == late | in_time
    assert desk.count(CLOSING_LATE) == late


def test_r38_an_agent_counts_his_own(desk):
    """He needs no rights on SLAs: which tickets he may read decides."""
    desk.sla("pending", 2)
    late = desk.ticket((3, "reply"))
    own = desk.env.ref("helpdesk_mgmt.group_helpdesk_user_own")
    groups = desk.env.ref("base.group_user") | own
    agent = desk.sara.copy({"login": "cg_own", "group_ids": groups.ids})
    assert desk.count(FIRST_LATE, desk.sara) == late
    assert not desk.count(FIRST_LATE, agent)


def test_r38_the_examples_of_the_document_are_true(desk):
    """Those of docs/statistics.md, row by row."""
    desk.sla("pending", 2)
    desk.sla("closed", 8)
    in_time = desk.ticket((1.5, "reply"), (1.5, "pending"), (7, "closed"))
    late = desk.ticket((2.5, "reply"), (9, "closed"))
    expired = desk.ticket((1, "reply"), (5, "pending"))
    on_hold = desk.ticket((1, "hold"), (5, "reply"))
    went_on = desk.ticket((2, "hold"), (20, "open"), (25, "closed"))
    assert desk.count(FIRST_DUE) == in_time | late | expired | on_hold
    assert desk.count(FIRST_LATE) == late | expired
    assert desk.count(CLOSING_DUE) == in_time | late | went_on
    assert desk.count(CLOSING_LATE) == late
