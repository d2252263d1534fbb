# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""SQL statements of each notification, beside few and beside a million contacts and calls.

Counted as the addon's tests count them: to store it and to bring its call up to date, with
Odoo's caches of settings warm and of records empty. What the server needs besides, to find
and claim the work, is in the sum of a call. Compared with a bare ticket and its note, made
by an agent in a database without the addon, and counted in the same way.
"""

from __future__ import annotations

import itertools
import json
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks import helpdesk
from benchmarks.calls import Maker, incoming, missed, softphone
from benchmarks.context import Context, Row
from devtools.console import Problem

BESIDE = (10, 1_000_000)
BESIDE_QUICK = (10, 10_000)
CALLS: dict[str, Maker] = {
    "answered": incoming,
    "outgoing": softphone,
    "missed": missed,
}
MOST = {"legout": 20, "handset": 22, "callout": 20, "recording": 20, "end": 22}
# What may make a ticket and its message: more than the baseline by so many.
MOST_ABOVE = {
    ("answered", "endleg"): 12,
    ("outgoing", "endleg"): 12,
    ("missed", "end"): 15,
}
# Odoo's order of recomputation varies, and with it a few fetches: so many more beside many.
VARIES = 4
# Odoo keeps what it knows of a user: each agent has had a call before.
AGENTS_WARM_UP, WARM_UP, ROUNDS = len(helpdesk.AGENTS), 1, 5
COUNTED = """
from unittest.mock import patch
import json

def statements(work, *args):
    env.cr.commit()
    env.invalidate_all()
    before = env.cr.sql_log_count
    # The bus tidies up now and then, by chance.
    with patch("random.random", lambda: 1):
        work(*args)
        env.cr.flush()
    count = env.cr.sql_log_count - before
    env.cr.commit()
    return count
"""
TICKETS = (
    COUNTED
    + """
def work(agent, customer):
    tickets = env(user=agent)["helpdesk.ticket"]
    ticket = tickets.create({{
        "name": "Call", "description": "They called.",
        "user_id": agent, "partner_id": customer, "team_id": {team},
    }})
    ticket.message_post(body=ticket.description, subtype_xmlid="mail.mt_note")

print("COUNTS=" + json.dumps([statements(work, *pair) for pair in {pairs}]))
"""
)
NOTIFICATIONS = (
    COUNTED
    + """
connection = env["callgear.connection"].search([], limit=1)
Event = env["callgear.event"]
refresh = env["callgear.refresh"].with_company(connection.company_id)

def receive(event, body):
    return Event.browse(connection._receive(event, body.encode()).event_id)

def bring_up_to_date(event, body):
    refresh._refresh(connection, receive(event, body).session_id)

def as_the_server(event, body):
    receive(event, body)
    env.cr.commit()
    while Event._work_on_next():
        pass

def all_of(calls, work=bring_up_to_date):
    return [[statements(work, event, body) for event, body in call] for call in calls]

all_of({warm_up})
kinds = {kinds}
print("COUNTS=" + json.dumps({{
    kind: {{"steps": all_of(calls), "whole": all_of(again, as_the_server)}}
    for kind, (calls, again) in kinds.items()
}}))
"""
)


def run(context: Context) -> list[Row]:
    with context.without_addon() as bare:
        baseline = _of_ticket(bare)
    rows = [Row("bare ticket and note", "statements", baseline, "")]
    helpdesk.set_up(context)
    few, many = BESIDE_QUICK if context.quick else BESIDE
    at_first = _of_calls(context, few)
    for count, counts in ((few, at_first), (many, _of_calls(context, many))):
        for kind, told in counts.items():
            case = f"{kind}, beside {count}"
            rows += _rows(case, kind, told, baseline)
            rows.append(Row(case, "the whole call, with all of it", told.whole, ""))
            if count == many:
                rows.append(_growth(case, few, at_first[kind], told))
    return rows


def _of_ticket(context: Context) -> int:
    people = helpdesk.people(context)
    customers = people.customers[: AGENTS_WARM_UP + ROUNDS]
    pairs = list(zip(itertools.cycle(people.agents), customers, strict=False))
    counts = _shell(context, TICKETS.format(team=people.team, pairs=pairs))
    return int(statistics.median(counts[AGENTS_WARM_UP:]))


@dataclass(frozen=True)
class Counts:
    """Statements of a kind of call: of each notification, and with all of it in sum."""

    events: list[str]
    steps: list[int]
    whole: int


def _of_calls(context: Context, beside: int) -> dict[str, Counts]:
    """What each kind of call needs beside so many contacts and calls."""
    warm_up = _calls(incoming, AGENTS_WARM_UP)  # before the others, by their own times
    kinds = {kind: [_calls(make), _calls(make)] for kind, make in CALLS.items()}
    script = NOTIFICATIONS.format(kinds=kinds, warm_up=warm_up)
    with context.copied("filled") as filled:
        helpdesk.fill(filled, beside)
        counted = _shell(filled, script)
    return {
        kind: Counts(
            [event for event, _body in kinds[kind][0][0]],
            _medians(told["steps"]),
            sum(_medians(told["whole"])),
        )
        for kind, told in counted.items()
    }


def _calls(make: Maker, count: int = WARM_UP + ROUNDS) -> list[list[tuple[str, str]]]:
    """Events and bodies of so many calls."""
    calls = [helpdesk.new_call(make) for _ in range(count)]
    return [[(one.event, one.text) for one in call] for call in calls]


def _medians(counts: list[list[int]]) -> list[int]:
    """Of each of a call's notifications."""
    return [
        int(statistics.median(step)) for step in zip(*counts[WARM_UP:], strict=True)
    ]


def _rows(case: str, kind: str, told: Counts, baseline: int) -> Iterator[Row]:
    for number, (event, count) in enumerate(
        zip(told.events, told.steps, strict=True), start=1
    ):
        above = MOST_ABOVE.get((kind, event))
        target = MOST.get(event) if above is None else baseline + above
        yield Row(case, f"{number} {event}", count, "", target=target)


def _growth(case: str, few: int, before: Counts, told: Counts) -> Row:
    most = max(after - one for after, one in zip(told.steps, before.steps, strict=True))
    return Row(case, f"most above those beside {few}", most, "", target=VARIES)


def _shell(context: Context, script: str) -> Any:
    output = context.database.shell(script, "Counting statements failed")
    if "COUNTS=" not in output:
        raise Problem("Nothing was counted.", output=output)
    return json.loads(output.rpartition("COUNTS=")[2].splitlines()[0])
