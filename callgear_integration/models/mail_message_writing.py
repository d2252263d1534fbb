# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class MailMessage(models.Model):
    _inherit = "mail.message"

    callgear_writing_seconds = fields.Integer(
        string="Written For (s)",
        readonly=True,
        help="Seconds from the first key that the author pressed to the sending.",
    )

    # The statistics ask by period, and then for all that stands in the same tickets.
    # The columns besides let them do so without reading texts.
    _callgear_date_idx = models.Index(
        "(date) INCLUDE (id, res_id, author_id, message_type, subtype_id, is_internal, "
        "callgear_writing_seconds) "
        "WHERE model = 'helpdesk.ticket'"
    )
    _callgear_talk_idx = models.Index(
        "(res_id, date, id) INCLUDE (author_id, subtype_id, is_internal) "
        "WHERE model = 'helpdesk.ticket' "
        "AND message_type IN ('comment', 'email', 'email_outgoing')"
    )
