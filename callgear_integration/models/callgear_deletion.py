# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

COUNTS = ("recording_count", "summary_count", "notification_count", "call_count")


class CallgearDeletion(models.Model):
    """That personal data was deleted: by whom, when and why, without the data (R51).

    What has been kept for long enough makes one row a day for each connection; what a
    person erases makes one each time.
    """

    _name = "callgear.deletion"
    _description = "Deletion of Personal Data"
    _order = "date desc, id desc"
    _rec_name = "date"

    date = fields.Datetime(
        string="When", required=True, readonly=True, default=fields.Datetime.now
    )
    reason = fields.Selection(
        [("expired", "Kept for long enough"), ("person", "At request")],
        required=True,
        readonly=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Who",
        ondelete="set null",
        readonly=True,
        help="Empty: the nightly job.",
    )
    note = fields.Char(string="Why", readonly=True, help="In the words of that person.")
    connection_id = fields.Many2one(
        "callgear.connection",
        ondelete="set null",
        readonly=True,
        index="btree_not_null",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Contact",
        ondelete="set null",
        readonly=True,
        index="btree_not_null",
        help="Whose data was erased, as long as the contact exists.",
    )
    with_kept = fields.Boolean(
        string="Exempt Ones as Well",
        readonly=True,
        help="What was marked to be kept was erased, too.",
    )
    recording_count = fields.Integer(string="Recordings", readonly=True)
    summary_count = fields.Integer(string="Summaries", readonly=True)
    notification_count = fields.Integer(string="Notifications", readonly=True)
    call_count = fields.Integer(string="Calls without Number", readonly=True)
    call_ids = fields.One2many("callgear.call", "erasure_id", readonly=True)

    _expired_idx = models.Index("(connection_id, date) WHERE reason = 'expired'")

    @api.model
    def _today(self, connection):
        """Return the row of what has been kept for long enough, of this day."""
        day = fields.Datetime.start_of(fields.Datetime.now(), "day")
        domain = [
            ("reason", "=", "expired"),
            ("connection_id", "=", connection.id),
            ("date", ">=", day),
        ]
        return self.search(domain, limit=1) or self.create(
            {
                "reason": "expired",
                "connection_id": connection.id,
                "company_id": connection.company_id.id,
            }
        )

    def _count(self, **counts):
        """Add to the counts.

        :param counts: name of a field → number
        """
        self.write({name: self[name] + number for name, number in counts.items()})
