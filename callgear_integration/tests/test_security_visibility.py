# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R42: a conversation and all its texts are as visible as its ticket.

Without a ticket it is as visible as its agent's, by the helpdesk's own access levels.
"""

from odoo.exceptions import AccessError

from ..tools.hand import Hand, changed_by
from .builder import SARA, CallBuilder
from .case import tagged
from .roles import SecurityCase
from .scenarios import HOUR, blind_transfer, incoming

SECRET = "xyzzy"
AGENTS = ("own", "other_own", "team_member", "all", "manager", "admin")
OUTSIDERS = ("internal", "portal", "public")
MODELS = ("callgear.call", "callgear.leg", "callgear.recording")


class VisibilityCase(SecurityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # What Sara's ticket is given to, and so who may read it; by name.
        cls.elsewhere = cls.foreign_team(cls)
        cls.connection.team_id = False
        cls.places = {
            "own": {"user_id": cls.own.id, "team_id": False},
            "their team's": {"user_id": False, "team_id": cls.team.id},
            "another agent's": {"user_id": cls.other.id, "team_id": cls.elsewhere.id},
            "another team's": {"user_id": False, "team_id": cls.elsewhere.id},
        }

    def conversation(self, number=1):
        """Sara's, about something secret, in a ticket that nobody follows."""
        call = self.deliver(incoming(number, number * HOUR))
        leg = call.leg_ids.filtered("ticket_id")
        leg.write({"summary": f"The {SECRET}", "subject": f"About the {SECRET}"})
        leg.ticket_id.name = f"The {SECRET} is broken"
        return leg

    def place(self, ticket, values):
        ticket.write(values)
        ticket.message_unsubscribe(ticket.message_partner_ids.ids)

    def records(self, leg):
        """The call, its conversation with a ticket, its recordings."""
        return (leg.call_id, leg, leg.call_id.recording_ids)

    def assertVisible(self, records, user, visible):
        """By search, by id, by name, in groups, in an export."""
        mine = records.with_user(user)
        known = [("id", "in", records.ids)]
        found = mine.search(known)
        self.assertEqual(found, mine if visible else mine.browse())
        self.assertEqual(mine.search_count(known), len(records) if visible else 0)
        self.assertEqual(mine.has_access("read"), visible)
        self.assertEqual(mine._filtered_access("read"), found)
        names = mine.name_search("", known)
        self.assertEqual(len(names), len(found))
        [(count,)] = mine._read_group(known, [], ["__count"])
        self.assertEqual(count, len(found))
        for read in ("read", "export_data", "web_read"):
            names = {"display_name": {}} if read == "web_read" else ["display_name"]
            with self.subTest(read):
                mine.invalidate_recordset()
                if visible:
                    self.assertTrue(getattr(mine, read)(names))
                else:
                    with self.assertRaises(AccessError):
                        getattr(mine, read)(names)

    def assertTextsHidden(self, records, user):
        """No text of theirs is found by a search, by a path, or by groups."""
        Leg = records.env["callgear.leg"].with_user(user)
        Call = records.env["callgear.call"].with_user(user)
        Recording = records.env["callgear.recording"].with_user(user)
        for Model, path in (
            (Leg, "summary"),
            (Leg, "subject"),
            (Leg, "ticket_id.name"),
            (Call, "leg_ids.summary"),
            (Call, "ticket_ids.name"),
            (Call, "main_leg_id.summary"),
            (Recording, "leg_id.summary"),
            (Recording, "call_id.leg_ids.subject"),
        ):
            with self.subTest(path):
                self.assertFalse(Model.search([(path, "ilike", SECRET)]))
                self.assertFalse(Model._read_group([(path, "ilike", SECRET)], ["id"]))
        self.assertFalse(Leg._read_group([("summary", "!=", False)], ["summary"]))


