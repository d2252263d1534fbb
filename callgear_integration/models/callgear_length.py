# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.tools import SQL


class CallgearLength(models.AbstractModel):
    """Records with lengths in seconds, which are not known if an end was never told.

    The inheriting model has the field ``length_unknown``.
    """

    _name = "callgear.length"
    _description = "Has Lengths That May Be Unknown"
    # Names of the fields with lengths.
    _lengths = frozenset()

    def _known_sql(self, name, query):
        """Return the SQL condition that the length in a field is known."""
        unknown = self._field_to_sql(self._table, "length_unknown", query)
        return SQL("%s IS NOT TRUE", unknown)

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        """Leave unknown lengths out, so that they do not count as 0 seconds.

        What is known of a longer length is summed up; where nothing is known, there is no
        sum, rather than 0.
        """
        select = super()._read_group_select(aggregate_spec, query)
        name, _slash, function = aggregate_spec.partition(":")
        if name not in self._lengths or function not in ("avg", "sum", "min", "max"):
            return select
        known = self._known_sql(name, query)
        if function != "avg":
            seconds = self._field_to_sql(self._table, name, query)
            known = SQL("%s OR %s > 0", known, seconds)
        return SQL("%s FILTER (WHERE %s)", select, known)
