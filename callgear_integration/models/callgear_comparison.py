# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
import time
from collections import defaultdict
from datetime import timedelta
from functools import partial

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .. import clock
from ..callgear.data_api import CALLS_REPORT, MAX_PERIOD
from ..callgear.errors import ApiError, Unreadable
from ..domain.comparison import (
    LENGTH,
    MISSING,
    OPERATOR,
    KnownCall,
    KnownLeg,
    differences,
    file_id,
    lacks_talk,
)
from ..domain.verdict import IGNORED, VOICEMAIL
from ..tools.times import seconds_between
from ..transaction import cron_seconds, end_transaction, in_own_transaction, roll_back
from .callgear_difference import FIGURES, UNREPORTED

_logger = logging.getLogger(__name__)

ACTIVITY = "callgear_integration.mail_activity_calls_differ"
CRON = "callgear_integration.ir_cron_compare_calls"
# So much of the period is asked for at a time, and on each side of it: CallGear's clock is
# set forward and back.
SLICE, MARGIN = timedelta(hours=6), timedelta(hours=1)
# Comparisons go on for so many seconds at a time, if the worker may live three times as
# long; who goes on with one has it for so many minutes.
SECONDS, CLAIM_MINUTES = 40, 15
# Minutes until the next attempt, if CallGear cannot be asked.
BACKOFF = (2, 5, 15, 60, 180, 360, 720)
# Each night, so much of the time before the last night is looked at again: calls are
# reported when they have ended.
OVERLAP = timedelta(hours=6)
# What has happened since is left to the notifications that are on their way.
SETTLED = timedelta(minutes=10)
# After a gap, the report is asked at once and once more, as it may be late.
GAP_LOOKS = (timedelta(minutes=1), timedelta(minutes=20))
# Comparisons that would begin within so long of each other are one.
TOGETHER = timedelta(minutes=10)
# Calls that began before the gap have lost what they did in it.
BEFORE_GAP = timedelta(minutes=30)
# The cron that looks for gaps starts each minute: after so long without, nothing has worked.
GAP = timedelta(seconds=150)
# A call that ended less than this ago may not be in the report yet.
REPORTED = timedelta(hours=1)
KEPT_DAYS = 90
# When this process was started (monotonic).
_STARTED = time.monotonic()


