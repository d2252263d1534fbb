# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which tests bin/test runs side by side, and which one after the other."""

import pytest

from devtools import browser, sharing
from devtools.paths import ROOT

FILE = "tests/unit/test_sharing.py"


def processes(arguments, given=""):
    """How many processes pytest is told to use, the last word counting; None: nothing."""
    words = [*sharing.options(arguments, given).split(), *arguments]
    told = [w.removeprefix("--numprocesses=") for w in words if w.startswith("--nu")]
    return told[-1] if told else None


@pytest.mark.parametrize(
    ("arguments", "given", "expected"),
    [
        ([], "", "3"),
        (["--durations=40", "-k", "r25"], "-x", "3"),
        (["--full"], "", "3"),
        (["--ignore=tests/browser"], "", "3"),
        (["--numprocesses=0"], "", "0"),
        ([], "--numprocesses=0", "0"),
        ([FILE], "", None),
        ([f"{FILE}::test_one[x]", "-x"], "", None),
        (["tests"], "", None),
        ([], FILE, None),
    ],
)
def test_three_processes_unless_files_are_named(arguments, given, expected):
    assert processes(arguments, given) == expected
    assert sharing.options(arguments, given).endswith(given)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], True),
        (["-k", "popup"], True),
        (["tests"], True),
        (["tests/browser/test_tours.py::TestTours"], True),
        (["--ignore=tests/browser"], False),
        (["tests", "--ignore=tests/browser"], False),
        (["--ignore=tests/unit"], True),
        ([FILE], False),
        ([FILE, "tests/browser"], True),
    ],
)
def test_bundles_are_built_for_what_may_need_a_browser(arguments, expected):
    assert browser.wanted(arguments) == expected


@pytest.mark.parametrize(
    ("nodeid", "unit"),
    [
        ("tests/unit/test_gate.py::test_x[a::b]", "tests/unit/test_gate.py"),
        (
            "callgear_integration/tests/test_a.py::TestA::test_x",
            "callgear_integration/tests/test_a.py::TestA",
        ),
        ("callgear_integration_sla/tests/test_a.py::TestA::test_x", "sla_database"),
        ("tests/automation/test_rules.py::TestRules::test_x", "sla_database"),
        ("tests/sla/test_sla_translations.py::test_x", "sla_database"),
        ("tests/neighbours/test_merge.py::TestMerge::test_x", "neighbours_database"),
        ("tests/server/test_delivery.py::test_x[two nodes]", "servers"),
        ("tests/faults/test_burst.py::test_x", "servers"),
        ("tests/browser/test_hoot.py::TestHoot::test_x", "browsers"),
    ],
)
def test_what_stays_together(nodeid, unit):
    assert sharing.unit(nodeid) == unit


@pytest.mark.parametrize(
    ("file", "fixture"),
    [
        ("tests/unit/test_gate.py", None),
        ("callgear_integration/tests/test_a.py", None),
        ("callgear_integration_sla/tests/test_a.py", "sla_database"),
        ("tests/neighbours/test_merge.py", "neighbours_database"),
    ],
)
def test_the_database_of_a_file(file, fixture):
    assert sharing.database(ROOT / file) == fixture
