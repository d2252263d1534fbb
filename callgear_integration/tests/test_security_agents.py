# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R42: agents act on their own conversations, and see nobody else's."""

import inspect
import json
from contextlib import suppress

from odoo.exceptions import AccessError
from odoo.service.model import get_public_method

from .builder import MARYAM, OMAR, SARA, UNKNOWN, CallBuilder
from .case import CallgearCase, tagged
from .http_case import CallgearHttpCase
from .roles import make_roles, map_operator
from .scenarios import group, incoming

# Methods of ours that clients may call; each is checked for access below or elsewhere.
PUBLIC = {
    "callgear.connection": {
        "action_failed_events",
        "action_late_events",
        "action_fetch_virtual_numbers",
        "action_fetch_operators",
        "action_revoke_earlier_tokens",
        "action_rotate_token",
        "action_forget_refusals",
        "action_test_connection",
    },
    "callgear.operator": {"action_accept_proposal", "action_fetch"},
    "callgear.earlier.token": {"action_revoke"},
    "callgear.event": {"action_retry"},
    "callgear.call": {
        "action_connect",
        "action_consult",
        "action_find_partner",
        "action_hang_up",
        "action_hold",
        "action_keep",
        "action_move",
        "action_personal_data",
        "action_restore",
        "action_resume",
        "action_tickets",
        "action_transfer",
        "create_partner",
        "link_partner",
        "transfer_targets",
    },
    "callgear.board": {"get_data"},
    "callgear.dialer": {"dial"},
    "callgear.difference": {"action_open"},
    "callgear.recording": {"action_keep", "action_retry"},
    "callgear.leg": {
        "action_find_partner",
        "action_move",
        "action_new_ticket",
        "attach_to_ticket",
        "create_partner",
        "finish_note",
        "link_partner",
        "plan_follow_up",
        "move_to_new_ticket",
        "move_to_partner",
        "move_to_ticket",
        "save_draft",
        "set_result",
    },
    "helpdesk.ticket": {
        "action_callgear_call",
        "action_callgear_call_back",
        "action_callgear_calls",
        "action_callgear_claim",
        "action_callgear_create_partner",
        "action_callgear_done",
        "action_callgear_find_partner",
        "callgear_link_partner",
        "callgear_numbers",
        "rating_send_request",  # of the module rating, if it is installed
    },
    "res.partner": {
        "action_callgear_call",
        "action_callgear_calls",
        "action_callgear_personal_data",
        "action_callgear_link",
        "callgear_numbers",
    },
    "res.users": {
        "callgear_current_calls",
        "callgear_set_status",
        "callgear_status",
        "callgear_phone",
        "callgear_search",
        "callgear_waiting",
    },
}


def ringing(number=1, employee=SARA, caller=MARYAM):
    return CallBuilder(number, caller).ring(employee, 2)


