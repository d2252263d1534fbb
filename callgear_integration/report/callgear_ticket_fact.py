# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
import random

from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.sql import column_exists, table_exists

from ..client_input import for_clients
from ..models.callgear_call import COUNTED as OF_CALL
from ..models.callgear_leg import COUNTED as OF_LEG
from ..models.helpdesk_ticket import COUNTED as OF_TICKET
from ..models.mail_message import COUNTED as OF_MESSAGE
from .call_facts import CallFacts
from .fact_count import Deadlines, FactCount

_logger = logging.getLogger(__name__)
# In the transaction's data: ids of tickets and calls whose facts have to be counted again.
NOTED = "callgear_integration.counted_tickets"
NOTED_CALLS = "callgear_integration.counted_calls"
# Context: search for cancelled facts as well.
WITH_CANCELLED = "callgear_cancelled"
# What the facts follow from.
SOURCES = {
    "callgear.call": sorted(OF_CALL),
    "helpdesk.ticket": sorted(OF_TICKET),
    "mail.message": sorted(OF_MESSAGE),
    "mail.tracking.value": ["old_value_integer", "new_value_integer"],
    "callgear.leg": sorted(OF_LEG),
    "callgear.recording": ["leg_id"],
    "callgear.ticket.change": ["ticket_id", "user_id", "date"],
    "helpdesk.ticket.stage": ["closed"],
    "callgear.deleted.stage": ["former_id"],
}
# Tickets, or calls, that are counted by one statement.
BATCH = 10_000
# The same in the background, beside people and calls that change tickets.
BATCH_BESIDE = 1_000
# So many of the newest tickets, and as many others by chance, are checked at a time.
SAMPLE = 500
# System parameters: from which ticket, and which call, on all are counted again.
RECOUNT_FROM = "callgear_integration.count_tickets_from"
RECOUNT_CALLS_FROM = "callgear_integration.count_calls_from"
NOTHING = SQL("FALSE")
CHECKERS = "callgear_integration.group_callgear_manager"
WRONG_FIGURES_ACTIVITY = "callgear_integration.mail_activity_wrong_figures"

# Nobody sees these fields: what is shown are those of callgear.statistics.
_TECHNICAL = {"readonly": True, "export_string_translation": False}


