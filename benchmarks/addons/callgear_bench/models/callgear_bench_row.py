# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class CallgearBenchRow(models.Model):
    """The least that a webhook could write: what it is, and its body."""

    _name = "callgear.bench.row"
    _description = "Row of a Bare Route"

    name = fields.Char(required=True)
    payload = fields.Text()
