# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R40: it does not matter whose clock is wrong: the time is the database's."""

from datetime import datetime, timedelta

import pytest

from odoo.addons.callgear_integration import clock

MOMENT = datetime(2030, 1, 2, 3, 4, 5, 600_000)


class Cursor:
    """Of a database in which it is some time."""

    def __init__(self, dbname="one", moment=MOMENT):
        self.dbname, self.moment, self.asked = dbname, moment, 0

    def execute(self, _query):
        self.asked += 1

    def fetchone(self):
        return (self.moment,)


class Uptime:
    """Of this machine."""

    def __init__(self):
        self.seconds = 1000.0

    def monotonic(self):
        return self.seconds


@pytest.fixture
def uptime(monkeypatch):
    monkeypatch.setattr(clock, "time", uptime := Uptime())
    return uptime


def test_r40_the_time_is_that_of_the_database(uptime):
    found, cr = clock.DatabaseClock(), Cursor()
    assert found.now(cr) == MOMENT
    uptime.seconds += 12.5
    assert found.now(cr) == MOMENT + timedelta(seconds=12.5)
    assert cr.asked == 1


def test_r40_it_is_asked_again_after_a_minute(uptime):
    """Its clock may be set, too."""
    found, cr = clock.DatabaseClock(), Cursor()
    found.now(cr)
    cr.moment += timedelta(days=1)
    uptime.seconds += clock.GOOD - 1
    assert found.now(cr) < cr.moment
    uptime.seconds += 2
    assert found.now(cr) == cr.moment
    assert cr.asked == 2


def test_r40_each_database_has_its_own(uptime):
    found = clock.DatabaseClock()
    other = Cursor("two", MOMENT - timedelta(hours=1))
    assert found.now(Cursor()) - found.now(other) == timedelta(hours=1)
