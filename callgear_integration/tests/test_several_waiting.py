# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R26, R32: a caller may wait in several tickets, and call while another call goes on."""

from itertools import permutations

from .builder import LINA, MARYAM, UNKNOWN, YUSUF
from .case import CallgearCase, tagged
from .scenarios import (
    HOUR,
    begun,
    by_time,
    incoming,
    missed,
    over,
    queue,
    softphone,
    softphone_unanswered,
)


class WaitingCase(CallgearCase):
    def missed_tickets(self):
        team = ("team_id", "=", self.team.id)
        missed_ones = [("call_kind", "=", "missed"), team]
        return self.env["helpdesk.ticket"].search(missed_ones, order="id")

    def assertNobodyWaits(self, *tickets):
        for ticket in tickets:
            self.assertFalse(ticket.call_waiting_since)
            self.assertEqual(ticket.stage_id, self.closed)


@tagged("post_install", "-at_install")
class TestSeveralWaiting(WaitingCase):
    def two_touched(self):
        """Two callers are one contact; a person has changed both tickets."""
        self.deliver(missed(1, caller=UNKNOWN), missed(2, HOUR, caller=YUSUF))
        tickets = self.missed_tickets()
        tickets.with_user(self.sara).write({"priority": "2"})
        self.maryam.phone = f"+{UNKNOWN}, +{YUSUF}"
        return tickets

    def one_archived_and_restored(self):
        self.deliver(missed(1))
        first = self.tickets()
        first.active = False
        self.deliver(missed(2, HOUR))
        first.active = True
        return self.missed_tickets()

    def one_moved_away(self):
        """The later missed call stands in a ticket of other people's making."""
        self.deliver(missed(1), missed(2, HOUR))
        self.message_of(missed(2)).write(
            {"model": "helpdesk.ticket", "res_id": self.plain_ticket().id}
        )
        return self.missed_tickets()

    def message_of(self, call):
        return self.call_of(call).live_leg_ids.filtered("entry").message_id

    def test_r32_a_talk_ends_the_waiting_everywhere(self):
        for wait in (
            self.two_touched,
            self.one_archived_and_restored,
            self.one_moved_away,
        ):
            for caller in (YUSUF, UNKNOWN) if wait == self.two_touched else (MARYAM,):
                for make in (incoming, softphone):
                    with (
                        self.subTest(wait=wait.__name__, make=make.__name__),
                        self.undone(),
                    ):
                        tickets = wait()
                        self.deliver(make(3, 2 * HOUR, caller=caller))
                        self.assertNobodyWaits(*tickets)

    def test_r32_also_if_it_is_attached_to_one_of_them(self):
        first, second = self.two_touched()
        call = begun(3, 2 * HOUR, caller=YUSUF)
        self.deliver(call)
        self.by(self.sara, call).attach_to_ticket(second.id, "About the parcel")
        over(call)
        self.deliver(*call.deliveries[2:])
        self.assertNobodyWaits(first)
        self.assertFalse(second.call_waiting_since)

    # ------------------------------------------- missed calls that stand in no ticket

    def deleted(self):
        """The later one had a ticket of its own, as the number was not known."""
        self.deliver(missed(1), missed(2, HOUR, caller=UNKNOWN))
        first, second = self.missed_tickets()
        second.with_user(self.env.ref("base.user_admin")).unlink()
        self.maryam.phone = f"{self.maryam.phone}, +{UNKNOWN}"
        return first

    def moved_to_a_contact(self):
        self.deliver(missed(1), missed(2, HOUR))
        self.message_of(missed(2)).write(
            {"model": "res.partner", "res_id": self.maryam.id}
        )
        return self.missed_tickets()

    def each_without_ticket(self, check):
        for make in (self.deleted, self.moved_to_a_contact):
            with self.subTest(make.__name__), self.undone():
                check(make())

    def test_r26_they_do_not_cut_a_group(self):
        def check(ticket):
            self.deliver(missed(3, 2 * HOUR))
            self.assertEqual(self.missed_tickets(), ticket)
            self.assertEqual(ticket.call_count, 2)

        self.each_without_ticket(check)

    def test_r32_they_do_not_hide_who_waits(self):
        def check(ticket):
            self.deliver(incoming(3, 2 * HOUR))
            self.assertNobodyWaits(ticket)

        self.each_without_ticket(check)

    def test_r24_they_do_not_hide_the_ticket_from_an_attempt(self):
        def check(ticket):
            self.deliver(softphone_unanswered(3, 2 * HOUR))
            self.assertEqual(self.tickets(), ticket)

        self.each_without_ticket(check)


@tagged("post_install", "-at_install")
class TestOverlapping(WaitingCase):
    def channel_tickets(self):
        channel = self.connection.channel_id
        return self.env["helpdesk.ticket"].search([("channel_id", "=", channel.id)])

    def check_overlapping(self, told, before):
        for delivery in told:
            self.post(delivery)
            tickets = self.channel_tickets() - before
            self.assertTrue(all(tickets.mapped("call_leg_ids")), "one without a call")

    def test_r26_no_ticket_is_left_without_a_call(self):
        """The company has one number: while one employee waits, another is answered."""
        before = self.channel_tickets()
        waits = queue(6, number=1, caller=MARYAM, answered=False)
        for calls in (
            (waits, incoming(2, 20, employee=LINA)),
            (missed(1), incoming(2, 15, employee=LINA)),
            (waits, softphone(2, 20, employee=LINA)),
            (missed(1), incoming(2, 20), missed(3, 25), softphone(4, 100)),
        ):
            for order in permutations(calls) if len(calls) == 2 else (calls,):
                for told in (
                    by_time(*order),
                    by_time(*order)[::-1],
                    [d for call in order for d in call.deliveries],
                ):
                    with self.undone():
                        self.check_overlapping(told, before)

    def test_r32_the_talk_ends_the_waiting(self):
        """It began later than the call that nobody answered."""
        waits = queue(6, number=1, caller=MARYAM, answered=False)
        self.deliver(*by_time(waits, incoming(2, 20, employee=LINA)))
        [ticket] = self.missed_tickets()
        self.assertNobodyWaits(ticket)
        self.assertEqual(len(self.tickets()), 2)
