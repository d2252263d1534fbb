# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""An account with agents and customers, their calls, and the work these leave."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.backlog import Backlog
from benchmarks.calls import MIX, Delivery, Employee, Maker, incoming, recast, softphone
from benchmarks.context import Context
from devtools.console import Problem
from devtools.paths import ADDON

AGENTS = [Employee(702000 + number, f"Agent {number}") for number in range(20)]
CUSTOMERS = [f"971507{number:06d}" for number in range(200)]
NUMBERS = ["97145550301", "97145550302"]  # of the account, with a team of their own
SESSIONS = itertools.count(100_000)
# Calls that are begun before the first one's next notification comes.
AT_ONCE = 8
QUIET_SECONDS = 0.3

# With and without the addon. Odoo's own crons would all begin with the first server.
PEOPLE = """
import json
module = "callgear_integration"
ours = env["ir.model.data"].search([("module", "=", module), ("model", "=", "ir.cron")])
env["ir.cron"].search([("id", "not in", ours.mapped("res_id"))]).active = False
agents = env["res.users"].search([("login", "like", "bench-agent-")], order="id")
phones = {customers}
if not agents:
    groups = ("helpdesk_mgmt.group_helpdesk_user", "base.group_partner_manager")
    agents = env["res.users"].with_context(no_reset_password=True).create([
        {{"name": name, "login": "bench-agent-%s" % number,
          "group_ids": [(4, env.ref(group).id) for group in groups]}}
        for number, (_employee, name) in enumerate({agents})
    ])
    env["helpdesk.ticket.team"].create({{"name": "Bench", "user_ids": agents.ids}})
    env["res.partner"].create([
        {{"name": "Customer %s" % number, "phone": phone}}
        for number, phone in enumerate(phones)
    ])
env.cr.commit()
print("PEOPLE=" + json.dumps({{
    "agents": agents.ids,
    "customers": env["res.partner"].search([("phone", "in", phones)], order="id").ids,
    "team": env["helpdesk.ticket.team"].search([("name", "=", "Bench")]).id,
}}))
"""
# The recordings' addresses are CallGear's: their cron runs, but must not ask for them.
ACCOUNT = """
connection = env["callgear.connection"].search([], limit=1)
connection.rate_limit = 0
env.ref("callgear_integration.ir_cron_fetch_recordings").code = "pass"
agents = env["res.users"].search([("login", "like", "bench-agent-")], order="id")
Operator = env["callgear.operator"]
if not Operator.search_count([("user_id", "in", agents.ids)]):
    Operator.create([
        {{"connection_id": connection.id, "employee_id": str(employee), "name": name,
          "user_id": agent.id}}
        for agent, (employee, name) in zip(agents, {agents}, strict=True)
    ])
    env["callgear.virtual.number"].create([
        {{"connection_id": connection.id, "number": number, "name": number,
          "team_id": env["helpdesk.ticket.team"].search([("name", "=", "Bench")]).id}}
        for number in {numbers}
    ])
env.cr.commit()
print("WEBHOOK=" + connection.webhook_url)
"""
FILL = """
from importlib.util import module_from_spec, spec_from_file_location
spec = spec_from_file_location("big_data", {path!r})
big_data = module_from_spec(spec)
spec.loader.exec_module(big_data)
connection = env["callgear.connection"].search([], limit=1)
agent = env["res.users"].search([("login", "=", "bench-agent-0")])
big_data.fill(env, connection, agent, {count})
env.cr.commit()
print("FILLED=" + str({count}))
"""


@dataclass(frozen=True)
class People:
    """The ids of the agents, of their customers, and of the team."""

    agents: list[int]
    customers: list[int]
    team: int


def people(context: Context) -> People:
    """Makes agents and customers, if they are missing."""
    output = context.database.shell(
        PEOPLE.format(agents=_agents(), customers=[f"+{one}" for one in CUSTOMERS]),
        "Setting up failed",
    )
    return People(**json.loads(_after(output, "PEOPLE=")))


def set_up(context: Context) -> str:
    """Makes agents and customers, lifts the limit; returns the webhooks' path."""
    people(context)
    output = context.database.shell(
        ACCOUNT.format(agents=_agents(), numbers=[f"+{one}" for one in NUMBERS]),
        "Setting up failed",
    )
    return "/callgear/" + _after(output, "WEBHOOK=").partition("/callgear/")[2]


def fill(context: Context, count: int) -> None:
    """Makes so many contacts, with a call and a ticket each."""
    path = str(ADDON / "tests" / "big_data.py")
    script = FILL.format(path=path, count=count)
    _after(context.database.shell(script, "Filling the database failed"), "FILLED=")


def _agents() -> list[tuple[int, str]]:
    return [(agent.id, agent.name) for agent in AGENTS]


def _after(output: str, label: str) -> str:
    """What a script has printed behind a label."""
    text = output.rpartition(label)[2].strip()
    if label not in output or not text:
        raise Problem(f"{label} was not told.", output=output)
    return text.splitlines()[0]


def new_call(make: Maker) -> list[Delivery]:
    """What a new call between agents and a customer, who is known, tells."""
    number = next(SESSIONS)
    return _call(make, number, CUSTOMERS[number % len(CUSTOMERS)])


def busy_hour(calls: int) -> list[Delivery]:
    """The notifications of answered calls in both directions, each among others."""
    return _overlapping([new_call((incoming, softphone)[n % 2]) for n in range(calls)])


def busy_day(calls: int) -> list[Delivery]:
    """The same of all kinds of calls."""
    return _overlapping(all_kinds(calls))


def all_kinds(calls: int) -> list[list[Delivery]]:
    """The notifications of each call; every fourth is of a caller that nobody knows."""
    told = []
    for number in range(calls):
        make = MIX[number % len(MIX)]
        told.append(new_call(make) if number % 4 else _stranger(make))
    return told


def _stranger(make: Maker) -> list[Delivery]:
    number = next(SESSIONS)
    return _call(make, number, f"971508{number % 1_000_000:06d}")


def _call(make: Maker, number: int, caller: str) -> list[Delivery]:
    agents = [AGENTS[(number + shift) % len(AGENTS)] for shift in range(3)]
    own = NUMBERS[number % len(NUMBERS)]
    return recast(make(number, start=15 * number), caller, agents, own)


def _overlapping(calls: Iterable[list[Delivery]]) -> list[Delivery]:
    """The notifications of calls, each of which overlaps with others.

    A session's own notifications are some dozens of others apart: at once, they would be
    worked on together, which is less work than in reality.
    """
    told = [
        (number + step * AT_ONCE, delivery)
        for number, call in enumerate(calls)
        for step, delivery in enumerate(call)
    ]
    told.sort(key=lambda moment: moment[0])
    return [delivery for _moment, delivery in told]


def wait_until_done(context: Context) -> None:
    """Waits for the work that answered webhooks have left to the server.

    What takes too long is given up: it must not slow down what is measured next.
    """
    with Backlog(context.database.name) as backlog:
        backlog.wait_or_give_up()
    time.sleep(QUIET_SECONDS)  # for the crons that it has woken
