# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The webhook over real HTTP: each answer of the contract, each content type."""

import json
import logging
from contextlib import ExitStack, contextmanager
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields

from odoo.addons.callgear_integration.tools import rate

from .case import tagged
from .http_case import JSON, SESSION, CallgearHttpCase, body_of

KIB = 1024
EVENTS = ("handset", "endleg", "end", "recording", "legout", "callout")


@tagged("post_install", "-at_install")
class TestWebhookAnswers(CallgearHttpCase):
    def test_r3_each_event_is_accepted_and_stored(self):
        for event in EVENTS:
            with self.subTest(event):
                self.assertAnswer(self.send(event, body_of(event)), 200, "accepted")
                stored = self.events(event=event)
                self.assertEqual(stored.session_id, str(SESSION))
                self.assertEqual(json.loads(stored.payload), body_of(event))

    def test_r40_same_notification_again_is_a_duplicate(self):
        self.send("end", body_of())
        self.assertAnswer(self.send("end", body_of()), 200, "duplicate")
        self.assertEqual(len(self.events()), 1)

    def test_r40_same_notification_in_another_spelling_is_a_duplicate(self):
        self.send("end", json.dumps(body_of()))
        spaced = json.dumps(dict(reversed(body_of().items())), indent=4)
        self.assertAnswer(self.send("end", spaced), 200, "duplicate")

    def test_same_body_for_another_event_is_no_duplicate(self):
        self.send("end", body_of())
        self.assertAnswer(self.send("endleg", body_of()), 200, "accepted")

    def test_same_body_on_another_connection_is_no_duplicate(self):
        other = self.connection.copy({"token": "another-token"})
        self.send("end", body_of())
        self.assertAnswer(
            self.send("end", body_of(), token=other.token), 200, "accepted"
        )

    def assertInvalid(self, body, field):
        """400 names what is wrong, and the body is kept for the admin."""
        self.assertAnswer(self.send("end", body), 400, "invalid", error=field)
        stored = self.events().sorted("id")[-1:]
        self.assertEqual(stored.state, "failed")
        self.assertIn(field, stored.error)
        self.assertFalse(stored.call_id)
        return stored

    def test_r40_body_that_is_no_json_is_kept_as_failed(self):
        stored = self.assertInvalid("hello", "not JSON")
        self.assertEqual(stored.payload, "hello")

    def test_r40_body_that_is_no_object_is_kept_as_failed(self):
        self.assertInvalid("[1, 2]", "not a JSON object")

    def test_r40_empty_body_is_kept_as_failed(self):
        self.assertInvalid("", "empty")

    def test_r40_body_without_session_is_kept_as_failed(self):
        body = body_of()
        del body["call_info"]["call_session_id"]
        stored = self.assertInvalid(body, "call_info.call_session_id")
        self.assertEqual(json.loads(stored.payload), body)

    def test_r40_wrong_types_name_their_field(self):
        for section, name, value in (
            ("call_info", "call_session_id", {"a": 1}),
            ("call_info", "talk_time_duration", "long"),
            ("call_info", "is_lost", "perhaps"),
            ("call_info", "tag_names", [1, 2]),
            ("contact_info", "contact_phone_number", ["971505550123"]),
            ("employee_info", "employee_id", "not an id!"),
            ("call_record_file_info", "record_file_links", 7),
        ):
            with self.subTest(name):
                body = body_of()
                body[section][name] = value
                self.assertInvalid(body, f"{section}.{name}")

    def test_r40_section_of_wrong_type_is_named(self):
        self.assertInvalid({**body_of(), "contact_info": "Maryam"}, "contact_info")

    def test_r40_same_invalid_body_twice_is_kept_once(self):
        self.send("end", "hello")
        self.assertAnswer(self.send("end", "hello"), 400, "invalid")
        self.assertEqual(len(self.events()), 1)

    def test_too_large_with_content_length(self):
        body = b"x" * (256 * KIB + 1)
        self.assertAnswer(self.send("end", body), 413, "too large")
        self.assertFalse(self.events())

    def test_too_large_by_far_with_content_length(self):
        response = self.send("end", b"x" * (4096 * KIB))
        self.assertAnswer(response, 413, "too large")

    def test_too_large_chunked(self):
        for size in (257, 1024):
            with self.subTest(size):
                chunks = (b"x" * KIB for _number in range(size))
                response = self.send("end", chunks)
                self.assertAnswer(response, 413, "too large")
                self.assertFalse(self.events())

    def test_exactly_256_kib_is_accepted(self):
        body = json.dumps(body_of()).encode().ljust(256 * KIB)
        self.assertAnswer(self.send("end", body), 200, "accepted")

    def test_chunked_is_accepted(self):
        body = json.dumps(body_of()).encode()
        self.assertAnswer(
            self.send("end", iter([body[:99], body[99:]])), 200, "accepted"
        )

    def test_other_methods_are_refused(self):
        for method in ("GET", "PUT", "PATCH", "DELETE"):
            with self.subTest(method):
                response = self.send("end", body_of(), method=method)
                self.assertEqual(response.status_code, 405)
        self.assertFalse(self.events())

    def test_no_session_cookie_is_set(self):
        self.assertNotIn("session_id", self.send("end", body_of()).cookies)


