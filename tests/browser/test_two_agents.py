# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Agents in real browsers, called by the simulated PBX through a real Odoo server."""

import re

import pytest
from playwright.sync_api import expect

from devtools.server import OdooServer

from ..waiting import wait_until
from .conftest import observed
from .stage import OMAR, POPUP, SARA

BAR = ".o-callgear-CallBar"
CARD = ".o-callgear-CallMessage"
ENDED = "Call ended: finish your note"
PLAYER = ".o-callgear-RecordingPlayer[data-state='stored']"
TICKET = re.compile(r"/helpdesk\.ticket/\d+$|/helpdesk-tickets/\d+$")
PROCESSES = {"one process": 0, "two workers": 2}


@pytest.fixture
def maryam(sara, number):
    """A contact with the number of this test."""
    values = {
        "name": f"Maryam {number[-4:]}",
        "phone": number,
        "email": "maryam@example.com",
    }
    (partner_id,) = sara.call("res.partner", "create", [values])
    return {"id": partner_id, **values}


def contact_url(partner_id):
    return re.compile(rf"/res\.partner/{partner_id}$")


def typed(page, name):
    """The input of a field of the form."""
    field = page.locator(f".o_form_view .o_field_widget[name='{name}']")
    return field.locator("input, textarea").first


def new_ticket(page, **values):
    """Press *New ticket from this call*, and type into the form that opens."""
    page.get_by_role("button", name="New ticket from this call").click()
    expect(page.locator(".o-callgear-TicketCall")).to_be_visible()
    for name, value in values.items():
        typed(page, name).fill(value)


def create(page):
    """Press *Create*: the form becomes the ticket."""
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page).to_have_url(TICKET)


def tickets(agent, number, count=1):
    """The tickets of a caller, oldest first, once all are there and no one else's."""
    domain = [("call_leg_ids.call_id.phone", "=", number)]
    fields = ["name", "number", "user_id", "partner_id"]

    def read():
        return agent.call("helpdesk.ticket", "search_read", domain, fields, order="id")

    wait_until(lambda: len(read()) == count, what=read)
    return read()


def play(page):
    """Play the recording of the only player, and hear it."""
    player = page.locator(PLAYER)
    expect(player).to_have_count(1)
    with page.expect_response(lambda answer: "/web/content/" in answer.url) as answer:
        player.get_by_role("button", name="Play").click()
    assert answer.value.status == 206
    page.wait_for_function(f'document.querySelector("{PLAYER} input")?.value > 0.2')


# ------------------------------------------------------------- incoming, known caller


@pytest.mark.parametrize(
    "stage", PROCESSES.values(), ids=PROCESSES, indirect=True, scope="module"
)
def test_r6_r9_from_the_ringing_phones_to_the_recording(sara, omar, ring, maryam):
    sara_page, omar_page = sara.open(), omar.open()
    sara_page.evaluate("window.neverReloaded = true")
    call = ring(SARA, OMAR, caller=maryam["phone"])
    for page in (sara_page, omar_page):
        popup = page.locator(POPUP)
        expect(popup).to_contain_text("Incoming call")
        expect(popup).to_contain_text(maryam["name"])
        expect(popup).to_contain_text(maryam["phone"])
        expect(popup).to_contain_text("maryam@example.com")
        expect(popup).to_contain_text("+97145550100")

    call.answer(SARA)
    expect(omar_page.locator(POPUP)).to_have_count(0)
    expect(sara_page).to_have_url(contact_url(maryam["id"]))
    bar = sara_page.locator(BAR)
    expect(bar).to_contain_text("Call in progress")
    expect(sara_page.locator(POPUP)).to_have_count(0)

    summary = "Waits since Monday.\nCall back."
    new_ticket(sara_page, name="The parcel is late", call_summary=summary)
    expect(typed(sara_page, "partner_id")).to_have_value(maryam["name"])
    create(sara_page)
    card = sara_page.locator(CARD)
    expect(card).to_have_count(1)
    expect(card).to_contain_text("Call in progress")
    expect(card).to_contain_text(summary)
    expect(sara_page.locator(PLAYER)).to_have_count(0)

    call.hang_up()
    expect(card.locator(".o-callgear-course")).to_contain_text("talked")
    play(sara_page)
    (ticket,) = tickets(sara, maryam["phone"])
    assert ticket["name"] == "The parcel is late"
    assert ticket["user_id"][0] == sara.id
    assert sara_page.evaluate("window.neverReloaded"), "it must update itself"
    source = sara_page.locator(f"{PLAYER} a").get_attribute("href").partition("?")[0]
    answer = sara.context.request.get(source, headers={"Range": "bytes=100-299"})
    assert (answer.status, len(answer.body())) == (206, 200)


