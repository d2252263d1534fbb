# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The webhook over real HTTP: bodies as they really come, and the work they cause."""

import json

from werkzeug.test import EnvironBuilder, run_wsgi_app

from odoo.http import root
from odoo.tools import mute_logger

from .builder import SARA
from .case import tagged
from .http_case import SESSION, CallgearHttpCase, body_of
from .scenarios import incoming, missed

EVENT_LOGGER = "odoo.addons.callgear_integration.models.callgear_event"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

# S13 and S14 of the facts about CallGear, as they were met.
S13 = (
    '{"notification_name":"legout","virtual_phone_number":"97145550100",'
    '"notification_time":"2026-03-30 10:00:03","external_id":"","contact_info":'
    '{"contact_phone_number":"","communication_number":1,"contact_id":null,'
    '"contact_full_name":""},"employee_info":{"employee_full_name":"Sara Haddad",'
    '"employee_id":"701234"},"call_info":{"call_source":"va","direction":"in",'
    '"call_session_id":"5241960700","scenario_name":"Main line",'
    '"talk_time_duration":null,"total_time_duration":null,"wait_time_duration":null,'
    '"tag_names":[],"is_lost":"false"},"call_record_file_info":{"file_link":null,'
    '"call_record_duration":null},"leg_id":"18250130001","leg_ids":null}'
)
S14_QUOTED = (
    '{"notification_name":""Call accepted"","virtual_phone_number":""97145550100"",'
    '"notification_time":""2026-03-30 11:00:00"","call_info":{"direction":""in"",'
    '"call_session_id":"5241970001","is_lost":"null"},"leg_id":"18250140001"}'
)
S14_LEFTOVER = (
    '{"notification_name":"Outbound call","call_info":{"direction":{{direction}},'
    '"call_session_id":5241970002},"leg_id":{{leg_id}}}'
)
S14_FORM = (
    "%7B%22notification_name%22%3A%22Call+finished%22%2C%22call_info%22%3A%7B%22"
    "call_session_id%22%3A5241970003%7D%7D="
)


@tagged("post_install", "-at_install")
class TestWebhookBodies(CallgearHttpCase):
    def assertStored(self, response, session=SESSION):
        self.assertAnswer(response, 200, "accepted")
        event = self.events().filtered(lambda e: e.session_id == str(session))
        self.assertEqual((event.state, event.error), ("done", False))
        return event.call_id

    def test_r40_any_content_type_is_read_as_json(self):
        for number, kind in enumerate(
            (
                "application/json",
                "application/json; charset=utf-8",
                "text/plain",
                "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=x",
                "application/octet-stream",
                "text/html",
                "nonsense",
                "",
            ),
            start=1,
        ):
            with self.subTest(kind):
                body = body_of(session=number)
                response = self.send("end", body, headers={"Content-Type": kind})
                self.assertStored(response, number)

    def test_r40_declared_as_compressed(self):
        """A wrong header does not lose a call."""
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        self.assertStored(self.send("end", body_of(), headers=headers))

    def test_s13_strings_for_all_and_hidden_number(self):
        call = self.assertStored(self.send("legout", S13), 5241960700)
        self.assertFalse(call.phone)
        self.assertEqual(call.direction, "in")
        self.assertEqual(call.leg_ids.leg_id, "18250130001")
        self.assertEqual(call.leg_ids.user_id, self.sara)

    def test_s14_placeholders_quoted_by_the_admin(self):
        call = self.assertStored(self.send("handset", S14_QUOTED), 5241970001)
        self.assertEqual(call.virtual_phone, "+97145550100")
        self.assertEqual(call.leg_ids.leg_id, "18250140001")

    def test_s14_placeholders_unknown_to_the_event(self):
        self.assertStored(self.send("callout", S14_LEFTOVER), 5241970002)

    def test_s14_body_parsed_as_a_form(self):
        self.assertStored(self.send("end", S14_FORM, headers=FORM), 5241970003)

    def test_json_inside_multipart_is_refused_but_kept(self):
        body = (
            '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n'
            f"{json.dumps(body_of())}\r\n--x--\r\n"
        )
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        self.assertAnswer(self.send("end", body, headers=headers), 400, "invalid")
        self.assertEqual(self.events().state, "failed")

    def test_letters_beyond_ascii(self):
        body = body_of()
        body["contact_info"]["contact_full_name"] = "Марьям 🙂 مريم"
        body["contact_info"]["contact_phone_number"] = "447700900123"
        call = self.assertStored(self.send("end", json.dumps(body, ensure_ascii=False)))
        self.assertEqual(call.contact_name, "Марьям 🙂 مريم")

    def test_unknown_extra_keys_do_no_harm(self):
        self.assertStored(self.send("end", {**body_of(), "new_key": {"a": [1]}}))


