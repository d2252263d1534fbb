# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Whether the connection agrees with the account; what can be taken over, is."""

from odoo import models

from .callgear_connection_check import Verdict

NAMED = 5


class CallgearConnectionCheck(models.TransientModel):
    _inherit = "callgear.connection.check"

    def _check_time_zone(self, connection, facts):
        if facts.account.value is None:
            return self._not_reached()
        zone = facts.account.value.timezone
        if zone == connection.tz:
            return Verdict("ok", self.env._("CallGear's times are those of %s.", zone))
        if zone not in connection._fields["tz"].get_values(self.env):
            return Verdict(
                "warning",
                self.env._("CallGear names a time zone that Odoo does not know."),
                self.env._("Choose the account's time zone yourself."),
            )
        before, connection.tz = connection.tz, zone
        return Verdict(
            "ok",
            self.env._(
                "CallGear's times are those of %(zone)s: taken over, it was %(before)s.",
                zone=zone,
                before=before,
            ),
        )

    def _check_number(self, connection, facts):
        answer = facts.numbers
        if answer.value is None:
            if answer.error is None:
                return self._not_reached()
            return Verdict("warning", connection._explain(answer.error))
        names = connection._account_numbers(answer.value)
        chosen = connection._to_e164(connection.virtual_phone)
        if chosen in names:
            return Verdict("ok", self.env._("%s belongs to the account.", chosen))
        listed = ", ".join(list(names)[:NAMED])
        if chosen:
            return Verdict(
                "error",
                self.env._("%s does not belong to the account.", chosen),
                self._choose(listed),
            )
        if len(names) == 1:
            connection.virtual_phone = listed
            return Verdict(
                "ok",
                self.env._("The account's only number was taken over: %s.", listed),
            )
        if names:
            return Verdict(
                "warning",
                self.env._("None is chosen: calls cannot be started from Odoo."),
                self._choose(listed),
            )
        return Verdict(
            "warning",
            self.env._("The account has no virtual number."),
            self.env._("Order one in CallGear, or ask its support."),
        )

    def _choose(self, listed):
        return self.env._(
            "Choose one of the account's numbers as the default virtual number: %s.",
            listed or "—",
        )

    def _check_operators(self, connection, facts):
        operators = connection.operator_ids
        if not operators:
            return Verdict(
                "warning",
                self.env._("No operator is listed yet: all calls are ignored."),
                self.env._("Under Operators, press Fetch from CallGear."),
            )
        idle = operators.filtered(lambda operator: not operator._agent())
        if not idle:
            return Verdict("ok", self.env._("All operators have an agent."))
        names = ", ".join(idle[:NAMED].mapped("name"))
        if len(idle) > NAMED:
            names = self.env._(
                "%(names)s and %(count)s more", names=names, count=len(idle) - NAMED
            )
        return Verdict(
            "warning",
            self.env._("Without an agent: %s.", names),
            self.env._(
                "Calls that reach only them are ignored. If that is not meant, choose "
                "their users under Operators."
            ),
        )
