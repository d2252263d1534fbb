# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging

from odoo import api, fields, models
from odoo.tools import split_every

_logger = logging.getLogger(__name__)

BATCH = 5000
MAX_CANDIDATES = 20


class CallgearPartnerPhone(models.Model):
    """Partner phone: a number of a contact in E.164, by which callers are recognised.

    Rows of origin *field* follow the contact's phone fields. Rows of origin *added* were
    linked by an agent and stay until somebody removes them.
    """

    _name = "callgear.partner.phone"
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
    def _find_partners(self, connection, number):
        """Return the active contacts with a number.

        :param connection: one ``callgear.connection``: only contacts of its company, or of
            no company, are returned
        :param str number: E.164, or a false value
        :return: ``res.partner`` records, at most ``MAX_CANDIDATES``; first the one with
            the latest conversation
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
    def _find_or_create(self, partner, number):
        """Return the partner phone of a contact and a number; create it if missing.

        If the contact's phone field is empty, the number is also written to it.

        :param partner: one ``res.partner``
        :param str number: E.164
        :return: one ``callgear.partner.phone``
        """
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
    def _note_conversation(self, partner, number, moment):
        """Store the time of a conversation with a contact, if it is the latest.

        :param partner: one ``res.partner``
        :param str number: E.164
        :param datetime moment: start of the call, naive UTC
        """
        row = self.search(
            [("partner_id", "=", partner.id), ("number", "=", number)], limit=1
        )
        if row and (not row.last_spoken_at or row.last_spoken_at < moment):
            row.last_spoken_at = moment

    @api.model
    def _refresh_last_conversation(self, partner, call):
        """Compute the time of the last conversation at the number of a call again.

        For a contact that a call was linked to by mistake.

        :param partner: one ``res.partner`` or none
        :param call: ``callgear.call``, already linked to another contact
        """
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
    def _merge_partners(self, sources, target):
        """Move the partner phones of contacts to the one that they are merged into.

        If several contacts have a number, one row stays, with the latest conversation.

        :param sources: ``res.partner`` records that are about to be deleted
        :param target: the ``res.partner`` that remains
        """
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

    # ------------------------------------------------------ contacts' phone fields

    @api.model
    def _sync_with_partners(self, partners):
        """Create and delete partner phones so that they match the contacts' phone fields.

        :param partners: ``res.partner`` records
        """
        names = partners._callgear_phone_fields()
        # sudo: callgear.connection - their countries are not secret
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
    def _sync_with_all_partners(self):
        """Do the same for all contacts, ``BATCH`` at a time; also run by a cron."""
        Partner = self.env["res.partner"].with_context(
            active_test=False, prefetch_fields=False
        )
        names = Partner._callgear_phone_fields()
        domain = ["|"] * (len(names) - 1) + [(name, "!=", False) for name in names]
        ids = Partner.search(domain, order="id").ids
        for done, batch in enumerate(split_every(BATCH, ids), start=1):
            partners = Partner.browse(batch)
            partners.fetch([*names, "country_id", "company_id"])
            self._sync_with_partners(partners)
            self.env.flush_all()
            self.env.invalidate_all()
            _logger.info(
                "CallGear: numbers of %s of %s contacts read",
                min(done * BATCH, len(ids)),
                len(ids),
            )
