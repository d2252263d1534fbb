# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R46, R47: what managers ask of calls: how many, how fast, for how long, called back when."""

import logging
from datetime import timedelta

from freezegun import freeze_time

from odoo.fields import Command
from odoo.tools import mute_logger
from odoo.tools.profiler import Profiler

from ..report.dashboard_figures import SECTIONS
from .builder import OMAR, SARA, START, YUSUF, CallBuilder
from .case import tagged
from .roles import map_operator
from .scenarios import (
    HOUR,
    attended_transfer,
    incoming,
    missed,
    missed_in_menu,
    softphone,
    softphone_unanswered,
    to_unmapped,
    unmapped_answers,
    voicemail,
)
from .test_dashboard import DashboardCase
from .test_facts import FactCase
from .test_working_hours import hours

LOGGER = "odoo.addons.callgear_integration.report.callgear_ticket_fact"
DAY = {"date_from": "2026-03-28", "date_to": "2026-03-28"}
UTC = START - timedelta(hours=4)  # the calls are told by Dubai's clocks


def answered_after(seconds, number=1, start=0):
    call = CallBuilder(number, start=start)
    call.ring(SARA, 1).answer(SARA, seconds).leave(SARA, seconds + 60, talk=60)
    return call.end(seconds + 60, talk=60, employee=SARA, wait=seconds)


class CallFigureCase(DashboardCase):
    def figures(self, user=None, **options):
        return self.data(user, **{**DAY, **options})["figures"]

    def values(self, *keys, **options):
        figures = self.figures(**options)
        return tuple(figures[key]["value"] for key in keys)

    def of(self, key):
        figure = self.figures()[key]
        return figure["value"], figure["due"]


