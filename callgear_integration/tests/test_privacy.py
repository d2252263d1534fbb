# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R51: what is kept for how long; what is asked for can be given, and erased."""

import io
import json
import zipfile
from datetime import timedelta

from lxml import etree

from odoo import fields, http
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools.safe_eval import safe_eval

from odoo.addons.callgear_integration.callgear.download import Audio
from odoo.addons.callgear_integration.services import erasure, retention

from .builder import MARYAM, OMAR, SARA, UNKNOWN, CallBuilder
from .case import CallgearCase, tagged
from .http_case import CallgearHttpCase
from .roles import make_roles
from .scenarios import HOUR, incoming, missed
from .snapshot import snapshot

TAIL = "505550123"


class PrivacyCase(CallgearCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.roles = make_roles(cls.env)
        cls.admin, cls.manager = cls.roles["admin"], cls.roles["manager"]
        cls.connection.listening_days = 0

    def talk(self, number=1, at=0, **values):
        """A conversation with a recording and a summary."""
        call = self.deliver(incoming(number, at, **values))
        call.recording_ids._keep(Audio(io.BytesIO(b"ID3 sound"), "audio/mpeg"))
        leg = call.main_leg_id
        leg.with_user(leg.user_id).save_draft("", "wants another size")
        return call

    def make_old(self, calls, days=100):
        then = fields.Datetime.now() - timedelta(days=days)
        calls.write({"started_at": then, "ended_at": then + timedelta(minutes=5)})
        self.env.flush_all()

    def vacuum(self):
        Retention = self.env["callgear.retention"]
        for name in ("notifications", "refused_notifications", "summaries", "numbers"):
            getattr(Retention, f"_gc_{name}")()
        self.env["callgear.recording"]._gc_expired()
        self.env["callgear.listening"]._gc_old()
        self.env.flush_all()

    def traced(self, reason="expired"):
        return self.env["callgear.deletion"].search([("reason", "=", reason)])

    def where_found(self, text):
        """The tables with a text, among ours and those of tickets and messages."""
        self.env.flush_all()
        tables = {m._table for m in self.env.values() if m._auto and not m._transient}
        tables = {t for t in tables if t.startswith("callgear_")}
        tables |= {"helpdesk_ticket", "mail_message", "mail_activity", "ir_attachment"}
        tables |= {"mail_tracking_value"}
        found = []
        # The page's own style sheets and scripts are attachments, too.
        own = {
            "ir_attachment": "WHERE t.url IS NULL OR t.url NOT LIKE '/web/assets/%%'"
        }
        for table in sorted(tables - {"callgear_partner_phone"}):
            self.env.cr.execute(
                f'SELECT 1 FROM (SELECT * FROM "{table}" AS t {own.get(table, "")}) AS t '
                "WHERE t::text LIKE %s LIMIT 1",
                [f"%{text}%"],
            )
            found += [table] if self.env.cr.fetchall() else []
        return found


@tagged("post_install", "-at_install")
class TestRetention(PrivacyCase):
    def test_r51_notifications_for_as_many_days_as_the_admin_says(self):
        """The call, its tickets and figures stay the same."""
        call = self.talk()
        self.make_old(call)
        before = self.shown(call)
        self.connection.payload_days = 101
        self.vacuum()
        self.assertTrue(call.event_ids)
        self.connection.payload_days = 99
        self.vacuum()
        self.assertFalse(self.events(call))
        self.assertEqual(self.shown(call), before)
        self.assertEqual(self.traced().connection_id, self.connection)
        self.assertGreater(self.traced().notification_count, 4)
        self.assertFalse(self.traced().user_id)

    def events(self, call):
        return self.env["callgear.event"].search([("session_id", "=", call.session_id)])

    def shown(self, call):
        """All that is shown of calls, tickets and messages."""
        self.env.flush_all()
        self.env.invalidate_all()
        legs = call.leg_ids
        return (
            call.read(["state", "outcome", "reason", "phone", "talk_seconds"]),
            legs.read(["state", "answered_at", "ended_at", "summary", "ticket_id"]),
            legs.message_id.read(["body", "attachment_ids"]),
            call.ticket_ids.read(["name", "stage_id", "user_id", "partner_id"]),
            call.recording_ids.read(["state", "attachment_id", "leg_id"]),
        )

    def test_r51_what_comes_late_changes_a_call_no_more(self):
        """Repeated or late, alone or all again: no leg goes, nothing is written anew."""
        told = incoming(1)
        call = self.talk()
        self.make_old(call)
        self.connection.payload_days = 30
        self.vacuum()
        before = self.shown(call)
        late = CallBuilder(1).ring(OMAR, 300).leave(OMAR, 310).end(320)
        for delivery in (told.deliveries[-1], *told.deliveries, *late.deliveries):
            self.post(delivery)
            self.assertEqual(self.shown(call), before)
        self.assertFalse(self.events(call))

    def test_r51_the_report_changes_it_no_more_either(self):
        call = self.talk()
        self.make_old(call)
        self.connection.payload_days = 30
        self.vacuum()
        before = self.shown(call)
        self.env["callgear.reconciliation"]._give_up(call)
        self.env["callgear.refresh"]._refresh(self.connection, call.session_id)
        self.assertEqual(self.shown(call), before)

    def test_r51_what_agents_do_afterwards_works(self):
        call = self.talk()
        self.make_old(call)
        self.connection.payload_days = 30
        self.vacuum()
        reason = call.reason
        leg = call.main_leg_id
        leg.with_user(leg.user_id).save_draft("", "another word")
        call.with_user(self.manager).link_partner(self.maryam.id)
        self.assertEqual((leg.summary, call.reason), ("another word", reason))

    def test_r51_absorbed_notifications_go_as_well(self):
        long = CallBuilder(1)
        for second in range(1, 200, 20):
            long.ring(SARA, second).leave(SARA, second + 15)
        call = self.deliver(long.ring(OMAR, 300).answer(OMAR, 310).end(400))
        self.make_old(call)
        self.connection.payload_days = 30
        self.vacuum()
        self.assertFalse(self.events(call))

    def test_r51_of_running_calls_nothing_goes(self):
        call = self.deliver(CallBuilder(1).ring(SARA, 2))
        call.started_at = fields.Datetime.now() - timedelta(days=50)
        self.connection.write({"payload_days": 30, "number_days": 30})
        self.vacuum()
        self.assertTrue(call.event_ids and call.phone)

    def test_r51_notifications_that_led_to_nothing_go_as_well(self):
        self.connection._receive("end", b"no notification")
        event = self.env["callgear.event"].search([("state", "=", "failed")], limit=1)
        event.received_at = fields.Datetime.now() - timedelta(days=31)
        self.connection.payload_days = 30
        self.vacuum()
        self.assertFalse(event.exists())

    def test_r51_summaries(self):
        """They go from the call, its message, and the ticket that was made of them."""
        call = self.talk()
        self.assertIn("mail_message", self.where_found("another size"))
        self.make_old(call)
        self.connection.summary_days = 30
        self.vacuum()
        self.assertEqual(self.where_found("another size"), [])
        self.assertEqual(self.traced().summary_count, 1)
        self.assertIn("talked", str(call.main_leg_id.message_id.body))

    def test_r51_numbers(self):
        """They go from calls, messages and subjects; the contact, and figures, stay."""
        known, unknown = self.talk(), self.deliver(missed(2, HOUR, caller=UNKNOWN))
        ticket = unknown.ticket_ids
        self.make_old(known | unknown)
        self.connection.number_days = 30
        self.vacuum()
        self.assertEqual(self.where_found(TAIL), [])
        self.assertEqual(self.where_found(UNKNOWN[-9:]), [])
        self.assertEqual(known.partner_id, self.maryam)
        self.assertEqual(known.ticket_ids.partner_id, self.maryam)
        self.assertIn("deleted number", str(known.main_leg_id.message_id.body))
        self.assertEqual(known.recording_ids.attachment_id.raw, b"ID3 sound")
        self.assertEqual((unknown.outcome, ticket.exists()), ("missed", ticket))
        self.assertEqual(self.traced().call_count, 2)

    def test_r51_one_call_or_contact_may_be_exempt(self):
        call, other = self.talk(), self.talk(2, HOUR, caller=UNKNOWN)
        self.make_old(call | other)
        self.connection.write(
            {
                "number_days": 30,
                "payload_days": 30,
                "summary_days": 30,
                "recording_days": 30,
            }
        )
        self.maryam.callgear_is_kept = True
        other.with_user(self.manager).action_keep()
        self.vacuum()
        for one in call | other:
            self.assertTrue(
                one.phone
                and one.event_ids
                and one.main_leg_id.summary
                and one.recording_ids.attachment_id
            )
        other.with_user(self.manager).action_keep()
        self.maryam.callgear_is_kept = False
        self.vacuum()
        for one in call | other:
            self.assertFalse(
                one.phone or one.event_ids or one.recording_ids.attachment_id
            )

    def test_r51_agents_exempt_nothing(self):
        call = self.talk()
        with self.assertRaises(AccessError):
            call.with_user(self.sara).action_keep()

    def test_r51_some_at_a_time(self):
        """One that somebody works on does not keep the others waiting."""
        calls = self.talk() | self.talk(2, HOUR) | self.talk(3, 2 * HOUR)
        self.make_old(calls)
        self.connection.payload_days = 30
        self.patch(retention, "MAX_CALLS", 2)
        Retention = self.env["callgear.retention"]
        self.assertEqual(Retention._gc_notifications(), (2, 1))
        self.assertEqual(Retention._gc_notifications(), (1, 0))
        self.assertEqual(Retention._gc_notifications(), (0, 0))
        self.assertEqual(len(self.traced()), 1, "one row a day")

    def test_r51_not_before_reports_have_completed_the_calls(self):
        for name, days in (
            ("payload_days", 3),
            ("number_days", 1),
            ("recording_days", -1),
        ):
            with self.subTest(name), self.assertRaises(ValidationError):
                self.connection[name] = days


@tagged("post_install", "-at_install")
class TestErasure(PrivacyCase):
    def dialog(self, record=None, user=None):
        record = (record or self.maryam).with_user(user or self.admin)
        if record._name == "res.partner":
            action = record.action_callgear_personal_data()
        else:
            action = record.action_personal_data()
        dialog = self.env[action["res_model"]].browse(action["res_id"])
        return dialog.with_user(user or self.admin)

    def erase(self, record=None, **values):
        dialog = self.dialog(record)
        dialog.write({"note": "request of 3 March", **values})
        dialog.action_erase()
        self.env.flush_all()
        self.env.invalidate_all()
        return dialog

    def test_r51_the_dialog_says_how_many_of_each(self):
        self.talk()
        self.deliver(missed(2, HOUR))
        dialog = self.dialog()
        self.assertEqual(
            (dialog.call_count, dialog.recording_count, dialog.summary_count),
            (2, 1, 1),
        )
        self.assertEqual((dialog.ticket_count, dialog.kept_count), (2, 0))
        self.assertGreater(dialog.notification_count, 6)

    def test_r51_r42_only_callgear_administrators(self):
        call = self.talk()
        for role in ("own", "all", "manager", "portal"):
            user = self.roles[role]
            with self.subTest(role), self.assertRaises(AccessError):
                self.dialog(self.maryam, user)
            with self.subTest(role), self.assertRaises(AccessError):
                self.dialog(call, user)

    def test_r51_erased_is_what_tells_who_called_and_what_was_said(self):
        call = self.talk()
        call.contact_name = "Maryam K."
        attachment, leg = call.recording_ids.attachment_id, call.main_leg_id
        leg.with_user(leg.user_id).plan_follow_up("tomorrow")
        self.maryam.phone = (
            False  # of the contact itself, Odoo keeps what is written there
        )
        self.erase()
        for text in (TAIL, "another size", "Maryam K.", "media"):
            self.assertEqual(self.where_found(text), [], text)
        self.assertFalse(attachment.exists())
        self.assertFalse(call.partner_id)
        self.assertEqual(call.recording_ids.deletion, "erased")
        self.assertEqual(call.recording_ids._shown_state(), "deleted")

    def test_r51_tickets_stay_readable(self):
        """The message says that there was a call, when and how long; who made it is gone."""
        call = self.talk()
        ticket, leg = call.ticket_ids, call.main_leg_id
        stage, agent = ticket.stage_id, ticket.user_id
        self.erase()
        body = str(leg.message_id.body)
        for text in ("Incoming call from deleted number", "talked 3:29", "was erased"):
            self.assertIn(text, body)
        self.assertEqual((ticket.stage_id, ticket.user_id), (stage, agent))
        self.assertEqual(ticket.name, "Incoming call from …")
        self.assertEqual(ticket.partner_name, "deleted number")
        self.assertFalse(ticket.partner_id or ticket.partner_email)

    def test_r51_a_ticket_that_no_call_has_made_stays_the_contacts(self):
        ticket = self.plain_ticket()
        call = self.deliver(incoming(1))
        call.main_leg_id.with_user(self.sara).attach_to_ticket(ticket.id)
        self.erase()
        self.assertEqual(
            (ticket.partner_id, ticket.name), (self.maryam, "Delivery is late")
        )
        self.assertIn("deleted number", str(call.main_leg_id.message_id.body))

    def test_r51_words_that_a_person_has_put_into_the_message_go_as_well(self):
        call = self.talk()
        message = call.main_leg_id.message_id
        message.body = (
            f'<p>+{MARYAM} likes tea <span class="o-mail-Message-edited"/></p>'
        )
        self.erase()
        self.assertNotIn("tea", str(message.body))

    def test_r51_a_number_elsewhere_in_the_ticket_goes_the_words_stay(self):
        ticket = self.talk().ticket_ids
        note = ticket.message_post(body="Ring 050 555-01-23 or order 5550124")
        self.erase()
        self.assertIn("Ring … or order 5550124", str(note.body))

    def test_r51_a_draft_of_before_brings_no_words_back(self):
        """A browser that could not save them keeps them for some days."""
        leg = self.talk().main_leg_id
        self.erase()
        with self.assertRaisesRegex(UserError, "was not saved"):
            leg.with_user(self.sara).save_draft("Size", "She wants another size")
        self.assertFalse(leg.summary or leg.subject)

    def test_r51_whose_number_has_expired_can_still_be_written_about(self):
        leg = self.talk().main_leg_id
        leg.call_id.started_at = fields.Datetime.now() - timedelta(days=50)
        self.connection.number_days = 30
        self.vacuum()
        leg.with_user(self.sara).save_draft(summary="Settled")
        self.assertEqual(leg.summary, "Settled")

    def test_r51_figures_stay(self):
        self.talk()
        self.deliver(missed(2, HOUR))
        before = self.figures()
        self.erase()
        self.assertEqual(self.figures(), before)
        self.assertGreater(sum(before.values()), 1)

    def figures(self):
        self.env.flush_all()
        self.env["callgear.ticket.fact"]._count_all()
        Statistics = self.env["callgear.statistics"]
        rows = Statistics._read_group([], ["kind"], ["__count"])
        return dict(rows)

    def test_r51_late_and_repeated_notifications_bring_nothing_back(self):
        self.maryam.phone = False
        call = self.talk(caller=UNKNOWN)
        told = incoming(1, caller=UNKNOWN)
        self.erase(call)
        for delivery in told.deliveries:
            self.post(delivery)
        self.assertEqual(self.where_found(UNKNOWN[-9:]), [])

    def test_r51_who_calls_again_is_a_new_caller(self):
        call = self.deliver(missed(1, caller=UNKNOWN))
        self.erase(call)
        again = self.deliver(missed(2, HOUR, caller=UNKNOWN))
        self.assertNotEqual(again.ticket_ids, call.ticket_ids)
        self.assertEqual(again.phone, f"+{UNKNOWN}")

    def test_r51_whose_number_is_gone_waits_for_no_call_back(self):
        call = self.deliver(missed(1))
        ticket = call.ticket_ids
        self.assertTrue(ticket.call_waiting_since)
        self.erase()
        self.assertFalse(ticket.call_waiting_since)
        ticket._callgear_update_from_calls()
        self.assertFalse(ticket.call_waiting_since)
        self.assertEqual(ticket.partner_name, "deleted number")

    def failed(self, number, caller=MARYAM):
        """A notification of a call that nothing could be made of; return it."""
        delivery = missed(number, caller=caller).deliveries[0]
        self.connection._receive(delivery.event, delivery.body)
        event = self.env["callgear.event"].search([], order="id desc", limit=1)
        event.write({"state": "failed", "error": "broken"})
        return event

    def test_r51_what_has_become_no_call_is_found_and_erased_as_well(self):
        self.talk()
        before = self.dialog().notification_count
        own, of_another = self.failed(7), self.failed(8, UNKNOWN)
        self.assertEqual(self.dialog().notification_count, before + 1)
        told = self.exported()[0]["notifications_of_no_call"]
        self.assertEqual([one["payload"] for one in told], [own.payload])
        self.erase()
        self.assertFalse(own.exists())
        self.assertTrue(of_another.exists())
        rows = self.env["callgear.deletion"].search([("reason", "=", "person")])
        self.assertEqual(rows.notification_count, before + 1)

    def test_r51_of_whom_nothing_else_is_held_it_can_be_erased_in_the_dialog(self):
        event, dialog = self.failed(7), self.dialog()
        self.assertEqual((dialog.call_count, dialog.notification_count), (0, 1))
        arch = etree.fromstring(dialog.get_view(view_type="form")["arch"])
        parts = arch.xpath(
            "//group[.//field[@name='note']] | //button[@name='action_erase']"
        )
        hidden = [one.get("invisible") for one in parts if one.get("invisible")]
        self.assertEqual(len(hidden), 2)
        counts = {"call_count": 0, "notification_count": 1}
        self.assertFalse(any(safe_eval(one, dict(counts)) for one in hidden))
        dialog.note = "request of 3 March"
        dialog.action_erase()
        self.assertFalse(event.exists())

    def test_r51_of_an_unknown_caller_too(self):
        call = self.deliver(missed(1, caller=UNKNOWN))
        own, of_another = self.failed(7, UNKNOWN), self.failed(8)
        told = self.exported(call)[0]["notifications_of_no_call"]
        self.assertEqual([one["payload"] for one in told], [own.payload])
        self.erase(call)
        self.assertFalse(own.exists())
        self.assertTrue(of_another.exists())

    def test_r51_a_shared_number_says_not_whose_it_is(self):
        self.env["res.partner"].create({"name": "Her brother", "phone": f"+{MARYAM}"})
        event = self.failed(7)
        self.erase()
        self.assertTrue(event.exists())

    def test_r51_the_export_has_what_failed_of_a_call(self):
        call = self.talk()
        event = self.failed(7)
        event.session_id = call.session_id
        data = self.exported()[0]
        told = [one["payload"] for one in data["calls"][0]["notifications"]]
        self.assertIn(event.payload, told)

    def test_r51_what_is_another_contacts_stays(self):
        """Of a shared number, only the calls that are known to be the contact's go."""
        mine, other = self.talk(1), self.talk(2, HOUR)
        omar = self.env["res.partner"].create({"name": "Omar K"})
        other.with_user(self.manager).link_partner(omar.id)
        third = self.deliver(missed(3, 2 * HOUR))
        third.partner_id = False
        self.assertEqual((mine.partner_id, other.partner_id), (self.maryam, omar))
        self.erase()
        self.assertTrue(mine.is_erased)
        self.assertFalse(other.is_erased or third.is_erased)
        self.assertTrue(other.phone and other.recording_ids.attachment_id)
        self.assertEqual(other.ticket_ids.partner_id, omar)

    def test_r51_earlier_numbers_go_as_well(self):
        """What was called from before the contact had another number."""
        old = self.talk()
        unknown = self.deliver(missed(2, HOUR))
        unknown.partner_id = False
        self.maryam.phone = "050 999 8877"
        self.assertEqual(old.partner_id, self.maryam)
        self.erase()
        self.assertTrue(old.is_erased and unknown.is_erased)

    def test_r51_of_an_unknown_number(self):
        calls = self.deliver(missed(1, caller=UNKNOWN)) | self.talk(2, caller=UNKNOWN)
        known = self.talk(3)
        self.erase(calls[0])
        self.assertEqual(self.where_found(UNKNOWN[-9:]), [])
        self.assertEqual(calls.mapped("is_erased"), [True, True])
        self.assertFalse(known.is_erased)

    def test_r51_exempt_ones_are_named_and_stay_unless_said_otherwise(self):
        call, other = self.talk(), self.talk(2, HOUR)
        call.recording_ids.is_kept = True
        other.is_kept = True
        dialog = self.dialog()
        self.assertEqual(dialog.kept_count, 2)
        self.assertEqual(len(dialog.kept_names.splitlines()), 2)
        self.erase()
        self.assertTrue(call.is_erased and call.recording_ids.attachment_id)
        self.assertNotIn(TAIL, call.recording_ids.attachment_id.name)
        self.assertFalse(other.is_erased)
        self.erase(with_kept=True)
        self.assertTrue(other.is_erased)
        self.assertFalse(other.recording_ids.attachment_id)

    def test_r51_traced_without_the_data(self):
        self.talk()
        self.erase()
        [trace] = self.traced("person")
        self.assertEqual(
            (trace.user_id, trace.note, trace.call_count, trace.recording_count),
            (self.admin, "request of 3 March", 1, 1),
        )
        self.assertNotIn(TAIL, str(trace.read()))
        self.assertNotIn(self.maryam.name, str(trace.read(load=None)))
        with self.assertRaises(AccessError):
            trace.with_user(self.sara).read()

    def test_r51_it_must_be_said_why(self):
        self.talk()
        with self.assertRaises(UserError):
            self.erase(note=" ")

    def test_r51_twice_is_once(self):
        call = self.talk()
        self.erase()
        shown = snapshot(self.env, self.connection)
        self.erase()
        self.assertEqual(snapshot(self.env, self.connection), shown)
        self.assertEqual(self.traced("person").mapped("call_count"), [0, 1])
        self.assertTrue(call.erasure_id.call_count)

    def test_r51_of_many_calls_the_rest_is_done_by_the_cron(self):
        calls = self.talk() | self.talk(2, HOUR) | self.talk(3, 2 * HOUR)
        self.patch(erasure, "SECONDS", -1)
        self.erase()
        self.assertFalse(any(calls.mapped("is_erased")))
        self.patch(erasure, "BATCH", 2)
        self.env["callgear.erasure"]._cron_erase()
        self.assertTrue(all(calls.mapped("is_erased")))
        self.assertEqual(self.traced("person").recording_count, 3)

    def test_r51_a_file_that_is_just_being_fetched_is_not_stored_any_more(self):
        recording = self.deliver(incoming(1)).recording_ids
        self.erase()
        audio = Audio(io.BytesIO(b"ID3 sound"), "audio/mpeg")
        recording._store(recording._keep, audio)
        recording.with_user(self.manager).action_retry()
        self.assertFalse(recording.attachment_id)
        self.assertEqual(recording.state, "failed")

    def test_r51_a_call_that_goes_on_is_left_alone(self):
        call = self.deliver(CallBuilder(1).ring(SARA, 2))
        self.assertEqual(self.dialog().running_count, 1)
        self.erase()
        self.assertTrue(call.phone and call.partner_id)

    # ----------------------------------------------------------------- export

    def exported(self, record=None):
        dialog = self.dialog(record)
        file = io.BytesIO()
        Export = self.env["callgear.personal.export"].with_user(self.admin).sudo()
        loose = dialog._loose_notifications()
        Export._write(file, dialog._domain(), dialog.partner_id, loose)
        whole = zipfile.ZipFile(file)
        self.assertIsNone(whole.testzip())
        return json.loads(whole.read("data.json")), whole

    def test_r51_the_export_has_all_that_is_held(self):
        call = self.talk()
        self.deliver(missed(2, HOUR))
        self.env["callgear.virtual.number"].create(
            {
                "connection_id": self.connection.id,
                "number": call.virtual_phone,
                "name": "Sales",
                "consent_note": "announced",
            }
        )
        third = self.deliver(incoming(3, 2 * HOUR))
        attachment = call.recording_ids.attachment_id
        self.assertTrue(attachment.with_user(self.sara).raw)
        data, whole = self.exported()
        self.assertEqual(data["contact"]["name"], "Maryam Khalil")
        self.assertEqual(data["contact"]["numbers"][0]["number"], f"+{MARYAM}")
        self.assertEqual(len(data["calls"]), 3)
        first = data["calls"][0]
        texts = json.dumps(first)
        for text in ("wants another size", "Sara Haddad", "talked 3:29"):
            self.assertIn(text, texts)
        self.assertGreater(len(first["notifications"]), 4)
        [recording] = first["recordings"]
        self.assertEqual(whole.read(recording["file"]), b"ID3 sound")
        self.assertEqual(recording["heard"][0]["by"], "Sara Haddad")
        self.assertEqual(data["lines"][0]["consent_note"], "announced")
        self.assertTrue(third.virtual_number_id)

    def test_r51_the_export_tells_nothing_of_others(self):
        self.talk()
        self.talk(2, HOUR, caller=UNKNOWN)
        self.assertNotIn(UNKNOWN, json.dumps(self.exported()[0]))

    def test_r51_after_erasing_there_is_nothing_to_export(self):
        self.talk()
        self.erase()
        data, whole = self.exported()
        self.assertEqual((data["calls"], whole.namelist()), ([], ["data.json"]))
        self.assertEqual(data["erased"][0]["call_count"], 1)


@tagged("post_install", "-at_install")
class TestListening(PrivacyCase):
    def rows(self):
        return self.env["callgear.listening"].search([], order="id")

    def get_file(self, user, attachment):
        attachment.invalidate_recordset()
        return attachment.with_user(user).raw

    def test_r51_who_reads_the_file_is_noted_once_each_time(self):
        """Whatever reads it: a list that is exported, the API, a copied message."""
        call = self.talk()
        attachment = call.recording_ids.attachment_id
        for _times in range(3):
            self.get_file(self.sara, attachment)
        self.get_file(self.manager, attachment)
        rows = self.rows()
        self.assertEqual(rows.user_id, self.sara | self.manager)
        self.assertEqual(rows.mapped("way"), ["api", "api"])
        self.assertEqual(rows.recording_id, call.recording_ids)

    def test_r51_a_later_listening_is_another(self):
        attachment = self.talk().recording_ids.attachment_id
        self.get_file(self.sara, attachment)
        self.rows().last_at = fields.Datetime.now() - timedelta(hours=2)
        self.get_file(self.sara, attachment)
        self.assertEqual(len(self.rows()), 2)

    def test_r51_what_the_server_does_is_no_listening(self):
        attachment = self.talk().recording_ids.attachment_id
        attachment.invalidate_recordset()
        self.assertTrue(attachment.raw)
        self.assertFalse(self.rows())

    def test_r51_the_log_is_kept_for_as_long_as_the_admin_says(self):
        self.get_file(self.sara, self.talk().recording_ids.attachment_id)
        self.rows().last_at = fields.Datetime.now() - timedelta(days=40)
        self.vacuum()
        self.assertTrue(self.rows())
        self.connection.listening_days = 30
        self.vacuum()
        self.assertFalse(self.rows())

    def test_r51_r42_managers_see_it_nobody_else(self):
        call = self.talk()
        self.get_file(self.sara, call.recording_ids.attachment_id)
        for user in (self.manager, self.admin):
            recording = call.recording_ids.with_user(user)
            self.assertEqual(recording.listening_ids.sudo(), self.rows())
        for role in ("own", "all", "internal", "portal"):
            with self.subTest(role), self.assertRaises(AccessError):
                self.rows().with_user(self.roles[role]).read(["user_id"])


@tagged("post_install", "-at_install")
class TestListeningOverHttp(PrivacyCase, CallgearHttpCase):
    def setUp(self):
        super().setUp()
        self.recording = self.talk().recording_ids
        self.ticket = self.recording.call_id.ticket_ids
        self.path = f"/web/content/{self.recording.attachment_id.id}"
        self.enter(self.roles["all"])

    def enter(self, user):
        self.authenticate(user.login, user.login)

    def ways(self):
        rows = self.env["callgear.listening"].search([], order="id")
        return [(row.user_id.login, row.way) for row in rows]

    def test_r51_a_player_asks_for_parts_and_is_noted_once(self):
        for part in ("0-1", "2-4", "5-8"):
            answer = self.url_open(self.path, headers={"Range": f"bytes={part}"})
            self.assertEqual(answer.status_code, 206)
        self.assertEqual(self.ways(), [(self.roles["all"].login, "play")])

    def test_r51_a_download_is_called_so(self):
        self.url_open(f"{self.path}?download=true")
        self.assertEqual([way for _who, way in self.ways()], ["download"])

    def test_r51_whichever_address_is_asked(self):
        """The model and field by name, an archive of all files of a message."""
        id_ = self.recording.attachment_id.id
        self.url_open(f"/web/content?model=ir.attachment&id={id_}&field=datas")
        self.assertEqual(len(self.ways()), 1)
        self.enter(self.manager)
        data = {"file_ids": str(id_), "zip_name": "all.zip"}
        data["csrf_token"] = http.Request.csrf_token(self)
        answer = self.url_open("/mail/attachment/zip", data=data)
        self.assertTrue(answer.content.startswith(b"PK"))
        self.assertEqual(len(self.ways()), 2)

    def test_r51_customers_are_noted_as_well(self):
        portal = self.roles["portal"]
        self.connection.portal_recordings = True
        self.ticket.partner_id = portal.partner_id
        self.enter(portal)
        self.url_open(f"/my/callgear/recording/{self.recording.id}")
        self.assertEqual(self.ways(), [(portal.login, "portal")])

    def test_r51_who_may_not_hear_it_has_not(self):
        self.enter(self.roles["internal"])
        self.assertEqual(self.url_open(self.path).status_code, 404)
        self.assertFalse(self.ways())

    def dialog(self):
        action = self.maryam.with_user(self.admin).action_callgear_personal_data()
        return f"/callgear/personal_data/{action['res_id']}"

    def test_r51_the_export_is_a_file_and_noted(self):
        self.enter(self.admin)
        answer = self.url_open(self.dialog())
        self.assertEqual(answer.headers["Content-Type"], "application/zip")
        whole = zipfile.ZipFile(io.BytesIO(answer.content))
        names = whole.namelist()
        self.assertEqual((len(names), names[0]), (2, "data.json"))
        self.assertIn((self.admin.login, "export"), self.ways())

    def test_r51_r42_nobody_else_gets_the_export(self):
        address = self.dialog()
        for role in ("manager", "all", "portal"):
            self.enter(self.roles[role])
            with self.subTest(role):
                self.assertEqual(self.url_open(address).status_code, 404)
        self.enter(self.admin)
        missing = "/callgear/personal_data/99999999"
        self.assertEqual(self.url_open(missing).status_code, 404)
