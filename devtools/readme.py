# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""Each addon's README.rst, made of its manifest and the fragments in its ``readme/``.

The layout is that of OCA's ``oca-gen-addon-readme``, which makes the file anew once an addon
lives in an OCA repository. It is not used here: it is not on PyPI, and needs pandoc. Of
Markdown only what the fragments use is known: headings, lists, emphasis, code, links.

    python3 -m devtools.readme [--fix] ADDON...
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from pathlib import Path

# OCA's order: name of the fragment, title of its section.
SECTIONS = {
    "CONTEXT": "Use Cases / Context",
    "INSTALL": "Installation",
    "CONFIGURE": "Configuration",
    "USAGE": "Usage",
    "DEVELOP": "Development",
    "ROADMAP": "Known issues / Roadmap",
    "HISTORY": "Changelog",
}
HEAD = """\
{line}
{name}
{line}

..
   Made by bin/lint --fix of readme/ and __manifest__.py: change those.

.. |badge1| image:: https://img.shields.io/badge/maturity-Beta-yellow.png
    :target: https://odoo-community.org/page/development-status
    :alt: Beta
.. |badge2| image:: https://img.shields.io/badge/license-AGPL--3-blue.png
    :target: http://www.gnu.org/licenses/agpl-3.0-standalone.html
    :alt: License: AGPL-3
.. |badge3| image:: https://img.shields.io/badge/github-{badge}-lightgray.png?logo=github
    :target: {folder}
    :alt: {repository}

|badge1| |badge2| |badge3|

{description}
**Table of contents**

.. contents::
   :local:
"""
FOOT = """\
Bug Tracker
===========

Bugs are tracked on `GitHub Issues <{website}/issues>`_.
In case of trouble, please check there if your issue has already been reported.

Do not contact contributors directly about support or help with technical issues.

Credits
=======

Authors
-------

{authors}

Contributors
------------

{contributors}
Maintainers
-----------

This module is part of the `{repository} <{folder}>`_ project on GitHub.

You are welcome to contribute. To learn how please visit https://odoo-community.org/page/Contribute.
"""


def main() -> int:
    """1 if a README.rst is not what its fragments say; ``--fix`` writes it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fix", action="store_true")
    parser.add_argument("addons", nargs="+", type=Path)
    options = parser.parse_args()
    stale = []
    for addon in options.addons:
        path, text = addon / "README.rst", of(addon)
        if path.exists() and path.read_text() == text:
            continue
        if options.fix:
            path.write_text(text)
        else:
            stale.append(path)
    for path in stale:
        print(f"{path} is not what {path.parent}/readme says")
    return 1 if stale else 0


def of(addon: Path) -> str:
    """What the addon's README.rst has to say."""
    manifest = ast.literal_eval((addon / "__manifest__.py").read_text())
    website, series = manifest["website"], ".".join(manifest["version"].split(".")[:2])
    repository = website.removeprefix("https://github.com/")
    authors = [name.strip() for name in manifest["author"].split(",")]
    values = {
        "line": "=" * len(manifest["name"]),
        "name": manifest["name"],
        "website": website,
        "repository": repository,
        "badge": repository.replace("-", "--").replace("/", "%2F"),
        "folder": f"{website}/tree/{series}/{addon.name}",
        "description": _fragment(addon, "DESCRIPTION"),
        # OCA maintains the addon; it has not written it.
        "authors": "\n".join(f"* {name}" for name in authors if "(OCA)" not in name),
        "contributors": _fragment(addon, "CONTRIBUTORS"),
    }
    parts = [HEAD.format(**values)]
    for name, title in SECTIONS.items():
        if text := _fragment(addon, name):
            parts.append(f"{title}\n{'=' * len(title)}\n\n{text}")
    return "\n".join([*parts, FOOT.format(**values)])


def _fragment(addon: Path, name: str) -> str:
    path = addon / "readme" / f"{name}.md"
    return restructured(path.read_text()) if path.exists() else ""


def restructured(markdown: str) -> str:
    """Simple Markdown as reStructuredText."""
    return re.sub(r"^##+ (.*)$", _heading, _inline(markdown), flags=re.MULTILINE)


def _heading(found: re.Match[str]) -> str:
    return f"{found[1]}\n{'-' * len(found[1])}"


def _inline(text: str) -> str:
    def link(found: re.Match[str]) -> str:
        return f"`{found[1]} <{found[2]}>`__"

    # Code is kept from the other rules: only every second part is outside of it.
    parts = re.split(r"`([^`]+)`", text)
    parts[::2] = [re.sub(r"\[([^]]+)\]\(([^)]+)\)", link, part) for part in parts[::2]]
    parts[1::2] = [f"``{part}``" for part in parts[1::2]]
    return "".join(parts)


if __name__ == "__main__":
    sys.exit(main())
