# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Calls played by hand, over real sockets."""

import time

SARA, OMAR, LINA = 701234, 701235, 701236


def named(receiver):
    return [
        (event, body["employee_info"]["employee_id"])
        for event, body in zip(receiver.events, receiver.bodies, strict=True)
    ]


def leg_of(call, **wanted):
    (leg,) = [
        leg
        for leg in call["legs"]
        if all(leg[key] == value for key, value in wanted.items())
    ]
    return leg["leg_id"]


def test_answer_and_hang_up(simulator, receiver):
    call = simulator.place("live", operators=[SARA, OMAR])
    assert receiver.wait(1) == ["legout"]
    assert simulator.ask("GET", f"/api/calls/{call}").json()["state"] == "ringing"
    assert simulator.press(call, "answer")["state"] == "talking"
    time.sleep(0.6)
    assert simulator.press(call, "hangup")["state"] == "ended"
    simulator.finish(call)
    assert named(receiver) == [
        (event, SARA) for event in ("legout", "handset", "endleg", "end", "recording")
    ]
    assert receiver.bodies[3]["call_info"]["talk_time_duration"] == 1
    simulator.press(call, "answer", expect=409)


def test_declining_goes_on_to_the_next(simulator, receiver):
    call = simulator.place("live", operators=[SARA, OMAR])
    simulator.press(call, "hangup", employee_id=SARA)
    view = simulator.press(call, "hangup", employee_id=OMAR)
    assert view["state"] == "ended"
    simulator.finish(call)
    assert named(receiver) == [
        ("legout", SARA),
        ("endleg", SARA),
        ("legout", OMAR),
        ("endleg", OMAR),
        ("end", None),
    ]
    assert receiver.bodies[-1]["call_info"]["is_lost"] is True


def test_nobody_comes(simulator, receiver):
    call = simulator.place("live", operators=[SARA, OMAR], ring_seconds=0.1)
    simulator.finish(call)
    assert receiver.events == ["legout", "endleg", "legout", "endleg", "end"]


def test_caller_gives_up(simulator, receiver):
    call = simulator.place("live", operators=[SARA, OMAR])
    view = simulator.ask("GET", f"/api/calls/{call}").json()
    simulator.press(call, "hangup", leg_id=leg_of(view, role="contact"))
    simulator.finish(call)
    assert named(receiver) == [("legout", SARA), ("endleg", SARA), ("end", None)]


def test_a_group_stops_ringing_when_one_answers(simulator, receiver):
    call = simulator.place("live-group", operators=[SARA, OMAR, LINA])
    simulator.press(call, "answer", employee_id=OMAR)
    simulator.press(call, "hangup", employee_id=OMAR)
    simulator.finish(call)
    assert named(receiver)[:6] == [
        ("legout", SARA),
        ("legout", OMAR),
        ("legout", LINA),
        ("handset", OMAR),
        ("endleg", SARA),
        ("endleg", LINA),
    ]
    assert receiver.events[6:8] == ["endleg", "end"]


def test_blind_transfer(simulator, receiver):
    call = simulator.place("live", operators=[SARA, LINA])
    simulator.press(call, "answer")
    view = simulator.press(call, "transfer", to=OMAR)
    assert view["state"] == "ringing"
    simulator.press(call, "answer")
    simulator.press(call, "hangup")
    simulator.finish(call)
    assert named(receiver) == [
        ("legout", SARA),
        ("handset", SARA),
        ("legout", OMAR),
        ("endleg", SARA),
        ("handset", OMAR),
        ("endleg", OMAR),
        ("end", OMAR),
        ("recording", OMAR),
        ("recording", OMAR),
    ]


def test_blind_transfer_that_nobody_takes_ends_the_call(simulator, receiver):
    call = simulator.place("live", operators=[SARA, LINA])
    simulator.press(call, "answer")
    simulator.press(call, "transfer", to=OMAR)
    assert simulator.press(call, "hangup", employee_id=OMAR)["state"] == "ended"
    simulator.finish(call)
    assert ("legout", LINA) not in named(receiver)
    assert named(receiver)[-2:] == [("end", SARA), ("recording", SARA)]


