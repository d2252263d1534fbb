# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Trouble is noted in one place, told to people within minutes, and ends by itself."""

from datetime import timedelta

from odoo import fields
from odoo.tools import mute_logger

from odoo.addons.callgear_integration.services import watch

from .builder import CallBuilder
from .case import CallgearCase, tagged

KIND = watch.WAITING


@tagged("post_install", "-at_install")
class TestTrouble(CallgearCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anna, cls.boris = (
            cls.env["res.users"].create(
                {
                    "name": name,
                    "login": f"cg_{name}",
                    "group_ids": [
                        (
                            4,
                            cls.env.ref(
                                "callgear_integration.group_callgear_manager"
                            ).id,
                        )
                    ],
                }
            )
            for name in ("anna", "boris")
        )
        cls.connection.alarmed_user_ids = cls.anna | cls.boris

    def troubles(self, kind=KIND):
        return self.connection.trouble_ids.filtered(
            lambda trouble: trouble.type_id == self.env.ref(kind)
        )

    def told(self, kind=KIND):
        return self.connection.activity_search([kind])

    def test_whoever_is_named_is_told_once(self):
        for _time in range(3):
            self.connection._alert(KIND, "It does not work.", count=2)
        self.assertEqual(self.told().user_id, self.anna | self.boris)
        self.assertEqual(len(self.told()), 2)
        [trouble] = self.troubles()
        self.assertEqual((trouble.count, trouble.over_at), (2, False))
        self.assertIn("It does not work.", trouble.note)
        self.assertTrue(trouble.cure)
        self.assertEqual(self.connection.open_trouble_count, 1)

    def test_without_names_whoever_created_the_connection_is_told(self):
        self.connection.alarmed_user_ids = False
        self.connection._alert(KIND, "It does not work.")
        self.assertEqual(self.told().user_id, self.connection._admin())

    def test_somebody_who_has_left_or_may_not_see_it_is_not_told(self):
        self.boris.active = False
        self.anna.group_ids = self.env.ref("base.group_user")
        self.connection._alert(KIND, "It does not work.")
        self.assertEqual(self.told().user_id, self.connection._admin())

    def test_when_it_is_over_the_activities_go_and_it_stays_to_be_read(self):
        self.connection._alert(KIND, "It does not work.")
        self.connection._all_well(KIND)
        self.assertFalse(self.told())
        self.assertTrue(self.troubles().over_at)
        self.assertEqual(self.connection.open_trouble_count, 0)
        self.connection._alert(KIND, "Again.")
        self.assertEqual(len(self.troubles()), 2)
        self.assertEqual(len(self.told()), 2)

    def test_what_goes_on_is_told_again_after_a_day_to_those_who_have_ticked_it_off(
        self,
    ):
        def goes_on():
            self.connection._alert(KIND, "It does not work.", again=False)
            return len(self.told())

        self.assertEqual(goes_on(), 2)
        self.told().unlink()
        self.assertEqual(goes_on(), 0)
        self.troubles().told_at -= timedelta(days=1, minutes=1)
        self.assertEqual(goes_on(), 2)

    def test_what_happens_once_more_is_told_at_once(self):
        self.connection._alert(KIND, "One.")
        self.told().unlink()
        self.connection._alert(KIND, "Another one.")
        self.assertEqual(len(self.told()), 2)

    def test_all_kinds_say_what_to_do(self):
        types = self.env["mail.activity.type"].search(
            [("res_model", "=", "callgear.connection")]
        )
        self.assertGreater(len(types), 8)
        self.assertFalse(types.filtered(lambda one: not one.default_note))


@tagged("post_install", "-at_install")
class TestWatch(CallgearCase):
    def watch(self):
        self.env.flush_all()
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            self.env(cr=cr)["callgear.watch"]._cron_watch()
        self.env.invalidate_all()
        open_ = self.connection.trouble_ids.filtered(lambda one: not one.over_at)
        return {one.type_id.get_external_id()[one.type_id.id]: one for one in open_}

    def waiting(self):
        """A notification that is stored, and not worked on yet."""
        [told] = CallBuilder(1).end(20, lost=True).deliveries
        receipt = self.connection._receive(told.event, told.body)
        return self.env["callgear.event"].browse(receipt.event_id)

    def earlier(self, record, **spans):
        """Have a record's times lie so much earlier."""
        for name, span in spans.items():
            record[name] -= span

    def test_all_is_well(self):
        self.deliver(CallBuilder(1).ring(None, 1).end(20, lost=True))
        self.assertEqual(self.watch(), {})

    def test_notifications_that_wait_are_told_of_after_minutes(self):
        """S11: not after the last of all attempts."""
        event = self.waiting()
        self.assertEqual(self.watch(), {})
        self.earlier(event, received_at=timedelta(minutes=6))
        self.assertEqual(self.watch()[watch.WAITING].count, 1)
        event.write({"next_attempt_at": fields.Datetime.now(), "error": "No team."})
        trouble = self.watch()[watch.WAITING]
        self.assertIn("No team.", trouble.note)
        event.state = "done"
        self.assertEqual(self.watch(), {})
        self.assertTrue(trouble.over_at)

    def test_failed_notifications_until_none_is_left(self):
        event = self.waiting()
        event.state = "failed"
        self.assertEqual(self.watch()[watch.FAILED_ACTIVITY].count, 1)
        event.state = "done"
        self.assertEqual(self.watch(), {})

    def test_recordings_that_do_not_come(self):
        call = self.deliver(CallBuilder(1).ring(None, 1).end(20, lost=True))
        recording = self.env["callgear.recording"].create(
            {"call_id": call.id, "url": "https://media.callgear.com/a", "attempts": 4}
        )
        self.assertEqual(self.watch(), {})
        recording.write({"attempts": 5, "error": "the server answered 503"})
        trouble = self.watch()[watch.RECORDINGS]
        self.assertIn("503", trouble.note)
        recording.state = "failed"
        self.assertIn(watch.RECORDINGS, self.watch())
        recording.state = "stored"
        self.assertEqual(self.watch(), {})

    def test_callgear_cannot_be_asked(self):
        now = fields.Datetime.now()
        comparison = self.env["callgear.comparison"].create(
            {
                "connection_id": self.connection.id,
                "date_from": now - timedelta(days=1),
                "date_to": now,
            }
        )
        comparison.write({"attempts": 3, "error": "CallGear does not accept the key."})
        self.assertIn("key", self.watch()[watch.NOT_ASKED].note)
        comparison.attempts = 0
        self.assertEqual(self.watch(), {})

    def calls_in_earlier_weeks(self, *numbers):
        """So many calls in this hour, one week ago, two weeks ago, and so on.

        There was one before all of these as well.
        """
        now = fields.Datetime.now()
        first = (len(numbers) + 0.1, 1) if numbers else (0, 0)
        self.env["callgear.call"].create(
            [
                {
                    "connection_id": self.connection.id,
                    "session_id": f"{week}{number}",
                    "direction": "in",
                    "started_at": now - timedelta(weeks=week, minutes=30),
                    "last_event_at": now - timedelta(weeks=week, minutes=30),
                    "state": "ended",
                }
                for week, count in (*enumerate(numbers, start=1), first)
                for number in range(count)
            ]
        )

    def test_silence_where_there_usually_are_calls(self):
        self.calls_in_earlier_weeks(5, 6, 7, 5)
        self.assertIn("5 calls", self.watch()[watch.SILENT].note)
        call = self.deliver(CallBuilder(1).ring(None, 1).end(20, lost=True))
        call.started_at = fields.Datetime.now()
        self.assertEqual(self.watch(), {})

    def test_no_silence_where_it_is_usual(self):
        for numbers in ((5, 4, 9, 9), (0, 9, 9, 9), (9,), ()):
            with self.subTest(numbers):
                self.env["callgear.call"].search([]).unlink()
                self.calls_in_earlier_weeks(*numbers)
                self.assertEqual(self.watch(), {})

    def test_one_look_that_fails_hides_no_other(self):
        event = self.waiting()
        event.state = "failed"

        def broken(_self, _connection):
            raise ValueError

        self.patch(type(self.env["callgear.watch"]), "_look_at_waiting", broken)
        with mute_logger(watch.__name__):
            self.assertIn(watch.FAILED_ACTIVITY, self.watch())
