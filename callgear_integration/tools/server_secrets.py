# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Secrets that the server has, and the database has not.

Who sets up a connection names a key; what the name leads to is decided on the server, by
variables and options with a fixed beginning. So nothing else of the server can be named.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_BEGINNING = "CALLGEAR_API_KEY"
_NAME = re.compile(r"[A-Za-z0-9_]{1,40}")
_MAX_BYTES = 4096


@dataclass(frozen=True)
class Found:
    """A secret, and where it is from, in words that may be shown."""

    value: str = field(repr=False)
    source: str


def is_name(name: str) -> bool:
    """Return whether a key may have this name; ``FILE`` at the end means a file."""
    return bool(_NAME.fullmatch(name)) and not name.upper().endswith("_FILE")


def variable(name: str) -> str:
    """Return the name of the environment variable of a key."""
    return f"{_BEGINNING}_{name.upper()}"


def api_key(name: str | None, options: Mapping) -> Found | None:
    """Return the API key with a name, if the server has one.

    A value counts before a file, the environment before Odoo's configuration file.

    :param options: those of Odoo's configuration file, by their names
    """
    if not name or not is_name(name):
        return None
    known = variable(name)
    for key in (known, f"{known}_FILE"):
        for place in (os.environ, options):
            label = key if place is os.environ else key.lower()
            told = place.get(label)
            if not told:
                continue
            value = _read(told) if key.endswith("_FILE") else str(told)
            if value and value.strip():
                return Found(value.strip(), label)
    return None


def _read(path: str) -> str | None:
    try:
        with Path(path).open(encoding="utf-8") as file:
            return file.read(_MAX_BYTES)
    except (OSError, ValueError):
        return None
