# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R55: Odoo's own JavaScript tests of what we patch end as they do without us.

Odoo loads for a test only the addons that the tested one depends on, so ours would never
be there. Here each test is run twice: with all addons that ours depends on, and with ours
besides. Some of Odoo's tests fail beside further addons; they may, if they do so twice.
"""

import re
import time

import pytest

from ..browser.test_hoot import suite_id

SUITES = (
    "@web/views/form",
    "@web/views/fields",
    "@mail/chatter",
    "@mail/composer",
    "@mail/message",
)
OURS = "callgear_integration"
# Where Odoo chooses the addons of a test.
CHOICE = re.compile(
    r"(const filter\s*=\s*\(path\)\s*=>\s*)addons\.has\(getAddonName\(path\)\)"
)
RESULT = re.compile(r"\[HOOT\]\S* Test ([\"'`])(.*)\1 (passed|failed)", re.DOTALL)
DONE = re.compile(r"\[HOOT\]\S* Test suite (succeeded|failed)")
# A suite of a thousand tests may take so long on a slow machine.
PATIENCE = 20 * 60


@pytest.fixture(scope="session")
def needed(server, environment):
    """The addons that ours depends on, near and far."""
    rows = environment.sql(
        server.database,
        """
        WITH RECURSIVE needed AS (
            SELECT %s::varchar AS name
            UNION
            SELECT dependency.name
            FROM ir_module_module_dependency dependency
            JOIN ir_module_module module ON module.id = dependency.module_id
            JOIN needed ON needed.name = module.name
        )
        SELECT name FROM needed
        """,
        OURS,
    )
    return {name for (name,) in rows} - {OURS}


def results(context, suite, preset, addons):
    """Of each test of a suite whether it passes, with these addons' scripts."""
    listed = ", ".join(f'"{name}"' for name in sorted(addons))
    chosen = rf"\g<1>[...addons, {listed}].includes(getAddonName(path))"
    changed, page = [], context.new_page()

    def serve(route):
        answer = route.fetch()
        text, count = CHOICE.subn(chosen, answer.text())
        changed.append(count)
        route.fulfill(response=answer, body=text)

    page.route(re.compile(r"/web/assets/.*unit_tests.*\.js"), serve)
    # Hoot forgets tests that are over, so what it says of them is collected.
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(
        f"/web/tests?headless&loglevel=2&preset={preset}&timeout=30000"
        f"&id={suite_id(suite)}"
    )
    deadline = time.monotonic() + PATIENCE
    while not any(DONE.search(text) for text in said):
        assert time.monotonic() < deadline, f"not over: {said[-3:]}"
        page.wait_for_timeout(1000)
    page.close()
    assert sum(changed) == 1, "Odoo chooses the addons of a test in another way now"
    found = [match for text in said if (match := RESULT.search(text))]
    return {match[2]: match[3] == "passed" for match in found}


@pytest.mark.timeout(3 * 3600)
@pytest.mark.parametrize("preset", ["desktop", "mobile"])
@pytest.mark.parametrize("suite", SUITES)
def test_r55_as_without_us(context, needed, suite, preset):
    without = results(context, suite, preset, needed)
    with_ours = results(context, suite, preset, {*needed, OURS})
    passed = sum(without.values())
    print(f"\n{suite}, {preset}: {len(without)} tests, {passed} pass without us")
    assert passed > len(without) / 2, "most of them must have run as they should"
    differ = {
        name: (without.get(name), with_ours.get(name))
        for name in without.keys() | with_ours.keys()
        if without.get(name) != with_ours.get(name)
    }
    assert not differ
