# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R9, R51: recordings are copied from CallGear, sooner or later or not at all."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tools import config, mute_logger

from odoo.addons.callgear_integration.models import callgear_recording
from odoo.addons.callgear_integration.models.callgear_recording import BACKOFF

from .audio_host import MP3, WAV, AudioHost
from .case import tagged
from .recording_case import HOSTS, RecordingCase


@tagged("post_install", "-at_install")
class TestFetching(RecordingCase):
    def test_r9_row_is_there_before_the_file(self):
        recording = self.recorded(self.host.put("/a", MP3))
        self.assertEqual((recording.state, recording.attempts), ("pending", 0))
        self.assertEqual(recording.duration, 209)
        self.assertEqual(self.host.asked, [])

    def test_r9_job_is_started_right_away(self):
        self.env["ir.cron.trigger"].search([]).unlink()
        self.recorded(self.host.put("/a", MP3))
        self.assertTrue(min(self.triggers()) <= fields.Datetime.now())

    def test_r9_notification_of_a_known_file_starts_no_job(self):
        self.recorded(self.host.put("/a", MP3))
        self.env["ir.cron.trigger"].search([]).unlink()
        self.recorded(self.host.url("/a"))
        self.assertEqual(self.triggers(), [])

    def test_r51_file_is_stored_and_put_into_the_call_message(self):
        recording = self.fetched(MP3)
        attachment = recording.attachment_id
        self.assertEqual((recording.state, recording.error), ("stored", False))
        self.assertEqual((attachment.raw, attachment.mimetype), (MP3, "audio/mpeg"))
        self.assertEqual(attachment.res_model, "callgear.recording")
        self.assertEqual(attachment.res_id, recording.id)
        self.assertFalse(attachment.public)
        self.assertEqual(recording.leg_id.message_id.attachment_ids, attachment)

    def test_r51_name_of_the_file_tells_when_and_who(self):
        name = self.fetched(MP3).attachment_id.name
        self.assertEqual(name, "call-2026-03-28-123000-971505550123.mp3")

    def test_r51_type_is_told_by_the_content(self):
        attachment = self.fetched(
            (200, {"Content-Type": "text/html"}, WAV)
        ).attachment_id
        self.assertEqual(attachment.mimetype, "audio/wav")
        self.assertTrue(attachment.name.endswith(".wav"), attachment.name)

    def test_r51_stored_file_is_not_fetched_again(self):
        self.fetched(MP3)
        self.run_cron()
        self.assertEqual(self.host.asked, ["/a"])

    def test_r51_a_claimed_file_is_left_to_the_worker_who_has_it(self):
        recording = self.recorded(self.host.put("/a", MP3))
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            mine = recording.with_env(self.env(cr=cr))
            self.assertTrue(mine._claim())
            self.assertFalse(mine._due())
            self.assertFalse(mine._claim())

    def test_several_files_are_all_fetched_if_one_is_bad(self):
        urls = [self.host.put("/bad", b"<html>"), self.host.put("/good", MP3)]
        recordings = self.recorded(*urls)
        self.run_cron()
        self.assertEqual(recordings.mapped("state"), ["pending", "stored"])

    def test_redirect_to_an_allowed_host_is_followed(self):
        self.host.put("/b", MP3)
        recording = self.fetched((308, {"Location": "/b"}, b""))
        self.assertEqual(recording.state, "stored")


