# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R40: whatever is posted, the answer is of the contract and nothing half done."""

import copy
import gzip
import json
import logging
from random import Random
from urllib.parse import urlencode

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from odoo.http import Request

from odoo.addons.callgear_integration.tests.case import tagged
from odoo.addons.callgear_integration.tests.http_case import CallgearHttpCase, body_of
from odoo.addons.callgear_integration.tests.roles import make_roles
from odoo.addons.callgear_integration.tests.scenarios import SCENARIOS

EVENTS = ("handset", "endleg", "end", "recording", "legout", "callout")
QUIET = {
    "deadline": None,
    "database": None,
    "derandomize": True,
    "suppress_health_check": list(HealthCheck),
}

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=-(10**40), max_value=10**40),
    st.floats(),
    st.text(max_size=300),
    st.sampled_from(
        ["", "null", "0", "-1", "{{x}}", "true", "1e9", "9" * 400, "x" * 70000]
    ),
    st.sampled_from(
        ["\x00", "a\x00b", "\ud800", "\x1b[2J", "\u202e", "%s %(a)s", "<b>"]
    ),
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=20), inner, max_size=4)
    ),
    max_leaves=8,
)
PATHS = [
    *((key,) for key in body_of()),
    *(
        (section, key)
        for section, keys in body_of().items()
        if isinstance(keys, dict)
        for key in keys
    ),
    ("call_info", "is_operator"),
    ("call_info", "is_lost"),
    ("call_info", "talk_time_duration"),
    ("call_info", "total_time_duration"),
    ("call_info", "wait_time_duration"),
    ("call_info", "tag_names"),
    ("contact_info", "contact_full_name"),
    ("call_record_file_info", "record_file_links"),
    ("an unknown key",),
]


def write(value):
    """JSON text of anything, Python's own extensions (NaN, surrogates) included."""
    return json.dumps(value).encode("utf-8", "surrogatepass")


def nested(depth):
    return (
        b'{"call_info":{"call_session_id":1},"x":' + b"[" * depth + b"]" * depth + b"}"
    )


# Names of arguments in Python, of Odoo and of our own routes.
NAMES = "self data args kwargs token event recording_id csrf_token db elsewhere".split()
NAMES += ["__class__", "", "\u0430", "a" * 5000, "data[]", "%00", "context"]
METHODS = "GET HEAD POST PUT PATCH DELETE OPTIONS TRACE PROPFIND".split()
TYPES = [
    *("application/json", "text/plain", "application/x-www-form-urlencoded", ""),
    *("multipart/form-data; boundary=x", "multipart/form-data", "image/png"),
    *("application/json; charset=utf-16", "application/json; charset=no-such", "a/b/c"),
    'application/xml; charset="',
]
ENCODINGS = ["gzip", "deflate", "br", "identity", "x", "gzip, gzip", ""]
BODIES = [
    *(
        b"",
        b"{}",
        b"self=1&data={}",
        b"data=" + b"[" * 30_000,
        b"\xff\xfe",
        b"\x00" * 9,
    ),
    *(b'{"jsonrpc":"2.0","method":"call","params":{"self":1}}', b"--x\r\n\r\n"),
    b'--x\r\nContent-Disposition: form-data; name="self"\r\n\r\n1\r\n--x--\r\n',
    b'--x\r\nContent-Disposition: form-data; name="data"; filename="a"\r\n\r\n{}\r\n'
    b"--x--\r\n",
    gzip.compress(b'{"call_info":{"call_session_id":1}}'),
]
HEADERS = [
    *({}, {"X-Long": "x" * 8000}, {"Cookie": "session_id=" + "x" * 300}),
    *({"X-Forwarded-For": "::1, x"}, {"Range": "bytes=9-1"}, {"Expect": "x"}),
    *({"X-HTTP-Method-Override": "PUT"}, {"Accept-Language": "x" * 99}),
    {"Transfer-Encoding": "chunked"},
]
SEED, REQUESTS = 20260328, 300


