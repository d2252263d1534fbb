# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Calls from Odoo of which nothing is heard: CallGear is asked what became of them."""

import json
import logging
from datetime import timedelta
from functools import partial

from odoo import api, fields, models

from ..callgear.errors import ApiError
from ..callgear.notification import Notification, NotificationBody
from ..callgear.reports import notifications
from ..domain.facts import Fact
from ..transaction import end_transaction, in_own_transaction
from .callgear_call import DIALLING_MINUTES, QUIET_MINUTES

_logger = logging.getLogger(__name__)

# So long the APIs may be out of order, or the report late, before a call is given up.
GIVE_UP_MINUTES = 30
MAX_AT_ONCE = 50


class CallgearCall(models.Model):
    _inherit = "callgear.call"

    @api.model
    def _cron_find_unheard(self):
        """Ask CallGear for our own calls that are open, and of which nothing is heard."""
        now = fields.Datetime.now()
        calls = self.search(
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
                group._look_for(connection)
            except ApiError as error:
                _logger.warning("CallGear cannot be asked for calls: %s", error)
                old = group.exists().filtered(lambda call: call._is_hopeless(now))
                in_own_transaction(self.env, old._give_up)

    def _look_for(self, connection):
        """Look for calls among those that go on, then in the report of past ones.

        :raises ApiError: CallGear cannot be asked
        """
        now = fields.Datetime.now()
        if not connection.api_key:
            self._give_up()
            return
        calls_api, data_api = connection._call_api(), connection._data_api()
        keys = {call: (call.external_id, call.session_id) for call in self}
        end_transaction(self.env)
        running = {}
        for active in calls_api.list_calls():
            running |= {active.external_id: active, active.session_id: active}
        for call, (key, session_id) in keys.items():
            active = running.get(key) or running.get(session_id)
            if active:
                goes_on = partial(call._goes_on, active.session_id)
                in_own_transaction(self.env, goes_on)
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
                report = partial(call._take_report, row, legs)
                in_own_transaction(self.env, report)
            elif call._is_hopeless(now):
                in_own_transaction(self.env, call._give_up)

    def _is_hopeless(self, now):
        return self.last_event_at < now - timedelta(minutes=GIVE_UP_MINUTES)

    def _goes_on(self, session_id):
        """It goes on: it is asked for again later."""
        if self.exists():
            self._started(session_id)
        if self.exists():
            self.last_event_at = fields.Datetime.now()

    def _take_report(self, row, legs):
        """Take what CallGear's reports say for what its notifications would have said."""
        connection = self.connection_id
        if self.exists():
            self._started(row.session_id)
        base = connection._media_address()
        for event, body in notifications(row, legs, base):
            checked = NotificationBody.check(event, json.dumps(body).encode())
            self.env["callgear.event"]._store(connection, event, checked, from_api=True)
        self._refresh(connection, row.session_id)

    def _give_up(self):
        """End what CallGear itself knows nothing of."""
        for call in self:
            call.write(
                {
                    "given_up_at": fields.Datetime.now(),
                    "session_id": call.session_id or call.external_id,
                }
            )
            call._refresh(call.connection_id, call.session_id)

    @api.model
    def _facts_of_unheard(self, connection, session_id):
        """Return what is certain of a call of ours that was never told of: it is over."""
        call = self._find(connection, session_id, [])
        if not call.given_up_at or not call.origin_user_id:
            return []
        said = Notification(
            event="end",
            session_id=session_id,
            external_id=call.external_id,
            contact_phone=call.phone,
            virtual_phone=call.virtual_phone or None,
            employee_id=call.origin_operator_id.employee_id or None,
            employee_name=call.origin_operator_id.name or None,
        )
        return [Fact(call.started_at, said)]


def _all(pages):
    return [item for page in pages for item in page.items]
