# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R47, R48: pages that list calls update themselves, in real browsers."""

import re

import pytest
from playwright.sync_api import expect

from ..waiting import wait_until
from .stage import OMAR, SARA

AGENT = ".o-callgear-Board-agent[data-agent='{}']"
WAITING = ".o-callgear-Board-caller"
ROW = ".o_data_row"


@pytest.fixture
def pages(agents):
    """Open a page of an agent's; whatever it complains about fails the test."""
    for agent in agents.values():
        agent.errors.clear()
    yield lambda login, path, **options: agents[login].open(path, **options)
    for agent in agents.values():
        agent.leave()
        assert not agent.errors


@pytest.fixture
def manager(stage):
    """The live board is for managers."""
    manager = stage.agent("admin")
    yield manager
    manager.close()
    assert not manager.errors


@pytest.fixture
def missed(stage, ring, agents, number):
    """A missed call, whose ticket is there."""
    call = ring(SARA, OMAR, caller=number)
    call.over()
    domain = [("call_leg_ids.call_id.phone", "=", number)]
    wait_until(lambda: agents["sara"].call("helpdesk.ticket", "search_count", domain))
    return number


def test_r48_the_board_follows_a_call(manager, agents, ring, number):
    board = manager.open("/odoo/live-board")
    board.evaluate("window.neverReloaded = true")
    sara = board.locator(AGENT.format(agents["sara"].id))
    expect(sara).to_have_attribute("data-state", "free")

    call = ring(SARA, caller=number)
    expect(sara).to_have_attribute("data-state", "ringing")
    expect(board.locator(WAITING)).to_contain_text(number)

    call.answer(SARA)
    expect(sara).to_have_attribute("data-state", "talking")
    expect(sara).to_contain_text(number)
    expect(board.locator(WAITING)).to_have_count(0)

    call.hang_up()
    expect(sara).to_have_attribute("data-state", "free")
    assert board.evaluate("window.neverReloaded"), "it must update itself"


def test_r47_a_caller_comes_to_the_list_and_goes_after_a_conversation(
    pages, ring, missed
):
    page = pages("omar", "/odoo/call-back")
    row = page.locator(ROW, has_text=missed)
    expect(row).to_have_count(1)

    ring(SARA, OMAR, caller=missed).over()
    expect(row.locator("[name=call_back_tries]")).to_have_text("2")

    again = ring(SARA, caller=missed)
    expect(row).to_contain_text("Is calling again")
    again.answer(SARA)
    expect(row).to_have_count(0)


def test_r28_what_a_machine_has_taken_goes_from_the_list_and_the_screen(
    stage, pages, agents, number
):
    """Until the message is known, it looks like a missed call."""
    page = pages("sara", "/odoo/call-back")
    row = page.locator(ROW, has_text=number)
    notice = page.locator(".o-callgear-missed")
    stage.ask("PUT", "settings", recording_delay=80)
    call = stage.ring(SARA, scenario="missed-voicemail", caller=number, speed=10)
    stage.ask("PUT", "settings", recording_delay=stage.settings["recording_delay"])
    expect(row).to_have_count(1)
    expect(notice).to_contain_text(number)

    expect(notice).to_have_count(0)
    expect(row).to_have_count(0)
    call.over()
    of_number = [("call_leg_ids.call_id.phone", "=", number)]
    assert not agents["sara"].call("helpdesk.ticket", "search_count", of_number)


def test_r47_a_claim_is_seen_by_colleagues_at_once(pages, agents, missed):
    sara_page = pages("sara", "/odoo/call-back")
    omar_page = pages("omar", "/odoo/call-back")
    row = omar_page.locator(ROW, has_text=missed)
    expect(row.get_by_role("button", name="Claim")).to_be_visible()

    sara_page.locator(ROW, has_text=missed).locator(".o_data_cell").first.focus()
    sara_page.keyboard.press("m")
    expect(row).to_contain_text("Sara Haddad")
    expect(row.get_by_role("button", name="Claim")).to_have_count(0)

    row.locator(".o_data_cell").first.focus()
    omar_page.keyboard.press("m")
    expect(omar_page.locator(".modal")).to_contain_text(
        "Sara Haddad has already claimed this"
    )
    omar_page.locator(".modal .btn-primary").click()


def test_r47_one_key_is_done_for_the_row(pages, missed):
    page = pages("sara", "/odoo/call-back")
    row = page.locator(ROW, has_text=missed)
    row.locator(".o_data_cell").first.focus()
    page.keyboard.press("d")
    expect(row).to_have_count(0)


@pytest.fixture
def promise(stage):
    """All teams promise to call back within half an hour, from now on."""
    admin = stage.agent("admin")
    Team = "helpdesk.ticket.team"
    teams = admin.call(Team, "search", [])
    admin.call(Team, "write", teams, {"callgear_call_back_minutes": 30})
    yield
    admin.call(Team, "write", teams, {"callgear_call_back_minutes": 0})
    admin.close()


LEFT = re.compile(r"(30|29|28) min left")
FITS = "el => el.scrollWidth <= el.clientWidth"


def test_r47_what_is_left_of_a_promise_fits_in_the_row(promise, pages, missed):
    page = pages("sara", "/odoo/call-back")
    row = page.locator(ROW, has_text=missed)
    expect(row.locator("td[name=call_back_due_at]")).to_contain_text(LEFT)
    expect(row.get_by_role("button", name="Done")).to_be_in_viewport()
    assert page.locator(".o_list_renderer").evaluate(FITS)


def test_r47_what_is_left_of_a_promise_fits_on_a_phone(promise, stage, missed):
    agent = stage.agent("sara", width=390, height=844, has_touch=True)
    try:
        page = agent.open("/odoo/call-back")
        card = page.locator(".o_kanban_record:not(.o_kanban_ghost)", has_text=missed)
        expect(card).to_contain_text(LEFT)
        assert card.evaluate(FITS)
        assert page.locator(".o_content").evaluate(FITS)
    finally:
        agent.close()