class CallgearTicketFact(models.Model):
    """What counts for the statistics: one row for each thing that happened to a ticket,
    and one for each call.

    Facts follow from what is stored of the ticket or call, see ``fact_count``. Whatever
    changes that notes it, see ``callgear.fact.due``; what was noted is counted again, many at
    a time, before facts are read, and every few minutes. So a call that comes late, an edit,
    a merge or a deletion corrects the facts like anything else.

    Older facts are kept as sums as well, see ``callgear.ticket.sum``. If such a fact changes,
    what the sums hold of it is kept as a cancelled one, until they are brought in step.
    """

    _name = "callgear.ticket.fact"
    _inherit = "callgear.hidden.links"
    _description = "Fact of the Helpdesk Statistics"
    _log_access = False
    _order = "date desc, id desc"
    _rec_name = "ticket_id"

    # What it was counted in, and its id there.
    source = fields.Char(required=True, **_TECHNICAL)
    source_id = fields.Integer(string="Source ID", required=True, **_TECHNICAL)
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
        required=True,
        **_TECHNICAL,
    )
    # None with a call: what it has made of tickets are facts of their own. None when it is
    # cancelled.
    ticket_id = fields.Many2one(
        "helpdesk.ticket", ondelete="cascade", index=True, **_TECHNICAL
    )
    date = fields.Datetime(required=True, **_TECHNICAL)
    # Of what a person did, that person; else the agent to whom the ticket is assigned.
    user_id = fields.Many2one("res.users", ondelete="set null", **_TECHNICAL)
    team_id = fields.Many2one("helpdesk.ticket.team", ondelete="set null", **_TECHNICAL)
    channel_id = fields.Many2one(
        "helpdesk.ticket.channel", ondelete="set null", **_TECHNICAL
    )
    company_id = fields.Many2one("res.company", ondelete="cascade", **_TECHNICAL)
    active = fields.Boolean(**_TECHNICAL)
    is_call = fields.Boolean(**_TECHNICAL)
    is_from_customer = fields.Boolean(**_TECHNICAL)
    # When the ticket was created, or the call began that it was created for.
    made_at = fields.Datetime(**_TECHNICAL)
    # Waited for a reply; from the creation to a closing.
    hours = fields.Float(**_TECHNICAL)
    # The first reply in the ticket.
    is_first = fields.Boolean(**_TECHNICAL)
    writing_seconds = fields.Integer(**_TECHNICAL)
    # Replies and recorded conversations until the closing.
    reply_count = fields.Integer(**_TECHNICAL)
    result_id = fields.Many2one("callgear.result", ondelete="set null", **_TECHNICAL)
    # The ticket's fact before this one that counts for the same figure; of those of the
    # agent; of replies only, and of the agent's.
    previous_at = fields.Datetime(**_TECHNICAL)
    previous_of_user_at = fields.Datetime(**_TECHNICAL)
    previous_reply_at = fields.Datetime(**_TECHNICAL)
    previous_reply_of_user_at = fields.Datetime(**_TECHNICAL)
    # The one before it in the same hour of the week, and the agent's.
    previous_in_cell_at = fields.Datetime(**_TECHNICAL)
    previous_in_cell_of_user_at = fields.Datetime(**_TECHNICAL)
    # Of a closing, the one after it.
    next_at = fields.Datetime(**_TECHNICAL)
    # Of a call ticket: the last recorded conversation until then, the first from then on.
    talk_before = fields.Datetime(**_TECHNICAL)
    talk_after = fields.Datetime(**_TECHNICAL)
    # Whether there was a deadline for it, and it was later: of a reply that a customer has
    # waited for, of a closing, and of the answer to a call; of the first reply, another one.
    is_due = fields.Boolean(**_TECHNICAL)
    is_late = fields.Boolean(**_TECHNICAL)
    is_first_due = fields.Boolean(**_TECHNICAL)
    is_first_late = fields.Boolean(**_TECHNICAL)
    # Of a call only.
    is_answered = fields.Boolean(**_TECHNICAL)
    missed_reason = fields.Selection(
        lambda self: self.env["callgear.call"]._fields["missed_reason"].selection,
        **_TECHNICAL,
    )
    wait_seconds = fields.Integer(**_TECHNICAL)
    talk_seconds = fields.Integer(**_TECHNICAL)
    # From the end of a missed call until somebody talked to the caller again.
    call_back_seconds = fields.Integer(**_TECHNICAL)
    promise = fields.Selection([("kept", "Kept"), ("broken", "Broken")], **_TECHNICAL)
    # Two transactions that count the same ticket at once must notice it.
    revision = fields.Integer(default=0, **_TECHNICAL)
    state = fields.Selection(
        [("new", "Not in the sums"), ("summed", "In the sums"), ("cancelled", "Wrong")],
        required=True,
        default="new",
        **_TECHNICAL,
    )

    _source_uniq = models.UniqueIndex(
        "(source, source_id) WHERE state != 'cancelled'", "This is counted already."
    )
    _unsummed_idx = models.Index("(date) WHERE state != 'summed'")
    _date_idx = models.Index("(date)")
    _user_idx = models.Index("(user_id, date)")
    _team_idx = models.Index("(team_id, date)")

    def _auto_init(self):
        """Count all in the background where facts were kept otherwise, or not at all."""
        cr = self.env.cr
        is_older = not column_exists(cr, self._table, "previous_in_cell_of_user_at")
        if is_older and table_exists(cr, self._table):
            # Cancelled facts may stand beside.
            cr.execute(
                SQL(
                    "ALTER TABLE callgear_ticket_fact "
                    "DROP CONSTRAINT IF EXISTS callgear_ticket_fact_source_uniq"
                )
            )
        result = super()._auto_init()
        if is_older:
            self._recount_soon()
        return result

    # ------------------------------------------------------------------ counting

    @api.model
    def _note(self, ticket_ids):
        """Note tickets to be counted again."""
        self._note_ids(NOTED, ticket_ids)

    @api.model
    def _note_calls(self, call_ids):
        """Note calls to be counted again."""
        self._note_ids(NOTED_CALLS, call_ids)

    @api.model
    def _note_ids(self, key, ids):
        ids = set(ids) - {False, None}
        if not ids:
            return
        precommit = self.env.cr.precommit
        if not (NOTED in precommit.data or NOTED_CALLS in precommit.data):
            # sudo: callgear.ticket.fact - what counts does not depend on the user
            facts_sudo = self.with_user(SUPERUSER_ID)
            # After what others do before the commit, such as tracking changes.
            precommit.add(lambda: precommit.add(facts_sudo._put_off_noted))
        precommit.data.setdefault(key, set()).update(ids)

    @api.model
    def _put_off_noted(self):
        """Leave what was noted in this transaction to be counted with others."""
        tickets, calls = self._take_noted()
        if tickets or calls:
            self.env["callgear.fact.due"]._add(tickets, calls)

    @api.model
    def _take_noted(self):
        data = self.env.cr.precommit.data
        return sorted(data.pop(NOTED, ())), sorted(data.pop(NOTED_CALLS, ()))

    @api.model
    def _count_due(self):
        """Count what other transactions have noted, as far as nobody else is about to."""
        while due := self.env["callgear.fact.due"]._take(BATCH):
            self._flush_sources()
            self._count_locked(*due)

    @api.model
    def _count_noted(self):
        """Count the tickets and calls that were noted in this transaction."""
        self._flush_sources()
        tickets, calls = self._take_noted()
        for first in range(0, max(len(tickets), len(calls)), BATCH):
            ticket_ids = tickets[first : first + BATCH]
            call_ids = calls[first : first + BATCH]
            self._count_locked(ticket_ids, call_ids)

    @api.model
    def _count_locked(self, ticket_ids, call_ids):
        """Count tickets and calls while nobody else does."""
        self._lock(ticket_ids, call_ids)
        self._count(*_among(ticket_ids, call_ids))

    @api.model
    def _flush_sources(self):
        """Write what facts follow from to the database, and no more.

        What else waits to be computed may start automation rules of others.
        """
        for model, names in self._sources().items():
            self.env[model].flush_model(names)

    @api.model
    def _sources(self):
        """Return what the facts follow from: dict, model → field names."""
        return SOURCES

    @api.model
    def _lock(self, ticket_ids, call_ids):
        """Have others who count these wait until the commit, or begin anew.

        All their facts are locked, so that none is added up between the counting of what
        is true now and the writing. Those of the tickets and calls themselves are written,
        so that another count of the same does not go by what was before.
        """
        self.env.cr.execute(
            SQL(
                """
                WITH locked AS MATERIALIZED (
                    SELECT id, source FROM callgear_ticket_fact
                    WHERE state != 'cancelled' AND (
                        ticket_id = ANY(%s::int[])
                        OR source = 'call' AND source_id = ANY(%s::int[])
                    )
                    ORDER BY id FOR NO KEY UPDATE
                )
                UPDATE callgear_ticket_fact SET revision = revision + 1
                WHERE id IN (SELECT id FROM locked WHERE source IN ('ticket', 'call'))
                """,
                ticket_ids,
                call_ids,
            )
        )

    @api.model
    def _count(self, which=NOTHING, calls=NOTHING, stored=None):
        """Bring the facts of tickets and calls in step with what is stored of them.

        :param SQL which: condition on ``ticket``, a row of ``helpdesk_ticket``
        :param SQL calls: condition on ``call``, a row of ``callgear_call``
        :param SQL stored: condition on ``fact``, those of the calls; needed with these
        """
        self.env.cr.execute(self._fact_count(which, calls, stored).recount())
        self.invalidate_model(flush=False)

    @api.model
    def _fact_count(self, which, calls=NOTHING, stored=None):
        field_ids = self.env["ir.model.fields"]._get_ids("helpdesk.ticket")
        data = self.env["ir.model.data"]
        return FactCount(
            which=which,
            calls=self._call_facts(calls, stored or NOTHING),
            stage_field=field_ids["stage_id"],
            comment_subtype=data._xmlid_to_res_id("mail.mt_comment"),
            root_user=SUPERUSER_ID,
            root_partner=data._xmlid_to_res_id("base.partner_root"),
            deadlines=self._deadlines(),
            tz=self.env["callgear.ticket.sum"]._time_zone(),
        )

    @api.model
    def _call_facts(self, which, stored):
        # Without a team: what a new team begins with.
        seconds = self.env["helpdesk.ticket.team"]._fields["callgear_answer_seconds"]
        return CallFacts(
            which=which,
            stored=stored,
            answer_seconds=seconds.default(self),
            now=fields.Datetime.now(),
        )

    @api.model
    def _deadlines(self):
        """Return the ``Deadlines`` of tickets: what their team promises."""
        return Deadlines(
            joins=SQL(),
            first_reply=_after(SQL("team.callgear_first_reply_hours")),
            closing=_after(SQL("team.callgear_closing_hours")),
        )

    @api.model
    def _count_all(self):
        """Count all tickets and calls that there are at the installation."""
        self._flush_sources()
        for table, count in (
            ("helpdesk_ticket", self._count_tickets_from),
            ("callgear_call", self._count_calls_from),
        ):
            last = self._last_id(table)
            for first in range(1, last + 1, BATCH):
                count(first)
                done = min(first + BATCH - 1, last)
                _logger.info(
                    "Helpdesk statistics: %s of %s in %s counted", done, last, table
                )
        for name in (RECOUNT_FROM, RECOUNT_CALLS_FROM):
            self.env["ir.config_parameter"].set_param(name, False)

    @api.model
    def _count_tickets_from(self, first, batch=BATCH):
        """Count a batch of tickets, from an id on."""
        bounds = first, first + batch - 1
        self._lock(list(range(first, first + batch)), [])
        self._count(SQL("ticket.id BETWEEN %s AND %s", *bounds))

    @api.model
    def _count_calls_from(self, first, batch=BATCH):
        """Count a batch of calls, from an id on."""
        bounds = first, first + batch - 1
        self._lock([], list(range(first, first + batch)))
        self._count(
            calls=SQL("call.id BETWEEN %s AND %s", *bounds),
            stored=SQL("fact.source_id BETWEEN %s AND %s", *bounds),
        )

    @api.model
    def _last_id(self, table):
        self.env.cr.execute(SQL("SELECT MAX(id) FROM %s", SQL.identifier(table)))
        return self.env.cr.fetchone()[0] or 0

    # ------------------------------------------------------------------- checking

    @api.model
    def _differing(self, which=NOTHING, calls=NOTHING, stored=None):
        """Return the tickets and calls whose facts are not those of a count from scratch.

        :param SQL which: as for ``_count``, like the others
        """
        self._count_noted_now()
        count = self._fact_count(which, calls, stored)
        rows = self.env.execute_query(count.differing())
        # What another transaction is counting at this moment.
        left = self.env["callgear.fact.due"]._left()
        tickets, calls = (
            {row[place] for row in rows} - left[place] - {None} for place in (0, 1)
        )
        return (
            self.env["helpdesk.ticket"].browse(sorted(tickets)),
            self.env["callgear.call"].browse(sorted(calls)),
        )

    @api.model
    def _sample(self, table):
        """Return ids of the newest records, and of others by chance."""
        last = self._last_id(table)
        newest = range(max(1, last - SAMPLE + 1), last + 1)
        chance = random.SystemRandom()
        return [*{*newest, *(chance.randint(1, last) for _ in range(SAMPLE) if last)}]

    @api.model
    def _check(self):
        """Compare a sample with a count from scratch, and correct what differs.

        :return: how many tickets and calls were compared; tickets, and calls, that differed
        """
        self._note_broken_promises()
        ticket_ids, call_ids = (
            self._sample("helpdesk_ticket"),
            self._sample("callgear_call"),
        )
        tickets, calls = self._differing(*_among(ticket_ids, call_ids))
        if tickets or calls:
            _logger.warning(
                "Helpdesk statistics: wrong facts of the tickets %s, of the calls %s",
                tickets.ids,
                calls.ids,
            )
            self._count_locked(tickets.ids, calls.ids)
        Ticket = self.env["helpdesk.ticket"].with_context(active_test=False)
        count = Ticket.search_count([("id", "in", ticket_ids)])
        count += self.env["callgear.call"].search_count([("id", "in", call_ids)])
        return count, tickets, calls

    @api.model
    def _note_broken_promises(self):
        """Note the calls whose promise is broken since they were counted.

        Nothing happens at that moment: nobody calls back.
        """
        self._flush_sources()
        query = SQL(
            """
            SELECT call.id FROM callgear_call call
            JOIN callgear_ticket_fact fact
                ON fact.source = 'call' AND fact.source_id = call.id
            WHERE call.call_back_state = 'waiting' AND call.call_back_due_at < %s
                AND fact.promise IS NULL AND fact.state != 'cancelled'
            """,
            fields.Datetime.now(),
        )
        self._note_calls(id_ for (id_,) in self.env.execute_query(query))

    @api.model
    def _cron_check(self):
        """Check a sample every night; of differences, tell the admins."""
        _count, tickets, calls = self._check()
        days = self.env["callgear.ticket.sum"]._check()
        differing = len(tickets) + len(calls)
        if not differing and not days:
            return
        # Whatever has gone past Odoo may have changed others, too.
        self._recount_soon()
        # A company has a connection or two.  pylint: disable-next=no-search-all
        for connection in self.env["callgear.connection"].search([]):
            own = connection._in_admins_language()
            text = own.env._(
                "Some helpdesk figures were wrong (tickets and calls: %(records)s, days: "
                "%(days)s), as something has changed them in the database directly. They "
                "have been corrected; all others are being counted again.",
                records=differing,
                days=len(days),
            )
            own._alert(WRONG_FIGURES_ACTIVITY, Markup("<p>%s</p>") % text)

    @api.model
    def _recount_soon(self):
        """Have all tickets and calls counted again in the background."""
        # sudo: ir.config_parameter - whoever changes a setting may start it
        parameters_sudo = self.env["ir.config_parameter"].sudo()
        for name in (RECOUNT_FROM, RECOUNT_CALLS_FROM):
            parameters_sudo.set_param(name, "1")
        cron = self.env.ref("callgear_integration.ir_cron_count_facts", False)
        if cron:
            # sudo: ir.cron - so may it be started
            cron.sudo()._trigger()

    @api.model
    def _is_being_counted(self):
        """Return whether all tickets and calls are being counted again."""
        parameters = self.env["ir.config_parameter"]
        names = (RECOUNT_FROM, RECOUNT_CALLS_FROM)
        return any(parameters.get_param(name) for name in names)

    @api.model
    def _cron_count(self):
        """Count what was noted, and all again, if that was asked for, a part at a time."""
        self._count_due()
        self.env["ir.cron"]._commit_progress()
        parameters = self.env["ir.config_parameter"]
        kinds = (
            (RECOUNT_FROM, "helpdesk_ticket", self._count_tickets_from),
            (RECOUNT_CALLS_FROM, "callgear_call", self._count_calls_from),
        )
        last = {name: self._last_id(table) for name, table, _count in kinds}

        def left(name):
            first = int(parameters.get_param(name) or 0)
            return max(0, last[name] - first + 1) if first else 0

        for name, _table, count in kinds:
            while rest := left(name):
                count(first := last[name] - rest + 1, BATCH_BESIDE)
                follows = first + BATCH_BESIDE
                parameters.set_param(name, follows <= last[name] and str(follows))
                done, remaining = min(rest, BATCH_BESIDE), sum(map(left, last))
                if not self.env["ir.cron"]._commit_progress(done, remaining=remaining):
                    return
        # It waits for that.
        self.env.ref("callgear_integration.ir_cron_add_up_facts")._trigger()

    @for_clients()
    @api.model
    def action_check(self):
        """Check a sample, and tell the admin who asks for it.

        :raises AccessError: the user does not manage the connections
        """
        if not (self.env.su or self.env.user.has_group(CHECKERS)):
            raise AccessError(self.env._("Only managers of CallGear may do this."))
        # sudo: callgear.ticket.fact - what counts does not depend on the user
        count, tickets, calls = self.sudo()._check()
        # sudo: callgear.ticket.sum - as above
        days = self.env["callgear.ticket.sum"].sudo()._check()
        differing = len(tickets) + len(calls)
        if differing or days:
            self._recount_soon()
            text = self.env._(
                "Wrong figures: of %(wrong)s of %(all)s tickets and calls, and of %(days)s "
                "days. They have been corrected; all others are being counted again.",
                wrong=differing,
                all=count,
                days=len(days),
            )
        else:
            text = self.env._(
                "%s tickets and calls compared: all figures are right.", count
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": text,
                "type": "warning" if differing or days else "success",
            },
        }

    @api.model
    def _cancel(self, ticket_ids):
        """Cancel the facts of tickets that are about to be deleted."""
        # What is being added up is cancelled afterwards.
        self._lock(list(ticket_ids), [])
        self.env.cr.execute(
            SQL(
                """
                UPDATE callgear_ticket_fact SET state = 'cancelled', ticket_id = NULL
                WHERE ticket_id = ANY(%s::int[]) AND state = 'summed'
                """,
                list(ticket_ids),
            )
        )

    # -------------------------------------------------------------------- reading

    @api.model
    def _count_noted_now(self):
        """Count what was noted, in this transaction and before, as facts are read."""
        # sudo: callgear.ticket.fact - what counts does not depend on the user
        facts_sudo = self.with_user(SUPERUSER_ID)
        data = self.env.cr.precommit.data
        if NOTED in data or NOTED_CALLS in data:
            facts_sudo._count_noted()
        # On a read-only cursor that fails, if there are any: Odoo begins anew on another.
        facts_sudo._count_due()

    @api.model
    def _search(self, domain, *args, **kwargs):
        self._count_noted_now()
        if not self.env.context.get(WITH_CANCELLED):
            domain = Domain(domain) & Domain("state", "!=", "cancelled")
        return super()._search(domain, *args, **kwargs)


def _after(hours):
    """Return the SQL of a time so many hours after a ticket was made; 0: NULL."""
    return SQL("(made_at + NULLIF(%s, 0) * INTERVAL '1 hour')", hours)


def _among(ticket_ids, call_ids):
    """Return the conditions that ``_count`` wants, for tickets and calls with these ids."""
    return (
        SQL("ticket.id = ANY(%s::int[])", list(ticket_ids)),
        SQL("call.id = ANY(%s::int[])", list(call_ids)),
        SQL("fact.source_id = ANY(%s::int[])", list(call_ids)),
    )
