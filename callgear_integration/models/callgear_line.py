# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.sql import column_exists, create_column

from ..tools.phone_number import line_key

# Numbers that begin otherwise are their own key; tests compare this with line_key().
SPELLED_DIFFERENTLY = r"^\+(39|378|5[2457]|22[59])"


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

    @api.depends(lambda self: (self._number_field,) if self._abstract is False else ())
    def _compute_line_key(self):
        for record in self:
            record.line_key = line_key(record[record._number_field])

    def _auto_init(self):
        """Fill a new column at once; Odoo would read all records into memory."""
        is_new = not self._abstract and not column_exists(
            self.env.cr, self._table, "line_key"
        )
        if is_new and column_exists(self.env.cr, self._table, self._number_field):
            create_column(self.env.cr, self._table, "line_key", "varchar")
            self._fill_line_keys()
        return super()._auto_init()

    def _fill_line_keys(self):
        table, number = SQL.identifier(self._table), SQL.identifier(self._number_field)
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET line_key = %s WHERE %s !~ %s",
                table,
                number,
                number,
                SPELLED_DIFFERENTLY,
            )
        )
        self.env.cr.execute(
            SQL(
                "SELECT DISTINCT %s FROM %s WHERE %s ~ %s",
                number,
                table,
                number,
                SPELLED_DIFFERENTLY,
            )
        )
        numbers = [found for (found,) in self.env.cr.fetchall()]
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET line_key = keys.line_key"
                " FROM unnest(%s::varchar[], %s::varchar[]) AS keys (number, line_key)"
                " WHERE %s = keys.number",
                table,
                numbers,
                [line_key(found) for found in numbers],
                SQL.identifier(self._table, self._number_field),
            )
        )
