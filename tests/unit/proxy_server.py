# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A tiny HTTP proxy on 127.0.0.1: forwards requests, and tunnels by CONNECT."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from .audio_server import AudioServer


class ProxyServer(AudioServer):
    """Keeps the heads of the requests that it gets.

    :param hosts: where it finds host names: it needs no name service
    :param refuse: the status line with which it refuses all
    """

    def __init__(self, hosts=None, refuse="", context=None):
        self.hosts = hosts or {}
        self.refuse = refuse
        super().__init__(self._pass_on, context)

    def _receive(self, sock) -> bool:
        head = b""
        while b"\r\n\r\n" not in head:
            if not (chunk := sock.recv(1)):
                return False
            head += chunk
        self.requests.append(head.decode())
        return True

    def _pass_on(self, _server, sock):
        head = self.requests[-1]
        if self.refuse:
            sock.sendall(f"HTTP/1.1 {self.refuse}\r\n\r\n".encode())
            return
        method, target, _version = head.split("\r\n")[0].split(" ")
        tunnel = method == "CONNECT"
        parts = urlsplit(f"//{target}" if tunnel else target)
        host = self.hosts.get(parts.hostname, parts.hostname)
        with socket.create_connection((host, parts.port or 80), 10) as there:
            if tunnel:
                sock.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
            else:
                path = target.split(parts.netloc, 1)[1]
                there.sendall(head.replace(target, path, 1).encode())
            back = threading.Thread(target=_pump, args=(there, sock), daemon=True)
            back.start()
            _pump(sock, there)
            back.join(20)


def _pump(source, sink):
    try:
        while chunk := source.recv(65536):
            sink.sendall(chunk)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # one side has hung up


@contextmanager
def proxying(**options) -> Iterator[ProxyServer]:
    server = ProxyServer(**options)
    try:
        yield server
    finally:
        server.stop()
