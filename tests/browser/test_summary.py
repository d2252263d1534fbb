# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R15, R20, R57: whatever happens to the call, not one key of what is typed is lost."""

import re

import pytest
from playwright.sync_api import expect

from ..waiting import wait_until
from .stage import POPUP, SARA

BAR = ".o-callgear-CallBar"
BOX = ".o-callgear-TicketCall .o-callgear-summary"
CARD = ".o-callgear-CallMessage"
TICKET = re.compile(r"/helpdesk\.ticket/\d+$|/helpdesk-tickets/\d+$")
WORDS = "The parcel that was sent on Monday has not arrived; she waits for a call. "
# Milliseconds between two keys of somebody who types fast.
FAST = 25


@pytest.fixture
def maryam(sara, number):
    """A contact with the number of this test."""
    values = {"name": f"Maryam {number[-4:]}", "phone": number}
    (partner_id,) = sara.call("res.partner", "create", [values])
    return {"id": partner_id, **values}


def open_new_ticket(page, call):
    """Answer, and press *New ticket from this call*."""
    expect(page.locator(POPUP)).to_be_visible()
    call.answer(SARA)
    page.locator(BAR).get_by_role("button", name="New ticket from this call").click()
    expect(page.locator(BOX)).to_be_visible()


def name_field(page):
    return page.locator(".o_form_view .o_field_widget[name='name'] input").first


def mark(locator):
    locator.evaluate("el => { window.marked = el; }")


def is_marked(locator):
    return locator.evaluate("el => el === window.marked")


def cursor(locator):
    return locator.evaluate("el => el.selectionStart")


def summary_of(agent, number):
    domain = [("call_id.phone", "=", number), ("entry", "=", "conversation")]
    (leg,) = agent.call("callgear.leg", "search_read", domain, ["summary"])
    return leg["summary"]


def test_r15_typing_at_full_speed_while_the_form_becomes_the_ticket(sara, ring, maryam):
    """The box stays the same, with focus and cursor, until the note is done."""
    page = sara.open()
    call = ring(SARA, caller=maryam["phone"])
    open_new_ticket(page, call)
    box = page.locator(BOX)
    box.click()
    mark(box)
    page.keyboard.type(WORDS, delay=FAST)
    call.hang_up()
    page.keyboard.type(WORDS * 2, delay=FAST)
    expect(page).to_have_url(TICKET)
    block = page.locator(".o-callgear-TicketCall")
    expect(block).to_contain_text("Call ended: finish your note")
    page.keyboard.type("The end", delay=FAST)
    text = WORDS * 3 + "The end"
    expect(box).to_have_value(text)
    assert is_marked(box)
    assert cursor(box) == len(text)
    expect(box).to_be_focused()
    expect(page.locator(CARD)).to_contain_text("The end")
    expect(page.locator(".o-callgear-RecordingPlayer")).to_be_visible()
    page.keyboard.type("!")
    expect(box).to_have_value(text + "!")
    page.keyboard.press("Control+Enter")
    expect(block).to_have_count(0)
    assert summary_of(sara, maryam["phone"]) == text + "!"


def test_r15_the_subject_too(sara, ring, maryam):
    page = sara.open()
    call = ring(SARA, caller=maryam["phone"])
    open_new_ticket(page, call)
    name = name_field(page)
    name.fill("")
    name.click()
    mark(name)
    page.keyboard.type(WORDS, delay=FAST)
    call.hang_up()
    page.keyboard.type(WORDS, delay=FAST)
    expect(page).to_have_url(TICKET)
    page.keyboard.type("The end")
    expect(name).to_have_value(WORDS * 2 + "The end")
    assert is_marked(name)
    expect(name).to_be_focused()


@pytest.mark.parametrize("typed", ["Two ", "  Two", "Two  "])
def test_r15_spaces_around_the_subject_stay_while_it_is_typed(
    sara, ring, maryam, typed
):
    """Odoo cuts them off when it saves; here nobody has pressed *Save*."""
    page = sara.open()
    call = ring(SARA, caller=maryam["phone"])
    open_new_ticket(page, call)
    name = name_field(page)
    name.fill("")
    name.click()
    page.keyboard.type(typed)
    call.hang_up()
    expect(page).to_have_url(TICKET)
    expect(page.locator(".o-callgear-TicketCall")).to_contain_text("Call ended")
    page.keyboard.type("words")
    expect(name).to_have_value(f"{typed}words")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Save manually").click()
    subjects = [
        ("partner_id", "=", maryam["id"]),
        ("name", "=", f"{typed}words".strip()),
    ]
    wait_until(lambda: sara.call("helpdesk.ticket", "search_count", subjects))


