# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.http import request
from odoo.tools import str2bool

from ..seekable_stream import SeekableStream


class IrBinary(models.AbstractModel):
    _inherit = "ir.binary"

    def _get_stream_from(self, record, *args, **kwargs):
        """Let players seek in recordings that OCA's ``fs_attachment`` stores."""
        stream = super()._get_stream_from(record, *args, **kwargs)
        if _is_recording(record):
            record.env["callgear.listening"]._note(record, _way(record.env))
        if stream.type != "fs" or not _is_recording(record):
            return stream
        if record._fs_use_x_sendfile():
            # The web server answers requests for parts; their sizes are unknown here.
            stream.conditional = False
            return stream
        return SeekableStream.like(stream)


def _way(env):
    """Return in which way a file is fetched, see ``callgear.listening``."""
    if env.user.share:
        return "portal"
    asked = request and request.params.get("download")
    return "download" if str2bool(str(asked or ""), False) else "play"


def _is_recording(record):
    """Return whether a record is the file of a recording."""
    return record._name == "ir.attachment" and record.res_model == "callgear.recording"
