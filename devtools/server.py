# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""A real Odoo server: separate processes, real ports, real commits."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path
from types import TracebackType

from .environment import Environment
from .front import Front
from .ports import HOST, free_port
from .process import Process, parent_of, wait_until_gone

WORKER_LINE = re.compile(r"Worker WorkerHTTP \((\d+)\) alive")


class OdooServer:
    """Runs Odoo on one database, as a context manager or by start() and stop().

    ``workers=0`` is one threaded process. With workers, ``url`` still serves pages and
    websocket alike; ``http_port`` and ``websocket_port`` are Odoo's own two. Several
    servers on one database are several nodes. ``options`` go into Odoo's configuration.
    """

    def __init__(
        self,
        environment: Environment,
        database: str,
        *,
        port: int | None = None,
        workers: int = 0,
        cron_threads: int = 1,
        name: str = "",
        **options: object,
    ):
        self.environment = environment
        self.database = database
        self.port = port or free_port()
        self.workers = workers
        self.http_port = free_port() if workers else self.port
        self.websocket_port = free_port()
        name = name or f"{database}-{self.port}"
        self.log: Path = environment.folder / "logs" / f"server-{name}.log"
        self.config = environment.folder / "servers" / f"{name}.conf"
        self._options = {
            "db_name": database,
            "dbfilter": f"^{re.escape(database)}$",
            "http_port": self.http_port,
            "gevent_port": self.websocket_port,
            "workers": workers,
            "max_cron_threads": cron_threads,
            "proxy_mode": bool(workers),
            "limit_time_real": 600,
            **options,
        }
        self._process = Process(f"Odoo on port {self.port}", self.log)
        self._front: Front | None = None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def pid(self) -> int:
        """The (master) process."""
        return self._process.pid

    def start(self, *, wait: bool = True) -> OdooServer:
        """Starts Odoo; returns when it answers, unless ``wait`` is false."""
        self.environment.write_config(self.config, **self._options)
        self._start_process()
        if self.workers:
            self._front = Front(self.port, self.http_port, self.websocket_port)
            self._front.start()
        if wait:
            self.wait_until_ready()
        return self

    def _start_process(self) -> None:
        self._process.start(
            [*self.environment.venv.odoo, "-c", str(self.config)],
            self.environment.variables(self.config),
        )

    def start_again(self) -> None:
        """Starts it after it has ended by itself, as systemd does; does not wait."""
        self._process.kill9()  # whatever is left of it
        self._start_process()

    def wait_until_ready(self, seconds: float = 120) -> None:
        """Waits for pages, and with workers for the websocket's process too."""
        for port in (self.http_port, *([self.websocket_port] if self.workers else [])):
            self._process.wait_until_answers(
                f"http://{HOST}:{port}/web/health", seconds
            )

    def alive(self) -> bool:
        return self._process.alive()

    def stop(self) -> None:
        """Ends the server in good order, and whatever is left of it."""
        self._process.stop()
        self._stop_front()

    def kill9(self) -> None:
        """Kills master, workers and websocket process at once, as a power cut does."""
        self._process.kill9()
        self._stop_front()

    def worker_pids(self) -> list[int]:
        """The living HTTP workers (none in threaded mode)."""
        started = WORKER_LINE.findall(self.log.read_text(errors="replace"))
        pids = dict.fromkeys(int(pid) for pid in started)
        return [pid for pid in pids if parent_of(pid) == self.pid]

    def kill9_worker(self, pid: int | None = None) -> int:
        """Kills one HTTP worker (default: the oldest); the master makes a new one."""
        victim = pid or self.worker_pids()[0]
        os.kill(victim, signal.SIGKILL)
        wait_until_gone(victim)
        return victim

    def wait_for_workers(self, count: int | None = None, seconds: float = 60) -> None:
        """Waits until all workers (or ``count``) are there, after one was killed."""
        wanted = self.workers if count is None else count
        deadline = time.monotonic() + seconds
        while len(self.worker_pids()) < wanted:
            if time.monotonic() > deadline or not self.alive():
                raise TimeoutError(f"{wanted} workers expected; see {self.log}")
            time.sleep(0.05)

    def _stop_front(self) -> None:
        if self._front:
            self._front.stop()
            self._front = None

    def __enter__(self) -> OdooServer:
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
