# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models

# Companies that were told in this transaction, in the data of its pre-commit hook.
TOLD = "callgear_integration.told"


class ResCompany(models.Model):
    _inherit = "res.company"

    def _callgear_tell(self, *channels):
        """Tell pages that list a company's calls that they have changed.

        Nothing is in the message: what each page shows, its user asks for himself.
        """
        told = self.env.cr.precommit.data.setdefault(TOLD, set())
        for company in self:
            for channel in channels:
                if (company.id, channel) not in told:
                    told.add((company.id, channel))
                    self.env["bus.bus"]._sendone((company, channel), channel, {})
