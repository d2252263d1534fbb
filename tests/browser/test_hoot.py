# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The JavaScript unit tests of the addon, on a desktop and on a phone."""

import logging
import re
from array import array

from odoo.tests import HttpCase, tagged

SUITE = "@callgear_integration"
PASSED = re.compile(r"\[HOOT\] Passed (\d+) tests?")
# Fewer than are there, so that it need not be counted again for each new test.
AT_LEAST = 120
# What looks or behaves otherwise on a small screen; the rest would be tried twice.
DRAWN_OTHERWISE = (
    "call_bar",
    "call_controls",
    "call_message",
    "calling_out",
    "click_to_call",
    "phone",
    "phone_home",
    "summary",
    "ticket_call",
)


@tagged("post_install", "-at_install")
class TestHoot(HttpCase):
    def run_suites(self, preset, suites, at_least):
        # Listened to, not captured: what failed is to be read in the test's output.
        console = Console()
        self._logger.addHandler(console)
        self.addCleanup(self._logger.removeHandler, console)
        self.browser_js(
            f"/web/tests?headless&loglevel=2&preset={preset}&timeout=15000"
            + "".join(f"&id={suite_id(suite)}" for suite in suites),
            "",
            "",
            login="admin",
            timeout=300,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=lambda message: "[HOOT]" not in message,
        )
        # An unknown id would run the tests of all of Odoo, or none.
        [passed] = PASSED.findall("\n".join(console.lines))
        self.assertGreaterEqual(int(passed), at_least)
        self.assertLess(int(passed), 5 * AT_LEAST, "these are not only our own tests")

    def test_desktop(self):
        self.run_suites("desktop", [SUITE], AT_LEAST)

    def test_mobile(self):
        # As Odoo's own runs have it.
        self.browser_size, self.touch_enabled = "375x667", True
        suites = [f"{SUITE}/{name}" for name in DRAWN_OTHERWISE]
        self.run_suites("mobile", suites, AT_LEAST // 2)


def suite_id(name):
    """How hoot names a suite in an address."""
    number = 0
    for unit in array("H", name.encode("utf-16-le")):
        number = ((number << 5) - number + unit) & 0xFFFFFFFF
    return f"{number:08x}"


class Console(logging.Handler):
    """Collects what the browser writes to its console."""

    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())