@tagged("post_install", "-at_install")
class TestWebhookToken(CallgearHttpCase):
    def essence(self, response):
        """What a stranger sees of an answer, but for the clock."""
        headers = {
            name: value for name, value in response.headers.items() if name != "Date"
        }
        return response.status_code, response.content, headers

    def test_r3_unknown_token_and_unknown_event_look_the_same(self):
        by_token = self.send("end", body_of(), token="wrong")
        by_event = self.send("hangup", body_of())
        both = self.send("hangup", body_of(), token="wrong")
        self.assertAnswer(by_token, 404, "not found")
        self.assertEqual(self.essence(by_token), self.essence(by_event))
        self.assertEqual(self.essence(by_token), self.essence(both))
        self.assertFalse(self.events())

    def test_r3_answer_to_strangers_does_not_depend_on_the_body(self):
        proper = self.send("end", body_of(), token="wrong")
        broken = self.send("end", "{", token="wrong")
        self.assertEqual(self.essence(proper), self.essence(broken))

    def test_r3_strange_tokens(self):
        for token in ("%00", "%FF", "🙂", "a" * 4000, "False", "None", "'", "%"):
            with self.subTest(token[:20]):
                response = self.send("end", body_of(), token=token)
                self.assertAnswer(response, 404, "not found")

    def test_r3_archived_connection_is_unknown(self):
        self.connection.active = False
        self.assertAnswer(self.send("end", body_of()), 404, "not found")
        self.assertFalse(self.events())

    def test_r3_token_hash_is_no_token(self):
        token = self.connection.token_hash
        self.assertAnswer(self.send("end", body_of(), token=token), 404, "not found")

    def test_r3_both_tokens_work_after_rotation(self):
        old = self.connection.token
        self.connection.action_rotate_token()
        new = self.connection.token
        self.assertNotEqual(old, new)
        self.assertAnswer(
            self.send("end", body_of(session=1), token=old), 200, "accepted"
        )
        self.assertAnswer(
            self.send("end", body_of(session=2), token=new), 200, "accepted"
        )

    def test_r3_old_token_ends_with_the_grace_period(self):
        old = self.connection.token
        with freeze_time(fields.Datetime.now() - timedelta(hours=73)):
            self.connection.action_rotate_token()
        self.assertAnswer(self.send("end", body_of(), token=old), 404, "not found")
        self.assertAnswer(self.send("end", body_of()), 200, "accepted")

    def test_r3_second_rotation_ends_the_first_token(self):
        first = self.connection.token
        self.connection.action_rotate_token()
        self.connection.action_rotate_token()
        self.assertAnswer(self.send("end", body_of(), token=first), 404, "not found")

    def test_r3_tokens_are_long_and_differ(self):
        other = self.connection.copy()
        self.assertGreaterEqual(len(self.connection.token), 40)
        self.assertTrue(other.token)
        self.assertNotEqual(self.connection.token, other.token)

    @contextmanager
    def assertNotLogged(self, text, level):
        with ExitStack() as stack:
            names = ("odoo", "werkzeug", None)
            logs = [stack.enter_context(self.assertLogs(n, level)) for n in names]
            yield
            for name in names:  # assertLogs wants at least one line of each
                logging.getLogger(name).warning("captured")
        lines = [(r.name, r.getMessage()) for log in logs for r in log.records]
        # What the sender in this process logs is not the server's.
        lines = [line for line in lines if not line[0].startswith("urllib3")]
        self.assertEqual([line for line in lines if text in line[1]], [])
        self.assertTrue([line for line in lines if "HTTP/1.1" in line[1]], lines)

    def test_r42_token_is_in_no_log(self):
        with self.assertNotLogged(self.connection.token, logging.DEBUG):
            self.send("end", body_of())
            self.send("end", body_of())
            self.send("end", "broken")
            self.send("hangup", body_of())
            self.send("end", b"x" * (300 * KIB))

    def test_r42_token_in_a_mistyped_address_is_in_no_log(self):
        token = self.connection.token
        with self.assertNotLogged(token, logging.INFO):
            self.send("end", body_of(), method="GET")
            for path in (
                f"/callgear//{token}/end",
                f"//callgear/{token}/end",
                f"/callgear%2F{token}/end",
                f"/callgear/{token}",
                f"/callgear/{token}/end/more?token={token}",
            ):
                self.send_to(path, b"{}")


