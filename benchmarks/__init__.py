# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""Benchmarks: each ``bench_*.py`` has a function ``run(context) -> list[Row]``.

They run against real Odoo servers on a durable PostgreSQL; see bin/bench.
"""
