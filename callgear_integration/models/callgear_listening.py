# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import time
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models

from ..transaction import end_transaction

# A player asks for a file in many parts: what follows within so long is the same listening.
SESSION = timedelta(minutes=30)
# What was noted less than so many seconds ago is not looked for again.
NOTED_SECONDS = 300
# More of these are not remembered by a process.
MAX_NOTED = 10_000
# Rows that are deleted at a time when they have been kept for long enough.
MAX_EXPIRED = 5000

# (database, user, recording, way) → when this process has noted it (monotonic).
_noted = {}


class CallgearListening(models.Model):
    """That a user has listened to a recording, or got its file in another way (R51)."""

    _name = "callgear.listening"
    _description = "Listening to a Recording"
    _order = "started_at desc, id desc"
    _rec_name = "recording_id"
    _log_access = False

    recording_id = fields.Many2one(
        "callgear.recording", required=True, readonly=True, ondelete="cascade"
    )
    call_id = fields.Many2one(related="recording_id.call_id")
    company_id = fields.Many2one(related="recording_id.company_id")
    user_id = fields.Many2one(
        "res.users", string="Who", readonly=True, ondelete="set null", index=True
    )
    way = fields.Selection(
        [
            ("play", "Played"),
            ("download", "Downloaded"),
            ("portal", "Played in the portal"),
            ("api", "Read as a file"),
            ("export", "Exported for the contact"),
        ],
        string="How",
        required=True,
        readonly=True,
        help="Read as a file: through Odoo's API, an export, or with a copied message.",
    )
    started_at = fields.Datetime(string="When", required=True, readonly=True)
    last_at = fields.Datetime(string="Until", required=True, readonly=True)

    _session_idx = models.Index("(recording_id, user_id, way, last_at)")
    _old_idx = models.Index("(last_at)")

    @api.model
    def _note(self, attachments, way):
        """Note that the user gets the files of recordings; cheap if that is known.

        :param attachments: ``ir.attachment`` of recordings
        :param str way: see the field
        """
        ids = {attachment.res_id for attachment in attachments if attachment.res_id}
        keys = {(self.env.cr.dbname, self.env.uid, id_, way) for id_ in ids}
        now = time.monotonic()
        new = {key for key in keys if now - _noted.get(key, -1e9) > NOTED_SECONDS}
        if not new:
            return
        if self.env.cr.readonly:
            # Nothing has been written, and nothing is read twice: no snapshot is needed.
            end_transaction(self.env)
            with self.env.registry.cursor() as cr:
                self._write_down(self.env(cr=cr), new)
            _remember(new, now)
        else:
            self._write_down(self.env, new)
            self.env.cr.postcommit.add(lambda: _remember(new, now))

    @api.model
    def _write_down(self, env, keys):
        """Make rows, or extend those of a listening that goes on.

        :param keys: set of (database, user, recording, way)
        """
        # sudo: callgear.listening - noted of everybody who may hear it
        Listening = env[self._name].sudo()
        now = fields.Datetime.now()
        for _dbname, uid, recording_id, way in keys:
            recent = Listening.search(
                [
                    ("recording_id", "=", recording_id),
                    ("user_id", "=", uid),
                    ("way", "=", way),
                    ("last_at", ">", now - SESSION),
                ],
                limit=1,
            )
            if recent:
                recent.last_at = now
            # sudo: callgear.recording - the file may have outlived it
            elif env["callgear.recording"].sudo().browse(recording_id).exists():
                Listening.create(
                    {
                        "recording_id": recording_id,
                        "user_id": uid,
                        "way": way,
                        "started_at": now,
                        "last_at": now,
                    }
                )

    @api.model
    def _note_read(self, attachments):
        """Note that a user's own code has read files; what the server does is no listening."""
        if self.env.uid != SUPERUSER_ID:
            self._note(attachments, "api")

    @api.autovacuum
    def _gc_old(self):
        """Delete rows that have been kept for long enough.

        :return: how many were deleted, and how many are left to delete, or 1
        """
        done, left = 0, 0
        Connection = self.env["callgear.connection"].with_context(active_test=False)
        for connection in Connection.search([("listening_days", ">", 0)]):
            before = fields.Datetime.now() - timedelta(days=connection.listening_days)
            old = self.search(
                [
                    ("last_at", "<", before),
                    ("recording_id.call_id.connection_id", "=", connection.id),
                ],
                order="last_at",
                limit=MAX_EXPIRED + 1,
            )
            now, rest = old[:MAX_EXPIRED], old[MAX_EXPIRED:]
            now.unlink()
            done, left = done + len(now), left or len(rest)
        return done, left


def _remember(keys, moment):
    if len(_noted) > MAX_NOTED:
        _noted.clear()
    _noted.update(dict.fromkeys(keys, moment))
