# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R40, R50: nginx in front of Odoo, as docs/nginx has it, keeps what Odoo cannot take."""

import gzip
import json
import shutil
import stat
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from devtools.ports import HOST, free_port
from devtools.server import OdooServer

from ..server.live import LiveDatabase
from ..waiting import wait_until
from .nginx import DOCS, Nginx
from .traffic import pour

TOKEN = "a-Token_of_32_characters-0123456"


class Node:
    """Stands for Odoo: answers as it is told, and keeps what it was asked."""

    def __init__(self):
        self.answer, self.asked = (200, {"status": "accepted"}), []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(handler):
                length = int(handler.headers.get("Content-Length", 0))
                body = handler.rfile.read(length)
                self.asked.append((handler.path, dict(handler.headers), body))
                status, told = self.answer
                handler.send_response(status)
                handler.send_header("Content-Type", "application/json")
                handler.send_header("Retry-After", "7")
                handler.end_headers()
                handler.wfile.write(json.dumps(told).encode())

            def log_message(handler, *_words):
                pass

        self.server = ThreadingHTTPServer((HOST, 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,)).start()

    @property
    def port(self):
        return self.server.server_port

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def nodes():
    nodes = Node(), Node()
    yield nodes
    for node in nodes:
        node.stop()


@pytest.fixture
def nginx(nodes):
    with Nginx(*(node.port for node in nodes)) as nginx:
        yield nginx


def post(nginx, path=f"/callgear/{TOKEN}/end", body=b'{"a": 1}', **headers):
    headers = {"Content-Type": "application/json", **headers}
    return requests.post(nginx.url + path, body, headers=headers, timeout=30)


def test_r40_what_one_node_does_not_take_another_does(nginx, nodes):
    for status in (502, 503, 504):
        nodes[0].answer = status, {"status": "not now"}
        answers = [post(nginx) for _time in range(4)]
        assert {answer.status_code for answer in answers} == {200}
    assert not nginx.kept


@pytest.mark.parametrize("status", [200, 400, 404, 413, 429])
def test_r40_answers_of_odoo_reach_callgear(nginx, nodes, status):
    """Whatever Odoo has decided is not asked again, and Retry-After is passed on."""
    for node in nodes:
        node.answer = status, {"status": "its own word"}
    answer = post(nginx)
    assert (answer.status_code, answer.json()) == (status, {"status": "its own word"})
    assert answer.headers["Retry-After"] == "7"
    assert sum(len(node.asked) for node in nodes) == 1
    assert not nginx.kept


def test_r40_what_no_node_takes_is_kept(nginx, nodes):
    """As it came: replayed, it is the same body with the same charset and coding."""
    sent = [
        (b'{"a": 1}', {}),
        (
            '{"a": "Ж"}'.encode("cp1251"),
            {"Content-Type": 'text/plain; charset="cp1251"'},
        ),
        (gzip.compress(b'{"a": 2}'), {"Content-Encoding": "gzip"}),
        (json.dumps({"a": "x" * 250_000}).encode(), {}),
        (b"", {}),
    ]
    for node in nodes:
        node.answer = 503, {"status": "not now"}
    for body, headers in sent:
        assert post(nginx, body=body, **headers).status_code == 201
    assert len(nginx.kept) == len(sent)
    # Names hold the token, bodies the numbers: neither is anybody else's.
    folders = {path.parent for path in nginx.kept} | {nginx.spool}
    assert all(stat.S_IMODE(folder.stat().st_mode) == 0o700 for folder in folders)
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in nginx.kept)
    for node in nodes:
        node.answer = 200, {"status": "accepted"}
        node.asked.clear()
    replay(nginx, nodes[0].port, "--once").wait(30)
    assert not nginx.kept
    told = [(path, body) for path, _headers, body in nodes[0].asked]
    assert told == [(f"/callgear/{TOKEN}/end", body) for body, _headers in sent]
    heads = [headers for _path, headers, _body in nodes[0].asked]
    assert heads[1]["Content-Type"].endswith("charset=cp1251")
    assert heads[2]["Content-Encoding"] == "gzip"


def test_r40_what_cannot_be_kept_is_refused(nginx, nodes):
    """A full disk, say: "not now", not "accepted"."""
    for node in nodes:
        node.answer = 503, {"status": "not now"}
    shutil.rmtree(nginx.spool)
    nginx.spool.touch()
    answer = post(nginx)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json() == {"status": "not now"}


@pytest.mark.parametrize(
    "path",
    [
        f"/callgear/{TOKEN}/end",
        f"/callgear/{TOKEN}/end/?token={TOKEN}",
        f"/callgear/{TOKEN}/route",
        f"/Callgear/{TOKEN}/end",
        f"/%63allgear/{TOKEN}/end",
        f"//callgear//{TOKEN}/end",
        f"/callgear;x/{TOKEN}/end",
    ],
)
def test_r42_no_log_of_nginx_shows_the_token(nginx, nodes, path):
    """In whatever spelling, whether a node answers or none does."""
    for node in nodes:
        post(nginx, path)
        node.stop()
    post(nginx, path)
    post(nginx, path, body=b"x" * 400_000)
    wait_until(lambda: nginx.folder.joinpath("access.log").read_text().count("\n") > 2)
    assert TOKEN not in nginx.logged


def test_r42_the_log_of_nginx_says_which_notification(nginx):
    post(nginx)
    wait_until(lambda: '"POST /callgear/***/end HTTP/1.1" 200' in nginx.logged)


def replay(nginx, port, *options):
    """Start what hands the spool over to Odoo."""
    words = ["--spool", nginx.spool, "--odoo", f"http://{HOST}:{port}", *options]
    command = [sys.executable, DOCS / "replay.py", *words]
    log = nginx.folder / "replay.log"
    with log.open("a") as stream:
        return subprocess.Popen(command, stderr=stream, stdout=stream)


class Entrance:
    """Where traffic is poured to."""

    def __init__(self, port):
        self.http_port = port


def test_r50_odoo_is_stopped_while_calls_go_on(told, expected):
    """One node dies, then the other: all is there when Odoo is back, as if never away."""
    parts = told[:30], told[30:60], told[60:]
    ports = free_port(), free_port()
    database = LiveDatabase("nginx")
    try:
        with Nginx(*ports) as nginx:
            door = Entrance(nginx.port)
            first, second = (
                OdooServer(database.environment, database.name, port=port)
                for port in ports
            )
            with first, second:
                assert set(pour(database, door, parts[0], 50)) == {200}
                first.kill9()
                assert set(pour(database, door, parts[1], 50)) == {200}
            assert set(pour(database, door, parts[2], 50)) == {201}
            assert len(nginx.kept) == len(parts[2])
            with OdooServer(database.environment, database.name, port=ports[0]):
                killed = replay(nginx, ports[0])
                wait_until(lambda: len(nginx.kept) < len(parts[2]) - 5)
                killed.kill()
                killed.wait()
                again = replay(nginx, ports[0])
                try:
                    wait_until(lambda: not nginx.kept, seconds=60)
                finally:
                    again.kill()
                    again.wait()
                database.hurry()
                database.wait_until_processed(len(told))
            assert database.snapshot() == expected
            assert database.token not in nginx.logged
            assert database.token not in (nginx.folder / "replay.log").read_text()
    finally:
        database.drop()
