# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Photographs every state of a call in a real browser: ``bin/screenshots --all DIR``.

Those that the documentation shows go to docs/images/, the others to DIR.
"""

import argparse
import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import expect

from devtools.database import Database
from devtools.environment import Environment
from tests.browser.stage import LINA, OMAR, SARA, Stage
from tests.waiting import wait_until

from . import screenshots_admin as admins
from . import screenshots_managers as managers
from . import screenshots_phone as phone
from .screenshots_phone import IVAN, MARYAM, SHARED, finish_notes

IMAGES = Path(__file__).parent / "images"
MAX_BYTES = 200_000
LOOKS = {
    "en": {},
    "en-wide": {"width": 1600, "height": 820},
    "en-phone": {"phone": True},
    "ru": {"lang": "ru_RU"},
    "ru-phone": {"lang": "ru_RU", "phone": True},
    "ar": {"lang": "ar_001"},
    "ar-phone": {"lang": "ar_001", "phone": True},
    "hebrew": {"lang": "he_IL"},
    "hebrew-phone": {"lang": "he_IL", "phone": True},
    "dark": {"dark": True},
    "dark-phone": {"dark": True, "phone": True},
}
PHONE = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}
# What the documentation shows: name of the picture and the look of it.
CHOSEN = {
    ("phone-at-rest", "en"): "phone-at-rest",
    ("ringing-known", "en"): "ringing",
    ("ringing-unknown", "en"): "unknown-caller",
    ("ringing-shared", "en-phone"): "phone-ringing",
    ("answered", "en"): "answered",
    ("talking", "en"): "talking",
    ("transfer", "en"): "transfer",
    ("two-calls", "en"): "two-calls",
    ("note", "en"): "note",
    ("move", "en"): "move",
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
    ("health", "en"): "health",
    ("comparison", "en"): "comparison",
    ("privacy", "en"): "privacy",
    ("personal-data", "en"): "personal-data",
}
# All pictures are there, but those that are out of sight, and nothing is asked of the
# server.
DRAWN = """[...document.images].every((image) =>
        image.complete || image.loading === 'lazy')
    && !document.querySelector('.o_loading_indicator, .o-mail-Thread-loading')"""
# The user's menu is folded away on a phone.
PREFERENCES = """async (id) => {
    const { action, orm } = odoo.__WOWL_DEBUG__.root.env.services;
    action.doAction({ ...(await orm.call("res.users", "action_get")), res_id: id });
}"""
CONTENT = ".o_form_sheet, .o_data_row, .o_kanban_record:not(.o_kanban_ghost)"
PARTS = ("phone", "lists", "set-up", "managers", "admins")


class Camera:
    """One look of the pages: language, size and brightness."""

    def __init__(
        self, stage, look, folder, lang="en_US", phone=False, dark=False, **size
    ):
        self.stage, self.look, self.folder = stage, look, folder
        self.lang, self.phone, self.dark = lang, phone, dark
        self.options = PHONE if phone else size

    def agent(self, login):
        agent = self.stage.agent(login, **self.options)
        # The demo's account is there, too: a call has the same hour everywhere.
        tz = "Asia/Dubai"
        values = {"lang": self.lang, "dark_mode": self.dark, "tz": tz}
        agent.call("res.users", "write", [agent.id], values)
        agent.close()
        # A session begins with the language that its user has by then.
        return self.stage.agent(login, **self.options)

    def shoot(self, page, name):
        """Photograph what is seen; where the documentation shows it, for that too."""
        page.mouse.move(1, 1)
        page.wait_for_function(DRAWN)
        picture = page.screenshot(animations="disabled", caret="initial")
        if self.folder:
            (self.folder / f"{name}.{self.look}.png").write_bytes(picture)
        chosen = CHOSEN.get((name, self.look))
        if chosen:
            picture = small(picture)
            if len(picture) > MAX_BYTES:
                sys.exit(f"{chosen}.png would be {len(picture)} bytes")
            (IMAGES / f"{chosen}.png").write_bytes(picture)


def small(picture):
    """The same with 256 colours, which nobody misses in a page of texts."""
    output = io.BytesIO()
    with Image.open(io.BytesIO(picture)) as image:
        palette = image.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        palette.save(output, "PNG", optimize=True)
    return output.getvalue()


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


def lists(camera, agent, page):
    finish_notes(agent)
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
        if name == "ticket-list" and not camera.phone:
            newest_first(page)
        camera.shoot(page, name)
    answered = [("outcome", "=", "answered"), ("partner_id", "!=", False)]
    calls = agent.call("callgear.call", "search", answered, limit=1)
    page.goto(f"/odoo/callgear-calls/{calls[0]}")
    page.locator(".o_form_view").wait_for()
    camera.shoot(page, "call")
    page.evaluate(PREFERENCES, agent.id)
    page.locator("[name='callgear_popup']").first.wait_for()
    camera.shoot(page, "preferences")


def newest_first(page):
    """The day's calls are on the first page of the tickets."""
    oldest = page.locator(".o_data_row").first.inner_text()
    number = page.locator("th[data-name='number']")
    for _turn in ("ascending", "descending"):
        number.click()
    expect(page.locator(".o_data_row").first).not_to_have_text(oldest)


def set_up(camera):
    admin = camera.agent("admin")
    page = admin.open("/odoo/callgear-connections")
    page.locator(CONTENT).first.wait_for()
    camera.shoot(page, "connections")
    page.get_by_text("CallGear simulator").click()
    page.locator(".o_form_view").wait_for()
    page.locator(".o_notebook").evaluate("el => el.scrollIntoView()")
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
    parser.add_argument("--part", choices=PARTS, action="append", help="only this one")
    options = parser.parse_args()
    IMAGES.mkdir(exist_ok=True)
    if options.all:
        options.all.mkdir(parents=True, exist_ok=True)
    environment = Environment.load()
    database = Database(environment, options.database)
    environment.odoo(
        "i18n",
        "loadlang",
        "-d",
        database.name,
        "-l",
        "ru_RU",
        "ar_001",
        "he_IL",
        what="A language is missing",
    )
    database.install("web_dark_mode")
    with Stage(database, recording_delay=4) as stage:
        managers.month(stage)
        history(stage)
        phone.plan(stage)
        phone.colleague(stage)
        for look in options.look or LOOKS:
            camera = Camera(stage, look, options.all, **LOOKS[look])
            photograph(camera, options.part or PARTS)


def photograph(camera, parts):
    """All pictures of one look."""
    sara = camera.agent("sara")
    page = sara.open()
    if "phone" in parts:
        phone.phone(camera, sara, page)
    if "lists" in parts:
        lists(camera, sara, page)
    if "set-up" in parts:
        set_up(camera)
        managers.checks(camera)
    if "managers" in parts:
        managers.calling_out(camera, page)
        managers.managers(camera)
    if "admins" in parts:
        admins.admins(camera)
    for error in sara.errors:
        print(f"{camera.look}: {error}", file=sys.stderr)
    sara.close()


if __name__ == "__main__":
    main()
