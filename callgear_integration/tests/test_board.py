# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R48: the live board: who rings, talks and waits, for whom, and how today has gone."""

from datetime import datetime
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError

from odoo.addons.http_routing.tests.common import MockRequest

from .builder import (
    MARYAM,
    OMAR,
    SARA,
    START,
    UNKNOWN,
    WAREHOUSE,
    CallBuilder,
)
from .case import tagged
from .roles import SecurityCase
from .scenarios import begun, incoming, missed, missed_in_menu, over, softphone

MANAGERS = ("manager", "admin")


class BoardCase(SecurityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Calls begin now, in the account's time.
        now = cls.connection._to_local(fields.Datetime.now()).replace(tzinfo=None)
        cls.start = (now - START).total_seconds() - 60
        cls.boss = cls.roles["manager"]

    def board(self, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["callgear.board"].with_user(user or self.boss).get_data()

    def state(self, agent, user=None):
        """What the board says of an agent."""
        return next(a for a in self.board(user)["agents"] if a["id"] == agent.id)


@tagged("post_install", "-at_install")
class TestNow(BoardCase):
    def test_r48_an_agent_who_does_nothing_is_free(self):
        state = self.state(self.own)
        self.assertEqual((state["state"], state["call"]), ("free", None))

    def test_r48_a_ringing_call_is_at_the_agent_and_waits(self):
        self.deliver(CallBuilder(1, start=self.start).ring(SARA, 4))
        self.assertEqual(self.state(self.own)["state"], "ringing")
        [waiting] = self.board()["waiting"]
        self.assertEqual(waiting["state"], "ringing")
        self.assertEqual(waiting["agents"], [self.own.name])
        self.assertEqual(waiting["partner"], "Maryam Khalil")
        self.assertEqual(waiting["number"], f"+{MARYAM}")
        call = self.call_of(CallBuilder(1))
        self.assertEqual(waiting["since"], call.started_at.isoformat() + "Z")

    def test_r48_a_conversation_is_at_its_agent_and_waits_no_more(self):
        self.deliver(begun(1, self.start))
        state = self.state(self.own)
        self.assertEqual(state["state"], "talking")
        self.assertEqual(state["call"]["partner"], "Maryam Khalil")
        leg = self.leg(begun(1), self.own)
        self.assertEqual(state["since"], leg.answered_at.isoformat() + "Z")
        self.assertEqual(self.board()["waiting"], [])

    def test_r48_a_caller_nobody_is_rung_for_waits_in_the_queue(self):
        call = CallBuilder(1, start=self.start).ring(SARA, 4).leave(SARA, 24, total=20)
        self.deliver(call)
        [waiting] = self.board()["waiting"]
        self.assertEqual((waiting["state"], waiting["agents"]), ("queue", []))
        self.assertEqual(self.state(self.own)["state"], "free")

    def test_r48_who_calls_out_is_calling_until_they_are_answered(self):
        told = softphone(1, self.start)
        self.deliver(*told.deliveries[:2])
        self.assertEqual(self.state(self.own)["state"], "calling")
        self.deliver(told.deliveries[2])
        self.assertEqual(self.state(self.own)["state"], "talking")

    def test_r48_nobody_waits_when_the_call_is_over(self):
        self.deliver(missed(1, self.start))
        board = self.board()
        self.assertEqual(board["waiting"], [])
        self.assertEqual(self.state(self.own)["state"], "free")

    def test_r48_a_call_of_unmapped_operators_is_not_ours(self):
        self.deliver(CallBuilder(1, start=self.start).ring(WAREHOUSE, 4))
        self.assertEqual(self.board()["waiting"], [])

    def test_r48_the_longest_waiting_comes_first(self):
        for number, (caller, start) in enumerate(((MARYAM, 30), (UNKNOWN, 0)), 1):
            call = CallBuilder(number, caller, start=self.start + start)
            self.deliver(call.ring(SARA, 1))
        numbers = [call["number"] for call in self.board()["waiting"]]
        self.assertEqual(numbers, [f"+{UNKNOWN}", f"+{MARYAM}"])

    def test_r48_a_call_whose_end_was_lost_goes_by_itself(self):
        self.deliver(
            CallBuilder(1, start=self.start).ring(SARA, 4), begun(2, self.start)
        )
        past = fields.Datetime.subtract(fields.Datetime.now(), hours=7)
        calls = self.env["callgear.call"].search([("state", "!=", "ended")])
        calls.last_event_at = past
        board = self.board()
        self.assertEqual(board["waiting"], [])
        self.assertEqual({agent["state"] for agent in board["agents"]}, {"free"})

    def test_r48_of_two_conversations_of_an_agent_the_later_one_is_shown(self):
        self.deliver(begun(1, self.start), begun(2, self.start + 30, UNKNOWN))
        self.assertEqual(self.state(self.own)["call"]["number"], f"+{UNKNOWN}")

    def test_r48_what_an_agent_does_with_a_colleague_is_shown_without_the_colleague(
        self,
    ):
        call = CallBuilder(1, caller="102", start=self.start)
        self.deliver(call.ring(SARA, 1).answer(SARA, 3))
        board = self.board()
        self.assertEqual(board["waiting"], [])
        self.assertTrue(self.state(self.own)["call"]["internal"])


@tagged("post_install", "-at_install")
class TestToday(BoardCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # It is noon for whoever looks, so that calls of some minutes ago are today's.
        hour = fields.Datetime.now().hour
        cls.boss.tz = f"Etc/GMT{hour - 12:+d}"

    def test_r48_answered_missed_and_average_wait(self):
        begin = self.start - 600
        before = self.board()["today"]
        self.deliver(incoming(1, begin), missed(2, begin, UNKNOWN), softphone(3, begin))
        today = self.board()["today"]
        grown = {name: today[name] - before[name] for name in ("answered", "missed")}
        self.assertEqual(grown, {"answered": 1, "missed": 1})
        self.assertEqual(today["outgoing"] - before["outgoing"], 1)
        self.assertEqual(today["average_wait"], round((11 + 38) / 2))

    def test_r48_each_agents_calls_and_talking_time(self):
        self.deliver(incoming(1, self.start - 600, talk=120))
        state = self.state(self.own)
        self.assertEqual(state["answered"], 1)
        self.assertEqual(state["talk_seconds"], 120)

    def test_r48_today_begins_at_midnight_where_the_user_is(self):
        begin = {}
        with freeze_time("2026-03-28 22:30:00"):
            for zone in ("UTC", "Asia/Dubai", "America/New_York"):
                Board = self.env["callgear.board"].with_context(tz=zone)
                begin[zone] = Board._today_start()
        self.assertEqual(
            begin,
            {
                "UTC": datetime(2026, 3, 28),
                "Asia/Dubai": datetime(2026, 3, 28, 20),
                "America/New_York": datetime(2026, 3, 28, 4),
            },
        )

    def test_r48_how_many_wait_to_be_called_back(self):
        before = self.board()["call_back"]["count"]
        self.deliver(missed(1, self.start - 600))
        self.assertEqual(self.board()["call_back"]["count"], before + 1)


@tagged("post_install", "-at_install")
class TestWhoSees(BoardCase):
    def test_r48_the_board_is_for_managers(self):
        for role, user in self.roles.items():
            with self.subTest(role):
                if role in MANAGERS:
                    self.assertIn("agents", self.board(user))
                else:
                    with self.assertRaises(AccessError):
                        self.board(user)

    def test_r48_the_menu_is_for_managers(self):
        menu = self.env.ref("callgear_integration.menu_board")
        for role, user in self.roles.items():
            if role in ("portal", "public"):
                continue
            with self.subTest(role):
                visible = menu.id in menu.with_user(user)._visible_menu_ids()
                self.assertEqual(visible, role in MANAGERS)

    def test_r48_a_manager_sees_the_agents_of_all_teams(self):
        self.assertNotIn(self.team, self.other.helpdesk_team_ids)
        everybody = {agent["id"] for agent in self.board(self.boss)["agents"]}
        self.assertLessEqual({self.own.id, self.other.id}, everybody)

    def test_r48_a_manager_sees_who_waits_for_any_team(self):
        self.connection.team_id = self.env["helpdesk.ticket.team"].create(
            {"name": "Others"}
        )
        self.deliver(CallBuilder(1, start=self.start).ring(OMAR, 4))
        self.assertEqual(len(self.board(self.boss)["waiting"]), 1)

    def test_r48_a_contact_one_may_not_read_is_only_a_number(self):
        self.deliver(CallBuilder(1, start=self.start).ring(SARA, 4))
        other = self.env["res.company"].create({"name": "Another"})
        self.maryam.company_id = other
        [waiting] = self.board()["waiting"]
        self.assertEqual((waiting["partner"], waiting["number"]), ("", f"+{MARYAM}"))

    def test_r48_other_companies_are_not_seen(self):
        self.deliver(begun(1, self.start))
        other = self.env["res.company"].create({"name": "Another"})
        self.boss.company_ids = [Command.link(other.id)]
        Board = self.env["callgear.board"].with_user(self.boss)
        board = Board.with_context(allowed_company_ids=other.ids).get_data()
        self.assertEqual((board["agents"], board["waiting"]), ([], []))


@tagged("post_install", "-at_install")
class TestListeners(BoardCase):
    def channels(self, user, *names):
        Websocket = self.env["ir.websocket"].with_user(user)
        with MockRequest(Websocket.env) as request:
            request.session.uid = user.id
            return Websocket._build_bus_channel_list(list(names))

    def may_listen(self, user, name):
        company = user.company_id
        return any(
            isinstance(channel, tuple) and channel == (company, name)
            for channel in self.channels(user, name)
        )

    def test_r48_only_who_sees_the_board_is_told_of_its_news(self):
        for role, user in self.roles.items():
            with self.subTest(role):
                self.assertEqual(
                    self.may_listen(user, "callgear.board"),
                    role in MANAGERS,
                )

    def test_r47_every_agent_is_told_of_the_call_back_lists_news(self):
        for role, user in self.roles.items():
            with self.subTest(role):
                self.assertEqual(
                    self.may_listen(user, "callgear.call_back"),
                    role not in ("internal", "portal", "public"),
                )

    def test_r48_the_name_itself_is_no_channel(self):
        for user in (self.boss, self.roles["portal"]):
            found = self.channels(user, "callgear.board")
            names = [channel for channel in found if isinstance(channel, str)]
            self.assertNotIn("callgear.board", names)

    def test_r48_each_change_of_a_call_is_told_without_its_data(self):
        for delivery in over(begun(1, self.start)).deliveries:
            self.env.cr.flush()
            last = self.env["bus.bus"].search([], order="id desc", limit=1).id or 0
            with patch("random.random", lambda: 1):
                self.post(delivery)
                self.env.cr.flush()
            sent = self.env["bus.bus"].search([("id", ">", last)])
            told = [m for m in sent.mapped("message") if '"callgear.board"' in m]
            with self.subTest(delivery.event):
                self.assertEqual(len(told), 1)
                self.assertNotIn(MARYAM, told[0])


@tagged("post_install", "-at_install")
class TestQueries(BoardCase):
    def statements(self, user):
        board = self.env["callgear.board"].with_user(user)
        # An environment keeps its time zone for as long as the garbage collector
        # lets it live; from here on it is known.
        board.get_data()
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        board.get_data()
        return self.env.cr.sql_log_count - before

    def test_r41_r48_as_many_statements_for_many_calls_as_for_few(self):
        self.board()
        self.deliver(*self.calls(2))
        few = self.statements(self.boss)
        self.deliver(*self.calls(30, 100))
        self.assertLessEqual(self.statements(self.boss), few)
        self.assertLess(few, 45)

    def calls(self, count, first=1):
        """So many calls that ring, and as many that are over."""
        for number in range(first, first + count):
            caller = str(971505551000 + number)
            yield CallBuilder(number, caller, start=self.start).ring(SARA, 4)
            yield missed_in_menu(number + 1000, self.start, str(971505553000 + number))