@tagged("post_install", "-at_install")
class TestAsItsTicket(VisibilityCase):
    def test_r42_as_visible_as_the_ticket(self):
        """Each role, each place of the ticket, each model: what the ticket's rules say."""
        leg = self.conversation()
        seen = set()
        for place, values in self.places.items():
            self.place(leg.ticket_id, values)
            for role in AGENTS:
                user = self.roles[role]
                visible = leg.ticket_id.with_user(user).has_access("read")
                seen.add((role, visible))
                for records in self.records(leg):
                    with self.subTest(f"{place}, {role}, {records._name}"):
                        self.assertVisible(records, user, visible)
                if not visible:
                    with self.subTest(f"{place}, {role}, texts"):
                        self.assertTextsHidden(leg, user)
        # The table is of use only if the ticket is hidden from some at times.
        for role in ("own", "other_own", "team_member"):
            self.assertLessEqual({(role, True), (role, False)}, seen)

    def test_r42_nobody_else_sees_any(self):
        """Not even who follows the ticket, unless they are agents."""
        leg = self.conversation()
        for role in OUTSIDERS:
            user = self.roles[role]
            leg.ticket_id.message_subscribe(user.partner_id.ids)
            for records in self.records(leg):
                with self.subTest(f"{role}, {records._name}"):
                    with self.assertRaises(AccessError):
                        records.with_user(user).search([])
                    with self.assertRaises(AccessError):
                        records.with_user(user).read(["display_name"])

    def test_r42_an_agent_who_follows_the_ticket_sees_it(self):
        leg = self.conversation()
        self.place(leg.ticket_id, self.places["own"])
        self.assertVisible(leg, self.other, False)
        leg.ticket_id.message_subscribe(self.other.partner_id.ids)
        for records in self.records(leg):
            self.assertVisible(records, self.other, True)

    def test_r42_archived_tickets_are_tickets(self):
        leg = self.conversation()
        self.place(leg.ticket_id, self.places["another agent's"])
        leg.ticket_id.active = False
        for records in self.records(leg):
            self.assertVisible(records, self.other, True)
            self.assertVisible(records, self.own, False)

    def test_r42_a_rule_of_somebody_elses_counts(self):
        """Whatever hides tickets from users hides what was said in their calls."""
        leg, user = self.conversation(), self.roles["all"]
        for records in self.records(leg):
            self.assertVisible(records, user, True)
        self.env["ir.rule"].create(
            {
                "name": "Some tickets are for few",
                "model_id": self.env["ir.model"]._get_id("helpdesk.ticket"),
                "domain_force": f"[('name', 'not like', '{SECRET}')]",
            }
        )
        for records in self.records(leg):
            self.assertVisible(records, user, False)
        self.assertTextsHidden(leg, user)

    def test_r42_counts_in_buttons_and_journal(self):
        """Smart buttons and grouped lists count what may be seen."""
        leg = self.conversation()
        self.place(leg.ticket_id, self.places["another agent's"])
        for role, count in (
            ("own", 0),
            ("team_member", 0),
            ("other_own", 1),
            ("all", 1),
        ):
            user = self.roles[role]
            with self.subTest(role):
                self.maryam.invalidate_recordset()
                self.assertEqual(self.maryam.with_user(user).call_count, count)
                rows = (
                    self.env["callgear.call"]
                    .with_user(user)
                    ._read_group(
                        [("partner_id", "=", self.maryam.id)], ["outcome"], ["__count"]
                    )
                )
                self.assertEqual(sum(number for _outcome, number in rows), count)


@tagged("post_install", "-at_install")
class TestWithoutTicket(VisibilityCase):
    def test_r42_without_a_ticket_as_its_agents(self):
        """Their own, their teams' for team users, all for the others."""
        leg = self.conversation()
        with changed_by(Hand.CALL):
            leg.ticket_id.unlink()
        self.assertFalse(leg.ticket_id)
        expected = dict.fromkeys(AGENTS, True) | {"other_own": False}
        for role, visible in expected.items():
            for records in self.records(leg):
                with self.subTest(f"{role}, {records._name}"):
                    self.assertVisible(records, self.roles[role], visible)
        self.team.user_ids -= self.own
        self.env.invalidate_all()
        for records in self.records(leg):
            self.assertVisible(records, self.member, False)

    def test_r42_while_the_phone_rings(self):
        """R6: whose phone rings sees the call, in the popup and in the journal."""
        call = self.deliver(CallBuilder(1).ring(SARA, 2))
        self.assertVisible(call, self.own, True)
        self.assertVisible(call, self.other, False)
        told = self.env["res.users"].with_user(self.own).callgear_current_calls()
        self.assertEqual([leg["id"] for leg in told], call.leg_ids.ids)

    def test_r6_popup_of_a_call_in_a_ticket_one_may_not_read(self):
        """Their call stays theirs to act on, though its ticket was given away."""
        call = self.deliver(CallBuilder(1).ring(SARA, 2).answer(SARA, 5))
        leg = call.leg_ids.with_user(self.own)
        leg.action_new_ticket()
        ticket = self.plain_ticket(user_id=self.own.id, team_id=False)
        leg.attach_to_ticket(ticket.id)
        self.place(ticket, self.places["another agent's"])
        self.env.invalidate_all()
        self.assertVisible(leg, self.own, False)
        told = self.env["res.users"].with_user(self.own).callgear_current_calls()
        self.assertEqual([state["id"] for state in told], leg.ids)
        self.assertNotIn(ticket.name, str(told))
        leg.save_draft(summary="Still mine")
        self.assertEqual(leg.sudo().summary, "Still mine")


