# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The doors through which a request to CallGear has to get, one after the other."""

import ipaddress

from odoo import api, models

from ..callgear.brands import BRANDS
from .callgear_connection_check import Verdict


class CallgearConnectionCheck(models.TransientModel):
    _inherit = "callgear.connection.check"

    def _check_address(self, connection, facts):
        if not (connection.api_url and connection.data_api_url):
            return Verdict(
                "error",
                self.env._("An API address is missing."),
                self.env._("Under API, choose where the account was opened."),
            )
        return self._at_door("address", connection, facts) or Verdict(
            "ok", self.env._("Both addresses answer.")
        )

    def _check_key(self, connection, facts):
        if not connection.api_key:
            return Verdict(
                "error",
                self.env._("No API key has been entered."),
                self.env._(
                    "In CallGear, under Administrator → User management, make a key with "
                    "access to the Call API. Enter it here, under API."
                ),
            )
        return self._at_door("key", connection, facts) or Verdict(
            "ok", self.env._("CallGear accepts the key.")
        )

    def _check_ip(self, connection, facts):
        return self._at_door("ip", connection, facts) or Verdict(
            "ok", self.env._("CallGear lets this server in.")
        )

    def _check_account(self, connection, facts):
        return self._at_door("account", connection, facts) or Verdict(
            "ok", self.env._("The account is active.")
        )

    # ---------------------------------------------------------------- services

    def _check_call_management(self, connection, facts):
        answer = facts.calls
        if answer.value is None:
            return self._service_refused(answer, connection)
        count = len(answer.value)
        return Verdict(
            "ok",
            self.env._("Calls can be steered from Odoo. Going on now: %s.", count),
        )

    def _check_basic(self, connection, facts):
        answer = facts.release
        if answer.value is None and not answer.has_ended_nothing:
            return self._service_refused(answer, connection)
        return Verdict("ok", self.env._("Calls can be started from Odoo."))

    def _check_data_api(self, connection, facts):
        account = facts.account.value
        if account is None:
            return self._service_refused(facts.account, connection)
        return Verdict(
            "ok",
            self.env._(
                "Operators, numbers and past calls can be read. Account: %s.",
                account.name or account.app_id,
            ),
        )

    def _service_refused(self, answer, connection):
        if answer.error is None or answer.stopped_at not in (None, "service"):
            return self._not_reached()
        found = connection._explain(answer.error)
        if answer.stopped_at == "service":
            return Verdict(
                "error",
                found,
                self.env._(
                    "Switch the service on (every plan but the entry one has it), and "
                    "allow it to the key's user under Administrator → User management."
                ),
            )
        return Verdict("warning", found, self.env._("Test again in a minute."))

    # ------------------------------------------------------------------- doors

    def _at_door(self, door, connection, facts):
        """Return what to say if a request was stopped at a door; None if none was."""
        stopped = {
            name: answer.error
            for name, answer in facts.apis.items()
            if answer.stopped_at == door
        }
        if stopped:
            advise = getattr(self, f"_advise_{door}")
            return Verdict(
                "error",
                self._explain_stopped(connection, stopped),
                advise(connection, *stopped.values()),
            )
        if not any(answer.has_passed(door) for answer in facts.apis.values()):
            return self._not_reached()
        return None

    def _explain_stopped(self, connection, stopped):
        """Say what each of the APIs said, once if they agree."""
        words = {}
        for name, error in stopped.items():
            words.setdefault(connection._explain(error), []).append(name)
        return " ".join(f"{', '.join(names)}: {text}" for text, names in words.items())

    @api.model
    def _not_reached(self):
        return Verdict(
            "skipped", self.env._("Could not be tested yet: see the other lines.")
        )

    def _advise_address(self, connection, *_errors):
        return self.env._(
            "See under API whether the account was opened there (%s), and whether a "
            "firewall lets this server out.",
            self._where_else(connection),
        )

    def _advise_key(self, connection, *_errors):
        return self.env._(
            "If the key is right, see under API where the account was opened (%s).",
            self._where_else(connection),
        )

    def _advise_ip(self, connection, *errors):
        if seen := next(filter(None, map(_seen_address, errors)), None):
            return self.env._(
                "Allow the address %s there, from which CallGear sees this server come; "
                "or 0.0.0.0/0 if that changes.",
                seen,
            )
        return self.env._(
            "Allow the address of this server there, or 0.0.0.0/0 if that changes."
        )

    def _advise_account(self, connection, *_errors):
        return ""

    def _where_else(self, connection):
        """Name what is chosen, and what could be chosen instead."""
        others = [
            brand.label for name, brand in BRANDS.items() if name != connection.brand
        ]
        return self.env._(
            "now %(chosen)s; there are also %(others)s",
            chosen=(
                BRANDS[connection.brand].label
                if connection.brand
                else self.env._("addresses of your own")
            ),
            others=", ".join(others),
        )


def _seen_address(error):
    """Return the address from which CallGear saw the request come."""
    try:
        return str(ipaddress.ip_address(str(error.params.get("ip") or "")))
    except ValueError:
        return None
