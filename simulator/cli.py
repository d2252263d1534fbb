# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The command line: serve, call, scenarios."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import requests

from .disturbance import BODIES
from .live import KINDS
from .order import Order
from .people import OPERATORS, VIRTUAL_NUMBERS
from .scenarios import SCENARIOS
from .server import Server
from .settings import RECORDING_MODES, Invalid, Settings
from .switchboard import Switchboard
from .templates import EVENTS

SIMULATOR = "http://127.0.0.1:8090"
Commands = argparse._SubParsersAction  # no public name


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    try:
        result: int = options.run(options)
        return result
    except (Invalid, requests.RequestException, OSError) as problem:
        print(f"simulator: {problem}", file=sys.stderr)
        return 2


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="python -m simulator", description="A stand-in for the CallGear PBX."
    )
    commands = top.add_subparsers(required=True, metavar="command")
    _add_serve(commands)
    _add_call(commands)
    listing = commands.add_parser("scenarios", help="list the scenarios")
    listing.set_defaults(run=run_scenarios)
    return top


def _add_serve(commands: Commands) -> None:
    serve = commands.add_parser(
        "serve", help="serve the page, the API and the recordings"
    )
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8090)
    serve.add_argument(
        "--webhook-url", default="", help="address before /legout, /handset …"
    )
    serve.add_argument(
        "--tz",
        default="Asia/Dubai",
        help="the account's time zone (default %(default)s)",
    )
    serve.add_argument(
        "--seed", type=int, help="the same ids and the same disorder in every run"
    )
    serve.add_argument(
        "--recording-url",
        default="",
        help="address of this server as the receiver sees it",
    )
    serve.add_argument("--recording-mode", default="ok", choices=list(RECORDING_MODES))
    serve.add_argument(
        "--api-key", default=Settings.api_key, help="of the APIs (default %(default)s)"
    )
    serve.set_defaults(run=run_serve)


def _add_call(commands: Commands) -> None:
    call = commands.add_parser("call", help="place one call and wait until all is sent")
    call.add_argument(
        "scenario",
        choices=[*SCENARIOS, *KINDS],
        metavar="scenario",
        help="see `scenarios`",
    )
    call.add_argument("--webhook-url", default="", help="send from this process …")
    call.add_argument(
        "--simulator", help=f"… or let a running one do it (default {SIMULATOR})"
    )
    call.add_argument(
        "--caller", default=None, help="the contact's number; empty text: hidden"
    )
    call.add_argument("--caller-name", help="as in CallGear's address book")
    call.add_argument(
        "--operator", action="append", help='701234:"Sara Haddad"; may be repeated'
    )
    call.add_argument("--virtual-number", default=VIRTUAL_NUMBERS[0])
    call.add_argument(
        "--speed", type=float, default=1.0, help="1: real time, 0: at once"
    )
    call.add_argument("--talk-seconds", type=float)
    call.add_argument("--ring-seconds", type=float)
    call.add_argument("--recording-delay", type=float)
    call.add_argument("--start-time", help="2026-03-28T16:30:00; default: now")
    call.add_argument("--external-id")
    call.add_argument("--direction", choices=["in", "out"], help="of a click-to-call")
    call.add_argument("--tag", action="append")
    call.add_argument("--tz", default="Asia/Dubai")
    call.add_argument("--seed", type=int)
    call.add_argument(
        "--recording-url",
        default=SIMULATOR,
        help="where the recordings are (default %(default)s)",
    )
    _add_disturbances(call)
    call.set_defaults(run=run_call)


def _add_disturbances(call: argparse.ArgumentParser) -> None:
    """What may go wrong on the way of a call's notifications."""
    call.add_argument("--shuffle", action="store_true", help="send in disorder")
    call.add_argument("--duplicate", action="store_true", help="send everything twice")
    call.add_argument(
        "--parallel", action="store_true", help="do not wait for the answers"
    )
    call.add_argument(
        "--drop", action="append", choices=EVENTS, help="leave out; may be repeated"
    )
    call.add_argument(
        "--body", default="ok", choices=list(BODIES), help="broken bodies"
    )
    call.add_argument(
        "--strings", action="store_true", help="numbers and flags as strings"
    )
    call.add_argument(
        "--empty-texts", action="store_true", help='"" instead of null for texts'
    )
    call.add_argument(
        "--whole-seconds", action="store_true", help="times without milliseconds"
    )


