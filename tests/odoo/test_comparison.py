# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R50, R64: calls are held against CallGear's report, and what was lost is completed."""

import random
import re
import time
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain
from odoo.tests import Form, new_test_user
from odoo.tools import config, mute_logger

from odoo.addons.callgear_integration.models import callgear_comparison
from odoo.addons.callgear_integration.tests.case import tagged
from odoo.addons.callgear_integration.transaction import cron_seconds

from simulator.scenarios import SCENARIOS

from ..compared_case import ComparedCase
from ..effort import tries

LOG = "odoo.addons.callgear_integration.models.callgear_comparison"
# Ways of losing notifications of one call, tried for each scenario; tests/oracle has more.
LOSSES = tries(1, full=10)
CALL_FIELDS = (
    "direction phone state outcome reason missed_reason is_lost has_voicemail "
    "is_internal partner_id"
).split()
LEG_FIELDS = "operator_id user_id state entry handed_over".split()
TICKET_FIELDS = "name stage_id user_id partner_id team_id channel_id".split()
# How long somebody talked, in a message.
LENGTH = re.compile(r"\d+:\d\d(?=<|$)")


@tagged("post_install", "-at_install")
class TestComparison(ComparedCase):
    def outcome(self):
        """What there is of the call, its legs, tickets, messages and recordings.

        Lengths are left to ``lengths``; and of calls between colleagues, who need no
        ticket, the report does not say whose the second phone is.
        """
        call = self.call()
        legs = call.leg_ids.filtered("is_operator")
        tickets = call.ticket_ids
        return {
            "call": call.read(CALL_FIELDS)[0] | {"id": None},
            # Legs are told with their ids, or by who was called.
            "legs": not call.is_internal and _sorted(legs, LEG_FIELDS),
            "tickets": _sorted(tickets, TICKET_FIELDS),
            "notes": sorted(LENGTH.sub("", note.body) for note in self.notes(tickets)),
            "recordings": sorted(
                (recording.url, str(recording.leg_id.operator_id))
                for recording in call.recording_ids
            ),
            "facts": self.facts(tickets),
        }

    def lengths(self):
        """Seconds of the call, and of the conversations of those who talked."""
        call = self.call()
        talks = call.leg_ids.filtered("entry").sorted("started_at")
        return [call.talk_seconds, call.total_seconds, *talks.mapped("talk_seconds")]

    def facts(self, tickets):
        """What the statistics count of the tickets."""
        self.env.flush_all()
        Fact = self.env["callgear.ticket.fact"]
        rows = Fact.search([("ticket_id", "in", tickets.ids)])
        return sorted((row.kind, str(row.user_id)) for row in rows)

    # ------------------------------------------------------------------- privacy

    def test_r51_an_erased_call_is_not_brought_back_by_the_report(self):
        """Nor by the notifications that CallGear repeats afterwards."""
        told = self.play(next(iter(SCENARIOS)))
        self.deliver(*told)
        call = self.call()
        number = call.phone
        self.env["callgear.erasure"]._erase(
            Domain("id", "=", call.id),
            self.env["callgear.deletion"].create(
                {
                    "reason": "person",
                    "note": "asked for",
                    "company_id": call.company_id.id,
                }
            ),
            self.env["callgear.event"],
        )
        legs = call.leg_ids
        comparison = self.compare()
        for one in told:
            self.post(one)
        self.assertEqual((comparison.state, comparison.left_count), ("done", 0))
        self.assertFalse(comparison.difference_ids)
        self.assertEqual(call.leg_ids, legs)
        self.assertFalse(call.phone or call.event_ids or call.partner_id)
        Call = self.env["callgear.call"]
        self.assertFalse(Call.search([("phone", "=", number)]))

    # ---------------------------------------------------------------- the property

    def test_r50_whatever_is_lost_the_outcome_is_that_of_the_delivered(self):
        rng = random.Random(50)
        for scenario in SCENARIOS:
            self.simulator._calls.clear()
            told = self.play(scenario)
            with self.undone():
                self.deliver(*told)
                delivered, lengths = self.outcome(), self.lengths()
            losses = [[]] + [
                [one for one in told if rng.random() < 0.5] for _time in range(LOSSES)
            ]
            for heard in losses:
                with self.subTest(scenario, heard=[one.event for one in heard]):
                    with self.undone():
                        for one in heard:
                            self.post(one)
                        self.compare(books=False)
                        self.assertEqual(self.outcome(), delivered)
                        # The report has whole seconds.
                        for found, told_length in zip(
                            self.lengths(), lengths, strict=True
                        ):
                            self.assertAlmostEqual(found, told_length, delta=1)

    def test_r64_calls_that_were_delivered_are_no_differences(self):
        for scenario in SCENARIOS:
            with self.subTest(scenario), self.undone():
                self.simulator._calls.clear()
                self.deliver(*self.play(scenario))
                comparison = self.compare()
                self.assertFalse(comparison.difference_ids)
                self.assertEqual(comparison.call_count, 1)

    # ------------------------------------------------------------- what is missing

    def test_r50_a_call_that_was_never_told(self):
        """It is there with its ticket, message and recording; the difference is listed."""
        self.play("answered")
        comparison = self.compare()
        call = self.call()
        self.assertEqual((call.state, call.outcome), ("ended", "answered"))
        self.assertEqual(len(self.notes(call.ticket_ids)), 1)
        self.assertEqual(len(call.recording_ids), 1)
        [difference] = comparison.difference_ids
        self.assertEqual(
            (difference.kind, difference.state, difference.call_id),
            ("missing", "completed", call),
        )
        self.assertEqual(comparison.completed_count, 1)
        self.assertEqual(comparison.state, "done")

    def test_r50_again_changes_nothing(self):
        self.play("answered")
        self.compare()
        before = self.outcome()
        comparison = self.compare()
        self.assertFalse(comparison.difference_ids)
        self.assertEqual(self.outcome(), before)

    def test_r50_its_notifications_come_after_all(self):
        told = self.play("answered")
        self.compare()
        self.deliver(*told)
        self.assertEqual(len(self.call().ticket_ids), 1)
        self.assertEqual(len(self.notes(self.call().ticket_ids)), 1)
        self.assertEqual(len(self.call().recording_ids), 1)

    def test_r50_nobody_is_told_of_old_calls(self):
        self.play("answered")
        self.compare()
        self.assertFalse(self.payloads(self.sara))

    def test_r50_only_the_period(self):
        self.play("missed", hours_ago=7)
        self.assertFalse(self.compare().call_count)
        self.assertFalse(self.call())

    def test_r50_a_period_in_slices(self):
        """Each call is compared once, whichever slice it is in."""
        for hours in (2, 11, 12, 13, 30, 47):
            self.play("missed", hours_ago=hours)
        now = fields.Datetime.now()
        comparison = self.compare(now - timedelta(hours=60))
        self.assertEqual(comparison.call_count, 6)
        self.assertEqual(comparison.completed_count, 6)
        self.assertEqual(comparison.progress, 100)

    def test_r50_one_that_cannot_be_worked_on_stops_no_others(self):
        self.play("missed")
        bad = self.session
        self.play("missed", hours_ago=1)
        refresh = type(self.env["callgear.refresh"])
        fold = refresh._fold

        def odd(service, connection, session_id):
            if session_id == bad:
                raise KeyError("odd")
            return fold(service, connection, session_id)

        self.patch(refresh, "_fold", odd)
        with mute_logger("odoo.addons.callgear_integration.services.refresh"):
            comparison = self.compare()
        self.assertEqual(self.call().outcome, "missed")
        left = comparison.difference_ids.filtered(lambda one: one.state == "left")
        self.assertEqual(left.session_id, bad)
        self.assertEqual((comparison.left_count, comparison.completed_count), (1, 1))

    # -------------------------------------------------------------- differences

    def test_r64_each_difference_is_named(self):
        """What differs and cannot be mended remains, with its call; nothing else."""
        told = self.play("answered")
        self.deliver(*told)
        call = self.call()
        call.talk_seconds += 60
        [difference] = self.compare().difference_ids
        self.assertEqual((difference.kind, difference.call_id), ("length", call))

    def test_r64_calls_that_callgear_does_not_report(self):
        self.deliver(*self.play("missed"))
        call = self.call()
        self.simulator._calls.clear()
        [difference] = self.compare().difference_ids
        self.assertEqual((difference.kind, difference.state), ("unreported", "left"))
        self.assertEqual(difference.call_id, call)

    def test_r64_the_admin_is_told_of_what_remains(self):
        self.deliver(*self.play("missed"))
        calls = dict(self.simulator._calls)
        self.simulator._calls.clear()
        self.compare(reason="nightly")
        kind = [callgear_comparison.ACTIVITY]
        [activity] = self.connection.activity_search(kind)
        self.assertIn("remain: 1.", activity.note)
        self.simulator._calls.update(calls)
        self.compare(reason="nightly")
        self.assertFalse(self.connection.activity_search(kind))

    # ------------------------------------------------------------ when it begins

    def requested(self, reason):
        return self.env["callgear.comparison"].search(
            [("connection_id", "=", self.connection.id), ("reason", "=", reason)],
            order="next_attempt_at",
        )

    def test_r50_every_night_what_was_since_the_last(self):
        Comparison = self.env["callgear.comparison"]
        Comparison._cron_nightly()
        first = self.requested("nightly")
        now = fields.Datetime.now()
        self.assertLess(first.date_from, now - timedelta(hours=24))
        before = {
            "date_from": now - timedelta(days=4),
            "date_to": now - timedelta(days=3),
        }
        first.write({"state": "done", **before})
        Comparison._cron_nightly()
        second = self.requested("nightly") - first
        self.assertLess(second.date_from, now - timedelta(days=3))

    def test_r50_without_a_key_nothing_is_asked(self):
        """The books are held against each other all the same."""
        self.connection.api_key = False
        self.env["callgear.comparison"]._cron_nightly()
        comparison = self.requested("nightly")
        self.assertTrue(comparison._claim())
        comparison._go_on(time.monotonic() + 60)
        self.assertEqual((comparison.state, comparison.error), ("done", False))

    def notice(self, **ago):
        last = fields.Datetime.now() - timedelta(**ago)
        with patch.object(callgear_comparison, "_STARTED", time.monotonic() - 10**8):
            Comparison = self.env["callgear.comparison"].with_context(lastcall=last)
            Comparison._cron_notice_gap()

    def test_r50_after_an_interruption(self):
        """At once, and once more, as the report may be late; other gaps are added."""
        self.notice(seconds=70)
        self.assertFalse(self.requested("gap"))
        self.notice(minutes=10)
        soon, later = self.requested("gap")
        now = fields.Datetime.now()
        self.assertLess(soon.date_from, now - timedelta(minutes=10))
        self.assertLess(soon.next_attempt_at, now + timedelta(minutes=2))
        self.assertGreater(later.next_attempt_at, now + timedelta(minutes=10))
        self.notice(hours=3)
        self.assertEqual(self.requested("gap"), soon | later)
        self.assertLess(soon.date_from, now - timedelta(hours=3))

    def test_r50_after_a_restart(self):
        """However short it was."""
        last = fields.Datetime.now() - timedelta(seconds=40)
        with patch.object(callgear_comparison, "_STARTED", time.monotonic() - 20):
            Comparison = self.env["callgear.comparison"].with_context(lastcall=last)
            Comparison._cron_notice_gap()
        self.assertTrue(self.requested("gap"))

    # ------------------------------------------------------- CallGear is away

    def test_r50_callgear_cannot_be_asked(self):
        """It is asked again, with growing pauses, and at last the admin is told."""
        self.play("missed")
        self.account(api_fault="internal_error")
        kind = [callgear_comparison.ACTIVITY]
        with patch("time.sleep"):  # between the client's own tries
            comparison = self.compare()
            self.assertEqual(comparison.state, "waiting")
            self.assertTrue(comparison.error)
            self.assertGreater(comparison.next_attempt_at, fields.Datetime.now())
            self.assertFalse(comparison._claim())
            self.assertFalse(self.connection.activity_search(kind))
            for _attempt in callgear_comparison.BACKOFF:
                comparison.next_attempt_at = fields.Datetime.now()
                self.assertTrue(comparison._claim())
                comparison._go_on(time.monotonic() + 60)
        self.assertEqual(comparison.state, "failed")
        self.assertTrue(self.connection.activity_search(kind))
        self.assertFalse(self.call())

    def test_r50_what_is_in_its_way_is_said_in_the_admins_language(self):
        """Whoever the cron is, it is them who read it."""
        self.env["res.lang"]._activate_lang("ru_RU")
        self.connection._admin().lang = "ru_RU"
        self.account(api_key_state="expired")
        self.assertIn("ключ", self.compare().error)

    # ------------------------------------------------ rows that cannot be read

    def damage(self, method, fault="damaged", **settings):
        self.account(api_fault=fault, api_fault_method=method, **settings)

    def try_again(self, comparison, times=1):
        for _attempt in range(times):
            comparison.next_attempt_at = fields.Datetime.now()
            self.assertTrue(comparison._claim())
            comparison._go_on(time.monotonic() + 60)

    def told(self):
        """What the admin is told of differences: how many, and in words."""
        kind = self.env.ref(callgear_comparison.ACTIVITY)
        own = [("connection_id", "=", self.connection.id), ("over_at", "=", False)]
        trouble = self.env["callgear.trouble"].search([*own, ("type_id", "=", kind.id)])
        return trouble.count, trouble.note or ""

    def test_r50_what_can_be_read_is_completed_and_the_rest_is_told(self):
        sessions = []
        for hours in (4, 3, 2, 1):
            self.play("missed", hours_ago=hours)
            sessions.append(self.session)
        self.damage("get.calls_report")
        comparison = self.compare(reason="nightly")
        known = self.env["callgear.call"].search([("session_id", "in", sessions)])
        self.assertEqual(sorted(known.mapped("session_id")), sessions[1::2])
        self.assertEqual((comparison.state, comparison.unread_count), ("done", 2))
        self.assertEqual((comparison.completed_count, comparison.left_count), (2, 0))
        self.assertIn("2 of 4 rows of calls between", comparison.unread_text)
        count, note = self.told()
        self.assertEqual(count, 2)
        self.assertIn("2 of 4 rows of calls", note)
        self.damage("", "ok")
        self.assertFalse(self.compare(reason="nightly").unread_text)
        self.assertEqual(self.told(), (0, ""))

    def test_r64_a_call_whose_row_cannot_be_read_is_not_called_unreported(self):
        self.deliver(*self.play("missed", hours_ago=3))
        self.deliver(*self.play("missed", hours_ago=2))
        self.damage("get.calls_report")
        comparison = self.compare()
        self.assertFalse(comparison.difference_ids)
        self.assertEqual(comparison.unread_count, 1)

    def test_r50_without_its_leg_an_answered_call_does_not_become_a_missed_one(self):
        """It remains, and is completed when the leg can be read."""
        self.play("answered", hours_ago=3)
        lost = self.session
        self.play("missed", hours_ago=2)
        fetch = type(self.env["callgear.comparison"])._fetch

        def without_legs(comparison, *args):
            reported, sessions, unread = fetch(comparison, *args)
            unread["legs"] = [1, 3]
            kept = [
                (row, [] if row.session_id == lost else legs) for row, legs in reported
            ]
            return kept, sessions, unread

        with patch.object(
            type(self.env["callgear.comparison"]), "_fetch", without_legs
        ):
            comparison = self.compare()
        self.assertIn("1 of 3 rows of call legs", comparison.unread_text)
        self.assertEqual(self.call().outcome, "missed")
        left = comparison.difference_ids.filtered(lambda one: one.state == "left")
        self.assertEqual((left.session_id, left.call_id.id), (lost, False))
        self.session = lost
        self.compare()
        self.assertEqual(self.call().outcome, "answered")

    def test_r50_nothing_can_be_read(self):
        """It is asked for again, with growing pauses, and at last the admin is told."""
        self.play("missed")
        self.damage("get.calls_report", "unreadable")
        comparison = self.compare()
        self.assertEqual((comparison.state, comparison.completed_count), ("waiting", 0))
        self.assertIn("1 rows (get.calls_report)", comparison.error)
        self.assertIn("1 of 1 rows of calls", comparison.unread_text)
        self.assertGreater(comparison.next_attempt_at, fields.Datetime.now())
        self.assertEqual(self.told(), (0, ""))
        self.try_again(comparison, len(callgear_comparison.BACKOFF))
        self.assertEqual((comparison.state, comparison.unread_count), ("failed", 1))
        count, note = self.told()
        self.assertEqual(count, 1)
        self.assertIn("could not be compared", note)
        self.assertFalse(self.call())

    def test_r50_nothing_can_be_read_for_a_while(self):
        self.play("answered")
        for method in ("get.calls_report", "get.call_legs_report"):
            with self.subTest(method), self.undone():
                self.damage(method, "unreadable")
                comparison = self.compare()
                self.assertEqual(comparison.state, "waiting")
                self.damage("", "ok")
                self.try_again(comparison)
                self.assertEqual((comparison.state, comparison.error), ("done", False))
                self.assertFalse(comparison.unread_count or comparison.unread_text)
                self.assertEqual(comparison.call_count, 1)
                self.assertEqual(self.call().outcome, "answered")

    def test_r50_a_part_of_which_nothing_can_be_read_stops_no_others(self):
        """The next night does not begin with it again, either."""
        self.play("missed", hours_ago=20)
        bad = self.session
        self.play("missed", hours_ago=2)
        self.damage("get.calls_report", "unreadable", api_fault_count=1)
        now = fields.Datetime.now()
        comparison = self.compare(now - timedelta(hours=22), reason="nightly")
        self.assertEqual(comparison.state, "waiting")
        self.assertEqual(self.call().outcome, "missed")
        for _attempt in callgear_comparison.BACKOFF:
            self.damage("get.calls_report", "unreadable", api_fault_count=1)
            self.try_again(comparison)
        self.assertEqual(comparison.state, "failed")
        self.session = bad
        self.assertFalse(self.call())
        self.env["callgear.comparison"]._cron_nightly()
        after = self.requested("nightly") - comparison
        self.assertGreater(after.date_from, now - timedelta(hours=7))

    def test_r50_it_goes_on_where_it_was_broken_off(self):
        self.play("missed", hours_ago=30)
        self.play("missed", hours_ago=2)
        now = fields.Datetime.now()
        comparison = self.compare(now - timedelta(hours=36), seconds=0)
        self.assertEqual((comparison.state, comparison.call_count), ("waiting", 0))
        self.assertTrue(comparison._claim())
        comparison._go_on(time.monotonic() + 60)
        self.assertEqual((comparison.state, comparison.call_count), ("done", 2))

    def test_r50_an_unexpected_error_is_shown(self):
        def odd(*args):
            raise KeyError("odd")

        self.patch(type(self.env["callgear.comparison"]), "_fetch", odd)
        with mute_logger(LOG):
            comparison = self.compare()
        self.assertEqual(comparison.state, "waiting")
        self.assertIn("unexpected error", comparison.error)

    # -------------------------------------------------------------- on demand

    def test_r50_an_admin_has_a_period_compared(self):
        admin = new_test_user(
            self.env,
            "comparing_admin",
            "base.group_user,callgear_integration.group_callgear_manager",
        )
        form = Form(self.env["callgear.comparison"].with_user(admin))
        form.connection_id = self.connection
        form.date_from = fields.Datetime.now() - timedelta(days=7)
        comparison = form.save()
        self.assertEqual((comparison.reason, comparison.state), ("manual", "waiting"))
        with self.assertRaises(AccessError):
            comparison.state = "done"
        with self.assertRaises(AccessError):
            comparison.with_user(self.sara).read(["state"])

    def test_r50_periods_that_make_no_sense(self):
        now = fields.Datetime.now()
        with self.assertRaises(ValidationError):
            self.compare(now + timedelta(days=1), now + timedelta(days=2))

    def test_r50_what_has_not_happened_is_not_compared(self):
        now = fields.Datetime.now()
        comparison = self.compare(now - timedelta(hours=1), now + timedelta(days=900))
        self.assertLessEqual(comparison.date_to, fields.Datetime.now())
        self.assertEqual(comparison.state, "done")

    def test_r50_one_that_is_worked_on_is_not_extended(self):
        Comparison = self.env["callgear.comparison"]
        now = fields.Datetime.now()
        since = now - timedelta(hours=1)
        Comparison._request("gap", self.connection, since, now)
        first = self.requested("gap")
        self.assertTrue(first._claim())
        Comparison._request("gap", self.connection, since, now, first.next_attempt_at)
        self.assertEqual(len(self.requested("gap")), 2)

    def test_r50_one_that_is_deleted_meanwhile(self):
        comparison = self.compare(seconds=0)
        fetch = type(comparison)._fetch

        def deleted(record, *args):
            found = fetch(record, *args)
            record.unlink()
            return found

        self.play("missed")
        comparison._claim()
        with patch.object(type(comparison), "_fetch", deleted), mute_logger(LOG):
            comparison._go_on(time.monotonic() + 60)
        self.assertFalse(comparison.exists())

    def test_r50_the_cron_leaves_off_long_before_its_worker_is_ended(self):
        for real, cron, seconds in (
            (120, -1, 40),
            (60, -1, 20),
            (0, 30, 10),
            (0, 0, 40),
        ):
            limits = {"limit_time_real": real, "limit_time_real_cron": cron}
            with self.subTest(limits), patch.dict(config.options, limits):
                found = cron_seconds(callgear_comparison.SECONDS, parts=3)
                self.assertEqual(found, seconds)

    def test_r50_the_cron_goes_on_with_what_is_due(self):
        now = fields.Datetime.now()
        Comparison = self.env["callgear.comparison"]
        Comparison._request("gap", self.connection, now - timedelta(hours=5), now)
        self.play("missed")
        self.env.flush_all()
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            self.env(cr=cr)["callgear.comparison"]._cron_compare()
        self.env.invalidate_all()
        self.assertEqual(self.requested("gap").state, "done")
        self.assertEqual(self.call().outcome, "missed")

    def test_r50_old_comparisons_are_deleted(self):
        comparison = self.compare()
        old = fields.Datetime.now() - timedelta(days=91)
        self.env.cr.execute(
            "UPDATE callgear_comparison SET create_date = %s WHERE id = %s",
            [old, comparison.id],
        )
        self.env["callgear.comparison"]._gc_old()
        self.assertFalse(comparison.exists())


def _sorted(records, names):
    return sorted(tuple(str(record[name]) for name in names) for record in records)
