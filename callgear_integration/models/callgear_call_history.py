# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A caller's calls before and after one of his: what missed calls are grouped by.

Each question is one or two index look-ups that end at the first row, however long the
caller's history is.
"""

from odoo import models

from ..domain.verdict import ANSWERED, MISSED, UNANSWERED

# A person may have several attempts to call back on one missed call.
MAX_ATTEMPTS = 20


class CallgearCall(models.Model):
    _inherit = "callgear.call"

    def _neighbour(self, outcome, later=False, until=None):
        """Return the caller's nearest call with an outcome, or none.

        :param later: look after this call instead of before it
        :param until: a call beyond which not to look
        """
        self.ensure_one()
        found = self.browse()
        for key in self._caller_keys():
            domain = [
                ("connection_id", "=", self.connection_id.id),
                key,
                ("outcome", "=", outcome),
                ("started_at", ">" if later else "<=", self.started_at),
                ("id", "!=", self.id),
            ]
            if until:
                edge = "<" if later else ">"
                domain.append(("started_at", edge, until.started_at))
            direction = "asc" if later else "desc"
            order = f"started_at {direction}, id {direction}"
            call = self.search(domain, order=order, limit=1)
            if call and (not found or (call.started_at < found.started_at) == later):
                found = call
        return found

    def _caller_keys(self):
        """Domain terms by which a call is the same caller's; none for a hidden number."""
        keys = []
        if self.phone:
            keys.append(("phone", "=", self.phone))
        if self.partner_id:
            keys.append(("partner_id", "=", self.partner_id.id))
        return keys

    def _group_mates(self):
        """Missed calls of the caller with no conversation in between: before, after."""
        mates = []
        for later in (False, True):
            mate = self._neighbour(MISSED, later=later)
            if mate and self._neighbour(ANSWERED, later=later, until=mate):
                mate = self.browse()
            mates.append(mate)
        return mates

    def _missed_ticket(self):
        """The ticket of the missed calls that this one belongs to, if there is one."""
        for mate in self._group_mates():
            ticket = mate.live_leg_ids.filtered(
                lambda leg: leg.item == MISSED
            ).ticket_id
            if ticket[:1].active:  # in an archived one nobody would see the call
                return ticket[:1]
        return self.env["helpdesk.ticket"]

    def _waiting_ticket(self):
        """The ticket in which the caller's missed call waited when this one was made.

        It waits until a conversation, or until a person closes it: that an automatic
        stage change has closed it since is no reason, or the order of arrival would be.
        """
        missed = self._neighbour(MISSED)
        if not missed or self._neighbour(ANSWERED, until=missed):
            return self.env["helpdesk.ticket"]
        ticket = missed.live_leg_ids.filtered(lambda leg: leg.item == MISSED).ticket_id[
            :1
        ]
        if not ticket.active or (ticket.stage_id.closed and ticket.call_touched_at):
            return ticket.browse()
        return ticket

    def _attempts_since(self):
        """Unanswered calls to the caller after this missed one, up to a conversation."""
        attempts = self.browse()
        call = self
        until = self._neighbour(ANSWERED, later=True)
        for _number in range(MAX_ATTEMPTS):
            call = call._neighbour(UNANSWERED, later=True, until=until)
            if not call:
                break
            attempts |= call
        return attempts
