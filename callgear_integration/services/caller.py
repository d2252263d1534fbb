# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from datetime import timedelta

from psycopg2 import errors

from odoo import api, models

from .. import clock
from ..domain.verdict import CONVERSATION
from ..tools.hand import Hand, changed_by
from ..tools.phone_number import line_key
from ..transaction import begin_work, end_transaction, roll_back

_logger = logging.getLogger(__name__)

# So many calls follow at once, in the transaction of whoever changes a contact. More of
# them, or those of a caller whose calls are being worked on, are left to the cron.
MAX_AT_ONCE = 40
# Numbers that one run of the cron takes up.
MAX_NUMBERS = 500
# Agents' pages show a call so long after its last notification.
SHOWN_HOURS = 1
CRON = "callgear_integration.ir_cron_follow_contacts"


class CallgearCaller(models.AbstractModel):
    """Who is calling: has calls and tickets follow what becomes known of numbers.

    A contact may be linked, created, edited, merged, archived or deleted before a call,
    during it or afterwards. The calls, their tickets and the pages of agents end up the same.
    """

    _name = "callgear.caller"
    _description = "Callers of Calls"

    @api.model
    def _follow_numbers(self, numbers, regroup=False):
        """Have the calls from and to numbers follow the contacts who have them now.

        :param numbers: list of str, E.164, of which contacts have changed
        :param regroup: also look at the tickets of calls that keep their contact: it has
            got the calls of another contact
        """
        # Values from the context of a page are not meant for what is created here.
        caller_sudo = self.with_env(self.env(su=True, context={}))
        calls_sudo = caller_sudo._calls_of_numbers(numbers)
        if len(calls_sudo) > MAX_AT_ONCE:
            caller_sudo._leave_to_cron(numbers)
            return
        groups = calls_sudo.grouped(lambda call: (call.connection_id, call.line_key))
        for (connection, _line), calls in groups.items():
            number = calls[0].phone
            if not caller_sudo._follow(connection, number, calls, regroup, wait=False):
                caller_sudo._leave_to_cron([number])

    @api.model
    def _connections(self):
        """Return all connections, also those that are archived: their calls stay."""
        Connection = self.env["callgear.connection"].with_context(active_test=False)
        # A company has a connection or two.  pylint: disable-next=no-search-all
        return Connection.search([])

    @api.model
    def _calls_of_numbers(self, numbers):
        """Return the latest calls with one of the numbers, one more than ``MAX_AT_ONCE``."""
        calls, connections = self.env["callgear.call"], self._connections()
        if not connections or not numbers:
            return calls
        domain = [
            ("connection_id", "in", connections.ids),
            ("line_key", "in", [line_key(number) for number in numbers]),
        ]
        return calls.search(domain, order="id desc", limit=MAX_AT_ONCE + 1)

    @api.model
    def _follow(self, connection, number, calls, regroup=False, wait=True):
        """Have calls of one number follow the contacts who have it now.

        :param calls: calls of this connection with this number
        :param regroup: as for ``_follow_numbers``
        :param wait: whether to wait for other transactions that work on the same caller
        :return: whether it was done: nobody else is working on the caller
        """
        if wait:  # what is decided from here on, nobody else changes
            connection._lock("caller", line_key(number))
            calls.invalidate_recordset()
        contacts = self.env["callgear.partner.phone"]._find_partners(connection, number)
        if connection._is_internal(number, number, contacts):
            return True  # colleagues do not become callers
        calls = calls.filtered(lambda call: not call.is_internal).sorted("started_at")
        partners = {call: call._partner_among(contacts) for call in calls}
        changed = calls.filtered(lambda call: call.partner_id != partners[call])
        if changed or (regroup and calls):
            known = changed.partner_id.union(*partners.values())
            lock = connection._lock if wait else connection._try_lock
            locks = [("caller", line_key(number))] + [
                ("partner", id_) for id_ in sorted(known.ids)
            ]
            if False in [lock(kind, key) for kind, key in locks]:
                return False
            self._change(
                {call: partners[call] for call in calls if call in changed or regroup}
            )
        announcer = self.env["callgear.announcer"]
        shown = clock.now(self.env) - timedelta(hours=SHOWN_HOURS)
        for call in calls:
            # A page may show other contacts with the number, too.
            if call.state != "ended" or (
                call in changed and call.last_event_at > shown
            ):
                announcer.with_company(call.company_id)._announce(call)
        return True

    @api.model
    @changed_by(Hand.CALL)
    def _change(self, partners):
        """Change the contacts of calls, and bring tickets in step.

        :param partners: dict, ``callgear.call`` → ``res.partner``
        """
        calls = self.env["callgear.call"].union(*partners)
        with calls._quietly():
            before = {call: call.partner_id for call in calls}
            tickets = calls._tickets_around()
            for call, partner in partners.items():
                if call.partner_id != partner:
                    call.partner_id = partner
            tickets |= calls._tickets_around()
            self._note_conversations(before)
            tickets = self.env["callgear.settlement"]._regroup(tickets)
            tickets._callgear_update_from_calls()

    @api.model
    def _note_conversations(self, before):
        """Note with whom the latest conversation was at a number (R45).

        :param before: dict, ``callgear.call`` → the contact that it had
        """
        Phone = self.env["callgear.partner.phone"]
        latest = {}
        for call, partner in before.items():
            if call.history != CONVERSATION or call.partner_id == partner:
                continue
            latest[call.phone, call.partner_id] = call  # they are in the order of time
            if partner:
                latest[call.phone, partner] = call
        for (number, partner), call in latest.items():
            if call.partner_id == partner:
                Phone._note_conversation(partner, number, call.started_at)
            else:
                Phone._refresh_last_conversation(partner, call)

    # -------------------------------------------------------------------- later

    @api.model
    def _leave_to_cron(self, numbers):
        """Have the cron do it; the index of numbers keeps what is to be done."""
        Phone = self.env["callgear.partner.phone"]
        lines = [line_key(number) for number in numbers]
        rows = Phone.search([("line_key", "in", lines), ("is_news", "=", False)])
        rows.is_news = True
        self.env.ref(CRON)._trigger()

    @api.model
    def _cron_follow(self):
        """Have calls follow contacts that were changed: what was left, and what was missed.

        A call that was stored while a contact was being changed has not seen the contact,
        nor has the change seen the call.
        """
        Phone, cron = self.env["callgear.partner.phone"], self.env["ir.cron"]
        numbers = Phone.search(
            [("is_news", "=", True)], order="id", limit=MAX_NUMBERS
        ).mapped("number")
        recent = self.env["callgear.call"].search(
            [
                ("started_at", ">", clock.now(self.env) - timedelta(hours=1)),
                ("partner_id", "=", False),
                ("is_internal", "=", False),
                ("phone", "!=", False),
            ],
            limit=MAX_NUMBERS,
        )
        known = Phone.search([("line_key", "in", recent.mapped("line_key"))])
        numbers = list(dict.fromkeys(numbers + known.mapped("number")))
        cron._commit_progress(remaining=len(numbers))
        for number in numbers:
            try:
                self._follow_all(number)
                end_transaction(self.env)
            except Exception as error:
                # One that cannot be worked on must not keep the others waiting.
                _log_failure(number, error)
                roll_back(self.env)
            if not cron._commit_progress(1):
                break

    @api.model
    def _follow_all(self, number):
        """Have all calls of a number follow, some at a time; commits."""
        begin_work(self.env)  # before the first query, or it is too late
        Call = self.env["callgear.call"]
        for connection in self._connections():
            own = [
                ("connection_id", "=", connection.id),
                ("line_key", "=", line_key(number)),
            ]
            while True:
                contacts = self.env["callgear.partner.phone"]._find_partners(
                    connection, number
                )
                others = [
                    ("partner_id", "not in", contacts.ids),
                    ("is_internal", "=", False),
                    "|",
                    ("partner_id", "=", False),
                    ("partner_chosen", "=", False),
                ]
                calls = contacts and Call.search(
                    own + others, order="started_at, id", limit=MAX_AT_ONCE
                )
                if not calls:
                    break
                self._follow(connection, number, calls)
                if calls.filtered(lambda call, c=contacts: call.partner_id not in c):
                    break  # calls of colleagues
                end_transaction(self.env)
                begin_work(self.env)
            latest = Call.search(
                own, order="started_at desc, id desc", limit=MAX_AT_ONCE
            )
            self._follow(connection, number, latest, regroup=True)
        rows = self.env["callgear.partner.phone"].search(
            [("line_key", "=", line_key(number)), ("is_news", "=", True)]
        )
        rows.is_news = False


def _log_failure(number, error):
    busy = (errors.LockNotAvailable, errors.DeadlockDetected)
    if isinstance(error, busy):
        _logger.info("CallGear: the calls of a number are being worked on; later")
    else:
        _logger.warning("CallGear: calls of a number do not follow", exc_info=True)
