# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
import random

from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL, split_every

from ..models.callgear_leg import COUNTED as OF_LEG
from ..models.helpdesk_ticket import COUNTED as OF_TICKET
from ..models.mail_message import COUNTED as OF_MESSAGE
from .fact_count import FactCount

_logger = logging.getLogger(__name__)
# In the transaction's data: ids of the tickets whose facts have to be counted again.
NOTED = "callgear_integration.counted_tickets"
# What the facts of a ticket follow from.
SOURCES = {
    "helpdesk.ticket": sorted(OF_TICKET),
    "mail.message": sorted(OF_MESSAGE),
    "mail.tracking.value": ["old_value_integer", "new_value_integer"],
    "callgear.leg": sorted(OF_LEG),
    "callgear.recording": ["leg_id"],
    "callgear.ticket.change": ["ticket_id", "user_id", "date"],
    "helpdesk.ticket.stage": ["closed"],
}
# Tickets that are counted by one statement.
BATCH = 10_000
# So many of the newest tickets, and as many others by chance, are checked at a time.
SAMPLE = 500
# System parameter: from which ticket on all are counted again.
RECOUNT_FROM = "callgear_integration.count_tickets_from"
WRONG_FIGURES_ACTIVITY = "callgear_integration.mail_activity_wrong_figures"

# Nobody sees these fields: what is shown are those of callgear.statistics.
_TECHNICAL = {"readonly": True, "export_string_translation": False}


