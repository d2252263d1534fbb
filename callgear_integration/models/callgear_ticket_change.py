# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

# In the transaction's data: (ticket id, user id) of the changes that are noted already.
CHANGED = "callgear_integration.changed_tickets"


class CallgearTicketChange(models.Model):
    """That a person has changed something of a ticket, tracked or not (R34).

    Odoo keeps a trace of tracked fields only. One row for each transaction.
    """

    _name = "callgear.ticket.change"
    _inherit = "callgear.hidden.links"
    _description = "Change of a Ticket by a Person"
    _log_access = False

    ticket_id = fields.Many2one(
        "helpdesk.ticket", required=True, ondelete="cascade", readonly=True, index=True
    )
    user_id = fields.Many2one(
        "res.users", required=True, ondelete="cascade", readonly=True, index=True
    )
    date = fields.Datetime(required=True, readonly=True)

    @api.model
    def _note(self, tickets):
        """Note that the user has changed tickets: once in a transaction."""
        noted = self.env.cr.precommit.data.setdefault(CHANGED, set())
        new = {(ticket_id, self.env.uid) for ticket_id in tickets.ids} - noted
        noted |= new
        now = fields.Datetime.now()
        # sudo: callgear.ticket.change - noted for everybody who may write a ticket
        self.sudo().create(
            [
                {"ticket_id": ticket_id, "user_id": user_id, "date": now}
                for ticket_id, user_id in sorted(new)
            ]
        )
        self.env["callgear.ticket.fact"]._note(tickets.ids)
