# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R47: when callers were called back, and the promise to do so: by when, kept, whose."""

from ast import literal_eval
from datetime import datetime, timedelta
from itertools import permutations
from random import Random

from freezegun import freeze_time
from lxml import etree

from odoo import Command
from odoo.exceptions import UserError
from odoo.tools.profiler import Profiler

from .builder import MARYAM, OMAR, UNKNOWN, YUSUF
from .case import CallgearCase, tagged
from .scenarios import (
    HOUR,
    incoming,
    missed,
    softphone,
    softphone_unanswered,
    unmapped_answers,
    unmapped_missed,
)

MINUTE = 60
# The first missed call of the tests, and when it is to be called back.
CALLED = datetime(2026, 3, 28, 12, 30)
DUE = CALLED + timedelta(minutes=30)
WEEKDAYS = range(5)


class PromiseCase(CallgearCase):
    def setUp(self):
        super().setUp()
        self.promise(self.team, 30)

    def promise(self, team, minutes):
        """Have a team promise it, since ever."""
        team.callgear_call_back_minutes = minutes
        team.callgear_call_back_settings = False

    def calendar(self, *hours, days=WEEKDAYS, tz="Asia/Dubai", **values):
        """Hours of each day, in the account's time: (from, to, kind)."""
        lines = [
            Command.create(
                {
                    "name": kind,
                    "dayofweek": str(day),
                    "hour_from": hour_from,
                    "hour_to": hour_to,
                    "day_period": kind,
                }
            )
            for day in days
            for hour_from, hour_to, kind in hours
        ]
        return self.env["resource.calendar"].create(
            {
                "name": "Hotline",
                "tz": tz,
                "company_id": self.connection.company_id.id,
                "attendance_ids": [Command.clear(), *lines],
                **values,
            }
        )

    def state(self, call):
        """What became of the promise of a call: (state, by when, when)."""
        call = self.call_of(call)
        return call.call_back_state, call.call_back_due_at, call.called_back_at

    def nothing(self, call):
        self.assertEqual(self.state(call), (False, False, False))

    def second_team(self, minutes):
        team = self.team.copy({"name": "Second line", "user_ids": self.team.user_ids})
        self.promise(team, minutes)
        return team


@tagged("post_install", "-at_install")
class TestWorkingTime(PromiseCase):
    """The hours are 9 to 18 on weekdays; times are the account's (UTC+4)."""

    def due(self, moment, minutes=30, **calendar):
        hours = calendar.pop("hours", [(9, 18, "full_day")])
        self.connection.working_calendar_id = self.calendar(*hours, **calendar)
        local = timedelta(hours=4)
        due_at = self.connection._after_working_minutes(moment - local, minutes)
        return due_at + local

    def test_r47_within_working_time(self):
        """The table: when called, when due. 27 March 2026 is a Friday."""
        for called, expected in {
            "2026-03-25 10:00:00": "2026-03-25 10:30:00",
            "2026-03-25 17:30:00": "2026-03-25 18:00:00",
            "2026-03-25 17:50:00": "2026-03-26 09:20:00",
            "2026-03-25 20:00:00": "2026-03-26 09:30:00",
            "2026-03-26 03:00:00": "2026-03-26 09:30:00",
            "2026-03-27 17:50:00": "2026-03-30 09:20:00",
            "2026-03-28 12:00:00": "2026-03-30 09:30:00",
        }.items():
            with self.subTest(called):
                due_at = self.due(datetime.fromisoformat(called))
                self.assertEqual(str(due_at), expected)

    def test_r47_longer_than_a_day(self):
        due_at = self.due(datetime(2026, 3, 25, 17), minutes=10 * 60)
        self.assertEqual(due_at, datetime(2026, 3, 26, 18))

    def test_r47_a_holiday_is_no_working_time(self):
        self.connection.working_calendar_id = self.calendar((9, 18, "full_day"))
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.connection.working_calendar_id.id,
                "date_from": "2026-03-25 20:00:00",
                "date_to": "2026-03-26 19:59:59",
            }
        )
        due_at = self.connection._after_working_minutes(
            datetime(2026, 3, 25, 13, 50), 30
        )
        self.assertEqual(due_at, datetime(2026, 3, 27, 5, 20))

    def test_r47_the_line_is_open_at_noon(self):
        hours = [(9, 12, "morning"), (12, 13, "lunch"), (13, 18, "afternoon")]
        due_at = self.due(datetime(2026, 3, 25, 11, 50), hours=hours)
        self.assertEqual(due_at, datetime(2026, 3, 25, 12, 20))

    def test_r47_around_the_clock_without_a_calendar(self):
        due_at = self.connection._after_working_minutes(
            datetime(2026, 3, 28, 23, 50), 30
        )
        self.assertEqual(due_at, datetime(2026, 3, 29, 0, 20))

    def test_r47_a_flexible_calendar_has_no_hours(self):
        due_at = self.due(datetime(2026, 3, 28, 23), flexible_hours=True)
        self.assertEqual(due_at, datetime(2026, 3, 28, 23, 30))

    def test_r47_the_night_on_which_summer_time_begins(self):
        """In Berlin the hour after 2:00 is left out on 29 March, and repeated in October."""
        around = [(0, 24, "full_day")]
        self.connection.working_calendar_id = self.calendar(
            *around, days=range(7), tz="Europe/Berlin"
        )
        after = self.connection._after_working_minutes
        self.assertEqual(
            after(datetime(2026, 3, 29, 0, 45), 30), datetime(2026, 3, 29, 1, 15)
        )
        night = self.calendar((1, 4, "morning"), days=range(7), tz="Europe/Berlin")
        self.connection.working_calendar_id = night
        # From 1:00 (UTC 0:00) it is open for two hours only.
        self.assertEqual(
            after(datetime(2026, 3, 29, 0, 30), 120), datetime(2026, 3, 29, 23, 30)
        )
        # In October for four.
        self.assertEqual(
            after(datetime(2026, 10, 24, 23, 30), 180), datetime(2026, 10, 25, 2, 30)
        )

    def test_r47_without_any_hours_nothing_is_promised(self):
        self.connection.working_calendar_id = self.calendar(days=())
        self.assertIsNone(self.connection._after_working_minutes(CALLED, 30))


