# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from ..client_input import for_clients
from ..domain import books
from ..domain.comparison import (
    ANSWER,
    LEG,
    LENGTH,
    MISSING,
    NOT_ENDED,
    OPERATOR,
    RECORDING,
)

UNREPORTED = "unreported"
# Of which two books each kind is.
REPORT, TICKETS, FIGURES = "report", "tickets", "figures"
_OF_REPORT = (
    (MISSING, "The call was not known"),
    (NOT_ENDED, "Its end was not known"),
    (LEG, "A phone that rang was not known"),
    (ANSWER, "An answer was not known"),
    (OPERATOR, "Another operator was on the phone"),
    (RECORDING, "A recording was not known"),
    (LENGTH, "The conversation has another length"),
    (UNREPORTED, "CallGear does not report the call"),
)
_OF_TICKETS = (
    (books.OUTCOME, "The outcome of the call is not that of its conversations"),
    (books.NO_TICKET, "A conversation has lost its ticket"),
    (books.OTHER_PLACE, "The message of a conversation is not in its ticket"),
    (books.NO_MESSAGE, "The ticket has no message of the conversation"),
    (books.NO_PLAYER, "The message does not show the recording"),
    (books.NO_FILE, "The file of a recording is gone, and nobody has deleted it"),
    (books.JOURNAL, "The journal names another agent, team, channel or ticket"),
    (books.PROMISE, "The promise to call back does not fit what happened"),
    (books.NO_CALL, "The call that the ticket was made for is gone"),
    (books.KIND, "The ticket was made for another kind of call"),
    (books.ICON, "The ticket shows another call status"),
    (books.WAITING, "The ticket does not say rightly whether a caller waits"),
)
_OF_FIGURES = (
    (books.NOT_COUNTED, "The dashboard does not count it"),
    (books.COUNTED_TOO, "The dashboard counts what is not there"),
    (books.FIGURE, "The dashboard says something else of it"),
    (books.DAY, "The sums of a day are wrong"),
    (books.MONTH, "The sums of a month are wrong"),
)
BOOKS = {
    kind: which
    for which, kinds in (
        (REPORT, _OF_REPORT),
        (TICKETS, _OF_TICKETS),
        (FIGURES, _OF_FIGURES),
    )
    for kind, _words in kinds
}


class CallgearDifference(models.Model):
    """What two of the books did not say alike (R64): of a call, a ticket, or a day.

    The books are the journal, the tickets, the dashboard, and CallGear's report.
    """

    _name = "callgear.difference"
    _inherit = "callgear.hidden.links"
    _description = "Difference between Journal, Tickets, Figures and Report"
    _order = "started_at desc, id desc"
    _rec_name = "key"

    comparison_id = fields.Many2one(
        "callgear.comparison",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="comparison_id.company_id")
    # What it is the difference of, and of which kind.
    key = fields.Char(required=True, readonly=True, export_string_translation=False)
    call_id = fields.Many2one(
        "callgear.call", readonly=True, ondelete="set null", index="btree_not_null"
    )
    ticket_id = fields.Many2one(
        "helpdesk.ticket", readonly=True, ondelete="set null", index="btree_not_null"
    )
    day = fields.Date(readonly=True, help="Whose figures were added up wrongly.")
    session_id = fields.Char(string="Call Session", readonly=True)
    started_at = fields.Datetime(
        string="Started",
        required=True,
        readonly=True,
        help="When the call began, or the ticket was made.",
    )
    phone = fields.Char(string="Number", readonly=True)
    books = fields.Selection(
        [
            (REPORT, "Journal and CallGear's report"),
            (TICKETS, "Journal and tickets"),
            (FIGURES, "Dashboard and journal"),
        ],
        string="Between",
        compute="_compute_books",
        store=True,
        precompute=True,
        readonly=True,
    )
    kind = fields.Selection(
        [*_OF_REPORT, *_OF_TICKETS, *_OF_FIGURES],
        string="Difference",
        required=True,
        readonly=True,
        help="The gravest one of a call between the same two, if there are several.",
    )
    one_says = fields.Char(
        string="Found",
        readonly=True,
        help="What the journal says, or the ticket, or the dashboard.",
    )
    other_says = fields.Char(
        string="Expected",
        readonly=True,
        help="What CallGear's report says, or the calls of the ticket, or the journal.",
    )
    state = fields.Selection(
        [("completed", "Put right"), ("left", "Remains")],
        required=True,
        readonly=True,
        help="Put right: completed from the report, worked on again, or counted again. "
        "Remains: somebody has to look at it.",
    )

    _key_uniq = models.Constraint(
        "UNIQUE (comparison_id, key)", "This record already exists."
    )

    @api.depends("kind")
    def _compute_books(self):
        for difference in self:
            difference.books = BOOKS.get(difference.kind)

    @api.model
    def _note(self, comparison, key, **values):
        """Note a difference, in place of an earlier one of the comparison.

        :param str key: what it is the difference of
        :param values: of the other fields
        """
        if not comparison.exists():
            return
        own = [("comparison_id", "=", comparison.id), ("key", "=", key)]
        known = self.search(own)
        if known:
            known.write(values)
        else:
            self.create({**values, "comparison_id": comparison.id, "key": key})

    @for_clients(one=True)
    def action_open(self):
        """Open the ticket or the call that differs; of a day's sums there is none.

        :raises AccessError: the user may not read it
        """
        self.ensure_one()
        self.check_access("read")
        place = self.ticket_id if self.books == TICKETS and self.ticket_id else None
        record = place or self.call_id or self.ticket_id
        if not record:
            return False
        record.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }
