# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R47: who waits to be called back, who has claimed it, and when it is done."""

from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError

from odoo.addons.mail.tests.common import mail_new_test_user

from .builder import MARYAM, UNKNOWN, CallBuilder
from .case import CallgearCase, tagged
from .roles import HELPDESK
from .scenarios import (
    HOUR,
    begun,
    incoming,
    missed,
    missed_in_menu,
    softphone,
    softphone_unanswered,
    unmapped_answers,
)

ACTION = "callgear_integration.helpdesk_ticket_call_back_action"


class CallBackCase(CallgearCase):
    def waiting(self, user=None):
        """Tickets of the call-back list, the longest waiting first."""
        domain = [("call_waiting_since", "!=", False), ("team_id", "=", self.team.id)]
        Ticket = self.env["helpdesk.ticket"].with_user(user or self.sara)
        return Ticket.search(domain, order="call_waiting_since, id")

    def missed_ticket(self, number=1, start=0, **told):
        call = missed(number, start, **told)
        self.deliver(call)
        return self.call_of(call).leg_ids.ticket_id


@tagged("post_install", "-at_install")
class TestWhoWaits(CallBackCase):
    def test_r47_a_caller_waits_from_the_first_missed_call_on(self):
        ticket = self.missed_ticket(1)
        self.deliver(missed(2, HOUR))
        began = self.call_of(missed(1)).leg_ids.filtered("entry").started_at
        self.assertEqual(self.waiting(), ticket)
        self.assertEqual(ticket.call_waiting_since, began)

    def test_r47_the_longest_waiting_comes_first(self):
        second = self.missed_ticket(1, HOUR)
        first = self.missed_ticket(2, 0, caller=UNKNOWN)
        self.assertEqual(self.waiting().ids, [first.id, second.id])

    def test_r47_an_answered_call_back_ends_it(self):
        self.missed_ticket(1)
        self.deliver(softphone(2, HOUR))
        self.assertFalse(self.waiting())

    def test_r47_a_caller_is_gone_from_the_list_as_soon_as_somebody_talks_with_them(
        self,
    ):
        self.missed_ticket(1)
        self.deliver(begun(2, HOUR))
        self.assertFalse(self.waiting())

    def test_r47_a_conversation_with_an_unmapped_operator_ends_it(self):
        self.missed_ticket(1)
        self.deliver(unmapped_answers(2, HOUR))
        self.assertFalse(self.waiting())

    def test_r40_conversation_with_an_unmapped_operator_known_late(self):
        """They wait from the missed call after it on, whatever is known first.

        The ticket is one: a call without a ticket of its own does not cut a group (R26).
        """
        self.deliver(missed(1), missed(3, 2 * HOUR), unmapped_answers(2, HOUR))
        [ticket] = self.waiting()
        last = self.call_of(missed(3)).leg_ids.filtered("entry")
        self.assertEqual(ticket, last.ticket_id)
        self.assertEqual(ticket.call_waiting_since, last.started_at)
        self.assertEqual(len(self.tickets()), 1)

    def test_r47_an_attempt_in_vain_does_not_end_it(self):
        ticket = self.missed_ticket(1)
        self.deliver(softphone_unanswered(2, HOUR))
        self.assertEqual(self.waiting(), ticket)

    def test_r47_a_conversation_known_late_ends_it_as_well(self):
        told = incoming(2, HOUR)
        ticket = self.missed_ticket(1)
        self.deliver(missed_in_menu(3, 2 * HOUR))
        self.deliver(told)
        self.assertNotIn(ticket, self.waiting())
        last = self.call_of(missed_in_menu(3)).leg_ids.filtered("entry")
        self.assertEqual(self.waiting(), last.ticket_id)
        self.assertEqual(last.ticket_id.call_waiting_since, last.started_at)

    def test_r47_who_closes_the_ticket_ends_it_and_who_opens_it_again_does_not(self):
        ticket = self.missed_ticket(1)
        since = ticket.call_waiting_since
        ticket.with_user(self.sara).stage_id = self.closed
        self.assertFalse(self.waiting())
        ticket.with_user(self.sara).stage_id = self.open
        self.assertEqual(self.waiting(), ticket)
        self.assertEqual(ticket.call_waiting_since, since)

    def test_r47_a_missed_call_after_done_begins_a_new_waiting(self):
        ticket = self.missed_ticket(1)
        ticket.call_leg_ids.known_at -= timedelta(minutes=5)
        ticket.with_user(self.sara).action_callgear_done()
        self.deliver(missed(2, HOUR))
        leg = self.call_of(missed(2)).leg_ids.filtered("entry")
        self.assertEqual(ticket.call_waiting_since, leg.started_at)

    def test_r47_an_ordinary_call_ticket_never_waits(self):
        self.deliver(incoming(1))
        self.assertFalse(self.waiting())


