# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R4: a test of the connection says in words what is wrong, and where to mend it."""

from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError

from odoo.addons.callgear_integration.tests.case import tagged
from odoo.addons.callgear_integration.tests.roles import make_roles
from odoo.addons.callgear_integration.tests.scenarios import incoming
from odoo.addons.callgear_integration.wizards import connection_probe

from ..setup_case import KEY, SetupCase

STEPS = ("address", "key", "ip", "account")
SERVICES = ("basic", "call_management", "data_api")


class CheckCase(SetupCase):
    def check(self):
        """Press *Test Connection*; return the lines by what was tested."""
        action = self.connection.action_test_connection()
        self.result = self.env[action["res_model"]].browse(action["res_id"])
        self.result = self.result.with_user(self.admin)
        return {line.check: line for line in self.result.line_ids}

    def assertLine(self, line, state, *words):
        told = f"{line.found} {line.advice}"
        self.assertEqual(line.state, state, told)
        for word in words:
            self.assertIn(word, told)

    def assertOthersUntested(self, lines, *names):
        for name in names:
            self.assertLine(lines[name], "skipped")


@tagged("post_install", "-at_install")
class TestAccess(CheckCase):
    """What keeps CallGear from answering."""

    def test_r4_all_is_well(self):
        lines = self.check()
        for name in (*STEPS, *SERVICES):
            self.assertLine(lines[name], "ok")
        self.assertEqual(self.result.error_count, 0)

    def test_r4_no_key(self):
        self.connection.api_key = False
        lines = self.check()
        self.assertLine(lines["key"], "error", "No API key", "User management")
        self.assertOthersUntested(lines, "ip", "account", *SERVICES, "time_zone")

    def test_r4_wrong_key(self):
        self.connection.api_key = "someone-elses"
        lines = self.check()
        self.assertLine(lines["key"], "error", "does not accept the API key")
        self.assertLine(lines["address"], "ok")
        self.assertOthersUntested(lines, *SERVICES)

    def test_r4_wrong_key_may_be_another_brands(self):
        self.connection.api_key = "someone-elses"
        self.assertLine(self.check()["key"], "error", "CallGear UAE", "Novofon")

    def test_r4_expired_key(self):
        self.change(api_key_state="expired")
        self.assertLine(self.check()["key"], "error", "expired")

    def test_r4_blocked_key(self):
        self.change(api_key_state="blocked")
        self.assertLine(self.check()["key"], "error", "blocked")

    def test_r4_address_not_allowed(self):
        self.change(api_ip_allowed=False)
        lines = self.check()
        self.assertLine(lines["ip"], "error", "Security → API", "127.0.0.1")
        self.assertOthersUntested(lines, "key", *SERVICES)

    def test_r4_account_inactive(self):
        self.change(api_account_active=False)
        self.assertLine(self.check()["account"], "error", "blocked", "paid")

    def test_r4_nobody_at_the_address(self):
        self.connection.with_user(SUPERUSER_ID).api_url = "http://127.0.0.1:1/v4.0"
        lines = self.check()
        self.assertLine(lines["address"], "error", "Call API: ", "cannot be reached")
        self.assertNotIn("Data API", lines["address"].found)
        self.assertLine(lines["data_api"], "ok")

    def test_r4_address_missing(self):
        self.connection.data_api_url = False
        lines = self.check()
        self.assertLine(lines["address"], "error", "missing")
        self.assertLine(lines["call_management"], "ok")

    def test_r4_addresses_exchanged(self):
        connection = self.connection
        connection.api_url, connection.data_api_url = (
            connection.data_api_url,
            connection.api_url,
        )
        self.assertLine(self.check()["address"], "error")

    def test_r4_a_web_page_answers(self):
        self.change(api_fault="html")
        self.assertLine(
            self.check()["address"], "error", "does not answer like CallGear"
        )

    def test_r4_call_management_not_on_the_plan(self):
        self.change(api_components=["basic", "data"])
        lines = self.check()
        self.assertLine(lines["call_management"], "error", "not on the CallGear plan")
        self.assertLine(lines["key"], "ok")
        self.assertLine(lines["basic"], "ok")

    def test_r4_basic_set_not_on_the_plan(self):
        self.change(api_components=["management", "data"])
        lines = self.check()
        self.assertLine(lines["basic"], "error", "Rates and options")
        self.assertLine(lines["call_management"], "ok")

    def test_r4_data_api_not_on_the_plan(self):
        self.change(api_components=["basic", "management"])
        lines = self.check()
        self.assertLine(lines["data_api"], "error", "User management")
        self.assertOthersUntested(lines, "time_zone", "number")

    def test_r4_points_are_spent(self):
        self.change(api_points_minute=0)
        lines = self.check()
        self.assertLine(lines["call_management"], "warning", "in a minute")
        self.assertLine(lines["operators"], "warning")

    def test_r42_key_is_in_no_line(self):
        self.connection.api_key = "top-secret-key-0815"
        texts = [f"{line.found} {line.advice}" for line in self.check().values()]
        self.assertNotIn("top-secret", " ".join(texts))

    def test_r4_probe_ends_no_call(self):
        self.check()
        self.assertEqual(connection_probe.NO_SESSION, "1")
        calls = self.connection._call_api().list_calls()
        self.assertNotIn("1", [call.session_id for call in calls])

    def test_r4_only_the_admin_tests(self):
        for role, user in make_roles(self.env).items():
            if role == "admin":
                continue
            with self.assertRaises(AccessError):
                self.connection.with_user(user).action_test_connection()
            with self.assertRaises(AccessError):
                self.env["callgear.connection.check"].with_user(user).create(
                    {"connection_id": self.connection.id}
                )

    def test_r4_another_admins_test_is_theirs(self):
        self.check()
        other = make_roles(self.env)["admin"]
        with self.assertRaises(AccessError):
            self.result.with_user(other).line_ids.mapped("found")

    def test_r4_test_again_on_the_same_page(self):
        self.connection.api_key = False
        self.check()
        self.connection.api_key = KEY
        self.result.action_test()
        lines = self.result.line_ids
        self.assertEqual(len(lines), len(set(lines.mapped("check"))))
        self.assertEqual(self.result.error_count, 0)


