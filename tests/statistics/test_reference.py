# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R34-R38: the query counts thousands of histories as the reference does."""

import random
from datetime import datetime, timedelta

import pytz
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ..effort import tries
from .case import StatisticsCase, tagged, within
from .history import END, START, Call, random_call, random_ticket
from .reference import Reference

HISTORIES = 2000
PERIODS = {
    "the period": (START, END),
    "one day": (START, START + timedelta(days=1)),
    "from the start on": (START, None),
    "until the end": (None, END),
    "all time": (None, None),
}
ZONES = ("UTC", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns")


@tagged("post_install", "-at_install")
class TestReference(StatisticsCase):
    def test_thousands_of_histories(self):
        """R34-R38: each measure, by agent, team, channel, day, hour and weekday."""
        rng = random.Random(20250328)
        tickets = [random_ticket(rng) for _ in range(HISTORIES)]
        calls = [random_call(rng) for _ in range(HISTORIES)]
        self.write_down(tickets, calls)
        for period in PERIODS:
            self.compare(tickets, period, calls=calls)
        for zone in ZONES:
            self.compare(tickets, "the period", zone, calls)

    @given(st.randoms(use_true_random=False), st.sampled_from(sorted(PERIODS)))
    @settings(
        max_examples=tries(25, full=400),
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def test_few_histories(self, rng, period):
        """R34-R38: the same for few tickets, so that a difference is easy to read."""
        tickets = [random_ticket(rng) for _ in range(rng.randint(1, 4))]
        calls = [random_call(rng) for _ in range(rng.randint(0, 4))]
        savepoint = self.env.cr.savepoint(flush=False)
        try:
            self.write_down(tickets, calls)
            self.compare(tickets, period, "Europe/Berlin", calls)
            self.compare(tickets, period, calls=calls)
        finally:
            savepoint.close(rollback=True)

    def test_r34_the_dashboard_counts_the_same(self):
        """Its figures, pieces, hours of the week, channels, and agents, in each zone."""
        rng = random.Random(7)
        tickets = [random_ticket(rng) for _ in range(HISTORIES)]
        calls = [random_call(rng) for _ in range(HISTORIES)]
        self.write_down(tickets, calls)
        for zone in ZONES:
            with self.subTest(zone):
                self.compare_dashboard(tickets, calls, zone)

    def test_r39_the_dashboard_of_some_agents_counts_what_they_did(self):
        """A ticket counts, though a colleague has worked on it before in the period."""
        rng = random.Random(8)
        tickets = [random_ticket(rng) for _ in range(HISTORIES)]
        calls = [random_call(rng) for _ in range(HISTORIES)]
        self.write_down(tickets, calls)
        for agents in (("sara",), ("sara", "omar")):
            with self.subTest(agents):
                self.compare_dashboard(tickets, calls, ZONES[0], agents)

    def test_r39_an_agent_counts_their_own_in_tickets_of_all(self):
        rng = random.Random(9)
        tickets = [random_ticket(rng) for _ in range(HISTORIES)]
        calls = [random_call(rng) for _ in range(HISTORIES)]
        self.write_down(tickets, calls)
        self.sara.group_ids = self.env.ref("helpdesk_mgmt.group_helpdesk_user_own")
        own = self.env["callgear.dashboard"].with_user(self.sara)
        self.compare_dashboard(tickets, calls, ZONES[0], ("sara",), own, {})

    def compare_dashboard(
        self, tickets, calls, zone, agents=None, dashboard=None, asked=None
    ):
        """Compare all that the dashboard shows with what the reference counts.

        :param agents: names of those whose facts count; None: all
        :param dashboard: ``callgear.dashboard`` of somebody else
        :param asked: dict, which agents are asked for; those of ``agents`` if left out
        """
        if asked is None:
            asked = {"user_ids": [self.users[name].id for name in agents or ()]}
        if dashboard is None:
            dashboard = self.env["callgear.dashboard"]
        data = dashboard.with_context(tz=zone).get_data(
            {
                "date_from": "2025-03-28",
                "date_to": "2025-04-02",
                "compare": False,
                **asked,
            }
        )
        start, end = (
            datetime.fromisoformat(data["domain"][number][2]) for number in (0, 1)
        )
        reference = Reference(self.promises, start, end, agents)
        for name, key in self.parts(zone).items():
            expected = reference.figures(tickets, key, calls)
            for group, values in self.shown(data, name).items():
                for figure, value in values.items():
                    wanted = expected.get(group, {}).get(figure) or 0
                    message = f"{zone} {name} {group} {figure}"
                    self.assertAlmostEqual(
                        value or 0, wanted, msg=message, delta=0.0001
                    )

    def parts(self, zone):
        """What the dashboard shows, and the group in which the reference has a fact."""
        tz = pytz.timezone(zone)

        def local(fact):
            return pytz.utc.localize(fact.at).astimezone(tz)

        return {
            "figures": lambda fact: None,
            "over_time": lambda fact: f"{local(fact):%Y-%m-%dT00:00}",
            "peak": lambda fact: (local(fact).isoweekday() % 7, local(fact).hour),
            "calls_by_hour": lambda fact: local(fact).hour,
            "channels": lambda fact: self.id_of(self.channels, fact.ticket.channel),
            "teams": lambda fact: self.id_of(self.teams, fact.ticket.team),
            "team": lambda fact: self.id_of(self.users, fact.agent),
        }

    @staticmethod
    def shown(data, name):
        """What the dashboard shows of each group: dict of {figure: value}."""
        if name == "figures":
            figures = data["figures"].items()
            return {None: {key: figure["value"] for key, figure in figures}}
        if name == "over_time":
            return {row["start"]: row["values"] for row in data[name]["rows"]}
        if name == "peak":
            return {(cell["day"], cell["hour"]): cell["values"] for cell in data[name]}
        place = "hour" if name == "calls_by_hour" else "id"
        return {row[place]: row["values"] for row in data[name]}

    def compare(self, tickets, period, zone=None, calls=()):
        start, end = PERIODS[period]
        reference = Reference(self.promises, start, end)
        for groupby, key in self.groupings(zone).items():
            found = self.figures(
                within(start, end),
                groupby and [groupby],
                self.Statistics.with_context(tz=zone or "UTC"),
            )
            found = {self.plain(group): values for group, values in found.items()}
            expected = reference.figures(tickets, key, calls)
            if not groupby:
                expected.setdefault((), {})  # there is a row of nothing, too
            message = f"{period}, by {groupby or 'nothing'}, {zone}"
            if len(tickets) < 5:
                message += f" {tickets} {calls}"
            self.assertFigures(found, expected, message)

    def groupings(self, zone):
        """What to group by, and the group that the reference puts a fact in."""
        if zone:
            tz = pytz.timezone(zone)

            def local(fact):
                return pytz.utc.localize(fact.at).astimezone(tz)

            return {
                "date:day": lambda fact: (
                    datetime.combine(local(fact), datetime.min.time()),
                ),
                "date:hour_number": lambda fact: (local(fact).hour,),
                "date:day_of_week": lambda fact: (local(fact).isoweekday() % 7,),
            }
        names = {False: False, None: False}
        for records in (self.users, self.teams, self.channels):
            names |= {name: record for name, record in records.items()}
        return {
            "user_id": lambda fact: (self.id_of(self.users, fact.agent),),
            "team_id": lambda fact: (self.id_of(self.teams, fact.ticket.team),),
            "channel_id": lambda fact: (
                self.id_of(self.channels, fact.ticket.channel),
            ),
            "is_call": lambda fact: (
                isinstance(fact.ticket, Call) or fact.ticket.channel == "calls",
            ),
            "missed_reason": lambda fact: (
                getattr(fact.ticket, "missed_reason", None) or False,
            ),
            "": lambda fact: (),
        }

    @staticmethod
    def id_of(records, name):
        return records[name].id if name else False

    @staticmethod
    def plain(group):
        return tuple(getattr(value, "id", value) for value in group)
