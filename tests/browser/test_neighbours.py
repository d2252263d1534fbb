# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R55: nothing of the neighbours on the phone field breaks, nor do they break us."""

import pytest
from playwright.sync_api import expect

from devtools import installed_database
from devtools.environment import Environment

from .stage import POPUP, SARA, Stage

MARYAM = "971505550123"


@pytest.fixture(scope="module")
def sara():
    environment = Environment.load()
    with installed_database.temporary(environment, "neighbours") as database:
        database.install("voip_oca", "sms")
        with Stage(database) as stage:
            agent = stage.agent("sara")
            yield agent
            agent.close()


@pytest.fixture(autouse=True)
def nothing_complained(sara):
    sara.errors.clear()
    yield
    sara.leave()
    assert not sara.errors


def test_r55_calls_beside_voip_oca_and_sms(sara):
    page = sara.open()
    call = sara.stage.ring(SARA, caller=MARYAM)
    expect(page.locator(POPUP)).to_be_visible()
    call.answer(SARA)
    expect(page.locator(".o-callgear-CallBar")).to_be_visible()
    call.over()
    expect(page.locator(".o-callgear-CallBar")).to_contain_text("finish your note")


def test_r55_the_link_of_a_phone_field_stays_its_owners(sara):
    """We add no handler to the link: those of SMS and voip_oca still work."""
    sara.stage.ring(SARA, caller=MARYAM).over()
    (call,) = sara.call("callgear.call", "search", [["phone", "!=", False]], limit=1)
    page = sara.open(f"/odoo/callgear-calls/{call}")
    phone = page.locator(".o_field_widget[name=phone]")
    expect(phone.get_by_text("SMS")).to_be_visible()
    expect(phone.locator("a[href^='tel:']").first).to_be_visible()


def test_r18_r55_the_handset_stands_beside_theirs(sara):
    """In the form of a contact: the link, SMS and our button, each once."""
    values = {"name": "Neighbour", "phone": "+97142223344"}
    [partner] = sara.call("res.partner", "create", [values])
    page = sara.open(f"/odoo/res.partner/{partner}")
    phone = page.locator(".o_field_widget[name=phone]")
    phone.hover()
    for each in (".o_phone_form_link", ".o_field_phone_sms", ".o-callgear-CallHandset"):
        expect(phone.locator(each)).to_have_count(1)
    with page.expect_request(lambda asked: "/callgear.dialer/dial" in asked.url):
        phone.locator(".o-callgear-CallHandset").click()
    popup = page.locator(POPUP)
    expect(popup).to_contain_text("Calling you")
    popup.get_by_role("button", name="Hang up").click()
    expect(popup).to_have_count(0)
    expect(page.locator(".o_dialog")).to_have_count(0)
