# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The door of a connection: who may knock, and what is taken in."""

import hashlib
import secrets
from collections import namedtuple
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, consteq

from ..tools.notification import EVENTS, NotificationBody

GRACE_HOURS = 72

# code: HTTP status; answer: the JSON answer; event_id: what there is to process, if any
Receipt = namedtuple("Receipt", "code answer event_id", defaults=(None,))


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
        found = self.search(
            [
                "|",
                ("token_hash", "=", digest),
                "&",
                ("previous_token_hash", "=", digest),
                ("previous_token_until", ">", fields.Datetime.now()),
            ],
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
        if self._is_too_fast():
            return Receipt(429, {"status": "too many"})
        checked = NotificationBody.check(event, body)
        event_id = self.env["callgear.event"]._store(self, event, checked)
        if checked.error:
            return Receipt(400, {"status": "invalid", "error": checked.error})
        if not event_id:
            return Receipt(200, {"status": "duplicate"})
        return Receipt(200, {"status": "accepted"}, event_id)

    def _is_too_fast(self):
        """Whether a minute's worth of notifications came within the last minute."""
        if self.rate_limit <= 0:
            return False
        # The ORM knows no condition on the database's clock. This is one index scan of
        # the last minute, however many events there are.
        rows = self.env.execute_query(
            SQL(
                """SELECT 1
                     FROM callgear_event
                    WHERE connection_id = %s
                      AND received_at > (now() AT TIME ZONE 'UTC') - interval '1 minute'
                   OFFSET %s LIMIT 1""",
                self.id,
                self.rate_limit - 1,
            )
        )
        return bool(rows)
