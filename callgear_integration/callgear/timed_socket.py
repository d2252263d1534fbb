# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Sockets with one deadline for all that is read, however slowly it drips."""

import io
import socket
import ssl
import time

_IDLE_SECONDS = 30


def open_socket(
    address: str, port: int, tls: str | None, seconds: float
) -> socket.socket:
    """Connect to an address; for TLS, to whoever proves to be the host ``tls``.

    :raises OSError: no connection; ``ssl.SSLError`` if only TLS has failed
    """
    sock = socket.create_connection((address, port), seconds)
    if not tls:
        return sock
    try:
        return ssl.create_default_context().wrap_socket(sock, server_hostname=tls)
    except BaseException:
        sock.close()
        raise


class TimedSource(io.RawIOBase):
    """What comes from a socket until the deadline; ``http.client`` takes it for one."""

    def __init__(self, sock: socket.socket, deadline: float, idle=_IDLE_SECONDS):
        self._sock = sock
        self._deadline = deadline
        self._idle = idle

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(min(self._idle, left))
        return self._sock.recv_into(buffer)

    def close(self) -> None:
        self._sock.close()
        return super().close()
