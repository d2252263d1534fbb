# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The HTTP server around the switchboard."""

from __future__ import annotations

import threading
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any

from werkzeug.serving import WSGIRequestHandler, make_server

from .application import LOCAL_NAMES, Application
from .settings import Settings
from .switchboard import Switchboard

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class _Handler(WSGIRequestHandler):
    """Quiet, and able to hang up."""

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """The page asks for changes every second: too often to log."""
        return

    def connection_dropped(
        self, error: BaseException, environ: WSGIEnvironment | None = None
    ) -> None:
        """Without this a connection dropped on demand would wait for another request."""
        self.close_connection = True


class Server:
    """`with Server() as server:` serves in the background; `server.url` says where."""

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        seed: int | None = None,
    ) -> None:
        self.switchboard = Switchboard(settings, seed=seed)
        application = Application(self.switchboard, any_host=host not in LOCAL_NAMES)
        self._http = make_server(
            host, port, application, threaded=True, request_handler=_Handler
        )
        self.port = self._http.server_port
        self.url = f"http://{host}:{self.port}"
        if not self.switchboard.settings.recording_url:
            # "All addresses" is nowhere to fetch from: this machine at least can use
            # the loopback.
            address = self.url.replace("//0.0.0.0:", "//127.0.0.1:")
            self.switchboard.settings = replace(
                self.switchboard.settings, recording_url=address
            )

    def serve(self) -> None:
        """Serve until `stop`."""
        self._http.serve_forever(poll_interval=0.02)

    def stop(self) -> None:
        self.switchboard.stop()
        self._http.shutdown()
        self._http.server_close()

    def __enter__(self) -> Server:
        threading.Thread(target=self.serve, daemon=True, name="simulator").start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
