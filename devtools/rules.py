# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""``docs/rules.md``: which tests show that a rule holds.

The table is written by hand: a rule, what happens, and where. What stands below it is
made of the tests: those whose name (``test_r12_…``), docstring or title in JavaScript
(``R12``, also ``R12-R15``) names the rule. A file that is about one rule only counts as a
whole.

    python3 -m devtools.rules [--fix]
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from .paths import ADDON, BRIDGE, ROOT

FILE = ROOT / "docs" / "rules.md"
NUMBERS = range(1, 65)
NOT_BUILT = "Not built yet."
MARK = (
    "<!-- Made by bin/lint --fix of the tests; everything above is written by hand. -->"
)
ROW = re.compile(
    r"^\| R(?P<number>\d+) \|(?P<what>.*)\|(?P<where>.*)\| (?P<shown>.*) \|$",
    re.MULTILINE,
)
WRITTEN = re.compile(
    r"(?<!\w)R([1-9]\d?)(?:[a-e]\b|(?!\w))(?:\s?[-–]\s?R([1-9]\d?)(?!\w))?"
)
IN_NAME = re.compile(r"_r([1-9]\d?)[a-e]?(?=_|$)")
IN_SCRIPT = re.compile(r"""\b(?:describe|test)\b[^\n"'`]*?\(\s*(["'`])(.+?)\1""")
FOLDERS = (ADDON / "tests", BRIDGE / "tests", ROOT / "tests")
SCRIPTS = ADDON / "static" / "tests"
WHOLE = "all of the file"


def main() -> int:
    """1 if the file is not what the tests say; ``--fix`` writes it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fix", action="store_true")
    options = parser.parse_args()
    text = FILE.read_text()
    wanted = renewed(text)
    if options.fix:
        FILE.write_text(wanted)
    elif text != wanted:
        print("docs/rules.md is not what the tests say")
        return 1
    complaints = list(faults(wanted))
    print("\n".join(complaints), end="\n" if complaints else "")
    return 1 if complaints else 0


def renewed(text: str) -> str:
    """The file with the tests as they are now."""
    head = text.partition(MARK)[0].rstrip()
    found = tests()
    parts = [head, MARK]
    for number in NUMBERS:
        if files := found.get(number):
            lines = [_line(path, files[path]) for path in sorted(files)]
            parts.append(f"## R{number}\n" + "\n".join(lines))
    return "\n\n".join(parts) + "\n"


def faults(text: str) -> Iterator[str]:
    """What is wrong in the part that is written by hand."""
    rows = [(int(row["number"]), row) for row in ROW.finditer(text)]
    numbers = [number for number, _row in rows]
    if numbers != list(NUMBERS):
        odd = sorted(set(NUMBERS).symmetric_difference(numbers))
        yield f"docs/rules.md: one row for each rule, in order; missing or odd: {odd}"
    shown = tests()
    for number, row in rows:
        built, shown_by = NOT_BUILT not in row["what"], bool(shown.get(number))
        if built != shown_by:
            yield f"docs/rules.md: R{number}: built: {built}, tests name it: {shown_by}"
        if built != (row["shown"] == f"[tests](#r{number})"):
            yield f"docs/rules.md: R{number} does not lead to its tests"
        for path in re.findall(r"`([^`]+)`", row["where"]):
            if not any((folder / path).exists() for folder in (ADDON, ROOT)):
                yield f"docs/rules.md: R{number} names {path}, which is not there"


def tests() -> dict[int, dict[str, set[str]]]:
    """Of each rule the files with its tests, and their names."""
    found: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for folder in FOLDERS:
        for file in folder.rglob("test_*.py"):
            for number, name in _of_python(ast.parse(file.read_text())):
                found[number][str(file.relative_to(ROOT))].add(name)
    for file in SCRIPTS.rglob("*.js"):
        for match in IN_SCRIPT.finditer(file.read_text()):
            for number in named(match[2]):
                found[number][str(file.relative_to(ROOT))].add(match[2])
    return found


def named(text: str | None) -> set[int]:
    """The rules that a text names, also as a range."""
    numbers: set[int] = set()
    for first, last in WRITTEN.findall(text or ""):
        numbers.update(range(int(first), int(last or first) + 1))
    return numbers


def _of_python(module: ast.Module) -> Iterator[tuple[int, str]]:
    """(rule, name of a test that names it, or that the whole file is about it)."""
    about = named(ast.get_docstring(module))
    own = [(number, name) for name, rules in _functions(module) for number in rules]
    met = {number for number, _name in own}
    for number in about:
        if len(about) == 1 or number not in met:
            yield number, WHOLE
    for number, name in own:
        if about != {number}:
            yield number, name


def _functions(module: ast.Module) -> Iterator[tuple[str, set[int]]]:
    """Each test, and the rules that its name, its docstring or its class name."""
    classes = [node for node in module.body if isinstance(node, ast.ClassDef)]
    for parent in (module, *classes):
        shared = named(ast.get_docstring(parent)) if parent is not module else set()
        for node in parent.body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                said = {int(number) for number in IN_NAME.findall(node.name)}
                yield node.name, said | named(ast.get_docstring(node)) | shared


def _line(path: str, names: set[str]) -> str:
    listed = [WHOLE] if WHOLE in names else [f"`{name}`" for name in sorted(names)]
    return f"- [{Path(path).name}](../{path}): {', '.join(listed)}"


if __name__ == "__main__":
    sys.exit(main())
