# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R56: nothing that the phone shows keeps anybody out, by axe-core; and what is said."""

import re

import pytest
from playwright.sync_api import expect

from devtools import installed_database
from devtools.environment import Environment

from .accessibility import violations
from .stage import POPUP, SARA, Call, Stage

PANEL = ".o-callgear-PhonePanel"
CARD = ".o-callgear-CallCard"
HOME = ".o-callgear-PhoneHome"
BAR = ".o-callgear-CallBar"
BLOCK = ".o-callgear-TicketCall"
NOTICE = ".o_notification.o-callgear-missed"
TICKETS = "/odoo/helpdesk-tickets"
# A clock in one of these would be read out each second.
SPOKEN_CLOCKS = ", ".join(
    f"{live} .o-callgear-time"
    for live in ("[aria-live]", "[role=status]", "[role=alert]", "[role=log]")
)
LISTEN = """
    window.said = [];
    new MutationObserver(() => {
        const text = document.querySelector(".o-callgear-announcement")?.textContent;
        if (text && text !== said.at(-1)) {
            said.push(text);
        }
    }).observe(document, {childList: true, characterData: true, subtree: true});
"""
# As in a browser that makes no notifications and stores nothing. Odoo itself, which does
# not stand that, is spared.
REFUSE = """
    window.Notification = class {
        static permission = "default";
        constructor() {
            throw new TypeError("Illegal constructor");
        }
    };
    Object.defineProperty(document, "visibilityState", {get: () => "hidden"});
    for (const name of ["getItem", "setItem"]) {
        const original = Storage.prototype[name];
        Storage.prototype[name] = function (key, ...args) {
            if (key.startsWith("callgear")) {
                throw new DOMException("Access is denied", "SecurityError");
            }
            return original.call(this, key, ...args);
        };
    }
"""
# Longer than a page waits, on a busy machine.
BUILD_BUNDLES = """
for bundle in ("web.assets_web", "web.assets_web_dark"):
    env["ir.qweb"]._get_asset_bundle(bundle, css=False).js()
    env["ir.qweb"]._get_asset_bundle(bundle, js=False).css()
env.cr.commit()
"""
LOOKS = {
    "light": {},
    "dark": {},
}


@pytest.fixture(scope="module")
def stage():
    environment = Environment.load()
    with installed_database.temporary(
        environment, "accessibility", bundles=True
    ) as database:
        database.install("web_dark_mode")
        database.shell(BUILD_BUNDLES, "Building the bundles failed")
        with Stage(database) as stage:
            yield stage


@pytest.fixture(autouse=True)
def quiet(stage):
    """End the calls that a test has made from Odoo."""
    yield
    for view in stage.ask("GET", "calls"):
        if view["live"]:
            Call(stage, view["session_id"]).over()


@pytest.fixture(
    params=[
        pytest.param(look, id=name, marks=pytest.mark.full if name == "dark" else ())
        for name, look in LOOKS.items()
    ]
)
def look(request, stage):
    """Sara in each look of Odoo."""
    agent = stage.agent("sara", **request.param)
    name = request.node.callspec.id
    agent.call("res.users", "write", [agent.id], {"dark_mode": name == "dark"})
    yield agent
    agent.leave()
    agent.be_done()
    agent.close()
    assert not agent.errors


class Viewer:
    """Looks at one state of a page after the other; all complaints come in the end."""

    def __init__(self, page):
        self.page = page
        self.complaints = []

    def look(self, state, *there):
        for locator in there:
            expect(self.page.locator(locator).first).to_be_visible()
        self.complaints += [f"{state}: {each}" for each in violations(self.page)]
        if self.page.locator(SPOKEN_CLOCKS).count():
            self.complaints.append(f"{state}: a clock is read out")

    def press(self, letter):
        self.page.keyboard.press(f"Alt+Shift+{letter}")


def customer(agent, number):
    """A contact with a ticket."""
    name = f"Maryam {number[-4:]}"
    values = {"name": name, "phone": number, "email": "maryam@example.com"}
    [partner] = agent.call("res.partner", "create", [values])
    ticket = {"name": "The parcel is late", "description": "-", "partner_id": partner}
    [ticket_id] = agent.call("helpdesk.ticket", "create", [ticket])
    return partner, ticket_id


