# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R5: operators who are mapped late, by nobody, or created anew in CallGear."""

from random import Random

from odoo.exceptions import UserError
from odoo.tests import new_test_user

from .builder import OMAR, SARA, UNKNOWN, WAREHOUSE, CallBuilder, Employee
from .case import CallgearCase, tagged
from .scenarios import (
    begun,
    group,
    incoming,
    missed,
    over,
    unmapped_answers,
    unmapped_missed,
)

ANEW = Employee(809999, "Haddad Sara")
UNMAPPED = "callgear_integration.mail_activity_unmapped_operators"


class OperatorCase(CallgearCase):
    def operator(self, employee):
        return (
            self.env["callgear.operator"]
            .with_context(active_test=False)
            .search(
                [
                    ("connection_id", "=", self.connection.id),
                    ("employee_id", "=", str(employee.id)),
                ]
            )
        )

    def map(self, employee=WAREHOUSE, user=None):
        self.operator(employee).user_id = user or self.lina

    def activities(self):
        return self.connection.activity_search([UNMAPPED])

    def popups(self, user):
        return self.env["res.users"].with_user(user).callgear_current_calls()


@tagged("post_install", "-at_install")
class TestMappedLate(OperatorCase):
    def test_r05_mapped_while_the_phone_rings(self):
        """The popup appears at once, and the call counts, however it ends."""
        call = CallBuilder(1).ring(WAREHOUSE, 2)
        self.deliver(call)
        self.assertFalse(self.popups(self.lina))
        self.map()
        [popup] = self.popups(self.lina)
        self.assertEqual(popup["state"], "ringing")
        told = len(call.deliveries)
        self.deliver(*call.leave(WAREHOUSE, 20).end(20).deliveries[told:])
        self.assertEqual(self.call_of(call).outcome, "missed")
        self.assertEqual(self.ticket_of(call, self.lina).user_id, self.lina)

    def test_r05_mapped_at_any_time_of_the_call(self):
        """Whenever it is, if the call has not ended yet."""
        for number, make in enumerate((unmapped_answers, unmapped_missed)):
            deliveries = make(10 * number + 1).deliveries
            for place in range(len(deliveries)):
                with self.subTest(make.__name__, place=place):
                    self.operator(WAREHOUSE).user_id = False
                    call = make(10 * number + 1 + place, start=3600 * place)
                    told = call.deliveries
                    ends = [d.event for d in told].index("end")
                    if place > ends:
                        continue
                    for delivery in told[:place]:
                        self.post(delivery)
                    self.map()
                    self.deliver(*told[place:])
                    self.assertIn(self.call_of(call).reason, ("answered", "missed"))
                    self.assertTrue(self.call_of(call).ticket_ids)
                    self.assertIn(self.lina, self.call_of(call).user_ids)

    def test_r05_what_has_ended_stays_as_it_was(self):
        call = unmapped_missed()
        self.deliver(call)
        self.map()
        self.deliver(call.deliveries[0], call.deliveries[-1])
        self.assertEqual(self.call_of(call).reason, "unmapped")
        self.assertFalse(self.tickets())

    def test_r05_nobody_loses_a_call(self):
        """Unmapped, remapped, archived in the middle: the call stays the agent's."""
        changes = (
            {"user_id": False},
            {"user_id": self.omar.id},
            {"active": False},
        )
        for number, change in enumerate(changes, start=1):
            with self.subTest(change):
                self.operator(SARA).write({"user_id": self.sara.id, "active": True})
                call = CallBuilder(number, start=number * 3600)
                self.deliver(call.ring(SARA, 1).answer(SARA, 5))
                self.operator(SARA).write(change)
                told = len(call.deliveries)
                call.leave(SARA, 60, talk=55).end(60, talk=55)
                self.deliver(*call.deliveries[told:])
                self.assertTrue(self.ticket_of(call, self.sara))

    def test_r05_a_call_that_cannot_be_read_prevents_nothing(self):
        call = CallBuilder(1).ring(WAREHOUSE, 2)
        self.deliver(call).event_ids.payload = "{"
        with self.assertLogs("odoo.addons.callgear_integration.services", "WARNING"):
            self.map()
        self.assertEqual(self.operator(WAREHOUSE).user_id, self.lina)


