# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Typing a summary while three calls go on: from a key to the next picture (INP).

As https://web.dev/articles/inp has it: the browser's own *Event Timing*, the longest event
of each key; three quarters of the keys are at least as quick. The browser rounds to 8 ms,
and tells nothing of events shorter than 16 ms: those count as 16.
"""

from __future__ import annotations

from playwright.sync_api import Page

from benchmarks import helpdesk
from benchmarks.calls import SARA, CallBuilder
from benchmarks.context import Context, Row
from benchmarks.http_client import post_accepted
from benchmarks.page import agents_page

MAX_INP = 200  # milliseconds
SHORTEST = 16
# The contact has opened by itself.
BOX = ".o-callgear-CallBar textarea"
OBSERVE = """() => {
    window.keys = {};
    new PerformanceObserver((list) => {
        for (const {interactionId, duration} of list.getEntries()) {
            if (interactionId) {
                window.keys[interactionId] =
                    Math.max(window.keys[interactionId] || 0, duration);
            }
        }
    }).observe({type: "event", durationThreshold: 16, buffered: false});
}"""


def run(context: Context) -> list[Row]:
    path = helpdesk.set_up(context)
    count = 100 if context.quick else 400
    with context.server() as server, agents_page(server, "sara") as page:
        _begin_calls(page, server.url + path)
        keys = _type(page, count)
    keys += [SHORTEST] * (count - len(keys))
    keys.sort()
    inp = keys[int(len(keys) * 0.75)]
    return [
        Row("three calls", "key to picture, 75 %", inp, "ms", target=MAX_INP),
        Row("three calls", "key to picture, longest", keys[-1], "ms"),
        Row("three calls", f"keys slower than {SHORTEST} ms", _slow(keys), "%"),
    ]


def _begin_calls(page: Page, url: str) -> None:
    """One call that is talked in, and two that ring."""
    talk, *rings = (CallBuilder(9000 + number) for number in range(3))
    for call in (talk.ring(SARA, 1).answer(SARA, 2), *(r.ring(SARA, 3) for r in rings)):
        for delivery in call.deliveries:
            post_accepted(f"{url}/{delivery.event}", delivery.body)
    page.wait_for_function(
        "document.querySelectorAll('.o-callgear-CallCard').length === 3"
    )


def _type(page: Page, count: int) -> list[float]:
    """The durations of the keys that took longer than the browser tells of."""
    page.evaluate(OBSERVE)
    page.locator(BOX).click()
    for number in range(count):
        page.keyboard.press("abcdefghij "[number % 11].replace(" ", "Space"))
        page.wait_for_timeout(60)
    page.wait_for_timeout(500)
    return list(page.evaluate("Object.values(window.keys)"))


def _slow(keys: list[float]) -> float:
    return 100 * sum(key > SHORTEST for key in keys) / len(keys)
