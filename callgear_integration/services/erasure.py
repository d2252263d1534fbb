# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import time
from functools import partial

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL, html2plaintext

from ..models.callgear_recording import ERASED
from ..tools.hand import Hand, changed_by
from ..tools.number_mask import INSTEAD, number_ends, without_numbers
from ..tools.write_changes import write_changes
from ..transaction import cron_seconds, in_own_transaction

CRON = "callgear_integration.ir_cron_erase_calls"
# Calls that are erased in one transaction; and seconds after which the rest is left to the
# cron, or to its next start.
BATCH, SECONDS, CRON_SECONDS = 50, 15, 40
# How a ticket comes to a conversation that was made for it.
_MADE_FOR_IT = ("auto", "new")
# What is tracked of a field with text, or of one with another record: its name.
_TRACKED = (
    "old_value_char",
    "new_value_char",
    "old_value_text",
    "new_value_text",
)


class CallgearErasure(models.AbstractModel):
    """Takes personal data out of calls, and of all that calls have left elsewhere (R51).

    What is left says that a call took place, when, how long and with which agents: tickets
    stay readable, and figures stay the same. Whatever is erased is *sealed* first: the
    call's notifications are deleted, and those that come late change it no more.
    """

    _name = "callgear.erasure"
    _description = "Erasure of Personal Data of Calls"

    # -------------------------------------------------------------- whose calls

    @api.model
    def _lines_of(self, partner):
        """Return the lines (``line_key``) that are a contact's alone, also earlier ones."""
        Phone, Call = self.env["callgear.partner.phone"], self.env["callgear.call"]
        lines = set(Phone.search([("partner_id", "=", partner.id)]).mapped("line_key"))
        called = Call._read_group([("partner_id", "=", partner.id)], ["line_key"])
        lines = {*lines, *(line for (line,) in called)} - {False, None}
        known = Domain("line_key", "in", list(lines))
        others = known & Domain("partner_id", "not in", [partner.id, False])
        shared = {line for (line,) in Phone._read_group(others, ["line_key"])}
        shared |= {line for (line,) in Call._read_group(others, ["line_key"])}
        return lines - shared

    @api.model
    def _domain_of(self, partner, call=None):
        """Return the domain of the calls of a contact, or of an unknown caller's number.

        Of a number that another contact has as well, only those known to be the contact's.

        :param partner: ``res.partner``, may be empty
        :param call: of the unknown caller
        """
        unknown = Domain("partner_id", "=", False) & Domain("is_internal", "=", False)
        if partner:
            lines = list(self._lines_of(partner))
            theirs = Domain("partner_id", "=", partner.id)
            theirs |= unknown & Domain("line_key", "in", lines)
        elif call.line_key:
            theirs = unknown & Domain("line_key", "=", call.line_key)
        else:
            theirs = Domain("id", "=", call.id)
        return theirs & Domain("company_id", "in", self.env.companies.ids)

    @api.model
    def _loose_notifications(self, partner, call=None):
        """Return the notifications of no call that hold a contact's or a caller's number.

        They have failed: all others have led to a call, or soon will. Numbers that another
        contact has as well are left out.

        :param partner: ``res.partner``, may be empty
        :param call: of the unknown caller
        """
        Event = self.env["callgear.event"]
        lines = self._lines_of(partner) if partner else {call and call.line_key}
        ends = number_ends(lines)
        if not ends:
            return Event
        found = Event.search(
            Domain("state", "=", "failed")
            & Domain("call_id", "=", False)
            & Domain("company_id", "in", self.env.companies.ids)
            & Domain.OR([Domain("payload", "like", end)] for end in ends)
        )
        return found.filtered(
            lambda event: without_numbers(event.payload, lines) != event.payload
        )

    @api.model
    def _exempt_domain(self):
        """Return the domain of the calls that are kept whatever the settings say."""
        return Domain("is_kept", "=", True) | Domain(
            "partner_id.callgear_is_kept", "=", True
        )

    # ----------------------------------------------------------- at request

    @api.model
    def _erase(self, domain, deletion, loose):
        """Erase the calls of a domain, and what else is known of the contact by calls.

        They are marked at once; if there are many, the cron does the rest.

        :param deletion: ``callgear.deletion``, which says by whom and why
        :param loose: notifications of no call, see ``_loose_notifications``
        """
        domain &= Domain("state", "=", "ended")
        # Those whose number has been deleted still have words and files.
        domain &= Domain("erasure_id", "=", False) | Domain(
            "erasure_id.reason", "=", "expired"
        )
        if not deletion.with_kept:
            domain &= ~self._exempt_domain()
        calls = self.env["callgear.call"].search(domain)
        calls.write({"erasure_id": deletion.id, "is_erased": False})
        self._forget_contact(deletion.partner_id)
        deletion.call_count = len(calls)
        deletion._count(notification_count=len(loose))
        loose.unlink()
        self._go_on(time.monotonic() + SECONDS)

    @api.model
    def _cron_erase(self):
        """Go on with what a request has not finished."""
        self._go_on(time.monotonic() + cron_seconds(CRON_SECONDS, parts=3))

    @api.model
    def _go_on(self, until):
        """Erase the calls that are marked, some at a time.

        :param float until: when to leave off (monotonic)
        """
        Call = self.env["callgear.call"]
        marked = [("is_erased", "=", False), ("erasure_id", "!=", False)]
        while calls := Call.search(marked, order="id", limit=BATCH):
            if time.monotonic() >= until:
                # sudo: ir.cron - whoever may erase may have it finished
                self.env.ref(CRON).sudo()._trigger()
                break
            in_own_transaction(self.env, partial(self._erase_some, calls))

    @api.model
    def _erase_some(self, calls):
        """Erase calls of which all is to go."""
        for deletion, some in calls.grouped("erasure_id").items():
            recordings = self._forget_recordings(some, deletion.with_kept)
            notifications = self._seal(some)
            summaries = self._forget_summaries(some)
            self._forget_numbers(some, deletion)
            deletion._count(
                recording_count=recordings,
                summary_count=summaries,
                notification_count=notifications,
            )

    @api.model
    def _forget_contact(self, partner):
        """Delete numbers of a contact that no field of theirs has."""
        if not partner:
            return
        Phone = self.env["callgear.partner.phone"]
        Phone = Phone.with_context(callgear_numbers_later=True)
        added = [("partner_id", "=", partner.id), ("origin", "=", "added")]
        Phone.search(added).unlink()
        Unread = self.env["callgear.unread.number"]
        Unread.search([("partner_id", "=", partner.id)]).unlink()

    # ---------------------------------------------------------------- the parts

    @api.model
    def _seal(self, calls):
        """Delete the notifications of calls, which are not folded any more from now on.

        :return: how many there were
        """
        for call in calls:
            call.connection_id._lock("session", call.session_id)
        calls.invalidate_recordset(["is_sealed"])
        calls.filtered(lambda call: not call.is_sealed).is_sealed = True
        sessions = {(call.connection_id.id, call.session_id) for call in calls}
        count = 0
        self.env["callgear.event"].flush_model()
        # Of a call there may be thousands, which need not be read.
        for part in (
            SQL("call_id IN %s", tuple(calls.ids)),
            SQL(
                "(connection_id, session_id) IN %s AND is_absorbed IS NOT TRUE",
                tuple(sessions),
            ),
        ):
            self.env.cr.execute(SQL("DELETE FROM callgear_event WHERE %s", part))
            count += self.env.cr.rowcount
        self.env["callgear.event"].invalidate_model()
        return count

    @api.model
    def _forget_recordings(self, calls, with_kept=False):
        """Delete the files of calls, and their addresses at CallGear.

        :param with_kept: also those that are marked to be kept
        :return: how many files were deleted
        """
        recordings = calls.recording_ids
        if not with_kept:
            kept = recordings.filtered(lambda one: one.is_kept and one.attachment_id)
            for recording in kept:  # the name has the number in it
                recording.attachment_id.name = recording._file_name(
                    recording.attachment_id.name[-4:]
                )
            recordings -= kept
        files = recordings.with_context(callgear_deletion="erased").attachment_id
        count = len(files)
        files.unlink()
        for recording in recordings:
            values = {"url": f"{ERASED}{recording.id}"}
            if recording.state == "pending":
                values["state"] = "failed"
            write_changes(recording, values)
        return count

    @api.model
    @changed_by(Hand.CALL)
    def _forget_summaries(self, calls):
        """Delete what agents have written about calls, also where tickets repeat it.

        :return: how many texts were deleted
        """
        written = Domain("summary", "!=", False) | Domain("subject", "!=", False)
        Leg = self.env["callgear.leg"]
        legs = Leg.search(Domain("call_id", "in", calls.ids) & written)
        text = self.env["callgear.call.text"]
        for leg in legs:
            ticket, told = leg.ticket_id, text._ticket_description(leg, "")
            leg.write({"summary": False, "subject": False})
            if ticket and _is_same_text(ticket.description, told):
                subject = text._subject(leg.call_id._in_language(), leg.entry)
                self._write_quietly(
                    ticket, {"description": text._ticket_description(leg, subject)}
                )
            self._rewrite_message(leg)
        return len(legs)

    @api.model
    @changed_by(Hand.CALL)
    def _forget_numbers(self, calls, deletion):
        """Take numbers and names of callers out of calls and of what shows them.

        :param deletion: why; of a person's request, the calls lose their contact, too
        """
        is_request = deletion.reason == "person"
        numbers = {*calls.mapped("phone"), *calls.mapped("phone_raw")} - {False}
        partners = calls.partner_id
        names = {*calls.mapped("contact_name"), *partners.mapped("name")} - {False}
        waiting = calls.filtered(lambda call: call.call_back_state == "waiting")
        values = {
            "phone": False,
            "phone_raw": False,
            "contact_name": False,
            "is_erased": True,
            "erasure_id": deletion.id,
        }
        if is_request:
            values |= {"partner_id": False, "tags": False}
        calls.write(values)
        self.env["callgear.promise"]._end_by_person(waiting)
        shown = Domain("ticket_id", "!=", False) | Domain("message_id", "!=", False)
        shown |= Domain("follow_up_ids", "!=", False)
        Leg = self.env["callgear.leg"].with_context(active_test=False)
        legs = Leg.search(Domain("call_id", "in", calls.ids) & shown)
        legs.write({"announced": False, "announced_card": False})
        for leg in legs:
            self._rewrite_message(leg)
        if not is_request:
            partners, names = partners.browse(), set()
        self._mask_elsewhere(calls, legs, numbers)
        self._mask_messages("res.partner", partners.ids, numbers)
        self._mask_messages("helpdesk.ticket", legs.ticket_id.ids, numbers, names)
        self._mask_tickets(legs, partners, numbers)
        for recording in calls.recording_ids.filtered("attachment_id"):
            extension = recording.attachment_id.name[-4:]
            recording.attachment_id.name = recording._file_name(extension)

    @api.model
    def _rewrite_message(self, leg):
        """Write the call message anew, also if a person has edited it."""
        if leg.message_id:
            lang = leg.call_id._in_language().env.lang
            text = self.env["callgear.call.text"].with_context(lang=lang)
            leg.message_id.body = text._message_body(leg)

    @api.model
    def _mask_tickets(self, legs, partners, numbers):
        """Take numbers out of the fields of tickets; and whose those are that calls made.

        :param partners: contacts whose name and address the tickets lose
        """
        made = legs.filtered(lambda leg: leg.ticket_choice in _MADE_FOR_IT).ticket_id
        for ticket in legs.ticket_id:
            fields_of_text = ("name", "description", "partner_name")
            values = {
                name: without_numbers(str(ticket[name]), numbers)
                for name in fields_of_text
                if ticket[name]
            }
            if ticket in made and ticket.partner_id in partners and partners:
                ticket.message_unsubscribe(ticket.partner_id.ids)
                values |= {"partner_id": False, "partner_email": False}
                call = legs.call_id[:1]._in_language()
                values["partner_name"] = call._number_text()
            self._write_quietly(ticket, values)
            ticket._callgear_update_waiting()

    @api.model
    def _write_quietly(self, ticket, values):
        """Write to a ticket what differs; nothing of it is tracked or told."""
        ticket = ticket.with_context(tracking_disable=True)
        ticket._callgear_write_from_call(values)

    @api.model
    def _mask_elsewhere(self, calls, legs, numbers):
        """Take numbers out of differences and planned calls."""
        Difference = self.env["callgear.difference"]
        of_calls = Domain("call_id", "in", calls.ids)
        of_calls |= Domain("session_id", "in", calls.mapped("session_id"))
        Difference.search(of_calls & Domain("phone", "!=", False)).phone = False
        Activity = self.env["mail.activity"].with_context(active_test=False)
        in_tickets = Domain("res_model", "=", "helpdesk.ticket")
        in_tickets &= Domain("res_id", "in", legs.ticket_id.ids)
        planned = Domain("id", "in", legs.follow_up_ids.ids) | in_tickets
        for activity in Activity.search(planned):
            self._mask(activity, ("summary", "note", "res_name"), numbers)

    @api.model
    def _mask_messages(self, model, ids, numbers, names=()):
        """Take numbers out of the messages of records, and of what these track.

        :param names: of contacts, that are tracked values
        """
        ends = [f"%{end}%" for end in number_ends(numbers)]
        if not ids or not (ends or names):
            return
        self.env.flush_all()
        query = """
            SELECT message.id, track.id FROM mail_message message
            LEFT JOIN mail_tracking_value track ON track.mail_message_id = message.id
            WHERE message.model = %s AND message.res_id IN %s AND (regexp_replace(
                concat_ws(' ', message.body, message.subject, track.old_value_char,
                          track.new_value_char, track.old_value_text,
                          track.new_value_text), '\\D', '', 'g') LIKE ANY (%s::text[])
                OR track.old_value_char = ANY (%s) OR track.new_value_char = ANY (%s))
        """
        known = list(names)
        rows = self.env.execute_query(SQL(query, model, tuple(ids), ends, known, known))
        Message, Track = self.env["mail.message"], self.env["mail.tracking.value"]
        for message in Message.browse({message_id for message_id, _track in rows}):
            self._mask(message, ("body", "subject"), numbers)
        for track in Track.browse({track_id for _id, track_id in rows if track_id}):
            self._mask(track, _TRACKED, numbers, names)

    @api.model
    def _mask(self, record, fields_of_text, numbers, names=()):
        texts = {name: str(record[name]) for name in fields_of_text if record[name]}
        for name, text in texts.items():
            texts[name] = INSTEAD if text in names else without_numbers(text, numbers)
        write_changes(record, texts)


def _is_same_text(html, other):
    """Return whether two texts in HTML read the same, and there is one."""
    text = html2plaintext(html or "").split()
    return bool(text) and text == html2plaintext(other or "").split()
