# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""The Python environment that Odoo, the tests and the benchmarks run in.

It lives in the cache under a name made of everything it depends on, so that a change of
requirements, Python or Odoo makes a new one and several checkouts share the same.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from .console import Problem, step
from .locking import exclusive
from .odoo_source import OdooSource
from .paths import REQUIREMENTS, cache_dir, short_hash
from .shell import run

UNUSED_DAYS = 30
PIP_ADVICE = "check that pip reaches its index (pip download six), then start again."
# Started as a script: Odoo starts its websocket process with sys.argv[0] again, which
# does not work for "python -m odoo".
ODOO_SCRIPT = """\
#!{python}
import odoo.cli

if __name__ == "__main__":
    odoo.cli.main()
"""


@dataclass(frozen=True)
class Venv:
    """A complete virtual environment; ``key`` names its content."""

    path: Path
    key: str

    @property
    def python(self) -> Path:
        return self.path / "bin" / "python"

    @property
    def odoo(self) -> list[str]:
        """The command that starts Odoo (a #! line breaks at folders with spaces)."""
        return [str(self.python), str(self.path / "bin" / "odoo")]

    @property
    def site_packages(self) -> Path:
        return next((self.path / "lib").glob("python3*/site-packages"))


def requirement_files() -> list[Path]:
    """The files that pip resolves together."""
    return [
        REQUIREMENTS / f"{name}.txt" for name in ("odoo", "addon", "postgres", "test")
    ]


def for_odoo(source: OdooSource) -> Venv:
    """The environment for an Odoo tree, made when it does not exist yet."""
    files = [
        *requirement_files(),
        REQUIREMENTS / "oca.txt",
        REQUIREMENTS / "constraints.txt",
    ]
    key = short_hash(
        sys.version.split()[0],
        sys.base_prefix,
        str(source.path),
        source.version,
        *(file.read_text() for file in files if file.exists()),
    )
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    venv = Venv(cache_dir() / f"venv-{version}-{key}", key)
    with exclusive(venv.path.parent / f"{venv.path.name}.lock"):
        if not (venv.path / "complete").exists():
            _make(venv, source)
            _remove_unused()
        (venv.path / "complete").touch()
    return venv


def _remove_unused() -> None:
    """Each change of the requirements leaves an environment of 300 MB behind."""
    for path in cache_dir().glob("venv-*/complete"):
        if time.time() - path.stat().st_mtime > UNUSED_DAYS * 86400:
            shutil.rmtree(path.parent, ignore_errors=True)


def _make(venv: Venv, source: OdooSource) -> None:
    shutil.rmtree(venv.path, ignore_errors=True)
    with step("Making a Python environment"):
        create(venv.path)
        (venv.site_packages / "odoo19.pth").write_text(f"{source.path}\n")
        script = venv.path / "bin" / "odoo"
        script.write_text(ODOO_SCRIPT.format(python=venv.python))
        script.chmod(0o755)
    with step("Installing Python packages (about 150 MB)"):
        words: list[str | Path] = []
        for file in requirement_files():
            words += ["-r", file]
        pip_install(venv.path, *words, constrained=True)
        pip_install(venv.path, "--no-deps", "-r", REQUIREMENTS / "oca.txt")


def pip_install(path: Path, *words: str | Path, constrained: bool = False) -> None:
    """Installs packages into an environment."""
    constraints = REQUIREMENTS / "constraints.txt"
    limits: list[str | Path] = (
        ["-c", constraints] if constrained and constraints.exists() else []
    )
    run(
        [path / "bin" / "python", "-m", "pip", "install", "--quiet",
         "--disable-pip-version-check", "--no-input", "--prefer-binary",
         *limits, *words],
        what="pip could not install the Python packages",
        advice=PIP_ADVICE,
        env=_pip_environment(),
    )  # fmt: skip


def _pip_environment() -> dict[str, str]:
    """Pip must not be led into another environment by the caller's variables."""
    dropped = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PIP_TARGET", "PIP_USER")
    return {key: val for key, val in os.environ.items() if key not in dropped}


def create(path: Path) -> None:
    """Makes an environment with pip, also where Debian's python3-venv is missing."""
    attempts = (
        [[sys.executable, "-m", "venv", str(path)]],
        [
            [sys.executable, "-m", "venv", "--without-pip", str(path)],
            [sys.executable, "-m", "pip", "--python", str(path / "bin" / "python"),
             "install", "--quiet", "--disable-pip-version-check", "pip"],
        ],
    )  # fmt: skip
    output = ""
    for commands in attempts:
        for command in commands:
            done = subprocess.run(
                command, capture_output=True, text=True, env=_pip_environment()
            )
            output += done.stdout + done.stderr
            if done.returncode:
                shutil.rmtree(path, ignore_errors=True)
                break
        else:
            return
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    raise Problem(
        "No Python environment could be made.",
        f"install it: apt-get install {version}-venv (or python3-venv) as root.",
        output,
    )
