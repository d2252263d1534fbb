# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
import threading
import time
from datetime import timedelta
from functools import partial

from odoo import SUPERUSER_ID, api, models, modules
from odoo.exceptions import UserError
from odoo.modules.registry import Registry

from .. import clock
from ..callgear.errors import ApiError, NotFound, NotPossible
from ..callgear.json_rpc import Retries
from ..callgear.transport import Timeouts
from ..models.callgear_connection import ADMIN
from ..tools.chosen_id import chosen_id
from ..tools.soon import Soon
from ..tools.write_changes import write_changes
from ..transaction import end_transaction, in_own_transaction, roll_back

_logger = logging.getLogger(__name__)

MAX_COLLEAGUES = 500
# What the server asks for by itself is asked for again after so many seconds, each time.
# With the time for the answers, to two requests each, it takes less than LATER: after these
# seconds the scheduled action takes it up, so often at most.
PAUSES = (0.5, 2)
SHORT = Timeouts(connect=2, read=4, total=4)
LATER, MAX_ATTEMPTS = 30, 3
MAX_AT_ONCE = 50
# Threads of this process that ask for it, for what is urgent and for the rest each; and
# seconds after which the cron ends.
THREADS, CRON_SECONDS = 4, 30
# Seconds until the next of a colleague's phones rings, after the one before; and for which a
# colleague is rung: if nothing is heard of it for so long, the end of it was lost.
NEXT_PHONE, RINGING = 3, 90
# A call that is passed on by telephone may leave the agent a little before it rings at
# the colleague's.
BLIND = timedelta(seconds=5)
# The colleagues who can take the call now come first, those who cannot last.
ORDER = {"free": 0, None: 1, "ringing": 2, "talking": 2, "away": 3}