@tagged("post_install", "-at_install")
class TestMappedByNobody(OperatorCase):
    def test_r05_the_admin_is_told_once(self):
        """One activity for all calls and operators; it goes when all are mapped."""
        self.assertFalse(self.activities())
        self.deliver(unmapped_missed(1), unmapped_missed(2, 3600))
        self.assertEqual(len(self.activities()), 1)
        self.assertIn("Warehouse (701299)", self.activities().note)
        other = Employee(5, "Stranger")
        self.deliver(CallBuilder(3).ring(other, 1).leave(other, 9).end(9))
        self.assertEqual(len(self.activities()), 1)
        self.assertIn("Stranger (5)", self.activities().note)
        self.map()
        self.assertNotIn("Warehouse", self.activities().note)
        self.map(other, self.omar)
        self.assertFalse(self.activities())

    def test_r05_told_to_somebody_who_is_there(self):
        """Not to a creator who has left; nor to the user of data files."""
        admin = self.env.ref("base.user_admin")
        self.assertEqual(self.connection._admin(), admin)
        creator = new_test_user(
            self.env, "creator", "callgear_integration.group_callgear_manager"
        )
        Connection = self.env["callgear.connection"].with_user(creator)
        connection = Connection.create({"name": "Second"}).sudo()
        self.assertEqual(connection._admin(), creator)
        creator.sudo().active = False
        self.assertEqual(connection._admin(), admin)

    def test_r05_done_without_mapping_is_not_told_again(self):
        self.deliver(unmapped_missed(1))
        self.activities().unlink()
        self.deliver(unmapped_missed(2, 3600))
        self.assertFalse(self.activities())

    def test_r05_archived_ones_are_ignored_on_purpose(self):
        self.operator(WAREHOUSE).active = False
        self.deliver(unmapped_missed(1))
        self.assertFalse(self.activities())

    def test_r05_archiving_settles_it(self):
        self.deliver(unmapped_missed(1))
        self.operator(WAREHOUSE).active = False
        self.assertFalse(self.activities())

    def test_r05_created_anew_in_callgear(self):
        """Calls are not taken for granted: it is proposed whose operator it is."""
        self.deliver(CallBuilder(1).ring(ANEW, 1).leave(ANEW, 9).end(9))
        anew = self.operator(ANEW)
        self.assertFalse(anew.user_id)
        self.assertEqual(anew.proposed_user_id, self.sara)
        self.assertIn(f"probably Sara Haddad ({SARA.id})", self.activities().note)
        anew.action_accept_proposal()
        self.assertEqual(anew.user_id, self.sara)
        self.assertFalse(self.activities())

    def test_r05_created_anew_and_rung_beside_others(self):
        """Answered by them: there is no ticket, and the admin is told as well."""
        call = CallBuilder(1).ring(ANEW, 1).ring(OMAR, 1.5).answer(ANEW, 5)
        call.leave(OMAR, 5.5).leave(ANEW, 60, talk=55).end(60, talk=55, employee=ANEW)
        self.assertEqual(self.deliver(call).reason, "answered_elsewhere")
        self.assertIn("Haddad Sara (809999)", self.activities().note)

    def test_r05_calls_of_mapped_operators_tell_nothing(self):
        self.deliver(incoming(1), group(2, 3600), incoming(3, 7200, UNKNOWN))
        self.assertFalse(self.activities())

    def test_r05_told_of_an_archived_user(self):
        self.sara.active = False
        self.deliver(incoming(1))
        self.assertIn("is archived", self.activities().note)

    def test_r05_proposals(self):
        """By e-mail of a user, else by e-mail, extension or name of another operator."""
        anew = self.operator(ANEW).create(
            {"connection_id": self.connection.id, "employee_id": "1", "name": "X"}
        )
        sara = self.operator(SARA)
        sara.email = "s@phones.example.com"
        cases = (
            ({"email": self.omar.email}, self.omar),
            ({"email": "S@phones.example.com"}, self.sara),
            ({"extension": sara.extension}, self.sara),
            ({"name": "haddad sara (amoCRM)"}, self.sara),
            ({"name": "Somebody"}, self.env["res.users"]),
        )
        for values, user in cases:
            with self.subTest(values):
                plain = {"email": False, "extension": False, "name": "X"}
                anew.write(plain | values)
                self.assertEqual(anew.proposed_user_id, user)


