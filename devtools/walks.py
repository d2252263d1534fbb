# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""What ``bin/walk`` traces, inside of Odoo, in a database with demo data.

Each walk is done twice with different calls, and the second time is traced: what Odoo
keeps in its caches after the first call of a process says nothing about the code.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from werkzeug.test import EnvironBuilder, run_wsgi_app

from odoo import modules
from odoo.api import Environment
from odoo.http import root

from simulator.disturbance import Disturbance
from simulator.ids import IdSource
from simulator.order import Order
from simulator.scenarios import SCENARIOS
from simulator.server import Server
from simulator.settings import Settings

from .console import Problem
from .paths import ADDON
from .trace import Trace

# An answered incoming call of the demo contact, an hour after the one before.
CALL = {"scenario": "answered"}
BEGIN, HOUR = datetime(2026, 3, 28, 16, 30), timedelta(hours=1)
NOTIFICATIONS = ("handset", "endleg", "end", "recording")
PRIVATE_HOSTS = "callgear_integration.private_recording_hosts"
# What was traced, by the name of the walk.
Traces = dict[str, Trace]


def run(env: Environment, target: str) -> None:
    """Does all walks, and writes their files and moves to ``target`` as JSON.

    As in a test, the work that follows a notification is done by the thread that takes
    the notification in, so that one thread sees it all.
    """
    modules.module.current_test = True
    traces: Traces = {}
    with Server(Settings(ring_seconds=HOUR.seconds)) as simulator:
        connection = _connect(env, simulator.url)
        path = "/callgear/" + connection.webhook_url.partition("/callgear/")[2]
        for number in (1, 2):
            for event, body, content_type in _notifications(number):
                post = partial(_post, f"{path}/{event}", body, content_type)
                traces[event] = _trace(post)
        env.cr.rollback()  # a new transaction: see what the posts have committed
        _check_work(env, connection)
        agent = env["callgear.leg"].search([("ticket_id", "!=", False)], limit=1)
        ticket = agent.ticket_id.with_user(agent.user_id)
        for _time in range(2):
            traces["dial"] = _trace(ticket.action_callgear_call)
            _end_own_calls(env, simulator)
    dashboard = env["callgear.dashboard"].with_user(env.ref("base.user_admin"))
    for _time in range(2):
        traces["dashboard"] = _trace(lambda: dashboard.get_data({"compare": True}))
    Path(target).write_text(
        json.dumps(
            {
                name: {
                    "files": sorted(traces[name].files),
                    "moves": [asdict(move) for move in traces[name].moves],
                }
                for name in (*NOTIFICATIONS, "dial", "dashboard")
            }
        )
    )


def _trace(walk: Callable[[], object]) -> Trace:
    trace = Trace(ADDON)
    with trace.running():
        walk()
    return trace


def _connect(env: Environment, url: str):
    """Lets the demo connection use the simulator's APIs."""
    connection = env["callgear.connection"].search([], limit=1)
    connection.write(
        {
            "api_url": f"{url}/v4.0",
            "data_api_url": f"{url}/v2.0",
            "api_key": "simulator-key",
        }
    )
    env["ir.config_parameter"].set_param(PRIVATE_HOSTS, urlsplit(url).netloc)
    env.cr.commit()
    return connection


def _notifications(number: int) -> Iterator[tuple[str, str, str]]:
    """(event, body, content type) of each notification of a call."""
    ids = IdSource(seed=number).next_call()
    parameters = Order.from_json(CALL).parameters(*ids, Settings())
    for step in SCENARIOS[CALL["scenario"]].play(parameters).steps:
        moment = BEGIN + number * HOUR + timedelta(seconds=step.at)
        yield step.event, *Disturbance().body_of(step.event, step.values, moment)


def _post(path: str, body: str, content_type: str) -> None:
    """Posts a notification to the route, without a server, and has it worked on."""
    environ = EnvironBuilder(
        path=path, method="POST", data=body.encode(), content_type=content_type
    ).get_environ()
    chunks, status, _headers = run_wsgi_app(root, environ, buffered=True)
    answer = b"".join(chunks)
    if json.loads(answer) != {"status": "accepted"}:
        raise Problem(f"{path} was not accepted: {status} {answer!r}")


def _check_work(env: Environment, connection) -> None:
    undone = env["callgear.event"].search_count(
        [("connection_id", "=", connection.id), ("state", "!=", "done")]
    )
    if undone:
        raise Problem(f"{undone} notifications were not worked on to their end.")


def _end_own_calls(env: Environment, simulator: Server) -> None:
    """Frees the agent's phone for the next dial."""
    for call in simulator.switchboard.calls():
        call.stop()
    own = env["callgear.call"].search([("origin_user_id", "!=", False)])
    if not own:
        raise Problem("The agent's dial has started no call.")
    own.write({"state": "ended"})
    env.flush_all()
