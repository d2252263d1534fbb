# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from ..client_input import for_clients

# More than an administrator will mend by hand.
MAX_ROWS = 10000
MAX_TEXT = 256


class CallgearUnreadNumber(models.Model):
    """What stands in a contact's phone field and cannot be read with certainty (R41).

    Kept together with the partner phones, for the administrator to mend.
    """

    _name = "callgear.unread.number"
    _description = "Phone Number That Cannot Be Read"
    _order = "partner_id, id"
    _inherit = ["callgear.hidden.links", "callgear.visibility"]
    _rec_name = "text"

    partner_id = fields.Many2one(
        "res.partner",
        string="Contact",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    country_id = fields.Many2one(related="partner_id.country_id")
    field_id = fields.Many2one(
        "ir.model.fields",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    text = fields.Char(string="As Written", required=True, readonly=True)

    @api.model
    def _visible_domain(self, among=None, is_page=False):
        """Return the domain of the rows of contacts that the user may read."""
        return self.env["callgear.partner.phone"]._visible_domain()

    @api.model
    def _keep(self, partners, texts):
        """Make the rows of contacts those of the texts that cannot be read.

        :param partners: all ``res.partner`` records that were looked at
        :param dict texts: (id of the contact, name of the field) → text
        """
        get_field = self.env["ir.model.fields"]._get
        wanted = {
            (partner_id, get_field("res.partner", name).id): text.strip()[:MAX_TEXT]
            for (partner_id, name), text in texts.items()
            if text.strip()
        }
        gone = self.browse()
        for row in self.search([("partner_id", "in", partners.ids)], order="id"):
            if wanted.get((row.partner_id.id, row.field_id.id)) == row.text:
                del wanted[row.partner_id.id, row.field_id.id]
            else:
                gone |= row
        gone.unlink()
        if not wanted:
            return
        room = MAX_ROWS - self.search_count([], limit=MAX_ROWS)
        self.create(
            [
                {"partner_id": partner_id, "field_id": field_id, "text": text}
                for (partner_id, field_id), text in sorted(wanted.items())[
                    : max(room, 0)
                ]
            ]
        )

    @for_clients(one=True)
    def action_contact(self):
        """Open the contact, to mend the number."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "views": [(False, "form")],
        }
