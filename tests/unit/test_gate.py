# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The gate in front of Odoo: how many notifications are taken in at a time."""

import io
import threading
import time
from functools import partial

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from odoo.tools import config

from odoo.addons.callgear_integration.callgear.notification import EVENTS, MAX_BODY
from odoo.addons.callgear_integration.services.gate import Answering, Gate
from odoo.addons.callgear_integration.tools import not_taken

from ..waiting import wait_until


class Application:
    """Answers with the body of the request, when it is told to."""

    def __init__(self):
        self.inside = 0
        self.most = 0
        self.may_answer = threading.Event()
        self._lock = threading.Lock()

    def __call__(self, environ, start_response):
        with self._lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        self.may_answer.wait(30)
        with self._lock:
            self.inside -= 1
        start_response("200 OK", [("Content-Type", "application/json")])
        return [environ["wsgi.input"].read()]


@pytest.fixture
def application():
    return Application()


def post(gate, application, path="/callgear/secret/end", body=b"{}", method="POST"):
    environ = EnvironBuilder(path, method=method, data=body).get_environ()

    def gated(environ, start_response):
        return gate(application, environ, start_response)

    answer, status, headers = run_wsgi_app(gated, environ)
    return status, b"".join(answer), headers


def in_threads(function, count):
    threads = [threading.Thread(target=function) for _number in range(count)]
    for thread in threads:
        thread.start()
    return threads


def test_so_many_at_a_time(application):
    gate = Gate(3)
    answers = []
    threads = in_threads(lambda: answers.append(post(gate, application)[0]), 10)
    wait_until(lambda: application.inside == 3)
    application.may_answer.set()
    for thread in threads:
        thread.join()
    assert (answers, application.most) == (["200 OK"] * 10, 3)


def test_not_now(application):
    """A request that has waited too long gets 503, not 404."""
    gate = Gate(1, patience=0.01)
    [thread] = in_threads(lambda: post(gate, application), 1)
    wait_until(lambda: application.inside == 1)
    status, body, headers = post(gate, application)
    application.may_answer.set()
    thread.join()
    assert (status[:3], body) == ("503", b'{"status": "not now"}')
    assert headers["Retry-After"] == "5"


def test_a_place_is_free_again_after_an_error():
    def broken(_environ, _start_response):
        raise ValueError("broken")

    gate = Gate(1, patience=0.01)
    for _time in range(3):
        with pytest.raises(ValueError):
            post(gate, broken)


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/callgear/dashboard/export_xlsx", "POST"),
        ("/web/login", "POST"),
        ("/callgear/secret/end", "GET"),
        ("/callgear/secret/end/more", "POST"),
    ],
)
def test_others_are_let_through(application, path, method):
    gate = Gate(1, patience=0.01)
    application.may_answer.set()
    with gate._places:
        assert post(gate, application, path, method=method)[0] == "200 OK"


def test_answers_of_other_processes_are_seen(tmp_path):
    """Until they are released, or their process has ended."""
    here, there = (Answering(tmp_path / "answering") for _process in range(2))
    assert not here
    there.note(time.monotonic())
    assert here
    there.note(0.0)
    assert not here
    there.note(time.monotonic() - 10)
    assert not here


def test_without_a_place_to_write(tmp_path):
    answering = Answering(tmp_path / "missing" / "answering")
    answering.note(time.monotonic())
    assert answering


def test_the_work_gives_way_to_answers(application):
    gate = Gate(1)
    assert gate.give_way(5) < 1
    [thread] = in_threads(lambda: post(gate, application), 1)
    wait_until(lambda: application.inside == 1)
    assert gate.give_way(0.05) >= 0.05
    threading.Timer(0.05, application.may_answer.set).start()
    assert gate.give_way(30) < 10
    thread.join()


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("size", [0, 1, 5000, MAX_BODY])
def test_the_body_arrives_whole(application, event, size):
    application.may_answer.set()
    body = b"x" * size
    assert post(Gate(1), application, f"/callgear/t/{event}", body)[1] == body


class Slow(io.RawIOBase):
    """A body that arrives byte by byte, and stops before its end for a while."""

    def __init__(self, body):
        self.body, self.may_end = body, threading.Event()

    def read(self, size=-1):
        if len(self.body) == 1:
            self.may_end.wait(30)
        part, self.body = self.body[:1], self.body[1:]
        return part


def test_slow_senders_keep_nobody_waiting(application):
    gate = Gate(1, patience=0.01)
    application.may_answer.set()
    slow, answers = Slow(b"{}"), []

    def send_slowly():
        environ = EnvironBuilder("/callgear/t/end", method="POST").get_environ()
        environ |= {"wsgi.input": slow, "CONTENT_LENGTH": "2"}
        answers.append(
            run_wsgi_app(lambda e, start: gate(application, e, start), environ)[1]
        )

    [thread] = in_threads(send_slowly, 1)
    wait_until(lambda: len(slow.body) == 1)
    assert post(gate, application)[0] == "200 OK"
    slow.may_end.set()
    thread.join()
    assert answers == ["200 OK"]


