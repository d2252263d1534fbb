# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The agent's phone in every state, from the first ring to the finished note."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from tests.browser.stage import OMAR, POPUP, SARA
from tests.waiting import wait_until

MARYAM, SHARED, IVAN, UNKNOWN = (
    "+971505550123",
    "+971505550177",
    "+79161234567",
    "+447700900123",
)
LIST = "/odoo/helpdesk-tickets"
PANEL = ".o-callgear-PhonePanel"
CARD = ".o-callgear-CallMessage"
NOTE = f"{PANEL} .o-callgear-note"
BAR = ".o-callgear-CallBar"
PLAYER = ".o-callgear-RecordingPlayer[data-state='stored']"
# What agents type, by the language of the look: a title and a summary.
WORDS = {
    "en_US": (
        "The parcel has not arrived",
        "Order 1042, waiting since Monday.\nCall her back tomorrow morning.",
    ),
    "ru_RU": (
        "Посылка не пришла",
        "Заказ 1042 ждёт с понедельника.\nПерезвонить завтра до обеда.",
    ),
    "ar_001": (
        "لم يصل الطرد",
        "الطلب 1042 لم يصل منذ يوم الاثنين.\nمعاودة الاتصال بها غدًا صباحًا.",
    ),
    "he_IL": (
        "החבילה לא הגיעה",
        "הזמנה 1042 ממתינה מיום שני.\nלחזור אליה מחר בבוקר.",
    ),
}


def plan(stage):
    """Two calls that Sara means to make today, one of them since yesterday."""
    sara = stage.agent("sara")
    # Where Sara is, it may be tomorrow already.
    today = datetime.now(ZoneInfo("Asia/Dubai")).date()
    for name, days, summary in (
        ("Иван Петров", 1, "Offer 2040: any questions?"),
        ("Maryam Khalil", 0, "Say when the parcel comes"),
    ):
        contacts = sara.call("res.partner", "search", [("name", "=", name)], limit=1)
        sara.call(
            "res.partner",
            "activity_schedule",
            contacts,
            "mail.mail_activity_data_call",
            date_deadline=str(today - timedelta(days=days)),
            summary=summary,
            user_id=sara.id,
        )
    sara.close()


def colleague(stage):
    """Somebody else in Maryam's company, with an open ticket."""
    sara = stage.agent("sara")
    [company] = sara.call(
        "res.partner", "search", [("name", "=", "Khalil Trading")], limit=1
    )
    [partner] = sara.call(
        "res.partner", "create", [{"name": "Hassan Khalil", "parent_id": company}]
    )
    ticket = {"name": "Two boxes are damaged", "description": "-"}
    sara.call("helpdesk.ticket", "create", [{**ticket, "partner_id": partner}])
    sara.close()


def finish_notes(agent):
    """Be done with what an agent has been asked to write."""
    for leg in agent.call("res.users", "callgear_current_calls"):
        if leg["note"]:
            agent.call("callgear.leg", "finish_note", [leg["id"]])


class Desk:
    """Sara at her page, between two states: nothing of the one before is left."""

    def __init__(self, camera, agent, page):
        self.camera, self.stage = camera, camera.stage
        self.agent, self.page = agent, page
        self.subject, self.summary = WORDS[camera.lang]

    def clear(self, path=LIST):
        """All notes are done, all notices gone."""
        finish_notes(self.agent)
        self.page.goto(path)
        self.agent.settled(self.page)
        expect(self.page.locator(PANEL)).to_have_count(0)

    def shoot(self, name):
        self.camera.shoot(self.page, name)

    def rings(self, caller, *operators):
        call = self.stage.ring(*(operators or (SARA, OMAR)), caller=caller)
        self.page.locator(POPUP).first.wait_for()
        return call

    def talks(self, caller):
        """In a call with a contact, whose page has opened."""
        call = self.rings(caller)
        call.answer(SARA)
        self.page.locator(BAR).wait_for()
        return call

    def types(self, where):
        box = self.page.locator(f"{where} textarea").first
        box.fill(self.summary)

    def saved(self):
        """What was typed has reached the server."""
        wait_until(lambda: self.kept() == self.summary)

    def kept(self):
        legs = self.agent.call("res.users", "callgear_current_calls")
        return legs and legs[0]["summary"]

    def press(self, name):
        self.page.locator(f"{PANEL} .o-callgear-{name}").first.click()


def phone(camera, agent, page):
    """All states of the phone."""
    desk = Desk(camera, agent, page)
    for part in (
        at_rest,
        known,
        unknown,
        shared,
        in_panel,
        with_colleague,
        two_calls,
        note,
        new_ticket,
        open_ticket,
        missed,
    ):
        desk.clear()
        part(desk)
    desk.clear()


def at_rest(desk):
    desk.page.keyboard.press("Alt+Shift+P")
    desk.page.locator(".o-callgear-figures").wait_for()
    desk.page.locator(".o-callgear-status").wait_for()
    desk.shoot("phone-at-rest")
    desk.page.locator(".o-callgear-figures").scroll_into_view_if_needed()
    desk.shoot("phone-at-rest-end")
    desk.page.locator(".o-callgear-CallField input").fill("rahman")
    desk.page.locator(".o-callgear-match").first.wait_for()
    desk.shoot("phone-search")


def known(desk):
    call = desk.rings(MARYAM)
    desk.shoot("ringing-known")
    call.over()


def missed(desk):
    desk.rings(IVAN, SARA).over()
    desk.page.locator(".o-callgear-missed").wait_for()
    desk.shoot("missed-notice")


