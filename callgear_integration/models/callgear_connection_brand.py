# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from ..callgear.brands import BRANDS, brand_of


class CallgearConnection(models.Model):
    """One choice that fills in both API addresses; they stay free to edit."""

    _inherit = "callgear.connection"

    brand = fields.Selection(
        [(name, brand.label) for name, brand in BRANDS.items()],
        string="Account With",
        compute="_compute_brand",
        inverse="_inverse_brand",
        help="Where the account was opened: an API key works with this brand only. "
        "Empty if the addresses are others.",
    )

    @api.depends("api_url", "data_api_url")
    def _compute_brand(self):
        for connection in self:
            connection.brand = brand_of(connection.api_url, connection.data_api_url)

    @api.onchange("brand")
    def _inverse_brand(self):
        for connection in self.filtered("brand"):
            brand = BRANDS[connection.brand]
            connection.api_url = brand.call_api
            connection.data_api_url = brand.data_api
