# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Transactions around requests to CallGear, and around work that is serialised by locks.

A test keeps its one transaction: there, all of this does nothing.
"""

from odoo import modules
from odoo.service.model import retrying


def end_transaction(env):
    """Commit what was written, so that nothing is locked while CallGear is asked.

    A webhook that outruns CallGear's answer must find the call, too.
    """
    if not modules.module.current_test:
        env.cr.commit()  # pylint: disable=invalid-commit


def read_committed(env):
    """See what the holder of a lock before us has written, once the lock is ours.

    With Odoo's usual snapshot, taken by the statement that waits for the lock, it would
    not be seen. For the beginning of a transaction.
    """
    if not modules.module.current_test:
        env.cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")


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
