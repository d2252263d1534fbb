# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R42: who may read a ticket may hear its recordings, and nobody else."""

from io import BytesIO

from odoo.exceptions import AccessError

from odoo.addons.callgear_integration.callgear.download import Audio

from .builder import OMAR, SARA
from .case import tagged
from .http_case import CallgearHttpCase
from .roles import make_roles, map_operator
from .scenarios import incoming, missed

SOUND = b"ID3" + bytes(range(256)) * 8


@tagged("post_install", "-at_install")
class TestRecordingAccess(CallgearHttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.roles = make_roles(cls.env)
        cls.own, cls.other = cls.roles["own"], cls.roles["other_own"]
        map_operator(cls.connection, SARA, cls.own)
        map_operator(cls.connection, OMAR, cls.other)
        # Without a team the own agents see what is theirs, and only that.
        cls.connection.team_id = False
        cls.connection.notify_customers = False

    def setUp(self):
        super().setUp()
        self.call = self.deliver(incoming())
        self.ticket = self.call.ticket_ids
        self.recording = self.call.recording_ids
        self.recording._keep(Audio(BytesIO(SOUND), "audio/mpeg"))
        self.attachment = self.recording.attachment_id

    def give_ticket_to(self, user):
        """Assign the ticket to another user; the previous one no longer follows it."""
        self.ticket.user_id = user
        self.ticket.message_unsubscribe(self.own.partner_id.ids)

    def hear(self, user, path=None, **headers):
        if user:
            self.authenticate(user.login, user.login)
        else:
            self.authenticate(None, None)
        path = path or f"/web/content/{self.attachment.id}"
        return self.url_open(path, headers=headers, allow_redirects=False)

    def assertHeard(self, user):
        response = self.hear(user)
        self.assertEqual((response.status_code, response.content), (200, SOUND))
        self.assertEqual(response.headers["Content-Type"], "audio/mpeg")

    def assertNotHeard(self, user):
        """Refused like an attachment that does not exist."""
        response = self.hear(user)
        missing = self.hear(user, f"/web/content/{self.attachment.id + 100000}")
        self.assertEqual(response.status_code, missing.status_code)
        self.assertNotEqual(response.status_code, 200)
        self.assertNotIn(SOUND, response.content)
        if user:
            self.assertFalse(self.attachment.with_user(user).has_access("read"))
            self.assertFalse(self.recording.with_user(user).has_access("read"))

    def test_r42_agent_of_the_ticket_hears_it(self):
        self.assertHeard(self.own)

    def test_r42_agents_who_may_read_all_tickets_hear_it(self):
        for role in ("all", "manager", "admin"):
            with self.subTest(role):
                self.assertHeard(self.roles[role])

    def test_r42_other_agent_does_not_hear_it(self):
        self.assertNotHeard(self.other)

    def test_r42_portal_customer_of_the_ticket_does_not_hear_it(self):
        portal = self.roles["portal"]
        self.ticket.partner_id = portal.partner_id
        self.assertTrue(self.ticket.with_user(portal).has_access("read"))
        self.assertNotHeard(portal)

    def test_r42_public_does_not_hear_it(self):
        self.assertNotHeard(None)

    def test_r42_after_reassignment_the_new_agent_hears_it(self):
        self.give_ticket_to(self.other)
        self.assertTrue(self.ticket.with_user(self.other).has_access("read"))
        self.assertHeard(self.other)

    def test_r42_after_reassignment_the_old_agent_does_not(self):
        """It was the agent's conversation; the ticket decides all the same."""
        self.give_ticket_to(self.other)
        self.assertFalse(self.ticket.with_user(self.own).has_access("read"))
        self.assertNotHeard(self.own)

    def test_r42_a_follower_who_may_read_the_ticket_hears_it(self):
        self.ticket.message_subscribe(self.other.partner_id.ids)
        self.assertTrue(self.ticket.with_user(self.other).has_access("read"))
        self.assertHeard(self.other)

    def test_r42_in_an_archived_ticket_it_is_still_heard(self):
        self.ticket.active = False
        self.assertHeard(self.own)

    def test_r42_voicemail_has_the_rights_of_its_ticket(self):
        self.connection.voicemail_tickets = True
        call = self.deliver(missed(2).record(60, kind="voice_mail"))
        self.recording, self.ticket = call.recording_ids, call.ticket_ids
        self.recording._keep(Audio(BytesIO(SOUND), "audio/mpeg"))
        self.attachment = self.recording.attachment_id
        self.assertEqual(self.ticket.user_id, self.other)
        self.assertHeard(self.other)
        self.assertNotHeard(self.own)

    def test_r42_a_part_of_the_file_can_be_asked_for(self):
        """Players ask for a range of bytes: the answer is that range."""
        response = self.hear(self.own, Range="bytes=3-6")
        self.assertEqual((response.status_code, response.content), (206, SOUND[3:7]))

    def test_r42_search_finds_only_what_may_be_heard(self):
        domain = [("call_id", "=", self.call.id)]
        for role, count in (("own", 1), ("other_own", 0), ("all", 1), ("manager", 1)):
            with self.subTest(role):
                Recording = self.env["callgear.recording"].with_user(self.roles[role])
                self.assertEqual(Recording.search_count(domain), count)

    def test_r42_search_and_read_agree_for_followers(self):
        self.ticket.message_subscribe(self.other.partner_id.ids)
        Recording = self.env["callgear.recording"].with_user(self.other)
        found = Recording.search([("call_id", "=", self.call.id)])
        self.assertEqual(found.ids, self.recording.ids)

    def test_r42_who_may_not_read_recordings_may_not_search_them(self):
        for role in ("internal", "portal", "public"):
            with self.subTest(role), self.assertRaises(AccessError):
                self.env["callgear.recording"].with_user(self.roles[role]).search_count(
                    []
                )

    def test_r42_attachments_are_found_by_those_who_may_hear(self):
        domain = [("id", "=", self.attachment.id)]
        for role, count in (("own", 1), ("other_own", 0), ("portal", 0)):
            with self.subTest(role):
                Attachment = self.env["ir.attachment"].with_user(self.roles[role])
                self.assertEqual(Attachment.search_count(domain), count)

    def test_r51_agents_do_not_remove_the_file(self):
        with self.assertRaises(AccessError):
            self.attachment.with_user(self.own).unlink()

    def test_r51_agent_who_empties_the_call_message_does_not_remove_the_file(self):
        """Its author may edit and empty the message in the chatter; the file stays."""
        message = self.recording.leg_id.message_id
        self.assertEqual(message.author_id, self.own.partner_id)
        self.authenticate(self.own.login, self.own.login)
        self.url_open(
            "/mail/message/update_content",
            json=self.build_rpc_payload(
                {
                    "message_id": message.id,
                    "update_data": {"body": "", "attachment_ids": []},
                }
            ),
        )
        self.env.invalidate_all()
        self.assertEqual(self.recording.attachment_id.raw, SOUND)

    def test_r42_the_portal_is_not_told_of_the_call_message(self):
        portal = self.roles["portal"]
        self.ticket.partner_id = portal.partner_id
        self.authenticate(portal.login, portal.login)
        page = self.url_open(f"/my/ticket/{self.ticket.id}")
        self.assertEqual(page.status_code, 200)
        self.assertNotIn(self.attachment.name, page.text)
        told = self.url_open(
            "/mail/thread/messages",
            json=self.build_rpc_payload(
                {"thread_model": "helpdesk.ticket", "thread_id": self.ticket.id}
            ),
        )
        self.assertNotIn(self.attachment.name, told.text)

    def test_r42_no_page_of_the_agent_holds_the_original_address(self):
        self.authenticate(self.own.login, self.own.login)
        told = self.url_open(
            "/mail/thread/messages",
            json=self.build_rpc_payload(
                {"thread_model": "helpdesk.ticket", "thread_id": self.ticket.id}
            ),
        )
        self.assertIn(self.attachment.name, told.text)
        self.assertNotIn("callgear.ae", told.text)
