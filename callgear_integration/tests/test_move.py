# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R11: a wrong choice of ticket or contact is mended, as if it had never been made."""

import random
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from odoo.addons.bus.models.bus import channel_with_db, json_dump

from ..models.ir_websocket import SUBCHANNEL
from .audio_host import MP3
from .builder import UNKNOWN
from .case import CallgearCase, tagged
from .recording_case import RecordingCase
from .roles import SecurityCase
from .scenarios import (
    HOUR,
    attended_transfer,
    begun,
    incoming,
    missed,
    missed_in_menu,
    over,
    softphone,
    softphone_unanswered,
)


class MoveCase(CallgearCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.progress = cls.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_in_progress")
        cls.wrong = cls.plain_ticket(cls, name="Wrong")
        cls.right = cls.plain_ticket(cls, name="Right", stage_id=cls.closed.id)

    def attach(self, call, ticket, summary=None):
        self.by(self.sara, call).attach_to_ticket(ticket.id, summary)

    def move(self, call, ticket, user=None):
        """Move Sara's conversation; return the ticket that opens."""
        leg = self.leg(call, self.sara).with_user(user or self.sara)
        return self.opened(leg.move_to_ticket(ticket.id))

    def move_to_new(self, call):
        return self.opened(self.by(self.sara, call).move_to_new_ticket())

    def opened(self, action):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env[action["res_model"]].browse(action["res_id"])

    def assertStands(self, call, ticket):
        """Conversation and message stand in this ticket, and nothing in any other."""
        leg = self.leg(call, self.sara)
        self.assertEqual(leg.ticket_id, ticket)
        self.assertEqual(leg.message_id.res_id, ticket.id)
        self.assertEqual(self.call_of(call).ticket_ids, ticket)


@tagged("post_install", "-at_install")
class TestMove(MoveCase):
    def test_r11_after_the_call(self):
        """The stage of the wrong ticket is what it was; the right one is pending."""
        self.deliver(call := begun())
        self.attach(call, self.wrong, "The parcel is lost")
        self.deliver(over(call))
        self.assertEqual(self.wrong.stage_id, self.pending)
        self.assertEqual(self.move(call, self.right), self.right)
        self.assertStands(call, self.right)
        self.assertEqual(self.wrong.stage_id, self.open)
        self.assertEqual(self.right.stage_id, self.pending)
        self.assertEqual((self.wrong.call_count, self.right.call_count), (0, 1))
        self.assertEqual((self.wrong.call_icon, self.right.call_icon), (False, "call"))
        self.assertIn("The parcel is lost", self.notes(self.right).body)

    def test_r11_during_the_call(self):
        self.deliver(call := begun())
        self.attach(call, self.wrong)
        self.move(call, self.right)
        self.assertEqual(self.right.stage_id, self.closed)
        self.deliver(over(call))
        self.assertStands(call, self.right)
        self.assertEqual(self.wrong.stage_id, self.open)
        self.assertEqual(self.right.stage_id, self.pending)

    def test_r11_stage_set_by_hand_before(self):
        """Also a stage that a person has chosen after an earlier call comes back."""
        self.deliver(first := begun(1))
        self.attach(first, self.wrong)
        self.deliver(over(first))
        self.wrong.with_user(self.sara).stage_id = self.progress
        self.deliver(second := begun(2, HOUR))
        self.attach(second, self.wrong)
        self.deliver(over(second))
        self.assertEqual(self.wrong.stage_id, self.pending)
        self.move(second, self.right)
        self.assertEqual(self.wrong.stage_id, self.progress)

    def test_r11_stage_set_by_hand_since(self):
        """What a person has chosen since the wrong call stays, in both tickets."""
        self.deliver(call := begun())
        self.attach(call, self.wrong)
        self.deliver(over(call))
        self.wrong.with_user(self.sara).stage_id = self.progress
        self.right.with_user(self.sara).stage_id = self.open
        self.move(call, self.right)
        self.assertEqual(self.wrong.stage_id, self.progress)
        self.assertEqual(self.right.stage_id, self.open)

    def test_r11_the_call_before_decides_again(self):
        """A ticket that a call had made pending stays so when a later one leaves."""
        self.deliver(first := begun(1))
        self.attach(first, self.wrong)
        self.deliver(over(first))
        self.deliver(second := begun(2, HOUR))
        self.attach(second, self.wrong)
        self.deliver(over(second))
        self.move(second, self.right)
        self.assertEqual(self.wrong.stage_id, self.pending)
        self.move(first, self.right)
        self.assertEqual(self.wrong.stage_id, self.open)

    def test_r11_stage_chosen_in_the_form_of_a_new_ticket(self):
        """It comes back as well when a later call leaves the ticket."""
        self.deliver(first := begun(1))
        ticket = self.env["helpdesk.ticket"].with_user(self.sara)
        ticket = ticket.create(
            {
                "callgear_leg_id": self.leg(first, self.sara).id,
                "name": "Parcel",
                "description": "Lost",
                "stage_id": self.progress.id,
            }
        )
        self.deliver(over(first))
        self.assertEqual(ticket.stage_id, self.progress)
        self.deliver(second := begun(2, HOUR))
        self.attach(second, ticket)
        self.deliver(over(second))
        self.move(second, self.right)
        self.assertEqual(ticket.stage_id, self.progress)

    def test_r11_stage_chosen_for_the_automatic_ticket(self):
        """Which an agent has saved as theirs after the call."""
        self.deliver(first := incoming(1))
        made = self.tickets()
        self.env["helpdesk.ticket"].with_user(self.sara).create(
            {
                "callgear_leg_id": self.leg(first, self.sara).id,
                "name": "Parcel",
                "description": "Lost",
                "stage_id": self.progress.id,
            }
        )
        self.assertEqual(made.stage_id, self.progress)
        self.deliver(second := begun(2, HOUR))
        self.attach(second, made)
        self.deliver(over(second))
        self.move(second, self.right)
        self.assertEqual(made.stage_id, self.progress)

    def test_r11_automatic_ticket_goes(self):
        """Nothing is left of it, also if the agent has written a summary."""
        self.deliver(call := incoming())
        made = self.tickets()
        self.by(self.sara, call).save_draft(summary="The parcel is lost")
        self.move(call, self.right)
        self.assertFalse(made.exists())
        self.assertStands(call, self.right)
        self.assertIn("The parcel is lost", self.notes(self.right).body)

    def test_r11_automatic_ticket_that_is_used_stays(self):
        self.deliver(call := incoming())
        made = self.tickets()
        made.with_user(self.sara).message_post(body="Note", message_type="comment")
        self.move(call, self.right)
        self.assertTrue(made.exists())
        self.assertEqual((made.call_count, made.stage_id), (0, self.open))

    def test_r11_automatic_ticket_in_which_something_was_put_stays(self):
        """What would go with it, and changes nothing in the ticket itself."""
        at = fields.Datetime.now() + timedelta(hours=1)
        deeds = {
            "file": lambda ticket: (
                self.env["ir.attachment"]
                .with_user(self.sara)
                .create(
                    {
                        "name": "screen.png",
                        "res_model": ticket._name,
                        "res_id": ticket.id,
                    }
                )
            ),
            "reply for later": lambda ticket: (
                self.env["mail.scheduled.message"]
                .with_user(self.sara)
                .create(
                    {
                        "model": ticket._name,
                        "res_id": ticket.id,
                        "author_id": self.sara.partner_id.id,
                        "body": "Tomorrow",
                        "scheduled_date": at,
                    }
                )
            ),
            "activity": lambda ticket: ticket.with_user(self.omar).activity_schedule(
                "mail.mail_activity_data_todo", user_id=self.omar.id
            ),
            "message of another kind": lambda ticket: ticket.with_user(
                self.sara
            ).message_post(body="Sent", message_type="email_outgoing"),
        }
        for name, put in deeds.items():
            with self.subTest(name), self.undone():
                self.deliver(call := incoming())
                made = self.tickets()
                thing = put(made)
                self.move(call, self.right)
                self.assertTrue(made.exists())
                self.assertTrue(thing.exists())

    def test_r11_back_to_the_ticket_that_it_had_made(self):
        """It is as before: open, since the agent had done nothing (R10)."""
        self.deliver(call := incoming())
        made = self.tickets()
        made.with_user(self.sara).message_post(body="Note", message_type="comment")
        self.move(call, self.right)
        self.move(call, made)
        self.assertStands(call, made)
        self.assertEqual(made.stage_id, self.open)
        self.assertEqual(self.right.stage_id, self.closed)

    def test_r11_new_ticket(self):
        """It is made from the conversation: contact, agent, summary."""
        self.deliver(call := begun())
        self.attach(call, self.wrong, "The parcel is lost")
        self.deliver(over(call))
        new = self.move_to_new(call)
        self.assertStands(call, new)
        self.assertEqual((new.partner_id, new.user_id), (self.maryam, self.sara))
        self.assertEqual(new.name, "Incoming call from +971505550123")
        self.assertIn("The parcel is lost", new.description)
        self.assertEqual((new.stage_id, new.call_kind), (self.pending, "in"))
        self.assertFalse(new.call_auto)
        self.assertEqual(self.leg(call, self.sara).ticket_choice, "new")
        self.assertEqual(self.wrong.stage_id, self.open)

    def test_r11_new_ticket_was_wrong_as_well(self):
        """A new ticket with which nothing was done goes when the call leaves it."""
        self.deliver(call := incoming())
        new = self.move_to_new(call)
        self.move(call, self.right)
        self.assertFalse(new.exists())
        self.assertStands(call, self.right)

    def test_r32_between_waiting_and_new_ticket(self):
        """a, b: closed while the call is elsewhere, pending while it is in it."""
        self.deliver(missed(1))
        waiting = self.tickets()
        self.deliver(call := incoming(2, HOUR))
        self.assertEqual(waiting.stage_id, self.closed)
        self.move(call, waiting)
        self.assertEqual(waiting.stage_id, self.pending)
        self.assertFalse(waiting.call_waiting_since)
        self.move_to_new(call)
        self.assertEqual(waiting.stage_id, self.closed)
        self.assertTrue(waiting.call_auto)
        self.move(call, waiting)
        self.assertEqual(waiting.stage_id, self.pending)

    def test_r32_from_the_softphone(self):
        """d, e: the same, and the handset is green once it stands there."""
        self.deliver(missed(1))
        waiting = self.tickets()
        self.deliver(call := softphone(2, HOUR))
        self.assertEqual((waiting.stage_id, waiting.call_icon), (self.closed, "missed"))
        self.move(call, waiting)
        self.assertEqual((waiting.stage_id, waiting.call_icon), (self.pending, "call"))
        self.move(call, self.right)
        self.assertEqual((waiting.stage_id, waiting.call_icon), (self.closed, "missed"))

    def test_r24_attempt(self):
        """Its own ticket goes; that to which it moves keeps its stage (R31)."""
        self.deliver(call := softphone_unanswered())
        made = self.tickets()
        self.move(call, self.right)
        self.assertFalse(made.exists())
        self.assertStands(call, self.right)
        self.assertEqual(self.right.stage_id, self.closed)

    def test_r17_one_of_two_conversations(self):
        """The other agent's conversation stays where it is."""
        self.deliver(call := attended_transfer())
        other = self.ticket_of(call, self.omar)
        self.move(call, self.right)
        self.assertEqual(self.ticket_of(call, self.sara), self.right)
        self.assertEqual(self.ticket_of(call, self.omar), other)
        self.assertEqual(self.right.stage_id, self.pending)

    def test_r26_missed_calls_are_not_moved(self):
        self.deliver(call := missed())
        leg = self.call_of(call).leg_ids.filtered("entry")
        with self.assertRaisesRegex(UserError, "Only a conversation"):
            leg.with_user(leg.user_id).move_to_ticket(self.right.id)

    def test_r40_late_notifications(self):
        """Moved after each notification, and all repeated: it stays where it is."""
        told = incoming().deliveries
        for position in range(2, len(told)):
            with self.subTest(position=position), self.undone():
                self.deliver(*told[:position])
                call = incoming()
                self.attach(call, self.wrong)
                self.move(call, self.right)
                self.deliver(*told[position:], *told)
                self.assertStands(call, self.right)
                self.assertEqual(self.wrong.stage_id, self.open)
                self.assertEqual(self.right.stage_id, self.pending)


@tagged("post_install", "-at_install")
class TestMoveContact(MoveCase):
    def test_r13_number_is_taken_back(self):
        """The wrong contact loses the number that it had from this call only."""
        self.deliver(call := incoming(caller=UNKNOWN))
        ticket = self.tickets()
        wrong, right = self.env["res.partner"].create(
            [{"name": "Wrong"}, {"name": "Right"}]
        )
        leg = self.by(self.sara, call)
        leg.link_partner(wrong.id)
        self.assertEqual(ticket.partner_id, wrong)
        self.assertEqual(self.opened(leg.move_to_partner(right.id)), ticket)
        self.assertEqual((ticket.partner_id, leg.partner_id), (right, right))
        Phone = self.env["callgear.partner.phone"]
        self.assertFalse(Phone.search([("partner_id", "=", wrong.id)]))
        self.assertEqual(self.deliver(missed(2, HOUR, UNKNOWN)).partner_id, right)

    def test_r13_a_contact_made_from_the_number_loses_it(self):
        """R14: it was made as the unknown caller, who turns out to be somebody else."""
        self.deliver(call := begun(caller=UNKNOWN))
        leg = self.by(self.sara, call)
        leg.action_new_ticket()
        made = leg.partner_id
        self.assertEqual(made.phone, f"+{UNKNOWN}")
        right = self.env["res.partner"].create({"name": "Right"})
        leg.move_to_partner(right.id)
        self.assertFalse(made.phone)
        self.assertEqual(self.deliver(missed(2, HOUR, UNKNOWN)).partner_id, right)
        self.assertEqual(len(self.told(self.leg(call, self.sara))["partners"]), 1)

    def test_r57_follow_up_goes_along_to_the_right_contact(self):
        """Planned while there was no ticket; what others have planned stays."""
        right = self.env["res.partner"].create({"name": "Right"})
        self.deliver(call := begun())
        leg = self.by(self.sara, call)
        activity = self.env["mail.activity"].browse(leg.plan_follow_up("tomorrow"))
        other = self.maryam.activity_schedule("mail.mail_activity_data_call")
        leg.move_to_partner(right.id)
        self.assertEqual((activity.res_id, other.res_id), (right.id, self.maryam.id))

    def test_r13_a_ticket_that_the_call_was_attached_to_keeps_its_contact(self):
        """Another number of the household: the ticket's replies are not for its caller."""
        husband = self.env["res.partner"].create({"name": "Husband"})
        theirs, nobodys = self.plain_ticket(), self.plain_ticket(partner_id=False)
        for number, ticket in enumerate((theirs, nobodys), 1):
            self.deliver(call := begun(number, number * HOUR))
            leg = self.by(self.sara, call)
            leg.attach_to_ticket(ticket.id)
            leg.move_to_partner(husband.id)
        self.assertEqual(theirs.partner_id, self.maryam)
        self.assertEqual(nobodys.partner_id, husband)

    def test_r13_number_that_was_there_stays(self):
        """A contact's own number is theirs, whoever was calling."""
        husband = self.env["res.partner"].create({"name": "Husband"})
        self.deliver(call := incoming())
        self.by(self.sara, call).move_to_partner(husband.id)
        self.assertEqual(self.tickets().partner_id, husband)
        self.assertTrue(self.maryam.phone)


@tagged("post_install", "-at_install")
class TestMoveRecording(RecordingCase):
    def test_r09_late_recording_goes_along(self):
        call = incoming()
        *before, recording = self.with_files(call, self.host.put("/a", MP3))
        self.deliver(*before)
        right = self.plain_ticket()
        self.by(self.sara, call).move_to_ticket(right.id)
        self.deliver(recording)
        self.run_cron()
        self.assertEqual(self.notes(right).attachment_ids.raw, MP3)
        self.assertEqual(self.tickets(), right)


@tagged("post_install", "-at_install")
class TestMoveRights(SecurityCase):
    def test_r42_who_may_move(self):
        """The agent of the conversation, and whoever may change its ticket."""
        self.deliver(call := incoming())
        leg = self.leg(call, self.own)
        target = self.plain_ticket(user_id=self.own.id)
        for name, user in self.roles.items():
            with self.subTest(name), self.undone():
                may = name in ("own", "team_member", "all", "manager", "admin")
                if may:
                    leg.with_user(user).move_to_ticket(target.id)
                    self.assertEqual(leg.ticket_id, target)
                else:
                    with self.assertRaises(AccessError):
                        leg.with_user(user).move_to_ticket(target.id)

    def test_r42_only_into_a_ticket_that_they_may_change(self):
        self.deliver(call := incoming())
        foreign = self.plain_ticket(
            team_id=self.foreign_team().id, user_id=self.other.id
        )
        with self.assertRaises(AccessError):
            self.leg(call, self.own).with_user(self.own).move_to_ticket(foreign.id)

    def test_r46_other_company(self):
        self.deliver(call := incoming())
        other = self.env["res.company"].create({"name": "Other"})
        foreign = self.plain_ticket(company_id=other.id, team_id=False, user_id=False)
        leg = self.leg(call, self.own).with_user(self.roles["manager"])
        with self.assertRaises(AccessError):  # it is as if it did not exist
            leg.move_to_ticket(foreign.id)


@tagged("post_install", "-at_install")
class TestMoveDialog(MoveCase):
    def open_dialog(self, record):
        action = record.with_user(self.sara).action_move()
        self.assertEqual(
            (action["res_model"], action["target"]), ("callgear.move", "new")
        )
        wizard = self.env["callgear.move"].with_user(self.sara)
        return Form(wizard.with_context(**action["context"]))

    def test_r11_another_ticket(self):
        self.deliver(call := incoming())
        form = self.open_dialog(self.leg(call, self.sara))
        self.assertIn("Maryam Khalil", form.call_name)
        self.assertIn(self.tickets().number, form.ticket_name)
        form.ticket_id = self.right
        self.assertEqual(self.opened(form.save().action_move()), self.right)
        self.assertStands(call, self.right)

    def test_r11_a_new_ticket_from_the_journal(self):
        self.deliver(call := incoming())
        form = self.open_dialog(self.call_of(call))
        form.target = "new"
        self.assertStands(call, self.opened(form.save().action_move()))

    def test_r11_another_contact(self):
        """Of a missed call, it is all that can be changed."""
        husband = self.env["res.partner"].create({"name": "Husband"})
        self.deliver(call := missed())
        form = self.open_dialog(self.call_of(call))
        self.assertEqual((form.target, form.is_ticket_movable), ("partner", False))
        form.partner_id = husband
        self.assertEqual(self.opened(form.save().action_move()), self.tickets())
        self.assertEqual(self.tickets().partner_id, husband)

    def test_r11_another_contact_before_there_is_a_ticket(self):
        """The dialog begins with it; once there is one, with the ticket."""
        husband = self.env["res.partner"].create({"name": "Husband"})
        self.deliver(call := begun())
        leg = self.leg(call, self.sara)
        self.assertFalse(leg.ticket_id)
        form = self.open_dialog(leg)
        self.assertEqual(form.target, "partner")
        form.partner_id = husband
        self.assertEqual(self.opened(form.save().action_move()), husband)
        self.assertEqual(self.call_of(call).partner_id, husband)
        self.attach(call, self.right)
        self.assertEqual(self.open_dialog(leg).target, "ticket")

    def test_r11_the_callers_tickets_come_first(self):
        for _number in range(3):
            self.plain_ticket(partner_id=False, priority="3")
        self.deliver(call := incoming())
        leg = self.leg(call, self.sara)
        Ticket = self.env["helpdesk.ticket"].with_user(self.sara)
        found = Ticket.with_context(callgear_move_leg_id=leg.id).name_search(limit=4)
        mine = Ticket.search([("partner_id", "=", self.maryam.id)])
        self.assertLessEqual({id_ for id_, _name in found[:3]}, set(mine.ids))
        found = Ticket.with_context(callgear_move_leg_id=leg.id).name_search(
            self.right.number
        )
        self.assertEqual([id_ for id_, _name in found], self.right.ids)

    def test_r09_the_page_of_the_wrong_ticket_is_told(self):
        self.deliver(call := incoming())
        self.attach(call, self.wrong)
        note = self.notes(self.wrong)
        self.env.cr.precommit.run()
        self.env["bus.bus"].search([]).unlink()
        self.move(call, self.right)
        self.env.cr.precommit.run()
        channel = channel_with_db(self.env.cr.dbname, (self.wrong, SUBCHANNEL))
        told = self.env["bus.bus"].search([("channel", "=", json_dump(channel))])
        self.assertIn(f'"gone_message_id":{note.id}', told.mapped("message")[-1])


@tagged("post_install", "-at_install")
class TestMoveAnyway(MoveCase):
    """Whatever the detours, the end is as if it had been put there at the beginning."""

    def story(self, seed):
        """Return what happens, and where the conversation is in between.

        :return: list of deliveries, names of places and names of persons' deeds
        """
        dice = random.Random(seed)
        call = over(begun(2, HOUR))
        told = missed(1).deliveries + call.deliveries[:2]
        rest = [*call.deliveries[2:]]
        if dice.random() < 0.5:
            rest += missed_in_menu(3, 2 * HOUR).deliveries
        places = [
            dice.choice(["wrong", "right", "waiting", "new"])
            for _number in range(dice.randint(1, 5))
        ]
        deeds = []
        for _number in range(dice.randint(0, 2)):
            name = dice.choice(["wrong", "right", "waiting"])
            deeds.append(f"{name}:{dice.choice(['progress', 'closed'])}")
        order = sorted(dice.sample(range(len(rest) + len(deeds)), len(deeds)))
        events = iter(rest)
        mixed = [
            deeds[order.index(at)] if at in order else next(events)
            for at in range(len(rest) + len(deeds))
        ]
        for place in places[1:]:
            mixed.insert(dice.randint(0, len(mixed)), place)
        return told, places, mixed

    def tell(self, told, first, mixed):
        """Live through a story; return what is left behind."""
        with self.undone():
            self.deliver(*told)
            waiting = self.tickets()
            places = {"wrong": self.wrong, "right": self.right, "waiting": waiting}
            call = begun(2, HOUR)

            def put(place):
                if place == "new":
                    self.move_to_new(call)
                else:
                    self.move(call, places[place])

            put(first)
            for event in mixed:
                if not isinstance(event, str):
                    self.deliver(event)
                elif ":" in event:
                    name, stage = event.split(":")
                    stages = {"progress": self.progress, "closed": self.closed}
                    places[name].with_user(self.sara).stage_id = stages[stage]
                else:
                    put(event)
            self.env.invalidate_all()
            known = self.wrong | self.right | waiting
            others = self.tickets() - known
            return [self.state_of(t) for t in [*known, *others.sorted("id")]]

    def state_of(self, ticket):
        legs = ticket.call_leg_ids.filtered("entry")
        return (
            ticket.name,
            ticket.stage_id.name,
            ticket.partner_id.name,
            ticket.user_id.name,
            ticket.call_kind,
            ticket.call_icon,
            ticket.call_auto,
            ticket.call_missed_since,
            ticket.call_waiting_since,
            sorted(legs.call_id.mapped("session_id")),
            {message.res_id == ticket.id for message in legs.message_id},
        )

    def test_r11_detours_leave_nothing_behind(self):
        for seed in range(7):
            told, places, mixed = self.story(seed)
            moves = [
                event
                for event in mixed
                if event in ("wrong", "right", "waiting", "new")
            ]
            last = moves[-1] if moves else places[0]
            plain = [event for event in mixed if event not in moves]
            with self.subTest(
                seed=seed, first=places[0], mixed=[str(e)[:30] for e in mixed]
            ):
                self.assertEqual(
                    self.tell(told, places[0], mixed), self.tell(told, last, plain)
                )