@tagged("post_install", "-at_install")
class TestPromise(PromiseCase):
    def test_r47_a_missed_call_is_to_be_called_back(self):
        self.deliver(missed(1))
        self.assertEqual(self.state(missed(1)), ("waiting", DUE, False))
        [ticket] = self.tickets()
        self.assertEqual(ticket.call_back_due_at, DUE)
        self.assertEqual(ticket.call_promise_id, self.call_of(missed(1)))

    def test_r47_in_working_time(self):
        """At 16:50 of a Saturday; the hours end at 17:00, and begin on Monday at 9:00."""
        days = (0, 5)
        hours = self.calendar((9, 17, "full_day"), days=days)
        self.connection.working_calendar_id = hours
        self.deliver(missed(1, 20 * MINUTE))
        due_at = datetime(2026, 3, 30, 5, 20)
        self.assertEqual(self.state(missed(1)), ("waiting", due_at, False))

    def test_r47_nothing_is_promised_by_a_team_that_does_not(self):
        self.promise(self.team, 0)
        self.deliver(missed(1), softphone(2, HOUR))
        self.assertEqual(self.state(missed(1))[:2], (False, False))

    def test_r47_kept(self):
        self.deliver(missed(1), softphone(2, 20 * MINUTE))
        answered = self.call_of(softphone(2)).answered_at
        self.assertEqual(self.state(missed(1)), ("kept", DUE, answered))
        self.assertFalse(any(self.tickets().mapped("call_back_due_at")))

    def test_r47_broken(self):
        self.deliver(missed(1), softphone(2, HOUR))
        answered = self.call_of(softphone(2)).answered_at
        self.assertEqual(self.state(missed(1)), ("late", DUE, answered))

    def test_r47_got_through_by_themselves(self):
        self.deliver(missed(1), incoming(2, HOUR))
        answered = self.call_of(incoming(2)).answered_at
        self.assertEqual(self.state(missed(1)), ("self", DUE, answered))

    def test_r47_answered_by_an_operator_who_is_not_mapped(self):
        self.deliver(missed(1), unmapped_answers(2, 10 * MINUTE))
        self.assertEqual(self.state(missed(1))[0], "self")

    def test_r47_an_attempt_in_vain_keeps_no_promise(self):
        self.deliver(missed(1), softphone_unanswered(2, 10 * MINUTE))
        self.assertEqual(self.state(missed(1)), ("waiting", DUE, False))

    def test_r47_several_missed_calls_are_one_promise(self):
        self.deliver(missed(1), missed(2, 10 * MINUTE), softphone(3, 20 * MINUTE))
        self.assertEqual(self.state(missed(1))[0], "kept")
        self.nothing(missed(2))

    def test_r47_a_missed_call_after_the_talk_is_another_promise(self):
        self.deliver(missed(1), softphone(2, 10 * MINUTE), missed(3, HOUR))
        self.assertEqual(self.state(missed(1))[0], "kept")
        due_at = DUE + timedelta(hours=1)
        self.assertEqual(self.state(missed(3)), ("waiting", due_at, False))

    def test_r47_a_missed_call_that_was_answered_after_all(self):
        *before, end = missed(1).deliveries
        self.deliver(*before, end)
        self.assertEqual(self.state(missed(1))[0], "waiting")
        self.deliver(incoming(1))
        self.nothing(missed(1))

    def test_r47_ignored_outside_working_hours(self):
        self.connection.working_calendar_id = self.calendar((9, 18, "full_day"))
        self.deliver(missed(1))
        self.nothing(missed(1))


