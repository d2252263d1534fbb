# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Photographs every state of a call in a real browser: ``bin/screenshots --all DIR``.

Those that the documentation shows go to docs/images/, the others to DIR.
"""

import argparse
import sys
from pathlib import Path

from playwright.sync_api import expect

from devtools.database import Database
from devtools.environment import Environment
from tests.browser.stage import LINA, OMAR, POPUP, SARA, Stage
from tests.waiting import wait_until

from . import screenshots_managers as managers

IMAGES = Path(__file__).parent / "images"
MAX_BYTES = 200_000
MARYAM, SHARED, IVAN, UNKNOWN = (
    "+971505550123",
    "+971505550177",
    "+79161234567",
    "+447700900123",
)
LOOKS = {
    "en": {},
    "en-wide": {"width": 1600, "height": 820},
    "en-phone": {"phone": True},
    "ru": {"lang": "ru_RU"},
    "ru-phone": {"lang": "ru_RU", "phone": True},
}
PHONE = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}
# What the documentation shows: name of the picture and the look of it.
CHOSEN = {
    ("ringing-known", "en"): "ringing",
    ("ringing-unknown", "en"): "unknown-caller",
    ("ringing-shared", "en-phone"): "phone-ringing",
    ("answered", "en"): "answered",
    ("new-ticket", "en"): "new-ticket",
    ("in-progress", "en-wide"): "in-progress",
    ("player", "en-wide"): "ticket",
    ("player", "en-phone"): "phone-ticket",
    ("ticket-list", "en"): "tickets",
    ("calls", "en"): "calls",
    ("set-up", "en"): "set-up",
    ("talking-from-ticket", "en"): "calling-out",
    ("test-connection", "en"): "test-connection",
    ("dashboard", "en-wide"): "dashboard",
    ("dashboard", "en-phone"): "phone-dashboard",
    ("statistics", "en"): "statistics",
    ("board", "en-wide"): "board",
    ("call-back", "en"): "call-back",
}
# All pictures are there and nothing is asked of the server.
DRAWN = """[...document.images].every((image) => image.complete)
    && !document.querySelector('.o_loading_indicator, .o-mail-Thread-loading')"""
# The user's menu is folded away on a phone.
PREFERENCES = """async (id) => {
    const { action, orm } = odoo.__WOWL_DEBUG__.root.env.services;
    action.doAction({ ...(await orm.call("res.users", "action_get")), res_id: id });
}"""
CONTENT = ".o_form_sheet, .o_data_row, .o_kanban_record:not(.o_kanban_ghost)"
CARD = ".o-callgear-CallMessage"
PLAYER = ".o-callgear-RecordingPlayer[data-state='stored']"


class Camera:
    """One look of the pages: language and size."""

    def __init__(self, stage, look, folder, lang="en_US", phone=False, **size):
        self.stage, self.look, self.folder = stage, look, folder
        self.lang, self.phone = lang, phone
        self.options = PHONE if phone else size

    def agent(self, login):
        agent = self.stage.agent(login, **self.options)
        agent.call("res.users", "write", [agent.id], {"lang": self.lang})
        return agent

    def shoot(self, page, name):
        """Photograph what is seen; where the documentation shows it, for that too."""
        page.mouse.move(1, 1)
        page.wait_for_function(DRAWN)
        picture = page.screenshot(animations="disabled", caret="initial")
        if self.folder:
            (self.folder / f"{name}.{self.look}.png").write_bytes(picture)
        chosen = CHOSEN.get((name, self.look))
        if chosen:
            if len(picture) > MAX_BYTES:
                sys.exit(f"{chosen}.png would be {len(picture)} bytes")
            (IMAGES / f"{chosen}.png").write_bytes(picture)


def history(stage):
    """A day's calls, so that lists are not empty."""
    admin = stage.agent("admin")
    connections = admin.call("callgear.connection", "search", [])
    admin.call("callgear.connection", "write", connections, {"voicemail_tickets": True})
    for scenario, caller in (
        ("answered", IVAN),
        ("missed", "+971505550188"),
        ("missed", "+971505550188"),
        ("attended-transfer", SHARED),
        ("menu", "+971501112233"),
        ("softphone", MARYAM),
        ("softphone-unanswered", IVAN),
        ("hidden", ""),
        ("unmapped", "+971504445566"),
        ("missed", IVAN),
        ("missed-voicemail", "+971502223344"),
    ):
        operators = [OMAR, LINA] if scenario == "missed" else [SARA, OMAR]
        if scenario == "unmapped":
            operators = [701299]
        stage.ring(*operators, scenario=scenario, caller=caller, speed=0).over()
    ends = [("state", "!=", "ended")]
    wait_until(lambda: admin.call("callgear.call", "search_count", ends) == 0)
    admin.close()


def rings(camera, page):
    """What an agent sees while her phone rings."""
    for name, caller in (
        ("ringing-known", MARYAM),
        ("ringing-unknown", UNKNOWN),
        ("ringing-shared", SHARED),
    ):
        call = camera.stage.ring(SARA, OMAR, caller=caller)
        expect(page.locator(POPUP)).to_be_visible()
        camera.shoot(page, name)
        if name == "ringing-unknown":
            call.answer(SARA)
            page.locator(f"{POPUP} .o-callgear-find").wait_for()
            camera.shoot(page, "talking-unknown")
            page.locator(f"{POPUP} .o-callgear-find").click()
            page.locator("button[name='action_callgear_link']").first.wait_for()
            camera.shoot(page, "find-contact")
            call.hang_up()
            page.go_back()
        else:
            call.hang_up()
        expect(page.locator(POPUP)).to_have_count(0)
        call.over()


