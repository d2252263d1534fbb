# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from datetime import timedelta
from functools import partial

import pytz

from odoo import api, models
from odoo.fields import Domain

from .. import clock
from ..models.callgear_event import FAILED_ACTIVITY
from ..models.callgear_recording import LATE_ATTEMPTS
from ..transaction import in_own_transaction, roll_back

_logger = logging.getLogger(__name__)

MODULE = "callgear_integration"
WAITING = f"{MODULE}.mail_activity_waiting_notifications"
RECORDINGS = f"{MODULE}.mail_activity_recordings_missing"
SILENT = f"{MODULE}.mail_activity_callgear_silent"
NOT_ASKED = f"{MODULE}.mail_activity_callgear_not_asked"
# Minutes for which a notification may wait before it is trouble.
WAITING_MINUTES = 5
# Recordings of so many days count; older ones nobody expects any more.
RECORDING_DAYS = 2
# CallGear is silent if there is no call for so many hours, in which there were at least
# so many in each of the last weeks.
QUIET_HOURS, USUAL_CALLS, WEEKS, FEWEST_WEEKS = (1, 4, 24), 5, range(1, 5), 2
# So many attempts to compare calls have failed: CallGear cannot be asked.
FAILED_ATTEMPTS = 3
# Enough to be counted; there is no need for the exact number of more.
MANY = 10_000


class CallgearWatch(models.AbstractModel):
    """Looks every minute whether all goes well, where nothing tells by itself.

    Each look is a statement or two on an index, whatever has been stored.
    """

    _name = "callgear.watch"
    _description = "Watch over CallGear"

    @api.model
    def _cron_watch(self):
        # A company has a connection or two.  pylint: disable-next=no-search-all
        for connection in self.env["callgear.connection"].search([]):
            for kind, look in self._looks().items():
                try:
                    watch = partial(self._watch, connection, kind, look)
                    in_own_transaction(self.env, watch)
                except Exception:
                    # One that fails must not hide the others.
                    roll_back(self.env)
                    _logger.exception("CallGear: %s cannot be watched", kind)

    @api.model
    def _looks(self):
        """Return dict: kind of trouble → function of a connection.

        It returns how many there are, 0 if all is well, and the text about them.
        """
        return {
            WAITING: self._look_at_waiting,
            FAILED_ACTIVITY: self._look_at_failed,
            RECORDINGS: self._look_at_recordings,
            NOT_ASKED: self._look_at_comparisons,
            SILENT: self._look_at_silence,
        }

    @api.model
    def _watch(self, connection, kind, look):
        connection = connection.exists()._in_admins_language()
        if not connection:
            return
        count, note = look(connection)
        if count:
            connection._alert(kind, note, count=count, again=False)
        else:
            connection._all_well(kind)

    @api.model
    def _look_at_waiting(self, connection):
        """Notifications that have been stored for minutes, and are not worked on yet."""
        now = clock.now(self.env)
        known = Domain("connection_id", "=", connection.id)
        known &= Domain("state", "=", "pending")
        known &= Domain("received_at", "<", now - timedelta(minutes=WAITING_MINUTES))
        Event = self.env["callgear.event"]
        count, first = 0, Event
        # Each of them is a statement on an index of its own.
        for operator in "=", "!=":
            waiting = known & Domain("next_attempt_at", operator, False)
            count += Event.search_count(waiting, limit=MANY)
            first |= Event.search(waiting, order="received_at, id", limit=1)
        if not count:
            return 0, ""
        first = first.sorted("received_at")[0]
        text = connection.env._(
            "Notifications of calls wait to be worked on, the first since %(since)s.",
            since=connection._to_local(first.received_at).strftime("%Y-%m-%d %H:%M"),
        )
        return count, f"{text} {first.error or ''}".strip()

    @api.model
    def _look_at_failed(self, connection):
        failed = [("connection_id", "=", connection.id), ("state", "=", "failed")]
        count = self.env["callgear.event"].search_count(failed, limit=MANY)
        return count, connection.env._("Some notifications could not be processed.")

    @api.model
    def _look_at_recordings(self, connection):
        """Recordings that were given up, or have been tried in vain for some minutes."""
        since = clock.now(self.env) - timedelta(days=RECORDING_DAYS)
        Recording = self.env["callgear.recording"]
        missing = Recording.search(
            [
                ("call_id.connection_id", "=", connection.id),
                ("create_date", ">=", since),
                ("state", "in", ("failed", "pending")),
                "|",
                ("state", "=", "failed"),
                ("attempts", ">=", LATE_ATTEMPTS),
            ],
            order="id desc",
            limit=MANY,
        )
        text = connection.env._("Recordings of calls could not be fetched.")
        return len(missing), f"{text} {missing[:1].error or ''}".strip()

    @api.model
    def _look_at_comparisons(self, connection):
        """CallGear cannot be asked for its report: the key, the address, the network."""
        failing = self.env["callgear.comparison"].search(
            [
                ("connection_id", "=", connection.id),
                ("state", "=", "waiting"),
                ("attempts", ">=", FAILED_ATTEMPTS),
            ],
            order="id desc",
            limit=1,
        )
        return len(failing), failing.error or ""

    @api.model
    def _look_at_silence(self, connection):
        """No call for hours, though there were some in these hours of the weeks before."""
        Call = self.env["callgear.call"]
        own = [("connection_id", "=", connection.id)]
        first = Call.search(own, order="started_at, id", limit=1)
        now = clock.now(self.env)
        for hours in QUIET_HOURS if first else ():
            length = timedelta(hours=hours)
            if self._calls_until(connection, now, length):
                return 0, ""
            moments = [_weeks_before(connection, now, week) for week in WEEKS]
            counts = [
                self._calls_until(connection, moment, length)
                for moment in moments
                if moment - length >= first.started_at
            ]
            if len(counts) >= FEWEST_WEEKS and min(counts) >= USUAL_CALLS:
                return 1, connection.env._(
                    "CallGear has told of no call for %(hours)s hours or longer. In these "
                    "hours of the weeks before there were %(count)s calls or more.",
                    hours=hours,
                    count=min(counts),
                )
        return 0, ""

    @api.model
    def _calls_until(self, connection, moment, length):
        """Count the calls of some time, up to as many as are needed to call them usual."""
        return self.env["callgear.call"].search_count(
            [
                ("connection_id", "=", connection.id),
                ("started_at", "<=", moment),
                ("started_at", ">", moment - length),
            ],
            limit=USUAL_CALLS,
        )


def _weeks_before(connection, moment, weeks):
    """Return the same weekday and time by the account's clock; all in naive UTC."""
    local = connection._to_local(moment)
    naive = local.replace(tzinfo=None) - timedelta(weeks=weeks)
    zone = pytz.timezone(connection._settings().tz)
    return zone.localize(naive).astimezone(pytz.utc).replace(tzinfo=None)
