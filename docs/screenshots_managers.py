# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What managers and admins look at, and how an agent calls out."""

from contextlib import contextmanager

from playwright.sync_api import expect

from tests.browser.stage import LINA, OMAR, POPUP, SARA

MARYAM, IVAN = "+971505550123", "+79161234567"
DIAL = ".o-callgear-TicketDial"
TEAM_GROUPS = ".o-callgear-Dashboard [data-section=team] .o-callgear-groups button"
# A month as it might have been: tickets of calls and of e-mails, and what became of them.
# Dates are set by SQL, because what happens now happens today.
MONTH = """
import random
from datetime import timedelta
from odoo import fields
from odoo.addons.callgear_integration.tools.hand import Hand, changed_by
changed_by(Hand.CALL).__enter__()
rng = random.Random(7)
env = env(context={**env.context, "mail_notrack": False})
agents = env["res.users"].search([("login", "in", ("sara", "omar", "lina"))])
team = env.ref("callgear_integration.helpdesk_team_phone")
team.write({
    "callgear_first_reply_hours": 4,
    "callgear_any_reply_hours": 8,
    "callgear_closing_hours": 72,
})
phone = env["callgear.connection"].search([], limit=1)
channels = phone.channel_id | env.ref("helpdesk_mgmt.helpdesk_ticket_channel_email")
channels |= env.ref("helpdesk_mgmt.helpdesk_ticket_channel_web")
partners = env.ref("callgear_integration.partner_maryam")
partners |= env["res.partner"].search([("phone", "!=", False)], limit=12)
now = fields.Datetime.now()


def at(table, column, records, moment):
    env.flush_all()
    query = f"UPDATE {table} SET {column} = %s WHERE id IN %s"
    env.cr.execute(query, [moment, tuple(records.ids)])


for number in range(150):
    made = now - timedelta(days=rng.triangular(0, 59, 12), hours=rng.random() * 2)
    made = made.replace(hour=int(rng.triangular(4, 16, 7)), minute=rng.randrange(60))
    channel = rng.choice(channels | channels[:1])
    is_call = channel == phone.channel_id
    agent = rng.choice(agents)
    ticket = env["helpdesk.ticket"].create({
        "name": "Order %s" % (2000 + number),
        "description": "<p/>",
        "partner_id": rng.choice(partners).id,
        "user_id": agent.id,
        "team_id": team.id,
        "channel_id": channel.id,
        "call_kind": rng.choice(("in", "in", "out")) if is_call else False,
        "call_icon": "call" if is_call else False,
        "stage_id": phone.open_stage_id.id,
    })
    at("helpdesk_ticket", "create_date", ticket, made)
    replied = made + timedelta(hours=rng.expovariate(0.4))
    if is_call:
        call = env["callgear.call"].create({
            "connection_id": phone.id,
            "direction": "out" if ticket.call_kind == "out" else "in",
            "phone": "+9715055%05d" % rng.randrange(99999),
            "partner_id": ticket.partner_id.id,
            "state": "ended",
            "outcome": "answered",
            "reason": "answered",
            "started_at": made,
            "answered_at": made + timedelta(seconds=12),
            "ended_at": made + timedelta(seconds=300),
            "wait_seconds": rng.randrange(4, 60),
            "talk_seconds": rng.randrange(30, 900),
        })
        leg = env["callgear.leg"].create({
            "call_id": call.id, "leg_id": str(call.id), "user_id": agent.id,
            "is_operator": True, "state": "ended", "entry": "conversation",
            "started_at": made, "answered_at": made, "ended_at": made,
            "ticket_id": ticket.id, "talk_seconds": call.talk_seconds,
        })
        env["callgear.recording"].create({
            "call_id": call.id, "leg_id": leg.id, "state": "failed",
            "url": "https://app.callgear.com/%s" % leg.id,
        })
    elif rng.random() < 0.9:
        message = ticket.with_user(agent).message_post(
            body="<p>Sent.</p>", message_type="comment",
            subtype_xmlid="mail.mt_comment",
            callgear_writing_seconds=rng.randrange(30, 400),
        )
        at("mail_message", "date", message, min(replied, now))
    if rng.random() < 0.75:
        env.cr.precommit.run()
        known = ticket.message_ids
        ticket.with_user(agent).sudo().stage_id = phone.closed_stage_id
        env.flush_all()
        env.cr.precommit.run()
        ticket.invalidate_recordset()
        closed = min(replied + timedelta(hours=rng.expovariate(0.03)), now)
        moved = ticket.message_ids - known
        if moved:
            at("mail_message", "date", moved, closed)
        at("helpdesk_ticket", "closed_date", ticket, closed)
env.cr.commit()
print("a month made")
"""


def month(stage):
    output = stage.database.shell(MONTH, "Making a month of tickets failed")
    assert "a month made" in output, output


