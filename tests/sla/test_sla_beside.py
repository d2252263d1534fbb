# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R55: calls and helpdesk_mgmt_sla go well together."""

from devtools.paths import BRIDGE


def test_r55_the_bridge_installs_itself(env):
    module = env["ir.module.module"].search([("name", "=", BRIDGE.name)])
    assert module.state == "installed"


def test_r55_calls_go_on_as_before(desk):
    """A call makes its ticket, with the lines of the SLAs that fit it."""
    sla = desk.sla("pending", 2)
    ticket = desk.incoming_call().ticket_ids
    assert ticket.user_id == desk.sara
    assert ticket.ticket_sla_ids.sla_id == sla
    assert ticket.ticket_sla_ids.state == "in_progress"
    assert ticket.stage_id == desk.stages["open"]


def test_r55_a_stage_that_a_call_sets_fulfils_the_sla(desk):
    desk.sla("pending", 2)
    call = desk.incoming_call()
    leg = call.leg_ids.filtered("user_id")
    leg.with_user(desk.sara).attach_to_ticket(call.ticket_ids.id, "Told her")
    assert call.ticket_ids.stage_id == desk.stages["pending"]
    assert call.ticket_ids.ticket_sla_ids.state == "accomplished"


def test_r55_a_month_is_counted_without_reading_all_slas(desk):
    """The lines of a ticket are found by an index."""
    desk.env.cr.execute(
        "SELECT 1 FROM pg_indexes WHERE tablename = 'helpdesk_ticket_sla'"
        " AND indexdef LIKE '%(ticket_id)%'"
    )
    assert desk.env.cr.fetchone()


def test_r38_a_team_s_promises_stand_beside_its_slas(env):
    """In one group of the team's form, so that both are seen at once."""
    arch = env["helpdesk.ticket.team"].get_view(view_type="form")["arch"]
    group = arch[arch.index('<group name="right"') :]
    group = group[: group.index("</group>")]
    for name in ("use_sla", "callgear_first_reply_hours", "callgear_closing_hours"):
        assert f'name="{name}"' in group
