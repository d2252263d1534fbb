# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R40: an error in one call does not affect the others."""

import itertools
from contextlib import contextmanager

import pytest
import requests

from odoo.addons.callgear_integration.tests.builder import SARA, CallBuilder
from odoo.addons.callgear_integration.tests.scenarios import incoming

from devtools.server import OdooServer

from ..server.live import LiveDatabase
from ..waiting import wait_until
from .traffic import own_caller

# The callers with whose tickets something is wrong, and one with whom nothing is.
BAD, GOOD = range(1, 8), 50
# A database that refuses a ticket, or never comes back, as a faulty addon's may.
TRIGGER = """
    CREATE FUNCTION test_fault() RETURNS trigger AS $$
    BEGIN
        IF NEW.name ~ '97150[0-9]{{5}}0[1-9]' THEN {fault}; END IF;
        RETURN NEW;
    END $$ LANGUAGE plpgsql;
    CREATE TRIGGER test_fault BEFORE INSERT ON helpdesk_ticket
        FOR EACH ROW EXECUTE FUNCTION test_fault()
"""
HANGS = TRIGGER.format(fault="PERFORM pg_sleep(3600)")
FAILS = TRIGGER.format(fault="RAISE EXCEPTION 'refused by a test'")
# What nobody waits for any more: the work of a worker that was killed.
ORPHANS = """
    SELECT pg_cancel_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event = 'PgSleep'
"""
MENDED = "DROP FUNCTION IF EXISTS test_fault() CASCADE"


class Site:
    """A server, what happens at it, and callers whom no other test knows."""

    _hundreds = itertools.count()

    def __init__(self, database, server):
        self.database, self.server = database, server
        self._first = 100 * next(self._hundreds)

    def deliveries(self, number, caller=None, make=incoming):
        """The session of a call, and what is told of it."""
        call = make(self._first + number)
        return str(call.session), own_caller(call, self._first + (caller or number))

    def call(self, number, caller=None, make=incoming):
        """A whole call of a caller is told; return its session."""
        session, deliveries = self.deliveries(number, caller, make)
        self.tell(*deliveries)
        return session

    def tell(self, *deliveries):
        for delivery in deliveries:
            assert self.database.post(self.server.url, delivery) == "accepted"

    def store(self, number):
        """Store a whole call without waking a worker; return its session."""
        session, deliveries = self.deliveries(number)
        with self.database.env() as env:
            connection = env["callgear.connection"].browse(self.database.connection_id)
            for delivery in deliveries:
                connection._receive(delivery.event, delivery.body)
        return session

    def states(self, *sessions):
        rows = self.database.environment.sql(
            self.database.name,
            "SELECT session_id, state FROM callgear_event WHERE session_id IN ("
            + ", ".join(f"'{session}'" for session in sessions)
            + ")",
        )
        return {
            session: {s for key, s in rows if key == session} for session in sessions
        }

    def events(self, session, *fields):
        with self.database.env() as env:
            found = env["callgear.event"].search([("session_id", "=", session)])
            return [tuple(event[name] for name in fields) for event in found]

    def told(self, *sessions):
        """All that a failure of a test should tell of its notifications."""
        names = ("event", "state", "attempts", "next_attempt_at", "error")
        log = self.server.log.read_text()[-3000:]
        return {s: self.events(s, *names) for s in sessions}, log

    def is_done(self, *sessions):
        return all(states == {"done"} for states in self.states(*sessions).values())

    def wait_until_done(self, *sessions, seconds=30):
        wait_until(
            lambda: self.is_done(*sessions),
            seconds,
            what=lambda: self.states(*sessions),
        )

    def sql(self, statement):
        with self.database.env() as env:
            env.cr.execute(statement)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(0, id="threaded"),
        pytest.param(2, id="two workers", marks=pytest.mark.full),
    ],
)
def running(request):
    """A database and a server; the parameter is the number of workers."""
    database = LiveDatabase("faults")
    try:
        with OdooServer(
            database.environment, database.name, workers=request.param
        ) as server:
            yield database, server
    finally:
        database.drop()


@pytest.fixture
def site(running):
    site = Site(*running)
    yield site
    site.sql(MENDED)


def test_r40_hanging_work(site):
    """Calls whose work never returns: as many as may be worked on at a time, and more."""
    site.sql(HANGS)
    bad = [site.call(number) for number in BAD[:3]]
    good = [site.call(GOOD + number) for number in range(5)]
    site.wait_until_done(*good, seconds=10)
    assert not any(site.is_done(session) for session in bad)
    # Each attempt was counted before it began.
    waiting = [e for s in bad for e in site.events(s, "state", "attempts")]
    assert ("pending", 1) in waiting
    site.sql(MENDED)
    site.database.hurry()
    wait_until(lambda: _hurried(site, bad), seconds=60)


