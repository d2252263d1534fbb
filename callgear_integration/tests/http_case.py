# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Webhooks over real HTTP, inside the transaction of the test."""

import json

from odoo.tests import HttpCase
from odoo.tests.common import release_test_lock

from .builder import VIRTUAL
from .case import CallgearCase

SESSION = 5241900001
JSON = {"Content-Type": "application/json"}


def body_of(event="end", session=SESSION, **call_info):
    """A notification as an admin's template makes it, as a dict to change."""
    return {
        "notification_name": f"Notification {event}",
        "virtual_phone_number": VIRTUAL,
        "notification_time": "2026-03-28 16:30:04.118",
        "external_id": None,
        "contact_info": {"contact_phone_number": "971505550123"},
        "employee_info": {"employee_full_name": "Sara Haddad", "employee_id": 701234},
        "call_info": {
            "call_source": "va",
            "direction": "in",
            "call_session_id": session,
            **call_info,
        },
        "call_record_file_info": {"file_link": None, "call_record_duration": None},
        "leg_id": 18250044102,
        "leg_ids": [18250044102],
    }


class CallgearHttpCase(CallgearCase, HttpCase):
    """Posts to the webhook, and waits for the work that follows the answer."""

    def send(self, event, body, token=None, headers=JSON, method="POST", **options):
        """Send a raw body (bytes, text, or an object to write as JSON)."""
        token = self.connection.token if token is None else token
        if isinstance(body, dict | list):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        return self.send_to(
            f"/callgear/{token}/{event}", body, headers, method, **options
        )

    def send_to(self, path, body, headers=JSON, method="POST", **options):
        response = self.url_open(
            path,
            data=body,
            headers=headers,
            method=method,
            allow_redirects=False,
            **options,
        )
        self.finish_work()
        return response

    def finish_work(self):
        """Let the server's threads finish what they do after the answer."""
        with release_test_lock():
            self._wait_remaining_requests()
        self.env.invalidate_all()

    def assertAnswer(self, response, code, status, error=None):
        self.assertEqual(response.status_code, code, response.text)
        self.assertEqual(
            response.headers["Content-Type"], "application/json; charset=utf-8"
        )
        answer = response.json()
        self.assertEqual(answer["status"], status)
        if error is not None:
            self.assertIn(error, answer["error"])

    def events(self, **equal):
        """Stored notifications of the connection, oldest first."""
        domain = [("connection_id", "=", self.connection.id)]
        domain += [(name, "=", value) for name, value in equal.items()]
        return self.env["callgear.event"].search(domain, order="id")