def idle_and_unknown(agent, viewer, ring, number):
    """The phone without calls; a caller whom nobody knows; what a missed call leaves."""
    page = viewer.page
    viewer.press("P")
    viewer.look("idle", f"{HOME} .o-callgear-figures")
    viewer.press("P")
    call = ring(SARA, caller=number)
    viewer.look("rings, unknown", POPUP)
    viewer.press("P")
    expect(page.locator(PANEL)).to_have_count(0)
    viewer.look("folded", ".o-callgear-PhoneIcon[data-state=silenced]")
    call.over()
    viewer.look("missed", NOTICE)
    viewer.press("P")
    page.locator(f"{HOME} input").fill("Maryam")
    viewer.look("idle again", f"{HOME} .o-callgear-last li", f"{HOME} [role=option]")
    viewer.press("P")


def talk(agent, viewer, ring, phone):
    """A known caller, from the ring to the note."""
    page = viewer.page
    call = ring(SARA, caller=phone)
    viewer.look("rings, known", f"{POPUP} .o-callgear-tickets")
    call.answer(SARA)
    viewer.look("contact of the caller", f"{BAR} .o-callgear-attach")
    page.goto(TICKETS)
    agent.settled(page)
    viewer.look("talking", f"{POPUP} .o-callgear-results")
    viewer.press("T")
    viewer.look("transfer", ".o-callgear-TransferList li")
    page.keyboard.press("Escape")
    viewer.press("R")
    viewer.look("on hold", f"{POPUP} .o-callgear-control-state")
    second = ring(SARA, caller="+971505599885")
    expect(page.locator(POPUP)).to_have_count(2)
    viewer.look("two calls")
    second.over()
    expect(page.locator(POPUP)).to_have_count(1)
    page.locator(f"{POPUP} .o-callgear-new-ticket").click()
    viewer.look("new ticket", f"{BLOCK} .o-callgear-create")
    call.over()
    viewer.look("note in the ticket", f"{BLOCK} .o-callgear-done")
    page.goto(TICKETS)
    agent.settled(page)
    viewer.look("note", f"{CARD} .o-callgear-done")
    page.locator(f"{CARD} .o-callgear-done").click()


def strangers_and_dial(agent, viewer, ring, number, partner, ticket):
    """On another contact's form, and on the ticket from which the agent calls."""
    page = viewer.page
    page.goto(f"/odoo/res.partner/{partner}")
    agent.settled(page)
    call = ring(SARA, caller=number)
    call.answer(SARA)
    viewer.look("a stranger's form", f"{BAR} .o-callgear-link")
    call.over()
    agent.leave()
    agent.be_done()
    viewer.page = agent.open(f"{TICKETS}/{ticket}")
    viewer.page.locator(".o-callgear-ChatterCall").click()
    viewer.look("calling from a ticket", ".o-callgear-TicketDial")


def test_r56_no_violations(look, ring, number):
    viewer = Viewer(look.open())
    phone = f"{number[:-4]}77{number[-2:]}"
    partner, ticket = customer(look, phone)
    idle_and_unknown(look, viewer, ring, number)
    talk(look, viewer, ring, phone)
    strangers_and_dial(look, viewer, ring, number, partner, ticket)
    assert not viewer.complaints, "\n".join(viewer.complaints)


def test_r56_a_ringing_call_is_said_once(sara, ring, number):
    """With name and number; nothing is said again until it is over."""
    customer(sara, number)
    sara.context.add_init_script(LISTEN)
    page = sara.open()
    call = ring(SARA, caller=number)
    expect(page.locator(POPUP)).to_be_visible()
    expect(page.locator(".o-callgear-announcement")).to_contain_text(number)
    call.answer(SARA)
    expect(page.locator(BAR)).to_contain_text("Call in progress")
    call.over()
    expect(page.locator(BAR)).to_contain_text("finish your note")
    [said] = page.evaluate("said")
    assert re.fullmatch(rf"Incoming call: Maryam \d+, \W*{re.escape(number)}\W*", said)


def test_r6_without_notifications_and_storage(stage, ring, number):
    agent = stage.agent("sara")
    agent.be_done()
    settings = {"callgear_desktop_notification": True}
    agent.call("res.users", "write", [agent.id], settings)
    agent.context.add_init_script(REFUSE)
    page = agent.open()
    page.evaluate("Notification.permission = 'granted'")
    call = ring(SARA, caller=number)
    expect(page.locator(POPUP)).to_contain_text(number)
    call.answer(SARA)
    expect(page.locator(POPUP)).to_contain_text("Call in progress")
    page.locator(f"{POPUP} textarea").fill("All the same")
    call.hang_up()
    expect(page.locator(POPUP)).to_have_count(0)
    page.locator(f"{CARD} .o-callgear-done").click()
    expect(page.locator(PANEL)).to_have_count(0)
    agent.close()
    assert not agent.errors
