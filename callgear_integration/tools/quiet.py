# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Whether customers get messages because of what the running code changes (R43).

Like the hand (see ``hand``) it cannot be a key of Odoo's context: what other addons and
automation rules send because a ticket has changed may be sent without that context.
"""

from contextlib import contextmanager
from contextvars import ContextVar

# Key in the data of the pre-commit hook: ids of tickets that calls have changed in this
# transaction, because of which customers get no message.
SILENT = "callgear_integration.silent"

_quiet: ContextVar[bool] = ContextVar("callgear_quiet", default=False)


def is_quiet() -> bool:
    """Return whether customers get no messages now."""
    return _quiet.get()


@contextmanager
def quiet(wanted: bool = True):
    """Inside, customers get no messages if that is wanted, here or further outside."""
    token = _quiet.set(wanted or _quiet.get())
    try:
        yield
    finally:
        _quiet.reset(token)
