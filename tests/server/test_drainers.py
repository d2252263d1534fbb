# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R40: the threads that work on notifications, in this process."""

import psycopg2
import pytest

from odoo.sql_db import db_connect

from odoo.addons.callgear_integration.services import drainers
from odoo.addons.callgear_integration.tests.builder import SARA, CallBuilder
from odoo.addons.callgear_integration.tests.scenarios import incoming
from odoo.addons.callgear_integration.tools import rate

from ..waiting import wait_until
from .live import LiveDatabase


@pytest.fixture
def database():
    database = LiveDatabase("drainers")
    try:
        yield database
    finally:
        database.drop()


class Looking(drainers.Drainers):
    """Records which calls were found locked, each time."""

    def __init__(self, dbname):
        super().__init__(dbname)
        self.found_locked = []

    def _put_off(self, env, busy):
        self.found_locked.append(set(busy))
        super()._put_off(env, busy)


def test_r40_what_another_has_done_is_not_looked_for_any_more(database, monkeypatch):
    """A call that another transaction has locked is, until that one is done with it."""
    monkeypatch.setattr(drainers, "BUSY", 3600)
    call = incoming()
    session = (database.connection_id, str(call.session))
    mine = Looking(database.name)
    with database.env() as env:
        connection = env["callgear.connection"].browse(database.connection_id)
        connection._receive(call.deliveries[0].event, call.deliveries[0].body)
        env.cr.commit()
        connection._lock("session", session[1])
        mine.wake()
        wait_until(lambda: {session} in mine.found_locked)
        env["callgear.event"].search([]).state = "done"
    wait_until(lambda: mine.resting)
    assert mine.found_locked[-1] == set()


class Interrupted:
    """Work in this process, after each step of which something is locked for a moment.

    So do agents' pages while they type: their words are saved.
    """

    SECONDS = 0.1

    def __init__(self, database, lock):
        self.database, self.lock = database, lock

    def work(self):
        """Work on one call; return how many times it was interrupted."""
        locked = []
        with self.database.env() as env:
            commit = env.cr.commit

            def commit_and_lock():
                commit()
                locked.append(self.database.hold(self.SECONDS, self.lock))

            env.cr.commit = commit_and_lock
            assert env["callgear.event"]._work_on_next()
        for timer in locked:
            timer.join()
        return len(locked)


def test_r15_words_that_are_being_saved_put_off_nothing(database):
    call = incoming()
    work = Interrupted(database, database.session_lock(str(call.session)))
    database.store(call.deliveries)
    assert work.work() > 2
    assert database.states() == {"done": len(call.deliveries)}


def test_r40_what_does_not_fail_is_done_while_words_are_being_saved(database):
    """A faulty addon refuses tickets: the rest of the call is known at once all the same."""
    call = incoming()
    with database.env() as env:
        env.cr.execute(
            "ALTER TABLE helpdesk_ticket ADD CONSTRAINT refused CHECK (id < 0) NOT VALID"
        )
    work = Interrupted(database, database.session_lock(str(call.session)))
    database.store(call.deliveries)
    work.work()
    with database.env() as env:
        [found] = env["callgear.call"].search([("session_id", "=", str(call.session))])
        assert (found.outcome, len(found.ticket_ids)) == ("answered", 0)
    assert database.states() == {"pending": len(call.deliveries)}


def test_r06_the_next_call_is_answered_while_words_are_being_saved(database):
    """The words of the call before, whose end was lost: its popup goes all the same."""
    first, second = begun(1), begun(2, start=300)

    def write_to_first(env):
        legs = env["callgear.leg"].search(
            [("call_id.session_id", "=", str(first.session))]
        )
        legs.try_lock_for_update()

    work = Interrupted(database, write_to_first)
    for call in (first, second):
        database.store(call.deliveries)
        work.work()
    with database.env() as env:
        legs = env["callgear.leg"].search([("is_operator", "=", True)], order="id")
        assert [bool(leg.overtaken_at) for leg in legs] == [True, False]
        assert legs[0].user_id == legs[1].user_id


def test_r06_pages_are_told_with_a_connection_that_is_there(database, monkeypatch):
    """It is made after news, not when the next phone rings."""
    made, connect = [], psycopg2.connect

    def note(*args, **options):
        made.append(options.get("database"))
        return connect(*args, **options)

    monkeypatch.setattr(psycopg2, "connect", note)
    mine = drainers.Drainers(database.name)
    for number in (1, 2):
        told = begun(number, start=300 * number).deliveries
        database.store(told)
        mine.wake()
        done = {"done": number * len(told)}
        wait_until(lambda done=done: database.states() == done and mine.resting)
        assert "postgres" in made
        made.clear()
        with db_connect("postgres").cursor():
            assert not made


def test_r06_pages_are_told_without_it(database, monkeypatch):
    """The server has no connection left for it: the work goes on."""

    def refuse(_name):
        raise psycopg2.OperationalError("too many clients")

    monkeypatch.setattr(drainers, "db_connect", refuse)
    call = begun(1)
    database.store(call.deliveries)
    mine = drainers.Drainers(database.name)
    mine.wake()
    wait_until(lambda: mine.resting)
    assert database.states() == {"done": len(call.deliveries)}


def begun(number, start=0):
    return CallBuilder(number, start=start).ring(SARA, start).answer(SARA, start + 2)


@pytest.mark.timeout(60)
def test_r40_a_locked_connection_holds_up_no_thread(database, monkeypatch):
    """Refusals are written later, while an admin's transaction is open."""
    refused = rate.RateLimit()
    monkeypatch.setattr(rate, "notifications", refused)
    for _time in range(3):
        refused.allows((database.name, database.connection_id), 1)
    call = incoming()
    admin = database.connect()
    try:
        with admin.cursor() as cr:
            cr.execute("SELECT id FROM callgear_connection FOR NO KEY UPDATE")
        with database.env() as env:
            connection = env["callgear.connection"].browse(database.connection_id)
            connection._receive(call.deliveries[0].event, call.deliveries[0].body)
        mine = drainers.Drainers(database.name)
        mine.wake()
        wait_until(lambda: database.states() == {"done": 1})
    finally:
        admin.close()
    assert refused.seconds_until_refusals(database.name) > 0
