# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from contextlib import suppress
from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.service.model import retrying
from odoo.tools import SQL

from ..tools.facts import Fact
from ..tools.notification import BodyError, parse
from .callgear_webhook import EVENT_SELECTION
from .transaction import read_committed

_logger = logging.getLogger(__name__)

# Minutes until the next try, by the number of tries made; after the last it has failed.
BACKOFF = (1, 5, 15, 60, 360, 1440)
# The worker that stored a notification goes on with it at once; only if it has died in
# between is it for the cron.
GRACE_SECONDS = 20
MAX_PER_SESSION = 500


class CallgearEvent(models.Model):
    """A notification as CallGear posted it: stored first, worked on afterwards."""

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
    attempts = fields.Integer(readonly=True)
    next_attempt_at = fields.Datetime(readonly=True)
    error = fields.Char(readonly=True)
    from_api = fields.Boolean(
        string="Asked For",
        readonly=True,
        help="CallGear did not post it: we have asked for it afterwards.",
    )
    call_id = fields.Many2one(
        "callgear.call", ondelete="set null", readonly=True, index="btree_not_null"
    )

    _digest_uniq = models.UniqueIndex(
        "(connection_id, digest)", "This notification is already stored."
    )
    _session_idx = models.Index("(connection_id, session_id)")
    _received_idx = models.Index("(connection_id, received_at)")
    _last_idx = models.Index(
        "(connection_id, event, received_at) WHERE from_api IS NOT TRUE"
    )
    _pending_idx = models.Index("(next_attempt_at) WHERE state = 'pending'")
    _failed_idx = models.Index("(connection_id) WHERE state = 'failed'")

    # ---------------------------------------------------------------- storing

    @api.model
    def _store(self, connection, event, checked, from_api=False):
        """Store a checked body; return its id, or None if it is known already.

        Plain SQL, because the ORM has no ON CONFLICT: two workers that get the same
        notification at once must neither fail nor wait for a retry.
        """
        now = fields.Datetime.now()
        rows = self.env.execute_query(
            SQL(
                """INSERT INTO callgear_event
                       (connection_id, event, session_id, payload, digest, received_at,
                        state, error, attempts, next_attempt_at, from_api,
                        create_uid, write_uid, create_date, write_date)
                   VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 0, %s, %s, %s, %s,
                           now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC')
                   ON CONFLICT (connection_id, digest) DO NOTHING
                   RETURNING id""",
                connection.id,
                event,
                checked.session_id,
                checked.text,
                checked.digest,
                now,
                "failed" if checked.error else "pending",
                checked.error,
                now + timedelta(seconds=GRACE_SECONDS),
                from_api,
                self.env.uid,
                self.env.uid,
            )
        )
        self.invalidate_model()
        return rows[0][0] if rows else None

    # ------------------------------------------------------------- processing

    def _process(self):
        """Work on the call of a stored notification; commits. Never raises.

        A failure is written down and tried again later by the cron.
        """
        self.ensure_one()
        try:
            # Concurrent updates by users are tried again at once, as Odoo does for RPC.
            retrying(partial(self._process_once), self.env)
        except Exception as error:
            _logger.warning("CallGear notification %s failed", self.id, exc_info=True)
            self.env.cr.rollback()
            self.env.invalidate_all()
            retrying(partial(self._write_failure, error), self.env)

    def _process_once(self):
        read_committed(self.env)
        if not self.exists() or self.state != "pending":
            return
        Call = self.env["callgear.call"].with_company(self.connection_id.company_id)
        Call._refresh(self.connection_id, self.session_id)

    def _write_failure(self, error):
        if not self.exists():
            return
        attempts = self.attempts + 1
        last = attempts > len(BACKOFF)
        delay = timedelta(minutes=0 if last else BACKOFF[attempts - 1])
        self.write(
            {
                "attempts": attempts,
                "state": "failed" if last else "pending",
                "error": f"{type(error).__name__}: {error}"[:500],
                "next_attempt_at": fields.Datetime.now() + delay,
            }
        )
        if last:
            self._alert_admin()

    def _alert_admin(self):
        """Give the admin a to-do, one per connection, until he has done it."""
        connection = self.connection_id
        kind = "callgear_integration.mail_activity_failed_notification"
        if not connection.activity_search([kind]):
            connection.activity_schedule(
                kind,
                user_id=(connection.create_uid or self.env.ref("base.user_admin")).id,
                note=self.env._("Some notifications could not be processed."),
            )

    def action_retry(self):
        """Try again now, with all tries left."""
        self.check_access("write")
        # sudo: callgear.event - admins may retry, though not edit; access is checked above
        for event in self.sudo():
            # The reason must be told of those that cannot become better by themselves.
            if not event.session_id:
                event._reread()
            event.write(
                {
                    "state": "pending",
                    "attempts": 0,
                    "next_attempt_at": fields.Datetime.now(),
                }
            )
        self.env.ref("callgear_integration.ir_cron_process_events")._trigger()

    def _reread(self):
        """Read a refused body again: a newer version may know how to mend it."""
        with suppress(BodyError):
            self.session_id = parse(self.event, self.payload.encode()).session_id

    @api.model
    def _cron_process(self):
        """Work off what is pending: after a failure, or after a worker died."""
        domain = [
            ("state", "=", "pending"),
            ("next_attempt_at", "<=", fields.Datetime.now()),
        ]
        events = self.search(domain, order="next_attempt_at, id", limit=200)
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(events))
        for event in events:
            event._process()
            if not cron._commit_progress(1):
                break

    # ------------------------------------------------------------------ facts

    @api.model
    def _facts(self, connection, session_id):
        """Return the events of a session and what they say.

        :return: (events, list of Fact)
        :raises UserError: more notifications than a call can have
        """
        events = self.search(
            [
                ("connection_id", "=", connection.id),
                ("session_id", "=", session_id),
                ("state", "in", ("pending", "done")),
                ("payload", "!=", False),  # a neutralised copy has forgotten it
            ],
            order="id",
            limit=MAX_PER_SESSION + 1,
        )
        if len(events) > MAX_PER_SESSION:
            raise ValueError(f"more than {MAX_PER_SESSION} notifications for one call")
        facts = []
        for event in events:
            said = parse(event.event, event.payload.encode())
            at = connection._to_utc(said.time) if said.time else event.received_at
            facts.append(Fact(at, said))
        return events, facts
