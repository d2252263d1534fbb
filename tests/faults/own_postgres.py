# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A PostgreSQL of the tests' own: durable as in production, and theirs to break."""

import dataclasses
import os
import shutil
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path

from odoo.sql_db import close_db
from odoo.tools import config

from devtools import installed_database, shell
from devtools.database import Database
from devtools.environment import VARIABLE, Environment
from devtools.pg_programs import program_folder
from devtools.postgres import Cluster

from ..server.live import LiveDatabase

TEMPLATE = "callgear_faults"
SMALL = "max_wal_size = 64MB\nmin_wal_size = 32MB\n"
OPTIONS = ("db_host", "db_port", "db_user", "db_password")


class OwnPostgres:
    """Runs as a context manager, with a copy of the installed database to begin from."""

    def __init__(self, folder):
        shared = Environment.load(Path(os.environ[VARIABLE]))
        self.cluster = Cluster(folder, shared.venv, durable=True)
        self.environment = dataclasses.replace(
            shared, connection=self.cluster.connection
        )
        self._shared = shared

    def __enter__(self):
        with ExitStack() as stack:
            stack.callback(shutil.rmtree, self.environment.data, ignore_errors=True)
            stack.callback(shutil.rmtree, self.cluster.data, ignore_errors=True)
            stack.enter_context(self.cluster.running())
            with (self.cluster.data / "postgresql.auto.conf").open("a") as settings:
                settings.write(SMALL)
            self.restart("fast")
            self._copy_installed()
            self._stack = stack.pop_all()
        return self

    def _copy_installed(self):
        """The database from which all others are made, from the shared PostgreSQL."""
        run = installed_database.of_run(self._shared, "dumped")
        installed_database.copy(self._shared, run, bundles=False)
        programs = program_folder(self._shared.venv)
        dump = self.cluster.folder / "dump"
        try:
            shell.run(
                [programs / "pg_dump", "-Fc", "-Z0", "-f", dump, run.name],
                what="pg_dump failed",
                env=self._shared.variables(),
            )
        finally:
            run.drop()
        template = Database(self.environment, TEMPLATE)
        template.create()
        shell.run(
            [programs / "pg_restore", "-d", TEMPLATE, dump],
            what="pg_restore failed",
            env=self.environment.variables(),
        )
        dump.unlink()

    def __exit__(self, *_error):
        self._stack.close()

    def restart(self, mode):
        """``fast`` ends all transactions; ``immediate`` is what a power cut leaves."""
        self.stop(mode)
        self.start()

    def stop(self, mode):
        self.cluster._pg_ctl("-m", mode, "-w", "stop", what="PostgreSQL did not stop")

    def start(self):
        self.cluster._start()

    @contextmanager
    def database(self, name="broken"):
        """A database to deliver to, in this PostgreSQL."""
        before = {option: config[option] for option in OPTIONS}
        here = self.environment.connection.odoo_options()
        for option in OPTIONS:
            config[option] = here.get(option, "")
        database = Here(self.environment, name)
        try:
            yield database
        finally:
            database.drop()
            for option, value in before.items():
                config[option] = value
            close_db(database.name)


class Here(LiveDatabase):
    """The same in another PostgreSQL."""

    def __init__(self, environment, name):
        self._there = environment
        super().__init__(name)

    def _make(self, name):
        self.environment = self._there
        self.database = Database(self.environment, f"callgear_{name}_{os.getpid()}")
        self.database.copy_from(Database(self.environment, TEMPLATE))


def folder_of_own():
    """Where ``nobody`` may walk, so that PostgreSQL can be there as root, too."""
    folder = Path(tempfile.mkdtemp(prefix="callgear-faults-"))
    folder.chmod(0o711)
    return folder
