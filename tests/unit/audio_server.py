# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Tiny servers on 127.0.0.1 that answer a download in whatever way a test needs."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

MP3 = b"ID3\x04" + bytes(2000)


class AudioServer:
    """Hands each connection, once the request is in, to a function of the test's."""

    def __init__(self, answer: Callable, context=None):
        self.answer = answer
        self.context = context
        self.requests: list[str] = []
        self.stopped = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.threads = [threading.Thread(target=self._accept, daemon=True)]
        self.threads[0].start()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path="/talk/1/") -> str:
        return f"http://{self.place}{path}"

    def _accept(self):
        while True:
            try:
                sock, _address = self.listener.accept()
            except OSError:
                return
            if self.stopped.is_set():
                return sock.close()
            thread = threading.Thread(target=self._serve, args=(sock,), daemon=True)
            self.threads.append(thread)
            thread.start()

    def _serve(self, sock):
        sock.settimeout(20)
        try:
            if self.context:
                sock = self.context.wrap_socket(sock, server_side=True)
            if self._receive(sock):
                self.answer(self, sock)
        except OSError:
            pass  # the downloader has hung up, which is what some tests are about
        finally:
            sock.close()

    def _receive(self, sock) -> bool:
        """Read the request; False if the caller hangs up before its end."""
        request = b""
        while b"\r\n\r\n" not in request:
            if not (chunk := sock.recv(4096)):
                return False
            request += chunk
        self.requests.append(request.decode())
        return True

    def stop(self):
        self.stopped.set()
        # Closing a listener does not wake the thread that waits on it; a caller does.
        socket.create_connection(("127.0.0.1", self.port)).close()
        for thread in self.threads:
            thread.join(20)
        self.listener.close()


@contextmanager
def serving(answer: Callable, context=None) -> Iterator[AudioServer]:
    server = AudioServer(answer, context)
    try:
        yield server
    finally:
        server.stop()


def reply(content=MP3, status="200 OK", **headers) -> Callable:
    """An ordinary answer; ``content_length=None`` leaves the header out."""
    headers = {"content_length": len(content), "content_type": "audio/mpeg"} | headers
    head = [f"HTTP/1.1 {status}"] + [
        f"{name.replace('_', '-').title()}: {value}"
        for name, value in headers.items()
        if value is not None
    ]

    def answer(_server, sock):
        sock.sendall("\r\n".join([*head, "", ""]).encode("latin-1") + content)

    return answer


def redirect(location: str, status="302 Found") -> Callable:
    return reply(b"", status, location=location)


def drip(head: bytes, unit: bytes, seconds: float) -> Callable:
    """Send a beginning at once, and then a little every few moments, without end."""

    def answer(server, sock):
        sock.sendall(head)
        while not server.stopped.wait(seconds):
            sock.sendall(unit)

    return answer
