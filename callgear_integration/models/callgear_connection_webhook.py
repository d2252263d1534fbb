# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Whose notifications a connection accepts, and how they are stored."""

import hashlib
import logging
import secrets
from collections import namedtuple
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, consteq

from ..callgear.notification import EVENTS, NotificationBody
from ..tools import rate
from ..transaction import begin_work, end_transaction, roll_back

_logger = logging.getLogger(__name__)

GRACE_HOURS = 72

# code: HTTP status; answer: the JSON answer; event_id: the notification that was stored
# and waits, if any; is_work: whether there is something to be done after the answer
Receipt = namedtuple("Receipt", "code answer event_id is_work", defaults=(None, False))


class CallgearConnection(models.Model):
    _inherit = "callgear.connection"

    @api.model
    def _new_token(self):
        return secrets.token_urlsafe(32)

    @api.model
    def _hash(self, token):
        return hashlib.sha256(token.encode()).hexdigest()

    def action_rotate_token(self):
        """Make a new secret; the old address goes on working for a grace period."""
        self.check_access("write")
        for connection in self:
            connection.write(
                {
                    "previous_token_hash": connection.token_hash,
                    "previous_token_until": fields.Datetime.now()
                    + timedelta(hours=GRACE_HOURS),
                    "token": self._new_token(),
                }
            )

    @api.model
    def _by_token(self, token):
        """Return the connection that a webhook's token belongs to, or none.

        Found by hash, so that neither the index look-up nor the comparison tells how
        much of a guessed token was right.
        """
        digest = self._hash(token)
        found = self.search_fetch(
            [
                "|",
                ("token_hash", "=", digest),
                "&",
                ("previous_token_hash", "=", digest),
                ("previous_token_until", ">", fields.Datetime.now()),
            ],
            ["token_hash", "previous_token_hash", "rate_limit"],
            limit=1,
        )
        for known in (found.token_hash, found.previous_token_hash):
            if known and consteq(known, digest):
                return found
        return self.browse()

    # ---------------------------------------------------------------- webhook

    @api.model
    def _is_event(self, event):
        return event in EVENTS

    def _receive(self, event, body):
        """Store a raw webhook body; see the contract for the answers.

        :param str event: one of the six
        :param bytes body: at most 256 KiB
        :return: Receipt
        """
        self.ensure_one()
        key = (self.env.cr.dbname, self.id)
        if not rate.notifications.allows(key, self.rate_limit):
            due = rate.notifications.seconds_until_refusals(key[0]) == 0
            return Receipt(429, {"status": "too many"}, is_work=due)
        checked = NotificationBody.check(event, body)
        event_id = self.env["callgear.event"]._store(self, event, checked)
        if checked.error:
            return Receipt(400, {"status": "invalid", "error": checked.error})
        if not event_id:
            return Receipt(200, {"status": "duplicate"})
        return Receipt(200, {"status": "accepted"}, event_id, is_work=True)

    @api.model
    def _note_refusals(self):
        """Write down what this process has refused, and have the admin know."""
        refusals = rate.notifications.refusals(self.env.cr.dbname)
        kind = "callgear_integration.mail_activity_refused_notifications"
        try:
            # Whoever keeps the connection locked is not waited for long.
            begin_work(self.env)
            for (_dbname, connection_id), count in refusals.items():
                connection = self.browse(connection_id).exists()
                if not connection:
                    continue
                self.env.execute_query(
                    SQL(
                        """UPDATE callgear_connection
                              SET refused_count = COALESCE(refused_count, 0) + %s,
                                  last_refused_at = now() AT TIME ZONE 'UTC'
                            WHERE id = %s RETURNING id""",
                        count,
                        connection_id,
                    )
                )
                connection.invalidate_recordset(["refused_count", "last_refused_at"])
                connection._alert(kind, self.env._("Some notifications were refused."))
            end_transaction(self.env)
        except Exception:
            _logger.warning("CallGear: refusals not written down", exc_info=True)
            roll_back(self.env)
            rate.notifications.give_back(refusals)

    def _alert(self, kind, note):
        """Give the admin one to-do of a kind, until they have done it."""
        self.ensure_one()
        if not self.activity_search([kind]):
            admin = self.create_uid or self.env.ref("base.user_admin")
            self.activity_schedule(kind, user_id=admin.id, note=note)

    def action_forget_refusals(self):
        """The admin has seen it, and has done what there was to do."""
        self.check_access("write")
        self.write({"refused_count": 0, "last_refused_at": False})
        kind = "callgear_integration.mail_activity_refused_notifications"
        self.activity_unlink([kind])
