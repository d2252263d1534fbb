# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Ids of records that a client has sent."""

MAX_ID = 2**31 - 1  # of PostgreSQL's integer


def chosen_id(value):
    """Return what a client has sent as the id of a record; False if it is none."""
    if isinstance(value, str) and value.isdecimal() and len(value) <= len(str(MAX_ID)):
        value = int(value)
    is_id = isinstance(value, int) and not isinstance(value, bool)
    return value if is_id and 0 < value <= MAX_ID else False
