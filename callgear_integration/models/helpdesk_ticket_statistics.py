# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the statistics need to know of a ticket and its messages."""

from odoo import api, fields, models
from odoo.tools.sql import column_exists, create_column

DAY = 24 * 60 * 60


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    # Tracking notes changes only: where a ticket began is not among them.
    callgear_made_closed = fields.Boolean(
        compute="_compute_callgear_made_closed",
        store=True,
        precompute=True,
        readonly=True,
        copy=False,
        help="The ticket was made in a closed stage.",
    )

    _callgear_created_idx = models.Index("(create_date)")
    _callgear_closed_idx = models.Index("(closed_date) WHERE closed_date IS NOT NULL")

    def _auto_init(self):
        """Learn it of the tickets that are there, in one statement."""
        cr = self.env.cr
        known = column_exists(cr, self._table, "callgear_made_closed")
        if not known:
            create_column(cr, self._table, "callgear_made_closed", "boolean")
        result = super()._auto_init()
        if not known:
            self._learn_made_closed()
        return result

    def _learn_made_closed(self):
        """A ticket began where its first change of stage came from."""
        self.env.cr.execute(
            """
            WITH first AS (
                SELECT DISTINCT ON (message.res_id)
                    message.res_id, value.old_value_integer AS stage_id
                FROM mail_message message
                JOIN mail_tracking_value value ON value.mail_message_id = message.id
                JOIN ir_model_fields field ON field.id = value.field_id
                WHERE message.model = 'helpdesk.ticket'
                    AND field.model = 'helpdesk.ticket' AND field.name = 'stage_id'
                ORDER BY message.res_id, message.date, message.id
            )
            UPDATE helpdesk_ticket ticket SET callgear_made_closed = TRUE
            FROM helpdesk_ticket same
            LEFT JOIN first ON first.res_id = same.id
            JOIN helpdesk_ticket_stage stage
                ON stage.id = COALESCE(first.stage_id, same.stage_id)
            WHERE same.id = ticket.id AND stage.closed
                AND (first.res_id IS NOT NULL OR same.closed_date IS NULL)
            """
        )

    @api.depends()
    def _compute_callgear_made_closed(self):
        for ticket in self:
            ticket.callgear_made_closed = ticket.stage_id.closed

    # ------------------------------------------------- how long a reply took

    def _get_allowed_message_params(self):
        params = super()._get_allowed_message_params()
        if self.env.user._is_internal():
            params = params | {"callgear_writing_seconds"}
        return params

    def _get_message_create_valid_field_names(self):
        names = super()._get_message_create_valid_field_names()
        return names | {"callgear_writing_seconds"}

    def message_post(self, **kwargs):
        if "callgear_writing_seconds" in kwargs:
            seconds = _bounded(kwargs["callgear_writing_seconds"])
            if not self.env.user._is_internal():
                seconds = 0
            kwargs["callgear_writing_seconds"] = seconds
        return super().message_post(**kwargs)

    def _message_update_content(
        self, message, /, *, callgear_writing_seconds=None, **kwargs
    ):
        """Whoever mends a reply has written it before."""
        return super()._message_update_content(message, **kwargs)


def _bounded(value):
    """What a page sends may be anything."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return 0
    if not 0 <= value <= DAY:  # also what is not a number
        return 0
    return int(value)
