# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R55: tickets are merged with helpdesk_mgmt_merge; calls go along."""

from odoo.tests import tagged

from odoo.addons.callgear_integration.tests.audio_host import MP3
from odoo.addons.callgear_integration.tests.scenarios import (
    HOUR,
    begun,
    incoming,
    missed,
    missed_in_menu,
    over,
    voicemail,
)
from odoo.addons.callgear_integration.tests.test_moved_messages import MovedCase

from .case import join_field_service


@tagged("post_install", "-at_install")
class TestMerge(MovedCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        join_field_service(cls.env, cls.sara)

    def merge(self, old, new):
        wizard = self.env["helpdesk.ticket.merge"].with_context(
            active_ids=(new | old).ids
        )
        wizard.create({"dst_ticket_id": new.id}).merge_tickets()
        self.env.cr.precommit.run()
        self.assertFalse(old.active)

    def test_r55_missed_call(self):
        self.deliver(first := missed())
        old, new = self.tickets(), self.plain_ticket()
        since = old.call_waiting_since
        self.merge(old, new)
        self.assertHolds(new, first)
        self.assertEqual((new.call_kind, new.call_icon), ("missed", "missed"))
        self.assertEqual(new.call_waiting_since, since)
        self.deliver(*first.deliveries, second := missed_in_menu(2, HOUR))
        self.assertHolds(new, first, second)
        self.deliver(incoming(3, 2 * HOUR))
        self.assertFalse(new.call_waiting_since)

    def test_r55_during_the_call(self):
        self.deliver(call := begun())
        old = self.make_ticket(self.sara, call, name="Parcel")
        new = self.plain_ticket()
        self.merge(old, new)
        url = self.host.put("/a", MP3)
        self.deliver(*self.with_files(over(call), url))
        self.run_cron()
        self.assertHolds(new, call)
        self.assertEqual(new.stage_id, self.pending)
        self.assertEqual(self.notes(new).attachment_ids.raw, MP3)

    def test_r55_into_an_automatic_ticket(self):
        """A merge is nobody's hand: the ticket goes on following its calls."""
        self.deliver(first := missed())
        new, old = self.tickets(), self.plain_ticket(partner_id=False)
        self.merge(old, new)
        self.assertTrue(new.call_auto)
        self.assertFalse(new.call_claimed or new.call_touched_at)
        self.deliver(second := missed_in_menu(2, HOUR))
        self.assertHolds(new, first, second)
        self.deliver(incoming(3, 2 * HOUR))
        self.assertEqual(new.stage_id, self.closed)

    def test_r55_what_was_merged_is_not_deleted(self):
        """Though its call turns out to need no ticket."""
        call = voicemail(rung=True)
        told = [d for d in call.deliveries if d.event != "recording"]
        self.deliver(*told)
        new, old = self.tickets(), self.plain_ticket()
        old.with_user(self.sara).message_post(body="Important", message_type="comment")
        self.merge(old, new)
        self.deliver(call)
        self.assertTrue(new.exists())
        self.assertIn("Important", str(new.message_ids.mapped("body")))

    def test_r55_into_a_new_ticket(self):
        self.deliver(one := missed(1), two := incoming(2, HOUR))
        old = self.tickets()
        wizard = self.env["helpdesk.ticket.merge"].with_context(active_ids=old.ids)
        wizard = wizard.create({"create_new_ticket": True, "dst_ticket_name": "Both"})
        action = wizard.merge_tickets()
        new = self.env["helpdesk.ticket"].browse(action["res_id"])
        self.assertHolds(new, one, two)
        self.assertFalse(new.call_waiting_since)
