# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import hashlib
import os
import shutil
import uuid
from contextlib import suppress

from odoo import api, models

from odoo.addons.base.models.ir_attachment import IrAttachment as BaseAttachment

_CHUNK = 1024 * 1024
# Whoever overrides one of these stores attachments in another way.
STORING = (
    "_storage",
    "_compute_checksum",
    "_file_write",
    "_get_datas_related_values",
    "_get_path",
    "_set_attachment_data",
)


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    @api.model
    def _callgear_create_from_file(self, vals, file):
        """Create an attachment whose content is that of a file.

        Where Odoo keeps attachments as files, memory does not grow with the content.
        Elsewhere (in the database, or as another addon has it) all of it is read.

        :param vals: as for ``create``, without content, with its type
        :param file: a binary file that can be read and sought
        """
        if not self._callgear_keeps_plain_files():
            file.seek(0)
            return self.create({**vals, "raw": file.read()})
        checksum, size = _digest(file)
        store_fname, path = self._get_path(_Content(file), checksum)
        attachment = self.create(vals)
        # What follows is what _set_attachment_data does with contents in memory.
        # sudo: ir.attachment - as there: who may create one may not write these fields
        models.Model.write(
            attachment.sudo(),
            {"checksum": checksum, "file_size": size, "store_fname": store_fname},
        )
        # From here on the row keeps the garbage collection of files waiting.
        attachment.flush_recordset(["checksum", "store_fname"])
        self._callgear_write_file(file, store_fname, path)
        return attachment

    @api.model
    def _callgear_keeps_plain_files(self):
        """Whether contents are files in Odoo's own file store, written by Odoo itself."""
        return self._storage() == "file" and all(
            getattr(type(self), name) is getattr(BaseAttachment, name)
            for name in STORING
        )

    @api.model
    def _callgear_write_file(self, file, store_fname, path):
        """Copy a file into the file store, where it appears whole or not at all."""
        if os.path.exists(path):
            return
        part = f"-{uuid.uuid4().hex}"
        # What is left of a worker that dies meanwhile is collected.
        self._mark_for_gc(store_fname + part)
        mark = os.path.join(self._full_path("checklist"), store_fname + part)
        file.seek(0)
        try:
            with open(path + part, "wb") as copy:
                shutil.copyfileobj(file, copy, _CHUNK)
            # As Odoo does: the transaction may be rolled back.
            self._mark_for_gc(store_fname)
            os.replace(path + part, path)
        finally:
            for left in (path + part, mark):
                with suppress(OSError):
                    os.unlink(left)


class _Content:
    """A file as the bytes of which ``ir.attachment`` takes slices to compare them."""

    def __init__(self, file):
        self._file = file

    def __getitem__(self, part):
        self._file.seek(part.start)
        return self._file.read(part.stop - part.start)


def _digest(file):
    """Return the checksum of a file, as ``ir.attachment`` computes it, and its size."""
    digest, size = hashlib.sha1(usedforsecurity=False), 0
    file.seek(0)
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size
