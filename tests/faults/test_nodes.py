# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R40: processes and nodes die, clocks jump, the cron stands still, under load."""

import dataclasses
import time
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from odoo.addons.callgear_integration.tests.builder import SARA, CallBuilder

from devtools.console import Problem
from devtools.debian_package import program
from devtools.environment import Environment
from devtools.server import OdooServer

from ..server.live import LiveDatabase
from ..server.test_dialling_live import Agent
from ..waiting import wait_until
from .traffic import insisting, settle, under_way

full = pytest.mark.full
SWEEP = "callgear_integration.ir_cron_sweep_calls"


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
            "PYTHONPATH": str(Path(self.clock).parent),
        }


# libfaketime takes the end of a pause, which Python tells by the monotonic clock, for one
# by the wall clock: Odoo's main loop would end with "invalid argument". Read by Python at
# its start, from PYTHONPATH.
SLEEP = """
import select, time

def sleep(seconds):
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    select.select([], [], [], seconds)

time.sleep = sleep
"""


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
        (file.parent / "sitecustomize.py").write_text(SLEEP)
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


@full
@pytest.mark.parametrize("workers", [0, 2], ids=["threaded", "two workers"])
@pytest.mark.parametrize("offset", ["+1h", "-1d", "+1d"])
def test_r40_the_clock_of_a_node_is_wrong_from_its_start(
    database, told, expected, tmp_path, offset, workers
):
    """Every other notification comes to it, and it has a cron as the right one has."""
    clock = Clock(database.environment, tmp_path / "clock")
    clock.jump(offset)
    with (
        OdooServer(clock.environment, database.name, workers=workers) as wrong,
        OdooServer(database.environment, database.name) as right,
    ):
        with insisting(database, wrong, right, deliveries=told) as answers:
            pass
        assert set(answers) == {200}
        settle(database, len(told))
        assert wrong.alive()
    assert database.snapshot() == expected


@full
@pytest.mark.parametrize("offset", ["-1d", "+1d"])
def test_r06_a_node_with_a_wrong_clock_hides_no_call(database, tmp_path, offset):
    """What rings is shown by both nodes, whichever was told, and nobody gives it up."""
    clock = Clock(database.environment, tmp_path / "clock")
    clock.jump(offset)
    with (
        OdooServer(clock.environment, database.name) as wrong,
        OdooServer(database.environment, database.name, cron_threads=0) as right,
    ):
        pages = [Agent(database, node) for node in (wrong, right)]
        for number, node in enumerate((wrong, right), 1):
            call = CallBuilder(number, caller=f"9715044400{number:02}")
            call.began = datetime.now(ZoneInfo("Asia/Dubai")).replace(tzinfo=None)
            for told in call.ring(SARA, 0).deliveries:
                database.post(node.url, told)
            database.wait_until_processed(number)
            assert [shown(page) for page in pages] == [number, number]
        asked_at = swept_at(database)
        database.change(lambda env: env.ref(SWEEP)._trigger())
        wait_until(lambda: swept_at(database) != asked_at, seconds=90)
        assert [shown(page) for page in pages] == [2, 2]
        with database.env() as env:
            calls = env["callgear.call"].search([])
            assert calls.mapped("state") == ["ringing"] * 2


def shown(page):
    """How many calls an agent's page shows."""
    path = "/web/dataset/call_kw/res.users/callgear_current_calls"
    asked = {"model": "res.users", "method": "callgear_current_calls"}
    return len(page._post(path, **asked, args=[], kwargs={})["result"])


def swept_at(database):
    with database.env() as env:
        return env.ref(SWEEP).lastcall


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