def test_attended_transfer(simulator, receiver):
    call = simulator.place("live", operators=[SARA])
    simulator.press(call, "answer")
    simulator.press(call, "transfer", to=OMAR, mode="attended")
    simulator.press(call, "answer", employee_id=OMAR)
    assert simulator.press(call, "hangup", employee_id=SARA)["state"] == "talking"
    simulator.press(call, "hangup", employee_id=OMAR)
    simulator.finish(call)
    assert named(receiver)[:7] == [
        ("legout", SARA),
        ("handset", SARA),
        ("legout", OMAR),
        ("handset", OMAR),
        ("endleg", SARA),
        ("endleg", OMAR),
        ("end", OMAR),
    ]


def test_attended_transfer_declined_leaves_the_talk(simulator):
    call = simulator.place("live", operators=[SARA])
    simulator.press(call, "answer")
    simulator.press(call, "transfer", expect=409, to=SARA)
    simulator.press(call, "transfer", to=OMAR, mode="attended")
    assert simulator.press(call, "hangup", employee_id=OMAR)["state"] == "talking"


def test_voice_menu(simulator, receiver):
    call = simulator.place("live-menu")
    assert simulator.ask("GET", f"/api/calls/{call}").json()["state"] == "menu"
    simulator.press(call, "transfer", expect=409, to=OMAR)
    assert simulator.press(call, "ring", employee_id=OMAR)["state"] == "ringing"
    simulator.press(call, "hangup")
    simulator.finish(call)
    lost = simulator.place("live-menu")
    simulator.press(lost, "hangup")
    simulator.finish(lost)
    assert receiver.events == ["legout", "endleg", "end", "end"]
    assert receiver.bodies[-1]["last_scenario_operation_name"] == "Interactive menu 1"


def test_softphone(simulator, receiver):
    call = simulator.place("live-softphone", operators=[SARA])
    simulator.press(call, "answer")
    simulator.press(call, "hangup")
    simulator.finish(call)
    assert receiver.events == [
        "callout",
        "legout",
        "handset",
        "endleg",
        "end",
        "recording",
    ]
    assert receiver.bodies[3]["call_info"]["is_operator"] is False


def test_click_to_call(simulator, receiver):
    call = simulator.place("live-click-to-call", operators=[SARA], external_id="call-7")
    assert simulator.press(call, "answer")["state"] == "ringing"
    assert simulator.press(call, "answer")["state"] == "talking"
    simulator.press(call, "hangup", employee_id=SARA)
    simulator.finish(call)
    assert receiver.events == [
        "legout",
        "handset",
        "legout",
        "handset",
        "endleg",
        "endleg",
        "end",
        "recording",
    ]
    assert {body["external_id"] for body in receiver.bodies} == {"call-7"}


def test_click_to_call_that_the_agent_declines(simulator, receiver):
    call = simulator.place("live-click-to-call", operators=[SARA])
    assert simulator.press(call, "hangup", employee_id=SARA)["state"] == "ended"
    simulator.finish(call)
    assert receiver.events == ["legout", "endleg", "end"]


def test_times_of_a_call_by_hand_are_those_of_the_clock(simulator, receiver):
    call = simulator.place("live")
    simulator.press(call, "answer")
    simulator.press(call, "hangup")
    simulator.finish(call)
    times = [body["notification_time"] for body in receiver.bodies]
    assert times == sorted(times) and len(set(times)) == len(times)


def test_disturbed_call_by_hand(simulator, receiver):
    call = simulator.place("live", disturbance={"duplicate": True, "drop": ["endleg"]})
    simulator.press(call, "answer")
    simulator.press(call, "hangup")
    simulator.finish(call)
    assert sorted(receiver.events) == sorted(
        ["legout", "handset", "end", "recording"] * 2
    )


def test_stopping_leaves_the_call_without_an_end(simulator, receiver):
    call = simulator.place("live")
    receiver.wait(1)
    assert simulator.press(call, "stop")["stopped"] is True
    simulator.finish(call)
    assert receiver.events == ["legout"]
