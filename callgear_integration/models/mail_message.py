# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from .helpdesk_ticket import MOVED_AT

# A message with one of these written may stand on another record afterwards.
_PLACE = {"model", "res_id"}
# What the facts of the statistics depend on.
COUNTED = _PLACE | {
    "author_id",
    "callgear_writing_seconds",
    "date",
    "is_internal",
    "message_type",
    "subtype_id",
}


class MailMessage(models.Model):
    _inherit = "mail.message"

    callgear_writing_seconds = fields.Integer(
        string="Writing Time (s)",
        readonly=True,
        help="Seconds from the author's first keystroke to sending the message.",
    )

    # The statistics search messages by period, then all messages of the tickets found.
    # With the included columns PostgreSQL need not read the rows with their texts.
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

    @api.model_create_multi
    def create(self, vals_list):
        """Give what is tracked of a move by a call the time of the call."""
        if moments := self.env.cr.precommit.data.get(MOVED_AT):
            vals_list = [_dated(vals, moments) for vals in vals_list]
        self.env["callgear.ticket.fact"]._note(
            vals.get("res_id")
            for vals in vals_list
            if vals.get("model") == "helpdesk.ticket"
        )
        return super().create(vals_list)

    def _write_multi(self, vals_list):
        """Have the facts of tickets counted again by what is known of their messages."""
        result = super()._write_multi(vals_list)
        if any(COUNTED & vals.keys() for vals in vals_list):
            self._callgear_note_tickets()
        return result

    def unlink(self):
        self._callgear_note_tickets()
        return super().unlink()

    def _callgear_note_tickets(self):
        """Have the facts of the tickets in which the messages stand counted again."""
        # sudo: mail.message - where messages stand does not depend on the user
        self.env["callgear.ticket.fact"]._note(
            message.res_id
            for message in self.sudo()
            if message.model == "helpdesk.ticket"
        )

    def write(self, vals):
        """Have calls follow their messages to other tickets, and tickets be replaced."""
        if not _PLACE & vals.keys():
            return super().write(vals)
        # sudo: mail.message - where messages stand does not depend on the user
        places = {(message.model, message.res_id) for message in self.sudo()}
        self._callgear_note_tickets()
        result = super().write(vals)
        # sudo: callgear.leg - as above; who may move a message moves the call with it
        Leg = self.env["callgear.leg"].sudo()
        legs_sudo = Leg.search([("message_id", "in", self.ids)])
        if legs_sudo:
            legs_sudo._settle_moved()
        self._callgear_note_moves(places, only_calls=self <= legs_sudo.message_id)
        return result

    def _callgear_note_moves(self, places, only_calls):
        """Note which tickets' messages have been moved to which ticket.

        :param places: set of (model, id) where the messages stood before
        :param only_calls: whether all of them are call messages
        """
        Ticket = self.env["helpdesk.ticket"]
        # sudo: mail.message, helpdesk.ticket - as in write
        target_sudo = self[:1].sudo()
        if target_sudo.model != Ticket._name or not target_sudo.res_id:
            return
        ids = {id_ for model, id_ in places if model == Ticket._name and id_}
        # sudo: helpdesk.ticket - as above
        all_sudo = Ticket.sudo()
        tickets_sudo = all_sudo.browse(ids - {target_sudo.res_id})
        ticket_sudo = all_sudo.browse(target_sudo.res_id)
        tickets_sudo._callgear_note_moved(ticket_sudo)
        if tickets_sudo and not only_calls:
            ticket_sudo._callgear_keep_itself()

    def _extras_to_store(self, store, format_reply):
        """Add the state of the call to call messages, which show it as a card."""
        super()._extras_to_store(store, format_reply=format_reply)
        messages = self.filtered(lambda message: message.model == "helpdesk.ticket")
        if not messages or not store.target.is_internal(self.env):
            return
        # sudo: callgear.leg - the card is part of a message that the user may read
        legs_sudo = self.env["callgear.leg"].sudo()
        reader = store.target.get_user(self.env) or self.env.ref("base.public_user")
        announcer_sudo = self.env["callgear.announcer"].with_user(reader).sudo()
        for leg_sudo in legs_sudo.search([("message_id", "in", messages.ids)]):
            message = self.browse(leg_sudo.message_id.id)
            store.add(message, {"callgear_call": announcer_sudo._card(leg_sudo)})


def _dated(vals, moments):
    """Return the values of a message, dated if it tracks a ticket that a call has moved.

    :param moments: dict, id of a ticket → naive UTC
    """
    tracks = vals.get("tracking_value_ids") and vals.get("model") == "helpdesk.ticket"
    moment = tracks and moments.get(vals.get("res_id"))
    return {**vals, "date": moment} if moment else vals
