# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class HelpdeskTicketSla(models.Model):
    _inherit = "helpdesk.ticket.sla"

    # The statistics look up the deadlines by ticket.
    _callgear_ticket_idx = models.Index("(ticket_id)")
