# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import json
import logging
from datetime import timedelta
from functools import partial

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .. import clock
from ..callgear.data_api import MAX_PERIOD
from ..callgear.errors import ApiError, BadRequest, Unreadable
from ..callgear.notification import NotificationBody
from ..callgear.reports import notifications
from ..models.callgear_call import DIALLING_MINUTES, QUIET_MINUTES, SILENT_HOURS
from ..transaction import end_transaction, in_own_transaction, roll_back

_logger = logging.getLogger(__name__)

# So long the APIs may be out of order, or the report late, before a call is given up.
GIVE_UP_MINUTES = 30
MAX_AT_ONCE = 50
# After so long without news CallGear is asked whether a call still goes on.
ASK_MINUTES = 5
_OPEN = Domain("state", "!=", "ended") & Domain("session_id", "!=", False)


class CallgearReconciliation(models.AbstractModel):
    """Finds out what became of calls whose notifications have not come."""

    _name = "callgear.reconciliation"
    _description = "Reconciliation of Calls with CallGear"

    @api.model
    def _cron_sweep(self):
        """End calls whose end was never reported; note promises that nobody has kept."""
        self._ask_for_ends()
        calls = self.env["callgear.call"].search(
            self._given_up_domain(), order="last_event_at", limit=200
        )
        now = clock.now(self.env)
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
        # Last: if it is in the way of others, the calls have been ended.
        self.env["callgear.ticket.fact"]._note_broken_promises()

    @api.model
    def _given_up_domain(self):
        """Return the domain of calls whose end is not waited for any longer."""
        now = clock.now(self.env)
        goes_on = Domain(
            [
                ("is_operator", "=", True),
                ("ended_at", "=", False),
                ("overtaken_at", "=", False),
            ]
        )
        quiet = Domain("last_event_at", "<", now - timedelta(minutes=QUIET_MINUTES))
        silent = Domain("last_event_at", "<", now - timedelta(hours=SILENT_HOURS))
        is_over = Domain("leg_ids", "not any", goes_on)
        return _OPEN & (silent | (quiet & is_over))

    @api.model
    def _ask_soon(self):
        """Have CallGear asked for the ends of calls that are probably over."""
        # sudo: ir.cron - notifications have no user who may start it
        self.env.ref("callgear_integration.ir_cron_sweep_calls").sudo()._trigger()

    @api.model
    def _ask_for_ends(self):
        """Ask CallGear for the ends of calls of which nothing is heard.

        What it does not know, or if it cannot be asked, waits to be given up.
        """
        since = clock.now(self.env) - timedelta(minutes=ASK_MINUTES)
        overtaken = Domain("leg_ids", "any", [("overtaken_at", "!=", False)])
        calls = self.env["callgear.call"].search(
            _OPEN
            & Domain("connection_id.active", "=", True)
            & (Domain("last_event_at", "<", since) | overtaken),
            order="last_event_at desc, id",
            limit=MAX_AT_ONCE,
        )
        for connection, group in calls.grouped("connection_id").items():
            try:
                # sudo: callgear.connection - only whether a key is set
                if connection._has_api_key():
                    self._look_for(connection, group, must_list=False)
            except (ApiError, UserError) as error:
                _logger.warning("CallGear cannot be asked for calls: %s", error)

    @api.model
    def _cron_find_unheard(self):
        """Ask CallGear for our own calls that are open, and of which nothing is heard."""
        now = clock.now(self.env)
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
                unknown = group
                if connection._has_api_key():
                    unknown = self._look_for(connection, group)
                    unknown = unknown.filtered(lambda call: _is_hopeless(call, now))
                in_own_transaction(self.env, partial(self._give_up, unknown))
            except (ApiError, UserError) as error:
                _logger.warning("CallGear cannot be asked for calls: %s", error)
                old = group.exists().filtered(lambda call: _is_hopeless(call, now))
                in_own_transaction(self.env, partial(self._give_up, old))

    @api.model
    def _look_for(self, connection, calls, must_list=True):
        """Look for calls among those that go on, then in the report of past ones.

        :param must_list: CallGear has to tell which calls go on; else those of which it
            tells nothing are left as they are
        :return: calls of which CallGear knows nothing
        :raises ApiError: CallGear cannot be asked
        """
        calls_api, data_api = connection._call_api(), connection._data_api()
        # Calls that others have started have keys of theirs, which may be all the same.
        keys = {
            call: (call.origin_user_id and call.external_id, call.session_id)
            for call in calls
        }
        end_transaction(self.env)
        running, unknown = {}, calls.browse()
        try:
            for active in calls_api.list_calls(whole=True):
                running |= {active.external_id: active, active.session_id: active}
        except ApiError:
            if must_list:
                raise
        for call, (key, session_id) in keys.items():
            active = running.get(session_id) or (key and running.get(key))
            try:
                if active:
                    note = partial(self._note_running, call, active.session_id)
                    in_own_transaction(self.env, note)
                elif not self._look_in_report(data_api, call, key, session_id):
                    unknown |= call
            except Unreadable as error:
                # Known, then; and the others can be asked for.
                _logger.warning("CallGear call %s not updated: %s", call.id, error)
            except ApiError:
                raise
            except Exception:
                # One that cannot be worked on must not keep the others waiting.
                roll_back(self.env)
                _logger.warning("CallGear call %s not updated", call.id, exc_info=True)
        return unknown

    @api.model
    def _look_in_report(self, data_api, call, key, session_id):
        """Look for a call in the report of past ones; store what is found.

        :return: whether CallGear knows the call
        """
        window = self._window(call.connection_id, call)
        end_transaction(self.env)
        row, legs = self._report(data_api, window, key, session_id)
        if row:
            store = partial(self._store_report, call.connection_id, row, legs, call)
            in_own_transaction(self.env, store)
        return bool(row)

    @api.model
    def _window(self, connection, call):
        """Return the period in which a call is looked for, by the account's clock."""
        since = connection._to_local(call.started_at).replace(tzinfo=None)
        till = connection._to_local(clock.now(self.env)).replace(tzinfo=None)
        till += timedelta(hours=1)
        return max(since - timedelta(hours=1), till - MAX_PERIOD), till

    @api.model
    def _report(self, data_api, window, key, session_id):
        """Return CallGear's report of a call, and of its legs; None if there is none."""
        known = {"external_id": key} if key else {"session_id": session_id}
        try:
            rows = _all(data_api.calls_report(*window, **known))
            if not rows:
                return None, []
            row = rows[-1]
            legs = data_api.call_legs_report(*window, session_id=row.session_id)
            return row, _all(legs)
        except BadRequest:
            return None, []  # a session id that CallGear has never given

    @api.model
    def _note_running(self, call, session_id):
        """Note that a call goes on: it is asked for again later."""
        if call.exists():
            self.env["callgear.dialer"]._note_session(call, session_id)
        if call.exists():
            call.last_event_at = clock.now(self.env)
            overtaken = call.live_leg_ids.filtered("overtaken_at")
            if overtaken:
                overtaken.overtaken_at = False
                self.env["callgear.announcer"]._announce(call)

    @api.model
    def _store_report(self, connection, row, legs, call=None):
        """Store CallGear's reports of a call as the notifications that did not come.

        If they cannot be worked on, they wait for another attempt like any others.

        :param call: one of ours, of which CallGear may know the session only now
        """
        if call and call.exists():
            self.env["callgear.dialer"]._note_session(call, row.session_id)
        Event = self.env["callgear.event"]
        base = connection._media_address()
        for event, body in notifications(row, legs, base):
            checked = NotificationBody.check(event, json.dumps(body).encode())
            Event._store(connection, event, checked, from_api=True)
        self.env["callgear.refresh"]._refresh_among_others(connection, row.session_id)

    @api.model
    def _give_up(self, calls):
        """End calls that CallGear itself knows nothing of."""
        refresh = self.env["callgear.refresh"]._refresh_among_others
        for call in calls:
            before = {"given_up_at": False, "session_id": call.session_id}
            session_id = call.session_id or call.external_id
            now = clock.now(self.env)
            call.write({"given_up_at": now, "session_id": session_id})
            if not refresh(call.connection_id, session_id):
                call.write(before)  # to be given up next time


def _is_hopeless(call, now):
    return call.last_event_at < now - timedelta(minutes=GIVE_UP_MINUTES)


def _all(pages):
    return [item for page in pages for item in page.items]
