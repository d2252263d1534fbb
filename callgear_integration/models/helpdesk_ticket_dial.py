# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Calling the contact of a ticket."""

from odoo import api, models


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    @api.readonly
    def callgear_numbers(self):
        """The number of the ticket's last call, then the contact's; see the mixin."""
        self.ensure_one()
        partner = self.partner_id._filtered_access("read")
        numbers = partner.callgear_numbers() if partner else []
        used = self._callgear_last_phone()
        if not used:
            return numbers
        known = [number for number in numbers if number["phone"] == used]
        label, name = self.env._("Last call"), self.partner_name or ""
        first = known or [{"phone": used, "label": label, "name": name}]
        return first + [number for number in numbers if number["phone"] != used]

    def _callgear_parties(self):
        return self.partner_id, self

    def _callgear_usual_number(self, numbers):
        """He is called back at the number that he has called from."""
        used = self._callgear_last_phone()
        return used or super()._callgear_usual_number(numbers)

    def _callgear_last_phone(self):
        # sudo: callgear.leg - the ticket may be read, and so may the numbers in it
        leg_sudo = self.env["callgear.leg"].sudo()
        leg_sudo = leg_sudo.search(
            [("ticket_id", "=", self.id), ("call_id.phone", "!=", False)],
            order="started_at desc, id desc",
            limit=1,
        )
        return leg_sudo.call_id.phone