@tagged("post_install", "-at_install")
class TestWebhookWork(CallgearHttpCase):
    def test_r40_answer_comes_before_the_work(self):
        """The answer is complete while the event waits; closing it starts the work."""
        environ = EnvironBuilder(
            f"/callgear/{self.connection.token}/end",
            base_url=self.base_url(),
            method="POST",
            json=body_of(),
        ).get_environ()
        with self.allow_requests(all_requests=True):
            answer, status, _headers = run_wsgi_app(root, environ)
            told = json.loads(b"".join(answer))
            self.assertEqual((status, told["status"]), ("200 OK", "accepted"))
            self.assertEqual(self.events().state, "pending")
            self.assertFalse(self.events().call_id)
            answer.close()
        self.env.invalidate_all()
        self.assertEqual(self.events().state, "done")

    def test_r40_a_call_told_over_http_becomes_a_ticket(self):
        for delivery in incoming().deliveries:
            self.assertAnswer(self.send(delivery.event, delivery.text), 200, "accepted")
        call = self.call_of(incoming())
        self.assertEqual((call.state, call.outcome), ("ended", "answered"))
        self.assertEqual(call.ticket_ids.user_id, self.sara)
        self.assertEqual(call.ticket_ids.name, "Incoming call from +971505550123")
        self.assertEqual(set(self.events().mapped("state")), {"done"})

    def test_r40_duplicates_cause_no_second_ticket(self):
        for delivery in missed().deliveries * 2:
            self.send(delivery.event, delivery.text)
        self.assertEqual(len(self.tickets()), 1)

    def test_r40_archived_or_unknown_connection_causes_no_work(self):
        self.connection.active = False
        for delivery in missed().deliveries:
            self.send(delivery.event, delivery.text)
        self.assertFalse(self.call_of(missed()))

    def break_tickets(self):
        """Have the database refuse every ticket, as a faulty addon might."""
        self.env.cr.execute(
            "ALTER TABLE helpdesk_ticket"
            " ADD CONSTRAINT test_refused CHECK (name IS NULL) NOT VALID"
        )

    def mend_tickets(self):
        self.env.cr.execute("ALTER TABLE helpdesk_ticket DROP CONSTRAINT test_refused")

    @mute_logger(EVENT_LOGGER, "odoo.sql_db")
    def test_r40_accepted_even_if_the_work_fails(self):
        self.break_tickets()
        response = self.send("end", body_of(is_lost=True))
        self.assertAnswer(response, 200, "accepted")
        event = self.events()
        self.assertEqual((event.state, event.attempts), ("pending", 1))
        self.assertIn("test_refused", event.error)
        self.assertGreater(event.next_attempt_at, event.received_at)

    @mute_logger(EVENT_LOGGER, "odoo.sql_db")
    def test_r40_failed_work_leaves_no_half_made_ticket(self):
        """The call is known, as its agents are told of it; of tickets there is nothing."""
        self.break_tickets()
        self.send("end", body_of(is_lost=True))
        call = self.call_of(missed())
        self.assertEqual((call.state, call.outcome), ("ended", "missed"))
        self.assertFalse(call.leg_ids.filtered("ticket_id"))
        self.assertFalse(call.leg_ids.message_id)
        self.assertFalse(self.tickets())

    @mute_logger(EVENT_LOGGER, "odoo.sql_db")
    def test_r40_failed_work_is_made_up_for(self):
        """Once the cause is gone, the retry gives the ticket."""
        self.break_tickets()
        self.send("end", body_of(is_lost=True))
        self.mend_tickets()
        self.process(self.events())
        self.assertEqual(self.events().state, "done")
        self.assertFalse(self.events().error)
        self.assertEqual(self.tickets().call_kind, "missed")

    @mute_logger(EVENT_LOGGER, "odoo.sql_db")
    def test_r40_after_the_last_try_the_admin_is_told(self):
        self.break_tickets()
        self.send("end", body_of(is_lost=True))
        event = self.events()
        for _turn in range(20):
            if event.state == "failed":
                break
            with self.allow_requests(all_requests=True), self.registry.cursor() as cr:
                self.env(cr=cr)["callgear.event"]._work_on_next()
            self.env.invalidate_all()
            event.next_attempt_at = self.env.cr.now()
        self.assertEqual(event.state, "failed")
        self.assertTrue(event.error)
        self.assertEqual(len(self.connection.activity_ids), 1)
        self.assertEqual(self.connection.failed_event_count, 1)

    def test_r5_unknown_employee_is_listed_unmapped(self):
        body = body_of("legout")
        body["employee_info"] = {"employee_id": 99, "employee_full_name": "New One"}
        self.send("legout", body)
        operator = self.connection.operator_ids.filtered(
            lambda o: o.employee_id == "99"
        )
        self.assertEqual((operator.name, operator.user_id.id), ("New One", False))

    def test_r2_reception_shows_in_the_setup(self):
        self.send("legout", body_of("legout"))
        received = {
            hook.event
            for hook in self.connection.notification_template_ids
            if hook.last_received_at
        }
        self.assertEqual(received, {"legout"})

    def test_popup_state_is_there_after_the_webhook(self):
        """R6: what the popup shows after a reload comes from the stored call."""
        body = body_of("legout")
        self.send("legout", body)
        legs = self.connection.operator_ids.filtered(
            lambda operator: operator.employee_id == str(SARA.id)
        )
        self.assertEqual(legs.user_id, self.sara)
        calls = self.env["res.users"].with_user(self.sara).callgear_current_calls()
        self.assertEqual([call["state"] for call in calls], ["ringing"])
