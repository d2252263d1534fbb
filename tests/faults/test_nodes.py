# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R40: processes and nodes die, clocks jump, the cron stands still, under load."""

import dataclasses
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from devtools.console import Problem
from devtools.debian_package import program
from devtools.environment import Environment
from devtools.server import OdooServer

from ..server.live import LiveDatabase
from .traffic import insisting, settle, under_way

full = pytest.mark.full


@pytest.fixture
def database():
    database = LiveDatabase("nodes")
    try:
        yield database
    finally:
        database.drop()


@full
def test_r40_kill_9_of_workers(database, told, expected):
    """One after the other, eight times."""
    with OdooServer(database.environment, database.name, workers=2) as server:
        with insisting(database, server, deliveries=told, per_second=15, senders=8):
            for _kill in range(8):
                time.sleep(0.7)
                server.kill9_worker()
                server.wait_for_workers()
        settle(database, len(told))
    assert database.snapshot() == expected


@full
def test_r40_one_of_two_nodes_dies(database, told, expected):
    """Whoever asked it asks the other one; what it was working on is taken over."""
    with (
        OdooServer(database.environment, database.name) as first,
        OdooServer(database.environment, database.name) as second,
    ):
        with insisting(database, first, second, deliveries=told) as answers:
            under_way(answers)
            first.kill9()
        assert 0 in answers
        settle(database, len(told))
    assert database.snapshot() == expected


@dataclasses.dataclass(frozen=True)
class Skewed(Environment):
    """Processes of this environment read their clock from a file, by libfaketime."""

    clock: str = ""
    library: str = ""

    def variables(self, config=None):
        return {
            **super().variables(config),
            "LD_PRELOAD": self.library,
            "FAKETIME_TIMESTAMP_FILE": self.clock,
            "FAKETIME_NO_CACHE": "1",
            # What lasts so many seconds goes on lasting as long.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }


class Clock:
    """The wall clock of a node."""

    def __init__(self, environment, file):
        self._file = file
        try:
            library = program(
                "libfaketime", "usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
            )
        except Problem as problem:
            pytest.skip(f"allowed: no libfaketime for this machine: {problem.message}")
        if not Path(library).exists():
            pytest.skip("allowed: no libfaketime for this machine's processor")
        self.jump("+0")
        values = {
            field.name: getattr(environment, field.name)
            for field in dataclasses.fields(environment)
        }
        self.environment = Skewed(**values, clock=str(file), library=str(library))

    def jump(self, offset):
        self._file.write_text(f"{offset}\n")


@full
@pytest.mark.parametrize("workers", [0, 2], ids=["threaded", "two workers"])
def test_r40_the_clock_of_a_node_jumps(database, told, expected, tmp_path, workers):
    """A quarter of an hour, a day and a month, to and fro; the other node's is right."""
    clock = Clock(database.environment, tmp_path / "clock")
    with (
        OdooServer(clock.environment, database.name, workers=workers) as skewed,
        OdooServer(database.environment, database.name) as right,
    ):
        with insisting(
            database, skewed, right, deliveries=told, per_second=20
        ) as answers:
            for offset in ("+15m", "-15m", "+1d", "-1d", "+30d", "+0"):
                clock.jump(offset)
                time.sleep(1.2)
        # Odoo takes the jump for a thread that has worked for a day, and begins anew.
        assert set(answers) <= {200, 0}
        settle(database, len(told))
    assert database.snapshot() == expected


@contextmanager
def cron_stood_still(database, hours):
    """As the database looks after that: what is due has been due for so long."""
    back = f"interval '{hours} hours'"
    for statement in (
        f"UPDATE callgear_event SET next_attempt_at = next_attempt_at - {back}, "
        f"create_date = create_date - {back}, received_at = received_at - {back}",
        f"UPDATE ir_cron SET nextcall = nextcall - {back}, lastcall = lastcall - {back}",
        f"UPDATE ir_cron_trigger SET call_at = call_at - {back}",
    ):
        database.environment.sql(database.name, statement)
    yield


@full
def test_r40_the_cron_stands_still_for_an_hour(database, told, expected):
    """And the server dies: what it left behind is taken up when the cron is back.

    Nothing is hurried but the clock: the times in the database are put back by an hour.
    """
    with OdooServer(database.environment, database.name, cron_threads=0) as server:
        with insisting(database, server, deliveries=told[:40]):
            pass
        # The threads that work on notifications need no cron.
        database.wait_until_processed(40)
        with database.holding(lambda env: _lock_events(env)):
            with insisting(database, server, deliveries=told[40:]):
                pass
            server.kill9()
    assert database.states()["pending"] > 0
    with cron_stood_still(database, hours=1):
        with OdooServer(database.environment, database.name):
            database.wait_until_processed(len(told))
    assert database.snapshot() == expected


def _lock_events(env):
    """Nobody can make or change a call meanwhile."""
    env.cr.execute("LOCK TABLE callgear_call IN SHARE MODE")
