# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R16, R51: a recording is in the message of its conversation; managers may retry."""

from odoo import fields
from odoo.exceptions import AccessError

from .audio_host import MP3
from .builder import OMAR, SARA, CallBuilder
from .case import tagged
from .recording_case import RecordingCase
from .roles import make_roles
from .scenarios import attended_transfer, missed


@tagged("post_install", "-at_install")
class TestConversations(RecordingCase):
    def setUp(self):
        super().setUp()
        self.urls = [self.host.put("/1", MP3 + b"1"), self.host.put("/2", MP3 + b"2")]

    def heard(self, call, user):
        """Last byte of each file in the user's call message."""
        files = self.leg(call, user).message_id.attachment_ids
        return sorted(raw[-1:] for raw in files.mapped("raw"))

    def test_r16_after_a_transfer_each_conversation_has_its_own(self):
        call = attended_transfer()
        self.deliver(*self.with_files(call, *self.urls))
        self.run_cron()
        self.assertEqual(self.heard(call, self.sara), [b"1"])
        self.assertEqual(self.heard(call, self.omar), [b"2"])

    def test_r40_late_news_moves_a_stored_file_to_the_right_conversation(self):
        """The files come before anything is known of the colleague's part."""
        call = attended_transfer()
        told = self.with_files(call, *self.urls)
        of_omar = [d for d in told if f'"employee_id": {OMAR.id}' in d.text]
        of_omar = [d for d in of_omar if d.event in ("legout", "handset", "endleg")]
        self.deliver(*[d for d in told if d not in of_omar])
        self.run_cron()
        self.assertEqual(self.heard(call, self.sara), [b"1", b"2"])
        self.deliver(*of_omar)
        self.assertEqual(self.heard(call, self.sara), [b"1"])
        self.assertEqual(self.heard(call, self.omar), [b"2"])

    def test_r28_voicemail_is_in_the_message_of_its_ticket(self):
        self.connection.voicemail_tickets = True
        call = missed().record(60, kind="voice_mail")
        url = self.host.put("/system/media/voice_mail/1/2/", MP3 + b"3")
        self.deliver(*self.with_files(call, url))
        self.run_cron()
        message = self.tickets().call_leg_ids.message_id
        self.assertEqual(
            [raw[-1:] for raw in message.attachment_ids.mapped("raw")], [b"3"]
        )

    def test_r40_file_that_was_fetched_before_the_call_ended(self):
        """It is in the message as soon as there is one."""
        call = CallBuilder(1).ring(SARA, 4).answer(SARA, 11).record(12, employee=SARA)
        self.deliver(*self.with_files(call, self.urls[0]))
        self.run_cron()
        self.assertFalse(self.leg(call, self.sara).ticket_id)
        self.deliver(*call.leave(SARA, 30, talk=19).end(30, talk=19).deliveries)
        self.assertEqual(self.heard(call, self.sara), [b"1"])


@tagged("post_install", "-at_install")
class TestRetryButton(RecordingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.roles = make_roles(cls.env)

    def failed(self):
        recording = self.recorded("https://evil.example.com/a")
        self.run_cron()
        self.assertEqual(recording.state, "failed")
        return recording

    def test_manager_has_a_file_fetched_again(self):
        recording = self.failed()
        recording.with_user(self.roles["manager"]).action_retry()
        self.assertEqual((recording.state, recording.attempts), ("pending", 0))
        self.assertFalse(recording.error)
        self.assertLessEqual(recording.next_attempt_at, fields.Datetime.now())

    def test_retry_starts_the_job(self):
        recording = self.failed()
        self.env["ir.cron.trigger"].search([]).unlink()
        recording.with_user(self.roles["manager"]).action_retry()
        self.assertTrue(self.triggers())

    def test_agents_do_not(self):
        recording = self.failed()
        recording.leg_id.ticket_id.user_id = self.roles["own"]
        for role in ("own", "other_own", "all", "internal", "portal"):
            with self.subTest(role), self.assertRaises(AccessError):
                recording.with_user(self.roles[role]).action_retry()
        self.assertEqual(recording.state, "failed")

    def test_stored_file_stays(self):
        recording = self.fetched(MP3)
        recording.with_user(self.roles["manager"]).action_retry()
        self.assertEqual(recording.state, "stored")
