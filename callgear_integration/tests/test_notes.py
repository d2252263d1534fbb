# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R57: after the call: the note stays open until it is done; results; follow-up."""

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError

from .builder import SARA, SARA_MOBILE, UNKNOWN, CallBuilder
from .case import CallgearCase, tagged
from .scenarios import attended_transfer, begun, incoming, missed, over, two_phones

# The calls of the tests begin at 12:30.
SOON = "2026-03-28 12:40:00"
HALF_A_DAY = 12 * 3600


@tagged("post_install", "-at_install")
class NoteCase(CallgearCase):
    def setUp(self):
        super().setUp()
        clock = freeze_time(SOON)
        clock.start()
        self.addCleanup(clock.stop)

    def current(self, user=None):
        """What a page of Sara's is loaded with."""
        user = user or self.sara
        return self.env["res.users"].with_user(user).callgear_current_calls()

    def ids(self, states):
        return [state["id"] for state in states]

    def is_note_open(self, call, user=None):
        return self.told(self.leg(call, user or self.sara))["note"]


@tagged("post_install", "-at_install")
class TestNotes(NoteCase):
    def test_r57_the_note_opens_when_the_conversation_ends(self):
        self.deliver(call := begun())
        self.assertFalse(self.is_note_open(call))
        self.deliver(over(call))
        self.assertTrue(self.is_note_open(call))
        [state] = self.current()
        self.assertEqual((state["state"], state["note"]), ("ended", True))

    def test_r57_done(self):
        self.deliver(call := incoming())
        self.by(self.sara, call).finish_note()
        self.assertFalse(self.is_note_open(call))
        self.assertEqual(self.current(), [])

    def test_r57_other_pages_learn_of_it(self):
        self.deliver(call := incoming())
        before = self.leg(call, self.sara).revision
        self.by(self.sara, call).finish_note()
        self.assertEqual(self.leg(call, self.sara).revision, before + 1)

    def test_r57_whichever_company_is_selected(self):
        """Pages show an agent the notes of all their companies."""
        other = self.env["res.company"].create({"name": "Other"})
        self.sara.company_ids += other
        order = self.env["callgear.result"].create({"name": "Order placed"})
        self.deliver(call := incoming())
        leg = self.by(self.sara, call).with_context(allowed_company_ids=other.ids)
        leg.save_draft(summary="The parcel is lost")
        leg.set_result(order.id)
        leg.finish_note()
        self.assertIn("The parcel is lost", self.notes(self.tickets()).body)
        self.assertEqual(leg.sudo().result_id, order)
        self.assertFalse(self.is_note_open(call))

    def test_r57_not_in_companies_of_others(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.deliver(call := incoming())
        leg = self.by(self.sara, call)
        self.sara.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        for method, *args in (("save_draft", "?"), ("finish_note",)):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(leg, method)(*args)

    def test_r57_each_agent_of_a_passed_on_call(self):
        self.deliver(call := attended_transfer())
        self.by(self.sara, call).finish_note()
        self.assertFalse(self.is_note_open(call))
        self.assertTrue(self.is_note_open(call, self.omar))
        self.assertEqual(len(self.current(self.omar)), 1)

    def test_r57_two_phones_are_one_note(self):
        self.add_second_phone()
        self.deliver(call := two_phones())
        [state] = self.current()
        self.assertTrue(state["note"])
        main = self.call_of(call).leg_ids.filtered("answered_at")
        main.with_user(self.sara).finish_note()
        self.assertEqual(self.current(), [])

    def test_r16_a_finished_note_stays_finished_at_another_phone(self):
        """Whichever of the agent's phones stands for the conversation."""
        self.add_second_phone()
        self.deliver(call := two_phones())
        main, other = self.leg(call, self.sara).sorted("entry", reverse=True)[:2]
        other.noted_at = other.ended_at
        main._take_over_from(other)
        self.assertFalse(self.told(main)["note"])

    def test_r57_not_while_it_goes_on_at_the_agents_other_phone(self):
        self.add_second_phone()
        call = CallBuilder(1).ring(SARA, 3).answer(SARA, 8).ring(SARA_MOBILE, 50)
        self.deliver(call.answer(SARA_MOBILE, 55).leave(SARA, 60, talk=52))
        self.assertEqual([state["note"] for state in self.current()], [False])

    def test_r57_nothing_to_note_of_a_missed_call(self):
        self.deliver(call := missed())
        self.assertFalse(self.is_note_open(call))
        self.assertEqual(self.current(), [])

    def test_r57_old_news(self):
        """A conversation that becomes known half a day later opens no note."""
        for late, is_open in ((HALF_A_DAY - 660, True), (HALF_A_DAY, False)):
            with self.subTest(late=late), self.undone(), freeze_time(SOON) as clock:
                clock.tick(late)
                self.deliver(call := incoming())
                self.assertEqual(self.is_note_open(call), is_open)
                self.assertEqual(len(self.current()), int(is_open))

    def test_r57_the_latest_five(self):
        self.deliver(*[incoming(number, -3600 + 300 * number) for number in range(7)])
        states = self.current()
        self.assertEqual(len(states), 5)
        latest = self.leg(incoming(6), self.sara)
        self.assertEqual(states[-1]["id"], latest.id)

    def test_r57_an_older_one_that_a_page_knows(self):
        """Until it is done: a page takes what it is not told of for finished."""
        calls = [incoming(number, -3600 + 300 * number) for number in range(7)]
        self.deliver(*calls)
        oldest = self.leg(calls[0], self.sara)
        known = oldest.ids
        users = self.env["res.users"].with_user(self.sara)
        self.assertIn(oldest.id, self.ids(users.callgear_current_calls(known)))
        self.by(self.sara, calls[0]).finish_note()
        states = users.callgear_current_calls(known)
        self.assertEqual(len(states), 5)
        self.assertNotIn(oldest.id, self.ids(states))

    def test_r57_a_known_one_of_two_phones(self):
        """A page knows it by the leg of the popup, which may not be that of the note."""
        self.add_second_phone()
        calls = [two_phones(number, -3600 + 300 * number) for number in range(7)]
        self.deliver(*calls)
        popup = self.leg(calls[0], self.sara).sorted("id")[0]
        users = self.env["res.users"].with_user(self.sara)
        states = users.callgear_current_calls(popup.ids)
        self.assertIn(popup.id, self.ids(states))

    def test_r42_nobody_is_told_of_a_note_of_others(self):
        self.deliver(call := incoming())
        users = self.env["res.users"].with_user(self.omar)
        known = self.leg(call, self.sara).ids
        self.assertEqual(users.callgear_current_calls(known), [])

    def test_r42_ids_that_are_none(self):
        self.deliver(incoming())
        users = self.env["res.users"].with_user(self.sara)
        for known in (None, "1", 5, {"a": 1}, [None], ["x"], [2**40], [[1]]):
            with self.subTest(known=known):
                self.assertEqual(len(users.callgear_current_calls(known)), 1)

    def test_r10_a_finished_note_without_text_changes_nothing(self):
        self.deliver(call := incoming())
        ticket = self.ticket_of(call, self.sara)
        before = ticket.read(["name", "stage_id", "call_auto", "user_id"])
        self.by(self.sara, call).finish_note()
        self.assertEqual(
            ticket.read(["name", "stage_id", "call_auto", "user_id"]), before
        )

    def test_r57_words_after_the_end_are_in_the_message(self):
        self.deliver(call := incoming())
        self.by(self.sara, call).save_draft(summary="Twenty chairs")
        ticket = self.ticket_of(call, self.sara)
        self.assertIn("Twenty chairs", self.notes(ticket).body)
        self.assertEqual(ticket.stage_id, self.pending)

    def test_r57_other_tabs_hear_what_is_typed_before_there_is_a_ticket(self):
        self.deliver(call := begun())
        before = self.leg(call, self.sara).revision
        self.by(self.sara, call).save_draft(summary="Twenty")
        self.assertEqual(self.leg(call, self.sara).revision, before + 1)

    def test_r42_a_colleague_may_not(self):
        self.deliver(call := incoming())
        leg = self.by(self.sara, call).with_user(self.omar)
        for method, *args in (("finish_note",), ("set_result", 1)):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(leg, method)(*args)
        with self.assertRaises(AccessError):
            leg.plan_follow_up("today")


@tagged("post_install", "-at_install")
class TestResults(NoteCase):
    def setUp(self):
        super().setUp()
        self.env["callgear.result"].search([]).active = False
        self.order, self.wrong = self.env["callgear.result"].create(
            [
                {"name": "Order placed", "sequence": 1},
                {"name": "Wrong number", "sequence": 2},
            ]
        )

    def names(self, call):
        return [
            result["name"] for result in self.told(self.leg(call, self.sara))["results"]
        ]

    def test_r57_none_unless_the_team_has_some(self):
        (self.order | self.wrong).active = False
        self.deliver(call := begun())
        self.assertEqual(self.names(call), [])

    def test_r57_chosen_while_talking_and_changed_later(self):
        self.deliver(call := begun())
        self.assertEqual(self.names(call), ["Order placed", "Wrong number"])
        leg = self.by(self.sara, call)
        leg.set_result(self.order.id)
        self.assertEqual(self.told(leg.sudo())["result_id"], self.order.id)
        self.deliver(over(call))
        leg.set_result(self.wrong.id)
        self.assertEqual(leg.sudo().result_id, self.wrong)
        leg.set_result(False)
        self.assertFalse(leg.sudo().result_id)

    def test_r57_it_stands_in_the_ticket(self):
        """In message and card, in the reader's language, as long as it is chosen."""
        self.env["res.lang"]._activate_lang("ru_RU")
        self.order.with_context(lang="ru_RU").name = "Заказ оформлен"
        self.deliver(call := incoming())
        leg = self.by(self.sara, call)
        leg.set_result(self.order.id)
        self.assertIn("talked 3:29 · Order placed", self.notes(self.tickets()).body)
        texts = self.env["callgear.announcer"]._card(leg.sudo())["texts"]
        self.assertIn("Заказ оформлен", texts["ru_RU"]["course"])
        leg.set_result(False)
        self.assertNotIn("Order placed", self.notes(self.tickets()).body)

    def test_r57_only_those_of_the_team(self):
        other = self.env["helpdesk.ticket.team"].create({"name": "Sales"})
        self.order.team_ids = other
        self.wrong.team_ids = self.team
        self.deliver(call := begun())
        self.assertEqual(self.names(call), ["Wrong number"])
        with self.assertRaises(ValidationError):
            self.by(self.sara, call).set_result(self.order.id)

    def test_r57_only_those_of_the_company(self):
        self.order.company_id = self.env["res.company"].create({"name": "Other"})
        self.deliver(call := begun())
        self.assertEqual(self.names(call), ["Wrong number"])

    def test_r57_what_one_looks_at_is_not_kept_for_all(self):
        """Somebody's list shows archived ones: agents cannot choose them all the same."""
        self.wrong.active = False
        results = self.env["callgear.result"].with_context(active_test=False)
        self.assertNotIn("Wrong number", str(results._all_choices(self.env.lang)))

    def test_r57_a_chosen_one_is_shown_when_it_is_archived(self):
        self.deliver(call := begun())
        self.by(self.sara, call).set_result(self.wrong.id)
        self.wrong.active = False
        self.assertEqual(self.names(call), ["Order placed", "Wrong number"])

    def test_r57_one_that_is_used_is_not_deleted(self):
        self.deliver(call := begun())
        self.by(self.sara, call).set_result(self.wrong.id)
        with self.assertRaisesRegex(UserError, "Wrong number cannot be deleted"):
            self.wrong.unlink()
        self.order.unlink()

    def test_r57_conversations_are_counted_by_it(self):
        self.deliver(call := incoming())
        self.by(self.sara, call).set_result(self.order.id)
        Leg = self.env["callgear.leg"].with_user(self.sara)
        domain = [("result_id", "!=", False)]
        counted = Leg._read_group(domain, ["result_id"], ["__count"])
        self.assertEqual(counted, [(self.order, 1)])


@tagged("post_install", "-at_install")
class TestFollowUp(NoteCase):
    def plan(self, call, when):
        activity_id = self.by(self.sara, call).plan_follow_up(when)
        return self.env["mail.activity"].browse(activity_id)

    def test_r57_on_the_ticket(self):
        self.deliver(call := incoming())
        activity = self.plan(call, "tomorrow")
        self.assertEqual(activity.res_model, "helpdesk.ticket")
        self.assertEqual(activity.res_id, self.ticket_of(call, self.sara).id)
        self.assertEqual(str(activity.date_deadline), "2026-03-29")
        self.assertEqual(activity.user_id, self.sara)
        self.assertEqual(activity.summary, "Call back +971505550123")
        self.assertEqual(activity.activity_category, "phonecall")

    def test_r57_on_the_contact_while_there_is_no_ticket(self):
        self.deliver(call := begun())
        activity = self.plan(call, "today")
        self.assertEqual(
            (activity.res_model, activity.res_id), ("res.partner", self.maryam.id)
        )

    def test_r57_on_a_day(self):
        self.deliver(call := incoming())
        self.assertEqual(str(self.plan(call, "2026-04-04").date_deadline), "2026-04-04")

    def test_r57_today_is_the_agents_day(self):
        self.sara.tz = "Pacific/Kiritimati"
        self.deliver(call := incoming())
        self.assertEqual(str(self.plan(call, "today").date_deadline), "2026-03-29")

    def test_r57_pressed_twice_it_is_planned_once(self):
        """For the day that was chosen last; unless it was done in between."""
        self.deliver(call := incoming())
        today = self.plan(call, "today")
        self.assertEqual(self.plan(call, "today"), today)
        self.assertEqual(self.plan(call, "tomorrow"), today)
        self.assertEqual(str(today.date_deadline), "2026-03-29")
        today.with_user(self.sara).action_done()
        self.assertNotEqual(self.plan(call, "today"), today)

    def test_r11_it_goes_along_to_the_right_ticket(self):
        """The automatic ticket goes, and the plan does not go with it."""
        self.deliver(call := incoming())
        made, activity = self.ticket_of(call, self.sara), self.plan(call, "today")
        right = self.plain_ticket(name="Right")
        self.by(self.sara, call).move_to_ticket(right.id)
        self.assertFalse(made.exists())
        self.assertEqual(activity.exists().res_id, right.id)

    def test_r11_what_others_have_planned_keeps_the_ticket(self):
        self.deliver(call := incoming())
        made = self.ticket_of(call, self.sara)
        activity = made.with_user(self.omar).activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.omar.id
        )
        right = self.plain_ticket(name="Right")
        self.by(self.sara, call).move_to_ticket(right.id)
        self.assertEqual(activity.exists().res_id, made.id)

    def test_r57_nothing_to_plan_it_for(self):
        self.deliver(call := begun(caller=UNKNOWN))
        with self.assertRaisesRegex(UserError, "no ticket or contact"):
            self.plan(call, "today")

    def test_r57_no_such_day(self):
        self.deliver(call := incoming())
        for when in ("soon", None, 5, "2026-02-30"):
            with self.subTest(when=when), self.assertRaises(ValidationError):
                self.plan(call, when)
        with self.assertRaises(UserError):
            self.plan(call, "2026-03-27")
