# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from functools import partial

from odoo import models
from odoo.fields import Domain
from odoo.orm.domains import DomainAnd
from odoo.tools import OrderedSet

# A page of records, or what is read along with one.
MAX_FEW = 1000


class CallgearVisibility(models.AbstractModel):
    """Records that are as visible as what they belong to: a ticket, or a contact (R42).

    Rights to it come from its record rules, those of other addons included. A record rule
    of ours could not refer to them: rules are evaluated without rules. So they are asked
    here, once for each search or check.
    """

    _name = "callgear.visibility"
    _description = "Visible like what it Belongs to"

    # Names of the fields by which a few records are found without looking at all.
    _found_by = ("id",)

    def _visible_domain(self, among=None, is_page=False):
        """Return the domain of the records that the user may see, besides the rules.

        :param among: name of a field and values: no other records need be looked at
        :param bool is_page: the first ones that are visible are all that is asked for
        """
        raise NotImplementedError

    def _search(self, domain, offset=0, limit=None, order=None, **kwargs):
        if not (self.env.su or kwargs.get("bypass_access")):
            self.browse().check_access("read")
            domain = Domain(domain)
            domain &= self._visible_domain(self._limited_to(domain), bool(limit))
        return super()._search(domain, offset, limit, order, **kwargs)

    def _limited_to(self, domain):
        """Return a field and the few values that records of a domain have, or None."""
        parts = domain.children if isinstance(domain, DomainAnd) else [domain]
        for part in parts:
            name = getattr(part, "field_expr", None)
            if name not in self._found_by or part.operator not in ("in", "="):
                continue
            values = [part.value] if isinstance(part.value, int) else part.value
            is_list = isinstance(values, list | tuple | set | frozenset | OrderedSet)
            if is_list and 0 < len(values) <= MAX_FEW:
                return name, list(values)
        return None

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if self.env.su or not self._origin:
            return result
        forbidden = result[0] if result else self.browse()
        rest = self - forbidden
        domain = self._visible_domain(("id", rest._origin.ids))
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
