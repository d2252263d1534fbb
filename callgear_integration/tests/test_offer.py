# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R47: who waits and is claimed by nobody is offered on, step by step."""

from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command

from odoo.addons.mail.tests.common import mail_new_test_user

from ..services import offer as offer_service
from ..services.presence import CallgearPresence
from ..tools.hand import Hand, changed_by
from .builder import LINA, MARYAM, OMAR, SARA, CallBuilder
from .case import AGENT_GROUPS, CallgearCase, tagged
from .scenarios import HOUR, incoming, missed, softphone, softphone_unanswered

CALLED = datetime(2026, 3, 28, 12, 30)
RANG = CALLED + timedelta(seconds=24)
EARLIER = -HOUR


class OfferCase(CallgearCase):
    def setUp(self):
        super().setUp()
        self.team.callgear_unclaimed_minutes = 10
        self.env["ir.cron.trigger"].search([]).unlink()

    def after(self, minutes):
        return freeze_time(CALLED + timedelta(minutes=minutes))

    def miss(self, number=1, **told):
        """Maryam's call rings at Sara's and Omar's; it is Omar's then."""
        with self.after(1):
            self.deliver(missed(number, **told))
        return self.call_of(missed(number)).leg_ids.ticket_id

    def offer(self, minutes):
        """Have the cron run half a minute later; return who is told: {login: [tickets]}.

        Omar's phone rang 24 seconds after the call began.
        """
        self.sent("callgear.offer")
        with (
            self.after(minutes + 0.5),
            self.enter_registry_test_mode(),
            self.registry.cursor() as cr,
        ):
            self.env(cr=cr)["callgear.offer"]._cron_offer()
        self.env.invalidate_all()
        return self.told_of_offers()

    def told_of_offers(self, over=False):
        told = {}
        for contact, payload in self.sent("callgear.offer"):
            if bool(payload.get("is_over")) == over:
                user = self.env["res.users"].search([("partner_id", "=", contact)])
                told.setdefault(user.login, []).append(payload["ticket_id"])
        return told

    def offered(self, ticket):
        return ticket.call_offer_step, ticket.call_offer_user_ids


