# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which requests to CallGear may be sent, and for how long agents wait for them.

Whoever asks CallGear on behalf of a user has one of the server's few workers meanwhile. An
API that is silent must leave one for everybody else, and for CallGear's notifications.
"""

import os
import threading

from odoo.http import request
from odoo.tools import config

from .callgear.circuit import Circuit, Guard
from .callgear.transport import Timeouts
from .tools.room import Room

# For requests that somebody waits for.
PROMPT = Timeouts(connect=3, read=10, total=12)

_MOST = 1000
_circuits: dict[tuple, Circuit] = {}
_lock = threading.Lock()


def guard(*api) -> Guard:
    """Return what stands before requests to an API from this thread.

    :param api: what names it: database, connection, address
    """
    circuit = _circuit(*api)
    return Guard(circuit, _room().enter if request else _no_bounds)


def circuit_of_host(database: str, host: str) -> Circuit:
    """Return what is known of a host of recordings: it is left alone when it is slow."""
    return _circuit(database, host, failures=1, pause=60, longest=1800)


def _circuit(*key, **options) -> Circuit:
    with _lock:
        if len(_circuits) >= _MOST:  # hosts are named from outside
            _circuits.clear()
        return _circuits.setdefault(key, Circuit(**options))


def _room() -> Room:
    """Return the places for those who wait for CallGear: one worker always stays free.

    A server without workers has threads, as many as half of its connections to the
    database: half of these.
    """
    places = config["workers"] - 1 if config["workers"] else config["db_maxconn"] // 4
    server = f"asking-{config['http_port']}"
    return Room(os.path.join(config["data_dir"], "callgear", server), max(places, 1))


def _no_bounds():
    return lambda: None
