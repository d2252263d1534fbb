# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Agents call out from Odoo, through the simulated Call API, in real browsers."""

import pytest
from playwright.sync_api import expect

from ..waiting import wait_until
from .stage import OMAR, POPUP, SARA, Call

BLOCK = ".o-callgear-TicketDial"
CARD = ".o-callgear-CallMessage"
KEYS = ".o-callgear-CallControls"
ENDED = "Call ended: finish your note"
PLAYER = ".o-callgear-RecordingPlayer[data-state='stored']"


@pytest.fixture(autouse=True)
def quiet(stage):
    """End the calls that a test leaves behind, and reset the faults it asked for."""
    yield
    stage.ask("PUT", "settings", api_fault="ok")
    for view in stage.ask("GET", "calls"):
        if view["live"]:
            Call(stage, view["session_id"]).over()


@pytest.fixture
def ticket(sara, number):
    """A ticket of a contact who has a number."""
    name = f"Maryam {number[-4:]}"
    partner = {"name": name, "phone": number}
    [partner_id] = sara.call("res.partner", "create", [partner])
    values = {"name": f"Parcel {number[-4:]}", "description": "-"}
    values["partner_id"] = partner_id
    [ticket_id] = sara.call("helpdesk.ticket", "create", [values])
    return {**values, "id": ticket_id, "phone": number, "contact": name}


def open_ticket(agent, ticket):
    return agent.open(f"/odoo/helpdesk-tickets/{ticket['id']}")


def call_contact(page):
    """Press the handset at the message editor."""
    page.locator(".o-callgear-ChatterCall").click()


def started(stage, ticket):
    """The call that the API was asked for, once it was."""

    def found():
        return [view for view in stage.ask("GET", "calls") if is_to(view, ticket)]

    wait_until(found)
    return Call(stage, found()[0]["session_id"])


def is_to(view, ticket):
    number = ticket["phone"].lstrip("+")
    return view["live"] and view["state"] != "ended" and number in str(view)


def contact_answers(call):
    call.stage.ask("POST", f"calls/{call.session}/answer")


def talk(stage, page, ticket):
    """Call from a ticket's page until both talk."""
    call_contact(page)
    call = started(stage, ticket)
    call.answer(SARA)
    contact_answers(call)
    expect(page.locator(BLOCK)).to_contain_text("Talking")
    return call


def test_r18_r20_from_the_handset_to_the_recording(stage, sara, ticket):
    page = open_ticket(sara, ticket)
    url = page.url
    page.evaluate("window.neverReloaded = true")
    call_contact(page)
    block = page.locator(BLOCK)
    expect(block).to_contain_text("Calling you")
    expect(block).to_contain_text(ticket["contact"])
    expect(block).to_be_in_viewport()
    expect(page.locator(POPUP)).to_have_count(0)
    call = started(stage, ticket)
    call.answer(SARA)
    expect(block).to_contain_text("Calling the contact")
    expect(block.locator("textarea")).to_have_count(0)
    contact_answers(call)
    expect(block).to_contain_text("Talking")
    assert page.url == url, "nothing opens over the ticket"

    block.locator("textarea").fill("It has arrived.")
    card = page.locator(CARD)
    expect(card).to_contain_text("It has arrived.")
    expect(card).to_contain_text("Call in progress")
    block.get_by_role("button", name="Hang up").click()
    expect(block).to_contain_text(ENDED)
    expect(card).to_contain_text("talked")
    block.get_by_role("button", name="Done").click()
    expect(block).to_have_count(0)
    expect(page.locator(PLAYER)).to_have_count(1)
    expect(card).to_have_count(1)
    assert page.url == url and page.evaluate("window.neverReloaded")


def test_r20_what_was_typed_is_kept_if_the_contact_hangs_up(stage, sara, ticket):
    page = open_ticket(sara, ticket)
    call = talk(stage, page, ticket)
    page.locator(f"{BLOCK} textarea").fill("Half a sente")
    call.hang_up()
    expect(page.locator(BLOCK)).to_contain_text(ENDED)
    expect(page.locator(f"{BLOCK} textarea")).to_have_value("Half a sente")
    expect(page.locator(CARD)).to_contain_text("Half a sente")


def test_r19_on_another_page_a_popup_leads_back(stage, sara, ticket):
    page = open_ticket(sara, ticket)
    call_contact(page)
    expect(page.locator(BLOCK)).to_be_visible()
    other = sara.open()
    popup = other.locator(POPUP)
    expect(popup).to_contain_text("Calling you")
    call = started(stage, ticket)
    call.answer(SARA)
    expect(popup).to_contain_text("Calling the contact")
    contact_answers(call)
    expect(popup).to_contain_text("Talking")
    popup.locator(".o-callgear-origin").click()
    expect(other.locator(BLOCK)).to_contain_text("Talking")
    expect(popup).to_have_count(0)
    other.locator(BLOCK).get_by_role("button", name="Hang up").click()
    for each in (page, other):
        expect(each.locator(BLOCK)).to_contain_text(ENDED)


