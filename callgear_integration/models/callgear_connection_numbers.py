# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.exceptions import UserError

from ..callgear.errors import ApiError


class CallgearConnection(models.Model):
    """Takes the account's own numbers over from CallGear."""

    _inherit = "callgear.connection"

    def action_fetch_numbers(self):
        """List the numbers that are missing here, and say what has changed."""
        self.ensure_one()
        self.check_access("write")
        try:
            numbers = self._data_api().virtual_numbers()
        except ApiError as error:
            raise UserError(self._explain(error)) from error
        return self._tell_numbers(*self._take_numbers(numbers))

    def _account_numbers(self, numbers):
        """Return the numbers CallGear told of as E.164 → its name for it, if it has one.

        What is no phone number is left out: no call could name it.
        """
        names = {}
        for number in numbers:
            if e164 := self._to_e164(number.phone):
                names[e164] = names.get(e164) or number.name
        return names

    def _take_numbers(self, numbers):
        """Add those missing; what is listed already keeps the name it has here.

        :return: numbers added, numbers that CallGear no longer has
        """
        names = self._account_numbers(numbers)
        known = set(self.number_ids.mapped("number"))
        added = self.number_ids.create(
            [
                {"connection_id": self.id, "number": number, "name": name or number}
                for number, name in names.items()
                if number not in known
            ]
        )
        gone = self.number_ids.filtered(lambda line: line.number not in names)
        return added, gone

    def _tell_numbers(self, added, gone):
        words = []
        if added:
            words.append(self.env._("Added: %s.", self._number_names(added)))
        else:
            words.append(self.env._("All numbers of the account are listed already."))
        if gone:
            words.append(
                self.env._(
                    "CallGear no longer has: %s. Remove them here if they are not "
                    "coming back.",
                    self._number_names(gone),
                )
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Virtual Numbers"),
                "message": " ".join(words),
                "type": "warning" if gone else "success",
                "sticky": bool(gone),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _number_names(self, numbers, limit=10):
        """Name some numbers in a sentence, and say how many more there are."""
        names = [
            line.name if line.name == line.number else f"{line.name} ({line.number})"
            for line in numbers[:limit]
        ]
        if len(numbers) > limit:
            names.append(self.env._("%s more", len(numbers) - limit))
        return ", ".join(names)
