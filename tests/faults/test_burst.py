# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R40 under load: more than the machine can work on makes the backlog longer, no more."""

import re
from contextlib import contextmanager

import pytest

from odoo.addons.callgear_integration.tests.audio_host import MP3, AudioHost
from odoo.addons.callgear_integration.tests.scenarios import missed, queue

from devtools.server import OdooServer

from ..server.live import LiveDatabase
from ..waiting import wait_until
from .traffic import own_caller, pour, traffic, undisturbed

PER_SECOND, SECONDS = 50, 8
full = pytest.mark.full


@pytest.fixture(scope="module")
def media():
    """Where the recordings lie: every address of it gives a sound."""
    host = AudioHost()
    host.next_answer = lambda _path: (200, {}, MP3)
    yield host
    host.close()


@pytest.fixture(scope="module")
def burst(media):
    return traffic(PER_SECOND * SECONDS, media.url("/media"))


@pytest.fixture(scope="module")
def expected(burst):
    with undisturbed(burst) as left:
        assert len(left["calls"]) > 60
        yield left


@contextmanager
def live(name):
    database = LiveDatabase(name)
    try:
        yield database
    finally:
        database.drop()


@full
@pytest.mark.parametrize("workers", [0, 2], ids=["threaded", "two workers"])
def test_r40_burst(burst, expected, media, workers):
    """50 a second for 8 s, while recordings are fetched: all answered, all stored."""
    with live("burst") as database:
        with database.env() as env:
            env["ir.config_parameter"].set_param(
                "callgear_integration.private_recording_hosts", media.name
            )
        server = OdooServer(database.environment, database.name, workers=workers)
        with server:
            answers = pour(database, server, burst, PER_SECOND)
            assert set(answers) == {200}
            database.wait_until_processed(len(burst))
            wait_until(lambda: not waiting_recordings(database), seconds=120)
            # Odoo's own cron thread may end with a traceback when the server is stopped.
            log = server.log.read_text()
        assert database.snapshot() == expected
        assert not re.search(r"Pool Is Full|Traceback", log)


def waiting_recordings(database):
    with database.env() as env:
        return env["callgear.recording"].search_count([("state", "!=", "stored")])


@pytest.mark.parametrize(
    # The kernel keeps eight connections waiting for each worker, and resets others.
    ("workers", "senders"),
    [
        pytest.param(0, 100, id="threaded", marks=full),
        pytest.param(2, 16, id="two workers"),
    ],
)
def test_r40_all_at_once(workers, senders):
    """More requests at a time than the server has connections to the database for."""
    told = [
        delivery
        for number in range(1, 61)
        for delivery in own_caller(missed(20_000 + number), number)
    ]
    with live("at_once") as database:
        server = OdooServer(database.environment, database.name, workers=workers)
        with server:
            answers = pour(database, server, told, 10_000, senders)
            assert set(answers) == {200}
            database.wait_until_processed(len(told))
        with database.env() as env:
            assert (
                env["helpdesk.ticket"].search_count([("call_kind", "=", "missed")])
                == 60
            )


@full
def test_r40_a_call_of_2500_notifications():
    """No call is too long to be worked on; it ends in one ticket, with its recording."""
    told = queue(1248).deliveries
    assert len(told) == 2501
    with live("long") as database:
        with OdooServer(database.environment, database.name) as server:
            answers = pour(database, server, told, per_second=1000)
            assert set(answers) == {200}
            database.wait_until_processed(len(told))
        with database.env() as env:
            call = env["callgear.call"].search([("session_id", "=", "5241900001")])
            assert (call.state, call.outcome) == ("ended", "answered")
            assert call.ticket_ids.mapped("name") == [
                "Incoming call from +447700900123"
            ]
            assert call.ticket_ids.user_id.login == "cg_sara"
            assert len(call.leg_ids) == 1249
            assert call.recording_ids.leg_id == call.leg_ids.filtered("answered_at")
