# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A tiny HTTP proxy on 127.0.0.1: forwards requests, and tunnels by CONNECT."""

import select
import socket
import ssl
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
            _pump(sock, there)


def _pump(one, other):
    """Pass on what either side says, until one of them has hung up.

    In one thread: a TLS connection may not be read and written at the same time.
    """
    to = {one: other, other: one}
    try:
        while ready := _readable(to):
            for source in ready:
                if not (chunk := source.recv(65536)):
                    return
                to[source].sendall(chunk)
    except OSError:
        pass  # one side has hung up


def _readable(sockets):
    # What TLS has decrypted already does not wake a ``select``.
    decrypted = [s for s in sockets if isinstance(s, ssl.SSLSocket) and s.pending()]
    return decrypted or select.select(list(sockets), [], [], 20)[0]


@contextmanager
def proxying(**options) -> Iterator[ProxyServer]:
    server = ProxyServer(**options)
    try:
        yield server
    finally:
        server.stop()
