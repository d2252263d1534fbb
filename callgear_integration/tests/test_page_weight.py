# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R41: no page of the web client gets slower; what is in each of them stays small."""

import gzip
import os
import re
from pathlib import PurePosixPath

from odoo.tests import TransactionCase, tagged
from odoo.tools.misc import file_path

SOURCE = PurePosixPath("callgear_integration/static/src")
# What rings, what starts a call from where a number stands, and what loads the rest.
IN_EVERY_PAGE = {
    "calls",
    "click_to_call",
    "dial_command",
    "fields",
    "lazy",
    "phone",
    "writing_time",
}
MAX_BYTES = 20_000
IMPORT = re.compile(r"""from "(\.[^"]+)";""")


@tagged("post_install", "-at_install")
class TestPageWeight(TransactionCase):
    def files(self, bundle):
        """Return our own files of a bundle, as paths below the addons."""
        paths = self.env["ir.asset"]._get_asset_paths(bundle, {})
        found = [PurePosixPath(path.lstrip("/")) for path, *_rest in paths]
        return [path for path in found if path.is_relative_to(SOURCE)]

    def test_folders(self):
        """Views, and what belongs to a call beyond its ringing, are loaded when wanted"""
        code = [f for f in self.files("web.assets_backend") if f.suffix != ".scss"]
        folders = {path.relative_to(SOURCE).parts[0] for path in code}
        self.assertEqual(folders, IN_EVERY_PAGE)

    def test_bytes(self):
        """Scripts and templates alone stay below the limit of `bin/bench page`"""
        ours = self.files("web.assets_backend")
        bundle = self.env["ir.qweb"]._get_asset_bundle("web.assets_backend", css=False)
        scripts = [
            asset.minify()
            for asset in bundle.javascripts
            if asset.url and PurePosixPath(asset.url.lstrip("/")) in ours
        ]
        self.assertEqual(len(scripts), sum(path.suffix == ".js" for path in ours))
        others = [self.text(path) for path in ours if path.suffix == ".xml"]
        content = "\n".join(scripts + others).encode()
        self.assertLess(len(gzip.compress(content, 6)), MAX_BYTES)

    def test_all_is_loaded_somewhere(self):
        """No file is left out of the bundles, and none is loaded twice"""
        bundles = (
            "web.assets_backend",
            "web.assets_backend_lazy",
            "callgear_integration.assets_parts",
        )
        loaded = [path for bundle in bundles for path in self.files(bundle)]
        self.assertEqual(len(loaded), len(set(loaded)))
        there = {
            SOURCE / os.path.relpath(os.path.join(folder, name), file_path(str(SOURCE)))
            for folder, _folders, names in os.walk(file_path(str(SOURCE)))
            for name in names
        }
        self.assertEqual(set(loaded), there)

    def test_what_a_page_imports(self):
        """A page without what it imports would stay empty"""
        scripts = [f for f in self.files("web.assets_backend") if f.suffix == ".js"]
        for path in scripts:
            for name in IMPORT.findall(self.text(path)):
                with self.subTest(file=str(path), imports=name):
                    target = os.path.normpath(f"{path.parent}/{name}.js")
                    self.assertIn(PurePosixPath(target), scripts)

    def text(self, path):
        with open(file_path(str(path)), encoding="utf-8") as file:
            return file.read()
