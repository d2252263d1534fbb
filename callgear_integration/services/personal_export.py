# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import json
import zipfile
from io import TextIOWrapper

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import html2plaintext, split_every

BATCH = 100
_CHUNK = 1024 * 1024
_CALL = (
    "direction",
    "phone",
    "phone_raw",
    "contact_name",
    "virtual_phone",
    "state",
    "outcome",
    "missed_reason",
    "started_at",
    "answered_at",
    "ended_at",
    "wait_seconds",
    "talk_seconds",
    "total_seconds",
    "scenario_name",
    "tags",
    "call_back_state",
    "call_back_due_at",
    "called_back_at",
    "is_kept",
)
_LEG = (
    "is_operator",
    "started_at",
    "picked_up_at",
    "answered_at",
    "ended_at",
    "talk_seconds",
    "subject",
    "summary",
)


class CallgearPersonalExport(models.AbstractModel):
    """Writes down all that calls hold about a contact, for them to be given (R51).

    Some calls at a time, so that memory use does not grow with their number.
    """

    _name = "callgear.personal.export"
    _description = "Export of Personal Data of Calls"

    @api.model
    def _write(self, file, domain, partner, loose):
        """Write a ZIP file: ``data.json``, and the recordings.

        :param file: a binary file
        :param domain: of the calls, see ``callgear.erasure``
        :param partner: ``res.partner``, may be empty
        :param loose: notifications of no call
        """
        ids = self.env["callgear.call"].search(domain, order="started_at, id").ids
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as whole:
            with whole.open("data.json", "w", force_zip64=True) as entry:
                text = TextIOWrapper(entry, "utf-8", write_through=True)
                self._write_data(text, ids, partner, loose)
                text.flush()
                text.detach()
            self._write_audio(whole, ids)

    @api.model
    def _write_data(self, text, ids, partner, loose):
        head = {
            "exported_at": fields.Datetime.now(),
            "time_zone": "UTC",
            "contact": self._contact(partner),
            "lines": self._lines(ids),
            "erased": self._erased(partner),
            "notifications_of_no_call": [self._notification(one) for one in loose],
        }
        text.write(_json(head)[:-2] + ',\n "calls": [')
        for number, some in enumerate(split_every(BATCH, ids)):
            calls = [
                self._call(call) for call in self.env["callgear.call"].browse(some)
            ]
            text.write(",\n" if number else "\n")
            text.write(",\n".join(_json(call) for call in calls))
            self.env.invalidate_all()
        text.write("]}\n")

    @api.model
    def _contact(self, partner):
        """Return what is known of the contact by calls: numbers, and when they were used."""
        if not partner:
            return None
        Phone, Unread = (
            self.env["callgear.partner.phone"],
            self.env["callgear.unread.number"],
        )
        rows = Phone.search([("partner_id", "=", partner.id)])
        unread = Unread.search([("partner_id", "=", partner.id)])
        return {
            "name": partner.name,
            "numbers": [
                {
                    **_values(row, ("number", "last_spoken_at")),
                    "from": _label(row, "origin"),
                }
                for row in rows
            ],
            "numbers_that_cannot_be_read": unread.mapped("text"),
        }

    @api.model
    def _lines(self, ids):
        """Return the account's numbers that were called, and how callers are told."""
        called = self.env["callgear.call"]._read_group(
            [("id", "in", ids)], ["virtual_number_id"]
        )
        return [
            _values(line, ("number", "name", "consent_note"))
            for (line,) in called
            if line
        ]

    @api.model
    def _erased(self, partner):
        """Return when data of the contact has been erased before."""
        if not partner:
            return []
        rows = self.env["callgear.deletion"].search([("partner_id", "=", partner.id)])
        return [_values(row, ("date", "note", "call_count")) for row in rows]

    @api.model
    def _call(self, call):
        legs = call.leg_ids
        return {
            **_values(call, _CALL),
            "contact": call.partner_id.name or None,
            "agent": call.agent_id.name or None,
            "line": call.virtual_number_id.name or None,
            "conversations": [self._leg(leg) for leg in legs],
            "recordings": [self._recording(one) for one in call.recording_ids],
            "notifications": [
                self._notification(event) for event in self._notifications(call)
            ],
            "differences_from_callgears_report": [
                {"started_at": row.started_at, "kind": _label(row, "kind")}
                for row in self.env["callgear.difference"].search(
                    [("call_id", "=", call.id)]
                )
            ],
        }

    @api.model
    def _notifications(self, call):
        """Return all that CallGear has told of a call, also what could not be worked on."""
        of_call = Domain("call_id", "=", call.id)
        of_session = Domain("connection_id", "=", call.connection_id.id)
        of_session &= Domain("session_id", "=", call.session_id)
        of_session &= Domain("is_absorbed", "=", False) & Domain("call_id", "=", False)
        return self.env["callgear.event"].search(of_call | of_session, order="id")

    @api.model
    def _notification(self, event):
        return {**_values(event, ("event", "received_at")), "payload": event.payload}

    @api.model
    def _leg(self, leg):
        return {
            **_values(leg, _LEG),
            "agent": leg.user_id.name or leg.operator_id.name or None,
            "result": leg.result_id.name or None,
            "ticket": leg.ticket_id.number or None,
            "ticket_subject": leg.ticket_id.name or None,
            "message_in_ticket": html2plaintext(leg.message_id.body or ""),
        }

    @api.model
    def _recording(self, recording):
        heard = self.env["callgear.listening"].search(
            [("recording_id", "=", recording.id)], order="id"
        )
        return {
            **_values(recording, ("duration", "is_kept", "deleted_at")),
            "file": _path(recording) if recording.attachment_id else None,
            "heard": [
                {
                    **_values(row, ("started_at", "last_at")),
                    "by": row.user_id.name,
                    "how": _label(row, "way"),
                }
                for row in heard
            ],
        }

    @api.model
    def _write_audio(self, whole, ids):
        """Add the files of recordings, one after the other."""
        stored = Domain("call_id", "in", ids) & Domain("attachment_id", "!=", False)
        found = self.env["callgear.recording"].search(stored, order="id").ids
        for some in split_every(BATCH, found):
            for recording in self.env["callgear.recording"].browse(some):
                attachment = recording.attachment_id
                self.env["callgear.listening"]._note(attachment, "export")
                with whole.open(_path(recording), "w", force_zip64=True) as entry:
                    for chunk in attachment._callgear_chunks(_CHUNK):
                        entry.write(chunk)
            self.env.invalidate_all()


def _path(recording):
    return f"recordings/{recording.id}-{recording.attachment_id.name}".replace("..", "")


def _values(record, names):
    """Return fields of a record; what is empty is None, but no is no, and 0 is 0."""
    return {
        name: record[name]
        if record[name] or record._fields[name].type in ("boolean", "integer")
        else None
        for name in names
    }


def _label(record, name):
    labels = dict(record._fields[name]._description_selection(record.env))
    return labels.get(record[name])


def _json(value):
    return json.dumps(value, ensure_ascii=False, indent=1, default=str)
