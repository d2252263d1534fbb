# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R16, R52: two agents in real browsers, one of whom passes a call on to the other."""

import pytest
from playwright.sync_api import expect

from ..waiting import wait_until
from . import test_calling_out as out
from .stage import OMAR, POPUP, SARA

KEYS = f"{out.BLOCK} {out.KEYS}"
STATUS = f"{KEYS} [role=status]"

quiet, ticket = out.quiet, out.ticket


@pytest.fixture
def call(stage, sara, ticket):
    """Sara talks with a contact, and looks at the ticket."""
    page = out.open_ticket(sara, ticket)
    return page, out.talk(stage, page, ticket)


def choose(page, key):
    """Open the list with the keyboard, and press one of Omar's keys."""
    page.keyboard.press("Alt+Shift+T")
    expect(page.get_by_label("Find a colleague")).to_be_focused()
    page.keyboard.type("omar")
    page.locator(KEYS).get_by_role("button", name=f"{key}: Omar Nasser").click()


def passed_by(agent):
    """Who passes a call on to an agent: name and summary, or None."""
    calls = agent.call("res.users", "callgear_current_calls")
    return next((leg["passed_by"] for leg in calls if not leg["note"]), None)


def phase(stage, call):
    return stage.ask("GET", f"calls/{call.session}")["phase"]


def test_r52_ask_first(stage, sara, omar, call, ticket):
    page, talk = call
    omar_page = omar.open()
    choose(page, "Ask first")
    expect(page.locator(STATUS)).to_have_text("Calling Omar Nasser…")
    connect = page.locator(KEYS).get_by_role("button", name="Connect")
    expect(connect).to_be_disabled()
    expect(omar_page.locator(POPUP)).to_contain_text(ticket["contact"])
    talk.answer(OMAR)
    expect(page.locator(STATUS)).to_have_text(
        "You are talking to Omar Nasser. Your call is on hold."
    )
    connect.click()
    expect(page.locator(out.BLOCK)).to_contain_text(out.ENDED)
    assert phase(stage, talk) == "Talk"


def test_r52_a_colleague_who_does_not_pick_up(stage, sara, omar, call):
    """The caller is with the agent again, without anybody's doing."""
    page, talk = call
    choose(page, "Ask first")
    expect(page.locator(STATUS)).to_have_text("Calling Omar Nasser…")
    talk.hang_up(OMAR)
    expect(page.locator(STATUS)).to_have_text(
        "Omar Nasser did not pick up: you are back on the call."
    )
    assert phase(stage, talk) == "Talk"
    expect(page.locator(KEYS).get_by_role("button", name="Hold")).to_be_enabled()


def test_r52_at_once(stage, sara, omar, call):
    """They are connected when the colleague picks up; the agent has nothing more to do."""
    page, talk = call
    choose(page, "Transfer now")
    expect(page.locator(STATUS)).to_contain_text("Calling Omar Nasser")
    assert phase(stage, talk) == "Dialing"
    talk.answer(OMAR)
    expect(page.locator(out.BLOCK)).to_contain_text(out.ENDED)
    wait_until(lambda: phase(stage, talk) == "Talk")
    talk.hang_up(OMAR)


def test_r16_the_colleague_knows_who_passes_it_on(sara, omar, ring, number):
    """By telephone, too; and what the first agent goes on typing."""
    omar_page = omar.open()
    talk = ring(SARA, caller=number)
    talk.answer(SARA)
    wait_until(lambda: sara.call("res.users", "callgear_current_calls"))
    [leg] = sara.call("res.users", "callgear_current_calls")
    talk.transfer(OMAR)
    expect(omar_page.locator(POPUP)).to_be_visible()
    assert passed_by(omar) == {"name": "Sara Haddad", "summary": ""}
    sara.call("callgear.leg", "save_draft", [leg["id"]], summary="Since Monday")
    assert passed_by(omar)["summary"] == "Since Monday"
