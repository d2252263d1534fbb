# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R47: the promise to call back: by when, kept or broken, and whose it is."""

from ast import literal_eval
from datetime import datetime, timedelta
from itertools import permutations

from freezegun import freeze_time
from lxml import etree

from odoo import Command

from .builder import UNKNOWN
from .case import CallgearCase, tagged
from .scenarios import (
    HOUR,
    incoming,
    missed,
    softphone,
    softphone_unanswered,
    unmapped_answers,
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
        self.nothing(missed(1))

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
        self.promise(self.team, 30)
        self.deliver(missed(60, HOUR))
        self.assertEqual(self.promised(), [])


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
        for order in [*permutations(self.CALLS)][::7]:
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


@tagged("post_install", "-at_install")
class TestTicks(PromiseCase):
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
