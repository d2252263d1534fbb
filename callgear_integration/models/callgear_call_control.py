# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Steering a call that goes on: hang up, hold, pass on (R19, R52)."""

from functools import partial

from odoo import api, models
from odoo.exceptions import UserError

from ..callgear.errors import ApiError
from ..transaction import end_transaction, in_own_transaction
from .callgear_connection import ADMIN

MAX_COLLEAGUES = 500


class CallgearCall(models.Model):
    _inherit = "callgear.call"

    def action_hang_up(self):
        """End the call for all who are in it.

        :raises UserError: why it cannot be ended
        """
        self._steer("hang_up", lambda client, id_: client.release_call(id_))
        return False

    def action_hold(self):
        """Let the other party wait, with a few words."""
        leg_sudo = self._leg_to_steer("hold")
        text = leg_sudo.connection_id._hold_text(leg_sudo.call_id)
        self._steer("hold", lambda client, id_: client.hold_call(id_, text), "held")
        return False

    def action_resume(self):
        """Go on with the party that waits."""
        self._steer(
            "resume", lambda client, id_: client.unhold_call(id_), control=False
        )
        return False

    def action_consult(self, operator_id):
        """Ring a colleague while the other party waits.

        :param int operator_id: an operator of the same account
        """
        leg_sudo = self._leg_to_steer("consult")
        colleague_sudo = self._colleagues(leg_sudo).filtered(
            lambda operator: operator.id == int(operator_id)
        )
        address = colleague_sudo._address_to_ring()
        if not address:
            raise UserError(self.env._("This colleague has no number to be rung at."))
        if not leg_sudo.control:
            self.action_hold()
        self._steer(
            "consult",
            lambda client, id_: client.make_call(id_, address),
            "consulting",
            colleague_sudo,
        )
        return False

    def action_connect(self):
        """Pass the other party on to the colleague; one's own part ends."""
        self._steer(
            "connect", lambda client, id_: client.transfer_talk(id_), control=False
        )
        return False

    def action_restore(self):
        """Leave the colleague, and go back to the other party."""
        self._steer(
            "restore", lambda client, id_: client.restore_talk(id_), control=False
        )
        return False

    @api.readonly
    def transfer_targets(self):
        """Return the colleagues to whom the call can be passed, by name.

        :return: list of dicts: ``id``, ``name``, ``extension``, ``busy``
        """
        leg_sudo = self._leg_to_steer("consult")
        colleagues_sudo = self._colleagues(leg_sudo)
        busy = colleagues_sudo._busy()
        return [
            {
                "id": operator.id,
                "name": operator.name,
                "extension": operator.extension or "",
                "busy": operator in busy,
            }
            for operator in colleagues_sudo
            if operator._address_to_ring()
        ]

    # ------------------------------------------------------------------ inside

    def _is_steerable(self):
        """Whether CallGear knows the call by a session that has not ended."""
        named = self.session_id and self.session_id != self.external_id
        return bool(named) and self.state != "ended"

    def _colleagues(self, leg_sudo):
        return leg_sudo.env["callgear.operator"].search(
            [
                ("connection_id", "=", leg_sudo.connection_id.id),
                ("id", "!=", leg_sudo.operator_id.id),
            ],
            order="name, id",
            limit=MAX_COLLEAGUES,
        )

    def _leg_to_steer(self, wish):
        """Return the user's own conversation in this call, if this can be done now.

        :raises UserError: it cannot; a foreign call's is refused as one not there
        """
        self.ensure_one()
        # sudo: callgear.leg - the user's own, or any for who sets CallGear up
        legs_sudo = self.sudo().exists().live_leg_ids.filtered("is_operator")
        legs_sudo = legs_sudo.filtered(lambda leg: leg.company_id in self.env.companies)
        own_sudo = legs_sudo.filtered(lambda leg: leg.user_id == self.env.user)
        if not own_sudo and self.env.user.has_group(ADMIN):
            own_sudo = legs_sudo
        for leg_sudo in own_sudo.sorted("id", reverse=True):
            if wish in leg_sudo._can():
                return leg_sudo
        if own_sudo.filtered(lambda leg: leg.state != "ended"):
            raise UserError(self.env._("This is not possible at this moment."))
        raise UserError(self.env._("The call is over, or it is not yours."))

    def _steer(self, wish, ask, control=None, colleague=None):
        """Ask CallGear for something, and note what has become of the conversation."""
        leg_sudo = self._leg_to_steer(wish)
        connection_sudo = leg_sudo.connection_id
        client = connection_sudo._call_api()
        session_id = leg_sudo.call_id.session_id
        end_transaction(self.env)
        try:
            ask(client, session_id)
        except ApiError as error:
            raise UserError(connection_sudo._explain(error)) from None
        if control is not None:
            note = partial(leg_sudo._steered, control, colleague)
            in_own_transaction(self.env, note)