@tagged("post_install", "-at_install")
class TestManyCalls(PromiseCase):
    """More calls than are looked at."""

    MANY = 24

    def miss_many(self, begin=1):
        numbers = range(begin, begin + self.MANY)
        self.deliver(*(missed(number, number * MINUTE) for number in numbers))

    def promised(self):
        """The calls with which something was promised: [(session, state)]."""
        calls = self.env["callgear.call"].search(
            [
                ("connection_id", "=", self.connection.id),
                ("call_back_state", "!=", False),
            ],
            order="started_at",
        )
        return [(int(call.session_id), call.call_back_state) for call in calls]

    def test_r47_of_many_missed_calls_the_first_keeps_the_promise(self):
        self.miss_many()
        first = missed(1, MINUTE)
        self.assertEqual(self.promised(), [(first.session, "waiting")])
        self.assertEqual(self.tickets().call_promise_id, self.call_of(first))

    def test_r47_the_promise_of_many_missed_calls_ends(self):
        self.miss_many()
        self.deliver(softphone(90, 25 * MINUTE))
        self.assertEqual(self.promised(), [(missed(1).session, "kept")])

    def test_r47_many_missed_calls_after_another_waiting(self):
        self.deliver(missed(80), softphone(81, 30))
        self.miss_many()
        states = [(missed(80).session, "kept"), (missed(1).session, "waiting")]
        self.assertEqual(self.promised(), states)

    def test_r47_many_missed_calls_before_anything_was_promised(self):
        self.promise(self.team, 0)
        self.miss_many()
        self.team.callgear_call_back_minutes = 30
        self.deliver(missed(60, HOUR))
        self.assertEqual(self.promised(), [])

    def test_r47_whoever_was_called_back_counts_from_the_first_of_many(self):
        """Without a promise, and also if the calls become known last first."""
        self.promise(self.team, 0)
        calls = [missed(number, number * MINUTE) for number in range(self.MANY)]
        talk = softphone(90, HOUR)
        for order in ([*calls, talk], [talk, *calls[::-1]], [*calls[::-1], talk]):
            with self.subTest([call.session for call in order[:3]]), self.undone():
                self.deliver(*order)
                answered = self.call_of(talk).answered_at
                times = [self.call_of(call).called_back_at for call in calls]
                self.assertEqual(times, [answered] + [False] * (self.MANY - 1))

    def many_talks_in(self, ticket, start=HOUR):
        """More talks than are looked at, of another number, known to be nobody's."""
        leg = ticket.call_leg_ids.filtered("entry")[:1]
        began = leg.started_at + timedelta(seconds=start)
        moments = [began + timedelta(minutes=number) for number in range(self.MANY)]
        calls = self.env["callgear.call"].create(
            [
                {
                    "connection_id": self.connection.id,
                    "direction": "in",
                    "history": "conversation",
                    "phone": "+97143000000",
                    "partner_id": self.env["res.partner"].create({"name": "Works"}).id,
                    "started_at": at,
                    "answered_at": at,
                    "state": "ended",
                }
                for at in moments
            ]
        )
        self.env["callgear.leg"].create(
            [
                {
                    "call_id": call.id,
                    "leg_id": f"many-{call.id}",
                    "ticket_id": ticket.id,
                    "entry": "conversation",
                    "ticket_choice": "attach",
                    "state": "ended",
                    "user_id": self.sara.id,
                    "is_operator": True,
                    "started_at": call.started_at,
                }
                for call in calls
            ]
        )

    def test_r47_called_back_by_another_number_many_calls_ago(self):
        self.deliver(missed(1, caller=UNKNOWN))
        ticket = self.call_of(missed(1)).ticket_ids
        talk = softphone(2, 20 * MINUTE, caller=YUSUF)
        self.deliver(talk)
        self.call_of(talk).origin_ticket_id = ticket
        self.call_of(talk).live_leg_ids.filtered("entry").ticket_id = ticket
        ticket._callgear_update_from_calls()
        before = self.state(missed(1))
        self.assertEqual(before[0], "kept")
        self.many_talks_in(ticket)
        ticket._callgear_update_from_calls()
        self.assertEqual(self.state(missed(1)), before)
        self.assertFalse(ticket.call_waiting_since)

    def test_r47_nobody_is_forgotten_to_whom_nothing_was_promised(self):
        """However many calls follow in the ticket."""
        self.promise(self.team, 0)
        self.deliver(missed(1), missed(2, MINUTE))
        [ticket] = self.tickets()
        self.many_talks_in(ticket)
        ticket._callgear_update_from_calls()
        since = self.call_of(missed(1)).leg_ids.filtered("entry").started_at
        self.assertEqual(ticket.call_waiting_since, since)

    def test_r47_many_missed_calls_after_a_tick_count_from_the_first(self):
        self.promise(self.team, 0)
        with freeze_time(CALLED + timedelta(minutes=1)):
            self.deliver(missed(80))
        with freeze_time(CALLED + timedelta(minutes=2)):
            self.tickets().with_user(self.sara).action_callgear_done()
        with freeze_time(CALLED + timedelta(hours=1)):
            self.miss_many(begin=3)
        leg = self.call_of(missed(3)).leg_ids.filtered("entry")
        self.assertEqual(self.tickets().call_waiting_since, leg.started_at)

    def test_r47_a_busy_number_that_was_missed_becomes_known_late(self):
        """It has had more talks since than are read; waitings at both ends are known."""
        self.promise(self.team, 0)
        began = CALLED + timedelta(hours=1)
        values = {
            "connection_id": self.connection.id,
            "direction": "in",
            "history": "conversation",
            "phone": self.deliver(incoming(1)).phone,
        }
        moments = [began + timedelta(minutes=number) for number in range(150)]
        self.env["callgear.call"].create(
            [{**values, "started_at": at, "answered_at": at} for at in moments]
        )
        first, last = missed(2, 10 * MINUTE), missed(3, 3 * HOUR + 29 * MINUTE + 30)
        self.deliver(last, first)
        self.assertEqual(self.state(first)[2], began)
        self.nothing(last)
        self.assertTrue(self.call_of(last).ticket_ids.call_waiting_since)


@tagged("post_install", "-at_install")
class TestOrder(PromiseCase):
    CALLS = (
        missed(1),
        missed(2, 10 * MINUTE),
        softphone(3, 20 * MINUTE),
        missed(4, HOUR),
        incoming(5, 2 * HOUR),
    )

    def states(self):
        return [self.state(call) for call in self.CALLS]

    def test_r47_the_order_of_calls_does_not_matter(self):
        expected = None
        for order in [*permutations(self.CALLS)][::17]:
            with self.subTest([call.session for call in order]), self.undone():
                self.deliver(*order)
                expected = expected or self.states()
                self.assertEqual(self.states(), expected)
        states = [state for state, _due_at, _at in expected]
        self.assertEqual(states, ["kept", False, False, "self", False])

    def test_r47_notifications_last_first(self):
        told = [d for call in self.CALLS for d in call.deliveries]
        self.deliver(*reversed(told))
        states = [state for state, _due_at, _at in self.states()]
        self.assertEqual(states, ["kept", False, False, "self", False])

    def test_r47_a_talk_that_is_known_a_day_late_counts_when_it_was(self):
        with freeze_time(CALLED):
            self.deliver(missed(1))
        with freeze_time(CALLED + timedelta(days=1)):
            self.deliver(softphone(2, 20 * MINUTE))
        self.assertEqual(self.state(missed(1))[0], "kept")

    def test_r47_an_earlier_talk_that_is_known_late(self):
        self.deliver(missed(1), softphone(2, HOUR))
        self.assertEqual(self.state(missed(1))[0], "late")
        self.deliver(softphone(3, 10 * MINUTE))
        self.assertEqual(self.state(missed(1))[0], "kept")

    def test_r47_an_earlier_missed_call_that_is_known_late(self):
        """The promise is made with the first one, and no other has one."""
        self.deliver(missed(2, 10 * MINUTE), missed(1))
        self.assertEqual(self.state(missed(1)), ("waiting", DUE, False))
        self.nothing(missed(2))
        self.assertEqual(self.tickets().call_back_due_at, DUE)


