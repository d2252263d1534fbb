# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class CallgearDeletedStage(models.Model):
    """A closed stage that is gone: what was moved into it was closed, and stays so (M8).

    Tracked changes of tickets name their stages by id, and no id is given twice.
    """

    _name = "callgear.deleted.stage"
    _inherit = "callgear.hidden.links"
    _description = "Closed Stage That Was Deleted"
    _log_access = False
    _rec_name = "former_id"

    former_id = fields.Integer(
        string="Former ID",
        required=True,
        readonly=True,
        aggregator=None,
        export_string_translation=False,
    )
    company_id = fields.Many2one(
        "res.company",
        ondelete="cascade",
        readonly=True,
        export_string_translation=False,
    )
