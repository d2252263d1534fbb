# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Transactions around requests to CallGear, and around work that is serialised by locks.

A test has one transaction, so there these functions do not end it, unless its cursor
imitates transactions (``TestCursor``).
"""

from odoo import modules
from odoo.service.model import retrying
from odoo.sql_db import Cursor
from odoo.tools import config

READ_COMMITTED = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED"
# Limits for the processing of notifications: how long to wait for a lock, how long one
# statement may take, and how long a transaction may stay idle. Statements that take some
# milliseconds are not compiled first. Commits do not wait for the disk: the notification is
# stored already, and is processed again after a crash.
LIMITS = """
    SET LOCAL synchronous_commit = off;
    SET LOCAL jit = off;
    SET LOCAL lock_timeout = {patience};
    SET LOCAL statement_timeout = '15s';
    SET LOCAL idle_in_transaction_session_timeout = '60s'
"""
# How long to wait for a lock, in milliseconds: what is repeated at once if there is one in
# the way waits for a moment only.
PATIENCE, LITTLE_PATIENCE = 2000, 200


def end_transaction(env):
    """Commit, so that no lock is held during a request to CallGear.

    A notification that arrives before CallGear's answer must also find the call.
    """
    if not _is_of_test(env):
        env.cr.commit()  # pylint: disable=invalid-commit
        env.registry.signal_changes()


def roll_back(env):
    """Undo all writes since the last commit, also in all caches."""
    if not _is_of_test(env):
        env.cr.rollback()
        env.transaction.reset()
        env.registry.reset_changes()


def begin_work(env, patience=PATIENCE):
    """Begin a transaction to process notifications: READ COMMITTED, limited in time.

    :param int patience: how long to wait for a lock, in milliseconds
    """
    if not modules.module.current_test:
        env.cr.execute(f"{READ_COMMITTED}; {LIMITS.format(patience=patience)}")


def read_committed(env):
    """Make the transaction READ COMMITTED; to be called at its beginning.

    After waiting for a lock, it then sees what the previous holder has written. Odoo's
    usual snapshot is taken by the statement that waits, so it would not.
    """
    if not modules.module.current_test:
        env.cr.execute(READ_COMMITTED)


def in_own_transaction(env, function):
    """Commit, then run a function in a new transaction, and commit.

    The function alone is repeated after a serialisation failure, not what was done before
    it, such as a request to CallGear.

    :param function: called without arguments
    :return: what the function returns
    """
    if modules.module.current_test:
        return function()

    def run():
        read_committed(env)
        return function()

    end_transaction(env)
    env.invalidate_all()
    return retrying(run, env)


def cron_seconds(most, parts):
    """Return for how long a scheduled action may work, so that its worker is not killed.

    :param most: seconds, if the worker may live long enough
    :param int parts: the part of the worker's time: one of so many
    """
    limit = config["limit_time_real_cron"]
    if limit < 0:  # the same as for requests
        limit = config["limit_time_real"]
    return min(most, limit / parts) if limit else most


def _is_of_test(env):
    return modules.module.current_test and isinstance(env.cr, Cursor)
