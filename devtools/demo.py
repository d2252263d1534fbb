# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""``bin/demo``: Odoo with the addon and a PBX simulator, from nothing, until Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import time
from contextlib import ExitStack
from pathlib import Path

from . import demo_database
from .console import Problem, say, step
from .demo_folder import DemoFolder
from .environment import Environment, prepared
from .paths import ADDON, ROOT
from .ports import HOST, require_free
from .process import Process
from .server import OdooServer
from .venv import Venv


def main(arguments: list[str]) -> int:
    """Runs the demo; returns 0 when it was stopped by the user."""
    options = _parse(arguments)
    _interrupt_on_signals()
    folder = DemoFolder(options.data)
    folder.claim()
    require_free(options.port, "--port")
    if options.simulator:
        require_free(options.simulator_port, "--simulator-port")

    def empty(venv: Venv) -> None:
        if options.fresh:
            folder.empty(venv)

    stopped = False
    try:
        with prepared(folder.path, durable=True, fresh=empty) as environment:
            try:
                _run(environment, folder, options)
            except KeyboardInterrupt:
                stopped = True
                say("stopping ...")
            finally:
                _ignore_signals()
    except KeyboardInterrupt:
        say("stopped before the demo was ready")
        return 130
    if stopped:
        say("stopped")
    return 0


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/demo", description=__doc__)
    parser.add_argument("--port", type=int, default=8069, help="of Odoo (8069)")
    parser.add_argument("--simulator-port", type=int, default=8090, help="(8090)")
    parser.add_argument(
        "--data", type=Path, default=ROOT / ".demo", metavar="DIR",
        help="database, file store, logs (.demo/)",
    )  # fmt: skip
    parser.add_argument("--fresh", action="store_true", help="start from an empty DIR")
    parser.add_argument(
        "--workers", type=int, default=0, help="Odoo processes (0: one, threaded)"
    )
    parser.add_argument(
        "--no-simulator", dest="simulator", action="store_false",
        help="Odoo only, for a real CallGear account",
    )  # fmt: skip
    return parser.parse_args(arguments)


def _run(
    environment: Environment, folder: DemoFolder, options: argparse.Namespace
) -> None:
    if not (ADDON / "__manifest__.py").exists():
        raise Problem(f"{ADDON} holds no addon (no __manifest__.py).")
    database = demo_database.prepare(environment, fresh=options.fresh)
    simulator_address = f"{HOST}:{options.simulator_port}" if options.simulator else ""
    server = OdooServer(
        environment, database.name, port=options.port, workers=options.workers,
        name="odoo",
    )  # fmt: skip
    webhook_url = demo_database.configure(database, server.url, simulator_address)
    simulator = Process("The simulator", environment.folder / "logs/simulator.log")
    with ExitStack() as cleanup:
        cleanup.callback(folder.note_stopped)
        cleanup.callback(server.stop)
        cleanup.callback(simulator.stop)
        cleanup.callback(_ignore_signals)  # runs first: the rest must not be cut short
        with step("Starting Odoo" + (" and the simulator" * options.simulator)):
            server.start(wait=False)
            if options.simulator:
                _start_simulator(
                    simulator, environment, options.simulator_port, webhook_url
                )
            pids = [server.pid, *([simulator.pid] if options.simulator else [])]
            folder.note_running(*pids)
            server.wait_until_ready()
            if options.simulator:
                simulator.wait_until_answers(f"http://{simulator_address}/")
        _announce(server.url, simulator_address, environment)
        _watch(server, simulator if options.simulator else None)


def _start_simulator(
    simulator: Process, environment: Environment, port: int, webhook_url: str
) -> None:
    simulator.start(
        [str(environment.venv.python), "-m", "simulator", "serve",
         "--port", str(port), "--webhook-url", webhook_url,
         "--api-key", demo_database.API_KEY],
        environment.variables(),
        cwd=ROOT,
    )  # fmt: skip


def _announce(url: str, simulator_address: str, environment: Environment) -> None:
    say(f"Login admin / admin. Logs: {environment.folder / 'logs'}. Stop with Ctrl-C.")
    simulator_url = f"http://{simulator_address}" if simulator_address else ""
    print(f"ready: {url}  {simulator_url}".rstrip(), flush=True)


def _watch(server: OdooServer, simulator: Process | None) -> None:
    """Returns never: the user interrupts, or something that should run has ended."""
    while True:
        time.sleep(0.5)
        if not server.alive():
            raise Problem("Odoo has ended by itself.", f"read {server.log}.")
        if simulator and not simulator.alive():
            raise Problem(
                "The simulator has ended by itself.", f"read {simulator.log}.",
                simulator.log_tail(),
            )  # fmt: skip


def _interrupt_on_signals() -> None:
    """All the ways to stop act as Ctrl-C, also in the background of a script."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if (
            number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN
        ):  # nohup
            signal.signal(number, interrupt)


def _ignore_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
