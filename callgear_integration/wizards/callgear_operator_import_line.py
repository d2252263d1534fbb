# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from ..models.callgear_operator import TAKEN


class CallgearOperatorImportLine(models.TransientModel):
    """An employee, and what *Apply* changes in the operator."""

    _name = "callgear.operator.import.line"
    _description = "Fetched CallGear Operator"
    _order = "state_order, name, id"

    import_id = fields.Many2one(
        "callgear.operator.import", required=True, ondelete="cascade", index=True
    )
    state = fields.Selection(
        [
            ("new", "New operator"),
            ("changed", "Changed"),
            ("gone", "No longer in CallGear"),
            ("unchanged", "Unchanged"),
        ],
        required=True,
    )
    state_order = fields.Integer(compute="_compute_state_order", store=True)
    selected = fields.Boolean(string="Apply")
    employee_id = fields.Char(string="Employee ID", required=True, readonly=True)
    name = fields.Char(required=True, readonly=True)
    email = fields.Char(readonly=True)
    extension = fields.Char(readonly=True)
    phone_numbers = fields.Char(readonly=True)
    operator_id = fields.Many2one(
        "callgear.operator", readonly=True, ondelete="set null", index=True
    )
    user_id = fields.Many2one(
        "res.users", string="Agent", domain="[('share', '=', False)]"
    )
    suitable_user_id = fields.Many2one("res.users", readonly=True)
    changes = fields.Text(string="What Changes", readonly=True)
    note = fields.Text(compute="_compute_note")

    @api.depends("state")
    def _compute_state_order(self):
        order = {"gone": 1, "changed": 2, "new": 3, "unchanged": 4}
        for line in self:
            line.state_order = order.get(line.state)

    @api.depends("user_id", "suitable_user_id")
    def _compute_note(self):
        agents = self._operators_of(self.user_id | self.suitable_user_id)
        none = self.env["callgear.operator"]
        for line in self:
            user = line.user_id or line.suitable_user_id
            key = (line.import_id.connection_id._origin, user._origin)
            others = agents.get(key, none) - line.operator_id._origin
            if line.state == "gone" or not others:
                line.note = False
            elif line.user_id:
                line.note = self.env._(
                    "%(user)s is the agent of %(operator)s too.",
                    user=user.name,
                    operator=", ".join(others.mapped("name")),
                )
            else:
                line.note = self.env._(
                    "%(user)s would fit, but is the agent of %(operator)s already.",
                    user=user.name,
                    operator=", ".join(others.mapped("name")),
                )

    def _operators_of(self, users):
        """Return the operators of agents: dict, (connection, user) → operators."""
        return {
            (connection, user): operators
            for connection, user, operators in self.env[
                "callgear.operator"
            ]._read_group(
                [
                    ("connection_id", "in", self.import_id.connection_id.ids),
                    ("user_id", "in", users.ids),
                ],
                ["connection_id", "user_id"],
                ["id:recordset"],
            )
        }

    def _propose(self, user):
        """Propose a user as the agent; for an existing operator, add it to the changes."""
        self.user_id = user
        if self.operator_id:
            change = self.env._("Agent: — → %s", user.name)
            self.changes = "; ".join(filter(None, (self.changes, change)))
            if self.state == "unchanged":
                self.write({"state": "changed", "selected": self.operator_id.active})

    def _describe_shared_agents(self):
        """Return in words which users become agents of several operators, or {}."""
        staying = self.filtered(lambda line: line.state != "gone")
        chosen = staying.filtered(
            lambda line: line.user_id and line.user_id != line.operator_id.user_id
        )
        agents = self._operators_of(chosen.user_id)
        none = self.env["callgear.operator"]
        names = {}
        for user in chosen.user_id:
            lines = staying.filtered(lambda line, user=user: line.user_id == user)
            others = agents.get((self.import_id.connection_id, user), none)
            others -= self.operator_id
            if len(lines) + len(others) > 1:
                names[user.name] = ", ".join(
                    [*lines.mapped("name"), *others.mapped("name")]
                )
        return names and self.env._(
            "One agent for several operators: %s. Apply again if that is intended.",
            "; ".join(f"{user} ({operators})" for user, operators in names.items()),
        )

    def _apply(self):
        """Create and change operators.

        :return: operators created, operators changed
        """
        Operator = self.env["callgear.operator"]
        if not self:
            return Operator, Operator
        connection = self.import_id.connection_id
        # Notifications may have created some of them in the meantime.
        here = Operator._find_by_employee(connection, self.mapped("employee_id"))
        created, changed = [], {}
        for line in self:
            values = {
                name: line[name] for name in ("employee_id", *TAKEN) if line[name]
            }
            values["user_id"] = line.user_id.id
            operator = here.get(line.employee_id) or line.operator_id
            if operator:
                changed[operator] = {**values, "active": True, "left_at": False}
            else:
                created.append({**values, "connection_id": connection.id})
        operators = Operator.union(*changed)
        operators._write_each(changed)
        return Operator.create(created), operators
