# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging

from odoo import api, fields, models
from odoo.tools import split_every

_logger = logging.getLogger(__name__)

BATCH = 5000
MAX_CANDIDATES = 20


class CallgearPhone(models.Model):
    """A number of a contact in E.164: the index by which callers are recognised.

    Numbers of the contact's phone fields are kept in step with them; numbers that an
    agent has linked stay until somebody removes them.
    """

    _name = "callgear.phone"
    _description = "Number of a Contact"
    _order = "partner_id, id"
    _rec_name = "number"

    partner_id = fields.Many2one(
        "res.partner", required=True, ondelete="cascade", index=True
    )
    number = fields.Char(required=True, help="With country code, such as +97145550100.")
    origin = fields.Selection(
        [("field", "From the contact"), ("added", "Added from a call")],
        required=True,
        readonly=True,
        default="added",
    )
    last_spoken_at = fields.Datetime(readonly=True)

    _number_uniq = models.UniqueIndex(
        "(number, partner_id)", "The contact has this number already."
    )

    @api.model
    def _partners(self, connection, number):
        """Return contacts with a number, a bounded few, the one last spoken to first.

        :param str number: E.164
        """
        if not number:
            return self.env["res.partner"]
        company_id = connection._settings().company_id
        rows = self.search_fetch(
            [
                ("number", "=", number),
                ("partner_id.active", "=", True),
                ("partner_id.company_id", "in", (False, company_id)),
            ],
            ["partner_id"],
            order="last_spoken_at DESC NULLS LAST, partner_id, id",
            limit=MAX_CANDIDATES,
        )
        return rows.partner_id

    @api.model
    def _add(self, partner, number):
        """Remember a number of a contact; into his empty phone field, if he has none."""
        known = self.search(
            [("partner_id", "=", partner.id), ("number", "=", number)], limit=1
        )
        if known:
            return known
        if not partner.phone:
            partner.phone = number
            known = self.search(
                [("partner_id", "=", partner.id), ("number", "=", number)], limit=1
            )
        return known or self.create({"partner_id": partner.id, "number": number})

    @api.model
    def _spoke(self, partner, number, moment):
        """Note when somebody was last spoken to."""
        row = self.search(
            [("partner_id", "=", partner.id), ("number", "=", number)], limit=1
        )
        if row and (not row.last_spoken_at or row.last_spoken_at < moment):
            row.last_spoken_at = moment

    @api.model
    def _not_spoke(self, partner, call):
        """Take back that a call was a conversation with a contact: it was another."""
        row = self.search(
            [("partner_id", "=", partner.id), ("number", "=", call.phone)], limit=1
        )
        last = self.env["callgear.call"].search(
            [
                ("connection_id", "=", call.connection_id.id),
                ("partner_id", "=", partner.id),
                ("outcome", "=", "answered"),
                ("phone", "=", call.phone),
            ],
            order="started_at desc",
            limit=1,
        )
        row.last_spoken_at = last.started_at

    @api.model
    def _hand_over(self, sources, target):
        """Give the numbers of contacts to the one they are merged into; none is lost."""
        rows = {
            row.number: row for row in self.search([("partner_id", "=", target.id)])
        }
        for row in self.search([("partner_id", "in", sources.ids)]):
            known = rows.setdefault(row.number, row)
            if known == row:
                row.write({"partner_id": target.id, "origin": "added"})
                continue
            moments = [known.last_spoken_at, row.last_spoken_at]
            known.last_spoken_at = max(filter(None, moments), default=False)
            row.unlink()

    # ------------------------------------------------------------ in step with

    @api.model
    def _learn(self, partners):
        """Bring the rows of contacts in step with their phone fields."""
        names = partners._callgear_phone_fields()
        # sudo: callgear.connection - which countries call is no secret
        # A company has a connection or two.  pylint: disable-next=no-search-all
        connections_sudo = self.env["callgear.connection"].sudo().search([])
        here = connections_sudo.country_id | self.env.company.country_id
        known = self.search([("partner_id", "in", partners.ids)])
        rows = {(row.partner_id.id, row.number): row for row in known}
        wanted = {
            (partner.id, number)
            for partner in partners
            for number in partner._callgear_numbers(names, here)
        }
        gone = known.filtered(
            lambda row: (
                row.origin == "field" and (row.partner_id.id, row.number) not in wanted
            )
        )
        gone.unlink()
        self.create(
            [
                {"partner_id": partner_id, "number": number, "origin": "field"}
                for partner_id, number in sorted(wanted - rows.keys())
            ]
        )

    @api.model
    def _learn_all(self):
        """Read the numbers of all contacts, in batches."""
        Partner = self.env["res.partner"].with_context(
            active_test=False, prefetch_fields=False
        )
        names = Partner._callgear_phone_fields()
        domain = ["|"] * (len(names) - 1) + [(name, "!=", False) for name in names]
        ids = Partner.search(domain, order="id").ids
        for done, batch in enumerate(split_every(BATCH, ids), start=1):
            partners = Partner.browse(batch)
            partners.fetch([*names, "country_id", "company_id"])
            self._learn(partners)
            self.env.flush_all()
            self.env.invalidate_all()
            _logger.info(
                "CallGear: numbers of %s of %s contacts read",
                min(done * BATCH, len(ids)),
                len(ids),
            )
