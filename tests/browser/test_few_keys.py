# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How little an agent has to do for a call: clicks and keys are counted (R56)."""

import re

import pytest
from playwright.sync_api import expect

from ..waiting import wait_until
from .stage import POPUP, SARA

PANEL = ".o-callgear-PhonePanel"
CARD = ".o-callgear-CallCard"
TICKET = re.compile(r"/helpdesk\.ticket/\d+$|/helpdesk-tickets/\d+$")


class Hands:
    """What an agent does on a page; the words they type are not counted."""

    def __init__(self, page):
        self.page = page
        self.clicks = self.keys = 0

    def click(self, target):
        self.clicks += 1
        target.click()

    def press(self, chord):
        """One key, with what is held down for it."""
        self.keys += 1
        self.page.keyboard.press(chord)

    def letter(self, letter):
        """A letter of the phone, once something has it."""
        self.page.wait_for_function(
            """(letter) => [...document.querySelectorAll(
                `[data-callgear-key="${letter}"]`
            )].some((el) => el.checkVisibility() && el.ariaDisabled !== "true")""",
            arg=letter,
        )
        self.press(f"Alt+Shift+{letter.upper()}")

    def type(self, text):
        """Where the cursor stands; nobody has clicked there."""
        self.page.wait_for_function(
            "document.activeElement?.matches('textarea, input:not([type=checkbox])')"
        )
        self.page.keyboard.type(text)

    def summarize(self, text):
        """In the summary: the cursor stands there already."""
        expect(self.page.locator(".o-callgear-summary:focus")).to_be_visible()
        self.page.keyboard.type(text)


@pytest.fixture
def hands(sara):
    return Hands(sara.open())


@pytest.fixture
def maryam(sara, number):
    values = {"name": f"Maryam {number[-4:]}", "phone": number}
    (partner_id,) = sara.call("res.partner", "create", [values])
    return {"id": partner_id, **values}


def ticket_of(agent, maryam, name="The parcel is late"):
    """An open ticket that the caller has already."""
    values = {"name": name, "description": name, "partner_id": maryam["id"]}
    (ticket_id,) = agent.call("helpdesk.ticket", "create", [values])
    return ticket_id


def conversations(agent, number, count=1):
    """The caller's conversations, once so many stand in tickets."""
    domain = [("phone", "=", number), ("ticket_id", "!=", False)]
    fields = ["ticket_id", "summary", "subject", "partner_id", "result_id"]

    def read():
        return agent.call("callgear.leg", "search_read", domain, fields, order="id")

    wait_until(lambda: len(read()) == count, what=read)
    return read()


def answered(ring, hands, number):
    call = ring(SARA, caller=number)
    expect(hands.page.locator(POPUP)).to_be_visible()
    call.answer(SARA)
    return call


def kept(agent, number, summary):
    """Wait until what was typed is at the server."""
    domain = [("phone", "=", number), ("summary", "=", summary)]
    wait_until(lambda: agent.call("callgear.leg", "search_count", domain) == 1)


def test_r11_known_caller_one_click_and_the_summary(sara, hands, ring, maryam):
    """*Attach*, and type."""
    ticket_id = ticket_of(sara, maryam)
    call = answered(ring, hands, maryam["phone"])
    expect(hands.page).to_have_url(re.compile(rf"/res\.partner/{maryam['id']}$"))
    hands.click(hands.page.locator(".o-callgear-attach:visible"))
    expect(hands.page).to_have_url(TICKET)
    hands.summarize("It waits at the customs")
    kept(sara, maryam["phone"], "It waits at the customs")
    call.over()
    (talk,) = conversations(sara, maryam["phone"])
    assert talk["ticket_id"][0] == ticket_id
    assert talk["summary"] == "It waits at the customs"
    assert hands.clicks == 1


def test_r8_r15_known_caller_new_ticket_with_one_click(sara, hands, ring, maryam):
    """*New ticket*, type, and the end of the call makes it."""
    call = answered(ring, hands, maryam["phone"])
    expect(hands.page).to_have_url(re.compile(rf"/res\.partner/{maryam['id']}$"))
    hands.click(hands.page.locator(".o-callgear-new-ticket:visible"))
    hands.summarize("Wants twenty chairs")
    kept(sara, maryam["phone"], "Wants twenty chairs")
    call.over()
    (talk,) = conversations(sara, maryam["phone"])
    assert talk["summary"] == "Wants twenty chairs"
    assert hands.clicks == 1


