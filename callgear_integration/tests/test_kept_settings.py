# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Settings are kept between calls, and never longer than they are true."""

from odoo import Command

from .builder import MARYAM, SARA, UNKNOWN, VIRTUAL, CallBuilder
from .case import CallgearCase, tagged
from .scenarios import HOUR, incoming


@tagged("post_install", "-at_install")
class TestKeptSettings(CallgearCase):
    def setUp(self):
        super().setUp()
        self.operator = self.env["callgear.operator"].search(
            [("connection_id", "=", self.connection.id), ("user_id", "=", self.sara.id)]
        )
        self.new_operator = {
            "connection_id": self.connection.id,
            "employee_id": "7",
            "name": "Noor",
        }

    def assertInternal(self, before, after, change, caller=UNKNOWN):
        """Calls with a number are internal or not, before and after a change."""
        first = self.deliver(incoming(1, caller=caller))
        change()
        second = self.deliver(incoming(2, HOUR, caller=caller))
        self.assertEqual((first.is_internal, second.is_internal), (before, after))

    def payload(self, number):
        call = self.deliver(CallBuilder(number, start=HOUR * number).ring(SARA, 1))
        return self.told(call.leg_ids.filtered("user_id"))

    # --------------------------------------------------------------- colleagues

    def test_r45_number_of_an_operator(self):
        self.assertInternal(
            False, True, lambda: self.operator.write({"phone_numbers": f"+{UNKNOWN}"})
        )

    def test_r45_number_of_a_new_operator(self):
        values = self.new_operator | {"phone_numbers": f"+{UNKNOWN}"}
        self.assertInternal(
            False, True, lambda: self.env["callgear.operator"].create(values)
        )

    def test_r45_number_put_into_the_list_itself(self):
        values = {"operator_id": self.operator.id, "number": f"+{UNKNOWN}"}
        self.assertInternal(
            False, True, lambda: self.env["callgear.operator.phone"].create(values)
        )

    def test_r45_number_taken_from_an_operator(self):
        self.operator.phone_numbers = f"+{UNKNOWN}"
        self.assertInternal(
            True, False, lambda: self.operator.write({"phone_numbers": False})
        )

    def test_r45_archived_operator(self):
        self.operator.phone_numbers = f"+{UNKNOWN}"
        self.assertInternal(True, False, self.operator.action_archive)

    def test_r45_deleted_operator(self):
        values = self.new_operator | {"phone_numbers": f"+{UNKNOWN}"}
        operator = self.env["callgear.operator"].create(values)
        self.assertInternal(True, False, operator.unlink)

    def test_r45_operator_of_another_account(self):
        other = self.connection.copy({"name": "Another"})
        self.operator.phone_numbers = f"+{UNKNOWN}"
        self.assertInternal(
            True, False, lambda: self.operator.write({"connection_id": other.id})
        )

    def test_r45_contact_of_a_newly_mapped_user(self):
        user = self.env["res.users"].create({"name": "Noor", "login": "noor"})
        user.partner_id.phone = f"+{UNKNOWN}"
        values = self.new_operator | {"user_id": user.id}
        self.assertInternal(
            False, True, lambda: self.env["callgear.operator"].create(values)
        )

    def test_r45_user_who_is_no_operator_any_more(self):
        self.sara.partner_id.phone = f"+{UNKNOWN}"
        self.assertInternal(
            True, False, lambda: self.operator.write({"user_id": False})
        )

    def test_r45_user_with_another_contact(self):
        self.assertInternal(
            False,
            True,
            lambda: self.sara.write({"partner_id": self.maryam.id}),
            caller=MARYAM,
        )

    def test_r45_colleague_merged_into_another_contact(self):
        target = self.env["res.partner"].create(
            {"name": "Sara H.", "email": "sara@agents.example.com"}
        )
        source = self.sara.partner_id
        source.phone = f"+{UNKNOWN}"
        merge = self.env["base.partner.merge.automatic.wizard"].sudo()
        self.deliver(incoming(1, caller=UNKNOWN))
        merge._merge((source | target).ids, target)
        self.assertEqual(self.sara.partner_id, target)
        self.assertTrue(self.deliver(incoming(2, HOUR, caller=UNKNOWN)).is_internal)

    # -------------------------------------------------------------- own numbers

    def test_r45_line_that_is_listed_and_deleted(self):
        Number = self.env["callgear.virtual.number"]
        values = {
            "connection_id": self.connection.id,
            "number": f"+{UNKNOWN}",
            "name": "Support",
        }
        self.assertInternal(False, True, lambda: Number.create(values))
        Number.search([("number", "=", f"+{UNKNOWN}")]).unlink()
        call = self.deliver(incoming(3, 2 * HOUR, caller=UNKNOWN))
        self.assertFalse(call.is_internal)

    def test_r45_line_with_another_number(self):
        line = self.env["callgear.virtual.number"].create(
            {
                "connection_id": self.connection.id,
                "number": "+97145550199",
                "name": "Support",
            }
        )
        self.assertInternal(False, True, lambda: line.write({"number": f"+{UNKNOWN}"}))

    def test_r45_default_number(self):
        self.assertInternal(
            False,
            True,
            lambda: self.connection.write({"virtual_phone": f"+{UNKNOWN}"}),
        )

    def test_r6_line_with_another_name(self):
        line = self.env["callgear.virtual.number"].create(
            {
                "connection_id": self.connection.id,
                "number": f"+{VIRTUAL}",
                "name": "Support",
            }
        )
        self.assertEqual(self.payload(1)["virtual_name"], "Support")
        line.name = "Hotline"
        self.assertEqual(self.payload(2)["virtual_name"], "Hotline")

    # ------------------------------------------------------- agent and connection

    def test_r5_operator_with_another_agent(self):
        self.assertEqual(self.deliver(incoming(1)).user_ids, self.sara)
        self.env["callgear.operator"].search(
            [("user_id", "=", self.omar.id)]
        ).user_id = False
        self.operator.user_id = self.omar
        self.assertEqual(self.deliver(incoming(2, HOUR)).user_ids, self.omar)

    def test_r5_agent_who_has_left(self):
        self.assertEqual(self.deliver(incoming(1)).user_ids, self.sara)
        self.sara.action_archive()
        self.assertFalse(self.deliver(incoming(2, HOUR)).user_ids)

    def test_r6_agent_with_another_language(self):
        self.env["res.lang"]._activate_lang("ru_RU")
        hidden = CallBuilder(1, "").ring(SARA, 1)
        told = self.told(self.deliver(hidden).leg_ids.filtered("user_id"))["number"]
        self.sara.lang = "ru_RU"
        leg = self.call_of(hidden).leg_ids.filtered("user_id")
        self.assertEqual((told, self.told(leg)["number"]), (
            "hidden number",
            "скрытый номер",
        ))  # fmt: skip

    def test_r4_connection_with_another_time_zone(self):
        first = self.deliver(incoming(1))
        self.connection.tz = "UTC"
        second = self.deliver(incoming(2))
        shift = second.started_at - first.started_at
        self.assertEqual(shift.total_seconds(), 4 * HOUR)

    def test_r41_connection_of_another_country(self):
        self.assertEqual(
            self.deliver(incoming(1, caller="0505550123")).phone[:4], "+971"
        )
        self.connection.country_id = self.env.ref("base.uk")
        self.assertEqual(
            self.deliver(incoming(2, caller="02079460018")).phone[:3], "+44"
        )

    def test_r6_popup_with_another_field(self):
        labels = [field["label"] for field in self.payload(1)["partner"]["fields"]]
        self.assertEqual(labels, ["Email"])
        field = self.env["ir.model.fields"]._get("res.partner", "phone")
        self.connection.popup_line_ids = [
            Command.clear(),
            Command.create({"field_id": field.id}),
        ]
        labels = [field["label"] for field in self.payload(2)["partner"]["fields"]]
        self.assertEqual(labels, ["Phone"])

    # --------------------------------------------------------- of the connection

    def test_r1_each_setting_counts_at_once(self):
        """Whichever is changed by itself; none is forgotten here."""
        company = self.env["res.company"].create({"name": "Another"})
        field = self.env["ir.model.fields"]._get("res.partner", "website")
        changes = {
            "tz": ("tz", "Asia/Tokyo"),
            "country_code": ("country_id", self.env.ref("base.jp").id),
            "virtual_phone": ("virtual_phone", "+97145550399"),
            "popup_field_names": ("popup_field_ids", [Command.set(field.ids)]),
            "notify_customers": ("notify_customers", True),
            "rate_limit": ("rate_limit", 7),
            "channel_ids": ("channel_id", self.channel().id),
            "company_id": ("company_id", company.id),
            "has_stored_key": ("api_key", "a-key"),
            "sender_networks": ("sender_addresses", "192.0.2.0/24"),
            "late_hours": ("late_hours", 7),
            "api_key_name": ("api_key_name", "MAIN"),
        }
        kept = self.connection.create({"name": "Kept", "tz": "Asia/Dubai"})
        self.assertEqual(changes.keys(), set(kept._settings()._fields))
        for setting, (name, value) in changes.items():
            with self.subTest(setting):
                before = getattr(kept._settings(), setting)
                kept.write({name: value})
                self.assertNotEqual(getattr(kept._settings(), setting), before)

    def channel(self):
        return self.env["helpdesk.ticket.channel"].create(
            {"name": "Other calls", "company_id": False}
        )

    def test_r3_a_token_counts_at_once(self):
        """Of a new connection, a changed one, an archived one, and a deleted one."""
        find = self.connection._find_by_token
        made = self.connection.create({"name": "New", "tz": "Asia/Dubai"})
        first = made.token
        self.assertEqual(find(first), made)
        made.token = "chosen-by-hand"
        self.assertEqual(find("chosen-by-hand"), made)
        made.active = False
        self.assertFalse(find("chosen-by-hand"))
        made.active = True
        self.assertEqual(find("chosen-by-hand"), made)
        made.unlink()
        self.assertFalse(find("chosen-by-hand"))

    def test_r3_no_token_is_refused_because_of_the_cache(self):
        """What was read while it was being stored is not its last word."""
        self.connection._present_tokens()
        digest = self.connection._hash("just-stored")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE callgear_connection SET token_hash = %s WHERE id = %s",
            [digest, self.connection.id],
        )
        self.env.invalidate_all(flush=False)
        found = self.connection._find_by_token("just-stored")
        self.assertEqual(found, self.connection)

    def test_r3_a_revoked_token_is_forgotten(self):
        """Also if it is kept as the present one."""
        first = self.connection.token
        self.connection.action_rotate_token()
        kept = ((self.connection.id, self.connection._hash(first)),)
        cache = self.env.registry._Registry__caches["default"]
        self.connection._present_tokens()
        for key, value in list(cache.items()):
            if value == self.connection._present_tokens():
                cache[key] = kept
        self.assertEqual(self.connection._find_by_token(first), self.connection)
        self.connection.action_revoke_earlier_tokens()
        self.assertFalse(self.connection._find_by_token(first))
