# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models


class CallgearDayTime(models.AbstractModel):
    """Hour and weekday of a record's start, to group by.

    They are in the time zone of the CallGear account, so they are the same for all users.
    The web client cannot group a datetime by them.
    """

    _name = "callgear.day.time"
    _description = "Hour and Weekday of a Call"

    started_hour = fields.Char(
        string="Hour",
        compute="_compute_day_time",
        store=True,
        precompute=True,
        help="Hour of the start, in the time zone of the CallGear account.",
    )
    started_weekday = fields.Selection(
        [
            ("1", "Monday"),
            ("2", "Tuesday"),
            ("3", "Wednesday"),
            ("4", "Thursday"),
            ("5", "Friday"),
            ("6", "Saturday"),
            ("7", "Sunday"),
        ],
        string="Weekday",
        compute="_compute_day_time",
        store=True,
        precompute=True,
    )

    @api.depends("started_at")
    def _compute_day_time(self):
        for record in self:
            if not record.started_at:
                record.started_hour = record.started_weekday = False
                continue
            # sudo: callgear.connection - its time zone is no secret
            local = record.connection_id.sudo()._to_local(record.started_at)
            record.started_hour = f"{local:%H}:00"
            record.started_weekday = str(local.isoweekday())
