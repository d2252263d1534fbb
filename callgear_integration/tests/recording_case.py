# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Tests of recordings: a host that gives them out, and the job that fetches them."""

from datetime import timedelta

from odoo import fields

from .audio_host import AudioHost
from .builder import SARA, CallBuilder, changed
from .case import CallgearCase

HOSTS = "callgear_integration.private_recording_hosts"


class RecordingCase(CallgearCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.host = AudioHost()
        cls.addClassCleanup(cls.host.close)
        cls.env["ir.config_parameter"].set_param(HOSTS, cls.host.name)
        cls.cron = cls.env.ref("callgear_integration.ir_cron_fetch_recordings")

    def setUp(self):
        super().setUp()
        self.host.answers.clear()
        self.host.asked.clear()

    def with_files(self, call, *urls):
        """The notifications of a call, its recording told to be at these addresses."""
        return [
            changed(
                delivery,
                call_record_file_info__file_link=urls[0],
                call_record_file_info__record_file_links=list(urls),
            )
            if delivery.event == "recording"
            else delivery
            for delivery in call.deliveries
        ]

    def recorded(self, *urls):
        """A conversation of Sara's; returns its recordings."""
        call = CallBuilder(1).ring(SARA, 4).answer(SARA, 11).leave(SARA, 220, talk=209)
        call.end(220, talk=209).record(230, employee=SARA, seconds=209)
        return self.deliver(*self.with_files(call, *urls)).recording_ids

    def run_cron(self):
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            self.env(cr=cr)["callgear.recording"]._cron_fetch()

    def triggers(self):
        """When the job is to run, apart from its interval."""
        domain = [("cron_id", "=", self.cron.id)]
        return self.env["ir.cron.trigger"].search(domain).mapped("call_at")

    def come_due(self, recording):
        """Let the time pass until the next try."""
        recording.next_attempt_at = fields.Datetime.now() - timedelta(seconds=1)

    def fetched(self, *answers):
        """Have a recording fetched once that the server answers so."""
        recording = self.recorded(self.host.put("/a", *answers))
        self.run_cron()
        return recording

    def assertFailed(self, recording, words):
        self.assertEqual((recording.state, recording.attempts), ("failed", 1))
        self.assertIn(words, recording.error)
        self.assertFalse(recording.attachment_id)

    def assertRetried(self, recording, words):
        self.assertEqual((recording.state, recording.attempts), ("pending", 1))
        self.assertIn(words, recording.error)
        self.assertGreater(recording.next_attempt_at, fields.Datetime.now())
        self.assertFalse(recording.attachment_id)
