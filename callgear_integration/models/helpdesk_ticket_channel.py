# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models


class HelpdeskTicketChannel(models.Model):
    """Channels of the tickets made from calls."""

    _name = "helpdesk.ticket.channel"
    _inherit = ["helpdesk.ticket.channel", "callgear.cached.configuration"]
    _cached_fields = frozenset({"active", "company_id", "sequence"})

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used_by_callgear(self):
        self.env["callgear.usage"]._check_unused(self)

    def _callgear_fits(self, company):
        """Return whether tickets of calls of a company may be in the channel."""
        return self.active and self.company_id in (company, company.browse())
