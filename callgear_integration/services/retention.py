# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain

from .. import clock

# Calls of one connection that one run works on; Odoo starts it again while some are left.
MAX_CALLS = 200


class CallgearRetention(models.AbstractModel):
    """Deletes what has been kept for as long as the administrator says (R51).

    Recordings: ``callgear.recording``. The log of listening: ``callgear.listening``.
    """

    _name = "callgear.retention"
    _description = "Retention of Personal Data of Calls"

    @api.autovacuum
    def _gc_notifications(self):
        """Delete the notifications of old calls, which are not folded any more."""
        domain = Domain("is_sealed", "=", False)
        return self._each("payload_days", domain, self._delete_notifications)

    @api.autovacuum
    def _gc_refused_notifications(self):
        """Delete notifications that have never led to a call."""
        done, left = 0, 0
        for connection, before in self._connections("payload_days"):
            old = self.env["callgear.event"].search(
                [
                    ("connection_id", "=", connection.id),
                    ("state", "=", "failed"),
                    ("received_at", "<", before),
                ],
                limit=MAX_CALLS + 1,
            )
            now, rest = old[:MAX_CALLS], old[MAX_CALLS:]
            if now:
                now.unlink()
                deletion = self.env["callgear.deletion"]._today(connection)
                deletion._count(notification_count=len(now))
            done, left = done + len(now), left or len(rest)
        return done, left

    @api.autovacuum
    def _gc_summaries(self):
        """Delete what agents have written about old calls."""
        domain = Domain("leg_ids", "any", [("summary", "!=", False)])
        return self._each("summary_days", domain, self._delete_summaries)

    @api.autovacuum
    def _gc_numbers(self):
        """Take the numbers out of old calls."""
        domain = Domain("is_erased", "=", False)
        return self._each("number_days", domain, self._delete_numbers)

    @api.model
    def _connections(self, name):
        """Return the connections that delete: list of (connection, until when, naive UTC).

        :param str name: of the field with the days
        """
        Connection = self.env["callgear.connection"].with_context(active_test=False)
        now = clock.now(self.env)
        return [
            (connection, now - timedelta(days=connection[name]))
            for connection in Connection.search([(name, ">", 0)])
        ]

    @api.model
    def _each(self, name, domain, delete):
        """Work on the old calls of each connection that are not exempt.

        Those that somebody is working on are left for the next time.

        :param str name: of the field with the days
        :param domain: of the calls with something to delete
        :param delete: called with calls and ``callgear.deletion``
        :return: how many were worked on, and how many are left, or 1
        """
        done, left = 0, 0
        exempt = self.env["callgear.erasure"]._exempt_domain()
        for connection, before in self._connections(name):
            calls = self.env["callgear.call"].search(
                Domain("connection_id", "=", connection.id)
                & Domain("started_at", "<", before)
                & Domain("state", "=", "ended")
                & domain
                & ~exempt,
                order="started_at",
                limit=MAX_CALLS + 1,
            )
            now, rest = calls[:MAX_CALLS], calls[MAX_CALLS:]
            free = now.filtered(
                lambda call: call.connection_id._try_lock("session", call.session_id)
            )
            if free:
                delete(free, self.env["callgear.deletion"]._today(connection))
            # If all are being worked on, there is nothing to be started again for.
            done, left = done + len(free), left or (free and len(rest)) or 0
        return done, left

    @api.model
    def _delete_notifications(self, calls, deletion):
        count = self.env["callgear.erasure"]._seal(calls)
        deletion._count(notification_count=count)

    @api.model
    def _delete_summaries(self, calls, deletion):
        count = self.env["callgear.erasure"]._forget_summaries(calls)
        deletion._count(summary_count=count)

    @api.model
    def _delete_numbers(self, calls, deletion):
        erasure = self.env["callgear.erasure"]
        count = erasure._seal(calls)
        erasure._forget_numbers(calls, deletion)
        deletion._count(notification_count=count, call_count=len(calls))
