# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The statistics for managers: one row is one fact about one ticket.

A row has the ticket's id in those columns that the fact counts for. To count tickets is to
count the different ids of a column. So a ticket counts once in each group of rows, and the
sum over groups may be more than the total.

``facts_query.FactsQuery`` finds the facts; this model defines their columns.
"""

from functools import partial

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .facts_query import FactsQuery
from .searched_period import SearchedPeriod


class CallgearStatistics(models.Model):
    _name = "callgear.statistics"
    _description = "Helpdesk Statistics"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "ticket_id"
    _depends = {
        "helpdesk.ticket": [
            "active",
            "call_kind",
            "callgear_made_closed",
            "channel_id",
            "closed_date",
            "company_id",
            "partner_id",
            "stage_id",
            "team_id",
            "user_id",
        ],
        "helpdesk.ticket.stage": ["closed"],
        "helpdesk.ticket.team": [
            "callgear_any_reply_hours",
            "callgear_closing_hours",
            "callgear_first_reply_hours",
        ],
        "mail.message": [
            "author_id",
            "callgear_writing_seconds",
            "date",
            "is_internal",
            "message_type",
            "model",
            "res_id",
            "subtype_id",
        ],
        "mail.tracking.value": [
            "field_id",
            "mail_message_id",
            "new_value_integer",
            "old_value_integer",
        ],
        "res.users": ["active", "partner_id", "share"],
        "callgear.leg": [
            "answered_at",
            "entry",
            "result_id",
            "started_at",
            "ticket_id",
            "user_id",
        ],
        "callgear.recording": ["leg_id"],
    }

    date = fields.Datetime(
        readonly=True,
        help="When it happened. The dates searched for are the period: a call ticket "
        "counts as closed only if it has a recorded conversation in the period.",
    )
    kind = fields.Selection(
        [
            ("new", "New ticket"),
            ("reopened", "Reopened"),
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
        help="The agent who did it. New, reopened and closed tickets count for the agent "
        "to whom they are assigned now.",
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
    result_id = fields.Many2one(
        "callgear.result",
        readonly=True,
        help="What became of a recorded conversation, if the agent has said it.",
    )
    active = fields.Boolean(readonly=True)

    # ------------------------------------------------------------ general load

    new_tickets = fields.Integer(
        string="New",
        aggregator="count_distinct",
        readonly=True,
        help="Tickets created in the period.",
    )
    new_from_customers = fields.Integer(
        string="New from Customers",
        aggregator="count_distinct",
        readonly=True,
        help="Tickets created in the period because a customer contacted you: for "
        "incoming and missed calls, by e-mail, on the website. Tickets that agents "
        "created themselves, and those for outgoing calls, are left out.",
    )
    reopened = fields.Integer(
        aggregator="count_distinct",
        readonly=True,
        help="Tickets created before the period that went back from a closed to an open "
        "stage in it.",
    )
    new_and_reopened = fields.Integer(
        string="New and Reopened",
        aggregator="count_distinct",
        readonly=True,
        help="Tickets created in the period, and older ones reopened in it.",
    )
    worked_on = fields.Integer(
        aggregator="count_distinct",
        readonly=True,
        help="Tickets in which an agent replied, noted or changed something in the "
        "period.",
    )
    answered = fields.Integer(
        string="Tickets Answered",
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
        help="Hours from the creation of a ticket to the first reply of an agent, on "
        "average over the first replies of the period. Call tickets are left out.",
    )
    any_reply_hours = fields.Float(
        string="Any Reply (h)",
        aggregator="avg",
        readonly=True,
        help="Hours that a customer's message waited for a reply, on average over the "
        "replies of the period. If there were several messages, the first one counts. "
        "Call tickets are left out.",
    )
    writing_minutes = fields.Float(
        string="Writing a Reply (min)",
        aggregator="avg",
        readonly=True,
        help="Minutes from an agent's first keystroke to sending the reply, on average "
        "over the replies of the period. Call tickets are left out.",
    )
    replies_to_close = fields.Float(
        string="Replies to Close",
        aggregator="avg",
        readonly=True,
        help="Number of replies in a ticket before it was closed, on average over the "
        "tickets closed in the period; recorded conversations of the period count as "
        "replies.",
    )
    closing_hours = fields.Float(
        string="Closing (h)",
        aggregator="avg",
        readonly=True,
        help="Hours from the creation of a ticket to its last closing in the period, on "
        "average. Call tickets that were created in a closed stage are left out.",
    )

    # --------------------------------------------------------------------- SLA

    sla_first_reply_breached = fields.Integer(
        string="First Reply Late",
        aggregator="count_distinct",
        readonly=True,
        help="Tickets whose first reply, in the period, took longer than the target time "
        "of their team. Call tickets are left out.",
    )
    sla_first_reply_due = fields.Integer(
        string="First Replies with a Target Time",
        aggregator="count_distinct",
        readonly=True,
        help="Tickets with a first reply in the period whose team has a target time for "
        "it.",
    )
    sla_any_reply_breached = fields.Integer(
        string="Replies Late",
        aggregator="sum",
        readonly=True,
        help="Replies of the period that took longer than the target time of the ticket's "
        "team. Call tickets are left out.",
    )
    sla_any_reply_due = fields.Integer(
        string="Replies with a Target Time",
        aggregator="sum",
        readonly=True,
        help="Replies of the period for which the ticket's team has a target time.",
    )
    sla_closing_breached = fields.Integer(
        string="Closed Late",
        aggregator="count_distinct",
        readonly=True,
        help="Tickets closed in the period that took longer than the target time of their "
        "team. Call tickets count as in the time to close.",
    )
    sla_closing_due = fields.Integer(
        string="Closings with a Target Time",
        aggregator="count_distinct",
        readonly=True,
        help="Tickets closed in the period whose team has a target time for it.",
    )

    # ------------------------------------------------------- search and rights

    @api.model
    def _search(self, domain, *args, **kwargs):
        """Search the facts of the domain's period, about tickets the user may read."""
        domain = Domain(domain)
        period = SearchedPeriod.from_domain(domain.optimize_full(self))
        if not (self.env.su or kwargs.get("bypass_access")):
            domain &= self._of_readable_tickets()
        within = self.with_context(callgear_period=period)
        return super(CallgearStatistics, within)._search(domain, *args, **kwargs)

    @api.model
    def _of_readable_tickets(self):
        """Return the domain of the facts about tickets that the user may read."""
        Ticket = self.env["helpdesk.ticket"]
        Ticket.check_access("read")
        if Ticket._callgear_all_are_readable():
            # The facts have the column of this rule, too.
            return Domain(self.env["ir.rule"]._compute_domain(Ticket._name, "read"))
        return Domain("ticket_id", "in", Ticket._search([], active_test=False))

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if not self or self.env.su:
            return result
        forbidden = result[0] if result else self.browse()
        # sudo: callgear.statistics - to find the tickets whose rights decide
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
        """Return the action that opens the ticket of the row."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "helpdesk.ticket",
            "res_id": self.ticket_id.id,
            "views": [(False, "form")],
        }

    # ---------------------------------------------------------------- the query

    @property
    def _table_query(self):
        query = self._facts_query()
        return SQL(
            """
            WITH %(tables)s
            SELECT %(columns)s
            FROM fact
            JOIN helpdesk_ticket ticket ON ticket.id = fact.ticket_id
            LEFT JOIN helpdesk_ticket_team team ON team.id = ticket.team_id
            %(joins)s
            WHERE %(counts)s
            """,
            tables=query.tables(),
            columns=self._columns(),
            joins=self._deadline_joins(),
            counts=query.counts(),
        )

    def _facts_query(self):
        """Return the query of the facts of the period that is searched."""
        field_ids = self.env["ir.model.fields"]._get_ids("helpdesk.ticket")
        data = self.env["ir.model.data"]
        return FactsQuery(
            period=self.env.context.get("callgear_period") or SearchedPeriod(),
            agents=self._agents(),
            closed_stages=self._closed_stages(),
            stage_field=field_ids["stage_id"],
            comment_subtype=data._xmlid_to_res_id("mail.mt_comment"),
            root_partner=self.env.ref("base.partner_root").id,
            is_call=self._is_call(),
        )

    def _agents(self):
        """Return the agents: dict, id of the partner → id of the internal user.

        Archived users are included, because they were agents. OdooBot is not an agent.
        """
        # sudo: res.users - who is an agent is not secret
        users_sudo = self.env["res.users"].sudo().with_context(active_test=False)
        root = self.env.ref("base.user_root")
        # If a partner has several users, the last one counts: the oldest active one.
        users_sudo = users_sudo.search_fetch(
            [("share", "=", False), ("id", "!=", root.id)],
            ["partner_id"],
            order="active, id DESC",
        )
        return {user_sudo.partner_id.id: user_sudo.id for user_sudo in users_sudo}

    def _closed_stages(self):
        # sudo: helpdesk.ticket.stage - which stages are closed is not secret
        stages_sudo = self.env["helpdesk.ticket.stage"].sudo()
        stages_sudo = stages_sudo.with_context(active_test=False)
        return _ids(stages_sudo.search([("closed", "=", True)]))

    def _is_call(self):
        """Return the SQL condition that ``ticket`` is a call ticket."""
        return SQL("ticket.is_calls_channel IS TRUE")

    # ---------------------------------------------- columns: what a fact counts for

    def _columns(self):
        """Return the columns of the model, in terms of ``fact`` and ``ticket``."""
        is_call = self._is_call()
        columns = {**self._plain_columns(is_call), **self._load_columns(is_call)}
        columns |= {**self._speed_columns(is_call), **self._sla_columns(is_call)}
        return SQL(", ").join(
            SQL("%s AS %s", expression, SQL.identifier(name))
            for name, expression in columns.items()
        )

    def _plain_columns(self, is_call):
        return {
            "id": SQL("fact.id"),
            "date": SQL("fact.date"),
            "kind": SQL("fact.kind"),
            "ticket_id": SQL("fact.ticket_id"),
            "user_id": SQL(
                "CASE WHEN fact.kind IN ('new', 'reopened', 'closed') "
                "THEN ticket.user_id ELSE fact.user_id END"
            ),
            "team_id": SQL("ticket.team_id"),
            "channel_id": SQL("ticket.channel_id"),
            "company_id": SQL("ticket.company_id"),
            "partner_id": SQL("ticket.partner_id"),
            "is_call": is_call,
            "result_id": SQL("fact.result_id"),
            "active": SQL("ticket.active"),
        }

    def _load_columns(self, is_call):
        return {
            "new_tickets": _ticket_if(SQL("fact.kind = 'new'")),
            "new_from_customers": _ticket_if(
                SQL("fact.kind = 'new' AND %s", self._is_from_customer(is_call))
            ),
            "reopened": _ticket_if(SQL("fact.kind = 'reopened'")),
            "new_and_reopened": _ticket_if(SQL("fact.kind IN ('new', 'reopened')")),
            "worked_on": _ticket_if(SQL("fact.kind IN ('worked', 'reply')")),
            "answered": _ticket_if(
                SQL(
                    "fact.kind = CASE WHEN %s THEN 'answered' ELSE 'reply' END",
                    is_call,
                )
            ),
            "closed": _ticket_if(SQL("fact.kind = 'closed'")),
            "replies": SQL(
                "CASE WHEN fact.kind IN ('reply', 'answered') THEN 1 END",
            ),
        }

    def _is_from_customer(self, is_call):
        """Condition: made for a call of the customer, or not created by an agent."""
        return SQL(
            """
            CASE WHEN %s THEN ticket.call_kind IN ('in', 'missed')
            ELSE NOT EXISTS (
                SELECT FROM agent WHERE agent.user_id = ticket.create_uid
            ) END
            """,
            is_call,
        )

    def _speed_columns(self, is_call):
        return {
            "first_reply_hours": _hours_if(
                self._is_first_reply(is_call), self._made_at(), SQL("fact.date")
            ),
            "any_reply_hours": _hours_if(
                self._is_any_reply(is_call), self._since(), SQL("fact.date")
            ),
            "writing_minutes": SQL(
                "CASE WHEN fact.kind = 'reply' AND NOT %s "
                "THEN fact.writing_seconds / 60.0 END",
                is_call,
            ),
            "replies_to_close": SQL("CASE WHEN fact.is_last THEN fact.replies END"),
            "closing_hours": _hours_if(
                self._is_timed_closing(is_call), self._made_at(), SQL("fact.date")
            ),
        }

    def _made_at(self):
        return SQL("date_trunc('second', ticket.create_date)")

    def _since(self):
        """When the customer began to wait for the reply."""
        return SQL("COALESCE(fact.since, %s)", self._made_at())

    def _is_any_reply(self, is_call):
        return SQL("fact.is_wait AND NOT %s", is_call)

    def _is_first_reply(self, is_call):
        return SQL("%s AND fact.since IS NULL", self._is_any_reply(is_call))

    def _is_timed_closing(self, is_call):
        return SQL(
            "fact.is_last AND (NOT %s OR fact.date != %s)",
            is_call,
            self._made_at(),
        )

    # --------------------------------------------------------------------- SLA

    def _sla_columns(self, is_call):
        first, reply = self._is_first_reply(is_call), self._is_any_reply(is_call)
        closing = self._is_timed_closing(is_call)
        first_late = _is_late(first, self._first_reply_deadline())
        reply_late = _is_late(reply, self._any_reply_deadline())
        closing_late = _is_late(closing, self._closing_deadline())
        return {
            "sla_first_reply_breached": _ticket_if(first_late),
            "sla_first_reply_due": _ticket_if(
                _is_due(first, self._first_reply_deadline())
            ),
            "sla_any_reply_breached": SQL("CASE WHEN %s THEN 1 END", reply_late),
            "sla_any_reply_due": SQL(
                "CASE WHEN %s THEN 1 END", _is_due(reply, self._any_reply_deadline())
            ),
            "sla_closing_breached": _ticket_if(closing_late),
            "sla_closing_due": _ticket_if(_is_due(closing, self._closing_deadline())),
        }

    def _deadline_joins(self):
        """Return joins that deadlines need besides ``fact``, ``ticket``, ``team``."""
        return SQL()

    def _first_reply_deadline(self):
        """Return the SQL of the time by which the first reply is due; NULL: none."""
        return SQL(
            "(%s + NULLIF(team.callgear_first_reply_hours, 0) * INTERVAL '1 hour')",
            self._made_at(),
        )

    def _any_reply_deadline(self):
        return SQL(
            "(%s + NULLIF(team.callgear_any_reply_hours, 0) * INTERVAL '1 hour')",
            self._since(),
        )

    def _closing_deadline(self):
        return SQL(
            "(%s + NULLIF(team.callgear_closing_hours, 0) * INTERVAL '1 hour')",
            self._made_at(),
        )


def _ids(records):
    """Return ids for SQL's IN, which needs at least one."""
    return tuple(records.ids) or (0,)


def _ticket_if(condition):
    return SQL("CASE WHEN %s THEN fact.ticket_id END", condition)


def _hours_if(condition, start, end):
    return SQL(
        "CASE WHEN %s THEN EXTRACT(EPOCH FROM %s - %s)::float8 / 3600 END",
        condition,
        end,
        start,
    )


def _is_due(condition, deadline):
    return SQL("%s AND %s IS NOT NULL", condition, deadline)


def _is_late(condition, deadline):
    return SQL("%s AND fact.date > %s", condition, deadline)
