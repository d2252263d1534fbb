# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
import time
from datetime import timedelta

from psycopg2 import OperationalError, errors

from odoo import api, fields, models
from odoo.tools import SQL

from ..callgear.notification import BodyError, parse, parse_all
from ..client_input import for_clients
from ..domain.facts import facts_of
from ..tools.steps import SingleSteps
from ..transaction import LITTLE_PATIENCE, begin_work, end_transaction, roll_back
from .callgear_notification_template import EVENT_SELECTION

_logger = logging.getLogger(__name__)

# Minutes until the next attempt, by the number of attempts made. After the last attempt
# the notification has failed.
BACKOFF = (1, 5, 15, 60, 360, 1440)
MAX_ATTEMPTS = len(BACKOFF) + 1
# Order of processing: ringing before talking, then ended calls, and recordings last. An
# agent waits for the popup of a ringing phone; nobody waits for a recording.
URGENCY = {
    "legout": 0,
    "callout": 0,
    "handset": 1,
    "endleg": 2,
    "end": 2,
    "recording": 3,
}
# Notifications up to this urgency change the popups of agents.
LOOKED_AT = URGENCY["handset"]
# Errors caused by another transaction, not by the notification.
IN_THE_WAY = (
    errors.LockNotAvailable,
    errors.DeadlockDetected,
    errors.SerializationFailure,
)
# A notification that is due within so many seconds is not left to the cron.
SOON = 10
# Seconds for which drainers leave those that nobody looks at: CallGear posts the ends of
# a call's legs and of the call within less, and they are worked on together.
TOGETHER = 0.5
# Recordings may be late for longer than what else is told of a call: CallGear makes them
# afterwards.
LATER_STILL = {"recording": timedelta(days=14)}
# Seconds after which the cron ends, so that other scheduled actions can run.
CRON_SECONDS = 30
FAILED_ACTIVITY = "callgear_integration.mail_activity_failed_notification"


