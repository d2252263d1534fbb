# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""The linters and other programs of npm, in environments of their own in the cache."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from . import venv
from .console import step
from .locking import exclusive
from .paths import REQUIREMENTS, ROOT, cache_dir, short_hash
from .shell import run
from .system import find_or_install

NODE_FILES = ("package.json", "package-lock.json", ".npmrc")


def python_tools() -> Path:
    """The folder with ruff, pylint and the OCA checks."""
    files = [REQUIREMENTS / name for name in ("lint.txt", "lint-constraints.txt")]
    contents = [file.read_text() for file in files]
    key = short_hash(sys.version, sys.base_prefix, *contents)
    path = cache_dir() / f"lint-{key}"
    with exclusive(path.parent / f"{path.name}.lock"):
        if not (path / "complete").exists():
            shutil.rmtree(path, ignore_errors=True)
            with step("Installing the Python linters"):
                venv.create(path)
                venv.pip_install(path, "-r", files[0], "-c", files[1])
            (path / "complete").touch()
    return path / "bin"


def node_tools() -> Path:
    """The ``node_modules`` with eslint, prettier, axe-core and rtlcss."""
    npm = find_or_install(["npm"], ["nodejs", "npm"], "linting JavaScript")
    key = short_hash(*((ROOT / name).read_text() for name in NODE_FILES))
    path = cache_dir() / f"node-{key}"
    with exclusive(path.parent / f"{path.name}.lock"):
        if not (path / "complete").exists():
            shutil.rmtree(path, ignore_errors=True)
            path.mkdir()
            for name in NODE_FILES:
                shutil.copyfile(ROOT / name, path / name)
            with step("Installing eslint and prettier with npm"):
                run(
                    [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                    what="npm could not install the linters",
                    advice="check that npm reaches its registry (npm ping).",
                    cwd=path,
                )
            (path / "complete").touch()
    modules = path / "node_modules"
    # eslint.config.mjs looks for its parts there: nothing has to lie in the checkout.
    os.environ["CALLGEAR_NODE_MODULES"] = str(modules)
    return modules
