# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from ..domain.comparison import ANSWER, LEG, LENGTH, MISSING, NOT_ENDED, RECORDING


class CallgearDifference(models.Model):
    """A call of which the records and CallGear's report did not say the same."""

    _name = "callgear.difference"
    _inherit = "callgear.hidden.links"
    _description = "Difference from CallGear's Report"
    _order = "started_at desc, id desc"
    _rec_name = "session_id"

    comparison_id = fields.Many2one(
        "callgear.comparison",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="comparison_id.company_id")
    call_id = fields.Many2one(
        "callgear.call", readonly=True, ondelete="set null", index="btree_not_null"
    )
    session_id = fields.Char(string="Call Session", required=True, readonly=True)
    started_at = fields.Datetime(string="Started", required=True, readonly=True)
    phone = fields.Char(string="Number", readonly=True)
    kind = fields.Selection(
        [
            (MISSING, "The call was not known"),
            (NOT_ENDED, "Its end was not known"),
            (LEG, "A phone that rang was not known"),
            (ANSWER, "An answer was not known"),
            (RECORDING, "A recording was not known"),
            (LENGTH, "The conversation has another length"),
            ("unreported", "CallGear does not report the call"),
        ],
        string="Difference",
        required=True,
        readonly=True,
        help="The gravest one, if there are several.",
    )
    state = fields.Selection(
        [("completed", "Completed"), ("left", "Remains")],
        required=True,
        readonly=True,
        help="Completed: the call has been completed from the report. Remains: it has not.",
    )

    _session_uniq = models.Constraint(
        "UNIQUE (comparison_id, session_id)", "This record already exists."
    )

    @api.model
    def _note(self, comparison, session_id, **values):
        """Note the difference of a call, in place of an earlier one of the comparison.

        :param values: of the other fields
        """
        if not comparison.exists():
            return
        own = [("comparison_id", "=", comparison.id), ("session_id", "=", session_id)]
        known = self.search(own)
        if known:
            known.write(values)
        else:
            keys = {"comparison_id": comparison.id, "session_id": session_id}
            self.create({**values, **keys})
