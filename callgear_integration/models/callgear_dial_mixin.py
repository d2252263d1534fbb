# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.exceptions import UserError

from ..client_input import for_clients


class CallgearDialMixin(models.AbstractModel):
    """Records that can be called: contacts and tickets."""

    _name = "callgear.dial.mixin"
    _description = "Can Be Called"

    @for_clients(one=True)
    def callgear_numbers(self):
        """Return the numbers to call, the most suitable first.

        :return: list of dicts: ``phone`` (E.164), ``label`` (name of the field it comes
            from), ``name`` (of the contact)
        """
        return []

    def _callgear_parties(self):
        """Return the contact to call, and the ticket that the call is for.

        :return: one ``res.partner`` or an empty recordset, the same for
            ``helpdesk.ticket``
        """
        raise NotImplementedError

    def _callgear_usual_numbers(self):
        """Return the numbers that are called without asking: dict, record → E.164.

        Records of which none is known are left out. The number of queries does not depend
        on the number of records.
        """
        raise NotImplementedError

    @for_clients(one=True)
    def action_callgear_call(self, phone=None):
        """Call from Odoo: the agent's phone rings first, then the other party's.

        :param str phone: the number to call; None: the usual one, or the user chooses
        :return: False, or the action to choose a number
        :raises UserError: no call can be made; its text says why
        :raises AccessError: the user may not read the record
        """
        self.ensure_one()
        self.check_access("read")
        if not phone:
            phone = self._callgear_usual_numbers().get(self)
        if not phone:
            numbers = self.callgear_numbers()
            if not numbers:
                raise UserError(self.env._("There is no phone number to call."))
            return self._action_callgear_choose(numbers)
        partner, ticket = self._callgear_parties()
        return self.env["callgear.dialer"]._dial(phone, partner, ticket)

    def _action_callgear_choose(self, numbers):
        choice = self.env["callgear.dial.choice"]._create_for(self, numbers)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Which number?"),
            "res_model": choice._name,
            "res_id": choice.id,
            "views": [(False, "form")],
            "target": "new",
        }