class TicksCase(PromiseCase):
    def missed_at(self, minutes=0, number=1, **told):
        """Deliver a missed call just after it was missed; return its ticket."""
        call = missed(number, minutes * MINUTE, **told)
        with freeze_time(CALLED + timedelta(minutes=minutes + 1)):
            self.deliver(call)
        return self.call_of(call).leg_ids.ticket_id

    def press(self, ticket, minutes, **values):
        with freeze_time(CALLED + timedelta(minutes=minutes)):
            if values:
                ticket.with_user(self.sara).write(values)
            else:
                ticket.with_user(self.sara).action_callgear_done()


@tagged("post_install", "-at_install")
class TestTicks(TicksCase):
    def test_r47_ticked_off(self):
        ticket = self.missed_at()
        self.press(ticket, 10)
        self.assertEqual(self.state(missed(1)), ("done", DUE, False))
        self.assertFalse(ticket.call_back_due_at)

    def test_r47_the_tick_is_taken_back(self):
        ticket = self.missed_at()
        self.press(ticket, 10)
        self.press(ticket, 12, stage_id=self.open.id)
        self.assertEqual(self.state(missed(1)), ("waiting", DUE, False))
        self.assertEqual(ticket.call_back_due_at, DUE)
        self.assertEqual(ticket.call_promise_id, self.call_of(missed(1)))

    def test_r47_many_ticked_off_at_once(self):
        tickets = self.missed_at() | self.missed_at(1, 2, caller=UNKNOWN)
        self.press(tickets, 10)
        states = [self.state(missed(number))[0] for number in (1, 2)]
        self.assertEqual(states, ["done", "done"])

    def test_r47_who_calls_again_after_the_tick_was_promised_again(self):
        ticket = self.missed_at()
        self.press(ticket, 10)
        self.missed_at(60, 2)
        due_at = DUE + timedelta(hours=1)
        self.assertEqual(self.state(missed(1))[0], "done")
        self.assertEqual(self.state(missed(2)), ("waiting", due_at, False))
        self.press(ticket, 70)
        self.assertEqual(self.state(missed(1))[0], "done")
        self.assertEqual(self.state(missed(2))[0], "done")

    def test_r47_a_talk_before_the_tick_that_is_known_later(self):
        self.press(self.missed_at(), 30)
        self.deliver(softphone(2, 20 * MINUTE))
        self.assertEqual(self.state(missed(1))[0], "kept")

    def test_r47_a_talk_after_the_tick_changes_nothing(self):
        self.press(self.missed_at(), 10)
        self.deliver(softphone(2, 20 * MINUTE))
        self.assertEqual(self.state(missed(1))[0], "done")

    def test_r47_an_archived_ticket_is_ticked_off_until_it_is_restored(self):
        ticket = self.missed_at()
        self.press(ticket, 10, active=False)
        self.assertEqual(self.state(missed(1))[0], "done")
        self.press(ticket, 12, active=True)
        self.assertEqual(self.state(missed(1))[0], "waiting")

    def test_r47_a_deleted_ticket_is_ticked_off(self):
        self.missed_at().unlink()
        self.assertEqual(self.state(missed(1))[0], "done")
        self.deliver(*missed(1).deliveries)
        self.assertEqual(self.state(missed(1))[0], "done")

    def test_r47_a_call_that_is_moved_out_of_the_helpdesk_is_ticked_off(self):
        ticket = self.missed_at()
        message = self.call_of(missed(1)).leg_ids.message_id
        with self.undone():
            contact = {"model": "res.partner", "res_id": self.maryam.id}
            message.write(contact)
            self.assertEqual(self.state(missed(1))[0], "done")
            self.assertFalse(ticket.exists().call_back_due_at)
        self.assertEqual(self.state(missed(1))[0], "waiting")


@tagged("post_install", "-at_install")
class TestWhosePromise(PromiseCase):
    def test_r47_a_promise_stays_as_it_was_made(self):
        self.deliver(missed(1))
        self.team.callgear_call_back_minutes = 5
        self.deliver(missed(2, 10 * MINUTE), softphone(3, 20 * MINUTE))
        self.assertEqual(self.state(missed(1))[:2], ("kept", DUE))

    def test_r47_what_was_promised_when_they_called(self):
        """Of a call that becomes known after the setting was changed."""
        with freeze_time(CALLED + timedelta(minutes=1)):
            self.team.callgear_call_back_minutes = 5
        self.deliver(missed(1))
        self.assertEqual(self.state(missed(1))[1], DUE)

    def test_r47_who_called_before_anything_was_promised(self):
        self.promise(self.team, 0)
        self.deliver(missed(1))
        self.team.callgear_call_back_minutes = 5
        self.deliver(missed(2, 10 * MINUTE))
        self.nothing(missed(1))
        self.nothing(missed(2))

    def test_r47_another_team_promises_for_itself(self):
        with freeze_time(CALLED + timedelta(minutes=5)):
            self.deliver(missed(1))
            [ticket] = self.tickets()
            ticket.with_user(self.sara).team_id = self.second_team(60)
        due_at = CALLED + timedelta(minutes=60)
        self.assertEqual(self.state(missed(1))[1], due_at)
        self.assertEqual(ticket.call_back_due_at, due_at)

    def test_r47_another_team_promises_nothing(self):
        with freeze_time(CALLED + timedelta(minutes=5)):
            self.deliver(missed(1))
            [ticket] = self.tickets()
            ticket.with_user(self.sara).team_id = self.second_team(0)
        self.nothing(missed(1))
        self.assertFalse(ticket.call_back_due_at)

    def test_r47_a_broken_promise_stays_the_first_teams(self):
        with freeze_time(DUE + timedelta(minutes=5)):
            self.deliver(missed(1))
            [ticket] = self.tickets()
            ticket.with_user(self.sara).team_id = self.second_team(0)
        self.assertEqual(self.state(missed(1))[:2], ("waiting", DUE))
        self.assertEqual(self.call_of(missed(1)).call_back_team_id, self.team)


