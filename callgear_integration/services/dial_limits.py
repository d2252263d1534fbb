# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from datetime import timedelta

from markupsafe import Markup

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import html2plaintext

from .. import clock
from ..tools.dial_area import is_number_of
from ..tools.phone_number import country_of

_logger = logging.getLogger(__name__)

ACTIVITY = "callgear_integration.mail_activity_dialling_limit"
# Lines that the note for the admin may have.
MAX_LINES = 20


class LimitReached(UserError):
    """A call that the connection's limits do not allow.

    ``kind``: ``hour``, ``abroad`` or ``country``; ``detail``: the limit, or the country
    """

    def __init__(self, message, kind, detail):
        super().__init__(message)
        self.kind, self.detail = kind, detail


class CallgearDialLimits(models.AbstractModel):
    """How much, and where to, agents may call: against abuse of a stolen login."""

    _name = "callgear.dial.limits"
    _description = "Limits for Calls from Odoo"

    @api.model
    def _check(self, connection, user, number, contact):
        """Check that an agent may make one more call.

        Whoever calls this holds a lock that the agent's other calls wait for: so the count
        is right, however many processes there are.

        :param number: whom they call, in E.164
        :param contact: ``res.partner`` with this number, or none
        :return: whether the call goes abroad: neither to the connection's own country nor
            to the contact's
        :raises LimitReached: they may not
        """
        home = connection.country_id or connection.company_id.country_id
        of_contact = contact.country_id | contact.commercial_partner_id.country_id
        own = set((home | of_contact).mapped("code"))
        is_abroad = bool(home) and not is_number_of(number, own)
        allowed = connection.dial_country_ids
        if allowed:
            allowed |= home
            if connection.dial_contact_country:
                allowed |= of_contact
            self._check_country(number, allowed)
        self._check_count(connection, user, is_abroad)
        return is_abroad

    @api.model
    def _check_country(self, number, allowed):
        if is_number_of(number, allowed.mapped("code")):
            return
        code = country_of(number)
        country = self.env["res.country"].search([("code", "=", code)], limit=1)
        name = country.name or number
        text = self.env._(
            "Calls to %s are not allowed. An administrator can allow them under Privacy and "
            "Limits of the CallGear connection.",
            name,
        )
        raise LimitReached(text, "country", name)

    @api.model
    def _check_count(self, connection, user, is_abroad):
        if self._is_full(connection, user, connection.dial_limit, []):
            text = self.env._(
                "You have made as many calls within an hour as the administrator allows "
                "(%s). Please try again later.",
                connection.dial_limit,
            )
            raise LimitReached(text, "hour", connection.dial_limit)
        limit = connection.dial_limit_abroad
        only = [("dialled_abroad", "=", True)]
        if is_abroad and self._is_full(connection, user, limit, only):
            text = self.env._(
                "You have made as many calls abroad within an hour as the administrator "
                "allows (%s). Please try again later.",
                limit,
            )
            raise LimitReached(text, "abroad", limit)

    @api.model
    def _is_full(self, connection, user, limit, only):
        """Return whether an agent has made so many calls within the hour; 0: never.

        The time is when the call was stored, by the database's clock: no notification
        changes that. No more rows than the limit are looked at, by an index.
        """
        if limit <= 0:
            return False
        made = [
            ("origin_user_id", "=", user.id),
            ("create_date", ">", self.env.cr.now() - timedelta(hours=1)),
            ("connection_id", "=", connection.id),
            *only,
        ]
        return self.env["callgear.call"].search_count(made, limit=limit) >= limit

    @api.model
    def _tell_admin(self, connection, user, refusal):
        """Tell the admin of a refused call: once for each agent and limit.

        :param refusal: ``LimitReached``
        """
        own = connection._in_admins_language()
        texts = {
            "hour": own.env._(
                "%(agent)s has reached the limit of %(detail)s calls within an hour."
            ),
            "abroad": own.env._(
                "%(agent)s has reached the limit of %(detail)s calls abroad within an "
                "hour."
            ),
            "country": own.env._(
                "%(agent)s has tried to call %(detail)s, which is not allowed."
            ),
        }
        line = texts[refusal.kind] % {"agent": user.name, "detail": refusal.detail}
        note = self.env["callgear.trouble"]._open(own, [ACTIVITY]).note or Markup()
        count = note.count("<p>")
        is_new = line not in html2plaintext(note) and count < MAX_LINES
        if is_new:
            _logger.info(
                "CallGear: user %s: limit for calls (%s)", user.id, refusal.kind
            )
            note, count = note + Markup("<p>%s</p>") % line, count + 1
        own._alert(ACTIVITY, note, count=count, again=is_new)

    @api.autovacuum
    def _gc_quiet(self):
        """Note that the trouble is over, if no call was refused for a day."""
        since = clock.now(self.env) - timedelta(days=1)
        kind = self.env.ref(ACTIVITY)
        quiet = [("type_id", "=", kind.id), ("over_at", "=", False)]
        quiet.append(("seen_at", "<", since))
        for connection in self.env["callgear.trouble"].search(quiet).connection_id:
            connection._all_well(ACTIVITY)
