# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Contacts by the million, each with a number of its own, written in one of six ways."""

from __future__ import annotations

from benchmarks.context import Context

# A number has seven digits behind the operator's code, here ``d``.
WAYS = {
    "+971501234567": "'+97150' || d",
    "+971 50 123 4567": "'+971 50 ' || left(d, 3) || ' ' || right(d, 4)",
    "00971501234567": "'0097150' || d",
    "971501234567": "'97150' || d",
    "050 123 4567": "'050 ' || left(d, 3) || ' ' || right(d, 4)",
    "(050) 123-4567": "'(050) ' || left(d, 3) || '-' || right(d, 4)",
}
FIRST = 2_000_000
FILL = """
env.cr.execute('''
    INSERT INTO res_partner (name, complete_name, phone, active, type, create_date)
    SELECT 'Contact ' || n, 'Contact ' || n,
        CASE n %% {ways} {cases} END, TRUE, 'contact', now()
    FROM (
        SELECT n, ({first} + n)::text AS d FROM generate_series(%s, %s) n
    ) numbered
''', [{begin}, {end}])
env.cr.commit()
"""


def fill(context: Context, begin: int, end: int) -> None:
    """Makes the contacts with the numbers from ``begin`` up to ``end`` (not itself)."""
    cases = " ".join(f"WHEN {way} THEN {sql}" for way, sql in enumerate(WAYS.values()))
    context.odoo_run(
        FILL.format(ways=len(WAYS), cases=cases, first=FIRST, begin=begin, end=end - 1)
    )
    # PostgreSQL's autovacuum does it in time.
    context.environment.sql(context.database.name, "VACUUM ANALYZE res_partner")
