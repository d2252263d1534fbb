# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
import re
from collections import Counter
from datetime import timedelta

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import ormcache

from .. import clock
from ..client_input import for_clients
from ..tools import phone_number
from .callgear_call import DIALLING_MINUTES, SILENT_HOURS
from .callgear_connection import ADMIN

_logger = logging.getLogger(__name__)

# Fields that are updated from CallGear, if CallGear has a value.
TAKEN = ("name", "email", "extension", "phone_numbers")
# So many running calls at most begin to count for operators who are mapped at once.
MAX_RUNNING = 50


class CallgearOperator(models.Model):
    """A CallGear employee, and the agent (Odoo user) who is this employee, if any."""

    _name = "callgear.operator"
    _description = "CallGear Operator"
    _inherit = ["callgear.cached.configuration", "callgear.hidden.links"]
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
    phone_ids = fields.One2many("callgear.operator.phone", "operator_id", groups=ADMIN)
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
        compute_sudo=True,  # it compares settings, which agents may not read
        help="The only user with the operator's e-mail address, or else the agent of the "
        "only other operator with the same e-mail address, extension or name: CallGear "
        "may have created an employee anew.",
    )
    left_at = fields.Datetime(
        string="Not in CallGear since",
        readonly=True,
        copy=False,
        help="The employee was not in CallGear's list any more: calls from and to this "
        "operator would fail.",
    )
    unmapped_told = fields.Boolean(
        readonly=True,
        copy=False,
        help="The administrator was told that calls are ignored because of this operator.",
    )

    status_id = fields.Char(
        readonly=True,
        copy=False,
        help="ID of the status in CallGear that was chosen last in Odoo.",
    )
    status_set_at = fields.Datetime(readonly=True, copy=False)

    _employee_uniq = models.Constraint(
        "UNIQUE (connection_id, employee_id)", "This employee is already listed."
    )

    @api.depends("name", "email", "extension", "user_id", "connection_id")
    def _compute_proposed_user_id(self):
        open_ones = self.filtered(lambda operator: not operator.user_id)
        (self - open_ones).proposed_user_id = False
        users = open_ones._users_by_email()
        for operator in open_ones:
            email = key_of("email", operator.email)
            same = users.filtered(
                lambda user, operator=operator, email=email: (
                    email
                    and email in (user.email_normalized, user.login.lower())
                    and operator.company_id in user.company_ids
                )
            )
            agent = same if len(same) == 1 else operator._namesake().user_id
            operator.proposed_user_id = agent

    def _users_by_email(self):
        """Return the users who may be meant by the operators' e-mail addresses."""
        emails = [key_of("email", operator.email) for operator in self]
        emails = [email for email in emails if email]
        if not emails:
            return self.env["res.users"]
        same = ["|", ("email_normalized", "in", emails), ("login", "in", emails)]
        Users = self.env["res.users"].with_context(active_test=True)
        return Users.search([("share", "=", False), *same])

    def _namesake(self):
        """Return the mapped operator whom this one probably replaces, or none.

        It is the only one of the connection with the same e-mail address, or else the same
        extension, or else the same name. Those who have left CallGear come first.
        """
        self.ensure_one()
        others = self.connection_id.with_context(active_test=False).operator_ids
        others = others.filtered(lambda other: other._origin != self._origin)
        others = others.filtered(lambda other: other.user_id.active)
        for field in ("email", "extension", "name"):
            key = key_of(field, self[field])
            same = others.filtered(
                lambda other, field=field, key=key: (
                    key and key_of(field, other[field]) == key
                )
            )
            same = same.filtered("left_at") or same
            if len(same.user_id) == 1:
                return same[0]
        return self.browse()

    # -------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        operators = super().create(vals_list)
        operators._make_phones()
        return operators

    def write(self, vals):
        result = super().write(vals)
        if not self.env.context.get("callgear_follow_later"):
            self._follow(vals.keys())
        return result

    def _follow(self, changed):
        """Bring in step what depends on the operators.

        :param changed: names of the fields that were written
        """
        if changed & {"extension", "phone_numbers", "active", "connection_id"}:
            self._make_phones()
        if changed & {"user_id", "active"}:
            self._forget_told()
            self._join_running_calls()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used_by_callgear(self):
        self.env["callgear.usage"]._check_unused(self)

    # ----------------------------------------------------------------- actions

    @for_clients()
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

    @for_clients()
    def action_accept_proposal(self):
        """Make the proposed users the agents of these operators."""
        proposed = self.filtered("proposed_user_id")
        proposed._write_each(
            {
                operator: {"user_id": operator.proposed_user_id.id}
                for operator in proposed
            }
        )

    # ---------------------------------------------- mapped late, or by nobody

    def _join_running_calls(self):
        """Have the calls that go on count for operators who have just got an agent.

        What has ended stays as it was: who is mapped today has not talked yesterday.
        """
        mapped = self.filtered(lambda operator: operator._agent())
        if not mapped:
            return
        since = clock.now(self.env) - timedelta(hours=SILENT_HOURS)
        # sudo: callgear.call - whoever may map an operator need not see the calls
        calls_sudo = (
            self.env["callgear.call"]
            .sudo()
            .search(
                [
                    ("state", "!=", "ended"),
                    ("session_id", "!=", False),
                    ("last_event_at", ">", since),
                    (
                        "leg_ids",
                        "any",
                        [
                            ("operator_id", "in", mapped.ids),
                            ("user_id", "=", False),
                        ],
                    ),
                ],
                limit=MAX_RUNNING,
            )
        )
        # A call that cannot be read must not prevent the choice of an agent.
        refresh_sudo = calls_sudo.env["callgear.refresh"]
        for call_sudo in calls_sudo:
            refresh_sudo._refresh_among_others(
                call_sudo.connection_id, call_sudo.session_id
            )

    def _tell_unmapped(self):
        """Tell the administrator, once for each operator, that their calls are ignored."""
        untold = self.filtered(lambda operator: operator._is_untold())
        if not untold:
            return
        connection = untold.connection_id
        try:
            with self.env.cr.savepoint():
                connection._lock("operators", "")
                untold.invalidate_recordset(["unmapped_told"])
                untold = untold.filtered(lambda operator: operator._is_untold())
                untold.unmapped_told = True
                connection._alert_of_unmapped()
        except OperationalError:
            raise
        except Exception:
            # Whatever prevents the activity, the call itself is right.
            _logger.warning("CallGear: unmapped operators not told", exc_info=True)

    def _is_untold(self):
        return self.active and not self.unmapped_told and not self._agent()

    def _forget_told(self):
        """Take back what was told of operators who have an agent now, or are archived."""
        settled = self.filtered(
            lambda operator: not operator.active or operator._agent()
        )
        told = settled.filtered("unmapped_told")
        if told:
            told.unmapped_told = False
            for connection in told.connection_id:
                connection._alert_of_unmapped()

    def _describe_unmapped(self):
        """Return who the operator is, and whom they probably replace, in words."""
        self.ensure_one()
        known = self._namesake()
        if self.user_id:
            return self.env._(
                "%(operator)s (%(id)s): the user %(user)s is archived",
                operator=self.name,
                id=self.employee_id,
                user=self.user_id.name,
            )
        if known:
            return self.env._(
                "%(operator)s (%(id)s): probably %(known)s (%(known_id)s), the "
                "operator of %(user)s, created again in CallGear",
                operator=self.name,
                id=self.employee_id,
                known=known.name,
                known_id=known.employee_id,
                user=known.user_id.name,
            )
        return f"{self.name} ({self.employee_id})"

    # ------------------------------------------------------------------ phones

    def _write_each(self, values):
        """Write different values to each operator; what depends on them follows at once.

        :param dict values: operator → its values
        """
        for operator in self.with_context(callgear_follow_later=True):
            operator.write(values[operator])
        self._follow({name for operator in self for name in values[operator]})

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
        if created:
            self.env["callgear.operator.sync"]._trigger(connection)
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
        return self.search(mine, order=f"left_at desc, {self._order}", limit=1)

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
                not operator.connection_id._has_api_key(),
                operator.company_id != here,
                bool(operator.left_at),
                operator.id,
            )
        )
        if not found:
            raise UserError(
                self.env._(
                    "You have no phone in CallGear: an administrator has to choose "
                    "your user under Helpdesk → Configuration → CallGear → Operators."
                )
            )
        if found[0].left_at:
            raise UserError(
                self.env._(
                    "CallGear no longer has the employee %(name)s (%(id)s), whose "
                    "phone is yours: an administrator has to choose your user for "
                    "another one under Helpdesk → Configuration → CallGear → "
                    "Operators.",
                    name=found[0].name,
                    id=found[0].employee_id,
                )
            )
        return found[0]

    def _count_phones_in_turn(self):
        """Return how many phones of the operator CallGear may ring one after the other."""
        numbers = filter(str.strip, (self.phone_numbers or "").split(","))
        return max(len(list(numbers)), 1) if self.extension else 1

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

    @api.model
    def _values_of(self, connection, employee):
        """Return the data of an employee as values of an operator.

        :param employee: ``Employee`` of the Data API
        """
        numbers = [
            connection._to_e164(number) or number for number in employee.phone_numbers
        ]
        return {
            "employee_id": employee.id,
            "name": employee.full_name or employee.id,
            "email": employee.email or False,
            "extension": ", ".join(employee.extensions) or False,
            "phone_numbers": ", ".join(numbers) or False,
        }

    @api.model
    def _note_presence(self, connection, employee_ids):
        """Note who is in CallGear's complete list of employees, and who has left.

        A list in which nobody is known is not believed: it is the list of another account,
        or of a key that may not see the employees.

        :param employee_ids: ids of all employees
        :return: whether the list was believed
        """
        operators = self.with_context(active_test=False).search(
            [("connection_id", "=", connection.id)]
        )
        present = operators.filtered(lambda op: op.employee_id in employee_ids)
        if operators and not present:
            return False
        present.filtered("left_at").left_at = False
        gone = (operators - present).filtered(lambda op: not op.left_at)
        gone.left_at = clock.now(self.env)
        return True

    def _states_of_phones(self, but=None):
        """Return which of the operators' phones ring or are in use now.

        :param but: a call that does not count
        :return: dict, operator → ``ringing`` or ``talking``
        """
        Leg = self.env["callgear.leg"]
        legs = Leg.search(
            Leg._going_on()
            & Domain("operator_id", "in", self.ids)
            & Domain("call_id", "not in", but.ids if but else [])
        )
        states = {}
        for leg in legs:
            if leg.state == "talking" or leg.operator_id not in states:
                states[leg.operator_id] = leg.state
        return states

    def _check_not_dialling(self):
        """Check that the phone does not ring already for another call from Odoo.

        :raises UserError: it does
        """
        since = clock.now(self.env) - timedelta(minutes=DIALLING_MINUTES)
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
            raise UserError(
                self.env._("Your phone is already ringing, to call %s.", number)
            )

    def _agent(self):
        """Return the agent, if operator and user are active; else an empty recordset."""
        return self.env["res.users"].browse(self._agent_id() or ())

    @ormcache("self.id")
    def _agent_id(self):
        is_active = self.active and self.user_id.active
        return self.user_id.id if is_active else None


def differs(field, fetched, known):
    """Return whether CallGear has a value, and it is not the known one."""
    if not fetched or fetched == known:
        return False
    # Notifications have first and last name in another order than the Data API.
    return field != "name" or key_of(field, fetched) != key_of(field, known)


def key_of(field, text):
    """Return a text in a form to compare.

    The words of a name are sorted, and a suffix in brackets is left out.
    """
    text = (text or "").strip().casefold()
    if field != "name":
        return text
    without_suffix = re.sub(r"\s*\([^()]*\)$", "", text)
    return " ".join(sorted(without_suffix.split()))


def unique(records, *names):
    """Return the records with values that no other has: dict, ``key_of`` → record.

    :param names: the fields to take values from
    """
    keys = [{key_of(name, record[name]) for name in names} - {""} for record in records]
    counts = Counter(key for found in keys for key in found)
    return {
        key: record
        for record, found in zip(records, keys, strict=True)
        for key in found
        if counts[key] == 1
    }
