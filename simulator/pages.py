# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The web page and the recordings."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from werkzeug.exceptions import NotFound
from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from . import recordings
from .routes import route
from .switchboard import Switchboard

WEB = Path(__file__).parent / "web"
# The page shows answers of the receiver: whatever they hold, nothing but its own files
# may run.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; media-src 'self'; frame-ancestors 'none'"
)


class Pages:
    """One method per route."""

    def __init__(self, switchboard: Switchboard) -> None:
        self._switchboard = switchboard
        self._files = {path.name: path for path in WEB.iterdir() if path.is_file()}

    def rules(self) -> list[Rule]:
        path = "<int:session_id>/<string(length=32):record_id>/"
        return [
            route("GET", "/", self.file, name="index.html"),
            route("GET", "/web/<string:name>", self.file),
            route("GET", f"/system/media/talk/{path}", self.recording),
            route("GET", f"/system/media/voice_mail/{path}", self.recording),
            route("GET", f"/system/media/file/{path}", self.recording),
        ]

    def file(self, request: Request, name: str) -> Response:
        path = self._files.get(name)
        if path is None:
            raise NotFound()
        content_type = (
            "text/javascript"
            if path.suffix == ".js"
            else mimetypes.guess_type(name)[0] or "text/plain"
        )
        response = Response(
            path.read_bytes(), content_type=f"{content_type}; charset=utf-8"
        )
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Cache-Control"] = "no-cache"
        return response

    def recording(self, request: Request, session_id: int, record_id: str) -> Response:
        board = self._switchboard
        return recordings.answer(
            request, board.settings, board.shelf, session_id, record_id
        )
