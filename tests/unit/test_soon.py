# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R52: what follows by itself is asked for by threads, and nobody waits for nothing."""

import threading
import time

import pytest

from odoo.addons.callgear_integration.tools.soon import Soon

PATIENCE = 10


@pytest.fixture
def soon():
    return Soon("test", 1)


@pytest.fixture
def gate():
    """Whoever waits at it goes on when it is opened, and at the end."""
    gate = threading.Event()
    yield gate
    gate.set()


def test_r52_it_is_done(soon):
    done = threading.Event()
    soon.call("key", done.set)
    assert done.wait(PATIENCE)


def test_r52_what_is_due_later_takes_no_thread(soon):
    """A thread would be asleep, and others would wait for it."""
    later, done = threading.Event(), threading.Event()
    began = time.monotonic()
    soon.call("later", later.set, seconds=0.5)
    soon.call("now", done.set)
    assert done.wait(PATIENCE)
    assert not later.is_set()
    assert later.wait(PATIENCE)
    assert time.monotonic() - began >= 0.5


def test_r52_who_has_picked_up_does_not_wait_for_the_rest(soon, gate):
    done = threading.Event()
    soon.call("slow", lambda: gate.wait(PATIENCE))
    soon.call("urgent", done.set, urgent=True)
    assert done.wait(PATIENCE)


def test_r52_one_thing_is_planned_once(soon, gate):
    """Each notification of a call asks for it."""
    done, last = [], threading.Event()
    soon.call("slow", lambda: gate.wait(PATIENCE))
    for _number in range(5):
        soon.call("key", lambda: done.append(1))
    soon.call("last", last.set)
    gate.set()
    assert last.wait(PATIENCE)
    assert done == [1]


def test_r52_what_has_been_done_can_be_asked_for_again(soon):
    def fail():
        raise ValueError("it did not work")

    done = threading.Event()
    for function in (fail, done.set):
        last = threading.Event()
        soon.call("key", function)
        soon.call("last", last.set)
        assert last.wait(PATIENCE)
    assert done.wait(PATIENCE)
