# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The statistics for managers: one row is one fact about one ticket, or one call.

A row has the ticket's id in those columns that the fact counts for. To count tickets is to
count the different ids of a column. So a ticket counts once in each group of rows, and the
sum over groups may be more than the total.

``callgear.ticket.fact`` keeps the facts; this model defines what each counts for.
"""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..client_input import for_clients
from .searched_period import SearchedPeriod


class CallgearStatistics(models.Model):
    _name = "callgear.statistics"
    _inherit = "callgear.hidden.links"
    _description = "Helpdesk Statistics"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "ticket_id"
    _depends = {
        "callgear.ticket.fact": [
            "active",
            "call_back_seconds",
            "channel_id",
            "company_id",
            "date",
            "hours",
            "is_answered",
            "is_call",
            "is_due",
            "is_first",
            "is_first_due",
            "is_first_late",
            "is_from_customer",
            "is_late",
            "kind",
            "made_at",
            "missed_reason",
            "next_at",
            "promise",
            "reply_count",
            "result_id",
            "source",
            "source_id",
            "state",
            "talk_after",
            "talk_before",
            "talk_seconds",
            "team_id",
            "ticket_id",
            "user_id",
            "wait_seconds",
            "writing_seconds",
        ],
        "callgear.call": ["partner_id"],
        "helpdesk.ticket": ["partner_id"],
    }

    date = fields.Datetime(
        readonly=True,
        help="When it happened; what a call has made, at the time of the call. The dates "
        "searched for are the period: a ticket counts as reopened only if it was created "
        "before the period.",
    )
    kind = fields.Selection(
        [
            ("new", "New ticket"),
            ("reopened", "Reopened"),
            ("worked", "Noted or changed"),
            ("reply", "Reply"),
            ("answered", "Recorded conversation"),
            ("closed", "Closed"),
            ("incoming", "Incoming call"),
            ("outgoing", "Outgoing call"),
        ],
        string="What Happened",
        readonly=True,
    )
    ticket_id = fields.Many2one("helpdesk.ticket", readonly=True)
    call_id = fields.Many2one(
        "callgear.call",
        readonly=True,
        help="Incoming calls that were answered or missed, and outgoing calls that were "
        "answered, have a row of their own, whether or not they made a ticket.",
    )
    missed_reason = fields.Selection(
        lambda self: self.env["callgear.call"]._fields["missed_reason"].selection,
        string="Why Missed",
        readonly=True,
        help="Why nobody answered the call.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Agent",
        readonly=True,
        help="The agent who did it. New, reopened and closed tickets count for the agent "
        "to whom they are assigned now; calls for the agent who talked first, missed ones "
        "for the agent whose phone rang last.",
    )
    team_id = fields.Many2one("helpdesk.ticket.team", readonly=True)
    channel_id = fields.Many2one("helpdesk.ticket.channel", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Contact", readonly=True)
    is_call = fields.Boolean(
        string="Call Ticket",
        readonly=True,
        help="The ticket was put into a channel to which calls went at that time; or it "
        "is a call.",
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
        help="Tickets in which an agent replied, noted or changed any field in the "
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
        help="Tickets closed in the period. Call tickets count only if they hold a "
        "recorded conversation, whenever it was.",
    )
    replies = fields.Integer(
        aggregator="sum",
        readonly=True,
        help="Agents' replies to customers, and recorded conversations. In call tickets "
        "they count only if a conversation in the period was recorded.",
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
        "tickets closed in the period; recorded conversations count as replies. Call "
        "tickets count only if a conversation in the period was recorded.",
    )
    closing_hours = fields.Float(
        string="Closing (h)",
        aggregator="avg",
        readonly=True,
        help="Hours from the creation of a ticket to its last closing in the period, on "
        "average. Tickets are left out if both times are the same, or if the call that "
        "they were created for has closed them by itself.",
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

    # ------------------------------------------------------------------- calls

    calls_incoming = fields.Integer(
        string="Incoming Calls",
        aggregator="sum",
        readonly=True,
        help="Incoming calls that began in the period and have ended, answered or missed. "
        "Internal and ignored calls are left out.",
    )
    calls_answered = fields.Integer(
        string="Answered Calls",
        aggregator="sum",
        readonly=True,
        help="Incoming calls of the period that somebody answered.",
    )
    calls_missed = fields.Integer(
        string="Missed Calls",
        aggregator="sum",
        readonly=True,
        help="Incoming calls of the period that nobody answered, those outside the "
        "working hours included.",
    )
    calls_abandoned = fields.Integer(
        string="Abandoned",
        aggregator="sum",
        readonly=True,
        help="Incoming calls of the period that nobody answered, and their share of all "
        "incoming calls. Those that were missed outside the working hours are left out.",
    )
    calls_offered = fields.Integer(
        string="Calls to Answer",
        aggregator="sum",
        readonly=True,
        help="Incoming calls of the period, without those that were missed outside the "
        "working hours.",
    )
    calls_in_time = fields.Integer(
        string="Service Level",
        aggregator="sum",
        readonly=True,
        help="Incoming calls of the period that were answered within the time that is set "
        "in their team (20 seconds without a team), and their share of all that had such "
        "a time: missed calls count as late, unless they came outside the working hours.",
    )
    calls_in_time_due = fields.Integer(
        string="Calls with a Target Time",
        aggregator="sum",
        readonly=True,
        help="Incoming calls of the period whose team has a target time for the answer, "
        "without those that were missed outside the working hours.",
    )
    handling_minutes = fields.Float(
        string="Handling Time (min)",
        aggregator="avg",
        readonly=True,
        help="Minutes of talking, time on hold included, on average over the answered "
        "calls of the period, incoming and outgoing. A transferred call is one call.",
    )
    longest_wait_minutes = fields.Float(
        string="Longest Wait (min)",
        aggregator="max",
        readonly=True,
        help="The most minutes that a caller of the period waited, from the beginning of "
        "the call to its answer, or until they hung up.",
    )
    call_back_minutes = fields.Float(
        string="Called Back After (min)",
        aggregator="avg",
        readonly=True,
        help="Minutes from the end of a missed call until somebody talked to the caller "
        "again, whoever called whom, on average over the missed calls of the period; from "
        "the first one, if the caller tried more often. Callers who still wait, or were "
        "ticked off, are left out.",
    )
    promises_kept = fields.Integer(
        aggregator="sum",
        readonly=True,
        help="Missed calls of the period that were called back within the time that their "
        "team promises, and their share of all whose promise was kept or broken.",
    )
    promises_broken = fields.Integer(
        aggregator="sum",
        readonly=True,
        help="Missed calls of the period that were not called back within the time that "
        "their team promises, whether later or not at all.",
    )
    promises_due = fields.Integer(
        string="Promises Kept or Broken",
        aggregator="sum",
        readonly=True,
        help="Missed calls of the period whose promise to call back was kept or broken.",
    )

    # ------------------------------------------------------- search and rights

    @api.model
    def _search(self, domain, *args, **kwargs):
        """Search the facts; the dates in the domain are the period."""
        period = SearchedPeriod.from_domain(Domain(domain).optimize_full(self))
        # The facts of this transaction, too.
        self.env["callgear.ticket.fact"]._count_noted_now()
        within = self.with_context(callgear_period=period)
        return super(CallgearStatistics, within)._search(domain, *args, **kwargs)

    @for_clients(one=True)
    def action_open_ticket(self):
        """Return the action that opens the ticket of the row, or its call."""
        self.ensure_one()
        record = self.ticket_id or self.call_id
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }

    # ---------------------------------------------------------------- the query

    @property
    def _table_query(self):
        """The facts, with the columns that they count for in the searched period.

        A join of which no column is asked for costs nothing.
        """
        return SQL(
            """
            SELECT %(columns)s
            FROM callgear_ticket_fact fact
            LEFT JOIN helpdesk_ticket ticket ON ticket.id = fact.ticket_id
            LEFT JOIN callgear_call call
                ON fact.source = 'call' AND call.id = fact.source_id
            WHERE fact.state != 'cancelled' AND %(counts)s
            """,
            columns=self._columns(),
            counts=self._counts(),
        )

    def _counts(self):
        """Return the SQL condition that a fact of the period counts at all."""
        is_older = self._period().is_after(SQL("fact.made_at"))
        return SQL("(fact.kind != 'reopened' OR %s)", is_older)

    def _period(self):
        period = self.env.context.get("callgear_period")
        # Clients can send a context with anything in it.
        return period if isinstance(period, SearchedPeriod) else SearchedPeriod()

    # ---------------------------------------------- columns: what a fact counts for

    def _columns(self):
        """Return the columns of the model, in terms of ``fact`` and ``ticket``."""
        columns = {**self._plain_columns(), **self._measures()}
        return SQL(", ").join(
            SQL("%s AS %s", expression, SQL.identifier(name))
            for name, expression in columns.items()
        )

    def _measures(self):
        """Return the SQL of each measure, in terms of ``fact``; NULL: does not count."""
        return {
            **self._load_columns(),
            **self._speed_columns(),
            **self._sla_columns(),
            **self._call_columns(),
        }

    def _plain_columns(self):
        names = ("id", "date", "kind", "ticket_id", "user_id", "team_id", "channel_id")
        names += ("company_id", "is_call", "result_id", "active", "missed_reason")
        columns = {name: SQL("fact.%s", SQL.identifier(name)) for name in names}
        return {
            **columns,
            "call_id": SQL("CASE fact.source WHEN 'call' THEN fact.source_id END"),
            "partner_id": SQL("COALESCE(ticket.partner_id, call.partner_id)"),
        }

    def _load_columns(self):
        return {
            "new_tickets": _ticket_if(SQL("fact.kind = 'new'")),
            "new_from_customers": _ticket_if(SQL("fact.is_from_customer")),
            "reopened": _ticket_if(SQL("fact.kind = 'reopened'")),
            "new_and_reopened": _ticket_if(SQL("fact.kind IN ('new', 'reopened')")),
            "worked_on": _ticket_if(SQL("fact.kind IN ('worked', 'reply')")),
            "answered": _ticket_if(
                SQL(
                    "fact.kind = CASE WHEN fact.is_call THEN 'answered' "
                    "ELSE 'reply' END"
                )
            ),
            "closed": _ticket_if(
                SQL("fact.kind = 'closed' AND %s", self._is_talked_of())
            ),
            "replies": SQL(
                "CASE WHEN fact.kind = 'answered' OR fact.kind = 'reply' AND %s "
                "THEN 1 END",
                self._is_talked_of(self._period()),
            ),
        }

    def _is_talked_of(self, period=None):
        """Return the SQL condition that a call ticket has a recorded conversation.

        :param period: in which it must have been; None: at any time
        """
        period = period or SearchedPeriod()
        return SQL(
            "(NOT fact.is_call OR %s OR %s)",
            period.is_not_before(SQL("fact.talk_before")),
            period.is_not_after(SQL("fact.talk_after")),
        )

    def _is_last(self):
        """Return the SQL condition that it is the ticket's last closing in the period."""
        return SQL(
            "(fact.kind = 'closed' AND NOT (%s))",
            self._period().is_not_after(SQL("fact.next_at")),
        )

    def _speed_columns(self):
        return {
            "first_reply_hours": SQL("CASE WHEN fact.is_first THEN fact.hours END"),
            "any_reply_hours": SQL("CASE WHEN fact.kind = 'reply' THEN fact.hours END"),
            "writing_minutes": SQL(
                "CASE WHEN NOT fact.is_call THEN fact.writing_seconds / 60.0 END"
            ),
            "replies_to_close": SQL(
                "CASE WHEN %s AND %s THEN fact.reply_count END",
                self._is_last(),
                self._is_talked_of(self._period()),
            ),
            "closing_hours": SQL("CASE WHEN %s THEN fact.hours END", self._is_last()),
        }

    # --------------------------------------------------------------------- SLA

    def _sla_columns(self):
        closing = SQL("%s AND fact.is_due", self._is_last())
        return {
            "sla_first_reply_breached": _ticket_if(SQL("fact.is_first_late")),
            "sla_first_reply_due": _ticket_if(SQL("fact.is_first_due")),
            "sla_any_reply_breached": SQL(
                "CASE WHEN fact.kind = 'reply' AND fact.is_late THEN 1 END"
            ),
            "sla_any_reply_due": SQL(
                "CASE WHEN fact.kind = 'reply' AND fact.is_due THEN 1 END"
            ),
            "sla_closing_breached": _ticket_if(SQL("%s AND fact.is_late", closing)),
            "sla_closing_due": _ticket_if(closing),
        }

    # ------------------------------------------------------------------- calls

    def _call_columns(self):
        incoming = SQL("fact.kind = 'incoming'")
        at_work = SQL("(fact.missed_reason = 'outside_hours') IS NOT TRUE")
        is_due = SQL("%s AND fact.is_due", incoming)
        return {
            "calls_incoming": _one_if(incoming),
            "calls_answered": _one_if(SQL("%s AND fact.is_answered", incoming)),
            "calls_missed": _one_if(SQL("%s AND NOT fact.is_answered", incoming)),
            "calls_abandoned": _one_if(
                SQL("%s AND NOT fact.is_answered AND %s", incoming, at_work)
            ),
            "calls_offered": _one_if(SQL("%s AND %s", incoming, at_work)),
            "calls_in_time": _one_if(SQL("%s AND NOT fact.is_late", is_due)),
            "calls_in_time_due": _one_if(is_due),
            "handling_minutes": SQL("fact.talk_seconds / 60.0::float8"),
            "longest_wait_minutes": SQL("fact.wait_seconds / 60.0::float8"),
            "call_back_minutes": SQL("fact.call_back_seconds / 60.0::float8"),
            "promises_kept": _one_if(SQL("fact.promise = 'kept'")),
            "promises_broken": _one_if(SQL("fact.promise = 'broken'")),
            "promises_due": _one_if(SQL("fact.promise IS NOT NULL")),
        }


def _ticket_if(condition):
    return SQL("CASE WHEN %s THEN fact.ticket_id END", condition)


def _one_if(condition):
    return SQL("CASE WHEN %s THEN 1 END", condition)