@tagged("post_install", "-at_install")
class TestLeft(OperatorCase):
    def setUp(self):
        super().setUp()
        self.connection.api_key = "key"
        self.ids = {str(one.id) for one in (OMAR, WAREHOUSE)} | {"701236"}

    def leave(self, ids=None):
        Operator = self.env["callgear.operator"]
        return Operator._note_presence(self.connection, ids or self.ids)

    def test_r05_who_is_not_in_the_list_has_left(self):
        self.assertTrue(self.leave())
        self.assertTrue(self.operator(SARA).left_at)
        self.assertFalse(self.operator(OMAR).left_at)
        self.assertEqual(self.operator(SARA).user_id, self.sara)
        self.assertTrue(self.operator(SARA).active)
        self.leave(self.ids | {str(SARA.id)})
        self.assertFalse(self.operator(SARA).left_at)

    def test_r05_a_list_of_strangers_is_not_believed(self):
        self.assertFalse(self.leave({"1", "2"}))
        self.assertFalse(self.connection.operator_ids.filtered("left_at"))

    def test_r05_calling_from_a_phone_that_is_gone_is_refused(self):
        self.leave()
        ticket = self.plain_ticket()
        with self.assertRaisesRegex(UserError, "no longer has the employee"):
            ticket.with_user(self.sara).action_callgear_call()

    def test_r05_a_second_operator_is_used_instead(self):
        self.leave()
        anew = self.operator(SARA).create(
            {
                "connection_id": self.connection.id,
                "employee_id": str(ANEW.id),
                "name": ANEW.name,
                "user_id": self.sara.id,
            }
        )
        Operator = self.env["callgear.operator"]
        company = self.connection.company_id
        self.assertEqual(Operator._find_for_agent(self.sara, company), anew)
        self.assertEqual(Operator._find_by_user(self.connection, self.sara), anew)

    def test_r52_nobody_is_offered_a_colleague_who_is_gone(self):
        self.leave({str(SARA.id), "701236"})
        call = CallBuilder(1).ring(SARA, 1).answer(SARA, 5)
        own = self.deliver(call).with_user(self.sara)
        names = [target["name"] for target in own.transfer_targets()]
        self.assertEqual(names, ["Lina Petrova"])
        with self.assertRaisesRegex(UserError, "no longer has this colleague"):
            own.action_consult(self.operator(OMAR).id)


@tagged("post_install", "-at_install")
class TestAgentArchived(OperatorCase):
    """Whoever leaves the company in the middle of a call gets no tickets any more."""

    def results(self, call):
        record = self.call_of(call)
        return sorted(
            (
                leg.entry or "",
                leg.user_id.login or "",
                leg.ticket_id.user_id.login or "",
                leg.ticket_id.team_id.id,
                leg.ticket_id.call_kind or "",
            )
            for leg in record.leg_ids
        )

    def test_r10_the_ticket_is_nobodys(self):
        """It is the team's, who see that nobody has it; the message stays the agent's."""
        call = begun(1)
        self.deliver(call)
        self.sara.active = False
        told = len(call.deliveries)
        self.deliver(*over(call).deliveries[told:])
        ticket = self.ticket_of(call, self.sara)
        self.assertFalse(ticket.user_id)
        self.assertEqual(ticket.team_id, self.team)
        self.assertEqual(self.notes(ticket).author_id, self.sara.partner_id)

    def test_r40_whenever_it_happens_in_whatever_order(self):
        """From the ringing of the phones until before the last notification."""
        number, start = 0, 0
        for make in (incoming, group, missed):
            expected = None
            for turn in range(6):
                number, start = number + 10, start + 86400
                told = make(number, start)
                rings = [d for d in told.deliveries if d.event == "legout"]
                rest = [d for d in told.deliveries if d.event != "legout"]
                places = Random(turn)
                places.shuffle(rest)
                place = places.randrange(len(rest))
                with self.subTest(make.__name__, turn=turn, place=place):
                    self.sara.active = self.omar.active = True
                    self.deliver(*rings, *rest[:place])
                    self.sara.active = self.omar.active = False
                    self.deliver(*rest[place:])
                    result = self.results(told)
                    expected = expected or result
                    self.assertEqual(result, expected)
                    owners = self.call_of(told).ticket_ids.user_id
                    self.assertFalse(owners & (self.sara | self.omar))
                    self.tickets().unlink()

    def test_r25_of_grouped_calls_the_last_whose_agent_is_still_there(self):
        first = CallBuilder(1).ring(SARA, 2).leave(SARA, 20, total=18).end(20)
        second = missed(2, start=600)
        self.deliver(first, *second.deliveries[:-1])
        self.omar.active = False
        self.deliver(second.deliveries[-1])
        self.assertEqual(len(self.tickets()), 1)
        self.assertEqual(self.tickets().user_id, self.sara)