def test_r12_r13_unknown_caller_three_clicks(sara, hands, ring, number):
    """*Find the contact*, the row's *Link to the call*, *New ticket*."""
    name = f"Zaynab {number[-4:]}"
    (partner_id,) = sara.call("res.partner", "create", [{"name": name}])
    call = answered(ring, hands, number)
    hands.click(hands.page.locator(".o-callgear-find:visible").first)
    search = hands.page.locator(".o_searchview_input")
    search.wait_for()
    # The list opens with the cursor in its search.
    hands.type(name)
    hands.page.keyboard.press("Enter")
    row = hands.page.locator(".o_data_row").filter(has_text=name)
    expect(hands.page.locator(".o_data_row")).to_have_count(1)
    hands.click(row.get_by_role("button", name="Link to the call"))
    expect(hands.page).to_have_url(re.compile(rf"/res\.partner/{partner_id}$"))
    hands.click(hands.page.locator(".o-callgear-new-ticket:visible").first)
    hands.summarize("Asks for an offer")
    kept(sara, number, "Asks for an offer")
    call.over()
    (talk,) = conversations(sara, number)
    assert talk["partner_id"][0] == partner_id
    assert hands.clicks == 3


def test_r10_doing_nothing_needs_no_click(sara, hands, ring, maryam):
    call = answered(ring, hands, maryam["phone"])
    call.over()
    (talk,) = conversations(sara, maryam["phone"])
    assert talk["ticket_id"][1].endswith(f"Incoming call from {maryam['phone']}") or (
        sara.call("helpdesk.ticket", "read", [talk["ticket_id"][0]], ["name"])[0][
            "name"
        ]
        == f"Incoming call from {maryam['phone']}"
    )
    assert (hands.clicks, hands.keys) == (0, 0)


def test_a_whole_call_by_twelve_keys(sara, hands, ring, maryam):
    """Hold, resume, a ticket, the summary, hang up, the note: no mouse at all."""
    call = answered(ring, hands, maryam["phone"])
    expect(hands.page).to_have_url(re.compile(rf"/res\.partner/{maryam['id']}$"))
    hands.letter("r")
    expect(hands.page.get_by_text("On hold").first).to_be_visible()
    hands.letter("r")
    expect(hands.page.get_by_text("On hold")).to_have_count(0)
    hands.letter("n")
    hands.summarize("Wants the invoice again")
    kept(sara, maryam["phone"], "Wants the invoice again")
    hands.letter("h")
    expect(hands.page).to_have_url(TICKET)
    hands.letter("d")
    expect(hands.page.locator("[data-callgear-key='d']:visible")).to_have_count(0)
    call.over()
    (talk,) = conversations(sara, maryam["phone"])
    assert talk["summary"] == "Wants the invoice again"
    assert hands.clicks == 0
    assert hands.keys <= 12


def test_r13_unknown_caller_by_keyboard(sara, hands, ring, number):
    name = f"Yasmin {number[-4:]}"
    (partner_id,) = sara.call("res.partner", "create", [{"name": name}])
    call = answered(ring, hands, number)
    hands.letter("f")
    hands.page.locator(".o_searchview_input").wait_for()
    hands.type(name)
    hands.press("Enter")
    expect(hands.page.locator(".o_data_row")).to_have_count(1)
    hands.press("ArrowDown")  # the list's head
    hands.press("ArrowDown")
    hands.press("ArrowRight")  # past the box that selects the row
    hands.press("Enter")
    expect(hands.page).to_have_url(re.compile(rf"/res\.partner/{partner_id}$"))
    hands.letter("z")
    expect(hands.page.locator(".o-callgear-link")).to_have_count(0)
    call.over()
    (talk,) = conversations(sara, number)
    assert talk["partner_id"][0] == partner_id
    assert (hands.clicks, hands.keys <= 12) == (0, True)


def test_the_panel_is_opened_and_folded_by_keyboard(hands):
    """Escape folds it, and the focus is where it was before: at the icon."""
    hands.letter("p")
    panel = hands.page.locator(PANEL)
    expect(panel).to_be_visible()
    hands.type("+97150")
    hands.press("Escape")
    if panel.is_visible():  # the first one has closed the list of matches
        hands.press("Escape")
    expect(panel).to_have_count(0)
    hands.letter("p")
    expect(panel).to_be_visible()
