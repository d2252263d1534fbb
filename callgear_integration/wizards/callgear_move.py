# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from ..client_input import for_clients


class CallgearMove(models.TransientModel):
    """Where to move a conversation that stands in the wrong ticket (R11)."""

    _name = "callgear.move"
    _description = "Move a Call"

    # The wizard is its user's own. Rights to the conversation are checked with each step.
    leg_id = fields.Many2one(
        "callgear.leg", required=True, readonly=True, ondelete="cascade"
    )
    call_name = fields.Char(string="Call", compute="_compute_from_leg")
    ticket_name = fields.Char(string="Now in", compute="_compute_from_leg")
    current_ticket_id = fields.Integer(compute="_compute_from_leg")
    company_id = fields.Many2one("res.company", compute="_compute_from_leg")
    is_ticket_movable = fields.Boolean(compute="_compute_from_leg")
    target = fields.Selection(
        [
            ("ticket", "Another ticket"),
            ("new", "A new ticket"),
            ("partner", "Another contact"),
        ],
        string="Move to",
        required=True,
        default="ticket",
    )
    ticket_id = fields.Many2one("helpdesk.ticket", ondelete="cascade")
    partner_id = fields.Many2one(
        "res.partner", string="Contact", ondelete="cascade", index="btree_not_null"
    )

    @api.depends("leg_id")
    def _compute_from_leg(self):
        for wizard in self:
            leg_sudo = wizard.leg_id.with_env(self.env)._as_movable()
            text = self.env["callgear.call.text"]
            call_sudo = leg_sudo.call_id
            when = text._started(call_sudo.with_context(lang=self.env.lang))
            wizard.call_name = f"{leg_sudo.display_name}, {when}"
            ticket = leg_sudo.ticket_id.with_env(self.env)
            readable = ticket and ticket.has_access("read")
            wizard.ticket_name = readable and ticket.display_name
            wizard.current_ticket_id = ticket.id
            wizard.company_id = leg_sudo.company_id
            wizard.is_ticket_movable = leg_sudo._may_change_ticket()

    @for_clients(one=True)
    def action_move(self):
        """Move the conversation.

        :return: action that opens where it is now
        :raises UserError: nothing was chosen, or as the methods of ``callgear.leg``
        """
        self.ensure_one()
        if self.target == "new":
            return self.leg_id.move_to_new_ticket()
        if self.target == "partner":
            if not self.partner_id:
                raise UserError(self.env._("Choose the contact."))
            return self.leg_id.move_to_partner(self.partner_id.id)
        if not self.ticket_id:
            raise UserError(self.env._("Choose the ticket."))
        return self.leg_id.move_to_ticket(self.ticket_id.id)
