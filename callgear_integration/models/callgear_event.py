# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
import time

from psycopg2 import errors

from odoo import api, fields, models
from odoo.tools import SQL

from ..callgear.notification import BodyError, parse, parse_all
from ..domain.facts import facts_of
from ..transaction import begin_work, end_transaction, roll_back
from .callgear_notification_template import EVENT_SELECTION

_logger = logging.getLogger(__name__)

# Minutes until the next try, by the number of tries made; after the last it has failed.
BACKOFF = (1, 5, 15, 60, 360, 1440)
MAX_ATTEMPTS = len(BACKOFF) + 1
# What rings is worked on before what talks, that before what has ended, and recordings
# come last: people look at a ringing phone, nobody waits for a file.
URGENCY = {
    "legout": 0,
    "callout": 0,
    "handset": 1,
    "endleg": 2,
    "end": 2,
    "recording": 3,
}
# The most urgent ones are those that change what agents are looking at.
LOOKED_AT = URGENCY["handset"]
# Somebody else's transaction was in the way; that says nothing of the notification.
IN_THE_WAY = (
    errors.LockNotAvailable,
    errors.DeadlockDetected,
    errors.SerializationFailure,
)
# Seconds: what is due sooner than this is waited for, and not left to the cron.
SOON = 10
# Seconds after which the cron lets other scheduled actions have their turn.
CRON_SECONDS = 30


