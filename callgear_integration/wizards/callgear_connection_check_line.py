# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models

CHECKS = [
    ("address", "API addresses"),
    ("key", "API key"),
    ("ip", "Allowed servers"),
    ("account", "Account"),
    ("basic", "Call API Base"),
    ("call_management", "Call API Call management"),
    ("data_api", "Data API"),
    ("time_zone", "Time zone"),
    ("number", "Default virtual number"),
    ("webhook", "Address for notifications"),
    ("received", "Notifications received"),
    ("operators", "Operators"),
    ("places", "Teams, channels and stages"),
]
STATES = [
    ("ok", "In order"),
    ("warning", "Warning"),
    ("error", "Error"),
    ("skipped", "Not tested"),
]


class CallgearConnectionCheckLine(models.TransientModel):
    """The result of one check."""

    _name = "callgear.connection.check.line"
    _description = "Line of a Test of a CallGear Connection"
    _rec_name = "check"
    _order = "id"

    check_id = fields.Many2one(
        "callgear.connection.check",
        string="Test",
        required=True,
        ondelete="cascade",
        index=True,
    )
    check = fields.Selection(CHECKS, required=True)
    state = fields.Selection(STATES, required=True)
    found = fields.Char()
    advice = fields.Char(string="What to Do")
