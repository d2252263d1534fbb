# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Whether CallGear's notifications can arrive, as far as that can be told from here."""

from odoo import models

from .callgear_connection_check import Verdict
from .connection_probe import is_public

# What Odoo says to a GET: the address is right, the method is not.
RIGHT = 405


class CallgearConnectionCheck(models.TransientModel):
    _inherit = "callgear.connection.check"

    def _check_webhook(self, connection, facts):
        url = connection.webhook_url
        if not url:
            return Verdict(
                "error",
                self.env._("The connection has no addresses for notifications."),
                self.env._("On the set-up page, press Make New Addresses."),
            )
        base = connection.get_base_url()
        if not is_public(base):
            return Verdict(
                "warning",
                self.env._("%s is an address that only this network knows.", base),
                self.env._(
                    "CallGear has to reach this server from the internet: set the system "
                    "parameter web.base.url to its public address."
                ),
            )
        if facts.webhook != RIGHT:
            return self._webhook_silent(base, facts.webhook)
        if not base.startswith("https://"):
            return Verdict(
                "warning",
                self.env._("%s is not encrypted.", base),
                self.env._(
                    "Serve Odoo by HTTPS and set the system parameter web.base.url to "
                    "that address: notifications carry names and numbers."
                ),
            )
        return Verdict("ok", self.env._("%s answers as it should.", base))

    def _webhook_silent(self, base, answer):
        """Our own address does not answer, at least not us: CallGear may fare better."""
        if answer == "certificate":
            found = self.env._("The certificate of %s is not valid.", base)
            advice = self.env._("CallGear may refuse it: renew the certificate.")
        elif answer == "timeout":
            found = self.env._("%s did not answer within five seconds.", base)
            advice = self.env._(
                "If this server cannot reach itself by its public address, that is in "
                "order. Otherwise see to the proxy in front of Odoo."
            )
        elif answer == "unreachable":
            found = self.env._("This server cannot reach %s.", base)
            advice = self.env._(
                "If it cannot reach itself by its public address, that is in order. "
                "Otherwise see whether the system parameter web.base.url is right."
            )
        elif answer == 404:
            found = self.env._(
                "%s answers, but knows nothing of the notifications.", base
            )
            advice = self.env._(
                "If Odoo serves several databases, set its option dbfilter, so that it "
                "knows which one is meant. Otherwise another server answers there."
            )
        else:
            found = self.env._(
                "%(address)s answers with status %(status)s instead of 405.",
                address=base,
                status=answer,
            )
            advice = self.env._(
                "Something in front of Odoo answers in its place: let requests to "
                "/callgear/ through."
            )
        return Verdict("warning", found, advice)

    def _check_received(self, connection, facts):
        missing = connection.webhook_ids.filtered(
            lambda webhook: not webhook.last_received_at
        )
        if not missing:
            return Verdict("ok", self.env._("All six have been received."))
        labels = dict(missing._fields["event"]._description_selection(self.env))
        return Verdict(
            "warning",
            self.env._(
                "Never received: %s.",
                ", ".join(labels[event] for event in missing.mapped("event")),
            ),
            self.env._(
                "Set them up in CallGear as the set-up page says, and make a call. Some "
                "come only with calls from Odoo, or with recordings."
            ),
        )