@tagged("post_install", "-at_install")
class TestCallFigures(CallFigureCase):
    def test_r46_incoming_calls_are_answered_or_missed(self):
        self.deliver(
            incoming(1), missed(2, HOUR, YUSUF), missed_in_menu(3, 2 * HOUR, YUSUF)
        )
        keys = ("calls_incoming", "calls_answered", "calls_missed")
        self.assertEqual(self.values(*keys), (3, 1, 2))

    def test_r46_what_is_no_call_of_a_customer_is_left_out(self):
        """Ignored and outgoing calls, and what goes on."""
        self.deliver(to_unmapped(1), softphone(2, HOUR), voicemail(3, 2 * HOUR))
        self.deliver(CallBuilder(4, start=3 * HOUR).ring(SARA, 1).answer(SARA, 5))
        self.assertEqual(self.values("calls_incoming"), (0,))

    def test_r46_whom_an_unmapped_operator_answers_has_got_through(self):
        self.deliver(unmapped_answers(1))
        self.assertEqual(self.values("calls_answered", "calls_missed"), (1, 0))

    def test_r46_abandoned_is_missed_within_the_working_hours(self):
        """From 16:30 on Saturday; the hours end at 17."""
        self.connection.working_calendar_id = self.env["resource.calendar"].create(
            {
                "name": "Until five",
                "tz": "Asia/Dubai",
                "attendance_ids": [Command.clear(), *hours("5")],
            }
        )
        self.deliver(missed(1), incoming(2, 600), missed(3, HOUR, YUSUF))
        self.assertEqual(self.values("calls_incoming", "calls_missed"), (3, 2))
        self.assertEqual(self.of("calls_abandoned"), (1, 2))

    def test_r46_service_level_is_by_the_teams_time(self):
        self.deliver(answered_after(20, 1), answered_after(21, 2, HOUR))
        self.deliver(missed(3, 2 * HOUR, YUSUF))
        self.assertEqual(self.of("calls_in_time"), (1, 3))
        for seconds, expected in ((21, (2, 3)), (0, (0, 0))):
            self.team.callgear_answer_seconds = seconds
            self.count_again()
            self.assertEqual(self.of("calls_in_time"), expected)

    def count_again(self):
        """Count all that was asked to be counted again in the background."""
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            self.env["callgear.ticket.fact"].with_env(self.env(cr=cr))._cron_count()

    def test_r46_a_new_team_answers_within_twenty_seconds(self):
        self.assertEqual(self.team.callgear_answer_seconds, 20)

    def test_r46_handling_time_is_that_of_talks_in_and_out(self):
        """(209 + 116) seconds / 2; what nobody answered took none."""
        self.deliver(incoming(1), softphone(2, HOUR), missed(3, 2 * HOUR, YUSUF))
        self.deliver(softphone_unanswered(4, 3 * HOUR, YUSUF))
        [minutes] = self.values("handling_minutes")
        self.assertAlmostEqual(minutes, (209 + 116) / 2 / 60, 3)

    def test_r46_a_transferred_call_is_handled_once(self):
        self.deliver(attended_transfer(1))
        minutes, count = self.values("handling_minutes", "calls_incoming")
        self.assertEqual((round(minutes * 60), count), (442, 1))

    def test_r46_the_longest_wait_is_of_any_caller(self):
        self.deliver(incoming(1), missed(2, HOUR, YUSUF))
        [minutes] = self.values("longest_wait_minutes")
        self.assertAlmostEqual(minutes, 38 / 60, 3)

    def test_r46_figures_of_nothing(self):
        keys = ("handling_minutes", "longest_wait_minutes", "call_back_minutes")
        self.assertEqual(self.values(*keys), (None, None, None))
        self.assertEqual(self.of("calls_abandoned"), (0, 0))

    def promised(self, number=1, **values):
        call = self.deliver(missed(number, (number - 1) * HOUR))
        call.write(values)
        return call

    def test_r47_called_back_after(self):
        """From the end of the first missed call, 40 s, to the answer, 10 min 14 s later.

        Nothing was promised. Who still waits is left out.
        """
        again, back = missed(2, 300), softphone(3, 600)
        self.deliver(missed(1), again, back, missed(4, 2 * HOUR, YUSUF))
        [minutes] = self.values("call_back_minutes")
        self.assertAlmostEqual(minutes, (614 - 40) / 60, 3)

    def test_r47_ticked_off_is_not_called_back(self):
        """Whoever talks to them afterwards."""
        with freeze_time(UTC + timedelta(minutes=1)):
            ticket = self.deliver(missed(1)).ticket_ids
        with freeze_time(UTC + timedelta(minutes=5)):
            ticket.with_user(self.sara).action_callgear_done()
        self.deliver(softphone(2, HOUR))
        self.assertEqual(self.values("call_back_minutes"), (None,))

    def test_r47_called_back_on_the_day_of_the_missed_call(self):
        """The talk was a day later, and became known before the missed call."""
        self.deliver(softphone(2, 24 * HOUR), missed(1))
        [minutes] = self.values("call_back_minutes")
        self.assertAlmostEqual(minutes, 24 * 60 + (14 - 40) / 60, 3)

    def test_r47_promises_kept_and_broken(self):
        """Who got through, or was ticked off, in time was owed no call any more."""
        due = UTC + timedelta(minutes=30)
        late, soon = due + timedelta(minutes=1), due - timedelta(minutes=1)
        outcomes = [
            ("kept", "called_back_at", soon),
            ("late", "called_back_at", late),
            ("self", "called_back_at", soon),
            ("self", "called_back_at", late),
            ("done", "call_back_done_at", soon),
            ("done", "call_back_done_at", late),
            (False, "called_back_at", False),
        ]
        calls = [self.promised(number) for number in range(1, len(outcomes) + 1)]
        for call, (state, name, at) in zip(calls, outcomes, strict=True):
            call.write({"call_back_state": state, "call_back_due_at": due, name: at})
        self.assertEqual(self.of("promises_kept"), (1, 4))
        self.assertEqual(self.values("promises_broken"), (3,))

    def test_r47_a_promise_breaks_when_its_time_is_over(self):
        """Nothing happens at that moment."""
        due = UTC + timedelta(minutes=30)
        with freeze_time(due - timedelta(minutes=1)):
            self.promised(call_back_state="waiting", call_back_due_at=due)
            self.assertEqual(self.values("promises_broken"), (0,))
        with freeze_time(due + timedelta(minutes=1)):
            self.env["callgear.ticket.fact"]._note_broken_promises()
            self.assertEqual(self.values("promises_broken"), (1,))

    def test_r46_by_hour_of_the_day(self):
        self.deliver(incoming(1), missed(2, 60, YUSUF), missed(3, HOUR, YUSUF))
        rows = {row["hour"]: row for row in self.data(**DAY)["calls_by_hour"]}
        self.assertEqual(set(rows), {16, 17})
        values = rows[16]["values"]
        self.assertEqual((values["calls_incoming"], values["calls_in_time"]), (2, 1))
        self.assertEqual(values["calls_abandoned"], 1)

    def test_r46_by_team(self):
        """Whose calls they are, and of how many the team has answered in time."""
        self.deliver(incoming(1), missed(2, HOUR, YUSUF))
        other = self.team.copy({"name": "Back office"})
        self.deliver(incoming(3, 2 * HOUR)).team_id = other
        data = self.data(**DAY, team_ids=[self.team.id, other.id])
        rows = {row["id"]: row for row in data["teams"]}
        self.assertEqual(set(rows), {self.team.id, other.id})
        self.assertEqual(rows[other.id]["label"], "Back office")
        for team, counts in ((self.team, (2, 1)), (other, (1, 0))):
            values = rows[team.id]["values"]
            found = values["calls_incoming"], values["calls_missed"]
            self.assertEqual(found, counts)
            self.assertEqual(values["calls_in_time"], 1)

    def test_r46_by_agent(self):
        """Missed calls are those of whose phone rang last."""
        self.deliver(incoming(1), missed(2, HOUR, YUSUF))
        rows = {row["id"]: row["values"] for row in self.data(**DAY)["team"]}
        self.assertEqual(rows[self.sara.id]["calls_answered"], 1)
        self.assertEqual(rows[self.omar.id]["calls_missed"], 1)

    def test_r46_why_missed_is_a_dimension_of_the_statistics(self):
        self.deliver(missed(1), missed_in_menu(2, HOUR), incoming(3, 2 * HOUR))
        Statistics = self.env["callgear.statistics"].with_user(self.manager)
        groups = Statistics._read_group(
            [("team_id", "=", self.team.id), ("calls_missed", "!=", False)],
            ["missed_reason"],
            ["calls_missed:sum"],
        )
        self.assertEqual(dict(groups), {"not_picked_up": 1, "left_early": 1})

    def test_r46_a_figure_leads_to_its_calls(self):
        self.deliver(incoming(1), missed(2, HOUR, YUSUF), softphone(3, 2 * HOUR))
        data = self.data(**DAY)
        for key, count in (
            ("calls_incoming", 2),
            ("calls_missed", 1),
            ("calls_in_time", 1),
            ("handling_minutes", 2),
        ):
            with self.subTest(key):
                figure = data["figures"][key]
                self.assertEqual(figure["model"], "callgear.call")
                self.assertEqual(len(self.behind(data, figure)), count)

    def test_r46_a_row_of_the_statistics_opens_its_call(self):
        call = self.deliver(incoming(1))
        row = self.env["callgear.statistics"].search([("call_id", "=", call.id)])
        action = row.action_open_ticket()
        self.assertEqual((action["res_model"], action["res_id"]), (call._name, call.id))
        self.assertEqual(row.partner_id, self.maryam)

    def test_r46_the_section_of_calls_has_all_of_them(self):
        data = self.data(**DAY)
        sections = {section["key"]: section for section in data["sections"]}
        self.assertEqual(sections["calls"]["label"], "Calls")
        self.assertLess(set(SECTIONS["calls"]), set(SECTIONS["team"]))