def test_r15_spaces_are_cut_as_ever_while_the_form_is_being_saved(sara, ring, maryam):
    page = sara.open()
    held = []
    page.route("**/helpdesk.ticket/web_save", lambda route: held.append(route))
    call = ring(SARA, caller=maryam["phone"])
    open_new_ticket(page, call)
    name = name_field(page)
    name.fill("")
    name.click()
    page.keyboard.type("  Two")
    with page.expect_request("**/helpdesk.ticket/web_save"):
        call.hang_up()
    page.keyboard.type("words")
    page.keyboard.press("Tab")
    held[0].continue_()
    expect(page).to_have_url(TICKET)
    expect(name).to_have_value("Twowords")


def test_r20_a_call_from_the_ticket_that_ends(sara, ring, maryam):
    """The box of a call that was attached stays in the ticket; no click to save it."""
    page = sara.open()
    ring(SARA, caller=maryam["phone"]).over()
    # What rings is worked on before what is over: its ticket may not be there yet.
    of_caller = [("call_leg_ids.call_id.phone", "=", maryam["phone"])]
    wait_until(lambda: sara.call("helpdesk.ticket", "search_count", of_caller))
    call = ring(SARA, caller=maryam["phone"])
    expect(page.locator(POPUP)).to_be_visible()
    call.answer(SARA)
    page.locator(BAR).get_by_role("button", name="Attach to").click()
    box = page.locator(BOX).last
    expect(box).to_be_focused()
    mark(box)
    page.keyboard.type(WORDS, delay=FAST)
    call.hang_up()
    page.keyboard.type(WORDS, delay=FAST)
    expect(page.locator(".o-callgear-TicketCall").last).to_contain_text("Call ended")
    expect(box).to_have_value(WORDS * 2)
    assert is_marked(box)
    expect(box).to_be_focused()
    expect(page.locator(CARD).filter(has_text=(WORDS * 2).strip())).to_have_count(1)


def test_r57_two_tabs_show_the_same(sara, ring, maryam):
    page = sara.open()
    call = ring(SARA, caller=maryam["phone"])
    open_new_ticket(page, call)
    page.locator(BOX).click()
    page.keyboard.type("Typed here")
    expect(page.locator(".o-callgear-saved")).to_have_text("Saved")
    other = sara.open()
    other.locator(POPUP).get_by_role("button", name="New ticket from this call").click()
    box = other.locator(BOX)
    expect(box).to_have_value("Typed here")
    box.click()
    other.keyboard.press("End")
    other.keyboard.type(", and there")
    expect(page.locator(BOX)).to_have_value("Typed here, and there")


def test_a12_a_reload_keeps_the_form_and_what_was_typed(sara, ring, maryam):
    page = sara.open()
    call = ring(SARA, caller=maryam["phone"])
    open_new_ticket(page, call)
    page.locator(BOX).click()
    # The page is gone before it would have been saved.
    page.keyboard.type(WORDS)
    page.reload()
    expect(page.locator(BOX)).to_have_value(re.compile(WORDS.strip()))
    expect(name_field(page)).to_have_value(f"Incoming call from {maryam['phone']}")
    partner = page.locator(".o_field_widget[name='partner_id'] input")
    expect(partner).to_have_value(maryam["name"])
    call.over()
    expect(page).to_have_url(TICKET)
    expect(page.locator(BOX)).to_have_value(re.compile(WORDS.strip()))


def test_r57_the_server_is_away_for_some_seconds(stage, sara, ring, maryam):
    """What is typed meanwhile is saved when it is back; a reload in between loses nothing."""
    page = sara.open()
    call = ring(SARA, caller=maryam["phone"])
    open_new_ticket(page, call)
    box = page.locator(BOX)
    box.click()
    mark(box)
    page.keyboard.type("Before. ")
    with sara.without_server():
        stage.server.stop()
        page.keyboard.type(WORDS, delay=FAST)
        expect(page.locator(".o-callgear-saved")).to_contain_text("Not saved yet")
        page.keyboard.type("Meanwhile. ")
        stage.server.start()
        expect(page.locator(".o-callgear-saved")).to_have_text("Saved", timeout=60_000)
    page.keyboard.type("After.")
    text = f"Before. {WORDS}Meanwhile. After."
    expect(box).to_have_value(text)
    assert is_marked(box)
    call.over()
    expect(page.locator(CARD)).to_contain_text(text)
