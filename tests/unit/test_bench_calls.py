# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The calls of the benchmarks: the tests' own, with other people in them."""

import json

from benchmarks.calls import MIX, Employee, incoming, recast
from benchmarks.helpdesk import AGENTS, AT_ONCE, CUSTOMERS, NUMBERS, busy_day

SARA, OMAR, LINA = (Employee(n, f"Agent {n}") for n in (1, 2, 3))
CALLER, NUMBER = "971507000001", "97145550301"


def bodies(deliveries):
    return [json.loads(delivery.text) for delivery in deliveries]


def ids(body):
    return body["employee_info"]["employee_id"], body["employee_info"][
        "employee_full_name"
    ]


def test_others_play_the_agents_of_every_kind_of_call():
    known = {(one.id, one.name) for one in (SARA, OMAR, LINA)} | {(None, None)}
    for make in MIX:
        told = bodies(recast(make(1), CALLER, [SARA, OMAR, LINA], NUMBER))
        assert {ids(body) for body in told} <= known
        assert {body["contact_info"]["contact_phone_number"] for body in told} == {
            CALLER
        }
        assert {body["virtual_phone_number"] for body in told} == {NUMBER}


def test_all_else_stays():
    plain, told = incoming(1), recast(incoming(1), CALLER, [SARA, OMAR, LINA], NUMBER)
    assert [one.event for one in told] == [one.event for one in plain.deliveries]
    for before, after in zip(bodies(plain.deliveries), bodies(told), strict=True):
        changed = {key for key in before if before[key] != after[key]}
        assert changed <= {"virtual_phone_number", "contact_info", "employee_info"}


def test_notifications_of_a_call_lie_among_those_of_others():
    last = {}
    for number, body in enumerate(bodies(busy_day(40))):
        session = body["call_info"]["call_session_id"]
        if session in last and 60 < number < 180:  # not where the load begins and ends
            assert number - last[session] > AT_ONCE
        last[session] = number
    assert len(last) == 40


def test_every_fourth_caller_of_a_busy_day_is_unknown():
    callers = {}
    for body in bodies(busy_day(40)):
        session = body["call_info"]["call_session_id"]
        callers[session] = body["contact_info"]["contact_phone_number"]
    assert sum(caller not in CUSTOMERS for caller in callers.values()) == 10
    assert len(set(callers.values())) == 40


def test_numbers_are_the_accounts_own_and_employees_are_mapped():
    told = bodies(busy_day(20))
    assert {body["virtual_phone_number"] for body in told} == set(NUMBERS)
    mapped = {(agent.id, agent.name) for agent in AGENTS} | {(None, None)}
    assert {ids(body) for body in told} <= mapped
