# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import re
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import ormcache

from ..tools import phone_number
from .callgear_call import DIALLING_MINUTES, SILENT_HOURS


class CallgearOperator(models.Model):
    """A CallGear employee, and the agent (Odoo user) who is this employee, if any."""

    _name = "callgear.operator"
    _description = "CallGear Operator"
    _inherit = "callgear.cached.configuration"
    _order = "connection_id, name, id"
    _check_company_auto = True
    _cached_fields = frozenset({"active", "connection_id", "employee_id", "user_id"})

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
    phone_ids = fields.One2many("callgear.operator.phone", "operator_id")
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

    # -------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        operators = super().create(vals_list)
        operators._make_phones()
        return operators

    def write(self, vals):
        result = super().write(vals)
        sources = {"extension", "phone_numbers", "active", "connection_id"}
        if vals.keys() & sources and not self.env.context.get("callgear_phones_later"):
            self._make_phones()
        return result

    # ----------------------------------------------------------------- actions

    def action_fetch(self):
        """Fetch CallGear's employees, to compare them with the operators.

        If there are several connections, the user chooses one.

        :return: action that opens the comparison
        :raises AccessError: the user may not change operators
        """
        self.check_access("write")
        Connection = self.env["callgear.connection"]
        connection = self.connection_id or Connection.search([], limit=2)
        only = connection if len(connection) == 1 else Connection
        return self.env["callgear.operator.import"]._start(only)

    def action_accept_proposal(self):
        """Make the proposed users the agents of these operators."""
        for operator in self.filtered("proposed_user_id"):
            operator.user_id = operator.proposed_user_id

    # ------------------------------------------------------------------ phones

    def _write_each(self, values):
        """Write different values to each operator, then create their phones at once.

        :param dict values: operator → its values
        """
        later = self.with_context(callgear_phones_later=True)
        for operator in later:
            operator.write(values[operator])
        self._make_phones()

    def _make_phones(self):
        """Create the operator phones anew from the fields of the operators."""
        self.phone_ids.unlink()
        values = []
        for operator in self.filtered("active"):
            country = operator.connection_id.country_id.code
            numbers = []
            for text in (operator.phone_numbers or "").split(","):
                found = phone_number.all_e164(text, country)
                # A line of the PBX has a number that nobody else can call.
                numbers += found or [text.strip()] * bool(text.strip())
            extensions = (operator.extension or "").replace(";", ",").split(",")
            numbers += [text.strip() for text in extensions if text.strip()]
            values += [
                {"operator_id": operator.id, "number": number}
                for number in dict.fromkeys(numbers)
            ]
        self.env["callgear.operator.phone"].create(values)

    @api.model
    @ormcache("connection.id")
    def _phones_of_colleagues(self, connection):
        """Return the operator phones as a frozenset: keys of lines, and extensions."""
        # sudo: callgear.operator.phone - the cache is shared by all users
        Phone = self.env["callgear.operator.phone"].sudo()
        own = Phone.search_fetch([("connection_id", "=", connection.id)], ["number"])
        return frozenset(map(phone_number.line_key, own.mapped("number")))

    @api.model
    @ormcache("connection.id")
    def _contacts_of_colleagues(self, connection):
        """Return the ids of the contacts of all agents, as a frozenset."""
        # sudo: callgear.operator - the cache is shared by all users
        operators = self.sudo().search_fetch(
            [("connection_id", "=", connection.id), ("user_id", "!=", False)],
            ["user_id"],
        )
        return frozenset(operators.user_id.partner_id.ids)

    # --------------------------------------------------------- finding operators

    @api.model
    def _find_or_create(self, connection, names):
        """Return the operators of employees; create missing ones, without an agent.

        :param dict names: employee id → name, from the notifications
        :return: dict, employee id → operator
        """
        if not names:
            return {}
        known = self._ids_by_employee(connection)
        if names.keys() <= known.keys():
            return {
                employee_id: self.browse(known[employee_id]) for employee_id in names
            }
        connection._lock("operators", "")
        found = self._find_by_employee(connection, names)
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

    def _find_by_employee(self, connection, employee_ids):
        """Return existing operators, also archived: dict, employee id → operator."""
        operators = self.with_context(active_test=False).search_fetch(
            [
                ("connection_id", "=", connection.id),
                ("employee_id", "in", list(employee_ids)),
            ],
            ["employee_id"],
        )
        return {operator.employee_id: operator for operator in operators}

    @api.model
    @ormcache("connection.id")
    def _ids_by_employee(self, connection):
        # sudo: callgear.operator - the cache is shared by all users
        Operator = self.sudo().with_context(active_test=False)
        own = [("connection_id", "=", connection.id)]
        operators = Operator.search_fetch(own, ["employee_id"])
        return {operator.employee_id: operator.id for operator in operators}

    @api.model
    def _find_by_user(self, connection, user):
        """Return the operator of a connection whose agent is this user, or none."""
        mine = [("user_id", "=", user.id), ("connection_id", "=", connection.id)]
        return self.search(mine, limit=1)

    @api.model
    def _find_for_agent(self, user, companies):
        """Return the operator whose phone is rung when an agent calls from Odoo.

        :param user: the agent
        :param companies: ``res.company`` records to search in; the current one comes first
        :raises UserError: the user is not the agent of any operator there
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
        """Return the extension or else the first number, to ring a colleague; "" if none."""
        extension = (self.extension or "").replace(";", ",").split(",")[0].strip()
        if extension:
            return extension.lstrip("+")
        country = self.connection_id.country_id.code
        for text in (self.phone_numbers or "").split(","):
            if number := phone_number.only_e164(text, country):
                return number.lstrip("+")
            if re.fullmatch(r"\w+", text.strip()):  # a line of the PBX
                return text.strip()
        return ""

    def _find_busy(self):
        """Return those of the operators whose phone rings or is in use now."""
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
        """Check that the phone does not ring already for another call from Odoo.

        :raises UserError: it does
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
        """Return the agent, if operator and user are active; else an empty recordset."""
        return self.env["res.users"].browse(self._agent_id() or ())

    @ormcache("self.id")
    def _agent_id(self):
        is_active = self.active and self.user_id.active
        return self.user_id.id if is_active else None