@tagged("post_install", "-at_install")
class TestOffer(OfferCase):
    def test_r47_planned_when_it_is_missed(self):
        ticket = self.miss()
        self.assertEqual(ticket.call_offer_at, RANG + timedelta(minutes=10))
        cron = self.env.ref("callgear_integration.ir_cron_offer_waiting")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.assertEqual(triggers.mapped("call_at"), [ticket.call_offer_at])

    def test_r47_not_before_its_time(self):
        ticket = self.miss()
        self.assertEqual(self.offer(9), {})
        self.assertEqual(self.offered(ticket), (False, self.env["res.users"]))

    def test_r47_step_by_step(self):
        """First who talked to them last, then the contact's agent, then everybody."""
        self.deliver(incoming(9, EARLIER, employee=LINA))
        self.maryam.user_id = self.sara
        ticket = self.miss()
        self.assertEqual(self.offer(10), {"cg_lina": [ticket.id]})
        self.assertEqual(self.offered(ticket), ("last", self.lina))
        self.assertEqual(ticket.call_offered_at, CALLED + timedelta(minutes=10.5))
        self.assertEqual(self.offer(15), {})
        self.assertEqual(self.offer(20), {"cg_sara": [ticket.id]})
        self.assertEqual(self.offered(ticket), ("contact", self.lina | self.sara))
        told = {f"cg_{name}": [ticket.id] for name in ("lina", "omar", "sara")}
        self.assertEqual(self.offer(30), told)
        self.assertEqual(ticket.call_offer_step, "team")
        self.assertEqual(self.offer(40), {})
        self.assertFalse(ticket.call_offer_at)

    def test_r47_whose_it_is_already_is_offered_nothing(self):
        """Omar's phone rang last, who talked to them last."""
        self.deliver(incoming(9, EARLIER, employee=OMAR))
        ticket = self.miss()
        self.offer(10)
        self.assertEqual(ticket.call_offer_step, "team")

    def test_r47_who_is_absent_is_left_out(self):
        self.deliver(incoming(9, EARLIER, employee=LINA))
        self.maryam.user_id = self.sara
        lina = str(LINA.id)
        statuses = {lina: {"id": "1", "state": "away", "text": "Break"}}
        ticket = self.miss()
        with patch.object(CallgearPresence, "_statuses", lambda *args: statuses):
            self.assertEqual(self.offer(10), {"cg_sara": [ticket.id]})
            self.assertNotIn("cg_lina", self.offer(20))

    def test_r47_nobody_is_forgotten_if_all_are_absent(self):
        away = {"id": "1", "state": "away", "text": "Break"}
        statuses = {str(one.id): away for one in (SARA, OMAR, LINA)}
        self.miss()
        with patch.object(CallgearPresence, "_statuses", lambda *args: statuses):
            self.assertEqual(len(self.offer(10)), 3)

    def test_r47_who_has_left_is_left_out(self):
        self.deliver(incoming(9, EARLIER, employee=LINA))
        ticket = self.miss()
        self.lina.active = False
        self.assertNotIn("cg_lina", self.offer(10))
        self.assertEqual(ticket.call_offer_step, "team")

    def test_r47_who_is_not_of_the_team_is_left_out(self):
        stranger = mail_new_test_user(
            self.env, login="cg_stranger", name="Stranger", groups=AGENT_GROUPS
        )
        self.maryam.user_id = stranger
        ticket = self.miss()
        self.assertNotIn("cg_stranger", self.offer(10))
        self.assertEqual(ticket.call_offer_step, "team")

    def test_r47_in_working_time(self):
        hours = {"dayofweek": "0", "hour_from": 9, "hour_to": 18, "name": "Open"}
        saturday = {**hours, "dayofweek": "5", "hour_to": 16 + 35 / 60}
        self.connection.working_calendar_id = self.env["resource.calendar"].create(
            {
                "name": "Hotline",
                "tz": self.connection.tz,
                "attendance_ids": [
                    Command.clear(),
                    Command.create(hours),
                    Command.create(saturday),
                ],
            }
        )
        ticket = self.miss()
        self.assertEqual(ticket.call_offer_at, datetime(2026, 3, 30, 5, 5, 24))

    def test_r47_a_team_that_offers_nothing(self):
        self.team.callgear_unclaimed_minutes = 0
        ticket = self.miss()
        self.assertFalse(ticket.call_offer_at)
        self.assertEqual(self.offer(60), {})

    def test_r47_again_and_again_it_does_no_harm(self):
        self.miss()
        self.assertEqual(len(self.offer(10)), 3)
        self.assertEqual(self.offer(10), {})

    def test_r47_one_that_fails_does_not_keep_the_others_waiting(self):
        first, second = self.miss(), self.miss(2, caller="971505550188")
        offer = type(self.env["callgear.offer"])
        plain = offer._next

        def fail(model, ticket, call, away):
            if ticket.id == first.id:
                raise ValueError("made up")
            return plain(model, ticket, call, away)

        with (
            patch.object(offer, "_next", fail),
            self.assertLogs("odoo.addons.callgear_integration.services.offer"),
        ):
            self.offer(10)
        self.assertEqual(second.call_offer_step, "team")
        self.assertFalse(first.call_offer_step)
        self.offer(11)
        self.assertEqual(first.call_offer_step, "team")

    def test_r47_one_that_fails_is_postponed(self):
        ticket = self.miss()

        def fail(model, ticket, call, away):
            raise ValueError("made up")

        with (
            patch.object(type(self.env["callgear.offer"]), "_next", fail),
            self.assertLogs("odoo.addons.callgear_integration.services.offer"),
        ):
            self.offer(10)
        self.assertEqual(ticket.call_offer_at, CALLED + timedelta(minutes=11.5))

    def test_r47_more_than_a_run_takes_up_are_offered_by_the_next_one(self):
        """Odoo starts the job again as long as something remains."""
        self.miss()
        self.miss(2, caller="971505550188")
        job = self.env.ref("callgear_integration.ir_cron_offer_waiting")
        progress = self.env["ir.cron.progress"].create({"cron_id": job.id})
        run = {"cron_id": job.id, "ir_cron_progress_id": progress.id}
        with (
            self.after(11),
            patch.object(offer_service, "MAX_AT_ONCE", 1),
            self.enter_registry_test_mode(),
            self.registry.cursor() as cr,
        ):
            self.env(cr=cr, context=run)["callgear.offer"]._cron_offer()
        self.env.invalidate_all()
        self.assertEqual((progress.done, progress.remaining), (1, 1))

    def test_r47_another_team_takes_the_notices_back(self):
        ticket = self.miss()
        self.offer(10)
        second = self.team.copy({"user_ids": self.team.user_ids})
        with self.after(11):
            ticket.with_user(self.sara).team_id = second
        self.assertEqual(len(self.told_of_offers(over=True)), 3)
        self.assertEqual(ticket.call_offer_at, CALLED + timedelta(minutes=21))

    @changed_by(Hand.AUTOMATION)
    def automatically(self, ticket, minutes, **values):
        with self.after(minutes):
            ticket.write(values)

    def test_r47_an_automation_that_assigns_it_takes_the_notices_back(self):
        ticket = self.miss()
        self.offer(10)
        self.automatically(ticket, 11, user_id=self.lina.id)
        self.assertEqual(len(self.told_of_offers(over=True)), 3)

    def test_r47_an_automation_that_changes_nothing_does_not_begin_anew(self):
        ticket = self.miss()
        same = {"team_id": ticket.team_id.id, "user_id": ticket.user_id.id}
        self.automatically(ticket, 5, **same)
        self.assertEqual(ticket.call_offer_at, RANG + timedelta(minutes=10))

    def test_r47_who_is_on_the_phone_with_an_agent_is_offered_a_minute_later(self):
        ticket = self.miss()
        with self.after(10.4):
            self.deliver(CallBuilder(2, MARYAM, start=10 * 60 + 10).ring(SARA, 4))
        self.assertEqual(self.offer(10), {})
        self.assertEqual(ticket.call_offer_at, CALLED + timedelta(minutes=11.5))

    def test_r47_who_waits_once_more_is_offered_for_the_second_waiting(self):
        """The talk between the two becomes known last."""
        ticket = self.miss()
        with self.after(8):
            self.deliver(missed(2, 7 * 60))
        self.call_of(missed(2)).leg_ids.ticket_choice = "attach"
        with self.after(9):
            self.deliver(softphone(3, 3 * 60))
        self.assertEqual(ticket.call_offer_at, RANG + timedelta(minutes=17))

    def test_r47_the_notices_of_an_earlier_waiting_are_taken_back(self):
        ticket = self.miss()
        with self.after(8):
            self.deliver(missed(2, 7 * 60))
        self.call_of(missed(2)).leg_ids.ticket_choice = "attach"
        self.offer(10)
        with self.after(12):
            self.deliver(softphone(3, 3 * 60))
        self.assertEqual(len(self.told_of_offers(over=True)), 3)
        self.assertFalse(ticket.call_offer_step)

    def test_r47_an_earlier_call_that_is_known_late_is_offered_earlier(self):
        with self.after(6):
            self.deliver(missed(2, 5 * 60))
        with self.after(7):
            self.deliver(missed(1))
        [ticket] = self.tickets()
        self.assertEqual(ticket.call_offer_at, RANG + timedelta(minutes=10))

    def test_r47_opened_again_by_an_automation_it_is_offered(self):
        ticket = self.miss()
        self.automatically(ticket, 5, stage_id=self.closed.id)
        self.assertFalse(ticket.call_offer_at)
        self.automatically(ticket, 8, stage_id=self.open.id)
        self.assertEqual(ticket.call_offer_at, CALLED + timedelta(minutes=18))

    def test_r47_switched_on_for_those_who_wait(self):
        self.team.callgear_unclaimed_minutes = 0
        ticket = self.miss()
        with self.after(5):
            self.team.callgear_unclaimed_minutes = 10
        self.assertEqual(ticket.call_offer_at, CALLED + timedelta(minutes=15))

    def test_r47_switched_off_for_those_who_wait(self):
        ticket = self.miss()
        self.offer(10)
        self.team.callgear_unclaimed_minutes = 0
        self.assertEqual(self.offered(ticket), (False, self.env["res.users"]))
        self.assertEqual(len(self.told_of_offers(over=True)), 3)
        self.assertEqual(self.offer(20), {})

    def test_r47_claimed_by_who_has_left_it_is_offered(self):
        ticket = self.miss()
        with self.after(5):
            ticket.with_user(self.lina).action_callgear_claim()
        self.assertEqual(ticket.call_claim_user_id, self.lina)
        self.lina.active = False
        self.assertFalse(ticket.call_claim_user_id)
        with self.after(8):
            self.deliver(missed(2, 7 * 60))
        self.assertEqual(ticket.call_offer_at, RANG + timedelta(minutes=10))

    # -------------------------------------------------------------- what ends it

    def test_r47_a_claimed_one_is_not_offered(self):
        ticket = self.miss()
        with self.after(5):
            ticket.with_user(self.sara).action_callgear_claim()
        self.assertFalse(ticket.call_offer_at)
        self.assertEqual(self.offer(10), {})

    def test_r47_a_claim_takes_the_notices_back(self):
        ticket = self.miss()
        self.offer(10)
        with self.after(11):
            ticket.with_user(self.sara).action_callgear_claim()
        told = self.told_of_offers(over=True)
        self.assertEqual(sorted(told), ["cg_lina", "cg_omar", "cg_sara"])
        self.assertEqual(self.offered(ticket), (False, self.env["res.users"]))

    def test_r47_who_gives_it_back_has_it_offered_anew(self):
        ticket = self.miss()
        with self.after(5):
            ticket.with_user(self.sara).action_callgear_claim()
        with self.after(30):
            ticket.with_user(self.sara).user_id = False
        self.assertEqual(ticket.call_offer_at, CALLED + timedelta(minutes=40))

    def test_r47_a_talk_takes_the_notices_back(self):
        ticket = self.miss()
        self.offer(10)
        with self.after(21):
            self.deliver(softphone(2, 20 * 60))
        self.assertEqual(len(self.told_of_offers(over=True)), 3)
        self.assertFalse(ticket.call_offer_step)

    def test_r47_a_colleague_who_begins_to_call_back_takes_the_notices_back(self):
        self.miss()
        self.offer(10)
        with self.after(20):
            self.deliver(softphone_unanswered(2, 20 * 60).deliveries[0])
        self.assertEqual(len(self.told_of_offers(over=True)), 3)

    def test_r47_done_takes_the_notices_back(self):
        ticket = self.miss()
        self.offer(10)
        with self.after(11):
            ticket.with_user(self.sara).action_callgear_done()
        self.assertEqual(len(self.told_of_offers(over=True)), 3)

    def test_r47_a_deleted_ticket_takes_the_notices_back(self):
        ticket = self.miss()
        self.offer(10)
        ticket.unlink()
        self.assertEqual(len(self.told_of_offers(over=True)), 3)

    # ------------------------------------------------------------------ old news

    def test_r47_a_call_that_is_known_a_day_late_is_offered_without_a_notice(self):
        with self.after(24 * 60):
            self.deliver(missed(1))
        [ticket] = self.tickets()
        self.assertEqual(self.offer(24 * 60), {})
        self.assertEqual(ticket.call_offer_step, "team")

    def test_r47_a_cron_that_was_down_tells_no_old_news(self):
        ticket = self.miss()
        self.assertEqual(self.offer(60), {})
        self.assertEqual(ticket.call_offer_step, "team")

    def test_r49_who_wants_no_popups_gets_no_notice(self):
        self.lina.callgear_popup = False
        self.miss()
        self.assertNotIn("cg_lina", self.offer(10))
