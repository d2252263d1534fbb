# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from typing import NamedTuple

from odoo import Command, api, fields, models

from .connection_probe import ask_apis, ask_webhook, is_public

CHECKS = [
    ("address", "API addresses"),
    ("key", "API key"),
    ("ip", "Allowed servers"),
    ("account", "Account"),
    ("basic", "Call API Base"),
    ("call_management", "Call API Call management"),
    ("data_api", "Data API"),
    ("time_zone", "Time zone"),
    ("number", "Default virtual number"),
    ("webhook", "Address for notifications"),
    ("received", "Notifications received"),
    ("operators", "Operators"),
]
STATES = [
    ("ok", "In order"),
    ("warning", "Worth a look"),
    ("error", "To be mended"),
    ("skipped", "Not tested"),
]


class Verdict(NamedTuple):
    """How one check went."""

    state: str
    found: str
    advice: str = ""


class CallgearConnectionCheck(models.TransientModel):
    """A test of the connection: one line for each thing that has to be right."""

    _name = "callgear.connection.check"
    _description = "Test of a CallGear Connection"
    _rec_name = "connection_id"

    connection_id = fields.Many2one(
        "callgear.connection", required=True, readonly=True, ondelete="cascade"
    )
    line_ids = fields.One2many("callgear.connection.check.line", "check_id")
    error_count = fields.Integer(compute="_compute_counts")
    warning_count = fields.Integer(compute="_compute_counts")

    @api.depends("line_ids.state")
    def _compute_counts(self):
        for check in self:
            states = check.line_ids.mapped("state")
            check.error_count = states.count("error")
            check.warning_count = states.count("warning")

    def action_test(self):
        """Test again, on the same page."""
        self.ensure_one()
        return self._test(self.connection_id)

    def _test(self, connection):
        """Ask everything first and write after, so that no lock waits for the network."""
        connection.check_access("write")
        facts = self._ask(connection)
        check = self or self.create({"connection_id": connection.id})
        check._judge(facts)
        return check._open()

    def _judge(self, facts):
        verdicts = {
            check: getattr(self, f"_check_{check}")(self.connection_id, facts)
            for check, _label in CHECKS
        }
        self.line_ids = [
            Command.clear(),
            *(
                Command.create({"check": check, **verdict._asdict()})
                for check, verdict in verdicts.items()
            ),
        ]

    @api.model
    def _ask(self, connection):
        key = connection.api_key
        facts = ask_apis(connection.api_url, connection.data_api_url, key)
        url = connection.webhook_url
        if url and is_public(url):
            facts = facts._replace(webhook=ask_webhook(f"{url}/end"))
        return facts

    def _open(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Test of the Connection"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }


class CallgearConnectionCheckLine(models.TransientModel):
    """One thing that was tested."""

    _name = "callgear.connection.check.line"
    _description = "Line of a Test of a CallGear Connection"
    _rec_name = "check"
    _order = "id"

    check_id = fields.Many2one(
        "callgear.connection.check",
        string="Test",
        required=True,
        ondelete="cascade",
        index=True,
    )
    check = fields.Selection(CHECKS, required=True)
    state = fields.Selection(STATES, required=True)
    found = fields.Char()
    advice = fields.Char(string="What to Do")
