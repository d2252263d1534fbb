# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models

# What the facts of the statistics depend on.
COUNTED = {"deadline", "expected_stage_id", "sla_id", "state", "ticket_id"}


class HelpdeskTicketSla(models.Model):
    """The facts of the statistics follow the deadlines."""

    _inherit = "helpdesk.ticket.sla"

    # The statistics look up the deadlines by ticket.
    _callgear_ticket_idx = models.Index("(ticket_id)")

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._callgear_note_facts()
        return lines

    def _write_multi(self, vals_list):
        result = super()._write_multi(vals_list)
        if any(COUNTED & vals.keys() for vals in vals_list):
            self._callgear_note_facts()
        return result

    def unlink(self):
        self._callgear_note_facts()
        return super().unlink()

    def _callgear_note_facts(self):
        """Have the facts of the tickets counted again."""
        # sudo: helpdesk.ticket.sla - what counts does not depend on the user
        self.env["callgear.ticket.fact"]._note(self.sudo().ticket_id.ids)
