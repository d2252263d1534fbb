# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R51: a recording costs no memory, and becomes an attachment like any other."""

import errno
import hashlib
import os
import shutil
import tracemalloc
from io import BytesIO
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import TransactionCase

from odoo.addons.callgear_integration.tests.audio_host import MP3
from odoo.addons.callgear_integration.tests.case import tagged
from odoo.addons.callgear_integration.tests.recording_case import HOSTS, RecordingCase

from ..unit.audio_server import reply, serving

MEGABYTE = 1024 * 1024
MEGABYTES = 95
PIECE = (b"ID3\x04" + bytes(range(256)) * 4096)[:MEGABYTE]


def large(_server, sock):
    """Answer with a file that never is in memory as a whole."""
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {MEGABYTES * MEGABYTE}\r\n\r\n"
    sock.sendall(head.encode())
    for _ in range(MEGABYTES):
        sock.sendall(PIECE)


def sha1(pieces):
    digest = hashlib.sha1()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


def stored(attachment) -> Path:
    return Path(attachment._full_path(attachment.store_fname))


@tagged("post_install", "-at_install")
class TestMemory(RecordingCase):
    def test_r51_a_large_file_costs_little_memory(self):
        """From the network to the call message."""
        first = self.fetched(MP3)  # what is loaded once is loaded
        with serving(large) as server:
            self.env["ir.config_parameter"].set_param(HOSTS, server.place)
            recording = self.recorded(server.url()) - first
            tracemalloc.start()
            try:
                before, _peak = tracemalloc.get_traced_memory()
                self.run_cron()
                _now, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
        self.assertEqual((recording.state, recording.error), ("stored", False))
        self.assertLess(peak - before, 20 * MEGABYTE)
        attachment = recording.attachment_id
        self.assertIn(attachment, recording.leg_id.message_id.attachment_ids)
        self.assertEqual(attachment.file_size, MEGABYTES * MEGABYTE)
        self.assertEqual(attachment.checksum, sha1([PIECE] * MEGABYTES))
        with stored(attachment).open("rb") as file:
            pieces = iter(lambda: file.read(MEGABYTE), b"")
            self.assertEqual(sha1(pieces), attachment.checksum)

    def test_r51_a_full_disk_is_a_failed_attempt(self):
        """It is tried again later, and given up like any other."""
        with (
            serving(reply()) as server,
            patch.object(
                type(self.env["ir.attachment"]),
                "_callgear_create_from_file",
                side_effect=OSError(errno.ENOSPC, "No space left on device"),
            ),
        ):
            self.env["ir.config_parameter"].set_param(HOSTS, server.place)
            recording = self.recorded(server.url())
            self.run_cron()
        self.assertEqual((recording.state, recording.attempts), ("pending", 1))
        self.assertIn("no room for the file", recording.error)
        self.assertFalse(recording.attachment_id)


@tagged("post_install", "-at_install")
class TestAttachment(TransactionCase):
    """An attachment made from a file is the one that is made from bytes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.attachments = cls.env["ir.attachment"]
        cls.vals = {"name": "call.mp3", "mimetype": "audio/mpeg"}

    def setUp(self):
        super().setUp()
        self.content = MP3 + os.urandom(3000)  # no other test has stored it
        checksum = sha1([self.content])
        self.store_fname = f"{checksum[:2]}/{checksum}"
        self.path = Path(self.attachments._full_path(self.store_fname))
        self.addCleanup(self.path.unlink, missing_ok=True)

    def made(self, **vals):
        file = BytesIO(self.content)
        return self.attachments._callgear_create_from_file({**self.vals, **vals}, file)

    def marker(self, store_fname):
        return Path(self.attachments._full_path("checklist"), store_fname)

    def leftovers(self):
        """What is left of files that were begun, and of their marks."""
        places = (self.path, self.marker(self.store_fname))
        return [left for path in places for left in path.parent.glob(f"{path.name}-*")]

    def test_r51_it_has_all_that_odoo_writes(self):
        made = self.made()
        stored(made).unlink()
        plain = self.attachments.create({**self.vals, "raw": self.content})
        names = ["name", "type", "mimetype", "checksum", "file_size", "store_fname"]
        names += ["index_content", "db_datas", "raw", "res_model", "company_id"]
        self.assertEqual(
            made.read(names)[0] | {"id": 0}, plain.read(names)[0] | {"id": 0}
        )
        self.assertEqual(made.raw, self.content)

    def test_r51_a_file_whose_row_is_rolled_back_is_collected(self):
        made = self.made()
        self.assertTrue(self.marker(made.store_fname).exists())
        self.assertEqual(self.leftovers(), [])

    def test_r51_the_same_content_is_stored_once(self):
        first = self.made()
        written = stored(first).stat()
        second = self.made()
        self.assertEqual(first.store_fname, second.store_fname)
        self.assertEqual(stored(second).stat().st_ino, written.st_ino)

    def test_r51_another_content_of_the_same_checksum_is_refused(self):
        path = stored(self.made())
        path.write_bytes(self.content[:-1] + bytes([self.content[-1] ^ 1]))
        with self.assertRaises(UserError):
            self.made()

    def test_r51_a_disk_that_is_full_leaves_nothing_behind(self):
        def full(_source, target, _size):
            target.write(b"ID3")
            raise OSError(errno.ENOSPC, "No space left on device")

        with patch.object(shutil, "copyfileobj", full), self.assertRaises(OSError):
            self.made()
        self.assertFalse(self.path.exists())
        self.assertEqual(self.leftovers(), [])

    def test_r51_in_the_database_where_attachments_are_kept_there(self):
        self.env["ir.config_parameter"].set_param("ir_attachment.location", "db")
        made = self.made()
        made.invalidate_recordset()
        self.assertEqual((made.raw, made.store_fname), (self.content, False))
        self.assertEqual(made.checksum, sha1([self.content]))

    def test_r51_another_addons_storage_gets_the_content(self):
        """As of OCA's fs_attachment."""
        given = []

        def elsewhere(_self, content, checksum):
            given.append((content, checksum))

        with patch.object(type(self.attachments), "_file_write", elsewhere):
            self.made()
        self.assertEqual(given, [(self.content, sha1([self.content]))])

    def test_r51_a_storage_of_another_name_gets_the_content(self):
        with patch.object(type(self.attachments), "_storage", lambda _self: "s3"):
            self.assertFalse(self.attachments._callgear_keeps_plain_files())
        self.assertTrue(self.attachments._callgear_keeps_plain_files())
