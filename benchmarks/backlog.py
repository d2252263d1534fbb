# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The work that answered notifications have left to the server, as the database has it."""

from __future__ import annotations

import time
from datetime import timedelta

import psycopg2

from devtools.console import Problem, say

WORK_SECONDS = 60
LOOK_SECONDS = 0.005
PENDING = "SELECT count(*) FROM callgear_event WHERE state = 'pending'"
# Without those that are left for a moment to be worked on with others of their call.
DUE = f"{PENDING} AND (urgency <= 1 OR create_date <= now() AT TIME ZONE 'UTC' - %s)"
TOGETHER = timedelta(seconds=0.5)
AGE = """
    SELECT COALESCE(EXTRACT(epoch FROM now() AT TIME ZONE 'UTC' - min(received_at)), 0)
    FROM callgear_event WHERE state = 'pending'
"""
GIVE_UP = "UPDATE callgear_event SET state = 'done' WHERE state = 'pending'"
FAILED = "SELECT count(*) FROM callgear_event WHERE state = 'failed'"


class Backlog:
    """Looks by a connection of its own, kept open: a look costs next to nothing.

    A context manager. ``pid`` is its PostgreSQL process, not to be counted as the server's.
    """

    def __init__(self, database: str):
        self._connection = psycopg2.connect(dbname=database)
        self._connection.autocommit = True
        self._cursor = self._connection.cursor()
        self.pid: int = self._connection.info.backend_pid

    def value(self, statement: str, *values: object) -> float:
        """The one number that a statement returns."""
        self._cursor.execute(statement, values or None)
        return float(self._cursor.fetchone()[0])

    def pending(self) -> int:
        return int(self.value(PENDING))

    def due(self) -> int:
        """How many of them nobody waits with any more."""
        return int(self.value(DUE, TOGETHER))

    def age(self) -> float:
        """For how many seconds the oldest notification has waited, 0 if none does."""
        return self.value(AGE)

    def wait(self, seconds: float = WORK_SECONDS) -> None:
        """Waits until nothing is left.

        :raises Problem: it has taken too long
        """
        deadline = time.monotonic() + seconds
        while left := self.pending():
            if time.monotonic() > deadline:
                raise Problem(
                    f"{left} notifications are still waiting after {seconds:g} s.",
                    "read the server's log.",
                )
            time.sleep(LOOK_SECONDS)

    def wait_or_give_up(self) -> None:
        """The same; what takes too long must not slow down what is measured next."""
        try:
            self.wait()
        except Problem as problem:
            self._cursor.execute(GIVE_UP)
            say(f"   given up: {problem.message}")

    def check_done_well(self) -> None:
        """:raises Problem: the work on a notification was given up"""
        if failed := int(self.value(FAILED)):
            raise Problem(
                f"The work on {failed} notifications has failed.",
                "read the server's log.",
            )

    def __enter__(self) -> Backlog:
        return self

    def __exit__(self, *_error: object) -> None:
        self._connection.close()