def unknown(desk):
    call = desk.rings(UNKNOWN)
    desk.shoot("ringing-unknown")
    call.answer(SARA)
    desk.page.locator(f"{POPUP} .o-callgear-find").wait_for()
    desk.shoot("talking-unknown")
    desk.press("find")
    desk.page.locator("[name='action_callgear_link']").first.wait_for()
    desk.shoot("find-contact")
    desk.press("fold")
    desk.shoot("find-contact-folded")
    call.over()


def shared(desk):
    call = desk.rings(SHARED)
    desk.shoot("ringing-shared")
    call.over()


def in_panel(desk):
    """Everything from everywhere: the page shows something else."""
    call = desk.talks(MARYAM)
    desk.shoot("answered")
    desk.page.go_back()
    desk.page.locator(PANEL).wait_for()
    desk.types(PANEL)
    desk.shoot("talking")
    desk.press("fold")
    expect(desk.page.locator(PANEL)).to_have_count(0)
    desk.shoot("folded")
    desk.page.locator(".o-callgear-PhoneIcon").click()
    desk.page.locator(f"{PANEL} .o-callgear-tickets button").first.click()
    desk.page.locator(f"{PANEL} .o-callgear-move").wait_for()
    desk.shoot("attach")
    call.over()


def with_colleague(desk):
    omar = desk.camera.agent("omar")
    finish_notes(omar)
    other = omar.open(LIST)
    call = desk.talks(MARYAM)
    desk.page.go_back()
    desk.page.locator(PANEL).wait_for()
    desk.types(PANEL)
    desk.saved()
    desk.press("hold")
    desk.page.locator("[data-control='held']").first.wait_for()
    desk.shoot("held")
    desk.press("hold")
    desk.page.locator("[data-control='none']").first.wait_for()
    desk.press("transfer")
    colleague = desk.page.locator(f"{PANEL} .o-callgear-TransferList li").filter(
        has_text="Omar"
    )
    colleague.wait_for()
    desk.shoot("transfer")
    colleague.locator(".o-callgear-ask-first").click()
    other.locator(f"{POPUP} .o-callgear-passed").wait_for()
    desk.shoot("consulting")
    desk.camera.shoot(other, "passed-on")
    call.answer(OMAR)
    desk.page.locator(
        f"{PANEL} .o-callgear-connect:not([aria-disabled=true])"
    ).wait_for()
    desk.shoot("consulted")
    desk.press("restore")
    call.over()
    omar.close()


def two_calls(desk):
    call = desk.talks(MARYAM)
    desk.page.go_back()
    desk.page.locator(PANEL).wait_for()
    other = desk.stage.ring(SARA, caller=IVAN)
    expect(desk.page.locator(f"{PANEL} .o-callgear-CallCard")).to_have_count(2)
    desk.shoot("two-calls")
    other.over()
    call.over()


def note(desk):
    """After the call: the note, the next call, and a call put where it belongs."""
    call = desk.talks(MARYAM)
    desk.page.go_back()
    desk.page.locator(PANEL).wait_for()
    desk.types(PANEL)
    desk.saved()
    call.over()
    desk.page.locator(f"{NOTE} .o-callgear-move").wait_for()
    desk.shoot("note")
    desk.page.locator(f"{NOTE} .o-callgear-follow-up-day").click()
    desk.page.locator(".o-dropdown-item").first.wait_for()
    desk.shoot("follow-up")
    desk.page.keyboard.press("Escape")
    desk.press("move")
    desk.page.locator(".modal [name='action_move']").wait_for()
    desk.shoot("move")
    desk.page.keyboard.press("Escape")
    desk.page.locator(".modal").wait_for(state="detached")


def new_ticket(desk):
    """From the key in the contact to the recording."""
    page = desk.page
    call = desk.talks(MARYAM)
    page.locator(f"{BAR} .o-callgear-attach-other").click()
    page.locator(".o-dropdown-item").first.wait_for()
    desk.shoot("attach-menu")
    page.keyboard.press("Escape")
    page.locator(f"{BAR} .o-callgear-new-ticket").click()
    page.locator(".o-callgear-TicketCall").wait_for()
    page.locator(".o_field_widget[name='name'] input").fill(desk.subject)
    desk.types(".o-callgear-TicketCall")
    desk.shoot("new-ticket")
    page.locator(".o-callgear-create").click()
    card = page.locator(CARD)
    card.wait_for()
    desk.shoot("in-progress")
    if desk.camera.phone:
        card.scroll_into_view_if_needed()
        desk.shoot("in-progress-card")
    call.over()
    page.locator(f"{CARD}[data-state='ended']").wait_for()
    page.locator(".o_form_view").evaluate("el => el.scrollIntoView()")
    desk.shoot("ended")
    page.locator(".o-callgear-TicketCall .o-callgear-done").click()
    expect(page.locator(".o-callgear-TicketCall")).to_have_count(0)
    page.locator(PLAYER).wait_for()
    page.locator(PLAYER).scroll_into_view_if_needed()
    desk.shoot("player")


def open_ticket(desk):
    """A call is taken up by a ticket that was open before it."""
    [ticket] = desk.agent.call(
        "helpdesk.ticket",
        "search",
        [("partner_id.name", "=", "Maryam Khalil"), ("name", "ilike", "Order")],
        limit=1,
    )
    page = desk.page
    page.goto(f"{LIST}/{ticket}")
    desk.agent.settled(page)
    call = desk.rings(MARYAM)
    desk.shoot("ringing-over-ticket")
    call.answer(SARA)
    page.locator(BAR).wait_for()
    page.go_back()
    page.locator(".o-callgear-record").click()
    page.locator(".o-callgear-TicketCall textarea").wait_for()
    desk.shoot("record-in-ticket")
    call.over()
