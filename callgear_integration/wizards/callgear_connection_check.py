# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import ipaddress
from typing import NamedTuple

from odoo import Command, api, fields, models

from ..callgear.brands import BRANDS
from ..client_input import for_clients
from .connection_probe import ask_apis, ask_webhook, is_public

# How many numbers or operators a sentence names at most.
NAMED = 5
# Odoo's answer to a GET request for notifications, if the address is right.
RIGHT = 405


class CheckResult(NamedTuple):
    """The result of a check: a state of the line, what was found, and what to do."""

    state: str
    found: str
    advice: str = ""


class CallgearConnectionCheck(models.TransientModel):
    """A test of the connection, with one line for each check.

    CallGear can refuse a request at four steps: address, key, list of allowed servers,
    account. Each step is a check of its own. A check that could not be made because of a
    refusal has the state *skipped*.
    """

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

    # ---------------------------------------------------------------- the test

    @for_clients(one=True)
    def action_test(self):
        """Test again.

        :return: action that opens the same page with the new lines
        """
        self.ensure_one()
        return self._test(self.connection_id)

    def _test(self, connection):
        """Test a connection.

        All requests are made before anything is written, so that no lock is held while
        waiting for the network.

        :return: action that opens the result
        :raises AccessError: the user may not change the connection
        """
        connection.check_access("write")
        facts = self._ask(connection)
        check = self or self.create({"connection_id": connection.id})
        check.line_ids = [
            Command.clear(),
            *(
                Command.create({"check": name, **result._asdict()})
                for name, result in check._results(facts).items()
            ),
        ]
        return check._open()

    @api.model
    def _ask(self, connection):
        """Return the answers to all requests, as ``Facts``."""
        key = connection._used_api_key()
        facts = ask_apis(
            connection.api_url,
            connection.data_api_url,
            key,
            connection._private_api_hosts(),
        )
        url = connection.webhook_url
        if url and is_public(url):
            facts = facts._replace(webhook=ask_webhook(f"{url}/end"))
        return facts

    def _results(self, facts):
        """Return the results in the order of the lines: dict, check → ``CheckResult``."""
        connection = self.connection_id
        return {
            "address": self._check_address(connection, facts),
            "key": self._check_key(connection, facts),
            "ip": self._check_ip(connection, facts),
            "account": self._check_account(connection, facts),
            "basic": self._check_basic(connection, facts),
            "call_management": self._check_call_management(connection, facts),
            "data_api": self._check_data_api(connection, facts),
            "time_zone": self._check_or_adopt_time_zone(connection, facts),
            "number": self._check_or_adopt_virtual_number(connection, facts),
            "webhook": self._check_webhook(connection, facts),
            "received": self._check_received(connection),
            "operators": self._check_operators(connection),
            "places": self._check_places(connection),
        }

    def _open(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Test of the Connection"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    @api.model
    def _not_reached(self):
        return CheckResult(
            "skipped", self.env._("Could not be tested yet: see the other lines.")
        )

    # --------------------------------------------- steps of access to the APIs

    def _check_address(self, connection, facts):
        if not (connection.api_url and connection.data_api_url):
            return CheckResult(
                "error",
                self.env._("An API address is missing."),
                self.env._("Under CallGear API, choose where the account was opened."),
            )
        return self._find_refusal(
            "address", self._advise_address, connection, facts
        ) or CheckResult("ok", self.env._("Both addresses answer."))

    def _check_key(self, connection, facts):
        if not connection._has_api_key():
            return CheckResult(
                "error",
                self.env._("No API key has been entered."),
                self.env._(
                    "In CallGear, under Administrator → User management, create a key "
                    "with access to the Call API. Enter it here, under CallGear API."
                ),
            )
        return self._find_refusal(
            "key", self._advise_key, connection, facts
        ) or CheckResult("ok", self.env._("CallGear accepts the key."))

    def _check_ip(self, connection, facts):
        return self._find_refusal(
            "ip", self._advise_ip, connection, facts
        ) or CheckResult("ok", self.env._("CallGear lets this server in."))

    def _check_account(self, connection, facts):
        return self._find_refusal("account", None, connection, facts) or CheckResult(
            "ok", self.env._("The account is active.")
        )

    def _find_refusal(self, step, advise, connection, facts):
        """Return the result of a step that was not passed.

        :param str step: ``address``, ``key``, ``ip`` or ``account``
        :param advise: function of the connection and the errors that returns what to do,
            or None
        :return: ``CheckResult``: refused at this step, or not reached; None: passed
        """
        refused = {
            name: answer.error
            for name, answer in facts.apis.items()
            if answer.stopped_at == step
        }
        if refused:
            return CheckResult(
                "error",
                self._explain_refused(connection, refused),
                advise(connection, *refused.values()) if advise else "",
            )
        if not any(answer.has_passed(step) for answer in facts.apis.values()):
            return self._not_reached()
        return None

    def _explain_refused(self, connection, refused):
        """Return the errors of the APIs in words; one sentence if they are the same."""
        words = {}
        for name, error in refused.items():
            words.setdefault(connection._explain(error), []).append(name)
        return " ".join(f"{', '.join(names)}: {text}" for text, names in words.items())

    def _advise_address(self, connection, *_errors):
        return self.env._(
            "Check under CallGear API whether the account was opened there (%s), and "
            "whether a firewall blocks this server.",
            self._describe_brands(connection),
        )

    def _advise_key(self, connection, *_errors):
        return self.env._(
            "If the key is right, check under CallGear API where the account was opened "
            "(%s).",
            self._describe_brands(connection),
        )

    def _advise_ip(self, _connection, *errors):
        if seen := next(filter(None, map(_seen_address, errors)), None):
            return self.env._(
                "Allow the address %s there: this is how CallGear sees this server. If"
                " the address changes, allow 0.0.0.0/0.",
                seen,
            )
        return self.env._(
            "Allow the address of this server there, or 0.0.0.0/0 if it changes."
        )

    def _describe_brands(self, connection):
        """Return the chosen brand and the other brands, in words."""
        others = [
            brand.label for name, brand in BRANDS.items() if name != connection.brand
        ]
        return self.env._(
            "now %(chosen)s; there are also %(others)s",
            chosen=(
                BRANDS[connection.brand].label
                if connection.brand
                else self.env._("addresses of your own")
            ),
            others=", ".join(others),
        )

    # ----------------------------------------------------- CallGear's services

    def _check_basic(self, connection, facts):
        answer = facts.release
        if answer.value is None and not answer.has_ended_nothing:
            return self._service_refused(answer, connection)
        return CheckResult("ok", self.env._("Calls can be started from Odoo."))

    def _check_call_management(self, connection, facts):
        answer = facts.calls
        if answer.value is None:
            return self._service_refused(answer, connection)
        count = len(answer.value)
        return CheckResult(
            "ok",
            self.env._("Calls can be controlled from Odoo. Calls now: %s.", count),
        )

    def _check_data_api(self, connection, facts):
        account = facts.account.value
        if account is None:
            return self._service_refused(facts.account, connection)
        return CheckResult(
            "ok",
            self.env._(
                "Operators, numbers and past calls can be read. Account: %s.",
                account.name or account.app_id,
            ),
        )

    def _service_refused(self, answer, connection):
        """Return the result for a service whose answer is an error or missing."""
        if answer.error is None or answer.stopped_at not in (None, "service"):
            return self._not_reached()
        found = connection._explain(answer.error)
        if answer.stopped_at == "service":
            return CheckResult(
                "error",
                found,
                self.env._(
                    "Switch the service on (every plan but the entry one has it), and "
                    "allow it to the key's user under Administrator → User management."
                ),
            )
        return CheckResult("warning", found, self.env._("Test again in a minute."))

    # ------------------------------------------------------------- the account

    def _check_or_adopt_time_zone(self, connection, facts):
        """Compare the time zone with the account's; adopt the account's."""
        if facts.account.value is None:
            return self._not_reached()
        zone = facts.account.value.timezone
        if zone == connection.tz:
            return CheckResult(
                "ok", self.env._("CallGear uses the time zone %s.", zone)
            )
        if zone not in connection._fields["tz"].get_values(self.env):
            return CheckResult(
                "warning",
                self.env._("CallGear names a time zone that Odoo does not know."),
                self.env._("Choose the account's time zone yourself."),
            )
        before, connection.tz = connection.tz, zone
        return CheckResult(
            "ok",
            self.env._(
                "CallGear uses the time zone %(zone)s: it has been set here, too, in place "
                "of %(before)s.",
                zone=zone,
                before=before,
            ),
        )

    def _check_or_adopt_virtual_number(self, connection, facts):
        """Check that the default number belongs to the account; adopt an only one."""
        answer = facts.numbers
        if answer.value is None:
            if answer.error is None:
                return self._not_reached()
            return CheckResult("warning", connection._explain(answer.error))
        unread = answer.value.unread
        names = connection._virtual_number_names(answer.value.items)
        chosen = connection._to_e164(connection.virtual_phone)
        if chosen in names:
            return CheckResult("ok", self.env._("%s belongs to the account.", chosen))
        if unread:
            return CheckResult(
                "warning",
                self.env._(
                    "%s numbers that CallGear returned cannot be read: some may be missing "
                    "here.",
                    unread,
                ),
            )
        listed = ", ".join(list(names)[:NAMED])
        if chosen:
            return CheckResult(
                "error",
                self.env._("%s does not belong to the account.", chosen),
                self._choose(listed),
            )
        if len(names) == 1:
            connection.virtual_phone = listed
            return CheckResult(
                "ok",
                self.env._("The account's only number has been filled in: %s.", listed),
            )
        if names:
            return CheckResult(
                "warning",
                self.env._("None is chosen: calls cannot be started from Odoo."),
                self._choose(listed),
            )
        return CheckResult(
            "warning",
            self.env._("The account has no virtual number."),
            self.env._("Order one in CallGear, or ask its support."),
        )

    def _choose(self, listed):
        return self.env._(
            "Choose one of the account's numbers as the default virtual number: %s.",
            listed or "—",
        )

    def _check_operators(self, connection):
        operators = connection.operator_ids
        if not operators:
            return CheckResult(
                "warning",
                self.env._("No operators are listed yet: all calls are ignored."),
                self.env._("Under Operators, press Fetch from CallGear."),
            )
        left = operators.filtered(lambda op: op.left_at and op._agent())
        if left:
            return CheckResult(
                "warning",
                self.env._("Not in CallGear any more: %s.", self._enumerated(left)),
                self.env._(
                    "Calls from and to them fail. Fetch the operators; if employees "
                    "were created again, choose the users for the new ones."
                ),
            )
        idle = operators.filtered(lambda operator: not operator._agent())
        if not idle:
            return CheckResult("ok", self.env._("All operators have an agent."))
        return CheckResult(
            "warning",
            self.env._("Without an agent: %s.", self._enumerated(idle)),
            self.env._(
                "Calls that reach only them are ignored. If that is not intended, "
                "choose their users under Operators."
            ),
        )

    def _enumerated(self, operators):
        names = ", ".join(operators[:NAMED].mapped("name"))
        if len(operators) <= NAMED:
            return names
        return self.env._(
            "%(names)s and %(count)s more", names=names, count=len(operators) - NAMED
        )

    def _check_places(self, connection):
        """Check whether what was chosen for tickets was archived or restricted since."""
        unfit = connection._unfit_places()
        if not unfit:
            return CheckResult("ok", self.env._("Tickets are created where you chose."))
        return CheckResult(
            "warning",
            self.env._(
                "Archived, or another team's or company's: %s.",
                "; ".join(unfit[:NAMED]),
            ),
            self.env._(
                "Others are used instead for the time being. Choose new ones in the "
                "connection and under Calls and Tickets."
            ),
        )

    # ----------------------------------------------------------- notifications

    def _check_webhook(self, connection, facts):
        """Check whether notifications can arrive, as far as this server can find out."""
        url = connection.webhook_url
        if not url:
            return CheckResult(
                "error",
                self.env._("The connection has no addresses for notifications."),
                self.env._("On the setup page, press Make New Addresses."),
            )
        base = connection.get_base_url()
        if not is_public(base):
            return CheckResult(
                "warning",
                self.env._(
                    "%s is an address that can only be reached from inside this network.",
                    base,
                ),
                self.env._(
                    "CallGear has to reach this server from the internet: set the system "
                    "parameter web.base.url to its public address."
                ),
            )
        if facts.webhook != RIGHT:
            return self._explain_webhook_answer(base, facts.webhook)
        if not base.startswith("https://"):
            return CheckResult(
                "warning",
                self.env._("%s is not encrypted.", base),
                self.env._(
                    "Serve Odoo over HTTPS and set the system parameter web.base.url "
                    "to that address: notifications contain names and numbers."
                ),
            )
        return CheckResult("ok", self.env._("%s answers correctly.", base))

    def _explain_webhook_answer(self, base, answer):
        """Return the result if our own address does not answer as expected.

        It is a warning, not an error: requests from CallGear may still arrive.

        :param answer: an HTTP status, or a failure as ``ask_webhook`` names it
        """
        if answer == "certificate":
            found = self.env._("The certificate of %s is not valid.", base)
            advice = self.env._("CallGear may refuse it: renew the certificate.")
        elif answer == "timeout":
            found = self.env._("%s did not answer within five seconds.", base)
            advice = self.env._(
                "If this server cannot reach itself at its public address, that is "
                "fine. Otherwise, check the proxy in front of Odoo."
            )
        elif answer == "unreachable":
            found = self.env._("This server cannot reach %s.", base)
            advice = self.env._(
                "If it cannot reach itself at its public address, that is fine. "
                "Otherwise, check the system parameter web.base.url."
            )
        elif answer == 404:
            found = self.env._(
                "%s answers, but not to the address for notifications.", base
            )
            advice = self.env._(
                "If Odoo serves several databases, set its dbfilter option, so that it"
                " knows which one is meant. Otherwise, another server answers there."
            )
        else:
            found = self.env._(
                "%(address)s answers with status %(status)s instead of 405.",
                address=base,
                status=answer,
            )
            advice = self.env._(
                "Something in front of Odoo answers instead: let requests to "
                "/callgear/ through."
            )
        return CheckResult("warning", found, advice)

    def _check_received(self, connection):
        missing = connection.notification_template_ids.filtered(
            lambda template: not template.last_received_at
        )
        if not missing:
            return CheckResult("ok", self.env._("All six have been received."))
        labels = dict(missing._fields["event"]._description_selection(self.env))
        return CheckResult(
            "warning",
            self.env._(
                "Never received: %s.",
                ", ".join(labels[event] for event in missing.mapped("event")),
            ),
            self.env._(
                "Set them up in CallGear as described on the setup page, and make a "
                "call. Some come only with calls from Odoo, or with recordings."
            ),
        )


def _seen_address(error):
    """Return the IP address that CallGear names as ours in an error, or None."""
    try:
        return str(ipaddress.ip_address(str(error.params.get("ip") or "")))
    except ValueError:
        return None
