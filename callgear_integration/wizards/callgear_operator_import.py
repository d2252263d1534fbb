# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Match employees of the account with operators in Odoo, and operators with users.

Each step looks up all employees at once, so the number of queries does not depend on
their number.
"""

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..callgear.errors import ApiError
from ..client_input import for_clients
from ..models.callgear_operator import TAKEN, differs, key_of, unique

PAGE = 500


class CallgearOperatorImport(models.TransientModel):
    """Comparison of the account's employees with the operators; *Apply* changes these."""

    _name = "callgear.operator.import"
    _description = "Fetching of CallGear Operators"
    _rec_name = "connection_id"

    connection_id = fields.Many2one("callgear.connection", ondelete="cascade")
    state = fields.Selection(
        [("draft", "Start"), ("fetching", "Fetching"), ("ready", "To Review")],
        required=True,
        default="draft",
    )
    fetched = fields.Integer(readonly=True)
    unread = fields.Integer(readonly=True)
    total = fields.Integer(readonly=True)
    line_ids = fields.One2many(
        "callgear.operator.import.line",
        "import_id",
        domain=[("state", "!=", "unchanged")],
    )
    unchanged_line_ids = fields.One2many(
        "callgear.operator.import.line",
        "import_id",
        string="Unchanged Operators",
        domain=[("state", "=", "unchanged")],
        readonly=True,
    )
    new_count = fields.Integer(compute="_compute_counts")
    changed_count = fields.Integer(compute="_compute_counts")
    gone_count = fields.Integer(compute="_compute_counts")
    unchanged_count = fields.Integer(compute="_compute_counts")
    show_unchanged = fields.Boolean()
    warning = fields.Char(readonly=True)

    @api.depends("state")
    def _compute_counts(self):
        counts = {
            (found, state): count
            for found, state, count in self.env[
                "callgear.operator.import.line"
            ]._read_group(
                [("import_id", "in", self.ids)], ["import_id", "state"], ["__count"]
            )
        }
        for record in self:
            for state in ("new", "changed", "gone", "unchanged"):
                record[f"{state}_count"] = counts.get((record._origin, state), 0)

    # ---------------------------------------------------------------- actions

    @for_clients(one=True)
    def action_fetch(self):
        """Start to fetch the employees, also again.

        :raises UserError: no connection is chosen
        """
        self.ensure_one()
        if not self.connection_id:
            raise UserError(self.env._("Choose a connection first."))
        (self.line_ids | self.unchanged_line_ids).unlink()
        again = {"fetched": 0, "unread": 0, "total": 0, "warning": False}
        self.write({"state": "fetching", **again})
        return self._open()

    @for_clients()
    def action_select_all(self):
        """Select all lines."""
        self.line_ids.selected = True
        return self._open()

    @for_clients()
    def action_select_none(self):
        """Deselect all lines."""
        self.line_ids.selected = False
        return self._open()

    @for_clients(one=True)
    def action_apply(self):
        """Apply the selected lines: create, change and archive operators.

        If a user would become the agent of several operators, it shows a warning the first
        time, and applies the lines the second time.

        :return: action that shows what was done, or opens the page with the warning
        :raises AccessError: the user may not change the connection
        """
        self.ensure_one()
        connection = self.connection_id
        connection.check_access("write")
        lines = self.line_ids.filtered("selected")
        doubles = lines._describe_shared_agents()
        if doubles and doubles != self.warning:
            self.warning = doubles
            return self._open()
        # Notifications may create operators, too: not at the same time.
        connection._lock("operators", "")
        gone = lines.filtered(lambda line: line.state == "gone").operator_id
        gone.action_archive()
        created, changed = (lines.filtered(lambda line: line.state != "gone"))._apply()
        return self._notify_applied(created, changed, gone)

    # ---------------------------------------------------------------- opening

    @api.model
    def _start(self, connection):
        """Return the action that opens the page, which fetches the employees.

        :param connection: ``callgear.connection``; empty: the user chooses one first
        """
        record = self.create(
            {
                "connection_id": connection.id,
                "state": "fetching" if connection else "draft",
            }
        )
        return record._open()

    def _open(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Operators in CallGear"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    # --------------------------------------------------------------- fetching

    @for_clients(one=True)
    def fetch_next(self):
        """Fetch one page of employees; the web client calls it repeatedly until done.

        :return: dict: ``fetched`` and ``total`` (numbers of employees), ``done`` (bool),
            ``error`` (text for the user, or None)
        :raises AccessError: the user may not change the connection
        :raises UserError: API address or key is missing
        """
        self.ensure_one()
        self.check_access("write")
        connection = self.connection_id
        connection.check_access("write")
        if self.state != "fetching":
            return self._progress()
        api_client, offset = connection._data_api(), self.fetched
        try:
            page = api_client.employees(offset=offset, limit=PAGE)
        except ApiError as error:
            return self._progress(error=connection._explain(error))
        self._add_page(page.items)
        unread = self.unread + page.unread
        self.write({"fetched": page.done, "unread": unread, "total": page.total})
        if page.last:
            self._finish(complete=page.done >= page.total and not unread)
        return self._progress()

    def _progress(self, error=None):
        return {
            "fetched": self.fetched,
            "total": self.total,
            "done": self.state != "fetching",
            "error": error,
        }

    # -------------------------------------------------------------- each page

    def _add_page(self, employees):
        """Add a line for each employee of a page, beside the operator with the same id.

        :param employees: ``Employee`` objects of the Data API
        """
        values_of = self.env["callgear.operator"]._values_of
        fetched = {
            employee.id: values_of(self.connection_id, employee)
            for employee in employees
        }
        Line = self.env["callgear.operator.import.line"]
        # The list may change between two pages, so an employee may be on both.
        again = Line.search(
            [("import_id", "=", self.id), ("employee_id", "in", list(fetched))]
        )
        for employee_id in again.mapped("employee_id"):
            del fetched[employee_id]
        operators = self.env["callgear.operator"]._find_by_employee(
            self.connection_id, fetched
        )
        Line.create(
            [
                {
                    "import_id": self.id,
                    **values,
                    **self._compared(values, operators.get(employee_id)),
                }
                for employee_id, values in fetched.items()
            ]
        )

    def _compared(self, values, operator):
        """Return values of a line: how an employee differs from an operator.

        :param dict values: of ``callgear.operator._values_of``
        :param operator: ``callgear.operator``; None or empty: there is none yet
        """
        if not operator:
            return {"state": "new", "selected": True}
        changes = self._changes(values, operator)
        return {
            "operator_id": operator.id,
            "user_id": operator.user_id.id,
            "state": "changed" if changes else "unchanged",
            # An operator was archived on purpose: the user has to select the line.
            "selected": bool(changes) and operator.active,
            "changes": "; ".join(changes),
        }

    def _changes(self, values, operator):
        """Return the changes of an operator in words, as a list."""
        names = ("employee_id", *TAKEN)
        described = operator.fields_get(names, ["string"])
        changes = [
            f"{described[field]['string']}: {operator[field] or '—'} → {values[field]}"
            for field in names
            if differs(field, values[field], operator[field])
        ]
        if not operator.active:
            changes.append(self.env._("archived here"))
        return changes

    # ---------------------------------------------------- after the last page

    def _finish(self, complete):
        """Find operators that are gone, and users for operators, after the last page.

        :param bool complete: whether CallGear returned as many employees as it announced,
            and all of them can be read
        """
        lines = self.line_ids | self.unchanged_line_ids
        operators = self.env["callgear.operator"].search(
            [("connection_id", "=", self.connection_id.id)]
        )
        left = operators - lines.operator_id
        left -= self._match_by_details(lines, left)
        if complete:
            if self.fetched:
                seen = set(lines.mapped("employee_id"))
                self.env["callgear.operator"]._note_presence(self.connection_id, seen)
            self._add_lines(
                [
                    {
                        "state": "gone",
                        # An empty list is probably a mistake.
                        "selected": bool(self.fetched),
                        "operator_id": operator.id,
                        "employee_id": operator.employee_id,
                        "name": operator.name,
                        "email": operator.email,
                        "user_id": operator.user_id.id,
                    }
                    for operator in left
                ]
            )
        else:
            self.warning = self.env._(
                "CallGear returned only %(fetched)s of %(total)s employees, so "
                "operators missing from the list are not treated as gone.",
                fetched=self.fetched - self.unread,
                total=self.total,
            )
        self._propose_users(lines)
        self.state = "ready"

    def _add_lines(self, vals_list):
        self.write({"line_ids": [Command.create(values) for values in vals_list]})

    def _match_by_details(self, lines, left):
        """Match operators whose employee id is not in the list by e-mail or by name.

        They were entered by hand, or have another id now.

        :return: operators that were matched
        """
        found = self.env["callgear.operator"]
        for field in ("email", "name"):
            new = lines.filtered(lambda line: line.state == "new")
            employees, here = unique(new, field), unique(left - found, field)
            for key in employees.keys() & here.keys():
                line, operator = employees[key], here[key]
                values = {name: line[name] for name in ("employee_id", *TAKEN)}
                line.write(self._compared(values, operator))
                found |= operator
        return found

    def _propose_users(self, lines):
        """Propose the only user with the same e-mail, or else with the same name.

        A user who is the agent of another operator already is shown, but not proposed.
        """
        open_lines = lines.filtered(lambda line: not line.user_id)
        taken = set(
            self.env["callgear.operator"]
            .search(
                [
                    ("connection_id", "=", self.connection_id.id),
                    ("user_id", "!=", False),
                ]
            )
            .user_id.ids
        )
        users = self._users()
        for key, keys in (
            ("email", ("email_normalized", "login")),
            ("name", ("name",)),
        ):
            by_key = unique(users, *keys)
            for line in open_lines:
                user = by_key.get(key_of(key, line[key]))
                if not user or line.user_id:
                    continue
                if user.id in taken:
                    line.suitable_user_id = line.suitable_user_id or user
                else:
                    taken.add(user.id)
                    line._propose(user)

    def _users(self):
        """Return all users who may be agents; names are not compared in SQL."""
        company = self.connection_id.company_id
        return self.env["res.users"].search(
            [("share", "=", False), ("company_ids", "in", company.ids)]
        )

    # --------------------------------------------------------- after applying

    def _notify_applied(self, created, changed, gone):
        words = self.env._(
            "Operators added: %(added)s, changed: %(changed)s, archived: %(gone)s.",
            added=len(created),
            changed=len(changed),
            gone=len(gone),
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": words,
                "type": "success",
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