def test_r7_an_answered_call_opens_nothing_over_unsaved_work(sara, ring, maryam):
    page = sara.open("/odoo/helpdesk-tickets/new")
    typed(page, "name").fill("In the middle of it")
    call = ring(SARA, caller=maryam["phone"])
    expect(page.locator(POPUP)).to_contain_text("Incoming call")
    call.answer(SARA)
    expect(page.locator(POPUP)).to_contain_text("Call in progress")
    expect(typed(page, "name")).to_have_value("In the middle of it")
    assert page.url.endswith("/helpdesk-tickets/new")


def test_r10_an_agent_who_does_nothing_gets_a_ticket(sara, ring, maryam):
    page = sara.open()
    call = ring(SARA, caller=maryam["phone"])
    expect(page.locator(POPUP)).to_be_visible()
    call.answer(SARA)
    expect(page.locator(BAR)).to_be_visible()
    call.hang_up()
    expect(page.locator(BAR)).to_contain_text(ENDED)
    call.over()
    (ticket,) = tickets(sara, maryam["phone"])
    assert ticket["name"] == f"Incoming call from {maryam['phone']}"
    page = sara.open(f"/odoo/helpdesk-tickets/{ticket['id']}")
    play(page)


def test_r11_attach_to_a_ticket_of_the_caller(sara, ring, maryam):
    """An earlier call has made a ticket; this one is noted there."""
    page = sara.open()
    before = ring(SARA, caller=maryam["phone"])
    before.over()
    (ticket,) = tickets(sara, maryam["phone"])
    call = ring(SARA, caller=maryam["phone"])
    expect(page.locator(POPUP)).to_contain_text(ticket["name"])
    call.answer(SARA)
    page.locator(BAR).get_by_role(
        "button", name=f"Attach to {ticket['number']}"
    ).click()
    expect(page).to_have_url(re.compile(rf"/helpdesk\.ticket/{ticket['id']}$"))
    expect(page.locator(CARD)).to_have_count(2)
    page.get_by_role("button", name="Add a summary").click()
    page.locator(f"{CARD} textarea").fill("Second try")
    page.locator(CARD).get_by_role("button", name="Save").click()
    expect(page.locator(CARD).filter(has_text="Second try")).to_have_count(1)
    call.hang_up()
    play(page)
    assert [t["id"] for t in tickets(sara, maryam["phone"])] == [ticket["id"]]


def test_r11_the_ticket_takes_the_call_up(sara, ring, maryam):
    page = sara.open()
    ring(SARA, caller=maryam["phone"]).over()
    (ticket,) = tickets(sara, maryam["phone"])
    page.goto(f"/odoo/helpdesk-tickets/{ticket['id']}")
    sara.settled(page)
    sara.call("res.users", "write", [sara.id], {"callgear_open_contact": False})
    try:
        page.reload()
        sara.settled(page)
        call = ring(SARA, caller=maryam["phone"])
        expect(page.locator(POPUP)).to_be_visible()
        call.answer(SARA)
        page.get_by_role("button", name="Record the call in this ticket").click()
        box = page.locator(".o-callgear-TicketCall .o-callgear-summary")
        expect(box).to_be_focused()
        page.keyboard.type("It has arrived")
        expect(page.locator(CARD).filter(has_text="It has arrived")).to_have_count(1)
    finally:
        sara.call("res.users", "write", [sara.id], {"callgear_open_contact": True})


# -------------------------------------------------------------------- unknown caller


def test_r11_a_call_in_the_wrong_ticket_is_moved(sara, omar, ring, maryam):
    """By the keyboard; a colleague who looks at the wrong ticket sees it go."""
    values = {"description": "<p>x</p>", "partner_id": maryam["id"]}
    names = [f"{word} {maryam['phone'][-4:]}" for word in ("Wrong", "Right")]
    wrong, right = sara.call(
        "helpdesk.ticket", "create", [{"name": name, **values} for name in names]
    )
    page = sara.open()
    call = ring(SARA, caller=maryam["phone"])
    call.answer(SARA)
    expect(page).to_have_url(contact_url(maryam["id"]))
    (leg,) = sara.call(
        "callgear.leg", "search", [("call_id.phone", "=", maryam["phone"])]
    )
    sara.call("callgear.leg", "attach_to_ticket", [leg], wrong, "The parcel is lost")
    call.hang_up()
    page.goto(f"/odoo/helpdesk.ticket/{wrong}")
    colleague = omar.open(f"/odoo/helpdesk.ticket/{wrong}")
    for each in (page, colleague):
        expect(each.locator(CARD)).to_contain_text("The parcel is lost")
    expect(colleague.locator(".o-callgear-move")).to_have_count(0)
    page.locator(f"{CARD} .o-callgear-move").click()
    dialog = page.get_by_role("dialog")
    field = dialog.locator("[name='ticket_id'] input")
    expect(field).to_be_focused()
    field.fill(names[1])
    dialog.locator(".o-autocomplete--dropdown-item", has_text=names[1]).click()
    dialog.get_by_role("button", name="Move", exact=True).click()
    expect(page).to_have_url(re.compile(rf"/{right}$"))
    expect(page.locator(CARD)).to_contain_text("The parcel is lost")
    expect(colleague.locator(CARD)).to_have_count(0)


