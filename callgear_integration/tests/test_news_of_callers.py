# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R6, R7: what an agent is shown of a caller stays true while the call goes on."""

from .builder import OMAR, SARA, UNKNOWN, YUSUF, CallBuilder
from .case import CallgearCase, tagged
from .scenarios import HOUR, begun, incoming, missed


@tagged("post_install", "-at_install")
class TestNewsOfCallers(CallgearCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection.popup_field_ids |= cls.env["ir.model.fields"]._get(
            "res.partner", "city"
        )

    def shown(self):
        """What Sara's pages get of her calls when they ask."""
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["res.users"].with_user(self.sara).callgear_current_calls()

    def told(self):
        """Contacts of the agents whose pages are to ask."""
        return [contact for contact, _payload in self.sent("callgear.calls")]

    def assertTold(self, change):
        """A change of what Sara is shown reaches her pages, and they alone."""
        before = self.shown()
        self.told()
        change()
        self.assertEqual(self.told(), [self.sara.partner_id.id])
        self.assertNotEqual(self.shown(), before)

    def ways(self):
        """Name → what changes something that is shown of Maryam."""
        ticket = self.plain_ticket()
        theirs = self.plain_ticket(partner_id=self.omar.partner_id.id)
        archived = self.plain_ticket(active=False)
        company = self.env["res.partner"].create(
            {"name": "Trading House", "is_company": True}
        )
        self.maryam.parent_id = company
        by_omar = ticket.with_user(self.omar)
        return {
            "a ticket is made": self.plain_ticket,
            "a ticket is closed": lambda: by_omar.write({"stage_id": self.closed.id}),
            "a ticket gets a title": lambda: by_omar.write({"name": "Late again"}),
            "a ticket goes": lambda: ticket.unlink(),
            "a ticket is archived": lambda: ticket.write({"active": False}),
            "a ticket comes back": lambda: archived.write({"active": True}),
            "a ticket becomes theirs": lambda: theirs.write(
                {"partner_id": self.maryam.id}
            ),
            "a ticket was not theirs": lambda: ticket.write({"partner_id": False}),
            "a ticket of their company is made": lambda: self.plain_ticket(
                partner_id=company.id
            ),
            "their name": lambda: self.maryam.write({"name": "Maryam Haddad-Noor"}),
            "a field of theirs": lambda: self.maryam.write({"city": "Sharjah"}),
            "a missed call of theirs": lambda: self.deliver(missed(2, start=-HOUR)),
            "a conversation of theirs": lambda: self.deliver(
                incoming(3, start=-HOUR, employee=OMAR)
            ),
        }

    def test_r7_whatever_changes_while_the_phone_rings(self):
        self.deliver(CallBuilder(1).ring(SARA, 1))
        for name, change in self.ways().items():
            with self.subTest(name), self.undone():
                self.assertTold(change)

    def test_r7_while_they_talk(self):
        self.deliver(begun(1))
        self.assertTold(self.plain_ticket)

    def test_r7_the_tickets_of_a_number_that_nobody_knows(self):
        self.deliver(CallBuilder(1, caller=UNKNOWN).ring(SARA, 1))
        self.assertTold(lambda: self.deliver(missed(2, start=-HOUR, caller=UNKNOWN)))
        ticket = self.tickets()
        self.assertTold(lambda: ticket.write({"name": "Delivery"}))
        self.assertTold(ticket.unlink)

    def test_r7_all_agents_whose_phones_ring_once_each(self):
        self.deliver(CallBuilder(1).ring(SARA, 1).ring(OMAR, 1))
        self.told()
        self.plain_ticket()
        self.plain_ticket().stage_id = self.closed
        self.maryam.city = "Sharjah"
        contacts = (self.sara | self.omar).partner_id
        self.assertCountEqual(self.told(), contacts.ids)

    def test_r7_nobody_is_told_of_other_callers(self):
        self.deliver(CallBuilder(1).ring(SARA, 1))
        self.deliver(CallBuilder(2, caller=UNKNOWN).ring(OMAR, 1))
        self.told()
        self.plain_ticket(partner_id=self.lina.partner_id.id)
        self.lina.partner_id.city = "Sharjah"
        self.deliver(missed(3, start=-HOUR, caller=YUSUF))
        self.assertEqual(self.told(), [])

    def test_r7_nobody_is_told_when_the_call_is_over(self):
        self.deliver(incoming(1))
        self.told()
        self.plain_ticket()
        self.maryam.city = "Sharjah"
        self.assertEqual(self.told(), [])

    def test_r7_what_the_call_itself_changes_is_told_with_it(self):
        """Its own message holds all of it: the pages need not ask."""
        self.told()
        self.deliver(incoming(1))
        self.assertTrue(self.tickets())
        self.assertEqual(self.told(), [])

    def test_r7_a_page_asks_after_what_was_told_too_early(self):
        """The call is told, then a ticket is made in the same transaction."""
        call = self.deliver(CallBuilder(1).ring(SARA, 1))
        self.told()
        self.plain_ticket()
        self.env["callgear.announcer"]._announce(call)
        self.assertEqual(self.told(), [])
        self.env["callgear.announcer"]._announce(call)
        self.plain_ticket()
        self.assertEqual(self.told(), [self.sara.partner_id.id])
