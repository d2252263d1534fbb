# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R53: an audit log of connections is nobody's way to their secrets."""

from odoo.tests import tagged

from odoo.addons.callgear_integration.tests.case import CallgearCase

KEY = "a-key-that-nobody-may-read"


@tagged("post_install", "-at_install")
class TestAuditLog(CallgearCase):
    def logged(self, log_type, **rule):
        """All that OCA's auditlog writes down while an administrator works."""
        rule = self.env["auditlog.rule"].create(
            {
                "name": "Connections",
                "model_id": self.env["ir.model"]._get_id("callgear.connection"),
                "log_type": log_type,
                "log_read": False,
                "log_write": True,
                "log_create": True,
                "log_unlink": True,
                "capture_record": True,
                **rule,
            }
        )
        self.addCleanup(rule.unlink)
        rule.set_to_confirmed()
        admin = self.env.ref("base.user_admin")
        admin.group_ids += self.env.ref("callgear_integration.group_callgear_manager")
        connection = self.connection.with_user(admin)
        connection.write({"name": "Renamed", "api_key": KEY})
        other = connection.copy({"name": "Another", "api_key": KEY})
        tokens = [*(connection | other).sudo()._read_secrets("token").values()]
        connection.action_rotate_token()
        tokens += self.connection._read_secrets("token").values()
        other.unlink()
        lines = self.env["auditlog.log.line"].search(
            [("log_id.model_id", "=", rule.model_id.id)]
        )
        self.assertIn("Renamed", lines.mapped("new_value_text"))
        text = str(lines.read(["old_value_text", "new_value_text"]))
        text += str(lines.read(["old_value", "new_value"]))
        return text, tokens

    def test_r53_a_full_log_of_changes_holds_neither_key_nor_token(self):
        text, tokens = self.logged("full")
        self.assertGreaterEqual(len(set(tokens)), 3)
        for secret in (KEY, *tokens):
            self.assertNotIn(secret, text)

    def test_r53_a_fast_log_holds_no_token_and_no_key_if_that_is_left_out(self):
        """It holds what was typed; as the documentation says, leave the key out."""
        key = self.env["ir.model.fields"]._get("callgear.connection", "api_key")
        text, tokens = self.logged("fast", fields_to_exclude_ids=[(6, 0, key.ids)])
        for secret in (KEY, *tokens):
            self.assertNotIn(secret, text)
