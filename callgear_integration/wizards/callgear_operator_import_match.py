# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Who is who: employees of the account, operators here, users.

Each step looks up all of its employees at once: the number of queries does not depend
on how many there are.
"""

import re
from collections import Counter

from odoo import models

# What is taken over from CallGear, if CallGear has it.
TAKEN = ("name", "email", "extension", "phone_numbers")


class CallgearOperatorImport(models.TransientModel):
    _inherit = "callgear.operator.import"

    def _take_page(self, employees):
        """Note one page of employees, beside the operators with the same ids."""
        told = {employee.id: self._employee_values(employee) for employee in employees}
        Line = self.env["callgear.operator.import.line"]
        # The list may move while it is read, so that somebody is named twice.
        again = Line.search(
            [("import_id", "=", self.id), ("employee_id", "in", list(told))]
        )
        for employee_id in again.mapped("employee_id"):
            del told[employee_id]
        operators = self.env["callgear.operator"]._of_employees(
            self.connection_id, told
        )
        Line.create(
            [
                {
                    "import_id": self.id,
                    **values,
                    **self._compared(values, operators.get(employee_id)),
                }
                for employee_id, values in told.items()
            ]
        )

    def _employee_values(self, employee):
        """What CallGear tells of an employee, as an operator has it."""
        numbers = [
            self.connection_id._to_e164(number) or number
            for number in employee.phone_numbers
        ]
        return {
            "employee_id": employee.id,
            "name": employee.full_name or employee.id,
            "email": employee.email or False,
            "extension": ", ".join(employee.extensions) or False,
            "phone_numbers": ", ".join(numbers) or False,
        }

    def _compared(self, values, operator):
        """How an employee differs from an operator: values of the line."""
        if not operator:
            return {"state": "new", "selected": True}
        changes = self._changes(values, operator)
        return {
            "operator_id": operator.id,
            "user_id": operator.user_id.id,
            "state": "changed" if changes else "unchanged",
            # Who was archived here was so for a reason.
            "selected": bool(changes) and operator.active,
            "changes": "; ".join(changes),
        }

    def _changes(self, values, operator):
        """What will be other than it is, in words."""
        fields = ("employee_id", *TAKEN)
        described = operator.fields_get(fields, ["string"])
        changes = [
            f"{described[field]['string']}: {operator[field] or '—'} → {values[field]}"
            for field in fields
            if _differs(field, values[field], operator[field])
        ]
        if not operator.active:
            changes.append(self.env._("archived here"))
        return changes

    # ------------------------------------------------------------- at the end

    def _finish(self, complete):
        """All employees are known: see who is gone, and who is which user."""
        lines = self.line_ids | self.unchanged_line_ids
        operators = self.env["callgear.operator"].search(
            [("connection_id", "=", self.connection_id.id)]
        )
        left = operators - lines.operator_id
        left -= self._recognise(lines, left)
        if complete:
            self._add_lines(
                [
                    {
                        "state": "gone",
                        # A list without anybody is rather a mistake.
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
                "CallGear named %(fetched)s of %(total)s employees only: who is missing "
                "is not taken to be gone.",
                fetched=self.fetched,
                total=self.total,
            )
        self._propose_users(lines)
        self.state = "ready"

    def _recognise(self, lines, left):
        """Find operators entered by hand, or under another id, by e-mail or by name."""
        found = self.env["callgear.operator"]
        for field in ("email", "name"):
            new = lines.filtered(lambda line: line.state == "new")
            employees, here = _unique(new, field), _unique(left - found, field)
            for key in employees.keys() & here.keys():
                line, operator = employees[key], here[key]
                values = {name: line[name] for name in ("employee_id", *TAKEN)}
                line.write(self._compared(values, operator))
                found |= operator
        return found

    def _propose_users(self, lines):
        """Propose the user with the same e-mail, or else the same name, if it is one.

        Who is somebody else's agent already is named, but not proposed.
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
            by_key = _unique(users, *keys)
            for line in open_lines:
                user = by_key.get(_key(key, line[key]))
                if not user or line.user_id:
                    continue
                if user.id in taken:
                    line.suitable_user_id = line.suitable_user_id or user
                else:
                    taken.add(user.id)
                    line._propose(user)

    def _users(self):
        """All who may be agents: names are compared by their words, not by the database."""
        company = self.connection_id.company_id
        return self.env["res.users"].search(
            [("share", "=", False), ("company_ids", "in", company.ids)]
        )


def _differs(field, told, known):
    """Whether CallGear tells something, and something else than what is known."""
    if not told or told == known:
        return False
    # It tells first and last names in one order here, in another with calls.
    return field != "name" or _key(field, told) != _key(field, known)


def _key(field, text):
    """What two texts have in common that mean the same."""
    text = (text or "").strip().casefold()
    if field != "name":
        return text
    without_suffix = re.sub(r"\s*\([^()]*\)$", "", text)
    return " ".join(sorted(without_suffix.split()))


def _unique(records, *fields):
    """Records by what stands in a field, but for what several of them have."""
    keys = [
        {_key(field, record[field]) for field in fields} - {""} for record in records
    ]
    counts = Counter(key for found in keys for key in found)
    return {
        key: record
        for record, found in zip(records, keys, strict=True)
        for key in found
        if counts[key] == 1
    }