def test_r21_without_a_ticket_the_phone_says_that_nobody_has_answered(
    stage, sara, ticket
):
    page = sara.open(f"/odoo/res.partner/{ticket['partner_id']}")
    page.locator("[name='phone'] .o-callgear-CallHandset").click()
    call = started(stage, ticket)
    call.answer(SARA)
    expect(page.locator(POPUP)).to_contain_text("Calling the contact")
    call.hang_up(SARA)
    card = page.locator(".o-callgear-unanswered")
    expect(card).to_contain_text("Call ended:")
    expect(card).to_contain_text(ticket["contact"])
    expect(page.locator(POPUP)).to_have_count(0)
    call.over()
    page.keyboard.press("Alt+Shift+K")
    expect(page.locator(POPUP)).to_contain_text("Calling you")
    expect(card).to_have_count(0)
    started(stage, ticket).over()
    card.get_by_role("button", name="Dismiss").click()
    expect(page.locator(".o-callgear-PhonePanel")).to_have_count(0)


def test_r18_from_a_phone_field(stage, sara, ticket):
    page = sara.open(f"/odoo/res.partner/{ticket['partner_id']}")
    page.locator("[name='phone'] .o-callgear-CallHandset").click()
    popup = page.locator(POPUP)
    expect(popup).to_contain_text("Calling you")
    call = started(stage, ticket)
    call.answer(SARA)
    contact_answers(call)
    bar = page.locator(".o-callgear-CallBar")
    expect(bar).to_contain_text("Call in progress")
    bar.get_by_role("button", name="Hang up").click()
    expect(bar).to_contain_text(ENDED)


def test_r21_the_agent_does_not_pick_up(stage, sara, ticket):
    page = open_ticket(sara, ticket)
    call_contact(page)
    expect(page.locator(BLOCK)).to_be_visible()
    started(stage, ticket).hang_up(SARA)
    expect(page.locator(BLOCK)).to_contain_text("not made: you did not pick up")
    expect(page.locator(CARD)).to_contain_text("not made, Sara Haddad did not pick up")
    page.locator(f"{BLOCK} .o-callgear-dismiss").click()
    expect(page.locator(BLOCK)).to_have_count(0)


def test_r22_a_refusal_is_told_in_words(stage, sara, ticket):
    page = open_ticket(sara, ticket)
    stage.ask("PUT", "settings", api_fault="limit_exceeded")
    call_contact(page)
    notice = page.locator(".o_notification:has(.bg-danger)")
    expect(notice).to_contain_text("limit")
    expect(page.locator(BLOCK)).to_have_count(0)
    expect(page.locator(".o-callgear-ChatterCall")).to_be_enabled()


def test_r52_hold_and_pass_on_to_a_colleague(stage, sara, omar, ticket):
    page, omar_page = open_ticket(sara, ticket), omar.open()
    call = talk(stage, page, ticket)
    keys = page.locator(f"{BLOCK} {KEYS}")
    keys.get_by_role("button", name="Hold").click()
    expect(keys).to_contain_text("On hold")
    keys.get_by_role("button", name="Resume").click()
    expect(keys).not_to_contain_text("On hold")
    keys.get_by_role("button", name="Transfer").click()
    keys.get_by_role("button", name="Ask first: Omar Nasser").click()
    expect(keys).to_contain_text("Calling Omar Nasser")
    expect(omar_page.locator(POPUP)).to_contain_text(ticket["contact"])
    call.answer(OMAR)
    expect(keys).to_contain_text("You are talking to Omar Nasser")
    keys.get_by_role("button", name="Connect").click()
    expect(page.locator(BLOCK)).to_contain_text(ENDED)
    expect(page.locator(CARD)).to_contain_text("talked")


def test_r25_a_missed_call_is_called_back_from_its_notification(stage, sara, ticket):
    page = sara.open()
    call = stage.ring(SARA, caller=ticket["phone"])
    expect(page.locator(POPUP)).to_be_visible()
    call.hang_up()
    notice = page.locator(".o_notification.o-callgear-missed")
    expect(notice).to_contain_text(f"Missed call from {ticket['contact']}")
    notice.get_by_role("button", name="Call back").click()
    expect(page.locator(POPUP)).to_contain_text("Calling you")
    expect(page.locator(POPUP)).to_contain_text("Missed call from")
    expect(notice).to_have_count(0)