@tagged("post_install", "-at_install")
class TestRoutes(CallgearHttpCase):
    """S14: each route of ours, asked in any way, never breaks."""

    def paths(self):
        token, export = self.connection.token, "/callgear/dashboard/export_xlsx"
        recordings = ("1", "0", "9" * 30, "x", "-1", "1.5", "%00")
        return [
            *(
                f"/callgear/{token}/{event}"
                for event in ("end", "handset", "x", "route")
            ),
            *(
                "/callgear",
                "/callgear/",
                "/callgear/%ff/end",
                f"/callgear//{token}/end",
            ),
            *("/callgear/health/x", f"/callgear/{'x' * 3000}/end", "/Callgear/x/end"),
            *([export] * 4),
            *(f"/my/callgear/recording/{number}" for number in recordings),
        ]

    def request_of(self, random):
        """One odd request, as arguments of ``requests``."""
        names = random.choices(NAMES, k=random.randrange(4))
        params = [
            (name, random.choice(("1", "{}", "\x00", "x" * 999))) for name in names
        ]
        headers = {**random.choice(HEADERS)}
        headers |= {"Content-Type": random.choice(TYPES)}
        if random.random() < 0.2:
            headers["Content-Encoding"] = random.choice(ENCODINGS)
        body = random.choice(BODIES)
        if random.random() < 0.4:
            fields = dict.fromkeys(random.choices(NAMES, k=2), "[" * 20_000)
            body = urlencode(
                {**fields, "csrf_token": Request.csrf_token(self)}
            ).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if "Transfer-Encoding" in headers:
            del headers["Transfer-Encoding"]
            body = iter([body, b"x"])
        return {"params": params, "headers": headers, "data": body}

    def test_s14_any_request_to_any_route(self):
        portal = make_roles(self.env)["portal"]
        self.connection.rate_limit = 0
        paths = self.paths()
        for number, login in enumerate(("admin", portal.login, None)):
            self.authenticate(login, login)
            random = Random(SEED + number)
            for _time in range(REQUESTS // 3):
                method, path = random.choice(METHODS), random.choice(paths)
                asked = self.request_of(random)
                with self.undone(), self.assertNoLogs(level=logging.ERROR):
                    answer = self.opener.request(
                        method,
                        self.base_url() + path,
                        allow_redirects=False,
                        timeout=20,
                        **asked,
                    )
                    self.finish_work()
                text = f"seed {SEED + number}: {method} {path[:99]} {asked!r:.600}"
                self.assertLess(answer.status_code, 500, text)


@tagged("post_install", "-at_install")
class TestFuzz(CallgearHttpCase):
    def setUp(self):
        super().setUp()
        self.connection.rate_limit = 0

    def post_any(self, event, body, allowed=(200, 400, 413)):
        """Post inside a savepoint, check what came of it, and undo it."""
        with self.undone():
            response = self.send(event, body)
            self.assertIn(response.status_code, allowed, response.text)
            self.assertIn("status", response.json())
            self.assertWhole(response)

    def assertWhole(self, response):
        events = self.events()
        self.assertEqual(len(events), response.status_code != 413)
        for event in events:
            self.assertIn(event.state, ("done", "failed"), event.error)
            self.assertEqual(event.state == "failed", response.status_code == 400)
            self.assertEqual(bool(event.error), event.state == "failed")
            self.assertEqual(bool(event.call_id), event.state == "done")
        calls = self.env["callgear.call"].search(
            [("connection_id", "=", self.connection.id)]
        )
        self.assertEqual(calls, events.call_id)
        for call in calls:
            self.assertCallWhole(call)

    def assertCallWhole(self, call):
        self.assertTrue(call.display_name)
        self.assertEqual(call.state == "ended", bool(call.ended_at))
        for seconds in (call.wait_seconds, call.talk_seconds, call.total_seconds):
            self.assertGreaterEqual(seconds, 0)
        for leg in call.leg_ids:
            self.assertEqual(leg.state == "ended", bool(leg.ended_at))
            if call.state == "ended":
                self.assertEqual(leg.state, "ended")
            if leg.state == "talking":
                self.assertTrue(leg.answered_at)
            self.assertEqual(bool(leg.ticket_id), bool(leg.message_id))
            self.assertEqual(leg.message_id.res_id, leg.ticket_id.id or 0)
        if call.outcome == "missed" and call.reason != "outside_hours":
            self.assertEqual(len(call.ticket_ids), 1)

    def test_r40_any_bytes(self):
        @settings(max_examples=50, **QUIET)
        @given(st.sampled_from(EVENTS), st.binary(max_size=400))
        @example("end", b"\xff\xfe")
        @example("end", b"\x00" * 300)
        @example("end", b"{" * 200_000)
        @example("end", b"[" * 200_000)
        @example("end", b'{"a":""b' * 20_000)
        @example("end", b"{{ " + b" " * 200_000 + b"x")
        @example("end", b'{"call_info":{"call_session_id":1},"x":1e999}')
        @example("end", b'{"call_info":{"call_session_id":1},"x":%s}' % (b"9" * 9999))
        @example("end", nested(10))
        @example("end", nested(10_000))
        def check(event, body):
            self.post_any(event, body)

        check()

    def test_r40_any_json(self):
        @settings(max_examples=50, **QUIET)
        @given(st.sampled_from(EVENTS), ANYTHING)
        def check(event, value):
            self.post_any(event, write(value))

        check()

    def test_r40_any_value_in_any_field(self):
        @settings(max_examples=90, **QUIET)
        @given(st.sampled_from(EVENTS), st.sampled_from(PATHS), ANYTHING)
        @example("endleg", ("call_info", "talk_time_duration"), float("inf"))
        @example("end", ("an unknown key",), float("inf"))
        @example("end", ("an unknown key",), float("nan"))
        @example("end", ("call_info", "tag_names"), "[" * 50_000)
        @example("end", ("notification_time",), "0001-01-01 00:00:00")
        @example("end", ("notification_time",), "9999-12-31 23:59:59")
        @example("end", ("contact_info", "contact_phone_number"), "+" + "9" * 60)
        @example("end", ("contact_info", "contact_full_name"), "\x00\ud800")
        @example("end", ("contact_info", "contact_full_name"), "\u2028" * 4000)
        @example(
            "recording", ("call_record_file_info", "file_link"), "javascript:alert(1)"
        )
        @example("recording", ("call_record_file_info", "file_link"), "http://[::1")
        @example(
            "recording", ("call_record_file_info", "record_file_links"), ["x"] * 101
        )
        @example("end", ("call_info", "total_time_duration"), 7 * 24 * 3600)
        def check(event, path, value):
            body = copy.deepcopy(body_of(event))
            *sections, key = path
            target = body
            for section in sections:
                target = target[section]
            target[key] = value
            needed = path in (("call_info",), ("call_info", "call_session_id"))
            self.post_any(event, write(body), (200, 400, 413) if needed else (200, 413))

        check()

    def test_r40_damaged_in_transit(self):
        """A real body with bytes flipped, dropped, or doubled."""
        told = [d for make in SCENARIOS.values() for d in make()]

        @settings(max_examples=70, **QUIET)
        @given(
            st.sampled_from(told),
            st.lists(
                st.tuples(
                    st.integers(0, 700),
                    st.integers(0, 3),
                    st.sampled_from(
                        [b'"', b"", b"\x00", b"{", b"}", b"{{", b"\xff", b"9"]
                    ),
                ),
                min_size=1,
                max_size=4,
            ),
        )
        def check(delivery, damages):
            body = delivery.body
            for place, length, new in damages:
                body = body[:place] + new + body[place + length :]
            self.post_any(delivery.event, body)

        check()

    def test_r40_calls_that_contradict_themselves(self):
        """Notifications of one call, each true, together impossible: still one call."""
        told = [d for make in SCENARIOS.values() for d in make()]

        @settings(max_examples=15, **QUIET)
        @given(st.lists(st.sampled_from(told), min_size=2, max_size=8))
        def check(deliveries):
            with self.undone():
                for delivery in deliveries:
                    body = json.loads(delivery.text)
                    body["call_info"]["call_session_id"] = 5
                    response = self.send(delivery.event, body)
                    self.assertEqual(response.status_code, 200)
                events = self.events()
                self.assertEqual(
                    set(events.mapped("state")), {"done"}, events.mapped("error")
                )
                self.assertEqual(len(events.call_id), 1)
                self.assertCallWhole(events.call_id)

        check()
