# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Call API: hold, consultation, transfer; R52's order of states."""

import pytest

SARA, OMAR = 701234, 701235
MUSIC = {"type": "media", "value": "2034"}
STATES = ("Session", "Talk", "Hold", "Dialing", "Operator talk")
ALLOWED = {
    "hold.call": {"Talk"},
    "unhold.call": {"Hold"},
    "make.call": {"Hold"},
    "transfer.talk": {"Dialing", "Operator talk"},
    "restore.talk": {"Dialing", "Operator talk"},
}
FURTHER = {"hold.call": {"contact_message": MUSIC}, "make.call": {"to": "102"}}


@pytest.fixture
def steer(simulator):
    """Does something to a call and tells its state afterwards."""

    def steer(call, method):
        simulator.data(method, call_session_id=call, **FURTHER.get(method, {}))
        return simulator.ask("GET", f"/api/calls/{call}").json()["phase"]

    return steer


@pytest.fixture
def brought_to(simulator, steer):
    """A call in a state of the diagram."""

    def brought_to(state):
        call = simulator.dial() if state == "Session" else simulator.talk()
        if state in STATES[2:]:
            steer(call, "hold.call")
        if state in STATES[3:]:
            steer(call, "make.call")
        if state == "Operator talk":
            simulator.press(call, "answer", employee_id=OMAR)
        assert simulator.ask("GET", f"/api/calls/{call}").json()["phase"] == state
        return call

    return brought_to


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("method", ALLOWED)
def test_each_method_has_its_states(simulator, brought_to, state, method):
    call = brought_to(state)
    answer = simulator.rpc(method, call_session_id=call, **FURTHER.get(method, {}))
    if state in ALLOWED[method]:
        assert answer["result"]["data"] == {"success": "true"}
    else:
        assert answer["error"]["code"] == -32004
        assert answer["error"]["data"]["mnemonic"] == "invalid_state"


def test_hold_and_resume(brought_to, steer):
    call = brought_to("Hold")
    assert steer(call, "unhold.call") == "Talk"


def test_an_attended_transfer(simulator, receiver, brought_to, steer):
    call = brought_to("Operator talk")
    assert steer(call, "transfer.talk") == "Talk"
    simulator.press(call, "hangup", employee_id=OMAR)
    simulator.finish(call)
    told = [
        (event, body["employee_info"]["employee_id"])
        for event, body in zip(receiver.events, receiver.bodies, strict=True)
    ]
    assert told[4:7] == [("legout", OMAR), ("handset", OMAR), ("endleg", SARA)]
    assert told[-1] == ("recording", OMAR) and receiver.events.count("recording") == 2


def test_a_transfer_while_it_rings(simulator, receiver, brought_to, steer):
    call = brought_to("Dialing")
    assert steer(call, "transfer.talk") == "Session"
    assert simulator.press(call, "answer")["phase"] == "Talk"
    assert receiver.wait(7)[4:] == ["legout", "endleg", "handset"]


def test_a_transfer_that_nobody_takes_ends_the_call(simulator, brought_to, steer):
    call = brought_to("Dialing")
    steer(call, "transfer.talk")
    simulator.press(call, "hangup", employee_id=OMAR)
    assert simulator.ask("GET", f"/api/calls/{call}").json()["state"] == "ended"


def test_back_to_the_contact(simulator, receiver, brought_to, steer):
    call = brought_to("Operator talk")
    assert steer(call, "restore.talk") == "Talk"
    simulator.press(call, "hangup")
    simulator.finish(call)
    # A colleague who was only asked has not talked to the contact: no recording.
    assert receiver.events.count("recording") == 1
    talk_times = [
        body["call_info"]["talk_time_duration"]
        for body in receiver.bodies
        if body["employee_info"]["employee_id"] == OMAR
        and body["call_info"].get("is_operator")
    ]
    assert talk_times == [0]


def test_a_colleague_who_declines_leaves_the_contact_on_hold(simulator, brought_to):
    call = brought_to("Dialing")
    assert simulator.press(call, "hangup", employee_id=OMAR)["phase"] == "Hold"


def test_a_colleague_whose_phone_is_in_use(simulator, receiver, brought_to, steer):
    """It is dialled, and gives up at once; the contact stays on hold."""
    simulator.change(busy_employees=[str(OMAR)])
    call = brought_to("Hold")
    assert steer(call, "make.call") == "Hold"
    assert receiver.wait(6)[4:] == ["legout", "endleg"]


def test_hanging_up_hands_the_call_over(simulator, brought_to):
    call = brought_to("Operator talk")
    assert simulator.press(call, "hangup", employee_id=SARA)["phase"] == "Talk"


def test_on_hold_is_listed(simulator, brought_to):
    call = brought_to("Operator talk")
    (row,) = simulator.data("list.calls")
    assert row["call_session_id"] == call
    states = {leg["employee_id"]: leg["state"] for leg in row["legs"]}
    assert states == {
        SARA: "Operators talking",
        OMAR: "Operators talking",
        None: "On hold",
    }


@pytest.mark.parametrize("to", ["102", "0288102", "971505559999"])
def test_whom_one_can_ask(simulator, brought_to, to):
    call = brought_to("Hold")
    simulator.data("make.call", call_session_id=call, to=to)


@pytest.mark.parametrize(
    ("to", "refusal"),
    [
        ("777", "no_active_phone_number"),
        ("199", "no_active_phone_number"),
        (102, "data_type_error"),
        ("101", "invalid_state"),
    ],
)
def test_whom_one_cannot_ask(simulator, brought_to, to, refusal):
    """701299 has no active telephone; 101 is the one who asks."""
    call = brought_to("Hold")
    assert simulator.refused("make.call", call_session_id=call, to=to)[0] == refusal


def test_hold_needs_something_to_play(simulator):
    call = simulator.talk()
    assert simulator.refused("hold.call", call_session_id=call) == (
        "required_parameter_missed",
        "contact_message",
    )
    unknown = {"type": "media", "value": "1"}
    assert simulator.refused(
        "hold.call", call_session_id=call, contact_message=unknown
    ) == ("media_file_not_found", "contact_message.value")
