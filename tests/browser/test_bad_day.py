# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What goes wrong on a bad day, in real browsers: nothing is covered, lost or mistaken."""

import re

import pytest
from playwright.sync_api import expect

from ..waiting import wait_until
from .stage import CONNECTED, OMAR, POPUP, SARA

PANEL = ".o-callgear-PhonePanel"
CARD = ".o-callgear-CallCard"
ICON = ".o-callgear-PhoneIcon"
BAR = ".o-callgear-CallBar"


@pytest.fixture
def maryam(sara, number):
    values = {"name": f"Maryam {number[-4:]}", "phone": number}
    (partner_id,) = sara.call("res.partner", "create", [values])
    return {"id": partner_id, **values}


@pytest.fixture
def stranger(sara, number):
    """A contact who has nothing to do with any call."""
    (partner_id,) = sara.call(
        "res.partner", "create", [{"name": f"Somebody Else {number[-4:]}"}]
    )
    return partner_id


def card_of(page, text):
    return page.locator(CARD).filter(has_text=text)


def is_on_top(locator):
    """Whether a click on its middle reaches the element, and nothing that lies above."""
    return locator.evaluate(
        """(el) => {
            const {left, top, width, height} = el.getBoundingClientRect();
            const hit = document.elementFromPoint(left + width / 2, top + height / 2);
            return el.contains(hit);
        }"""
    )


def test_r6_the_second_call_covers_no_key_of_the_first(sara, ring, maryam, number):
    """A7: both are cards of one panel, each with its own keys; the talk is on top."""
    page = sara.open()
    first = ring(SARA, caller=maryam["phone"])
    expect(page.locator(POPUP)).to_be_visible()
    first.answer(SARA)
    expect(page).to_have_url(re.compile(rf"/res\.partner/{maryam['id']}$"))
    second = ring(SARA, caller="+971505599887")
    expect(card_of(page, "+971505599887")).to_be_visible()
    talk = page.locator(CARD).first
    expect(talk).to_contain_text(maryam["name"])
    for key in ("hang-up", "hold", "transfer"):
        assert is_on_top(talk.locator(f".o-callgear-{key}")), key
    talk.locator(".o-callgear-hang-up").click()
    expect(card_of(page, maryam["name"]).locator(".o-callgear-hang-up")).to_have_count(
        0
    )
    expect(card_of(page, "+971505599887")).to_be_visible()
    second.over()
    first.over()


def test_r6_a_folded_call_is_one_click_away_also_after_answering(sara, ring, number):
    """A3: closing only folds."""
    page = sara.open()
    call = ring(SARA, caller=number)
    expect(page.locator(POPUP)).to_be_visible()
    page.keyboard.press("Alt+Shift+P")
    expect(page.locator(PANEL)).to_have_count(0)
    call.answer(SARA)
    expect(page.locator(ICON)).to_have_attribute("data-state", "talking")
    page.reload()
    sara.settled(page)
    expect(page.locator(PANEL)).to_have_count(0)
    page.locator(ICON).click()
    popup = page.locator(POPUP)
    expect(popup.get_by_role("button", name="New ticket")).to_be_visible()
    expect(popup.get_by_role("button", name="Find the contact")).to_be_visible()


def test_r12_a_stranger_is_offered_everything_on_another_contacts_form(
    sara, ring, number, stranger
):
    """A2: and the form names both before it links one to the other."""
    page = sara.open(f"/odoo/res.partner/{stranger}")
    call = ring(SARA, caller=number)
    expect(page.locator(POPUP)).to_be_visible()
    call.answer(SARA)
    for name in ("New ticket", "Find the contact"):
        button = page.get_by_role("button", name=re.compile(name)).first
        expect(button).to_be_visible()
    link = page.locator(f"{BAR} .o-callgear-link")
    expect(link).to_contain_text(number)
    expect(link).to_contain_text("Somebody Else")


@pytest.mark.parametrize("who", ["maryam", "stranger"])
def test_r6_a_call_is_shown_above_a_dialog(sara, ring, number, request, who):
    """Over a contact's form, which shows the call of a known caller and of an unknown one."""
    partner = request.getfixturevalue(who)
    partner_id = partner["id"] if who == "maryam" else partner
    page = sara.open(f"/odoo/res.partner/{partner_id}")
    call = ring(SARA, caller=number)
    expect(page.locator(POPUP)).to_be_visible()
    call.answer(SARA)
    expect(page.locator(BAR)).to_be_visible()
    page.get_by_role("button", name="Activity", exact=True).click()
    dialog = page.locator(".modal-content")
    expect(dialog).to_be_visible()
    popup = page.locator(POPUP)
    for key in ("hang-up", "hold", "summary"):
        assert is_on_top(popup.locator(f".o-callgear-{key}")), key
    assert is_on_top(dialog.locator(".btn-close"))
    for button in dialog.locator(".modal-footer button").all():
        if button.is_visible():
            assert is_on_top(button), button.text_content()
    popup.locator(".o-callgear-hang-up").click()
    expect(page.locator(POPUP)).to_have_count(0)
    expect(dialog).to_be_visible()
    call.over()


def test_r11_where_a_call_belongs_is_asked_without_the_phone(sara, ring, maryam):
    page = sara.open(f"/odoo/res.partner/{maryam['id']}")
    call = ring(SARA, caller=maryam["phone"])
    expect(page.locator(POPUP)).to_be_visible()
    call.answer(SARA)
    page.locator(f"{BAR} .o-callgear-another").click()
    expect(page.locator(".o_dialog .o-callgear-Move")).to_be_visible()
    expect(page.locator(PANEL)).to_have_count(0)
    call.over()


