# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

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

    @api.depends(lambda self: (self._number_field,) if self._abstract is False else ())
    def _compute_line_key(self):
        for record in self:
            record.line_key = line_key(record[record._number_field])
