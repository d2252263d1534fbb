# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""Where things are: the checkout, and the cache shared by all checkouts of a user."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

NAME = "callgear_integration"
ROOT = Path(__file__).resolve().parent.parent
ADDON = ROOT / NAME
BRIDGE = ROOT / f"{NAME}_sla"  # installs itself beside helpdesk_mgmt_sla
BARE = ROOT / "benchmarks" / "addons" / "callgear_bench"  # for bin/bench alone
REQUIREMENTS = ROOT / "requirements"


def cache_dir() -> Path:
    """The user's cache folder of this project, made if it is missing."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(base).absolute() / NAME
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def short_hash(*parts: str, length: int = 10) -> str:
    """A short, stable name for a list of strings."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:length]


def checkout_key() -> str:
    """Tells this checkout from others of the same user (they may run in parallel)."""
    return short_hash(str(ROOT), length=8)