def test_r12_r13_find_the_contact_of_an_unknown_number(sara, ring, number):
    (partner_id,) = sara.call(
        "res.partner",
        "create",
        [{"name": f"Zaynab {number[-4:]}", "phone": "+97142220000"}],
    )
    page = sara.open()
    call = ring(SARA, caller=number)
    popup = page.locator(POPUP)
    expect(popup).to_contain_text("Unknown number")
    expect(popup.get_by_role("button", name="Find the contact")).to_have_count(0)
    call.answer(SARA)
    popup.get_by_role("button", name="Find the contact").click()
    expect(page.locator(".o_last_breadcrumb_item")).to_have_text("Find the Contact")
    page.locator(".o_searchview_input").fill(f"Zaynab {number[-4:]}")
    page.locator(".o_searchview_input").press("Enter")
    row = page.locator(".o_data_row").filter(has_text=f"Zaynab {number[-4:]}")
    expect(page.locator(".o_data_row")).to_have_count(1)
    row.get_by_role("button", name="Link to the call").click()
    expect(page).to_have_url(contact_url(partner_id))
    expect(page.locator(BAR)).to_contain_text("Call in progress")
    call.over()
    (ticket,) = tickets(sara, number)
    assert ticket["partner_id"][0] == partner_id
    phone = sara.call("res.partner", "read", [partner_id], ["phone"])[0]["phone"]
    assert phone.replace(" ", "") == "+97142220000", "no number is lost"

    again = ring(SARA, caller=number)
    expect(popup).to_contain_text(f"Zaynab {number[-4:]}")
    again.hang_up()
    expect(popup).to_have_count(0)


def test_r14_r15_a_new_contact_and_a_call_that_ends_first(sara, ring, number):
    """What was typed, up to the last word, is in the ticket that the form becomes."""
    page = sara.open()
    call = ring(SARA, caller=number)
    popup = page.locator(POPUP)
    expect(popup).to_contain_text("Unknown number")
    call.answer(SARA)
    new_ticket(page, name="Wants an offer", call_summary="Twenty chairs")
    expect(typed(page, "partner_id")).to_have_value(number)
    typed(page, "call_summary").focus()
    page.keyboard.press("End")
    page.keyboard.type(", oak")
    call.hang_up()
    expect(page).to_have_url(TICKET)
    expect(typed(page, "name")).to_have_value("Wants an offer")
    expect(page.locator(CARD)).to_contain_text("Twenty chairs, oak")
    expect(page.locator(".o_form_status_indicator_buttons.invisible")).to_have_count(1)
    expect(typed(page, "call_summary")).to_be_focused()
    play(page)
    (ticket,) = tickets(sara, number)
    assert ticket["name"] == "Wants an offer"
    assert page.url.endswith(f"/{ticket['id']}")


def test_r45_the_agent_switches_between_contacts_of_one_number(sara, ring, maryam):
    (other,) = sara.call(
        "res.partner", "create", [{"name": "Yusuf Twin", "phone": maryam["phone"]}]
    )
    page = sara.open()
    call = ring(SARA, caller=maryam["phone"])
    popup = page.locator(POPUP)
    expect(popup).to_contain_text("Same number:")
    shown = popup.locator(".o-callgear-who a")
    first = shown.inner_text()
    popup.locator(".o-callgear-others button").click()
    expect(shown).not_to_have_text(first)
    call.answer(SARA)
    chosen = maryam["id"] if first == "Yusuf Twin" else other
    expect(page).to_have_url(contact_url(chosen))


# ---------------------------------------------------------------------------- transfer


