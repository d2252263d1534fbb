# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""Odoo's configuration files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .paths import ADDON, ROOT
from .pg_connection import Connection


def write(
    path: Path, connection: Connection, data: Path, extra: Mapping[str, object] = {}
) -> Path:
    """Writes a configuration file; ``data`` holds file stores and sessions.

    An ``addons_path`` among the extra options is a folder beside the checkout's.
    """
    options: dict[str, object] = {
        **connection.odoo_options(),
        "data_dir": data,
        "http_interface": "127.0.0.1",  # without it Odoo listens on all addresses
        "with_demo": True,
        "admin_passwd": "admin",
        "list_db": False,
        "unaccent": True,
        **extra,
    }
    # Odoo stops at an addons path without any addon.
    if (ADDON / "__manifest__.py").exists():
        folders = [ROOT, extra.get("addons_path")]
        options["addons_path"] = ",".join(str(folder) for folder in folders if folder)
    lines = ["[options]", *(f"{key} = {value}" for key, value in options.items())]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)  # it may hold a password
    path.write_text("\n".join(lines) + "\n")
    return path
