# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""``docs/rules.md`` is true: each rule has its row, and its tests are those there are."""

import ast

import pytest

from devtools import rules

ROWS = "".join(
    f"| R{number} | Something. | `hooks.py` | [tests](#r{number}) |\n"
    for number in rules.NUMBERS
)


@pytest.fixture
def all_tested(monkeypatch):
    """Each rule has a test."""
    found = {number: {"tests/a.py": {"test_a"}} for number in rules.NUMBERS}
    monkeypatch.setattr(rules, "tests", lambda: found)


def test_it_is_what_the_tests_say():
    text = rules.FILE.read_text()
    assert text == rules.renewed(text), "bin/lint --fix renews it"
    assert not list(rules.faults(text))


def test_tests_are_found_by_what_they_name():
    module = ast.parse(
        '"""R2, R90."""\n'
        'class TestA:\n    """R3."""\n    def test_r4a_x(self): ...\n'
        'def test_y():\n    """R5-R7: y, like R05, r8 and XR9."""\n'
        "def r10(): ...\n"
    )
    found = set(rules._of_python(module))
    assert found == {
        (2, rules.WHOLE),
        (90, rules.WHOLE),
        (3, "test_r4a_x"),
        (4, "test_r4a_x"),
        *((number, "test_y") for number in (5, 6, 7)),
    }


def test_a_file_about_one_rule_counts_as_a_whole():
    module = ast.parse('"""R2."""\ndef test_r2_x(): ...\ndef test_r3_y(): ...\n')
    assert set(rules._of_python(module)) == {(2, rules.WHOLE), (3, "test_r3_y")}


def test_names_in_javascript():
    titles = rules.IN_SCRIPT.findall(
        'describe("R47: keys", () => {});\ntest.tags("x")("R6, R11: it\'s", () => {});'
    )
    assert [title for _quote, title in titles][0] == "R47: keys"
    assert rules.named("R6, R11: it's") == {6, 11}
    assert rules.named("R12–R14, R32a") == {12, 13, 14, 32}


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("| R7 |", "| R70 |", "one row for each rule"),
        (ROWS[:10], ROWS[:10], None),
        ("| R8 | Something", f"| R8 | {rules.NOT_BUILT}", "R8: built: False"),
        ("(#r9)", "(#r8)", "R9 does not lead"),
        ("R3 | Something. | `hooks.py`", "R3 | So. | `gone.py`", "names gone.py"),
    ],
)
def test_what_is_wrong_in_the_table_is_told(all_tested, old, new, complaint):
    told = "\n".join(rules.faults(ROWS.replace(old, new)))
    assert (complaint in told) if complaint else not told


def test_a_rule_without_tests_is_told(monkeypatch):
    monkeypatch.setattr(rules, "tests", lambda: {})
    told = list(rules.faults(ROWS))
    assert len(told) == len(rules.NUMBERS)
