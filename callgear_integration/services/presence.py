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
        employees = self._employees(connection, known) if known else {}
        return {
            employee_id: known.describe(status_id)
            for employee_id, status_id in employees.items()
        }

    @api.model
    def _employees(self, connection, known):
        """Return who has which status: employee id → status id.

        One chosen in Odoo meanwhile counts: another process may have passed it on to
        CallGear.
        """
        operators = connection.env["callgear.operator"].search_fetch(
            [
                ("connection_id", "=", connection.id),
                ("status_set_at", ">=", known.asked_at),
            ],
            ["employee_id", "status_id"],
        )
        chosen = {operator.employee_id: operator.status_id for operator in operators}
        return {
            employee_id: status_id
            for employee_id, status_id in {**known.employees, **chosen}.items()
            if status_id in known.statuses
        }

    @api.model
    def _own_status(self, operator):
        """Return an employee's status and those to choose from, or None: not known.

        :param operator: one ``callgear.operator``, in sudo mode
        :return: as ``res.users.callgear_status``
        """
        connection = operator.connection_id
        known = self._ask(connection)
        employees = self._employees(connection, known) if known else {}
        status_id = employees.get(operator.employee_id)
        return known.offer(status_id) if status_id else None

    @api.model
    def _choose(self, operator, status_id):
        """Set the status of an employee.

        :param operator: one ``callgear.operator``, in sudo mode
        :return: as ``_own_status``
        :raises UserError: there is no such status, or CallGear refuses
        """
        connection = operator.connection_id
        known = self._ask(connection, explains=True)
        status_id = status_id if isinstance(status_id, str) else ""
        status = known.statuses.get(status_id)
        if not status or not status.is_selectable:
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
        # It is done, whatever CallGear would answer if it were asked now.
        return known.offer(status_id)

    @api.model
    def _ask(self, connection, explains=False):
        """Return what is known of the account's statuses; None: nothing.

        One request at a time asks for it: others get what was known before.

        :param explains: raise why nothing is known
        :return: ``_Known``
        :raises UserError: CallGear cannot be asked
        """
        key = self._key(connection)
        answer, is_good = _answers.get(key)
        if not is_good:
            try:
                client = connection._data_api(IMPATIENT, Retries(times=0))
            except UserError:
                if explains:
                    raise
                return None
            answer = self._fetch(client, key, answer)
        if isinstance(answer, _Known):
            return answer
        if not explains:
            return None
        if answer:
            raise UserError(connection._explain(answer))
        raise UserError(
            self.env._("CallGear has not answered yet. Please try again in a moment.")
        )

    @api.model
    def _fetch(self, client, key, before):
        """Ask CallGear, unless somebody does, and keep the answer for a while.

        :param before: what was known
        :return: what is known now: ``_Known``, an ``ApiError``, or None
        """
        if not _answers.begin(key):
            return before
        end_transaction(self.env)
        # For all requests together.
        client.deadline = time.monotonic() + IMPATIENT.total
        try:
            answer = _fetch(client, before if isinstance(before, _Known) else None)
            _answers.put(key, answer, FRESH)
        except ApiError as error:
            _logger.info("CallGear's statuses are not known: %s", error)
            answer = error.with_traceback(None)
            _answers.put(key, answer, FAILED)
        finally:
            _answers.end(key)
        return answer

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

    def describe(self, status_id):
        """Return a status for whoever looks for a colleague; see ``_statuses``."""
        status = self.statuses[status_id]
        return {"id": status.id, "state": _state(status), "text": status.name or ""}

    def offer(self, status_id):
        """Return a status, and those that its employee can choose instead."""
        options = [
            {"id": status.id, "name": status.name or status.id}
            for status in self.statuses.values()
            if status.is_selectable
        ]
        own = self.describe(status_id)
        return {
            "id": own["id"],
            "name": own["text"],
            "state": own["state"],
            "options": options,
            "can_set": bool(options),
        }


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
    """What was answered a moment ago, by account; safe to be used by several threads.

    An answer is ``_Known``, or the ``ApiError`` that there was instead.
    """

    def __init__(self):
        self._lock = threading.Lock()
        self._known = {}
        self._asking = set()

    def begin(self, key):
        """Return whether it is to be asked for: nobody asks. Then ``end`` must follow."""
        with self._lock:
            is_free = key not in self._asking
            self._asking.add(key)
        return is_free

    def end(self, key):
        with self._lock:
            self._asking.discard(key)

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
