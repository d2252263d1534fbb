# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command, api, models
from odoo.tools import is_html_empty

from ..domain.verdict import (
    ATTEMPT,
    CONVERSATION,
    ELSEWHERE,
    IGNORED,
    MISSED,
    TALKS,
    VOICEMAIL,
)
from ..tools.hand import Hand, changed_by
from ..tools.steps import Steps
from ..tools.write_changes import write_changes

# With whom somebody spoke follows from these fields of a call.
_SPOKEN = frozenset({"partner_id", "phone"})
# A group of missed calls is split at most so far; callers do not try more often.
MAX_SPLIT = 100


class CallgearSettlement(models.AbstractModel):
    """Brings tickets in step with what a call amounts to.

    The verdict says which legs have an entry in a ticket, and of what kind. Here the
    entries get their tickets and call messages, and the tickets their stages. What is
    right already is left alone, so it may run as often as need be, at any stage of a
    call.
    """

    _name = "callgear.settlement"
    _description = "Settlement of Calls in Tickets"

    @api.model
    @changed_by(Hand.CALL)
    def _settle(self, call, steps=None, news=None):
        """Write outcome and reason of a call, and bring its tickets in step.

        :param news: names of fields of the call that have changed, None if that is unknown
        :param steps: ``Steps``, if one ticket that cannot be written must not keep the
            others waiting; else the first error ends it
        """
        with call._quietly():
            was = call.history
            entries = self._write_outcome(call)
            self._settle_tickets(call, entries, was, steps or Steps())
            is_same = call.history == was and news is not None
            is_new = not is_same or not _SPOKEN.isdisjoint(news)
            if is_new and call.history in TALKS and entries and call.partner_id:
                Phone = self.env["callgear.partner.phone"]
                Phone._note_conversation(call.partner_id, call.phone, call.started_at)

    @api.model
    def _write_outcome(self, call):
        """Write outcome and reason of a call.

        :return: dict, id of a leg → its entry
        """
        verdict = call._judge()
        entries = {entry.key: entry for entry in verdict.entries}
        outcome, reason = verdict.outcome, verdict.reason
        if reason == VOICEMAIL:
            if outcome == MISSED and not call._is_voicemail_kept():
                entries, outcome = {}, IGNORED
        elif outcome == MISSED and call._is_missed_outside_hours():
            entries, reason = {}, "outside_hours"
        if reason == "agent_absent" and not (call.event_ids or call.is_sealed):
            reason = "unheard"
        history = next((entry.kind for entry in entries.values()), False)
        write_changes(
            call,
            {
                "outcome": outcome or False,
                "history": ELSEWHERE if verdict.is_elsewhere else history,
                "reason": reason,
                "missed_reason": call._missed_reason() if outcome == MISSED else False,
            },
        )
        if call.history != MISSED:
            self.env["callgear.promise"]._forget(call)
        if reason in ("unmapped", "answered_elsewhere") and verdict.outcome:
            self._tell_unmapped(call)
        return entries

    @api.model
    def _settle_tickets(self, call, entries, was, steps):
        """Bring the tickets of a call in step.

        :param entries: dict, id of a leg → its entry
        :param was: what the call has counted as until now, see the field ``history``
        """
        tickets = call.live_leg_ids._follow_messages()
        tickets |= self._move_entries(call, entries)
        for leg in call.live_leg_ids:
            if leg.id in entries:
                entry = entries[leg.id]
                tickets |= steps.take(self._apply_entry, leg, entry) or tickets.browse()
        again = call.live_leg_ids.ticket_id
        # What follows from the entries is written with the rest, not once more.
        call.flush_recordset()
        if call.history in TALKS:
            # Also if it was no agent of ours: the caller does not wait any more.
            ended = steps.take(self._end_waiting_before, call) or tickets.browse()
            tickets, again = tickets | ended, again | ended
        elif was in TALKS:
            tickets |= self._take_back_talk(call)
        self._update_tickets(tickets, again, steps)

    @api.model
    def _update_tickets(self, tickets, again, steps):
        """Update tickets from their calls.

        :param again: those that would be found again if it failed; for others, it may not
        """
        (tickets - again)._callgear_update_from_calls()
        for some in steps.portions(tickets & again):
            steps.take(some._callgear_update_from_calls)

    @api.model
    def _tell_unmapped(self, call):
        """Tell the administrator whose calls get no ticket for want of an agent."""
        legs = call.live_leg_ids.filtered(
            lambda leg: leg.operator_id and not leg.user_id
        )
        answered = legs.filtered("answered_at")
        (answered or legs).operator_id._tell_unmapped()

    # ------------------------------------------------ entries of the call's legs

    @api.model
    def _move_entries(self, call, entries):
        """Remove entries that legs should not have, or move them to legs that should.

        :return: tickets that have lost an entry
        """
        legs = call.live_leg_ids
        tickets = self._join_phones(call, entries)
        losing = legs.filtered(lambda leg: leg.entry and leg.id not in entries)
        gaining = legs.filtered(
            lambda leg: (
                leg.id in entries and entries[leg.id].ended and not leg.ticket_id
            )
        )
        for leg in losing:
            heir = next(
                (heir for heir in gaining if _is_movable(leg, entries[heir.id].kind)),
                legs.browse(),
            )
            if heir:
                gaining -= heir
                heir._take_entry_of(leg)
            else:
                tickets |= self._withdraw(leg)
        return tickets

    @api.model
    def _withdraw(self, leg):
        """Remove an entry, and from its ticket the attempts that it had drawn there.

        They were attempts to call back as long as the call counted as missed.

        :return: tickets to bring in step
        """
        was_missed = leg.entry == MISSED
        tickets = self._remove_from_ticket(leg)
        if not was_missed or not tickets or leg.call_id.history == MISSED:
            return tickets
        attempts = leg.search(
            [
                ("ticket_id", "=", tickets.id),
                ("entry", "=", ATTEMPT),
                ("ticket_choice", "=", "auto"),
            ],
            order="started_at, dial_number, id",
            limit=MAX_SPLIT,
        )
        for attempt in attempts:
            tickets |= self._regroup_leg(attempt)
        return tickets.exists()

    @api.model
    def _join_phones(self, call, entries):
        """Give legs what their agents have typed and chosen at other phones of theirs.

        Which leg stands for a conversation changes with what becomes known of the call.

        :return: tickets that have lost an entry
        """
        tickets = self.env["helpdesk.ticket"]
        for legs in call._conversations():
            for leg in legs.filtered(lambda leg: leg.id in entries):
                for other in legs - leg:
                    tickets |= leg._take_over_from(other)
        return tickets

    @api.model
    def _apply_entry(self, leg, entry):
        """Bring the ticket of a leg in step with its entry.

        :param entry: what the verdict says of the leg
        :return: tickets to bring in step
        """
        tickets = leg.ticket_id
        if leg.entry and leg.entry != entry.kind and leg.ticket_id:
            if not leg._is_alone():
                tickets |= self._withdraw(leg)
        write_changes(leg, {"entry": entry.kind, "handed_over": entry.handed_over})
        wanted = leg.ticket_choice not in ("deleted", "elsewhere")
        if not leg.ticket_id and entry.ended and wanted:
            tickets |= self._put_into_ticket(leg)
        self._sync_message(leg)
        return tickets | leg.ticket_id

    @api.model
    def _put_into_ticket(self, leg):
        """Put a leg into the ticket where it belongs if nobody chooses another.

        :return: tickets to bring in step
        """
        call = leg.call_id
        ticket, choice = self.env["helpdesk.ticket"], "auto"
        if leg.direction == "out" and call.origin_ticket_id:
            ticket, choice = call.origin_ticket_id, "origin"
        elif leg.entry == MISSED:
            ticket = call._missed_ticket()
        elif leg.entry == ATTEMPT:
            ticket = call._waiting_ticket()
        leg.ticket_choice = choice
        leg._put_into(ticket or ticket._callgear_create_for_leg(leg), choice)
        tickets = leg.ticket_id
        if leg.entry == MISSED:
            tickets |= self._regroup_attempts_since(call)
        return tickets

    # ------------------------------------- entries of other calls of the caller

    @api.model
    def _regroup(self, tickets):
        """Move missed calls and attempts to where they belong by what is known now.

        After other callers have become known for some calls. What was put into a ticket by
        a person, or into a ticket that a person has touched, stays.

        :param tickets: those in which the calls stand, and those of the calls next to them
        :return: tickets to bring in step
        """
        legs = self.env["callgear.leg"].search(
            [
                ("ticket_id", "in", tickets.ids),
                ("entry", "in", (MISSED, ATTEMPT)),
                ("ticket_choice", "=", "auto"),
            ],
            order="started_at, dial_number, id",
            limit=MAX_SPLIT,
        )
        for leg in legs:
            tickets |= self._regroup_leg(leg)
            if leg.entry == MISSED:
                tickets |= self._regroup_attempts_since(leg.call_id)
        return tickets.exists()

    @api.model
    def _regroup_attempts_since(self, call):
        """Move attempts to call back into the ticket of the missed call before them.

        :return: tickets to bring in step
        """
        tickets = self.env["helpdesk.ticket"]
        for leg in call._attempts_since().live_leg_ids:
            if leg.entry == ATTEMPT and leg.ticket_choice == "auto":
                tickets |= self._regroup_leg(leg)
        return tickets

    @api.model
    def _regroup_leg(self, leg):
        """Move a missed call or an attempt into the ticket of its group.

        :return: tickets to bring in step
        """
        old = leg.ticket_id
        if not old._callgear_is_disposable():
            return old.browse()
        if leg.entry == ATTEMPT:
            ticket = leg.call_id._waiting_ticket()
            is_stranger = not ticket and old.call_kind == "missed"
        else:
            ticket, after = leg.call_id._group_tickets()
            is_stranger = not ticket and old._callgear_first_leg() != leg
            if is_stranger or (not ticket and not after._callgear_is_disposable()):
                ticket = after if after != old else ticket
        if ticket == old or not (ticket or is_stranger):
            return old.browse()
        alone = leg._is_ticket_disposable()
        leg._put_into(ticket or ticket._callgear_create_for_leg(leg), "auto")
        if alone:
            old.unlink()
            return leg.ticket_id
        return old | leg.ticket_id

    @api.model
    def _remove_from_ticket(self, leg):
        """Remove an entry that should not be in a ticket after all.

        From a ticket that a person has touched, or claimed, nothing is removed.

        :return: the ticket, if it goes on without this leg
        """
        ticket = leg.ticket_id
        if ticket and not ticket._callgear_is_disposable():
            leg.entry = False
            return ticket
        message, alone = leg.message_id, ticket and leg._is_alone()
        leg._forget_ticket()
        message.unlink()
        if alone:
            ticket.unlink()
            return ticket.browse()
        return ticket

    @api.model
    @changed_by(Hand.CALL)
    def _delete_placeholders(self, legs):
        """Delete placeholder legs that now stand under their own name."""
        tickets = self.env["helpdesk.ticket"]
        for leg in legs:
            tickets |= self._remove_from_ticket(leg)
        legs.unlink()
        tickets.exists()._callgear_update_from_calls()

    @api.model
    def _end_waiting_before(self, call):
        """End the waiting of the missed calls before a conversation.

        Those after it, if they were grouped with the ones before when the conversation
        was not known yet, get a ticket of their own.

        :return: tickets of missed calls to bring in step
        """
        tickets = call._missed_tickets_before()
        if call.history != CONVERSATION:
            return tickets  # other talks end the waiting, but do not cut a group
        later = self.env["callgear.leg"].search(
            [
                ("ticket_id", "in", tickets.ids),
                ("entry", "in", (MISSED, ATTEMPT)),
                ("ticket_choice", "=", "auto"),
                # A leg of a call before it may begin later, as when callers queue.
                ("call_id.started_at", ">", call.started_at),
            ],
            order="started_at, id",
            limit=MAX_SPLIT,
        )
        if later:
            later.ticket_id = False
            for leg in later:
                tickets |= self._put_into_ticket(leg)
        return tickets

    @api.model
    def _take_back_talk(self, call):
        """Have callers wait again, and be grouped again, as a talk was none after all.

        :return: tickets to bring in step
        """
        tickets = self.env["helpdesk.ticket"]
        for later in (False, True):
            tickets |= call._find_nearest(MISSED, later=later)._entry_ticket(MISSED)
        return self._regroup(tickets)

    # ---------------------------------------------------------- the call message

    @api.model
    @changed_by(Hand.CALL)
    def _sync_message(self, leg):
        """Post the call message of a leg, or bring the one that is there in step.

        It is the one message of a ticket that stands for the conversation. Where it
        stands is left alone: whoever has moved it knows why. Without ticket and message
        there is nothing to do.
        """
        lang = leg.call_id._in_language().env.lang
        body = self.env["callgear.call.text"].with_context(lang=lang)._message_body(leg)
        message = leg.message_id
        if not message and not leg.ticket_id:
            return
        if not message:
            message = leg.message_id = self._post_message(leg, body)
        else:
            author = self._author(leg)
            # One statement reads whoever is shown with the call.
            (author | leg.call_id.partner_id).fetch()
            values = {"author_id": author.id, "date": leg._happened_at()}
            if str(message.body) != str(body) and not _is_edited(message):
                values["body"] = body
            if message.author_id != author:
                values["email_from"] = author.email_formatted
            write_changes(message, values)
        # The message of a call without recordings never had any.
        if leg.call_id.recording_ids:
            attachments = leg._recordings().attachment_id
            if message.attachment_ids != attachments:
                message.attachment_ids = [Command.set(attachments.ids)]

    @api.model
    def _post_message(self, leg, body):
        """Post an internal note, so that no customer gets an e-mail because of a call."""
        ticket = leg.ticket_id.with_context(mail_post_autofollow_author_skip=True)
        with leg.call_id._quietly():
            return ticket.message_post(
                body=body,
                message_type="comment",
                subtype_xmlid="mail.mt_note",
                author_id=self._author(leg).id,
                date=leg._happened_at(),
            )

    @api.model
    def _author(self, leg):
        """The agent; of a missed call, nobody in particular."""
        if leg.entry == MISSED or not leg.user_id:
            root_id = self.env["ir.model.data"]._xmlid_to_res_id("base.partner_root")
            return self.env["res.partner"].browse(root_id)
        return leg.user_id._callgear_contact().with_env(self.env)


def _is_movable(leg, kind):
    """Whether another leg of the call may take over a leg's ticket as this kind."""
    same = leg.entry == kind and kind != CONVERSATION
    return bool(leg.ticket_id) and (same or leg._is_alone())


def _is_edited(message):
    """Whether a person has rewritten or emptied the message: then the text is theirs."""
    return is_html_empty(message.body) or "o-mail-Message-edited" in message.body
