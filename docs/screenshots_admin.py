# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What administrators look at when something is wrong, and what is held of a person."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import requests

from tests.browser.stage import OMAR, SARA
from tests.waiting import wait_until

from .screenshots_phone import IVAN, MARYAM, UNKNOWN

CONNECTION = "CallGear simulator"
# Whatever stands above the notebook is in the picture of the set-up.
TO_THE_TABS = "el => el.scrollIntoView()"
OPEN = """(action) => odoo.__WOWL_DEBUG__.root.env.services.action.doAction(action)"""


def admins(camera):
    """Health, a comparison, what is kept for how long, and the personal data."""
    admin = camera.agent("admin")
    [connection] = admin.call(
        "callgear.connection", "search", [("name", "=", CONNECTION)]
    )
    if not admin.call("callgear.comparison", "search", [("reason", "=", "manual")]):
        make_trouble(camera.stage, admin, connection)
    page = admin.open(f"/odoo/callgear-connections/{connection}")
    for name, picture in (("health", "health"), ("privacy", "privacy")):
        tab = page.locator(f".o_notebook_headers .nav-link[name='{name}']")
        tab.click()
        tab.evaluate(TO_THE_TABS)
        camera.shoot(page, picture)
    [comparison] = admin.call(
        "callgear.comparison", "search", [("reason", "=", "manual")]
    )
    for name, path in (
        ("comparison", f"/odoo/callgear-comparisons/{comparison}"),
        ("comparisons", "/odoo/callgear-comparisons"),
        ("notifications", "/odoo/callgear-notifications"),
        ("log-of-listening", "/odoo/callgear-listening"),
    ):
        page.goto(path)
        admin.settled(page)
        camera.shoot(page, name)
    personal_data(camera, admin, page)
    admin.close()


def personal_data(camera, admin, page):
    [contact] = admin.call("res.partner", "search", [("name", "=", "Maryam Khalil")])
    page.goto(f"/odoo/res.partner/{contact}")
    admin.settled(page)
    action = admin.call(
        "res.partner",
        "action_callgear_personal_data",
        [contact],
        context={"lang": camera.lang},
    )
    page.evaluate(OPEN, {**action, "views": [[False, "form"]]})
    page.locator(".modal .o_form_view").wait_for()
    camera.shoot(page, "personal-data")


def make_trouble(stage, admin, connection):
    """Notifications are lost, refused, and cannot be read."""
    hook, now = stage.webhook_url, datetime.now(ZoneInfo("Asia/Dubai"))
    stage.deliver_to("")
    for ago, scenario, caller in (
        (95, "answered", MARYAM),
        (85, "missed", UNKNOWN),
        (75, "blind-transfer", IVAN),
    ):
        start = now.replace(tzinfo=None) - timedelta(minutes=ago)
        stage.ring(
            SARA,
            OMAR,
            scenario=scenario,
            caller=caller,
            speed=0,
            start_time=start.isoformat(timespec="seconds"),
        ).over()
    stage.deliver_to(hook)
    admin.call("callgear.connection", "write", [connection], {"rate_limit": 2})
    with requests.Session() as http:
        http.trust_env = False
        for _time in range(9):
            http.post(f"{hook}/end", data=b"{{call_session_id}}", timeout=30)
    admin.call("callgear.connection", "write", [connection], {"rate_limit": 6000})
    utc = now.astimezone(ZoneInfo("UTC"))
    period = {
        "date_from": f"{utc - timedelta(minutes=110):%F %T}",
        "date_to": f"{utc:%F %T}",
    }
    [comparison] = admin.call(
        "callgear.comparison", "create", [{**period, "connection_id": connection}]
    )
    known = [("id", "=", comparison), ("state", "=", "done")]
    wait_until(lambda: admin.call("callgear.comparison", "search", known), seconds=180)
    # The failed notification is found by the next look.
    wait_until(
        lambda: admin.call("callgear.trouble", "search_count", []) >= 3, seconds=180
    )