class CallgearComparison(models.Model):
    """Holds the calls of a period against CallGear's reports, and completes them (R50).

    What the notifications did not tell is stored as if they had. Journal, tickets and
    dashboard are held against each other as well, see ``callgear.books``; each difference is
    written down with its call (R64).
    """

    _name = "callgear.comparison"
    _inherit = "callgear.hidden.links"
    _description = "Comparison of Calls, Tickets, Figures and CallGear's Report"
    _order = "date_to desc, id desc"
    _rec_name = "connection_id"

    connection_id = fields.Many2one(
        "callgear.connection",
        required=True,
        ondelete="cascade",
        index=True,
        default=lambda self: self.env["callgear.connection"].search([], limit=1),
    )
    company_id = fields.Many2one(related="connection_id.company_id")
    # No default: a form that is opened and left is not saved, and starts nothing.
    date_from = fields.Datetime(string="From", required=True)
    date_to = fields.Datetime(
        string="To", required=True, default=lambda self: clock.now(self.env)
    )
    reason = fields.Selection(
        [
            ("manual", "On demand"),
            ("nightly", "Every night"),
            ("gap", "After an interruption"),
        ],
        required=True,
        readonly=True,
        default="manual",
    )
    state = fields.Selection(
        [("waiting", "Waiting"), ("done", "Done"), ("failed", "Failed")],
        required=True,
        readonly=True,
        default="waiting",
    )
    done_until = fields.Datetime(string="Compared until", readonly=True)
    # Apart from it: CallGear may be away.
    books_until = fields.Datetime(string="Books Compared until", readonly=True)
    progress = fields.Integer(
        string="Progress (%)", compute="_compute_progress", aggregator=None
    )
    attempts = fields.Integer(readonly=True, aggregator=None)
    next_attempt_at = fields.Datetime(
        readonly=True, default=lambda self: clock.now(self.env)
    )
    error = fields.Char(readonly=True)
    call_count = fields.Integer(string="Calls Compared", readonly=True)
    completed_count = fields.Integer(string="Put Right", readonly=True)
    left_count = fields.Integer(string="Remaining Differences", readonly=True)
    # By the beginning of a part of the period: what of CallGear's answers could not be read.
    unread = fields.Json(readonly=True)
    unread_count = fields.Integer(
        string="Unreadable Rows",
        readonly=True,
        help="Rows of CallGear's report that cannot be read: calls may be missing.",
    )
    unread_text = fields.Char(
        string="What Cannot Be Read", compute="_compute_unread_text"
    )
    difference_ids = fields.One2many(
        "callgear.difference", "comparison_id", readonly=True
    )

    _period_check = models.Constraint(
        "CHECK (date_to > date_from)", "The period must end after it begins."
    )
    _due_idx = models.Index("(next_attempt_at) WHERE state = 'waiting'")

    @api.depends("date_from", "date_to", "done_until", "books_until", "state")
    def _compute_progress(self):
        for one in self:
            since = one.date_from
            whole = since and one.date_to and one.date_to - since
            done = [
                until - since for until in (one.done_until, one.books_until) if until
            ]
            share = sum(done, timedelta()) / whole / 2 if whole else 0
            one.progress = round(100 * share)

    @api.depends("unread", "connection_id.tz")
    @api.depends_context("lang")
    def _compute_unread_text(self):
        for one in self:
            parts = sorted((one.unread or {}).items())
            one.unread_text = bool(parts) and self.env._(
                "CallGear's report cannot be read as a whole: %(rows)s between %(since)s and "
                "%(till)s. What they tell is missing here.",
                rows=one._unread_rows(),
                since=one._local_text(fields.Datetime.to_datetime(parts[0][0])),
                till=one._local_text(
                    one._till(fields.Datetime.to_datetime(parts[-1][0]))
                ),
            )

    def _unread_rows(self):
        """Return in words how many rows of which report cannot be read, of how many."""
        texts = []
        for name, text in (
            ("calls", self.env._("%(unread)s of %(rows)s rows of calls")),
            ("legs", self.env._("%(unread)s of %(rows)s rows of call legs")),
        ):
            counts = [part[name] for part in self.unread.values()]
            unread, rows = (sum(column) for column in zip(*counts, strict=True))
            if unread:
                texts.append(text % {"unread": unread, "rows": rows})
        return ", ".join(texts)

    def _local_text(self, moment):
        return self.connection_id._to_local(moment).strftime("%Y-%m-%d %H:%M")

    @api.constrains("date_from", "date_to")
    def _check_period(self):
        now = clock.now(self.env)
        for one in self:
            if one.date_from > now:
                raise ValidationError(
                    self.env._("The period must begin in the past: calls are compared.")
                )

    # -------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        comparisons = super().create(vals_list)
        now = clock.now(self.env)
        for one in comparisons.filtered(lambda one: one.date_from < now < one.date_to):
            # sudo: callgear.comparison - what has not happened cannot be compared
            one.sudo().date_to = now
        # sudo: ir.cron - whoever may compare may have it started
        cron_sudo = self.env.ref(CRON).sudo()
        for at in set(comparisons.mapped("next_attempt_at")):
            cron_sudo._trigger(at)
        return comparisons

    @api.autovacuum
    def _gc_old(self):
        """Delete comparisons that nobody looks at any more."""
        before = clock.now(self.env) - timedelta(days=KEPT_DAYS)
        old = [("state", "!=", "waiting"), ("create_date", "<", before)]
        self.search(old, limit=1000).unlink()

    # ---------------------------------------------------------- what is compared

    @api.model
    def _cron_nightly(self):
        """Have the calls since the last night compared, of each connection.

        Without a key, CallGear's report is left out.
        """
        now = clock.now(self.env)
        till = now - SETTLED
        # A company has a connection or two.  pylint: disable-next=no-search-all
        for connection in self.env["callgear.connection"].search([]):
            mine = [
                ("connection_id", "=", connection.id),
                ("reason", "=", "nightly"),
                ("state", "!=", "waiting"),
            ]
            earlier = self.search(mine, order="date_to desc", limit=KEPT_DAYS)
            # Of one that has failed, what could be read may have been compared.
            through = earlier.filtered(
                lambda one: (
                    one.state == "done" or (one.call_count and one._is_through())
                )
            )
            last = through[:1].date_to
            since = max((last or now - timedelta(days=1)) - OVERLAP, now - MAX_PERIOD)
            self._request("nightly", connection, since, till)

    @api.model
    def _connections(self):
        # A company has a connection or two.  pylint: disable-next=no-search-all
        connections = self.env["callgear.connection"].search([])
        # sudo: callgear.connection - only whether a key is set
        return connections.filtered(lambda connection: connection._has_api_key())

    @api.model
    def _request(self, reason, connection, since, till, at=None):
        """Have a period compared; one that waits for the same reason is extended.

        :param str reason: see the field
        :param datetime at: when, naive UTC; None: now
        """
        at = at or clock.now(self.env)
        waiting = self.search(
            [
                ("connection_id", "=", connection.id),
                ("reason", "=", reason),
                ("state", "=", "waiting"),
                ("done_until", "=", False),
                ("attempts", "=", 0),
                ("next_attempt_at", ">", at - TOGETHER),
                ("next_attempt_at", "<=", at),
            ],
            limit=1,
        )
        if waiting.try_lock_for_update() and not waiting.attempts:
            since = min(since, waiting.date_from)
            waiting.write({"date_from": since, "date_to": max(till, waiting.date_to)})
            return
        self.create(
            {
                "connection_id": connection.id,
                "reason": reason,
                "date_from": since,
                "date_to": till,
                "next_attempt_at": at,
            }
        )

    @api.model
    def _cron_notice_gap(self):
        """Have compared what may have been lost while nothing was running.

        This cron starts each minute and is done at once: Odoo tells it when it last did.
        """
        last, now = self.env.context.get("lastcall"), clock.now(self.env)
        started = now - timedelta(seconds=time.monotonic() - _STARTED)
        if last and (now - last > GAP or last < started):
            self._compare_since(last)

    @api.model
    def _compare_since(self, moment):
        """Have compared what may have been lost since a time (naive UTC)."""
        now = clock.now(self.env)
        since = max(moment - BEFORE_GAP, now - MAX_PERIOD)
        for connection in self._connections():
            for look in GAP_LOOKS:
                self._request("gap", connection, since, now, now + look)

    # ------------------------------------------------------------------- compare

    @api.model
    def _cron_compare(self):
        """Go on with the comparisons that wait, one after the other."""
        until = time.monotonic() + cron_seconds(SECONDS, parts=3)
        due = self.search(
            [
                ("state", "=", "waiting"),
                ("next_attempt_at", "<=", clock.now(self.env)),
            ],
            order="next_attempt_at, id",
            limit=20,
        )
        for comparison in due:
            if time.monotonic() >= until:
                # sudo: ir.cron - the work is nobody's
                self.env.ref(CRON).sudo()._trigger()
                break
            if comparison._claim():
                comparison._go_on(until)
        # What remains has a start of its own: Odoo would start this again at once, and
        # count its time together.
        self.env["ir.cron"]._commit_progress(remaining=0)

    def _claim(self):
        """Reserve the comparison for this worker; return whether it was due."""
        now = clock.now(self.env)
        locked = self.exists().try_lock_for_update()
        due = locked.state == "waiting" and locked.next_attempt_at <= now
        if due:
            until = now + timedelta(minutes=CLAIM_MINUTES)
            self.write({"attempts": self.attempts + 1, "next_attempt_at": until})
        end_transaction(self.env)
        return due

    def _go_on(self, until):
        """Compare as much as there is time for; what cannot be asked is asked again.

        :param float until: when to leave off (monotonic)
        """
        self.ensure_one()
        errors = [self._try(part, until) for part in (self._ask, self._balance)]
        error = next(filter(None, errors), None)
        in_own_transaction(self.env, partial(self._note_attempt, error))

    def _try(self, part, until):
        """Do a part of the work; return what is in its way, or None."""
        try:
            part(until)
        except ApiError as problem:
            return self.connection_id._in_admins_language()._explain(problem)
        except UserError as problem:  # no key, no address
            return str(problem)
        except Exception:
            roll_back(self.env)
            _logger.exception("CallGear: comparison %s was broken off", self.id)
            own = self.connection_id._in_admins_language()
            return own.env._("An unexpected error, see the log of the server.")
        return None

    def _ask(self, until):
        """Compare the calls with CallGear's report, as long as there is time.

        :raises ApiError: CallGear cannot be asked
        :raises UserError: it has no key
        """
        if self.reason == "nightly" and not self.connection_id._has_api_key():
            in_own_transaction(self.env, self._note_unasked)
            return
        client = self.connection_id._in_admins_language()._data_api()
        again = self._unreadable_parts()
        error = None
        while self._goes_on("done_until") and time.monotonic() < until:
            since = self.done_until or self.date_from
            error = self._try_slice(client, until, since) or error
        if self._goes_on("done_until"):
            return
        for since in again:
            if time.monotonic() >= until:
                break
            error = self._try_slice(client, until, since) or error
        if error:
            raise error

    def _try_slice(self, client, until, since):
        """Compare a part of the period; one that cannot be read keeps no others waiting.

        :return: the ``Unreadable`` that is in the way, or None
        """
        try:
            self._compare_slice(client, until, since)
        except Unreadable as error:
            note = partial(self._note_unreadable, since, error)
            in_own_transaction(self.env, note)
            return error
        return None

    def _unreadable_parts(self):
        """Return the beginnings of the parts of which nothing could be read."""
        parts = sorted((self.exists().unread or {}).items())
        return [
            fields.Datetime.to_datetime(since)
            for since, part in parts
            if part["nothing"]
        ]

    def _till(self, since):
        """Return the end of the part that begins at a time."""
        return min(since + SLICE, self.date_to)

    def _is_through(self):
        """Return whether all that can be compared has been."""
        untils = self.done_until, self.books_until
        return all(until and until >= self.date_to for until in untils)

    def _balance(self, until):
        """Hold journal, tickets and dashboard against each other, see ``callgear.books``."""
        while self._goes_on("books_until") and time.monotonic() < until:
            since = self.books_until or self.date_from
            till = min(since + SLICE, self.date_to)
            if not self.env["callgear.books"]._balance(self, since, till, until):
                return
            in_own_transaction(self.env, partial(self._note_balanced, till))

    def _goes_on(self, name):
        """Return whether a part of the period is left.

        :param name: of the field that tells until when it was compared
        """
        known = self.exists()
        is_waiting = known.state == "waiting"
        return is_waiting and (known[name] or known.date_from) < known.date_to

    def _note_attempt(self, error):
        """Store how an attempt has ended, and when the next one begins."""
        if not self.exists():
            return  # somebody has deleted it meanwhile
        now = clock.now(self.env)
        values = {"error": error or False, **self._difference_counts()}
        if not error:
            values["attempts"] = 0
        if self.state == "waiting":
            is_last = error and self.attempts > len(BACKOFF)
            minutes = BACKOFF[min(self.attempts, len(BACKOFF)) - 1] if error else 0
            values["next_attempt_at"] = now + timedelta(minutes=minutes)
            values["state"] = "failed" if is_last else "waiting"
            # sudo: ir.cron - the work is nobody's
            self.env.ref(CRON).sudo()._trigger(values["next_attempt_at"])
        self.write(values)
        if self.state == "done" and FIGURES in self.difference_ids.mapped("books"):
            # Whatever has gone past Odoo may have changed others, too.
            self.env["callgear.ticket.fact"]._recount_soon()
        self._tell_admin()

    def _tell_admin(self):
        """Tell the admin of what remains, once; and no more when all is well again."""
        connection = self.connection_id._in_admins_language()
        note = Markup()
        if self.state == "failed":
            text = connection.env._("The calls could not be compared with CallGear:")
            note += Markup("<p>%s %s</p>") % (text, self.error)
        if self.left_count:
            remain = connection.env._(
                "Differences between calls, tickets, figures and CallGear's report that "
                "remain: %(count)s. They are listed under Comparisons.",
                count=self.left_count,
            )
            note += Markup("<p>%s</p>") % remain
        # What waits is asked for again, and may be readable then.
        unread = self.unread_count if self.state != "waiting" else 0
        if unread:
            text = self.with_context(lang=connection.env.lang).unread_text
            note += Markup("<p>%s</p>") % text
        if note:
            connection._alert(ACTIVITY, note, count=self.left_count + unread)
        elif self.state == "done" and self.reason == "nightly":
            connection._all_well(ACTIVITY)

    def _compare_slice(self, client, until, since):
        """Compare a part of the period, or as much of it as there is time for.

        :param client: ``DataApi``
        :param float until: when to leave off (monotonic)
        :param since: when the part begins
        :raises ApiError: CallGear cannot be asked
        """
        till = self._till(since)
        end_transaction(self.env)
        reported, sessions, unread = self._fetch(client, since, till)
        known = self._known(row.session_id for row, _legs in reported)
        for row, legs in reported:
            found = differences(row, legs, known.get(row.session_id))
            if not found:
                continue
            if unread["legs"][0] and lacks_talk(row, legs):
                # Without its legs it would become a missed call.
                note = partial(self._note_reported, row, found, True)
                in_own_transaction(self.env, note)
                continue
            self._safely(partial(self._complete, row, legs), row, found)
            if time.monotonic() >= until:
                return  # what is completed now is passed over next time
        # Of calls that cannot be read it is not known which they are.
        unheard = () if unread["calls"][0] else self._unreported(since, till, sessions)
        for call in unheard:
            in_own_transaction(self.env, partial(self._note_unreported, call))
        note = partial(self._note_slice, since, len(reported), unread)
        in_own_transaction(self.env, note)

    def _fetch(self, client, since, till):
        """Return CallGear's reports of the calls that began in a part of the period.

        :return: list of (``ReportedCall``, list of ``ReportedLeg``); set of the session
            ids of these calls and of others that began an hour before or after; dict:
            report → how many rows cannot be read, and of how many
        """
        connection = self.connection_id
        begin = self._local(since) - MARGIN
        calls, sessions = [], set()
        unread = {"calls": [0, 0], "legs": [0, 0]}
        for page in client.calls_report(begin, self._local(till) + MARGIN):
            _add(unread["calls"], page)
            for row in page.items:
                sessions.add(row.session_id)
                began = connection._instants(row.start_time)[0]
                if since <= began < till:
                    calls.append(row)
        if not calls:
            return [], sessions, unread
        ends = [row.finish_time or row.start_time for row in calls]
        last = min(max(ends) + MARGIN, begin + MAX_PERIOD)
        legs = defaultdict(list)
        for page in client.call_legs_report(begin, last):
            _add(unread["legs"], page)
            for leg in page.items:
                legs[leg.session_id].append(leg)
        return [(row, legs[row.session_id]) for row in calls], sessions, unread

    def _local(self, moment):
        return self.connection_id._to_local(moment).replace(tzinfo=None)

    def _known(self, session_ids):
        """Return what is known of calls: dict, session id → ``KnownCall``."""
        mine = [("connection_id", "=", self.connection_id.id)]
        calls = self.env["callgear.call"].search(
            [*mine, ("session_id", "in", list(session_ids))]
        )
        return {call.session_id: _known_call(call) for call in calls}

    def _safely(self, complete, row, found):
        """Complete a call in a transaction of its own; one that fails stops no others.

        :param found: the differences, which remain then
        """
        try:
            in_own_transaction(self.env, complete)
        except Exception:
            roll_back(self.env)
            _logger.warning(
                "CallGear call %s not completed", row.session_id, exc_info=True
            )
            note = partial(self._note_reported, row, found, True)
            in_own_transaction(self.env, note)

    def _complete(self, row, legs):
        """Store what the report of a call tells, and write down that it was missing."""
        # Its notifications may wait to be worked on: what they tell is not missing.
        if self.env["callgear.event"]._waits(self.connection_id, row.session_id):
            refresh = self.env["callgear.refresh"]._refresh_among_others
            refresh(self.connection_id, row.session_id)
        found = self._differences(row, legs)
        if not found:
            return
        self.env["callgear.reconciliation"]._store_report(self.connection_id, row, legs)
        remaining = self._differences(row, legs)
        self._note_reported(row, remaining or found, bool(remaining))

    def _differences(self, row, legs):
        known = self._known([row.session_id]).get(row.session_id)
        return differences(row, legs, known)

    def _call(self, session_id):
        mine = [("connection_id", "=", self.connection_id.id)]
        Call = self.env["callgear.call"]
        return Call.search([*mine, ("session_id", "=", session_id)], limit=1)

    def _note_reported(self, row, found, is_left):
        """Note the gravest difference of a call that CallGear reports.

        :param found: dict, kind → what is known, and what CallGear reports
        """
        call = self._call(row.session_id)
        kind, said = next(iter(found.items()))
        own = self.connection_id._in_admins_language()
        known, reported = (_in_words(own, kind, one) for one in said)
        self.env["callgear.difference"]._note(
            self,
            f"report:{row.session_id}",
            session_id=row.session_id,
            call_id=call.id,
            ticket_id=call.main_leg_id.ticket_id.id,
            started_at=self.connection_id._instants(row.start_time)[0],
            phone=call.phone or (not call.is_erased and row.contact_phone),
            kind=kind,
            one_says=known,
            other_says=reported,
            state="left" if is_left else "completed",
        )

    def _note_unreported(self, call):
        if call.exists():
            own = self.connection_id._in_admins_language()
            self.env["callgear.difference"]._note(
                self,
                f"report:{call.session_id}",
                session_id=call.session_id,
                call_id=call.id,
                ticket_id=call.main_leg_id.ticket_id.id,
                started_at=call.started_at,
                phone=call.phone,
                kind=UNREPORTED,
                one_says=_in_words(own, LENGTH, call.talk_seconds),
                other_says=_in_words(own, UNREPORTED, None),
                state="left",
            )

    def _unreported(self, since, till, sessions):
        """Return calls of a part of the period that CallGear does not report.

        :param sessions: ids of those that it does, also an hour before and after
        """
        return self.env["callgear.call"].search(
            [
                ("connection_id", "=", self.connection_id.id),
                ("started_at", ">=", since),
                ("started_at", "<", till),
                ("session_id", "not in", [False, *sessions]),
                ("state", "=", "ended"),
                ("given_up_at", "=", False),
                ("ended_at", "<", clock.now(self.env) - REPORTED),
            ],
            order="started_at",
        )

    def _note_slice(self, since, count, unread):
        """Store that a part of the period has been compared.

        :param since: its beginning
        :param int count: calls in it
        :param unread: as ``_fetch`` returns it
        """
        if not self.exists():
            return
        has_unread = any(count for count, _rows in unread.values())
        part = {**unread, "nothing": False} if has_unread else None
        values = self._passed(since, part)
        self.write(
            {
                **values,
                "attempts": 1,
                "state": self._state_after(**values),
                "call_count": self.call_count + count,
                **self._difference_counts(),
            }
        )

    def _note_unasked(self):
        """Store that the report is left out."""
        if self.exists():
            state = self._state_after(done_until=self.date_to)
            self.write({"done_until": self.date_to, "state": state})

    def _note_unreadable(self, since, error):
        """Store that nothing can be read of a part of the period: it is asked for again.

        :param error: ``Unreadable``
        """
        if not self.exists():
            return
        rows = int(error.params["rows"])
        of_calls = error.params["list"] == CALLS_REPORT
        whole, none = [rows, rows], [0, 0]
        calls, legs = (whole, none) if of_calls else (none, whole)
        self.write(self._passed(since, {"calls": calls, "legs": legs, "nothing": True}))

    def _passed(self, since, part):
        """Return the values of a comparison that has passed a part of its period.

        :param since: its beginning
        :param part: what is stored of rows that cannot be read; None: all can
        """
        key = fields.Datetime.to_string(since)
        parts = {**(self.unread or {}), key: part}
        parts = {key: part for key, part in parts.items() if part}
        pairs = [part[name] for part in parts.values() for name in ("calls", "legs")]
        return {
            "done_until": max(self.done_until or since, self._till(since)),
            "unread": parts or False,
            "unread_count": sum(unread for unread, _rows in pairs),
        }

    def _note_balanced(self, till):
        """Store that a part of the period has been held against each other."""
        if self.exists():
            self.write(
                {
                    "books_until": till,
                    "state": self._state_after(books_until=till),
                    **self._difference_counts(),
                }
            )

    def _state_after(self, done_until=None, books_until=None, unread=None, **_others):
        """Return the state once some values are written."""
        untils = done_until or self.done_until, books_until or self.books_until
        parts = (self.unread if unread is None else unread) or {}
        is_done = all(until and until >= self.date_to for until in untils)
        waits = any(part["nothing"] for part in parts.values())
        return "done" if is_done and not waits else self.state

    def _difference_counts(self):
        """Return the values of the fields that count differences."""
        own = [("comparison_id", "=", self.id)]
        Difference = self.env["callgear.difference"]
        counts = dict(Difference._read_group(own, ["state"], ["__count"]))
        return {
            "completed_count": counts.get("completed", 0),
            "left_count": counts.get("left", 0),
        }


