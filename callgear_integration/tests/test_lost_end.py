# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R50: calls whose end was lost: swept, and what is then said of their length."""

import ast
from datetime import timedelta

from lxml import etree

from odoo import fields

from .builder import NOBODY, OMAR, SARA, UNKNOWN, CallBuilder
from .case import CallgearCase, tagged
from .scenarios import begun, incoming, over


class LostCase(CallgearCase):
    def sweep(self, *calls, **time):
        """Let time pass without news, then give the calls up."""
        for call in calls:
            self.call_of(call).last_event_at = fields.Datetime.now() - timedelta(**time)
        reconciliation = self.env["callgear.reconciliation"]
        for call in self.env["callgear.call"].search(reconciliation._given_up_domain()):
            call.given_up_at = fields.Datetime.now()
            self.env["callgear.refresh"]._refresh(call.connection_id, call.session_id)

    def popups(self, user):
        return self.env["res.users"].with_user(user).callgear_current_calls()

    def shown(self, user):
        return [popup["id"] for popup in self.popups(user)]

    def texts(self, call, user):
        """All that is said of a conversation's length."""
        leg = self.leg(call, user)
        card = self.env["callgear.announcer"]._card(leg)
        return [str(leg.message_id.body), card["texts"]["en_US"]["course"]]


@tagged("post_install", "-at_install")
class TestLengthUnknown(LostCase):
    def kinds(self):
        """Calls whose end is lost: (call, agent whose entry it is, text)."""
        out = {"direction": "out"}
        yield begun(1), self.sara, "talked, length unknown"
        ringing = CallBuilder(2, UNKNOWN, start=3600).ring(OMAR, 3)
        yield ringing, self.omar, "waited, length unknown"
        dialled = CallBuilder(3, "447700900111", start=7200, **out)
        dialled.call_out(SARA).ring(NOBODY, 1)
        yield dialled, self.sara, "rang, length unknown"
        talking = CallBuilder(4, "447700900112", start=9000, **out)
        talking.call_out(SARA).ring(NOBODY, 1).answer(NOBODY, 9)
        yield talking, self.sara, "talked, length unknown"

    def test_r50_it_is_said_everywhere(self):
        for call, user, text in self.kinds():
            with self.subTest(text, session=call.session):
                self.deliver(call)
                self.sweep(call, hours=7)
                self.assertEqual(self.call_of(call).state, "ended")
                self.assertTrue(self.call_of(call).length_unknown)
                for said in self.texts(call, user):
                    self.assertIn(text, said)
                    self.assertNotIn("0:00", said)

    def test_r44_in_russian(self):
        self.env["res.lang"]._activate_lang("ru_RU")
        self.env["ir.module.module"]._load_module_terms(
            ["callgear_integration"], ["ru_RU"]
        )
        self.connection.lang = "ru_RU"
        for call, user, _text in self.kinds():
            self.deliver(call)
            self.sweep(call, hours=7)
            self.assertIn("неизвестн", str(self.leg(call, user).message_id.body))

    def test_r50_the_end_comes_after_all(self):
        call = begun(1)
        self.deliver(call)
        self.sweep(call, hours=7)
        told = len(call.deliveries)
        self.deliver(*over(call).deliveries[told:])
        record = self.call_of(call)
        self.assertFalse(record.length_unknown)
        self.assertEqual(record.talk_seconds, 209)
        for said in self.texts(call, self.sara):
            self.assertIn("talked 3:29", said)

    def test_r50_only_the_end_of_the_call_is_lost(self):
        """The conversation's own end has come: its length is known."""
        call = begun(1).leave(SARA, 220, talk=209, total=216)
        self.deliver(call)
        self.sweep(call, minutes=16)
        record = self.call_of(call)
        self.assertEqual((record.state, record.length_unknown), ("ended", False))
        self.assertIn("talked 3:29", str(self.leg(call, self.sara).message_id.body))

    def test_r50_told_calls_have_a_length(self):
        self.deliver(incoming())
        self.assertFalse(self.call_of(incoming()).length_unknown)

    def test_r48_averages_leave_it_out(self):
        """Who was answered has waited so long, whatever came after."""
        lost = CallBuilder(1, UNKNOWN).ring(OMAR, 3)
        self.deliver(lost, begun(2, start=3600), incoming(3, 7200))
        self.sweep(lost, begun(2, start=3600), hours=7)
        mine = [("connection_id", "=", self.connection.id)]
        Call = self.env["callgear.call"]
        [(wait, talk)] = Call._read_group(
            mine, aggregates=["wait_seconds:avg", "talk_seconds:avg"]
        )
        self.assertEqual(wait, (7 + 11) / 2)
        self.assertEqual(talk, 209)

    def test_r46_where_nothing_is_known_there_is_no_sum(self):
        """Neither a sum nor an average of 0:00; what is known of a call counts."""
        lost = CallBuilder(1, UNKNOWN).ring(OMAR, 3)
        talking = begun(2, start=3600)
        passed_on = begun(3, start=7200).ring(OMAR, 100).answer(OMAR, 110)
        passed_on.leave(SARA, 111, talk=100, total=107)
        self.deliver(lost, talking, passed_on)
        self.sweep(lost, talking, passed_on, hours=7)
        mine = [("connection_id", "=", self.connection.id)]
        aggregates = ["talk_seconds:sum", "talk_seconds:avg", "talk_seconds:max"]
        Call = self.env["callgear.call"]
        rows = Call._read_group(mine, ["session_id"], aggregates)
        self.assertEqual(
            {int(session) - talking.session + 2: values for session, *values in rows},
            {1: [False] * 3, 2: [False] * 3, 3: [101, False, 101]},
        )
        rows = self.env["callgear.leg"]._read_group(
            [("call_id.connection_id", "=", self.connection.id)],
            ["call_id", "user_id"],
            ["talk_seconds:sum"],
        )
        sums = {(call.session_id, user): talk for call, user, talk in rows}
        self.assertEqual(sums[str(passed_on.session), self.sara], 100)
        self.assertIs(sums[str(talking.session), self.sara], False)
        self.env["callgear.board"].get_data()

    def test_r46_each_length_in_each_view(self):
        """Says that it is unknown; a calendar, whose hints cannot, does not show it."""
        models = ("callgear.call", "callgear.leg")
        seen = set()
        for view in self.env["ir.ui.view"].search([("model", "in", models)]):
            arch = etree.fromstring(view.arch)
            if view.type in ("pivot", "graph"):
                continue
            for node in arch.iter("field"):
                if node.get("widget") != "callgear_clock":
                    continue
                said = ast.literal_eval(node.get("options", "{}")).get("unknown")
                if view.type == "calendar":
                    said = node.get("invisible")
                name = node.get("name")
                wanted = "wait_unknown" if name == "wait_seconds" else "length_unknown"
                self.assertEqual(said, wanted, f"{view.name}: {name}")
                seen.add(view.type)
        self.assertEqual(seen, {"list", "form", "kanban", "calendar"})