@tagged("post_install", "-at_install")
class TestAgreement(CheckCase):
    """Whether the connection says the same as the account."""

    def test_r4_time_zone_agrees(self):
        self.assertLine(self.check()["time_zone"], "ok", "Asia/Dubai")

    def test_r4_time_zone_is_taken_over(self):
        self.connection.tz = "Europe/Paris"
        line = self.check()["time_zone"]
        self.assertLine(line, "ok", "set here", "Asia/Dubai", "Europe/Paris")
        self.assertEqual(self.connection.tz, "Asia/Dubai")

    def test_r4_number_belongs_to_the_account(self):
        self.assertLine(self.check()["number"], "ok", "+97145550100")

    def test_r4_number_of_somebody_else(self):
        self.connection.virtual_phone = "+97145559999"
        line = self.check()["number"]
        self.assertLine(line, "error", "+97145559999", "+97145550100")
        self.assertEqual(self.connection.virtual_phone, "+97145559999")

    def test_r4_one_of_several_numbers_is_to_be_chosen(self):
        self.connection.virtual_phone = False
        self.assertLine(self.check()["number"], "warning", "+97145550200")
        self.assertFalse(self.connection.virtual_phone)

    def test_r5_operators_without_agent_are_named(self):
        self.assertLine(self.check()["operators"], "warning", "Warehouse")

    def test_r5_no_operators(self):
        self.connection.operator_ids.unlink()
        line = self.check()["operators"]
        self.assertLine(line, "warning", "Fetch from CallGear")

    def test_r5_all_operators_have_an_agent(self):
        self.operator(701299).active = False
        self.assertLine(self.check()["operators"], "ok")

    def test_r2_notifications_never_received_are_named(self):
        self.assertLine(self.check()["received"], "warning", "Call accepted")
        for told in incoming().deliveries:
            self.connection.sudo()._receive(told.event, told.body)
        self.env.invalidate_all()
        line = self.check()["received"]
        self.assertLine(line, "warning", "Outbound call")
        self.assertNotIn("Call accepted", line.found)

    def test_r2_all_six_received(self):
        """Good ones only: a body that cannot be read is a mistake to mend."""
        six = ("handset", "endleg", "end", "recording", "legout", "callout")
        for event in six:
            self.connection.sudo()._receive(event, b"broken")
        self.env.invalidate_all()
        self.assertLine(self.check()["received"], "warning", "Call accepted")
        for event in six:
            self.connection.sudo()._receive(event, b'{"call_session_id": 7}')
        self.env.invalidate_all()
        self.assertLine(self.check()["received"], "ok")
