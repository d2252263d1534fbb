# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Columns of stored computed fields that come to a table with many rows.

At an upgrade the ORM reads and computes each row in Python. A column that is there before
``_auto_init`` is not computed; whoever adds it fills it by SQL.
"""

from odoo.tools.sql import create_column, table_columns, table_exists


def add_new_columns(model, names):
    """Add the columns that the table of a model lacks, before its ``_auto_init``.

    :param names: names of stored fields
    :return: list of the names of those that were added; none if there is no table yet
    """
    cr, table = model.env.cr, model._table
    if not table_exists(cr, table):
        return []
    known = table_columns(cr, table)
    missing = [name for name in names if name not in known]
    for name in missing:
        field = model._fields[name]
        create_column(cr, table, name, field.column_type[1], field.string)
    return missing
