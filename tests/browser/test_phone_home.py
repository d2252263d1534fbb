# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R56: the idle phone in a real browser: opened and used by keyboard alone."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from .stage import POPUP, SARA, Call

HOME = ".o-callgear-PhoneHome"
FIELD = f"{HOME} input"
OPEN = "Alt+Shift+P"


@pytest.fixture(autouse=True)
def idle(stage):
    """End the calls that a test has made: the next one wants the phone idle."""
    yield
    for view in stage.ask("GET", "calls"):
        if view["live"]:
            Call(stage, view["session_id"]).over()


@pytest.fixture
def yusuf(sara, number):
    """A contact with the number of this test."""
    name = f"Yusuf {number[-4:]}"
    values = {"name": name, "phone": number}
    (partner_id,) = sara.call("res.partner", "create", [values])
    return {"id": partner_id, **values}


def open_phone(page):
    page.keyboard.press(OPEN)
    expect(page.locator(f"{HOME} .o-callgear-figures")).to_be_visible()


def test_r56_nothing_is_loaded_before_the_phone_is_opened(sara):
    page = sara.context.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/odoo/helpdesk-tickets")
    sara.settled(page)
    # R41: of a page that nobody calls, the addon asks for nothing at all.
    ours = re.compile(r"/(callgear[_.][^/]*|web/bundle/[^/]*)")
    assert not [url for url in asked if ours.search(urlsplit(url).path)]
    open_phone(page)
    for part in ("callgear_integration.assets_parts", "callgear_phone"):
        assert [url for url in asked if part in url], part


def test_r56_a_name_is_called_with_the_keyboard_alone(sara, yusuf):
    page = sara.open()
    open_phone(page)
    expect(page.locator(FIELD)).to_be_focused()
    page.keyboard.type(yusuf["name"])
    expect(page.locator(f"{HOME} [role=option]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator(POPUP)).to_contain_text(yusuf["name"])


def test_r47_r56_a_missed_call_is_called_back_with_two_keys(sara, ring, yusuf):
    page = sara.open()
    call = ring(SARA, caller=yusuf["phone"])
    expect(page.locator(POPUP)).to_contain_text(yusuf["name"])
    call.over()
    expect(page.locator(POPUP)).to_have_count(0)
    # The page knows all of the call's end, so that nothing is drawn while a key is pressed.
    waiting = re.compile("callers waiting: [1-9]")
    expect(page.get_by_role("button", name=waiting)).to_be_visible()
    open_phone(page)
    row = page.locator(f"{HOME} .o-callgear-last li").first
    expect(row).to_contain_text(yusuf["name"])
    expect(row).to_contain_text("missed")
    page.keyboard.press("Alt+Shift+K")
    expect(page.locator(POPUP)).to_contain_text("Calling you")


def test_r56_from_the_command_palette(sara, yusuf):
    page = sara.open()
    page.keyboard.press("Control+K")
    page.locator(".o_command_palette_search input").fill(f"+{yusuf['name']}")
    expect(page.locator(".o_command.focused")).to_contain_text(yusuf["phone"])
    page.keyboard.press("Enter")
    expect(page.locator(POPUP)).to_contain_text(yusuf["name"])


def test_r56_on_a_phone_nothing_is_cut_off(stage):
    agent = stage.agent("sara", width=390, height=844)
    try:
        page = agent.open()
        page.keyboard.press(OPEN)
        home = page.locator(HOME)
        expect(home.locator(".o-callgear-figures")).to_be_visible()
        assert home.evaluate("el => el.scrollWidth <= el.clientWidth")
    finally:
        agent.close()
