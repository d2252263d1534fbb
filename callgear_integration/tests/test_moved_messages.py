# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R55: a call is where its message is, whoever has moved it there."""

from datetime import timedelta

from odoo.tools import SQL

from odoo.addons.mail.tests.common import mail_new_test_user

from .audio_host import MP3
from .builder import NOBODY, SARA, UNKNOWN, CallBuilder
from .case import tagged
from .recording_case import RecordingCase
from .roles import make_roles
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


class MovedCase(RecordingCase):
    def move(self, old, new, user=None, archive=True):
        """What an addon does that merges tickets."""
        messages = old.message_ids.filtered(lambda m: m.message_type != "notification")
        messages.with_user(user or self.env.user).sudo().write({"res_id": new.id})
        if archive:
            old.active = False
        self.env.flush_all()

    def move_by_sql(self, old, new):
        """The same behind the ORM's back: found at the next notification."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE mail_message SET res_id = %s WHERE model = 'helpdesk.ticket' "
                "AND res_id = %s AND message_type != 'notification'",
                new.id,
                old.id,
            )
        )
        self.env.invalidate_all()

    def assertHolds(self, ticket, *calls):
        """The ticket has these calls, each with its message, and nothing else has."""
        self.env.invalidate_all()
        legs = ticket.call_leg_ids.filtered("entry")
        self.assertEqual(
            sorted(legs.call_id.mapped("session_id")),
            sorted(str(call.session) for call in calls),
        )
        self.assertEqual(ticket.call_count, len(legs))
        for message in legs.message_id:
            self.assertEqual((message.model, message.res_id), (ticket._name, ticket.id))
        self.assertEqual(len(legs.message_id), len(legs))
        self.assertEqual(self.tickets(), ticket)


@tagged("post_install", "-at_install")
class TestMoved(MovedCase):
    def test_r55_missed_call(self):
        """Caller, icon and waiting follow; the next missed call goes there, too."""
        self.deliver(first := missed())
        old, new = self.tickets(), self.plain_ticket(stage_id=self.closed.id)
        since = old.call_waiting_since
        self.move(old, new)
        self.assertHolds(new, first)
        self.assertEqual(new.stage_id, self.open)
        self.assertEqual((new.call_kind, new.call_icon), ("missed", "missed"))
        self.assertEqual(new.call_waiting_since, since)
        self.assertFalse(old.call_waiting_since)
        self.assertFalse(old.call_icon)
        self.assertEqual(new.call_back_tries, 1)
        self.deliver(second := missed_in_menu(2, HOUR))
        self.assertHolds(new, first, second)
        self.deliver(attempt := softphone_unanswered(3, 2 * HOUR))
        self.assertHolds(new, first, second, attempt)
        self.deliver(incoming(4, 3 * HOUR))
        self.assertEqual(new.stage_id, self.closed)
        self.assertFalse(new.call_waiting_since)

    def test_r55_late_notifications_do_not_pull_it_back(self):
        """Moved after each notification of a call: the end is always the same."""
        for make in (incoming, missed, attended_transfer):
            told = make().deliveries
            for position in range(len(told)):
                with self.subTest(make.__name__, position=position):
                    point = self.env.cr.savepoint()
                    new = self.plain_ticket()
                    self.deliver(*told[: position + 1])
                    for old in self.tickets():
                        self.move(old, new)
                    moved = new.call_leg_ids
                    self.deliver(*told[position + 1 :], *told)
                    self.env.invalidate_all()
                    self.assertTrue(moved <= new.call_leg_ids)
                    self.assertTrue(
                        set(moved.message_id.mapped("res_id")) <= {new.id},
                    )
                    point.close(rollback=True)
                    self.env.invalidate_all()

    def test_r55_during_the_call(self):
        """The agent's ticket is merged while they talk: pending at the end, with player."""
        call = begun()
        self.deliver(call)
        old = self.make_ticket(self.sara, call, name="Parcel")
        new = self.plain_ticket()
        self.move(old, new)
        self.assertHolds(new, call)
        url = self.host.put("/a", MP3)
        self.deliver(*self.with_files(over(call), url))
        self.run_cron()
        self.assertHolds(new, call)
        self.assertEqual(new.stage_id, self.pending)
        self.assertEqual(self.notes(new).attachment_ids.raw, MP3)
        self.assertFalse(old.message_ids.attachment_ids)

    def test_r55_between_end_and_recording(self):
        call = incoming()
        *before, recording = self.with_files(call, self.host.put("/a", MP3))
        self.deliver(*before)
        old, new = self.tickets(), self.plain_ticket()
        self.move(old, new)
        self.deliver(recording)
        self.run_cron()
        self.assertHolds(new, call)
        self.assertEqual(self.notes(new).attachment_ids.raw, MP3)
        self.assertEqual(new.stage_id, self.pending)  # as if it had been attached

    def test_r55_into_the_automatic_ticket_of_another_call(self):
        """It goes on being that call's: name, contact and agent are not those moved in."""
        self.deliver(stranger := missed(1, caller=UNKNOWN))
        old = self.tickets()
        self.deliver(own := incoming(2, HOUR))
        new = self.tickets() - old
        before = new.read(["name", "partner_id", "user_id", "team_id"])
        self.move(old, new)
        self.assertHolds(new, stranger, own)
        self.assertEqual(new.read(["name", "partner_id", "user_id", "team_id"]), before)
        self.assertEqual(new.call_kind, "missed")
        self.deliver(stranger.deliveries[-1], own.deliveries[-1])
        self.assertHolds(new, stranger, own)
        self.assertEqual(new.read(["name", "partner_id", "user_id", "team_id"]), before)

    def test_r55_two_missed_tickets_of_two_callers(self):
        """Whoever calls again, their missed call goes into the ticket that is left."""
        self.deliver(one := missed(1))
        old = self.tickets()
        self.deliver(two := missed(2, HOUR, caller=UNKNOWN))
        new = self.tickets() - old
        self.move(old, new)
        self.deliver(third := missed_in_menu(3, 2 * HOUR))
        self.deliver(fourth := missed_in_menu(4, 3 * HOUR, caller=UNKNOWN))
        self.assertHolds(new, one, two, third, fourth)

    def test_r55_done_stays_done(self):
        """Nobody waits again because a finished ticket was merged."""
        self.deliver(missed())
        old, new = self.tickets(), self.plain_ticket()
        old.with_user(self.sara).write({"stage_id": self.closed.id})
        self.assertFalse(old.call_waiting_since)
        old.call_leg_ids.known_at -= timedelta(minutes=1)  # seconds decide
        self.move(old, new)
        self.assertFalse(new.call_waiting_since)

    def test_r55_stage_that_a_person_has_chosen_since(self):
        self.deliver(call := missed())
        old, new = self.tickets(), self.plain_ticket()
        new.with_user(self.sara).write({"stage_id": self.pending.id})
        self.move(old, new)
        self.assertHolds(new, call)
        self.assertEqual(new.stage_id, self.pending)

    def test_r55_moved_and_moved_back(self):
        self.deliver(call := missed())
        old, new = self.tickets(), self.plain_ticket()
        self.move(old, new, archive=False)
        self.move(new, old, archive=False)
        self.assertHolds(old, call)
        self.assertTrue(old.call_waiting_since)
        self.assertFalse(new.call_waiting_since)
        self.assertFalse(new.call_icon)

    def test_r55_without_the_orm(self):
        """The next notification finds it, and leaves it there."""
        self.deliver(first := missed())
        old, new = self.tickets(), self.plain_ticket()
        self.move_by_sql(old, new)
        self.deliver(first.deliveries[-1], *first.deliveries[:1])
        self.env["callgear.settlement"]._settle(self.call_of(first))
        self.assertHolds(new, first)
        self.assertTrue(new.call_waiting_since)
        self.assertFalse(old.call_waiting_since)

    def test_r32_r55_conversation_merged_into_the_missed_call(self):
        """Two tickets of one caller become one: pending, as if it had been attached."""
        self.deliver(lost := missed(1))
        waiting = self.tickets()
        self.deliver(talk := incoming(2, HOUR))
        self.assertEqual(waiting.stage_id, self.closed)
        self.move(self.tickets() - waiting, waiting)
        self.assertHolds(waiting, lost, talk)
        self.assertEqual(waiting.stage_id, self.pending)

    def test_r55_called_from_a_ticket_that_is_merged(self):
        """The phone still rings, so no message could be moved yet."""
        old, new = self.plain_ticket(), self.plain_ticket()
        old.message_post(body="Merged", message_type="comment")
        own = self.env["callgear.dialer"]._prepare(
            self.connection, self.sara, "+971505550123", self.maryam, old
        )
        self.move(old, new)
        call = CallBuilder(
            1, direction="out", source="callapi", external_id=own.external_id
        )
        call.ring(SARA, 1).answer(SARA, 5).ring(NOBODY, 6)
        call.leave(NOBODY, 40, is_operator=False).leave(SARA, 41)
        self.deliver(call.end(41, employee=SARA, lost=True))
        self.assertHolds(new, call)
        self.assertFalse(old.call_leg_ids)

    def test_r55_one_message_moved_from_a_ticket_that_goes_on(self):
        """Its other calls, and those that are being made from it, stay."""
        self.deliver(one := missed(1), two := missed_in_menu(2, HOUR))
        old, new = self.tickets(), self.plain_ticket()
        self.env.cr.precommit.run()
        self.leg(one, self.omar).message_id.res_id = new.id
        self.assertEqual(self.call_of(one).ticket_ids, new)
        self.assertEqual(self.call_of(two).ticket_ids, old)
        self.assertEqual(old.call_waiting_since, self.call_of(two).started_at)