@tagged("post_install", "-at_install")
class TestSeveralConversations(VisibilityCase):
    def two(self):
        """Sara talked, then Omar; each in a ticket that the other may not read."""
        call = self.deliver(blind_transfer())
        mine = call.leg_ids.filtered(lambda leg: leg.user_id == self.own)
        theirs = call.leg_ids.filtered(lambda leg: leg.user_id == self.other)
        self.place(mine.ticket_id, self.places["own"])
        self.place(theirs.ticket_id, self.places["another agent's"])
        theirs.write({"summary": SECRET, "subject": SECRET})
        theirs.ticket_id.name = SECRET
        return call, mine, theirs

    def test_r42_the_call_is_seen_the_others_texts_are_not(self):
        call, mine, theirs = self.two()
        self.assertVisible(call, self.own, True)
        self.assertVisible(mine, self.own, True)
        self.assertVisible(theirs, self.own, False)
        self.env.invalidate_all()
        seen = call.with_user(self.own)
        self.assertEqual(seen.ticket_ids.ids, mine.ticket_id.ids)
        self.assertNotIn(theirs.id, seen.leg_ids.ids)
        self.assertNotIn(SECRET, str(seen.web_read(self.everything(seen))))
        self.assertTextsHidden(theirs, self.own)

    def everything(self, records):
        """All fields that the user may read, with names and texts of what they link to."""
        spec = {}
        for name, field in records.fields_get().items():
            inner = {"display_name": {}}
            if field.get("relation") == "callgear.leg":
                inner |= {"summary": {}, "subject": {}}
            spec[name] = {"fields": inner} if field.get("relation") else {}
        return spec

    def test_r42_the_ticket_that_a_call_was_made_from(self):
        """R42: its title is no news for whoever may not read it."""
        call, _mine, theirs = self.two()
        call.origin_ticket_id = theirs.ticket_id
        self.env.invalidate_all()
        seen = call.with_user(self.own)
        self.assertNotIn(SECRET, str(seen.web_read(self.everything(seen))))
        with self.assertRaises(AccessError):
            seen.search([("origin_ticket_id.name", "like", SECRET)])

    def test_r42_recordings_go_with_their_conversations(self):
        call, mine, theirs = self.two()
        Recording = self.env["callgear.recording"]
        Recording.search([("call_id", "=", call.id)]).unlink()
        rows = Recording.create(
            [
                {"call_id": call.id, "leg_id": leg.id, "url": f"https://x/{leg.id}"}
                for leg in (mine, theirs)
            ]
        )
        self.assertVisible(rows[0], self.own, True)
        self.assertVisible(rows[1], self.own, False)
        self.assertVisible(rows[1], self.other, True)


@tagged("post_install", "-at_install")
class TestOnTheBoard(VisibilityCase):
    def test_r48_who_talks_is_seen_with_whom_is_not(self):
        """R42, R48: a manager sees that an agent talks; the ticket is another company's."""
        call = self.deliver(CallBuilder(1).ring(SARA, 2).answer(SARA, 5))
        ticket = self.plain_ticket(user_id=self.own.id, team_id=self.team.id)
        call.leg_ids.with_user(self.own).attach_to_ticket(ticket.id)

        def seen():
            self.env.invalidate_all()
            data = (
                self.env["callgear.board"].with_user(self.roles["manager"]).get_data()
            )
            [agent] = [row for row in data["agents"] if row["id"] == self.own.id]
            return agent

        self.assertEqual(seen()["call"]["partner"], self.maryam.display_name)
        company = self.env["res.company"].create({"name": "Another"})
        self.place(ticket, {"team_id": False, "company_id": company.id})
        self.assertEqual(seen()["state"], "talking")
        self.assertNotIn(self.maryam.name, str(seen()))
        self.assertNotIn(self.maryam.phone[-6:], str(seen()))
