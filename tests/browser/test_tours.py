# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What agents do during a call, in a browser.

What a test delivers is in the page from its load: the bus brings nothing into the
transaction of a test. Pages that stay open meanwhile are tested with real servers.
"""

import io
import wave

from odoo import fields

from odoo.addons.callgear_integration.callgear.download import Audio
from odoo.addons.callgear_integration.tests.builder import (
    MARYAM,
    OMAR,
    SARA,
    START,
    UNKNOWN,
    CallBuilder,
)
from odoo.addons.callgear_integration.tests.case import tagged
from odoo.addons.callgear_integration.tests.http_case import CallgearHttpCase
from odoo.addons.callgear_integration.tests.scenarios import (
    begun,
    incoming,
    missed,
    over,
)
from odoo.addons.mail.tests.common import mail_new_test_user


@tagged("post_install", "-at_install")
class TestTours(CallgearHttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.yusuf = cls.env["res.partner"].create(
            {
                "name": "Yusuf Khalil",
                "phone": "050 555 0199",
                "country_id": cls.env.ref("base.ae").id,
            }
        )
        # Popups show how long it rings: calls begin now, in the account's time.
        now = cls.connection._to_local(fields.Datetime.now()).replace(tzinfo=None)
        cls.start = (now - START).total_seconds()

    def tour(self, name, record=None, user=None, url="/odoo"):
        """Go through the steps of a tour, as Sara unless another is named."""
        if record:
            url = f"/odoo/{record._name}/{record.id}"
        self.env.flush_all()
        self.start_tour(
            url, f"callgear_{name}", login=(user or self.sara).login, timeout=60
        )
        self.env.invalidate_all()

    def begun(self, **told):
        """A conversation of Sara's that goes on."""
        call = begun(start=self.start, **told)
        self.deliver(call)
        return call

    def asked_before(self):
        """A ticket of the calls channel that the caller has already."""
        channel = self.connection.channel_id
        return self.plain_ticket(name="Asked by phone", channel_id=channel.id)

    def ring(self, caller=MARYAM, employee=SARA):
        call = CallBuilder(1, caller, start=self.start).ring(employee, 0)
        self.deliver(call)
        return call

    # ------------------------------------------------------------------ popups

    def test_popup_survives_a_reload(self):
        """R6, R56: and stays folded, in the icon"""
        self.plain_ticket()
        self.ring()
        self.tour("popup")

    def test_no_popup_of_others_calls(self):
        """R6: only for the agent whose phone rings"""
        self.ring()
        self.tour("no_popup", user=self.omar)

    def test_no_popup_once_another_has_answered(self):
        """R6"""
        call = (
            CallBuilder(1, start=self.start).ring(SARA, 0).ring(OMAR, 0).answer(OMAR, 3)
        )
        self.deliver(call.leave(SARA, 3, total=3))
        self.tour("no_popup")

    def test_popup_of_the_softphone(self):
        """R23"""
        call = CallBuilder(1, MARYAM, direction="out", start=self.start)
        self.deliver(call.call_out(SARA).ring(SARA, 0.3, leg="contact"))
        self.tour("softphone")
        self.deliver(call.answer(SARA, 14, leg="contact"))
        self.sara.callgear_open_contact = False
        self.tour("softphone_answered")
        ticket = self.ticket_of(call, self.sara)
        self.assertEqual(ticket.partner_id, self.maryam)
        self.assertEqual(ticket.call_kind, "out")

    def test_popup_of_the_colleague(self):
        """R16"""
        call = (
            CallBuilder(1, start=self.start)
            .ring(SARA, 0)
            .answer(SARA, 5)
            .ring(OMAR, 60)
        )
        self.deliver(call)
        self.tour("transfer", user=self.omar)
        self.deliver(call.answer(OMAR, 65).leave(SARA, 70, talk=65, total=70))
        first = self.ticket_of(call, self.sara)
        self.tour("transfer_answered", user=self.omar)
        second = self.ticket_of(call, self.omar)
        self.assertEqual(first.stage_id, self.closed)
        self.assertNotEqual(first, second)
        self.assertEqual(second.user_id, self.omar)

    # ----------------------------------------------------------------- tickets

    def test_new_ticket(self):
        """R7, R8: from the contact to a ticket with its call message"""
        call = self.begun()
        self.tour("new_ticket", self.maryam)
        ticket = self.ticket_of(call, self.sara)
        self.assertEqual(ticket.name, "Parcel is late")
        self.assertEqual(ticket.partner_id, self.maryam)
        self.assertEqual(ticket.user_id, self.sara)
        self.assertEqual(self.notes(ticket).author_id, self.sara.partner_id)
        self.assertEqual(self.tickets(), ticket)

    def test_back_to_the_contact(self):
        """R8: instead of creating a ticket, back to the contact to attach the call"""
        old = self.asked_before()
        call = self.begun()
        count = self.env["helpdesk.ticket"].search_count([])
        self.tour("back_to_contact", self.maryam)
        self.assertEqual(self.ticket_of(call, self.sara), old)
        self.assertEqual(self.leg(call, self.sara).summary, "Better attach it.")
        self.assertEqual(self.env["helpdesk.ticket"].search_count([]), count)

    def test_attach_from_the_popup(self):
        """R11"""
        old = self.plain_ticket()
        call = self.begun()
        self.tour("attach_from_popup")
        self.assertEqual(self.ticket_of(call, self.sara), old)

    def test_attach_from_the_ticket(self):
        """R11: with a summary"""
        old = self.plain_ticket()
        call = self.begun()
        self.tour("attach_from_ticket", old)
        leg = self.leg(call, self.sara)
        self.assertEqual(leg.ticket_id, old)
        self.assertEqual(leg.summary, "It has arrived.")

    def test_draft_survives_the_end_of_the_call(self):
        """R15: it ends before Create is pressed; the form then becomes its ticket"""
        call = self.begun()
        test, save_draft = self, type(self.env["callgear.leg"]).save_draft

        def save_and_hang_up(leg, *args, **kwargs):
            result = save_draft(leg, *args, **kwargs)
            if leg.sudo().summary and leg.sudo().state == "talking":
                for told in over(call, recorded=False).deliveries[2:]:
                    connection = leg.sudo().connection_id.with_user(test.env.user)
                    connection._receive(told.event, told.body)
                    refresh = connection.env["callgear.refresh"]
                    refresh._refresh(connection, leg.sudo().call_id.session_id)
                ticket = leg.sudo().ticket_id
                test.made = (ticket.id, ticket.name, leg.sudo().summary)
            return result

        self.patch(type(self.env["callgear.leg"]), "save_draft", save_and_hang_up)
        self.tour("draft", self.maryam)
        ticket = self.ticket_of(call, self.sara)
        self.assertEqual(self.made, (ticket.id, "Parcel is late", "Ordered on Mon"))
        self.assertEqual(self.tickets(), ticket)
        self.assertEqual(ticket.name, "Parcel is late")
        self.assertEqual(self.leg(call, self.sara).summary, "Ordered on Mon")
        self.assertEqual(len(self.notes(ticket)), 1)

    def test_recording(self):
        """R9: the card in the ticket plays it; its author writes the summary"""
        call = incoming(start=self.start)
        self.deliver(call)
        self.store_recording(call)
        ticket = self.ticket_of(call, self.sara)
        self.tour("player", ticket)
        self.assertEqual(self.leg(call, self.sara).summary, "Has arrived meanwhile.")

    def test_handset_in_the_list(self):
        """R25"""
        self.plain_ticket()
        self.deliver(missed(start=self.start))
        action = self.env.ref("helpdesk_mgmt.helpdesk_ticket_action")
        self.tour("handset", url=f"/odoo/action-{action.id}?view_type=list")

    # --------------------------------------------------------- unknown callers

    def test_find_the_contact(self):
        """R12, R13: the number is added to the contact, none that was there is lost"""
        call = self.begun(caller=UNKNOWN)
        self.tour("find_contact")
        self.assertLinkedToYusuf(call)

    def test_link_in_the_contact(self):
        """R13: from the form of a contact that the agent opened without a call"""
        call = self.begun(caller=UNKNOWN)
        self.tour("find_contact_in_form", self.yusuf)
        self.assertLinkedToYusuf(call)

    def assertLinkedToYusuf(self, call):
        self.assertEqual(self.call_of(call).partner_id, self.yusuf)
        self.assertEqual(self.yusuf.phone, "050 555 0199")
        self.assertEqual(
            self.yusuf.callgear_phone_ids.mapped("number"), [f"+{UNKNOWN}"]
        )

    def test_new_ticket_for_an_unknown_caller(self):
        """R14: a contact is made of the number"""
        call = self.begun(caller=UNKNOWN)
        self.tour("unknown_new_ticket")
        ticket = self.ticket_of(call, self.sara)
        self.assertEqual(ticket.name, "Wants an offer")
        self.assertEqual(ticket.partner_id.phone, f"+{UNKNOWN}")

    # ------------------------------------------------------------------ portal

    def test_portal_user_sees_no_call(self):
        """R42: the customer reads the ticket, but neither its calls nor recordings"""
        call = incoming(start=self.start)
        self.deliver(call)
        attachment = self.store_recording(call)
        ticket = self.ticket_of(call, self.sara)
        ticket.message_post(
            body="We look into it",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        portal = mail_new_test_user(
            self.env,
            login="cg_portal",
            partner_id=self.maryam.id,
            groups="base.group_portal",
        )
        self.assertTrue(ticket.with_user(portal).has_access("read"))
        self.tour("portal", user=portal, url=f"/my/ticket/{ticket.id}")
        page = self.url_open(f"/my/ticket/{ticket.id}")
        self.assertIn("We look into it", self.chatter(ticket))
        self.assertNotIn("callgear", page.text + self.chatter(ticket))
        self.assertNotIn(f"/web/content/{attachment.id}", page.text)

    def chatter(self, ticket):
        """What the portal page is told of the ticket's messages."""
        answer = self.make_jsonrpc_request(
            "/mail/chatter_fetch",
            {"thread_model": ticket._name, "thread_id": ticket.id, "fetch_params": {}},
        )
        return str(answer)

    # ------------------------------------------------------------------- files

    def store_recording(self, call):
        """Have the recording of a call fetched: a second of silence."""
        sound = io.BytesIO()
        with wave.open(sound, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(1)
            file.setframerate(8000)
            file.writeframes(b"\x80" * 8000)
        recording = self.call_of(call).recording_ids
        recording._keep(Audio(sound, "audio/wav"))
        return recording.attachment_id