@tagged("post_install", "-at_install")
class TestFailures(RecordingCase):
    def test_r9_file_that_is_not_ready_is_asked_for_again(self):
        recording = self.fetched((404, {}, b""), MP3)
        self.assertRetried(recording, "404")
        self.run_cron()
        self.assertEqual(recording.attempts, 1, "too early")
        self.come_due(recording)
        self.run_cron()
        self.assertEqual((recording.state, recording.attempts), ("stored", 2))

    def test_what_is_no_audio_is_asked_for_again(self):
        self.assertRetried(self.fetched(b"<html>Please wait</html>"), "not audio")

    def test_empty_file_is_asked_for_again(self):
        self.assertRetried(self.fetched(b""), "empty")

    def test_broken_off_file_is_asked_for_again(self):
        cut = (200, {"Content-Length": "5000"}, MP3)
        self.assertRetried(self.fetched(cut), "broke off")

    def test_no_connection_is_tried_again(self):
        closed = AudioHost()
        closed.close()
        self.env["ir.config_parameter"].set_param(HOSTS, closed.name)
        recording = self.recorded(closed.url("/a"))
        self.run_cron()
        self.assertRetried(recording, "no connection")

    def test_redirects_without_end_are_given_up(self):
        self.assertRetried(self.fetched((302, {"Location": "/a"}, b"")), "redirects")

    def test_waiting_times_grow_and_the_job_is_started_for_each(self):
        recording = self.recorded(self.host.put("/a", (503, {}, b"")))
        for delay in BACKOFF:
            self.come_due(recording)
            self.env["ir.cron.trigger"].search([]).unlink()
            before = fields.Datetime.now()
            self.run_cron()
            waits = (recording.next_attempt_at - before).total_seconds()
            self.assertAlmostEqual(waits, delay, delta=5)
            self.assertEqual(self.triggers(), [recording.next_attempt_at])

    def test_after_the_last_try_it_has_failed(self):
        recording = self.recorded(self.host.put("/a", (503, {}, b"")))
        for _try in range(len(BACKOFF) + 1):
            self.assertEqual(recording.state, "pending")
            self.come_due(recording)
            self.run_cron()
        self.assertEqual(recording.state, "failed")
        self.assertEqual(recording.attempts, len(BACKOFF) + 1)
        self.assertIn("503", recording.error)

    def test_r9_whatever_goes_wrong_is_written_down_and_tried_again(self):
        """S8: a failure of another kind stops no other recording, and is not silent."""
        errors = {
            "bad": UnicodeError("label empty or too long"),
            "full": OSError(28, "No space left on device"),
            "worse": KeyError("odd"),
        }
        fetch = callgear_recording.fetch_audio

        def fetch_or_fail(url, *args):
            name = url.rsplit("/", 1)[-1]
            if name in errors:
                raise errors[name]
            return fetch(url, *args)

        self.patch(callgear_recording, "fetch_audio", fetch_or_fail)
        paths = [f"/{name}" for name in (*errors, "good")]
        recordings = self.recorded(*(self.host.put(path, MP3) for path in paths))
        with mute_logger(callgear_recording.__name__):
            self.run_cron()
        *failed, good = recordings.sorted("sequence")
        self.assertEqual(good.state, "stored")
        for recording in failed:
            with self.subTest(recording.error):
                self.assertEqual(recording.state, "pending")
                self.assertTrue(recording.error)
                self.assertGreater(recording.next_attempt_at, fields.Datetime.now())

    def test_r9_a_download_takes_half_of_what_the_worker_may_live_at_most(self):
        """S9: it ends by itself, with words, before the worker is killed."""
        recording = self.recorded(self.host.put("/a", MP3))
        for real, cron, seconds in (
            (120, -1, 60),
            (120, 40, 20),
            (600, -1, 120),
            (120, 0, 120),
        ):
            limits = {"limit_time_real": real, "limit_time_real_cron": cron}
            with self.subTest(limits), patch.dict(config.options, limits):
                self.assertEqual(recording._limits().max_seconds, seconds)

    def test_r9_a_host_that_drips_keeps_no_other_waiting(self):
        """S9: one of its files takes its time; the rest is put off, and none is lost."""
        self.patch(callgear_recording, "SLOW_SECONDS", 0.4)
        self.patch(callgear_recording, "MAX_SECONDS", 0.5)
        dripping = AudioHost(drips=True)
        self.addCleanup(dripping.close)
        hosts = f"{self.host.name},{dripping.name}"
        self.env["ir.config_parameter"].set_param(HOSTS, hosts)
        slow = [dripping.put(f"/{number}", MP3) for number in range(5)]
        # Another name of the same machine: a host of its own.
        slow = [url.replace("127.0.0.1", "localhost") for url in slow]
        hosts = f"{hosts},{dripping.name.replace('127.0.0.1', 'localhost')}"
        self.env["ir.config_parameter"].set_param(HOSTS, hosts)
        recordings = self.recorded(*slow, self.host.put("/good", MP3))
        self.run_cron()
        *rest, good = recordings.sorted("sequence")
        self.assertEqual(good.state, "stored")
        self.assertEqual(len(dripping.asked), 1)
        now = fields.Datetime.now()
        self.assertEqual({one.state for one in rest}, {"pending"})
        self.assertTrue(all(one.next_attempt_at > now for one in rest))
        self.assertEqual(sorted(one.attempts for one in rest), [0, 0, 0, 0, 1])

    def test_r9_what_has_failed_lets_others_pass(self):
        urls = self.host.put("/bad", (503, {}, b"")), self.host.put("/good", MP3)
        bad, good = self.recorded(*urls).sorted(lambda one: urls.index(one.url))
        bad.attempts = 3
        bad.next_attempt_at = fields.Datetime.now() - timedelta(days=1)
        self.run_cron()
        self.assertEqual(self.host.asked, ["/good", "/bad"])
        self.assertEqual(good.state, "stored")

    def test_host_that_is_not_on_the_list_is_not_asked(self):
        recording = self.recorded("https://evil.example.com/a")
        self.run_cron()
        self.assertFailed(recording, "evil.example.com is not on the list")

    def test_private_host_is_not_asked_unless_the_parameter_names_it(self):
        self.env["ir.config_parameter"].set_param(HOSTS, "")
        self.assertFailed(self.fetched(MP3), "not on the list")
        self.assertEqual(self.host.asked, [])

    def test_redirect_to_another_host_is_not_followed(self):
        there = {"Location": "https://evil.example.com/a"}
        self.assertFailed(self.fetched((302, there, b"")), "not on the list")

    def test_address_that_is_none_has_failed(self):
        for url in ("javascript:alert(1)", "file:///etc/passwd", "http://[::1", "x"):
            with self.subTest(url):
                recording = self.recorded(url).filtered(lambda r, url=url: r.url == url)
                self.run_cron()
                self.assertEqual(recording.state, "failed")

    def test_odd_addresses_do_not_stop_the_job(self):
        odd = (
            "/a b",
            "/é",
            "/%zz",
            "/?q=\u2028",
            "",
            "#x",
            "\\@x/",
            "/\x7f",
            "/" + "a" * 1990,
        )
        urls = [self.host.url(path) for path in odd]
        recordings = self.recorded(*urls, self.host.put("/good", MP3))
        self.run_cron()
        self.assertEqual(recordings[-1:].state, "stored")
        self.assertEqual(set(recordings.mapped("attempts")), {1})
        self.assertTrue(all(recordings[:-1].mapped("error")))

    def test_too_large_by_its_announced_length(self):
        self.connection.recording_max_mb = 1
        big = (200, {"Content-Length": str(2 * 1024 * 1024)}, MP3)
        self.assertFailed(self.fetched(big), "larger than allowed")

    def test_too_large_without_an_announced_length(self):
        self.connection.recording_max_mb = 1
        big = (200, {"Connection": "close"}, MP3 + b"\x00" * 1024 * 1024)
        self.assertFailed(self.fetched(big), "larger than allowed")

    def test_r42_error_does_not_repeat_the_address(self):
        recording = self.fetched((404, {}, b""))
        self.assertNotIn(self.host.name, recording.error)
