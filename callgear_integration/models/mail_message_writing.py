# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class MailMessage(models.Model):
    _inherit = "mail.message"

    callgear_writing_seconds = fields.Integer(
        string="Written For (s)",
        readonly=True,
        help="Seconds from the first key that the author pressed to the sending.",
    )
