# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The webhook over real HTTP: each answer of the contract, each content type."""

import gzip
import json
import logging
import zlib
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from itertools import product

from freezegun import freeze_time

from odoo import fields

from odoo.addons.callgear_integration.callgear.notification import NotificationBody
from odoo.addons.callgear_integration.tools import rate

from .case import tagged
from .http_case import JSON, SESSION, CallgearHttpCase, body_of

KIB = 1024
EVENTS = ("handset", "endleg", "end", "recording", "legout", "callout")
METHODS = ("OPTIONS", "HEAD", "GET", "PUT", "PATCH", "DELETE", "TRACE")


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

    def test_r40_wrong_session_is_named(self):
        for value in ({"a": 1}, [], "not an id!", True, -5):
            with self.subTest(str(value)):
                self.assertInvalid(body_of(session=value), "call_info.call_session_id")

    def test_r40_a_defect_elsewhere_refuses_nothing(self):
        """W2: what cannot be read counts as not said; the call is as without it."""
        for number, (section, name, value) in enumerate(
            (
                ("call_info", "talk_time_duration", "long"),
                ("call_info", "wait_time_duration", -1),
                ("call_info", "is_lost", "perhaps"),
                ("call_info", "tag_names", [1, 2]),
                ("call_info", "tag_names", 0),
                ("contact_info", "contact_full_name", ["Maryam"]),
                ("contact_info", "contact_full_name", {}),
                ("employee_info", "employee_full_name", []),
                ("call_record_file_info", "record_file_links", 7),
                ("employee_info", None, []),
                ("employee_info", None, ""),
                ("employee_info", None, 0),
                ("call_record_file_info", None, "null"),
                ("leg_id", None, []),
                ("leg_id", None, {"a": float("nan")}),
                ("notification_name", None, 10**500),
            )
        ):
            with self.subTest(f"{section}.{name} {str(value)[:20]}"):
                body = body_of(session=2 * number + 1)
                silent = body_of(session=2 * number + 2)
                if name:
                    body[section][name] = value
                    silent[section].pop(name, None)
                else:
                    body[section] = value
                    del silent[section]
                self.assertAnswer(self.send("end", body), 200, "accepted")
                self.assertAnswer(self.send("end", silent), 200, "accepted")
                defective, expected = self.events().sorted("id")[-2:].call_id.sorted()
                for field in ("outcome", "reason", "phone", "tags", "talk_seconds"):
                    self.assertEqual(defective[field], expected[field], field)
                self.assertEqual(
                    defective.leg_ids.mapped("leg_id"),
                    expected.leg_ids.mapped("leg_id"),
                )

    def test_r40_what_was_refused_is_read_by_a_later_version(self):
        """W2: bodies that an earlier version has refused are processed on *Retry*."""
        body = json.dumps({**body_of(), "employee_info": []})
        checked = NotificationBody(body, "digest", error="employee_info: must be…")
        id_ = self.env["callgear.event"]._store(self.connection, "end", checked)
        event = self.env["callgear.event"].browse(id_)
        self.assertEqual(event.state, "failed")
        event.action_retry()
        self.assertEqual((event.state, event.session_id), ("pending", str(SESSION)))
        self.process(event)
        self.assertEqual(event.state, "done")
        self.assertTrue(event.call_id)

    def test_r2_a_refused_body_is_not_received(self):
        """R2: since when a notification comes in: good ones only."""
        template = self.connection.notification_template_ids.filtered(
            lambda one: one.event == "end"
        )
        self.send("end", "hello")
        self.assertFalse(template.last_received_at)
        self.assertEqual(self.connection.failed_event_count, 1)
        self.send("end", body_of())
        self.assertTrue(template.last_received_at)

    def test_r40_charset_and_compression_are_read(self):
        """W6: as the headers say, or as the body shows by itself."""
        text = json.dumps(body_of(), ensure_ascii=False).replace("Sara", "Нина")
        for number, (charset, coding, pack) in enumerate(
            (
                ("windows-1251", None, bytes),
                ("utf-16", None, bytes),
                ("utf-16le", None, bytes),
                ("koi8-r", "gzip", gzip.compress),
                ("utf-8", "deflate", zlib.compress),
                ("utf-8", None, gzip.compress),
            )
        ):
            with self.subTest(f"{charset} {coding}"):
                headers = {"Content-Type": f"application/json; charset={charset}"}
                if coding:
                    headers["Content-Encoding"] = coding
                body = text.replace(str(SESSION), f"{number + 1}.0").encode(charset)
                response = self.send("end", pack(body), headers=headers)
                self.assertAnswer(response, 200, "accepted")
                event = self.events()[-1:]
                self.assertEqual(event.session_id, str(number + 1))
                self.assertIn("Нина Haddad", event.payload)

    def test_r40_a_charset_that_allows_half_characters(self):
        body = json.dumps(body_of())[:-1].encode() + b', "x": "+2AA-\xff"}'
        headers = {"Content-Type": "application/json; charset=utf-7"}
        response = self.send("end", body, headers=headers)
        self.assertAnswer(response, 200, "accepted")

    def test_r40_a_bomb_is_too_large(self):
        headers = {**JSON, "Content-Encoding": "gzip"}
        response = self.send("end", gzip.compress(bytes(64 << 20)), headers=headers)
        self.assertAnswer(response, 413, "too large")
        self.assertFalse(self.events())

    def test_r40_nothing_of_a_request_but_its_body_matters(self):
        """A query string and a body that is declared as a form become no arguments."""
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        for query, headers in (("self=1&token=x&event=y", JSON), ("a", form)):
            path = f"/callgear/{self.connection.token}/end?{query}"
            body = json.dumps(body_of(session=len(query)))
            self.assertAnswer(self.send_to(path, body, headers), 200, "accepted")
        self.assertAnswer(self.send("end", "self=1", headers=form), 400, "invalid")

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

    def test_r3_other_methods_leave_no_trace(self):
        """W3: 405 in JSON, the same for a wrong token; nothing stored, nothing counted."""
        before = self.connection.read()
        preflight = {
            **JSON,
            "Access-Control-Request-Method": "POST",
            "Origin": "http://x",
        }
        answers = set()
        for method in (*METHODS, "FOO"):
            for event, token, slash in product(EVENTS[:2], (None, "wrong"), ("", "/")):
                with self.subTest(f"{method} {event} {token}"):
                    response = self.send(
                        event + slash,
                        body_of(),
                        token=token,
                        method=method,
                        headers=preflight,
                    )
                    self.assertEqual(response.status_code, 405)
                    self.assertEqual(response.headers["Allow"], "POST")
                    self.assertEqual(
                        response.headers["Content-Type"],
                        "application/json; charset=utf-8",
                    )
                    self.assertNotIn("session_id", response.cookies)
                    answers.add(response.text)
        self.assertEqual(answers, {"", '{"status": "method not allowed"}'})
        self.assertFalse(self.events())
        self.assertFalse(
            any(self.connection.notification_template_ids.mapped("last_received_at"))
        )
        self.assertEqual(self.connection.read(), before)

    def test_r3_other_methods_with_a_large_body(self):
        response = self.send("end", b"x" * (512 * KIB), method="PUT")
        self.assertAnswer(response, 405, "method not allowed")

    def test_r3_elsewhere_it_is_404_in_json(self):
        token = self.connection.token
        for path in ("", "/", f"/{token}", f"/{token}/hangup", f"/{token}/end/more"):
            for method in ("POST", *METHODS):
                with self.subTest(f"{method} {path}"):
                    response = self.send_to(f"/callgear{path}", b"{}", method=method)
                    self.assertEqual(response.status_code, 404)
                    self.assertIn("application/json", response.headers["Content-Type"])
        self.assertFalse(self.events())

    def test_r3_a_slash_at_the_end_does_no_harm(self):
        self.assertAnswer(self.send("end/", body_of()), 200, "accepted")

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

    def test_r3_each_earlier_token_lives_through_its_own_grace(self):
        """W4: rotated every 20 hours, each token works for 72 hours from then on."""
        now = fields.Datetime.now()
        tokens = [self.connection.token]
        for age in (100, 80, 60, 40, 20, 0):
            with freeze_time(now - timedelta(hours=age)):
                self.connection.action_rotate_token()
            tokens.append(self.connection.token)
        expected = [404, 404, 200, 200, 200, 200, 200]
        got = [
            self.send("end", body_of(session=number + 1), token=token).status_code
            for number, token in enumerate(tokens)
        ]
        self.assertEqual(got, expected)
        self.connection.invalidate_recordset()
        self.assertEqual(
            self.connection.earlier_token_ids.mapped("until"),
            [
                now.replace(microsecond=0) + timedelta(hours=72 - age)
                for age in (0, 20, 40, 60)
            ],
        )

    def test_r3_two_rotations_at_once(self):
        first = self.connection.token
        self.connection.action_rotate_token()
        second = self.connection.token
        self.connection.action_rotate_token()
        for number, token in enumerate((first, second, self.connection.token)):
            answer = self.send("end", body_of(session=number + 1), token=token)
            self.assertAnswer(answer, 200, "accepted")

    def test_r3_revoked_tokens_end_at_once(self):
        first = self.connection.token
        self.connection.action_rotate_token()
        self.connection.action_revoke_earlier_tokens()
        self.assertAnswer(self.send("end", body_of(), token=first), 404, "not found")
        self.assertAnswer(self.send("end", body_of()), 200, "accepted")

    def test_r3_earlier_token_of_an_archived_connection(self):
        first = self.connection.token
        self.connection.action_rotate_token()
        self.connection.active = False
        self.assertAnswer(self.send("end", body_of(), token=first), 404, "not found")

    def test_r3_expired_tokens_are_removed(self):
        with freeze_time(fields.Datetime.now() - timedelta(hours=73)):
            self.connection.action_rotate_token()
        self.connection.action_rotate_token()
        Earlier = self.env["callgear.earlier.token"]
        Earlier._gc_expired()
        own = [("connection_id", "=", self.connection.id)]
        self.assertEqual(Earlier.search_count(own), 1)

    def test_r41_the_cost_of_a_token_does_not_grow(self):
        """The present ones are cached; two statements for an earlier one."""
        first = self.connection.token
        for _time in range(30):
            self.connection.action_rotate_token()
        self.env.flush_all()
        self.connection._find_by_token(first)
        for token, count in ((self.connection.token, 0), (first, 2), ("wrong", 2)):
            self.env.invalidate_all()
            with self.assertQueryCount(count):
                self.connection._find_by_token(token)

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