class CallgearEvent(models.Model):
    """A notification as CallGear posted it: stored first, worked on afterwards.

    A notification that nobody has taken up yet has no ``next_attempt_at``. Whoever takes
    it up first commits when it may be tried again, and only then begins: work that never
    returns stands in nobody's way.
    """

    _name = "callgear.event"
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
        readonly=True, aggregator=None, help="The lowest is worked on first."
    )
    attempts = fields.Integer(readonly=True, aggregator=None)
    next_attempt_at = fields.Datetime(readonly=True)
    error = fields.Char(readonly=True)
    from_api = fields.Boolean(
        string="Asked For",
        readonly=True,
        help="CallGear did not post it: we have asked for it afterwards.",
    )
    is_absorbed = fields.Boolean(
        readonly=True, help="Nothing of the call depends on it any more."
    )
    leg_key = fields.Char(
        readonly=True,
        help="The leg with which it is read again, while it is absorbed.",
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
        "(connection_id, event, received_at) WHERE from_api IS NOT TRUE"
    )
    _new_idx = models.Index(
        "(urgency, id) WHERE state = 'pending' AND next_attempt_at IS NULL"
    )
    _due_idx = models.Index(
        "(next_attempt_at) WHERE state = 'pending' AND next_attempt_at IS NOT NULL"
    )
    _failed_idx = models.Index("(connection_id) WHERE state = 'failed'")

    # ---------------------------------------------------------------- storing

    @api.model
    def _store(self, connection, event, checked, from_api=False):
        """Store a checked body; return its id, or None if it is known already.

        Plain SQL, because the ORM has no ON CONFLICT: two workers that get the same
        notification at once must neither fail nor wait for a retry.
        """
        rows = self.env.execute_query(
            SQL(
                """INSERT INTO callgear_event
                       (connection_id, event, session_id, payload, digest, received_at,
                        state, error, urgency, attempts, from_api,
                        create_uid, write_uid, create_date, write_date)
                   VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, 0, %s, %s, %s,
                           now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC')
                   ON CONFLICT (connection_id, digest) DO NOTHING
                   RETURNING id""",
                connection.id,
                event,
                checked.session_id,
                checked.text,
                checked.digest,
                fields.Datetime.now(),
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

    # --------------------------------------------------------------- the drain

    @api.model
    def _work_on_next(self, busy=(), overdue_first=False, begun=None):
        """Take up the notifications of one call, and work on them; commits.

        Never raises because of a notification: a failure is written down, and tried
        again later.

        :param busy: sessions to leave alone, as (connection id, session)
        :param bool overdue_first: begin with what is due again, not with what is new
        :param begun: told of the urgency of what is claimed, before the work begins
        :return: the (connection id, session), and whether it was free to be worked on;
            None if nothing waits
        """
        begin_work(self.env)
        found = self._next_session(busy, overdue_first)
        if not found:
            end_transaction(self.env)
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
            self._work(connection, session[1], self.browse(claimed))
        return session, free

    @api.model
    def _next_session(self, busy, overdue_first):
        """Return the connection id, session and urgency of what comes next, or None.

        What another process is taking up at this very moment is passed over.
        """
        others = SQL("TRUE")
        if busy:
            others = SQL("(connection_id, session_id) NOT IN %s", tuple(busy))
        new = SQL(
            """SELECT connection_id, session_id, urgency FROM callgear_event
                WHERE state = 'pending' AND next_attempt_at IS NULL AND %s
                ORDER BY urgency, id LIMIT 1 FOR UPDATE SKIP LOCKED""",
            others,
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
        """Count an attempt and set the next one, before the work begins.

        What somebody else keeps locked is left to be claimed later: a claim never waits.

        :return: ids of what is to be worked on; and of what has run out of attempts
            without an end of any of them
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
                lost="The work on it has never come to an end.",
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

    def _work(self, connection, session_id, events):
        """Bring the call of a session, and its tickets, up to date.

        :param events: the notifications that were claimed for it
        """
        try:
            begin_work(self.env)
            # Somebody else may have taken the call up since it was claimed.
            if connection._try_lock("session", session_id):
                refresh = self.env["callgear.refresh"].with_company(
                    connection._settings().company_id
                )
                refresh._refresh(connection, session_id, popups_first=True)
            else:
                events._put_off()
            end_transaction(self.env)
        except IN_THE_WAY as error:
            self._safely(events._put_off, error)
        except Exception as error:
            _logger.warning("CallGear call %s: failed", session_id, exc_info=True)
            self._safely(events._write_failure, error)

    def _safely(self, write, *values):
        """Write something down after a failure, in a transaction of its own.

        If that fails as well, the time of the next attempt has been set before.
        """
        try:
            roll_back(self.env)
            begin_work(self.env)
            write(*values)
            end_transaction(self.env)
        except Exception:
            _logger.exception("CallGear: a failure could not be written down")
            roll_back(self.env)

    def _put_off(self, error=None):
        """Let somebody else's transaction end first: this was no failed attempt.

        The longer it has been waiting, the longer the pause.
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
        """Put off what is new of a call that another transaction keeps locked; commits."""
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
        """Note why an attempt has failed; after the last one the admin is told."""
        waiting = self.exists().filtered(lambda event: event.state == "pending")
        waiting.error = _text(error)
        last = waiting.filtered(lambda event: event.attempts >= MAX_ATTEMPTS)
        last.state = "failed"
        last._alert_admin()

    def _alert_admin(self):
        """Give the admin one to-do per connection, until they have done it."""
        kind = "callgear_integration.mail_activity_failed_notification"
        for connection in self.connection_id:
            connection._alert(
                kind, self.env._("Some notifications could not be processed.")
            )

    def action_retry(self):
        """Try again now, with all tries left."""
        self.check_access("write")
        # sudo: callgear.event - admins may retry, though not edit; access is checked above
        for event in self.sudo():
            if not event.session_id:
                event._reread()
            if event.session_id:
                event.write(
                    {"state": "pending", "attempts": 0, "next_attempt_at": False}
                )
        self.env.ref("callgear_integration.ir_cron_process_events")._trigger()

    def _reread(self):
        """Read a refused body again: a newer version may know how to mend it."""
        try:
            self.session_id = parse(self.event, self.payload.encode()).session_id
        except BodyError as error:
            self.error = _text(error)

    @api.model
    def _seconds_until_due(self):
        """Return how soon something is due again; None if not within ``SOON``."""
        [[seconds]] = self.env.execute_query(
            SQL(
                """SELECT EXTRACT(EPOCH FROM MIN(next_attempt_at)
                                  - now() AT TIME ZONE 'UTC')
                     FROM callgear_event
                    WHERE state = 'pending' AND next_attempt_at IS NOT NULL"""
            )
        )
        return float(seconds) if seconds is not None and seconds < SOON else None

    @api.model
    def _cron_process(self):
        """Work off what nobody has taken: after a failure, or after a worker died.

        Ends after a while, so that other scheduled actions have their turn.
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
        """Domain of a session's notifications that can be read; absorbed ones or not."""
        return [
            ("connection_id", "=", connection.id),
            ("session_id", "=", session_id),
            ("is_absorbed", "=", absorbed),
            ("state", "in", ("pending", "done")),
            ("payload", "!=", False),  # a neutralised copy has forgotten it
        ]

    @api.model
    def _facts(self, connection, session_id, absorbed=False, legs=None):
        """Return the notifications of a session and what they say.

        :param bool absorbed: those that are absorbed instead of the others; they are
            not absorbed any more
        :param legs: only those that were absorbed with one of these legs
        :return: (events, list of Fact)
        """
        if legs is not None and not legs:
            return self.browse(), []
        domain = self._readable(connection, session_id, absorbed or legs is not None)
        if legs:
            domain.append(("leg_key", "in", list(legs)))
        names = ["event", "payload", "received_at", "state", "call_id"]
        events = self.search_fetch(domain, names, order="id")
        if absorbed or legs:
            events.write({"is_absorbed": False, "leg_key": False})
        notifications = parse_all((e.event, e.payload) for e in events)
        arrivals = [e.received_at for e in events]
        return events, facts_of(notifications, arrivals, connection._to_utc)

    def _are_all_live(self, connection, session_id):
        """Whether these are all notifications of a session that are not absorbed."""
        live = self.search(self._readable(connection, session_id))
        return set(live._ids) == set(self._ids)

    @api.model
    def _set_absorbed(self, leg_keys):
        """Note which notifications are absorbed.

        :param dict leg_keys: id → the leg that it goes with, or None
        """
        if not leg_keys:
            return
        # One statement for thousands of values, which the ORM has none for.
        self.env.execute_query(
            SQL(
                """UPDATE callgear_event SET is_absorbed = true, leg_key = gone.leg_key
                     FROM unnest(%s, %s::varchar[]) AS gone (id, leg_key)
                    WHERE callgear_event.id = gone.id RETURNING callgear_event.id""",
                list(leg_keys),
                list(leg_keys.values()),
            )
        )
        self.browse(leg_keys).invalidate_recordset(["is_absorbed", "leg_key"])


def _text(error):
    return f"{type(error).__name__}: {error}"[:500]
