# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Transactions around requests to CallGear, and around work that is serialised by locks.

A test keeps its one transaction: there, only cursors that imitate transactions end any.
"""

from odoo import modules
from odoo.service.model import retrying
from odoo.sql_db import Cursor

READ_COMMITTED = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED"
# What the work on notifications may wait for: a lock that somebody else holds, one
# statement, and how long it may hold locks without asking for anything. It does not wait
# for the disk: the notification is there already, and is worked on again after a crash.
LIMITS = """
    SET LOCAL synchronous_commit = off;
    SET LOCAL lock_timeout = '2s';
    SET LOCAL statement_timeout = '15s';
    SET LOCAL idle_in_transaction_session_timeout = '60s'
"""


def end_transaction(env):
    """Commit what was written, so that nothing is locked while CallGear is asked.

    A webhook that outruns CallGear's answer must find the call, too.
    """
    if not _is_of_test(env):
        env.cr.commit()  # pylint: disable=invalid-commit
        env.registry.signal_changes()


def roll_back(env):
    """Undo what was written since the last commit, also in all caches."""
    if not _is_of_test(env):
        env.cr.rollback()
        env.transaction.reset()
        env.registry.reset_changes()


def begin_work(env):
    """Begin the work on a notification: bounded in time, and reading what is committed."""
    if not modules.module.current_test:
        env.cr.execute(f"{READ_COMMITTED}; {LIMITS}")


def read_committed(env):
    """See what the holder of a lock before us has written, once the lock is ours.

    With Odoo's usual snapshot, taken by the statement that waits for the lock, it would
    not be seen. For the beginning of a transaction.
    """
    if not modules.module.current_test:
        env.cr.execute(READ_COMMITTED)


def in_own_transaction(env, function):
    """Run in a transaction of its own, again if it collides with another; commit.

    What happened before, such as a request to CallGear, is not done again.
    """
    if modules.module.current_test:
        return function()

    def run():
        read_committed(env)
        return function()

    end_transaction(env)
    env.invalidate_all()
    return retrying(run, env)


def _is_of_test(env):
    return modules.module.current_test and isinstance(env.cr, Cursor)
