# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R39, R46, M9: figures of each agent, and of each team's calls, fit the page of a desk, a
tablet, a phone, on paper.
"""

import pytest
from playwright.sync_api import expect

from ..waiting import wait_until
from .stage import SARA

TEAMS = ".o-callgear-Dashboard .o-callgear-teams"
TEAM = ".o-callgear-Dashboard section[data-section=team]"
GROUPS = f"{TEAM} .o-callgear-groups button"
TABLE = f"{TEAM} .o-callgear-group:not(.d-none)"
LONG = "Aleksandra Konstantinopolskaya-Preobrazhenskaya"
# What sticks out of the window, or of the table's own cells.
TOO_WIDE = """() => {
    const page = document.querySelector('.o-callgear-Dashboard');
    const width = document.documentElement.clientWidth;
    const CELLS = ':is([data-section=team], .o-callgear-teams) :is(td, th)';
    const sticksOut = (el) => {
        const {left, right} = el.getBoundingClientRect();
        return right > left && (right > width + 1 || left < -1);
    };
    const isCut = (cell) => {
        const text = document.createRange();
        text.selectNodeContents(cell);
        const {left, right} = text.getBoundingClientRect();
        const box = cell.getBoundingClientRect();
        return right > left && (left < box.left - 1 || right > box.right + 1);
    };
    return [...page.querySelectorAll('*:not(.visually-hidden)')]
        .filter((el) => sticksOut(el) || (el.matches(CELLS) && isCut(el)))
        .map((el) => `${el.tagName}.${el.className}: ${el.innerText?.slice(0, 40)}`);
}"""


@pytest.fixture(scope="module")
def manager(stage):
    """The admin, tickets of agents with short and long names, and a team's missed call."""
    stage.database.environment.odoo(
        "i18n", "loadlang", "-d", stage.database.name, "-l", "ru_RU",
        what="Russian is missing",
    )  # fmt: skip
    manager = stage.agent("admin")
    [user] = manager.call("res.users", "create", [{"name": LONG, "login": "long"}])
    agents = manager.call("res.users", "search", [("login", "in", ("sara", "omar"))])
    tickets = [
        {"name": "Late", "description": "-", "user_id": agent}
        for agent in (user, *agents)
    ]
    manager.call("helpdesk.ticket", "create", tickets)
    stage.ring(SARA, caller="+971505550555").over()
    calls = [("calls_missed", "!=", False), ("team_id", "!=", False)]
    wait_until(lambda: manager.call("callgear.statistics", "search_count", calls))
    yield manager
    manager.close()
    assert not manager.errors


@pytest.fixture(params=("en_US", "ru_RU"))
def lang(request, manager):
    manager.call("res.users", "write", [manager.id], {"lang": request.param})
    yield request.param
    manager.leave()


def opened(manager, width):
    """The page in a window of this width; from the beginning, as its charts are drawn."""
    page = manager.context.new_page()
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/odoo/callgear-dashboard")
    expect(page.locator(TABLE)).to_contain_text(LONG)
    expect(page.locator(f"{TEAMS} tbody tr")).not_to_have_count(0)
    return page


def groups(page):
    """Choose one group of figures after the other."""
    buttons = page.locator(GROUPS)
    assert buttons.count() >= 3
    for button in buttons.all():
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true")
        yield button.inner_text()


@pytest.mark.parametrize("width", (1600, 1366, 1000))
@pytest.mark.usefixtures("lang")
def test_r39_m9_a_table_fits_its_page(manager, width):
    page = opened(manager, width)
    for group in groups(page):
        assert page.evaluate(TOO_WIDE) == [], group
        head = page.locator(f"{TABLE} thead th")
        values = page.locator(f"{TABLE} tbody tr").first.locator("th, td")
        assert head.count() == values.count()
        for name, value in zip(head.all(), values.all(), strict=True):
            assert name.bounding_box()["x"] == value.bounding_box()["x"]


@pytest.mark.parametrize("width", (390, 320, 800))
@pytest.mark.usefixtures("lang")
def test_r39_m9_an_agent_is_a_block_on_a_small_screen(manager, width):
    page = opened(manager, width)
    for group in groups(page):
        assert page.evaluate(TOO_WIDE) == [], group
        expect(page.locator(f"{TABLE} thead")).to_be_hidden()
        block = page.locator(f"{TABLE} tr", has_text=LONG)
        for value in block.locator("td").all():
            expect(value.locator(".o-callgear-name")).to_be_visible()
        top = block.locator("th").bounding_box()
        first = block.locator("td").first.bounding_box()
        assert first["y"] >= top["y"] + top["height"]


@pytest.mark.usefixtures("lang")
def test_r39_m9_paper_has_all_groups(manager):
    # A4 upright, without its margins.
    page = opened(manager, 700)
    page.emulate_media(media="print")
    count = page.locator(GROUPS).count()
    tables = page.locator(f"{TEAM} .o-callgear-group table thead")
    expect(tables).to_have_count(count)
    for table in tables.all():
        expect(table).to_be_visible()
    assert page.evaluate(TOO_WIDE) == []
