# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from werkzeug.wsgi import wrap_file

from odoo.http import Stream, request

# How much is read ahead: few requests to a storage elsewhere, little memory.
BLOCK = 512 * 1024


class SeekableStream(Stream):
    """Content that OCA's ``fs_attachment`` stores, loaded as far as it is asked for.

    That addon's own stream answers a request for a part with the whole content, so that
    players cannot seek, and loads up to 50 MB before the first byte is sent.
    """

    fs_attachment = None

    @classmethod
    def like(cls, stream):
        """Return a stream of the same content, with the same name and type."""
        return cls(**vars(stream))

    def read(self):  # pylint: disable=method-required-super
        # Odoo's reads a path or content in memory.
        with self._open() as file:
            return file.read()

    def get_response(self, *args, **kwargs):
        """Return what Odoo answers about its own files, with the storage's content."""
        head = {**vars(self), "type": "data", "data": b"", "conditional": False}
        response = Stream(**head).get_response(*args, **kwargs)
        environ = request.httprequest.environ
        response.content_length = self.size
        # Opened before any header is sent: the file may be missing.
        response.response = wrap_file(environ, self._open())
        return response.make_conditional(
            environ, accept_ranges=True, complete_length=self.size
        )

    def _open(self):
        return self.fs_attachment.open("rb", block_size=BLOCK).__enter__()
