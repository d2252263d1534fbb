# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
import time
from collections import Counter, defaultdict
from datetime import timedelta
from functools import partial

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..callgear.data_api import MAX_PERIOD
from ..callgear.errors import ApiError, BadRequest
from ..domain.comparison import KnownCall, KnownLeg, compare, file_id
from ..domain.verdict import IGNORED, VOICEMAIL
from ..tools.times import seconds_between
from ..transaction import end_transaction, in_own_transaction, roll_back

_logger = logging.getLogger(__name__)

ACTIVITY = "callgear_integration.mail_activity_calls_differ"
CRON = "callgear_integration.ir_cron_compare_calls"
# So much of the period is asked for at a time, and on each side of it: CallGear's clock is
# set forward and back.
SLICE, MARGIN = timedelta(hours=12), timedelta(hours=1)
# A worker goes on with one comparison for so many seconds, and has it for so many minutes.
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
# The cron for notifications starts each minute: after so long without, nothing has worked.
GAP = timedelta(seconds=150)
# A call that ended less than this ago may not be in the report yet.
REPORTED = timedelta(hours=1)
MAX_UNREPORTED = 20
KEPT_DAYS = 90
_STARTED = fields.Datetime.now()


class CallgearComparison(models.Model):
    """Holds the calls of a period against CallGear's reports, and completes them (R50).

    What the notifications did not tell is stored as if they had; each difference is
    written down with its call (R64).
    """

    _name = "callgear.comparison"
    _description = "Comparison with CallGear's Report"
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
    date_to = fields.Datetime(string="To", required=True, default=fields.Datetime.now)
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
    progress = fields.Integer(
        string="Progress (%)", compute="_compute_progress", aggregator=None
    )
    attempts = fields.Integer(readonly=True, aggregator=None)
    next_attempt_at = fields.Datetime(readonly=True, default=fields.Datetime.now)
    error = fields.Char(readonly=True)
    call_count = fields.Integer(string="Calls Compared", readonly=True)
    completed_count = fields.Integer(string="Completed", readonly=True)
    left_count = fields.Integer(string="Remaining Differences", readonly=True)
    difference_ids = fields.One2many(
        "callgear.difference", "comparison_id", readonly=True
    )

    _period_check = models.Constraint(
        "CHECK (date_to > date_from)", "The period must end after it begins."
    )
    _due_idx = models.Index("(next_attempt_at) WHERE state = 'waiting'")

    @api.depends("date_from", "date_to", "done_until", "state")
    def _compute_progress(self):
        for one in self:
            whole = one.date_from and one.date_to and one.date_to - one.date_from
            done = (one.done_until or one.date_from) - one.date_from if whole else None
            one.progress = round(100 * (done / whole)) if whole else 0

    @api.constrains("date_from", "date_to")
    def _check_period(self):
        now = fields.Datetime.now()
        for one in self:
            if one.date_from > now:
                raise ValidationError(
                    self.env._("The period must begin in the past: calls are compared.")
                )

    # -------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        comparisons = super().create(vals_list)
        # sudo: ir.cron - whoever may compare may have it started
        cron_sudo = self.env.ref(CRON).sudo()
        for at in set(comparisons.mapped("next_attempt_at")):
            cron_sudo._trigger(at)
        return comparisons

    @api.autovacuum
    def _gc_old(self):
        """Delete comparisons that nobody looks at any more."""
        before = fields.Datetime.now() - timedelta(days=KEPT_DAYS)
        old = [("state", "!=", "waiting"), ("create_date", "<", before)]
        self.search(old, limit=1000).unlink()

    # ---------------------------------------------------------- what is compared

    @api.model
    def _cron_nightly(self):
        """Have the calls since the last night compared, of each connection with a key."""
        now = fields.Datetime.now()
        till = now - SETTLED
        for connection in self._connections():
            mine = [
                ("connection_id", "=", connection.id),
                ("reason", "=", "nightly"),
                ("state", "=", "done"),
            ]
            last = self.search(mine, order="date_to desc", limit=1).date_to
            since = max((last or now - timedelta(days=1)) - OVERLAP, now - MAX_PERIOD)
            self._request("nightly", connection, since, till)

    @api.model
    def _connections(self):
        # A company has a connection or two.  pylint: disable-next=no-search-all
        connections = self.env["callgear.connection"].search([])
        # sudo: callgear.connection - only whether a key is set
        return connections.filtered(lambda connection: connection.sudo().api_key)

    @api.model
    def _request(self, reason, connection, since, till, at=None):
        """Have a period compared; one that waits for the same reason is extended.

        :param str reason: see the field
        :param datetime at: when, naive UTC; None: now
        """
        at = at or fields.Datetime.now()
        waiting = self.search(
            [
                ("connection_id", "=", connection.id),
                ("reason", "=", reason),
                ("state", "=", "waiting"),
                ("done_until", "=", False),
                ("next_attempt_at", ">", at - TOGETHER),
                ("next_attempt_at", "<=", at),
            ],
            limit=1,
        )
        if waiting and waiting.try_lock_for_update():
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
    def _notice_gap(self):
        """Have compared what may have been lost while nothing was running.

        To be called by a cron that starts each minute: Odoo tells it when it last did.
        """
        last, now = self.env.context.get("lastcall"), fields.Datetime.now()
        if last and (now - last > GAP or last < _STARTED < now):
            self._compare_since(last)

    @api.model
    def _compare_since(self, moment):
        """Have compared what may have been lost since a time (naive UTC)."""
        now = fields.Datetime.now()
        since = max(moment - BEFORE_GAP, now - MAX_PERIOD)
        for connection in self._connections():
            for look in GAP_LOOKS:
                self._request("gap", connection, since, now, now + look)

    # ------------------------------------------------------------------- compare

    @api.model
    def _cron_compare(self):
        """Go on with the comparisons that wait, one after the other."""
        cron = self.env["ir.cron"]
        now = fields.Datetime.now()
        due = self.search(
            [("state", "=", "waiting"), ("next_attempt_at", "<=", now)],
            order="next_attempt_at, id",
            limit=20,
        )
        cron._commit_progress(remaining=len(due))
        for comparison in due:
            if comparison._claim():
                comparison._go_on()
            if not cron._commit_progress(1):
                break

    def _claim(self):
        """Reserve the comparison for this worker; return whether it was due."""
        self.ensure_one()
        now = fields.Datetime.now()
        locked = self.try_lock_for_update()
        due = locked.state == "waiting" and locked.next_attempt_at <= now
        if due:
            until = now + timedelta(minutes=CLAIM_MINUTES)
            self.write({"attempts": self.attempts + 1, "next_attempt_at": until})
        end_transaction(self.env)
        return due

    def _go_on(self):
        """Compare as much as there is time for; what cannot be asked is asked again."""
        self.ensure_one()
        until = time.monotonic() + SECONDS
        try:
            client = self.connection_id._data_api()
            while self.state == "waiting" and time.monotonic() < until:
                self._compare_slice(client)
            error = None
        except ApiError as problem:
            error = self.connection_id._explain(problem)
        except UserError as problem:  # no key, no address
            error = str(problem)
        except Exception:
            roll_back(self.env)
            _logger.exception("CallGear: comparison %s was broken off", self.id)
            error = self.env._("An unexpected error, see the log of the server.")
        in_own_transaction(self.env, partial(self._note_attempt, error))

    def _note_attempt(self, error):
        """Store how an attempt has ended, and when the next one begins."""
        now = fields.Datetime.now()
        values = {"error": error or False}
        if self.state == "waiting":
            is_last = error and self.attempts > len(BACKOFF)
            minutes = BACKOFF[min(self.attempts, len(BACKOFF)) - 1] if error else 0
            values["next_attempt_at"] = now + timedelta(minutes=minutes)
            values["state"] = "failed" if is_last else "waiting"
            # sudo: ir.cron - the work is nobody's
            self.env.ref(CRON).sudo()._trigger(values["next_attempt_at"])
        self.write(values)
        self._tell_admin()

    def _tell_admin(self):
        """Tell the admin of what remains, once; and no more when all is well again."""
        connection = self.connection_id._in_admins_language()
        if self.state == "failed":
            text = connection.env._("The calls could not be compared with CallGear:")
            note = Markup("<p>%s %s</p>") % (text, self.error)
        elif self.left_count:
            note = Markup("<p>%s</p>") % connection.env._(
                "Differences from CallGear's report that could not be completed: "
                "%(count)s. They are listed under Comparisons.",
                count=self.left_count,
            )
        elif self.state == "done" and self.reason == "nightly":
            connection.activity_unlink([ACTIVITY])
            return
        else:
            return
        connection._alert(ACTIVITY, note)

    def _compare_slice(self, client):
        """Compare the next part of the period.

        :param client: ``DataApi``
        :raises ApiError: CallGear cannot be asked
        """
        since = self.done_until or self.date_from
        till = min(since + SLICE, self.date_to)
        end_transaction(self.env)
        reported = self._fetch(client, since, till)
        sessions = [row.session_id for row, _legs in reported]
        known = self._known(sessions)
        counts = Counter(call=len(reported))
        for row, legs in reported:
            if compare(row, legs, known.get(row.session_id)):
                complete = partial(self._complete, row, legs)
                counts.update(self._safely(complete, row.session_id))
        for call in self._unreported(client, since, till, sessions):
            note = partial(self._note_unreported, call)
            counts.update(in_own_transaction(self.env, note))
        in_own_transaction(self.env, partial(self._note_slice, till, counts))

    def _fetch(self, client, since, till):
        """Return CallGear's reports of the calls that began in a part of the period.

        :return: list of (``ReportedCall``, list of ``ReportedLeg``)
        """
        connection = self.connection_id
        begin = self._local(since) - MARGIN
        calls = []
        for page in client.calls_report(begin, self._local(till) + MARGIN):
            for row in page.items:
                began = connection._instants(row.start_time)[0]
                if since <= began < till:
                    calls.append(row)
        if not calls:
            return []
        ends = [row.finish_time or row.start_time for row in calls]
        last = min(max(ends) + MARGIN, begin + MAX_PERIOD)
        legs = defaultdict(list)
        for page in client.call_legs_report(begin, last):
            for leg in page.items:
                legs[leg.session_id].append(leg)
        return [(row, legs[row.session_id]) for row in calls]

    def _local(self, moment):
        return self.connection_id._to_local(moment).replace(tzinfo=None)

    def _known(self, session_ids):
        """Return what is known of calls: dict, session id → ``KnownCall``."""
        mine = [("connection_id", "=", self.connection_id.id)]
        calls = self.env["callgear.call"].search(
            [*mine, ("session_id", "in", session_ids)]
        )
        return {call.session_id: _known_call(call) for call in calls}

    def _safely(self, complete, session_id):
        """Complete a call in a transaction of its own; one that fails stops no others."""
        try:
            return in_own_transaction(self.env, complete)
        except Exception:
            roll_back(self.env)
            _logger.warning("CallGear call %s not completed", session_id, exc_info=True)
            return Counter()

    def _complete(self, row, legs):
        """Store what the report of a call tells, and write down that it was missing."""
        kinds = compare(row, legs, self._known([row.session_id]).get(row.session_id))
        reconciliation = self.env["callgear.reconciliation"]
        stored, _worked = reconciliation._store_report(self.connection_id, row, legs)
        remaining = compare(
            row, legs, self._known([row.session_id]).get(row.session_id)
        )
        if not kinds or not stored and not remaining:
            return Counter()  # its notifications have been worked on meanwhile
        call = self._call(row.session_id)
        return self._note_difference(
            (remaining or kinds)[0],
            bool(remaining),
            call,
            session_id=row.session_id,
            started_at=self.connection_id._instants(row.start_time)[0],
            phone=call.phone or row.contact_phone,
        )

    def _call(self, session_id):
        mine = [("connection_id", "=", self.connection_id.id)]
        Call = self.env["callgear.call"]
        return Call.search([*mine, ("session_id", "=", session_id)], limit=1)

    def _note_difference(self, kind, is_left, call, **values):
        self.env["callgear.difference"]._note(
            self, kind, is_left, call_id=call.id, **values
        )
        return Counter(left=is_left, completed=not is_left)

    def _note_unreported(self, call):
        return self._note_difference(
            "unreported",
            True,
            call,
            session_id=call.session_id,
            started_at=call.started_at,
            phone=call.phone,
        )

    def _unreported(self, client, since, till, reported):
        """Return calls of a part of the period that CallGear does not report.

        :param reported: session ids of those that it does
        """
        calls = self.env["callgear.call"].search(
            [
                ("connection_id", "=", self.connection_id.id),
                ("started_at", ">=", since),
                ("started_at", "<", till),
                ("session_id", "not in", [False, *reported]),
                ("state", "=", "ended"),
                ("given_up_at", "=", False),
                ("ended_at", "<", fields.Datetime.now() - REPORTED),
            ],
            order="started_at",
            limit=MAX_UNREPORTED,
        )
        sessions = {call: call.session_id for call in calls}
        starts = {call: self._local(call.started_at) for call in calls}
        end_transaction(self.env)
        day = timedelta(days=1)
        for call, session_id in sessions.items():
            # It may have begun a moment before this part of the period.
            begin, end = starts[call] - day, starts[call] + day
            try:
                pages = client.calls_report(begin, end, session_id=session_id)
                if not any(page.items for page in pages):
                    yield call
            except BadRequest:
                yield call  # a session id that CallGear has never given

    def _note_slice(self, till, counts):
        """Store that a part of the period has been compared."""
        self.write(
            {
                "done_until": till,
                "attempts": 1,
                "state": "done" if till >= self.date_to else "waiting",
                "call_count": self.call_count + counts["call"],
                "completed_count": self.completed_count + counts["completed"],
                "left_count": self.left_count + counts["left"],
            }
        )


def _known_call(call):
    is_over = call.state == "ended"
    keeps = call.outcome != IGNORED or call.reason == VOICEMAIL
    return KnownCall(
        is_over=is_over,
        is_internal=call.is_internal,
        legs={leg.leg_id: _known_leg(leg) for leg in call.leg_ids},
        files=frozenset(map(file_id, call.recording_ids.mapped("url")))
        if keeps
        else None,
        talk_seconds=call.talk_seconds if is_over and not call.length_unknown else None,
    )


def _known_leg(leg):
    seconds = None
    if leg.picked_up_at and leg.ended_at:
        seconds = seconds_between(leg.picked_up_at, leg.ended_at)
    return KnownLeg(bool(leg.picked_up_at), seconds)
