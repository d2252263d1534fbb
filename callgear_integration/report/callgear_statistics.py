# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What managers count: one row is one fact about one ticket.

A row holds the ticket's id in the columns that the fact counts for. Counting the
different ids of a column therefore counts each ticket once, however the rows are
grouped, and the sum over groups may be more than the total.
"""

from functools import partial

from odoo import api, fields, models
from odoo.fields import Domain

from .period import asked_for


class CallgearStatistics(models.Model):
    _name = "callgear.statistics"
    _description = "Helpdesk Statistics"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "ticket_id"

    date = fields.Datetime(
        readonly=True,
        help="When it happened. The dates asked for are the period: a call ticket "
        "counts as closed only if it was talked about in the period.",
    )
    kind = fields.Selection(
        [
            ("new", "New ticket"),
            ("reopened", "Opened again"),
            ("worked", "Noted or changed"),
            ("reply", "Reply"),
            ("answered", "Recorded conversation"),
            ("closed", "Closed"),
        ],
        string="What Happened",
        readonly=True,
    )
    ticket_id = fields.Many2one("helpdesk.ticket", readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Agent",
        readonly=True,
        help="Who did it. New, reopened and closed tickets count for the agent to whom "
        "they are assigned now.",
    )
    team_id = fields.Many2one("helpdesk.ticket.team", readonly=True)
    channel_id = fields.Many2one("helpdesk.ticket.channel", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Contact", readonly=True)
    is_call = fields.Boolean(
        string="Call Ticket",
        readonly=True,
        help="The ticket is in the channel of a CallGear connection.",
    )
    active = fields.Boolean(readonly=True)

    # ------------------------------------------------------------ general load

    new_tickets = fields.Integer(
        string="New",
        aggregator="count_distinct",
        readonly=True,
        help="Tickets made in the period.",
    )
    new_from_customers = fields.Integer(
        string="New from Customers",
        aggregator="count_distinct",
        readonly=True,
        help="Tickets made in the period because a customer turned to you: for "
        "incoming and missed calls, by e-mail, on the website. Not those that agents "
        "made themselves, nor those for outgoing calls.",
    )
    reopened = fields.Integer(
        aggregator="count_distinct",
        readonly=True,
        help="Tickets made before the period that were closed and went back to an open "
        "stage in it.",
    )
    new_and_reopened = fields.Integer(
        string="New and Reopened",
        aggregator="count_distinct",
        readonly=True,
        help="Tickets made in the period, and older ones opened again in it.",
    )
    worked_on = fields.Integer(
        aggregator="count_distinct",
        readonly=True,
        help="Tickets in which an agent replied, noted or changed something in the "
        "period.",
    )
    answered = fields.Integer(
        aggregator="count_distinct",
        readonly=True,
        help="Call tickets with a recorded conversation in the period, and other "
        "tickets with an agent's reply to the customer in it.",
    )
    closed = fields.Integer(
        aggregator="count_distinct",
        readonly=True,
        help="Tickets closed in the period. Call tickets count only if a conversation "
        "in the period was recorded.",
    )
    replies = fields.Integer(
        aggregator="sum",
        readonly=True,
        help="Agents' replies to customers, and recorded conversations.",
    )

    # ------------------------------------------------------------------- speed

    first_reply_hours = fields.Float(
        string="First Reply (h)",
        aggregator="avg",
        readonly=True,
        help="Hours from the making of a ticket to the first reply of an agent, on "
        "average over the first replies of the period. Call tickets are left out.",
    )
    any_reply_hours = fields.Float(
        string="Any Reply (h)",
        aggregator="avg",
        readonly=True,
        help="Hours that a customer's message waited for a reply, on average over the "
        "replies of the period. Of several messages the first counts. Call tickets are "
        "left out.",
    )
    writing_minutes = fields.Float(
        string="Writing a Reply (min)",
        aggregator="avg",
        readonly=True,
        help="Minutes from the first key that an agent pressed to the sending of his "
        "reply, on average over the replies of the period. Call tickets are left out.",
    )
    replies_to_close = fields.Float(
        string="Replies to Close",
        aggregator="avg",
        readonly=True,
        help="Replies that a ticket closed in the period had until then, on average; "
        "recorded conversations of the period count as replies.",
    )
    closing_hours = fields.Float(
        string="Closing (h)",
        aggregator="avg",
        readonly=True,
        help="Hours from the making of a ticket to its last closing in the period, on "
        "average. Call tickets that were made closed are left out.",
    )

    # --------------------------------------------------------------------- SLA

    sla_first_reply_breached = fields.Integer(
        string="First Reply Late",
        aggregator="count_distinct",
        readonly=True,
        help="Tickets whose first reply, in the period, took longer than their team "
        "promises. Call tickets are left out.",
    )
    sla_first_reply_due = fields.Integer(
        string="First Reply Promised",
        aggregator="count_distinct",
        readonly=True,
        help="Tickets with a first reply in the period whose team promises one within "
        "some hours.",
    )
    sla_any_reply_breached = fields.Integer(
        string="Replies Late",
        aggregator="sum",
        readonly=True,
        help="Replies of the period that took longer than the ticket's team promises. "
        "Call tickets are left out.",
    )
    sla_any_reply_due = fields.Integer(
        string="Replies Promised",
        aggregator="sum",
        readonly=True,
        help="Replies of the period for which the ticket's team promises a time.",
    )
    sla_closing_breached = fields.Integer(
        string="Closed Late",
        aggregator="count_distinct",
        readonly=True,
        help="Tickets closed in the period that took longer than their team promises. "
        "Call tickets count as in the time to close.",
    )
    sla_closing_due = fields.Integer(
        string="Closing Promised",
        aggregator="count_distinct",
        readonly=True,
        help="Tickets closed in the period whose team promises a time for it.",
    )

    # ----------------------------------------------------------------- rights

    @api.model
    def _search(self, domain, *args, **kwargs):
        """Count the period asked for, in the tickets that the user may read."""
        domain = Domain(domain)
        period = asked_for(domain.optimize_full(self))
        if not (self.env.su or kwargs.get("bypass_access")):
            domain &= self._of_readable_tickets()
        within = self.with_context(callgear_period=period)
        return super(CallgearStatistics, within)._search(domain, *args, **kwargs)

    @api.model
    def _of_readable_tickets(self):
        Ticket = self.env["helpdesk.ticket"]
        Ticket.check_access("read")
        rule = self.env["ir.rule"]._compute_domain(Ticket._name, "read")
        # sudo: helpdesk.ticket - the rule's own terms, which a user need not read
        rule = Domain(rule).optimize_full(Ticket.sudo())
        if all(part.field_expr == "company_id" for part in rule.iter_conditions()):
            return rule  # of managers: the column is here, too
        return Domain("ticket_id", "in", Ticket._search([], active_test=False))

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if not self or self.env.su:
            return result
        forbidden = result[0] if result else self.browse()
        # sudo: callgear.statistics - to learn which ticket decides
        tickets = self.sudo().ticket_id.with_env(self.env)
        readable = tickets._filtered_access("read")
        forbidden |= self.filtered(
            lambda row: row.sudo().ticket_id.with_env(self.env) not in readable
        )
        if not forbidden:
            return None
        make_error = self.env["ir.rule"]._make_access_error
        return forbidden, partial(make_error, operation, forbidden)

    def action_open_ticket(self):
        """Open the ticket that the row is about."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "helpdesk.ticket",
            "res_id": self.ticket_id.id,
            "views": [(False, "form")],
        }