class CallgearSteering(models.AbstractModel):
    """Steers running calls through the Call API: hang up, hold, ask, pass on (R52).

    ``callgear.leg.control`` says what an agent has done with the other party. Whether a
    colleague rings, talks or has not picked up is read from the colleague's own leg. What
    follows from that by itself (``control_wish``) is written down with the news, and asked
    for after they are committed, by a thread of the process that has them: whoever works on
    notifications never waits for CallGear.
    """

    _name = "callgear.steering"
    _description = "Control of Running Calls"

    # ------------------------------------------------------------ what agents ask for

    @api.model
    def _leg_to_steer(self, call, action):
        """Return the user's own leg in a call, in sudo mode, if the action is possible now.

        :param str action: name of an action, as in ``callgear.leg._possible_actions``
        :raises UserError: it is not possible; one text for a call of somebody else and
            for one that has ended
        """
        call.ensure_one()
        # sudo: callgear.leg - the user's own, or any for a CallGear administrator
        legs_sudo = call.sudo().exists().live_leg_ids.filtered("is_operator")
        legs_sudo = legs_sudo.filtered(lambda leg: leg.company_id in self.env.companies)
        own_sudo = legs_sudo.filtered(lambda leg: leg.user_id == self.env.user)
        if not own_sudo and self.env.user.has_group(ADMIN):
            own_sudo = legs_sudo
        for leg_sudo in own_sudo.sorted("id", reverse=True):
            if action in leg_sudo._possible_actions():
                return leg_sudo
        if own_sudo.filtered(lambda leg: leg.state != "ended"):
            raise UserError(self.env._("This is not possible at the moment."))
        raise UserError(self.env._("The call is over, or it is not yours."))

    @api.model
    def _hang_up(self, call):
        """End the call for all parties; see ``callgear.call.action_hang_up``."""
        leg_sudo = self._leg_to_steer(call, "hang_up")

        def note(user):
            write = partial(self._note_hang_up, leg_sudo.call_id, user)
            in_own_transaction(self.env, write)

        # Before it is asked for: the end of the call may be told before the answer.
        note(self.env.user)
        try:
            self._ask(leg_sudo, lambda client, id_: client.release_call(id_))
        except ApiError as error:
            if error.certain:
                note(self.env["res.users"])
            self._refuse(leg_sudo, error)

    @api.model
    def _hold(self, call):
        leg_sudo = self._leg_to_steer(call, "hold")
        text = leg_sudo.connection_id._hold_text(leg_sudo.call_id)
        try:
            self._ask(leg_sudo, lambda client, id_: client.hold_call(id_, text))
        except ApiError as error:
            if not error.certain or error.mnemonic == "invalid_state":
                # They may wait: the agent gets the key to take them off hold.
                self._note(leg_sudo, "held")
            self._refuse(leg_sudo, error)
        self._note(leg_sudo, "held")

    @api.model
    def _back(self, call, action):
        """Have the other party with the user again.

        :param str action: ``resume`` or ``restore``
        """
        leg_sudo = self._leg_to_steer(call, action)
        try:
            self._ask(leg_sudo, _back_to_contact)
        except ApiError as error:
            self._refuse(leg_sudo, error)
        self._note(leg_sudo, False)

    @api.model
    def _connect(self, call):
        leg_sudo = self._leg_to_steer(call, "connect")
        try:
            assumed = self._ask_to_connect(leg_sudo)
        except ApiError as error:
            self._refuse(leg_sudo, error)
        self._note(leg_sudo, "passed", leg_sudo.consulted_id, assumed=assumed)

    @api.model
    def _consult(self, call, operator_id, at_once=False):
        """Put the other party on hold, and ring a colleague.

        :param bool at_once: connect the two as soon as the colleague has picked up, never
            before: CallGear would end the call if the colleague did not pick up
        :raises UserError: the colleague has no number, or CallGear refuses
        """
        action = "transfer" if at_once else "consult"
        leg_sudo = self._leg_to_steer(call, action)
        operator_id = chosen_id(operator_id)
        colleague_sudo = self._colleagues(leg_sudo).filtered(
            lambda operator: operator.id == operator_id
        )
        if colleague_sudo.left_at:
            raise UserError(self.env._("CallGear no longer has this colleague."))
        address = colleague_sudo._address_to_ring()
        if not address:
            raise UserError(self.env._("This colleague has no number to call."))
        held_now = not leg_sudo.control
        if held_now:
            self._hold(call)
        # The colleague's leg may be told of before the answer, but not before the request.
        after = in_own_transaction(self.env, partial(self._last_leg_id, leg_sudo))
        note = partial(
            self._note, leg_sudo, "consulting", colleague_sudo, after, at_once
        )
        try:
            self._ask(leg_sudo, lambda client, id_: client.make_call(id_, address))
        except ApiError as error:
            if error.certain:
                self._note(leg_sudo, "held", colleague_sudo, refused=held_now)
            else:
                note()  # the colleague may be ringing
            self._refuse(leg_sudo, error)
        note()

    @api.model
    def _last_leg_id(self, leg):
        """Return the highest id of the legs that a leg's call has by now, or 0."""
        if not self._is_up_to_date(leg):
            return 0
        # Those that later notifications do not matter for are in it, too.
        last = leg.search([("call_id", "=", leg.call_id.id)], order="id desc", limit=1)
        return last.id

    @api.model
    def _colleagues(self, leg_sudo):
        """Return the other operators of a leg's connection, by name."""
        return leg_sudo.env["callgear.operator"].search(
            [
                ("connection_id", "=", leg_sudo.connection_id.id),
                ("id", "!=", leg_sudo.operator_id.id),
            ],
            order="name, id",
            limit=MAX_COLLEAGUES,
        )

    @api.model
    def _targets(self, call):
        """Return the colleagues to whom the call can be passed on.

        See ``callgear.call.transfer_targets``.
        """
        leg_sudo = self._leg_to_steer(call, "consult")
        colleagues_sudo = self._colleagues(leg_sudo)
        colleagues_sudo -= colleagues_sudo.filtered("left_at")
        statuses = self.env["callgear.presence"]._statuses(leg_sudo.connection_id)
        unknown = {"state": None, "text": ""}
        phones = colleagues_sudo._states_of_phones()
        targets = []
        for operator in colleagues_sudo:
            if not operator._address_to_ring():
                continue
            status = statuses.get(operator.employee_id, unknown)
            if operator in phones:
                status = {"state": phones[operator], "text": ""}
            elif status["state"] == "busy":
                status = {**status, "state": "away"}
            targets.append(
                {
                    "id": operator.id,
                    "name": operator.name,
                    "extension": operator.extension or "",
                    "state": status["state"],
                    "status": status["text"] or "",
                }
            )
        return sorted(targets, key=lambda target: ORDER[target["state"]])

    # --------------------------------------------------------- requests, their effects

    @api.model
    def _ask(self, leg, ask, *options):
        """Send a request about a leg's call to CallGear; no lock is held meanwhile.

        :param ask: function of the ``CallApi`` and the session id
        :param options: as for ``_call_api``
        :raises ApiError: CallGear refuses, or cannot be asked
        """
        client = leg.connection_id._call_api(*options)
        session_id = leg.call_id.session_id
        end_transaction(self.env)
        ask(client, session_id)

    @api.model
    def _ask_to_connect(self, leg, *options):
        """Have the other party connected with the colleague.

        What CallGear may have done already, though no answer came, it refuses to do again.

        :return: whether it is done for that reason, and not because CallGear says so
        :raises ApiError: CallGear refuses, or cannot be asked
        """
        try:
            self._ask(leg, _connect, *options)
        except ApiError as error:
            if leg.connect_uncertain and error.mnemonic == "invalid_state":
                return True
            if not error.certain:
                in_own_transaction(self.env, partial(self._note_uncertain, leg))
            raise
        return False

    @api.model
    def _refuse(self, leg, error):
        raise UserError(leg.connection_id._explain(error)) from None

    @api.model
    def _note_uncertain(self, leg):
        """Note that CallGear may have connected the other party with the colleague."""
        if self._is_up_to_date(leg) and leg.control == "consulting":
            leg.connect_uncertain = True

    @api.model
    def _note_hang_up(self, call, user):
        """Note who ends a call that nobody has answered; no user: it goes on."""
        if call.state == "ringing":
            write_changes(call, {"hung_up_by_id": user.id})

    @api.model
    def _note(
        self,
        leg,
        control,
        colleague=None,
        after=None,
        at_once=False,
        refused=None,
        assumed=False,
    ):
        """Store what CallGear has done with the other party at the agent's request.

        :param control: value of the field of ``callgear.leg``, or False
        :param colleague: ``callgear.operator`` who is rung, or was to be
        :param after: the highest id of the call's legs when the colleague was rung; None:
            nobody has been rung
        :param at_once: the two are connected as soon as the colleague picks up
        :param refused: CallGear does not ring the colleague; True: the other party was put
            on hold for that, so it has to go back to the agent
        :param assumed: CallGear has not said that it has connected the two
        """
        values = {
            "control": control,
            "consulted_id": colleague.id if colleague else False,
            "passes_at_once": at_once,
            "connect_uncertain": assumed,
            "control_result": False if refused is None else "refused",
            "control_wish": False,
        }
        if after is not None:
            values |= {
                "consulted_at": clock.precise_now(self.env),
                "consulted_after_id": after,
            }
        note = partial(self._write_control, leg, values, refused)
        self._carry_out_soon(in_own_transaction(self.env, note))

    @api.model
    def _write_control(self, leg, values, restore=False):
        """Write it; return the leg if something follows from it by itself, or else none."""
        if not self._is_up_to_date(leg):
            return leg.browse()
        write_changes(leg, values)
        if restore:
            self._wish(leg, "restore")
        # The colleague may have picked up before CallGear has answered.
        self._follow(leg.call_id)
        leg.env["callgear.announcer"]._announce(leg.call_id)
        if leg.control == "consulting":
            # Nothing may ever be heard of it.
            self._trigger(clock.now(self.env) + timedelta(seconds=RINGING + 2))
        return leg.filtered("control_wish")

    # ------------------------------------------------------ what follows from the news

    @api.model
    def _follow(self, call):
        """Decide what is to be done for agents who pass a call on, from its legs' states.

        Idempotent; nothing is asked of CallGear here.
        """
        if call.state == "ended":
            return
        for leg in call.live_leg_ids.filtered(_waits_for_colleague):
            other = self._consulted_leg(leg)
            if other.ended_at and leg.state != "ended":
                if self._may_ring_on(leg):
                    self._wish(leg, "resume", NEXT_PHONE)
                else:
                    self._give_up(leg, self._result_of(leg, other))
                continue
            talks = other.picked_up_at and not other.ended_at
            if talks and leg.control_result == "unheard":
                leg.control_result = False
            # What has been asked for already does no harm to a phone that rings.
            rings = other and not leg.control_attempts
            if leg.control_wish == "resume" and (
                talks or rings or leg.state == "ended"
            ):
                leg.control_wish = False
            if talks and leg.passes_at_once and leg.control == "consulting":
                # Also if the agent has put the handset down by then.
                self._wish(leg, "connect")

    @api.model
    def _may_ring_on(self, leg):
        """Return whether another phone of the colleague may ring, or be in use, unheard."""
        legs = self._consulted_legs(leg)
        if any(legs.mapped("picked_up_at")):
            return False
        return len(legs) < leg.consulted_id._count_phones_in_turn()

    @api.model
    def _give_up(self, leg, result):
        """Have the other party back with the agent, who has nobody else to talk with.

        :param str result: why, as ``control_result``
        """
        leg.write(
            {"control": "held", "control_result": result, "passes_at_once": False}
        )
        self._wish(leg, "restore")

    @api.model
    def _consulted_leg(self, leg):
        """Return the leg of the colleague who is rung for an agent's leg, or none.

        Of several phones of the colleague, the one that talks, or else one that rings.
        """
        return self._consulted_legs(leg).sorted(
            lambda other: (
                not other.ended_at and bool(other.picked_up_at),
                not other.ended_at,
                other.id,
            )
        )[-1:]

    @api.model
    def _consulted_legs(self, leg):
        """Return the legs of the phones that were rung for an agent's leg.

        They have become known since they were asked for: the clocks of CallGear and of
        several servers do not tell.
        """
        if not leg.consulted_at:
            return leg.browse()
        return leg.call_id.live_leg_ids.filtered(
            lambda other: (
                other.is_operator
                and other != leg
                and other.operator_id in (leg.consulted_id, other.operator_id.browse())
                and other.id > leg.consulted_after_id
                and other.started_at >= (leg.answered_at or leg.started_at)
            )
        )

    @api.model
    def _result_of(self, leg, other):
        """Return why a colleague does not talk any more, as ``control_result``."""
        if other.picked_up_at:
            return "left"
        busy = leg.consulted_id._states_of_phones(but=leg.call_id)
        return "busy" if busy else "no_answer"

    @api.model
    def _wish(self, leg, wish, wait=0):
        """Write down what CallGear is to be asked for, without the agent's doing.

        :param wait: seconds until then
        """
        if leg.control_wish != wish:
            due_at = clock.now(self.env) + timedelta(seconds=wait)
            leg.write(
                {"control_wish": wish, "control_due_at": due_at, "control_attempts": 0}
            )
            # If nobody comes to it: this process may stop now.
            self._trigger(due_at + timedelta(seconds=LATER))

    @api.model
    def _trigger(self, moment):
        cron = self.env.ref(
            "callgear_integration.ir_cron_steer_calls", raise_if_not_found=False
        )
        if cron:
            # sudo: ir.cron - notifications have no user who may start it
            cron.sudo()._trigger(moment)

    @api.model
    def _cron_carry_out(self):
        """Ask for what has not been asked for, or not with success.

        First of all for callers who wait for a colleague of whom nothing is heard.
        """
        self._stop_waiting()
        legs = self.env["callgear.leg"].search(
            [
                ("control_wish", "!=", False),
                ("control_due_at", "<=", clock.now(self.env)),
            ],
            order="control_due_at, id",
            limit=MAX_AT_ONCE,
        )
        until = time.monotonic() + CRON_SECONDS
        for leg in legs:
            if time.monotonic() > until:
                # Other scheduled actions can run.
                self._trigger(clock.now(self.env))
                return
            self._carry_out(leg)

    @api.model
    def _stop_waiting(self):
        """Have callers taken off hold for whom a colleague has been rung for too long.

        Nothing is asked for that would end a talk with the colleague: it may be that only
        the news of it is late, or lost.
        """
        legs = self.env["callgear.leg"].search(
            [
                ("state", "!=", "ended"),
                ("control", "=", "consulting"),
                ("control_wish", "=", False),
                ("control_result", "!=", "unheard"),
                ("consulted_at", "<=", _rung_too_long(self.env)),
            ],
            limit=MAX_AT_ONCE,
        )
        for leg in legs:
            try:
                stop = partial(self._stop_waiting_for, leg, leg.consulted_at)
                in_own_transaction(self.env, stop)
            except Exception:
                roll_back(self.env)
                _logger.exception("CallGear call %s: goes on waiting", leg.call_id.id)

    @api.model
    def _stop_waiting_for(self, leg, consulted_at):
        """Do so for one leg, unless the agent has rung another one since."""
        waits = (
            self._is_up_to_date(leg)
            and leg.state != "ended"
            and (leg.control, leg.consulted_at) == ("consulting", consulted_at)
            and not leg.control_wish
        )
        if waits and not leg._is_colleague_there():
            self._wish(leg, "resume")

    @api.model
    def _carry_out_soon(self, legs):
        """Have it asked for what is wished for legs, and committed. Never waits."""
        waits = self._due_soon(legs)
        if modules.module.current_test:
            # Another thread would not see what the test has done.
            self._carry_out(legs.browse([leg.id for leg in waits]))
            return
        dbname = self.env.cr.dbname
        for leg, seconds in waits.items():
            _soon.call(
                (dbname, leg.id, leg.control_wish, leg.control_due_at),
                partial(_carry_out_in_thread, dbname, leg.id),
                seconds,
                urgent=leg.control_wish == "connect",
            )

    @api.model
    def _due_soon(self, legs):
        """Return the legs for which something is to be asked for now or in a moment.

        Not those for which somebody asks already: the scheduled action looks after them.

        :return: dict, leg → seconds until then
        """
        now = clock.now(self.env)
        waits = {leg: (leg.control_due_at - now).total_seconds() for leg in legs}
        return {leg: max(s, 0) for leg, s in waits.items() if s <= NEXT_PHONE}

    @api.model
    def _carry_out_all(self, connection, session_id):
        """Ask for what is wished for the legs of a session, if anything is."""
        call = [
            ("call_id.connection_id", "=", connection.id),
            ("call_id.session_id", "=", session_id),
        ]
        legs = self.env["callgear.leg"].search([*call, ("control_wish", "!=", False)])
        self._carry_out_soon(legs)

    @api.model
    def _carry_out(self, legs):
        """Ask CallGear for what follows by itself; commits. Does not raise.

        Of several processes that come to it, one does it.
        """
        for leg in legs:
            try:
                self._carry_out_wish(leg)
            except Exception:
                roll_back(self.env)
                _logger.exception("CallGear call %s: not steered", leg.call_id.id)

    @api.model
    def _carry_out_wish(self, leg):
        claim = in_own_transaction(self.env, partial(self._claim, leg))
        if not claim:
            return
        try:
            is_done = self._ask_again_and_again(leg, claim)
        except (ApiError, UserError) as error:
            note = partial(self._note_failure, leg, claim, error)
        else:
            note = partial(self._note_done, leg, claim)
            if not is_done:
                return
        in_own_transaction(self.env, note)

    @api.model
    def _claim(self, leg):
        """Take up what is wished for a leg.

        :return: the wish and when others may take it up, or None if nothing is due
        """
        if not self._is_up_to_date(leg):
            return None
        now = clock.now(self.env)
        if not leg.control_wish or leg.control_due_at > now:
            return None
        due_at = now + timedelta(seconds=LATER)
        leg.write(
            {"control_due_at": due_at, "control_attempts": leg.control_attempts + 1}
        )
        self._trigger(due_at)
        return leg.control_wish, due_at

    @api.model
    def _stands(self, leg, claim):
        """Return whether it is still wished, and not taken up by others; locks the session.

        The agent may have acted since: an old request would end what they have begun.
        """
        is_there = self._is_up_to_date(leg)
        return is_there and (leg.control_wish, leg.control_due_at) == claim

    @api.model
    def _is_up_to_date(self, leg):
        """Lock a leg's session, and forget what was read before; return if it is there."""
        if not leg.exists():
            return False
        leg.connection_id._lock("session", leg.call_id.session_id)
        leg.invalidate_recordset()
        leg.call_id.invalidate_recordset()
        return True

    @api.model
    def _ask_again_and_again(self, leg, claim):
        """Ask for what was taken up, for as long as it is wished; return whether it is done.

        :raises ApiError: CallGear refuses, or cannot be asked
        """
        for pause in (*PAUSES, None):
            try:
                self._ask_for(leg, claim[0])
                return True
            except ApiError as error:
                if not error.retry or pause is None:
                    raise
            time.sleep(pause)
            if not in_own_transaction(self.env, partial(self._stands, leg, claim)):
                return False

    @api.model
    def _ask_for(self, leg, wish):
        options = SHORT, Retries(times=0)
        if wish == "connect":
            self._ask_to_connect(leg, *options)
        else:
            back = _back_to_contact if wish == "restore" else _off_hold
            self._ask(leg, back, *options)

    @api.model
    def _note_done(self, leg, claim):
        """Note that CallGear has done what was wished; unless the agent has acted since."""
        if not self._stands(leg, claim):
            return
        values = {"control": False, "control_wish": False}
        if claim[0] == "connect":
            values["control"] = "passed"
        elif leg.control == "consulting":
            result = self._result_of(leg, self._consulted_leg(leg))
            values |= {"control_result": result, "passes_at_once": False}
        leg.write(values)
        leg.env["callgear.announcer"]._announce(leg.call_id)

    @api.model
    def _note_failure(self, leg, claim, error):
        """Note that CallGear has not done it: leave it to the agent, or ask again later."""
        if not self._stands(leg, claim):
            return
        wish = claim[0]
        _logger.warning("CallGear call %s: no %s: %s", leg.call_id.id, wish, error)
        again = isinstance(error, ApiError) and error.retry
        if again and leg.control_attempts < MAX_ATTEMPTS:
            return
        values = {"control_wish": False}
        if isinstance(error, NotFound):
            pass  # the call is over
        elif wish == "connect":
            values |= {"passes_at_once": False, "control_result": "not_connected"}
        elif wish == "resume" and leg.consulted_at <= _rung_too_long(self.env):
            # The two may talk: the agent knows, and has the key.
            values["control_result"] = "unheard"
        leg.write(values)
        leg.env["callgear.announcer"]._announce(leg.call_id)

    # ------------------------------------------------------------- what agents are told

    @api.model
    def _consult_payload(self, leg):
        """Return who is rung for an agent's leg, or None.

        :return: {name, state: ``calling`` or ``talking``, at_once: bool}
        """
        if leg.control != "consulting" or leg._shown_state() == "ended":
            return None
        talks = leg._is_colleague_there()
        name = leg.consulted_id.name or self.env._("your colleague")
        state = "talking" if talks else "calling"
        return {"name": name, "state": state, "at_once": leg.passes_at_once}

    @api.model
    def _control_note(self, leg):
        """Return what has become of the last attempt to pass the call on, or None."""
        if not leg.control_result or leg._shown_state() == "ended":
            return None
        name = leg.consulted_id.name or self.env._("Your colleague")
        if leg.control_result == "not_connected":
            return self.env._(
                "CallGear did not transfer the call. %s is still on the line with "
                "you: press Connect.",
                name,
            )
        if leg.control_result == "unheard":
            return self.env._(
                "CallGear has not reported whether %s picked up. If you are not talking "
                "with them, press Back to the call.",
                name,
            )
        is_back = not leg.control
        # Whole sentences, because languages differ in how they join them.
        texts = {
            "no_answer": (
                self.env._("%s did not pick up: you are back on the call.", name),
                self.env._("%s did not pick up. Your call is on hold.", name),
            ),
            "busy": (
                self.env._("%s is on another call: you are back on the call.", name),
                self.env._("%s is on another call. Your call is on hold.", name),
            ),
            "left": (
                self.env._("%s hung up: you are back on the call.", name),
                self.env._("%s hung up. Your call is on hold.", name),
            ),
            "refused": (
                self.env._("%s cannot be reached: you are back on the call.", name),
                self.env._("%s cannot be reached. Your call is on hold.", name),
            ),
        }
        return texts[leg.control_result][0 if is_back else 1]

    @api.model
    def _passing_leg(self, leg):
        """Return the leg of whoever passes the call on to a leg's agent, or none.

        It is an agent who has rung them from Odoo, or else whoever talked with the other
        party when their phone was rung.
        """
        others = leg.call_id.live_leg_ids.filtered(
            lambda other: (
                other.is_operator
                and other.answered_at
                and other.user_id != leg.user_id
                and other.answered_at <= leg.started_at
                and (not other.ended_at or other.ended_at >= leg.started_at - BLIND)
            )
        )
        asking = others.filtered(
            lambda other: (
                other.control in ("consulting", "passed")
                and other.consulted_id == leg.operator_id
            )
        )
        return (asking or others).sorted("answered_at")[-1:]

    @api.model
    def _passed_by_payload(self, leg):
        """Return who passes the call on to a leg's agent: {name, summary}, or None."""
        other = self._passing_leg(leg)
        if not other:
            return None
        summary = other._main_leg().summary if other.user_id else ""
        name = other.user_id.name or other.operator_id.name or ""
        return {"name": name, "summary": summary or ""}