@tagged("post_install", "-at_install")
class TestPromiseInLists(PromiseCase):
    def found(self, name, view, records):
        """Which of the records a filter of a search view finds."""
        arch = self.env.ref(f"callgear_integration.{view}").arch
        [node] = etree.fromstring(arch.encode()).xpath(f"//filter[@name='{name}']")
        return records.filtered_domain(literal_eval(node.get("domain")))

    def test_r47_broken_and_soon_due_are_found(self):
        self.deliver(missed(1), missed(2, HOUR, caller=UNKNOWN))
        view, tickets = "helpdesk_ticket_view_search_call_back", self.tickets()
        first, second = tickets
        for minutes, broken, soon in (
            (25, [], [first]),
            (31, [first], []),
            (95, tickets, []),
        ):
            with (
                self.subTest(minutes),
                freeze_time(CALLED + timedelta(minutes=minutes)),
            ):
                found = self.found("promise_broken", view, tickets)
                self.assertEqual(list(found), list(broken))
                found = self.found("due_soon", view, tickets)
                self.assertEqual(list(found), list(soon))
        with freeze_time(CALLED + timedelta(minutes=61)):
            self.assertEqual(self.found("due_soon", view, tickets), second)

    def test_r47_broken_kept_and_open_in_the_journal(self):
        self.deliver(missed(1), softphone(2, HOUR), missed(3, HOUR, caller=UNKNOWN))
        calls = self.env["callgear.call"].search(
            [("connection_id", "=", self.connection.id)]
        )
        late, waits = self.call_of(missed(1)), self.call_of(missed(3))
        view = "callgear_call_view_search"
        with freeze_time(CALLED + timedelta(minutes=70)):
            self.assertEqual(self.found("promise_broken", view, calls), late)
            self.assertEqual(self.found("promise_open", view, calls), waits)
            self.assertFalse(self.found("promise_kept", view, calls))
        with freeze_time(CALLED + timedelta(minutes=95)):
            self.assertEqual(self.found("promise_broken", view, calls), late | waits)

    def test_r47_how_much_of_it_is_left_passes_in_working_hours_only(self):
        hours = self.calendar((9, 17, "full_day"), days=(0, 5))
        self.connection.working_calendar_id = hours
        with freeze_time(CALLED + timedelta(minutes=21)):
            self.deliver(missed(1, 20 * MINUTE))
            ticket = self.tickets().with_user(self.sara)
            self.assertEqual(
                ticket.call_back_hours,
                [
                    ["2026-03-28T12:51:00Z", "2026-03-28T13:00:00Z"],
                    ["2026-03-30T05:00:00Z", "2026-03-30T05:20:00Z"],
                ],
            )
            self.assertFalse(self.call_of(missed(1)).is_promise_broken)

    def test_r47_a_promise_breaks_by_itself(self):
        self.deliver(missed(1))
        with freeze_time(DUE + timedelta(minutes=1)):
            self.env.invalidate_all()
            self.assertTrue(self.call_of(missed(1)).is_promise_broken)
            self.assertFalse(self.tickets().call_back_hours)

    def test_r41_r47_as_many_statements_for_twenty_promises_as_for_two(self):
        def count(rows):
            for number in range(rows):
                caller = str(971505550200 + number)
                self.deliver(missed(number, number * 60, caller=caller))
            self.env.flush_all()
            self.env.invalidate_all()
            tickets = self.tickets().with_user(self.sara)
            with freeze_time(CALLED):
                before = self.env.cr.sql_log_count
                tickets.read(["call_back_due_at", "call_back_hours"])
            return self.env.cr.sql_log_count - before

        count(2)
        self.assertEqual(count(2), count(20))


