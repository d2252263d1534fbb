# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from functools import wraps

from odoo import api, fields, models

from ..tools.hand import Hand, changed_by

# The method of helpdesk_ticket_close_inactive, and the context in which it searches.
CLOSE_INACTIVE = "close_team_inactive_tickets"
INACTIVE = "callgear_inactive"


class HelpdeskTicketTeam(models.Model):
    """Target times of a team for replies and closing (R38); what counts as inactive."""

    _name = "helpdesk.ticket.team"
    _inherit = ["helpdesk.ticket.team", "callgear.cached.configuration"]
    _cached_fields = frozenset({"active", "company_id"})

    callgear_first_reply_hours = fields.Float(
        string="First Reply Within (h)",
        help="Hours from the creation of a ticket to the first reply. 0: no target.",
    )
    callgear_any_reply_hours = fields.Float(
        string="Any Reply Within (h)",
        help="Hours that a customer's message may wait for a reply. 0: no target.",
    )
    callgear_closing_hours = fields.Float(
        string="Closed Within (h)",
        help="Hours from the creation of a ticket to its closing. 0: no target.",
    )

    _callgear_hours_positive = models.Constraint(
        "CHECK (callgear_first_reply_hours >= 0 AND callgear_any_reply_hours >= 0 "
        "AND callgear_closing_hours >= 0)",
        "A target time cannot be negative.",
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used_by_callgear(self):
        self.env["callgear.usage"]._check_unused(self)

    def _callgear_fits(self, company):
        """Return whether tickets of calls of a company may be in the team."""
        return self.active and self.company_id in (company, company.browse())

    def _register_hook(self):
        """Have calls count as activity where helpdesk_ticket_close_inactive closes (R55).

        Its method does not call another one, and it is loaded after this addon: an
        override would never be called.
        """
        super()._register_hook()
        close = getattr(type(self), CLOSE_INACTIVE, None)
        if close and not hasattr(close, INACTIVE):
            setattr(type(self), CLOSE_INACTIVE, _heeding_calls(close))


def _heeding_calls(close):
    """Return the method that closes inactive tickets, which heeds their calls as well."""

    @wraps(close)
    @changed_by(Hand.AUTOMATION)
    def close_with_calls(self, *args, **kwargs):
        return close(self.with_context(**{INACTIVE: True}), *args, **kwargs)

    setattr(close_with_calls, INACTIVE, True)
    return close_with_calls
