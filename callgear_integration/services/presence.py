# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
import threading
import time

from odoo import api, models
from odoo.exceptions import UserError

from ..callgear.errors import ApiError
from ..callgear.json_rpc import Retries
from ..callgear.transport import Timeouts
from ..transaction import end_transaction

_logger = logging.getLogger(__name__)

# Seconds for which an answer is good; after a failure, CallGear is left alone for longer.
FRESH, FAILED = 30, 60
# Somebody has opened a list and waits for it.
IMPATIENT = Timeouts(connect=1, read=2, total=2)
# CallGear's own statuses, by what they mean for whoever looks for a colleague. Those that
# an account has made for itself tell by their settings.
STATES = {
    "available": "free",
    "auto_out_call": "busy",
    "break": "away",
    "do_not_disturb": "away",
    "not_at_workplace": "away",
    "not_at_work": "away",
    "unknown": None,
}


class CallgearPresence(models.AbstractModel):
    """Who is at work and free, by the employees' statuses in CallGear.

    They are asked for when somebody looks, and kept by this process for a moment. If they
    cannot be had (not on the plan, no right, no answer in time), nothing is said.
    """

    _name = "callgear.presence"
    _description = "Statuses of CallGear's Employees"

    @api.model
    def _statuses(self, connection):
        """Return the status of each employee whose status is known.

        :return: dict, employee id → {"id": str, "state": ``free``, ``busy``, ``away`` or
            None, "text": CallGear's name of the status}
        """
        found = self._ask(connection)
        if not found:
            return {}
        statuses, employees = found
        return {
            employee_id: {
                "id": status_id,
                "state": _state(statuses[status_id]),
                "text": statuses[status_id].name or "",
            }
            for employee_id, status_id in employees.items()
            if status_id in statuses
        }

    @api.model
    def _options(self, connection):
        """Return the statuses that can be chosen: [{"id": str, "name": str}]."""
        found = self._ask(connection)
        statuses = found[0].values() if found else ()
        return [
            {"id": status.id, "name": status.name or status.id}
            for status in statuses
            if status.is_selectable
        ]

    @api.model
    def _choose(self, operator, status_id):
        """Set the status of an employee.

        :param operator: one ``callgear.operator``, in sudo mode
        :raises UserError: there is no such status, or CallGear refuses
        """
        connection = operator.connection_id
        options = [option["id"] for option in self._options(connection)]
        if str(status_id) not in options:
            raise UserError(self.env._("CallGear no longer offers this status."))
        client = connection._data_api()
        employee_id = operator.employee_id
        end_transaction(self.env)
        try:
            client.set_status(employee_id, str(status_id))
        except ApiError as error:
            raise UserError(connection._explain(error)) from None
        _answers.forget(self._key(connection))

    @api.model
    def _ask(self, connection):
        """Return the account's statuses by id, and the status ids by employee id; or None."""
        # sudo: callgear.connection - only whether a key is set
        if not connection.sudo().api_key:
            return None
        key = self._key(connection)
        known = _answers.get(key)
        if known:
            return known[0]
        try:
            client = connection._data_api(IMPATIENT, Retries(times=0))
            end_transaction(self.env)
            statuses = {status.id: status for status in client.statuses()}
            found = statuses, client.employee_statuses()
        except (ApiError, UserError) as error:
            _logger.info("CallGear's statuses are not known: %s", error)
            _answers.put(key, None, FAILED)
            return None
        _answers.put(key, found, FRESH)
        return found

    @api.model
    def _key(self, connection):
        # sudo: callgear.connection - the address is no secret, but agents may not read it
        return self.env.cr.dbname, connection.id, connection.sudo().data_api_url


class _Answers:
    """What was answered a moment ago, by account; safe to be used by several threads."""

    def __init__(self):
        self._lock = threading.Lock()
        self._known = {}

    def get(self, key):
        """Return a tuple with the answer; None if there is none that is still good."""
        with self._lock:
            answer, until = self._known.get(key, (None, 0.0))
        return (answer,) if time.monotonic() < until else None

    def put(self, key, answer, seconds):
        with self._lock:
            self._known[key] = answer, time.monotonic() + seconds

    def forget(self, key):
        with self._lock:
            self._known.pop(key, None)


_answers = _Answers()


def _state(status):
    if status.mnemonic in STATES:
        return STATES[status.mnemonic]
    if status.takes_calls is False or status.is_worktime is False:
        return "away"
    return "free" if status.takes_calls else None