@tagged("post_install", "-at_install")
class TestCalledBack(PromiseCase):
    """Of every missed call that waits, whether or not anything was promised."""

    def setUp(self):
        super().setUp()
        self.promise(self.team, 0)

    def called_back(self, *calls):
        """When each was called back: minutes after the beginning of the tests, or None."""
        found = [self.call_of(call).called_back_at for call in calls]
        return [at and round((at - CALLED).total_seconds() / 60) for at in found]

    # Calls, and for each of them when its caller was called back. Softphone calls are
    # answered after 14 s, incoming ones after 11 s, so minutes are those of the beginning.
    TABLE = {
        "called back": ([(missed, 0), (softphone, 20)], [20, False]),
        "called again and got through": ([(missed, 0), (incoming, 20)], [20, False]),
        "answered by an operator without a user": (
            [(missed, 0), (unmapped_answers, 20)],
            [20, False],
        ),
        "called back in vain": ([(missed, 0), (softphone_unanswered, 20)], [False] * 2),
        "the first talk counts": (
            [(missed, 0), (softphone, 20), (incoming, 30)],
            [20, False, False],
        ),
        "several tries are one waiting": (
            [(missed, 0), (missed, 5), (softphone, 20)],
            [20, False, False],
        ),
        "missed again after the talk": (
            [(missed, 0), (softphone, 20), (missed, 40), (incoming, 60)],
            [20, False, 60, False],
        ),
        "a talk before it is no answer": ([(incoming, 0), (missed, 20)], [False] * 2),
        "missed at operators whom nobody has mapped": (
            [(unmapped_missed, 0), (softphone, 20)],
            [False] * 2,
        ),
    }

    def each_order(self, table):
        """Deliver the calls of each row in every order, of many calls in some; yield them,
        and what is expected.
        """
        for name, (rows, expected) in table.items():
            calls = [
                make(number, minutes * MINUTE)
                for number, (make, minutes) in enumerate(rows, start=1)
            ]
            for order in [*permutations(calls)][:: 5 if len(calls) > 3 else 1]:
                with self.subTest(name, order=[call.session for call in order]):
                    with self.undone():
                        self.deliver(*order)
                        yield calls, expected

    def test_r47_when_somebody_talked_to_them_in_any_order_of_calls(self):
        for calls, expected in self.each_order(self.TABLE):
            self.assertEqual(self.called_back(*calls), expected)
            self.assertFalse(any(self.call_of(call).call_back_state for call in calls))

    def test_r40_r47_whatever_the_order_of_notifications(self):
        rows, expected = self.TABLE["missed again after the talk"]
        calls = [make(n, at * MINUTE) for n, (make, at) in enumerate(rows, start=1)]
        told = [delivery for call in calls for delivery in call.deliveries]
        chance = Random(47)
        for turn in range(6):
            order = told[::-1] if not turn else chance.sample(told, len(told))
            with self.subTest(turn), self.undone():
                self.deliver(*order, *chance.sample(told, 5))
                self.assertEqual(self.called_back(*calls), expected)

    def test_r47_the_promise_makes_no_difference(self):
        rows, expected = self.TABLE["missed again after the talk"]
        calls = [make(n, at * MINUTE) for n, (make, at) in enumerate(rows, start=1)]
        for minutes in (0, 30):
            with self.subTest(minutes), self.undone():
                self.promise(self.team, minutes)
                self.deliver(*calls)
                self.assertEqual(self.called_back(*calls), expected)
                promised = bool(self.call_of(calls[0]).call_back_state)
                self.assertEqual(promised, bool(minutes))

    def test_r47_without_a_team(self):
        self.connection.team_id = False
        calls = missed(1, caller=UNKNOWN), softphone(2, 20 * MINUTE, caller=UNKNOWN)
        self.deliver(*calls)
        self.assertFalse(self.call_of(calls[0]).ticket_ids.team_id)
        self.assertEqual(self.called_back(*calls), [20, False])

    def test_r28_r47_nobody_waits_who_called_outside_the_working_hours(self):
        self.connection.working_calendar_id = self.calendar((9, 18, "full_day"))
        self.deliver(missed(1), softphone(2, 20 * MINUTE))
        self.assertEqual(self.called_back(missed(1)), [False])

    def test_r47_a_missed_call_that_was_answered_after_all(self):
        self.deliver(missed(1), softphone(2, 20 * MINUTE))
        self.assertEqual(self.called_back(missed(1)), [20])
        self.deliver(incoming(1))
        self.assertEqual(self.called_back(missed(1)), [False])

    def test_r13_r47_the_number_that_called_back_turns_out_to_be_theirs(self):
        self.deliver(missed(1), incoming(2, 20 * MINUTE, caller=UNKNOWN))
        self.assertEqual(self.called_back(missed(1)), [False])
        self.maryam.phone = f"{self.maryam.phone}, +{UNKNOWN}"
        self.assertEqual(self.called_back(missed(1)), [20])

    def test_r47_a_deleted_ticket_keeps_what_was(self):
        self.deliver(missed(1), softphone(2, 20 * MINUTE))
        self.call_of(missed(1)).ticket_ids.unlink()
        self.assertEqual(self.called_back(missed(1)), [20])

    def test_r55_r47_merged_with_another_ticket(self):
        """The call goes on waiting there."""
        self.deliver(missed(1))
        [old], new = self.tickets(), self.plain_ticket()
        self.call_of(missed(1)).leg_ids.message_id.write({"res_id": new.id})
        old.exists().active = False
        self.deliver(missed(2, 10 * MINUTE), softphone(3, 20 * MINUTE))
        self.assertEqual(self.call_of(missed(1)).ticket_ids, new)
        self.assertEqual(self.called_back(missed(1), missed(2)), [20, False])

    def test_r47_nothing_is_written_when_nothing_has_changed(self):
        self.deliver(missed(1), softphone(2, 20 * MINUTE))
        call = self.call_of(missed(1))
        call.ticket_ids._callgear_update_from_calls()
        self.env.flush_all()
        self.env.invalidate_all()
        with Profiler(collectors=["sql"], db=None) as profiler:
            call.ticket_ids._callgear_update_from_calls()
            self.env.flush_all()
        queries = [entry["query"] for entry in profiler.collectors[0].entries]
        self.assertTrue(queries)
        self.assertFalse([query for query in queries if "UPDATE" in query])


@tagged("post_install", "-at_install")
class TestCalledBackTicks(TicksCase):
    """Ticked off is not called back, with a promise and without."""

    def setUp(self):
        super().setUp()
        self.promise(self.team, 0)

    def times(self, *numbers):
        found = [self.call_of(missed(number)).called_back_at for number in numbers]
        return [bool(at) for at in found]

    def test_r47_ticked_off_and_talked_to_afterwards(self):
        self.press(self.missed_at(), 10)
        self.deliver(softphone(9, 20 * MINUTE))
        self.assertEqual(self.times(1), [False])

    def test_r47_a_talk_before_the_tick_that_is_known_later(self):
        self.press(self.missed_at(), 30)
        self.deliver(softphone(9, 20 * MINUTE))
        self.assertEqual(self.times(1), [True])

    def test_r47_the_tick_is_taken_back(self):
        ticket = self.missed_at()
        self.press(ticket, 10)
        self.press(ticket, 12, stage_id=self.open.id)
        self.deliver(softphone(9, 20 * MINUTE))
        self.assertEqual(self.times(1), [True])

    def test_r47_the_tick_stays_when_the_caller_has_called_since(self):
        ticket = self.missed_at()
        self.press(ticket, 10)
        self.missed_at(15, 2)
        self.press(ticket, 17, stage_id=self.pending.id)
        self.press(ticket, 18, priority="3")
        self.deliver(softphone(9, 20 * MINUTE))
        self.assertEqual(self.times(1, 2), [False, True])

    def test_r47_a_deleted_ticket_is_ticked_off(self):
        self.missed_at().unlink()
        self.deliver(softphone(9, 20 * MINUTE))
        self.assertEqual(self.times(1), [False])

    def test_r47_an_archived_ticket_until_it_is_restored(self):
        ticket = self.missed_at()
        self.press(ticket, 10, active=False)
        self.deliver(softphone(9, 20 * MINUTE))
        self.assertEqual(self.times(1), [False])
        self.press(ticket, 30, active=True)
        self.assertEqual(self.times(1), [True])


