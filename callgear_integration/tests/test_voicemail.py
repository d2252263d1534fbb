# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R28: what an answering machine has taken is no missed call."""

from itertools import permutations

from .audio_host import MP3
from .builder import MARYAM, NOBODY, SARA, WAREHOUSE, CallBuilder
from .case import CallgearCase, tagged
from .recording_case import RecordingCase
from .roles import make_roles
from .scenarios import HOUR, incoming, missed, softphone, voicemail

NUMBER = f"+{MARYAM}"
TAKEN = {
    "lost": {},
    "not lost": {"lost": False},
    "after ringing": {"rung": True},
    "after ringing, not lost": {"rung": True, "lost": False},
    "under another address": {"kind": "talk"},
}


@tagged("post_install", "-at_install")
class TestNoTicket(CallgearCase):
    """As it is unless the connection wants tickets."""

    def test_r28_no_ticket(self):
        for number, (name, options) in enumerate(TAKEN.items()):
            with self.subTest(name):
                call = self.deliver(voicemail(number, number * HOUR, **options))
                self.assertFalse(self.tickets())
                self.assertEqual((call.outcome, call.reason), ("ignored", "voicemail"))
                self.assertEqual(call.talk_seconds, 0)
                self.assertEqual(call.recording_ids.state, "pending")  # to be heard

    def test_r28_ticket_made_before_the_message_was_known_goes(self):
        for options in TAKEN.values():
            call = voicemail(**options)
            with self.subTest(**options), self.env.cr.savepoint() as savepoint:
                *told, recording = call.deliveries
                self.deliver(*told)
                if options.get("rung") or "lost" not in options:
                    self.assertEqual(len(self.tickets()), 1)
                self.deliver(recording)
                self.assertFalse(self.tickets())
                found = self.env["helpdesk.ticket"].search_count(
                    [("name", "=", f"Missed call from {NUMBER}")]
                )
                self.assertFalse(found)
                savepoint.close(rollback=True)

    def test_r28_ticket_that_a_person_has_touched_stays_and_says_so(self):
        *told, recording = voicemail(rung=True).deliveries
        self.deliver(*told)
        ticket = self.tickets()
        ticket.with_user(self.sara).priority = "3"
        self.deliver(recording)
        self.assertEqual(self.tickets(), ticket)
        self.assertEqual(ticket.call_icon, "voicemail")
        self.assertIn(f"Voicemail from {NUMBER}", self.notes(ticket).body)
        self.assertIn("message of 0:14", self.notes(ticket).body)

    def test_r26_it_neither_groups_nor_cuts_a_group(self):
        self.deliver(
            missed(1), voicemail(2, HOUR, rung=True), missed(3, 2 * HOUR), voicemail(4)
        )
        ticket = self.tickets()
        self.assertEqual((len(ticket), ticket.call_count), (1, 2))
        self.assertEqual((ticket.call_icon, ticket.stage_id), ("missed", self.open))

    def test_r25_who_was_answered_has_not_left_a_message_instead(self):
        """The machine came after the conversation, or is told of by mistake."""
        call = incoming().record(250, "9" * 32, kind="voice_mail")
        self.assertEqual(self.deliver(call).outcome, "answered")
        self.assertEqual(self.tickets().call_icon, "call")

    def test_r5_at_unmapped_operators_only(self):
        self.connection.voicemail_tickets = True
        call = CallBuilder(1).ring(WAREHOUSE, 2).leave(WAREHOUSE, 20).end(30, lost=True)
        call = self.deliver(call.record(40, kind="voice_mail"))
        self.assertEqual((call.outcome, call.reason), ("ignored", "voicemail"))
        self.assertFalse(self.tickets())


