# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""The browser of the browser tests."""

from __future__ import annotations

from . import sharing
from .paths import ROOT
from .system import find_or_install

# Names under which Odoo's own test code looks for a browser.
PROGRAMS = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")
BROWSER_TESTS = ROOT / "tests" / "browser"


def ensure() -> str:
    """The path of a Chromium, installed by apt if there is none."""
    return find_or_install(PROGRAMS, ["chromium"], "the browser tests")


def wanted(arguments: list[str]) -> bool:
    """Whether a test run with these arguments may reach browser tests.

    It does not when all paths that are named lie elsewhere. Being wrong costs little:
    without prepared bundles a browser test is slower, not wrong.
    """
    named = sharing.paths_in(arguments)
    ignored = any(
        ROOT / word.removeprefix("--ignore=") == BROWSER_TESTS
        for word in arguments
        if word.startswith("--ignore=")
    )
    if not named:
        return not ignored
    return any(
        path == BROWSER_TESTS
        or BROWSER_TESTS in path.parents
        or (path in BROWSER_TESTS.parents and not ignored)
        for path in named
    )
