# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""Programs that only the system's package manager can give: Chromium, Node.js."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence

from .console import Problem, step
from .shell import run


def find_or_install(
    programs: Sequence[str], packages: Sequence[str], purpose: str
) -> str:
    """The path of the first program that exists; installs the packages if none does."""
    found = _first(programs)
    if found:
        return found
    prefix = _root_prefix()
    wish = " ".join(packages)
    advice = f"install it: apt-get install {wish} (as root), then start again."
    if prefix is None or not shutil.which("apt-get"):
        raise Problem(f"{purpose} needs {programs[0]}, which is not installed.", advice)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = [*prefix, "apt-get", "-q", "-o", "Acquire::Retries=3"]
    with step(f"Installing {wish} with apt ({purpose})"):
        run([*apt, "update"], what="apt-get update failed", env=environment)
        run(
            [*apt, "install", "-y", "--no-install-recommends", *packages],
            what=f"apt-get install {wish} failed",
            advice=advice,
            env=environment,
        )
    found = _first(programs)
    if not found:
        raise Problem(f"apt installed {wish}, but {programs[0]} is missing.", advice)
    return found


def _first(programs: Sequence[str]) -> str | None:
    return next(filter(None, map(shutil.which, programs)), None)


def _root_prefix() -> list[str] | None:
    """What to put before a command to run it as root; None when that is impossible."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        asked = subprocess.run(["sudo", "-n", "true"], capture_output=True)
        if asked.returncode == 0:
            return ["sudo", "-n"]
    return None
