# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import html2plaintext

from .. import clock

# An activity about trouble that goes on, which somebody has ticked off, is not made again
# before so many days.
REMINDER_DAYS = 1
# Trouble that is over is forgotten after so many days.
KEPT_DAYS = 90


class CallgearTrouble(models.Model):
    """Something of a connection that does not work, from when until when.

    All alarms are raised and ended here, by ``callgear.connection._alert`` and
    ``_all_well``: at most one of a kind is open. It is shown on the connection; and those
    who look after that have an activity, which goes by itself when the trouble is over.
    The kind is the type of the activity, whose default note says what to do.
    """

    _name = "callgear.trouble"
    _description = "Trouble with CallGear"
    _order = "over_at desc nulls first, since desc, id desc"
    _rec_name = "type_id"

    connection_id = fields.Many2one(
        "callgear.connection",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="connection_id.company_id")
    type_id = fields.Many2one(
        "mail.activity.type",
        string="Trouble",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    since = fields.Datetime(
        required=True, readonly=True, default=lambda self: clock.now(self.env)
    )
    seen_at = fields.Datetime(
        string="Last Seen",
        required=True,
        readonly=True,
        default=lambda self: clock.now(self.env),
    )
    count = fields.Integer(string="How Many", readonly=True)
    note = fields.Html(string="What Has Happened", readonly=True)
    cure = fields.Html(string="What to Do", related="type_id.default_note")
    over_at = fields.Datetime(string="Over", readonly=True)
    told_at = fields.Datetime(readonly=True)

    _open_uniq = models.UniqueIndex(
        "(connection_id, type_id) WHERE over_at IS NULL", "This record already exists."
    )

    @api.model
    def _raise_alarm(self, connection, kind, note, count=0, again=True):
        """Note trouble, which may be known already, and tell people.

        :param str kind: XML id of the ``mail.activity.type``
        :param note: text or ``Markup``
        :param int count: of how many it is, if it can be counted
        :param bool again: it has happened once more: also those who have ticked it off are
            told. Else it goes on, and they are told once a day.
        """
        connection._lock("trouble", kind)
        type_id = self.env["ir.model.data"]._xmlid_to_res_id(kind)
        now = clock.now(self.env)
        known = self._open(connection, [kind])
        if not known:
            known = self.create({"connection_id": connection.id, "type_id": type_id})
        values = {"seen_at": now, "count": count}
        if html2plaintext(known.note or "") != html2plaintext(note):
            values["note"] = note
        due = fields.Datetime.subtract(now, days=REMINDER_DAYS)
        if again or not known.told_at or known.told_at <= due:
            known._tell(kind, note)
            values["told_at"] = now
        elif "note" in values:
            connection.activity_search([kind]).note = note
        known.write(values)

    def _tell(self, kind, note):
        """See to it that each of those who are told has an activity with this note."""
        connection = self.connection_id
        activities = connection.activity_search([kind])
        for user in connection._alarmed_users():
            activity = activities.filtered(lambda a, user=user: a.user_id == user)[:1]
            if not activity:
                connection.activity_schedule(kind, user_id=user.id, note=note)
            elif html2plaintext(activity.note or "") != html2plaintext(note):
                activity.note = note

    @api.model
    def _end(self, connection, kinds):
        """Note that trouble is over, if there is any of these kinds."""
        over = self._open(connection, kinds)
        if over:
            over.over_at = clock.now(self.env)
            connection.activity_unlink(kinds)

    @api.model
    def _open(self, connection, kinds):
        ids = [self.env["ir.model.data"]._xmlid_to_res_id(kind) for kind in kinds]
        own = [("connection_id", "=", connection.id), ("type_id", "in", ids)]
        return self.search([*own, ("over_at", "=", False)])

    @api.autovacuum
    def _gc_over(self):
        past = fields.Datetime.subtract(clock.now(self.env), days=KEPT_DAYS)
        self.search([("over_at", "<", past)], limit=10_000).unlink()
