# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R51: recordings are kept for as long as the admin says; who deletes one is noted."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user

from odoo.addons.callgear_integration.models import callgear_recording

from .audio_host import MP3
from .case import tagged
from .recording_case import RecordingCase


@tagged("post_install", "-at_install")
class TestKept(RecordingCase):
    def setUp(self):
        super().setUp()
        self.recording = self.fetched(MP3)
        self.assertEqual(self.recording.state, "stored")
        self.manager = new_test_user(
            self.env,
            "kept_manager",
            "base.group_user,helpdesk_mgmt.group_helpdesk_manager",
        )

    def days_later(self, days):
        """So long after the call, the nightly job."""
        self.recording.call_id.ended_at = fields.Datetime.now() - timedelta(days=days)
        self.env.flush_all()
        self.env["callgear.recording"]._gc_expired()

    def test_r51_for_ever_unless_the_admin_says_otherwise(self):
        self.days_later(4000)
        self.assertTrue(self.recording.attachment_id)

    def test_r51_for_as_many_days_as_the_admin_says(self):
        """The file goes; the call, its message and its figures stay."""
        self.connection.recording_days = 30
        attachment, note = (
            self.recording.attachment_id,
            self.recording.leg_id.message_id,
        )
        self.days_later(29)
        self.assertTrue(attachment.exists())
        self.days_later(31)
        self.assertFalse(attachment.exists())
        self.assertEqual(self.recording._shown_state(), "deleted")
        self.assertTrue(note.exists())
        self.assertFalse(note.attachment_ids)
        self.assertEqual(self.recording.duration, 209)

    def test_r51_deletion_is_traced(self):
        self.connection.recording_days = 30
        with self.assertLogs(callgear_recording.__name__, 20) as logs:
            self.days_later(31)
        self.assertIn("file deleted", logs.output[0])
        self.assertNotIn(self.recording.url, "".join(logs.output))
        self.assertEqual(self.recording.deletion, "expired")
        self.assertEqual(self.recording.deleted_by_id, self.env.user)
        self.assertTrue(self.recording.deleted_at)

    def test_r51_deletion_by_a_person_is_traced(self):
        attachment = self.recording.attachment_id
        attachment.with_user(self.manager).sudo().unlink()
        self.assertEqual(self.recording.deletion, "person")
        self.assertEqual(self.recording.deleted_by_id, self.manager)

    def test_r51_it_is_not_fetched_again(self):
        self.connection.recording_days = 30
        self.days_later(31)
        self.host.asked.clear()
        self.run_cron()
        self.assertEqual(self.host.asked, [])

    def test_r51_one_may_be_exempt(self):
        self.connection.recording_days = 30
        self.recording.with_user(self.manager).action_keep()
        self.days_later(31)
        self.assertTrue(self.recording.attachment_id)
        self.recording.with_user(self.manager).action_keep()
        self.days_later(31)
        self.assertFalse(self.recording.attachment_id)

    def test_r51_agents_decide_nothing_of_it(self):
        with self.assertRaises(AccessError):
            self.recording.with_user(self.sara).action_keep()

    def test_r51_many_at_a_time(self):
        self.connection.recording_days = 30
        self.patch(callgear_recording, "MAX_EXPIRED", 1)
        second = self.recording.copy(
            {
                "url": f"{self.recording.url}b",
                "attachment_id": self.recording.attachment_id.copy().id,
            }
        )
        self.recording.call_id.ended_at = fields.Datetime.now() - timedelta(days=31)
        self.env.flush_all()
        Recording = self.env["callgear.recording"]
        self.assertEqual(Recording._gc_expired(), (1, 1))
        self.assertEqual(Recording._gc_expired(), (1, 0))
        self.assertFalse((self.recording | second).attachment_id)

    def test_other_attachments_are_not_looked_at(self):
        other = self.env["ir.attachment"].create({"name": "a.txt", "raw": b"a"})
        other.flush_recordset()
        with self.assertNoLogs(callgear_recording.__name__, 20):
            other.unlink()
        self.assertFalse(self.recording.deleted_at)
