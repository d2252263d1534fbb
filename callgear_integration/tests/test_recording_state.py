# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R9: what is late says so: the card of a call knows what has become of its recording."""

from ..models.callgear_recording import BACKOFF, LATE_ATTEMPTS
from .audio_host import MP3
from .case import tagged
from .recording_case import RecordingCase
from .scenarios import begun, missed, over


@tagged("post_install", "-at_install")
class TestRecordingState(RecordingCase):
    def card(self, leg):
        return self.env["callgear.announcer"]._card(leg)

    def state(self, recording):
        """What the card of a recording's conversation says."""
        return self.card(recording.leg_id)["recordings"][0]["state"]

    def test_r09_awaited_from_the_end_on(self):
        """Nothing is said while they talk; nor once there is a recording."""
        self.deliver(call := begun())
        leg = self.leg(call, self.sara)
        self.assertIsNone(self.card(leg)["recording_state"])
        self.deliver(over(call, recorded=False))
        self.assertEqual(self.card(leg)["recording_state"], "awaited")
        self.deliver(over(call))
        self.assertIsNone(self.card(leg)["recording_state"])
        self.assertEqual(self.card(leg)["recordings"][0]["state"], "awaited")

    def test_r09_nobody_has_talked(self):
        """Of a missed call no recording is awaited."""
        leg = self.deliver(missed()).leg_ids.filtered("entry")
        self.assertIsNone(self.card(leg)["recording_state"])

    def test_r09_late_then_stored(self):
        recording = self.recorded(self.host.put("/a", (404, {}, b"")))
        recording.attempts = LATE_ATTEMPTS - 1
        self.run_cron()
        self.assertEqual(self.state(recording), "late")
        self.host.put("/a", MP3)
        self.come_due(recording)
        self.run_cron()
        self.assertEqual(self.state(recording), "stored")

    def test_r09_gone(self):
        """CallGear does not have it, after the last attempt; the page is told."""
        recording = self.recorded(self.host.put("/a", (404, {}, b"")))
        recording.attempts = len(BACKOFF)
        before = recording.leg_id.announced_card
        self.run_cron()
        self.assertEqual(self.state(recording), "gone")
        self.assertNotEqual(recording.leg_id.announced_card, before)
        recording.action_retry()
        self.assertEqual(self.state(recording), "awaited")

    def test_r09_failed(self):
        """Other reasons are not that CallGear has lost it."""
        recording = self.recorded(self.host.put("/a", (500, {}, b"")))
        recording.attempts = len(BACKOFF)
        self.run_cron()
        self.assertEqual(self.state(recording), "failed")

    def test_r09_deleted(self):
        """Somebody has deleted the file in Odoo."""
        recording = self.recorded(self.host.put("/a", MP3))
        self.run_cron()
        recording.attachment_id.unlink()
        self.assertEqual(self.state(recording), "deleted")