def _hurried(site, sessions):
    """Whether all is done, with the next attempts at once instead of after minutes."""
    if site.is_done(*sessions):
        return True
    site.database.hurry()
    return False


def test_r40_failing_work(site):
    site.sql(FAILS)
    bad = [site.call(number) for number in BAD]
    good = [site.call(GOOD + number) for number in range(5)]
    site.wait_until_done(*good, seconds=10)
    for session in bad:
        wait_until(
            lambda s=session: any(e for [e] in site.events(s, "error")),
            what=lambda: site.told(*bad),
        )
        assert "refused by a test" in str(site.events(session, "error"))
    site.sql(MENDED)
    wait_until(lambda: _hurried(site, bad), seconds=60)


@contextmanager
def row_lock(database, table, where):
    """A transaction that somebody has left open, with rows of a table locked."""
    connection = database.connect()
    try:
        with connection.cursor() as cr:
            cr.execute(f"SELECT id FROM {table} WHERE {where} FOR UPDATE")
            assert cr.fetchall()
        yield
    finally:
        connection.close()


def test_r40_locked_ticket(site):
    """A missed call's ticket is locked; the caller calls again, and others call, too."""
    missed = site.call(BAD[0], make=not_picked_up)
    site.wait_until_done(missed)
    with row_lock(site.database, "helpdesk_ticket", "call_kind = 'missed'"):
        bad = [site.call(number, caller=BAD[0]) for number in range(2, 6)]
        good = [site.call(GOOD + number) for number in range(5)]
        site.wait_until_done(*good)
        assert requests.get(f"{site.server.url}/web/login", timeout=30).ok
        assert not site.is_done(*bad)
        # Giving up on somebody else's lock is no failed attempt, however often.
        wait_until(lambda: any(e for s in bad for [e] in site.events(s, "error")))
        attempts = [n for s in bad for [n] in site.events(s, "attempts")]
        assert max(attempts) <= 1
        # The agents' popups do not have to wait for the ticket.
        wait_until(lambda: told_of_the_end(site, bad))
    site.wait_until_done(*bad, seconds=90)


def not_picked_up(number):
    return CallBuilder(number).ring(SARA, 3).leave(SARA, 23, total=20).end(23)


def told_of_the_end(site, sessions):
    """Whether the agents' pages know that these conversations are over."""
    with site.database.env() as env:
        legs = env["callgear.leg"].search([("call_id.session_id", "in", sessions)])
        told = legs.filtered(lambda leg: leg.state == "ended" and leg.revision)
        return len(told) == len(sessions)


def test_r40_locked_call(site):
    """An open transaction locks a call: its notifications wait, others do not."""
    session, (first, *rest) = site.deliveries(BAD[0])
    site.tell(first)
    site.wait_until_done(session)
    with row_lock(site.database, "callgear_call", f"session_id = '{session}'"):
        site.tell(*rest)
        good = site.call(GOOD)
        site.wait_until_done(good)
        assert not site.is_done(session)
    site.wait_until_done(session, seconds=60)


def test_r40_locked_notification(site):
    """An open transaction locks one notification: others do not wait."""
    bad = [site.store(number) for number in BAD[:4]]
    with row_lock(
        site.database, "callgear_event", "event = 'end' AND state = 'pending'"
    ):
        good = [site.call(GOOD + number) for number in range(5)]
        site.wait_until_done(*good)
        assert not any(site.is_done(session) for session in bad)
        assert max(n for s in bad for [n] in site.events(s, "attempts")) <= 1
    wait_until(lambda: _hurried(site, bad), seconds=60)
    assert "notifications have to wait" not in site.server.log.read_text()


@pytest.mark.parametrize("running", [2], indirect=True, ids=["two workers"])
def test_r40_killed_worker(site):
    """A worker is killed in the middle of its work: the others take over."""
    site.sql(HANGS)
    bad = site.call(BAD[0])
    wait_until(lambda: any(n for [n] in site.events(bad, "attempts")))
    for pid in site.server.worker_pids():
        site.server.kill9_worker(pid)
    site.server.wait_for_workers()
    good = site.call(GOOD)
    site.wait_until_done(good)
    assert not site.is_done(bad)
    # PostgreSQL has not noticed that its client is gone, and keeps what it had locked.
    site.sql(ORPHANS)
    site.sql(MENDED)
    wait_until(lambda: _hurried(site, [bad]), seconds=60)