@tagged("post_install", "-at_install")
class TestTwoCallers(PromiseCase):
    """Two callers in one ticket: each was promised to be called back."""

    FIRST, SECOND = missed(1), missed(2, 5 * MINUTE, caller=UNKNOWN)

    def joined(self):
        """The ticket of the second caller is merged into the first one's."""
        self.deliver(self.FIRST, self.SECOND)
        ticket, old = (self.call_of(c).ticket_ids for c in (self.FIRST, self.SECOND))
        self.call_of(self.SECOND).leg_ids.message_id.write({"res_id": ticket.id})
        self.env.flush_all()
        if old.exists():
            old.active = False
        self.assertEqual(self.call_of(self.SECOND).ticket_ids, ticket)
        return ticket

    def states(self):
        return [self.state(call)[0] for call in (self.FIRST, self.SECOND)]

    def test_r47_each_has_a_promise(self):
        ticket = self.joined()
        self.assertEqual(self.states(), ["waiting", "waiting"])
        self.assertEqual(ticket.call_back_due_at, DUE)
        self.assertEqual(ticket.call_promise_id, self.call_of(self.FIRST))

    def test_r47_a_talk_with_one_keeps_no_promise_to_the_other(self):
        for caller, states in (
            (MARYAM, ["kept", "waiting"]),
            (UNKNOWN, ["waiting", "kept"]),
        ):
            with self.subTest(caller), self.undone():
                ticket = self.joined()
                self.deliver(softphone(3, 20 * MINUTE, caller=caller))
                self.assertEqual(self.states(), states)
                waits = self.FIRST if states[0] == "waiting" else self.SECOND
                self.assertEqual(ticket.call_promise_id, self.call_of(waits))
                self.assertEqual(ticket.call_back_due_at, self.state(waits)[1])

    def test_r47_the_other_one_is_still_in_the_call_back_list(self):
        for caller, waits in ((MARYAM, self.SECOND), (UNKNOWN, self.FIRST)):
            with self.subTest(caller), self.undone():
                ticket = self.joined()
                self.deliver(softphone(3, 20 * MINUTE, caller=caller))
                call = self.call_of(waits)
                since = call.leg_ids.filtered("entry").started_at
                self.assertEqual(ticket.call_waiting_since, since)
                self.assertEqual(ticket.call_back_phone, call.phone)
                self.assertEqual(ticket.stage_id, self.open)

    def test_r47_the_one_who_waits_is_offered_on(self):
        """Not the one who called last, to whom somebody has talked."""
        self.team.callgear_unclaimed_minutes = 10
        with freeze_time(CALLED + timedelta(minutes=6)):
            ticket = self.joined()
            self.deliver(softphone(3, 6 * MINUTE, caller=UNKNOWN))
        with freeze_time(CALLED + timedelta(minutes=12)):
            self.sent("callgear.offer")
            self.env["callgear.offer"]._offer(ticket, set())
            told = [payload for _contact, payload in self.sent("callgear.offer")]
        phone = self.call_of(self.FIRST).phone
        self.assertEqual({payload["phone"] for payload in told}, {phone})

    def test_r32_closed_when_both_were_answered_in_any_order(self):
        talks = (
            softphone(3, 20 * MINUTE),
            incoming(4, HOUR, caller=UNKNOWN),
        )
        for order in permutations(talks):
            with self.subTest([call.session for call in order]), self.undone():
                ticket = self.joined()
                self.deliver(*order)
                self.assertEqual(self.states(), ["kept", "self"])
                self.assertEqual(ticket.stage_id, self.closed)
                self.assertFalse(ticket.call_waiting_since)
                ended = self.call_of(talks[1]).ended_at
                self.assertEqual(ticket.closed_date, ended)

    def test_r47_each_is_called_back_by_the_number_of_their_own_call(self):
        ticket = self.joined()
        for missed_call in (self.FIRST, self.SECOND):
            call = self.call_of(missed_call)
            chosen = ticket.with_user(self.sara)._callgear_call_to_return(call.id)
            self.assertEqual(chosen, call)
        first = self.call_of(self.FIRST)
        self.assertEqual(ticket._callgear_call_to_return(), first)
        strange = self.deliver(missed(6, HOUR, caller=YUSUF))
        self.assertEqual(ticket._callgear_call_to_return(strange.id), first)

    def test_r47_whoever_was_talked_to_is_not_called_back_again(self):
        ticket = self.joined().with_user(self.sara)
        self.deliver(incoming(3, 20 * MINUTE))
        self.assertTrue(ticket.call_waiting_since)
        with self.assertRaisesRegex(UserError, "is no longer waiting"):
            ticket.action_callgear_call_back(self.call_of(self.FIRST).id)
        ticket._callgear_check_waiting(self.call_of(self.SECOND))

    def test_r47_a_talk_with_one_keeps_nobody_from_calling_the_other(self):
        ticket = self.joined().with_user(self.sara)
        talk = softphone(3, HOUR, employee=OMAR)
        self.deliver(talk.deliveries[0])
        self.call_of(talk).origin_ticket_id = ticket
        with self.assertRaisesRegex(UserError, "is already on the phone"):
            ticket._callgear_check_waiting(self.call_of(self.FIRST))
        ticket._callgear_check_waiting(self.call_of(self.SECOND))

    def taken_back(self):
        told = [payload["call_ids"] for _to, payload in self.sent("callgear.missed")]
        return {call_id for call_ids in told for call_id in call_ids}

    def test_r47_the_notice_of_whoever_got_through_is_taken_back(self):
        """Not that of the other one."""
        for caller, own in ((MARYAM, self.FIRST), (UNKNOWN, self.SECOND)):
            for make in (incoming, softphone):
                with self.subTest(caller, make=make.__name__), self.undone():
                    self.joined()
                    self.taken_back()
                    self.deliver(make(3, HOUR, caller=caller))
                    self.assertEqual(self.taken_back(), {self.call_of(own).id})

    def test_r47_a_call_back_to_one_leaves_the_offer_of_the_other(self):
        for caller, is_over in ((MARYAM, True), (UNKNOWN, False)):
            with self.subTest(caller), self.undone():
                ticket = self.joined()
                ticket.call_offer_step = "team"
                ticket.call_offer_user_ids = self.lina
                self.env.flush_all()
                self.sent("callgear.offer")
                self.deliver(softphone_unanswered(3, HOUR, caller=caller))
                self.assertEqual(bool(self.sent("callgear.offer")), is_over)

    def test_r47_a_missed_call_is_no_news_once_its_caller_was_talked_to(self):
        self.joined()
        self.deliver(incoming(3, HOUR))
        for call, is_told in ((self.FIRST, False), (self.SECOND, True)):
            leg = self.call_of(call).live_leg_ids.filtered("entry")
            self.assertEqual(bool(self.told(leg)["missed_notice"]), is_told)

    def test_r47_r56_only_who_waits_is_said_to_wait(self):
        self.joined()
        self.call_of(self.SECOND).leg_ids.user_id = self.omar
        self.deliver(incoming(3, HOUR))
        phone = self.env["callgear.agent.phone"].with_user(self.omar)
        waits = {row["call_id"]: row["waits"] for row in phone._last()}
        first, second = (self.call_of(call).id for call in (self.FIRST, self.SECOND))
        self.assertEqual((waits[first], waits[second]), (False, True))

    def test_r47_a_tick_is_for_both(self):
        ticket = self.joined()
        ticket.with_user(self.sara).action_callgear_done()
        self.assertEqual(self.states(), ["done", "done"])

    def test_r32_closed_when_one_is_ticked_off_and_the_other_answered_elsewhere(self):
        with freeze_time(CALLED + timedelta(minutes=1)):
            self.deliver(self.FIRST)
        with freeze_time(CALLED + timedelta(minutes=3)):
            self.tickets().with_user(self.sara).action_callgear_done()
        ticket = self.joined()
        self.assertEqual(self.states(), ["done", "waiting"])
        self.assertEqual(ticket.stage_id, self.open)
        self.deliver(incoming(4, HOUR, caller=UNKNOWN))
        self.assertEqual(self.states(), ["done", "self"])
        self.assertFalse(ticket.call_waiting_since)
        self.assertEqual(ticket.stage_id, self.closed)

    def ticked_off_and_merged(self, minutes):
        """The first caller is ticked off; their ticket is merged into the second's."""
        with freeze_time(CALLED + timedelta(minutes=6)):
            self.deliver(self.FIRST, self.SECOND)
        tickets = [self.call_of(c).ticket_ids for c in (self.FIRST, self.SECOND)]
        with freeze_time(CALLED + timedelta(minutes=10)):
            tickets[0].with_user(self.sara).action_callgear_done()
        if minutes:
            with freeze_time(CALLED + timedelta(minutes=minutes + 1)):
                self.deliver(missed(5, minutes * MINUTE, caller=UNKNOWN))
        self.call_of(self.FIRST).leg_ids.message_id.write({"res_id": tickets[1].id})
        self.env.flush_all()
        tickets[0].exists().active = False
        return tickets[1]

    def test_r47_a_tick_is_for_those_who_waited_in_the_ticket(self):
        for minutes in (0, 30):
            with self.subTest(minutes), self.undone():
                ticket = self.ticked_off_and_merged(minutes)
                self.assertEqual(self.states(), ["done", "waiting"])
                since = self.call_of(self.SECOND).leg_ids.filtered("entry").started_at
                self.assertEqual(ticket.call_waiting_since, since)

    def test_r47_more_callers_than_keys_are_looked_for(self):
        """A talk elsewhere ends the waiting of each."""
        callers = [f"97150556{number:04}" for number in range(8)]
        calls = [missed(n, n * MINUTE, caller=c) for n, c in enumerate(callers, 1)]
        self.deliver(*calls)
        ticket = self.call_of(calls[0]).ticket_ids
        for call in calls[1:]:
            self.call_of(call).leg_ids.message_id.write({"res_id": ticket.id})
        self.env.flush_all()
        talks = [
            softphone(20 + n, HOUR + n * MINUTE, caller=caller)
            for n, caller in enumerate(callers)
        ]
        self.deliver(*talks)
        states = {self.state(call)[0] for call in calls}
        self.assertEqual(states, {"late"})
        self.assertFalse(ticket.call_waiting_since)

    def test_r47_a_contact_with_more_numbers_than_are_looked_for(self):
        """They are looked for by the contact first."""
        numbers = [f"97150556{number:04}" for number in range(8)]
        *calls, talk = [
            incoming(n, HOUR, caller=caller)
            if n == len(numbers)
            else missed(n, n * MINUTE, caller=caller)
            for n, caller in enumerate(numbers, 1)
        ]
        self.deliver(*calls, talk)
        everybody = self.env["callgear.call"].union(*map(self.call_of, [*calls, talk]))
        everybody.write({"partner_id": self.maryam.id, "partner_chosen": True})
        ticket = self.call_of(calls[0]).ticket_ids
        for call in calls[1:]:
            self.call_of(call).leg_ids.message_id.write({"res_id": ticket.id})
        self.env.flush_all()
        ticket._callgear_update_from_calls()
        self.assertEqual(self.state(calls[0])[0], "self")
        self.assertFalse(ticket.call_waiting_since)

    def test_r13_r47_they_turn_out_to_be_one(self):
        self.joined()
        self.deliver(softphone(3, 20 * MINUTE, caller=UNKNOWN))
        self.assertEqual(self.states(), ["waiting", "kept"])
        self.maryam.phone = f"{self.maryam.phone}, +{UNKNOWN}"
        self.assertEqual(self.states(), ["kept", False])
