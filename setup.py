# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""Builds a wheel that puts the addons where Odoo finds them by itself: odoo/addons/.

The bridge to helpdesk_mgmt_sla is in the same wheel: Odoo installs it by itself when both
sides of it are installed, and never otherwise.

Odoo's folders are namespace packages without files of their own, which setuptools'
automatic discovery cannot express: the packages are named here. In development use the
checkout as addons path instead (``pip install -e`` leaves no folder for Odoo to find).
"""

import ast
from pathlib import Path

from setuptools import find_packages, setup

ADDON = "callgear_integration"
ROOT = Path(__file__).parent
MANIFEST = ast.literal_eval((ROOT / ADDON / "__manifest__.py").read_text())
ADDONS = (ADDON, f"{ADDON}_sla")
README = ROOT / "README.md"

setup(
    name="odoo-addon-callgear-integration",
    version=MANIFEST["version"],
    description=MANIFEST.get("summary", MANIFEST["name"]),
    long_description=README.read_text() if README.exists() else "",
    long_description_content_type="text/markdown",
    author=MANIFEST.get("author", ""),
    url=MANIFEST.get("website", ""),
    license="AGPL-3.0-or-later",
    classifiers=[
        "Framework :: Odoo",
        "Framework :: Odoo :: 19.0",
        "Programming Language :: Python :: 3",
    ],
    python_requires=">=3.10",
    packages=[
        f"odoo.addons.{name}"
        for addon in ADDONS
        for name in find_packages(include=[addon, f"{addon}.*"])
    ],
    package_dir={f"odoo.addons.{addon}": addon for addon in ADDONS},
    package_data={f"odoo.addons.{addon}": ["**/*"] for addon in ADDONS},
    exclude_package_data={"": ["**/__pycache__/*", "*.pyc"]},
    install_requires=[
        "odoo==19.0.*",
        "odoo-addon-helpdesk-mgmt==19.0.*",
        *MANIFEST.get("external_dependencies", {}).get("python", []),
    ],
    extras_require={"sla": ["odoo-addon-helpdesk-mgmt-sla==19.0.*"]},
)
