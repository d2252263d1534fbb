# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models

# Companies that were told in this transaction, in the data of its pre-commit hook.
TOLD = "callgear_integration.told"


class ResCompany(models.Model):
    _inherit = "res.company"

    def _callgear_tell(self, *channels):
        """Tell pages that list companies' calls that the lists have changed.

        The message is empty: each page then asks for what its user may see. Each channel
        of a company is told once in a transaction.

        :param channels: of ``ir_websocket``: ``BOARD``, ``CALL_BACK``
        """
        told = self.env.cr.precommit.data.setdefault(TOLD, set())
        for company in self:
            for channel in channels:
                if (company.id, channel) not in told:
                    told.add((company.id, channel))
                    self.env["bus.bus"]._sendone((company, channel), channel, {})
