# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R28: outside the working hours of the connection missed calls make no ticket."""

from datetime import datetime

from odoo import Command
from odoo.exceptions import AccessError, UserError

from .builder import OMAR, YUSUF
from .case import CallgearCase, tagged
from .roles import SecurityCase
from .scenarios import HOUR, incoming, missed

SATURDAY = "5"


def hours(*days, start=9, end=17, **values):
    """Lines of a calendar: the same hours on each of some weekdays."""
    return [
        Command.create(
            {
                "name": "Open",
                "dayofweek": day,
                "hour_from": start,
                "hour_to": end,
                "day_period": "full_day",
                **values,
            }
        )
        for day in days
    ]


class HoursCase(CallgearCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls.env["resource.calendar"].create(
            {
                "name": "Hotline",
                "company_id": cls.connection.company_id.id,
                "tz": cls.connection.tz,
                "attendance_ids": [Command.clear(), *hours(SATURDAY)],
            }
        )
        cls.calendar.global_leave_ids.unlink()
        cls.connection.working_calendar_id = cls.calendar

    def add_time_off(self, start, end, **values):
        """Close from one time to another, both UTC, in our calendar unless it is said."""
        return self.env["resource.calendar.leaves"].create(
            {
                "name": "Closed",
                "calendar_id": self.calendar.id,
                "date_from": start,
                "date_to": end,
                **values,
            }
        )

    def assertWorking(self, expected, *moments):
        """Whether times of 28 March 2026, a Saturday (UTC, ISO), are working time."""
        for moment in moments:
            if "-" not in moment:
                moment = f"2026-03-28 {moment}"
            with self.subTest(moment):
                found = self.connection._is_working_time(datetime.fromisoformat(moment))
                self.assertEqual(found, expected)


@tagged("post_install", "-at_install")
class TestWorkingHours(HoursCase):
    def test_r28_tickets_of_missed_calls(self):
        """Only missed calls are left out, and only those outside the hours."""
        # The calls begin on Saturday, 28 March, 16:30 local time.
        late = self.deliver(missed(1, HOUR, caller=YUSUF))
        self.assertEqual((late.outcome, late.reason), ("missed", "outside_hours"))
        self.assertFalse(late.ticket_ids)
        self.assertTrue(self.deliver(missed(2, 60)).ticket_ids)
        self.assertTrue(self.deliver(incoming(3, 2 * HOUR, employee=OMAR)).ticket_ids)

    def test_r28_call_on_a_holiday(self):
        self.add_time_off("2026-03-27 20:00:00", "2026-03-28 19:59:59")
        call = self.deliver(missed())
        self.assertEqual((call.outcome, call.reason), ("missed", "outside_hours"))
        self.assertFalse(call.ticket_ids)

    def test_r28_no_calendar_is_always_open(self):
        self.connection.working_calendar_id = False
        self.assertWorking(True, "00:00:00", "12:00:00", "2026-03-29 03:00:00")

    def test_r28_boundaries(self):
        """From 9 to 17 o'clock in Dubai, which is 5 to 13 o'clock UTC."""
        self.assertWorking(True, "05:00:00", "09:00:00", "12:59:59")
        self.assertWorking(False, "04:59:59", "13:00:00", "20:00:00")

    def test_r28_other_weekday(self):
        self.assertWorking(False, "2026-03-27 09:00:00", "2026-03-29 09:00:00")

    def test_r28_until_midnight(self):
        """24:00 belongs to the day: nothing is left between two days."""
        self.calendar.attendance_ids = [
            Command.clear(),
            *hours(SATURDAY, "6", start=0, end=24),
        ]
        self.assertWorking(True, "19:59:59", "20:00:00", "2026-03-29 19:59:59")
        self.assertWorking(False, "2026-03-27 19:59:59", "2026-03-29 20:00:00")

    def test_r28_lunch(self):
        """Agents have a break, callers do not; a gap without a lunch line is one."""
        self.calendar.attendance_ids = [
            Command.clear(),
            *hours(SATURDAY, end=12, day_period="morning"),
            *hours(SATURDAY, start=12, end=13, day_period="lunch"),
            *hours(SATURDAY, start=13, end=15, day_period="afternoon"),
            *hours(SATURDAY, start=16, day_period="afternoon"),
        ]
        self.assertWorking(True, "07:59:59", "08:00:00", "08:59:59", "09:00:00")
        self.assertWorking(False, "11:00:00", "11:59:59")

    def test_r28_time_zone_is_the_calendars(self):
        """Hours are by the clock of the calendar, whatever the account's zone is."""
        self.calendar.tz = "America/New_York"  # UTC-4 on that day
        self.assertWorking(True, "13:00:00", "20:59:59")
        self.assertWorking(False, "12:59:59", "21:00:00")

    def test_r28_day_that_begins_before_the_utc_day(self):
        """Sunday in Auckland begins on Saturday noon UTC."""
        self.calendar.tz = "Pacific/Auckland"  # UTC+13 on that day
        self.calendar.attendance_ids = [Command.clear(), *hours("6")]
        self.assertWorking(True, "20:00:00", "2026-03-29 03:59:59")
        self.assertWorking(False, "19:59:59", "2026-03-29 04:00:00")

    def test_r28_summer_time(self):
        """Nine o'clock is nine o'clock on both sides of the change."""
        self.calendar.tz = "Europe/Berlin"
        self.calendar.attendance_ids = [Command.clear(), *hours(SATURDAY, "6")]
        self.assertWorking(True, "08:00:00", "2026-03-29 07:00:00")
        self.assertWorking(False, "07:59:59", "2026-03-29 06:59:59")

    def test_r28_two_weeks(self):
        """One Saturday is worked, the next is not."""
        self.calendar.attendance_ids = [Command.clear()]
        self.calendar.two_weeks_calendar = True
        Attendance = self.env["resource.calendar.attendance"]
        week = str(Attendance.get_week_type(datetime(2026, 3, 28)))
        self.calendar.attendance_ids = hours(SATURDAY, week_type=week)
        self.assertWorking(True, "09:00:00", "2026-04-11 09:00:00")
        self.assertWorking(False, "2026-03-21 09:00:00", "2026-04-04 09:00:00")

    def test_r28_flexible_calendar_is_open_but_for_time_off(self):
        """It names no hours, so no missed call may be lost to it."""
        self.calendar.schedule_type = "flexible"
        self.assertWorking(True, "02:00:00", "2026-03-29 22:00:00")
        self.add_time_off("2026-03-28 00:00:00", "2026-03-28 03:00:00")
        self.assertWorking(False, "02:00:00")


@tagged("post_install", "-at_install")
class TestTimeOff(HoursCase):
    def test_r28_half_a_day(self):
        """Closed from 13:00 to 17:00 in Dubai."""
        self.add_time_off("2026-03-28 09:00:00", "2026-03-28 13:00:00")
        self.assertWorking(True, "05:00:00", "08:59:59")
        self.assertWorking(False, "09:00:00", "12:59:59")

    def test_r28_time_off_ends(self):
        self.add_time_off("2026-03-28 05:00:00", "2026-03-28 09:00:00")
        self.assertWorking(False, "05:00:00", "08:59:59")
        self.assertWorking(True, "09:00:00", "12:59:59")

    def test_r28_last_second_of_a_day_off(self):
        """Odoo lets a day end at 23:59:59."""
        self.calendar.attendance_ids = [
            Command.clear(),
            *hours(SATURDAY, "6", start=0, end=24),
        ]
        self.add_time_off("2026-03-27 20:00:00", "2026-03-28 19:59:59")
        self.assertWorking(False, "19:59:58", "19:59:59")
        self.assertWorking(True, "20:00:00")

    def test_r28_time_off_of_the_whole_company(self):
        """A public holiday is of no calendar in particular."""
        self.add_time_off(
            "2026-03-28 00:00:00", "2026-03-28 23:00:00", calendar_id=False
        )
        self.assertWorking(False, "09:00:00")

    def test_r28_time_off_of_another_company(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.add_time_off(
            "2026-03-28 00:00:00", "2026-03-28 23:00:00", calendar_id=False
        ).company_id = other
        self.assertWorking(True, "09:00:00")

    def test_r28_time_off_of_another_calendar(self):
        other = self.calendar.copy()
        self.add_time_off(
            "2026-03-28 00:00:00", "2026-03-28 23:00:00", calendar_id=other.id
        )
        self.assertWorking(True, "09:00:00")

    def test_r28_time_off_of_one_person(self):
        """While one is away, others take calls."""
        person = self.env["resource.resource"].create(
            {"name": "Sara", "calendar_id": self.calendar.id}
        )
        self.add_time_off(
            "2026-03-28 00:00:00", "2026-03-28 23:00:00", resource_id=person.id
        )
        self.assertWorking(True, "09:00:00")

    def test_r28_training_is_work(self):
        """Time off of the kind *Other* counts as working time in Odoo."""
        self.add_time_off(
            "2026-03-28 00:00:00", "2026-03-28 23:00:00", time_type="other"
        )
        self.assertWorking(True, "09:00:00")

    def test_r41_cost_does_not_grow_with_the_time_off(self):
        moment = datetime(2026, 3, 28, 9)

        def cost():
            self.env.cr.flush()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.connection._is_working_time(moment)
            return self.env.cr.sql_log_count - before

        alone = cost()
        self.env["resource.calendar.leaves"].create(
            [
                {
                    "name": f"Closed {year}",
                    "calendar_id": calendar_id,
                    "date_from": f"{year}-03-28 00:00:00",
                    "date_to": f"{year}-03-28 23:00:00",
                }
                for year in range(1926, 2026)
                for calendar_id in (self.calendar.id, False)
            ]
        )
        self.assertEqual(cost(), alone)
        self.assertLessEqual(alone, 6)


@tagged("post_install", "-at_install")
class TestHoursOfTheAdmin(SecurityCase):
    """The CallGear admin, who has no other administration rights, chooses the hours."""

    def setUp(self):
        super().setUp()
        self.admin = self.roles["admin"]
        self.mine = self.connection.with_user(self.admin)
        self.Calendar = self.env["resource.calendar"].with_user(self.admin)

    def test_r28_admin_chooses_a_calendar(self):
        calendar = self.connection.company_id.resource_calendar_id
        self.mine.working_calendar_id = calendar.with_user(self.admin)
        self.assertEqual(self.mine.working_calendar_id, calendar)

    def test_r28_calendar_of_another_company_is_refused(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        with self.assertRaises(UserError):
            self.mine.working_calendar_id = other.resource_calendar_id

    def test_r42_calendars_are_changed_by_those_who_did_before(self):
        """No rule of ours may take anything from HR users who are CallGear admins."""
        names = ("resource.calendar", "resource.calendar.attendance")
        names += ("resource.calendar.leaves",)
        models = self.env["ir.model"].search([("model", "in", names)])
        for kind in ("ir.rule", "ir.model.access"):
            ours = self.env["ir.model.data"].search(
                [("module", "=", "callgear_integration"), ("model", "=", kind)]
            )
            records = self.env[kind].browse(ours.mapped("res_id"))
            self.assertFalse(records.filtered(lambda r: r.model_id in models), kind)
        with self.assertRaises(AccessError):
            self.Calendar.create({"name": "Hotline"})

    def test_r28_a_calendar_in_use_is_not_deleted(self):
        calendar = self.env["resource.calendar"].create({"name": "Hotline"})
        self.connection.working_calendar_id = calendar
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            calendar.unlink()
