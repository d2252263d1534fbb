# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    # Looked for, never shown: tickets by what happened to them in a period. Reading it
    # would gather the whole history, so it is kept from whoever reads "all fields".
    callgear_statistics_ids = fields.One2many(
        "callgear.statistics",
        "ticket_id",
        string="Facts of the statistics",
        groups="helpdesk_mgmt.group_helpdesk_user_own",
        export_string_translation=False,
    )
