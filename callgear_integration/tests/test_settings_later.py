# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R1, R28, R36, R45: settings that are changed later change nothing of what is over."""

from odoo import Command

from .builder import UNKNOWN, changed
from .case import CallgearCase, tagged
from .scenarios import HOUR, incoming, missed, softphone_unanswered, voicemail


@tagged("post_install", "-at_install")
class TestSettingsLater(CallgearCase):
    # -------------------------------------------------- ways to look at a call again

    def told_again(self, call):
        """A notification of it comes late."""
        self.post(changed(call.deliveries[-1], call_info__wait_time_duration=39))

    def contact_linked(self, call):
        """An agent says on the ticket who has called."""
        ticket = self.call_of(call).ticket_ids
        ticket.with_user(self.sara).callgear_link_partner(self.maryam.id)

    def contact_created(self, call):
        self.call_of(call).ticket_ids.with_user(
            self.sara
        ).action_callgear_create_partner()

    def number_typed(self, _call):
        """Somebody types the number on the contact."""
        self.maryam.phone = f"+{UNKNOWN}"

    AGAIN = (told_again, contact_linked, contact_created, number_typed)

    # ----------------------------------------------------------------- settings

    def calendar(self, **attendance):
        return self.env["resource.calendar"].create(
            {
                "name": "Hotline",
                "tz": self.connection.tz,
                "company_id": self.connection.company_id.id,
                "attendance_ids": [
                    Command.clear(),
                    *[
                        Command.create(
                            {
                                "name": "Open",
                                "dayofweek": str(day),
                                "hour_from": 0,
                                "hour_to": 24,
                                "day_period": "full_day",
                                **attendance,
                            }
                        )
                        for day in range(7)
                    ],
                ],
            }
        )

    def hours_are_set(self):
        self.connection.working_calendar_id = self.calendar(hour_from=1, hour_to=2)

    def holiday_is_entered(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Closed",
                "calendar_id": self.connection.working_calendar_id.id,
                "date_from": "2026-03-28 00:00:00",
                "date_to": "2026-03-28 23:00:00",
            }
        )

    def own_number_is_entered(self):
        self.env["callgear.virtual.number"].create(
            {
                "connection_id": self.connection.id,
                "number": f"+{UNKNOWN}",
                "name": "Sales",
            }
        )

    def colleague_gets_the_number(self):
        ours = [("user_id", "=", self.lina.id)]
        self.env["callgear.operator"].search(ours).phone_numbers = f"+{UNKNOWN}"

    def voicemail_is_switched_off(self):
        self.connection.voicemail_tickets = False

    def each(self, call, changes, check):
        for change in changes:
            for again in self.AGAIN:
                with (
                    self.subTest(change=change.__name__, again=again.__name__),
                    self.undone(),
                ):
                    self.deliver(call)
                    ticket = self.tickets()
                    before = ticket.read(
                        ["team_id", "channel_id", "user_id", "stage_id"]
                    )
                    change()
                    again(self, call)
                    check(ticket, before)

    def assertUnchanged(self, ticket, before):
        self.assertEqual(self.tickets(), ticket)
        self.assertEqual(ticket.call_count, 1)
        self.assertEqual(
            ticket.read(["team_id", "channel_id", "user_id", "stage_id"]), before
        )

    # -------------------------------------------------------------------- tests

    def test_r28_missed_calls_keep_their_ticket(self):
        self.connection.working_calendar_id = self.calendar()
        changes = (
            self.hours_are_set,
            self.holiday_is_entered,
            self.own_number_is_entered,
            self.colleague_gets_the_number,
        )
        self.each(missed(caller=UNKNOWN), changes, self.assertUnchanged)

    def test_r28_voicemail_keeps_its_ticket(self):
        self.connection.voicemail_tickets = True
        changes = (self.voicemail_is_switched_off, self.own_number_is_entered)
        self.each(voicemail(caller=UNKNOWN), changes, self.assertUnchanged)

    def test_r28_voicemail_keeps_its_place_in_a_group(self):
        self.connection.voicemail_tickets = True
        call = voicemail(2, HOUR)
        self.deliver(missed(1), call)
        self.voicemail_is_switched_off()
        self.told_again(call)
        self.assertEqual(self.tickets().call_count, 2)

    def test_r28_without_a_ticket_it_stays_so(self):
        self.hours_are_set()
        for make, reason in ((missed, "outside_hours"), (voicemail, "voicemail")):
            with self.subTest(reason), self.undone():
                call = make(caller=UNKNOWN)
                self.deliver(call)
                self.connection.working_calendar_id = False
                self.connection.voicemail_tickets = True
                self.told_again(call)
                self.assertFalse(self.tickets())
                self.assertEqual(self.call_of(call).reason, reason)

    def test_r28_a_start_that_is_known_better_is_looked_up_again(self):
        """The call began at 16:30:50; the calendar is the same all the time."""
        self.connection.working_calendar_id = self.calendar(hour_to=16 + 31 / 60)
        call = missed(start=50)
        *earlier, end = call.deliveries
        self.deliver(changed(end, call_info__total_time_duration=None))
        self.assertEqual(self.call_of(call).reason, "outside_hours")
        self.deliver(*earlier)
        self.assertEqual(self.tickets().call_count, 1)

    def test_r26_a_missed_call_stays_with_the_attempt_behind_it(self):
        self.deliver(missed(1), softphone_unanswered(2, HOUR))
        ticket = self.tickets()
        self.hours_are_set()
        self.call_of(missed(1)).with_user(self.sara).link_partner(self.maryam.id)
        self.assertEqual(self.tickets(), ticket)
        self.assertEqual(ticket.call_count, 2)
        self.assertTrue(ticket.call_waiting_since)

    def test_r45_a_colleague_does_not_become_the_caller(self):
        """The number is entered on the contact of an agent after the call."""
        call = missed(caller=UNKNOWN)
        self.deliver(call)
        self.omar.partner_id.phone = f"+{UNKNOWN}"
        self.told_again(call)
        self.assertFalse(self.call_of(call).partner_id)
        self.assertFalse(self.tickets().partner_id)

    def test_r36_team_and_channel_are_those_of_its_day(self):
        other = self.env["helpdesk.ticket.team"].create(
            {"name": "Support", "user_ids": [Command.set(self.sara.ids)]}
        )
        channel = self.env["helpdesk.ticket.channel"].create({"name": "Other"})

        def places_are_changed():
            self.connection.write({"team_id": other.id, "channel_id": channel.id})

        def team_is_taken_out():
            self.connection.team_id = False

        changes = (places_are_changed, team_is_taken_out)
        for make in (incoming, missed):
            with self.subTest(make.__name__):
                self.each(make(caller=UNKNOWN), changes, self.assertUnchanged)
