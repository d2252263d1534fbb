# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The present time, by the database's clock: a node's own may be wrong, by days.

What one node writes, others compare, and what is due is done by whichever comes first. So
it must not matter which of them it is. A process asks the database once a minute, and in
between counts on by a clock that nobody sets.
"""

import time
from datetime import datetime, timedelta

from odoo import modules

from .tools import times

# Seconds for which an answer is good: the database's clock may be set, too.
GOOD = 60


class DatabaseClock:
    """The clocks of databases, as this process knows them; safe to be used by threads."""

    def __init__(self):
        # By database: its time (naive UTC), and when it was that (monotonic).
        self._known = {}

    def now(self, cr) -> datetime:
        """Return the present time, with microseconds, by the clock of a cursor's database."""
        known = self._known.get(cr.dbname)
        if not known or time.monotonic() - known[1] > GOOD:
            cr.execute("SELECT clock_timestamp() AT TIME ZONE 'UTC'")
            known = self._known[cr.dbname] = cr.fetchone()[0], time.monotonic()
        moment, asked_at = known
        return moment + timedelta(seconds=time.monotonic() - asked_at)


_clock = DatabaseClock()


def precise_now(env) -> datetime:
    """Return the present time with microseconds: the order within a second matters."""
    if modules.module.current_test:
        return times.precise_now()  # tests have it stand still
    return _clock.now(env.cr)


def now(env) -> datetime:
    """Return the present time in whole seconds."""
    return precise_now(env).replace(microsecond=0)