def named(monkeypatch, names, pattern="", host="erp.example.com", **headers):
    """The database that Odoo is told of."""
    monkeypatch.setitem(config.options, "db_name", names)
    monkeypatch.setitem(config.options, "dbfilter", pattern)
    told = []

    def application(environ, start_response):
        told.append(environ.get("HTTP_X_ODOO_DATABASE"))
        start_response("200 OK", [])
        return []

    environ = EnvironBuilder(
        "/callgear/secret/end", f"https://{host}", method="POST", headers=headers
    ).get_environ()
    run_wsgi_app(partial(Gate(1), application), environ)
    return told[0]


@pytest.mark.parametrize("pattern", ["", "^helpdesk$", ".*"])
def test_odoo_need_not_look_for_the_only_database(monkeypatch, pattern):
    assert named(monkeypatch, ["helpdesk"], pattern) == "helpdesk"


@pytest.mark.parametrize(
    ("names", "pattern"),
    [
        ([], ""),
        ([], "^helpdesk$"),
        (["helpdesk", "shop"], ""),
        (["helpdesk"], "^shop$"),
        (["helpdesk"], "^%d$"),
        (["helpdesk"], "^%h$"),
    ],
)
def test_odoo_looks_itself_where_others_may_be_meant(monkeypatch, names, pattern):
    host = "helpdesk.example.com"
    assert named(monkeypatch, names, pattern, host) is None


def test_what_a_request_says_of_its_database_stands(monkeypatch):
    names = ["helpdesk"]
    assert named(monkeypatch, names, **{"X-Odoo-Database": "shop"}) == "shop"
    assert named(monkeypatch, names, Cookie="session_id=1") is None


HTML = [("Content-Type", "text/html; charset=utf-8")]
JSON = [("Content-Type", "application/json; charset=utf-8")]


AWAY = [
    # Odoo, when the database is away, has no connection left, or is not known yet.
    ("404 NOT FOUND", HTML),
    ("500 INTERNAL SERVER ERROR", HTML),
    ("500 INTERNAL SERVER ERROR", JSON),
    ("303 SEE OTHER", [*HTML, ("Location", "/web/database/selector")]),
    ("200 OK", HTML),
    ("502 BAD GATEWAY", []),
]


@pytest.fixture
def noted(monkeypatch):
    """What was not taken in; and no process of ours is told of it."""
    noted = not_taken.NotTaken()
    monkeypatch.setattr(not_taken, "notifications", noted)
    return noted


@pytest.fixture
def only_database(monkeypatch):
    """Odoo is configured with one database."""
    monkeypatch.setitem(config.options, "db_name", ["one"])
    monkeypatch.setitem(config.options, "dbfilter", "")


class Answer(list):
    """An answer that wants to be closed."""

    closed = False

    def close(self):
        self.closed = True


@pytest.mark.parametrize(("status", "headers"), AWAY)
def test_r40_what_is_not_our_answer_is_not_now(noted, only_database, status, headers):
    """S4: and what was not taken in is remembered, until it is asked for."""
    answers, told = [], []
    noted.listeners.append(told.append)

    def answer(environ, start_response):
        start_response(status, headers)(b"elsewhere")
        answers.append(Answer([b"elsewhere"]))
        return answers[-1]

    before = time.monotonic()
    status, body, headers = post(Gate(1), answer)
    assert status.startswith("503")
    assert body == b'{"status": "not now"}'
    assert headers["Retry-After"] == "5"
    assert answers[0].closed
    assert told == ["one"]
    assert before <= noted.pop("one") <= time.monotonic()
    assert noted.pop("one") is None


@pytest.mark.parametrize(("status", "headers"), AWAY)
def test_strangers_have_nothing_asked_for(noted, monkeypatch, status, headers):
    """Where several databases may be meant, a request may name one that there is not."""
    monkeypatch.setitem(config.options, "db_name", ["one", "two"])

    def answer(environ, start_response):
        start_response(status, headers)
        return [b"elsewhere"]

    found = post(Gate(1), answer)[0]
    assert found == (status if status < "5" else "503 Service Unavailable")
    assert noted.pop("one") is noted.pop("two") is None


@pytest.mark.parametrize(
    "status",
    ["200 OK", "400 BAD REQUEST", "404 NOT FOUND", "405 METHOD NOT ALLOWED", "429 X"],
)
def test_our_answers_are_passed_on(noted, only_database, status):
    def answer(environ, start_response):
        start_response(status, JSON)
        return [b"{}"]

    assert post(Gate(1), answer)[:2] == (status, b"{}")
    assert noted.pop("one") is None


def test_the_first_that_was_not_taken_counts():
    noted = not_taken.NotTaken()
    first = time.monotonic()
    noted.note("one")
    noted.note("one", first)
    noted.note("one")
    assert noted.pop("two") is None
    assert noted.pop("one") == first
    assert noted.pop("one") is None
