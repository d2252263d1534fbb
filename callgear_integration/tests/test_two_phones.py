# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R6, R16: two phones of one agent are one conversation, and one popup."""

import json

from odoo.exceptions import AccessError

from .builder import OMAR, SARA, SARA_MOBILE, WAREHOUSE, CallBuilder
from .case import CallgearCase, tagged
from .scenarios import (
    HOUR,
    missed,
    passed_on_and_back,
    passed_to_own_phone,
    softphone_passed_to_own_phone,
    two_phones,
    two_phones_missed,
)

PASSED = {
    "attended": {},
    "blind": {"blind": True},
    "the same phone again": {"second": SARA},
}


class TwoPhonesCase(CallgearCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.add_second_phone()

    def legs(self, call):
        return self.leg(call, self.sara).sorted("id")

    def popups(self):
        """What Sara's pages show after a reload."""
        return self.env["res.users"].with_user(self.sara).callgear_current_calls()

    def assertOneTicket(self, call, stage=None):
        """One ticket, one call message, one entry; of Sara's phones."""
        ticket = self.tickets()
        self.assertEqual(len(ticket), 1)
        self.assertEqual(ticket.call_count, 1)
        self.assertEqual(len(self.notes(ticket)), 1)
        self.assertEqual(self.legs(call).mapped("entry").count("conversation"), 1)
        self.assertEqual(ticket.user_id, self.sara)
        self.assertEqual(ticket.stage_id, stage or self.open)
        return ticket


@tagged("post_install", "-at_install")
class TestOneConversation(TwoPhonesCase):
    def test_r16_passed_from_phone_to_phone(self):
        """One ticket, open: to oneself nothing is handed over."""
        for number, (name, options) in enumerate(PASSED.items()):
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                call = passed_to_own_phone(number, **options)
                self.deliver(call)
                ticket = self.assertOneTicket(call)
                first = self.legs(call)[0]
                self.assertEqual(first.ticket_id, ticket)
                self.assertFalse(self.legs(call).filtered("handed_over"))
                self.assertEqual(first.talk_seconds, 192)
                self.assertIn("talked 3:12", first.message_id.body)
                urls = first.recording_ids.sudo().mapped("url")
                self.assertEqual([url[-2] for url in urls], ["1", "2"])
                savepoint.close(rollback=True)

    def test_r16_the_card_names_the_popup(self):
        """What is typed in the one is typed in the other."""
        self.deliver(call := two_phones())
        first, answered = self.legs(call)
        card = self.env["callgear.announcer"]._card(answered)
        self.assertEqual((card["leg_id"], card["popup_id"]), (answered.id, first.id))

    def test_r16_recordings_in_order_whatever_comes_first(self):
        call = passed_to_own_phone()
        self.deliver(*reversed(call.deliveries))
        urls = self.legs(call).recording_ids.sudo().mapped("url")
        self.assertEqual([url[-2] for url in urls], ["1", "2"])

    def test_r16_answered_at_either_phone(self):
        self.deliver(call := two_phones())
        self.assertOneTicket(call)

    def test_r24_softphone_call_passed_on_to_oneself(self):
        """R24: closed, and one ticket."""
        self.deliver(call := softphone_passed_to_own_phone())
        self.assertOneTicket(call, self.closed)

    def test_r25_missed_at_two_phones(self):
        """One missed call, one entry."""
        self.deliver(call := two_phones_missed())
        ticket = self.tickets()
        self.assertEqual((ticket.call_count, ticket.call_back_tries), (1, 1))
        self.assertEqual(len(self.notes(ticket)), 1)
        self.assertEqual(self.legs(call).mapped("entry").count("missed"), 1)

    def test_r16_a_colleague_in_between_makes_separate_conversations(self):
        self.deliver(call := passed_on_and_back())
        first, again = self.legs(call)
        self.assertEqual(len(self.tickets()), 3)
        self.assertEqual(first.ticket_id.stage_id, self.closed)
        self.assertEqual(again.ticket_id.stage_id, self.open)
        self.assertEqual((first.handed_over, again.handed_over), (True, False))

    def test_r16_an_operator_without_user_in_between_does_not(self):
        """They have no conversation of their own in Odoo."""
        call = CallBuilder(1).ring(SARA, 3).answer(SARA, 8).leave(SARA, 60, talk=52)
        call.ring(WAREHOUSE, 61).answer(WAREHOUSE, 65).leave(WAREHOUSE, 100, talk=35)
        call.ring(SARA_MOBILE, 101).answer(SARA_MOBILE, 105)
        call.leave(SARA_MOBILE, 150, talk=45).end(150, talk=132, employee=SARA)
        self.deliver(call)
        self.assertOneTicket(call)

    def test_r17_from_both_phones_to_a_colleague(self):
        """Handed over from the second phone: closed, as from the only one."""
        call = CallBuilder(1).ring(SARA, 3).answer(SARA, 8)
        call.ring(SARA_MOBILE, 30).answer(SARA_MOBILE, 35).leave(SARA, 36, talk=28)
        call.ring(OMAR, 60).answer(OMAR, 66).leave(SARA_MOBILE, 67, talk=32)
        call.leave(OMAR, 100, talk=34).end(100, talk=92, employee=OMAR)
        self.deliver(call)
        tickets = self.tickets()
        self.assertEqual(tickets.user_id, self.sara | self.omar)
        stages = {ticket.user_id: ticket.stage_id for ticket in tickets}
        self.assertEqual(stages, {self.sara: self.closed, self.omar: self.open})

    def test_r9_it_goes_on_at_the_other_phone(self):
        """Until the last phone is put down, the call is in progress."""
        call = CallBuilder(1).ring(SARA, 3).answer(SARA, 8)
        self.deliver(call)
        ticket = self.make_ticket(self.sara, call, name="Lost parcel")
        call.ring(SARA_MOBILE, 61).answer(SARA_MOBILE, 65).leave(SARA, 70, talk=62)
        self.deliver(call)
        self.assertIn("Call in progress", self.notes(ticket).body)
        self.assertEqual(ticket.stage_id, self.open)
        call.leave(SARA_MOBILE, 200, talk=135).end(200, talk=192)
        self.deliver(call)
        self.assertIn("talked 3:12", self.notes(ticket).body)
        self.assertOneTicket(call, self.pending)

    def test_r32_it_ends_the_waiting_once(self):
        """R32a: the missed call's ticket is closed."""
        self.deliver(missed(9))
        waiting = self.tickets()
        self.deliver(passed_to_own_phone(1, HOUR))
        self.assertEqual(waiting.stage_id, self.closed)
        self.assertEqual(len(self.tickets()), 2)

    def test_r39_statistics_count_one_conversation(self):
        self.deliver(passed_to_own_phone())
        self.env.flush_all()
        facts = self.env["callgear.statistics"].search(
            [("ticket_id", "in", self.tickets().ids), ("kind", "=", "answered")]
        )
        self.assertEqual(len(facts), 1)


@tagged("post_install", "-at_install")
class TestEitherLeg(TwoPhonesCase):
    """What the agent does acts on the conversation, by whichever leg the page knows it."""

    def begun(self, answered=SARA_MOBILE):
        call = CallBuilder(1).ring(SARA, 3).ring(SARA_MOBILE, 3.2).answer(answered, 8)
        self.deliver(call)
        return call

    def ended(self, call, employee=SARA_MOBILE):
        other = SARA if employee == SARA_MOBILE else SARA_MOBILE
        call.leave(other, 8.1, total=5).leave(employee, 60, talk=52, total=57)
        self.deliver(call.end(60, talk=52, employee=employee))

    def test_r29_a_stage_chosen_meanwhile_stays(self):
        """Also if the leg that was answered first becomes known only afterwards."""
        call = passed_to_own_phone()
        first = str(call.legs[SARA])
        late = [
            d for d in call.deliveries if json.loads(d.text)["leg_id"] == int(first)
        ]
        self.deliver(*(d for d in call.deliveries if d not in late))
        ticket = self.tickets()
        ticket.with_user(self.sara).stage_id = self.closed
        self.deliver(*late)
        self.assertEqual(ticket.call_leg_ids.leg_id, first)
        self.assertEqual(ticket.stage_id, self.closed)

    def test_r11_attach(self):
        for position in (0, 1):
            with self.subTest(position), self.env.cr.savepoint() as savepoint:
                ticket = self.plain_ticket()
                call = self.begun()
                leg = self.legs(call)[position].with_user(self.sara)
                leg.attach_to_ticket(ticket.id, "About a parcel")
                self.ended(call)
                self.assertOneTicket(call, self.pending)
                self.assertEqual(self.tickets(), ticket)
                self.assertIn("About a parcel", self.notes(ticket).body)
                savepoint.close(rollback=True)

    def test_r15_draft_typed_while_another_phone_is_picked_up(self):
        """It is stored with the first leg, the conversation is the second one's."""
        for position in (0, 1):
            with self.subTest(position), self.env.cr.savepoint() as savepoint:
                call = CallBuilder(1).ring(SARA, 3).ring(SARA_MOBILE, 3.2)
                self.deliver(call)
                leg = self.legs(call)[position].with_user(self.sara)
                leg.save_draft("Lost parcel", "It is lost")
                self.deliver(call.answer(SARA_MOBILE, 8))
                leg.save_draft(None, "It is still lost")
                self.ended(call)
                ticket = self.assertOneTicket(call, self.pending)
                self.assertEqual(ticket.name, "Lost parcel")
                self.assertIn("It is still lost", self.notes(ticket).body)
                savepoint.close(rollback=True)

    def test_r8_new_ticket_from_either_leg(self):
        for position in (0, 1):
            with self.subTest(position), self.env.cr.savepoint() as savepoint:
                call = self.begun()
                action = (
                    self.legs(call)[position].with_user(self.sara).action_new_ticket()
                )
                shown = [popup["id"] for popup in self.popups()]
                self.assertEqual([action["context"]["default_callgear_leg_id"]], shown)
                self.env["helpdesk.ticket"].with_user(self.sara).create(
                    {
                        "name": "Lost parcel",
                        "description": "<p>Lost</p>",
                        "callgear_leg_id": shown[0],
                    }
                )
                self.ended(call)
                self.assertEqual(
                    self.assertOneTicket(call, self.pending).name, "Lost parcel"
                )
                savepoint.close(rollback=True)

    def test_r40_what_the_agent_did_survives_a_change_of_the_first_leg(self):
        """The first phone's part becomes known last: ticket and summary stay."""
        call = CallBuilder(1).ring(SARA, 3).answer(SARA, 8).leave(SARA, 60, talk=52)
        call.ring(SARA_MOBILE, 61).answer(SARA_MOBILE, 65)
        told = call.deliveries
        self.deliver(*told[3:])
        ticket = self.plain_ticket()
        self.by(self.sara, call).attach_to_ticket(ticket.id, "About a parcel")
        self.deliver(*told[:3])
        self.deliver(call.leave(SARA_MOBILE, 200, talk=135).end(200, talk=187))
        self.assertOneTicket(call, self.pending)
        self.assertEqual(self.tickets(), ticket)
        self.assertEqual(self.legs(call).sorted("started_at")[0].ticket_id, ticket)
        self.assertIn("About a parcel", self.notes(ticket).body)

    def test_r15_ticket_made_between_two_phones_goes_on(self):
        """Passed on blindly: for a second no phone of the agent's is off the hook."""
        call = passed_to_own_phone(blind=True)
        told = call.deliveries
        self.deliver(*told[:3])
        ticket = self.tickets()
        self.deliver(*told[3:5])
        self.assertIn("Call in progress", self.notes(ticket).body)
        self.deliver(*told[5:])
        self.assertEqual(self.assertOneTicket(call), ticket)

    def test_r42_not_by_a_colleague(self):
        call = self.begun()
        for leg in self.legs(call):
            with self.assertRaises(AccessError):
                leg.with_user(self.omar).save_draft("Mine", None)


@tagged("post_install", "-at_install")
class TestOnePopup(TwoPhonesCase):
    def shown(self):
        return [(popup["id"], popup["state"]) for popup in self.popups()]

    def test_r6_one_popup_with_one_id(self):
        """Ringing at both, answered at either, passed on, ended, and told again."""
        call = CallBuilder(1).ring(SARA, 3)
        self.deliver(call)
        [(popup, _state)] = self.shown()
        steps = [
            (call.ring(SARA_MOBILE, 3.2), "ringing"),
            (call.answer(SARA_MOBILE, 8), "talking"),
            (call.leave(SARA, 8.1, total=5), "talking"),
            (call.ring(SARA, 30, leg="again"), "talking"),
            (call.answer(SARA, 35, leg="again"), "talking"),
            (call.leave(SARA_MOBILE, 36, talk=28), "talking"),
        ]
        for delivery, (_told, state) in zip(call.deliveries[1:], steps, strict=True):
            self.deliver(delivery)
            self.assertEqual(self.shown(), [(popup, state)])
            self.deliver(delivery)
            self.assertEqual(self.shown(), [(popup, state)])
        self.deliver(call.leave(SARA, 60, talk=25, leg="again").end(60, talk=52))
        self.assertEqual(self.shown(), [])

    def test_r6_answered_since_the_first_answer(self):
        call = CallBuilder(1).ring(SARA, 3).answer(SARA, 8)
        call.ring(SARA_MOBILE, 30).answer(SARA_MOBILE, 35).leave(SARA, 36, talk=28)
        self.deliver(call)
        [popup] = self.popups()
        self.assertEqual(popup["answered_at"], "2026-03-28T12:30:08Z")

    def test_r6_only_one_is_announced(self):
        """Of the two legs one is told of; the other has never been."""
        for reverse in (False, True):
            with self.subTest(reverse=reverse), self.env.cr.savepoint() as savepoint:
                call = two_phones()
                told = call.deliveries[:2]
                self.deliver(*(reversed(told) if reverse else told))
                self.assertEqual(len(self.legs(call).filtered("announced")), 1)
                self.deliver(*call.deliveries)
                announced = self.legs(call).filtered("announced")
                self.assertEqual(len(announced), 1)
                self.assertEqual(self.told(announced)["state"], "ended")
                savepoint.close(rollback=True)

    def test_r6_a_popup_whose_leg_joins_another_conversation_ends(self):
        """A colleague in between is not known of yet, so two popups became one."""
        call = passed_on_and_back()
        told = call.deliveries
        of_omar = told[3:6]
        self.deliver(*told[:3], *told[6:8])
        [(popup, _state)] = self.shown()
        self.deliver(*of_omar)
        [(other, state)] = self.shown()
        self.assertNotEqual(popup, other)
        self.assertEqual(state, "talking")
        first = self.env["callgear.leg"].browse(popup)
        self.assertEqual(self.told(first)["state"], "ended")

    def test_r6_rung_again_after_a_while_is_a_popup_of_its_own(self):
        """A queue that comes back to the agent: the first ringing is over."""
        call = CallBuilder(1).ring(SARA, 3).leave(SARA, 20, total=17)
        self.deliver(call.ring(SARA, 60, leg="again"))
        [(popup, _state)] = self.shown()
        self.assertEqual(popup, self.legs(call)[1].id)

    def test_r52_steering_works_at_the_phone_in_use(self):
        self.connection.api_key = "secret"
        call = CallBuilder(1).ring(SARA, 3).answer(SARA, 8)
        call.ring(SARA_MOBILE, 30).answer(SARA_MOBILE, 35).leave(SARA, 36, talk=28)
        self.deliver(call)
        [popup] = self.popups()
        self.assertIn("hold", popup["can"])
        own = self.call_of(call).with_user(self.sara)
        live = own.env["callgear.steering"]._leg_to_steer(own, "hold")
        self.assertEqual(live.operator_id.employee_id, str(SARA_MOBILE.id))

    def test_r48_the_board_shows_one_conversation(self):
        call = CallBuilder(1).ring(SARA, 3).ring(SARA_MOBILE, 3.2)
        self.deliver(call)
        manager = self.env.ref("base.user_admin")
        board = self.env["callgear.board"].with_user(manager).get_data()
        [waiting] = [w for w in board["waiting"] if w["id"] == self.call_of(call).id]
        self.assertEqual(waiting["agents"], ["Sara Haddad"])
