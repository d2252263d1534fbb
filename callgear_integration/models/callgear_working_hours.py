# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class CallgearWorkingHours(models.Model):
    """A span of a weekday in which somebody is there to take calls."""

    _name = "callgear.working.hours"
    _description = "CallGear Working Hours"
    _order = "weekday, hour_from"

    connection_id = fields.Many2one(
        "callgear.connection", required=True, ondelete="cascade", index=True
    )
    weekday = fields.Selection(
        [
            ("0", "Monday"),
            ("1", "Tuesday"),
            ("2", "Wednesday"),
            ("3", "Thursday"),
            ("4", "Friday"),
            ("5", "Saturday"),
            ("6", "Sunday"),
        ],
        required=True,
        default="0",
    )
    hour_from = fields.Float(string="From", required=True, default=9)
    hour_to = fields.Float(string="To", required=True, default=18)

    _hours_valid = models.Constraint(
        "CHECK (hour_from >= 0 AND hour_to <= 24 AND hour_from < hour_to)",
        "Working hours lie between 0:00 and 24:00 and end after they begin.",
    )

    def _covers(self, local):
        """Whether a local time lies within these hours."""
        self.ensure_one()
        hour = local.hour + local.minute / 60 + local.second / 3600
        return int(self.weekday) == local.weekday() and (
            self.hour_from <= hour < self.hour_to
        )
