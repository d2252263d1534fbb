# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import ormcache

from ..tools import phone_number
from .callgear_call import DIALLING_MINUTES, SILENT_HOURS


class CallgearOperator(models.Model):
    """A CallGear employee, and the Odoo user he is, if he is one."""

    _name = "callgear.operator"
    _description = "CallGear Operator"
    _order = "connection_id, name, id"
    _check_company_auto = True

    connection_id = fields.Many2one(
        "callgear.connection", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True)
    active = fields.Boolean(default=True)
    employee_id = fields.Char(
        string="Employee ID", required=True, help="Number of the employee in CallGear."
    )
    name = fields.Char(required=True)
    email = fields.Char()
    extension = fields.Char(help="Short number inside the PBX.")
    phone_numbers = fields.Char(
        help="The operator's own numbers, separated by commas. "
        "A call from or to one of them is internal and makes no ticket."
    )
    number_ids = fields.One2many("callgear.operator.number", "operator_id")
    user_id = fields.Many2one(
        "res.users",
        string="Agent",
        domain="[('share', '=', False)]",
        index="btree_not_null",
        help="Calls of an operator without an agent are ignored.",
    )
    proposed_user_id = fields.Many2one(
        "res.users",
        string="Proposed Agent",
        compute="_compute_proposed_user_id",
        help="The only user with the operator's e-mail address.",
    )

    _employee_uniq = models.Constraint(
        "UNIQUE (connection_id, employee_id)", "This employee is already listed."
    )

    @api.depends("email", "user_id", "company_id")
    def _compute_proposed_user_id(self):
        emails = {
            op.email.strip().lower() for op in self if op.email and not op.user_id
        }
        users = self.env["res.users"].search(
            [
                ("share", "=", False),
                "|",
                ("email_normalized", "in", list(emails)),
                ("login", "in", list(emails)),
            ]
        )
        for operator in self:
            email = (operator.email or "").strip().lower()
            same = users.filtered(
                lambda user, operator=operator, email=email: (
                    email
                    and email in (user.email_normalized, user.login.lower())
                    and operator.company_id in user.company_ids
                )
            )
            proposed = same if len(same) == 1 and not operator.user_id else False
            operator.proposed_user_id = proposed

    @api.model_create_multi
    def create(self, vals_list):
        operators = super().create(vals_list)
        operators._index_numbers()
        self.env.registry.clear_cache()
        return operators

    def write(self, vals):
        result = super().write(vals)
        numbers = {
            "extension",
            "phone_numbers",
            "active",
            "connection_id",
        } & vals.keys()
        if numbers and not self.env.context.get("callgear_index_later"):
            self._index_numbers()
        if vals.keys() & {"active", "connection_id", "employee_id", "user_id"}:
            self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    def _write_each(self, values):
        """Write other values to each of many; their numbers are read once, at the end.

        :param dict values: operator → its values
        """
        later = self.with_context(callgear_index_later=True)
        for operator in later:
            operator.write(values[operator])
        self._index_numbers()

    def action_fetch(self):
        """Compare the operators with CallGear; which account, if there are several."""
        self.check_access("write")
        Connection = self.env["callgear.connection"]
        connection = self.connection_id or Connection.search([], limit=2)
        only = connection if len(connection) == 1 else Connection
        return self.env["callgear.operator.import"]._start(only)

    def action_accept_proposal(self):
        """Map operators to the users that were proposed for them."""
        for operator in self.filtered("proposed_user_id"):
            operator.user_id = operator.proposed_user_id

    def _index_numbers(self):
        self.number_ids.unlink()
        values = []
        for operator in self.filtered("active"):
            country = operator.connection_id.country_id.code
            numbers = phone_number.all_e164(operator.phone_numbers, country)
            extensions = (operator.extension or "").replace(";", ",").split(",")
            numbers += [text.strip() for text in extensions if text.strip()]
            values += [
                {"operator_id": operator.id, "number": number}
                for number in dict.fromkeys(numbers)
            ]
        self.env["callgear.operator.number"].create(values)

    @api.model
    @ormcache("connection.id")
    def _numbers_of_colleagues(self, connection):
        """Return the operators' own numbers, in all forms in which calls name them."""
        # sudo: callgear.operator.number - kept for everybody, whoever asks first
        Number = self.env["callgear.operator.number"].sudo()
        own = Number.search_fetch([("connection_id", "=", connection.id)], ["number"])
        return frozenset(own.mapped("number"))

    @api.model
    @ormcache("connection.id")
    def _contacts_of_colleagues(self, connection):
        """Return the ids of the contacts of all users who are operators."""
        # sudo: callgear.operator - kept for everybody, whoever asks first
        operators = self.sudo().search_fetch(
            [("connection_id", "=", connection.id), ("user_id", "!=", False)],
            ["user_id"],
        )
        return frozenset(operators.user_id.partner_id.ids)

    @api.model
    def _known(self, connection, names):
        """Return operators by employee id; those never heard of are listed, unmapped.

        :param dict names: employee id → name, as the notifications have it
        """
        if not names:
            return {}
        known = self._ids_by_employee(connection)
        if names.keys() <= known.keys():
            return {
                employee_id: self.browse(known[employee_id]) for employee_id in names
            }
        connection._lock("operators", "")
        found = self._of_employees(connection, names)
        created = self.create(
            [
                {
                    "connection_id": connection.id,
                    "employee_id": employee_id,
                    "name": names[employee_id] or employee_id,
                }
                for employee_id in sorted(names.keys() - found.keys())
            ]
        )
        return found | {operator.employee_id: operator for operator in created}

    def _of_employees(self, connection, names):
        operators = self.with_context(active_test=False).search_fetch(
            [("connection_id", "=", connection.id), ("employee_id", "in", list(names))],
            ["employee_id"],
        )
        return {operator.employee_id: operator for operator in operators}

    @api.model
    @ormcache("connection.id")
    def _ids_by_employee(self, connection):
        # sudo: callgear.operator - kept for everybody, whoever asks first
        Operator = self.sudo().with_context(active_test=False)
        own = [("connection_id", "=", connection.id)]
        operators = Operator.search_fetch(own, ["employee_id"])
        return {operator.employee_id: operator.id for operator in operators}

    @api.model
    def _of_user(self, connection, user):
        """Return the operator as whom a user works in an account, or none."""
        mine = [("user_id", "=", user.id), ("connection_id", "=", connection.id)]
        return self.search(mine, limit=1)

    @api.model
    def _of_agent(self, user, companies):
        """Return the operator whose phone is rung when a user calls.

        :param companies: where to look; the user's present one comes first
        :raises UserError: he is none
        """
        found = self.search(
            [
                ("user_id", "=", user.id),
                ("connection_id.active", "=", True),
                ("company_id", "in", companies.ids),
            ]
        )
        here = self.env.company
        found = found.sorted(
            lambda operator: (
                not operator.connection_id.api_key,
                operator.company_id != here,
                operator.id,
            )
        )
        if not found:
            raise UserError(
                self.env._(
                    "You have no phone in CallGear: an administrator chooses your user "
                    "under Helpdesk → Configuration → CallGear → Operators."
                )
            )
        return found[0]

    def _address_to_ring(self):
        """Where a colleague is rung: his short number, or the first of the others."""
        numbers = [self.extension, *(self.phone_numbers or "").split(",")]
        first = next((n.strip() for n in numbers if n and n.strip()), "")
        return first.split(",")[0].strip().lstrip("+")

    def _busy(self):
        """Those whose phones are rung or used at the moment."""
        since = fields.Datetime.now() - timedelta(hours=SILENT_HOURS)
        legs = self.env["callgear.leg"].search(
            [
                ("operator_id", "in", self.ids),
                ("state", "!=", "ended"),
                ("call_id.state", "!=", "ended"),
                ("call_id.last_event_at", ">", since),
            ]
        )
        return legs.operator_id

    def _check_not_dialling(self):
        """Refuse to ring a phone that is just being rung for another call from Odoo.

        :raises UserError: it is
        """
        since = fields.Datetime.now() - timedelta(minutes=DIALLING_MINUTES)
        call = self.env["callgear.call"].search(
            [
                ("origin_operator_id", "=", self.id),
                ("state", "=", "ringing"),
                ("last_event_at", ">", since),
                ("leg_ids.picked_up_at", "=", False),
            ],
            limit=1,
        )
        if call:
            number = call._number_text()
            raise UserError(self.env._("Your phone rings already, to call %s.", number))

    def _agent(self):
        """The user who works as this operator, if they still do."""
        return self.env["res.users"].browse(self._agent_id() or ())

    @ormcache("self.id")
    def _agent_id(self):
        works = self.active and self.user_id.active
        return self.user_id.id if works else None
