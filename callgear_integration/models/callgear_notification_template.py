# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from ..callgear.templates import body_text
from .callgear_connection import ADMIN

EVENT_SELECTION = [
    ("handset", "Call accepted"),
    ("endleg", "Call leg finished"),
    ("end", "Call finished"),
    ("recording", "Call recording completed"),
    ("legout", "Outgoing leg"),
    ("callout", "Outbound call"),
]


class CallgearNotificationTemplate(models.Model):
    """A notification template: address and body to enter in CallGear for one kind."""

    _name = "callgear.notification.template"
    _inherit = "callgear.hidden.links"
    _description = "CallGear Notification Template"
    _order = "connection_id, id"
    _rec_name = "event"

    connection_id = fields.Many2one(
        "callgear.connection", required=True, ondelete="cascade", index=True
    )
    event = fields.Selection(EVENT_SELECTION, string="Notification Type", required=True)
    url = fields.Char(
        string="URL", compute="_compute_url", groups=ADMIN, exportable=False
    )
    body = fields.Text(compute="_compute_body")
    last_received_at = fields.Datetime(compute="_compute_last_received_at")

    _connection_event_uniq = models.Constraint(
        "UNIQUE (connection_id, event)", "Each notification is set up once."
    )

    @api.depends("connection_id.token", "event")
    def _compute_url(self):
        for template in self:
            base = template.connection_id.webhook_url
            template.url = base and f"{base}/{template.event}"

    def _read_format(self, fnames, load="_classic_read"):
        rows = super()._read_format(fnames, load)
        if "url" in fnames:
            self.connection_id._note_shown()
        return rows

    @api.depends("event")
    def _compute_body(self):
        for template in self:
            template.body = template.event and body_text(template.event)

    def _compute_last_received_at(self):
        # sudo: callgear.event - only the time is shown
        Event = self.env["callgear.event"].sudo()
        for template in self:
            domain = [
                ("connection_id", "=", template.connection_id.id),
                ("event", "=", template.event),
                ("from_api", "=", False),
                # A body that could not be read is a mistake, not a notification.
                ("session_id", "!=", False),
            ]
            last = Event.search(domain, order="received_at desc", limit=1)
            template.last_received_at = last.received_at