def calling_out(camera, page):
    """From the handset in the ticket to the talk, held and passed on."""
    agent = camera.stage.agent("sara")
    [ticket] = agent.call(
        "helpdesk.ticket",
        "search",
        [("partner_id.name", "=", "Maryam Khalil"), ("name", "ilike", "Order")],
        limit=1,
    )
    page.goto(f"/odoo/helpdesk-tickets/{ticket}")
    page.locator(".o-callgear-ChatterCall").first.wait_for()
    camera.shoot(page, "ticket-handset")
    page.locator(".o-callgear-ChatterCall").first.click()
    number = page.locator(".o-callgear-number").filter(has_text=MARYAM)
    dial = page.locator(DIAL)
    dial.or_(number).first.wait_for()
    if number.count():
        camera.shoot(page, "which-number")
        number.first.click()
    dial.wait_for()
    camera.shoot(page, "calling-you")
    [call] = [c for c in camera.stage.ask("GET", "calls") if not c["done"]]
    path = f"calls/{call['session_id']}"
    camera.stage.ask("POST", f"{path}/answer")
    expect(dial).to_contain_text("…")
    camera.stage.ask("POST", f"{path}/answer")
    page.locator(f"{DIAL} textarea").wait_for()
    camera.shoot(page, "talking-from-ticket")
    page.locator(f"{DIAL} .o-callgear-transfer").click()
    page.locator(".o-callgear-TransferList").first.wait_for()
    camera.shoot(page, "transfer-from-ticket")
    page.goto("/odoo/helpdesk-tickets")
    page.locator(POPUP).wait_for()
    camera.shoot(page, "talking-elsewhere")
    camera.stage.ask("POST", f"{path}/hangup")
    expect(page.locator(POPUP)).to_have_count(0)
    agent.close()


def managers(camera):
    admin = camera.agent("admin")
    page = admin.open("/odoo/callgear-dashboard")
    page.locator(".o-callgear-Dashboard canvas").first.wait_for()
    camera.shoot(page, "dashboard")
    for number in (1, 2, 3):
        page.mouse.move(600, 500)
        page.evaluate(
            """(n) => { const c = [...document.querySelectorAll('.o_action_manager *')]
              .filter((e) => e.scrollHeight > e.clientHeight + 200
                && getComputedStyle(e).overflowY !== 'visible')
              .sort((a, b) => b.scrollHeight - a.scrollHeight)[0];
              c && c.scrollTo(0, n * (c.clientHeight - 60)); }""",
            number,
        )
        page.wait_for_timeout(300)
        camera.shoot(page, f"dashboard-{number}")
    for button in page.locator(TEAM_GROUPS).all():
        button.click()
        button.evaluate("(el) => el.closest('section').scrollIntoView()")
        camera.shoot(page, f"dashboard-team-{button.get_attribute('data-group')}")
    page.goto("/odoo/callgear-statistics")
    # On a phone they open as cards.
    page.locator(".o_pivot_cell_value, .o_kanban_record").first.wait_for()
    camera.shoot(page, "statistics")
    first = camera.stage.ring(SARA, OMAR, caller=MARYAM)
    second = camera.stage.ring(LINA, caller=IVAN)
    waiting = camera.stage.ring(SARA, scenario="live-menu", caller="+971501239876")
    first.answer(SARA)
    page.goto("/odoo/live-board")
    page.locator(".o-callgear-Board").first.wait_for()
    page.wait_for_timeout(1500)
    camera.shoot(page, "board")
    for call in (first, second, waiting):
        call.over()
    page.goto("/odoo/call-back")
    page.locator(".o_data_row, .o_kanban_record:not(.o_kanban_ghost)").first.wait_for()
    camera.shoot(page, "call-back")
    # On a phone the journal opens as cards, too.
    for name in () if camera.phone else ("calendar", "pivot", "graph"):
        page.goto(f"/odoo/callgear-calls?view_type={name}")
        page.locator(f".o_{name}_view").first.wait_for()
        page.wait_for_timeout(800)
        camera.shoot(page, f"calls-{name}")
    admin.close()


@contextmanager
def archived_stage(admin):
    """In this block the stage for missed calls is archived."""
    [connection] = admin.call(
        "callgear.connection", "search_read", [], ["pending_stage_id"], limit=1
    )
    stage = [connection["pending_stage_id"][0]]
    admin.call("helpdesk.ticket.stage", "write", stage, {"active": False})
    yield
    admin.call("helpdesk.ticket.stage", "write", stage, {"active": True})


def checks(camera):
    """The connection tests itself; operators are compared."""
    admin = camera.agent("admin")
    page = admin.open("/odoo/callgear-connections")
    page.get_by_text("CallGear simulator").first.click()
    page.locator(".o_form_view").wait_for()
    page.locator("button[name='action_test_connection']").first.click()
    rows = page.locator(
        ".modal .o_data_row, .modal .o_kanban_record:not(.o_kanban_ghost)"
    )
    rows.first.wait_for()
    camera.shoot(page, "test-connection")
    page.keyboard.press("Escape")
    page.locator(".modal").wait_for(state="detached")
    with archived_stage(admin):
        page.locator("button[name='action_test_connection']").first.click()
        rows.first.wait_for()
        rows.last.scroll_into_view_if_needed()
        camera.shoot(page, "test-connection-warning")
        page.keyboard.press("Escape")
        page.locator(".modal").wait_for(state="detached")
    page.locator(".o_notebook_headers .nav-link[name='operators']").click()
    page.locator("button[name='action_fetch_operators']").first.click()
    page.locator(".modal button[name='action_apply']").first.wait_for()
    camera.shoot(page, "operator-import")
    admin.close()
