# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A tiny JSON-RPC server on 127.0.0.1 that answers by a script, one entry a request."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from odoo.addons.callgear_integration.callgear.json_rpc import Retries
from odoo.addons.callgear_integration.callgear.transport import Timeouts

from .audio_server import AudioServer, reply

KEY = "key-0123456789abcdef"


class _Anywhere:
    """Any host may have a private address."""

    def __contains__(self, _place):
        return True


QUICK = {
    "private_hosts": _Anywhere(),
    "timeouts": Timeouts(connect=5, read=5, total=10),
    "retries": Retries(times=2, pause=0.01),
}
LIMITS = {
    "day_limit": 10000,
    "day_remaining": 9999,
    "day_reset": 43000,
    "minute_limit": 100,
    "minute_remaining": 99,
    "minute_reset": 41,
}


class ApiServer(AudioServer):
    """Keeps what it was asked; after the last entry of the script comes that one again."""

    def __init__(self, script: tuple, context=None):
        self.script = script
        self.calls: list[dict] = []
        super().__init__(self._next, context)

    def _receive(self, sock) -> bool:
        request = b""
        while b"\r\n\r\n" not in request:
            if not (chunk := sock.recv(4096)):
                return False
            request += chunk
        head, body = request.split(b"\r\n\r\n", 1)
        self.requests.append(head.decode())
        length = next(
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        )
        while len(body) < length:
            if not (chunk := sock.recv(4096)):
                return False
            body += chunk
        self.calls.append(json.loads(body))
        return True

    def _next(self, _server, sock):
        entry = self.script[min(len(self.calls), len(self.script)) - 1]
        entry(self, sock)

    @property
    def methods(self) -> list[str]:
        return [call["method"] for call in self.calls]

    @property
    def params(self) -> dict:
        """What was asked last, without the key."""
        params = dict(self.calls[-1]["params"])
        assert params.pop("access_token") == KEY
        return params

    def api(self, path="/v4.0") -> str:
        return f"http://{self.place}{path}"


@contextmanager
def api_server(*script: Callable, context=None) -> Iterator[ApiServer]:
    server = ApiServer(script or (success(),), context)
    try:
        yield server
    finally:
        server.stop()


def envelope(status="200 OK", **content) -> Callable:
    """An answer with the request's own id, unless another is given."""

    def answer(server, sock):
        whole = {"jsonrpc": "2.0", "id": server.calls[-1]["id"]} | content
        reply(json.dumps(whole).encode(), status)(server, sock)

    return answer


def success(data=None, limits=LIMITS, **metadata) -> Callable:
    metadata = {"limits": limits} | metadata
    return envelope(result={"data": data, "metadata": metadata})


def refusal(mnemonic, message="No", status="200 OK", code=-32602, **data) -> Callable:
    data = {"mnemonic": mnemonic, "field": None, "value": None, "params": {}} | data
    error = {"code": code, "message": message, "data": data}
    return envelope(status, error=error)


def raw(content: bytes) -> Callable:
    """Whatever bytes; then the connection is closed."""
    return lambda _server, sock: sock.sendall(content)


def silence(server, _sock):
    server.stopped.wait(20)
