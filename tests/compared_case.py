# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Calls that are over at the simulated CallGear, and comparisons of them."""

import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from odoo import fields

from odoo.addons.callgear_integration.tests.builder import Delivery

from simulator.order import Order

from .simulated_case import SimulatedCase


class ComparedCase(SimulatedCase):
    def setUp(self):
        super().setUp()
        self.simulator._calls.clear()
        self.account(
            recording_url=self.connection._media_address(),
            api_points_minute=1_000_000,
            api_points_day=1_000_000,
        )
        self.maxDiff = None

    def play(self, scenario, hours_ago=2, **values):
        """A call at the PBX that is over.

        :return: its notifications, none of which has been delivered
        """
        now = datetime.now(ZoneInfo("Asia/Dubai")).replace(microsecond=0)
        start = now - timedelta(hours=hours_ago)
        order = Order(scenario, speed=0, start_time=start, **values)
        placed = self.simulator.place(order)
        self.assertTrue(placed.player.join(20))
        _revision, entries = self.simulator.log.since(session_id=placed.session_id)
        told = [
            Delivery(entry["event"], entry["body"])
            for entry in reversed(entries)
            if not entry["api"]
        ]
        self.session = str(placed.session_id)
        self.assertTrue(told)
        return told

    def compare(self, since=None, till=None, reason="manual", seconds=60, books=True):
        now = fields.Datetime.now()
        comparison = self.env["callgear.comparison"].create(
            {
                "connection_id": self.connection.id,
                "date_from": since or now - timedelta(hours=5),
                "date_to": till or now,
                "reason": reason,
            }
        )
        self.assertTrue(comparison._claim())
        if books:
            comparison._go_on(time.monotonic() + seconds)
        else:  # only with CallGear's report
            comparison._ask(time.monotonic() + seconds)
        return comparison

    def call(self):
        return self.env["callgear.call"].search(
            [
                ("connection_id", "=", self.connection.id),
                ("session_id", "=", self.session),
            ]
        )