@tagged("post_install", "-at_install")
class TestRow(CallBackCase):
    def test_r47_how_often_they_tried_and_when_last(self):
        ticket = self.missed_ticket(1)
        self.deliver(missed(2, HOUR), missed_in_menu(3, 2 * HOUR))
        row = ticket.with_user(self.sara)
        self.assertEqual(row.call_back_tries, 3)
        last = self.call_of(missed_in_menu(3)).leg_ids.filtered("entry")
        self.assertEqual(row.call_back_last_try, last.started_at)
        self.assertEqual(row.call_back_phone, f"+{MARYAM}")

    def test_r47_attempts_to_call_back_and_their_result(self):
        ticket = self.missed_ticket(1).with_user(self.sara)
        self.assertFalse(ticket.call_back_result)
        self.deliver(softphone_unanswered(2, HOUR), softphone_unanswered(3, 2 * HOUR))
        ticket.invalidate_recordset()
        self.assertEqual(ticket.call_back_attempts, 2)
        self.assertEqual(ticket.call_back_result, "No answer, 2 times")

    def test_r47_who_calls_them_at_this_moment(self):
        ticket = self.missed_ticket(1)
        dialling = softphone(2, HOUR).deliveries[:2]
        self.deliver(*dialling)
        row = ticket.with_user(self.omar)
        self.assertEqual(row.call_back_result, "Sara Haddad is calling")

    def test_r47_a_hidden_number_has_nothing_to_call(self):
        ticket = self.missed_ticket(1, caller="")
        self.assertEqual(self.waiting(), ticket)
        self.assertFalse(ticket.with_user(self.sara).call_back_phone)

    def test_r41_r47_as_many_statements_for_twenty_rows_as_for_two(self):
        def count(rows):
            for number in range(rows):
                self.missed_ticket(
                    number, number * 60, caller=str(971505550200 + number)
                )
            self.env.flush_all()
            self.env.invalidate_all()
            names = ["call_back_phone", "call_back_tries", "call_back_result"]
            tickets = self.waiting()
            before = self.env.cr.sql_log_count
            tickets.read([*names, "call_claim_user_id"])
            return self.env.cr.sql_log_count - before

        count(2)
        self.assertEqual(count(2), count(20))


@tagged("post_install", "-at_install")
class TestClaim(CallBackCase):
    def test_r47_claimed_by_whoever_is_first(self):
        """Omar's phone rang last: the ticket is Omar's, but not claimed."""
        ticket = self.missed_ticket(1)
        self.assertEqual(ticket.user_id, self.omar)
        self.assertFalse(ticket.call_claim_user_id)
        ticket.with_user(self.sara).action_callgear_claim()
        self.assertEqual(ticket.call_claim_user_id, self.sara)
        self.assertEqual(ticket.user_id, self.sara)

    def test_r47_whoever_is_late_is_told_who_was_faster(self):
        ticket = self.missed_ticket(1)
        ticket.with_user(self.sara).action_callgear_claim()
        with self.assertRaisesRegex(UserError, "Sara Haddad has already claimed this"):
            ticket.with_user(self.lina).action_callgear_claim()
        self.assertEqual(ticket.user_id, self.sara)

    def test_r47_one_may_claim_twice(self):
        ticket = self.missed_ticket(1).with_user(self.sara)
        ticket.action_callgear_claim()
        ticket.action_callgear_claim()
        self.assertEqual(ticket.call_claim_user_id, self.sara)

    def test_r47_whom_a_person_assigns_it_to_has_claimed_it(self):
        ticket = self.missed_ticket(1)
        ticket.with_user(self.sara).user_id = self.lina
        self.assertEqual(ticket.call_claim_user_id, self.lina)
        ticket.with_user(self.sara).user_id = False
        self.assertFalse(ticket.call_claim_user_id)

    def test_r47_only_members_of_the_team_claim(self):
        ticket = self.missed_ticket(1)
        self.team.user_ids = [Command.unlink(self.lina.id)]
        with self.assertRaises(AccessError):
            ticket.with_user(self.lina).action_callgear_claim()

    def test_r47_whom_somebody_else_has_claimed_one_does_not_call(self):
        ticket = self.missed_ticket(1)
        ticket.with_user(self.sara).action_callgear_claim()
        with self.assertRaisesRegex(UserError, "Sara Haddad has already claimed this"):
            ticket.with_user(self.lina).action_callgear_call_back()

    def test_r47_a_later_missed_call_does_not_take_the_claim_away(self):
        ticket = self.missed_ticket(1)
        ticket.with_user(self.sara).action_callgear_claim()
        self.deliver(missed(2, HOUR))
        self.assertEqual(ticket.call_claim_user_id, self.sara)