@tagged("post_install", "-at_install")
class TestOneTelephone(LostCase):
    def test_r06_the_next_call_is_answered(self):
        """The popup of the one whose end was lost goes, in open pages too."""
        first, second = begun(1), begun(2, start=300, caller=UNKNOWN)
        self.deliver(first)
        self.assertEqual(self.shown(self.sara), [self.leg(first, self.sara).id])
        self.deliver(second)
        self.assertEqual(self.shown(self.sara), [self.leg(second, self.sara).id])
        self.assertEqual(self.told(self.leg(first, self.sara))["state"], "ended")
        self.assertEqual(self.told(self.leg(first, self.sara))["can"], [])

    def test_r40_in_the_other_order(self):
        first, second = begun(1), begun(2, start=300, caller=UNKNOWN)
        self.deliver(second)
        self.deliver(first)
        self.assertEqual(self.shown(self.sara), [self.leg(second, self.sara).id])
        self.assertTrue(self.leg(first, self.sara).overtaken_at)
        self.assertFalse(self.leg(second, self.sara).overtaken_at)

    def test_r06_a_call_that_rings_takes_none_away(self):
        first = begun(1)
        self.deliver(first, CallBuilder(2, UNKNOWN, start=300).ring(SARA, 2))
        self.assertEqual(len(self.shown(self.sara)), 2)

    def test_r52_a_call_on_hold_stays(self):
        first, second = begun(1), begun(2, start=300, caller=UNKNOWN)
        self.deliver(first)
        self.env["callgear.steering"]._note(self.leg(first, self.sara), "held")
        self.deliver(second)
        self.assertEqual(len(self.shown(self.sara)), 2)

    def test_r06_of_another_agent_it_says_nothing(self):
        first, second = begun(1), begun(2, 300, UNKNOWN, OMAR)
        self.deliver(first, second)
        self.assertEqual(len(self.shown(self.sara)), 1)
        self.assertFalse(self.leg(first, self.sara).overtaken_at)

    def test_r50_it_is_given_up_soon(self):
        """After a quarter of an hour instead of six, and corrected by a late end."""
        first, second = begun(1), begun(2, start=300, caller=UNKNOWN)
        self.deliver(first, second)
        self.sweep(first, minutes=16)
        self.assertEqual(self.call_of(first).state, "ended")
        self.assertEqual(self.call_of(second).state, "talking")
        self.assertTrue(self.ticket_of(first, self.sara))
        told = len(first.deliveries)
        self.deliver(*over(first).deliveries[told:])
        self.assertEqual(self.call_of(first).talk_seconds, 209)

    def test_r06_the_newest_are_shown(self):
        """However many old ones were never ended."""
        for number in range(25):
            call = CallBuilder(number, UNKNOWN, start=number * 60)
            self.deliver(call.ring(SARA, 1))
        self.assertIn(self.leg(call, self.sara).id, self.shown(self.sara))
