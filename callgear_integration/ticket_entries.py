# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The calls in one ticket, read once for all that is to be known of them."""

from .domain.verdict import ATTEMPT, CONVERSATION, MISSED

# Orders by time. Those dialled within one second are ordered by number.
FIRST = "started_at, dial_number, id"
LAST = "started_at desc, dial_number desc, id desc"
# So many conversations and missed calls, the latest, say what becomes of a ticket.
MAX_LATEST = 20


class TicketEntries:
    """The ticket entries of one ticket: legs of calls.

    Most tickets have a few, which one statement reads. Of others each question is one to
    the database, so that the work does not grow with the calls in a ticket.
    """

    def __init__(self, ticket):
        self._ticket = ticket
        self._Leg = ticket.env["callgear.leg"]
        self._few = None
        found = self._search(self._domain(), LAST, MAX_LATEST + 1)
        if len(found) <= MAX_LATEST:
            self._few = found

    def pick(self, order, kinds=(CONVERSATION, MISSED, ATTEMPT), known=(), **equal):
        """Return the first leg in an order, or none.

        :param str order: ``FIRST`` or ``LAST``
        :param kinds: kinds of ticket entry
        :param known: further terms of the domain
        :param equal: field name → value that the leg must have
        """
        further = [(name, "=", value) for name, value in equal.items()]
        return self._find([*self._domain(kinds), *known, *further], order, 1)

    def latest(self):
        """Return the latest conversations and missed calls, the last first."""
        return self._find(self._domain((CONVERSATION, MISSED)), LAST, MAX_LATEST)

    def has(self, *kinds):
        """Return whether there may be an entry of one of the kinds."""
        return self._few is None or any(leg.entry in kinds for leg in self._few)

    def _domain(self, kinds=(CONVERSATION, MISSED, ATTEMPT)):
        return [("ticket_id", "=", self._ticket.id), ("entry", "in", kinds)]

    def _find(self, domain, order, limit):
        if self._few is None:
            return self._search(domain, order, limit)
        return self._few.filtered_domain(domain).sorted(order)[:limit]

    def _search(self, domain, order, limit):
        return self._Leg.search_fetch(domain, order=order, limit=limit)
