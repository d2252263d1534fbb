# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import hashlib
import os
import shutil
import uuid
from contextlib import suppress

from odoo import api, models

from odoo.addons.base.models.ir_attachment import IrAttachment as BaseAttachment

_CHUNK = 1024 * 1024
# If another addon overrides one of these, attachments are stored in another way.
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

        If Odoo stores attachments as files, memory use does not depend on the size.
        Otherwise (in the database, or by another addon) the content is read as a whole.

        :param dict vals: as for ``create``: with ``mimetype``, without content
        :param file: a binary file that can be read and sought
        :return: one ``ir.attachment``
        """
        if not self._callgear_keeps_plain_files():
            file.seek(0)
            return self.create({**vals, "raw": file.read()})
        checksum, size = _digest(file)
        store_fname, path = self._get_path(_Content(file), checksum)
        attachment = self.create(vals)
        # The rest is what _set_attachment_data does with content in memory.
        # sudo: ir.attachment - as there: users may not write these fields
        models.Model.write(
            attachment.sudo(),
            {"checksum": checksum, "file_size": size, "store_fname": store_fname},
        )
        # From here on the garbage collection of files waits for the row's lock.
        attachment.flush_recordset(["checksum", "store_fname"])
        self._callgear_write_file(file, store_fname, path)
        return attachment

    @api.model
    def _callgear_keeps_plain_files(self):
        """Return whether Odoo itself stores attachments, as files."""
        return self._storage() == "file" and all(
            getattr(type(self), name) is getattr(BaseAttachment, name)
            for name in STORING
        )

    @api.model
    def _callgear_write_file(self, file, store_fname, path):
        """Copy a file into the file store; other processes never see a part of it."""
        if os.path.exists(path):
            return
        part = f"-{uuid.uuid4().hex}"
        # If the worker dies while copying, the garbage collection removes the part.
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
    """Slices of a file like those of bytes, for ``ir.attachment`` to compare content."""

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