@tagged("post_install", "-at_install")
class TestMovedRights(MovedCase):
    def test_r42_r55_who_may_read_the_ticket_may_hear_it(self):
        roles = make_roles(self.env)
        self.recorded(self.host.put("/a", MP3))
        self.run_cron()
        old = self.tickets()
        recording = self.env["callgear.recording"].search([], limit=1)
        new = self.plain_ticket(user_id=roles["own"].id, team_id=False)
        heard = recording.with_user(roles["own"])
        self.assertFalse(heard.has_access("read"))
        self.assertFalse(
            recording.attachment_id.with_user(roles["own"]).has_access("read")
        )
        self.move(old, new)
        self.assertTrue(heard.has_access("read"))
        self.assertTrue(
            recording.attachment_id.with_user(roles["own"]).has_access("read")
        )

    def test_r55_by_an_administrator(self):
        """Only they may move messages; they may not write calls."""
        self.deliver(call := missed())
        old, new = self.tickets(), self.plain_ticket()
        admin = mail_new_test_user(
            self.env,
            login="cg_admin",
            groups="base.group_system,helpdesk_mgmt.group_helpdesk_manager",
        )
        self.notes(old).with_user(admin).sudo(False).write({"res_id": new.id})
        self.assertHolds(new, call)


@tagged("post_install", "-at_install")
class TestElsewhere(MovedCase):
    def test_r55_moved_to_another_model(self):
        """It is no ticket's any more; the message there goes on with the call."""
        call = incoming()
        *before, recording = self.with_files(call, self.host.put("/a", MP3))
        self.deliver(*before)
        ticket = self.tickets()
        note = self.notes(ticket)
        note.write({"model": "res.partner", "res_id": self.maryam.id})
        self.deliver(recording)
        self.run_cron()
        self.assertFalse(self.tickets())
        self.assertEqual((note.model, note.res_id), ("res.partner", self.maryam.id))
        self.assertEqual(note.attachment_ids.raw, MP3)
        self.assertEqual(ticket.call_count, 0)
        note.write({"model": ticket._name, "res_id": ticket.id})
        self.assertHolds(ticket, call)

    def test_r20_r55_what_is_typed_later_does_not_pull_it_back(self):
        """Also into the ticket that the call was made from, and after a deletion."""
        for choice in ("elsewhere", "deleted"):
            with self.subTest(choice), self.undone():
                ticket = self.plain_ticket()
                self.deliver(call := softphone())
                leg = self.leg(call, self.sara)
                note = leg.message_id
                note.write({"model": "res.partner", "res_id": self.maryam.id})
                call = leg.sudo().call_id
                call.origin_ticket_id = ticket
                leg.sudo().ticket_choice = choice
                leg.with_user(self.sara).save_draft(summary="The parcel is lost")
                self.assertEqual(note.model, "res.partner")
                self.assertFalse(leg.ticket_id)

    def test_r55_missed_call_moved_to_another_model(self):
        """The next missed call makes a ticket; the caller of the first does not wait."""
        self.deliver(missed(1))
        old = self.tickets()
        self.notes(old).write({"model": "res.partner", "res_id": self.maryam.id})
        self.assertFalse(old.call_waiting_since)
        self.deliver(second := missed_in_menu(2, HOUR))
        self.assertHolds(self.tickets(), second)
        self.assertNotEqual(self.tickets(), old)

    def test_r55_message_deleted(self):
        """The next notification posts it anew: the player needs a place."""
        call = incoming()
        *before, recording = self.with_files(call, self.host.put("/a", MP3))
        self.deliver(*before)
        self.notes(self.tickets()).unlink()
        self.deliver(recording)
        self.run_cron()
        self.assertHolds(self.tickets(), call)
        self.assertEqual(self.notes(self.tickets()).attachment_ids.raw, MP3)

    def test_r55_archived_and_back(self):
        self.deliver(call := missed())
        ticket = self.tickets()
        ticket.active = False
        self.deliver(*call.deliveries)
        ticket.active = True
        self.assertHolds(ticket, call)
        self.assertTrue(ticket.call_waiting_since)
        self.deliver(second := missed_in_menu(2, HOUR))
        self.assertHolds(ticket, call, second)

    def test_r55_copy(self):
        """A copy has no call, no icon, and nobody waits in it."""
        self.deliver(call := missed())
        ticket = self.tickets()
        copy = ticket.copy()
        self.assertFalse(copy.call_leg_ids)
        self.assertFalse(copy.call_kind or copy.call_icon or copy.call_waiting_since)
        self.assertHolds(ticket, call)

    def test_r55_other_company(self):
        """A merge into another company's ticket takes the call along as well."""
        self.deliver(call := missed())
        other = self.env["res.company"].create({"name": "Other"})
        new = self.plain_ticket(company_id=other.id, team_id=False, user_id=False)
        self.move(self.tickets(), new)
        self.assertHolds(new, call)
