# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models


class Base(models.AbstractModel):
    _inherit = "base"

    @api.model_create_multi
    def create(self, vals_list):
        """Cancel messages to customers that others make because of a call (R43).

        Here, because nobody knows the models of others: SMS, letters, messengers. The
        state is set before their own code goes on with what has been created.
        """
        records = super().create(vals_list)
        if "state" in self._fields:
            silence = self.env["callgear.silence"]
            if silence._is_possible():
                silence._cancel_messages(records)
        return records

    def write(self, vals):
        """Do the same for those that are prepared first, and wait to be sent then."""
        result = super().write(vals)
        if "state" in vals:
            silence = self.env["callgear.silence"]
            if silence._is_possible():
                silence._cancel_messages(self)
        return result
