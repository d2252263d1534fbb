# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import SQL

from ..new_columns import add_new_columns
from ..tools.phone_number import line_key


class CallgearLine(models.AbstractModel):
    """Records with a phone number, found by the line, however the number is written.

    Some lines have several numbers in E.164, such as with and without Argentina's 9.
    """

    _name = "callgear.line"
    _description = "Has a Phone Number"
    # Name of the field with the number in E.164.
    _number_field = "number"

    line_key = fields.Char(
        compute="_compute_line_key", store=True, precompute=True, exportable=False
    )

    def _auto_init(self):
        """Fill the column by SQL if it is new."""
        new = add_new_columns(self, ["line_key"])
        result = super()._auto_init()
        if new:
            self._fill_line_keys()
        return result

    def _fill_line_keys(self):
        """Set it number by number, of which there are fewer than records."""
        number, table = SQL.identifier(self._number_field), SQL.identifier(self._table)
        query = "SELECT DISTINCT %s FROM %s WHERE %s IS NOT NULL"
        self.env.cr.execute(SQL(query, number, table, number))
        keys = {found: line_key(found) or None for (found,) in self.env.cr.fetchall()}
        self.env.cr.execute(
            SQL(
                """
                UPDATE %(table)s SET line_key = known.line_key
                FROM unnest(%(numbers)s::text[], %(keys)s::text[]) known (number, line_key)
                WHERE %(table)s.%(number)s = known.number
                """,
                table=table,
                number=number,
                numbers=list(keys),
                keys=list(keys.values()),
            )
        )

    @api.depends(lambda self: (self._number_field,) if self._abstract is False else ())
    def _compute_line_key(self):
        for record in self:
            record.line_key = line_key(record[record._number_field])
