# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.tools import SQL

# More records than these are put in order by the database.
MAX_RANKED = 1000


class CallgearQuickGroups(models.AbstractModel):
    """Records by the million, in groups by a few agents, teams or channels.

    Odoo orders groups by name, for which it joins the name to each record before they are
    grouped, and PostgreSQL sorts them all. Here the few names are ordered first.
    """

    _name = "callgear.quick.groups"
    _description = "Quickly Grouped by Agent, Team and Channel"
    # Names of the fields that lead to few records.
    _ranked = frozenset()

    @api.model
    def _read_group_orderby(self, order, groupby_terms, query):
        if not order:
            return super()._read_group_orderby(order, groupby_terms, query)
        parts = []
        for part in order.split(","):
            name, _space, direction = part.strip().partition(" ")
            ids = self._ranked_ids(name) if name in groupby_terms else None
            if ids and direction.upper() in ("", "ASC", "DESC"):
                rank = SQL("array_position(%s, %s)", list(ids), groupby_terms[name])
                parts.append(SQL("%s %s", rank, SQL(direction.upper() or "ASC")))
            elif sql := super()._read_group_orderby(part, groupby_terms, query):
                parts.append(sql)
        return SQL(", ").join(parts)

    @api.model
    def _ranked_ids(self, name):
        """Return the ids to which a field leads, in their order; none if they are many."""
        if name not in self._ranked:
            return ()
        # sudo: which of them are shown depends on the records that are grouped
        Model = self.env[self._fields[name].comodel_name].sudo()
        domain = [("share", "=", False)] if Model._name == "res.users" else []
        found = Model.with_context(active_test=False).search(
            domain, limit=MAX_RANKED + 1
        )
        return found.ids if len(found) <= MAX_RANKED else ()