@tagged("post_install", "-at_install")
class TestWhoSeesCalls(CallFigureCase):
    def test_r39_who_counts_which_calls(self):
        """An agent the calls that they answered, a team's user their teams'."""
        map_operator(self.connection, OMAR, self.roles["own"])
        self.team.user_ids |= self.roles["team_member"] | self.roles["own"]
        self.deliver(incoming(1), incoming(2, HOUR, employee=OMAR))
        for name, count in (
            ("own", 1),
            ("other_own", 0),
            ("team_member", 2),
            ("manager", 2),
        ):
            with self.subTest(name):
                figure = self.figures(self.roles[name])["calls_answered"]
                self.assertEqual(figure["value"], count)


@tagged("post_install", "-at_install")
class TestCallFacts(FactCase):
    """The facts of calls follow from the calls."""

    def fact(self, call):
        self.commit()
        domain = [("source", "=", "call"), ("source_id", "=", call.id)]
        return self.Fact.search(domain)

    def test_r46_a_fact_follows_its_call(self):
        call = self.deliver(missed(1))
        fact = self.fact(call)
        self.assertEqual((fact.kind, fact.is_answered), ("incoming", False))
        self.assertEqual(fact.date, call.started_at)
        self.assertFalse(fact.ticket_id)
        self.assertTrue(fact.active)

    def test_r46_the_team_follows_the_ticket(self):
        call = self.deliver(incoming(1))
        self.assertEqual(self.fact(call).team_id, self.team)
        other = self.team.create({"name": "Workshop", "user_ids": self.sara.ids})
        call.ticket_ids.team_id = other
        self.assertEqual(self.fact(call).team_id, other)
        call.ticket_ids.unlink()
        self.assertEqual(self.fact(call).team_id, self.team)
        self.assertRight()

    def statements(self, call):
        """The statements about facts after the last notification of a call."""
        for delivery in call.deliveries[:-1]:
            self.post(delivery)
        self.commit()
        self.post(call.deliveries[-1])
        self.env.flush_all()
        with Profiler(collectors=["sql"], db=None) as profiler:
            self.env.cr.precommit.run()
            self.Fact._count_noted_now()
        queries = [entry["query"] for entry in profiler.collectors[0].entries]
        return [query for query in queries if "callgear_ticket_fact" in query]

    def test_r46_ticket_and_call_are_counted_by_two_statements(self):
        self.assertEqual(len(self.statements(missed(1))), 2)

    def test_r46_what_is_no_fact_costs_nothing(self):
        """A call that rings, and one that is ignored."""
        self.assertEqual(self.statements(to_unmapped(1)), [])
        self.assertEqual(self.statements(CallBuilder(2, start=HOUR).ring(SARA, 1)), [])

    def test_r46_a_deleted_call_does_not_count(self):
        call = self.deliver(softphone(1))
        fact = self.fact(call)
        self.assertEqual(fact.kind, "outgoing")
        call.unlink()
        self.commit()
        self.assertFalse(fact.exists())

    def test_r46_a_call_that_turns_out_to_be_internal_does_not_count(self):
        call = self.deliver(incoming(1))
        self.assertTrue(self.fact(call))
        call.write({"is_internal": True, "outcome": "ignored"})
        self.assertFalse(self.fact(call))

    def test_r46_calls_are_counted_at_the_installation_and_again(self):
        calls = self.deliver(incoming(1)) | self.deliver(missed(2, HOUR, YUSUF))
        self.commit()
        for again in (self.Fact._count_all, self.count_again):
            self.env.cr.execute("DELETE FROM callgear_ticket_fact")
            self.env.invalidate_all()
            again()
            facts = self.Fact.search([("source", "=", "call")])
            self.assertEqual(set(facts.mapped("source_id")), set(calls.ids))

    def test_r34_the_installation_tells_how_far_it_is(self):
        """Of tickets and of calls, batch by batch."""
        self.deliver(incoming(1))
        self.commit()
        with self.assertLogs(LOGGER, logging.INFO) as logs:
            self.Fact._count_all()
        for table in ("helpdesk_ticket", "callgear_call"):
            last = self.Fact._last_id(table)
            told = f"Helpdesk statistics: {last} of {last} in {table} counted"
            self.assertIn(f"INFO:{LOGGER}:{told}", logs.output)

    def count_again(self):
        self.Fact._recount_soon()
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            self.Fact.with_env(self.env(cr=cr))._cron_count()

    @mute_logger(LOGGER)
    def test_r46_a_check_finds_wrong_facts_of_calls(self):
        call = self.deliver(incoming(1))
        self.commit()
        self.env.cr.execute(
            "UPDATE callgear_ticket_fact SET wait_seconds = 1 WHERE source = 'call'"
        )
        self.assertEqual(self.Fact._check()[2], call)
        self.assertEqual(self.Fact._check()[2], call.browse())
        self.assertEqual(self.fact(call).wait_seconds, 11)
