# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import hashlib
import os
import shutil
import uuid
from contextlib import suppress

from odoo import api, models

_CHUNK = 1024 * 1024
# S3 takes no smaller parts, except for the last one.
_UPLOAD_BLOCK = 5 * 1024 * 1024
# If an addon that is not known overrides one of these, attachments are stored in another
# way. OCA's fs_attachment leaves to Odoo what it does not store itself.
KNOWN = {
    "odoo.addons.base.models.ir_attachment",
    "odoo.addons.fs_attachment.models.ir_attachment",
}
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

    def unlink(self):
        # sudo: ir.attachment - super checks who may; here it matters whose files they are
        files_sudo = self.sudo().filtered(
            lambda one: one.res_model == "callgear.recording"
        )
        if not files_sudo:
            return super().unlink()
        of_files_sudo = self.env["callgear.recording"]._note_deletion(files_sudo)
        result = super().unlink()
        of_files_sudo.invalidate_recordset(["attachment_id"])
        of_files_sudo._announce_cards()
        return result

    @api.depends("store_fname", "db_datas")
    def _compute_raw(self):
        """Note of recordings that somebody has read the file (R51)."""
        result = super()._compute_raw()
        files = self.filtered(lambda one: one.res_model == "callgear.recording")
        if files:
            self.env["callgear.listening"]._note_read(files)
        return result

    @api.model
    def _callgear_create_from_file(self, vals, file):
        """Create an attachment whose content is that of a file.

        If Odoo or OCA's ``fs_attachment`` stores attachments as files, memory use does not
        depend on the size. Otherwise (in the database, or by another addon) the content is
        read as a whole.

        :param dict vals: as for ``create``: with ``mimetype``, without content
        :param file: a binary file that can be read and sought
        :return: one ``ir.attachment``
        """
        storing = self.with_context(attachment_res_model=vals.get("res_model"))
        checksum, size = _digest(file)
        if storing._callgear_uploads(vals["mimetype"], size):
            attachment = storing.create(vals)
            attachment._callgear_upload(file)
            attachment._callgear_describe(
                checksum=checksum, file_size=size, index_content=False
            )
        elif storing._callgear_keeps_plain_files():
            store_fname, path = self._get_path(_Content(file), checksum)
            attachment = storing.create(vals)
            attachment._callgear_describe(
                checksum=checksum, file_size=size, store_fname=store_fname
            )
            # From here on the garbage collection of files waits for the row's lock.
            attachment.flush_recordset(["checksum", "store_fname"])
            self._callgear_write_file(file, store_fname, path)
        else:
            file.seek(0)
            attachment = storing.create({**vals, "raw": file.read()})
        return attachment.with_env(self.env)

    def _callgear_chunks(self, size):
        """Yield the content in pieces, as far as whoever stores it can read it so.

        :param int size: of a piece, in bytes
        """
        self.ensure_one()
        path = self._callgear_keeps_plain_files() and self.store_fname
        if path:
            with open(self._full_path(path), "rb") as file:
                while chunk := file.read(size):
                    yield chunk
        elif self.store_fname and hasattr(self, "fs_filename"):
            with self.open("rb") as file:
                while chunk := file.read(size):
                    yield chunk
        else:
            yield self.raw or b""

    def _callgear_describe(self, **values):
        """Write what ``_set_attachment_data`` does where content is in memory."""
        # sudo: ir.attachment - as there: users may not write these fields
        models.Model.write(self.sudo(), values)

    @api.model
    def _callgear_keeps_plain_files(self):
        """Return whether Odoo itself stores attachments, as files."""
        mro = type(self).__mro__
        return self._storage() == "file" and all(
            cls.__module__ in KNOWN
            for name in STORING
            for cls in mro
            if name in vars(cls)
        )

    @api.model
    def _callgear_uploads(self, mimetype, size):
        """Return whether OCA's ``fs_attachment`` stores such content as a file.

        Which one is asked depends on the model in the context.
        """
        if not hasattr(self, "_store_in_db_instead_of_object_storage"):
            return False
        # Of the content, that addon asks for the length.
        return (
            self._storage() in self._get_storage_codes()
            and not self._store_in_db_instead_of_object_storage(range(size), mimetype)
        )

    def _callgear_upload(self, file):
        """Copy a file to where OCA's ``fs_attachment`` stores this attachment."""
        file.seek(0)
        with self.open("wb", block_size=_UPLOAD_BLOCK) as copy:
            shutil.copyfileobj(file, copy, _CHUNK)

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
