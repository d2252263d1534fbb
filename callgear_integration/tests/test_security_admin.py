# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the CallGear admin has to be able to do, with no more than their own rights."""

from odoo.exceptions import AccessError
from odoo.tests import Form

from .case import tagged
from .roles import SecurityCase
from .scenarios import missed_in_menu


@tagged("post_install", "-at_install")
class TestAdministration(SecurityCase):
    def setUp(self):
        super().setUp()
        self.mine = self.connection.with_user(self.roles["admin"])

    def test_r1_admin_sets_up_a_connection(self):
        made = self.mine.create({"name": "Second account", "tz": "UTC"})
        self.assertEqual(len(made.notification_template_ids), 6)
        self.assertTrue(made.token)

    def test_r1_admin_copies_archives_and_deletes(self):
        copied = self.mine.copy()
        self.assertEqual(len(copied.notification_template_ids), 6)
        copied.action_archive()
        copied.unlink()

    def test_r3_only_the_admin_rotates_the_token(self):
        self.mine.action_rotate_token()
        with self.assertRaises(AccessError):
            self.connection.with_user(self.roles["manager"]).action_rotate_token()

    def test_r3_the_admin_sees_and_revokes_earlier_addresses(self):
        for _time in range(3):
            self.mine.action_rotate_token()
        self.assertEqual(len(self.mine.earlier_token_ids), 3)
        self.mine.earlier_token_ids[1].action_revoke()
        self.assertEqual(len(self.mine.earlier_token_ids), 2)
        with self.assertRaises(AccessError):
            self.connection.with_user(
                self.roles["manager"]
            ).action_revoke_earlier_tokens()
        self.mine.action_revoke_earlier_tokens()
        self.assertFalse(self.mine.earlier_token_ids)

    def test_r2_no_address_is_shown_before_it_is_true(self):
        """O6: what a form shows to copy is what is stored."""
        with Form(self.mine.browse()) as form:
            form.name = "Second account"
            form.tz = "Asia/Dubai"
            self.assertFalse(form.webhook_url)
        made = form.record
        self.assertTrue(made.token)
        self.assertEqual(form.webhook_url, made.webhook_url)
        for connection in (made, made.copy(), made.create({"token": "a-given-token"})):
            connection.invalidate_recordset()
            with self.subTest(connection.id), Form(connection) as again:
                again.name = "Renamed"
                self.assertEqual(again.webhook_url, connection.webhook_url)
            stored = connection.token
            self.assertTrue(connection.webhook_url.endswith(f"/callgear/{stored}"))
            for template in connection.notification_template_ids:
                self.assertEqual(
                    template.url, f"{connection.webhook_url}/{template.event}"
                )
                self.assertEqual(connection._find_by_token(stored), connection)
        values = self.mine.default_get(["token", "webhook_url"])
        self.assertNotIn("webhook_url", values)

    def test_r2_imported_connections_show_their_own_addresses(self):
        load = self.mine.load(["name", "tz"], [["One", "UTC"], ["Two", "UTC"]])
        made = self.mine.browse(load["ids"])
        self.assertEqual(len(set(made.mapped("webhook_url"))), 2)
        for connection in made:
            self.assertTrue(connection.webhook_url.endswith(connection.token))

    def test_r5_admin_maps_operators(self):
        operator = self.mine.operator_ids.create(
            {
                "connection_id": self.mine.id,
                "employee_id": "9001",
                "name": "New",
                "extension": "199",
                "email": self.own.email,
            }
        )
        operator.action_accept_proposal()
        self.assertEqual(operator.user_id, self.own)
        operator.extension = "200"
        self.assertEqual(operator.phone_ids.mapped("number"), ["200"])

    def test_r40_only_the_admin_retries_notifications(self):
        [told] = missed_in_menu(with_leg=False).deliveries
        receipt = self.connection._receive(told.event, told.body)
        event = self.env["callgear.event"].browse(receipt.event_id)
        event.state = "failed"
        event.with_user(self.roles["admin"]).action_retry()
        self.assertEqual(event.state, "pending")
        with self.assertRaises(AccessError):
            event.with_user(self.roles["manager"]).action_retry()

    def test_r2_manager_sees_how_many_notifications_failed(self):
        self.connection._receive("end", b"broken")
        seen = self.connection.with_user(self.roles["manager"])
        self.assertEqual(seen.failed_event_count, 1)
