# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Take in so many notifications at a time as there are database connections for.

A threaded Odoo starts a thread for each request, and each takes a connection of the
process's pool before any addon is asked: with more requests at once than connections,
the rest is answered 500. CallGear does not repeat what was not accepted, so here the rest
waits for its turn instead, which comes after some milliseconds.

While the database is away, Odoo answers as if there were no such address. Here this
becomes "not now": the address is right, and who repeats may do so.
"""

import functools
import io
import json
import mmap
import os
import re
import struct
import threading
import time

from odoo.http import Application, db_filter
from odoo.tools import config

from ..callgear.notification import EVENTS, MAX_BODY
from ..tools import not_taken

_WEBHOOK = re.compile(rf"/callgear/[^/]+/(?:{'|'.join(EVENTS)})/?")
# Of the connections, the share that notifications may use at a time; seconds to wait.
SHARE, PATIENCE = 4, 30
# Seconds between two looks whether all notifications are answered, and after which a
# process that has not said so since is taken to be gone.
TICK, FORGOTTEN = 0.001, 0.5
_NOT_NOW = json.dumps({"status": "not now"}).encode()


class Answering:
    """Which processes of this machine's server are answering a notification.

    A few bytes of memory that all of them see: each has a place in which it notes since
    when it does (monotonic seconds), or 0. Two that share a place do no harm.
    """

    PLACES = 64

    def __init__(self, path=None):
        size = self.PLACES * 8
        try:
            with open(path or "", "a+b") as file:
                file.truncate(size)
                self._memory = mmap.mmap(file.fileno(), size)
        except (OSError, ValueError):
            self._memory = mmap.mmap(-1, size)  # nobody else's, then

    def note(self, since):
        struct.pack_into("d", self._memory, os.getpid() % self.PLACES * 8, since)

    def __bool__(self):
        now = time.monotonic()
        places = struct.unpack(f"{self.PLACES}d", self._memory)
        return any(0 <= now - since < FORGOTTEN for since in places if since)


class Gate:
    """A WSGI application in front of Odoo's own."""

    def __init__(self, at_once, patience=PATIENCE, path=None):
        self._places = threading.BoundedSemaphore(at_once)
        self._patience = patience
        self._lock = threading.Lock()
        self._inside = 0
        self._left_at = 0.0
        self._answering = Answering(path)

    def __call__(self, application, environ, start_response):
        if not _is_notification(environ):
            return application(environ, start_response)
        _read_body(environ)
        with self._lock:
            self._inside += 1
            self._answering.note(time.monotonic())
        try:
            return self._pass(application, environ, start_response)
        finally:
            with self._lock:
                self._inside -= 1
                self._left_at = time.monotonic()
                self._answering.note(self._left_at if self._inside else 0.0)

    def give_way(self, seconds, quiet=0.0):
        """Wait while notifications are answered, but not for longer than that.

        :param quiet: until so many seconds have passed since this process's last answer
        :return: how long it was, in seconds
        """
        began = now = time.monotonic()
        while (
            self._answering or now - self._left_at < quiet
        ) and now - began < seconds:
            time.sleep(TICK)
            now = time.monotonic()
        return now - began

    def _pass(self, application, environ, start_response):
        named = _naming_database(environ)
        dbname = named["HTTP_X_ODOO_DATABASE"] if named is not environ else None
        if not self._places.acquire(timeout=self._patience):
            return _not_now(start_response, dbname)
        try:
            return _ours(application, named, start_response, dbname)
        finally:
            # The answer is complete and committed; only its bytes are still to be sent.
            self._places.release()


def _ours(application, environ, start_response, dbname):
    """Pass on the answer of our route, and nobody else's in its place: all ours are JSON.

    :param dbname: the database, if there is only one; else the sender may have named one
        that there is not, and only what is an error for certain is "not now"
    """
    begun = []

    def begin(status, headers, *exc_info):
        kind = next((v for name, v in headers if name.lower() == "content-type"), "")
        is_ours = not dbname or kind.startswith("application/json")
        begun.append(is_ours and not status.startswith("5"))
        return start_response(status, headers, *exc_info) if begun[-1] else _nowhere

    answer = application(environ, begin)
    if begun and begun[-1]:
        return answer
    if hasattr(answer, "close"):
        answer.close()
    return _not_now(start_response, dbname)


def _nowhere(_data):
    """Take what is written of an answer that is not sent."""


def _not_now(start_response, dbname):
    if dbname:
        not_taken.notifications.note(dbname)
    headers = [
        ("Content-Type", "application/json; charset=utf-8"),
        ("Content-Length", str(len(_NOT_NOW))),
        ("Retry-After", "5"),
    ]
    start_response("503 Service Unavailable", headers)
    return [_NOT_NOW]


def _is_notification(environ):
    path = environ.get("PATH_INFO", "")
    return environ.get("REQUEST_METHOD") == "POST" and _WEBHOOK.fullmatch(path)


def _naming_database(environ):
    """Tell Odoo which database is meant, where there is only one.

    Odoo looks for it in the list of all databases otherwise, for which it opens a
    connection of its own to another database, with each request.
    """
    if "HTTP_COOKIE" in environ or "HTTP_X_ODOO_DATABASE" in environ:
        return environ
    name = _only_database()
    return {**environ, "HTTP_X_ODOO_DATABASE": name} if name else environ


def _only_database():
    """The one database of the configuration, if it is the same for all hosts' names."""
    names, pattern = config["db_name"], config["dbfilter"] or ""
    if len(names) != 1 or "%h" in pattern or "%d" in pattern:
        return None
    return next(iter(db_filter(names, host="")), None)


def _read_body(environ):
    """Take the body in before it is this request's turn: senders may be slow."""
    length = environ.get("CONTENT_LENGTH") or 0
    if environ.get("wsgi.input_terminated"):  # chunked: no length is named
        length = MAX_BODY + 1
    try:
        length = min(int(length), MAX_BODY + 1)
    except ValueError:
        return
    body = bytearray()
    while len(body) < length and (
        part := environ["wsgi.input"].read(length - len(body))
    ):
        body += part
    environ["wsgi.input"] = io.BytesIO(bytes(body))


notifications = Gate(
    max(2, config["db_maxconn"] // SHARE),
    path=os.path.join(config["data_dir"], "callgear_answering"),
)


def install():
    """Put the gate in front of this process's Odoo; safe to call again."""
    answer = Application.__call__
    if hasattr(answer, "callgear_gate"):
        return

    @functools.wraps(answer)
    def gated(self, environ, start_response):
        return notifications(functools.partial(answer, self), environ, start_response)

    gated.callgear_gate = True
    Application.__call__ = gated
