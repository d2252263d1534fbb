# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R13, R41: what an agent does is worked out once, not again for each part of it."""

from contextlib import contextmanager
from unittest.mock import patch

from ..ticket_entries import TicketEntries
from .builder import UNKNOWN
from .case import CallgearCase, tagged
from .scenarios import begun, missed, over


@tagged("post_install", "-at_install")
class TestDoneOnce(CallgearCase):
    @contextmanager
    def assertTimes(self, times, owner, name):
        """A method of a model, or of a class, is called so many times inside."""
        owner = type(self.env[owner]) if isinstance(owner, str) else owner
        method = getattr(owner, name)
        with patch.object(owner, name, autospec=True, side_effect=method) as called:
            yield
        self.assertEqual(called.call_count, times, name)

    def test_r13_calls_follow_a_number_once(self):
        """Linked or created: other calls of the number are looked at once."""
        for name in ("link_partner", "create_partner"):
            with self.subTest(name), self.undone():
                self.deliver(call := begun(caller=UNKNOWN))
                leg = self.by(self.sara, call)
                args = [self.maryam.copy({"phone": False}).id]
                with self.assertTimes(1, "callgear.caller", "_follow_numbers"):
                    getattr(leg, name)(*args if name == "link_partner" else ())
                self.assertTrue(self.call_of(call).partner_id)

    def test_r13_a_wrong_choice_is_mended_in_one_go(self):
        self.deliver(call := begun(caller=UNKNOWN))
        first, second = self.maryam.copy({"phone": False}), self.maryam
        self.by(self.sara, call).link_partner(first.id)
        with self.assertTimes(1, "callgear.caller", "_follow_numbers"):
            self.by(self.sara, call).link_partner(second.id)
        self.assertFalse(first.phone)

    def test_r11_the_message_is_written_once(self):
        """Attached while talking."""
        ticket = self.plain_ticket()
        self.deliver(call := begun(1))
        leg = self.by(self.sara, call)
        with self.assertTimes(1, "callgear.settlement", "_sync_message"):
            leg.attach_to_ticket(ticket.id, "Parcel")
        self.assertIn("Parcel", self.notes(ticket).body)
        self.deliver(over(call))
        self.assertIn("Parcel", self.notes(ticket).body)

    def test_r10_the_message_of_an_automatic_ticket_is_written_once(self):
        told = missed().deliveries
        for delivery in told[:-1]:
            self.post(delivery)
        self.assertFalse(self.tickets())
        with self.assertTimes(1, "callgear.settlement", "_sync_message"):
            self.post(told[-1])
        self.assertEqual(len(self.notes(self.tickets())), 1)

    def test_r26_the_calls_of_a_ticket_are_read_once(self):
        self.deliver(missed())
        ticket = self.tickets()
        with self.assertTimes(1, TicketEntries, "_search"):
            ticket._callgear_update_from_calls()
        self.assertTrue(ticket.call_missed_since)