def test_r6_a_call_that_begins_during_a_dialog(sara, ring, number):
    page = sara.open("/odoo/helpdesk-tickets/new")
    page.locator(".o_field_widget[name='partner_id'] input").fill("Nobody By This Name")
    page.get_by_text("Create and edit").click()
    dialog = page.locator(".modal-dialog")
    expect(dialog).to_be_visible()
    call = ring(SARA, caller=number)
    popup = page.locator(POPUP)
    expect(popup).to_be_visible()
    call.answer(SARA)
    key = popup.locator(".o-callgear-hang-up")
    expect(key).to_be_enabled()
    assert is_on_top(key)
    page.keyboard.press("Alt+Shift+H")
    expect(page.locator(POPUP)).to_have_count(0)
    expect(dialog).to_be_visible()
    call.over()


def test_r6_a_call_in_the_middle_of_a_message(sara, ring, number):
    """In Discuss: what is being written there stays, and the cursor with it."""
    page = sara.open()
    general = sara.call("discuss.channel", "search", [("name", "=", "general")])[0]
    page.goto(f"/odoo/action-mail.action_discuss?active_id=discuss.channel_{general}")
    page.wait_for_function(CONNECTED)
    message = page.locator(".o-mail-Composer-input:not(.o-mail-Composer-fake)")
    message.click()
    page.keyboard.type("Good ")
    call = ring(SARA, caller=number)
    expect(page.locator(POPUP)).to_be_visible()
    page.keyboard.type("morn")
    call.answer(SARA)
    expect(page.locator(f"{POPUP} .o-callgear-hang-up")).to_be_enabled()
    page.keyboard.type("ing")
    call.hang_up()
    expect(page.locator(POPUP)).to_have_count(0)
    page.keyboard.type("!")
    expect(message).to_have_value("Good morning!")
    expect(message).to_be_focused()
    call.over()


def test_r6_a_call_in_the_middle_of_a_drag(sara, ring, number):
    """A ticket is dragged to another stage while the phone rings and is answered."""
    (ticket_id,) = sara.call(
        "helpdesk.ticket",
        "create",
        [{"name": f"Dragged {number[-4:]}", "description": "x", "user_id": sara.id}],
    )
    page = sara.open("/odoo/helpdesk-tickets?view_type=kanban")
    ticket = page.locator(".o_kanban_record").filter(has_text=f"Dragged {number[-4:]}")
    expect(ticket).to_be_visible()
    box = ticket.bounding_box()
    page.mouse.move(box["x"] + 40, box["y"] + 15)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 25, steps=4)
    call = ring(SARA, caller=number)
    expect(page.locator(POPUP)).to_be_visible()
    target = page.locator(".o_kanban_group").nth(1).bounding_box()
    page.mouse.move(target["x"] + 40, target["y"] + 120, steps=8)
    page.mouse.up()
    before = sara.call("helpdesk.ticket", "read", [ticket_id], ["stage_id"])
    assert before, "it is still there"
    expect(page.locator(POPUP)).to_be_visible()
    call.over()


def test_r9_typing_in_a_field_of_the_page_is_not_disturbed(sara, ring, number):
    """Rings, is answered and ends while the agent types into another ticket."""
    page = sara.open("/odoo/helpdesk-tickets/new")
    name = page.locator(".o_field_widget[name='name']").locator("input, textarea").first
    name.click()
    text = "The quick brown fox jumps over the lazy dog"
    page.keyboard.type(text[:12])
    call = ring(SARA, caller=number)
    expect(page.locator(POPUP)).to_be_visible()
    page.keyboard.type(text[12:25])
    call.answer(SARA)
    expect(page.locator(f"{POPUP} .o-callgear-hang-up")).to_be_enabled()
    page.keyboard.type(text[25:35])
    call.hang_up()
    expect(page.locator(POPUP)).to_have_count(0)
    page.keyboard.type(text[35:])
    expect(name).to_have_value(text)
    call.over()


def test_r57_the_note_of_the_first_call_waits_while_the_second_goes_on(
    sara, ring, maryam, number
):
    page = sara.open()
    first = ring(SARA, caller=maryam["phone"])
    expect(page.locator(POPUP)).to_be_visible()
    first.answer(SARA)
    expect(page).to_have_url(re.compile(rf"/res\.partner/{maryam['id']}$"))
    first.hang_up()
    first.over()
    note = page.locator(BAR).filter(has_text="finish your note").locator("textarea")
    note.click()
    page.keyboard.type("Half a ")
    second = ring(SARA, caller="+971505599886")
    expect(card_of(page, "+971505599886")).to_be_visible()
    second.answer(SARA)
    talk = page.locator(BAR).filter(has_text="+971505599886").locator("textarea")
    expect(talk).to_be_visible()
    page.keyboard.type("sentence")
    expect(note).to_have_value("Half a sentence")
    talk.fill("Of the second")
    second.over()
    domain = [("phone", "=", maryam["phone"])]
    wait_until(
        lambda: (
            sara.call("callgear.leg", "search_read", domain, ["summary"])[0]["summary"]
            == "Half a sentence"
        )
    )


def test_r6_answered_by_a_colleague_leaves_nothing_behind(sara, omar, ring, number):
    sara_page, omar_page = sara.open(), omar.open()
    call = ring(SARA, OMAR, caller=number)
    for page in (sara_page, omar_page):
        expect(page.locator(POPUP)).to_be_visible()
    call.answer(OMAR)
    expect(sara_page.locator(POPUP)).to_have_count(0)
    expect(sara_page.locator(ICON)).to_have_attribute("data-state", "idle")
    call.over()
