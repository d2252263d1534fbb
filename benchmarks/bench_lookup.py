# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Finding who calls among many contacts, however their numbers are written.

The yardstick is how Odoo itself finds contacts by a number, ``phone_mobile_search``, among
the same ones in the same process. Ours begins with the digits that CallGear tells, Odoo's
with a number in E.164; each number is looked for once by either.
"""

from __future__ import annotations

import json
import statistics
from functools import partial

from benchmarks import contacts
from benchmarks.context import Context, Row
from benchmarks.verdict import Attempt, settle
from devtools.console import Problem

SIZES, SIZES_QUICK = (10_000, 100_000, 1_000_000), (1_000, 10_000)
ROUNDS, ROUNDS_QUICK = 5, 3
EACH_WAY = 50  # look-ups of a round for each way of writing
MAX_RATIO = 1.2
OURS, ODOO = "caller", "phone_mobile_search"

READ = """
env["callgear.partner.phone"]._sync_with_all_partners()
"""
MEASURE = """
import json, random, time
connection = env["callgear.connection"].search([], limit=1)
Phone, Partner = env["callgear.partner.phone"], env["res.partner"]


def ours(told):
    return Phone._find_partners(connection, connection._to_e164(told))


def of_odoo(told):
    return Partner.search([("phone_mobile_search", "=", "+" + told)])


sides = {{"{ours}": ours, "{odoo}": of_odoo}}
times = {{name: [] for name in sides}}
missed = {{name: [] for name in sides}}
for round in range({rounds} + 1):
    chosen = [
        way + {ways} * number
        for way in range({ways})
        for number in random.sample(range({count} // {ways}), {each})
    ]
    for name, find in sides.items():
        took = []
        for number in chosen:
            env.invalidate_all()
            told = "97150%s" % ({first} + number)
            started = time.perf_counter()
            found = find(told)
            took.append((time.perf_counter() - started) * 1000)
            if found.mapped("name") != ["Contact %s" % number]:
                missed[name].append(number % {ways})
        if round:  # the first one warms up
            times[name].append(took)
print("MEASURED=" + json.dumps([times, missed]))
"""


def run(context: Context) -> list[Row]:
    rows: list[Row] = []
    with context.copied("lookup") as copy:
        filled = 0
        for size in SIZES_QUICK if context.quick else SIZES:
            contacts.fill(copy, filled, size)
            filled = size
            copy.odoo_run(READ)
            copy.environment.sql(
                copy.database.name, "VACUUM ANALYZE callgear_partner_phone"
            )
            case = f"{size:,} contacts"
            rows += settle(case, partial(_measure, copy, case, size))
    return rows


def _measure(context: Context, case: str, size: int) -> Attempt:
    output = context.database.shell(
        MEASURE.format(
            ours=OURS,
            odoo=ODOO,
            rounds=ROUNDS_QUICK if context.quick else ROUNDS,
            ways=len(contacts.WAYS),
            count=size,
            each=EACH_WAY,
            first=contacts.FIRST,
        ),
        "Measuring failed",
    )
    if "MEASURED=" not in output:
        raise Problem("Nothing was measured.", output=output)
    told = output.rpartition("MEASURED=")[2].splitlines()[0]
    times, missed = json.loads(told)
    rounds = {
        name: [statistics.median(took) for took in of_side]
        for name, of_side in times.items()
    }
    ours, odoo = (statistics.median(rounds[name]) for name in (OURS, ODOO))
    ways = {name: len(contacts.WAYS) - len({*missed[name]}) for name in missed}
    return Attempt(
        [
            Row(case, ODOO, odoo, "ms"),
            Row(case, OURS, ours, "ms"),
            Row(case, f"{OURS} / {ODOO}", ours / odoo, "x", target=MAX_RATIO),
            Row(case, f"{ODOO}, ways of writing", ways[ODOO], "of 6", better="higher"),
            Row(
                case,
                f"{OURS}, ways of writing",
                ways[OURS],
                "of 6",
                better="higher",
                target=len(contacts.WAYS),
            ),
        ],  # fmt: skip
        rounds[ODOO],
    )
