# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R40: the threads that work on notifications, in this process."""

import json
import time
from threading import Thread

import psycopg2
import pytest

from odoo.sql_db import db_connect

from odoo.addons.callgear_integration import news
from odoo.addons.callgear_integration.models.callgear_event import TOGETHER
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


def test_r06_pages_are_told_by_one_connection(database, monkeypatch):
    """None is made for each of the news, as Odoo does."""
    made = []

    def note(name):
        made.append(name)
        return db_connect(name)

    monkeypatch.setattr(news, "db_connect", note)
    tell(database, drainers.Drainers(database.name), 3)
    assert made == ["postgres"]


def test_r06_whoever_serves_pages_is_told(database):
    """News reach a process that listens as Odoo's own do."""
    mine = drainers.Drainers(database.name)
    with db_connect("postgres").cursor() as cr:
        cr.execute("LISTEN imbus")
        cr.commit()
        tell(database, mine, 1)
        wait_until(lambda: cr.connection.poll() or cr.connection.notifies)
        told = [json.loads(one.payload) for one in cr.connection.notifies]
    with database.env() as env:
        operators = env["callgear.operator"].search(
            [("employee_id", "=", str(SARA.id))]
        )
        partners = operators.user_id.partner_id.ids
    channels = [channel for channels in told for channel in channels]
    assert [database.name, "res.partner"] in [one[:2] for one in channels]
    assert {one[2] for one in channels if one[1] == "res.partner"} <= set(partners)


def test_r06_a_lost_connection_is_made_again(database):
    """PostgreSQL has been started again since the last news."""
    mine = drainers.Drainers(database.name)
    tell(database, mine, 1)
    first = mine.news._cr.connection.info.backend_pid
    with database.env() as env:
        env.cr.execute("SELECT pg_terminate_backend(%s)", [first])
    tell(database, mine, 1, start=2)
    assert mine.news._cr.connection.info.backend_pid != first


def test_r06_the_connection_is_given_back(database, monkeypatch):
    """A server that takes no calls keeps none open."""
    monkeypatch.setattr(drainers, "REST", 0.1)
    mine = drainers.Drainers(database.name)
    tell(database, mine, 1)
    wait_until(lambda: not mine.threads and mine.news._cr is None)


def test_r06_pages_are_told_without_it(database, monkeypatch):
    """The server has no connection left for it: the work goes on."""

    def refuse(_name):
        raise psycopg2.OperationalError("too many clients")

    monkeypatch.setattr(news, "db_connect", refuse)
    tell(database, drainers.Drainers(database.name), 1)


def triggers(database):
    """How many times the cron that downloads recordings was started."""
    with database.env() as env:
        cron = env.ref("callgear_integration.ir_cron_fetch_recordings")
        return env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])


def tell(database, mine, calls, start=1):
    """Agents' phones ring, one after the other; waits until all is done."""
    for number in range(start, start + calls):
        told = begun(number, start=300 * number).deliveries
        database.store(told)
        mine.wake()
        done = {"done": number * len(told)}
        wait_until(lambda done=done: database.states() == done and mine.resting)


def test_r40_the_end_of_a_call_is_worked_on_at_once_with_its_legs(database):
    """CallGear posts it a moment after them: nobody waits for either."""
    call, mine = incoming(), Looking(database.name)
    *first, endleg, end, _recording = call.deliveries
    assert (endleg.event, end.event) == ("endleg", "end")
    database.store(first)
    mine.wake()
    wait_until(lambda: database.states() == {"done": len(first)})
    looks = len(mine.found_locked)
    database.store([endleg])
    mine.wake(TOGETHER)
    time.sleep(TOGETHER / 2)
    database.store([end])
    mine.wake(TOGETHER)
    wait_until(lambda: database.states() == {"done": len(first) + 2})
    wait_until(lambda: mine.resting)
    assert len(mine.found_locked) == looks + 1


def test_r06_a_phone_that_rings_takes_along_what_waits(database):
    """An agent waits for it, and what is known of its call is told together."""
    call, mine = incoming(), Looking(database.name)
    *first, endleg, _end, _recording = call.deliveries
    database.store([endleg, *first])
    mine.wake()
    wait_until(lambda: database.states() == {"done": len(first) + 1} and mine.resting)
    with database.env() as env:
        attempts = env["callgear.event"].search([]).mapped("attempts")
    assert (len(mine.found_locked), attempts) == (1, [1] * (len(first) + 1))


def test_r09_downloads_are_started_together(database, monkeypatch):
    """Each start costs more than a recording: the first at once, others a little later."""
    monkeypatch.setattr(drainers, "FETCHING", 1.0)
    mine = drainers.Drainers(database.name)
    started = []
    for number in (1, 2, 3):
        database.store(incoming(number, start=400 * number).deliveries)
        mine.wake()
        wait_until(lambda n=number: database.states() == {"done": 5 * n})
        started.append(triggers(database))
    assert started == [1, 1, 1]
    wait_until(lambda: triggers(database) == 2)
    wait_until(lambda: mine.resting)
    assert not mine.must_fetch


def test_r40_a_database_that_is_away_is_not_asked_without_a_pause(
    database, monkeypatch
):
    """Also if the download of recordings is overdue."""

    def away(_name):
        raise psycopg2.OperationalError("the database is away")

    monkeypatch.setattr(drainers, "Registry", away)
    mine = drainers.Drainers(database.name)
    mine.must_fetch = True
    assert mine._drain(Thread()) == 2
    assert mine._wanted_at() > time.monotonic() + 1


def test_r40_how_many_work_is_asked_for_each_call(database):
    mine = drainers.Drainers(database.name)
    for call, wanted in ((1, 1), (2, 2)):
        with database.env() as env:
            env["ir.config_parameter"].set_param(drainers.PARAMETER, wanted)
        tell(database, mine, 1, start=call)
        assert mine.limit == wanted


def test_r40_another_thread_takes_over_what_stuck_ones_have_left(database):
    """They have taken up the wish to look, and do not come to it."""
    mine, stuck = drainers.Drainers(database.name), Thread()
    mine.limit, mine.threads[stuck] = 1, time.monotonic() - 2 * drainers.STUCK
    database.store(begun(1).deliveries)
    mine._look_again()
    try:
        wait_until(lambda: database.states() == {"done": 2})
    finally:
        mine.threads.pop(stuck)


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
