# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models

# A message with one of these written may stand on another record afterwards.
_PLACE = {"model", "res_id"}


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

    def write(self, vals):
        """Have calls follow their messages to other tickets, and tickets be replaced."""
        if not _PLACE & vals.keys():
            return super().write(vals)
        # sudo: mail.message - where messages stand does not depend on the user
        places = {(message.model, message.res_id) for message in self.sudo()}
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
        announcer_sudo = self.env["callgear.announcer"].sudo()
        for leg_sudo in legs_sudo.search([("message_id", "in", messages.ids)]):
            message = self.browse(leg_sudo.message_id.id)
            store.add(message, {"callgear_call": announcer_sudo._card(leg_sudo)})
