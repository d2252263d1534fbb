# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R51, R55: recordings on S3, by OCA's fs_attachment_s3, are heard like others."""

import os
import random
import tempfile
import tracemalloc
from contextlib import contextmanager
from hashlib import sha1

from odoo.tests import tagged

from odoo.addons.callgear_integration.callgear.download import Audio
from odoo.addons.callgear_integration.seekable_stream import (
    BLOCK,
    SeekableStream,
)
from odoo.addons.callgear_integration.tests.http_case import CallgearHttpCase
from odoo.addons.callgear_integration.tests.roles import make_roles
from odoo.addons.callgear_integration.tests.scenarios import incoming

from devtools.environment import Environment
from devtools.s3_server import S3Server

MEGABYTE = 1024 * 1024
# Some blocks, and a part of one.
SOUND = b"ID3" + random.Random(1).randbytes(3 * BLOCK + 1000)
SIZE = len(SOUND)
LARGE = 95
# What is told of content, but for the moment at which it was stored.
TOLD = (
    "Accept-Ranges",
    "Cache-Control",
    "Content-Disposition",
    "Content-Length",
    "Content-Range",
    "Content-Security-Policy",
    "Content-Type",
    "ETag",
    "X-Content-Type-Options",
)
ETAG = f'"{sha1(SOUND).hexdigest()}"'
ASKED = {
    "the whole": {},
    "from the first byte": {"Range": "bytes=0-"},
    "from a byte": {"Range": f"bytes={BLOCK + 7}-"},
    "a part": {"Range": "bytes=3-6"},
    "a part over the borders of blocks": {
        "Range": f"bytes={BLOCK - 5}-{2 * BLOCK + 5}"
    },
    "the first byte": {"Range": "bytes=0-0"},
    "the last bytes": {"Range": "bytes=-7"},
    "more than there is": {"Range": f"bytes=5-{SIZE + 5}"},
    "behind the end": {"Range": f"bytes={SIZE}-"},
    "two parts": {"Range": "bytes=0-1,3-4"},
    "no range": {"Range": "bytes=x"},
    "a part of what is known": {"Range": "bytes=3-6", "If-Range": ETAG},
    "a part of what was before": {"Range": "bytes=3-6", "If-Range": '"other"'},
    "what is known": {"If-None-Match": ETAG},
}


@contextmanager
def little_memory(test):
    """Fail a test if more than 20 MB are needed inside."""
    tracemalloc.start()
    try:
        before, _peak = tracemalloc.get_traced_memory()
        yield
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    test.assertLess(peak - before, 20 * MEGABYTE)


