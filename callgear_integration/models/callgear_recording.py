# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
import math
import tempfile
import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from .. import clock
from ..api_guard import circuit_of_host
from ..callgear.download import (
    DownloadError,
    DownloadLimits,
    NotThere,
    fetch_audio,
    host_of,
)
from ..client_input import for_clients
from ..tools.write_changes import write_changes
from ..transaction import cron_seconds, in_own_transaction, roll_back
from .callgear_connection import ADMIN

_logger = logging.getLogger(__name__)

# Seconds until the next attempt. CallGear needs a while to write the file; the later
# attempts are for its outages.
BACKOFF = (15, 30, 60, 120, 300, 900, 3600, 4 * 3600, 12 * 3600, 24 * 3600)
# After so many failed attempts, which take some minutes, people are told that it is late.
LATE_ATTEMPTS = 5
# Seconds that a download may take, if the worker may live twice as long.
MAX_SECONDS = 120
# A failure that takes so long keeps others waiting: the host is left alone for a while.
SLOW_SECONDS = 20
# How long a worker may take to download a file; then there is another attempt, in case
# the worker has died.
CLAIM_MINUTES = 10
# Files that are deleted at a time when they have been kept for long enough.
MAX_EXPIRED = 500
# Not taken from ``mimetypes``: its table differs between machines.
EXTENSIONS = {
    "audio/mpeg": ".mp3",
    "audio/wav": ".wav",
    "audio/ogg": ".ogg",
    "audio/flac": ".flac",
    "audio/mp4": ".m4a",
}
FETCH_CRON = "callgear_integration.ir_cron_fetch_recordings"
# In place of the address of a recording whose call was erased.
ERASED = "erased:"
PRIVATE_HOSTS = "callgear_integration.private_recording_hosts"
MANAGER = "helpdesk_mgmt.group_helpdesk_manager"


