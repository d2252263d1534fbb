# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A small web server in the test's process that gives out recordings."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MP3 = b"ID3\x04" + b"\x00" * 2000
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + b"\x00" * 2000


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        host = self.server.host
        host.asked.append(self.path)
        status, headers, body = host.next_answer(self.path)
        self.send_response(status)
        headers = {"Content-Type": "audio/mpeg", **headers}
        if "Content-Length" not in headers and headers.get("Connection") != "close":
            headers["Content-Length"] = str(len(body))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if host.drips:
            host.drip(self.wfile, body)
        else:
            self.wfile.write(body)
        self.close_connection = True

    def log_message(self, *_args):
        pass


class AudioHost:
    """Answers each path by the answers given for it, in turn; the last one stays.

    :param drips: a byte now and then, and never all of them
    """

    def __init__(self, drips=False):
        self.drips = drips
        self._closed = threading.Event()
        self.answers: dict[str, list] = {}
        self.asked: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.host = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def name(self):
        """``host:port``, as the parameter of private hosts wants it."""
        return f"127.0.0.1:{self._server.server_port}"

    def url(self, path):
        return f"http://{self.name}{path}"

    def put(self, path, *answers):
        """Set what a path answers, bytes or (status, headers, bytes). Give its URL."""
        self.answers[path] = [
            answer if isinstance(answer, tuple) else (200, {}, answer)
            for answer in answers
        ]
        return self.url(path)

    def next_answer(self, path):
        answers = self.answers.get(path) or [(404, {}, b"not found")]
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def drip(self, file, body):
        for byte in body:
            if self._closed.wait(0.1):
                return
            try:
                file.write(bytes((byte,)))
            except OSError:
                return  # nobody listens any more

    def close(self):
        self._closed.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
