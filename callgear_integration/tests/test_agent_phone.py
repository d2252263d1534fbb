# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R56: what the phone shows while no call goes on, and whom a typed name may mean."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError

from .builder import LINA, MARYAM, OMAR, SARA, START, UNKNOWN
from .case import tagged
from .roles import SecurityCase, map_operator
from .scenarios import incoming, missed, softphone, softphone_unanswered, voicemail

CALL = "mail.mail_activity_data_call"


class PhoneCase(SecurityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Calls begin an hour ago or so, in the account's time.
        now = cls.connection._to_local(fields.Datetime.now()).replace(tzinfo=None)
        cls.start = (now - START).total_seconds() - 3600
        cls.own.tz = "UTC"

    def phone(self, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["res.users"].with_user(user or self.own).callgear_phone()

    def search(self, text, user=None, **options):
        self.env.flush_all()
        self.env.invalidate_all()
        users = self.env["res.users"].with_user(user or self.own)
        return users.callgear_search(text, **options)

    def plan(self, record, days=0, user=None, kind=CALL, **values):
        """Plan a call for a user, that many days from today."""
        return record.activity_schedule(
            kind,
            fields.Date.today() + timedelta(days=days),
            user_id=(user or self.own).id,
            **values,
        )

    def last(self, user=None):
        return self.phone(user)["last"]

    def hide(self, model, domain):
        """Hide records from all users, as an administrator may."""
        self.env["ir.rule"].create(
            {
                "name": "Not for agents",
                "model_id": self.env["ir.model"]._get_id(model),
                "domain_force": domain,
            }
        )


@tagged("post_install", "-at_install")
class TestPlannedCalls(PhoneCase):
    def names(self, user=None):
        return [call["name"] for call in self.phone(user)["planned"]]

    def test_r56_calls_of_today_and_overdue_ones_the_oldest_first(self):
        yusuf = self.env["res.partner"].create({"name": "Yusuf"})
        self.plan(self.maryam, summary="About the parcel")
        self.plan(yusuf, days=-2)
        self.plan(self.env["res.partner"].create({"name": "Tomorrow's"}), days=1)
        late, today = self.phone()["planned"]
        self.assertEqual((late["name"], late["is_overdue"]), ("Yusuf", True))
        self.assertEqual((today["name"], today["is_overdue"]), ("Maryam Khalil", False))
        self.assertEqual(today["summary"], "About the parcel")
        self.assertEqual(today["res_model"], "res.partner")

    def test_r56_only_calls_of_the_user_that_are_not_done(self):
        self.plan(self.maryam, kind="mail.mail_activity_data_todo")
        self.plan(self.maryam, user=self.other)
        self.plan(self.maryam).action_feedback()
        self.assertEqual(self.names(), [])

    def test_r56_an_activity_type_of_the_teams_own_that_is_a_call(self):
        kind = self.env["mail.activity.type"].create(
            {"name": "Call back", "category": "phonecall"}
        )
        self.maryam.activity_schedule(activity_type_id=kind.id, user_id=self.own.id)
        self.assertEqual(self.names(), ["Maryam Khalil"])

    def test_r56_the_number_that_is_called_without_asking(self):
        """A contact's only one; the one of a ticket's last call; of several none."""
        self.deliver(missed(1, self.start, UNKNOWN))
        ticket = self.tickets()
        ticket.user_id = self.own
        several = self.env["res.partner"].create({"name": "Two", "phone": "0505550001"})
        self.env["callgear.partner.phone"].create(
            {"partner_id": several.id, "number": "+971505550002"}
        )
        for record in (self.maryam, ticket, several):
            self.plan(record)
        phones = {call["res_id"]: call["phone"] for call in self.phone()["planned"]}
        self.assertEqual(phones[self.maryam.id], f"+{MARYAM}")
        self.assertEqual(phones[ticket.id], f"+{UNKNOWN}")
        self.assertIsNone(phones[several.id])

    def test_r40_r56_the_last_call_is_not_the_one_known_last(self):
        """The same number as the handset in the ticket calls."""
        ticket = self.plain_ticket(user_id=self.own.id)
        for number, (caller, begins) in enumerate(((UNKNOWN, 3600), (MARYAM, 0)), 1):
            self.deliver(call := incoming(number, self.start - 7200 + begins, caller))
            leg = self.leg(call, self.own)
            leg.with_user(self.own).move_to_ticket(ticket.id)
        self.plan(ticket)
        [call] = self.phone()["planned"]
        self.assertEqual(call["phone"], f"+{UNKNOWN}")
        own = ticket.with_user(self.own)
        self.assertEqual(own.callgear_numbers()[0]["phone"], f"+{UNKNOWN}")

    def test_r42_r56_not_a_number_in_a_field_that_they_may_not_read(self):
        """Neither where the call is planned, nor by name, nor by the number itself."""
        self.plan(self.maryam)
        self.patch(
            self.env.registry["res.partner"].phone, "groups", "base.group_system"
        )
        [call] = self.phone()["planned"]
        self.assertIsNone(call["phone"])
        found = {match["res_id"]: match["phone"] for match in self.search("Maryam Kh")}
        self.assertIsNone(found[self.maryam.id])
        found = [match["res_id"] for match in self.search(f"+{MARYAM}"[:9])]
        self.assertNotIn(self.maryam.id, found)

    def test_r56_a_ticket_without_calls_is_called_at_its_contact(self):
        self.plan(self.plain_ticket(user_id=self.own.id))
        [call] = self.phone()["planned"]
        self.assertEqual(call["phone"], f"+{MARYAM}")
        self.assertTrue(call["can_call"])
        self.assertEqual(call["partner_name"], "Maryam Khalil")

    def test_r42_r56_of_a_record_that_they_may_not_read_nothing_but_the_summary(self):
        self.plan(self.maryam, summary="Ask again")
        self.hide("res.partner", "[('name', '!=', 'Maryam Khalil')]")
        [call] = self.phone()["planned"]
        self.assertEqual(call["summary"], "Ask again")
        self.assertEqual(
            (call["name"], call["res_id"], call["phone"]), ("", None, None)
        )

    def test_r56_at_most_twenty(self):
        for number in range(25):
            self.plan(self.env["res.partner"].create({"name": f"Contact {number}"}))
        self.assertEqual(len(self.names()), 20)


@tagged("post_install", "-at_install")
class TestLastCalls(PhoneCase):
    def test_r56_who_was_missed_and_waits_comes_first(self):
        map_operator(self.connection, OMAR, self.own)
        self.deliver(missed(1, self.start, UNKNOWN), incoming(2, self.start + 600))
        waiting, answered = self.last()
        self.assertEqual((waiting["phone"], waiting["waits"]), (f"+{UNKNOWN}", True))
        self.assertEqual(
            (waiting["outcome"], waiting["state"]), ("missed", "missed: waited 0:38")
        )
        self.assertEqual(answered["outcome"], "answered")
        self.assertEqual(answered["state"], "talked 3:29")
        self.assertEqual(answered["partner"]["name"], "Maryam Khalil")
        self.assertEqual(answered["talk_seconds"], 209)
        self.assertEqual(
            answered["ticket"]["id"], self.leg(incoming(2), self.own).ticket_id.id
        )

    def test_r56_who_has_been_talked_to_waits_no_more(self):
        map_operator(self.connection, OMAR, self.own)
        self.deliver(missed(1, self.start), incoming(2, self.start + 600))
        told = [(call["outcome"], call["waits"]) for call in self.last()]
        self.assertEqual(told, [("answered", False), ("missed", False)])

    def test_r56_missed_also_for_who_was_not_rung_last(self):
        """Sara is rung, then Omar, who has the ticket."""
        sara = self.roles["all"]
        map_operator(self.connection, SARA, sara)
        self.deliver(missed(1, self.start))
        for user in (sara, self.other):
            [call] = self.last(user)
            self.assertEqual((call["outcome"], call["waits"]), ("missed", True))

    def test_r56_a_caller_who_was_missed_three_times_is_listed_once(self):
        calls = [missed(n, self.start + n * 60) for n in (1, 2, 3)]
        call = self.deliver(*calls)
        [row] = self.last(self.other)
        self.assertEqual(row["call_id"], call.id)

    def test_r56_attempts_and_voicemail_say_so(self):
        self.deliver(softphone_unanswered(1, self.start))
        self.deliver(voicemail(2, self.start + 60, rung=True))
        states = {call["state"] for call in self.last()}
        self.assertIn("no answer: rang 0:40", states)
        [voice] = [call for call in self.last() if call["is_voicemail"]]
        self.assertTrue(voice["state"].startswith("voicemail"))

    def test_r42_r56_not_the_calls_of_others(self):
        self.deliver(incoming(1, self.start, employee=LINA))
        self.assertEqual(self.last(), [])
        self.assertEqual(self.last(self.roles["manager"]), [])

    def test_r42_r56_not_of_tickets_that_they_may_not_read(self):
        self.deliver(incoming(1, self.start))
        self.assertEqual(len(self.last()), 1)
        ticket = self.leg(incoming(1), self.own).ticket_id
        ticket.write({"team_id": self.foreign_team().id, "user_id": self.other.id})
        ticket.message_unsubscribe(self.own.partner_id.ids)
        self.assertEqual(self.last(), [])

    def test_r42_r56_not_the_contact_that_they_may_not_read(self):
        self.deliver(incoming(1, self.start))
        self.hide("res.partner", "[('name', '!=', 'Maryam Khalil')]")
        self.assertIsNone(self.last()[0]["partner"])

    def test_r56_at_most_ten(self):
        self.deliver(*(incoming(n, self.start + n * 300 - 3000) for n in range(1, 13)))
        self.assertEqual(len(self.last()), 10)


@tagged("post_install", "-at_install")
class TestFigures(PhoneCase):
    def test_r56_the_day_of_the_agent_alone(self):
        map_operator(self.connection, LINA, self.member)
        with self.at_noon():
            self.deliver(
                incoming(1, self.start),
                incoming(2, self.start, UNKNOWN, employee=LINA),
                softphone(3, self.start + 600),
                incoming(4, self.start - 24 * 3600),
                missed(5, self.start + 900),
            )
            self.assertEqual(
                self.phone()["figures"],
                {"answered": 1, "missed": 0, "outgoing": 1, "talk_seconds": 209 + 116},
            )
            self.assertEqual(self.phone(self.other)["figures"]["missed"], 1)

    def at_noon(self):
        """Have the day be long enough: the user's zone is chosen so that it is past noon."""
        hours = 13 - fields.Datetime.now().hour
        # The sign of these names is the opposite of what people write.
        self.own.tz = self.other.tz = f"Etc/GMT{-hours:+d}"
        return self.env.cr.savepoint()

    def test_r47_r56_callers_whom_they_may_call_back(self):
        self.deliver(missed(1, self.start), missed(2, self.start, UNKNOWN))
        mine, theirs = self.tickets()
        mine.write({"user_id": self.own.id, "team_id": False})
        theirs.write({"user_id": self.other.id, "team_id": self.foreign_team().id})
        self.assertEqual(self.phone()["waiting"], 1)
        users = self.env["res.users"].with_user(self.own)
        self.assertEqual(users.callgear_waiting(), 1)
        company = self.connection.company_id.id
        self.assertEqual(users.env.user._callgear_session()["waiting"], {company: 1})


@tagged("post_install", "-at_install")
class TestSearch(PhoneCase):
    def test_r56_a_contact_by_a_part_of_the_name(self):
        self.maryam.name = "Maryam Qasimi"
        [match] = self.search("ryam qas")
        self.assertEqual(match["name"], "Maryam Qasimi")
        self.assertEqual(match["phone"], f"+{MARYAM}")
        self.assertEqual(match["label"], "maryam@customers.example.com")
        self.assertEqual(
            (match["res_model"], match["res_id"]), ("res.partner", self.maryam.id)
        )

    def test_r56_a_contact_by_the_first_digits_however_they_are_written(self):
        for text in ("+97150555", "0097150555", "97150555", "050 555", "50 555"):
            with self.subTest(text):
                self.assertIn("Maryam Khalil", [m["name"] for m in self.search(text)])

    def test_r18_r56_a_whole_number_comes_first(self):
        number, contact = self.search("050 555 0123")
        self.assertEqual(number["phone"], f"+{MARYAM}")
        self.assertEqual(number["label"], "Call this number")
        self.assertEqual(contact["name"], "Maryam Khalil")

    def test_r18_both_readings_of_what_stands_behind_the_palettes_plus(self):
        """The country of the connection comes first; what is one number is told once."""
        cases = (
            ("RU", "4951234567", ["+74951234567", "+4951234567"]),
            ("RU", "74951234567", ["+74951234567"]),
            ("RU", "+4951234567", ["+4951234567"]),
            ("AE", f"{MARYAM}", [f"+{MARYAM}"]),
            ("AE", "0505550123", [f"+{MARYAM}"]),
            ("DE", "4951234567", ["+4951234567"]),
            ("AE", "4951234567", ["+4951234567"]),
        )
        for code, text, phones in cases:
            self.connection.country_id = self.env.ref(f"base.{code.lower()}")
            with self.subTest(code, text=text):
                matches = self.search(text, behind_plus=True)
                typed = [m for m in matches if not m["res_model"]]
                self.assertEqual([m["phone"] for m in typed], phones)

    def test_r18_readings_are_told_apart_by_their_countries(self):
        self.connection.country_id = self.env.ref("base.ru")
        typed = self.search("4951234567", behind_plus=True)
        self.assertEqual(
            [match["label"] for match in typed],
            ["Call this number: Russian Federation", "Call this number: Germany"],
        )

    def test_r18_r56_what_is_not_certainly_a_number_is_no_match(self):
        self.assertEqual(self.search("050 999 0123 * 9"), [])

    def test_r56_each_number_of_a_contact_can_be_chosen(self):
        self.env["callgear.partner.phone"].create(
            {"partner_id": self.maryam.id, "number": "+971505550124"}
        )
        found = self.search("maryam@customers")
        phones = {m["phone"] for m in found if m["res_id"] == self.maryam.id}
        self.assertEqual(phones, {f"+{MARYAM}", "+971505550124"})

    def test_r56_a_colleague_by_name_or_extension(self):
        omar = self.connection.operator_ids.filtered(
            lambda operator: operator.employee_id == str(OMAR.id)
        )
        omar.write({"name": "Omar Zed", "extension": "4711"})
        omar.phone_numbers = "0501112233"
        for text in ("Omar Z", omar.extension):
            with self.subTest(text):
                [match] = [m for m in self.search(text) if m["res_model"] == omar._name]
                self.assertEqual(match["phone"], "+971501112233")
                self.assertEqual(
                    match["label"], f"Colleague, extension {omar.extension}"
                )

    def test_r56_at_most_eight_and_none_for_one_letter(self):
        self.env["res.partner"].create([{"name": f"Zed {n}"} for n in range(12)])
        self.assertEqual(len(self.search("Zed")), 8)
        self.assertEqual(self.search("Z"), [])
        self.assertEqual(self.search(None), [])

    def test_r42_r56_not_contacts_that_they_may_not_read(self):
        self.hide("res.partner", "[('name', '!=', 'Maryam Khalil')]")
        self.assertEqual(self.search("Maryam"), [])
        self.assertEqual([m["name"] for m in self.search("05055501")], [])


@tagged("post_install", "-at_install")
class TestCost(PhoneCase):
    def count(self, function):
        for _ in range(2):  # what Odoo keeps is kept from the first time on
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            function()
        return self.env.cr.sql_log_count - before

    def fill(self, size):
        """So many planned calls, calls and contacts."""
        partners = self.env["res.partner"].create(
            [
                {
                    "name": f"Zed {n}",
                    "phone": f"+97150777{n:04}",
                    "email": "z@example.com",
                }
                for n in range(size)
            ]
        )
        for number, partner in enumerate(partners):
            self.plan(partner)
            self.plan(self.plain_ticket(user_id=self.own.id, partner_id=partner.id))
            call = self.env["callgear.call"].create(
                {
                    "connection_id": self.connection.id,
                    "session_id": f"many-{number}",
                    "direction": "in",
                    "phone": partner.phone,
                    "partner_id": partner.id,
                    "state": "ended",
                    "outcome": "missed",
                    "started_at": fields.Datetime.now() - timedelta(minutes=number),
                }
            )
            self.env["callgear.leg"].create(
                {
                    "call_id": call.id,
                    "leg_id": f"many-{number}",
                    "user_id": self.own.id,
                    "is_operator": True,
                    "state": "ended",
                    "entry": "missed",
                    "started_at": call.started_at,
                    "ticket_id": self.plain_ticket(user_id=self.own.id).id,
                }
            )

    def costs(self, size):
        savepoint = self.env.cr.savepoint(flush=True)
        try:
            self.fill(size)
            users = self.env["res.users"].with_user(self.own)
            return {
                "phone": self.count(users.callgear_phone),
                "waiting": self.count(users.callgear_waiting),
                "by name": self.count(lambda: users.callgear_search("Zed")),
                "by number": self.count(lambda: users.callgear_search("+97150777")),
            }
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all()

    def test_r56_as_many_statements_for_80_records_as_for_10(self):
        few = self.costs(10)
        self.assertEqual(self.costs(80), few)
        self.assertLessEqual(few["waiting"], 1)
        self.assertLessEqual(few["phone"], 27)

    def test_r56_nobody_but_agents(self):
        for name in ("portal", "internal"):
            with self.subTest(name), self.assertRaises(AccessError):
                self.phone(self.roles[name])
            with self.subTest(name), self.assertRaises(AccessError):
                self.search("Maryam", self.roles[name])