# Of one process, for all databases. Who has picked up, and hears nobody, does not wait for
# others' callers to be taken off hold.
_soon = Soon("callgear.steering", THREADS)


def _carry_out_in_thread(dbname, leg_id):
    """Ask for what is wished for a leg; the scheduled action does it if this cannot."""
    threading.current_thread().dbname = dbname
    try:
        with Registry(dbname).cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["callgear.steering"]._carry_out(env["callgear.leg"].browse(leg_id))
    except Exception:
        _logger.exception("CallGear: a call was not steered")


def _waits_for_colleague(leg):
    """Return whether it matters to an agent's leg what becomes of the colleague.

    It also does if CallGear has not said that it has connected the other party with them.
    """
    is_assumed = leg.control == "passed" and leg.connect_uncertain
    return leg.control == "consulting" or is_assumed


def _rung_too_long(env):
    return clock.now(env) - timedelta(seconds=RINGING)


def _connect(client, session_id):
    client.transfer_talk(session_id)


def _off_hold(client, session_id):
    client.unhold_call(session_id)


def _back_to_contact(client, session_id):
    """Have the other party with the operator again, whether a colleague is rung or not.

    If they talk with a colleague, that ends. If CallGear says that neither is possible,
    nobody waits any more.
    """
    for ask in (client.unhold_call, client.restore_talk):
        try:
            return ask(session_id)
        except NotPossible as error:
            if error.mnemonic != "invalid_state":
                raise
    return None
