# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import uuid
from datetime import timedelta
from functools import partial

from odoo import api, models
from odoo.exceptions import AccessError, UserError

from .. import clock
from ..callgear.errors import ApiError
from ..client_input import for_clients
from ..domain.legs import placeholder_key
from ..domain.verdict import MISSED
from ..models.callgear_call import DIALLING_MINUTES
from ..tools.chosen_id import chosen_id
from ..tools.phone_number import line_key
from ..transaction import end_transaction, in_own_transaction
from .dial_limits import LimitReached

AGENT = "helpdesk_mgmt.group_helpdesk_user_own"
# What is known of a call only because it was started here.
OWN_FIELDS = (
    "external_id",
    "origin_ticket_id",
    "origin_user_id",
    "origin_operator_id",
    "partner_id",
    "partner_chosen",
)


class CallgearDialer(models.AbstractModel):
    """Calls out: CallGear rings the agent first, then the other party (R18, R22).

    The call is written down and committed before CallGear is asked for it, under a key
    that comes back with each notification: one that outruns the answer finds it. What
    follows the answer is a transaction of its own, so that no call is started twice.
    """

    _name = "callgear.dialer"
    _description = "Calling out"

    @for_clients()
    @api.model
    def dial(self, phone, res_model=False, res_id=False):
        """Call a number that stands in some record, from the agent's own phone.

        :param str phone: as it is written there
        :param str res_model: of the record: the call belongs to a ticket, or to a contact
        :return: False, or an action that tells of a doubt
        :raises UserError: why it cannot be called
        """
        partner, ticket = self.env["res.partner"], self.env["helpdesk.ticket"]
        if res_id and res_model in (partner._name, ticket._name):
            record = self.env[res_model].browse(chosen_id(res_id)).exists()
            if record.has_access("read"):
                partner, ticket = record._callgear_parties()
        return self._dial(phone, partner, ticket)

    @api.model
    def _dial(self, phone, contact, ticket, calls_back=None):
        """Have the agent's phone rung; see ``dial``.

        :param contact: whom the number belongs to, if it is known
        :param ticket: where the call shall stand, or none
        :param calls_back: a missed call in the ticket, in sudo mode: only if its caller
            still waits, and no colleague is on the phone with them
        """
        if not self.env.user.has_group(AGENT):
            raise AccessError(self.env._("Only helpdesk agents may make calls."))
        # sudo: callgear.operator - whose phone to ring is the agent's own matter
        operator_sudo = self.env["callgear.operator"].sudo()
        operator_sudo = operator_sudo._find_for_agent(
            self.env.user, ticket.company_id or self.env.companies
        )
        connection_sudo = operator_sudo.connection_id
        number = connection_sudo._number_to_dial(phone, contact)
        shown = connection_sudo._number_to_show(ticket)
        client = connection_sudo._call_api()
        # sudo: callgear.call - calls are written by the server only, all of their parts
        dialer_sudo = self.sudo()
        prepare = partial(
            dialer_sudo._prepare_and_announce,
            connection_sudo,
            self.env.user,
            number,
            contact.with_env(dialer_sudo.env),
            ticket.with_env(dialer_sudo.env),
            calls_back and calls_back.with_env(dialer_sudo.env),
        )
        call_sudo = dialer_sudo._within_limits(connection_sudo, self.env.user, prepare)
        key, employee_id = call_sudo.external_id, operator_sudo.employee_id
        end_transaction(self.env)
        try:
            session_id = client.start_employee_call(
                contact=number,
                virtual_phone=shown,
                employee_id=employee_id,
                external_id=key,
            )
        except ApiError as error:
            text = connection_sudo._explain(error)
            if error.certain:
                forget = partial(dialer_sudo._forget_refused, call_sudo)
                in_own_transaction(self.env, forget)
                raise UserError(text) from None
            return self._warn_of_doubt(text)
        note = partial(dialer_sudo._note_session, call_sudo, session_id)
        in_own_transaction(self.env, note)
        return False

    @api.model
    def _within_limits(self, connection, user, prepare):
        """Prepare a call in a transaction of its own; tell the admin if it is refused.

        :return: what ``prepare`` returns
        """
        try:
            return in_own_transaction(self.env, prepare)
        except LimitReached as refusal:
            tell = self.env["callgear.dial.limits"]._tell_admin
            in_own_transaction(self.env, partial(tell, connection, user, refusal))
            raise

    @api.model
    def _prepare_and_announce(
        self, connection, user, phone, contact, ticket, calls_back=None
    ):
        if calls_back:
            # Two agents may press the key at the same time: the second sees the first's
            # call, by whichever of the caller's numbers, in whichever of their tickets.
            for key in self._keys_of_caller(phone, ticket):
                connection._lock("call back", key)
            ticket._callgear_check_waiting(calls_back.with_env(ticket.env))
        call = self._prepare(connection, user, phone, contact, ticket)
        self.env["callgear.announcer"]._announce(call)
        return call

    @api.model
    def _keys_of_caller(self, phone, ticket):
        """Return what is locked of a caller who is called back, always in one order."""
        missed = ticket._callgear_latest_legs().filtered(
            lambda leg: leg.entry == MISSED
        )
        keys = {("line_key", "=", line_key(phone))}
        keys.update(missed.call_id._caller_keys(limit=None))
        if ticket.partner_id:
            keys.add(("partner_id", "=", ticket.partner_id.id))
        return [ticket.id, *sorted(str(key) for key in keys)]

    @api.model
    def _prepare(self, connection, user, phone, contact=None, ticket=None):
        """Record a call that we are about to ask CallGear for, and the agent's own leg.

        :param str phone: E.164
        :return: the call; its ``external_id`` is the key to send along
        :raises UserError: the agent's phone is about to ring for another one, or they may
            not make the call
        """
        operator = self.env["callgear.operator"]._find_by_user(connection, user)
        if operator:
            connection._lock("dial", operator.id)
            operator._check_not_dialling()
        now = clock.now(self.env)
        chosen = bool(contact)
        contact = (
            contact
            or self.env["callgear.partner.phone"]._find_partners(connection, phone)[:1]
        )
        limits = self.env["callgear.dial.limits"]
        is_abroad = limits._check(connection, user, phone, contact)
        call = self.env["callgear.call"].create(
            {
                "dialled_abroad": is_abroad,
                "connection_id": connection.id,
                "external_id": f"odoo-{uuid.uuid4()}",
                "direction": "out",
                "phone": phone,
                "phone_raw": phone,
                "partner_id": contact.id,
                "partner_chosen": chosen,
                "origin_ticket_id": ticket.id if ticket else False,
                "origin_user_id": user.id,
                "origin_operator_id": operator.id,
                "started_at": now,
                "last_event_at": now,
                "reason": "dialling",
            }
        )
        if operator:
            self.env["callgear.leg"].create(
                {
                    "call_id": call.id,
                    "leg_id": placeholder_key(operator.employee_id),
                    "operator_id": operator.id,
                    "user_id": user.id,
                    "is_operator": True,
                    "started_at": now,
                }
            )
        return call

    # ------------------------------------------------------------ the answer

    @api.model
    def _note_session(self, call, session_id):
        """Note the session by which CallGear names a call of ours."""
        connection = call.connection_id
        connection._lock("session", session_id)
        mine = ("connection_id", "=", connection.id)
        known = call.search([mine, ("session_id", "=", session_id)], limit=1)
        if known and known != call:
            # Notifications without our key came first, and a call was made of them.
            self._merge_into(known, call)
        elif call.exists():
            call.session_id = session_id
            self.env["callgear.announcer"]._announce(call)

    @api.model
    def _merge_into(self, known, prepared):
        """Give what is known of a call that we have started to the one of its session."""
        values = {
            name: prepared._fields[name].convert_to_write(prepared[name], prepared)
            for name in OWN_FIELDS
        }
        self._forget(prepared)
        known.write(values)
        self.env["callgear.refresh"]._refresh(known.connection_id, known.session_id)

    @api.model
    def _forget_refused(self, call):
        """Leave nothing of a call that CallGear does not make, in no page either."""
        if call.exists() and not call.event_ids:
            self._forget(call)

    @api.model
    def _forget(self, call):
        call.live_leg_ids.write({"state": "ended", "ended_at": clock.now(self.env)})
        call.state = "ended"
        self.env["callgear.announcer"]._announce(call)
        call.unlink()

    @api.model
    def _warn_of_doubt(self, text):
        """CallGear may make the call: it is looked for if nothing is heard of it."""
        # sudo: ir.cron - whoever calls may have the call looked for
        cron_sudo = self.env.ref("callgear_integration.ir_cron_find_unheard").sudo()
        cron_sudo._trigger(clock.now(self.env) + timedelta(minutes=DIALLING_MINUTES))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "warning", "message": text, "sticky": True},
        }
