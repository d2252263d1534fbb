# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The hook of the installation: it reads the numbers of all contacts.

The yardstick is what Odoo's own scripts do with as many contacts when they fill a column:
an UPDATE of each, in batches. Rounds of both alternate, each in a process of its own. The
memory is that of the process; before the hook it holds all modules.
"""

from __future__ import annotations

import json
import statistics
from functools import partial

from benchmarks import contacts
from benchmarks.context import Context, Row
from benchmarks.verdict import Attempt, settle
from devtools.console import Problem

CONTACTS, CONTACTS_QUICK = 1_000_000, 100_000
ROUNDS, ROUNDS_QUICK = 5, 2
MAX_RATIO = 3
MAX_MEMORY = 400  # MB
HOOK, UPDATE = "hook", "UPDATE of all contacts"

# The peak since the process began is as much as the hook may have needed, or more.
SCRIPT = """
import json, resource, time
import psutil
from odoo.addons.callgear_integration.hooks import post_init_hook


def update(env):
    env.cr.execute("SELECT min(id), max(id) FROM res_partner")
    first, last = env.cr.fetchone()
    for start in range(first, last + 1, 5000):
        env.cr.execute(
            "UPDATE res_partner SET color = color + 1 WHERE id >= %s AND id < %s",
            [start, start + 5000],
        )


before = psutil.Process().memory_info().rss / 2**20
started = time.perf_counter()
{step}(env)
env.cr.commit()
took = time.perf_counter() - started
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
env.cr.execute("SELECT count(*) FROM callgear_partner_phone")
print("MEASURED=" + json.dumps([took, peak - before, env.cr.fetchone()[0]]))
"""
STEPS = {UPDATE: "update", HOOK: "post_init_hook"}


def run(context: Context) -> list[Row]:
    count = CONTACTS_QUICK if context.quick else CONTACTS
    with context.copied("install") as copy:
        contacts.fill(copy, 0, count)
        case = f"{count:,} contacts"
        return settle(case, partial(_measure, copy, case, count))


def _measure(context: Context, case: str, count: int) -> Attempt:
    seconds: dict[str, list[float]] = {name: [] for name in STEPS}
    memory = []
    for _round in range(ROUNDS_QUICK if context.quick else ROUNDS):
        for name, step in STEPS.items():
            _empty(context)
            took, grown, found = _run(context, step)
            seconds[name].append(took)
            if name == HOOK:
                memory.append(grown)
                if found < count:
                    raise Problem(f"The hook has read {found} of {count} numbers.")
    update, hook = (statistics.median(seconds[name]) for name in (UPDATE, HOOK))
    return Attempt(
        [
            Row(case, UPDATE, update, "s"),
            Row(case, HOOK, hook, "s"),
            Row(case, f"{HOOK} / {UPDATE}", hook / update, "x", target=MAX_RATIO),
            Row(case, f"{HOOK}, memory", max(memory), "MB", target=MAX_MEMORY),
        ],
        seconds[UPDATE],
    )


def _empty(context: Context) -> None:
    """As before the installation, and without what the round before has left."""
    for statement in (
        "TRUNCATE callgear_partner_phone, callgear_unread_number",
        "VACUUM res_partner",
    ):
        context.environment.sql(context.database.name, statement)


def _run(context: Context, step: str) -> tuple[float, float, int]:
    output = context.database.shell(SCRIPT.format(step=step), "Measuring failed")
    if "MEASURED=" not in output:
        raise Problem("Nothing was measured.", output=output)
    took, grown, found = json.loads(output.rpartition("MEASURED=")[2].splitlines()[0])
    return took, grown, found
