# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""Renews the pinned versions: ``python3 -m devtools.pin python3.10 python3.11 ...``.

Resolves the requirements with every Python that is named and writes the constraint
files: one line where all agree, one per Python where the newest usable version differs.
Name the oldest releases that shall work: some packages refuse 3.11.2 and take 3.11.5.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from . import venv
from .console import main as run_command
from .console import step
from .paths import REQUIREMENTS
from .shell import run

HEADER = "# Written by: python3 -m devtools.pin (Python {pythons})\n"
FROZEN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)$", re.MULTILINE)


def main(pythons: list[str]) -> int:
    """Writes constraints.txt and lint-constraints.txt."""
    sets = {
        "constraints.txt": venv.requirement_files(),
        "lint-constraints.txt": [REQUIREMENTS / "lint.txt"],
    }
    for target, files in sets.items():
        pins = {}
        for python in pythons or [sys.executable]:
            with step(f"Resolving {target} with {python}"):
                version, pins_of_version = _resolve(python, files)
            pins[version] = pins_of_version
        text = HEADER.format(pythons=", ".join(sorted(pins, key=_order)))
        (REQUIREMENTS / target).write_text(text + _merge(pins))
    return 0


def _resolve(python: str, files: list[Path]) -> tuple[str, dict[str, str]]:
    with tempfile.TemporaryDirectory() as folder:
        run([python, "-m", "venv", folder], what=f"{python} makes no environment")
        words: list[str | Path] = []
        for file in files:
            words += ["-r", file]
        venv.pip_install(Path(folder), *words)
        own = Path(folder) / "bin" / "python"
        frozen = run([own, "-m", "pip", "freeze"], what="pip freeze failed")
        code = "import sys; print('%d.%d' % sys.version_info[:2])"
        version = run([own, "-c", code], what="Asking for the version failed").strip()
    return version, dict(FROZEN.findall(frozen))


def _merge(pins: dict[str, dict[str, str]]) -> str:
    by_package: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for python in sorted(pins, key=_order):
        for package, version in pins[python].items():
            by_package[package].setdefault(version, []).append(python)
    lines = []
    for package in sorted(by_package, key=str.lower):
        versions = by_package[package]
        for version, pythons in versions.items():
            marker = " or ".join(f'python_version == "{p}"' for p in pythons)
            same_for_all = len(versions) == 1
            lines.append(
                f"{package}=={version}" + ("" if same_for_all else f" ; {marker}")
            )
    return "\n".join(lines) + "\n"


def _order(python: str) -> tuple[int, ...]:
    return tuple(int(part) for part in python.split("."))


if __name__ == "__main__":
    run_command(main)
