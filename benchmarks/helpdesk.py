# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""An account with agents and customers, their calls, and the work these leave."""

from __future__ import annotations

import itertools
import time

from benchmarks.calls import CallBuilder, Delivery, Employee, incoming, softphone
from benchmarks.context import Context
from devtools.console import Problem, say

AGENTS = [Employee(702000 + number, f"Agent {number}") for number in range(20)]
CUSTOMERS = [f"971507{number:06d}" for number in range(200)]
SESSIONS = itertools.count(100_000)
# Calls that are begun before the first one's next notification comes.
AT_ONCE = 8
WORK_SECONDS = 60
QUIET_SECONDS = 0.3

# The recordings' addresses are CallGear's: their cron runs, but must not ask for them.
# Odoo's own crons would all begin with the first server.
SET_UP = """
connection = env["callgear.connection"].search([], limit=1)
connection.rate_limit = 0
module = "callgear_integration"
ours = env["ir.model.data"].search([("module", "=", module), ("model", "=", "ir.cron")])
env["ir.cron"].search([("id", "not in", ours.mapped("res_id"))]).active = False
env.ref(module + ".ir_cron_fetch_recordings").code = "pass"
if not env["res.users"].search_count([("login", "=", "bench-agent-0")]):
    groups = ("helpdesk_mgmt.group_helpdesk_user", "base.group_partner_manager")
    agents = env["res.users"].with_context(no_reset_password=True).create([
        {{"name": name, "login": "bench-agent-%s" % number,
          "group_ids": [(4, env.ref(group).id) for group in groups]}}
        for number, (_employee, name) in enumerate({agents})
    ])
    env["callgear.operator"].create([
        {{"connection_id": connection.id, "employee_id": str(employee), "name": name,
          "user_id": agent.id}}
        for agent, (employee, name) in zip(agents, {agents}, strict=True)
    ])
    env["res.partner"].create([
        {{"name": "Customer %s" % number, "phone": "+" + phone}}
        for number, phone in enumerate({customers})
    ])
env.cr.commit()
print("WEBHOOK=" + connection.webhook_url)
"""


def set_up(context: Context) -> str:
    """Makes agents and customers, lifts the limit; returns the webhooks' path."""
    agents = [(agent.id, agent.name) for agent in AGENTS]
    output = context.database.shell(
        SET_UP.format(agents=agents, customers=CUSTOMERS), "Setting up failed"
    )
    url = output.rpartition("WEBHOOK=")[2].strip()
    if not url:
        raise Problem("There is no webhook's address.", output=output)
    return "/callgear/" + url.partition("/callgear/")[2]


def new_call(make=incoming) -> CallBuilder:
    """A new call between an agent and a customer."""
    number = next(SESSIONS)
    return make(
        number,
        start=15 * number,
        caller=CUSTOMERS[number % len(CUSTOMERS)],
        employee=AGENTS[number % len(AGENTS)],
    )


def busy_hour(calls: int) -> list[Delivery]:
    """The notifications of calls in both directions, each overlapping with others.

    A session's own notifications are some dozens of others apart: at once, they would be
    worked on together, which is less work than in reality.
    """
    told = []
    for number in range(calls):
        call = new_call(incoming if number % 2 else softphone)
        for step, delivery in enumerate(call.deliveries):
            told.append((number + step * AT_ONCE, delivery))
    told.sort(key=lambda moment: moment[0])
    return [delivery for _moment, delivery in told]


def wait_until_done(context: Context) -> None:
    """Waits for the work that answered webhooks have left to the server.

    What takes too long is given up: it must not slow down what is measured next.
    """
    sql, name = context.environment.sql, context.database.name
    left = "FROM callgear_event WHERE state = 'pending'"
    deadline = time.monotonic() + WORK_SECONDS
    while sql(name, f"SELECT count(*) {left}")[0][0]:
        if time.monotonic() > deadline:
            sql(name, "UPDATE callgear_event SET state='done' WHERE state='pending'")
            say(f"   work was left after {WORK_SECONDS} s, and given up")
            break
        time.sleep(0.1)
    time.sleep(QUIET_SECONDS)  # for the crons that it has woken
