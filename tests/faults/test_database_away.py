# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R40, R50: the database is away while calls go on, and CallGear repeats nothing."""

from contextlib import contextmanager
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import requests

from devtools.server import OdooServer
from devtools.sql import quoted
from simulator.order import Order
from simulator.people import CONTACTS
from simulator.server import Server
from simulator.settings import Settings

from ..server.live import LiveDatabase
from ..server.test_dialling_live import connect
from ..waiting import wait_until

# What becomes of calls: state, outcome, tickets, conversations and missed calls.
SCENARIOS = {
    "answered": ("ended", "answered", 1, 1),
    "missed": ("ended", "missed", 1, 1),
    "blind-transfer": ("ended", "answered", 2, 2),
    "softphone": ("ended", "answered", 1, 1),
    "missed-voicemail": ("ended", "ignored", 0, 0),
}


class Site:
    """A server, and a PBX that posts to it."""

    def __init__(self, database, odoo, pbx):
        self.database, self.odoo, self.board = database, odoo, pbx.switchboard
        # No call begins before the one before it has ended, nor in the future.
        self._ago = (timedelta(minutes=left) for left in range(25, 0, -3))

    def play(self, scenario, contact):
        """A call from its beginning to its end, told as fast as possible."""
        start = datetime.now(ZoneInfo("Asia/Dubai")) - next(self._ago)
        order = Order(scenario, contact, speed=0, start_time=start)
        placed = self.board.place(order)
        assert placed.player.join(60)
        return placed

    def answers(self, placed):
        """What the server has answered to its notifications."""
        _revision, entries = self.board.log.since(session_id=placed.session_id)
        return {entry["status"] for entry in entries if not entry["api"]}

    def outcome(self, placed):
        with self.database.env() as env:
            call = env["callgear.call"].search(
                [("session_id", "=", str(placed.session_id))]
            )
            entries = call.leg_ids.filtered("entry")
            return call.state, call.outcome, len(call.ticket_ids), len(entries)

    @contextmanager
    def database_away(self):
        """No connection is left, and none is accepted."""
        name = self.database.name
        self._maintain(f"ALTER DATABASE {quoted(name)} ALLOW_CONNECTIONS false")
        try:
            self._maintain(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                f"WHERE datname = '{name}'"
            )
            yield
        finally:
            self._maintain(f"ALTER DATABASE {quoted(name)} ALLOW_CONNECTIONS true")

    def _maintain(self, statement):
        environment = self.database.environment
        environment.sql(environment.connection.maintenance, statement)

    def told(self):
        """All that a failure of the test should tell of the comparisons."""
        with self.database.env() as env:
            found = env["callgear.comparison"].search([])
            return found.read(), self.odoo.log.read_text()[-5000:]

    def compare_now(self):
        """Begin at once with what is to be compared within some minutes."""
        self.database.change(_due_now)


def _due_now(env):
    waiting = env["callgear.comparison"].search(
        [("state", "=", "waiting"), ("attempts", "=", 0)]
    )
    waiting.next_attempt_at = "2020-01-01"
    env.ref("callgear_integration.ir_cron_compare_calls")._trigger()


@pytest.fixture(params=[0, 2], ids=["threaded", "two workers"])
def site(request):
    database = LiveDatabase("away")
    try:
        with Server(Settings(recording_delay=0)) as pbx:
            with OdooServer(
                database.environment, database.name, workers=request.param
            ) as odoo:
                connect(database, odoo, pbx)
                yield Site(database, odoo, pbx)
    finally:
        database.drop()


def test_r50_all_calls_are_there_when_the_database_is_back(site):
    """S4: the door says "not now", never that there is no such address."""
    before = site.play("answered", CONTACTS[3])
    assert site.answers(before) == {200}
    wait_until(lambda: site.outcome(before) == SCENARIOS["answered"])
    with site.database_away():
        url = f"{site.odoo.url}/callgear/{site.database.token}/end"
        answer = requests.post(url, b"{}", timeout=60)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert answer.json() == {"status": "not now"}
        lost = [site.play(name, CONTACTS[0]) for name in SCENARIOS]
    for placed in lost:
        assert site.answers(placed) == {503}
    # The first notification that is taken in again tells that there was something.
    after = site.play("answered", CONTACTS[3])
    assert site.answers(after) == {200}
    wanted = dict(zip(lost, SCENARIOS.values(), strict=True))
    wanted[before] = wanted[after] = SCENARIOS["answered"]

    def outcomes():
        site.compare_now()
        return {placed: site.outcome(placed) for placed in wanted}

    wait_until(
        lambda: outcomes() == wanted, seconds=60, what=lambda: (outcomes(), site.told())
    )
