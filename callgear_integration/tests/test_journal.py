# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R46: the journal counts calls once, and talking per agent."""

from .case import CallgearCase, tagged
from .scenarios import (
    HOUR,
    attended_transfer,
    group,
    incoming,
    missed,
    softphone_unanswered,
    unmapped_missed,
)


@tagged("post_install", "-at_install")
class TestJournal(CallgearCase):
    def groups(self, model, groupby, measure="__count"):
        """A measure of this connection's records by a field, as views ask for it."""
        Model = self.env[model].with_user(self.sara)
        domain = [("connection_id", "=", self.connection.id)]
        rows = Model.formatted_read_group(domain, [groupby], [measure])
        return {row[groupby]: row[measure] for row in rows}

    def test_r46_hour_and_weekday_are_those_of_the_account(self):
        """It began on Saturday at half past four in Dubai, which is 12:30 UTC."""
        call = self.deliver(incoming(1))
        self.assertEqual(call.started_at.hour, 12)
        self.assertEqual((call.started_hour, call.started_weekday), ("16:00", "6"))
        self.assertEqual(self.leg(incoming(1), self.sara).started_hour, "16:00")

    def test_r46_calls_by_hour(self):
        self.deliver(incoming(1), missed(2, HOUR), missed(3, HOUR + 60))
        found = self.groups("callgear.call", "started_hour")
        self.assertEqual(found, {"16:00": 1, "17:00": 2})

    def test_r46_a_call_counts_for_the_agent_who_answered_it(self):
        call = self.deliver(group(1))
        self.assertEqual(call.agent_id, self.omar)
        found = self.groups("callgear.call", "agent_id")
        self.assertEqual(found, {(self.omar.id, self.omar.display_name): 1})

    def test_r46_a_transferred_call_counts_once_for_who_had_it_first(self):
        self.assertEqual(self.deliver(attended_transfer(1)).agent_id, self.sara)

    def test_r46_a_missed_call_counts_for_who_was_rung_last(self):
        self.assertEqual(self.deliver(missed(1)).agent_id, self.omar)

    def test_r46_talking_adds_up_per_agent(self):
        """Over all conversations, those of a transferred call included."""
        self.deliver(attended_transfer(1), incoming(2, HOUR, talk=100))
        found = self.groups("callgear.leg", "user_id", "talk_seconds:sum")
        by_id = {user[0]: seconds for user, seconds in found.items() if user}
        self.assertEqual(by_id[self.sara.id], 173 + 100)
        self.assertEqual(by_id[self.omar.id], 282)

    def test_r46_each_view_can_group_by_everything_that_is_offered(self):
        self.deliver(incoming(1), missed(2, HOUR), softphone_unanswered(3, 2 * HOUR))
        names = [
            *("started_hour", "started_weekday", "direction", "outcome"),
            *("team_id", "channel_id", "virtual_phone", "started_at:day"),
        ]
        for model, own in (("callgear.call", "agent_id"), ("callgear.leg", "user_id")):
            for name in [*names, own]:
                with self.subTest(model, name=name):
                    self.assertTrue(self.groups(model, name))

    def test_r46_the_team_is_the_tickets(self):
        self.deliver(incoming(1))
        for model in ("callgear.call", "callgear.leg"):
            with self.subTest(model):
                found = self.groups(model, "team_id")
                self.assertEqual(found[self.team.id, "Hotline"], 1)

    def test_r46_each_call_says_why_in_one_line(self):
        self.deliver(
            incoming(1), missed(2), softphone_unanswered(3), unmapped_missed(4)
        )
        domain = [("connection_id", "=", self.connection.id)]
        calls = self.env["callgear.call"].search(domain)
        self.assertEqual(len(calls), 4)
        for call in calls:
            with self.subTest(call.session_id):
                self.assertTrue(call.reason)

    def test_r46_the_journal_has_all_views(self):
        expected = {
            "callgear_call_action": "list,kanban,calendar,pivot,graph,form",
            "callgear_leg_action": "list,kanban,pivot,graph,form",
        }
        for name, modes in expected.items():
            action = self.env.ref(f"callgear_integration.{name}")
            for mode in modes.split(","):
                with self.subTest(name, mode=mode):
                    self.assertIn(mode, [view for _id, view in action.views])
                    self.env[action.res_model].with_user(self.sara).get_view(
                        view_type=mode
                    )
