# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.tools import OrderedSet

from ..news import of_this_thread

# In the transaction's data, by Odoo: the channels that have news.
CHANNELS = "bus.bus.channels"


class BusBus(models.Model):
    _inherit = "bus.bus"

    def _ensure_hooks(self):
        """Have the work on notifications tell of its news by its own connection."""
        news = of_this_thread()
        postcommit = self.env.cr.postcommit
        if news and CHANNELS not in postcommit.data:
            postcommit.data[CHANNELS] = OrderedSet()
            postcommit.add(lambda: news.tell(postcommit.data.pop(CHANNELS)))
        return super()._ensure_hooks()