class CallgearEvent(models.Model):
    """A notification as CallGear posted it: stored first, processed afterwards.

    A new notification has no ``next_attempt_at``. A worker that takes it first sets and
    commits the time of the next attempt, and then processes it. So if the worker dies or
    hangs, the notification is tried again at that time.
    """

    _name = "callgear.event"
    _inherit = "callgear.hidden.links"
    _description = "CallGear Notification"
    _order = "received_at desc, id desc"
    _rec_name = "session_id"

    connection_id = fields.Many2one(
        "callgear.connection", required=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(related="connection_id.company_id")
    event = fields.Selection(EVENT_SELECTION, required=True, readonly=True)
    session_id = fields.Char(string="Call Session", readonly=True)
    payload = fields.Text(readonly=True)
    digest = fields.Char(required=True, readonly=True)
    received_at = fields.Datetime(required=True, readonly=True)
    state = fields.Selection(
        [("pending", "Waiting"), ("done", "Done"), ("failed", "Failed")],
        required=True,
        readonly=True,
        default="pending",
    )
    urgency = fields.Integer(
        readonly=True, aggregator=None, help="Lower values are processed first."
    )
    attempts = fields.Integer(readonly=True, aggregator=None)
    next_attempt_at = fields.Datetime(readonly=True)
    error = fields.Char(readonly=True)
    from_api = fields.Boolean(
        string="From the Reports",
        readonly=True,
        help="CallGear did not send this notification: it was made from CallGear's "
        "reports afterwards.",
    )
    is_late = fields.Boolean(
        string="Late",
        readonly=True,
        help="It came when the call was long over, so it has not changed the call. If it is "
        "right, a comparison with CallGear completes the call.",
    )
    is_absorbed = fields.Boolean(
        readonly=True, help="The state of the call does not depend on it any more."
    )
    leg_key = fields.Char(
        readonly=True,
        help="While it is absorbed: the leg whose next notification makes it read again.",
    )
    call_id = fields.Many2one(
        "callgear.call", ondelete="set null", readonly=True, index="btree_not_null"
    )

    _digest_uniq = models.UniqueIndex(
        "(connection_id, digest)", "This notification is already stored."
    )
    _live_idx = models.Index(
        "(connection_id, session_id) WHERE is_absorbed IS NOT TRUE"
    )
    _absorbed_idx = models.Index(
        "(connection_id, session_id, leg_key) WHERE is_absorbed IS TRUE"
    )
    _last_idx = models.Index(
        "(connection_id, event, received_at) "
        "WHERE from_api IS NOT TRUE AND session_id IS NOT NULL"
    )
    _new_idx = models.Index(
        "(urgency, id) WHERE state = 'pending' AND next_attempt_at IS NULL"
    )
    _due_idx = models.Index(
        "(next_attempt_at) WHERE state = 'pending' AND next_attempt_at IS NOT NULL"
    )
    _late_idx = models.Index("(connection_id) WHERE is_late IS TRUE")
    _failed_idx = models.Index("(connection_id) WHERE state = 'failed'")

    @api.depends("event", "session_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        """What has no readable session is named as well."""
        kinds = dict(self._fields["event"]._description_selection(self.env))
        for event in self:
            parts = kinds.get(event.event), event.session_id
            event.display_name = " ".join(filter(None, parts))

    # ---------------------------------------------------------------- storing

    @api.model
    def _store(self, connection, event, checked, from_api=False):
        """Store a notification.

        Plain SQL, because the ORM has no ON CONFLICT: if two workers get the same
        notification at once, neither may fail or have to be retried. Its time is that of the
        database: the clocks of several nodes differ.

        :param connection: one ``callgear.connection``
        :param str event: kind of notification
        :param checked: ``NotificationBody``
        :param bool from_api: whether it was made from CallGear's reports
        :return: id of the new record; None if the notification is stored already
        """
        rows = self.env.execute_query(
            SQL(
                """INSERT INTO callgear_event
                       (connection_id, event, session_id, payload, digest, received_at,
                        state, error, urgency, attempts, from_api,
                        create_uid, write_uid, create_date, write_date)
                   VALUES (%s, %s, %s, %s, %s,
                           date_trunc('second', now() AT TIME ZONE 'UTC'),
                           %s, %s, %s, 0, %s, %s, %s,
                           now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC')
                   ON CONFLICT (connection_id, digest) DO NOTHING
                   RETURNING id""",
                connection.id,
                event,
                checked.session_id,
                checked.text,
                checked.digest,
                "failed" if checked.error else "pending",
                checked.error,
                URGENCY[event],
                from_api,
                self.env.uid,
                self.env.uid,
            )
        )
        self.invalidate_model()
        return rows[0][0] if rows else None

    # -------------------------------------------------------------- processing

    @api.model
    def _work_on_next(self, busy=(), overdue_first=False, begun=None):
        """Process the notifications of one call session; commits.

        :return: as ``_work_on_one``
        """
        begin_work(self.env)
        worked = self._work_on_one(busy, overdue_first, begun)
        if not worked:
            end_transaction(self.env)
        return worked

    @api.model
    def _work_on_one(self, busy=(), overdue_first=False, begun=None, together=0.0):
        """Process the notifications of one call session; commits if there is one.

        Does not raise because of a notification: the failure is stored, and there is
        another attempt later. The transaction is one of ``begin_work``.

        :param busy: sessions to skip, as (connection id, session id)
        :param bool overdue_first: take repeated attempts before new notifications
        :param begun: function that is called with the urgency before processing begins
        :param together: seconds for which new notifications are left to others of their
            session, unless agents look at what they change
        :return: None if no notification waits; else ((connection id, session id), whether
            the session was not locked by another worker)
        """
        found = self._next_session(busy, overdue_first, together)
        if not found:
            return None
        *session, urgency = found
        session = tuple(session)
        connection = self.env["callgear.connection"].browse(session[0])
        free = connection._try_lock("session", session[1])
        claimed, given_up = self._claim(*session) if free else ([], [])
        end_transaction(self.env)
        if begun:
            begun(urgency)
        if given_up:
            self._safely(self.browse(given_up)._alert_admin)
        if claimed:
            self._work(connection, session[1], self.browse(claimed), urgency)
        return session, free

    @api.model
    def _next_session(self, busy, overdue_first, together=0.0):
        """Return connection id, session id and urgency of what is next, or None.

        Notifications that another worker is claiming at the moment are skipped.
        """
        others = SQL("TRUE")
        if busy:
            others = SQL("(connection_id, session_id) NOT IN %s", tuple(busy))
        is_ripe = SQL("TRUE")
        if together:
            is_ripe = SQL(
                "(urgency <= %s OR create_date <= now() AT TIME ZONE 'UTC' - %s)",
                LOOKED_AT,
                _seconds(together),
            )
        new = SQL(
            """SELECT connection_id, session_id, urgency FROM callgear_event
                WHERE state = 'pending' AND next_attempt_at IS NULL AND %s AND %s
                ORDER BY urgency, id LIMIT 1 FOR UPDATE SKIP LOCKED""",
            others,
            is_ripe,
        )
        due = SQL(
            """SELECT connection_id, session_id, urgency FROM callgear_event
                WHERE state = 'pending' AND next_attempt_at IS NOT NULL
                  AND next_attempt_at <= now() AT TIME ZONE 'UTC' AND %s
                ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED""",
            others,
        )
        for query in (due, new) if overdue_first else (new, due):
            if rows := self.env.execute_query(query):
                return rows[0]
        return None

    @api.model
    def _claim(self, connection_id, session_id):
        """Count an attempt, and set the time of the next one, before processing begins.

        Locked notifications are skipped, so that this never waits.

        :return: list of ids to process; list of ids that have failed, because none of
            their attempts came to an end
        """
        rows = self.env.execute_query(
            SQL(
                """UPDATE callgear_event
                      SET attempts = LEAST(attempts + 1, %(most)s),
                          state = CASE WHEN attempts < %(most)s THEN 'pending'
                                       ELSE 'failed' END,
                          error = CASE WHEN attempts < %(most)s THEN error
                                       ELSE COALESCE(error, %(lost)s) END,
                          next_attempt_at = now() AT TIME ZONE 'UTC'
                              + (%(waits)s)[LEAST(attempts + 1, %(steps)s)]
                                * interval '1 minute'
                    WHERE id IN (
                        SELECT id FROM callgear_event
                         WHERE connection_id = %(connection)s
                           AND session_id = %(session)s
                           AND is_absorbed IS NOT TRUE AND state = 'pending'
                           AND (next_attempt_at IS NULL
                                OR next_attempt_at <= now() AT TIME ZONE 'UTC')
                           FOR UPDATE SKIP LOCKED)
                RETURNING id, state""",
                most=MAX_ATTEMPTS,
                lost="The processing has never come to an end.",
                waits=list(BACKOFF),
                steps=len(BACKOFF),
                connection=connection_id,
                session=session_id,
            )
        )
        self.invalidate_model()
        return (
            [id_ for id_, state in rows if state == "pending"],
            [id_ for id_, state in rows if state == "failed"],
        )

    def _work(self, connection, session_id, events, urgency):
        """Update the call of a session and its tickets.

        :param events: the notifications that were claimed for it
        :param urgency: of the most urgent of them
        """
        steering = self.env["callgear.steering"]
        try:
            call = self._refresh(connection, session_id, urgency)
            wishing = call.live_leg_ids.filtered("control_wish")
            end_transaction(self.env)
        except IN_THE_WAY as error:
            self._safely(events._put_off, error)
            # What was told to the agents is committed already.
            self._safely(steering._carry_out_all, connection, session_id)
        except Exception as error:
            _logger.warning("CallGear call %s: failed", session_id, exc_info=True)
            self._safely(events._write_failure, error)
            self._safely(self._work_in_steps, connection, session_id)
            # Callers do not wait until tickets can be written.
            self._safely(steering._carry_out_all, connection, session_id)
        else:
            steering._carry_out_soon(wishing)

    @api.model
    def _refresh(self, connection, session_id, urgency):
        """Update the call of a session and its tickets; return the call.

        Agents are told at once, before a ticket is made, if their phone rings or was
        answered; and if somebody is in the way, before that is waited for.
        """
        begin_work(self.env, LITTLE_PATIENCE)
        company = connection._settings().company_id
        refresh = self.env["callgear.refresh"].with_company(company)
        try:
            popups = "before_new" if urgency <= LOOKED_AT else None
            return refresh._refresh(connection, session_id, popups=popups)
        except IN_THE_WAY:
            roll_back(self.env)
            begin_work(self.env)
            return refresh._refresh(connection, session_id, popups="first")

    @api.model
    def _work_in_steps(self, connection, session_id):
        """Do what can be done of a call with which something has failed.

        Another addon, or a rule of the company's, may refuse one ticket or one stage:
        the call itself, and its other tickets, do not depend on that. The notifications
        stay pending, so that the rest is tried again.
        """
        steps = SingleSteps(self.env.cr.savepoint, fatal=OperationalError)
        company = connection._settings().company_id
        refresh = self.env["callgear.refresh"].with_company(company)
        refresh._refresh(connection, session_id, steps=steps)

    def _safely(self, write, *values):
        """Store something after a failure, in a transaction of its own.

        If that fails as well, the time of the next attempt is already stored.

        :param write: function to call with ``values``; what it has written, if it fails, is
            undone
        """
        try:
            roll_back(self.env)
            begin_work(self.env)
            write(*values)
            end_transaction(self.env)
        except Exception:
            _logger.exception("CallGear: the work after a failure has failed as well")
            roll_back(self.env)

    def _put_off(self, error=None):
        """Postpone after a collision with another transaction; no attempt is counted.

        The longer a notification has been waiting, the longer the pause.
        """
        self.env.execute_query(
            SQL(
                """UPDATE callgear_event
                      SET attempts = GREATEST(attempts - 1, 0), error = COALESCE(%s, error),
                          next_attempt_at = now() AT TIME ZONE 'UTC' + LEAST(GREATEST(
                              (now() AT TIME ZONE 'UTC' - received_at) / 2,
                              interval '2 seconds'), interval '5 minutes')
                    WHERE id IN (SELECT id FROM callgear_event
                                  WHERE id IN %s AND state = 'pending'
                                    FOR UPDATE SKIP LOCKED)
                RETURNING id""",
                error and _text(error),
                tuple(self.ids),
            )
        )
        self.invalidate_model()

    @api.model
    def _put_off_session(self, connection_id, session_id):
        """Postpone the new notifications of a session that another worker has locked.

        Commits.
        """
        new = self.search(
            [
                ("connection_id", "=", connection_id),
                ("session_id", "=", session_id),
                ("is_absorbed", "=", False),
                ("state", "=", "pending"),
                ("next_attempt_at", "=", False),
            ]
        )
        if new:
            new._put_off()
        end_transaction(self.env)

    def _write_failure(self, error):
        """Store why an attempt has failed; after the last one, notify the admin."""
        waiting = self.exists().filtered(lambda event: event.state == "pending")
        waiting.error = _text(error)
        last = waiting.filtered(lambda event: event.attempts >= MAX_ATTEMPTS)
        last.state = "failed"
        last._alert_admin()

    def _alert_admin(self):
        """Tell those who look after the connections that some have failed."""
        for connection in self.connection_id:
            own = connection._in_admins_language()
            text = own.env._("Some notifications could not be processed.")
            own._alert(FAILED_ACTIVITY, text)

    @for_clients()
    def action_retry(self):
        """Process the notifications again now, with all attempts left.

        :raises AccessError: the user may not change them
        """
        self.check_access("write")
        # sudo: callgear.event - admins may retry, though not edit; access is checked above
        for event in self.sudo().filtered(lambda event: not event.is_late):
            if not event.session_id:
                event._reread()
            if event.session_id:
                event.write(
                    {"state": "pending", "attempts": 0, "next_attempt_at": False}
                )
        self.env.ref("callgear_integration.ir_cron_process_events")._trigger()

    def _reread(self):
        """Read an invalid body again: a newer version may be able to repair it."""
        try:
            self.session_id = parse(self.event, self.payload.encode()).session_id
        except BodyError as error:
            self.error = _text(error)

    @api.model
    def _seconds_until_due(self, together=0.0):
        """Return the seconds until the next attempt; None if more than ``SOON``.

        :param together: as for ``_work_on_one``
        """
        [[seconds]] = self.env.execute_query(
            SQL(
                """SELECT EXTRACT(EPOCH FROM LEAST(
                       (SELECT MIN(next_attempt_at) FROM callgear_event
                         WHERE state = 'pending' AND next_attempt_at IS NOT NULL),
                       (SELECT create_date + %s FROM callgear_event
                         WHERE state = 'pending' AND next_attempt_at IS NULL
                         ORDER BY urgency, id LIMIT 1)
                   ) - now() AT TIME ZONE 'UTC')""",
                _seconds(together),
            )
        )
        return float(seconds) if seconds is not None and seconds < SOON else None

    @api.model
    def _cron_process(self):
        """Process what is left over: after a failure, or after a worker has died.

        Ends after ``CRON_SECONDS``, so that other scheduled actions can run.
        """
        cron = self.env["ir.cron"]
        until = time.monotonic() + CRON_SECONDS
        busy = set()
        cron._commit_progress(remaining=1)
        while time.monotonic() < until:
            worked = self._work_on_next(busy, overdue_first=True)
            if not worked:
                cron._commit_progress(remaining=0)
                return
            session, free = worked
            if not free:
                busy.add(session)
            if not cron._commit_progress(1, remaining=1):
                return

    # ------------------------------------------------------------------ facts

    @api.model
    def _readable(self, connection, session_id, absorbed=False):
        """Return the domain of a session's notifications that can be read.

        :param bool absorbed: the absorbed ones, or the others
        """
        return [
            ("connection_id", "=", connection.id),
            ("session_id", "=", session_id),
            ("is_absorbed", "=", absorbed),
            ("is_late", "=", False),
            ("state", "in", ("pending", "done")),
            ("payload", "!=", False),  # neutralising a copy removes it
        ]

    @api.model
    def _load_facts(self, connection, session_id, absorbed=False, legs=None):
        """Load the notifications of a session that are not absorbed, as facts.

        :param bool absorbed: load the absorbed ones instead, and mark them as not absorbed
        :param legs: keys of legs: load those absorbed with these legs instead, and mark
            them as not absorbed
        :return: (``callgear.event`` records, list of ``Fact`` in the same order)
        """
        if legs is not None and not legs:
            return self.browse(), []
        domain = self._readable(connection, session_id, absorbed or legs is not None)
        if legs:
            domain.append(("leg_key", "in", list(legs)))
        names = ["event", "payload", "received_at", "state", "call_id", "from_api"]
        events = self.search_fetch(domain, names, order="id")
        if absorbed or legs:
            events.write({"is_absorbed": False, "leg_key": False})
        notifications = parse_all((e.event, e.payload) for e in events)
        arrivals = [e.received_at for e in events]
        return events, facts_of(notifications, arrivals, connection._instants)

    def _drop_late(self, call):
        """Delete what was told of a call whose other notifications have been deleted.

        Without them nothing can be concluded from it; and it may name whom the call has
        forgotten.
        """
        if self:
            _logger.info("CallGear call %s: %s late notifications", call.id, len(self))
            self.unlink()

    def _set_late_aside(self, call):
        """Set aside what was told of a call that was known to be long over.

        It stays stored and is shown, but does not count: whoever knows the address could
        rewrite old calls otherwise. What CallGear's reports tell always counts.

        :return: those that were set aside
        """
        if not call.end_known_at:
            return self.browse()
        hours = call.connection_id._settings().late_hours
        if hours <= 0:
            return self.browse()
        late = self.filtered(
            lambda event: (
                event.state == "pending"
                and not event.from_api
                and event.received_at - call.end_known_at
                > max(timedelta(hours=hours), LATER_STILL.get(event.event, timedelta()))
            )
        )
        late.write({"is_late": True, "state": "done", "call_id": call.id})
        return late

    @api.model
    def _waits(self, connection, session_id):
        """Return whether a notification of a session waits to be worked on."""
        live = self._readable(connection, session_id)
        return bool(self.search_count([*live, ("state", "=", "pending")], limit=1))

    def _are_all_live(self, connection, session_id):
        """Return whether these are all notifications of a session not absorbed."""
        live = self.search(self._readable(connection, session_id))
        return set(live._ids) == set(self._ids)

    @api.model
    def _set_absorbed(self, leg_keys):
        """Mark notifications as absorbed.

        :param dict leg_keys: id → key of the leg it is absorbed with, or None
        """
        if not leg_keys:
            return
        events = self.browse(leg_keys)
        # Those that were read again may be marked so in the cache only: written after the
        # statement, that would undo it.
        events.flush_recordset(["is_absorbed", "leg_key"])
        # One statement for different values of many rows, which the ORM cannot do.
        self.env.execute_query(
            SQL(
                """UPDATE callgear_event SET is_absorbed = true, leg_key = gone.leg_key
                     FROM unnest(%s, %s::varchar[]) AS gone (id, leg_key)
                    WHERE callgear_event.id = gone.id RETURNING callgear_event.id""",
                list(leg_keys),
                list(leg_keys.values()),
            )
        )
        events.invalidate_recordset(["is_absorbed", "leg_key"])


def _seconds(number):
    return SQL("%s * interval '1 second'", number)


def _text(error):
    return f"{type(error).__name__}: {error}"[:500]