@tagged("post_install", "-at_install")
class TestWebhookRate(CallgearHttpCase):
    def test_rate_limit(self):
        """Notifications over the connection's rate are refused with 429."""
        self.connection.rate_limit = 3
        for session in (1, 2, 3):
            response = self.send("end", body_of(session=session))
            self.assertAnswer(response, 200, "accepted")
        self.assertAnswer(self.send("end", body_of(session=4)), 429, "too many")
        self.assertEqual(len(self.events()), 3)

    def test_rate_counts_invalid_bodies_too(self):
        self.connection.rate_limit = 1
        self.send("end", "broken")
        self.assertAnswer(self.send("end", body_of()), 429, "too many")

    def test_rate_is_per_connection(self):
        other = self.connection.copy()
        self.connection.rate_limit = 1
        self.send("end", body_of())
        self.assertAnswer(
            self.send("end", body_of(), token=other.token), 200, "accepted"
        )

    def test_rate_recovers(self):
        """What was used up comes back with time, by the clock of this process."""
        self.connection.rate_limit = 60
        limit = rate.RateLimit(clock=lambda: now)
        now = 0.0
        self.patch(rate, "notifications", limit)
        for session in range(60):
            self.connection._receive(
                "end", json.dumps(body_of(session=session)).encode()
            )
        self.assertAnswer(self.send("end", body_of(session=98)), 429, "too many")
        now = 1.0
        self.assertAnswer(self.send("end", body_of(session=99)), 200, "accepted")

    def test_the_admin_is_told_of_refusals(self):
        """W7: what was refused is counted, shown, and one to-do; until it is seen."""
        self.patch(rate, "notifications", rate.RateLimit())
        self.connection.rate_limit = 1
        kind = "callgear_integration.mail_activity_refused_notifications"
        self.send("end", body_of(session=1))
        self.assertFalse(self.connection.refused_count)
        answer = self.send("end", body_of(session=2))
        self.assertEqual(answer.headers["Retry-After"], "1")
        self.assertEqual(self.connection.refused_count, 1)
        self.assertTrue(self.connection.last_refused_at)
        self.assertEqual(len(self.connection.activity_search([kind])), 1)
        self.connection.action_forget_refusals()
        self.assertFalse(self.connection.refused_count)
        self.assertFalse(self.connection.activity_search([kind]))

    def test_rate_zero_is_no_limit(self):
        self.connection.rate_limit = 0
        self.assertAnswer(self.send("end", body_of(), headers=JSON), 200, "accepted")
