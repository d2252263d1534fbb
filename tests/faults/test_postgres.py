# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R40: PostgreSQL breaks under load; what was accepted is there, all else is "not now"."""

import shutil
import time
from contextlib import ExitStack, contextmanager

import psycopg2
import pytest

from odoo.sql_db import close_db

from devtools.console import Problem
from devtools.server import OdooServer

from ..waiting import wait_until
from . import small_disk
from .own_postgres import OwnPostgres, folder_of_own
from .traffic import insisting, settle, under_way

full = pytest.mark.full
# Uses up what PostgreSQL has kept for its log, and nothing else.
FILLER = (
    "SELECT count(pg_logical_emit_message(false, 'filler', repeat(md5(n::text), 30000)))"
    " FROM generate_series(1, 1000) AS n"
)
MODES = [
    pytest.param(0, id="threaded"),
    pytest.param(2, id="two workers", marks=full),
]


@pytest.fixture(scope="module")
def postgres():
    folder = folder_of_own()
    try:
        with ExitStack() as stack:
            try:
                stack.enter_context(small_disk.mounted(folder, "1g"))
            except pytest.skip.Exception:
                pass  # only the test of a full disk needs one of its own
            yield stack.enter_context(OwnPostgres(folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def broken(postgres, told, expected, workers=0, per_second=40):
    """Traffic, in the midst of which something is broken; it ends as if nothing was."""
    with postgres.database() as database:
        with OdooServer(postgres.environment, database.name, workers=workers) as server:
            with insisting(
                database, server, deliveries=told, per_second=per_second
            ) as answers:
                under_way(answers)
                try:
                    yield database, answers
                finally:
                    postgres.start()
                    # The connections of this process are broken as well.
                    close_db(database.name)
            settle(database, len(told))
        assert set(answers) <= {200, 503}
        assert database.snapshot() == expected


@pytest.mark.parametrize("workers", MODES)
@pytest.mark.parametrize("mode", ["immediate", pytest.param("fast", marks=full)])
def test_r40_postgresql_is_restarted(postgres, told, expected, mode, workers):
    """``immediate``: what was not on the disk is gone, as after a power cut."""
    with broken(postgres, told, expected, workers) as (_database, answers):
        postgres.stop(mode)
        wait_until(lambda: 503 in answers)


@full
@pytest.mark.parametrize("workers", MODES)
def test_r40_no_connection_is_left(postgres, told, expected, workers):
    """Somebody else has taken all of them, and Odoo's own have been lost."""
    with broken(postgres, told, expected, workers) as (database, answers):
        with all_connections(database):
            wait_until(lambda: 503 in answers)
            time.sleep(2)


@contextmanager
def all_connections(database):
    held = []
    try:
        for _round in range(3):
            try:
                while True:
                    held.append(database.connect())
            except psycopg2.OperationalError:
                pass
            with held[0].cursor() as cr:
                cr.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE application_name LIKE 'odoo-%%' AND pid != pg_backend_pid()"
                )
        yield
    finally:
        for connection in held:
            connection.close()


@full
@pytest.mark.parametrize("workers", MODES)
def test_r40_the_disk_of_the_database_is_full(postgres, told, expected, workers):
    disk = postgres.cluster.folder
    if not disk.is_mount():
        pytest.skip("allowed: only root may mount a small disk")
    with broken(postgres, told, expected, workers, 10) as (database, answers):
        with small_disk.full(disk):
            with pytest.raises(Problem):
                database.environment.sql(database.name, FILLER)
            wait_until(lambda: 503 in answers, seconds=60)
            time.sleep(2)
        # If PostgreSQL has ended for want of room, it is the admin who starts it again.
