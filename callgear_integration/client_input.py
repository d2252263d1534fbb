# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What clients may call: anybody with a login can send any ids and arguments to it."""

import functools
import inspect

from odoo.exceptions import AccessError, ValidationError

from .tools.chosen_id import MAX_ID


def for_clients(one=False):
    """Return a decorator for methods that clients call: what cannot be is said in words.

    Pages never send it, but whoever does must not fill the log with tracebacks. The
    arguments' values are checked by the method itself.

    :param bool one: the method is for one record
    """

    def decorate(method):
        signature = inspect.signature(method)

        # Positional only: a client may send an argument of any name.
        @functools.wraps(method)
        def checked(self, /, *args, **options):
            _check_records(self, one)
            try:
                signature.bind(self, *args, **options)
            except TypeError:
                raise ValidationError(
                    self.env._("These are not the values that are expected here.")
                ) from None
            return method(self, *args, **options)

        checked.callgear_for_clients = True
        return checked

    return decorate


def _check_records(records, one):
    # The same words as for a record that is not there.
    are_ids = all(type(id_) is int and 0 < id_ <= MAX_ID for id_ in records._ids)
    if not are_ids or (one and len(records) != 1):
        raise AccessError(
            records.env._("It no longer exists, or you do not have access to it.")
        )
