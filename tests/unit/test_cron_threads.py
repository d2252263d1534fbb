# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R50: scheduled actions go on after the database was away, also in a threaded server."""

import threading

import pytest

from odoo.service import server

from odoo.addons.callgear_integration.services import cron_threads

from ..waiting import wait_until

NAME = f"{cron_threads.PREFIX}7"


class Threaded(server.ThreadedServer):
    """Its threads for scheduled actions end when the database goes."""

    def __init__(self):
        self.begun, self.away = [], threading.Event()

    def cron_thread(self, number):
        self.begun.append(number)
        self.away.wait()


@pytest.fixture
def threaded(monkeypatch):
    monkeypatch.setattr(cron_threads, "_seen", set())
    monkeypatch.setattr(server, "server", here := Threaded())
    yield here
    here.away.set()


def alive():
    return [one for one in threading.enumerate() if one.name == NAME]


def test_r50_threads_that_have_ended_are_started_again(threaded):
    first = threading.Thread(target=threaded.cron_thread, args=(7,), name=NAME)
    first.start()
    for _look in range(2):
        cron_threads.revive()
    assert threaded.begun == [7]
    threaded.away.set()
    first.join()
    threaded.away.clear()
    for _look in range(2):
        cron_threads.revive()
    wait_until(lambda: threaded.begun == [7, 7])
    [again] = alive()
    assert (again.daemon, again.type) == (True, "cron")


def test_r50_those_that_were_never_started_are_not(threaded):
    """The server has not come so far yet, or is to have none."""
    cron_threads.revive()
    assert not threaded.begun


def test_r50_worker_processes_are_replaced_by_odoo(threaded, monkeypatch):
    monkeypatch.setattr(server, "server", None)
    first = threading.Thread(target=threaded.away.wait, name=NAME)
    first.start()
    cron_threads.revive()
    threaded.away.set()
    first.join()
    cron_threads.revive()
    assert not alive()
