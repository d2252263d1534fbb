# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""An agent's page, without a page: what the bus brings, and when."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

import requests
import websocket

from devtools.console import Problem
from devtools.ports import HOST
from devtools.server import OdooServer

VERSION = "19.0-2"  # of the protocol, as the web client names it
Matches = Callable[[str, Any], bool]


class Listener:
    """Listens as a user (whose password is the login), as a context manager."""

    def __init__(self, server: OdooServer, login: str):
        self._messages: queue.Queue[tuple[float, str, Any]] = queue.Queue()
        port = server.websocket_port if server.workers else server.http_port
        self._socket = websocket.create_connection(
            f"ws://{HOST}:{port}/websocket?version={VERSION}",
            timeout=60,
            cookie=f"session_id={_session(server, login)}",
            origin=f"http://{HOST}:{port}",
        )
        self._socket.settimeout(None)
        # The user's own channel is added by the server. Old messages do no harm.
        subscription = {"channels": [], "last": 0}
        self._socket.send(json.dumps({"event_name": "subscribe", "data": subscription}))
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def wait(self, matches: Matches, seconds: float = 60) -> float:
        """When the first such message came, as ``time.time()``; drops those before.

        ``matches`` is given a message's type and payload.
        """
        deadline = time.monotonic() + seconds
        while True:
            try:
                left = max(0, deadline - time.monotonic())
                at, kind, payload = self._messages.get(timeout=left)
            except queue.Empty:
                raise Problem(
                    f"A message has not come within {seconds:g} s.",
                    "read the server's log.",
                ) from None
            if matches(kind, payload):
                return at

    def _listen(self) -> None:
        while True:
            try:
                text = self._socket.recv()
            except (OSError, websocket.WebSocketException):
                return
            at = time.time()
            for told in json.loads(text or "[]"):
                message = told["message"]
                self._messages.put((at, message["type"], message["payload"]))

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *_error: object) -> None:
        self._socket.shutdown()
        self._thread.join(10)


def _session(server: OdooServer, login: str) -> str:
    params = {"db": server.database, "login": login, "password": login}
    session = requests.Session()
    session.post(
        f"http://{HOST}:{server.http_port}/web/session/authenticate",
        json={"params": params},
        timeout=60,
    ).raise_for_status()
    return session.cookies["session_id"]