def conversation(camera, page):
    """From the answered phone to the recording."""
    call = camera.stage.ring(SARA, OMAR, caller=MARYAM)
    page.locator(POPUP).wait_for()
    call.answer(SARA)
    page.locator(".o-callgear-CallBar").wait_for()
    camera.shoot(page, "answered")
    page.locator(".o-callgear-CallBar .o-callgear-attach-other").click()
    page.locator(".o-dropdown-item").first.wait_for()
    camera.shoot(page, "attach")
    page.keyboard.press("Escape")
    page.locator(".o-callgear-CallBar .o-callgear-new-ticket").click()
    page.locator(".o-callgear-TicketCall").wait_for()
    russian = camera.lang == "ru_RU"
    subject = "Посылка не пришла" if russian else "The parcel has not arrived"
    summary = (
        "Заказ 1042 ждёт с понедельника.\nПерезвонить завтра до обеда."
        if russian
        else "Order 1042, waiting since Monday.\nCall her back tomorrow morning."
    )
    page.locator(".o_field_widget[name='name'] input").fill(subject)
    page.locator(".o_field_widget[name='call_summary'] textarea").fill(summary)
    camera.shoot(page, "new-ticket")
    page.locator(".o-callgear-create").click()
    card = page.locator(CARD)
    card.wait_for()
    camera.shoot(page, "in-progress")
    if camera.phone:
        card.scroll_into_view_if_needed()
        camera.shoot(page, "in-progress-card")
    call.hang_up()
    page.locator(f"{CARD}[data-state='ended']").wait_for()
    camera.shoot(page, "ended")
    page.locator(PLAYER).wait_for()
    page.locator(PLAYER).scroll_into_view_if_needed()
    camera.shoot(page, "player")


def attaching(camera, page):
    """A call is taken up by a ticket that is open."""
    call = camera.stage.ring(SARA, caller=MARYAM)
    page.locator(POPUP).wait_for()
    camera.shoot(page, "ringing-over-ticket")
    call.answer(SARA)
    page.locator(".o-callgear-CallBar").wait_for()
    page.go_back()
    page.locator(".o-callgear-record").click()
    page.locator(".o-callgear-TicketCall .o-callgear-summary").last.wait_for()
    camera.shoot(page, "record-in-ticket")
    call.over()


def lists(camera, agent, page):
    waiting = [("call_icon", "=", "missed"), ("closed", "=", False)]
    missed = agent.call("helpdesk.ticket", "search", waiting, limit=1)
    of_voicemail = [("call_icon", "=", "voicemail")]
    voicemail = agent.call("helpdesk.ticket", "search", of_voicemail, limit=1)
    for name, path in (
        ("voicemail-ticket", f"/odoo/helpdesk-tickets/{voicemail[0]}"),
        ("missed-ticket", f"/odoo/helpdesk-tickets/{missed[0]}"),
        ("ticket-list", "/odoo/helpdesk-tickets"),
        ("ticket-kanban", "/odoo/helpdesk-tickets?view_type=kanban"),
        ("calls", "/odoo/callgear-calls"),
        ("calls-kanban", "/odoo/callgear-calls?view_type=kanban"),
    ):
        page.goto(path)
        agent.settled(page)
        page.locator(CONTENT).first.wait_for()
        camera.shoot(page, name)
    answered = [("outcome", "=", "answered"), ("partner_id", "!=", False)]
    calls = agent.call("callgear.call", "search", answered, limit=1)
    page.goto(f"/odoo/callgear-calls/{calls[0]}")
    page.locator(".o_form_view").wait_for()
    camera.shoot(page, "call")
    page.evaluate(PREFERENCES, agent.id)
    page.locator("[name='callgear_popup']").first.wait_for()
    camera.shoot(page, "preferences")


def set_up(camera):
    admin = camera.agent("admin")
    page = admin.open("/odoo/callgear-connections")
    page.locator(CONTENT).first.wait_for()
    camera.shoot(page, "connections")
    page.get_by_text("CallGear simulator").click()
    page.locator(".o_form_view").wait_for()
    camera.shoot(page, "set-up")
    for tab in page.locator(".o_notebook_headers .nav-link").all()[1:]:
        tab.click()
        camera.shoot(page, f"set-up-{tab.get_attribute('name')}")
    admin.close()


def main():
    parser = argparse.ArgumentParser(prog="bin/screenshots", description=__doc__)
    parser.add_argument("--database", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--all", type=Path, metavar="DIR", help="all pictures, here")
    parser.add_argument("--look", choices=LOOKS, action="append", help="only this one")
    options = parser.parse_args()
    IMAGES.mkdir(exist_ok=True)
    if options.all:
        options.all.mkdir(parents=True, exist_ok=True)
    environment = Environment.load()
    database = Database(environment, options.database)
    environment.odoo(
        "i18n", "loadlang", "-d", database.name, "-l", "ru_RU", what="No Russian"
    )
    with Stage(database, recording_delay=4) as stage:
        history(stage)
        managers.month(stage)
        for look in options.look or LOOKS:
            camera = Camera(stage, look, options.all, **LOOKS[look])
            sara = camera.agent("sara")
            page = sara.open()
            rings(camera, page)
            conversation(camera, page)
            attaching(camera, page)
            lists(camera, sara, page)
            set_up(camera)
            managers.calling_out(camera, page)
            managers.managers(camera)
            managers.checks(camera)
            for error in sara.errors:
                print(f"{look}: {error}", file=sys.stderr)
            sara.close()


if __name__ == "__main__":
    main()
