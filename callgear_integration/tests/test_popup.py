# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R6, R45: what the popup tells, in the admin's order and with the number's name."""

from psycopg2 import IntegrityError

from odoo.exceptions import ValidationError
from odoo.tools import mute_logger

from .builder import MARYAM, SARA, CallBuilder
from .case import CallgearCase, tagged
from .scenarios import begun


@tagged("post_install", "-at_install")
class TestPopup(CallgearCase):
    def popup(self, number=1, **options):
        """What Sara's popup is drawn from while the phone rings."""
        self.deliver(CallBuilder(number, **options).ring(SARA, 1))
        legs = self.env["res.users"].with_user(self.sara).callgear_current_calls()
        return max(legs, key=lambda leg: leg["id"])

    def field(self, name):
        return self.env["ir.model.fields"]._get("res.partner", name)

    def labels(self, payload):
        return [field["label"] for field in payload["partner"]["fields"]]

    def test_r6_default_fields(self):
        self.assertEqual(
            self.connection.popup_field_ids.mapped("name"),
            ["name", "email", "parent_id"],
        )

    def test_r6_fields_in_the_admins_order(self):
        self.maryam.write({"city": "Dubai", "function": "Buyer"})
        self.connection.popup_field_ids = self.field("function")
        self.connection.popup_field_ids |= self.field("city")
        city = self.connection.popup_line_ids.filtered(
            lambda line: line.field_id == self.field("city")
        )
        city.sequence = 0
        expected = [self.field(name).field_description for name in ("city", "function")]
        self.assertEqual(self.labels(self.popup()), expected)

    def test_r6_chosen_fields_replace_the_old_ones(self):
        self.connection.popup_field_ids = self.field("city")
        self.assertEqual(self.connection.popup_line_ids.field_id, self.field("city"))

    def test_r6_number_called_by_its_name(self):
        self.env["callgear.virtual.number"].create(
            {
                "connection_id": self.connection.id,
                "number": "04 555 0100",
                "name": "Hotline",
            }
        )
        payload = self.popup()
        self.assertEqual(payload["virtual_phone"], "+97145550100")
        self.assertEqual(payload["virtual_name"], "Hotline")

    def test_r6_number_without_a_name(self):
        self.assertIsNone(self.popup()["virtual_name"])

    def test_r49_other_tabs_learn_of_changed_preferences(self):
        """Whoever changes them; of anything else nobody is told."""
        self.sent("callgear.preferences")
        self.sara.with_user(self.sara).write({"callgear_sound": True})
        self.sara.callgear_open_contact = False
        self.sara.signature = "Sara"
        sara = self.sara.partner_id.id
        told = {"popup": True, "desktop_notification": True, "sound": True}
        self.assertEqual(
            self.sent("callgear.preferences"),
            [
                (sara, {**told, "open_contact": True}),
                (sara, {**told, "open_contact": False}),
            ],
        )

    def test_r6_field_with_what_the_agent_may_not_see(self):
        """The caller is in a company of another branch: the popup comes without it."""
        branch = self.env["res.company"].create({"name": "Another branch"})
        parent = self.env["res.partner"].create(
            {"name": "Trading House", "is_company": True}
        )
        self.maryam.parent_id = parent
        self.assertIn("Trading House", str(self.popup(1)["partner"]["fields"]))
        self.maryam.env.cr.execute(
            "UPDATE res_partner SET company_id = %s WHERE id = %s",
            [branch.id, parent.id],
        )
        self.env.invalidate_all()
        told = self.popup(2, start=60)["partner"]
        self.assertEqual(told["id"], self.maryam.id)
        self.assertNotIn("Trading House", str(told["fields"]))

    def test_r7_tickets_to_choose_among_many(self):
        """The newest ten of each kind, however many there are of the other."""
        Ticket = self.env["helpdesk.ticket"]
        ticket = {"name": "Old", "description": "x", "partner_id": self.maryam.id}
        opened = Ticket.create([{**ticket, "stage_id": self.open.id}] * 12)
        closed = {**ticket, "name": "New", "stage_id": self.closed.id}
        called = Ticket.create(
            [{**closed, "channel_id": self.connection.channel_id.id}] * 45
        )
        told = self.popup()
        for tickets, kind in ((opened, "open_tickets"), (called, "call_tickets")):
            with self.subTest(kind):
                newest = sorted(tickets.ids, reverse=True)[:10]
                self.assertEqual([shown["id"] for shown in told[kind]], newest)

    def company(self):
        """Maryam's company, and a colleague of hers with an open ticket and a closed one."""
        company = self.env["res.partner"].create(
            {"name": "Trading House", "is_company": True}
        )
        self.maryam.parent_id = company
        colleague = company.create({"name": "Ann", "parent_id": company.id})
        theirs = self.plain_ticket(partner_id=colleague.id)
        self.plain_ticket(partner_id=colleague.id, stage_id=self.closed.id)
        return company, theirs

    def test_r6_open_tickets_of_the_callers_company_are_marked(self):
        company, theirs = self.company()
        own = self.plain_ticket()
        of_company = self.plain_ticket(partner_id=company.id)
        told = self.popup()["open_tickets"]
        expected = [
            (own.id, None),
            (of_company.id, "Trading House"),
            (theirs.id, "Ann"),
        ]
        self.assertEqual([(t["id"], t["contact"]) for t in told], expected)

    def test_r6_own_tickets_are_never_crowded_out_by_those_of_the_company(self):
        company, _theirs = self.company()
        own = self.plain_ticket()
        for _time in range(12):
            self.plain_ticket(partner_id=company.id)
        told = self.popup()["open_tickets"]
        self.assertEqual(told[0]["id"], own.id)
        self.assertEqual(len([t for t in told if t["contact"]]), 5)

    def test_r6_a_company_that_calls_is_shown_the_tickets_of_its_people(self):
        company, theirs = self.company()
        self.maryam.phone = False
        company.phone = f"+{MARYAM}"
        told = self.popup()["open_tickets"]
        self.assertEqual([(t["id"], t["contact"]) for t in told], [(theirs.id, "Ann")])

    def test_r6_persons_without_a_company_have_only_their_own(self):
        self.plain_ticket(partner_id=self.lina.partner_id.id)
        self.assertEqual(self.popup()["open_tickets"], [])

    def test_r6_tickets_of_the_company_only_as_the_agent_may_see_them(self):
        _company, theirs = self.company()
        other = self.env["res.company"].create({"name": "Another"})
        theirs.write({"company_id": other.id, "team_id": False, "user_id": False})
        self.assertEqual(self.popup()["open_tickets"], [])

    def test_r6_what_rings_is_never_cut_off(self):
        """However many calls with a lost end go on; of those the newest are told."""
        ringing = CallBuilder(1).ring(SARA, 1)
        self.deliver(ringing)
        talking = [begun(number, start=60 * number) for number in range(2, 24)]
        for call in talking:
            self.deliver(call)
        # As of calls on hold: the next one does not tell that they are over.
        self.env["callgear.leg"].search([]).overtaken_at = False
        told = self.env["res.users"].with_user(self.sara).callgear_current_calls()
        expected = [ringing, *talking[-19:]]
        self.assertEqual(
            [leg["id"] for leg in told],
            [self.leg(call, self.sara).id for call in expected],
        )

    def test_r45_own_numbers_are_no_callers(self):
        self.env["callgear.virtual.number"].create(
            {
                "connection_id": self.connection.id,
                "number": "+97145550200",
                "name": "Sales",
            }
        )
        call = self.deliver(CallBuilder(1, caller="97145550200").ring(SARA, 1).end(9))
        self.assertEqual((call.outcome, call.reason), ("ignored", "internal"))
        self.assertFalse(call.ticket_ids)

    def test_numbers_are_numbers(self):
        with self.assertRaisesRegex(ValidationError, "not a phone number"):
            self.env["callgear.virtual.number"].create(
                {"connection_id": self.connection.id, "number": "Sales", "name": "S"}
            )

    def test_numbers_are_listed_once(self):
        values = {"connection_id": self.connection.id, "name": "Hotline"}
        numbers = self.env["callgear.virtual.number"]
        numbers.create({**values, "number": "+97145550100"})
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            numbers.create({**values, "number": "04 555 0100"})