@tagged("post_install", "-at_install")
class TestTicket(CallgearCase):
    """The connection wants tickets."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection.voicemail_tickets = True

    def test_r28_ticket(self):
        for number, (name, options) in enumerate(TAKEN.items()):
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                call = self.deliver(voicemail(number, **options))
                ticket = self.tickets()
                self.assertEqual(ticket.name, f"Voicemail from {NUMBER}")
                self.assertEqual(
                    (ticket.call_icon, ticket.call_kind), ("voicemail", "missed")
                )
                self.assertEqual(ticket.stage_id, self.open)
                agent = self.sara if options.get("rung") else self.sara.browse()
                self.assertEqual(ticket.user_id, agent)
                self.assertTrue(ticket.call_waiting_since)
                self.assertEqual((call.outcome, call.reason), ("missed", "voicemail"))
                self.assertIn("message of 0:14", self.notes(ticket).body)
                savepoint.close(rollback=True)

    def test_r28_missed_call_is_renamed_when_the_message_is_known(self):
        *told, recording = voicemail(rung=True).deliveries
        self.deliver(*told)
        ticket = self.tickets()
        self.assertEqual(ticket.call_icon, "missed")
        self.deliver(recording)
        self.assertEqual(self.tickets(), ticket)
        self.assertEqual(ticket.name, f"Voicemail from {NUMBER}")
        self.assertEqual(ticket.call_icon, "voicemail")

    def test_r28_outside_working_hours(self):
        """That is when machines take calls: there is a ticket all the same."""
        calendar = self.env["resource.calendar"].create(
            {"name": "Never", "tz": "UTC", "attendance_ids": False}
        )
        self.connection.working_calendar_id = calendar
        self.assertEqual(self.deliver(missed(1)).reason, "outside_hours")
        self.assertFalse(self.tickets())
        self.assertEqual(self.deliver(voicemail(2, HOUR)).reason, "voicemail")
        self.assertEqual(len(self.tickets()), 1)

    def test_r26_in_the_callers_group(self):
        """The icon is that of the first call, like the subject."""
        self.deliver(missed(1), voicemail(2, HOUR))
        self.assertEqual(len(self.tickets()), 1)
        self.assertEqual(self.tickets().call_icon, "missed")
        self.assertEqual(self.tickets().call_back_tries, 2)

    def test_r27_called_back(self):
        self.deliver(voicemail(1))
        ticket = self.tickets()
        call = softphone(2, HOUR)
        self.deliver(*call.deliveries[:3])
        self.by(self.sara, call).attach_to_ticket(ticket.id)
        self.deliver(*call.deliveries[3:])
        self.assertEqual(ticket.call_icon, "call")
        self.assertEqual(ticket.stage_id, self.pending)

    def test_r32_answered_later(self):
        self.deliver(voicemail(1), incoming(2, HOUR))
        self.assertEqual(self.tickets()[0].stage_id, self.closed)

    def test_r40_an_unmapped_operator_may_be_told_of_first(self):
        """Until the agent is told of as well, there is nobody to make a ticket for."""
        call = CallBuilder(1).ring(WAREHOUSE, 3).leave(WAREHOUSE, 12, total=9)
        call.ring(SARA, 13).leave(SARA, 23, total=10)
        call.leave(NOBODY, 40, is_operator=False, total=40).end(40, wait=24)
        warehouse, saras, rest = (
            call.deliveries[:2],
            call.deliveries[2:4],
            call.record(52, seconds=14, kind="voice_mail").deliveries[4:],
        )
        for order in permutations((warehouse, saras, rest)):
            with self.undone():
                self.deliver(*(delivery for part in order for delivery in part))
                self.assertEqual(self.tickets().name, f"Voicemail from {NUMBER}")

    def test_r44_hidden_number(self):
        self.deliver(voicemail(caller=""))
        self.assertEqual(self.tickets().name, "Voicemail from hidden number")

    def test_r47_the_notice_says_so(self):
        call = voicemail(rung=True)
        self.deliver(call)
        told = self.told(self.leg(call, self.sara))
        self.assertEqual(told["missed_notice"], "Voicemail from Maryam Khalil")


@tagged("post_install", "-at_install")
class TestRecording(RecordingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.roles = make_roles(cls.env)

    def fetched(self, call):
        url = self.host.put("/system/media/voice_mail/1/2/", MP3 + b"3")
        self.deliver(*self.with_files(call, url))
        self.run_cron()
        return self.call_of(call).recording_ids

    def test_r28_it_is_fetched_without_a_ticket(self):
        recording = self.fetched(voicemail())
        self.assertEqual(recording.state, "stored")
        self.assertFalse(self.tickets())

    def test_r28_it_is_in_the_message_of_the_ticket(self):
        self.connection.voicemail_tickets = True
        recording = self.fetched(voicemail())
        self.assertEqual(
            self.notes(self.tickets()).attachment_ids, recording.attachment_id
        )
        [shown] = self.env["callgear.announcer"]._card(
            recording._ticket().call_leg_ids
        )["recordings"]
        self.assertEqual(shown["attachment_id"], recording.attachment_id.id)

    def test_r28_conversation_lists_say_what_it_is(self):
        """A11: not just a missed call."""
        self.connection.voicemail_tickets = True
        leg = self.fetched(voicemail())._ticket().call_leg_ids
        self.assertEqual((leg.entry, leg.entry_name), ("missed", "Voicemail"))

    def test_r42_without_a_ticket_it_is_heard_by_those_who_see_the_call(self):
        """Its agent, whoever sees all, and managers; the agent of another call not."""
        recording = self.fetched(voicemail(rung=True))
        domain = [("id", "=", recording.id)]
        agent = recording.call_id.leg_ids.user_id
        agent.group_ids = self.roles["own"].group_ids
        for user, may in (
            (agent, True),
            (self.roles["other_own"], False),
            (self.roles["all"], True),
            (self.roles["manager"], True),
        ):
            with self.subTest(user.login):
                Recording = self.env["callgear.recording"].with_user(user)
                self.assertEqual(Recording.search_count(domain), int(may))
                self.assertEqual(recording.with_user(user).has_access("read"), may)
                file = recording.attachment_id.with_user(user)
                self.assertEqual(file.has_access("read"), may)