def _add(counts, page):
    counts[0] += page.unread
    counts[1] += page.rows


def _known_call(call):
    is_over = call.state == "ended"
    is_length_known = is_over and not call.length_unknown
    if call.has_voicemail and not call.answered_at:
        is_length_known = False  # how long the machine has listened is told as talk
    keeps = call.outcome != IGNORED or call.reason == VOICEMAIL
    return KnownCall(
        is_over=is_over,
        is_sealed=call.is_sealed,
        is_internal=call.is_internal,
        legs={leg.leg_id: _known_leg(leg) for leg in call.leg_ids},
        files=frozenset(map(file_id, call.recording_ids.mapped("url")))
        if keeps
        else None,
        talk_seconds=call.talk_seconds if is_length_known else None,
    )


def _known_leg(leg):
    seconds = None
    if leg.picked_up_at and leg.ended_at:
        seconds = seconds_between(leg.picked_up_at, leg.ended_at)
    employee_id = leg.operator_id.employee_id or None
    return KnownLeg(bool(leg.picked_up_at), seconds, employee_id)


def _in_words(connection, kind, value):
    """Return in words what is known, or reported, of a call.

    :param connection: with the language in the context
    :param kind: of the difference
    """
    env = connection.env
    if value is None:
        return env._("nothing")
    if kind == MISSING:
        return env._("a call")
    if kind == LENGTH:
        return env._("%s seconds", value)
    if kind == OPERATOR:
        operators = connection.operator_ids.filtered(lambda o: o.employee_id == value)
        return operators[:1].name or value
    return str(value)