@tagged("post_install", "-at_install")
class TestClaimOfPersonalTickets(CallBackCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first, cls.second, cls.stranger = (
            mail_new_test_user(
                cls.env,
                login=f"cg_{name}",
                name=name.capitalize(),
                groups=f"base.group_user,{HELPDESK}user_own",
            )
            for name in ("first", "second", "stranger")
        )
        cls.team.user_ids |= cls.first | cls.second

    def setUp(self):
        super().setUp()
        call = missed_in_menu(1)
        self.deliver(call)
        self.ticket = self.call_of(call).leg_ids.ticket_id

    def test_r47_r42_the_list_is_that_of_the_tickets_one_may_read(self):
        self.assertEqual(self.waiting(self.first), self.ticket)
        self.assertFalse(self.waiting(self.stranger))

    def test_r47_an_agent_is_told_who_was_faster_though_the_ticket_is_gone(self):
        self.ticket.with_user(self.first).action_callgear_claim()
        self.assertFalse(self.waiting(self.second))
        with self.assertRaisesRegex(UserError, "First has already claimed this"):
            self.ticket.with_user(self.second).action_callgear_claim()

    def test_r42_a_stranger_is_not_told_who(self):
        self.ticket.with_user(self.first).action_callgear_claim()
        for method in ("claim", "call_back", "done"):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(
                    self.ticket.with_user(self.stranger), f"action_callgear_{method}"
                )()

    def test_r47_counts_are_shown_to_who_may_read_the_ticket(self):
        """R42: its calls are as visible as the ticket, though nobody was rung."""
        row = self.ticket.with_user(self.first)
        self.assertTrue(row.call_leg_ids.has_access("read"))
        self.assertFalse(row.call_leg_ids.with_user(self.stranger).has_access("read"))
        self.assertEqual(row.call_back_tries, 1)


@tagged("post_install", "-at_install")
class TestDone(CallBackCase):
    def test_r47_many_are_done_at_once(self):
        tickets = self.missed_ticket(1) | self.missed_ticket(2, 0, caller=UNKNOWN)
        tickets.with_user(self.sara).action_callgear_done()
        self.assertEqual(tickets.stage_id, self.closed)
        self.assertFalse(self.waiting())

    def with_template(self):
        self.closed.mail_template_id = self.env["mail.template"].create(
            {
                "name": "Closed",
                "model_id": self.env["ir.model"]._get_id("helpdesk.ticket"),
                "subject": "It is done",
                "partner_to": "{{ object.partner_id.id }}",
            }
        )

    def mails_of_done(self):
        ticket = self.missed_ticket(1)
        self.env.cr.flush()
        ticket.with_user(self.sara).action_callgear_done()
        self.env.cr.flush()
        return ticket.message_ids.filtered(lambda m: m.subject == "It is done")

    def test_r43_the_customer_gets_no_mail_when_it_is_done(self):
        self.with_template()
        self.assertFalse(self.mails_of_done())

    def test_r43_unless_the_connection_says_so(self):
        self.with_template()
        self.connection.notify_customers = True
        self.assertTrue(self.mails_of_done())

    def test_r47_the_list_opens_with_its_own_views(self):
        action = self.env["ir.actions.actions"]._for_xml_id(ACTION)
        self.assertEqual(
            [mode for _view, mode in action["views"]], ["list", "kanban", "form"]
        )


@tagged("post_install", "-at_install")
class TestNews(CallBackCase):
    def told(self, work):
        """Channels that pages are told on by some work."""
        self.env.cr.flush()
        before = self.env["bus.bus"].search([], order="id desc", limit=1).id or 0
        work()
        self.env.cr.flush()
        sent = self.env["bus.bus"].search([("id", ">", before)])
        return [m for m in sent.mapped("message") if "callgear.call_back" in m]

    def test_r47_pages_are_told_once_of_each_notification(self):
        call = CallBuilder(1)
        self.assertEqual(len(self.told(lambda: self.deliver(call.end(9)))), 1)

    def test_r47_pages_are_not_told_of_what_the_list_does_not_show(self):
        """Words, results, recordings, the finished note: of any conversation."""
        self.deliver(call := incoming())
        leg = self.leg(call, self.sara).with_user(self.sara)
        ticket = leg.sudo().ticket_id
        result = self.env["callgear.result"].search([], limit=1)
        for name, work in {
            "words": lambda: leg.save_draft("Late delivery", "Where is it?"),
            "words again": lambda: leg.save_draft("Late delivery", "Where is it now?"),
            "result": lambda: leg.set_result(result.id),
            "done": leg.finish_note,
            "recording": lambda: leg.sudo().recording_ids._sync_messages(),
            "announced again": lambda: self.env["callgear.announcer"]._announce(
                leg.sudo().call_id
            ),
            "title": lambda: ticket.with_user(self.sara).write({"name": "Late"}),
        }.items():
            with self.subTest(name):
                self.assertFalse(self.told(work))

    def test_r47_pages_are_told_of_all_that_the_list_shows(self):
        ticket = self.missed_ticket(1)
        call = softphone(7)
        for delivery in call.deliveries:
            with self.subTest("a call back", event=delivery.event):
                before = self.call_back_state(ticket)
                told = self.told(lambda one=delivery: self.post(one))
                if self.call_back_state(ticket) != before:
                    self.assertEqual(len(told), 1)

    def call_back_state(self, ticket):
        """All that a row of the list shows."""
        ticket.invalidate_recordset()
        names = (
            "call_icon",
            "partner_name",
            "call_back_phone",
            "call_waiting_since",
            "call_back_tries",
            "call_back_last_try",
            "call_back_result",
            "call_back_last_attempt",
            "call_claim_user_id",
            "user_id",
            "team_id",
        )
        return [ticket[name] for name in names]

    def test_r47_who_only_counts_is_told_when_somebody_begins_or_ceases_to_wait(self):
        def counted(work):
            return sum('"waiting":true' in told for told in self.told(work))

        call = missed(1)
        begun = sum(counted(lambda one=d: self.post(one)) for d in call.deliveries)
        self.assertEqual(begun, 1)
        ticket = self.tickets()
        self.assertTrue(ticket.call_waiting_since)
        again = missed(2, 300).deliveries
        more = sum(counted(lambda one=d: self.post(one)) for d in again)
        self.assertEqual(more, 0, "the same caller, once more")
        claim = ticket.with_user(self.sara).action_callgear_claim
        self.assertEqual(counted(claim), 1, "it may be in others' lists")
        done = ticket.with_user(self.sara).action_callgear_done
        self.assertEqual(counted(done), 1)

    def test_r47_a_ticket_that_is_deleted_waits_no_longer(self):
        ticket = self.missed_ticket(1)
        [told] = self.told(ticket.unlink)
        self.assertIn('"waiting":true', told)

    def test_r47_pages_are_told_of_a_claim_without_its_data(self):
        ticket = self.missed_ticket(1)
        [told] = self.told(ticket.with_user(self.sara).action_callgear_claim)
        self.assertNotIn("Maryam", told)
        self.assertNotIn(MARYAM, told)

    def test_r47_pages_are_not_told_of_other_tickets(self):
        ticket = self.plain_ticket()

        def edit():
            ticket.with_user(self.sara).stage_id = self.closed

        self.assertFalse(self.told(edit))
