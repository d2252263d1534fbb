# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What managers and admins look at, and how an agent calls out."""

from contextlib import contextmanager

from playwright.sync_api import expect

from devtools.paths import ROOT
from tests.browser.stage import LINA, OMAR, POPUP, SARA

from .screenshots_phone import finish_notes

MARYAM, IVAN = "+971505550123", "+79161234567"
CARD = ".o_kanban_record:not(.o_kanban_ghost)"
DIAL = ".o-callgear-TicketDial"
TEAM_GROUPS = ".o-callgear-Dashboard [data-section=team] .o-callgear-groups button"
# Odoo's shell does not know where this repository is.
MONTH = """
import sys
sys.path.insert(0, {root!r})
from docs.screenshots_month import Month
Month(env).make()
env.cr.commit()
print("a month made")
"""


def month(stage):
    script = MONTH.format(root=str(ROOT))
    output = stage.database.shell(script, "Making a month of tickets failed")
    assert "a month made" in output, output


def calling_out(camera, page):
    """From the handset in the ticket to the talk, held and passed on."""
    agent = camera.stage.agent("sara")
    # Else the ticket would show that of the look before.
    finish_notes(agent)
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
    page.locator(f".o_data_row, {CARD}").first.wait_for()
    camera.shoot(page, "call-back")
    if not camera.phone:
        page.goto("/odoo/call-back?view_type=kanban")
        page.locator(CARD).first.wait_for()
        camera.shoot(page, "call-back-kanban")
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
    rows = page.locator(f".modal .o_data_row, .modal {CARD}")
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
