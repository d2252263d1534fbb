# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""Debian's packages without installing them and without root: Odoo, and single programs.

apt runs with its own lists, cache and sources in a temporary folder, so the machine's
configuration stays as it is. Which mirrors to ask is what apt itself says is in use.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from .console import Problem, step
from .locking import exclusive
from .paths import cache_dir
from .shell import run

PACKAGES = ["odoo-19", "libjs-jquery", "fonts-roboto-unhinted", "fonts-montserrat"]
KEYRINGS = [
    Path("/usr/share/keyrings/debian-archive-keyring.pgp"),
    Path("/usr/share/keyrings/debian-archive-keyring.gpg"),
]
# 0.8 of the package's 1.2 GB are translations (only Russian is kept); the rest is a
# second copy of the addons and what only an installed package needs.
EXCLUDED = [
    "*/i18n/[!r]*",
    "*/i18n/r[!u]*",
    "*/i18n_extra/*",
    "./usr/share/doc",
    "./usr/share/lintian",
    "./etc",
    "./usr/share/fonts/opentype",
    "./usr/lib/python3/dist-packages/addons",
    "./usr/lib/python3/dist-packages/setup",
    "./usr/lib/python3/dist-packages/doc",
]
# Debian leaves this file out; without it every page logs an error in the browser's
# console, which Odoo's browser tests take for a failure.
STRIPPED = "odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"


def fetch(destination: Path, temp: Path) -> str:
    """Puts the folder that holds ``odoo/`` at ``destination``; returns the version."""
    work = temp / "apt"
    _fetch(work, "sid", PACKAGES)
    tree = work / "root/usr/lib/python3/dist-packages"
    _replace_links(tree)
    _restore_stripped(tree)
    _adapt_metadata(tree)
    tree.rename(destination)
    package = next((work / "deb").glob("odoo-19_*"))
    return "debian-" + package.name.split("_")[1].replace("%3a", ":")


def program(package: str, file: str) -> Path:
    """A file of a package of this machine's own release, unpacked in the cache."""
    folder = cache_dir() / "programs" / package
    with exclusive(folder.parent / f"{package}.lock"):
        if not folder.is_dir():
            with step(f"Fetching {package}"), tempfile.TemporaryDirectory() as temp:
                work = Path(temp, "apt")
                _fetch(
                    work,
                    platform.freedesktop_os_release()["VERSION_CODENAME"],
                    [package],
                )
                shutil.move(work / "root", folder)
    return folder / file


def _fetch(work: Path, suite: str, packages: list[str]) -> None:
    """Downloads packages, and unpacks them into ``work/root``."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise Problem("This machine has no apt.")
    for folder in ("lists/partial", "cache/archives/partial", "deb", "root"):
        (work / folder).mkdir(parents=True)
    _download(work, suite, packages)
    for package in sorted((work / "deb").glob("*.deb")):
        _unpack(package, work / "root")


def _mirrors() -> list[str]:
    """The base addresses of the archives this machine uses, as apt lists them."""
    listing = subprocess.run(
        ["apt-get", "update", "--print-uris"], capture_output=True, text=True
    ).stdout
    found = re.findall(r"^'(.*)/dists/[a-z]+/InRelease'", listing, re.MULTILINE)
    return sorted(set(found))


def _download(work: Path, suite: str, packages: list[str]) -> None:
    signed = next((f"[signed-by={k}] " for k in KEYRINGS if os.access(k, os.R_OK)), "")
    output = ""
    for base in _mirrors():
        (work / "sources.list").write_text(f"deb {signed}{base} {suite} main\n")
        try:
            _apt(work, "update")
            _apt(work, "download", *packages)
            return
        except Problem as problem:
            output += problem.output + "\n"
    raise Problem(
        f"None of this machine's apt mirrors gave the package {packages[0]}.",
        output=output,
    )


def _apt(work: Path, command: str, *words: str) -> None:
    run(
        ["apt-get", "-q",
         "-o", f"Dir::Etc::sourcelist={work}/sources.list",
         "-o", "Dir::Etc::sourceparts=/dev/null",
         "-o", "Dir::Etc::preferences=/dev/null",
         "-o", "Dir::Etc::preferencesparts=/dev/null",
         "-o", f"Dir::State::lists={work}/lists",
         "-o", f"Dir::Cache={work}/cache",
         "-o", "Acquire::Languages=none",
         "-o", "Acquire::Retries=3",
         "-o", "APT::Sandbox::User=",
         command, *words],
        what=f"apt-get {command} failed",
        cwd=work / "deb",
    )  # fmt: skip


def _unpack(package: Path, root: Path) -> None:
    contents = subprocess.Popen(
        ["dpkg-deb", "--fsys-tarfile", str(package)], stdout=subprocess.PIPE
    )
    unpacked = subprocess.run(
        ["tar", "-x", "--no-same-owner", "-C", str(root)]
        + [f"--exclude={pattern}" for pattern in EXCLUDED],
        stdin=contents.stdout, capture_output=True, text=True,
    )  # fmt: skip
    if contents.wait() or unpacked.returncode:
        raise Problem(f"Unpacking {package.name} failed.", output=unpacked.stderr)


def _replace_links(tree: Path) -> None:
    """Links to fonts and jQuery of other packages become files; dangling ones go.

    The links point to absolute paths of an installed system: those are looked up in the
    unpacked root, never on this machine.
    """
    root = tree.parents[3]
    for folder, folders, files in os.walk(tree):
        for name in folders + files:
            link = Path(folder, name)
            if not link.is_symlink():
                continue
            target = Path(os.path.normpath(link.parent / os.readlink(link)))
            if root not in target.parents:
                target = root / str(target).lstrip("/")
            link.unlink()
            if target.is_file():
                shutil.copyfile(target, link)
            elif target.is_dir():
                shutil.copytree(target, link)


def _restore_stripped(tree: Path) -> None:
    stub = tree / STRIPPED
    if not stub.exists():
        stub.parent.mkdir(parents=True, exist_ok=True)
        stub.touch()


def _adapt_metadata(tree: Path) -> None:
    """Names the packages that need no compiler: then pip finds nothing missing."""
    for metadata in tree.glob("odoo-19*.egg-info"):
        for name in ("PKG-INFO", "requires.txt"):
            text = (metadata / name).read_text()
            for old, new in (("psycopg2", "psycopg2-binary"), ("PyPDF2", "pypdf")):
                pattern = rf"^((?:Requires-Dist: )?){old}\b"
                text = re.sub(pattern, rf"\g<1>{new}", text, flags=re.MULTILINE)
            (metadata / name).write_text(text)
