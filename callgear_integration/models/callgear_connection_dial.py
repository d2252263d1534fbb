# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a call from Odoo is made with: whom to ring, which number to show, what to say."""

from urllib.parse import urlsplit

from odoo import models
from odoo.exceptions import UserError

from ..tools import phone_number


class CallgearConnection(models.Model):
    _inherit = "callgear.connection"

    def _number_to_dial(self, text, contact):
        """Return the number that somebody wrote, in E.164.

        :param contact: whose it is, for the country of a national number; may be none
        :raises UserError: it is none that can be called
        """
        # sudo: res.partner - only the country by which his number is read
        countries = (contact.sudo().country_id | self.country_id).mapped("code")
        text = text if isinstance(text, str) else ""
        numbers = phone_number.all_e164(text, *countries)
        if not numbers:
            shown = text[:64].strip()
            if not shown:
                raise UserError(self.env._("There is no phone number to call."))
            raise UserError(self.env._("%s is not a number that can be called.", shown))
        return numbers[0]

    def _number_to_show(self, ticket):
        """Return the account's number that the contact sees: the one he has called.

        :raises UserError: the connection has none
        """
        # sudo: callgear.leg - the ticket's own calls
        legs_sudo = self.env["callgear.leg"].sudo()
        used = [
            ("ticket_id", "=", ticket.id),
            ("call_id.virtual_number_id.connection_id", "=", self.id),
        ]
        last_sudo = ticket and legs_sudo.search(
            used, order="started_at desc, id desc", limit=1
        )
        own = last_sudo and last_sudo.call_id.virtual_number_id.number
        number = own or self._to_e164(self.virtual_phone)
        if not number:
            raise UserError(
                self.env._(
                    "The CallGear connection %s has no default virtual number to call "
                    "from.",
                    self.name,
                )
            )
        return number

    def _hold_text(self, call):
        """What the other party hears when he is asked to wait."""
        return call._in_language().env._("One moment, please.")

    def _media_address(self):
        """Where recordings are that a report names by their ids only."""
        parts = urlsplit(self.data_api_url or "")
        host = parts.netloc
        if host.startswith("dataapi"):
            host = "app." + host.partition(".")[2]
        return f"{parts.scheme}://{host}"
