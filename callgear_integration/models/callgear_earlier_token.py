# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import consteq

from .. import clock
from ..client_input import for_clients
from ..tools import log_mask
from .callgear_connection import ADMIN


class CallgearEarlierToken(models.Model):
    """A token that has been replaced: addresses with it still work for some time."""

    _name = "callgear.earlier.token"
    _inherit = "callgear.hidden.links"
    _description = "Earlier Token of a CallGear Connection"
    _order = "until desc, id desc"
    _rec_name = "until"

    connection_id = fields.Many2one(
        "callgear.connection", required=True, ondelete="cascade", index=True
    )
    token_hash = fields.Char(
        required=True, groups=ADMIN, exportable=False, index=True, readonly=True
    )
    until = fields.Datetime(string="Works Until", required=True, readonly=True)

    @api.model
    def _find_connection(self, digest):
        """Return the active connection that had a token, while it still works; or none.

        :param str digest: hash of the token
        """
        found = self.search_fetch(
            [
                ("token_hash", "=", digest),
                ("until", ">", clock.now(self.env)),
                ("connection_id.active", "=", True),
            ],
            ["token_hash", "connection_id"],
            limit=1,
        )
        if found and consteq(found.token_hash, digest):
            log_mask.learn_digests([digest])
            return found.connection_id
        return found.connection_id.browse()

    def unlink(self):
        """Forget the token at once, also if it is still kept as the present one."""
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    @for_clients()
    def action_revoke(self):
        """End the grace period of these addresses at once."""
        self.check_access("unlink")
        for connection in self.connection_id:
            text = self.env._("Earlier addresses for notifications were revoked.")
            connection._message_log(body=text)
        self.unlink()

    @api.autovacuum
    def _gc_expired(self):
        self.search([("until", "<=", clock.now(self.env))]).unlink()
