# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A call is described in the same words everywhere (R9, R20, R21, R26)."""

from datetime import timedelta

from odoo import fields

from .builder import MARYAM
from .case import CallgearCase, tagged
from .scenarios import (
    begun,
    hidden,
    incoming,
    missed,
    softphone,
    softphone_unanswered,
)

HOUR = 3600


@tagged("post_install", "-at_install")
class TestCallText(CallgearCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("ru_RU")

    def own_call(self):
        """A call from Odoo without any notification yet."""
        dialer = self.env["callgear.dialer"]
        ticket = self.plain_ticket()
        args = (self.connection, self.sara, f"+{MARYAM}", self.maryam, ticket)
        call = dialer._prepare(*args)
        call.last_event_at = fields.Datetime.now() - timedelta(hours=1)
        return call

    def unheard(self):
        call = self.own_call()
        self.env["callgear.reconciliation"]._give_up(call)
        self.assertEqual(call.reason, "unheard")
        return call

    def agent_absent(self):
        call = self.own_call()
        call.write({"state": "ended", "ended_at": call.started_at, "total_seconds": 45})
        call.event_ids = (
            self.deliver(incoming(9, 9 * HOUR))
            .event_ids[:1]
            .copy({"digest": "another", "call_id": call.id})
        )
        self.env["callgear.settlement"]._settle(call)
        self.assertEqual(call.reason, "agent_absent")
        return call

    def entries(self):
        """Each kind of ticket entry: what it is → its leg."""
        calls = {
            "incoming": self.deliver(incoming(1)),
            "outgoing": self.deliver(softphone(2, HOUR)),
            "missed": self.deliver(missed(3, 2 * HOUR)),
            "hidden number": self.deliver(hidden(4, 3 * HOUR)),
            "no answer": self.deliver(softphone_unanswered(5, 4 * HOUR)),
            "unheard": self.unheard(),
            "agent absent": self.agent_absent(),
        }
        legs = {name: call.leg_ids.filtered("entry") for name, call in calls.items()}
        self.deliver(begun(6, 5 * HOUR))
        going_on = self.leg(begun(6, 5 * HOUR), self.sara)
        going_on.attach_to_ticket(self.plain_ticket().id)
        return legs | {"going on": going_on}

    def test_message_and_card_say_the_same(self):
        """R9, R44: in the language of the account, and in that of each reader."""
        announcer = self.env["callgear.announcer"]
        settlement = self.env["callgear.settlement"]
        for name, leg in self.entries().items():
            for lang in ("en_US", "ru_RU"):
                with self.subTest(name, lang=lang):
                    self.connection.lang = lang
                    settlement._sync_message(leg)
                    texts = announcer._card(leg)["texts"][lang]
                    body = leg.message_id.body
                    self.assertIn(f"<strong>{texts['headline']}</strong>", body)
                    self.assertIn(f" · {texts['course']}</p>", body)

    def test_words_of_each_kind(self):
        said = {
            name: tuple(
                self.env["callgear.announcer"]._card(leg)["texts"]["en_US"].values()
            )
            for name, leg in self.entries().items()
        }
        number = f"+{MARYAM}"
        self.assertEqual(
            said,
            {
                "incoming": (f"Incoming call from {number}", "talked 3:29"),
                "outgoing": (f"Outgoing call to {number}", "talked 1:56"),
                "missed": (f"Missed call from {number}", "waited 0:38"),
                "hidden number": ("Missed call from hidden number", "waited 0:38"),
                "no answer": (f"Call to {number}: no answer", "rang 0:40"),
                "unheard": (
                    f"Call to {number}: CallGear never reported it",
                    "rang, length unknown",
                ),
                "agent absent": (
                    f"Call to {number}: not made, Sara Haddad did not pick up",
                    "the agent's own phone rang 0:45",
                ),
                "going on": (f"Incoming call from {number}", "Call in progress"),
            },
        )

    def test_r56_what_the_agents_phone_says_of_each_kind(self):
        """In few words, and never more than is known."""
        text = self.env["callgear.call.text"]
        said = {name: text._state(leg) for name, leg in self.entries().items()}
        self.assertEqual(
            said,
            {
                "incoming": "talked 3:29",
                "outgoing": "talked 1:56",
                "missed": "missed: waited 0:38",
                "hidden number": "missed: waited 0:38",
                "no answer": "no answer: rang 0:40",
                "unheard": "not reported by CallGear",
                "agent absent": "not made: you did not pick up",
                "going on": "Call in progress",
            },
        )

    def test_r25_a_missed_call_is_told_with_the_callers_name(self):
        """In the agent's language; by the number if the contact is not known."""
        leg = self.deliver(missed()).leg_ids.filtered("entry")
        self.assertEqual(
            self.told(leg)["missed_notice"], "Missed call from Maryam Khalil"
        )
        leg.user_id.lang = "ru_RU"
        self.assertEqual(
            self.told(leg)["missed_notice"], "Пропущенный звонок: Maryam Khalil"
        )
