# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
import threading
import time
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..callgear.errors import ApiError
from ..callgear.json_rpc import Retries
from ..callgear.transport import Timeouts
from ..transaction import end_transaction, in_own_transaction

_logger = logging.getLogger(__name__)

# Seconds for which an answer is good: who has which status, and which statuses there are.
# After a failure, CallGear is left alone for longer.
FRESH, LASTING, FAILED = 30, 3600, 60
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
        known = self._ask(connection)
        if not known:
            return {}
        employees = {
            **known.employees,
            **self._chosen_since(connection, known.asked_at),
        }
        return {
            employee_id: {
                "id": status_id,
                "state": _state(known.statuses[status_id]),
                "text": known.statuses[status_id].name or "",
            }
            for employee_id, status_id in employees.items()
            if status_id in known.statuses
        }

    @api.model
    def _chosen_since(self, connection, moment):
        """Return the statuses chosen in Odoo since then: employee id → status id.

        Another process may have passed them on to CallGear.
        """
        operators = connection.env["callgear.operator"].search_fetch(
            [("connection_id", "=", connection.id), ("status_set_at", ">=", moment)],
            ["employee_id", "status_id"],
        )
        return {operator.employee_id: operator.status_id for operator in operators}

    @api.model
    def _options(self, connection):
        """Return the statuses that can be chosen: [{"id": str, "name": str}]."""
        known = self._ask(connection)
        statuses = known.statuses.values() if known else ()
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
        status_id = str(status_id)
        if status_id not in [option["id"] for option in self._options(connection)]:
            raise UserError(self.env._("CallGear no longer offers this status."))
        client = connection._data_api()
        employee_id = operator.employee_id
        end_transaction(self.env)
        try:
            client.set_status(employee_id, status_id)
        except ApiError as error:
            # The account's list of statuses may have changed.
            _answers.forget(self._key(connection))
            raise UserError(connection._explain(error)) from None
        values = {"status_id": status_id, "status_set_at": fields.Datetime.now()}
        in_own_transaction(self.env, partial(operator.write, values))

    @api.model
    def _ask(self, connection):
        """Return what is known of the account's statuses; None: nothing.

        :return: ``_Known``
        """
        # sudo: callgear.connection - only whether a key is set
        if not connection.sudo().api_key:
            return None
        key = self._key(connection)
        known, is_good = _answers.get(key)
        if is_good:
            return known
        try:
            client = connection._data_api(IMPATIENT, Retries(times=0))
            end_transaction(self.env)
            known = _fetch(client, known)
        except (ApiError, UserError) as error:
            _logger.info("CallGear's statuses are not known: %s", error)
            _answers.put(key, None, FAILED)
            return None
        _answers.put(key, known, FRESH)
        return known

    @api.model
    def _key(self, connection):
        # sudo: callgear.connection - the address is no secret, but agents may not read it
        return self.env.cr.dbname, connection.id, connection.sudo().data_api_url


@dataclass(frozen=True)
class _Known:
    """What CallGear has answered.

    ``statuses``: dict of ``Status`` by id, and when they were asked for, in seconds of
    ``time.monotonic``; ``employees``: status ids by employee id, and when they were asked
    for, in UTC.
    """

    statuses: dict
    statuses_asked: float
    employees: dict
    asked_at: datetime


def _fetch(client, before):
    """Ask CallGear for the employees' statuses, and for what these are if need be.

    :param before: ``_Known`` of the last time, or None
    :raises ApiError: CallGear refuses, or does not answer in time
    """
    asked_at, now = fields.Datetime.now(), time.monotonic()
    employees = client.employee_statuses()
    is_complete = before and before.statuses.keys() >= set(employees.values())
    if is_complete and now - before.statuses_asked < LASTING:
        return replace(before, employees=employees, asked_at=asked_at)
    statuses = {status.id: status for status in client.statuses()}
    return _Known(statuses, now, employees, asked_at)


class _Answers:
    """What was answered a moment ago, by account; safe to be used by several threads."""

    def __init__(self):
        self._lock = threading.Lock()
        self._known = {}

    def get(self, key):
        """Return the last answer, or None, and whether it is still good."""
        with self._lock:
            answer, until = self._known.get(key, (None, 0.0))
        return answer, time.monotonic() < until

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
