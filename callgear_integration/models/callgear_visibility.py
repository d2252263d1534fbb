# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from functools import partial

from odoo import models
from odoo.fields import Domain


class CallgearVisibility(models.AbstractModel):
    """Records that are as visible as what they belong to: a ticket, or a contact (R42).

    Rights to it come from its record rules, those of other addons included. A record rule
    of ours could not refer to them: rules are evaluated without rules. So they are asked
    here, once for each search or check.
    """

    _name = "callgear.visibility"
    _description = "Visible like what it Belongs to"

    def _visible_domain(self):
        """Return the domain of the records that the user may see, besides the rules."""
        raise NotImplementedError

    def _search(self, domain, *args, **kwargs):
        if not (self.env.su or kwargs.get("bypass_access")):
            self.browse().check_access("read")
            domain = Domain(domain) & self._visible_domain()
        return super()._search(domain, *args, **kwargs)

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if self.env.su or not self._origin:
            return result
        forbidden = result[0] if result else self.browse()
        rest = self - forbidden
        domain = self._visible_domain()
        if not rest or domain.is_true():
            return result
        # sudo: the record rules have been checked above
        known = Domain("id", "in", rest._origin.ids)
        visible = set(rest.sudo().search(known & domain)._ids)
        forbidden |= rest.filtered(
            lambda r: r._origin.id and r._origin.id not in visible
        )
        if not forbidden:
            return None
        make_error = self.env["ir.rule"]._make_access_error
        return forbidden, partial(make_error, operation, forbidden)