def test_r16_transfer_to_a_colleague(sara, omar, ring, maryam):
    sara_page, omar_page = sara.open(), omar.open()
    call = ring(SARA, caller=maryam["phone"])
    expect(sara_page.locator(POPUP)).to_be_visible()
    expect(omar_page.locator(POPUP)).to_have_count(0)
    call.answer(SARA)
    new_ticket(sara_page, name="Passed on")
    create(sara_page)
    expect(sara_page.locator(CARD)).to_contain_text("Call in progress")

    call.transfer(OMAR)
    expect(omar_page.locator(POPUP)).to_contain_text(maryam["name"])
    call.answer(OMAR)
    expect(omar_page).to_have_url(contact_url(maryam["id"]))
    call.hang_up(SARA)
    expect(sara_page.locator(f"{CARD} .o-callgear-course")).to_contain_text("talked")
    new_ticket(omar_page, name="Taken over")
    create(omar_page)
    expect(omar_page.locator(CARD)).to_contain_text("Call in progress")
    call.hang_up(OMAR)
    play(sara_page)
    play(omar_page)
    owners = {t["name"]: t["user_id"][0] for t in tickets(sara, maryam["phone"], 2)}
    assert owners == {"Passed on": sara.id, "Taken over": omar.id}


# ------------------------------------------------------------------- tabs and reloads


def test_r6_a_reload_keeps_popup_and_bar(sara, ring, maryam):
    page = sara.open()
    call = ring(SARA, caller=maryam["phone"])
    popup = page.locator(POPUP)
    expect(popup).to_be_visible()
    page.reload()
    expect(popup).to_contain_text(maryam["name"])
    sara.settled(page)
    call.answer(SARA)
    expect(page.locator(BAR)).to_be_visible()
    # The address follows what is shown after a moment.
    expect(page).to_have_url(contact_url(maryam["id"]))
    page.reload()
    expect(page.locator(BAR)).to_contain_text("Call in progress")
    expect(popup).to_have_count(0)
    page.goto("/odoo/helpdesk-tickets")
    expect(popup).to_contain_text("Call in progress")
    call.hang_up()
    expect(popup).to_have_count(0)


def test_r7_only_the_last_used_tab_opens_the_contact(sara, ring, maryam):
    first, second = sara.open(), sara.open()
    first.locator(".o_control_panel").click()
    call = ring(SARA, caller=maryam["phone"])
    expect(first.locator(POPUP)).to_be_visible()
    expect(second.locator(POPUP)).to_be_visible()
    call.answer(SARA)
    expect(first).to_have_url(contact_url(maryam["id"]))
    expect(second.locator(POPUP)).to_contain_text("Call in progress")
    assert second.url.endswith("/helpdesk-tickets")
    first.goto("/odoo/helpdesk-tickets")
    expect(first.locator(POPUP)).to_be_visible()
    call.hang_up()
    for page in (first, second):
        expect(page.locator(POPUP)).to_have_count(0)


def test_r7_a_call_that_is_over_opens_nothing_in_a_fresh_browser(stage, ring, maryam):
    """A browser that logs in is told the last minute's messages again."""
    call = ring(OMAR, caller=maryam["phone"])
    call.answer(OMAR)
    call.over()
    for fresh in observed(stage.agent("omar")):
        page = fresh.open()
        again = ring(OMAR, caller=maryam["phone"])
        # Messages come in order: when this one is here, those of the last call were.
        expect(page.locator(POPUP)).to_have_count(1)
        assert page.url.endswith("/helpdesk-tickets")
        again.hang_up()
        expect(page.locator(POPUP)).to_have_count(0)
    fresh.close()


# -------------------------------------------------------------------- a server restart


def test_r6_popups_survive_a_restart_and_end_after_one(stage, sara, ring, maryam):
    """A call that ends while the browser's server is away ends when that is back."""
    page = sara.open()
    call = ring(SARA, caller=maryam["phone"])
    popup = page.locator(POPUP)
    expect(popup).to_be_visible()
    page.evaluate("window.neverReloaded = true")
    with sara.without_server():
        stage.server.stop()
        stage.server.start()
        sara.settled(page)
        expect(popup).to_contain_text("Incoming call")
        call.answer(SARA)
        expect(page.locator(BAR)).to_be_visible()

        stage.server.stop()
        path = stage.webhook_url.removeprefix(stage.server.url)
        old = stage.webhook_url
        with OdooServer(stage.database.environment, stage.database.name) as node:
            stage.deliver_to(node.url + path)
            call.over()
        stage.deliver_to(old)
        expect(page.locator(BAR)).to_be_visible()
        stage.server.start()
        expect(page.locator(BAR)).to_contain_text(ENDED, timeout=60_000)
    assert page.evaluate("window.neverReloaded")
    (ticket,) = tickets(sara, maryam["phone"])
    assert ticket["name"] == f"Incoming call from {maryam['phone']}"
