# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..domain.verdict import CONVERSATION
from ..tools.phone_number import line_key

_logger = logging.getLogger(__name__)

BATCH = 5000
MAX_CANDIDATES = 20
# Name of the parameter with the phone fields from which the numbers were read.
FIELDS_READ = "callgear_integration.phone_fields"


class CallgearPartnerPhone(models.Model):
    """Partner phone: a number of a contact in E.164, by which callers are recognised.

    Rows of origin *field* follow the contact's phone fields. Rows of origin *added* were
    linked by an agent and stay until somebody removes them.
    """

    _name = "callgear.partner.phone"
    _description = "Number of a Contact"
    _inherit = ["callgear.hidden.links", "callgear.line", "callgear.visibility"]
    # By the contact it would be by its name, which each look-up would have to join.
    _order = "id"
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
    learned_call_id = fields.Many2one(
        "callgear.call",
        string="Learned from",
        ondelete="set null",
        readonly=True,
        index="btree_not_null",
        help="An agent has linked this call to the contact, which did not have the number.",
    )
    is_news = fields.Boolean(
        readonly=True, help="The calls of this number have yet to follow the contacts."
    )

    _number_uniq = models.UniqueIndex(
        "(number, partner_id)", "The contact has this number already."
    )
    _line_idx = models.Index("(line_key, partner_id)")
    _news_idx = models.Index("(id) WHERE is_news")

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        rows._announce_numbers(rows.mapped("number"))
        return rows

    def write(self, vals):
        changes = {"number", "partner_id"} & vals.keys()
        numbers = self.mapped("number") if changes else []
        result = super().write(vals)
        if changes:
            self._announce_numbers([*numbers, *self.mapped("number")])
        return result

    def unlink(self):
        numbers = self.mapped("number")
        result = super().unlink()
        self._announce_numbers(numbers)
        return result

    @api.model
    def _visible_domain(self, among=None, is_page=False):
        """Return the domain of the numbers of contacts that the user may read."""
        Partner = self.env["res.partner"].with_context(active_test=False)
        # "any!": the query has all rights of the user to contacts
        return Domain("partner_id", "any!", Partner._search([]))

    @api.model
    def _announce_numbers(self, numbers, regroup=False):
        """Have calls follow: other contacts than before have these numbers.

        With ``callgear_numbers_later`` in the context whoever changes them does it.
        """
        if numbers and not self.env.context.get("callgear_numbers_later"):
            numbers = list(dict.fromkeys(numbers))
            self.env["callgear.caller"]._follow_numbers(numbers, regroup)

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
        self.flush_model(["line_key", "partner_id", "last_spoken_at"])
        Partner = self.env["res.partner"]
        Partner.flush_model(["active", "company_id"])
        # Plain SQL: each ringing phone waits for it, and the ORM takes longer to write the
        # two joined conditions than PostgreSQL to answer. The index holds no user's rights.
        rows = self.env.execute_query(
            SQL(
                """SELECT phone.partner_id FROM callgear_partner_phone phone
                     JOIN res_partner partner ON partner.id = phone.partner_id
                    WHERE phone.line_key = %s AND partner.active
                      AND (partner.company_id IS NULL OR partner.company_id = %s)
                    ORDER BY phone.last_spoken_at DESC NULLS LAST, phone.partner_id,
                             phone.id
                    LIMIT %s""",
                line_key(number),
                connection._settings().company_id,
                MAX_CANDIDATES,
            )
        )
        return Partner.browse(dict.fromkeys(partner_id for [partner_id] in rows))

    @api.model
    def _find_of_partner(self, partner, number):
        """Return the partner phone of a contact for the line of a number, or none."""
        own = [("partner_id", "=", partner.id), ("line_key", "=", line_key(number))]
        return self.search_fetch(own, order="id", limit=1)

    @api.model
    def _find_or_create(self, partner, number, call=None):
        """Return the partner phone of a contact and a number; create it if missing.

        If the contact's phone field is empty, the number is also written to it.

        :param partner: one ``res.partner``
        :param str number: E.164
        :param call: the ``callgear.call`` from which it is known, if any
        :return: one ``callgear.partner.phone``
        """
        values = {"learned_call_id": call.id if call else False}
        known = self._find_of_partner(partner, number)
        if known:
            return known
        if not partner.phone:
            partner.with_env(self.env).phone = number
            known = self._find_of_partner(partner, number)
            known.write(values)
        values |= {"partner_id": partner.id, "number": number}
        return known or self.create(values)

    @api.model
    def _forget_learned(self, partner, call):
        """Take a number away from a contact that a call was linked to by mistake.

        Only if the contact has it from this call, and nobody has changed it since.

        :param partner: one ``res.partner``
        :param call: ``callgear.call``, already linked to another contact
        """
        row = self.search(
            [("partner_id", "=", partner.id), ("learned_call_id", "=", call.id)],
            limit=1,
        )
        if not row:
            return
        if other := self._latest_call(partner, call, ("partner_chosen", "=", True)):
            row.learned_call_id = other  # it is known from that one as well
            return
        if row.origin == "added":
            row.unlink()
        elif partner.phone == row.number:
            partner.with_env(self.env).phone = False

    @api.model
    def _note_conversation(self, partner, number, moment):
        """Store the time of a conversation with a contact, if it is the latest.

        :param partner: one ``res.partner``
        :param str number: E.164
        :param datetime moment: start of the call, naive UTC
        """
        row = number and self._find_of_partner(partner, number)
        if row and (not row.last_spoken_at or row.last_spoken_at < moment):
            row.last_spoken_at = moment

    @api.model
    def _refresh_last_conversation(self, partner, call):
        """Compute the time of the last conversation at the number of a call again.

        For a contact that a call was linked to by mistake.

        :param partner: one ``res.partner`` or none
        :param call: ``callgear.call``, already linked to another contact
        """
        row = self._find_of_partner(partner, call.phone)
        if row:
            last = self._latest_call(partner, call, ("history", "=", CONVERSATION))
            row.last_spoken_at = last.started_at

    @api.model
    def _latest_call(self, partner, call, condition):
        """Return the latest call of a contact with the number of a call, or none.

        A contact belongs to all connections, so calls of each of them count. They are looked
        at one by one: that is a step in an index, however many calls there are.

        :param condition: what else the call must meet, as a term of a domain
        """
        found = self.env["callgear.call"]
        for connection in self.env["callgear.caller"]._connections():
            found |= found.search(
                [
                    ("connection_id", "=", connection.id),
                    ("line_key", "=", call.line_key),
                    ("partner_id", "=", partner.id),
                    condition,
                ],
                order="started_at desc, id desc",
                limit=1,
            )
        return found.sorted("started_at")[-1:]

    @api.model
    def _merge_partners(self, sources, target):
        """Move the partner phones of contacts to the one that they are merged into.

        If several contacts have a number, one row stays, with the latest conversation. It
        is an added one if it was for any of them. Which of the others stand in a field is
        known once the contact has got its values, see ``_keep_merged``.

        :param sources: ``res.partner`` records that are about to be deleted
        :param target: the ``res.partner`` that remains
        :return: list of str, the numbers that the contacts to be deleted had
        """
        Phone = self.with_context(callgear_numbers_later=True)
        numbers = []
        rows = {
            row.number: row for row in Phone.search([("partner_id", "=", target.id)])
        }
        for row in Phone.search([("partner_id", "in", sources.ids)]):
            numbers.append(row.number)
            known = rows.setdefault(row.number, row)
            if known == row:
                row.partner_id = target
                continue
            moments = [known.last_spoken_at, row.last_spoken_at]
            values = {"last_spoken_at": max(filter(None, moments), default=False)}
            if row.origin == "added":
                values["origin"] = "added"
            if not row.learned_call_id:
                values["learned_call_id"] = False  # it is known otherwise, too
            known.write(values)
            row.unlink()
        return numbers

    @api.model
    def _keep_merged(self, sources, target):
        """Return the contact that others are merged into, so that it keeps their numbers.

        Those that it does not get into a phone field of its own become added ones.
        """
        connections = sources._callgear_connections()
        readings = sources._callgear_read_numbers(connections)
        numbers = {number for *_, found in readings for number in found.numbers}
        return target.with_context(callgear_kept_numbers=tuple(numbers))

    # ------------------------------------------------------ contacts' phone fields

    @api.model
    def _sync_with_partners(self, partners):
        """Create and delete partner phones so that they match the contacts' phone fields.

        :param partners: ``res.partner`` records
        """
        known = self._fetch_of_partners(partners)
        rows = {(row.partner_id.id, row.number): row for row in known}
        wanted, unread = {}, {}
        readings = partners._callgear_read_numbers(partners._callgear_connections())
        for partner, name, text, (numbers, is_complete) in readings:
            wanted.update({(partner.id, number): None for number in numbers})
            if not (numbers and is_complete):
                unread[partner.id, name] = text
        gone = self.union(
            *(
                row
                for key, row in rows.items()
                if row.origin == "field" and key not in wanted
            )
        )
        kept = self.env.context.get("callgear_kept_numbers")
        kept = kept if isinstance(kept, list | tuple) else ()  # clients send anything
        if stay := gone.filtered(lambda row: row.number in kept):
            stay.origin = "added"
            gone -= stay
        new = [key for key in wanted if key not in rows]
        if gone or new:
            # Both at once: a number that moves is never nobody's.
            numbers = gone.mapped("number") + [number for _partner, number in new]
            gone.with_context(callgear_numbers_later=True).unlink()
            self._insert_read(new)
            self._announce_numbers(numbers)
        self.env["callgear.unread.number"]._keep(partners, unread)

    @api.model
    def _fetch_of_partners(self, partners):
        """Return the partner phones of contacts."""
        if not partners:
            return self.browse()
        ids = partners.ids
        # The range is for PostgreSQL: it has no statistics of a table that is being filled,
        # and would look at all of it rather than for thousands of ids.
        domain = [
            ("partner_id", ">=", min(ids)),
            ("partner_id", "<=", max(ids)),
            ("partner_id", "in", ids),
        ]
        return self.search_fetch(domain, ["partner_id", "number", "origin"])

    @api.model
    def _insert_read(self, new):
        """Create partner phones that were read in contacts' phone fields.

        By one statement: for a million contacts the ORM takes longer than to read their
        numbers, and so it does to look up a user for each row; nobody has typed these.

        :param new: list of tuples: id of the contact, number in E.164
        """
        if not new:
            return
        partner_ids, numbers = map(list, zip(*new, strict=True))
        self.env.cr.execute(
            SQL(
                """INSERT INTO callgear_partner_phone (partner_id, number, line_key, origin,
                          create_date, write_date)
                   SELECT partner_id, number, line_key, 'field', %(now)s, %(now)s
                     FROM unnest(%(partner_ids)s, %(numbers)s, %(line_keys)s)
                       AS new (partner_id, number, line_key)""",
                now=self.env.cr.now(),
                partner_ids=partner_ids,
                numbers=numbers,
                line_keys=[line_key(number) for number in numbers],
            )
        )

    @api.model
    def _sync_with_all_partners(self):
        """Do the same for all contacts, ``BATCH`` at a time; also run by a cron."""
        Partner = self.env["res.partner"].with_context(
            active_test=False, prefetch_fields=False
        )
        names = Partner._callgear_phone_fields()
        stored = [name for name in names if Partner._fields[name].store]
        stored += ["country_id", "company_id"]
        # They are not listed beforehand: a million ids are heavier than a batch.
        total, done, last = Partner.search_count([]), 0, 0
        while partners := Partner.search_fetch(
            [("id", ">", last)], stored, limit=BATCH, order="id"
        ):
            self._sync_with_partners(partners)
            done, last = done + len(partners), partners[-1].id
            self.env.flush_all()
            self.env.invalidate_all()
            _logger.info(
                "CallGear: numbers of %s of %s contacts read", done, max(done, total)
            )
        # sudo: ir.config_parameter - what has been read, to notice what has not
        self.env["ir.config_parameter"].sudo().set_param(FIELDS_READ, ",".join(names))

    @api.model
    def _cron_check_fields(self):
        """Read all contacts if they have other phone fields than those that were read."""
        names = self.env["res.partner"]._callgear_phone_fields()
        # sudo: ir.config_parameter - see above
        known = self.env["ir.config_parameter"].sudo().get_param(FIELDS_READ)
        if known != ",".join(names):
            self._sync_with_all_partners()

    @api.model
    def _expect_other_fields(self):
        """Start this cron: somebody has changed fields or views of contacts."""
        name = "callgear_integration.ir_cron_check_phone_fields"
        # sudo: ir.cron - whoever may change a view may have the numbers read
        cron_sudo = self.env.ref(name, raise_if_not_found=False)
        if cron_sudo:
            cron_sudo.sudo()._trigger()
