# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""``bin/lint``: all formatters and linters; ``--fix`` lets those that can repair."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from . import lint_tools
from .console import say
from .paths import ADDON, BARE, BRIDGE, NAME, ROOT

PYTHON = ("*.py", "bin/*")
JAVASCRIPT = ("*.js", "*.mjs")
STYLED = (*JAVASCRIPT, "*.xml", "*.scss", "*.css", "*.json", "*.yaml", "*.yml")
SKIPPED = {"node_modules", "__pycache__", ".git", ".demo", ".test", "build", "lib"}


@dataclass(frozen=True)
class Check:
    """One tool: the command to check with, and the one to repair with, if it can."""

    name: str
    check: list[str]
    fix: list[str] | None = None


def main(arguments: list[str]) -> int:
    """Runs all checks; 1 when one of them complains."""
    parser = argparse.ArgumentParser(prog="bin/lint", description=__doc__)
    parser.add_argument(
        "--fix", action="store_true", help="repair what can be repaired"
    )
    fix = parser.parse_args(arguments).fix
    python = lint_tools.python_tools()
    node = lint_tools.node_tools()
    failed = []
    for check in _checks(python, node):
        if not _passes(check, python, fix):
            failed.append(check.name)
    if failed:
        say(f"\nFAILED: {', '.join(failed)}")
        say("What to do: bin/lint --fix repairs formatting; correct the rest by hand.")
        return 1
    say("lint: all clean")
    return 0


def _passes(check: Check, python: Path, fix: bool) -> bool:
    started = time.monotonic()
    command = check.fix if fix and check.fix else check.check
    path = os.pathsep.join([str(python), os.environ.get("PATH", os.defpath)])
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PATH": path}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    verdict = "ok" if done.returncode == 0 else "FAILED"
    say(f"   {check.name}: {verdict} ({time.monotonic() - started:.1f} s)")
    if done.returncode or "warning" in done.stdout.lower():
        say(done.stdout.rstrip())
    return done.returncode == 0


def _checks(python: Path, node: Path) -> Iterable[Check]:
    ruff = str(python / "ruff")
    check = [ruff, "check", "--output-format=concise", "."]
    yield Check("ruff check", check, [*check, "--fix"])
    check = [ruff, "format", "--check", "--output-format=concise", "."]
    yield Check("ruff format", check, [ruff, "format", "."])
    if (ADDON / "__manifest__.py").exists():
        yield from _addon_checks(python)
    if _files(*JAVASCRIPT):
        eslint = [_node_program(node, "eslint"), "--max-warnings=0"]
        files = _files(*JAVASCRIPT)
        yield Check("eslint", [*eslint, *files], [*eslint, "--fix", *files])
    files = _files(*STYLED)
    if files:
        plugin = node / "@prettier" / "plugin-xml" / "src" / "plugin.js"
        prettier = [_node_program(node, "prettier"), f"--plugin={plugin}"]
        prettier += ["--log-level=warn", "--ignore-path=.prettierignore"]
        yield Check("prettier", [*prettier, "--check", *files],
                    [*prettier, "--write", *files])  # fmt: skip


def _addon_checks(python: Path) -> Iterable[Check]:
    addons = [NAME, BRIDGE.name, str(BARE.relative_to(ROOT))]
    pylint = [str(python / "pylint"), "--rcfile=.pylintrc", *addons]
    yield Check("pylint (pylint-odoo)", pylint)
    readme = [sys.executable, "-m", "devtools.readme"]
    yield Check("README.rst", [*readme, *addons], [*readme, "--fix", *addons])
    rules = [sys.executable, "-m", "devtools.rules"]
    yield Check("docs/rules.md", rules, [*rules, "--fix"])
    oca = [str(python / "oca-checks-odoo-module"), *addons]
    yield Check("oca-checks-odoo-module", oca, [*oca, "--fix"])
    translations = _files("*.po", "*.pot")
    if translations:
        po = [str(python / "oca-checks-po"), *translations]
        yield Check("oca-checks-po", po, [*po, "--fix"])


def _node_program(node: Path, name: str) -> str:
    return str(node / ".bin" / name)


def _files(*patterns: str) -> list[str]:
    """Our files of some kinds, relative to the root."""
    found = {
        file.relative_to(ROOT)
        for pattern in patterns
        for file in ROOT.rglob(pattern)
        if file.is_file()
    }
    return sorted(str(f) for f in found if not SKIPPED.intersection(f.parts))
