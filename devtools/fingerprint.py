# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""What the addons' files add up to, to see whether something has to be done again."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Callable
from pathlib import Path

from .paths import ADDON, BRIDGE, short_hash

# Needs no update of a database: read from the disk, or only by people.
NO_DATA = ("static", "readme", "tests")


def of_files(folder: Path, wanted: Callable[[Path], bool] = lambda _path: True) -> str:
    """A hash of names and contents below a folder; ``wanted`` gets relative paths."""
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        relative = file.relative_to(folder)
        if "__pycache__" in relative.parts or not file.is_file():
            continue
        if wanted(relative):
            content = hashlib.sha256(file.read_bytes()).hexdigest()
            digest.update(f"{relative}\0{content}\n".encode())
    return digest.hexdigest()[:16]


def of_addon_data() -> str:
    """Changes when a database with the addon has to be updated.

    The bridge counts too: it may have been installed there, and is updated with it.
    """
    hashes = [
        of_files(folder, lambda path: path.parts[0] not in NO_DATA)
        for folder in (ADDON, BRIDGE)
    ]
    return short_hash(*hashes, length=16)


def of_addon_assets() -> str:
    """Changes when the bundles for the browser have to be built again.

    Odoo recognises a bundle's files by the times of their last change: these count too.
    """
    files = sorted(file for file in (ADDON / "static").rglob("*") if file.is_file())
    times = [f"{file}\0{file.stat().st_mtime}" for file in files]
    content = of_files(ADDON, lambda path: path.parts[0] == "static")
    return short_hash(content, *times)


def addon_depends() -> list[str]:
    """The modules the addon's manifest names (none while there is no manifest)."""
    manifest = ADDON / "__manifest__.py"
    if not manifest.exists():
        return []
    return list(ast.literal_eval(manifest.read_text()).get("depends", []))