class CallgearTicketFact(models.Model):
    """What counts for the statistics: one row for each thing that happened to a ticket.

    The facts of a ticket follow from what is stored of it, see ``fact_count``. Whatever
    changes that notes the ticket; before the commit, all tickets that were noted are
    counted again. So a call that comes late, an edit, a merge or a deletion corrects the
    facts like anything else.
    """

    _name = "callgear.ticket.fact"
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
        ],
        required=True,
        **_TECHNICAL,
    )
    ticket_id = fields.Many2one(
        "helpdesk.ticket", required=True, ondelete="cascade", index=True, **_TECHNICAL
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
    # Of a closing, the one after it.
    next_at = fields.Datetime(**_TECHNICAL)
    # Of a call ticket: the last recorded conversation until then, the first from then on.
    talk_before = fields.Datetime(**_TECHNICAL)
    talk_after = fields.Datetime(**_TECHNICAL)
    # Two transactions that count the same ticket at once must notice it.
    revision = fields.Integer(default=0, **_TECHNICAL)

    _source_uniq = models.Constraint(
        "UNIQUE (source, source_id)", "This is counted already."
    )
    _date_idx = models.Index("(date)")
    _user_idx = models.Index("(user_id, date)")
    _team_idx = models.Index("(team_id, date)")

    # ------------------------------------------------------------------ counting

    @api.model
    def _note(self, ticket_ids):
        """Note tickets to be counted again before the commit."""
        ticket_ids = set(ticket_ids) - {False, None}
        if not ticket_ids:
            return
        precommit = self.env.cr.precommit
        if NOTED not in precommit.data:
            precommit.data[NOTED] = set()
            # sudo: callgear.ticket.fact - what counts does not depend on the user
            facts_sudo = self.with_user(SUPERUSER_ID)
            # After what others do before the commit, such as tracking changes.
            precommit.add(lambda: precommit.add(facts_sudo._count_noted))
        precommit.data[NOTED] |= ticket_ids

    @api.model
    def _count_noted(self):
        """Count the tickets that were noted in this transaction."""
        self._flush_sources()
        ticket_ids = self.env.cr.precommit.data.pop(NOTED, ())
        for ids in split_every(BATCH, sorted(ticket_ids)):
            self._lock_tickets(ids)
            self._count(SQL("ticket.id IN %s", tuple(ids)))

    @api.model
    def _flush_sources(self):
        """Write what facts follow from to the database, and no more.

        What else waits to be computed may start automation rules of others.
        """
        for model, names in SOURCES.items():
            self.env[model].flush_model(names)

    @api.model
    def _lock_tickets(self, ticket_ids):
        """Have others who count these tickets wait until the commit, or begin anew."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE callgear_ticket_fact SET revision = revision + 1
                WHERE id IN (
                    SELECT id FROM callgear_ticket_fact
                    WHERE source = 'ticket' AND source_id IN %s
                    ORDER BY id FOR NO KEY UPDATE
                )
                """,
                tuple(ticket_ids),
            )
        )

    @api.model
    def _count(self, which):
        """Bring the facts of tickets in step with what is stored of them.

        :param SQL which: condition on ``ticket``, a row of ``helpdesk_ticket``
        """
        self.env.cr.execute(self._fact_count(which).recount())
        self.invalidate_model(flush=False)

    @api.model
    def _fact_count(self, which):
        field_ids = self.env["ir.model.fields"]._get_ids("helpdesk.ticket")
        data = self.env["ir.model.data"]
        return FactCount(
            which=which,
            stage_field=field_ids["stage_id"],
            comment_subtype=data._xmlid_to_res_id("mail.mt_comment"),
            root_user=SUPERUSER_ID,
            root_partner=data._xmlid_to_res_id("base.partner_root"),
        )

    @api.model
    def _count_all(self):
        """Count all tickets that there are at the installation."""
        self._flush_sources()
        self.env.cr.execute("SELECT MAX(id) FROM helpdesk_ticket")
        last = self.env.cr.fetchone()[0] or 0
        for first in range(1, last + 1, BATCH):
            until = first + BATCH - 1
            self._count(SQL("ticket.id BETWEEN %s AND %s", first, until))
            _logger.info(
                "Helpdesk statistics: %s of %s tickets counted", min(until, last), last
            )

    # ------------------------------------------------------------------- checking

    @api.model
    def _differing_tickets(self, which):
        """Return the tickets whose stored facts are not those of a count from scratch.

        :param SQL which: condition on ``ticket``, a row of ``helpdesk_ticket``
        """
        self._count_noted_now()
        rows = self.env.execute_query(self._fact_count(which).differing())
        return self.env["helpdesk.ticket"].browse(id_ for (id_,) in rows)

    @api.model
    def _sample(self):
        """Return ids of the newest tickets, and of others by chance."""
        self.env.cr.execute("SELECT MAX(id) FROM helpdesk_ticket")
        last = self.env.cr.fetchone()[0] or 0
        newest = range(max(1, last - SAMPLE + 1), last + 1)
        chance = random.SystemRandom()
        return {*newest, *(chance.randint(1, last) for _ in range(SAMPLE) if last)}

    @api.model
    def _check(self):
        """Compare a sample with a count from scratch, and correct what differs.

        :return: how many tickets were compared, and those that differed
        """
        ids = tuple(self._sample()) or (0,)
        differing = self._differing_tickets(SQL("ticket.id IN %s", ids))
        if differing:
            _logger.warning(
                "Helpdesk statistics: wrong facts of the tickets %s", differing.ids
            )
            self._count(SQL("ticket.id IN %s", tuple(differing.ids)))
        Ticket = self.env["helpdesk.ticket"].with_context(active_test=False)
        return Ticket.search_count([("id", "in", ids)]), differing

    @api.model
    def _cron_check(self):
        """Check a sample every night; of differences, tell the admins."""
        _count, differing = self._check()
        if not differing:
            return
        # Whatever has gone past Odoo may have changed others, too.
        self._recount_soon()
        # A company has a connection or two.  pylint: disable-next=no-search-all
        for connection in self.env["callgear.connection"].search([]):
            own = connection._in_admins_language()
            text = own.env._(
                "The helpdesk figures of %s tickets were wrong, as something has changed "
                "them in the database directly. They have been corrected; all others are "
                "being counted again.",
                len(differing),
            )
            own._alert(WRONG_FIGURES_ACTIVITY, Markup("<p>%s</p>") % text)

    @api.model
    def _recount_soon(self):
        """Have all tickets counted again in the background."""
        # sudo: ir.config_parameter, ir.cron - whoever changes a setting may start it
        self.env["ir.config_parameter"].sudo().set_param(RECOUNT_FROM, "1")
        cron = self.env.ref("callgear_integration.ir_cron_count_facts", False)
        if cron:
            cron.sudo()._trigger()

    @api.model
    def _cron_count(self):
        """Count all tickets again, if that was asked for, a part at a time."""
        parameters = self.env["ir.config_parameter"]
        first = int(parameters.get_param(RECOUNT_FROM) or 0)
        self.env.cr.execute("SELECT MAX(id) FROM helpdesk_ticket")
        last = self.env.cr.fetchone()[0] or 0
        while 0 < first <= last:
            self._count(SQL("ticket.id BETWEEN %s AND %s", first, first + BATCH - 1))
            first += BATCH
            parameters.set_param(RECOUNT_FROM, str(first) if first <= last else False)
            left = max(0, last - first + 1)
            if not self.env["ir.cron"]._commit_progress(BATCH, remaining=left):
                break

    @api.model
    def action_check(self):
        """Check a sample, and tell the admin who asks for it."""
        # sudo: callgear.ticket.fact - what counts does not depend on the user
        count, differing = self.sudo()._check()
        if differing:
            self._recount_soon()
            text = self.env._(
                "%(wrong)s of %(all)s tickets were counted wrongly. They have been "
                "corrected; all others are being counted again.",
                wrong=len(differing),
                all=count,
            )
        else:
            text = self.env._("%s tickets compared: all figures are right.", count)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"message": text, "type": "warning" if differing else "success"},
        }

    # -------------------------------------------------------------------- reading

    @api.model
    def _count_noted_now(self):
        """Count what was noted in this transaction before it is read."""
        if self.env.cr.precommit.data.get(NOTED) is not None:
            # sudo: callgear.ticket.fact - what counts does not depend on the user
            self.with_user(SUPERUSER_ID)._count_noted()

    @api.model
    def _search(self, domain, *args, **kwargs):
        self._count_noted_now()
        return super()._search(domain, *args, **kwargs)