class S3Case(CallgearHttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = S3Server(Environment.load())
        cls.addClassCleanup(cls.server.stop)
        cls.server.start()

    def setUp(self):
        super().setUp()
        self.call = self.deliver(incoming())
        self.plain = self.kept(SOUND)  # before there is another storage
        self.storage = self.env["fs.storage"].create(self.server.storage)
        self.remote = self.kept(SOUND)
        self.authenticate(self.sara.login, self.sara.login)

    def kept(self, *pieces):
        """The attachment of the call's recording, stored anew."""
        recording = self.call.recording_ids
        with tempfile.TemporaryFile() as file:
            file.writelines(pieces)
            recording._keep(Audio(file, "audio/mpeg"))
        return recording.attachment_id

    def ask(self, attachment, **options):
        return self.url_open(f"/web/content/{attachment.id}", **options)


@tagged("post_install", "-at_install")
class TestHeardFromS3(S3Case):
    def answer(self, attachment, method, headers):
        response = self.ask(attachment, method=method, headers=headers)
        told = {name: response.headers.get(name) for name in TOLD}
        content = response.content if response.status_code < 400 else None
        return response.status_code, told, content

    def test_r51_whatever_is_asked_the_answer_is_that_of_a_plain_file(self):
        for method in ("GET", "HEAD"):
            for what, headers in ASKED.items():
                with self.subTest(f"{method} {what}"):
                    self.assertEqual(
                        self.answer(self.remote, method, headers),
                        self.answer(self.plain, method, headers),
                    )

    def test_r51_a_player_seeks(self):
        response = self.ask(self.remote, headers={"Range": "bytes=3-6"})
        self.assertEqual((response.status_code, response.content), (206, SOUND[3:7]))
        self.assertEqual(response.headers["Content-Range"], f"bytes 3-6/{SIZE}")
        self.assertEqual(response.headers["Content-Length"], "4")

    def test_r51_behind_the_end_there_is_nothing(self):
        response = self.ask(self.remote, headers={"Range": f"bytes={SIZE}-"})
        self.assertEqual(response.status_code, 416)
        self.assertEqual(response.headers["Content-Range"], f"bytes */{SIZE}")

    def test_r51_name_and_download_are_those_asked_for(self):
        path = f"/web/content/{self.remote.id}/talk.mp3?download=1"
        response = self.url_open(path)
        self.assertEqual(
            response.headers["Content-Disposition"], "attachment; filename=talk.mp3"
        )
        self.assertEqual(response.content, SOUND)

    def test_r42_customers_seek_in_the_portal(self):
        portal = make_roles(self.env)["portal"]
        self.call.ticket_ids.partner_id = portal.partner_id
        self.connection.portal_recordings = True
        self.authenticate(portal.login, portal.login)
        path = f"/my/callgear/recording/{self.call.recording_ids.id}"
        response = self.url_open(path, headers={"Range": "bytes=-4"})
        self.assertEqual((response.status_code, response.content), (206, SOUND[-4:]))

    def test_r42_who_may_not_read_the_ticket_hears_nothing(self):
        roles = make_roles(self.env)
        for role in ("other_own", "internal", "portal"):
            user = roles[role]
            self.authenticate(user.login, user.login)
            for attachment in (self.remote, self.plain):
                with self.subTest(role, attachment=attachment):
                    response = self.ask(attachment, headers={"Range": "bytes=3-6"})
                    self.assertIn(response.status_code, (403, 404))

    def test_r51_a_web_server_that_sends_the_file_seeks_itself(self):
        """By X-Accel-Redirect: nothing of the request is answered before."""
        self.storage.use_x_sendfile_to_serve_internal_url = True
        response = self.ask(self.remote, headers={"Range": f"bytes={BLOCK}-"})
        self.assertEqual((response.status_code, response.content), (200, b""))
        self.assertIn("/fs_x_sendfile/", response.headers["X-Accel-Redirect"])

    def test_r51_read_in_one_go(self):
        """As for an archive of several files."""
        stream = self.env["ir.binary"]._get_stream_from(self.remote)
        self.assertEqual(stream.read(), SOUND)

    def test_r55_other_attachments_on_s3_are_answered_as_without_us(self):
        self.storage.model_xmlids += ",base.model_res_partner"
        contact = {"res_model": "res.partner", "res_id": self.maryam.id}
        other = self.env["ir.attachment"].create(
            {"name": "a.mp3", "mimetype": "audio/mpeg", "raw": SOUND, **contact}
        )
        self.assertTrue(other.fs_filename)
        stream = self.env["ir.binary"]._get_stream_from(other)
        self.assertEqual(stream.type, "fs")
        self.assertNotIsInstance(stream, SeekableStream)

    def test_r51_a_large_one_costs_little_memory(self):
        large = self.kept(*[SOUND[:MEGABYTE]] * LARGE)
        url = f"{self.base_url()}/web/content/{large.id}"
        with little_memory(self):
            response = self.opener.get(url, stream=True, timeout=60)
            length = sum(map(len, response.iter_content(65536)))
        self.assertEqual(length, LARGE * MEGABYTE)


@tagged("post_install", "-at_install")
class TestStoredOnS3(S3Case):
    def test_r51_it_has_all_that_the_storage_writes(self):
        plain = self.env["ir.attachment"].create(
            {
                "name": self.remote.name,
                "mimetype": "audio/mpeg",
                "raw": SOUND,
                "res_model": self.remote.res_model,
                "res_id": self.remote.res_id,
            }
        )
        names = ["name", "type", "mimetype", "checksum", "file_size", "raw", "db_datas"]
        names += ["index_content", "res_model", "company_id", "fs_storage_code"]
        self.assertEqual(
            self.remote.read(names)[0] | {"id": 0}, plain.read(names)[0] | {"id": 0}
        )
        self.assertTrue(self.remote.store_fname.startswith("s3://"))

    def test_r51_a_large_one_costs_little_memory(self):
        pieces = [os.urandom(MEGABYTE)] * LARGE
        with little_memory(self):
            large = self.kept(*pieces)
        self.assertEqual(large.file_size, LARGE * MEGABYTE)
        place, _code, path = large._get_fs_parts()
        self.assertEqual(place.size(path), LARGE * MEGABYTE)

    def test_r51_a_large_one_beside_the_storage_costs_little_memory(self):
        """It is installed, but recordings are kept where Odoo keeps files."""
        self.storage.model_xmlids = "base.model_res_partner"
        pieces = [os.urandom(MEGABYTE)] * LARGE
        with little_memory(self):
            large = self.kept(*pieces)
        self.assertTrue(os.path.exists(large._full_path(large.store_fname)))

    def test_r51_in_the_database_where_the_storage_says_so(self):
        self.storage.write(
            {
                "use_as_default_for_attachments": True,
                "force_db_for_default_attachment_rules": "{'audio/': 0}",
            }
        )
        kept = self.kept(SOUND)
        kept.invalidate_recordset()
        self.assertEqual((kept.store_fname, kept.raw), (False, SOUND))

    def test_r51_what_is_rolled_back_is_collected(self):
        """Each file is noted for that before the row is committed."""
        noted = self.env["fs.file.gc"].search([]).mapped("store_fname")
        self.assertIn(self.remote.store_fname, noted)
