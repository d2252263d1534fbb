# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R55: Odoo's own JavaScript tests of what we patch end as they do without us.

Odoo loads for a test only the addons that the tested one depends on, so ours would never
be there. Here each test is run twice: with all addons that ours depends on, and with ours
besides. A few of Odoo's tests fail beside further addons, or depend on the machine: those
that differ are repeated alone, and may fail if they do so without us as well.
"""

import re
import time
from dataclasses import dataclass, field

import pytest

from devtools.paths import ADDON
from devtools.paths import NAME as OURS

from ..browser.test_hoot import suite_id

# Odoo runs nearly all of mail's tests at a desktop only.
SUITES = (
    ("@web/views/form", "desktop"),
    ("@web/views/form", "mobile"),
    ("@web/views/fields", "desktop"),
    ("@web/views/fields", "mobile"),
    ("@web/views/view_dialogs", "desktop"),
    ("@web/views/view_dialogs", "mobile"),
    ("@web/webclient/settings_form_view", "desktop"),
    ("@web/webclient/settings_form_view", "mobile"),
    ("@mail/chatter", "desktop"),
    ("@mail/composer", "desktop"),
    ("@mail/composer", "mobile"),
    ("@mail/core", "desktop"),
    ("@mail/message", "desktop"),
    ("@mail/mobile", "mobile"),
    ("@mail/thread", "desktop"),
    ("@sms", "desktop"),
    ("@snailmail", "desktop"),
)
# Where Odoo chooses the addons of a file of tests, and where it is through with one.
CHOICE = re.compile(
    r"(const filter\s*=\s*\(path\)\s*=>\s*)addons\.has\(getAddonName\(path\)\)"
)
THROUGH = re.compile(r"const running\s*=\s*await start\(suite\);")
# Where it loads such a file. In the tests of ``@web``, mail finds none of its models and
# fails at the start of each page, and with it nearly every test: let it find nothing there.
START = re.compile(r"moduleSetLoader\.startModule\(moduleName\s*\+\s*fileSuffix\);")
SILENCE_MAIL = (
    'if (suitePath.startsWith("@web/")) {'
    'const {onRpc} = moduleSetLoader.modules.get("@web/../tests/web_test_helpers");'
    'onRpc("/mail/data", () => ({})); onRpc("/mail/action", () => ({}));'
    "}"
)
TELL_LOADED = (
    'console.log("[LOADED] " + suitePath, [...moduleSetLoader.modules.keys()]'
    f'.filter((name) => name.startsWith("@{OURS}/")).join(" "));'
)
LOADED = re.compile(r"\[LOADED\] (\S+) ?(.*)")
RESULT = re.compile(r"\[HOOT\]\S* Test ([\"'`])(.*)\1 (passed|failed)", re.DOTALL)
DONE = re.compile(r"\[HOOT\]\S* (?:Passed|Failed) \d+ tests? \(")
# In minutes. A suite of a thousand tests may take so long on a slow machine; a page that
# has said nothing for so long will not go on.
PATIENCE, SILENCE = 40, 4
# Milliseconds for one test.
TEST_TIMEOUT = 15_000
# How often tests that differ are repeated, in both ways.
REPEATS = 2
# The part of a suite that must pass without us: else there is little to compare.
SOUND = 0.9


@dataclass
class Run:
    """What a page of tests has said."""

    passed: dict = field(default_factory=dict)
    # Of each file of tests the scripts of ours that were loaded for it.
    loaded: dict = field(default_factory=dict)
    is_over: bool = False
    heard: float = field(default_factory=time.monotonic)

    def hear(self, text):
        self.heard = time.monotonic()
        if match := RESULT.search(text):
            self.passed[match[2]] = match[3] == "passed"
        elif match := LOADED.search(text):
            self.loaded[match[1]] = set(match[2].split())
        self.is_over = self.is_over or bool(DONE.search(text))


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


def patches():
    """The names of our scripts that patch what is Odoo's."""
    source = ADDON / "static" / "src"
    return {
        f"@{OURS}/{file.relative_to(source).with_suffix('').as_posix()}"
        for file in source.rglob("*.js")
        if re.search(r"^patch\(", file.read_text(), re.MULTILINE)
    }


def run(context, names, preset, addons):
    """Run suites or tests with these addons' scripts."""
    listed = ", ".join(f'"{name}"' for name in sorted(addons))
    chosen = rf"\g<1>[...addons, {listed}].includes(getAddonName(path))"
    changed, page, said = [], context.new_page(), Run()

    def serve(route):
        answer = route.fetch()
        text, choices = CHOICE.subn(chosen, answer.text())
        text, starts = START.subn(lambda match: SILENCE_MAIL + match[0], text)
        text, ends = THROUGH.subn(lambda match: match[0] + TELL_LOADED, text)
        changed.append((choices, starts, ends))
        route.fulfill(response=answer, body=text)

    page.route(re.compile(r"/web/assets/.*unit_tests.*\.js"), serve)
    # Hoot forgets tests that are over, so what it says of them is collected.
    page.on("console", lambda message: said.hear(message.text))
    ids = "".join(f"&id={suite_id(name)}" for name in sorted(names))
    page.goto(
        f"/web/tests?headless&loglevel=2&preset={preset}&timeout={TEST_TIMEOUT}{ids}"
    )
    began = time.monotonic()
    while not said.is_over:
        now = time.monotonic()
        assert now - began < PATIENCE * 60, f"not over: {len(said.passed)} tests are"
        assert now - said.heard < SILENCE * 60, f"silent after {len(said.passed)} tests"
        page.wait_for_timeout(500)
    page.close()
    assert [sum(counts) for counts in zip(*changed, strict=True)] == [1, 1, 1], (
        "Odoo chooses the addons in another way now"
    )
    return said


def check_loaded(said, ours):
    """Each patch of ours was there for each file of tests, or none of our scripts."""
    assert said.loaded, "Odoo tells no longer what is loaded"
    for name, loaded in said.loaded.items():
        assert patches() <= loaded if ours else not loaded, f"{name}: {loaded}"


@pytest.mark.timeout(3 * 3600)
@pytest.mark.parametrize(("suite", "preset"), SUITES)
def test_r55_as_without_us(context, needed, suite, preset):
    names = {suite}
    for repeat in range(1 + REPEATS):
        without = run(context, names, preset, needed)
        with_ours = run(context, names, preset, {*needed, OURS})
        check_loaded(without, ours=False)
        check_loaded(with_ours, ours=True)
        differ = {
            name: (without.passed.get(name), with_ours.passed.get(name))
            for name in without.passed.keys() | with_ours.passed.keys()
            if without.passed.get(name) != with_ours.passed.get(name)
        }
        passed = sum(without.passed.values())
        assert repeat or passed > SOUND * len(without.passed) > 0, (
            f"only {passed} of {len(without.passed)} pass without us"
        )
        print(
            f"\n{suite}, {preset}{', again' * bool(repeat)}: {len(without.passed)} tests, "
            f"{passed} pass without us, {len(differ)} end otherwise with us"
        )
        if not differ:
            return
        assert len(differ) < 50, differ
        names = set(differ)
    pytest.fail(f"They end otherwise with us (without, with): {differ}")
