# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R36: what was a call ticket stays one, whatever becomes of the settings."""

from odoo.tests import Form

from .builder import changed
from .case import CallgearCase, tagged
from .scenarios import incoming, missed

SALES = "97145550200"


class CallTicketCase(CallgearCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company = cls.connection.company_id
        cls.channels = cls.env["helpdesk.ticket.channel"].create(
            [
                {"name": name, "company_id": company.id}
                for name in ("Calls", "Sales calls", "Later")
            ]
        )
        cls.calls, cls.sales, cls.later = cls.channels
        cls.connection.channel_id = cls.calls
        cls.number = cls.env["callgear.virtual.number"].create(
            {
                "connection_id": cls.connection.id,
                "number": SALES,
                "name": "Sales",
                "channel_id": cls.sales.id,
            }
        )

    def call_tickets(self):
        """A ticket of the connection's channel, and one of the number's."""
        plain = self.deliver(incoming()).ticket_ids
        told = [changed(d, virtual_phone_number=SALES) for d in missed(2).deliveries]
        return plain | self.deliver(*told).ticket_ids

    def counted(self, tickets):
        """Whether each ticket counts as a call ticket in the statistics."""
        self.env.flush_all()
        self.env["callgear.statistics"].invalidate_model()
        rows = self.env["callgear.statistics"].search(
            [("ticket_id", "in", tickets.ids), ("kind", "=", "new")]
        )
        return dict(zip(rows.ticket_id.ids, rows.mapped("is_call"), strict=True))


@tagged("post_install", "-at_install")
class TestSettingsChange(CallTicketCase):
    def changes(self):
        """What an admin may do to the settings later, by name."""
        return {
            "unset the number's channel": lambda: self.channel_is(False),
            "choose another channel": lambda: self.channel_is(self.later),
            "archive the channels": lambda: self.channels.write({"active": False}),
            "archive the connection": lambda: self.connection.write({"active": False}),
            "delete the number": self.number.unlink,
        }

    def channel_is(self, channel):
        """The connection must have one; the number need not."""
        self.connection.channel_id = channel or self.later
        self.number.channel_id = channel

    def assertCallTickets(self, tickets):
        self.assertEqual(self.counted(tickets), dict.fromkeys(tickets.ids, True))
        found = self.env["helpdesk.ticket"].search([("is_calls_channel", "=", True)])
        self.assertLessEqual(tickets, found)

    def test_r36_call_tickets_stay_call_tickets(self):
        """R34, R36: the figures of last month do not change with a setting."""
        tickets = self.call_tickets()
        self.assertCallTickets(tickets)
        for name, change in self.changes().items():
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                change()
                self.env.invalidate_all()
                self.assertCallTickets(tickets)
                tickets.write({"channel_id": tickets[0].channel_id.id})
                savepoint.rollback()
                self.env.registry.clear_cache()
                self.env.invalidate_all()

    def test_r36_saving_the_same_channel_changes_nothing(self):
        """A form or an import may write the channel that is there already."""
        tickets = self.call_tickets()
        self.channel_is(False)
        for ticket in tickets:
            ticket.write({"channel_id": ticket.channel_id.id, "priority": "2"})
            with Form(ticket) as form:
                form.name = "Renamed"
        self.assertCallTickets(tickets)

    def test_r36_the_connection_is_deleted(self):
        """Its calls are gone, its tickets are what they were."""
        tickets = self.call_tickets()
        self.env["callgear.call"].search([]).unlink()
        self.connection.with_context(active_test=False).unlink()
        self.assertCallTickets(tickets)

    def test_r36_an_old_channel_does_not_become_one_of_calls(self):
        """Tickets made before calls went to their channel were none."""
        ticket = self.plain_ticket(channel_id=self.later.id)
        self.channel_is(self.later)
        self.assertEqual(self.counted(ticket), {ticket.id: False})
        new = self.plain_ticket(channel_id=self.later.id)
        self.assertEqual(self.counted(new), {new.id: True})

    def test_r36_a_ticket_moved_by_a_person(self):
        """R36: into a channel of calls or out of it: that is a decision."""
        ticket = self.plain_ticket(channel_id=self.later.id)
        ticket.channel_id = self.calls
        self.assertEqual(self.counted(ticket), {ticket.id: True})
        ticket.channel_id = self.later
        self.assertEqual(self.counted(ticket), {ticket.id: False})

    def test_r7_popups_offer_them_all_the_same(self):
        """R7: call tickets of the caller, also of a channel that is none any more."""
        ticket = self.call_tickets()[:1]
        ticket.stage_id = self.closed
        self.channel_is(self.later)
        call = self.deliver(incoming(3, 3600))
        leg = call.leg_ids.filtered("user_id")
        told = self.told(leg)["call_tickets"]
        self.assertIn(ticket.id, [shown["id"] for shown in told])
