# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R40: the threads that work on notifications, in this process."""

import pytest

from odoo.addons.callgear_integration.services import drainers
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


def test_r15_words_that_are_being_saved_put_off_nothing(database):
    """An agent's words are saved after each step of the work: all of it is done at once."""
    call = incoming()
    with database.env() as env:
        connection = env["callgear.connection"].browse(database.connection_id)
        for delivery in call.deliveries:
            connection._receive(delivery.event, delivery.body)
    savings = []
    with database.env() as env:
        commit = env.cr.commit

        def commit_and_save():
            commit()
            savings.append(database.lock_for(0.2, "session", str(call.session)))

        env.cr.commit = commit_and_save
        assert env["callgear.event"]._work_on_next()
    for saving in savings:
        saving.join()
    assert len(savings) > 2
    assert database.states() == {"done": len(call.deliveries)}


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
