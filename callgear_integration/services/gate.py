# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Take in so many notifications at a time as there are database connections for.

A threaded Odoo starts a thread for each request, and each takes a connection of the
process's pool before any addon is asked: with more requests at once than connections,
the rest is answered 500. CallGear does not repeat what was not accepted, so here the rest
waits for its turn instead, which comes after some milliseconds.
"""

import functools
import io
import json
import re
import threading
import time

from odoo.http import Application
from odoo.tools import config

from ..tools.notification import EVENTS, MAX_BODY

_WEBHOOK = re.compile(rf"/callgear/[^/]+/(?:{'|'.join(EVENTS)})")
# Of the connections, the share that notifications may use at a time; seconds to wait.
SHARE, PATIENCE = 4, 30
# Seconds: after how long without a notification it is quiet, and how often to look.
QUIET, TICK = 0.015, 0.001
_NOT_NOW = json.dumps({"status": "not now"}).encode()


class Gate:
    """A WSGI application in front of Odoo's own."""

    def __init__(self, at_once, patience=PATIENCE):
        self._places = threading.BoundedSemaphore(at_once)
        self._patience = patience
        self._busy_at = 0.0

    def __call__(self, application, environ, start_response):
        if not _is_notification(environ):
            return application(environ, start_response)
        _read_body(environ)
        self._busy_at = time.monotonic()
        try:
            return self._pass(application, environ, start_response)
        finally:
            self._busy_at = time.monotonic()

    def give_way(self, seconds):
        """Wait while notifications come and are answered, but not for longer than that.

        :return: how long it was, in seconds
        """
        began = now = time.monotonic()
        while now - self._busy_at < QUIET and now - began < seconds:
            time.sleep(TICK)
            now = time.monotonic()
        return now - began

    def _pass(self, application, environ, start_response):
        if not self._places.acquire(timeout=self._patience):
            headers = [
                ("Content-Type", "application/json; charset=utf-8"),
                ("Content-Length", str(len(_NOT_NOW))),
                ("Retry-After", "5"),
            ]
            start_response("503 Service Unavailable", headers)
            return [_NOT_NOW]
        try:
            return application(environ, start_response)
        finally:
            # The answer is complete and committed; only its bytes are still to be sent.
            self._places.release()


def _is_notification(environ):
    path = environ.get("PATH_INFO", "")
    return environ.get("REQUEST_METHOD") == "POST" and _WEBHOOK.fullmatch(path)


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


notifications = Gate(max(2, config["db_maxconn"] // SHARE))


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