def run_serve(options: argparse.Namespace) -> int:
    settings = Settings().changed({
        "webhook_url": options.webhook_url,
        "tz": options.tz,
        "recording_url": options.recording_url,
        "recording_mode": options.recording_mode,
        "api_key": options.api_key,
    })  # fmt: skip
    server = Server(settings, host=options.host, port=options.port, seed=options.seed)
    print(f"simulator: {server.url}", flush=True)
    if not options.webhook_url:
        print("simulator: no --webhook-url yet: set it on the page", flush=True)
    # Both by hand: a shell starts background processes with SIGINT ignored, and then
    # Python does not raise.
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    with server:
        over.wait()
    return 0


def run_scenarios(options: argparse.Namespace) -> int:
    for scenario in SCENARIOS.values():
        print(f"{scenario.name:26} {scenario.example:4} {scenario.text}")
    print("\nBy hand, on the page or through /api/calls:")
    for name, text in KINDS.items():
        print(f"{name:31} {text}")
    return 0


def order_of(options: argparse.Namespace) -> dict[str, Any]:
    """The options as the body of POST /api/calls."""
    order = {
        "scenario": options.scenario,
        "caller": options.caller,
        "caller_name": options.caller_name,
        "operators": [operator_of(text) for text in options.operator]
        if options.operator
        else None,
        "virtual_number": options.virtual_number,
        "speed": options.speed,
        "talk_seconds": options.talk_seconds,
        "ring_seconds": options.ring_seconds,
        "recording_delay": options.recording_delay,
        "start_time": options.start_time,
        "external_id": options.external_id,
        "direction": options.direction,
        "tags": options.tag,
        "disturbance": {
            "shuffle": options.shuffle,
            "duplicate": options.duplicate,
            "parallel": options.parallel,
            "drop": options.drop or [],
            "body": options.body,
            "strings": options.strings,
            "empty_texts": options.empty_texts,
            "whole_seconds": options.whole_seconds,
        },
    }
    return {key: value for key, value in order.items() if value is not None}


def operator_of(text: str) -> dict[str, Any]:
    """701234, or 701234:"Sara Haddad"."""
    employee_id, _, name = text.partition(":")
    known = {str(operator.employee_id): operator.full_name for operator in OPERATORS}
    return {
        "employee_id": employee_id.strip(),
        "full_name": name.strip().strip('"') or known.get(employee_id),
    }


def run_call(options: argparse.Namespace) -> int:
    if options.webhook_url and options.simulator:
        raise Invalid("either --webhook-url or --simulator, not both")
    if options.webhook_url:
        return call_here(options)
    return call_there(options)


def call_here(options: argparse.Namespace) -> int:
    """Send from this process."""
    order = Order.from_json(order_of(options))
    if order.live:
        raise Invalid("a call by hand needs a running simulator: use --simulator")
    settings = Settings().changed(
        {"webhook_url": options.webhook_url, "tz": options.tz}
    )
    board = Switchboard(
        replace(settings, recording_url=options.recording_url), seed=options.seed
    )
    call = board.place(order)
    revision, good = 0, True
    while True:
        done = call.player.join(0.05)
        revision, entries = board.log.since(revision)
        good &= show(entries)
        if done:
            return 0 if good else 1


def call_there(options: argparse.Namespace) -> int:
    """Let a running simulator send, and follow its log."""
    base = (options.simulator or SIMULATOR).rstrip("/")
    with requests.Session() as http:
        http.trust_env = False
        response = http.post(f"{base}/api/calls", json=order_of(options), timeout=10)
        if response.status_code != 201:
            raise Invalid(response.json().get("error", response.text))
        session_id = response.json()["session_id"]
        print(f"call {session_id}", flush=True)
        revision, good = 0, True
        while True:
            done = http.get(f"{base}/api/calls/{session_id}", timeout=10).json()["done"]
            news = http.get(
                f"{base}/api/log",
                params={"after": revision, "session_id": session_id},
                timeout=10,
            ).json()
            revision = news["revision"]
            good &= show(news["entries"])
            if done:
                return 0 if good else 1
            time.sleep(0.2)


def show(entries: Iterable[dict[str, Any]]) -> bool:
    """Print what was answered, oldest first; False when something was not taken in."""
    good = True
    sent = [entry for entry in entries if entry["done"] and not entry["api"]]
    for entry in reversed(sent):
        result = entry["error"] or f"{entry['status']} {one_line(entry['answer'])}"
        who = entry["employee"] or ""
        print(f"{entry['event']:10} {who:16} {entry['ms']:5} ms  {result}", flush=True)
        good &= entry["status"] is not None and 200 <= entry["status"] < 300
    return good


def one_line(text: str) -> str:
    """A short answer for the terminal; JSON on one line."""
    try:
        text = json.dumps(json.loads(text), ensure_ascii=False)
    except ValueError:
        pass
    return " ".join(text.split())[:160]