class CallgearRecording(models.Model):
    """An audio file of a call: first its URL, later also a copy in an attachment."""

    _name = "callgear.recording"
    _inherit = ["callgear.hidden.links", "callgear.visibility"]
    _description = "Call Recording"
    _order = "sequence, id"
    _rec_name = "call_id"

    call_id = fields.Many2one(
        "callgear.call", required=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(related="call_id.company_id", store=True)
    leg_id = fields.Many2one(
        "callgear.leg",
        string="Conversation",
        ondelete="set null",
        readonly=True,
        index="btree_not_null",
    )
    url = fields.Char(
        string="Address",
        required=True,
        readonly=True,
        groups=ADMIN,
        exportable=False,
        help="Anyone who knows the address can listen, so only administrators see it.",
    )
    sequence = fields.Integer(
        readonly=True, help="The order of the call's conversations."
    )
    duration = fields.Integer(string="Length (s)", readonly=True)
    state = fields.Selection(
        [("pending", "Pending"), ("stored", "Stored"), ("failed", "Not available")],
        required=True,
        readonly=True,
        default="pending",
    )
    attachment_id = fields.Many2one(
        "ir.attachment", ondelete="set null", readonly=True, index="btree_not_null"
    )
    attempts = fields.Integer(readonly=True, default=0)
    next_attempt_at = fields.Datetime(
        readonly=True, default=lambda self: clock.now(self.env)
    )
    error = fields.Char(readonly=True)
    is_gone = fields.Boolean(
        readonly=True,
        help="CallGear did not deliver the file, even after all attempts.",
    )

    is_kept = fields.Boolean(
        string="Keep",
        readonly=True,
        help="The file is not deleted, however long recordings are kept.",
    )
    deleted_at = fields.Datetime(string="Deleted", readonly=True)
    deleted_by_id = fields.Many2one(
        "res.users", string="Deleted by", readonly=True, ondelete="set null"
    )
    deletion = fields.Selection(
        [
            ("expired", "Kept for long enough"),
            ("person", "By a person"),
            ("erased", "Erased with the caller's data"),
        ],
        string="Why Deleted",
        readonly=True,
    )

    lost_file = fields.Char(
        readonly=True,
        groups="base.group_system",
        exportable=False,
        help="File that is to be deleted from the file store of a neutralized copy.",
    )
    listening_ids = fields.One2many(
        "callgear.listening", "recording_id", readonly=True, groups=MANAGER
    )

    _url_uniq = models.Constraint(
        "UNIQUE (call_id, url)", "This record already exists."
    )
    _pending_idx = models.Index("(next_attempt_at) WHERE state = 'pending'")
    _missing_idx = models.Index("(create_date) WHERE state IN ('failed', 'pending')")

    # ------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        recordings = super().create(vals_list)
        recordings.leg_id._note_facts()
        return recordings

    def write(self, vals):
        legs = self.leg_id if "leg_id" in vals else None
        result = super().write(vals)
        if legs is not None:
            (legs | self.leg_id)._note_facts()
        return result

    def unlink(self):
        self.leg_id._note_facts()
        return super().unlink()

    # ----------------------------------------------------------------- rights

    @api.model
    def _visible_domain(self, among=None, is_page=False):
        """Return the domain of the recordings of conversations that the user may see.

        One that belongs to no conversation is as visible as its call's tickets, if it has
        any: that an agent's phone rang is no reason to hear what was said.
        """
        in_tickets, without = self.env["callgear.leg"]._visible_parts()
        if in_tickets.is_true():
            return in_tickets
        # "any!": the domains hold all rights to conversations; the company is the call's.
        has_ticket = Domain("ticket_id", "!=", False)
        of_call = Domain("leg_ids", "any!", in_tickets) | (
            Domain("leg_ids", "any!", without)
            & Domain("leg_ids", "not any!", has_ticket)
        )
        return Domain("leg_id", "any!", in_tickets | without) | (
            Domain("leg_id", "=", False) & Domain("call_id", "any!", of_call)
        )

    def _ticket(self):
        """Return the ticket whose call message has the recording, or none."""
        return (self.leg_id or self.call_id.live_leg_ids).ticket_id[:1]

    def _may_hear_in_portal(self, user):
        """Return whether a portal user may hear it.

        The connection must allow it, and the user must have access to the ticket.
        """
        if not self or self.state != "stored":
            return False
        if not self.call_id.connection_id.portal_recordings:
            return False
        ticket = self._ticket().with_user(user)
        return bool(ticket) and ticket.has_access("read")

    # ---------------------------------------------------------------- arrival

    @api.model
    def _trigger(self, at=None):
        """Start the cron that downloads recordings, now or at a time (naive UTC)."""
        cron_id = self.env["ir.model.data"]._xmlid_to_res_id(FETCH_CRON)
        # sudo: ir.cron - any user with a new recording may start it
        self.env["ir.cron"].sudo().browse(cron_id)._trigger(at)

    def _update_from_timeline(self, values):
        """Write what differs; if the leg has changed, update the call messages.

        :return: whether anything has changed
        """
        self.ensure_one()
        old = self.leg_id
        changed = write_changes(self, values)
        if "leg_id" in changed and self.attachment_id:
            for leg in old | self.leg_id:
                self.env["callgear.settlement"]._sync_message(leg)
        return bool(changed)

    # --------------------------------------------------------------- fetching

    @api.model
    def _cron_fetch(self):
        """Download what is due, one file after the other, without holding a lock."""
        cron = self.env["ir.cron"]
        due = self._due()
        # The count includes what is due beyond this batch, so the cron runs again for it.
        cron._commit_progress(
            remaining=self.search_count(self._due_domain(), limit=1000)
        )
        for recording in due:
            if not recording._put_off() and recording._claim():
                recording._fetch()
            if not cron._commit_progress(1):
                break

    @api.model
    def _due_domain(self):
        now = clock.now(self.env)
        return [("state", "=", "pending"), ("next_attempt_at", "<=", now)]

    @api.model
    def _due(self):
        """Return what is downloaded next: what has failed already lets the others pass."""
        order = "attempts, next_attempt_at, id"
        return self.search(self._due_domain(), order=order, limit=50)

    def _put_off(self):
        """Put the download off if its host was slow just now, and commit.

        Else each of its files would take all the time there is, one after the other, and
        those of other hosts would wait for all of them.

        :return: whether it is put off
        """
        seconds = self._circuit().wait()
        if not seconds or not self.try_lock_for_update():
            return False
        until = clock.now(self.env) + timedelta(seconds=math.ceil(seconds))
        self.next_attempt_at = until
        self._trigger(until)
        return True

    def _circuit(self):
        self.ensure_one()
        return circuit_of_host(self.env.cr.dbname, host_of(self.url))

    def _claim(self):
        """Reserve the recording for this worker, and commit; return whether it was due.

        One that somebody is writing to at this moment is looked at again soon.
        """
        self.ensure_one()
        locked = self.try_lock_for_update()
        if not locked:
            self._trigger(clock.now(self.env) + timedelta(minutes=1))
        due = locked.state == "pending" and locked.next_attempt_at <= clock.now(
            self.env
        )
        if due:
            until = clock.now(self.env) + timedelta(minutes=CLAIM_MINUTES)
            self.write({"attempts": self.attempts + 1, "next_attempt_at": until})
        self.env["ir.cron"]._commit_progress()
        return due

    def _fetch(self):
        """Download the file and store it, or store why not. Memory use stays small."""
        self.ensure_one()
        circuit, limits = self._circuit(), self._limits()
        began = time.monotonic()
        try:
            with tempfile.TemporaryFile() as file:
                audio = fetch_audio(self.url, limits, file)
                circuit.succeeded()
                self._store(self._keep, audio)
        except DownloadError as error:
            if time.monotonic() - began > min(SLOW_SECONDS, limits.max_seconds / 2):
                circuit.failed()
            self._store(self._write_failure, error)
        except OSError as error:  # the file store, or the temporary one when closed
            reason = f"no room for the file ({error.strerror})"
            self._store(self._write_failure, DownloadError(reason))
        except Exception as error:
            # Whatever it is, it is written down, and others are downloaded all the same.
            roll_back(self.env)
            _logger.warning("CallGear recording %s", self.id, exc_info=True)
            reason = f"an unexpected error ({type(error).__name__})"
            self._store(self._write_failure, DownloadError(reason))

    def _store(self, function, result):
        """Store what a download has led to, whatever has become of the call meanwhile.

        The download took its time; the refresh of the call, whose lock this takes as well,
        may have written to the same records since it began.
        """

        def store():
            call = self.exists().call_id
            if call:
                call.connection_id._lock("session", call.session_id)
                self.env.invalidate_all()  # whoever had the lock may have changed it
                with self.env.cr.savepoint():
                    # It may have been deleted, or erased: then the file is not wanted.
                    if self.exists() and self.state == "pending":
                        function(result)

        in_own_transaction(self.env, store)

    def _limits(self):
        connection = self.call_id.connection_id
        private = self.env["ir.config_parameter"].get_param(PRIVATE_HOSTS, "")
        return DownloadLimits(
            hosts=connection._recording_hosts(),
            private_hosts=frozenset(private.replace(" ", "").lower().split(",")),
            max_bytes=max(1, connection.recording_max_mb) * 1024 * 1024,
            max_seconds=cron_seconds(MAX_SECONDS, parts=2),
        )

    def _keep(self, audio):
        """Store the file as an attachment, and update the call message.

        :param audio: ``Audio``
        """
        attachment = self.env["ir.attachment"]._callgear_create_from_file(
            {
                "name": self._file_name(EXTENSIONS[audio.mimetype]),
                "mimetype": audio.mimetype,
                "res_model": self._name,
                "res_id": self.id,
            },
            audio.file,
        )
        self.write(
            {
                "attachment_id": attachment.id,
                "state": "stored",
                "error": False,
                "is_gone": False,
            }
        )
        self._sync_messages()

    def _file_name(self, extension):
        """Return the name of the file for people who download it."""
        call = self.call_id
        started = call.started_at.strftime("%Y-%m-%d-%H%M%S")
        number = (call.phone or "").strip("+") or "hidden"
        return f"call-{started}-{'deleted' if call.is_erased else number}{extension}"

    def _sync_messages(self):
        for leg in self.leg_id or self.call_id.live_leg_ids:
            if leg.entry:
                self.env["callgear.settlement"]._sync_message(leg)
        self.env["callgear.announcer"]._announce(self.call_id)

    def _announce_cards(self):
        """Tell open pages what has become of the file, as far as they show that."""
        for leg in self.leg_id or self.call_id.live_leg_ids:
            if leg.entry:
                self.env["callgear.announcer"]._announce_card(leg)

    def _shown_state(self):
        """Return what people are told of the file.

        :return: ``awaited``, ``late``, ``stored``, ``deleted``, ``gone`` or ``failed``
        """
        self.ensure_one()
        if self.state == "pending":
            return "late" if self.attempts >= LATE_ATTEMPTS else "awaited"
        if self.state == "stored":
            return "stored" if self.attachment_id else "deleted"
        return "gone" if self.is_gone else "failed"

    def _write_failure(self, error):
        """Store the failure; schedule another attempt if it may succeed.

        :param error: ``DownloadError``
        """
        last = not error.retry or self.attempts > len(BACKOFF)
        values = {
            "error": str(error)[:300],
            "state": "failed" if last else "pending",
            "is_gone": last and isinstance(error, NotThere),
        }
        if not last:
            delay = timedelta(seconds=BACKOFF[max(self.attempts, 1) - 1])
            values["next_attempt_at"] = clock.now(self.env) + delay
            self._trigger(values["next_attempt_at"])
        self.write(values)
        self._announce_cards()
        _logger.info("CallGear recording %s not fetched: %s", self.id, error)

    @for_clients()
    def action_retry(self):
        """Download again, with all attempts left.

        :raises AccessError: the user may not
        """
        self.check_access("read")
        if not self.env.user.has_group(MANAGER):
            self.check_access("write")
        # sudo: callgear.recording - managers may start a download, but not edit
        again_sudo = self.sudo().filtered(
            lambda r: r.state != "stored" and not r.url.startswith(ERASED)
        )
        again_sudo.write(
            {
                "state": "pending",
                "attempts": 0,
                "error": False,
                "is_gone": False,
                "next_attempt_at": clock.now(self.env),
            }
        )
        for recording_sudo in again_sudo:
            recording_sudo._announce_cards()
        self._trigger()

    # --------------------------------------------------------------- deletion

    @for_clients()
    def action_keep(self):
        """Keep the files however long recordings are kept; or no more, if all are.

        :raises AccessError: the user may not
        """
        self.check_access("read")
        if not self.env.user.has_group(MANAGER):
            self.check_access("write")
        # sudo: callgear.recording - as for action_retry
        self.sudo().is_kept = not all(self.mapped("is_kept"))

    @api.autovacuum
    def _gc_expired(self):
        """Delete the files that have been kept for long enough (R51).

        :return: how many were deleted, and how many are left to delete, or 1
        """
        done, left = 0, 0
        exempt = self.env["callgear.erasure"]._exempt_domain()
        Connection = self.env["callgear.connection"].with_context(active_test=False)
        for connection in Connection.search([("recording_days", ">", 0)]):
            days = timedelta(days=connection.recording_days)
            expired = self.search(
                [
                    ("attachment_id", "!=", False),
                    ("is_kept", "=", False),
                    ("call_id", "not any", exempt),
                    ("call_id.connection_id", "=", connection.id),
                    ("call_id.ended_at", "<", clock.now(self.env) - days),
                ],
                order="id",
                limit=MAX_EXPIRED + 1,
            )
            now = expired[:MAX_EXPIRED]
            now.with_context(callgear_deletion="expired").attachment_id.unlink()
            if now:
                deletion = self.env["callgear.deletion"]._today(connection)
                deletion._count(recording_count=len(now))
            done, left = done + len(now), left or len(expired - now)
        return done, left

    @api.autovacuum
    def _gc_lost_files(self):
        """Delete the files that neutralising a copy has taken from their attachments."""
        lost = self.search([("lost_file", "!=", False)], limit=MAX_EXPIRED)
        for recording in lost:
            # What another attachment has as well stays, and so does what is no file here.
            self.env["ir.attachment"]._file_delete(recording.lost_file)
        lost.lost_file = False
        return len(lost), int(len(lost) == MAX_EXPIRED)

    @api.model
    def _note_deletion(self, attachments):
        """Note who deletes files, and why: to be called before that.

        :param attachments: ``ir.attachment``
        :return: the recordings whose files they are, in sudo mode
        """
        # sudo: callgear.recording - whoever may delete the file cannot write to it
        recordings_sudo = self.sudo().search([("attachment_id", "in", attachments.ids)])
        # Clients can send a context, but are not in sudo mode.
        why = self.env.su and self.env.context.get("callgear_deletion")
        recordings_sudo.write(
            {
                "deleted_at": clock.now(self.env),
                "deleted_by_id": self.env.uid,
                "deletion": why if why in ("expired", "erased") else "person",
            }
        )
        for recording in recordings_sudo:
            _logger.info(
                "CallGear recording %s: file deleted by user %s (%s)",
                recording.id,
                self.env.uid,
                recording.deletion,
            )
        return recordings_sudo

    # -------------------------------------------------------------- uninstall

    @api.model
    def _hand_over_to_tickets(self):
        """Make the audio files attachments of their tickets, which are not deleted."""
        for recording in self.search([("attachment_id", "!=", False)]):
            ticket = recording._ticket()
            if ticket:
                recording.attachment_id.write(
                    {"res_model": ticket._name, "res_id": ticket.id}
                )
