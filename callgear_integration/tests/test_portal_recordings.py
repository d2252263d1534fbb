# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R42: customers hear recordings in the portal only if the admin allows it."""

from io import BytesIO

from odoo.addons.callgear_integration.callgear.download import Audio

from .case import tagged
from .http_case import CallgearHttpCase
from .roles import make_roles
from .scenarios import incoming

SOUND = b"ID3" + bytes(range(256)) * 8


@tagged("post_install", "-at_install")
class TestPortalRecordings(CallgearHttpCase):
    def setUp(self):
        super().setUp()
        self.portal = make_roles(self.env)["portal"]
        call = self.deliver(incoming())
        self.ticket = call.ticket_ids
        self.ticket.partner_id = self.portal.partner_id
        self.recording = call.recording_ids
        self.recording._keep(Audio(BytesIO(SOUND), "audio/mpeg"))
        self.path = f"/my/callgear/recording/{self.recording.id}"
        self.authenticate(self.portal.login, self.portal.login)

    def status(self, path=None):
        return self.url_open(path or self.path).status_code

    def page(self):
        response = self.url_open(f"/my/ticket/{self.ticket.id}")
        self.assertEqual(response.status_code, 200)
        return response.text

    def test_r42_not_unless_allowed(self):
        self.assertEqual(self.status(), 404)
        self.assertNotIn("/my/callgear/recording/", self.page())

    def test_r42_own_ticket_if_allowed(self):
        self.connection.portal_recordings = True
        self.assertIn(self.path, self.page())
        response = self.url_open(self.path)
        self.assertEqual((response.status_code, response.content), (200, SOUND))

    def test_r42_in_parts_so_that_it_can_be_seeked(self):
        self.connection.portal_recordings = True
        response = self.url_open(self.path, headers={"Range": "bytes=3-6"})
        self.assertEqual((response.status_code, response.content), (206, SOUND[3:7]))

    def test_r42_a_foreign_ticket_looks_like_none(self):
        self.connection.portal_recordings = True
        self.ticket.partner_id = self.maryam
        self.ticket.message_unsubscribe(self.portal.partner_id.ids)
        self.assertEqual(self.status(), 404)
        self.assertEqual(self.status("/my/callgear/recording/999999999"), 404)

    def test_r42_the_address_at_callgear_is_not_told(self):
        self.connection.portal_recordings = True
        # sudo: callgear.recording - the address is what must not be told
        self.assertNotIn(self.recording.sudo().url, self.page())
