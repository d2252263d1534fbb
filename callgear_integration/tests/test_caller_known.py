# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R13, R26: who is calling is known as soon as anybody knows it."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError

from odoo.addons.mail.tests.common import mail_new_test_user

from ..services import caller as caller_service
from .builder import OMAR, UNKNOWN, YUSUF
from .case import CallgearCase, tagged
from .scenarios import HOUR, begun, hidden, incoming, missed, over, softphone

NUMBER, OTHER = f"+{UNKNOWN}", f"+{YUSUF}"


class KnownCase(CallgearCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ann = cls.env["res.partner"].create({"name": "Ann", "email": "a@x.example"})
        cls.bob = cls.env["res.partner"].create({"name": "Bob"})

    def add_number(self, partner, number):
        values = {"partner_id": partner.id, "number": number}
        return self.env["callgear.partner.phone"].create(values)

    def merge(self, target, *others):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge([target.id, *(other.id for other in others)], target)

    def follow(self):
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            self.env(cr=cr)["callgear.caller"]._cron_follow()
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestKnownLater(KnownCase):
    """Missed from an unknown number, then somebody knows who it is."""

    def ways(self):
        """Name → what makes the contact of the number known."""
        return {
            "typed": lambda call: self.ann.write({"phone": NUMBER}),
            "typed otherwise": lambda call: self.ann.write(
                {"phone": "0044 (0)7700 900-123"}
            ),
            "further number": lambda call: self.add_number(self.ann, NUMBER),
            "imported": lambda call: self.env["res.partner"].load(
                [".id", "phone"], [[str(self.ann.id), NUMBER]]
            ),
            "linked": lambda call: self.by(self.sara, call).link_partner(self.ann.id),
            "linked to the call": lambda call: (
                self.call_of(call).with_user(self.omar).link_partner(self.ann.id)
            ),
            "linked to the ticket": lambda call: (
                self.call_of(call)
                .ticket_ids.with_user(self.omar)
                .callgear_link_partner(self.ann.id)
            ),
            "merged": lambda call: self.merge(
                self.ann, self.bob.copy({"phone": NUMBER})
            ),
            "unarchived": lambda call: self.unarchived(),
            "of this company again": lambda call: self.company_again(),
        }

    def unarchived(self):
        self.ann.active = False
        self.ann.phone = NUMBER
        self.assertFalse(self.calls_of_number().partner_id)
        self.ann.active = True

    def company_again(self):
        self.ann.company_id = self.env["res.company"].create({"name": "Other"})
        self.ann.phone = NUMBER
        self.assertFalse(self.calls_of_number().partner_id)
        self.ann.company_id = False

    def calls_of_number(self):
        return self.env["callgear.call"].search([("phone", "=", NUMBER)])

    def each_way(self, check):
        for name, make_known in self.ways().items():
            with self.subTest(name):
                self.rolled_back(check, make_known)

    def test_r13_calls_and_ticket_follow(self):
        def check(make_known):
            self.deliver(call := missed(1, caller=UNKNOWN))
            ticket = self.call_of(call).ticket_ids
            make_known(call)
            self.assertEqual(self.call_of(call).partner_id, self.ann)
            self.assertEqual(ticket.partner_id, self.ann)
            self.assertEqual(
                (ticket.partner_name, ticket.partner_email), ("Ann", "a@x.example")
            )
            self.assertEqual(self.ann.with_user(self.sara).call_count, 1)

        self.each_way(check)

    def test_r13_the_waiting_ticket_is_offered(self):
        """Before the number is known, and after it, while the caller calls again."""

        def check(make_known):
            ticket = self.deliver(first := missed(1, caller=UNKNOWN)).ticket_ids
            self.deliver(call := begun(2, HOUR, UNKNOWN))
            leg = self.leg(call, self.sara)
            for known in (False, True):
                sent = leg.revision
                if known:
                    make_known(first)
                    self.assertGreater(leg.revision, sent)
                told = self.told(self.leg(call, self.sara))
                self.assertEqual(bool(told["partner"]), known)
                for kind in ("open_tickets", "call_tickets"):
                    self.assertEqual([t["id"] for t in told[kind]], [ticket.id])

        self.each_way(check)

    def test_r26_a_person_has_touched_the_ticket(self):
        """An empty contact that nobody has chosen is filled; a chosen one stays."""

        def check(make_known):
            self.deliver(call := missed(1, caller=UNKNOWN))
            self.deliver(chosen := missed(2, caller=YUSUF))
            ticket = self.call_of(call).ticket_ids
            ticket.with_user(self.sara).priority = "3"
            self.call_of(chosen).ticket_ids.with_user(self.sara).partner_id = self.bob
            make_known(call)
            self.add_number(self.maryam, OTHER)
            self.assertEqual(ticket.partner_id, self.ann)
            self.assertEqual(self.call_of(chosen).partner_id, self.maryam)
            self.assertEqual(self.call_of(chosen).ticket_ids.partner_id, self.bob)

        self.each_way(check)

    def test_r26_two_numbers_turn_out_to_be_one_caller(self):
        """Their missed calls are grouped, as if it had been known before."""

        def check(make_known):
            self.add_number(self.ann, OTHER)
            self.deliver(call := missed(1, caller=UNKNOWN))
            self.deliver(known := missed(2, HOUR, caller=YUSUF))
            self.assertEqual(len(self.tickets()), 2)
            make_known(call)
            self.assertEqual(len(self.tickets()), 1)
            self.assertEqual(self.tickets().call_count, 2)
            self.assertEqual(self.call_of(known).ticket_ids, self.tickets())
            self.deliver(incoming(3, 2 * HOUR, caller=YUSUF))
            self.assertEqual(self.call_of(call).ticket_ids.stage_id, self.closed)

        self.each_way(check)

    def test_r32_a_conversation_from_the_other_number(self):
        """It took place before it was known whose number it is."""

        def check(make_known):
            self.add_number(self.ann, OTHER)
            ticket = self.deliver(missed(1, caller=YUSUF)).ticket_ids
            self.deliver(call := incoming(2, HOUR, UNKNOWN))
            self.assertEqual(ticket.stage_id, self.open)
            make_known(call)
            self.assertEqual(ticket.stage_id, self.closed)
            self.assertFalse(ticket.call_waiting_since)

        self.each_way(check)


@tagged("post_install", "-at_install")
class TestMoved(KnownCase):
    def test_r13_a_number_moves_to_another_contact(self):
        """Calls that nobody chose a contact for, and untouched tickets, follow."""
        self.ann.phone = NUMBER
        self.deliver(
            first := missed(1, caller=UNKNOWN), talk := incoming(2, 60, UNKNOWN)
        )
        self.deliver(last := missed(3, HOUR, UNKNOWN))
        touched = self.call_of(talk).ticket_ids
        touched.with_user(self.sara).priority = "3"
        self.bob.phone = NUMBER
        self.assertEqual(self.call_of(last).partner_id, self.ann)
        self.ann.phone = False
        for call in (first, talk, last):
            self.assertEqual(self.call_of(call).partner_id, self.bob)
        self.assertEqual(self.call_of(last).ticket_ids.partner_id, self.bob)
        self.assertEqual(touched.partner_id, self.ann)
        row = self.bob.env["callgear.partner.phone"].search([("number", "=", NUMBER)])
        self.assertEqual(row.last_spoken_at, self.call_of(talk).started_at)

    def test_r13_a_number_that_nobody_has_any_more(self):
        """The calls were theirs."""
        self.ann.phone = NUMBER
        call = self.deliver(missed(1, caller=UNKNOWN))
        self.ann.phone = False
        self.assertEqual(call.partner_id, self.ann)

    def test_r13_a_chosen_contact_stays(self):
        self.deliver(call := missed(1, caller=UNKNOWN))
        self.by(self.sara, call).link_partner(self.ann.id)
        self.ann.phone = False
        self.bob.phone = NUMBER
        self.assertEqual(self.call_of(call).partner_id, self.ann)

    def test_r26_of_two_numbers_one_goes_to_another_contact(self):
        """The group is split, and joined when it comes back."""
        self.ann.phone = NUMBER
        row = self.add_number(self.ann, OTHER)
        self.deliver(one := missed(1, caller=UNKNOWN), two := missed(2, 60, YUSUF))
        self.deliver(three := missed(3, HOUR, UNKNOWN))
        self.assertEqual(len(self.tickets()), 1)
        for _again in range(2):
            row.partner_id = self.bob
            self.assertEqual(len(self.tickets()), 2)
            self.assertEqual(
                self.call_of(one).ticket_ids, self.call_of(three).ticket_ids
            )
            self.assertEqual(self.call_of(two).ticket_ids.partner_id, self.bob)
            row.partner_id = self.ann
            self.assertEqual(len(self.tickets()), 1)

    def test_r13_archived_or_deleted(self):
        """Somebody else with the number takes over; if nobody has it, it stays."""
        for act in ("action_archive", "unlink"):
            with self.subTest(act):
                self.rolled_back(self.check_gone, act)

    def check_gone(self, act):
        self.ann.phone = NUMBER
        call = self.deliver(missed(1, caller=UNKNOWN))
        self.bob.phone = NUMBER
        getattr(self.ann, act)()
        self.assertEqual(call.partner_id, self.bob)
        self.assertEqual(call.ticket_ids.partner_id, self.bob)

    def test_r13_a_wrong_choice_is_mended_for_all_calls_of_the_number(self):
        """Nothing of it is left: neither the number, nor earlier calls."""
        for wrong in (self.ann, self.maryam):  # with an empty phone field, and without
            with self.subTest(wrong.name):
                self.rolled_back(self.check_mended, wrong)

    def check_mended(self, wrong):
        phone = wrong.phone
        self.deliver(first := missed(1, caller=UNKNOWN), call := begun(2, 60, UNKNOWN))
        self.by(self.sara, call).link_partner(wrong.id)
        self.assertEqual(self.call_of(first).partner_id, wrong)
        self.by(self.sara, call).link_partner(self.bob.id)
        self.assertEqual(self.call_of(first).partner_id, self.bob)
        self.assertEqual(self.call_of(first).ticket_ids.partner_id, self.bob)
        self.assertEqual(wrong.phone, phone)
        self.deliver(over(call))
        again = self.deliver(missed(3, HOUR, UNKNOWN))
        self.assertEqual(again.partner_id, self.bob)

    def test_r45_a_colleagues_number_makes_no_caller(self):
        call = self.deliver(missed(1, caller=UNKNOWN))
        self.omar.partner_id.phone = NUMBER
        self.assertFalse(call.partner_id)

    def test_r13_a_contact_of_another_company(self):
        company = self.env["res.company"].create({"name": "Other"})
        call = self.deliver(missed(1, caller=UNKNOWN))
        self.bob.write({"company_id": company.id, "phone": NUMBER})
        self.assertFalse(call.partner_id)
        self.assertFalse(call.ticket_ids.partner_id)


@tagged("post_install", "-at_install")
class TestFindLater(KnownCase):
    """A11: *Find the contact* and *Create the contact* also after the call."""

    def setUp(self):
        super().setUp()
        self.deliver(missed(1, caller=UNKNOWN), missed(2, HOUR, caller=UNKNOWN))
        self.ticket = self.tickets()
        self.calls = self.ticket.call_leg_ids.call_id

    def test_r13_found_on_the_ticket(self):
        ticket = self.ticket.with_user(self.omar)
        action = ticket.action_callgear_find_partner()
        partner = self.ann.with_user(self.omar).with_context(**action["context"])
        self.assertEqual(partner.action_callgear_link()["res_id"], ticket.id)
        self.assertEqual(self.calls.partner_id, self.ann)
        self.assertEqual(self.ann.phone, NUMBER)
        self.assertEqual(ticket.partner_id, self.ann)
        self.assertTrue(ticket.call_auto)

    def test_r13_found_on_a_phone_as_cards(self):
        """One tap links, as one click does in the list."""
        action = self.ticket.with_user(self.omar).action_callgear_find_partner()
        self.assertEqual(action["mobile_view_mode"], "kanban")
        for view_id, kind in action["views"][:2]:
            view = self.env["res.partner"].get_view(view_id, kind)
            self.assertIn('name="action_callgear_link"', view["arch"])

    def test_r13_found_on_the_call(self):
        call = self.calls[0].with_user(self.omar)
        action = call.action_find_partner()
        partner = self.ann.with_user(self.omar).with_context(**action["context"])
        self.assertEqual(partner.action_callgear_link()["res_id"], self.ann.id)
        self.assertEqual(self.calls.partner_id, self.ann)

    def test_r14_created_on_the_ticket_or_call(self):
        for record, method in (
            (self.ticket, "action_callgear_create_partner"),
            (self.calls[0], "create_partner"),
        ):
            with self.subTest(method):
                self.rolled_back(self.check_created, record, method)

    def check_created(self, record, method):
        action = getattr(record.with_user(self.omar), method)()
        partner = self.env["res.partner"].browse(action["res_id"])
        self.assertEqual(partner.phone, NUMBER)
        self.assertEqual(self.calls.partner_id, partner)
        self.assertEqual(self.ticket.partner_id, partner)

    def test_r14_a_hidden_number(self):
        """A contact can be found for the call; none can be made from it."""
        ticket = self.deliver(hidden(5)).ticket_ids.with_user(self.sara)
        with self.assertRaises(UserError):
            ticket.action_callgear_create_partner()
        ticket.callgear_link_partner(self.ann.id)
        self.assertEqual(ticket.partner_id, self.ann)

    def test_r42_only_whoever_may_change_the_ticket(self):
        stranger = mail_new_test_user(
            self.env, login="cg_stranger", groups="base.group_user"
        )
        for user in (stranger, self.env.ref("base.public_user")):
            for record in (self.ticket, self.calls[0]):
                for method, *args in (
                    ("callgear_link_partner", self.ann.id),
                    ("action_callgear_find_partner",),
                    ("action_callgear_create_partner",),
                    ("link_partner", self.ann.id),
                    ("action_find_partner",),
                    ("create_partner",),
                ):
                    if hasattr(record, method):
                        with self.subTest(method), self.assertRaises(AccessError):
                            getattr(record.with_user(user), method)(*args)
        self.assertFalse(self.calls.partner_id)

    def test_r42_only_contacts_that_they_may_see(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.bob.company_id = company
        with self.assertRaises(AccessError):
            self.ticket.with_user(self.omar).callgear_link_partner(self.bob.id)


@tagged("post_install", "-at_install")
class TestMany(KnownCase):
    """R41: what a change of a contact costs does not grow with contacts and calls."""

    def test_r13_many_calls_are_left_to_the_cron(self):
        calls = [missed(n, n * HOUR, UNKNOWN) for n in range(1, 6)]
        self.deliver(*calls, softphone(9, 9 * HOUR, UNKNOWN))
        with patch.object(caller_service, "MAX_AT_ONCE", 2):
            self.ann.phone = NUMBER
            self.assertFalse(self.call_of(calls[0]).partner_id)
            self.follow()
        for call in calls:
            self.assertEqual(self.call_of(call).partner_id, self.ann)
        self.assertEqual(self.call_of(calls[0]).ticket_ids.partner_id, self.ann)
        news = self.env["callgear.partner.phone"].search([("is_news", "=", True)])
        self.assertFalse(news)

    def test_r13_a_caller_who_is_being_worked_on(self):
        """Nobody waits: the cron does it."""
        self.deliver(call := missed(1, caller=UNKNOWN))
        Connection = type(self.connection)
        with patch.object(Connection, "_try_lock", lambda *args: False):
            self.ann.phone = NUMBER
        self.assertFalse(self.call_of(call).partner_id)
        self.follow()
        self.assertEqual(self.call_of(call).partner_id, self.ann)

    def test_r41_an_import_costs_no_statement_for_each_contact(self):
        def count(contacts):
            values = [
                {"name": f"N {n}", "phone": f"+44207{n:07}"} for n in range(contacts)
            ]
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.env["res.partner"].create(values)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        self.deliver(missed(1, caller=UNKNOWN))
        self.rolled_back(count, 10)
        few, many = self.rolled_back(count, 10), self.rolled_back(count, 500)
        self.assertLess(many, few + 30)  # Odoo inserts 100 rows at a time


@tagged("post_install", "-at_install")
class TestRunningLegs(KnownCase):
    def test_r47_whichever_of_their_numbers_talks(self):
        """Of grouped missed calls every caller's number counts, not only the last."""
        self.ann.phone = NUMBER
        row = self.add_number(self.ann, OTHER)
        self.deliver(missed(1, caller=UNKNOWN), missed(2, HOUR, YUSUF))
        ticket = self.tickets()
        ticket.with_user(self.sara).partner_id = self.bob
        row.unlink()
        self.deliver(call := begun(3, 2 * HOUR, UNKNOWN, OMAR))
        ticket.invalidate_recordset()
        self.assertEqual(
            ticket._callgear_running_legs()[ticket.id], self.leg(call, self.omar)
        )
