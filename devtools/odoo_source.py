# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""Odoo 19 itself: $ODOO_SRC, else Debian's package, else a git clone."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from . import debian_package
from .console import Problem, say, step
from .locking import exclusive
from .paths import cache_dir, short_hash
from .shell import run

REPOSITORY = "https://github.com/odoo/odoo.git"
BRANCH = "19.0"
ADVICE = (
    "set ODOO_SRC to a checkout of Odoo 19.0, "
    "or make the network reachable for apt or git and start again."
)


@dataclass(frozen=True)
class OdooSource:
    """A folder that holds ``odoo/``, and what tells one version of it from another."""

    path: Path
    version: str


def find_or_fetch() -> OdooSource:
    """The Odoo tree to use; fetched into the cache when there is none yet."""
    given = os.environ.get("ODOO_SRC")
    if given:
        return _given(Path(given).expanduser().absolute())
    tree = cache_dir() / "odoo-19"
    with exclusive(cache_dir() / "odoo-19.lock"):
        if not _is_odoo(tree):
            _fetch(tree)
    return OdooSource(tree, (tree / "FETCHED").read_text().strip())


def _is_odoo(path: Path) -> bool:
    return (path / "odoo" / "release.py").is_file() and (
        path / "odoo" / "addons" / "base"
    ).is_dir()


def _given(path: Path) -> OdooSource:
    if not _is_odoo(path):
        raise Problem(
            f"ODOO_SRC={path} holds no Odoo (no odoo/release.py or odoo/addons/base).",
            "set ODOO_SRC to the root of an Odoo 19.0 checkout, or unset it.",
        )
    release = (path / "odoo" / "release.py").read_text()
    if "version_info = (19, 0," not in release:
        raise Problem(
            f"ODOO_SRC={path} is not Odoo 19.0.", "check out the branch 19.0."
        )
    head = (
        subprocess.run(
            ["git", "-C", str(path), "rev-parse", "HEAD"],
            capture_output=True,
            text=True,
        )
        if shutil.which("git")
        else None
    )
    commit = head.stdout.strip() if head and head.returncode == 0 else ""
    return OdooSource(path, f"source-{short_hash(str(path), commit, release)}")


def _fetch(tree: Path) -> None:
    """Fetches into a temporary folder first: a stopped fetch leaves no half a tree."""
    with tempfile.TemporaryDirectory(dir=tree.parent, prefix="odoo-fetch-") as temp:
        fresh = Path(temp) / "tree"
        problems = []
        for title, fetch in (
            ("Fetching Odoo 19 (Debian's package, 133 MB)", debian_package.fetch),
            ("Fetching Odoo 19 (git clone, about 400 MB)", _clone),
        ):
            try:
                with step(title):
                    version = fetch(fresh, Path(temp))
                break
            except Problem as problem:
                say(f"   {problem.message}")
                problems.append(f"{problem.message}\n{problem.output}")
                shutil.rmtree(fresh, ignore_errors=True)
        else:
            raise Problem("Odoo 19 could not be fetched.", ADVICE, "\n".join(problems))
        (fresh / "FETCHED").write_text(version + "\n")
        shutil.rmtree(tree, ignore_errors=True)
        fresh.rename(tree)


def _clone(destination: Path, _temp: Path) -> str:
    run(
        [
            "git",
            "clone",
            "--quiet",
            "--depth=1",
            f"--branch={BRANCH}",
            REPOSITORY,
            destination,
        ],
        what="Cloning Odoo's repository failed",
        env={**os.environ, "GIT_TERMINAL_PROMPT": "0"},
    )
    commit = run(
        ["git", "-C", destination, "rev-parse", "--short", "HEAD"],
        what="Reading the commit of Odoo failed",
    )
    return f"git-{commit.strip()}"