class AgentCase(CallgearCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.roles = make_roles(cls.env)
        cls.own, cls.other = cls.roles["own"], cls.roles["other_own"]
        map_operator(cls.connection, SARA, cls.own)
        map_operator(cls.connection, OMAR, cls.other)

    def methods(self, leg, ticket=None, partner=None):
        ticket = ticket or self.plain_ticket()
        partner = partner or self.maryam
        return {
            "action_new_ticket": leg.action_new_ticket,
            "attach_to_ticket": lambda: leg.attach_to_ticket(ticket.id, "x"),
            "link_partner": lambda: leg.link_partner(partner.id),
            "create_partner": leg.create_partner,
            "action_find_partner": leg.action_find_partner,
            "action_callgear_link": lambda: self.link_by_list(leg, partner),
            "save_draft": lambda: leg.save_draft("x", "y"),
        }

    def link_by_list(self, leg, partner):
        """Press the button beside a contact in the search for a caller."""
        partner = partner.with_user(leg.env.user).with_context(callgear_leg_id=leg.id)
        return partner.action_callgear_link()

    def refusal(self, method):
        with self.assertRaises(AccessError) as caught:
            method()
        return str(caught.exception)


@tagged("post_install", "-at_install")
class TestForeignConversations(AgentCase):
    def test_r42_a_foreign_conversation_is_not_to_be_acted_on(self):
        leg = self.deliver(ringing(caller=UNKNOWN)).leg_ids
        for role in ("other_own", "team_member", "all", "internal", "portal", "public"):
            foreign = leg.with_user(self.roles[role])
            for name, method in self.methods(foreign).items():
                with self.subTest(f"{name}, {role}"):
                    self.refusal(method)
        self.assertFalse(leg.summary)
        self.assertFalse(leg.partner_id)

    def test_r42_one_that_is_not_there_is_refused_in_the_same_words(self):
        leg = self.deliver(ringing()).leg_ids.with_user(self.other)
        missing = leg.browse(leg.id + 1000000)
        for name, method in self.methods(leg).items():
            with self.subTest(name):
                self.assertEqual(
                    self.refusal(method), self.refusal(self.methods(missing)[name])
                )

    def test_own_conversations_and_the_managers_hand(self):
        for number, role in enumerate(("own", "manager"), start=1):
            leg = self.deliver(ringing(number)).leg_ids.with_user(self.roles[role])
            with self.subTest(role):
                leg.save_draft("Subject", "Summary")
                self.assertEqual(leg.sudo().summary, "Summary")

    def test_manager_of_another_company_is_refused(self):
        leg = self.deliver(ringing()).leg_ids
        other = self.env["res.company"].create({"name": "Elsewhere"})
        manager = self.roles["manager"]
        manager.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        for name, method in self.methods(leg.with_user(manager)).items():
            with self.subTest(name):
                self.refusal(method)

    def test_r42_a_form_for_the_own_ticket_reaches_no_other_records(self):
        """Also when the agent may not write to the automatic ticket any more."""
        mine = self.deliver(incoming()).leg_ids.filtered("user_id")
        foreign = self.deliver(incoming(2, 3600, employee=OMAR)).leg_ids
        foreign = foreign.filtered("user_id")
        before = foreign.ticket_id
        ticket = mine.ticket_id
        ticket.user_id, ticket.team_id = self.other, False
        ticket.call_auto = True
        vals = {
            "name": "Mine",
            "description": "x",
            "callgear_leg_id": mine.id,
            "call_leg_ids": [(4, foreign.id)],
        }
        Ticket = self.env["helpdesk.ticket"].with_user(self.own)
        with suppress(AccessError):
            Ticket.create([vals])
        self.assertEqual(foreign.ticket_id, before)

    def test_r42_attaching_to_a_foreign_ticket_tells_nothing(self):
        """A ticket that they may not change is refused like one that is not there."""
        leg = self.deliver(ringing()).leg_ids.with_user(self.own)
        foreign = self.plain_ticket(user_id=self.other.id, team_id=False)
        told = self.refusal(lambda: leg.attach_to_ticket(foreign.id))
        self.assertEqual(
            told, self.refusal(lambda: leg.attach_to_ticket(foreign.id + 9999))
        )
        self.assertNotIn(foreign.name, told)
        self.assertFalse(leg.sudo().ticket_id)

    def test_r42_linking_a_foreign_contact_tells_nothing(self):
        leg = self.deliver(ringing(caller=UNKNOWN)).leg_ids.with_user(self.own)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        foreign = self.env["res.partner"].create(
            {"name": "Secret", "company_id": other.id}
        )
        told = self.refusal(lambda: leg.link_partner(foreign.id))
        self.assertEqual(
            told, self.refusal(lambda: leg.link_partner(foreign.id + 9999))
        )
        self.assertNotIn("Secret", told)
        self.assertFalse(leg.sudo().partner_id)

    def test_calls_are_written_by_nobody_directly(self):
        call = self.deliver(incoming())
        for records in (call, call.leg_ids, call.recording_ids):
            for role in ("own", "all", "manager", "admin"):
                mine = records.with_user(self.roles[role])
                for operation in ("write", "unlink"):
                    with self.subTest(f"{records._name}, {role}, {operation}"):
                        self.assertFalse(mine.has_access(operation))


@tagged("post_install", "-at_install")
class TestRemoteCalls(CallgearHttpCase, AgentCase):
    def rpc(self, model, method, *args, **kwargs):
        return self.url_open(
            f"/web/dataset/call_kw/{model}/{method}",
            json=self.build_rpc_payload(
                {"model": model, "method": method, "args": args, "kwargs": kwargs}
            ),
        ).json()

    def test_public_methods_are_those_known(self):  # pylint: disable=missing-return
        """A helper without an underscore would be open to every client."""
        for model, known in PUBLIC.items():
            ours = {
                name
                for cls in type(self.env[model]).__mro__
                if cls.__module__.startswith("odoo.addons.callgear_integration.")
                for name, member in vars(cls).items()
                if inspect.isfunction(member)
                and not name.startswith("_")
                and not hasattr(super(cls, self.env[model]), name)
            }
            with self.subTest(model):
                self.assertLessEqual(
                    {
                        name
                        for name in ours
                        if not getattr(
                            getattr(self.env[model], name), "_api_private", False
                        )
                    }
                    - known,
                    set(),
                )
                for name in known:
                    self.assertTrue(get_public_method(self.env[model], name))

    def test_r42_private_methods_are_refused(self):
        self.authenticate("admin", "admin")
        for model, method, args in (
            ("callgear.connection", "_receive", [self.connection.ids, "end", "{}"]),
            ("callgear.connection", "_find_by_token", ["x"]),
            ("callgear.leg", "_bind", [[1], 1, "new"]),
            ("callgear.call", "_refresh", [1, "1"]),
            ("callgear.recording", "_fetch", [[1]]),
            ("callgear.event", "_store", [1, "end", "x"]),
        ):
            with self.subTest(f"{model}.{method}"):
                answer = self.rpc(model, method, *args)
                self.assertIn("AccessError", answer["error"]["data"]["name"])

    def test_portal_user_has_no_current_calls(self):
        self.deliver(ringing())
        self.authenticate(self.roles["portal"].login, self.roles["portal"].login)
        self.assertEqual(self.rpc("res.users", "callgear_current_calls")["result"], [])

    def test_r6_agent_gets_their_current_calls(self):
        self.deliver(ringing(1), ringing(2, OMAR, UNKNOWN))
        self.authenticate(self.own.login, self.own.login)
        told = self.rpc("res.users", "callgear_current_calls")["result"]
        self.assertEqual([call["phone"] for call in told], [f"+{MARYAM}"])


@tagged("post_install", "-at_install")
class TestWhatAgentsAreTold(AgentCase):
    def current(self, user):
        return self.env["res.users"].with_user(user).callgear_current_calls()

    def messages(self):
        """(partner, payload) of the calls' bus messages so far."""
        self.env.cr.precommit.run()
        rows = self.env["bus.bus"].search([], order="id")
        told = [(json.loads(row.channel), json.loads(row.message)) for row in rows]
        return [
            (channel[-1], message["payload"])
            for channel, message in told
            if message["type"] == "callgear.call"
        ]

    def test_r6_current_calls_are_ones_own(self):
        self.deliver(ringing(1), ringing(2, OMAR, UNKNOWN))
        self.assertEqual([c["phone"] for c in self.current(self.own)], [f"+{MARYAM}"])
        self.assertEqual(
            [c["phone"] for c in self.current(self.other)], [f"+{UNKNOWN}"]
        )
        self.assertEqual(self.current(self.roles["manager"]), [])

    def test_r42_contacts_they_may_not_read_are_not_told(self):
        """Two contacts have the number; a custom record rule hides one from agents."""
        number = {"phone": f"+{UNKNOWN}"}
        self.env["res.partner"].create(
            {"name": "Secret", "email": "s@example.com"} | number
        )
        shown = self.env["res.partner"].create({"name": "Shown"} | number)
        self.deliver(ringing(1, caller=UNKNOWN))
        told = self.current(self.own)[0]
        self.assertEqual(told["partner"]["name"], "Secret")
        self.assertEqual(len(told["partners"]), 2)
        self.env["ir.rule"].create(
            {
                "name": "Some contacts are not for agents",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "domain_force": "[('name', '!=', 'Secret')]",
            }
        )
        told = self.current(self.own)[0]
        self.assertIsNone(told["partner"])
        self.assertEqual([partner["id"] for partner in told["partners"]], shown.ids)
        self.assertNotIn("s@example.com", json.dumps(told))

    def test_r42_popup_fields_they_may_not_read_are_not_told(self):
        """`signup_type` of contacts is for settings users."""
        field = self.env["ir.model.fields"]._get("res.partner", "signup_type")
        self.assertTrue(self.env["res.partner"]._fields["signup_type"].groups)
        self.connection.popup_field_ids = field
        self.maryam.sudo().signup_type = "signup"
        self.deliver(ringing())
        self.assertEqual(self.current(self.own)[0]["partner"]["fields"], [])

    def test_r42_open_tickets_they_may_not_read_are_not_told(self):
        mine = self.plain_ticket(name="Mine", user_id=self.own.id, team_id=False)
        self.plain_ticket(name="Theirs", user_id=self.other.id, team_id=False)
        self.deliver(ringing())
        told = self.current(self.own)[0]["open_tickets"]
        self.assertEqual([ticket["id"] for ticket in told], mine.ids)

    def test_r42_who_acts_does_not_decide_what_others_may_see(self):
        """A manager at work in two companies, an agent in one of them."""
        other = self.env["res.company"].create({"name": "Elsewhere"})
        manager = self.roles["manager"]
        manager.company_ids |= other
        self.deliver(call := ringing(1, caller=UNKNOWN))
        both = manager.company_ids.ids
        for active in (both, both[::-1]):
            with self.subTest(active), self.undone():
                leg = self.leg(call, self.own).with_user(manager)
                leg = leg.with_context(allowed_company_ids=active)
                leg.link_partner(self.maryam.id)
                self.assertEqual(
                    self.current(self.own)[0]["partner"]["name"], self.maryam.name
                )

    def test_r40_an_agent_of_another_company_stops_no_call(self):
        """Their operator was mapped to them, or they have left the company since."""
        other = self.env["res.company"].create({"name": "Elsewhere"})
        secret = self.plain_ticket(user_id=self.other.id)
        self.own.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        self.maryam.company_id = self.connection.company_id
        self.deliver(call := ringing(1), ringing(2, OMAR))
        self.assertEqual(self.call_of(call).state, "ringing")
        [told] = self.current(self.own)
        self.assertEqual((told["partner"], told["open_tickets"]), (None, []))
        self.assertEqual(
            self.current(self.other)[0]["open_tickets"][0]["id"], secret.id
        )
        self.deliver(incoming(3, 3600))
        self.assertEqual(self.call_of(incoming(3, 3600)).outcome, "answered")

    def test_r42_what_a_colleague_is_asked_is_not_ones_own(self):
        """Numbers to choose from, and the dialog to move a call."""
        numbers = [{"phone": f"+{MARYAM}", "label": "Phone", "name": "Maryam"}]
        Choice = self.env["callgear.dial.choice"].with_user(self.own)
        choice = Choice._create_for(self.maryam, numbers)
        for record in (choice, choice.line_ids):
            self.assertTrue(record.with_user(self.own).has_access("write"))
            with self.subTest(record._name):
                theirs = record.with_user(self.other)
                self.assertFalse(theirs.search([("id", "in", record.ids)]))
                self.assertFalse(theirs.has_access("write"))

    def test_r42_bus_messages_go_to_the_agent_alone(self):
        self.deliver(ringing(1))
        told = self.messages()
        self.assertEqual([to for to, _payload in told], self.own.partner_id.ids)
        self.assertEqual(told[0][1]["phone"], f"+{MARYAM}")

    def test_r42_of_a_group_each_is_told_of_their_own_leg(self):
        call = self.deliver(*group().deliveries[:3])
        expected = {leg.user_id.partner_id.id: leg.id for leg in call.leg_ids}
        self.assertEqual(
            {to: payload["id"] for to, payload in self.messages()}, expected
        )
        self.assertEqual(len(expected), 3)

    def test_r42_bus_channel_is_the_users_record(self):
        """Anybody could guess a channel that is named by a text, and subscribe."""
        self.deliver(ringing(1))
        self.env.cr.precommit.run()
        told = [("message", "like", '"type":"callgear.call"')]
        rows = self.env["bus.bus"].search(told)
        self.assertTrue(rows)
        for row in rows:
            channel = json.loads(row.channel)
            self.assertEqual(channel[1:], ["res.partner", self.own.partner_id.id])

    def test_r5_unmapped_operators_cause_no_message(self):
        self.connection.operator_ids.user_id = False
        self.deliver(ringing(1))
        self.assertEqual(self.messages(), [])

    def test_r40_a_repeated_notification_causes_no_second_message(self):
        call = ringing(1)
        self.deliver(call, call)
        self.assertEqual(len(self.messages()), 1)
