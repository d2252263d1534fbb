# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R53: a neutralised copy neither dials nor accepts webhooks, and holds no secret."""

from io import BytesIO
from unittest.mock import patch

from odoo import fields
from odoo.modules.neutralize import get_neutralization_queries

from odoo.addons.callgear_integration.callgear.download import Audio

from .builder import SARA, UNKNOWN, CallBuilder
from .case import tagged
from .http_case import CallgearHttpCase, body_of
from .scenarios import HOUR, incoming, missed

SECRET = "a-secret-key"


@tagged("post_install", "-at_install")
class TestNeutralize(CallgearHttpCase):
    def setUp(self):
        super().setUp()
        self.old_token = self.connection.token
        self.connection.action_rotate_token()
        self.connection.api_key = SECRET
        self.env["ir.config_parameter"].set_param(
            "callgear_integration.private_recording_hosts", "127.0.0.1:8090"
        )
        self.call = self.deliver(incoming())
        self.pending = self.deliver(incoming(2, HOUR)).recording_ids
        self.call.recording_ids._keep(Audio(BytesIO(b"ID3 sound"), "audio/mpeg"))
        # One that rings, and one whose notification waits.
        self.deliver(CallBuilder(3).ring(SARA, 2))
        told = missed(4).deliveries[-1]
        self.connection._receive(told.event, told.body)

    def neutralize(self):
        self.token = self.connection.token
        self.env.flush_all()
        for query in get_neutralization_queries(["callgear_integration"]):
            self.env.cr.execute(query)
        self.env.invalidate_all()

    def test_r53_no_secret_is_left_in_any_table_of_ours(self):
        token, urls = self.connection.token, self.call.recording_ids.mapped("url")
        secrets = [SECRET, token, self.old_token, self.connection._hash(token), *urls]
        secrets += [self.connection._hash(self.old_token), "127.0.0.1:8090"]
        self.neutralize()
        tables = [model._table for model in self.env.values() if model._auto]
        tables = {
            t for t in tables if t.startswith(("callgear_", "ir_config_parameter"))
        }
        self.assertGreater(len(tables), 8)
        for table in sorted(tables):
            self.env.cr.execute(f'SELECT t::text FROM "{table}" AS t')
            text = "\n".join(row for (row,) in self.env.cr.fetchall())
            with self.subTest(table):
                self.assertEqual([secret for secret in secrets if secret in text], [])

    def test_r53_no_recording_address_is_left(self):
        self.neutralize()
        for recording in self.env["callgear.recording"].search([]):
            self.assertNotIn("http", recording.url)

    def test_r53_webhooks_are_refused_as_unknown(self):
        self.neutralize()
        for token in (self.token, self.old_token, "None", "False"):
            with self.subTest(token[:5]):
                response = self.send("end", body_of(), token=token)
                self.assertAnswer(response, 404, "not found")

    def test_r53_connection_is_archived(self):
        self.neutralize()
        self.assertFalse(self.connection.active)
        self.assertFalse(self.connection.webhook_url)

    def test_r53_no_audio_is_left(self):
        """The clean-up of the copy deletes the file as well."""
        attachment = self.call.recording_ids.attachment_id
        path = attachment._full_path(attachment.store_fname)
        self.neutralize()
        self.assertFalse(attachment.exists())
        self.assertFalse(self.call.recording_ids.attachment_id)
        marked = []
        Attachment = type(self.env["ir.attachment"])
        with patch.object(
            Attachment, "_mark_for_gc", lambda _s, name: marked.append(name)
        ):
            self.env["callgear.recording"]._gc_lost_files()
            self.env["callgear.recording"]._gc_lost_files()
        self.assertEqual([attachment._full_path(name) for name in marked], [path])

    def test_r53_files_of_an_object_storage_are_left_alone(self):
        """It may be the one of the original."""
        attachment = self.call.recording_ids.attachment_id
        self.env.cr.execute(
            "UPDATE ir_attachment SET store_fname = 's3://calls/1.mp3' WHERE id = %s",
            [attachment.id],
        )
        self.neutralize()
        self.assertFalse(
            self.env["callgear.recording"].search([("lost_file", "!=", False)])
        )

    def test_r53_nothing_tells_who_called_and_what_was_said(self):
        """Neither in our tables, nor in what calls have left in those of others."""
        call = self.call
        leg, ticket = call.main_leg_id, call.ticket_ids
        call.contact_name = "Planted Person"
        leg.with_user(leg.user_id).save_draft("", "a planted summary")
        with_number = self.deliver(missed(7, caller=UNKNOWN))
        planned = leg.with_user(leg.user_id).plan_follow_up("tomorrow")
        self.assertTrue(planned)
        planted = ["505550123", UNKNOWN[-9:], "Planted Person", "a planted summary"]
        rows = self.texts()
        for text in planted:
            self.assertIn(text, rows)
        self.neutralize()
        rows = self.texts()
        self.assertEqual([text for text in planted if text in rows], [])
        self.assertTrue(ticket.exists() and with_number.ticket_ids.exists())

    def test_r53_calls_of_one_caller_stay_together(self):
        other = self.deliver(incoming(8, 3 * HOUR))
        third = self.deliver(missed(9, caller=UNKNOWN))
        self.neutralize()
        self.assertEqual(self.call.line_key, other.line_key)
        self.assertNotEqual(self.call.line_key, third.line_key)
        self.assertTrue(self.call.phone.startswith("+999"))

    def texts(self):
        """All that our tables hold, and what calls have left in others."""
        self.env.flush_all()
        tables = {m._table for m in self.env.values() if m._auto and not m._transient}
        ours = [(t, "TRUE") for t in tables if t.startswith("callgear_")]
        calls = "id IN (SELECT ticket_id FROM callgear_leg)"
        theirs = [
            ("helpdesk_ticket", calls),
            ("mail_message", "id IN (SELECT message_id FROM callgear_leg)"),
            ("mail_activity", "res_model = 'helpdesk.ticket'"),
            ("ir_attachment", "res_model = 'callgear.recording'"),
            ("mail_tracking_value", "TRUE"),
            ("bus_bus", "TRUE"),
        ]
        found = []
        for table, where in [*sorted(ours), *theirs]:
            self.env.cr.execute(f'SELECT t::text FROM "{table}" AS t WHERE {where}')
            found += [row for (row,) in self.env.cr.fetchall()]
        return "\n".join(found)

    def run_job(self, model, method):
        with self.allow_requests(all_requests=True), self.registry.cursor() as cr:
            getattr(self.env(cr=cr)[model], method)()
        self.env.invalidate_all()

    def make_all_due(self):
        """As if the copy were used some days later."""
        past = fields.Datetime.subtract(fields.Datetime.now(), days=3)
        self.env["callgear.call"].search([]).write({"last_event_at": past})
        self.env["callgear.event"].search([]).write({"next_attempt_at": past})
        self.env["callgear.recording"].search([]).write({"next_attempt_at": past})

    def test_r53_jobs_run_on_and_reach_for_nothing(self):
        self.neutralize()
        self.make_all_due()
        tickets = self.env["helpdesk.ticket"].search_count([])
        self.run_job("callgear.event", "_cron_process")
        self.run_job("callgear.recording", "_cron_fetch")
        self.run_job("callgear.reconciliation", "_cron_sweep")
        self.run_job("callgear.reconciliation", "_cron_find_unheard")
        self.assertEqual(self.pending.attempts, 0)
        self.assertEqual(self.env["helpdesk.ticket"].search_count([]), tickets)

    def test_r53_new_secrets_make_it_work_again(self):
        """To test the copy, an admin rotates the token and unarchives the connection."""
        self.neutralize()
        self.connection.action_unarchive()
        self.connection.action_rotate_token()
        self.assertAnswer(self.send("end", body_of()), 200, "accepted")
