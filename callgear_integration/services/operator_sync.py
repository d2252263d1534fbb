# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from datetime import timedelta
from functools import partial

from odoo import api, models
from odoo.exceptions import UserError

from .. import clock
from ..callgear.errors import ApiError
from ..models.callgear_operator import TAKEN, differs
from ..transaction import end_transaction, in_own_transaction, roll_back

_logger = logging.getLogger(__name__)

PAGE = 1000
MAX_PAGES = 20
# Each night; in between only if a notification has named somebody unknown, and not more
# often than this.
DAILY, PAUSE = timedelta(hours=20), timedelta(minutes=15)


class CallgearOperatorSync(models.AbstractModel):
    """Keeps the operators in step with CallGear's employees (R5).

    It adds new ones without an agent, takes over names and numbers, and notes who has left.
    Whom an operator is mapped to, and whether they are archived, only people decide.
    """

    _name = "callgear.operator.sync"
    _description = "Synchronisation of Operators with CallGear"

    @api.model
    def _trigger(self, connection):
        """Have the operators of a connection synced soon: somebody unknown was named."""
        last = connection.operators_asked_at
        soon = last and last + PAUSE
        # sudo: ir.cron - notifications have no user who may start it
        cron_sudo = self.env.ref("callgear_integration.ir_cron_sync_operators").sudo()
        cron_sudo._trigger(max(filter(None, (clock.now(self.env), soon))))

    @api.model
    def _cron_sync(self):
        """Sync the operators of all connections for which it is time."""
        # A company has a connection or two.  pylint: disable-next=no-search-all
        due = self.env["callgear.connection"].search([]).filtered(self._is_due)
        for connection in due:
            connection_id = connection.id
            try:
                self._sync(connection)
            except Exception:
                # One that cannot be worked on must not keep the others waiting.
                roll_back(self.env)
                _logger.warning(
                    "CallGear: operators of connection %s not synced",
                    connection_id,
                    exc_info=True,
                )

    @api.model
    def _is_due(self, connection):
        now = clock.now(self.env)
        asked, synced = connection.operators_asked_at, connection.operators_synced_at
        if not asked or asked < now - DAILY:
            return True
        if asked > now - PAUSE:
            return False
        named = [("connection_id", "=", connection.id)]
        if synced:
            named.append(("create_date", ">", synced))
        return bool(self.env["callgear.operator"].search_count(named, limit=1))

    @api.model
    def _sync(self, connection):
        """Ask CallGear for the employees of a connection, and compare the operators.

        A failure is told the administrator once, and changes nothing.
        """
        try:
            employees, complete = self._fetch(connection)
        except ApiError as error:
            note = partial(self._note_failure, connection, connection._explain(error))
        except UserError as error:  # no key, no address
            note = partial(self._note_failure, connection, str(error))
        else:
            note = partial(self._apply, connection, employees, complete)
        in_own_transaction(self.env, note)

    @api.model
    def _fetch(self, connection):
        """Return all employees, and whether they are all that CallGear has announced."""
        client = connection._data_api()
        end_transaction(self.env)
        found, offset = {}, 0
        for _page in range(MAX_PAGES):
            page = client.employees(offset=offset, limit=PAGE)
            found |= {employee.id: employee for employee in page.items}
            offset = page.done
            if page.last:
                return list(found.values()), 0 < page.total <= len(found)
        return list(found.values()), False

    @api.model
    def _apply(self, connection, employees, complete):
        """Bring the operators in step.

        :param employees: ``Employee`` objects of the Data API
        :param complete: whether there are no others
        """
        Operator = self.env["callgear.operator"]
        connection._lock("operators", "")
        fetched = {one.id: Operator._values_of(connection, one) for one in employees}
        known = Operator._find_by_employee(connection, fetched)
        if not known and Operator.search_count(
            [("connection_id", "=", connection.id)], limit=1
        ):
            text = self.env._(
                "CallGear returned none of the operators that are listed."
            )
            self._note_failure(connection, text)
            return
        changed = {}
        for employee_id, operator in known.items():
            values = fetched[employee_id]
            changed[operator] = {
                name: values[name]
                for name in TAKEN
                if differs(name, values[name], operator[name])
            }
        changed = {operator: values for operator, values in changed.items() if values}
        Operator.union(*changed)._write_each(changed)
        Operator.create(
            [
                {**values, "connection_id": connection.id}
                for employee_id, values in fetched.items()
                if employee_id not in known
            ]
        )
        if complete:
            Operator._note_presence(connection, fetched.keys())
        connection._note_operator_sync(None if complete else self._partial_text())
        connection._alert_of_unmapped()  # CallGear may have told more of who they are

    @api.model
    def _partial_text(self):
        return self.env._("CallGear did not return all employees.")

    @api.model
    def _note_failure(self, connection, text):
        _logger.info("CallGear: operators of connection %s not synced", connection.id)
        connection._note_operator_sync(text)
