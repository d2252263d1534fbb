# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""A PostgreSQL cluster of our own: made, started when needed, stopped by the last."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .console import Problem, say, step
from .locking import UsageCount, exclusive
from .paths import cache_dir, short_hash
from .pg_connection import Connection, given_by_user
from .pg_programs import (
    NOBODY,
    is_root,
    open_folder,
    program_folder,
    reachable_by_others,
    run_as_owner,
)
from .venv import Venv

SOCKET_PATH_LIMIT = 90  # bytes; the kernel allows 107 with the socket's own name
USER = "odoo"
# Test data may vanish with a power cut; not waiting for the disk saves a third.
NOT_DURABLE = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"


class Cluster:
    """PostgreSQL below ``folder``: ``durable`` as in production, or fast for tests."""

    def __init__(self, folder: Path, venv: Venv, *, durable: bool):
        self.folder = folder.absolute()
        self.durable = durable
        self.programs = program_folder(venv)
        home = self.folder
        if is_root() and not reachable_by_others(self.folder):
            home = open_folder(str(self.folder))
        self.data = home / "postgres"
        self.socket = home / "socket"
        if len(str(self.socket)) > SOCKET_PATH_LIMIT:
            name = f"callgear-{os.geteuid()}-{short_hash(str(self.folder))}"
            self.socket = Path(tempfile.gettempdir()) / name

    @property
    def connection(self) -> Connection:
        return Connection(host=str(self.socket), user=USER, own=True)

    @property
    def log(self) -> Path:
        return self.data / "server.log"

    @contextmanager
    def running(self) -> Iterator[Connection]:
        """The cluster runs inside of the block; the last of several users stops it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        gate = self.folder / "postgres.lock"
        users = UsageCount(self.folder / "postgres.users")
        with exclusive(gate):
            users.enter()
            self._start()
        try:
            yield self.connection
        finally:
            with exclusive(gate):
                if users.leave_is_last():
                    self._stop()
            users.close()

    def remove(self) -> None:
        """Stops the cluster and deletes its data."""
        if self.data.exists():
            if self._is_running():
                self._stop()
            shutil.rmtree(self.data)

    def _is_running(self) -> bool:
        try:
            self._pg_ctl("status", what="not running")
        except Problem:
            return False
        return True

    def _start(self) -> None:
        if (self.data / "complete").exists():
            self._check_version()
        if not (self.data / "complete").exists():
            with step("Making a PostgreSQL cluster"):
                self._init()
        self._private_folder(self.socket)
        if not self._is_running():
            self._pg_ctl("-w", "-t", "120", "-l", self.log, "start",
                         what="PostgreSQL did not start")  # fmt: skip

    def _stop(self) -> None:
        try:
            self._pg_ctl("-m", "fast", "-w", "-t", "60", "stop", what="not stopped")
        except Problem as problem:
            say(f"PostgreSQL in {self.data}: {problem.message} {problem.output}")

    def _pg_ctl(self, *words: str | Path, what: str) -> None:
        advice = f"read {self.log}; to begin anew remove {self.data}."
        run_as_owner([self.programs / "pg_ctl", "-D", self.data, *words], what, advice)

    def _check_version(self) -> None:
        """A cluster can only be used by the major version that made it."""
        made_by = (self.data / "complete").read_text()
        if made_by == self._major():
            return
        if self.durable:
            raise Problem(
                f"The database in {self.folder} was made by PostgreSQL {made_by}.",
                "set PG_BINDIR to that version's programs, or start with --fresh "
                "(which deletes the data).",
            )
        shutil.rmtree(self.data)

    def _major(self) -> str:
        control = self.programs.parent / "share"
        catalogs = [*control.rglob("postgres.bki")]
        return catalogs[0].open().readline().split()[-1] if catalogs else "unknown"

    def _init(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        self._private_folder(self.data)
        run_as_owner(
            [self.programs / "initdb", "-D", self.data, "-U", USER, "-A", "trust",
             "-E", "UTF8", "--locale=C.UTF-8", "-N"],
            what="initdb failed",
        )  # fmt: skip
        settings = (
            "listen_addresses = ''\n"
            f"unix_socket_directories = '{self.socket}'\n"
            "unix_socket_permissions = 0700\n"
            "max_connections = 200\n"
        )
        with (self.data / "postgresql.auto.conf").open("a") as stream:
            stream.write(settings + ("" if self.durable else NOT_DURABLE))
        (self.data / "complete").write_text(self._major())

    @staticmethod
    def _private_folder(folder: Path) -> None:
        """Only the cluster's account may look in: connections need no password."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if is_root():
            os.chown(folder, NOBODY, NOBODY)


@contextmanager
def server(folder: Path, venv: Venv, *, durable: bool) -> Iterator[Connection]:
    """The server that the user named, else an own cluster below ``folder``."""
    given = given_by_user()
    if given:
        yield given
        return
    with Cluster(folder, venv, durable=durable).running() as connection:
        yield connection


def test_folder() -> Path:
    """The cluster that all test runs of a user share: it holds the cached databases."""
    return cache_dir() / "test-cluster"
