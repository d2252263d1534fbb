# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R47: notices of missed calls, at two agents at once, in real browsers."""

import pytest
from playwright.sync_api import expect

from ..waiting import wait_until
from .stage import OMAR, POPUP, SARA

NOTICE = ".o_notification.o-callgear-missed"


@pytest.fixture
def missed(sara, ring):
    """Have Sara miss a call of a number; return its ticket once she is told of it."""

    def miss(number):
        call = ring(SARA, caller=number)
        call.over()
        domain = [("call_leg_ids.call_id.phone", "=", number)]
        found = wait_until(lambda: sara.call("helpdesk.ticket", "search", domain))
        return found[0]

    return miss


@pytest.fixture
def told(sara, missed, number):
    """Two pages of Sara's, one of which tells of a missed call; its ticket."""
    pages = [sara.open(), sara.open("/odoo/call-back")]
    ticket = missed(number)
    expect_notices(pages, 1)
    return pages, ticket


def expect_notices(pages, count):
    """So many notices are there in all tabs together: one of them tells of it."""
    wait_until(lambda: sum(p.locator(NOTICE).count() for p in pages) == count)


def test_r47_a_colleague_who_claims_it_takes_it_back_everywhere(told, omar):
    pages, ticket = told
    omar.call("helpdesk.ticket", "action_callgear_claim", [ticket])
    expect_notices(pages, 0)


def test_r47_a_colleague_who_closes_it_takes_it_back_everywhere(told, omar):
    pages, ticket = told
    omar.call("helpdesk.ticket", "action_callgear_done", [ticket])
    expect_notices(pages, 0)


def test_r47_a_colleague_who_calls_back_takes_it_back_everywhere(told, omar):
    """From the list, while Sara looks at the notice: she cannot dial them again."""
    pages, ticket = told
    page = omar.open(f"/odoo/helpdesk.ticket/{ticket}")
    omar.call("helpdesk.ticket", "action_callgear_call", [ticket])
    expect(page.locator(".o-callgear-TicketDial")).to_be_visible()
    expect_notices(pages, 0)


def test_r47_who_gets_through_by_themselves_takes_it_back(told, ring, number):
    pages, _ticket = told
    again = ring(OMAR, caller=number)
    again.answer(OMAR)
    expect_notices(pages, 0)


def test_r47_several_are_one_notice(told, missed, number):
    pages, _ticket = told
    missed(f"{number[:-4]}99{number[-2:]}")
    expect_notices(pages, 1)
    [page] = [page for page in pages if page.locator(NOTICE).count()]
    notice = page.locator(NOTICE)
    expect(notice).to_contain_text("2 missed calls")
    notice.get_by_role("button", name="Open the list").click()
    expect(page.locator(".o_data_row", has_text=number)).to_be_visible()
    expect_notices(pages, 0)


def test_r49_the_tabs_title_flashes_while_it_rings(sara, ring, number):
    page = sara.open()
    title = page.title()
    call = ring(SARA, caller=number)
    expect(page.locator(POPUP)).to_be_visible()
    page.wait_for_function("document.title.startsWith('☎')")
    page.wait_for_function("title => document.title === title", arg=title)
    call.hang_up()
    expect(page.locator(POPUP)).to_have_count(0)
    assert page.title() == title
