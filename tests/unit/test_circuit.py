# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""An API that does not answer is left alone for a while, and asked by few at a time."""

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.callgear_integration.callgear.circuit import (
    FAILURES,
    FIRST_PAUSE,
    LONGEST_PAUSE,
    SLOW,
    Circuit,
    Guard,
)
from odoo.addons.callgear_integration.callgear.errors import (
    ApiError,
    NoAnswer,
    Resting,
    TooManyAsk,
    Unreachable,
)
from odoo.addons.callgear_integration.callgear.json_rpc import JsonRpc
from odoo.addons.callgear_integration.callgear.transport import Timeouts
from odoo.addons.callgear_integration.tools.room import Room

from .api_server import KEY, QUICK, api_server, refusal, success


def silent(_server, sock):
    """Hold the connection until the other side gives up."""
    sock.recv(1)


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def free():
    return lambda: None


def failing(circuit, times, error=NoAnswer, seconds=SLOW):
    """Requests that end after so many seconds with an error."""
    clock = Clock()
    for _time in range(times):
        with pytest.raises(error), Guard(circuit, free, clock):
            clock.now += seconds
            raise error


@pytest.mark.parametrize("error", [NoAnswer, Unreachable])
def test_after_failures_one_after_the_other_nothing_is_asked(error):
    clock = Clock()
    circuit = Circuit(clock=clock)
    failing(circuit, FAILURES, error)
    with pytest.raises(Resting) as resting, Guard(circuit, free):
        pass
    assert (resting.value.certain, resting.value.retry) == (True, True)
    assert resting.value.params["seconds"] == str(int(FIRST_PAUSE))
    clock.now += FIRST_PAUSE
    with Guard(circuit, free):
        pass
    failing(circuit, FAILURES - 1)
    assert not circuit.wait(), "an answer has ended the count"


def test_after_the_pause_one_may_try():
    clock = Clock()
    circuit = Circuit(clock=clock)
    failing(circuit, FAILURES)
    clock.now += FIRST_PAUSE
    assert [bool(circuit.wait()) for _one in range(3)] == [False, True, True]


def test_one_who_tries_and_never_comes_back_stops_nobody():
    clock = Clock()
    circuit = Circuit(clock=clock)
    failing(circuit, FAILURES)
    clock.now += FIRST_PAUSE
    assert not circuit.wait()
    clock.now += FIRST_PAUSE
    assert not circuit.wait()


def test_a_refusal_is_an_answer():
    circuit = Circuit(clock=Clock())
    failing(circuit, FAILURES - 1)
    with pytest.raises(ApiError), Guard(circuit, free):
        raise ApiError("no such number")
    failing(circuit, FAILURES - 1)
    assert not circuit.wait()


@given(st.lists(st.one_of(st.booleans(), st.floats(0, 100)), max_size=60))
def test_it_is_asked_again_within_the_longest_pause(steps):
    """Whatever came before: a number is time that passes, True an answer, False none."""
    clock = Clock()
    circuit = Circuit(clock=clock)
    for step in steps:
        if step is True:
            circuit.succeeded()
        elif step is False:
            circuit.failed()
        else:
            clock.now += step
        assert 0 <= circuit.wait() <= LONGEST_PAUSE
    clock.now += LONGEST_PAUSE
    assert not circuit.wait()


def test_what_fails_at_once_stops_nobody():
    circuit = Circuit(clock=Clock())
    failing(circuit, 2 * FAILURES, seconds=SLOW / 2)
    assert not circuit.wait()


def test_a_silent_api_is_not_asked_a_fourth_time():
    with api_server(silent) as server:
        slow = {**QUICK, "timeouts": Timeouts(read=1, total=SLOW)}
        client = JsonRpc(server.api(), KEY, **slow)
        client.guard = Guard(Circuit(), free)
        for _time in range(FAILURES):
            with pytest.raises(NoAnswer):
                client.call("start.employee_call")
        with pytest.raises(Resting):
            client.call("start.employee_call")
    assert len(server.calls) == FAILURES


def test_an_api_that_refuses_is_asked_again():
    with api_server(*[refusal("forbidden")] * 4, success(4)) as server:
        client = JsonRpc(server.api(), KEY, **QUICK)
        client.guard = Guard(Circuit(), free)
        for _time in range(4):
            with pytest.raises(ApiError):
                client.call("start.employee_call")
        assert client.call("start.employee_call").data == 4


# ------------------------------------------------------------------------- room


def test_there_is_room_for_so_many(tmp_path):
    room = Room(tmp_path / "room", 2)
    first, second = room.enter(), room.enter()
    assert first and second and not room.enter()
    first()
    assert room.enter()


def test_whoever_finds_no_room_is_told_at_once(tmp_path):
    guards = [Guard(Circuit(), Room(tmp_path, 1).enter) for _one in range(2)]
    with guards[0], pytest.raises(TooManyAsk) as refused, guards[1]:
        pass
    assert (refused.value.certain, refused.value.retry) == (True, True)
    with guards[1]:
        pass


def test_one_who_is_turned_away_while_it_rests_takes_no_place(tmp_path):
    circuit = Circuit(clock=Clock())
    failing(circuit, FAILURES)
    room = Room(tmp_path, 1)
    with pytest.raises(Resting), Guard(circuit, room.enter):
        pass
    assert room.enter()


def test_a_process_that_was_killed_gives_its_place_back(tmp_path):
    code = (
        "import fcntl, os, signal, sys;"
        "handle = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT);"
        "fcntl.flock(handle, fcntl.LOCK_EX); print(flush=True); signal.pause()"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "0")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        assert not Room(tmp_path, 1).enter()
        process.kill()
    assert Room(tmp_path, 1).enter()


def test_where_nothing_can_be_locked_everybody_has_room(tmp_path):
    (tmp_path / "file").write_text("in the way")
    room = Room(os.path.join(tmp_path, "file"), 1)
    assert room.enter() and room.enter()
