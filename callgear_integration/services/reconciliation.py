# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import json
import logging
from datetime import timedelta
from functools import partial

from odoo import api, fields, models

from ..callgear.errors import ApiError
from ..callgear.notification import NotificationBody
from ..callgear.reports import notifications
from ..models.callgear_call import DIALLING_MINUTES, QUIET_MINUTES, SILENT_HOURS
from ..transaction import end_transaction, in_own_transaction

_logger = logging.getLogger(__name__)

# So long the APIs may be out of order, or the report late, before a call is given up.
GIVE_UP_MINUTES = 30
MAX_AT_ONCE = 50


class CallgearReconciliation(models.AbstractModel):
    """Finds out what became of calls whose notifications have not come."""

    _name = "callgear.reconciliation"
    _description = "Reconciliation of Calls with CallGear"

    @api.model
    def _cron_sweep(self):
        """End calls whose end was never reported."""
        now = fields.Datetime.now()
        quiet = now - timedelta(minutes=QUIET_MINUTES)
        silent = now - timedelta(hours=SILENT_HOURS)
        calls = self.env["callgear.call"].search(
            [
                ("state", "!=", "ended"),
                ("session_id", "!=", False),
                "|",
                ("last_event_at", "<", silent),
                "&",
                ("last_event_at", "<", quiet),
                (
                    "leg_ids",
                    "not any",
                    [("is_operator", "=", True), ("ended_at", "=", False)],
                ),
            ],
            order="last_event_at",
            limit=200,
        )
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(calls))
        refresh = self.env["callgear.refresh"]._refresh
        for call in calls:
            try:
                with self.env.cr.savepoint():
                    call.given_up_at = now
                    refresh(call.connection_id, call.session_id)
            except Exception:
                # One that cannot be worked on must not keep the others waiting.
                _logger.warning("CallGear call %s not ended", call.id, exc_info=True)
            if not cron._commit_progress(1):
                break

    @api.model
    def _cron_find_unheard(self):
        """Ask CallGear for our own calls that are open, and of which nothing is heard."""
        now = fields.Datetime.now()
        calls = self.env["callgear.call"].search(
            [
                ("connection_id.active", "=", True),
                ("origin_user_id", "!=", False),
                ("state", "!=", "ended"),
                "|",
                ("last_event_at", "<", now - timedelta(minutes=QUIET_MINUTES)),
                "&",
                ("event_ids", "=", False),
                ("last_event_at", "<", now - timedelta(minutes=DIALLING_MINUTES)),
            ],
            order="last_event_at, id",
            limit=MAX_AT_ONCE,
        )
        for connection, group in calls.grouped("connection_id").items():
            try:
                self._look_for(connection, group)
            except ApiError as error:
                _logger.warning("CallGear cannot be asked for calls: %s", error)
                old = group.exists().filtered(lambda call: _is_hopeless(call, now))
                in_own_transaction(self.env, partial(self._give_up, old))

    @api.model
    def _look_for(self, connection, calls):
        """Look for calls among those that go on, then in the report of past ones.

        :raises ApiError: CallGear cannot be asked
        """
        now = fields.Datetime.now()
        if not connection.api_key:
            self._give_up(calls)
            return
        calls_api, data_api = connection._call_api(), connection._data_api()
        keys = {call: (call.external_id, call.session_id) for call in calls}
        end_transaction(self.env)
        running = {}
        for active in calls_api.list_calls():
            running |= {active.external_id: active, active.session_id: active}
        for call, (key, session_id) in keys.items():
            active = running.get(key) or running.get(session_id)
            if active:
                note = partial(self._note_running, call, active.session_id)
                in_own_transaction(self.env, note)
                continue
            since = connection._to_local(call.started_at).replace(tzinfo=None)
            till = connection._to_local(now).replace(tzinfo=None)
            window = (since - timedelta(hours=1), till + timedelta(hours=1))
            end_transaction(self.env)
            rows = _all(data_api.calls_report(*window, external_id=key))
            if rows:
                row = rows[-1]
                legs = _all(
                    data_api.call_legs_report(*window, session_id=row.session_id)
                )
                store = partial(self._store_report, call, row, legs)
                in_own_transaction(self.env, store)
            elif _is_hopeless(call, now):
                in_own_transaction(self.env, partial(self._give_up, call))

    @api.model
    def _note_running(self, call, session_id):
        """Note that a call goes on: it is asked for again later."""
        if call.exists():
            self.env["callgear.dialer"]._note_session(call, session_id)
        if call.exists():
            call.last_event_at = fields.Datetime.now()

    @api.model
    def _store_report(self, call, row, legs):
        """Store CallGear's reports of a call as the notifications that did not come."""
        connection = call.connection_id
        if call.exists():
            self.env["callgear.dialer"]._note_session(call, row.session_id)
        base = connection._media_address()
        for event, body in notifications(row, legs, base):
            checked = NotificationBody.check(event, json.dumps(body).encode())
            self.env["callgear.event"]._store(connection, event, checked, from_api=True)
        self.env["callgear.refresh"]._refresh(connection, row.session_id)

    @api.model
    def _give_up(self, calls):
        """End calls that CallGear itself knows nothing of."""
        for call in calls:
            call.write(
                {
                    "given_up_at": fields.Datetime.now(),
                    "session_id": call.session_id or call.external_id,
                }
            )
            self.env["callgear.refresh"]._refresh(call.connection_id, call.session_id)


def _is_hopeless(call, now):
    return call.last_event_at < now - timedelta(minutes=GIVE_UP_MINUTES)


def _all(pages):
    return [item for page in pages for item in page.items]
