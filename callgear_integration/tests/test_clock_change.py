# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R40: calls of the nights on which clocks change, and of clocks that are wrong."""

import json
from datetime import datetime, timedelta
from itertools import product
from random import Random
from unittest.mock import patch

import pytz
from freezegun import freeze_time

from .builder import OMAR, SARA, START, CallBuilder, changed
from .case import CallgearCase, stopped_at, tagged
from .scenarios import missed
from .snapshot import snapshot

# Where clocks are set back, and set forward, at 01:00 UTC.
ZONES = {"Europe/Berlin": ("2026-10-25 01:00", "2026-03-29 01:00")}
# Set back at midnight, into the day before; by half an hour; without summer time.
ZONES["America/Havana"] = ("2025-11-02 05:00", "2026-03-08 05:00")
ZONES["Australia/Lord_Howe"] = ("2026-04-04 15:00", "2026-10-03 15:30")
ZONES["Europe/Moscow"] = ("2014-10-25 22:00",)


def passed_on():
    """SARA answers and does nothing; OMAR takes over a minute later, and talks on."""
    call = CallBuilder(1).ring(SARA, 0).answer(SARA, 10)
    call.ring(OMAR, 60).answer(OMAR, 70).leave(SARA, 75, talk=65, total=75)
    return call.leave(OMAR, 400, talk=330, total=340).end(400, talk=390, employee=OMAR)


def rung_in_turn():
    call = CallBuilder(2).ring(SARA, 0).leave(SARA, 25, total=25)
    return call.ring(OMAR, 60).leave(OMAR, 85, total=25).end(90, wait=90)


@tagged("post_install", "-at_install")
class TestClockChange(CallgearCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.real_outcomes = {}

    def moved(self, call, began, zone=None):
        """The call as of another time (UTC): [(when, as the account's clock wrote it)]."""
        zone = pytz.timezone(zone or self.connection.tz)
        for delivery in call.deliveries:
            time = json.loads(delivery.text)["notification_time"]
            utc = began + (datetime.fromisoformat(time) - START)
            local = pytz.utc.localize(utc).astimezone(zone)
            yield utc, changed(delivery, notification_time=f"{local:%Y-%m-%d %H:%M:%S}")

    def really(self, make, began):
        """What is left behind if the times need no reading; found out once."""
        if (make, began) not in self.real_outcomes:
            told = list(self.moved(make(), began, "UTC"))
            with patch.object(
                type(self.connection), "_instants", lambda _self, written: (written,)
            ):
                self.real_outcomes[make, began] = self.outcome(told)
        return self.real_outcomes[make, began]

    def outcome(self, told, delay=lambda: timedelta(0), order=list):
        """What is left behind by a delivery that is late, in any order, with repeats."""
        with self.undone():
            for utc, delivery in order(told):
                with stopped_at(self.env, utc + delay()):
                    self.post(delivery)
            self.env.invalidate_all()
            return snapshot(self.env, self.connection)

    def assertAsItReallyWas(self, **delivery):
        """For calls that begin half a minute before clocks change."""
        for zone, changes in ZONES.items():
            self.connection.tz = zone
            for change, make in product(changes, (passed_on, rung_in_turn)):
                began = datetime.fromisoformat(change) - timedelta(seconds=30)
                with self.subTest(f"{zone} {change} {make.__name__}"):
                    told = list(self.moved(make(), began))
                    found = self.outcome(told, **delivery)
                    self.assertEqual(found, self.really(make, began))

    def test_r40_calls_across_a_change_of_clocks(self):
        """T9: who was rung last, which ticket is closed, is what really was."""
        self.assertAsItReallyWas()

    def test_r40_late_and_out_of_order_across_a_change_of_clocks(self):
        random = Random(7)
        self.assertAsItReallyWas(
            delay=lambda: timedelta(seconds=random.randint(0, 1300)),
            order=lambda told: random.sample(told * 2, 2 * len(told)),
        )

    def test_r40_days_late_across_a_change_of_clocks(self):
        """Then the call itself tells which time was meant."""
        random = Random(8)
        self.assertAsItReallyWas(
            delay=lambda: timedelta(days=3),
            order=lambda told: random.sample(told, len(told)),
        )

    def test_r25_r17_the_night_summer_time_ends(self):
        """T9: 02:59:30 is before 02:00:30."""
        self.connection.tz = "Europe/Berlin"
        began = datetime(2026, 10, 25, 0, 59, 30)
        calls = passed_on(), rung_in_turn()
        for call in calls:
            for utc, delivery in self.moved(call, began):
                with stopped_at(self.env, utc):
                    self.post(delivery)
        self.assertEqual(self.ticket_of(calls[0], self.sara).stage_id, self.closed)
        self.assertEqual(self.ticket_of(calls[0], self.omar).stage_id, self.open)
        self.assertEqual(self.call_of(calls[1]).ticket_ids.user_id, self.omar)

    def test_r40_the_clock_of_a_node_does_not_matter(self):
        """S5: what has arrived when is said by the database, for all nodes."""
        for skew in (timedelta(hours=3), timedelta(hours=-3)):
            with self.undone():
                with freeze_time(datetime.now() + skew):
                    self.post(missed().deliveries[0])
                [event] = self.connection.env["callgear.event"].search(
                    [("connection_id", "=", self.connection.id)]
                )
                now = self.env.cr.now().replace(microsecond=0)
                self.assertEqual(event.received_at, now)

    def test_r40_a_clock_that_is_ahead_is_not_believed(self):
        """S13: the arrival counts; the next calls are grouped as they came."""
        now = self.env.cr.now().replace(microsecond=0)
        call = missed()
        for _utc, delivery in self.moved(call, now + timedelta(hours=5)):
            self.post(delivery)
        first = self.call_of(call)
        self.assertEqual(first.ended_at, now)
        self.assertLessEqual(first.started_at, now)
        later = missed(2)
        for _utc, delivery in self.moved(later, now + timedelta(minutes=1)):
            self.post(delivery)
        self.assertEqual(self.call_of(later).ticket_ids, first.ticket_ids)
